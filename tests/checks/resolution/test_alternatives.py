"""What a question may get as well: by a silent server, or if what the model assumes is not so."""

from __future__ import annotations

from typing import Any

import pytest

from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import Addresses, Blocked, NoData, NxDomain, Opaque, Outcome, Path, Public
from collectors.graph.declared import Declared, Site
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import (
    FIREWALL,
    HUB_FIREWALL,
    INBOUND,
    network_firewall,
    policy,
    resolver,
    ruleset,
    virtual_hub_firewall,
)
from tests.checks.resolution.small import ANSWER, CHAIN, NAME, PRIVATE, PUBLIC_RESOLVER, ZONE, hub, private_zone, spoke
from tests.estates import gap, network, nid, server, small_estate, solve, solver, zone

OTHER_INBOUND = "10.2.0.36"


def told(path: Path) -> list[tuple[Outcome, str, str | None]]:
    return [(other.outcome, other.condition, other.against) for other in path.alternatives]


def off(*names: str) -> Declared:
    return Declared(assumptions=dict.fromkeys(names, False))


# Silent servers


def two_targets(*targets: str) -> Any:
    other = network("other", "10.2.0.0/16", peers={"hub": "10.0.0.0/16"})
    rule = ruleset({"example.com": targets}, "spoke")
    second = resolver("other", OTHER_INBOUND, "dnspr-2")
    return [
        network("hub", peers={"other": "10.2.0.0/16"}),
        other,
        spoke(),
        resolver(),
        second,
        rule,
        private_zone("hub"),
    ]


def test_the_second_target_of_a_rule_answers_while_the_first_is_skipped() -> None:
    path = solve(small_estate(*two_targets(INBOUND, OTHER_INBOUND)), "spoke", PRIVATE)
    assert path.outcome == ANSWER
    when = f"while inbound endpoint in ({INBOUND}) is skipped as silent, for 30 minutes"
    assert told(path) == [(Public(), when, None)]
    assert path.alternatives[0].hops[1].decided_by == path.hops[1].decided_by


def test_targets_that_answer_alike_are_one_outcome() -> None:
    assert solve(small_estate(*two_targets(INBOUND, INBOUND)), "spoke", PRIVATE).alternatives == ()


def test_a_target_that_never_answers_is_passed_over() -> None:
    path = solve(small_estate(*two_targets(f"{INBOUND}:5353", OTHER_INBOUND)), "spoke", PRIVATE)
    assert (path.outcome, path.alternatives) == (Public(), ())


def test_of_a_firewalls_servers_any_may_be_asked() -> None:
    firewall = network_firewall("168.63.129.16", PUBLIC_RESOLVER)
    estate = small_estate(hub(), spoke(FIREWALL), firewall, private_zone("hub"))
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == ANSWER
    assert told(path) == [(Public(), f"when firewall afw asks {PUBLIC_RESOLVER} instead", None)]
    dead = network_firewall("168.63.129.16", "10.0.0.36:5353")
    estate = small_estate(hub(), spoke(FIREWALL), dead, resolver(), private_zone("hub"))
    assert solve(estate, "spoke", PRIVATE).alternatives == ()


# What the model assumes


def test_a_longer_rule_below_a_linked_zone_may_win() -> None:
    own = zone("example.com", {"A/x.a": ["10.0.0.5"]}, "hub")
    estate = small_estate(hub(), resolver(), own, ruleset({"a.example.com": [PUBLIC_RESOLVER]}, "hub"))
    path = solve(estate, "hub", "x.a.example.com")
    assert path.outcome == ANSWER
    when = "if the longer rule is tried before the shorter zone"
    assert told(path) == [(Public(), when, "zone-before-longer-rule")]
    assert path.certain == (path,)


def test_a_rule_for_the_target_of_an_alias_may_not_apply() -> None:
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke"))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == ANSWER
    assert told(path) == [(Public(), "if rules do not apply to the target of an alias", "rules-apply-to-aliases")]
    asked = solve(estate, "spoke", PRIVATE, chains=CHAIN)
    assert (asked.outcome, asked.alternatives) == (ANSWER, ())


def test_a_server_that_follows_the_alias_asks_azure_for_it_as_for_any_name() -> None:
    """Then the rule is about the asked name, and nothing needs to be assumed."""
    own = server("10.1.0.4", {ZONE: "168.63.129.16", "": PUBLIC_RESOLVER}, network="spoke")
    estate = small_estate(
        hub(), spoke("10.1.0.4"), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke"), servers=(own,)
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.alternatives, path.assumptions) == (ANSWER, (), ("public-chain-from-table",))


@pytest.mark.parametrize("name", ["x.instances.ml.azure.ms", "x.azurefd.net", "x.azureedge.net"])
def test_names_that_azure_may_reserve_without_listing_them_pass_the_root_rule_perhaps(name: str) -> None:
    estate = small_estate(hub(), resolver(), ruleset({"": [INBOUND]}, "hub"))
    path = solve(estate, "hub", name)
    when = "if Azure reserves the name without listing it"
    assert told(path) == [(Public(), when, "root-rule-catches-unlisted-names")]
    assert solve(estate, "hub", "x.example.com").alternatives == ()


def test_a_forwarded_answer_may_be_looked_up_again_in_the_view() -> None:
    """The target's view has no zone; the asking view has."""
    own = [hub(), spoke(), resolver(), private_zone("spoke"), ruleset({"example.com": [INBOUND]}, "spoke")]
    assert solve(small_estate(*own), "spoke", NAME, chains=CHAIN).outcome == Public()
    switched = small_estate(*own, declared=off("forwarded-answers-are-final"))
    assert solve(switched, "spoke", NAME, chains=CHAIN).outcome == ANSWER


def test_no_data_may_fall_back_to_the_internet() -> None:
    own = [hub(), private_zone("hub", fallback=True)]
    path = solve(small_estate(*own), "hub", PRIVATE, "AAAA")
    assert (path.outcome, path.assumptions) == (NoData(), ("no-data-does-not-fall-back",))
    path = solve(small_estate(*own, declared=off("no-data-does-not-fall-back")), "hub", PRIVATE, "AAAA")
    assert (path.outcome, path.last.rule) == (Public(), rules.FALLBACK_TO_INTERNET)
    assert (
        path.last.text == f"zone {ZONE} lacks the AAAA record; its link falls back to the internet: public DNS answers"
    )
    plain = [hub(), private_zone("hub")]
    path = solve(small_estate(*plain), "hub", PRIVATE, "AAAA")
    assert (path.outcome, path.assumptions) == (NoData(), ()), "a link that never falls back needs no assumption"
    path = solve(small_estate(*plain, declared=off("no-data-does-not-fall-back")), "hub", PRIVATE, "AAAA")
    assert path.outcome == NoData()


def test_a_name_without_records_may_not_stop_a_wildcard() -> None:
    own = [hub(), zone(ZONE, {"A/*": ["10.0.0.5"], "A/x.b": ["10.0.0.6"]}, "hub")]
    switched = small_estate(*own, declared=off("empty-names-stop-wildcards"))
    for name, stopped, covered in (
        (f"b.{ZONE}", NoData(), ANSWER),
        (f"y.b.{ZONE}", NxDomain(), ANSWER),
        (f"x.b.{ZONE}", Addresses(("10.0.0.6",)), Addresses(("10.0.0.6",))),
        (f"y.x.b.{ZONE}", NxDomain(), NxDomain()),
        (f"c.{ZONE}", ANSWER, ANSWER),
        (ZONE, NoData(), NoData()),
    ):
        assert solve(small_estate(*own), "hub", name).outcome == stopped, name
        assert solve(switched, "hub", name).outcome == covered, name


def test_a_hub_firewalls_view_and_a_network_firewalls_view_are_assumed() -> None:
    in_network = [hub(), spoke(FIREWALL), network_firewall(), private_zone("hub")]
    path = solve(small_estate(*in_network), "spoke", PRIVATE)
    assert (path.outcome, path.assumptions) == (ANSWER, ("firewall-asks-in-its-network",))
    path = solve(small_estate(*in_network, declared=off("firewall-asks-in-its-network")), "spoke", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    in_hub = [network("spoke", "10.1.0.0/16", HUB_FIREWALL), virtual_hub_firewall(), private_zone("spoke")]
    path = solve(small_estate(*in_hub), "spoke", PRIVATE)
    assert (path.outcome, path.assumptions) == (Public(), ("hub-firewall-sees-no-zones",))
    path = solve(small_estate(*in_hub, declared=off("hub-firewall-sees-no-zones")), "spoke", PRIVATE)
    assert isinstance(path.outcome, Opaque)


# The policy of the client's own network behind an inbound endpoint


def guarded(*domains: str) -> list[Any]:
    guard = policy((100, "block", domains), network="spoke")
    return [hub(), spoke(INBOUND), resolver(), private_zone("hub"), guard]


@pytest.mark.parametrize(("domain", "hops"), [("example.com", 2), (ZONE, 4)])
def test_the_clients_own_policy_may_block_what_it_asks_an_inbound_endpoint(domain: str, hops: int) -> None:
    path = solve(small_estate(*guarded(domain)), "spoke", NAME, chains=CHAIN)
    assert path.outcome == ANSWER
    when = "if the policy of the client's own network also matches what it asks an inbound endpoint"
    assert told(path) == [(Blocked(), when, "client-policy-ends-at-inbound-endpoints")]
    assert len(path.alternatives[0].hops) == hops
    assert path.alternatives[0].last.rule is rules.POLICY_BLOCKS
    switched = small_estate(*guarded(domain), declared=off("client-policy-ends-at-inbound-endpoints"))
    assert solve(switched, "spoke", NAME, chains=CHAIN).outcome == Blocked()


def test_a_policy_of_the_client_that_does_not_block_changes_nothing() -> None:
    assert solve(small_estate(*guarded("else.where")), "spoke", NAME, chains=CHAIN).alternatives == ()
    asked = [*guarded("example.com")[:1], resolver(), private_zone("hub"), policy((100, "block", ["example.com"]))]
    estate = small_estate(network("hub", "10.0.0.0/16", INBOUND), *asked[1:])
    path = solve(estate, "hub", NAME, chains=CHAIN)
    assert (path.outcome, path.alternatives) == (Blocked(), ()), "the resolver's network is the client's own"


def test_a_site_has_no_policy_of_its_own() -> None:
    """What failed elsewhere may hide a policy of other networks; the resolver's network has its own."""
    office = Site(name="office", servers=(INBOUND,))
    own = policy((100, "alert", ["bad.example"]), network="hub")
    hidden = gap("security-policy", "/subscriptions/other")
    estate = small_estate(hub(), resolver(), private_zone("hub"), own, gaps=[hidden], sites=(office,))
    path = solver(estate, CHAIN).path(Client(id="site:office", site="office"), Fqdn(NAME))
    assert (path.outcome, path.alternatives) == (ANSWER, ())


def test_a_policy_of_the_client_that_could_not_be_read_adds_no_way() -> None:
    """What the client's own policy says matters only if an assumption fails; unread, nothing is made of it."""
    hidden = gap("security-policy", nid("spoke"))
    own = policy((100, "alert", ["bad.example"]), network="hub")  # a network has one policy: the hub's is known
    estate = small_estate(hub(), spoke(INBOUND), resolver(), private_zone("hub"), own, gaps=[hidden])
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.alternatives) == (ANSWER, ())


def test_two_windows_servers_in_a_row_each_have_their_cache() -> None:
    """Fresh both give the whole answer; with the alias cached in either, its own forwarder leads to the internet."""
    crossed = {"example.com": "10.0.0.4", ZONE: PUBLIC_RESOLVER}
    first = server("10.1.0.4", crossed, network="spoke", kind="windows")
    second = server("10.0.0.4", {"": "168.63.129.16"}, network="hub", kind="windows")
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, second))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == ANSWER
    assert [(o.outcome, len(o.hops)) for o in path.alternatives] == [(Public(), 5)]
    assert path.alternatives[0].last.at.name == "10.1.0.4"


def test_a_fork_behind_a_fork_tells_both_conditions() -> None:
    """A second forwarder of the first server, and a second one of that: three servers, three answers."""
    first = server("10.1.0.4", {"": f"{PUBLIC_RESOLVER} 10.0.0.4"}, network="spoke")
    second = server("10.0.0.4", {"": "168.63.129.16 10.0.0.6"}, network="hub")
    third = server("10.0.0.6", {}, network="hub", records={PRIVATE: ("10.9.9.9",)})
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, second, third))
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == Public()
    one, other = "when 10.1.0.4 asks 10.0.0.4 instead", "when 10.0.0.4 asks 10.0.0.6 instead"
    assert told(path) == [(ANSWER, one, None), (Addresses(("10.9.9.9",)), f"{one}, and {other}", None)]


def test_ways_that_end_alike_are_told_once_by_the_first_condition() -> None:
    """A second forwarder of the first server, and forward-first at the second."""
    first = server("10.1.0.4", {"": f"{PUBLIC_RESOLVER} 10.0.0.4"}, network="spoke", kind="dnsmasq")
    second = server("10.0.0.4", {"": "168.63.129.16"}, network="hub", forward_mode="first", kind="dnsmasq")
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub"), servers=(first, second))
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == Public()
    assert told(path) == [(ANSWER, "when 10.1.0.4 asks 10.0.0.4 instead", None)]
    denied = small_estate(hub(), spoke("10.1.0.4"), zone(ZONE, {}, "hub"), servers=(first, second))
    assert [(o.outcome, o.condition.count(", and ")) for o in solve(denied, "spoke", PRIVATE).alternatives] == [
        (NxDomain(), 0)
    ]


def test_a_way_past_a_server_is_not_stripped_by_it() -> None:
    """The first forwarder has rebinding protection; the second is Azure itself."""
    first = server("10.1.0.4", {"": "10.0.0.4 168.63.129.16"}, network="spoke")
    second = server("10.0.0.4", {"": "168.63.129.16"}, network="hub", kind="dnsmasq", rebinding_protection=True)
    estate = small_estate(hub(), spoke("10.1.0.4"), private_zone("hub", "spoke"), servers=(first, second))
    path = solve(estate, "spoke", PRIVATE)
    assert (path.outcome, path.last.rule) == (NoData(), rules.STRIPS_PRIVATE)
    assert told(path) == [(ANSWER, "when 10.1.0.4 asks 168.63.129.16 instead", None)]


def test_a_server_before_azure_may_follow_the_alias_of_a_forwarded_answer_that_is_not_final() -> None:
    """Windows: fresh, the asking view looks the alias up; later the server's own forwarder leads to the internet."""
    first = server("10.1.0.4", {"": "168.63.129.16", ZONE: PUBLIC_RESOLVER}, network="spoke", kind="windows")
    said = Declared(servers=(first,), assumptions={"forwarded-answers-are-final": False})
    rule = ruleset({"example.com": [INBOUND]}, "spoke")
    estate = small_estate(hub(), spoke("10.1.0.4"), resolver(), private_zone("spoke"), rule, declared=said)
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == ANSWER
    assert told(path) == [(Public(), "once only the alias is left in its cache (10.1.0.4)", None)]
