"""Inbound endpoints and forwarding rulesets: which view a question gets, and which rule sends it where."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import (
    forwarding_rule,
    forwarding_ruleset,
    outbound_endpoint_id,
    ruleset_id,
    ruleset_link,
)
from checks.resolution import rules
from checks.resolution.path import DeadEnd, Hop, Loop, NxDomain, Opaque, Public
from checks.resolution.rulesets import RESERVED
from checks.resolution.solver import Solver
from collectors.graph.declared import Declared
from collectors.graph.documents import Reason
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.around import FIREWALL, INBOUND, RULESET, network_firewall, resolver, ruleset
from tests.checks.resolution.small import ANSWER, CHAIN, NAME, PRIVATE, ZONE, decided, hops, hub, private_zone, spoke
from tests.estates import (
    AZURE_DNS,
    GROUP,
    OTHER_GROUP,
    SUBSCRIPTION,
    client,
    gap,
    network,
    nid,
    server,
    small_estate,
    solve,
    zone,
)

EVERYTHING = f"/subscriptions/{SUBSCRIPTION}"


def told(hop: Hop) -> tuple[str, str]:
    """Who decided, and the sentence about it."""
    return hop.decided_by.name if hop.decided_by else "", hop.text


def test_a_question_to_an_inbound_endpoint_gets_the_view_of_the_resolvers_network() -> None:
    estate = small_estate(hub(), spoke(INBOUND), resolver(), private_zone("hub"))
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.view) == (ANSWER, str(nid("hub")))
    assert hops(path) == [
        ("network-dns-servers", "asks"),
        ("inbound-endpoint", "forwarded"),
        ("public-alias", "alias"),
        ("zone-answers", "answer"),
    ]
    assert told(path.hops[1]) == ("in", "resolver dnspr asks Azure DNS in its network, hub")


def test_zones_of_the_askers_own_network_have_no_effect_behind_an_inbound_endpoint() -> None:
    estate = small_estate(hub(), spoke(INBOUND), resolver(), private_zone("spoke"))
    path = solve(estate, "spoke", PRIVATE)
    assert decided(path) == (Public(), rules.ZONE_NOT_LINKED, ZONE)
    assert path.view == str(nid("hub"))


def test_a_site_reaches_azure_dns_through_an_inbound_endpoint() -> None:
    on_site = server("192.168.1.53", {"example.com": INBOUND}, site="hq")
    estate = small_estate(
        hub(), resolver(), private_zone("hub"), network("onprem", "10.9.0.0/16", "192.168.1.53"), servers=(on_site,)
    )
    assert solve(estate, "onprem", NAME, chains=CHAIN).outcome == ANSWER


@pytest.mark.parametrize("linked", ["hub", "spoke"])
def test_a_rule_applies_only_where_its_ruleset_is_linked(linked: str) -> None:
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), ruleset({"example.com": [INBOUND]}, linked))
    outcome = solve(estate, "spoke", NAME, chains=CHAIN).outcome
    assert outcome == (ANSWER if linked == "spoke" else Public())


def test_the_rule_with_the_longest_domain_wins() -> None:
    estate = small_estate(
        hub(),
        spoke(),
        resolver(),
        private_zone("hub"),
        ruleset({"": ["198.51.100.1"], "com": ["198.51.100.2"], "example.com": [INBOUND]}, "spoke"),
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == ANSWER
    sent = f"rule rule-example-com of ruleset rules sends example.com to inbound endpoint in ({INBOUND})"
    assert told(path.hops[1]) == ("rule-example-com", sent)


def test_a_disabled_rule_is_not_there() -> None:
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("hub"), ruleset({"example.com": [INBOUND]}, "spoke", enabled=False)
    )
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == Public()


def test_a_linked_zone_denies_before_any_rule_is_tried() -> None:
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("spoke", name="y"), ruleset({ZONE: [INBOUND]}, "spoke")
    )
    assert decided(solve(estate, "spoke", PRIVATE)) == (NxDomain(), rules.ZONE_DENIES, ZONE)


@pytest.mark.parametrize(("holds", "outcome"), [(True, NxDomain()), (False, ANSWER)])
def test_a_linked_zone_before_a_longer_rule_is_an_assumption(holds: bool, outcome: object) -> None:
    """Nobody has tested it: the documented order says zone first."""
    parts = [hub(), spoke(), resolver(), private_zone("hub"), zone("example.com", {}, "spoke")]
    declared = Declared(assumptions={rules.ZONE_BEFORE_LONGER_RULE.name: holds})
    estate = small_estate(*parts, ruleset({ZONE: [INBOUND]}, "spoke"), declared=declared)
    path = solve(estate, "spoke", PRIVATE)
    assert path.outcome == outcome
    assert (rules.ZONE_BEFORE_LONGER_RULE.name in path.assumptions) is holds


def test_a_rule_for_the_public_suffix_hides_a_linked_private_link_zone() -> None:
    """Observed in azure-docs issue 100273: no linked zone matches the name that is asked."""
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("spoke"), ruleset({"example.com": ["198.51.100.1"]}, "spoke")
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == Public()
    assert [hop.rule for hop in path.hops[1:]] == [rules.FORWARDING_RULE, rules.PUBLIC_RESOLVER]


def test_what_a_target_answers_is_final_and_resolved_in_the_targets_view() -> None:
    """The zone linked to the asker's own network is not looked at for the alias."""
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("spoke"), ruleset({"example.com": [INBOUND]}, "spoke")
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert decided(path) == (Public(), rules.ZONE_NOT_LINKED, ZONE)
    assert path.view == str(nid("hub"))


@pytest.mark.parametrize(("holds", "outcome"), [(True, ANSWER), (False, Public())])
def test_a_rule_for_the_alias_is_applied_by_assumption(holds: bool, outcome: object) -> None:
    declared = Declared(assumptions={rules.RULES_FOR_ALIASES.name: holds})
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke"), declared=declared
    )
    path = solve(estate, "spoke", NAME, chains=CHAIN)
    assert path.outcome == outcome
    assert (rules.RULES_FOR_ALIASES.name in path.assumptions) is holds
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER


@pytest.mark.parametrize(
    ("domain", "name", "caught"),
    [
        ("", "x.api.azureml.ms", False),
        ("", "x.contoso.com", True),
        ("ms", "x.api.azureml.ms", False),
        ("azureml.ms", "x.api.azureml.ms", True),
        ("windows.net", "db.database.windows.net", True),
        ("windows.net", "x.blob.core.windows.net", False),
        ("core.windows.net", "x.blob.core.windows.net", True),
        ("", "login.microsoftonline.com", False),
        ("", "x.api.ml.azure.us", False),
        ("", "x.api.ml.azure.cn", False),
    ],
)
def test_a_rule_shorter_than_a_reserved_name_does_not_catch_it(domain: str, name: str, caught: bool) -> None:
    parts = [hub(), resolver(), ruleset({domain: ["10.0.0.99"]}, "hub")]
    spared = solve(small_estate(*parts), "hub", name)
    assert (rules.FORWARDING_RULE in [hop.rule for hop in spared.hops]) is caught
    assert (rules.RESERVED_NAMES.name in spared.assumptions) is not caught
    off = Declared(assumptions={rules.RESERVED_NAMES.name: False})
    path = solve(small_estate(*parts, declared=off), "hub", name)
    assert rules.FORWARDING_RULE in [hop.rule for hop in path.hops]


def test_an_alias_that_was_seen_still_rests_on_the_root_rule_sparing_its_reserved_name() -> None:
    name, target = Fqdn("x.blob.core.windows.net"), Fqdn("x.privatelink.blob.core.windows.net")
    own = zone("privatelink.blob.core.windows.net", {"A/x": ["10.0.0.5"]}, "hub")
    estate = small_estate(hub(), resolver(), own, ruleset({"": ["10.0.0.99"]}, "hub"))
    path = Solver(estate, {name: target}, frozenset({name})).path(client("hub"), name)
    assert (path.outcome, path.assumptions) == (ANSWER, (rules.RESERVED_NAMES.name,))


def test_the_reserved_names_hold_those_of_three_clouds() -> None:
    for name in ("azureml.ms", "azure.net", "azure.us", "usgovcloudapi.net", "azure.cn", "chinacloudapi.cn"):
        assert name in RESERVED


def test_targets_are_understood_from_the_network_of_the_outbound_endpoint() -> None:
    """Two networks hold the address; the asker's own is not the one that the question leaves from."""
    twin = network("twin", "10.0.0.0/16")
    other = resolver("twin", address=INBOUND, name="other")
    estate = small_estate(
        hub(), twin, resolver(), other, private_zone("hub"), ruleset({"example.com": [INBOUND]}, "twin")
    )
    path = solve(estate, "twin", NAME, chains=CHAIN)
    assert (path.outcome, path.view) == (ANSWER, str(nid("hub")))


def test_a_rule_to_its_own_inbound_endpoint_is_a_loop() -> None:
    estate = small_estate(hub(), resolver(), ruleset({"example.com": [INBOUND]}, "hub"))
    path = solve(estate, "hub", NAME, chains=CHAIN)
    assert path.outcome == Loop(("Azure DNS in hub", f"inbound endpoint in ({INBOUND})"))
    assert path.last.rule is rules.LOOP


def test_two_rulesets_that_send_to_each_other_are_a_loop() -> None:
    there = server("192.168.1.53", {"example.com": INBOUND}, site="hq")
    estate = small_estate(hub(), resolver(), ruleset({"example.com": ["192.168.1.53"]}, "hub"), servers=(there,))
    outcome = solve(estate, "hub", NAME, chains=CHAIN).outcome
    assert isinstance(outcome, Loop)
    assert len(outcome.cycle) == 3


def test_a_target_that_cannot_answer_is_passed_over() -> None:
    """The service skips a silent target for half an hour."""
    targets = ruleset({"example.com": [FIREWALL, INBOUND]}, "spoke")
    estate = small_estate(hub(), spoke(), resolver(), network_firewall(proxy=False), private_zone("hub"), targets)
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == ANSWER


def test_a_rule_without_targets_is_a_dead_end() -> None:
    estate = small_estate(hub(), resolver(), ruleset({"example.com": []}, "hub"))
    path = solve(estate, "hub", NAME)
    assert isinstance(path.outcome, DeadEnd)
    assert path.last.rule is rules.RULE_WITHOUT_TARGET


# What could not be seen


@pytest.mark.parametrize("kind", ["forwarding-ruleset", "ruleset-link"])
@pytest.mark.parametrize("scope", [EVERYTHING, RULESET])
def test_a_ruleset_that_may_be_linked_unseen_leaves_the_answer_open(kind: str, scope: str) -> None:
    hidden = gap(kind, scope)
    path = solve(small_estate(hub(), private_zone(), gaps=[hidden]), "hub", NAME, chains=CHAIN)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)
    assert path.last.rule is rules.RULES_UNREAD


def test_a_linked_zone_answers_whatever_rules_are_unseen() -> None:
    hidden = gap("forwarding-ruleset", EVERYTHING)
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE).outcome == ANSWER


def test_rules_of_the_linked_ruleset_that_were_not_read_leave_the_answer_open() -> None:
    hidden = gap("forwarding-rule", RULESET)
    estate = small_estate(hub(), resolver(), ruleset({}, "hub"), gaps=[hidden])
    assert isinstance(solve(estate, "hub", NAME, chains=CHAIN).outcome, Opaque)


def test_a_network_with_a_ruleset_has_no_second_one_to_hide() -> None:
    hidden = gap("ruleset-link", EVERYTHING)
    estate = small_estate(
        hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke"), gaps=[hidden]
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER
    assert solve(estate, "hub", PRIVATE).outcome == ANSWER
    assert isinstance(solve(estate, "hub", NAME).outcome, Opaque)
    assert solve(estate, "spoke", "elsewhere.example.org").outcome == Public()


def test_rules_of_the_linked_ruleset_that_a_listing_does_not_prove_matter_where_nothing_covers_the_name() -> None:
    """Other rulesets' rules do not: only one ruleset is linked."""
    hidden = gap("forwarding-rule", EVERYTHING, Reason.HIDDEN)
    far = gap("forwarding-rule", ruleset_id(OTHER_GROUP, "rules"), Reason.HIDDEN)
    parts = [hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke")]
    path = solve(small_estate(*parts, gaps=[hidden]), "spoke", "elsewhere.example.org")
    assert path.outcome == Opaque("a forwarding rule that could not be read may apply here", (hidden,))
    assert path.last.rule is rules.RULES_UNREAD
    for open_gap, who, name, outcome in (
        (hidden, "spoke", PRIVATE, ANSWER),
        (hidden, "hub", "elsewhere.example.org", Public()),
        (far, "spoke", "elsewhere.example.org", Public()),
    ):
        assert solve(small_estate(*parts, gaps=[open_gap]), who, name).outcome == outcome


@pytest.mark.parametrize("reason", [Reason.HIDDEN, Reason.NOT_ASKED])
def test_a_ruleset_beyond_the_boundary_of_the_run_spoils_nothing(reason: Reason) -> None:
    far = gap("forwarding-ruleset", "/subscriptions/elsewhere/x", reason)
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[far]), "hub", NAME, chains=CHAIN).outcome == ANSWER


@pytest.mark.parametrize("kind", ["dns-resolver", "inbound-endpoint"])
def test_an_address_at_which_an_inbound_endpoint_may_stand_unseen_is_unread(kind: str) -> None:
    hidden = gap(kind, EVERYTHING)
    home = hub(INBOUND)
    service = {"name": "d", "properties": {"serviceName": "Microsoft.Network/dnsResolvers"}}
    home.body["properties"]["subnets"][0]["properties"]["delegations"] = [service]
    path = solve(small_estate(home, private_zone("hub"), gaps=[hidden]), "hub", NAME)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_an_unread_outbound_endpoint_leaves_open_from_where_a_rule_forwards() -> None:
    hidden = [gap(kind, EVERYTHING) for kind in ("dns-resolver", "outbound-endpoint")]
    estate = small_estate(hub(), ruleset({"example.com": [INBOUND]}, "hub"), gaps=hidden)
    path = solve(estate, "hub", NAME, chains=CHAIN)
    reason = "rule rule-example-com of ruleset rules sends example.com on, but from which network could not be read"
    assert isinstance(path.outcome, Opaque)
    assert set(path.outcome.gaps) == set(hidden)
    assert decided(path) == (Opaque(reason, path.outcome.gaps), rules.RULES_UNREAD, "rule-example-com")
    assert path.last.text == reason


def test_a_ruleset_that_was_left_out_on_purpose_leaves_open_from_where_its_rule_forwards() -> None:
    left_out = gap("forwarding-ruleset", RULESET, Reason.NOT_ASKED)
    parts = ruleset({"example.com": [INBOUND]}, "hub")[1:]
    path = solve(small_estate(hub(), resolver(), parts, gaps=[left_out]), "hub", NAME, chains=CHAIN)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.RULES_UNREAD, (left_out,))


def test_a_ruleset_without_an_outbound_endpoint_sends_to_the_one_place_that_holds_the_address() -> None:
    parts = ruleset({"example.com": [INBOUND]}, "spoke")
    parts[0].body["properties"]["dnsResolverOutboundEndpoints"] = []
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), parts)
    assert solve(estate, "spoke", NAME, chains=CHAIN).outcome == ANSWER
    nowhere = ruleset({"example.com": ["192.168.9.9"]}, "spoke")
    nowhere[0].body["properties"]["dnsResolverOutboundEndpoints"] = []
    path = solve(small_estate(hub(), spoke(), resolver(), nowhere), "spoke", NAME)
    assert (path.last.rule, path.last.at.id) == (rules.SERVER_UNKNOWN, "server:192.168.9.9@site:")


def test_an_inbound_endpoint_whose_resolver_was_not_read_is_unread() -> None:
    hidden = gap("dns-resolver", EVERYTHING)
    estate = small_estate(hub(), spoke(INBOUND), resolver()[1:], private_zone("hub"), gaps=[hidden])
    path = solve(estate, "spoke", NAME)
    assert decided(path) == (Opaque(path.last.text, (hidden,)), rules.INBOUND_UNREAD, "in")


def test_the_rulesets_of_two_hubs_that_send_to_each_other_are_a_loop() -> None:
    """Each hub's ruleset is right by itself; together no question ever ends."""
    hubs = [network("hub", "10.0.0.0/16", peers={"other": "10.2.0.0/16"}), network("other", "10.2.0.0/16")]
    there = "10.2.0.36"
    second = [
        forwarding_ruleset(GROUP, "rules-2", [outbound_endpoint_id(GROUP, "dnspr-2", "out")]),
        forwarding_rule(ruleset_id(GROUP, "rules-2"), "back", "example.com", [INBOUND]),
        ruleset_link(ruleset_id(GROUP, "rules-2"), str(nid("other"))),
    ]
    estate = small_estate(
        hubs, resolver(), resolver("other", there, "dnspr-2"), ruleset({"example.com": [there]}, "hub"), second
    )
    path = solve(estate, "hub", NAME)
    first, back = f"inbound endpoint in ({there})", f"inbound endpoint in ({INBOUND})"
    assert path.outcome == Loop(("Azure DNS in hub", first, "Azure DNS in other", back))
    assert path.last.text.endswith(f"Azure DNS in hub -> {first} -> Azure DNS in other -> {back} -> Azure DNS in hub")


def test_a_firewall_and_a_resolver_that_ask_each_other_are_a_loop() -> None:
    """The firewall's upstream is the inbound endpoint; the root rule of the hub sends everything to the firewall."""
    estate = small_estate(
        hub(), spoke(FIREWALL), network_firewall(INBOUND), resolver(), ruleset({"": [FIREWALL]}, "hub")
    )
    path = solve(estate, "spoke", NAME)
    proxy, door = f"firewall afw ({FIREWALL})", f"inbound endpoint in ({INBOUND})"
    assert path.outcome == Loop((proxy, door, "Azure DNS in hub"))
    assert path.last.text.endswith(f"{proxy} -> {door} -> Azure DNS in hub -> {proxy}")


def outbound(subnet: str | None) -> Any:
    """The resolver of the hub with its outbound endpoint moved to another subnet, or without one."""
    parts = resolver()
    properties = parts[2].body["properties"]
    properties["subnet"] = {"id": subnet} if subnet else None
    return parts


def test_questions_leave_from_the_subnet_of_the_outbound_endpoint() -> None:
    """Not from the resolver's network: here the two differ, and each holds the target's address."""
    twin = network("twin", "10.0.0.0/16")
    there = server("10.0.0.53", {"": AZURE_DNS}, network="twin")
    moved = outbound(f"{nid('twin')}/subnets/default")
    estate = small_estate(
        hub(), twin, moved, private_zone("twin"), ruleset({"example.com": ["10.0.0.53"]}, "hub"), servers=(there,)
    )
    assert solve(estate, "hub", PRIVATE).outcome == ANSWER
    estate = small_estate(
        hub(),
        twin,
        outbound(None),
        private_zone("twin"),
        ruleset({"example.com": ["10.0.0.53"]}, "hub"),
        servers=(there,),
    )
    assert isinstance(solve(estate, "hub", PRIVATE).outcome, Opaque)


def test_the_first_outbound_endpoint_is_enough_and_needed() -> None:
    """The ruleset has a second one, which was not."""
    parts = ruleset({"example.com": [INBOUND]}, "spoke")
    properties = parts[0].body["properties"]
    properties["dnsResolverOutboundEndpoints"].append({"id": outbound_endpoint_id(OTHER_GROUP, "dnspr-9", "out")})
    hidden = gap("outbound-endpoint", ArmId(OTHER_GROUP.id("Microsoft.Network/dnsResolvers", "dnspr-9")))
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), parts, gaps=[hidden])
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER
    properties["dnsResolverOutboundEndpoints"].reverse()
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), parts, gaps=[hidden])
    assert isinstance(solve(estate, "spoke", PRIVATE).outcome, Opaque), "whose network may be another one"


def test_an_outbound_endpoint_whose_resolver_alone_was_read_leaves_from_the_resolvers_network() -> None:
    parts = [document for document in resolver() if document.kind != "outbound-endpoint"]
    estate = small_estate(hub(), spoke(), parts, private_zone("hub"), ruleset({"example.com": [INBOUND]}, "spoke"))
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER


def test_a_linked_zone_answers_before_a_rule_of_the_same_domain_without_any_assumption() -> None:
    """It was seen: only a longer rule is in doubt."""
    estate = small_estate(hub(), resolver(), private_zone("hub"), ruleset({ZONE: ["198.51.100.1"]}, "hub"))
    path = solve(estate, "hub", PRIVATE)
    assert (path.outcome, path.assumptions, path.alternatives) == (ANSWER, (), ())
