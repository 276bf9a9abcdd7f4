"""Inbound endpoints, rulesets, security policies and firewalls: what applies where, and what may be unseen."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Firewall, InboundEndpoint
from collectors.graph.relations.firewalls import FirewallDns
from tests.collectors.arm.reading import GROUP, NETWORK, SUBSCRIPTION, document, estate
from tests.collectors.graph.test_connections import connected, hub, net, wan

RESOLVER = f"{NETWORK}/dnsResolvers/resolver"
RULESET = f"{NETWORK}/dnsForwardingRulesets/ruleset"
POLICY = f"{NETWORK}/dnsResolverPolicies/policy"
FIREWALL = f"{NETWORK}/azureFirewalls/fw"
HUB = f"{NETWORK}/virtualHubs/one"
ELSEWHERE = "/subscriptions/elsewhere"


def gap(kind: str, scope: str = SUBSCRIPTION, reason: Reason = Reason.FORBIDDEN) -> Gap:
    return Gap(kind=kind, scope=scope, reason=reason, detail="the test hides it")


def network(name: str, **subnets: tuple[str, str]) -> Document:
    """A network; subnets are given as prefix and delegation."""
    held = [
        {
            "id": f"{net(name)}/subnets/{subnet}",
            "properties": {
                "addressPrefix": prefix,
                "delegations": [{"properties": {"serviceName": service}}] if service else [],
            },
        }
        for subnet, (prefix, service) in subnets.items()
    ]
    properties = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": held}
    return document("virtual-network", net(name).text, properties, location="westeurope")


def inbound(address: str, subnet: str = "", resolver: str = RESOLVER, name: str = "in") -> Document:
    held: dict[str, Any] = {"privateIpAddress": address, "privateIpAllocationMethod": "Static"}
    if subnet:
        held["subnet"] = {"id": subnet}
    return document("inbound-endpoint", f"{resolver}/inboundEndpoints/{name}", {"ipConfigurations": [held]})


def resolver(name: str) -> Document:
    return document("dns-resolver", RESOLVER, {"virtualNetwork": {"id": net(name).text}})


def link(kind: str, whole: str, name: str) -> Document:
    return document(kind, f"{whole}/virtualNetworkLinks/{name}", {"virtualNetwork": {"id": net(name).text}})


def rule(name: str, domain: str, state: str = "Enabled", ruleset: str = RULESET) -> Document:
    properties = {"domainName": domain, "forwardingRuleState": state, "targetDnsServers": [{"ipAddress": "10.0.0.4"}]}
    return document("forwarding-rule", f"{ruleset}/forwardingRules/{name}", properties)


def security_rule(name: str, priority: int, state: str = "Enabled") -> Document:
    properties = {"priority": priority, "action": {"actionType": "Block"}, "dnsSecurityRuleState": state}
    return document("security-rule", f"{POLICY}/dnsSecurityRules/{name}", properties)


# Inbound endpoints


@pytest.mark.parametrize("subnet", [f"{net('a')}/subnets/in", ""])
def test_an_inbound_endpoint_is_found_in_its_network_only(subnet: str) -> None:
    """Its subnet tells the network, else its resolver does."""
    found = estate(network("a"), network("b"), resolver("a"), inbound("10.0.0.4", subnet))
    endpoint = found.inbound_at("10.0.0.4", net("a"))
    assert endpoint is not None
    assert found.inbound_at("10.0.0.4", net("b")) is None
    assert found.inbound_at("10.0.0.5", net("a")) is None
    held = found.resolver_of(endpoint)
    assert held is not None
    assert held.network == net("a")


def test_an_inbound_endpoint_without_a_resolver_or_a_subnet_is_nowhere() -> None:
    found = estate(network("a"), inbound("10.0.0.4"))
    (endpoint,) = found.of_type(InboundEndpoint)
    assert found.inbound_at("10.0.0.4", net("a")) is None
    assert found.resolver_of(endpoint) is None


DELEGATED = network("a", ins=("10.0.4.0/28", "Microsoft.Network/dnsResolvers"), other=("10.0.5.0/24", ""))


@pytest.mark.parametrize(
    "hidden",
    [
        gap("dns-resolver"),
        gap("dns-resolver", ELSEWHERE),
        gap("inbound-endpoint", RESOLVER),
        gap("subscription", "/", Reason.HIDDEN),
    ],
)
def test_a_gap_may_hide_an_inbound_endpoint_in_a_subnet_that_is_delegated_to_resolvers(hidden: Gap) -> None:
    found = estate(DELEGATED, gaps=(hidden,))
    assert found.inbound_unseen("10.0.4.4", net("a")) == (hidden,)
    assert found.inbound_unseen("10.0.5.4", net("a")) == ()
    assert found.inbound_unseen("10.0.5.4", net("unread")) == (hidden,)


def test_the_endpoints_of_another_networks_resolver_are_not_missed_here() -> None:
    hidden = gap("inbound-endpoint", RESOLVER)
    found = estate(DELEGATED, network("b"), resolver("b"), gaps=(hidden,))
    assert found.inbound_unseen("10.0.4.4", net("a")) == ()
    assert estate(DELEGATED, resolver("a"), gaps=(hidden,)).inbound_unseen("10.0.4.4", net("a")) == (hidden,)


# Rulesets


def ruleset(location: str = "westeurope", *outbound: str) -> Document:
    ends = {"dnsResolverOutboundEndpoints": [{"id": id} for id in outbound]}
    return document("forwarding-ruleset", RULESET, ends, location=location)


def test_the_enabled_rules_of_a_linked_ruleset_apply_by_domain() -> None:
    rules = (rule("r1", "Contoso.com."), rule("r2", "."), rule("r3", "off.com.", "Disabled"))
    others = rule("r4", "x.", ruleset=RULESET + "2")
    found = estate(ruleset(), link("ruleset-link", RULESET, "a"), *rules, others)
    assert {domain: rule.id.name for domain, rule in found.rules_for(net("a")).items()} == {
        "contoso.com": "r1",
        "": "r2",
    }
    assert found.rules_for(net("a")) is found.rules_for(net("a"))
    assert found.rules_for(net("b")) == {}
    assert [rule.id.name for rule in found.rules_of(ArmId(RULESET))] == ["r1", "r2", "r3"]
    assert [link.ruleset for link in found.ruleset_links_of(net("a"))] == [ArmId(RULESET)]


def linked(*gaps: Gap) -> Estate:
    return estate(network("a"), ruleset(), link("ruleset-link", RULESET, "a"), gaps=gaps)


@pytest.mark.parametrize(
    "hidden",
    [
        gap("forwarding-rule", RULESET),
        gap("forwarding-rule", f"{RULESET.upper()}/forwardingRules/r1", Reason.MALFORMED),
        gap("forwarding-rule", RULESET, Reason.NOT_ASKED),
        gap("forwarding-rule", SUBSCRIPTION, Reason.FORBIDDEN),
    ],
)
def test_rules_of_a_linked_ruleset_may_be_unseen(hidden: Gap) -> None:
    assert linked(hidden).rules_unseen(net("a")) == (hidden,)
    assert linked(hidden).rules_unseen(net("b")) == ()


@pytest.mark.parametrize(
    "hidden",
    [
        gap("forwarding-rule", RULESET + "2"),
        gap("ruleset-link", RULESET + "2"),
        gap("forwarding-ruleset", ELSEWHERE),
        gap("forwarding-ruleset", SUBSCRIPTION),
        gap("forwarding-rule", SUBSCRIPTION, Reason.HIDDEN),
        gap("subscription", "/"),
    ],
)
def test_azure_links_one_ruleset_to_a_network_so_no_other_is_missed(hidden: Gap) -> None:
    assert linked(hidden).rules_unseen(net("a")) == linked(hidden).rulesets_unseen(net("a")) == ()


def test_a_ruleset_that_is_linked_and_was_not_read_is_missed() -> None:
    hidden = gap("forwarding-ruleset", RULESET, Reason.MALFORMED)
    found = estate(network("a"), link("ruleset-link", RULESET, "a"), gaps=(hidden,))
    assert found.rules_unseen(net("a")) == (hidden,)


@pytest.mark.parametrize(
    ("hidden", "near"),
    [
        (gap("ruleset-link", RULESET), True),
        (gap("ruleset-link", f"{RULESET}/virtualNetworkLinks/l", Reason.MALFORMED), True),
        (gap("forwarding-ruleset", SUBSCRIPTION), True),
        (gap("forwarding-ruleset", SUBSCRIPTION, Reason.HIDDEN), False),
        (gap("forwarding-ruleset", SUBSCRIPTION, Reason.NOT_ASKED), False),
        (gap("forwarding-ruleset", ELSEWHERE), False),
        (gap("subscription", "/", Reason.HIDDEN), False),
    ],
)
def test_a_network_without_a_ruleset_may_have_one_that_was_not_seen(hidden: Gap, near: bool) -> None:
    """Gaps far away only count where nothing else covers a name."""
    found = estate(network("a"), ruleset(), gaps=(hidden,))
    assert found.rules_unseen(net("a")) == ((hidden,) if near else ())
    assert found.rulesets_unseen(net("a")) == (hidden,)


def test_a_ruleset_of_another_region_is_linked_to_no_network_here() -> None:
    hidden = gap("ruleset-link", RULESET)
    found = estate(network("a"), ruleset("northeurope"), gaps=(hidden,))
    assert found.rules_unseen(net("a")) == found.rulesets_unseen(net("a")) == ()


def test_gaps_about_other_kinds_hide_no_rules() -> None:
    assert estate(network("a"), gaps=(gap("private-dns-zone"),)).rules_unseen(net("a")) == ()


OUTBOUND = f"{RESOLVER}/outboundEndpoints/out"


def test_where_forwarded_questions_leave_from_may_be_unseen() -> None:
    hidden = (gap("dns-resolver"), gap("outbound-endpoint", RESOLVER), gap("outbound-endpoint", ELSEWHERE))
    found = estate(ruleset("westeurope", OUTBOUND), gaps=hidden)
    assert set(hidden) & set(found.outbound_unseen(ArmId(RULESET))) == set(hidden[:2])
    unread = gap("forwarding-ruleset")
    assert estate(gaps=(unread,)).outbound_unseen(ArmId(RULESET)) == (unread,)


# Security policies


def policy(location: str = "westeurope") -> Document:
    return document("security-policy", POLICY, {}, location=location)


def test_the_enabled_rules_of_a_policy_apply_by_priority() -> None:
    found = estate(
        policy(), link("security-policy-link", POLICY, "a"),
        security_rule("z", 100), security_rule("a", 300), security_rule("off", 1, "Disabled"),
    )  # fmt: skip
    assert [[rule.id.name for rule in rules] for rules in found.security_rules_for(net("a"))] == [["z", "a"]]
    assert [rule.id.name for rule in found.security_rules_of(ArmId(POLICY))] == ["off", "z", "a"]
    assert [link.policy for link in found.policy_links_of(net("a"))] == [ArmId(POLICY)]
    assert found.security_rules_for(net("b")) == ()


@pytest.mark.parametrize(
    ("hidden", "missed"),
    [
        (gap("security-policy-link", POLICY), True),
        (gap("security-policy", SUBSCRIPTION, Reason.TIMED_OUT), True),
        (gap("security-policy", SUBSCRIPTION, Reason.HIDDEN), False),
        (gap("security-policy", ELSEWHERE), False),
        (gap("security-rule", POLICY), False),
    ],
)
def test_a_policy_may_be_unseen_near_a_network(hidden: Gap, missed: bool) -> None:
    found = estate(network("a"), policy(), gaps=(hidden,))
    assert found.policies_unseen(net("a")) == ((hidden,) if missed else ())


def test_the_rules_of_a_linked_policy_may_be_unseen() -> None:
    hidden, other = gap("security-rule", POLICY, Reason.THROTTLED), gap("security-policy")
    found = estate(network("a"), policy(), link("security-policy-link", POLICY, "a"), gaps=(hidden, other))
    assert found.policies_unseen(net("a")) == (hidden,)


# Firewalls


def firewall(**properties: Any) -> Document:
    return document("firewall", FIREWALL, properties)


def in_network(name: str, address: str = "10.0.1.4") -> dict[str, Any]:
    subnet = {"id": f"{net(name)}/subnets/AzureFirewallSubnet"}
    return {"ipConfigurations": [{"properties": {"privateIPAddress": address, "subnet": subnet}}]}


def test_a_firewall_is_found_in_its_network() -> None:
    found = estate(network("a"), firewall(**in_network("a")))
    assert found.firewall_at("10.0.1.4", net("a")) is not None
    assert found.firewall_at("10.0.1.4", net("b")) is None


@pytest.mark.parametrize("side", ["firewall", "hub"])
def test_a_firewall_is_found_in_its_hub_from_either_side(side: str) -> None:
    place = {"virtualHub": {"id": HUB}} if side == "firewall" else {}
    hub_document = document(
        "virtual-hub",
        HUB,
        {"azureFirewall": {"id": FIREWALL}, "addressPrefix": "10.9.0.0/23", "virtualWan": {"id": "/w"}},
    )
    found = estate(hub_document, firewall(hubIPAddresses={"privateIPAddress": "10.9.0.132"}, **place))
    assert found.firewall_at("10.9.0.132", ArmId(HUB)) is not None


def test_an_address_of_a_hub_is_located_from_the_networks_that_it_connects() -> None:
    wans = (wan(), hub("one"), hub("two"), connected("one", "a"))
    found = estate(*wans[:2], network("a"), network("b"), wans[3])
    assert found.hubs_of(net("a")) == {ArmId(HUB)}
    assert found.hubs_of(net("b")) == frozenset()
    assert found.locate_hub("10.9.0.132", net("a")) == found.locate_hub("10.9.0.132", None) == ArmId(HUB)
    assert found.locate_hub("10.8.0.4", net("a")) is None
    assert not found.is_public("10.9.0.132")
    twice = estate(hub("one", wan="/w1"), hub("two", wan="/w2"), network("a"), connected("one", "a"))
    assert twice.locate_hub("10.9.0.132", net("a")) == ArmId(HUB)
    assert twice.locate_hub("10.9.0.132", net("b")) is None


def test_public_ranges_of_a_hub_are_not_the_internets() -> None:
    assert not estate(hub("one", prefix="198.51.100.0/24")).is_public("198.51.100.7")


FIREWALLED = network("a", AzureFirewallSubnet=("10.0.1.0/26", ""), other=("10.0.5.0/24", ""))


@pytest.mark.parametrize(
    ("hidden", "missed"),
    [
        (gap("firewall"), True),
        (gap("firewall", FIREWALL, Reason.MALFORMED), True),
        (gap("firewall", FIREWALL.upper(), Reason.MALFORMED), True),
        (gap("subscription", "/"), True),
        (gap("firewall", ELSEWHERE), False),
        (gap("firewall", FIREWALL.replace("RG-One", "RG-Other"), Reason.MALFORMED), False),
    ],
)
def test_a_gap_may_hide_a_firewall_in_the_group_and_subnet_where_one_must_stand(hidden: Gap, missed: bool) -> None:
    found = estate(FIREWALLED, gaps=(hidden,))
    assert found.firewall_unseen("10.0.1.4", net("a")) == ((hidden,) if missed else ())
    assert found.firewall_unseen("10.0.5.4", net("a")) == ()
    assert found.firewall_unseen("10.9.0.132", ArmId(HUB)) == ((hidden,) if missed else ())


def test_the_firewall_of_a_hub_may_be_in_any_group_and_the_hub_tells_which() -> None:
    elsewhere = FIREWALL.replace("RG-One", "RG-Other")
    place = document("virtual-hub", HUB, {"addressPrefix": "10.9.0.0/23", "azureFirewall": {"id": elsewhere}})
    hidden = (gap("firewall", elsewhere, Reason.MALFORMED), gap("firewall", elsewhere.rpartition("/providers/")[0]))
    others = (gap("firewall", FIREWALL.replace("RG-One", "RG-Third")), gap("firewall", f"{elsewhere}-2"))
    found = set(estate(place, gaps=(*hidden, *others)).firewall_unseen("10.9.0.132", ArmId(HUB)))
    assert found >= set(hidden)
    assert not found & set(others)


def firewall_policy(name: str, dns: Any = None, base: str = "") -> Document:
    properties = {"dnsSettings": dns, "basePolicy": {"id": f"{NETWORK}/firewallPolicies/{base}"} if base else None}
    return document("firewall-policy", f"{NETWORK}/firewallPolicies/{name}", properties)


def effective(*policies: Document, classic: Any = None, policy: str = "child") -> FirewallDns | None:
    properties: dict[str, Any] = {"additionalProperties": classic}
    if policy:
        properties["firewallPolicy"] = {"id": f"{NETWORK}/firewallPolicies/{policy}"}
    found = estate(firewall(**properties), *policies)
    (node,) = found.of_type(Firewall)
    return found.firewall_dns(node)


CLASSIC = {"Network.DNS.EnableProxy": "true", "Network.DNS.Servers": "10.0.0.4"}


def policy_id(name: str) -> ArmId:
    return ArmId(f"{NETWORK}/firewallPolicies/{name}")


def test_a_classic_firewall_tells_its_own_settings() -> None:
    told = effective(classic=CLASSIC, policy="")
    assert told == FirewallDns(proxy=True, servers=("10.0.0.4",), decided_by=ArmId(FIREWALL))


def test_with_a_policy_the_classic_settings_count_for_nothing() -> None:
    told = effective(firewall_policy("child", {"enableProxy": False}), classic=CLASSIC)
    assert told == FirewallDns(proxy=False, servers=(), decided_by=policy_id("child"))


def test_a_policy_that_speaks_is_not_overruled_by_its_base() -> None:
    base = firewall_policy("base", {"enableProxy": True})
    told = effective(firewall_policy("child", {"enableProxy": False}, "base"), base)
    assert told == FirewallDns(proxy=False, servers=(), decided_by=policy_id("child"))


def test_a_silent_policy_leaves_it_to_its_base_and_says_that_this_is_inherited() -> None:
    base = firewall_policy("base", {"enableProxy": True, "servers": ["10.0.0.4"]})
    told = effective(firewall_policy("child", None, "base"), base)
    assert told == FirewallDns(proxy=True, servers=("10.0.0.4",), decided_by=policy_id("base"), inherited=True)


def test_where_no_policy_speaks_the_proxy_is_off() -> None:
    told = effective(firewall_policy("child", None, "base"), firewall_policy("base"))
    assert told == FirewallDns(proxy=False, servers=(), decided_by=policy_id("child"))


def test_policies_in_a_circle_end() -> None:
    told = effective(firewall_policy("child", None, "base"), firewall_policy("base", None, "child"))
    assert told is not None
    assert told.proxy is False


@pytest.mark.parametrize("policies", [(), (firewall_policy("child", None, "base"),)])
def test_a_policy_that_was_not_read_leaves_the_settings_unknown(policies: tuple[Document, ...]) -> None:
    assert effective(*policies) is None
    hidden = gap("firewall-policy", GROUP)
    found = estate(firewall(firewallPolicy={"id": policy_id("child").text}), *policies, gaps=(hidden,))
    (node,) = found.of_type(Firewall)
    assert hidden in found.firewall_dns_unseen(node)


def test_settings_that_are_known_have_nothing_unseen() -> None:
    found = estate(firewall(), gaps=(gap("firewall-policy", GROUP),))
    (node,) = found.of_type(Firewall)
    assert found.firewall_dns_unseen(node) == ()
