"""Who must get which address: clients, scope, acceptable addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.lab.builders import endpoint_id, endpoint_interface, private_endpoint, workspace, workspace_id
from agent.lab.builders.endpoints import Member
from agent.lab.scenarios import build
from checks.names.expected import Role
from checks.requirements import Client, Scope, Tier, matches, servers_of
from collectors.graph.declared import Declared, DeclaredClient, Site
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.estates import (
    AZURE_DNS,
    GROUP,
    OTHER_GROUP,
    SUBSCRIPTION,
    client,
    estate_of,
    gap,
    lab,
    machine,
    network,
    nid,
    required,
    server,
    small_estate,
)

GUID = "5eed0009-0000-4000-8000-00000000abcd"
API = f"{GUID}.workspace.westeurope.api.azureml.ms"
SPOKE_PEERS = {"hub": "10.0.0.0/16"}


def endpoint(name: str, subnet_of: str, address: str, target: str = "mlw") -> list[Document]:
    """An endpoint of the workspace with its interface, which lists the api name."""
    subnet = f"{nid(subnet_of)}/subnets/default"
    member = Member(name="default", address=address, fqdns=(API,))
    return [
        private_endpoint(GROUP, name, subnet, workspace_id(GROUP, target)),
        endpoint_interface(GROUP, name, subnet, [member]),
    ]


def the_workspace(name: str = "mlw") -> Document:
    return workspace(GROUP, name, GUID, endpoint_id(GROUP, "pe"))


def declared(*networks: str, sites: tuple[str, ...] = (), workspace: str = "*") -> Declared:
    known = tuple(Site(name=name, servers=("192.0.2.53",)) for name in ("office", "vpn"))
    clients = (DeclaredClient(workspace=workspace, networks=networks, sites=sites),)
    return Declared(clients=clients, sites=known)


# Servers


def test_a_network_asks_its_own_servers_and_azure_without_any() -> None:
    estate = small_estate(network("own", "10.0.0.0/16", "10.0.0.4", "10.0.0.5"), network("plain"))
    assert servers_of(estate, client("own")) == ("10.0.0.4", "10.0.0.5")
    assert servers_of(estate, client("plain")) == (AZURE_DNS,)


def test_an_interface_asks_its_own_servers_before_those_of_its_network() -> None:
    estate = small_estate(
        network("own", "10.0.0.0/16", "10.0.0.4"),
        machine("m", "own", "10.0.0.9", "10.0.0.5"),
        machine("n", "own", "10.0.0.8"),
    )
    for name, servers in {"m": ("10.0.0.5",), "n": ("10.0.0.4",)}.items():
        id = ArmId(GROUP.id("Microsoft.Network/networkInterfaces", name))
        assert servers_of(estate, Client(id=str(id), network=nid("own"), interface=id)) == servers


def test_an_interface_may_go_back_to_azure_dns() -> None:
    """Azure writes the word where other interfaces have addresses."""
    estate = small_estate(
        network("own", "10.0.0.0/16", "10.0.0.4"), machine("m", "own", "10.0.0.9", "AzureProvidedDNS")
    )
    id = ArmId(GROUP.id("Microsoft.Network/networkInterfaces", "m"))
    assert estate.gaps == ()
    assert servers_of(estate, Client(id=str(id), network=nid("own"), interface=id)) == (AZURE_DNS,)


def test_nobody_knows_the_servers_of_a_network_that_was_not_read() -> None:
    assert servers_of(small_estate(), client("unread")) == ()


def test_a_site_asks_the_servers_that_are_declared_for_it() -> None:
    estate = small_estate(sites=(Site(name="office", servers=("192.0.2.53",)),))
    assert servers_of(estate, Client(id="site:office", site="office")) == ("192.0.2.53",)
    assert servers_of(estate, Client(id="site:lab", site="lab")) == ()


# Clients


def test_the_network_of_an_endpoint_is_a_client_of_itself() -> None:
    estate = small_estate(the_workspace(), network("hub"), endpoint("pe", "hub", "10.0.0.5"))
    found = required(estate)
    assert [c.name for c in found.clients] == ["hub"]
    assert {(r.name, r.acceptable, r.tier) for r in found.requirements} >= {(API, ("10.0.0.5",), Tier.REQUIRED)}


def test_a_client_is_one_however_the_references_to_its_network_are_spelt() -> None:
    other = endpoint("pe-2", "hub", "10.0.0.6")
    subnet = other[0].body["properties"]["subnet"]
    subnet["id"] = subnet["id"].replace("/virtualNetworks/hub", "/virtualnetworks/HUB")
    estate = small_estate(the_workspace(), network("hub"), other, endpoint("pe", "hub", "10.0.0.5"))
    assert [c.id for c in required(estate).clients] == [str(nid("hub"))]
    alone = small_estate(the_workspace(), network("hub"), other)
    assert [c.id for c in required(alone).clients] == [str(nid("hub"))]


def test_declared_networks_and_sites_are_clients() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("spoke", "10.1.0.0/16"),
        endpoint("pe", "hub", "10.0.0.5"),
        declared=declared("spoke", sites=("office",)),
    )
    assert [c.name for c in required(estate).clients] == ["hub", "spoke", "office"]


def test_clients_declared_for_another_workspace_are_not_clients() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("spoke", "10.1.0.0/16"),
        endpoint("pe", "hub", "10.0.0.5"),
        declared=declared("spoke", workspace="other-*"),
    )
    assert [c.name for c in required(estate).clients] == ["hub"]


def test_networks_of_the_scope_are_clients() -> None:
    estate = small_estate(
        the_workspace(), network("hub"), network("spoke", "10.1.0.0/16"), endpoint("pe", "hub", "10.0.0.5")
    )
    assert [c.name for c in required(estate, Scope(networks=("SPOKE",))).clients] == ["hub", "spoke"]


def test_an_interface_that_overrides_a_clients_servers_is_a_client() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("elsewhere", "10.9.0.0/16"),
        machine("override", "hub", "10.0.0.9", "10.0.0.53"),
        machine("plain", "hub", "10.0.0.8"),
        machine("far", "elsewhere", "10.9.0.9", "10.0.0.53"),
        endpoint("pe", "hub", "10.0.0.5"),
    )
    assert [c.name for c in required(estate).clients] == ["override", "hub"]


def test_interfaces_of_endpoints_never_ask() -> None:
    parts = endpoint("pe", "hub", "10.0.0.5")
    parts[1].body["properties"]["dnsSettings"]["dnsServers"] = ["10.0.0.53"]
    assert [c.name for c in required(small_estate(the_workspace(), network("hub"), parts)).clients] == ["hub"]


def test_a_workspace_without_endpoints_requires_nothing() -> None:
    found = required(small_estate(the_workspace()))
    assert (len(found.workspaces), found.requirements, found.clients) == (1, (), ())


def test_a_client_has_the_name_that_people_use() -> None:
    nic = ArmId(GROUP.id("Microsoft.Network/networkInterfaces", "m"))
    assert Client(id="site:office", site="office").name == "office"
    assert Client(id=str(nic), network=nid("hub"), interface=nic).name == "m"
    assert Client(id=str(nid("hub"))).name == client("hub").name == "hub"


# Scope


@pytest.mark.parametrize(
    ("text", "found"),
    [("mlw", True), ("MLW", True), ("ml*", True), ("*", True), (f"{workspace_id(GROUP, 'mlw')}/", True), ("ml", False)],
)
def test_a_resource_is_meant_by_name_glob_or_id(text: str, found: bool) -> None:
    assert matches(text, ArmId(workspace_id(GROUP, "mlw"))) is found


def test_only_workspaces_in_scope_are_looked_at() -> None:
    estate = small_estate(
        the_workspace(),
        the_workspace("other"),
        network("hub"),
        endpoint("pe", "hub", "10.0.0.5"),
        endpoint("po", "hub", "10.0.0.6", "other"),
    )
    found = required(estate, Scope(workspaces=("other",)))
    assert [w.id.name for w in found.workspaces] == ["other"]
    assert {r.expected.endpoint.name for r in found.requirements} == {"po"}


def test_only_workspaces_of_subscriptions_in_scope_are_looked_at() -> None:
    estate = small_estate(the_workspace())
    for text in (SUBSCRIPTION.upper(), f"/subscriptions/{SUBSCRIPTION}", "Test"):
        assert required(estate, Scope(subscriptions=(text,))).workspaces
    other = required(estate, Scope(subscriptions=("somewhere",)))
    assert other.workspaces == ()
    assert other.unknown == ('subscription "somewhere"',)


def test_what_is_named_and_not_there_is_told() -> None:
    spoken = replace(
        declared("net-b", sites=("office", "lost")),
        servers=(server("10.0.0.4", {}, network="net-c"), server("10.0.0.5", {})),
    )
    estate = small_estate(the_workspace(), declared=spoken)
    found = required(estate, Scope(workspaces=("mlw", "gone"), networks=("net-a",)))
    assert found.unknown == (
        'workspace "gone"',
        'network "net-a"',
        'network "net-b"',
        'network "net-c"',
        'site "lost"',
    )


# Acceptable addresses


def two_endpoints(*networks: Document, gaps: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """The acceptable addresses of the api name per client; one endpoint in the hub, one in the spoke."""
    estate = small_estate(
        the_workspace(),
        networks,
        endpoint("pe-hub", "hub", "10.0.0.5"),
        endpoint("pe-spoke", "spoke", "10.1.0.5"),
        gaps=[gap("virtual-network", scope) for scope in gaps],
    )
    return {r.client.name: r.acceptable for r in required(estate).requirements if r.name == API}


def test_each_unconnected_network_accepts_its_own_endpoint_only() -> None:
    assert two_endpoints(network("hub"), network("spoke", "10.1.0.0/16")) == {
        "hub": ("10.0.0.5",),
        "spoke": ("10.1.0.5",),
    }


def test_connected_networks_accept_both_endpoints() -> None:
    both = ("10.0.0.5", "10.1.0.5")
    spoke = network("spoke", "10.1.0.0/16", peers=SPOKE_PEERS)
    assert two_endpoints(network("hub"), spoke) == {"hub": both, "spoke": both}


def test_networks_that_may_be_connected_out_of_sight_accept_both_endpoints() -> None:
    """Decision 6: an endpoint is only ruled out if its network is provably elsewhere."""
    both = ("10.0.0.5", "10.1.0.5")
    through = {"unread": "10.9.0.0/16"}
    found = two_endpoints(
        network("hub", peers=through), network("spoke", "10.1.0.0/16", peers={"other": "10.8.0.0/16"})
    )
    assert found == {"hub": both, "spoke": both}


def test_a_network_accepts_an_endpoint_elsewhere_if_it_has_none() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("island", "10.5.0.0/16"),
        endpoint("pe", "hub", "10.0.0.5"),
        declared=declared("island"),
    )
    assert {r.client.name: r.acceptable for r in required(estate).requirements if r.role is Role.API} == {
        "hub": ("10.0.0.5",),
        "island": ("10.0.0.5",),
    }


def test_a_site_accepts_every_endpoint() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("spoke", "10.1.0.0/16"),
        endpoint("pe-hub", "hub", "10.0.0.5"),
        endpoint("pe-spoke", "spoke", "10.1.0.5"),
        declared=declared(sites=("office",)),
    )
    (site,) = (r for r in required(estate).requirements if r.client.site and r.name == API)
    assert site.acceptable == ("10.0.0.5", "10.1.0.5")


def test_a_pending_endpoint_is_not_acceptable_beside_an_approved_one() -> None:
    pending = endpoint("pe-2", "hub", "10.0.0.6")
    pending[0].body["properties"]["privateLinkServiceConnections"][0]["properties"][
        "privateLinkServiceConnectionState"
    ] = {"status": "Pending"}
    estate = small_estate(the_workspace(), network("hub"), endpoint("pe-1", "hub", "10.0.0.5"), pending)
    assert {r.acceptable for r in required(estate).requirements} == {("10.0.0.5",)}
    assert {r.expected.endpoint.name for r in required(estate).requirements} == {"pe-1"}


def test_a_pending_endpoint_still_gives_requirements() -> None:
    found = required(lab("hub-spoke", "connection-pending"))
    assert len(found.requirements) == 8
    assert not any(r.expected.approved for r in found.requirements)


@pytest.mark.parametrize(("scenario", "clients"), [("hub-spoke", 2), ("azure-dns", 2)])
def test_every_client_of_the_lab_requires_every_name_once(scenario: str, clients: int) -> None:
    found = required(lab(scenario))
    assert len(found.clients) == clients
    assert len(found.records) == 4
    assert len({(r.client, r.name) for r in found.requirements}) == len(found.requirements) == 4 * clients
    assert (found.underived, found.unknown) == ((), ())


def test_requirements_are_sorted_by_client_and_name() -> None:
    found = required(lab("azure-dns")).requirements
    assert list(found) == sorted(found, key=lambda r: (r.client.id.lower(), r.name))


def test_endpoints_without_readable_interface_are_told() -> None:
    subscription = "22222222-0000-4000-8000-00000000a001"
    estate = estate_of(
        build("hub-spoke"),
        gap("network-interface", f"/subscriptions/{subscription}"),
        without=["network-interface", "private-dns-zone-group"],
    )
    found = required(estate)
    assert [u.endpoint.name for u in found.underived] == ["pe-mlw-prod"]
    assert found.requirements == ()


def test_an_endpoint_whose_network_is_not_told_makes_no_client() -> None:
    parts = endpoint("pe", "hub", "10.0.0.5")
    parts[0].body["properties"]["subnet"] = None
    estate = small_estate(the_workspace(), parts, declared=declared("hub", "net-x"), gaps=[])
    assert required(estate).clients == ()


def test_namesakes_are_all_clients() -> None:
    estate = small_estate(
        the_workspace(),
        network("hub"),
        network("hub", "10.7.0.0/16", group=OTHER_GROUP),
        endpoint("pe", "hub", "10.0.0.5"),
        declared=declared("hub"),
    )
    assert len(required(estate).clients) == 2
