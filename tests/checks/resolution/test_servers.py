"""Whom a client asks, and what declared servers make of a question."""

from __future__ import annotations

import pytest

from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import (
    Addresses,
    DeadEnd,
    NoData,
    Opaque,
    Public,
    Thing,
    label,
)
from checks.resolution.solver import Solver
from collectors.graph.declared import DeclaredServer, Site
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    asked_of,
    bind,
    decided,
    hops,
    hub,
    private_zone,
    spoke,
)
from tests.estates import (
    AZURE_DNS,
    GROUP,
    client,
    machine,
    network,
    nid,
    server,
    small_estate,
    solve,
    solver,
)

# Whom a client asks


def test_the_view_is_the_network_of_the_server_not_of_the_client() -> None:
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(),))
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == ANSWER
    assert path.view == str(nid("hub"))
    assert path.hops[0].rule is rules.NETWORK_SERVERS
    unlinked = small_estate(hub(), spoke("10.0.0.4"), private_zone("spoke"), servers=(bind(),))
    assert decided(solve(unlinked, "spoke", PRIVATE)) == (Public(), rules.ZONE_NOT_LINKED, ZONE)


def test_the_platform_address_in_a_list_is_azure_dns_of_the_network_itself() -> None:
    path = solve(small_estate(network("hub", "10.0.0.0/16", AZURE_DNS), private_zone("hub")), "hub", PRIVATE)
    assert path.outcome == ANSWER
    assert path.hops[0].rule is rules.AZURE_PROVIDED


def test_there_is_a_path_for_every_server_and_the_first_counts() -> None:
    estate = small_estate(hub(), spoke("10.0.0.4", AZURE_DNS), private_zone("hub"), servers=(bind(),))
    them = solver(estate, {}).paths(client("spoke"), Fqdn(PRIVATE))
    assert [p.outcome for p in them] == [ANSWER, Public()]
    assert solver(estate, {}).path(client("spoke"), Fqdn(PRIVATE)) == them[0]
    assert solver(estate, {}).servers(client("spoke")) == ("10.0.0.4", AZURE_DNS)


def test_an_interface_overrides_the_servers_of_its_network() -> None:
    estate = small_estate(
        hub("10.0.0.4"), machine("m", "hub", "10.0.0.9", AZURE_DNS), private_zone("hub"), servers=(bind({}),)
    )
    nic = ArmId(GROUP.id("Microsoft.Network/networkInterfaces", "m"))
    path = solver(estate, {}).path(Client(id=str(nic), network=nid("hub"), interface=nic), Fqdn(PRIVATE))
    assert path.outcome == ANSWER
    assert (path.hops[0].rule, path.hops[0].at, path.hops[0].decided_by) == (
        rules.INTERFACE_SERVERS,
        Thing.of(nic),
        Thing.of(nic),
    )


def test_an_interface_without_servers_asks_those_of_its_network() -> None:
    estate = small_estate(hub(), machine("m", "hub", "10.0.0.9"), private_zone("hub"))
    nic = ArmId(GROUP.id("Microsoft.Network/networkInterfaces", "m"))
    path = solver(estate, {}).path(Client(id=str(nic), network=nid("hub"), interface=nic), Fqdn(PRIVATE))
    assert (path.outcome, path.hops[0].rule) == (ANSWER, rules.AZURE_PROVIDED)


def test_a_site_asks_its_declared_servers() -> None:
    office = Site(name="office", servers=("10.0.0.4",))
    estate = small_estate(hub(), private_zone("hub"), servers=(bind(),), sites=(office,))
    path = solver(estate, {}).path(Client(id="site:office", site="office"), Fqdn(PRIVATE))
    assert path.outcome == ANSWER
    assert (path.hops[0].rule, path.hops[0].at) == (rules.SITE_SERVERS, Thing("site:office", "site", "office"))


def test_a_site_without_servers_is_opaque() -> None:
    path = solver(small_estate(sites=(Site(name="office"),)), {}).path(
        Client(id="site:office", site="office"), Fqdn(NAME)
    )
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.view, len(path.hops)) == (rules.NO_SERVER, "site:office", 1)


def test_the_platform_address_asked_from_a_site_is_a_dead_end() -> None:
    office = Site(name="office", servers=(AZURE_DNS,))
    path = solver(small_estate(sites=(office,)), {}).path(Client(id="site:office", site="office"), Fqdn(NAME))
    assert isinstance(path.outcome, DeadEnd)
    assert path.last.rule is rules.PLATFORM_OUTSIDE


def test_a_server_at_a_site_that_forwards_to_the_platform_address_is_a_dead_end() -> None:
    office = Site(name="office", servers=("192.168.1.53",))
    there = server("192.168.1.53", {"": AZURE_DNS}, site="office")
    path = solver(small_estate(servers=(there,), sites=(office,)), {}).path(
        Client(id="site:office", site="office"), Fqdn(NAME)
    )
    assert isinstance(path.outcome, DeadEnd)
    assert hops(path) == [
        ("site-dns-servers", "asks"),
        ("default-forwarder", "forwarded"),
        ("platform-address-outside", "dead end"),
    ]


def test_a_public_resolver_answers_publicly() -> None:
    path = solve(small_estate(hub(PUBLIC_RESOLVER), private_zone("hub")), "hub", NAME, chains=CHAIN)
    assert (path.outcome, path.last.rule, path.view) == (Public(), rules.PUBLIC_RESOLVER, "internet")
    assert path.chain == ()


# Custom servers


def test_the_forwarder_of_the_longest_suffix_decides() -> None:
    longest = {"com": PUBLIC_RESOLVER, "example.com": AZURE_DNS, "": PUBLIC_RESOLVER}
    path = asked_of(bind(longest), PRIVATE)
    assert path.outcome == ANSWER
    assert path.hops[1].rule is rules.FORWARDER
    assert path.hops[1].text == "10.0.0.4 forwards example.com to Azure DNS in hub"
    shadowed = asked_of(bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}), PRIVATE)
    assert decided(shadowed) == (Public(), rules.FORWARDER, "10.0.0.4")


def test_the_root_is_the_default_forwarder() -> None:
    path = asked_of(bind({"": AZURE_DNS}), PRIVATE)
    assert path.hops[1].rule is rules.DEFAULT_FORWARDER
    assert path.hops[1].text == "10.0.0.4 forwards everything else to Azure DNS in hub"


def test_a_default_forwarder_to_the_internet_is_public() -> None:
    path = asked_of(bind({"": PUBLIC_RESOLVER}), "elsewhere.net")
    assert decided(path) == (Public(), rules.DEFAULT_FORWARDER, "10.0.0.4")
    assert path.view == path.last.at.id == f"server:10.0.0.4@{nid('hub')}"


@pytest.mark.parametrize("forwards", [{}, {"other.net": AZURE_DNS}])
def test_a_server_without_a_fitting_forwarder_asks_the_internet_itself(forwards: dict[str, str]) -> None:
    assert decided(asked_of(bind(forwards), "elsewhere.com")) == (Public(), rules.ITERATES, "10.0.0.4")


def test_a_suffix_without_targets_is_not_forwarded() -> None:
    declared = DeclaredServer(address="10.0.0.4", network="hub", kind="bind", forwards={Fqdn("example.com"): ()})
    assert asked_of(declared, "y.example.com").last.rule is rules.ITERATES


def test_a_server_that_iterates_applies_its_forwarders_to_the_alias_it_finds() -> None:
    path = asked_of(bind({ZONE: AZURE_DNS}))
    assert path.outcome == ANSWER
    assert hops(path)[1:] == [("iterates", "alias"), ("forwarder", "forwarded"), ("zone-answers", "answer")]


def test_a_server_that_forwards_to_the_internet_applies_its_forwarders_to_the_alias_it_gets() -> None:
    path = asked_of(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}))
    assert path.outcome == ANSWER
    assert path.hops[1].rule is rules.DEFAULT_FORWARDER


@pytest.mark.parametrize("kind", ["dnsmasq", "knot-resolver", "coredns"])
def test_kinds_that_do_not_reapply_leave_the_alias_to_the_internet(kind: str) -> None:
    path = asked_of(bind({ZONE: AZURE_DNS, "": PUBLIC_RESOLVER}, kind=kind))
    assert decided(path) == (Public(), rules.DEFAULT_FORWARDER, "10.0.0.4")
    assert path.chain == ()


@pytest.mark.parametrize("kind", ["bind", "unbound", "pdns-recursor", "unknown", "infoblox"])
def test_kinds_that_reapply_take_only_the_first_alias_from_azure_dns(kind: str) -> None:
    """They ask their own forwarders for the target, which here lead to the internet."""
    path = asked_of(bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}, kind=kind))
    assert decided(path) == (Public(), rules.FORWARDER, "10.0.0.4")
    assert hops(path)[1:] == [("forwarder", "forwarded"), ("public-alias", "alias"), ("forwarder", "public")]


@pytest.mark.parametrize("kind", ["dnsmasq", "knot-resolver"])
def test_kinds_that_do_not_reapply_take_the_whole_chain_from_azure_dns(kind: str) -> None:
    path = asked_of(bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}, kind=kind))
    assert path.outcome == ANSWER
    assert path.view == str(nid("hub"))


def test_of_two_servers_in_a_row_the_first_that_reapplies_follows_the_alias() -> None:
    first = server("10.1.0.4", {"example.com": "10.0.0.4", ZONE: PUBLIC_RESOLVER}, network="spoke", kind="unbound")
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, bind()))
    assert decided(solve(estate, "spoke", NAME, chains=CHAIN)) == (Public(), rules.FORWARDER, "10.1.0.4")
    relay = server("10.1.0.4", {"": "10.0.0.4"}, network="spoke", kind="dnsmasq")
    estate = small_estate(
        hub(),
        spoke("10.1.0.4"),
        private_zone("hub"),
        servers=(relay, bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER})),
    )
    assert decided(solve(estate, "spoke", NAME, chains=CHAIN)) == (Public(), rules.FORWARDER, "10.0.0.4")


def test_a_server_answers_from_its_own_records_first() -> None:
    path = asked_of(bind(records={NAME: ("10.9.9.9", "10.9.9.10")}))
    assert decided(path) == (Addresses(("10.9.9.10", "10.9.9.9")), rules.SERVER_RECORDS, "10.0.0.4")


def test_own_records_of_a_server_are_of_the_type_of_their_addresses() -> None:
    both = bind(records={NAME: ("10.9.9.9", "fd00::9")})
    assert asked_of(both).outcome == Addresses(("10.9.9.9",))
    assert asked_of(both, NAME, "AAAA").outcome == Addresses(("fd00::9",))
    assert asked_of(bind(records={NAME: ("10.9.9.9",)}), NAME, "AAAA").outcome == NoData()
    assert asked_of(both, NAME, "TXT").outcome == NoData()


def test_an_own_record_of_a_server_may_be_an_alias() -> None:
    path = asked_of(bind(records={"alias.example.net": (PRIVATE,)}), "alias.example.net")
    assert path.outcome == ANSWER
    assert (path.hops[1].rule, path.chain) == (rules.SERVER_RECORDS, (PRIVATE,))


def test_a_server_holds_records_for_the_target_of_an_alias_too() -> None:
    assert asked_of(bind(records={PRIVATE: ("10.9.9.9",)})).outcome == Addresses(("10.9.9.9",))


def test_a_server_whose_forwarders_are_not_declared_is_opaque() -> None:
    path = asked_of(DeclaredServer(address="10.0.0.4", network="hub"))
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps, label(path.outcome)) == (rules.SERVER_OPAQUE, (), "opaque")


def test_a_server_that_only_an_interface_shows_is_opaque() -> None:
    estate = small_estate(hub(), spoke("10.0.0.4"), machine("dns", "hub", "10.0.0.4"))
    path = solve(estate, "spoke", NAME)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.last.at.id) == (rules.SERVER_OPAQUE, f"server:10.0.0.4@{nid('hub')}")


def test_a_server_that_nothing_explains_is_unknown() -> None:
    path = solve(small_estate(hub("10.0.0.4")), "hub", NAME)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.SERVER_UNKNOWN, ())
    nobody = solve(small_estate(hub("192.168.9.9")), "hub", NAME)
    assert nobody.last.rule is rules.SERVER_UNKNOWN
    assert nobody.last.at.id == f"server:192.168.9.9@{nid('hub')}"


def test_a_forwarder_may_name_a_port() -> None:
    estate = small_estate(
        hub(),
        spoke("10.0.0.4"),
        private_zone("hub"),
        servers=(bind({"": "10.0.0.9:5353"}), server("10.0.0.9", {"": AZURE_DNS}, network="hub")),
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER


def test_a_server_that_iterates_rests_on_no_assumption_where_the_alias_was_seen() -> None:
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind({ZONE: AZURE_DNS}),))
    seen = Solver(estate, {Fqdn(NAME): Fqdn(PRIVATE)}, frozenset({Fqdn(NAME)})).path(client("spoke"), Fqdn(NAME))
    assert (seen.outcome, seen.assumptions) == (ANSWER, ())


def test_a_server_at_a_site_forwards_to_its_own_sites_servers() -> None:
    """Two sites have a server at 192.168.1.54; only one of them holds the name."""
    sites = tuple(Site(name=name, servers=("192.168.1.53",)) for name in ("office", "plant"))
    first = [server("192.168.1.53", {"": "192.168.1.54"}, site=site.name) for site in sites]
    second = server("192.168.1.54", {}, site="office", records={NAME: ("192.168.7.7",)})
    other = server("192.168.1.54", {}, site="plant")
    estate = small_estate(servers=(*first, second, other), sites=sites)
    for site, outcome in (("office", Addresses(("192.168.7.7",))), ("plant", Public())):
        assert solver(estate, {}).path(Client(id=f"site:{site}", site=site), Fqdn(NAME)).outcome == outcome
