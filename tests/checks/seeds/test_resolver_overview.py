"""Resolver overview: what the overview of Azure DNS Private Resolver says of resolution, limits and restrictions.

Each test names the place (heading, number of the statement there) and what is said there in our words.
"""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import (
    Group,
    dns_resolver,
    forwarding_rule,
    forwarding_ruleset,
    inbound_endpoint,
    outbound_endpoint,
    outbound_endpoint_id,
    ruleset_link,
    virtual_network,
)
from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, NxDomain, Opaque, Public, Thing
from collectors.graph.documents import Reason
from collectors.graph.nodes import ForwardingRule, ForwardingRuleset, VirtualNetwork
from tests.checks.resolution.around import INBOUND, RULESET, network_firewall, resolver, ruleset
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    EVERYTHING,
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
from tests.checks.seeds.edits import (
    ON_SITE,
    SITE,
    SITE_NAME,
    at_site,
    edited,
    from_site,
    hub_with_subnet,
    of_kind,
    registered,
    resolver_in,
    second_ruleset,
    through_inbound,
    through_rule,
    without,
)
from tests.estates import AZURE_DNS, GROUP, gap, network, nid, server, small_estate, solve, zone

WEST = Group(subscription=GROUP.subscription, name=GROUP.name, region="westus")


def asked(estate: Any, name: str = PRIVATE, view: str = "spoke") -> Any:
    """The outcome for a network."""
    return solve(estate, view, name, chains=CHAIN).outcome


# What is Azure DNS Private Resolver?


def test_private_zones_are_asked_from_outside_without_a_server_of_ones_own_in_azure() -> None:
    """What is it, 1: clients outside Azure get the records of private zones, no server on a machine is needed."""
    servers = (at_site({"example.com": INBOUND}),)
    estate = small_estate(hub(), resolver(), private_zone("hub"), servers=servers, sites=(SITE,))
    assert from_site(estate, PRIVATE).outcome == ANSWER


def test_names_outside_azure_are_asked_from_networks_without_a_server_of_ones_own_in_azure() -> None:
    """What is it, 2: the other way round, networks get names of servers outside Azure."""
    rules_ = ruleset({"corp.example": [ON_SITE]}, "spoke")
    estate = small_estate(hub(), spoke(), resolver(), rules_, servers=(at_site({}),), sites=(SITE,))
    assert asked(estate, SITE_NAME) == Addresses(("192.168.2.2",))


# How does it work?


def test_a_resolver_without_a_network_answers_nothing_and_claims_nothing() -> None:
    """How does it work, 1: a resolver needs a virtual network; one without is still being made."""
    parts = resolver()
    parts[0] = edited(parts[0], virtualNetwork=None)
    path = solve(small_estate(hub(), spoke(INBOUND), parts, private_zone("hub")), "spoke", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.last.rule is rules.INBOUND_UNREAD


def test_an_inbound_endpoint_takes_questions() -> None:
    """How does it work, 2: questions are sent to the inbound endpoints of a resolver."""
    path = solve(through_inbound(hub(), resolver()), "spoke", PRIVATE)
    assert (path.outcome, path.hops[1].rule) == (ANSWER, rules.INBOUND_ENDPOINT)


def test_each_of_several_inbound_endpoints_takes_questions() -> None:
    """How does it work, 2: there are one or more of them, and all enter the same view."""
    second = inbound_endpoint(GROUP, "dnspr", "in-2", f"{nid('hub')}/subnets/default", "10.0.1.4")
    estate = small_estate(
        hub(),
        network("twin", "10.2.0.0/16", "10.0.1.4", peers={"hub": "10.0.0.0/16"}),
        private_zone("hub"),
        resolver(),
        second,
    )
    path = solve(estate, "twin", PRIVATE)
    assert (path.outcome, path.view, path.hops[1].at.name) == (ANSWER, str(nid("hub")), "in-2")


def test_the_outbound_endpoint_sends_questions_by_the_rules_of_its_ruleset() -> None:
    """How does it work, 3: the ruleset decides what leaves by the outbound endpoint."""
    estate = through_rule()
    assert asked(estate) == ANSWER
    assert asked(estate, "x.other.example") == Public()


def test_questions_of_linked_networks_go_to_other_servers() -> None:
    """How does it work, 4: what is asked in a linked network can reach servers other than Azure's."""
    other = server("10.0.0.4", {}, network="hub", records={PRIVATE: ("10.9.9.9",)})
    estate = small_estate(hub(), spoke(), resolver(), ruleset({ZONE: ["10.0.0.4"]}, "spoke"), servers=(other,))
    path = solve(estate, "spoke", PRIVATE)
    assert (path.outcome, path.last.decided_by) == (Addresses(("10.9.9.9",)), path.last.at)


def test_machines_need_no_settings_of_their_own() -> None:
    """How does it work, 5: a network without DNS settings uses the rules of its ruleset."""
    path = solve(through_rule(), "spoke", PRIVATE)
    assert [hop.rule for hop in path.hops[:2]] == [rules.AZURE_PROVIDED, rules.FORWARDING_RULE]


# The query process


def test_a_client_asks_the_servers_of_its_network() -> None:
    """How does it work, step 1: the question starts at a client in a network."""
    path = solve(through_inbound(hub(), resolver()), "spoke", PRIVATE)
    assert path.hops[0].at == path.hops[0].decided_by == Thing.of(nid("spoke"))


def test_custom_servers_of_the_network_get_the_question_and_its_own_zones_and_rules_do_not_count() -> None:
    """How does it work, step 2: with custom servers the question goes to their addresses and nowhere else."""
    linked = [zone("example.com", {"A/x": ["10.9.9.9"]}, "spoke"), ruleset({"": [INBOUND]}, "spoke")]
    estate = small_estate(
        hub(), spoke("10.0.0.4"), resolver(), private_zone("hub"), *linked, servers=(bind({"": PUBLIC_RESOLVER}),)
    )
    path = solve(estate, "spoke", NAME)
    assert (path.outcome, path.view) == (Public(), f"server:10.0.0.4@{nid('hub')}")


def test_with_azures_own_servers_the_linked_zones_are_consulted() -> None:
    """How does it work, step 3: Azure-provided DNS looks into the zones that are linked to the network."""
    estate = small_estate(spoke(), private_zone("spoke"))
    assert decided(solve(estate, "spoke", PRIVATE)) == (ANSWER, rules.ZONE_ANSWERS, "x")


def test_linked_zones_come_before_linked_rulesets() -> None:
    """How does it work, step 3: zones are consulted first, whatever the rules say of the same name."""
    estate = small_estate(hub(), spoke(), resolver(), private_zone("spoke"), ruleset({ZONE: [ON_SITE]}, "spoke"))
    assert asked(estate) == ANSWER


def test_a_name_without_a_linked_zone_is_looked_for_in_the_linked_ruleset() -> None:
    """How does it work, step 4: rulesets are consulted when no linked zone covers the name."""
    estate = through_rule(zone("other.example", {}, "spoke"))
    assert asked(estate) == ANSWER


def test_a_linked_zone_that_lacks_the_name_ends_the_question_before_the_rules() -> None:
    """How does it work, step 4: a zone that covers a name matches it even where it lacks the record."""
    parts = [hub(), spoke(), resolver(), private_zone("spoke", name="y"), private_zone()]
    assert asked(small_estate(*parts[:-1], ruleset({ZONE: [INBOUND]}, "spoke"))) == NxDomain()


def test_without_a_ruleset_azure_resolves_the_name() -> None:
    """How does it work, step 5: no ruleset is linked, so Azure DNS answers by itself."""
    assert decided(solve(small_estate(spoke()), "spoke", NAME)) == (Public(), rules.NO_ZONE, "")


def test_the_rules_of_a_linked_ruleset_are_evaluated() -> None:
    """How does it work, step 6: a link brings the rules into play, without it they do nothing."""
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]}, "hub"))
    assert asked(estate) == Public()
    assert asked(through_rule()) == ANSWER


@pytest.mark.parametrize(
    ("domain", "matches"),
    [(PRIVATE, True), (ZONE, True), ("com", True), ("", True), ("link.example.com", False), (f"y.{ZONE}", False)],
)
def test_a_rule_matches_by_whole_labels_from_the_end(domain: str, matches: bool) -> None:
    """How does it work, step 7: a rule matches when its domain is a suffix of the name."""
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), ruleset({domain: [INBOUND]}, "spoke"))
    assert asked(estate) == (ANSWER if matches else Public())


def test_a_match_forwards_to_the_address_of_the_rule() -> None:
    """How does it work, step 7: the question is sent to the target that the rule names."""
    path = solve(through_rule(), "spoke", PRIVATE)
    assert path.hops[2].at.name == "in"
    assert f"({INBOUND})" in path.hops[1].text


def test_the_longest_of_several_matches_is_used() -> None:
    """How does it work, step 8: of several matching rules the one with the longest suffix counts."""
    nobody = {domain: [ON_SITE] for domain in ("", "com", "example.com")}
    assert asked(through_rule(**nobody)) == ANSWER


def test_without_a_match_azure_resolves_the_name() -> None:
    """How does it work, step 9: nothing is forwarded and Azure DNS answers by itself."""
    path = solve(through_rule(), "spoke", "www.other.example")
    assert (path.outcome, path.last.rule, path.view) == (Public(), rules.NO_ZONE, str(nid("spoke")))


def test_what_nobody_declared_outside_azure_is_unknown_not_absent() -> None:
    """How does it work, 6: reaching servers outside Azure takes a private line or a VPN, which ARM does not prove."""
    estate = small_estate(hub(), spoke(), resolver(), ruleset({ZONE: [ON_SITE]}, "spoke"), sites=(SITE,))
    assert isinstance(asked(estate), Opaque)


# Inbound endpoints


def test_an_inbound_endpoint_is_found_by_its_address_in_its_networks_space() -> None:
    """Inbound endpoints, 1: its address belongs to the space of the network it stands in."""
    twin = network("twin", "10.0.0.0/16", INBOUND)
    path = solve(small_estate(hub(), twin, resolver(), private_zone("hub")), "twin", PRIVATE)
    assert isinstance(path.outcome, Opaque), "the same address in an unconnected network is another server"


def test_an_inbound_endpoint_whose_address_lies_outside_its_network_is_no_answer() -> None:
    """Inbound endpoints, 1: an address outside the network's space cannot be an inbound endpoint."""
    estate = small_estate(hub(), spoke("10.99.0.4"), resolver(address="10.99.0.4"), private_zone("hub"))
    assert isinstance(asked(estate), Opaque)


def test_a_conditional_forwarder_to_the_inbound_endpoint_resolves_the_zone() -> None:
    """Inbound endpoints, 2: outside Azure a conditional forwarder names the address of the inbound endpoint."""
    parts = [hub(), resolver(), private_zone("hub")]
    forwards = small_estate(*parts, servers=(at_site({ZONE: INBOUND}),), sites=(SITE,))
    does_not = small_estate(*parts, servers=(at_site({}),), sites=(SITE,))
    assert from_site(forwards, PRIVATE).outcome == ANSWER
    assert from_site(does_not, PRIVATE).outcome == Public()


def test_the_platforms_address_is_no_way_in_from_outside() -> None:
    """Inbound endpoints, 2: what a forwarder outside names is the endpoint, never the platform's own address."""
    estate = small_estate(hub(), private_zone("hub"), servers=(at_site({ZONE: AZURE_DNS}),), sites=(SITE,))
    assert isinstance(from_site(estate, PRIVATE).outcome, DeadEnd)


def test_a_forwarder_to_an_endpoint_in_a_network_that_was_not_read_is_unread() -> None:
    """Inbound endpoints, 3: the forwarder needs a way into the network; one that was not read proves nothing."""
    hidden = gap("virtual-network", EVERYTHING)
    servers = (at_site({ZONE: INBOUND}),)
    estate = small_estate(resolver(), private_zone("hub"), gaps=[hidden], servers=servers, sites=(SITE,))
    assert isinstance(from_site(estate, PRIVATE).outcome, Opaque)


def test_an_inbound_endpoint_without_its_subnet_is_found_by_its_resolver() -> None:
    """Inbound endpoints, 4: it stands in a subnet of the network; a body that leaves it out loses nothing."""
    parts = resolver()
    parts[1] = edited(parts[1], ipConfigurations=[{"privateIpAddress": INBOUND}])
    assert asked(through_inbound(hub(), parts)) == ANSWER


def test_questions_to_an_inbound_endpoint_enter_azure_dns() -> None:
    """Inbound endpoints, 6: what it is asked enters Azure, in the view of the resolver's network."""
    path = solve(through_inbound(hub(), resolver()), "spoke", PRIVATE)
    assert (path.view, path.last.at) == (str(nid("hub")), Thing.of(nid("hub")))


def test_records_of_machines_that_registered_themselves_answer_through_an_inbound_endpoint() -> None:
    """Inbound endpoints, 7: names of machines with auto-registration resolve."""
    own = zone("vms.example", {}, "hub")
    estate = small_estate(hub(), spoke(INBOUND), resolver(), own, registered("vms.example", "vm-1", "10.0.0.20"))
    assert asked(estate, "vm-1.vms.example") == Addresses(("10.0.0.20",))


def test_private_link_names_answer_through_an_inbound_endpoint() -> None:
    """Inbound endpoints, 7: names of services behind private endpoints resolve."""
    path = solve(through_inbound(hub(), resolver()), "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.chain) == (ANSWER, (PRIVATE,))


@pytest.mark.parametrize("method", ["Static", "Dynamic"])
def test_static_and_dynamic_addresses_of_inbound_endpoints_answer_alike(method: str) -> None:
    """Inbound endpoints, 8: the address is chosen or given."""
    parts = resolver()
    subnet = {"id": f"{nid('hub')}/subnets/default"}
    chosen = {"subnet": subnet, "privateIpAddress": INBOUND, "privateIpAllocationMethod": method}
    parts[1] = edited(parts[1], ipConfigurations=[chosen])
    assert asked(through_inbound(hub(), parts)) == ANSWER


def test_an_inbound_endpoint_without_an_address_yet_takes_no_questions() -> None:
    """Inbound endpoints, 8: a dynamic address is only known when it was given."""
    parts = resolver()
    parts[1] = edited(parts[1], ipConfigurations=[{"subnet": {"id": f"{nid('hub')}/subnets/default"}}])
    assert isinstance(asked(through_inbound(hub(), parts)), Opaque)


# Outbound endpoints


@pytest.mark.parametrize(
    ("target", "outcome"),
    [(ON_SITE, Addresses(("192.168.2.2",))), ("203.0.113.53", Public())],
    ids=["on-premises", "external"],
)
def test_questions_leave_azure_for_servers_of_any_kind(target: str, outcome: object) -> None:
    """Outbound endpoints, 1: targets stand on premises, at other providers or on the internet."""
    parts = [hub(), spoke(), resolver(), ruleset({"corp.example": [target]}, "spoke")]
    assert asked(small_estate(*parts, servers=(at_site({}),), sites=(SITE,)), SITE_NAME) == outcome


def test_what_leaves_by_the_outbound_endpoint_is_no_longer_resolved_in_the_askers_view() -> None:
    """Outbound endpoints, 3: the question egresses; zones of the asker's network count no more."""
    parts = [hub(), spoke(), resolver(), private_zone("spoke"), ruleset({"example.com": [PUBLIC_RESOLVER]}, "spoke")]
    path = solve(small_estate(*parts), "spoke", NAME, chains=CHAIN)
    assert (path.outcome, path.last.rule) == (Public(), rules.PUBLIC_RESOLVER)


def test_networks_resolve_by_the_outbound_endpoint_of_the_ruleset_they_are_linked_to() -> None:
    """Outbound endpoints, 4: links tie networks to an outbound endpoint by way of one ruleset."""
    beside = second_ruleset("other", ZONE, [ON_SITE], "twin")
    estate = through_rule(beside, network("twin", "10.2.0.0/16"))
    assert asked(estate) == ANSWER
    assert isinstance(asked(estate, view="twin"), Opaque)


# DNS forwarding rulesets, DNS forwarding rules


def test_one_ruleset_serves_several_networks() -> None:
    """DNS forwarding rulesets, 2: a ruleset is linked to one network or to several."""
    parts = [hub(), spoke(), network("twin", "10.2.0.0/16"), resolver(), private_zone("hub")]
    estate = small_estate(*parts, ruleset({ZONE: [INBOUND]}, "spoke", "twin"))
    assert asked(estate) == asked(estate, view="twin") == ANSWER


def test_a_ruleset_may_use_several_outbound_endpoints() -> None:
    """DNS forwarding rulesets, 2: a ruleset is applied to one outbound endpoint or to several."""
    out = [outbound_endpoint_id(GROUP, "dnspr", name) for name in ("out", "out-2")]
    second = outbound_endpoint(GROUP, "dnspr", "out-2", f"{nid('hub')}/subnets/default")
    estate = through_rule(second, forwarding_ruleset(GROUP, "rules", out))
    assert asked(estate) == ANSWER


def test_a_ruleset_whose_outbound_endpoint_does_not_exist_is_not_followed_blindly() -> None:
    """DNS forwarding rulesets, 3: rulesets belong to an outbound endpoint; without it a target's place is unknown."""
    missing = gap("outbound-endpoint", EVERYTHING, Reason.NOT_FOUND)
    parts = without(resolver(), "outbound-endpoint", "dns-resolver", "inbound-endpoint")
    estate = small_estate(hub(), spoke(), parts, ruleset({ZONE: [INBOUND]}, "spoke"), gaps=[missing])
    assert isinstance(asked(estate), Opaque)


def test_a_rule_has_one_target_or_several() -> None:
    """DNS forwarding rules, 1: the next target counts where one cannot answer at all."""
    parts = [hub(), spoke(), resolver(), private_zone("hub"), network_firewall(proxy=False)]
    estate = small_estate(*parts, ruleset({ZONE: ["10.0.0.68", INBOUND]}, "spoke"))
    assert asked(estate) == ANSWER


def test_the_domain_of_a_rule_is_read_without_its_final_dot_and_without_case() -> None:
    """DNS forwarding rules, 2: a rule has a domain name."""
    rule = forwarding_rule(RULESET, "shouting", ZONE.upper(), [INBOUND])
    estate = small_estate(hub(), spoke(), resolver(), private_zone("hub"), ruleset({}, "spoke"), rule)
    assert asked(estate) == ANSWER


@pytest.mark.parametrize("port", [53, 5353])
def test_the_port_of_a_target_does_not_hide_what_stands_at_its_address(port: int) -> None:
    """DNS forwarding rules, 3 and 4: a rule has a target address and a port."""
    estate = small_estate(
        hub(),
        spoke(),
        private_zone("hub"),
        resolver(),
        ruleset({ZONE: [f"10.0.0.4:{port}"]}, "spoke"),
        servers=(bind(),),
    )
    assert asked(estate) == ANSWER


# Limits, each with an estate that is beyond it: what it holds is resolved all the same, for Azure let it exist


def test_more_resolvers_than_a_subscription_may_have_are_all_believed() -> None:
    """Limits, 1: 15 resolvers a subscription."""
    more = [dns_resolver(GROUP, f"dnspr-{n}", str(nid("hub"))) for n in range(16)]
    assert asked(through_inbound(hub(), resolver(), more)) == ANSWER


def test_more_inbound_endpoints_than_a_resolver_may_have_are_all_believed() -> None:
    """Limits, 2: five inbound endpoints a resolver."""
    subnet = f"{nid('hub')}/subnets/default"
    more = [inbound_endpoint(GROUP, "dnspr", f"in-{n}", subnet, f"10.0.2.{n + 4}") for n in range(6)]
    estate = small_estate(hub(), spoke("10.0.2.9"), private_zone("hub"), resolver(), more)
    assert asked(estate) == ANSWER


def test_more_outbound_endpoints_than_a_resolver_may_have_are_all_believed() -> None:
    """Limits, 3: five outbound endpoints a resolver."""
    more = [outbound_endpoint(GROUP, "dnspr", f"out-{n}", f"{nid('hub')}/subnets/default") for n in range(6)]
    assert asked(through_rule(more)) == ANSWER


def test_a_rule_beyond_the_thousandth_counts() -> None:
    """Limits, 4 and Ruleset restrictions, 1: a thousand rules a ruleset."""
    many = [forwarding_rule(RULESET, f"rule-{n}", f"n{n}.example", [ON_SITE]) for n in range(1001)]
    estate = through_rule(many)
    assert len([rule for rule in estate.of_type(ForwardingRule) if rule.ruleset.name == "rules"]) == 1002
    assert asked(estate) == ANSWER
    assert isinstance(asked(estate, "x.n1000.example"), Opaque)


def test_a_link_beyond_the_five_hundredth_counts() -> None:
    """Limits, 5: five hundred links a ruleset."""
    names = [f"net-{n:03}" for n in range(501)]
    networks = [network(name, f"10.{100 + n // 256}.{n % 256}.0/24") for n, name in enumerate(names)]
    estate = through_rule(networks, [ruleset_link(RULESET, str(nid(name))) for name in names])
    assert {asked(estate, view=name) for name in (names[0], names[-1])} == {ANSWER}


def test_more_outbound_endpoints_than_a_ruleset_may_use_are_all_believed() -> None:
    """Limits, 6: two outbound endpoints a ruleset."""
    names = ["out", *(f"out-{n}" for n in range(3))]
    more = [outbound_endpoint(GROUP, "dnspr", name, f"{nid('hub')}/subnets/default") for name in names[1:]]
    own = forwarding_ruleset(GROUP, "rules", [outbound_endpoint_id(GROUP, "dnspr", name) for name in names])
    estate = through_rule(more, own)
    (node,) = estate.of_type(ForwardingRuleset)
    assert len(node.outbound_endpoints) == 4
    assert asked(estate) == ANSWER


def test_more_rulesets_than_an_outbound_endpoint_may_have_are_all_believed() -> None:
    """Limits, 7: two rulesets an outbound endpoint."""
    more = [second_ruleset(f"more-{n}", f"n{n}.example", [ON_SITE]) for n in range(3)]
    assert asked(through_rule(*more)) == ANSWER


def test_a_seventh_target_counts_when_the_six_before_it_cannot_answer() -> None:
    """Limits, 8: six targets a rule."""
    parts = [hub(), spoke(), resolver(), private_zone("hub"), network_firewall(proxy=False)]
    targets = ["10.0.0.68"] * 6 + [INBOUND]
    assert asked(small_estate(*parts, ruleset({ZONE: targets}, "spoke"))) == ANSWER


# Virtual network restrictions


def test_a_resolver_in_an_encrypted_network_is_resolved_as_it_stands() -> None:
    """Virtual network restrictions, 1: networks with encryption do not support resolvers; the flag is kept."""
    encrypted = edited(hub(), encryption={"enabled": True, "enforcement": "AllowUnencrypted"})
    estate = through_inbound(encrypted, resolver())
    assert next(n for n in estate.of_type(VirtualNetwork) if n.id == nid("hub")).encrypted
    assert asked(estate) == ANSWER


def test_a_resolver_of_another_region_than_its_network_is_resolved_as_it_stands() -> None:
    """Virtual network restrictions, 2: resolver and network are in one region."""
    assert asked(through_inbound(resolver_in(hub_with_subnet("10.0.0.0/24"), "snet", region="westus"))) == ANSWER


def test_two_resolvers_in_one_network_both_give_its_view() -> None:
    """Virtual network restrictions, 3: a network belongs to one resolver only."""
    second = resolver(address="10.0.0.40", name="second")
    parts = [
        hub(),
        network("twin", "10.2.0.0/16", "10.0.0.40", peers={"hub": "10.0.0.0/16"}),
        private_zone("hub"),
        resolver(),
        second,
    ]
    path = solve(small_estate(*parts), "twin", PRIVATE)
    assert (path.outcome, path.view) == (ANSWER, str(nid("hub")))


# Subnet restrictions


@pytest.mark.parametrize("prefix", ["10.0.0.32/29", "10.0.0.32/28", "10.0.0.0/24", "10.0.0.0/23"])
def test_the_size_of_the_subnet_changes_no_answer(prefix: str) -> None:
    """Subnet restrictions, 1: between /28 and /24; sizes beyond are resolved as they stand."""
    assert asked(through_inbound(resolver_in(hub_with_subnet(prefix), "snet"))) == ANSWER


def test_endpoints_that_share_a_subnet_are_told_apart_by_their_addresses() -> None:
    """Subnet restrictions, 2: a subnet serves one endpoint only."""
    second = inbound_endpoint(GROUP, "dnspr", "in-2", f"{nid('hub')}/subnets/snet", "10.0.0.37")
    estate = small_estate(
        resolver_in(hub_with_subnet("10.0.0.0/24"), "snet"), second, spoke("10.0.0.37"), private_zone("hub")
    )
    assert solve(estate, "spoke", PRIVATE).hops[1].at.name == "in-2"
    assert asked(estate) == ANSWER


def test_configurations_of_an_inbound_endpoint_in_several_subnets_are_all_found() -> None:
    """Subnet restrictions, 3: the configurations of one endpoint share a subnet."""
    parts = resolver()
    places = [("a", INBOUND), ("b", "10.0.1.36")]
    shown = [{"subnet": {"id": f"{nid('hub')}/subnets/{s}"}, "privateIpAddress": address} for s, address in places]
    parts[1] = edited(parts[1], ipConfigurations=shown)
    space = virtual_network(GROUP, "hub", "10.0.0.0/16", subnets={"a": "10.0.0.0/24", "b": "10.0.1.0/24"})
    estate = small_estate(space, spoke("10.0.1.36"), private_zone("hub"), parts)
    assert asked(estate) == ANSWER


def test_the_view_of_an_inbound_endpoint_is_its_resolvers_network() -> None:
    """Subnet restrictions, 4: its subnet lies in the network of its resolver; the resolver decides about the view."""
    parts = resolver()
    moved = edited(parts[0], virtualNetwork={"id": str(nid("spoke"))})
    path = solve(through_inbound(hub(), moved, parts[1:]), "spoke", PRIVATE)
    assert (path.outcome, path.view) == (Public(), str(nid("spoke")))


@pytest.mark.parametrize("delegated", [True, False])
def test_the_delegation_of_the_subnet_changes_no_answer_of_an_endpoint_that_was_read(delegated: bool) -> None:
    """Subnet restrictions, 5: the subnet is delegated to resolvers and holds nothing else."""
    own = ("snet",) if delegated else ()
    space = virtual_network(GROUP, "hub", "10.0.0.0/16", subnets={"snet": "10.0.0.0/24"}, resolver_subnets=own)
    assert asked(through_inbound(resolver_in(space, "snet"))) == ANSWER


@pytest.mark.parametrize("delegated", [True, False])
def test_only_in_a_delegated_subnet_an_unread_endpoint_may_stand(delegated: bool) -> None:
    """Subnet restrictions, 5: where nothing else may stand, and where no endpoint may, decides what a gap hides."""
    own = ("snet",) if delegated else ()
    space = virtual_network(GROUP, "hub", "10.0.0.0/16", subnets={"snet": "10.0.0.0/24"}, resolver_subnets=own)
    hidden = gap("inbound-endpoint", EVERYTHING)
    outcome = asked(small_estate(space, spoke(INBOUND), private_zone("hub"), gaps=[hidden]))
    assert isinstance(outcome, Opaque)
    assert outcome.gaps == ((hidden,) if delegated else ())


# Outbound endpoint, ruleset and other restrictions


def test_a_ruleset_left_without_its_outbound_endpoint_still_catches_names() -> None:
    """Outbound endpoint restrictions, 1: an outbound endpoint goes only after its rulesets and their links."""
    parts = without(resolver(), "outbound-endpoint")
    estate = small_estate(hub(), spoke(), parts, private_zone("hub"), ruleset({ZONE: [INBOUND]}, "spoke"))
    path = solve(estate, "spoke", PRIVATE)
    assert path.hops[1].rule is rules.FORWARDING_RULE


def test_a_subnet_with_addresses_of_version_6_is_resolved_as_it_stands() -> None:
    """Other restrictions, 1: subnets with IPv6 are not supported."""
    both = hub_with_subnet("10.0.0.0/24")
    (subnet,) = both.body["properties"]["subnets"]
    subnet["properties"] |= {"addressPrefix": None, "addressPrefixes": ["10.0.0.0/24", "fd00:0:0:1::/64"]}
    both.body["properties"]["addressSpace"] = {"addressPrefixes": ["10.0.0.0/16", "fd00::/48"]}
    assert asked(through_inbound(resolver_in(both, "snet"))) == ANSWER


def test_an_inbound_endpoint_that_could_not_be_made_is_no_server() -> None:
    """Other restrictions, 3: with Lighthouse an inbound endpoint may fail to be made, and then has no address."""
    parts = resolver()
    parts[1] = edited(parts[1], ipConfigurations=[], provisioningState="Failed")
    path = solve(through_inbound(hub(), parts), "spoke", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert of_kind(parts, "inbound-endpoint").id.name not in [hop.at.name for hop in path.hops]
