"""Endpoints and rulesets: what the page on endpoints and forwarding rulesets (2023) says of resolution and limits.

Each test names the place (heading, number of the statement there) and what is said there in our words.
"""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import forwarding_rule, outbound_endpoint, ruleset_link
from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, Loop, NxDomain, Opaque, Public
from collectors.graph.declared import Declared, DeclaredServer, Site
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.nodes import ForwardingRule, InboundEndpoint
from tests.checks.resolution.around import RULESET, network_firewall, resolver, ruleset
from tests.checks.seeds.edits import edited, from_site, of_kind, second_ruleset, without
from tests.estates import AZURE_DNS, GROUP, OTHER_GROUP, link, machine, network, nid, server, small_estate, solve, zone

HUB, SPOKE = "myeastvnet", "myeastspoke"
VIP = "10.10.0.4"
ON_SITE = "10.100.0.2"
ZONE = "azure.contoso.com"
NAME = f"secure.store.{ZONE}"
PRIVATE = Addresses(("10.10.0.50",))
AT_HOME = Addresses(("10.100.0.80",))
SITE = Site(name="head-office", address_space=("10.100.0.0/16",), servers=(ON_SITE,))


def home(forwards: dict[str, str] | None = None) -> DeclaredServer:
    """The server on premises: it holds names of its own."""
    records = {"www.contoso.com": AT_HOME.addresses, "printer.corp": AT_HOME.addresses, NAME: AT_HOME.addresses}
    return server(ON_SITE, forwards or {}, site=SITE.name, records=records)


def the_hub() -> Any:
    return network(HUB, "10.10.0.0/16")


def the_spoke(*servers: str, peered: bool = True) -> Any:
    return network(SPOKE, "10.11.0.0/16", *servers, peers={HUB: "10.10.0.0/16"} if peered else {})


def the_zone(*networks: str) -> Any:
    return zone(ZONE, {"A/secure.store": PRIVATE.addresses}, *networks)


def the_rules(*networks: str, **more: list[str]) -> Any:
    """The private zone's rule, linked to networks."""
    return ruleset({ZONE: [VIP]} | more, *networks)


def estate_of(*parts: Any, **more: Any) -> Estate:
    """The hub with its resolver and the zone linked to it, and whatever else."""
    return small_estate(the_hub(), resolver(HUB, VIP), the_zone(HUB), *parts, **more)


def outcome(estate: Estate, view: str = SPOKE, name: str = NAME) -> Any:
    return solve(estate, view, name, chains={}).outcome


# Figure 1


@pytest.mark.parametrize("view", [HUB, SPOKE])
def test_a_ruleset_linked_to_hub_and_spoke_serves_names_of_other_servers_in_both(view: str) -> None:
    """Figure 1, 1: links to both networks let both resolve namespaces of one's own by the rules."""
    linked = ruleset({"corp": [ON_SITE]}, HUB, SPOKE)
    assert outcome(estate_of(the_spoke(), linked, servers=(home(),), sites=(SITE,)), view, "printer.corp") == AT_HOME


def test_a_zone_linked_to_the_hub_answers_in_the_hub() -> None:
    """Figure 1, 2: the link of the zone serves the network that it names, and only that."""
    estate = estate_of(the_spoke())
    assert (outcome(estate, HUB), outcome(estate, SPOKE)) == (PRIVATE, Public())


def test_the_spoke_resolves_the_hubs_zone_by_a_rule_to_the_inbound_endpoint() -> None:
    """Figure 1, 3: a rule sends the zone's questions to the address of the inbound endpoint in the hub."""
    path = solve(estate_of(the_spoke(), the_rules(SPOKE)), SPOKE, NAME)
    assert path.outcome == PRIVATE
    passed = [rules.AZURE_PROVIDED, rules.FORWARDING_RULE, rules.INBOUND_ENDPOINT, rules.ZONE_ANSWERS]
    assert [hop.rule for hop in path.hops] == passed


def test_servers_on_premises_forward_the_zone_to_the_inbound_endpoint() -> None:
    """Figure 1, 4: servers on premises send the private zone's questions to the inbound endpoint."""
    forwarding = server(ON_SITE, {ZONE: VIP}, site=SITE.name)
    assert from_site(estate_of(servers=(forwarding,), sites=(SITE,)), NAME).outcome == PRIVATE


def test_peering_is_not_needed() -> None:
    """Figure 1, note: a linked network uses the ruleset whether it is a peer of the resolver's network or not."""
    for peered in (True, False):
        assert outcome(estate_of(the_spoke(peered=peered), the_rules(SPOKE))) == PRIVATE


# Inbound endpoints


def test_other_networks_ask_the_inbound_endpoint() -> None:
    """Inbound endpoints, 2: its address is for questions from premises and from anywhere outside the network."""
    assert outcome(estate_of(the_spoke(VIP))) == PRIVATE


def test_questions_to_the_inbound_endpoint_are_resolved_by_azure_dns() -> None:
    """Inbound endpoints, 3: what it gets is resolved by Azure DNS, public names too."""
    path = solve(estate_of(the_spoke(VIP)), SPOKE, "www.example.org")
    assert (path.outcome, path.last.at.name, path.last.rule) == (Public(), HUB, rules.NO_ZONE)


def test_what_is_declared_at_the_address_of_an_endpoint_does_not_change_what_it_does() -> None:
    """Inbound endpoints, 3: an inbound endpoint always asks Azure DNS, whatever is declared of its address."""
    wrong = server(VIP, {}, network=HUB)
    assert outcome(estate_of(the_spoke(VIP), servers=(wrong,))) == PRIVATE


@pytest.mark.parametrize(("linked", "found"), [(HUB, PRIVATE), (SPOKE, Public())])
def test_the_zones_of_the_endpoints_network_count(linked: str, found: object) -> None:
    """Inbound endpoints, 4: the zones linked to the network of the endpoint are resolved by it."""
    assert outcome(small_estate(the_hub(), the_spoke(VIP), resolver(HUB, VIP), the_zone(linked))) == found


def test_the_address_of_an_endpoint_belongs_to_its_network() -> None:
    """Inbound endpoints, 5 and 7: the address is one of the network's own, as 10.10.0.4 is of 10.10.0.0/16."""
    estate = estate_of(the_spoke(VIP))
    assert estate.locate(VIP, nid(SPOKE)) == nid(HUB)
    found = estate.inbound_at(VIP, nid(HUB))
    assert found is not None
    assert found.addresses[0].subnet == nid(HUB).child("subnets", "default")


def test_of_a_machine_and_an_endpoint_at_one_address_the_endpoint_is_believed() -> None:
    """Inbound endpoints, 6: nothing else stands in its subnet; an interface at its address is a stale picture."""
    assert outcome(estate_of(the_spoke(VIP), machine("stale", HUB, VIP))) == PRIVATE


def test_an_address_that_was_chosen_is_believed() -> None:
    """Inbound endpoints, note 1. Superseded: the address can be chosen today; static ones are read as such."""
    (endpoint,) = estate_of().of_type(InboundEndpoint)
    assert [held.static for held in endpoint.addresses] == [True]
    assert outcome(estate_of(the_spoke(VIP))) == PRIVATE


def test_after_a_new_address_the_old_one_answers_nothing() -> None:
    """Inbound endpoints, note 2: an endpoint that is made anew may get another address; nobody is at the old one."""
    anew = small_estate(the_hub(), the_spoke(VIP), resolver(HUB, "10.10.0.5"), the_zone(HUB))
    path = solve(anew, SPOKE, NAME)
    assert isinstance(path.outcome, Opaque)
    assert path.last.rule is rules.SERVER_UNKNOWN


# Outbound endpoints


def test_a_network_without_a_link_does_not_use_the_outbound_endpoint() -> None:
    """Outbound endpoints, 1: what leaves by the endpoint is what a linked ruleset sends."""
    assert outcome(estate_of(the_spoke(), the_rules())) == Public()


def test_targets_are_reached_from_the_network_of_the_outbound_endpoint() -> None:
    """Outbound endpoints, 2: the endpoint stands in the resolver's network, so targets are its neighbours."""
    twin = network("twin", "10.10.0.0/16")
    path = solve(estate_of(the_spoke(), twin, resolver("twin", VIP, name="other"), the_rules(SPOKE)), SPOKE, NAME)
    assert (path.outcome, path.view) == (PRIVATE, str(nid(HUB)))


def test_an_outbound_endpoint_is_no_server() -> None:
    """Outbound endpoints, 3: it has a subnet and no address, so nobody can ask it."""
    apart = outbound_endpoint_alone()
    estate = small_estate(the_hub(), the_spoke("10.10.0.10"), apart, the_zone(HUB))
    assert isinstance(outcome(estate), Opaque)


def outbound_endpoint_alone() -> Any:
    """A resolver that only sends."""
    return without(resolver(HUB, VIP), "inbound-endpoint")


def test_what_else_is_in_the_subnet_of_an_outbound_endpoint_changes_no_answer() -> None:
    """Outbound endpoints, 4: nothing else stands in its subnet; an estate where something does is resolved as it is."""
    assert outcome(estate_of(the_spoke(), the_rules(SPOKE), machine("beside", HUB, "10.10.0.9"))) == PRIVATE


# DNS forwarding rulesets


def test_rules_name_the_servers_of_a_namespace() -> None:
    """DNS forwarding rulesets, 1: a ruleset gives namespaces to servers; other names stay with Azure."""
    estate = estate_of(the_spoke(), ruleset({"corp": [ON_SITE]}, SPOKE), servers=(home(),), sites=(SITE,))
    assert outcome(estate, name="printer.corp") == AT_HOME
    assert outcome(estate, name="printer.corp.example") == Public()


def test_each_rule_decides_about_its_own_names() -> None:
    """DNS forwarding rulesets, 2: the single rules determine how names are resolved."""
    more = {"contoso.com": [ON_SITE]}
    estate = estate_of(the_spoke(), the_rules(SPOKE, **more), servers=(home(),), sites=(SITE,))
    assert (outcome(estate), outcome(estate, name="www.contoso.com")) == (PRIVATE, AT_HOME)


def test_the_resources_of_every_linked_network_use_the_rules() -> None:
    """DNS forwarding rulesets, 3: a ruleset may be linked to several networks."""
    third = network("third", "10.12.0.0/16")
    estate = estate_of(the_spoke(), third, the_rules(SPOKE, "third"))
    assert outcome(estate, SPOKE) == outcome(estate, "third") == PRIVATE


def test_a_ruleset_with_several_outbound_endpoints_sends_as_with_one() -> None:
    """DNS forwarding rulesets, 4: a ruleset may be tied to several outbound endpoints."""
    own = of_kind(the_rules(SPOKE), "forwarding-ruleset")
    first = own.body["properties"]["dnsResolverOutboundEndpoints"][0]["id"]
    both = edited(own, dnsResolverOutboundEndpoints=[{"id": first}, {"id": first.replace("/out", "/second")}])
    second = outbound_endpoint(GROUP, "dnspr", "second", f"{nid(HUB)}/subnets/default")
    assert outcome(estate_of(the_spoke(), second, without(the_rules(SPOKE), own.kind), both)) == PRIVATE


def test_more_rules_than_allowed_all_count() -> None:
    """DNS forwarding rulesets, 5: at most a thousand rules; the rule of the longest suffix is found among more."""
    many = [forwarding_rule(RULESET, f"rule-{n}", f"n{n}.{ZONE}", [ON_SITE]) for n in range(1000)]
    estate = estate_of(the_spoke(), the_rules(SPOKE), many)
    assert len(estate.of_type(ForwardingRule)) == 1001
    assert outcome(estate) == PRIVATE


@pytest.mark.parametrize("region", ["westeurope", "westus"])
def test_a_link_to_a_network_of_another_region_is_believed_where_it_exists(region: str) -> None:
    """DNS forwarding rulesets, 6 and 7: a ruleset is linked to at most 500 networks, all of its own region."""
    far = the_spoke()
    moved = type(far)(kind=far.kind, id=far.id, body={**far.body, "location": region})
    assert outcome(estate_of(moved, the_rules(SPOKE))) == PRIVATE


# Ruleset links


@pytest.mark.parametrize(("enabled", "found"), [(True, PRIVATE), (False, Public())])
def test_resources_of_a_linked_network_use_the_enabled_rules(enabled: bool, found: object) -> None:
    """Ruleset links, 1: the rules that are enabled in a linked ruleset apply to the network."""
    assert outcome(estate_of(the_spoke(), ruleset({ZONE: [VIP]}, SPOKE, enabled=enabled))) == found


def test_a_linked_network_far_from_the_resolvers_uses_the_rules() -> None:
    """Ruleset links, 2: no peering with the network of the outbound endpoint is required."""
    assert outcome(estate_of(the_spoke(peered=False), the_rules(SPOKE))) == PRIVATE


def test_a_linked_network_that_is_a_peer_uses_the_rules() -> None:
    """Ruleset links, 3: the networks may be peers, as in a hub with spokes."""
    assert outcome(estate_of(the_spoke(peered=True), the_rules(SPOKE))) == PRIVATE


def test_the_spoke_needs_no_link_to_the_zone() -> None:
    """Ruleset links, 5: a rule to the hub's inbound endpoint is enough for the records of the zone."""
    estate = estate_of(the_spoke(), the_rules(SPOKE))
    assert estate.linked_zones(nid(SPOKE)) == {}
    assert outcome(estate) == PRIVATE


def test_a_rule_to_the_endpoint_of_a_network_without_the_zone_finds_no_record() -> None:
    """Ruleset links, 7: the resolver's network is linked to the zones that the rules name, or nothing is found."""
    estate = small_estate(the_hub(), the_spoke(), resolver(HUB, VIP), the_zone(SPOKE), the_rules("third"))
    third = network("third", "10.12.0.0/16")
    assert outcome(small_estate(*estate.documents.values(), third), "third") == Public()


@pytest.mark.parametrize(
    ("linked", "ruled", "found"),
    [(True, True, PRIVATE), (False, True, Public()), (True, False, Public())],
    ids=["both", "no link", "no rule"],
)
def test_both_conditions_are_needed_in_the_spoke(linked: bool, ruled: bool, found: object) -> None:
    """Ruleset links, 8: the spoke resolves the zone if the ruleset is linked to it and a rule names the zone."""
    made = ruleset({ZONE: [VIP]} if ruled else {"other.example": [VIP]}, *([SPOKE] if linked else []))
    assert outcome(estate_of(the_spoke(), made)) == found


# Rules


@pytest.mark.parametrize("name", ["a", "Rule_1-b", "1-starts-with-a-digit", "with space", "with.dot"])
def test_the_name_of_a_rule_has_no_bearing_on_what_it_does(name: str) -> None:
    """Rules, 1: a letter first, then letters, digits, underscores and dashes; other names are read all the same."""
    rule = forwarding_rule(RULESET, name, ZONE, [VIP])
    path = solve(estate_of(the_spoke(), ruleset({}, SPOKE), rule), SPOKE, NAME)
    assert path.outcome == PRIVATE
    assert name in path.hops[1].text


@pytest.mark.parametrize("domain", [ZONE, f"{ZONE}."])
def test_the_final_dot_of_a_domain_has_no_bearing(domain: str) -> None:
    """Rules, 2: a domain ends in a dot; what comes without one is the same domain."""
    rule = edited(forwarding_rule(RULESET, "one", ZONE, [VIP]), domainName=domain)
    assert outcome(estate_of(the_spoke(), ruleset({}, SPOKE), rule)) == PRIVATE


@pytest.mark.parametrize("labels", [0, 1, 2, 34, 35])
def test_a_domain_of_any_number_of_labels_catches_the_names_below_it(labels: int) -> None:
    """Rules, 2: no label (all names) or one to 34; a longer one is compared like any other."""
    domain = ".".join(f"l{n}" for n in range(labels))
    estate = estate_of(the_spoke(), ruleset({domain: [ON_SITE]}, SPOKE), servers=(home({}),), sites=(SITE,))
    path = solve(estate, SPOKE, f"x.{domain}" if domain else "x.example")
    assert path.hops[1].rule is rules.FORWARDING_RULE


def test_a_domain_without_labels_catches_every_name() -> None:
    """Rules, 2: the domain of no label is the wildcard."""
    estate = estate_of(the_spoke(), ruleset({"": [VIP]}, SPOKE))
    for name in ("example.org", "a.b.c.d.example.org", "local"):
        assert solve(estate, SPOKE, name).hops[1].rule is rules.FORWARDING_RULE


def test_a_rule_has_destinations_with_ports() -> None:
    """Rules, 3: one or more addresses, each with a port."""
    estate = estate_of(the_spoke(), ruleset({ZONE: [f"{VIP}:53", f"{ON_SITE}:5353"]}, SPOKE))
    (rule,) = estate.of_type(ForwardingRule)
    assert len(rule.targets) == 2
    assert outcome(estate) == PRIVATE


def test_a_disabled_rule_does_not_hide_a_shorter_one() -> None:
    """Rules, 4: a disabled rule is ignored, so the next longest one counts."""
    off = forwarding_rule(RULESET, "off", f"store.{ZONE}", [ON_SITE], enabled=False)
    assert outcome(estate_of(the_spoke(), the_rules(SPOKE), off)) == PRIVATE


def test_a_domain_of_one_label_is_a_domain() -> None:
    """Rules, footnote: domains of one label are supported. (The preview of 2022 asked for two.)"""
    estate = estate_of(the_spoke(), ruleset({"corp": [ON_SITE]}, SPOKE), servers=(home(),), sites=(SITE,))
    assert outcome(estate, name="printer.corp") == AT_HOME


def the_three_rules() -> Estate:
    """The example: Contoso, AzurePrivate and Wildcard."""
    named = {"Contoso": ("contoso.com", ON_SITE), "AzurePrivate": (ZONE, VIP), "Wildcard": ("", ON_SITE)}
    made = [forwarding_rule(RULESET, name, domain, [target]) for name, (domain, target) in named.items()]
    return estate_of(the_spoke(), ruleset({}, SPOKE), made, servers=(home(),), sites=(SITE,))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (NAME, "AzurePrivate"),
        (ZONE, "AzurePrivate"),
        ("www.contoso.com", "Contoso"),
        ("notazure.contoso.com", "Contoso"),
        ("xazure.contoso.com", "Contoso"),
        ("printer.corp", "Wildcard"),
        ("xcontoso.com", "Wildcard"),
    ],
)
def test_of_several_matching_rules_the_longest_is_used(name: str, rule: str) -> None:
    """Rules, 5, and the example: the longest match wins. (Called a prefix there; the example compares suffixes.)"""
    hop = solve(the_three_rules(), SPOKE, name).hops[1]
    assert hop.decided_by is not None
    assert hop.decided_by.name == rule


def test_a_ruleset_linked_to_the_network_of_its_own_target_is_a_loop() -> None:
    """Rules, important: a rule to an inbound endpoint and a link to the endpoint's network make a loop."""
    estate = small_estate(the_hub(), resolver(HUB, VIP), the_rules(HUB))
    assert outcome(estate, HUB) == Loop((f"Azure DNS in {HUB}", f"inbound endpoint in ({VIP})"))


def test_a_zone_that_is_linked_there_breaks_the_loop_for_its_own_names_only() -> None:
    """Rules, important, beside figure 1, which links the ruleset to the hub as well: a linked zone answers first."""
    longer = the_rules(HUB, SPOKE, **{"contoso.com": [VIP]})
    estate = estate_of(the_spoke(), longer)
    assert outcome(estate, HUB) == outcome(estate, SPOKE) == PRIVATE
    assert outcome(estate, HUB, f"missing.{ZONE}") == NxDomain()
    assert isinstance(outcome(estate, HUB, "www.contoso.com"), Loop)
    assert isinstance(outcome(estate, SPOKE, "www.contoso.com"), Loop)


# Rule processing


def test_the_first_destination_is_used() -> None:
    """Rule processing, 1: destinations are asked in order; an answer of the first is the answer."""
    estate = estate_of(the_spoke(), ruleset({ZONE: [ON_SITE, VIP]}, SPOKE), servers=(home(),), sites=(SITE,))
    assert outcome(estate) == AT_HOME


def test_a_negative_answer_of_the_first_destination_is_an_answer() -> None:
    """Rule processing, 1: only silence leads to the next destination, a denial does not."""
    empty = zone(ZONE, {}, group=OTHER_GROUP)
    other = [
        network("other", "10.20.0.0/16", peers={HUB: "10.10.0.0/16"}),
        resolver("other", "10.20.0.4", name="second"),
    ]
    linked = link(str(empty[0].id), "other")
    estate = estate_of(the_spoke(), *other, empty, linked, ruleset({ZONE: ["10.20.0.4", VIP]}, SPOKE))
    assert outcome(estate) == NxDomain()


def test_a_destination_that_does_not_answer_is_passed_over() -> None:
    """Rule processing, 1 and 3: a silent destination is skipped, for half an hour each time."""
    silent = network_firewall(proxy=False)
    parts = [network("hub", "10.0.0.0/16"), silent, ruleset({ZONE: ["10.0.0.68", VIP]}, SPOKE)]
    assert outcome(estate_of(the_spoke(), *parts)) == PRIVATE


def test_where_no_destination_answers_the_question_ends_there() -> None:
    """Rule processing, 1: with nobody left the question is taken nowhere else."""
    silent = network_firewall(proxy=False)
    parts = [network("hub", "10.0.0.0/16"), silent, ruleset({ZONE: ["10.0.0.68"]}, SPOKE)]
    assert isinstance(outcome(estate_of(the_spoke(), *parts)), DeadEnd)


@pytest.mark.parametrize("reserved", ["windows.net", "azure.com", "azure.net", "windowsazure.us", "azureml.ms"])
def test_the_wildcard_rule_leaves_reserved_names_to_azure(reserved: str) -> None:
    """Rule processing, 4 and 5: the two-label names of the private endpoint table are not caught by the wildcard."""
    path = solve(the_three_rules(), SPOKE, f"x.{reserved}")
    assert path.outcome == Public()
    assert rules.RESERVED_NAMES.name in path.assumptions


def test_a_rule_for_a_reserved_name_itself_is_followed() -> None:
    """Rule processing, 4: only the wildcard ignores reserved names, a rule of their own does not."""
    estate = estate_of(the_spoke(), ruleset({"azureml.ms": [VIP]}, SPOKE))
    assert solve(estate, SPOKE, "x.api.azureml.ms").hops[1].rule is rules.FORWARDING_RULE


def test_reserved_names_can_be_taken_for_ordinary_ones() -> None:
    """Rule processing, 5: Azure refers to a table and gives no list, so the configuration may say otherwise."""
    declared = Declared(assumptions={rules.RESERVED_NAMES.name: False}, servers=(home(),), sites=(SITE,))
    estate = estate_of(the_spoke(), ruleset({"": [ON_SITE]}, SPOKE), declared=declared)
    assert solve(estate, SPOKE, "x.azure.net").hops[1].rule is rules.FORWARDING_RULE


def test_the_platforms_address_as_a_destination_ends_defined() -> None:
    """Rule processing, important 1: Azure refuses 168.63.129.16; were it there, the outbound network would answer."""
    path = solve(estate_of(the_spoke(), ruleset({ZONE: [AZURE_DNS]}, SPOKE)), SPOKE, NAME)
    assert (path.outcome, path.view) == (PRIVATE, str(nid(HUB)))


def test_the_platforms_address_as_a_destination_of_the_outbound_network_itself_is_a_loop() -> None:
    """Rule processing, important 1: from the outbound network such a rule only leads back to itself."""
    estate = small_estate(the_hub(), resolver(HUB, VIP), ruleset({ZONE: [AZURE_DNS]}, HUB))
    assert outcome(estate, HUB) == Loop((f"Azure DNS in {HUB}",))


def test_a_zone_that_is_not_linked_to_the_endpoints_network_is_not_answered_by_it() -> None:
    """Rule processing, important 2: the inbound endpoint is no destination for zones not linked to its network."""
    estate = small_estate(the_hub(), the_spoke(), resolver(HUB, VIP), the_zone(), the_rules(SPOKE))
    path = solve(estate, SPOKE, NAME)
    assert (path.outcome, path.view) == (Public(), str(nid(HUB)))


# Design options: forwarding ruleset links


def test_a_link_enables_forwarding_in_a_network() -> None:
    """Forwarding ruleset links, 1: without the link nothing is forwarded, with it the rules are in force."""
    parts = [the_spoke(), the_rules()]
    assert outcome(estate_of(*parts)) == Public()
    assert outcome(estate_of(*parts, ruleset_link(RULESET, str(nid(SPOKE))))) == PRIVATE


def test_a_rule_to_an_inbound_endpoint_opens_every_zone_of_its_network() -> None:
    """Forwarding ruleset links, 2: zones linked to the endpoint's network are resolved by such a rule."""
    second = zone("second.example", {"A/x": ["10.10.0.51"]}, HUB)
    estate = estate_of(the_spoke(), second, the_rules(SPOKE, **{"second.example": [VIP]}))
    assert outcome(estate, name="x.second.example") == Addresses(("10.10.0.51",))


def test_the_endpoint_in_the_hub_carries_out_the_resolution() -> None:
    """Forwarding ruleset links, 4: the view is the hub's, whoever asked."""
    path = solve(estate_of(the_spoke(), the_rules(SPOKE)), SPOKE, NAME)
    assert (path.view, path.last.at.name) == (str(nid(HUB)), HUB)


def test_one_changed_rule_changes_every_linked_network() -> None:
    """Forwarding ruleset links, 6: one ruleset controls all the networks that are linked to it."""
    third = network("third", "10.12.0.0/16")
    before = estate_of(the_spoke(), third, the_rules(SPOKE, "third"), servers=(home(),), sites=(SITE,))
    (rule,) = before.of_type(ForwardingRule)
    old = before.documents[rule.id]
    new = edited(old, targetDnsServers=[{"ipAddress": ON_SITE, "port": 53}])
    after = before.with_changes(Change(id=rule.id, before=old, after=new))
    assert [outcome(before, view) for view in (SPOKE, "third")] == [PRIVATE, PRIVATE]
    assert [outcome(after, view) for view in (SPOKE, "third")] == [AT_HOME, AT_HOME]


def test_two_rulesets_of_one_network_end_defined_whatever_their_order() -> None:
    """Ruleset links, today: a network has one ruleset (limits page, 2025); two are read as one, longest rule first."""
    second = second_ruleset("second", "contoso.com", [ON_SITE], SPOKE)
    parts = [the_spoke(), the_rules(SPOKE), second]
    one = estate_of(*parts, servers=(home(),), sites=(SITE,))
    other = estate_of(*reversed(parts), servers=(home(),), sites=(SITE,))
    for estate in (one, other):
        assert (outcome(estate), outcome(estate, name="www.contoso.com")) == (PRIVATE, AT_HOME)


# Design options: inbound endpoints as custom DNS


def test_an_inbound_endpoint_is_the_custom_server_of_a_network() -> None:
    """Inbound endpoints as custom DNS, 1: a network may name it as its DNS server."""
    path = solve(estate_of(the_spoke(VIP)), SPOKE, NAME)
    assert [hop.rule for hop in path.hops[:2]] == [rules.NETWORK_SERVERS, rules.INBOUND_ENDPOINT]


def test_an_inbound_endpoint_replaces_a_server_of_ones_own() -> None:
    """Inbound endpoints as custom DNS, 2: it does what a server that forwards to Azure did."""
    own = server("10.10.0.9", {"": AZURE_DNS}, network=HUB)
    before = solve(estate_of(the_spoke("10.10.0.9"), servers=(own,)), SPOKE, NAME)
    after = solve(estate_of(the_spoke(VIP)), SPOKE, NAME)
    assert (before.outcome, before.view) == (after.outcome, after.view) == (PRIVATE, str(nid(HUB)))


def test_the_endpoints_network_must_be_linked_to_the_zone() -> None:
    """Inbound endpoints as custom DNS, 4: the link of the spoke does not help, that of the hub does."""
    parts = [the_hub(), the_spoke(VIP), resolver(HUB, VIP)]
    assert outcome(small_estate(*parts, the_zone(SPOKE))) == Public()
    assert outcome(small_estate(*parts, the_zone(HUB))) == PRIVATE


@pytest.mark.parametrize(("linked", "found"), [((HUB,), AT_HOME), ((), Public()), ((SPOKE,), Public())])
def test_a_ruleset_of_the_hub_processes_what_the_endpoint_gets(linked: tuple[str, ...], found: object) -> None:
    """Inbound endpoints as custom DNS, 5 and 6: a ruleset of the hub is optional, and then takes all questions."""
    parts = [the_spoke(VIP), ruleset({"corp": [ON_SITE]}, *linked)]
    assert outcome(estate_of(*parts, servers=(home(),), sites=(SITE,)), name="printer.corp") == found
