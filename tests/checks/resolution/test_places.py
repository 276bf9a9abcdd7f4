"""Which server stands at an address: addresses and names of networks are not unique."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import gateway_configuration_id, gateway_subnet, network_gateway, virtual_network
from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import (
    INTERNET,
    Addresses,
    Blocked,
    DeadEnd,
    Loop,
    NoData,
    NxDomain,
    Opaque,
    Outcome,
    Public,
    Thing,
    label,
)
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    PublicDns,
    Silent,
    Unknown,
    custom_server,
    place_name,
    server_at,
)
from checks.resolution.solver import forwards_to_azure
from collectors.graph.declared import Declared, DeclaredServer, Site
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import INBOUND, resolver
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    bind,
    decided,
    hub,
    private_zone,
    spoke,
)
from tests.estates import (
    AZURE_DNS,
    GROUP,
    OTHER_GROUP,
    gap,
    network,
    nid,
    server,
    small_estate,
    solve,
    solver,
)

# Addresses that are not unique


def test_two_networks_with_one_address_space_ask_their_own_servers() -> None:
    """10.0.0.4 is a declared server in both; each leads to the zone of its own network."""
    twin = network("twin", "10.0.0.0/16", "10.0.0.4", group=GROUP)
    servers = (bind(), server("10.0.0.4", {"": AZURE_DNS}, network="twin"))
    estate = small_estate(hub("10.0.0.4"), twin, private_zone("hub"), servers=servers)
    assert solve(estate, "hub", PRIVATE).outcome == ANSWER
    assert decided(solve(estate, "twin", PRIVATE)) == (Public(), rules.ZONE_NOT_LINKED, ZONE)


def test_a_server_declared_elsewhere_is_not_the_one_at_the_same_address_here() -> None:
    """Nothing is declared about the machine in the unconnected twin."""
    twin = network("twin", "10.0.0.0/16", "10.0.0.4")
    estate = small_estate(hub(), twin, private_zone("hub"), servers=(bind(),))
    path = solve(estate, "twin", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.last.at.id == f"server:10.0.0.4@{nid('twin')}"


def test_a_server_at_a_site_is_not_the_one_at_the_same_address_in_a_network() -> None:
    there = server("10.0.0.4", {"": AZURE_DNS}, site="office")
    estate = small_estate(hub("10.0.0.4"), servers=(there,), sites=(Site(name="office", servers=("10.0.0.4",)),))
    assert solve(estate, "hub", PRIVATE).last.rule is rules.SERVER_UNKNOWN
    assert isinstance(server_at(estate, "10.0.0.4", None, "office"), CustomServer)


def test_two_sites_with_one_address_ask_their_own_servers() -> None:
    sites = tuple(Site(name=name, servers=("192.168.1.53",)) for name in ("office", "plant"))
    servers = tuple(server("192.168.1.53", {}, site=name) for name in ("office", "plant"))
    estate = small_estate(servers=servers, sites=sites)
    found = server_at(estate, "192.168.1.53", None, "plant")
    assert isinstance(found, CustomServer)
    assert found.id == "server:192.168.1.53@site:plant"


def test_a_connected_declared_server_comes_before_a_stranger_of_the_same_address() -> None:
    stranger = server("10.0.0.4", {}, network="stranger")
    estate = small_estate(
        hub(), spoke("10.0.0.4"), network("stranger"), private_zone("hub"), servers=(stranger, bind())
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER


def test_a_stranger_is_not_the_machine_at_the_same_address_of_a_connected_network() -> None:
    """Nothing is declared about the hub's; the spoke, which asks, does not hold the address itself."""
    stranger = server("10.0.0.4", {}, network="stranger")
    path = solve(small_estate(hub(), spoke("10.0.0.4"), network("stranger"), servers=(stranger,)), "spoke", NAME)
    assert (path.last.rule, path.last.at.id) == (rules.SERVER_UNKNOWN, f"server:10.0.0.4@{nid('hub')}")


def test_a_server_declared_in_a_connected_network_is_meant_though_no_network_holds_its_address() -> None:
    address = "192.168.1.4"
    servers = tuple(server(address, {"": AZURE_DNS}, network=name) for name in ("hub", "stranger"))
    estate = small_estate(
        hub(), spoke(address), network("stranger", "10.8.0.0/16"), private_zone("hub"), servers=servers
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER


def test_an_address_that_two_strangers_share_is_opaque() -> None:
    estate = small_estate(
        network("a"),
        network("b"),
        network("lonely", "10.7.0.0/16", "10.0.0.4"),
        servers=(server("10.0.0.4", {}, network="a"), server("10.0.0.4", {}, network="b")),
    )
    path = solve(estate, "lonely", NAME)
    assert isinstance(path.outcome, Opaque)
    assert path.last.rule is rules.SERVER_UNKNOWN


def test_a_server_to_which_nothing_leads_does_not_answer() -> None:
    estate = small_estate(hub(), network("far", "10.7.0.0/16", "10.0.0.4"), private_zone("hub"), servers=(bind(),))
    path = solve(estate, "far", PRIVATE)
    assert path.outcome == DeadEnd("server 10.0.0.4 stands in hub, to which far has no way")
    assert (path.last.rule, path.last.decided_by) == (
        rules.NO_ROUTE,
        Thing(f"server:10.0.0.4@{nid('hub')}", "server", "10.0.0.4"),
    )
    assert path.assumptions == ("unconnected-networks-have-no-way",)


def test_a_declared_server_is_where_it_is_declared_and_not_where_its_address_seems_to_be() -> None:
    """No network holds its address: the one it is declared in decides whether anything leads there."""
    own = server("192.168.1.4", {"": AZURE_DNS}, network="hub")
    far = network("far", "10.7.0.0/16", "192.168.1.4")
    path = solve(small_estate(hub(), far, private_zone("hub"), servers=(own,)), "far", PRIVATE)
    assert path.outcome == DeadEnd("server 192.168.1.4 stands in hub, to which far has no way")


def test_what_is_declared_is_believed_before_what_stands_where_the_address_is_not_routed() -> None:
    """The office has a server at the address of an inbound endpoint in a network to which nothing leads."""
    there = server("10.7.0.36", {}, site="office", records={PRIVATE: ("10.0.0.5",)})
    far = network("far", "10.7.0.0/16")
    path = solve(small_estate(hub("10.7.0.36"), far, resolver("far", "10.7.0.36"), servers=(there,)), "hub", PRIVATE)
    assert (path.outcome, path.last.at.id) == (ANSWER, "server:10.7.0.36@site:office")


def test_a_way_that_arm_does_not_show_may_be_assumed() -> None:
    """Not every way between networks is a peering."""
    said = Declared(servers=(bind(),), assumptions={"unconnected-networks-have-no-way": False})
    estate = small_estate(hub(), network("far", "10.7.0.0/16", "10.0.0.4"), private_zone("hub"), declared=said)
    assert solve(estate, "far", PRIVATE).outcome == ANSWER


def gated(*configurations: str) -> Any:
    """A network with a subnet for gateways, read by itself where `configurations` of gateways stand in it."""
    own = virtual_network(
        GROUP, "far", "10.7.0.0/16", subnets={"GatewaySubnet": "10.7.0.0/27"}, dns_servers=["10.0.0.4"], peers={}
    )
    return [own, *([gateway_subnet(str(nid("far")), "10.7.0.0/27", list(configurations))] if configurations else [])]


def test_behind_a_gateway_anything_may_be_reached() -> None:
    """An office may connect the two networks: the address of the declared server is then believed."""
    gateway = gated(gateway_configuration_id(GROUP, "vgw"))
    estate = small_estate(
        hub(),
        gateway,
        network_gateway(GROUP, "vgw", f"{nid('far')}/subnets/GatewaySubnet", []),
        private_zone("hub"),
        servers=(bind(),),
    )
    assert solve(estate, "far", PRIVATE).outcome == ANSWER


@pytest.mark.parametrize("kind", ["virtual-hub", "virtual-wan", "network-manager", "gateway-subnet"])
def test_a_way_that_could_not_be_read_leaves_open_whether_the_server_answers(kind: str) -> None:
    far = network("far", "10.7.0.0/16", "10.0.0.4")
    hidden = gap(kind, "/subscriptions/hidden")
    path = solve(small_estate(hub(), far, private_zone("hub"), servers=(bind(),), gaps=[hidden]), "far", PRIVATE)
    assert path.outcome == Opaque("server 10.0.0.4 belongs to something that could not be read", (hidden,))
    assert path.last.at == Thing(f"server:10.0.0.4@{nid('hub')}", "server", "10.0.0.4")


def test_an_unread_network_between_two_sides_leaves_a_way_open_only_if_both_sides_lead_to_one() -> None:
    """A peering shows on both sides: one side that was read wholly knows all its ways."""
    gaps = [gap("virtual-network", nid("left")), gap("virtual-network", nid("right"))]
    here = network("hub", "10.0.0.0/16", peers={"left": "10.8.0.0/16"})
    far = network("far", "10.7.0.0/16", "10.0.0.4", peers={"right": "10.9.0.0/16"})
    path = solve(small_estate(here, far, private_zone("hub"), servers=(bind(),), gaps=gaps), "far", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    alone = network("far", "10.7.0.0/16", "10.0.0.4")
    path = solve(small_estate(here, alone, private_zone("hub"), servers=(bind(),), gaps=gaps[:1]), "far", PRIVATE)
    assert path.last.rule is rules.NO_ROUTE


def test_an_address_of_azure_does_not_answer_on_another_port() -> None:
    """Only a rule or a forwarder can name a port; what Azure runs listens on 53."""
    for target, text in (
        (f"{AZURE_DNS}:5353", "Azure DNS in hub"),
        (f"{INBOUND}:5353", f"inbound endpoint in ({INBOUND})"),
    ):
        estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), resolver(), servers=(bind({"": target}),))
        path = solve(estate, "spoke", PRIVATE)
        assert path.outcome == DeadEnd(f"{text} answers on port 53 only, not on port 5353")
        assert path.last.rule is rules.WRONG_PORT


def test_a_site_understands_addresses_as_the_networks_that_it_reaches() -> None:
    """Two unconnected networks hold 10.0.0.4; the site says which of them it reaches."""
    for reached, outcome in (("hub", ANSWER), ("other", Public())):
        office = Site(name="office", servers=("10.0.0.36",), reaches=(reached,))
        estate = small_estate(
            hub(), network("other"), private_zone("hub"), resolver(), resolver("other", name="dnspr-2"), sites=(office,)
        )
        path = solver(estate, {}).path(Client(id="site:office", site="office"), Fqdn(PRIVATE))
        assert path.outcome == outcome


def test_namesakes_are_told_apart_by_the_servers_address() -> None:
    other = network("hub", "10.8.0.0/16", group=OTHER_GROUP)
    estate = small_estate(hub("10.0.0.4"), other, private_zone("hub"), servers=(bind(),))
    assert solve(estate, "hub", PRIVATE).outcome == ANSWER


def test_a_server_in_one_of_two_networks_of_the_same_name_and_space_is_opaque_not_a_dead_end() -> None:
    other = network("hub", "10.0.0.0/16", group=OTHER_GROUP)
    path = solve(small_estate(hub("10.0.0.4"), other, private_zone("hub"), servers=(bind(),)), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert "several networks are called hub" in path.outcome.reason


def test_a_server_without_a_declared_place_stands_where_its_address_is() -> None:
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(network=""),))
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER
    assert custom_server(estate, bind(network="")).network == nid("hub")


def test_a_server_stands_where_it_is_declared_whoever_holds_its_address() -> None:
    """In the one network of that name, or at its site."""
    estate = small_estate(hub(), network("other", "10.8.0.0/16"))
    assert custom_server(estate, bind(network="other")).network == nid("other")
    assert custom_server(estate, server("10.0.0.4", {}, site="office")).network is None


def test_a_server_without_a_declared_place_whose_address_two_networks_hold_is_opaque() -> None:
    estate = small_estate(hub("10.0.0.4"), network("twin"), private_zone("hub"), servers=(bind(network=""),))
    path = solve(estate, "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert "several networks hold 10.0.0.4" in path.outcome.reason
    assert label(path.outcome) == "opaque"


def test_a_server_outside_every_network_cannot_reach_the_platform_address() -> None:
    outside = server("192.168.1.53", {"": AZURE_DNS})
    path = solve(small_estate(hub("192.168.1.53"), servers=(outside,)), "hub", PRIVATE)
    assert isinstance(path.outcome, DeadEnd)


def test_a_server_outside_may_stand_in_a_network_that_was_not_read() -> None:
    outside, hidden = server("192.168.1.53", {"": AZURE_DNS}), gap("virtual-network", "/subscriptions/other")
    path = solve(small_estate(hub("192.168.1.53"), servers=(outside,), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_server_declared_in_a_network_that_does_not_exist_is_opaque() -> None:
    path = solve(small_estate(hub("10.0.0.4"), servers=(bind(network="hbu"),)), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.reason == "the network hbu of server 10.0.0.4 does not exist"


# Places and small things


def test_places_have_names_for_sentences() -> None:
    estate = small_estate(hub(), servers=(bind(),))
    places = [server_at(estate, text, nid("hub")) for text in (AZURE_DNS, "10.0.0.4", "10.0.0.9", PUBLIC_RESOLVER)]
    assert [type(p) for p in places] == [AzureDns, CustomServer, Unknown, PublicDns]
    assert [place_name(p) for p in places] == [
        "Azure DNS in hub",
        "server 10.0.0.4",
        "server 10.0.0.9",
        f"public resolver {PUBLIC_RESOLVER}",
    ]
    assert place_name(Silent(AZURE_DNS, INTERNET, rules.PLATFORM_OUTSIDE, "")) == AZURE_DNS


def test_a_server_forwards_to_azure_if_any_target_is_azure_dns() -> None:
    estate = small_estate(hub())
    for forwards, found in (
        ({"a.com": AZURE_DNS}, True),
        ({"a.com": f"{AZURE_DNS}:53"}, True),
        ({"a.com": "10.0.0.9"}, False),
    ):
        assert forwards_to_azure(custom_server(estate, bind(forwards))) is found
    assert not forwards_to_azure(custom_server(estate, DeclaredServer(address="10.0.0.4", network="hub")))


def test_every_outcome_has_its_word() -> None:
    outcomes: tuple[Outcome, ...] = (
        Addresses(()),
        NoData(),
        NxDomain(),
        Public(),
        Blocked(),
        Loop(()),
        DeadEnd(""),
        Opaque(""),
    )
    words = ("answer", "NODATA", "NXDOMAIN", "public", "blocked", "loop", "dead end", "opaque")
    assert tuple(map(label, outcomes)) == words


def test_a_path_that_comes_further_has_more_progress() -> None:
    public = solve(small_estate(hub(), private_zone()), "hub", NAME, chains=CHAIN)
    denied = solve(small_estate(hub(), private_zone("hub", name="y")), "hub", NAME, chains=CHAIN)
    answered = solve(small_estate(hub(), private_zone("hub")), "hub", NAME, chains=CHAIN)
    assert public.progress < denied.progress < answered.progress


def test_a_question_is_solved_once() -> None:
    it = solver(small_estate(hub(), private_zone("hub")), {})
    place = AzureDns(nid("hub"))
    assert it.at(place, Fqdn(PRIVATE)) is it.at(AzureDns(nid("HUB")), Fqdn(PRIVATE))
    assert it.at(place, Fqdn(PRIVATE)).outcome == ANSWER, "addresses are what is asked unless something else is said"
