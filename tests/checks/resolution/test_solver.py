"""The simulated resolver, rule by rule: who is asked, in which view, what decides, and what stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import zone_id
from agent.lab.scenarios import build
from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import (
    Addresses,
    Blocked,
    DeadEnd,
    Loop,
    NoData,
    NxDomain,
    Opaque,
    Outcome,
    Path,
    Public,
    Thing,
    label,
)
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    PublicDns,
    Unknown,
    Unreachable,
    custom_server,
    server_at,
)
from checks.resolution.rules import Rule
from checks.resolution.servers import place_name
from checks.resolution.solver import Solver, forwards_to_azure
from collectors.graph.declared import DeclaredServer, Site
from collectors.graph.documents import Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
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
    solve,
    solver,
    zid,
    zone,
)

ZONE = "privatelink.example.com"
NAME, PRIVATE = "x.example.com", f"x.{ZONE}"
CHAIN = {NAME: PRIVATE}
PUBLIC_RESOLVER = "198.51.100.53"
EVERYTHING = f"/subscriptions/{SUBSCRIPTION}"
ANSWER = Addresses(("10.0.0.5",))


def hub(*servers: str) -> Any:
    return network("hub", "10.0.0.0/16", *servers)


def private_zone(*networks: str, name: str = "x", **more: Any) -> Any:
    return zone(ZONE, {f"A/{name}": ["10.0.0.5"]}, *networks, **more)


def decided(path: Path) -> tuple[Outcome, Rule, str]:
    """The outcome, the rule and the name of the object that decided it."""
    return path.outcome, path.last.rule, path.last.decided_by.name if path.last.decided_by else ""


def hops(path: Path) -> list[tuple[str, str]]:
    return [(hop.rule.name, hop.result.outcome) for hop in path.hops]


# Azure DNS: zones


def test_a_linked_zone_answers_and_its_record_decides() -> None:
    path = solve(small_estate(hub(), private_zone("hub")), "hub", PRIVATE)
    assert decided(path) == (ANSWER, rules.ZONE_ANSWERS, "x")
    assert path.addresses == path.last.result.addresses == ("10.0.0.5",)
    assert path.view == str(nid("hub"))
    assert hops(path) == [("azure-provided-dns", "asks"), ("zone-answers", "answer")]
    assert path.hops[0].decided_by == Thing.of(nid("hub"))


def test_the_apex_of_a_zone_answers() -> None:
    estate = small_estate(hub(), zone("x.example.com", {"A/@": ["10.0.0.5"]}, "hub"))
    assert solve(estate, "hub", "x.example.com").outcome == ANSWER


def test_another_type_is_no_data_and_the_zone_decides() -> None:
    path = solve(small_estate(hub(), private_zone("hub", fallback=True)), "hub", PRIVATE, "AAAA")
    assert decided(path) == (NoData(), rules.ZONE_NO_DATA, ZONE)


def test_a_missing_name_is_denied_by_the_zone() -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y")), "hub", PRIVATE)
    assert decided(path) == (NxDomain(), rules.ZONE_DENIES, ZONE)
    assert path.addresses == ()


def test_an_alias_in_a_zone_is_followed_in_the_same_view() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "A/y": ["10.0.0.5"]}
    path = solve(small_estate(hub(), zone(ZONE, records, "hub")), "hub", PRIVATE)
    assert hops(path) == [("azure-provided-dns", "asks"), ("zone-alias", "alias"), ("zone-answers", "answer")]
    assert path.chain == (f"y.{ZONE}",)
    assert path.hops[1].decided_by == Thing.of(ArmId(f"{zone_id(GROUP, ZONE)}/CNAME/x"))
    assert path.outcome == ANSWER


def test_an_alias_to_the_internet_is_public() -> None:
    estate = small_estate(hub(), zone(ZONE, {"CNAME/x": "somewhere.else"}, "hub"))
    assert decided(solve(estate, "hub", PRIVATE)) == (Public(), rules.NO_ZONE, "")


def test_a_public_name_is_an_alias_of_its_private_link_name() -> None:
    path = solve(small_estate(hub(), private_zone("hub")), "hub", NAME, chains=CHAIN)
    assert hops(path)[1:] == [("public-alias", "alias"), ("zone-answers", "answer")]
    assert path.assumptions == (rules.PUBLIC_CHAIN_FROM_TABLE.name,)


def test_an_alias_that_was_seen_rests_on_no_assumption() -> None:
    estate = small_estate(hub(), private_zone("hub"))
    seen = Solver(estate, {Fqdn(NAME): Fqdn(PRIVATE)}, frozenset({Fqdn(NAME)}))
    assert seen.path(client("hub"), Fqdn(NAME)).assumptions == ()


def test_a_zone_over_the_public_name_answers_before_the_alias() -> None:
    estate = small_estate(hub(), private_zone("hub"), zone("example.com", {"A/x": ["10.9.9.9"]}, "hub"))
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome == Addresses(("10.9.9.9",))


def test_the_longest_of_parent_and_child_zone_answers() -> None:
    child = zone(f"a.{ZONE}", {"A/x": ["10.0.0.6"]}, "hub")
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == Addresses(("10.0.0.6",))


def test_a_child_zone_that_denies_does_not_fall_back_to_the_parent() -> None:
    child = zone(f"a.{ZONE}", {}, "hub")
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert decided(solve(estate, "hub", f"x.a.{ZONE}")) == (NxDomain(), rules.ZONE_DENIES, f"a.{ZONE}")


def test_a_child_zone_that_is_not_linked_leaves_the_parent_alone() -> None:
    child = zone(f"a.{ZONE}", {})
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == ANSWER


def test_an_unlinked_zone_is_named_as_deciding() -> None:
    path = solve(small_estate(hub(), private_zone()), "hub", PRIVATE)
    assert decided(path) == (Public(), rules.ZONE_NOT_LINKED, ZONE)
    assert path.view == str(nid("hub"))


def test_a_link_to_another_network_is_no_link() -> None:
    estate = small_estate(hub(), network("spoke", "10.1.0.0/16", peers={"hub": "10.0.0.0/16"}), private_zone("hub"))
    assert decided(solve(estate, "spoke", PRIVATE)) == (Public(), rules.ZONE_NOT_LINKED, ZONE)


def test_of_unlinked_copies_the_fullest_is_named() -> None:
    full = zone(ZONE, {"A/x": ["10.0.0.5"], "A/y": ["10.0.0.6"]}, group=OTHER_GROUP)
    last = solve(small_estate(hub(), private_zone(), full), "hub", PRIVATE).last
    assert last.decided_by == Thing.of(zid(ZONE, OTHER_GROUP))


def test_an_unlinked_zone_that_is_no_private_link_zone_is_not_named() -> None:
    estate = small_estate(hub(), zone("example.com", {"A/x": ["10.0.0.5"]}))
    assert decided(solve(estate, "hub", NAME)) == (Public(), rules.NO_ZONE, "")


# Azure DNS: fallback


@pytest.mark.parametrize("type", ["A", "AAAA", "CNAME"])
def test_fallback_turns_a_missing_name_public_and_the_link_decides(type: str) -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=True)), "hub", PRIVATE, type)
    assert decided(path) == (Public(), rules.FALLBACK_TO_INTERNET, "link-hub")


@pytest.mark.parametrize("type", ["TXT", "SRV", "MX", "PTR", "SOA"])
def test_no_other_type_falls_back(type: str) -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=True)), "hub", PRIVATE, type)
    assert decided(path) == (NxDomain(), rules.ZONE_DENIES, ZONE)


def test_an_empty_non_terminal_does_not_fall_back() -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="a.x", fallback=True)), "hub", PRIVATE)
    assert decided(path) == (NoData(), rules.ZONE_NO_DATA, ZONE)


@pytest.mark.parametrize(
    ("name", "falls"),
    [("example.com", False), ("guid.privatelink.example.com", True), ("privatelinks.example.com", False)],
)
def test_only_zones_with_the_label_fall_back(name: str, falls: bool) -> None:
    estate = small_estate(hub(), zone(name, {}, "hub", fallback=True))
    assert solve(estate, "hub", f"x.{name}").outcome == (Public() if falls else NxDomain())


def test_the_link_of_the_view_decides_about_fallback() -> None:
    parts = private_zone("hub", "spoke", name="y")
    spoke_link = next(d for d in parts if d.id.name == "link-spoke")
    spoke_link.body["properties"]["resolutionPolicy"] = "NxDomainRedirect"
    estate = small_estate(hub(), network("spoke", "10.1.0.0/16"), parts)
    assert solve(estate, "hub", PRIVATE).outcome == NxDomain()
    assert solve(estate, "spoke", PRIVATE).outcome == Public()


# Whom a client asks


def spoke(*servers: str) -> Any:
    return network("spoke", "10.1.0.0/16", *servers, peers={"hub": "10.0.0.0/16"})


def bind(forwards: dict[str, str] | None = None, **more: Any) -> DeclaredServer:
    known = {"": AZURE_DNS} if forwards is None else forwards
    return server("10.0.0.4", known, **({"network": "hub"} | more))


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


def asked_of(declared: DeclaredServer, name: str = NAME, type: str = "A", *parts: Any) -> Path:
    """What the spoke gets from the hub's server; the zone is linked to the hub."""
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), *parts, servers=(declared,))
    return solve(estate, "spoke", name, type, chains=CHAIN)


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


@pytest.mark.parametrize("kind", ["bind", "unbound", "pdns-recursor", "windows", "unknown"])
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


def test_a_single_stranger_that_is_declared_answers() -> None:
    """Not every way between networks is a peering."""
    estate = small_estate(hub(), network("far", "10.7.0.0/16", "10.0.0.4"), private_zone("hub"), servers=(bind(),))
    assert solve(estate, "far", PRIVATE).outcome == ANSWER


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


# Endless questions


def test_two_servers_that_forward_to_each_other_loop_and_the_cycle_is_in_order() -> None:
    servers = (bind({"": "10.0.0.5"}), server("10.0.0.5", {"": "10.0.0.4"}, network="hub"))
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=servers), "spoke", NAME)
    place = nid("hub")
    assert path.outcome == Loop((f"server:10.0.0.4@{place}", f"server:10.0.0.5@{place}"))
    assert path.last.rule is rules.LOOP
    assert path.last.at.id == f"server:10.0.0.4@{place}"


def test_the_cycle_leaves_out_how_it_was_entered() -> None:
    servers = (
        bind({"": "10.0.0.5"}),
        server("10.0.0.5", {"": "10.0.0.6"}, network="hub"),
        server("10.0.0.6", {"": "10.0.0.5"}, network="hub"),
    )
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=servers), "spoke", NAME)
    assert path.outcome == Loop(tuple(f"server:10.0.0.{n}@{nid('hub')}" for n in (5, 6)))


def test_a_server_that_forwards_to_itself_loops() -> None:
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=(bind({"": "10.0.0.4"}),)), "spoke", NAME)
    assert path.outcome == Loop((f"server:10.0.0.4@{nid('hub')}",))


def test_aliases_in_a_circle_loop_in_azure_dns() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "CNAME/y": f"x.{ZONE}"}
    path = solve(small_estate(hub(), zone(ZONE, records, "hub")), "hub", PRIVATE)
    assert path.outcome == Loop(("Azure DNS in hub",))
    assert path.view == str(nid("hub"))


def test_aliases_in_a_circle_loop_through_a_server_that_reapplies() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "CNAME/y": f"x.{ZONE}"}
    estate = small_estate(hub(), spoke("10.0.0.4"), zone(ZONE, records, "hub"), servers=(bind(),))
    assert solve(estate, "spoke", PRIVATE).outcome == Loop((f"server:10.0.0.4@{nid('hub')}", "Azure DNS in hub"))


@pytest.mark.parametrize(("length", "ends"), [(16, Addresses), (17, DeadEnd), (100, DeadEnd)])
def test_a_chain_of_aliases_may_be_long_but_not_too_long(length: int, ends: type[Outcome]) -> None:
    records: dict[str, Any] = {f"CNAME/n{i}": f"n{i + 1}.{ZONE}" for i in range(length)}
    estate = small_estate(hub(), zone(ZONE, records | {f"A/n{length}": ["10.0.0.5"]}, "hub"))
    path = solve(estate, "hub", f"n0.{ZONE}")
    assert isinstance(path.outcome, ends)
    assert path.last.rule is (rules.ZONE_ANSWERS if ends is Addresses else rules.CHAIN_TOO_LONG)


def test_a_long_row_of_servers_that_reapply_is_solved_at_once() -> None:
    """Each server takes one alias from the next: asking the whole chain of each would double the work every time."""
    count = 40
    servers = [server(f"10.0.0.{n}", {"": f"10.0.0.{n + 1}"}, network="hub") for n in range(10, 10 + count)]
    servers.append(server(f"10.0.0.{10 + count}", {"": AZURE_DNS}, network="hub"))
    records: dict[str, Any] = {f"CNAME/n{i}": f"n{i + 1}.{ZONE}" for i in range(16)}
    parts = [hub(), spoke("10.0.0.10"), zone(ZONE, records | {"A/n16": ["10.0.0.5"]}, "hub")]
    assert solve(small_estate(*parts, servers=tuple(servers)), "spoke", f"n0.{ZONE}").outcome == ANSWER


# What could not be seen


@pytest.mark.parametrize("kind", ["subscription", "private-dns-zone", "zone-link"])
def test_a_gap_that_may_hide_the_zone_is_opaque_and_never_a_missing_zone(kind: str) -> None:
    hidden = gap(kind, "/subscriptions/hidden")
    path = solve(small_estate(hub(), gaps=[hidden]), "hub", NAME, chains=CHAIN)
    assert path.outcome == Opaque("a zone that could not be read may answer here", (hidden,))
    assert (path.last.rule, label(path.outcome), path.view) == (rules.ZONES_UNREAD, "unread", str(nid("hub")))


def test_a_gap_about_the_links_of_an_unlinked_zone_is_opaque() -> None:
    hidden = gap("zone-link", zid(ZONE))
    path = solve(small_estate(hub(), private_zone(), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_linked_zone_answers_whatever_other_subscriptions_hide() -> None:
    hidden = gap("private-dns-zone", "/subscriptions/hidden")
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE).outcome == ANSWER


def test_an_unread_child_zone_may_answer_before_its_linked_parent() -> None:
    hidden = gap("zone-link", zid(f"a.{ZONE}"))
    parts = [hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"], "A/y": ["10.0.0.5"]}, "hub")]
    estate = small_estate(*parts, gaps=[hidden])
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == Opaque(
        "a zone that could not be read may answer here", (hidden,)
    )
    assert solve(estate, "hub", f"y.{ZONE}").outcome == ANSWER


def test_an_unread_zone_over_the_public_name_may_answer_before_the_alias() -> None:
    hidden = gap("private-dns-zone", zid("example.com"))
    path = solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", NAME, chains=CHAIN)
    assert isinstance(path.outcome, Opaque)


@pytest.mark.parametrize("scope", [EVERYTHING, zid(ZONE).text, f"{zid(ZONE)}/A/x"])
@pytest.mark.parametrize("fallback", [False, True])
def test_a_gap_that_may_hide_the_record_is_opaque_and_never_a_missing_record(scope: str, fallback: bool) -> None:
    hidden = gap("record-set", scope)
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=fallback), gaps=[hidden]), "hub", PRIVATE)
    assert path.outcome == Opaque(f"the records of zone {ZONE} could not be read", (hidden,))
    assert decided(path)[1:] == (rules.RECORDS_UNREAD, ZONE)


def test_a_record_set_that_was_not_understood_is_not_missing() -> None:
    parts = private_zone("hub")
    parts[-1].body["properties"]["aRecords"] = "nonsense"
    path = solve(small_estate(hub(), parts), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert [g.reason for g in path.outcome.gaps] == [Reason.MALFORMED]
    assert solve(small_estate(hub(), parts), "hub", f"other.{ZONE}").outcome == NxDomain()


def test_a_record_that_was_read_answers_whatever_else_is_unread() -> None:
    assert (
        solve(small_estate(hub(), private_zone("hub"), gaps=[gap("record-set", zid(ZONE))]), "hub", PRIVATE).outcome
        == ANSWER
    )


@pytest.mark.parametrize(("key", "value"), [("A/*", ["10.0.0.5"]), ("CNAME/*", "target.net")])
def test_a_wildcard_answers_only_if_no_closer_record_can_be_hidden(key: str, value: Any) -> None:
    parts = zone(ZONE, {key: value}, "hub")
    hidden = gap("record-set", f"{zid(ZONE)}/A/a.b", Reason.MALFORMED)
    assert isinstance(solve(small_estate(hub(), parts), "hub", PRIVATE).outcome, Addresses | Public)
    assert isinstance(solve(small_estate(hub(), parts, gaps=[hidden]), "hub", PRIVATE).outcome, Opaque)


def test_a_network_that_was_not_read_asks_nobody_knows_whom() -> None:
    """Its servers are in the document that is missing: it must not be taken for one that asks Azure DNS."""
    hidden = gap("virtual-network", EVERYTHING)
    path = solve(small_estate(private_zone("hub"), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)
    assert (path.last.rule, path.last.decided_by) == (rules.NETWORK_UNREAD, Thing.of(nid("hub")))


def test_the_lab_without_its_networks_claims_nothing() -> None:
    subscriptions = ("11111111-0000-4000-8000-00000000c001", "22222222-0000-4000-8000-00000000a001")
    hidden = [gap("virtual-network", f"/subscriptions/{id}") for id in subscriptions]
    estate = estate_of(build("hub-spoke"), *hidden, without=["virtual-network"])
    requirements = required(estate).requirements
    assert len(requirements) == 4
    for requirement in requirements:
        outcome = solver(estate).path(requirement.client, requirement.expected.asked).outcome
        assert isinstance(outcome, Opaque)
        assert outcome.gaps


def test_a_server_in_a_declared_network_that_was_not_read_is_opaque() -> None:
    hidden = gap("virtual-network", "/subscriptions/hidden")
    path = solve(
        small_estate(spoke("10.0.0.4"), private_zone("hub"), servers=(bind(),), gaps=[hidden]), "spoke", PRIVATE
    )
    assert path.outcome == Opaque("the network hub of server 10.0.0.4 could not be read", (hidden,))


def test_a_server_whose_interface_may_be_hidden_is_unread_not_unknown() -> None:
    hidden = gap("network-interface", EVERYTHING)
    path = solve(small_estate(hub("10.0.0.4"), gaps=[hidden]), "hub", NAME)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.NETWORK_UNREAD, (hidden,))


def test_a_server_whose_network_may_be_hidden_is_unread_not_unknown() -> None:
    hidden = gap("virtual-network", "/subscriptions/hidden")
    path = solve(small_estate(hub("192.168.9.9"), gaps=[hidden]), "hub", NAME)
    assert (path.last.rule, label(path.outcome)) == (rules.NETWORK_UNREAD, "unread")


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
    assert place_name(Unreachable(AZURE_DNS)) == AZURE_DNS


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


# The lab


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
def test_every_requirement_of_a_healthy_lab_is_met(scenario: str) -> None:
    estate = lab(scenario)
    for requirement in required(estate).requirements:
        path = solver(estate).path(requirement.client, requirement.expected.asked)
        assert path.addresses == requirement.acceptable


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
@pytest.mark.parametrize(
    ("broken", "role", "rule"),
    [
        ("zone-unlinked", "api", rules.ZONE_NOT_LINKED),
        ("record-missing", "cert", rules.ZONE_DENIES),
        ("record-wrong-address", "api", rules.ZONE_ANSWERS),
        ("notebooks-zone-left-out", "notebooks", rules.ZONE_DENIES),
        ("fallback-hides", "inference", rules.FALLBACK_TO_INTERNET),
        ("zone-deleted", "notebooks", rules.NO_ZONE),
    ],
)
def test_each_fault_of_the_lab_breaks_its_name_by_its_rule(scenario: str, broken: str, role: str, rule: Rule) -> None:
    estate = lab(scenario, broken)
    unmet = {
        (requirement.role.value, path.last.rule)
        for requirement in required(estate).requirements
        if (path := solver(estate).path(requirement.client, requirement.expected.asked)).addresses
        != requirement.acceptable
    }
    assert (role, rule) in unmet
    assert {found for _, found in unmet} == {rule}


def test_a_removed_forwarder_breaks_the_api_names_at_the_server() -> None:
    estate = lab("hub-spoke", "forwarder-removed")
    estates: tuple[Estate, ...] = (estate,)
    for requirement in required(estates[0]).requirements:
        path = solver(estate).path(requirement.client, requirement.expected.asked)
        if requirement.role.value == "notebooks":
            assert path.addresses == requirement.acceptable
        else:
            assert (path.outcome, path.last.rule) == (Public(), rules.DEFAULT_FORWARDER)
