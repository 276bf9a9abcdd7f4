"""Who looks up the target of an alias when several servers stand in a row, as real servers showed."""

from __future__ import annotations

from typing import Any

import pytest

from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, Loop, NoData, NxDomain, Opaque, Outcome, Path, Public
from collectors.graph.declared import Declared, DeclaredServer, HeldZone
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import resolver, ruleset
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    bind,
    hub,
    private_zone,
    spoke,
)
from tests.estates import AZURE_DNS, server, small_estate, solve, zone

PUBLIC = Public()
OWN = Addresses(("10.9.9.9",))
END = "cluster.example.org"


def solved(*parts: Any, by: str = "spoke", name: str = NAME, chains: Any = CHAIN, **more: Any) -> Path:
    return solve(small_estate(hub(), spoke("10.0.0.4"), *parts, **more), by, name, chains=chains)


def others(path: Path) -> list[Outcome]:
    return [other.outcome for other in path.alternatives]


def labels(path: Path) -> list[str]:
    return [hop.result.outcome for hop in path.hops]


def hub_server(address: str, forwards: dict[str, str], kind: str, **more: Any) -> DeclaredServer:
    return server(address, forwards, network="hub", kind=kind, **more)


def test_azure_dns_leaves_aliases_alone_that_come_with_a_fallback() -> None:
    """Even where forwarded answers are not final: the zone that holds the target is linked, and is not asked."""
    parts = [zone(ZONE, {}, "hub", fallback=True), zone("example.org", {"A/cluster": ["10.8.8.8"]}, "hub")]
    off = Declared(assumptions={rules.FORWARDED_IS_FINAL.name: False})
    path = solved(*parts, by="hub", name=PRIVATE, chains={PRIVATE: END}, declared=off)
    assert path.outcome == PUBLIC
    assert "alias" not in labels(path)


def test_knot_resolver_behind_another_asks_its_own_upstream_again() -> None:
    """It is the second in the row; the question for the target is a question like any other there."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5"}, "dnsmasq")
    second = hub_server("10.0.0.5", {"": AZURE_DNS}, "knot-resolver")
    led_out = [resolver("hub"), ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub")]
    assert solved(private_zone("hub"), *led_out, servers=(first, second)).outcome == ANSWER
    unlinked = solved(private_zone(), *led_out, servers=(first, second))
    assert unlinked.outcome == PUBLIC
    asked = [hop.rule for hop in unlinked.hops if hop.at.name == "hub"]
    assert asked == [rules.FORWARDING_RULE, rules.FORWARDING_RULE]


def test_a_knot_resolver_that_asks_the_internet_gets_one_answer() -> None:
    """Its upstream is the internet itself, which gives the whole chain: no alias is met on the way."""
    path = solved(private_zone("hub"), servers=(hub_server("10.0.0.4", {"": PUBLIC_RESOLVER}, "knot-resolver"),))
    assert path.outcome == PUBLIC
    assert "alias" not in labels(path)


def test_a_dnsmasq_in_front_of_azure_dns_meets_no_alias_either() -> None:
    led_out = [resolver("hub"), ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub")]
    path = solved(private_zone("hub"), *led_out, servers=(hub_server("10.0.0.4", {"": AZURE_DNS}, "dnsmasq"),))
    assert path.outcome == PUBLIC
    assert "alias" not in labels(path)


@pytest.mark.parametrize(("records", "outcome"), [({}, ANSWER), ({PRIVATE: ("10.9.9.9",)}, OWN)])
def test_what_an_earlier_server_may_do_stays_another_way(records: dict[str, Any], outcome: Outcome) -> None:
    """CoreDNS trusts whole answers, or else asks the internet for the target; the Knot Resolver behind it decides."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: PUBLIC_RESOLVER}, "coredns")
    second = hub_server("10.0.0.5", {"": AZURE_DNS}, "knot-resolver", records=records)
    path = solved(private_zone("hub"), servers=(first, second))
    assert (path.outcome, others(path)) == (outcome, [PUBLIC])


def test_a_record_of_the_next_server_counts_if_the_first_one_trusts_whole_answers() -> None:
    """Infoblox asks Azure DNS for the target; else the Knot Resolver behind it answers with its own record."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: AZURE_DNS}, "infoblox")
    second = hub_server("10.0.0.5", {"": AZURE_DNS}, "knot-resolver", records={PRIVATE: ("10.9.9.9",)})
    path = solved(private_zone("hub"), servers=(first, second))
    assert (path.outcome, others(path)) == (ANSWER, [OWN])


def test_a_record_for_the_end_of_a_longer_chain_counts() -> None:
    """Public DNS leads on twice; the server holds the last name."""
    own = hub_server("10.0.0.4", {"": PUBLIC_RESOLVER}, "knot-resolver", records={PRIVATE: ("10.9.9.9",)})
    path = solved(private_zone(), servers=(own,), chains={NAME: "middle.example.com", "middle.example.com": PRIVATE})
    assert path.outcome == OWN


@pytest.mark.parametrize("target", ["10.77.0.1", PUBLIC_RESOLVER])
def test_what_a_server_behind_one_that_follows_finds_in_the_internet_is_followed(target: str) -> None:
    """The dnsmasq forwards first, then asks the internet; the BIND before it asks Azure DNS for the target."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: AZURE_DNS}, "bind")
    second = hub_server("10.0.0.5", {"": target}, "dnsmasq", forward_mode="first")
    path = solved(private_zone("hub"), servers=(first, second))
    assert PUBLIC not in others(path)
    if target == PUBLIC_RESOLVER:
        assert path.outcome == ANSWER


def test_a_dnsmasq_that_asks_the_internet_itself_meets_no_alias_where_nobody_follows() -> None:
    path = solved(private_zone("hub"), servers=(hub_server("10.0.0.4", {}, "dnsmasq"),))
    assert path.outcome == PUBLIC
    assert [hop.rule for hop in path.hops][-1] == rules.ITERATES


@pytest.mark.parametrize("kind", ["bind", "knot-resolver"])
def test_a_server_behind_that_cannot_resolve_the_target_gives_no_alias_either(kind: str) -> None:
    """The first server would ask Azure DNS for the target, but the one behind it tries first, and fails as a whole."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: AZURE_DNS}, kind)
    second = hub_server("10.0.0.5", {"": AZURE_DNS, ZONE: "10.0.0.5"}, "bind")
    path = solved(private_zone("hub"), servers=(first, second))
    assert isinstance(path.outcome, Loop)
    assert [hop.at.name for hop in path.hops] == ["spoke", "10.0.0.4", "10.0.0.5", "hub", "10.0.0.5", "10.0.0.5"]
    mended = hub_server("10.0.0.5", {"": AZURE_DNS, ZONE: AZURE_DNS}, "bind")
    assert solved(private_zone("hub"), servers=(first, mended)).outcome == ANSWER


def test_azure_dns_behind_a_server_fails_as_a_whole_too() -> None:
    """A rule in the hub leads the private-link suffix to a server that asks itself; the first would ask another one."""
    led_out = [resolver("hub"), ruleset({ZONE: ["10.0.0.6"]}, "hub")]
    first = hub_server("10.0.0.4", {"": AZURE_DNS, ZONE: "10.0.0.5"}, "bind")
    second = hub_server("10.0.0.5", {}, "bind", records={PRIVATE: ("10.9.9.9",)})
    third = hub_server("10.0.0.6", {"": "10.0.0.6"}, "bind")
    assert isinstance(solved(*led_out, servers=(first, second, third)).outcome, Loop)
    assert solved(servers=(first, second, third)).outcome == OWN


def test_bind_says_which_zone_it_does_not_believe() -> None:
    held = private_zone("hub", name="x.deep")
    servers = (bind({"": PUBLIC_RESOLVER, f"deep.{ZONE}": AZURE_DNS}),)
    path = solve(small_estate(hub(), spoke("10.0.0.4"), held, servers=servers), "spoke", f"x.deep.{ZONE}", "AAAA")
    said = f"10.0.0.4 forwards deep.{ZONE} and takes no negative answer from {ZONE}, which is above: SERVFAIL"
    assert (path.outcome, path.last.text) == (DeadEnd(said), said)


def test_dnsmasq_says_what_it_does_not_deny() -> None:
    own = bind({"": AZURE_DNS}, kind="dnsmasq", records={f"gone.{ZONE}": ("10.0.0.5",)})
    parts = [hub(), spoke("10.0.0.4"), private_zone("hub")]
    path = solve(small_estate(*parts, servers=(own,)), "spoke", f"gone.{ZONE}", "AAAA")
    assert (path.outcome, path.last.rule) == (NoData(), rules.SERVER_RECORDS)
    assert path.last.text == "10.0.0.4 holds another record of the name, or one below it, and does not deny it"


def test_a_fallback_is_whole_behind_a_server_that_may_follow_aliases() -> None:
    """CoreDNS may ask for the target itself; Azure DNS, which fell back, does not, though that zone is linked."""
    parts = [zone(ZONE, {}, "hub", fallback=True), zone("example.org", {"A/cluster": ["10.8.8.8"]}, "hub")]
    off = Declared(
        assumptions={rules.FORWARDED_IS_FINAL.name: False},
        servers=(hub_server("10.0.0.4", {"": AZURE_DNS, "example.org": PUBLIC_RESOLVER}, "coredns"),),
    )
    path = solved(*parts, name=PRIVATE, chains={PRIVATE: END}, declared=off)
    assert path.outcome == PUBLIC
    assert Addresses(("10.8.8.8",)) not in others(path)


def test_the_upstream_of_a_knot_resolver_is_whom_it_asked_not_who_asked_it() -> None:
    """The server in front sends the private-link suffix to the internet; the Knot Resolver's own upstream does not."""
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: PUBLIC_RESOLVER}, "dnsmasq")
    second = hub_server("10.0.0.5", {"": AZURE_DNS}, "knot-resolver")
    led_out = [resolver("hub"), ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub")]
    assert solved(private_zone("hub"), *led_out, servers=(first, second)).outcome == ANSWER


def test_a_server_whose_only_target_is_silent_asks_the_internet_for_one_that_follows() -> None:
    first = hub_server("10.0.0.4", {"": "10.0.0.5", ZONE: AZURE_DNS}, "bind")
    second = hub_server("10.0.0.5", {"": f"{AZURE_DNS}:5353"}, "dnsmasq", forward_mode="first")
    assert solved(private_zone("hub"), servers=(first, second)).outcome == ANSWER


@pytest.mark.parametrize("kind", ["windows", "unknown", "coredns"])
def test_kinds_of_which_only_reports_exist_pass_denials_on(kind: str) -> None:
    parts = [hub(), spoke("10.0.0.4"), private_zone("hub")]
    estate = small_estate(*parts, servers=(bind({"": AZURE_DNS}, kind=kind),))
    assert solve(estate, "spoke", PRIVATE, "AAAA").outcome == NoData()
    assert solve(estate, "spoke", f"gone.{ZONE}").outcome == NxDomain()


def test_bind_believes_another_server_that_has_no_data() -> None:
    """What is above is asked of zones of Azure; a record of a server's own has nothing above it."""
    deep = f"very.deep.{ZONE}"
    first = hub_server("10.0.0.4", {deep: "10.0.0.5"}, "bind")
    second = hub_server("10.0.0.5", {}, "bind", records={f"x.{deep}": ("10.9.9.9",)})
    estate = small_estate(hub(), spoke("10.0.0.4"), servers=(first, second))
    assert solve(estate, "spoke", f"x.{deep}", "AAAA").outcome == NoData()


@pytest.mark.parametrize(
    ("name", "type", "rule", "says"),
    [
        ("x", "A", rules.SERVER_ZONE_ANSWERS, "holds 10.0.0.5, 10.0.0.6"),
        ("x", "AAAA", rules.SERVER_ZONE_NO_DATA, "holds no AAAA record of it"),
        ("x", "TXT", rules.SERVER_ZONE_NO_DATA, "holds records of other types, which were not kept"),
        ("gone", "A", rules.SERVER_ZONE_DENIES, "does not hold the name"),
        ("a.cut", "A", rules.SERVER_ZONE_DELEGATES, f"leaves cut.{ZONE} to others"),
    ],
)
def test_a_zone_that_a_server_holds_says_why(name: str, type: str, rule: rules.Rule, says: str) -> None:
    records = {Fqdn(f"x.{ZONE}"): ("10.0.0.5", "10.0.0.6"), Fqdn(f"cut.{ZONE}"): ()}
    held = HeldZone(name=Fqdn(ZONE), serial=1, records=records, delegated=(Fqdn(f"cut.{ZONE}"),))
    estate = small_estate(hub(), spoke("10.0.0.4"), servers=(bind({}, zones=(held,)),))
    path = solve(estate, "spoke", f"{name}.{ZONE}", type)
    assert (path.last.rule, path.last.text) == (rule, f"10.0.0.4 is authoritative for {ZONE}, which {says}")
    assert not isinstance(path.outcome, Opaque) or path.outcome.reason == path.last.text


def test_an_alias_in_a_zone_that_a_server_holds_is_told() -> None:
    held = HeldZone(name=Fqdn(ZONE), serial=1, records={Fqdn(PRIVATE): (END,), Fqdn(f"*.{ZONE}"): ("10.0.0.9",)})
    estate = small_estate(hub(), spoke("10.0.0.4"), servers=(bind({}, zones=(held,)),))
    path = solve(estate, "spoke", PRIVATE)
    (alias,) = [hop for hop in path.hops if hop.result.outcome == "alias"]
    assert (alias.rule, alias.result.cname) == (rules.SERVER_ZONE_ALIAS, END)
    assert alias.text == f"10.0.0.4 is authoritative for {ZONE}, which holds an alias of {END}"
    assert solve(estate, "spoke", f"other.{ZONE}").outcome == Addresses(("10.0.0.9",))
