"""What each kind of DNS server makes of aliases, its own records and private addresses.

The measured table: a client asks the public name; the zone is linked to the server's network, the record is right.
"""

from __future__ import annotations

from typing import Any

import pytest

from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, NoData, NxDomain, Opaque, Outcome, Path, Public
from checks.resolution.solver import Solver
from collectors.graph.declared import Declared, DeclaredServer
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import resolver, ruleset
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    asked_of,
    bind,
    hub,
    private_zone,
    spoke,
)
from tests.estates import AZURE_DNS, client, server, small_estate, solve, solver, zone

PUBLIC = Public()
ITERATES: dict[str, str] = {}
FORWARDS_ALL = {"": PUBLIC_RESOLVER}
TO_AZURE = {"": AZURE_DNS}
ZONE_ONLY, SUFFIX = {ZONE: AZURE_DNS}, {"example.com": AZURE_DNS}
FOLLOW = ("bind", "unbound", "pdns-recursor")
TRUST = ("dnsmasq", "knot-resolver")

TABLE = [
    (ITERATES, PUBLIC, PUBLIC),
    (ITERATES | ZONE_ONLY, ANSWER, PUBLIC),
    (ITERATES | SUFFIX, ANSWER, ANSWER),
    (FORWARDS_ALL, PUBLIC, PUBLIC),
    (FORWARDS_ALL | ZONE_ONLY, ANSWER, PUBLIC),
    (FORWARDS_ALL | SUFFIX, ANSWER, ANSWER),
    (FORWARDS_ALL | SUFFIX | ZONE_ONLY, ANSWER, ANSWER),
    (TO_AZURE, ANSWER, ANSWER),
    (TO_AZURE | ZONE_ONLY, ANSWER, ANSWER),
]


@pytest.mark.parametrize(("forwards", "followed", "trusted"), TABLE)
@pytest.mark.parametrize("kind", [*FOLLOW, *TRUST])
def test_the_measured_table_of_forwarders(
    kind: str, forwards: dict[str, str], followed: Outcome, trusted: Outcome
) -> None:
    path = asked_of(bind(forwards, kind=kind))
    assert path.outcome == (followed if kind in FOLLOW else trusted)
    assert path.alternatives == ()


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("bind", ANSWER),
        ("pdns-recursor", ANSWER),
        ("unbound", PUBLIC),
        ("dnsmasq", PUBLIC),
        ("knot-resolver", ANSWER),
    ],
)
def test_a_record_of_the_servers_own_for_the_private_name(kind: str, outcome: Outcome) -> None:
    """No zone is linked. Knot Resolver looks targets up itself: at one upstream, but its own records come first."""
    own = bind(FORWARDS_ALL, kind=kind, records={PRIVATE: ("10.0.0.5",)})
    estate = small_estate(hub(), spoke("10.0.0.4"), servers=(own,))
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == outcome
    assert solve(estate, "spoke", PRIVATE, chains=CHAIN).outcome == ANSWER


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("bind", NoData()), ("unbound", NoData()), ("pdns-recursor", NoData()), ("dnsmasq", PUBLIC)],
)
def test_another_type_of_a_name_with_a_record_of_the_servers_own(kind: str, outcome: Outcome) -> None:
    path = asked_of(bind(FORWARDS_ALL, kind=kind, records={NAME: ("10.0.0.5",)}), NAME, "AAAA")
    assert path.outcome == outcome


def test_dnsmasq_passes_over_itself_as_a_forwarder_and_others_loop() -> None:
    itself = {ZONE: "10.0.0.4", "example.com": AZURE_DNS}
    assert asked_of(bind(itself, kind="dnsmasq"), PRIVATE).outcome == ANSWER
    assert asked_of(bind({"": "10.0.0.4"}, kind="dnsmasq"), PRIVATE).outcome == PUBLIC
    assert asked_of(bind(itself), PRIVATE).last.rule is rules.LOOP


# Kinds that were reported on, not measured


def told(path: Path) -> list[tuple[Outcome, str, str | None]]:
    return [(other.outcome, other.condition, other.against) for other in path.alternatives]


def with_switch(kind: str, switch: str | None, forwards: dict[str, str], on: bool = False) -> Path:
    said = Declared(servers=(bind(forwards, kind=kind),), assumptions={switch: on} if switch else {})
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), declared=said)
    return solve(estate, "spoke", NAME, chains=CHAIN)


ONLY_ZONE = FORWARDS_ALL | ZONE_ONLY


def test_windows_gives_the_whole_answer_while_it_is_fresh_and_resolves_the_alias_later() -> None:
    """Both happen by themselves, so both are certain; which one a client meets depends on the cache."""
    path = asked_of(bind(ONLY_ZONE, kind="windows"))
    assert path.outcome == PUBLIC
    assert told(path) == [(ANSWER, "once only the alias is left in its cache (10.0.0.4)", None)]
    assert [each.outcome for each in path.certain] == [PUBLIC, ANSWER]
    crossed = asked_of(bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}, kind="windows"))
    assert (crossed.outcome, [each.outcome for each in crossed.alternatives]) == (ANSWER, [PUBLIC])
    assert asked_of(bind(FORWARDS_ALL | SUFFIX, kind="windows")).alternatives == ()


def test_windows_with_root_hints_resolves_aliases_by_its_own_forwarders() -> None:
    path = asked_of(bind(ZONE_ONLY, kind="windows"))
    assert (path.outcome, path.alternatives) == (ANSWER, ())


def test_windows_may_be_assumed_to_follow_aliases_always() -> None:
    path = with_switch("windows", "windows-keeps-whole-answers", ONLY_ZONE)
    assert (path.outcome, path.alternatives) == (ANSWER, ())


@pytest.mark.parametrize(
    ("kind", "switch", "believed", "otherwise"),
    [
        ("coredns", "coredns-gives-whole-answers", PUBLIC, ANSWER),
        ("systemd-resolved", "systemd-resolved-gives-whole-answers", PUBLIC, ANSWER),
        ("infoblox", "infoblox-follows-aliases-anew", ANSWER, PUBLIC),
        ("unknown", "unknown-kind-follows-aliases-anew", ANSWER, PUBLIC),
    ],
)
@pytest.mark.parametrize("forwards", [ONLY_ZONE, {"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER}])
def test_what_was_only_reported_is_an_assumption_and_the_contrary_another_path(
    kind: str, switch: str, believed: Outcome, otherwise: Outcome, forwards: dict[str, str]
) -> None:
    if forwards is not ONLY_ZONE:
        believed, otherwise = otherwise, believed
    path = with_switch(kind, None, forwards)
    assert path.outcome == believed
    assert [(other.outcome, other.against) for other in path.alternatives] == [(otherwise, switch)]
    assert "(10.0.0.4)" in path.alternatives[0].condition
    assert len(path.certain) == 1
    off = with_switch(kind, switch, forwards)
    assert (off.outcome, off.alternatives) == (otherwise, ())


@pytest.mark.parametrize(
    ("kind", "switch", "believed", "otherwise"),
    [
        ("coredns", "coredns-gives-whole-answers", PUBLIC, ANSWER),
        ("systemd-resolved", "systemd-resolved-gives-whole-answers", PUBLIC, ANSWER),
        ("infoblox", "infoblox-follows-aliases-anew", ANSWER, PUBLIC),
        ("unknown", "unknown-kind-follows-aliases-anew", ANSWER, PUBLIC),
    ],
)
def test_a_reported_kind_that_asks_the_internet_itself_treats_the_alias_as_a_forwarders(
    kind: str, switch: str, believed: Outcome, otherwise: Outcome
) -> None:
    assert with_switch(kind, None, ZONE_ONLY).outcome == believed
    assert with_switch(kind, switch, ZONE_ONLY).outcome == otherwise


def test_a_server_behind_a_windows_server_has_the_alias_too() -> None:
    """Fresh: the second one follows it. Later the first one does, and its own forwarder leads to the internet."""
    first = server("10.1.0.4", {"example.com": "10.0.0.4", ZONE: PUBLIC_RESOLVER}, network="spoke", kind="windows")
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, bind()))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, [other.outcome for other in path.alternatives]) == (ANSWER, [PUBLIC])


def test_an_unknown_kind_in_front_of_another_server() -> None:
    """If the first one trusts whole answers, the alias is the second one's to follow."""
    first = server("10.1.0.4", {"example.com": "10.0.0.4", ZONE: PUBLIC_RESOLVER}, network="spoke", kind="infoblox")
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, bind()))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, [other.outcome for other in path.alternatives]) == (PUBLIC, [ANSWER])


def test_the_servers_behind_one_that_may_trust_whole_answers_follow_the_alias_in_their_order() -> None:
    """Infoblox asks Azure for the alias itself; else the next server does, whose forwarder leads to the internet."""
    first = server("10.1.0.4", {"": "10.0.0.4", ZONE: AZURE_DNS}, network="spoke", kind="infoblox")
    second = bind({"example.com": AZURE_DNS, ZONE: PUBLIC_RESOLVER})
    parts = [hub(), spoke("10.1.0.4"), private_zone("hub", "spoke")]
    path = solve(small_estate(*parts, servers=(first, second)), "spoke", NAME, chains=CHAIN)
    assert (path.outcome, [other.outcome for other in path.alternatives]) == (ANSWER, [PUBLIC])


def test_what_the_next_server_finds_passes_the_one_before_it() -> None:
    """Its rebinding protection takes the address out of the answer, whoever followed the alias."""
    crossed = {"example.com": "10.0.0.4", ZONE: PUBLIC_RESOLVER}
    first = server("10.1.0.4", crossed, network="spoke", kind="infoblox", rebinding_protection=True)
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, bind()))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == PUBLIC
    assert [other.last.rule for other in path.alternatives] == [rules.STRIPS_PRIVATE]


# Several forwarders, and forwarders that need not answer


def test_unlike_forwarders_of_one_suffix_are_a_set_of_outcomes() -> None:
    path = asked_of(bind({"": f"{AZURE_DNS} {PUBLIC_RESOLVER}"}), PRIVATE)
    assert path.outcome == ANSWER
    assert told(path) == [(PUBLIC, f"when 10.0.0.4 asks {PUBLIC_RESOLVER} instead", None)]
    assert asked_of(bind({"": f"{AZURE_DNS} 168.63.129.16"}), PRIVATE).alternatives == ()


def test_a_forwarder_that_can_never_answer_is_passed_over() -> None:
    """A server outside Azure names the platform's address first: it is silent there."""
    there = server("10.0.0.4", {"": f"{AZURE_DNS}:5353 {AZURE_DNS}"}, network="hub")
    path = asked_of(there, PRIVATE)
    assert (path.outcome, path.alternatives) == (ANSWER, ())
    dead = asked_of(server("10.0.0.4", {"": f"{AZURE_DNS}:5353 {AZURE_DNS}:5354"}, network="hub"), PRIVATE)
    assert isinstance(dead.outcome, DeadEnd)
    assert dead.alternatives == ()


def test_forward_first_falls_back_to_the_internet_when_the_forwarder_is_silent() -> None:
    path = asked_of(bind(SUFFIX, forward_mode="first"), PRIVATE)
    assert path.outcome == ANSWER
    condition = f"when {AZURE_DNS} is silent: 10.0.0.4 forwards first, then asks the internet"
    assert told(path) == [(PUBLIC, condition, None)]


def test_forward_first_to_an_address_that_never_answers_asks_the_internet() -> None:
    path = asked_of(bind({"": f"{AZURE_DNS}:5353"}, forward_mode="first"), PRIVATE)
    assert (path.outcome, path.last.rule) == (PUBLIC, rules.ITERATES)


def test_ways_that_lead_to_the_same_answer_are_one() -> None:
    path = asked_of(bind({"": f"{AZURE_DNS} 10.0.0.4"}, forward_mode="first", kind="dnsmasq"), PRIVATE)
    assert [other.outcome for other in path.alternatives] == [PUBLIC]


def test_however_many_ways_there_are_the_walk_ends() -> None:
    """Twelve servers that forward to each other: the number of ways grows without bound."""
    addresses = [f"10.0.0.{number}" for number in range(4, 16)]
    servers = tuple(server(a, {"": " ".join(addresses)}, network="hub", kind="windows") for a in addresses)
    estate = small_estate(hub("10.0.0.4"), private_zone("hub"), servers=servers)
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome.__class__.__name__ == "Loop"


# Servers that refuse what they are told


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("bind", "SERVFAIL"), ("unbound", NoData()), ("dnsmasq", NoData()), ("knot-resolver", "REFUSED")],
)
def test_rebinding_protection_takes_private_addresses_out_of_answers(kind: str, outcome: Any) -> None:
    path = asked_of(bind(TO_AZURE, kind=kind, rebinding_protection=True))
    assert path.last.rule is rules.STRIPS_PRIVATE
    assert path.last.at.name == "10.0.0.4"
    if isinstance(outcome, str):
        assert isinstance(path.outcome, DeadEnd)
        assert path.outcome.reason.endswith(f": {outcome}")
    else:
        assert path.outcome == outcome


def test_rebinding_protection_lets_the_servers_own_records_and_public_answers_pass() -> None:
    own = bind(TO_AZURE, rebinding_protection=True, records={NAME: ("10.0.0.5",)})
    assert asked_of(own).outcome == ANSWER
    assert asked_of(bind(FORWARDS_ALL, rebinding_protection=True)).outcome == PUBLIC


def test_rebinding_protection_has_nothing_to_say_of_denials_and_public_addresses_in_zones() -> None:
    guard = bind(TO_AZURE, rebinding_protection=True)
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub", name="y"), servers=(guard,))
    assert solve(estate, "spoke", PRIVATE).last.rule is rules.ZONE_DENIES
    outside = zone(ZONE, {"A/x": ["203.0.113.5"]}, "hub")
    estate = small_estate(hub(), spoke("10.0.0.4"), outside, servers=(guard,))
    assert solve(estate, "spoke", PRIVATE).outcome == Addresses(("203.0.113.5",))


def test_a_server_that_validates_below_a_signed_parent_rejects_the_private_answer() -> None:
    path = asked_of(bind(TO_AZURE, rejects_unsigned=True))
    assert isinstance(path.outcome, DeadEnd)
    assert (path.last.rule, path.view) == (rules.REJECTS_UNSIGNED, path.last.at.id)


# Names whose alias nobody knows


@pytest.mark.parametrize(
    ("kind", "forwards", "opaque"),
    [("bind", FORWARDS_ALL, True), ("dnsmasq", FORWARDS_ALL, False), ("bind", {}, True), ("dnsmasq", TO_AZURE, True)],
)
def test_an_alias_that_nobody_knows_matters_to_who_follows_it(
    kind: str, forwards: dict[str, str], opaque: bool
) -> None:
    """A public resolver completes the chain itself: whoever trusts it gets a public answer, whatever the alias is."""
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(forwards, kind=kind),))
    them = Solver(estate, {}, unknown=frozenset({Fqdn(NAME)}))
    outcome = them.path(client("spoke"), Fqdn(NAME)).outcome
    assert isinstance(outcome, Opaque) if opaque else outcome == PUBLIC


def test_a_solver_gives_the_same_again() -> None:
    them = solver(small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(),)))
    assert them.path(client("spoke"), Fqdn(PRIVATE)) == them.path(client("spoke"), Fqdn(PRIVATE))


def test_a_server_of_another_kind_is_of_unknown_kind() -> None:
    odd: DeclaredServer = bind(ONLY_ZONE, kind="technitium")
    assert asked_of(odd).alternatives[0].against == "unknown-kind-follows-aliases-anew"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("bind", ANSWER),
        ("pdns-recursor", ANSWER),
        ("unbound", ANSWER),
        ("dnsmasq", PUBLIC),
        ("knot-resolver", ANSWER),
    ],
)
def test_azure_dns_that_forwards_to_a_public_resolver_is_asked_for_the_private_name(
    kind: str, outcome: Outcome
) -> None:
    """A rule sends the public suffix to the internet, which answers whole; only dnsmasq leaves it at that."""
    estate = small_estate(
        hub(),
        spoke("10.0.0.4"),
        private_zone("hub"),
        resolver("hub"),
        ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub"),
        servers=(bind(kind=kind),),
    )
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == outcome
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome == PUBLIC


def test_knot_resolver_stays_with_the_upstream_of_the_asked_name() -> None:
    """The private-link suffix has a forwarder of its own, which is not asked for the target of an alias."""
    forwards = {"": PUBLIC_RESOLVER, ZONE: AZURE_DNS}
    estate = small_estate(
        hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(bind(forwards, kind="knot-resolver"),)
    )
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == PUBLIC
    assert solve(estate, "spoke", PRIVATE, chains=CHAIN).outcome == ANSWER


@pytest.mark.parametrize(
    ("kind", "refuses"),
    [("bind", True), ("unbound", False), ("pdns-recursor", False), ("dnsmasq", False), ("knot-resolver", False)],
)
def test_bind_takes_no_data_only_from_what_it_forwards(kind: str, refuses: bool) -> None:
    """It forwards a child of the zone: the SOA of the parent makes it answer SERVFAIL. A denied name it believes."""
    forwards = {"": PUBLIC_RESOLVER, f"deep.{ZONE}": AZURE_DNS}
    held = private_zone("hub", name="x.deep")
    estate = small_estate(hub(), spoke("10.0.0.4"), held, servers=(bind(forwards, kind=kind),))
    path = solve(estate, "spoke", f"x.deep.{ZONE}", "AAAA")
    assert isinstance(path.outcome, DeadEnd) == refuses
    assert (path.last.rule == rules.NO_DATA_FROM_ABOVE) == refuses
    assert solve(estate, "spoke", f"gone.deep.{ZONE}").outcome == NxDomain()
    whole = small_estate(hub(), spoke("10.0.0.4"), held, servers=(bind({ZONE: AZURE_DNS}, kind=kind),))
    assert solve(whole, "spoke", f"x.deep.{ZONE}", "AAAA").outcome == NoData()
    first = bind(forwards, kind=kind, forward_mode="first")
    estate = small_estate(hub(), spoke("10.0.0.4"), held, servers=(first,))
    assert solve(estate, "spoke", f"x.deep.{ZONE}", "AAAA").outcome == NoData()


def test_a_public_resolver_behind_a_rule_gives_aliases_one_by_one_where_forwarded_answers_are_not_final() -> None:
    """Then the linked zone answers for the target."""
    estate = small_estate(
        hub(),
        private_zone("hub"),
        resolver("hub"),
        ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub"),
        declared=Declared(assumptions={rules.FORWARDED_IS_FINAL.name: False}),
    )
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome == ANSWER


def test_dnsmasq_denies_no_name_that_it_holds_with_another_type() -> None:
    """It forwards AAAA, is told that there is no such name, and answers that there is no such type."""
    own = bind(TO_AZURE, kind="dnsmasq", records={f"gone.{ZONE}": ("10.0.0.5",)})
    assert asked_of(own, f"gone.{ZONE}", "AAAA").outcome == NoData()
    assert asked_of(own, f"missing.{ZONE}", "AAAA").outcome == NxDomain()
    below = bind(TO_AZURE, kind="dnsmasq", records={f"below.gone.{ZONE}": ("10.0.0.5",)})
    assert asked_of(below, f"gone.{ZONE}").outcome == NoData()


@pytest.mark.parametrize("forwards", [FORWARDS_ALL, ITERATES])
@pytest.mark.parametrize(("outer", "outcome"), [("bind", ANSWER), ("dnsmasq", PUBLIC)])
def test_a_server_that_follows_does_so_before_one_that_gives_whole_answers(
    outer: str, outcome: Outcome, forwards: dict[str, str]
) -> None:
    """BIND asks a Knot Resolver for everything but the private-link suffix, and gets the whole chain."""
    first = server("10.0.0.4", {"": "10.0.0.5", ZONE: AZURE_DNS}, network="hub", kind=outer)
    behind = server("10.0.0.5", forwards, network="hub", kind="knot-resolver")
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), servers=(first, behind))
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == outcome


def test_the_end_of_a_fallback_is_looked_up_anew_by_a_server_that_does_so() -> None:
    """Public DNS leads on from the private name; the server holds a record of where to."""
    end = "cluster.example.org"
    own = bind(records={end: ("10.9.9.9",)})
    held = zone(ZONE, {}, "hub", fallback=True)
    estate = small_estate(hub(), spoke("10.0.0.4"), held, servers=(own,))
    assert solve(estate, "spoke", PRIVATE, chains={PRIVATE: end}).outcome == Addresses(("10.9.9.9",))
    assert solve(estate, "hub", PRIVATE, chains={PRIVATE: end}).outcome == PUBLIC


def test_knot_resolver_asks_its_upstream_for_the_target_even_where_that_gave_the_whole_answer() -> None:
    """The dnsmasq behind it forwards the private-link suffix elsewhere, of which its own clients have nothing."""
    first = server("10.0.0.4", {"": "10.0.0.5"}, network="hub", kind="knot-resolver")
    behind = server("10.0.0.5", {"": PUBLIC_RESOLVER, ZONE: AZURE_DNS}, network="hub", kind="dnsmasq")
    estate = small_estate(hub("10.0.0.5"), spoke("10.0.0.4"), private_zone("hub"), servers=(first, behind))
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == ANSWER
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome == PUBLIC
