"""Custom DNS 2021: what the page on a workspace behind a custom DNS server said in April 2021, and what holds today.

Each test names the place (heading, number of the statement there) and what is said there in our words.
"""

from __future__ import annotations

from typing import Any

import pytest

from checks.names.tables import AZURE_CLOUD, TABLES, notebooks_label
from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, NxDomain, Opaque, Path, Public
from collectors.graph.declared import DeclaredServer
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import PrivateEndpoint, ZoneLink
from tests.checks.resolution.small import PUBLIC_RESOLVER
from tests.checks.seeds.edits import interface_id
from tests.estates import AZURE_DNS, lab, machine, network, nid, required, server, small_estate, solve, solver, zone

GUID = "fb7e20a0-8891-458b-b969-55ddb3382f51"
LABEL = f"ml-myworkspace-eastus-{GUID}"
SERVER = "10.0.0.4"
API_ADDRESS, NOTEBOOKS_ADDRESS = "10.1.0.5", "10.1.0.6"
PRIVATE = Addresses((API_ADDRESS,))
CLOUDS = [
    ("AzureCloud", "api.azureml.ms", "notebooks.azure.net"),
    ("AzureChinaCloud", "api.ml.azure.cn", "notebooks.chinacloudapi.cn"),
    ("AzureUSGovernment", "api.ml.azure.us", "notebooks.usgovcloudapi.net"),
]
of_every_cloud = pytest.mark.parametrize(("cloud", "api", "notebooks"), CLOUDS, ids=[cloud for cloud, _, _ in CLOUDS])

API, API_ZONE = f"{GUID}.workspace.eastus.api.azureml.ms", "privatelink.api.azureml.ms"
NOTEBOOKS, NOTEBOOKS_ZONE = f"{LABEL}.notebooks.azure.net", "privatelink.notebooks.azure.net"
API_ALIAS = f"{GUID}.workspace.eastus.{API_ZONE}"
ALIASES = {API: API_ALIAS, NOTEBOOKS: f"{LABEL}.{NOTEBOOKS_ZONE}"}
OLD_FORWARDERS = {API_ZONE: AZURE_DNS, NOTEBOOKS_ZONE: AZURE_DNS}
TODAYS_FORWARDERS = dict.fromkeys(
    ("api.azureml.ms", "notebooks.azure.net", "instances.ml.azure.ms", "aznbcontent.net", "inference.ml.azure.com"),
    AZURE_DNS,
)


def dns_network(*servers: str) -> Any:
    """The network with the DNS server."""
    return network("hub", "10.0.0.0/16", *servers)


def workspace_network(*servers: str) -> Any:
    """The network with the private endpoint and the computes; its clients ask the server in the hub."""
    return network("spoke", "10.1.0.0/16", *(servers or (SERVER,)), peers={"hub": "10.0.0.0/16"})


def the_zones(*networks: str) -> Any:
    """Both zones with the records of the endpoint."""
    return [
        *zone(API_ZONE, {f"A/{GUID}.workspace.eastus": [API_ADDRESS]}, *networks),
        *zone(NOTEBOOKS_ZONE, {f"A/{LABEL}": [NOTEBOOKS_ADDRESS]}, *networks),
    ]


def dns_server(forwards: dict[str, str] | None = None, **more: Any) -> DeclaredServer:
    """The custom server in the hub."""
    return server(SERVER, OLD_FORWARDERS if forwards is None else forwards, **({"network": "hub"} | more))


def setup(*parts: Any, server: DeclaredServer | None = None) -> Estate:
    """The architecture of the page: hub with server and linked zones, spoke with the endpoint."""
    held = parts or (the_zones("hub"),)
    return small_estate(dns_network(), workspace_network(), *held, servers=(server or dns_server(),))


def asked(estate: Estate, name: str = API, view: str = "spoke") -> Path:
    """What a client gets while public DNS has the page's aliases."""
    return solve(estate, view, name, chains=ALIASES)


# Introduction


def test_azure_handles_the_resolution_where_nobody_set_servers() -> None:
    """Introduction, 1: by default Azure resolves the names of workspace and endpoint by itself."""
    estate = small_estate(network("spoke", "10.1.0.0/16"), the_zones("spoke"))
    assert asked(estate).outcome == PRIVATE


def test_a_custom_server_without_entries_and_forwarders_gives_public_addresses() -> None:
    """Introduction, 2: with a custom server, entries or conditional forwarders have to be made."""
    assert asked(setup(server=dns_server({}))).outcome == Public()


def test_entries_made_by_hand_are_enough() -> None:
    """Introduction, 2: entries of the custom server are one way, and need no zone at all."""
    by_hand = dns_server({}, records={API: (API_ADDRESS,), NOTEBOOKS: (NOTEBOOKS_ADDRESS,)})
    path = asked(small_estate(dns_network(), workspace_network(), servers=(by_hand,)))
    assert (path.outcome, path.last.rule) == (PRIVATE, rules.SERVER_RECORDS)


def test_conditional_forwarders_are_enough() -> None:
    """Introduction, 2: conditional forwarders are the other way."""
    assert asked(setup()).outcome == PRIVATE


# Workspace DNS resolution path


@of_every_cloud
def test_the_two_names_of_a_workspace_belong_to_their_cloud(cloud: str, api: str, notebooks: str) -> None:
    """Workspace DNS resolution path, 1: a workspace is reached by an api name and a notebooks name."""
    assert TABLES[cloud].publics == (api, notebooks)


def test_the_notebooks_name_has_a_region_label_today_and_the_old_one_is_still_known() -> None:
    """Workspace DNS resolution path, 1, notebooks. Superseded: a region label follows the first label today."""
    for name in (f"{LABEL}.notebooks.azure.net", f"{LABEL}.eastus.notebooks.azure.net"):
        assert AZURE_CLOUD.role(Fqdn(name)) == "notebooks"


@of_every_cloud
def test_both_names_are_aliases_of_their_private_link_names(cloud: str, api: str, notebooks: str) -> None:
    """Workspace DNS resolution path, 2: public DNS gives an alias with the label before the suffix."""
    for suffix, before in ((api, f"{GUID}.workspace.eastus"), (notebooks, LABEL)):
        assert TABLES[cloud].private_form(Fqdn(f"{before}.{suffix}")) == (f"privatelink.{suffix}", before)


def test_the_alias_of_todays_notebooks_name_keeps_the_region_label() -> None:
    """Workspace DNS resolution path, 2, notebooks. Superseded: today's record has the region label."""
    found = AZURE_CLOUD.private_form(Fqdn(f"{LABEL}.eastus.notebooks.azure.net"))
    assert found == (NOTEBOOKS_ZONE, f"{LABEL}.eastus")


def test_without_private_zones_the_names_lead_to_the_public_service() -> None:
    """Workspace DNS resolution path, 3: the private-link names have the region's public addresses."""
    path = asked(small_estate(network("spoke", "10.1.0.0/16")))
    assert (path.outcome, path.chain) == (Public(), (API_ALIAS,))


def test_a_linked_zone_overrides_the_private_link_name_and_not_the_public_one() -> None:
    """Workspace DNS resolution path, 4: Azure DNS in a linked network answers for the private-link name instead."""
    path = asked(small_estate(network("spoke", "10.1.0.0/16"), the_zones("spoke")))
    assert [(hop.rule, hop.name) for hop in path.hops[1:]] == [
        (rules.PUBLIC_ALIAS, API),
        (rules.ZONE_ANSWERS, API_ALIAS),
    ]


# Custom DNS server hosted in a virtual network


def test_the_server_is_asked_across_a_series_of_peered_networks() -> None:
    """Custom DNS Server hosted, 2: between client and server there is a route over peered networks."""
    between = network("between", "10.2.0.0/16", peers={"hub": "10.0.0.0/16", "spoke": "10.1.0.0/16"})
    spoke = network("spoke", "10.1.0.0/16", SERVER, peers={"between": "10.2.0.0/16"})
    own = network("hub", "10.0.0.0/16", peers={"between": "10.2.0.0/16"})
    estate = small_estate(own, between, spoke, the_zones("hub"), servers=(dns_server(),))
    assert asked(estate).outcome == PRIVATE


# Step 1


@of_every_cloud
def test_the_zones_of_each_cloud_are_rooted_at_the_private_link_names(cloud: str, api: str, notebooks: str) -> None:
    """Step 1, 1: two private zones are made, one per name."""
    assert TABLES[cloud].zones == (f"privatelink.{api}", f"privatelink.{notebooks}")


@of_every_cloud
def test_both_zones_answer_in_each_cloud(cloud: str, api: str, notebooks: str) -> None:
    """Step 1, 1: with both zones linked both names resolve."""
    names = {f"x.{api}": API_ADDRESS, f"x.{notebooks}": NOTEBOOKS_ADDRESS}
    made = [zone(f"privatelink.{suffix}", {"A/x": [names[f"x.{suffix}"]]}, "hub") for suffix in (api, notebooks)]
    forwards = dict.fromkeys((f"privatelink.{api}", f"privatelink.{notebooks}"), AZURE_DNS)
    estate = setup(*made, server=dns_server(forwards))
    chains = {f"x.{suffix}": f"x.privatelink.{suffix}" for suffix in (api, notebooks)}
    for name, address in names.items():
        assert solve(estate, "spoke", name, chains=chains).outcome == Addresses((address,))


def test_one_zone_does_not_answer_for_the_other() -> None:
    """Step 1, 1: it takes both zones."""
    only_api = zone(API_ZONE, {f"A/{GUID}.workspace.eastus": [API_ADDRESS]}, "hub")
    estate = setup(only_api)
    assert (asked(estate, API).outcome, asked(estate, NOTEBOOKS).outcome) == (PRIVATE, Public())


@pytest.mark.parametrize(("linked", "outcome"), [("hub", PRIVATE), ("spoke", Public())])
def test_the_zone_is_linked_to_the_network_of_the_server(linked: str, outcome: object) -> None:
    """Step 1, 2: the link that counts is the one to the network that holds the server, not the client's."""
    path = asked(setup(the_zones(linked)))
    assert (path.outcome, path.view) == (outcome, str(nid("hub")))


@pytest.mark.parametrize("name", [f"bar.workspace.westus2.{API_ZONE}", f"a.b.c.{API_ZONE}", API_ZONE])
def test_a_linked_zone_takes_every_name_below_its_root(name: str) -> None:
    """Step 1, 3: a zone overrides resolution for all names in its scope, those it lacks included."""
    path = asked(small_estate(network("foo"), the_zones("foo")), name, "foo")
    assert path.last.rule in (rules.ZONE_DENIES, rules.ZONE_NO_DATA)
    assert path.outcome != Public()


def test_a_linked_zone_overrides_in_all_linked_networks_and_in_no_other() -> None:
    """Step 1, 3: the override holds for all networks that the zone is linked to."""
    networks = [network(name, f"10.{n}.0.0/16") for n, name in enumerate(("foo", "baz", "qux"))]
    estate = small_estate(networks, the_zones("foo", "baz"))
    outcomes = [asked(estate, API_ALIAS, view).outcome for view in ("foo", "baz", "qux")]
    assert outcomes == [PRIVATE, PRIVATE, Public()]


def test_the_example_of_foo_and_bar_gets_any_record_of_the_zone() -> None:
    """Step 1, 4: whoever asks in network foo for bar's name receives the record that the zone lists."""
    held = zone(API_ZONE, {"A/bar.workspace.westus2": ["10.7.7.7"]}, "foo")
    path = asked(small_estate(network("foo"), held), f"bar.workspace.westus2.{API_ZONE}", "foo")
    assert path.outcome == Addresses(("10.7.7.7",))


def test_a_name_that_a_linked_zone_lacks_is_public_where_the_link_falls_back() -> None:
    """Step 1, 3. Superseded in part: since 2024 a link may fall back to the internet for names that are missing."""
    made = zone(API_ZONE, {}, "foo", fallback=True)
    assert asked(small_estate(network("foo"), made), API, "foo").outcome == Public()
    assert asked(small_estate(network("foo"), zone(API_ZONE, {}, "foo")), API, "foo").outcome == NxDomain()


def test_records_are_given_only_to_who_asks_azure_dns() -> None:
    """Step 1, 5: another resolver than 168.63.129.16 never gives the private records."""
    estate = small_estate(network("hub", "10.0.0.0/16", PUBLIC_RESOLVER), the_zones("hub"))
    assert asked(estate, view="hub").outcome == Public()


def test_a_server_that_asks_azure_dns_serves_clients_anywhere() -> None:
    """Step 1, 6: clients all over the topology get what the server gets from Azure DNS."""
    far = network("far", "10.3.0.0/16", SERVER, peers={"hub": "10.0.0.0/16"})
    estate = small_estate(dns_network(), workspace_network(), far, the_zones("hub"), servers=(dns_server(),))
    assert asked(estate).outcome == asked(estate, view="far").outcome == PRIVATE


# Step 2


def test_both_zones_hold_the_records_of_the_endpoint() -> None:
    """Step 2, 1: DNS integration targets both zones; a zone without the records denies the names."""
    half = [zone(API_ZONE, {f"A/{GUID}.workspace.eastus": [API_ADDRESS]}, "hub"), zone(NOTEBOOKS_ZONE, {}, "hub")]
    estate = setup(*half)
    assert (asked(estate, API).outcome, asked(estate, NOTEBOOKS).outcome) == (PRIVATE, NxDomain())


# Step 3


def test_a_conditional_forwarder_makes_the_server_ask_azure_dns() -> None:
    """Step 3, 1: names below the forwarded zones are always asked at Azure DNS."""
    path = asked(setup(), API_ALIAS)
    assert [hop.rule for hop in path.hops] == [rules.NETWORK_SERVERS, rules.FORWARDER, rules.ZONE_ANSWERS]


def test_the_platforms_address_stands_for_the_network_of_the_server() -> None:
    """Step 3, 2: the address of Azure DNS is 168.63.129.16, in every network the network's own."""
    assert asked(setup(the_zones("spoke"), server=dns_server({"": AZURE_DNS})), API_ALIAS).outcome == Public()
    assert asked(setup(the_zones("hub"), server=dns_server({"": AZURE_DNS})), API_ALIAS).outcome == PRIVATE


@pytest.mark.parametrize("kind", ["bind", "unbound", "pdns-recursor", "windows"])
def test_forwarders_for_the_private_link_zones_do_where_the_server_follows_aliases_itself(kind: str) -> None:
    """Step 3, 3, the zones to forward: the page names the private-link zones, which such servers look up again."""
    estate = setup(server=dns_server(kind=kind))
    assert (asked(estate, API).outcome, asked(estate, NOTEBOOKS).outcome) == (PRIVATE, Addresses((NOTEBOOKS_ADDRESS,)))


def test_a_server_that_forwards_the_public_name_elsewhere_still_follows_the_alias_itself() -> None:
    """Step 3, 3, the zones to forward: with root hints or another server for the rest, the forwarder gets the alias."""
    relay = server("10.0.0.9", {"": AZURE_DNS}, network="hub")
    first = dns_server({API_ZONE: AZURE_DNS, "": "10.0.0.9"})
    estate = small_estate(dns_network(), workspace_network(), the_zones("hub"), servers=(first, relay))
    path = asked(estate)
    assert path.outcome == PRIVATE
    assert path.hops[-2].at.name == SERVER


@pytest.mark.parametrize("kind", ["dnsmasq", "knot-resolver"])
def test_forwarders_for_the_private_link_zones_fail_where_the_server_takes_the_whole_answer(kind: str) -> None:
    """Step 3, 3. Superseded: these servers ask for the public name only, which is what today's page forwards."""
    with_upstream = OLD_FORWARDERS | {"": PUBLIC_RESOLVER}
    assert asked(setup(server=dns_server(with_upstream, kind=kind))).outcome == Public()


@pytest.mark.parametrize("kind", ["bind", "unbound", "pdns-recursor", "windows", "dnsmasq", "knot-resolver"])
def test_todays_forwarders_do_with_every_kind_of_server(kind: str) -> None:
    """Step 3, 3. Superseded: five public zones are forwarded today, and the private-link names lie below them."""
    estate = setup(server=dns_server(TODAYS_FORWARDERS | {"": PUBLIC_RESOLVER}, kind=kind))
    assert (asked(estate, API).outcome, asked(estate, NOTEBOOKS).outcome) == (PRIVATE, Addresses((NOTEBOOKS_ADDRESS,)))


def test_the_tables_forward_todays_public_zones() -> None:
    """Step 3, 3. Superseded: the table of the public cloud holds the five zones of today."""
    assert set(AZURE_CLOUD.forward) >= set(TODAYS_FORWARDERS)


def test_a_server_whose_settings_nobody_declared_is_unknown() -> None:
    """Step 3, important: how a server is set up is its owner's business, so what nobody said is not guessed."""
    assert isinstance(asked(setup(server=DeclaredServer(address=SERVER, network="hub"))).outcome, Opaque)


# Steps 4 to 8


def test_the_client_starts_by_asking_the_server_for_the_public_name() -> None:
    """Step 4: a client that uses the server asks it first, for the public name."""
    path = asked(setup())
    assert (path.hops[0].name, path.hops[0].text) == (API, f"asks server {SERVER}")


def test_the_server_gets_the_alias_from_public_dns() -> None:
    """Step 5: without a forwarder for the public name the server resolves it publicly and gets the alias."""
    hop = asked(setup()).hops[1]
    assert (hop.rule, hop.result.cname) == (rules.ITERATES, API_ALIAS)


def test_the_server_resolves_the_alias_by_its_conditional_forwarder() -> None:
    """Step 6: the alias falls under the forwarder, so Azure DNS is asked for it."""
    hop = asked(setup()).hops[2]
    assert (hop.name, hop.rule, hop.at.name) == (API_ALIAS, rules.FORWARDER, SERVER)


def test_azure_dns_returns_the_record_of_the_zone() -> None:
    """Step 7: Azure DNS gives the addresses of the private endpoint out of the private zone."""
    hop = asked(setup()).last
    assert (hop.rule, hop.result.addresses, hop.at.name) == (rules.ZONE_ANSWERS, (API_ADDRESS,), "hub")


@pytest.mark.parametrize(("name", "address"), [(API, API_ADDRESS), (NOTEBOOKS, NOTEBOOKS_ADDRESS)])
def test_the_client_gets_the_address_of_the_endpoint(name: str, address: str) -> None:
    """Step 8: in the end the server gives the client the private address."""
    assert asked(setup(), name).addresses == (address,)


# Troubleshooting


def test_each_name_gives_one_of_the_endpoints_private_addresses() -> None:
    """Troubleshooting, resolve. Superseded: an endpoint has three addresses today, the page knew two."""
    estate = lab("hub-spoke")
    expected = {address for record in required(estate).records for address in record.addresses}
    assert len(expected) == 3


def test_a_client_that_does_not_use_the_server_gets_something_else() -> None:
    """Troubleshooting, cause 1: the machine does not use the server."""
    estate = small_estate(dns_network(), workspace_network(AZURE_DNS), the_zones("hub"), servers=(dns_server(),))
    assert asked(estate).outcome == Public()


def test_a_machine_that_overrides_its_networks_servers_does_not_use_the_server() -> None:
    """Troubleshooting, cause 1, as today's page adds: the machine's own interface may name other servers."""
    estate = setup(the_zones("hub"), machine("m", "spoke", "10.1.0.20", PUBLIC_RESOLVER))
    nic = interface_id("m")
    client = Client(id=str(nic), network=nid("spoke"), interface=nic)
    assert solver(estate, ALIASES).path(client, Fqdn(API)).outcome == Public()


def test_zones_that_are_not_linked_to_the_servers_network_give_public_answers() -> None:
    """Troubleshooting, cause 2: the zones are not linked to the network of the server."""
    path = asked(setup(the_zones()))
    assert (path.outcome, path.last.rule) == (Public(), rules.ZONE_NOT_LINKED)


@pytest.mark.parametrize(
    ("forwards", "kind"),
    [
        ({"": PUBLIC_RESOLVER}, Public),
        ({API_ZONE: "10.0.0.99"}, Opaque),
        ({"azureml.ms": PUBLIC_RESOLVER, "ms": AZURE_DNS}, Public),
    ],
    ids=["none", "to a stranger", "a longer one elsewhere"],
)
def test_wrong_forwarders_do_not_give_the_private_address(forwards: dict[str, str], kind: type) -> None:
    """Troubleshooting, cause 3: the conditional forwarders are not set up correctly."""
    assert isinstance(asked(setup(server=dns_server(forwards))).outcome, kind)


def test_a_server_on_premises_cannot_forward_to_the_platforms_address() -> None:
    """Troubleshooting, cause 3, as today's page adds: a server outside Azure needs a forwarder inside."""
    outside = server("192.168.1.53", OLD_FORWARDERS)
    estate = small_estate(network("spoke", "10.1.0.0/16", "192.168.1.53"), the_zones("spoke"), servers=(outside,))
    assert isinstance(asked(estate, API_ALIAS).outcome, DeadEnd)


# Manual integration


@pytest.mark.parametrize(
    ("label", "role"),
    [
        (f"{GUID}.workspace.eastus.cert.api.azureml.ms", "cert"),
        (f"{GUID}.workspace.eastus.api.azureml.ms", "api"),
        (f"{LABEL}.notebooks.azure.net", "notebooks"),
    ],
)
def test_the_names_of_the_public_cloud_are_known_by_what_they_are_for(label: str, role: str) -> None:
    """Manual integration, public regions, 1 to 3: cert, api and notebooks names."""
    assert AZURE_CLOUD.role(Fqdn(label)) == role


@pytest.mark.parametrize("workspace", ["myworkspace", "a-name-that-is-much-too-long-for-it"])
def test_the_label_of_notebooks_is_cut_to_63_at_most(workspace: str) -> None:
    """Manual integration, note on truncation. Superseded wording: 63 characters or fewer, not exactly 63."""
    assert len(notebooks_label(workspace, "eastus", GUID)) <= 63


@pytest.mark.parametrize(
    ("cloud", "suffix"), [("AzureCloud", "instances.azureml.ms"), ("AzureChinaCloud", "instances.ml.azure.cn")]
)
def test_the_suffix_of_compute_instances_is_one_of_the_candidates(cloud: str, suffix: str) -> None:
    """Manual integration, instances. Superseded in part: later pages print another suffix, so both are candidates."""
    assert suffix in TABLES[cloud].instances
    assert len(TABLES[cloud].instances) > 1


def test_an_instances_name_has_the_address_of_the_api_name_where_somebody_entered_it() -> None:
    """Manual integration, note on instances: the address is the endpoint's, not the instance's."""
    estate = setup(the_zones("hub"), server=dns_server(records={"ci-1.eastus.instances.azureml.ms": (API_ADDRESS,)}))
    assert asked(estate, "ci-1.eastus.instances.azureml.ms").outcome == asked(estate, API).outcome == PRIVATE


def test_an_instances_name_may_be_an_alias_of_the_api_name() -> None:
    """Manual integration, note on instances: an alias entered by hand leads to the same address."""
    estate = setup(the_zones("hub"), server=dns_server(records={"ci-1.eastus.instances.azureml.ms": (API_ALIAS,)}))
    assert asked(estate, "ci-1.eastus.instances.azureml.ms").outcome == PRIVATE


def test_the_zones_of_the_workspace_do_not_answer_for_instances() -> None:
    """Manual integration, instances: the name lies in neither zone, so an entry of its own is needed."""
    assert asked(setup(), "ci-1.eastus.instances.azureml.ms").outcome == Public()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        (f"{GUID}.workspace.chinaeast2.cert.api.ml.azure.cn", "cert"),
        (f"{GUID}.workspace.chinaeast2.api.ml.azure.cn", "api"),
        (f"ml-mype-pltest-chinaeast2-{GUID}.notebooks.chinacloudapi.cn", "notebooks"),
    ],
)
def test_the_names_of_the_china_cloud_are_known_by_what_they_are_for(name: str, role: str) -> None:
    """Manual integration, China regions, 1 to 3: cert, api and notebooks names."""
    assert TABLES["AzureChinaCloud"].role(Fqdn(name)) == role


# Find the IP addresses


def test_the_addresses_are_read_off_the_interface() -> None:
    """Find the IP addresses, 1. Superseded: beside a zone group the endpoint's own list is empty."""
    estate = lab("hub-spoke")
    assert [endpoint.custom_dns for endpoint in estate.of_type(PrivateEndpoint)] == [()]
    assert {link.network.name for link in estate.of_type(ZoneLink)} == {"vnet-hub"}
    assert required(estate).records


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (f"{GUID}.workspace.eastus.api.azureml.ms", "10.1.0.5"),
        (f"ml-myworkspace-eastus-{GUID}.notebooks.azure.net", "10.1.0.6"),
        ("52882c08-ead2-44aa-af65-08a75cf094bd.workspace.chinaeast2.api.ml.azure.cn", "10.1.0.5"),
        (
            "ml-mype-pltest-chinaeast2-52882c08-ead2-44aa-af65-08a75cf094bd.notebooks.chinacloudapi.cn",
            "10.1.0.6",
        ),
    ],
)
def test_the_examples_resolve_when_entered_by_hand(name: str, address: str) -> None:
    """Find the IP addresses, examples of both clouds: names and addresses as the tables print them."""
    entered = dns_server({}, records={name: (address,)})
    estate = small_estate(dns_network(), workspace_network(), servers=(entered,))
    assert asked(estate, name).outcome == Addresses((address,))


def test_the_label_of_the_example_comes_out_of_the_truncation_rule() -> None:
    """Find the IP addresses, example: the notebooks label of myworkspace."""
    assert notebooks_label("myworkspace", "eastus", GUID) == LABEL


LEGACY = [
    f"{GUID}.workspace.eastus.{suffix}"
    for suffix in ("cert.api.azureml.ms", "experiments.azureml.net", "modelmanagement.azureml.net", "aether.ms")
]


@pytest.mark.parametrize("name", LEGACY)
def test_names_that_the_endpoint_does_not_list_resolve_by_entries_of_the_server(name: str) -> None:
    """Find the IP addresses, important, 1 to 4: in three regions more names have the api address. (Legacy today.)"""
    estate = setup(the_zones("hub"), server=dns_server(records={name: (API_ADDRESS,)}))
    assert asked(estate, name).outcome == PRIVATE
    assert asked(setup(server=dns_server({})), name).outcome == Public()


@pytest.mark.parametrize("name", LEGACY)
def test_names_that_the_endpoint_does_not_list_resolve_by_a_zone_of_their_own(name: str) -> None:
    """Find the IP addresses, important, 1 to 4: an Azure private zone is the other place for them."""
    own, parent = name.partition(".")[0], name.partition(".")[2]
    made = zone(parent, {f"A/{own}": [API_ADDRESS]}, "hub")
    assert asked(setup(the_zones("hub"), made, server=dns_server({"": AZURE_DNS})), name).outcome == PRIVATE


def test_the_cert_name_is_listed_by_the_endpoint_today() -> None:
    """Find the IP addresses, important, 1. Superseded: endpoints list the cert name in every region."""
    roles = {record.role: record.addresses for record in required(lab("hub-spoke")).records}
    assert roles[AZURE_CLOUD.role(Fqdn(LEGACY[0]))] == roles[AZURE_CLOUD.role(Fqdn(API))]
