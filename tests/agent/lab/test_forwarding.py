"""Inbound endpoints, rulesets, firewalls and security policies of the lab, asked over real sockets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import dns.exception
import dns.message
import dns.query
import pytest

from agent.lab.builders import name_of
from agent.lab.dns import DnsWorld
from agent.lab.estate import LabEstate
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document
from tests.agent.lab.small_estates import (
    GROUP,
    HUB,
    SPOKE,
    a,
    ask,
    bind,
    document,
    estate,
    link,
    network,
    shown,
    zone,
)

INBOUND, FIREWALL = "10.0.1.4", "10.0.3.4"
VIRTUAL_HUB = f"{GROUP}/virtualHubs/vhub"
CORP = "corp.example"
INSIDE = f"x.{CORP}"
SERVICE = "privatelink.api.azureml.ms"
BLOCK = "blockpolicy.azuredns.invalid"


def resolver(*addresses: str, at: str = HUB, name: str = "r", state: str = "Succeeded") -> Iterator[Document]:
    id = f"{GROUP}/dnsResolvers/{name}"
    yield document("dns-resolver", id, {"virtualNetwork": {"id": at.upper()}})
    yield document("outbound-endpoint", f"{id}/outboundEndpoints/out", {"subnet": {"id": f"{at}/subnets/out"}})
    places = [{"privateIpAddress": address} for address in addresses]
    yield document(
        "inbound-endpoint", f"{id}/inboundEndpoints/in", {"ipConfigurations": places, "provisioningState": state}
    )


def ruleset(
    rules: Iterable[tuple[str, list[str], str]], *networks: str, name: str = "s", outbound: str = "r"
) -> Iterator[Document]:
    """Rules as domain, targets and state."""
    id = f"{GROUP}/dnsForwardingRulesets/{name}"
    out = [{"id": f"{GROUP}/dnsResolvers/{outbound}/outboundEndpoints/out"}] if outbound else []
    yield document("forwarding-ruleset", id, {"dnsResolverOutboundEndpoints": out})
    for number, (domain, targets, state) in enumerate(rules):
        servers = [{"ipAddress": target, "port": 53} for target in targets]
        properties = {"domainName": f"{domain}.", "targetDnsServers": servers, "forwardingRuleState": state}
        yield document("forwarding-rule", f"{id}/forwardingRules/{number}", properties)
    for to in networks:
        yield document(
            "ruleset-link", f"{id}/virtualNetworkLinks/{name_of(to)}", {"virtualNetwork": {"id": to.lower()}}
        )


def zone_in(place: str, address: str, name: str = CORP) -> Iterable[Document]:
    return zone(name, {"A/x": a(address)}, link(name, place))


def firewall(
    proxy: bool | None = True, servers: tuple[str, ...] = (), *, base: str = "", tier: str = "Standard"
) -> Iterator[Document]:
    """A firewall in the hub, ruled by a policy; `proxy` None: that says nothing of DNS."""
    policy: dict[str, Any] = {"sku": {"tier": tier}}
    if proxy is not None:
        policy["dnsSettings"] = {"enableProxy": proxy, "servers": list(servers)}
    if base:
        policy["basePolicy"] = {"id": f"{GROUP}/FIREWALLPOLICIES/{base}"}
    yield document("firewall-policy", f"{GROUP}/firewallPolicies/own", policy)
    yield in_hub({"firewallPolicy": {"id": f"{GROUP}/firewallpolicies/own"}})


def in_hub(properties: dict[str, Any]) -> Document:
    place = {"properties": {"privateIPAddress": FIREWALL, "subnet": {"id": f"{HUB}/subnets/AzureFirewallSubnet"}}}
    return document("firewall", f"{GROUP}/azureFirewalls/fw", {"ipConfigurations": [place], **properties})


def from_spoke(of: LabEstate, server: str, name: str, rdtype: str = "A") -> dns.message.Message:
    """One question of a client in the spoke."""
    with DnsWorld(of) as world:
        return ask(world.vantages[1], server, name, rdtype)


def is_silent(of: LabEstate, server: str) -> bool:
    """Whether nothing answers the spoke at an address."""
    with DnsWorld(of) as world:
        host, port = world.vantages[1].address_map[server].split(":")
        try:
            dns.query.udp(dns.message.make_query(INSIDE, "A"), host, port=int(port), timeout=0.4)
        except dns.exception.Timeout:
            return True
    return False


def test_an_inbound_endpoint_answers_in_the_view_of_its_resolvers_network() -> None:
    """The client's own links do not matter."""
    made = estate(*resolver(INBOUND), *zone_in(HUB, "10.1.0.5"))
    assert shown(from_spoke(made, INBOUND, INSIDE)) == ("NOERROR", [f"{INSIDE} A 10.1.0.5"])
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE)) == ("NXDOMAIN", [])


def test_an_inbound_endpoint_that_is_being_made_or_not_reached_is_silent() -> None:
    """No packet goes astray: the address leads to a port of loopback where nobody answers."""
    assert is_silent(estate(*resolver(INBOUND, state="Creating")), INBOUND)
    alone = [network(HUB), *resolver(INBOUND, at=HUB)]  # the hub without its peering
    assert is_silent(estate(*alone), INBOUND)


def test_one_address_in_two_networks_is_the_inbound_endpoint_of_the_own_network() -> None:
    made = estate(
        *resolver(INBOUND, name="one"),
        *resolver(INBOUND, at=SPOKE, name="two"),
        *zone_in(HUB, "10.1.0.5", "h.example"),
        *zone_in(SPOKE, "10.2.0.5", "s.example"),
    )
    with DnsWorld(made) as world:
        hub, spoke = world.vantages
        assert shown(ask(hub, INBOUND, "x.h.example"))[1] == ["x.h.example A 10.1.0.5"]
        assert shown(ask(spoke, INBOUND, "x.s.example"))[1] == ["x.s.example A 10.2.0.5"]
        assert shown(ask(spoke, INBOUND, "x.h.example"))[0] == "NXDOMAIN"


def led_to_hub(domain: str, *more: tuple[str, list[str], str], state: str = "Enabled") -> LabEstate:
    """The spoke's ruleset leads a domain to the hub's inbound endpoint."""
    rules = [(domain, [INBOUND], state), *more]
    return estate(*resolver(INBOUND), *ruleset(rules, SPOKE), *zone_in(HUB, "10.1.0.5"))


@pytest.mark.parametrize("domain", [CORP, INSIDE, "example", ""])
def test_a_rule_leads_names_at_and_below_its_domain_to_its_target(domain: str) -> None:
    assert shown(from_spoke(led_to_hub(domain), PLATFORM_RESOLVER, INSIDE))[1] == [f"{INSIDE} A 10.1.0.5"]


@pytest.mark.parametrize(
    ("domain", "state"),
    [("orp.example", "Enabled"), ("y.corp.example", "Enabled"), (CORP, "Disabled")],
)
def test_a_rule_for_other_names_or_a_disabled_one_is_passed_over(domain: str, state: str) -> None:
    """Whole labels count, and public DNS answers."""
    assert shown(from_spoke(led_to_hub(domain, state=state), PLATFORM_RESOLVER, INSIDE)) == ("NXDOMAIN", [])


def test_the_rule_with_the_longest_domain_wins() -> None:
    """The shorter one leads nowhere."""
    made = led_to_hub(CORP, ("example", ["192.0.2.1"], "Enabled"), ("", ["192.0.2.2"], "Enabled"))
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE))[0] == "NOERROR"


def test_a_linked_zone_is_asked_before_any_rule_even_a_longer_one() -> None:
    """And its NXDOMAIN is final."""
    made = estate(
        *resolver(INBOUND),
        *ruleset([(INSIDE, [INBOUND], "Enabled")], SPOKE),
        *zone_in(HUB, "10.1.0.5"),
        document(
            "zone-link", f"{GROUP}/privateDnsZones/{CORP}/virtualNetworkLinks/s", {"virtualNetwork": {"id": SPOKE}}
        ),
    )
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE))[0] == "NOERROR"
    assert shown(from_spoke(made, PLATFORM_RESOLVER, f"y.{CORP}"))[0] == "NXDOMAIN"


@pytest.mark.parametrize(
    ("domain", "name", "caught"),
    [
        ("", "x.privatelink.api.azureml.ms", False),
        ("ms", "x.privatelink.api.azureml.ms", False),
        ("azureml.ms", "x.privatelink.api.azureml.ms", True),
        ("", "login.microsoftonline.com", False),
        ("windows.net", "a.database.windows.net", True),
        ("windows.net", "a.blob.core.windows.net", False),
        ("core.windows.net", "a.blob.core.windows.net", True),
        ("", "x.privatelink.api.ml.azure.us", False),
        ("", "x.privatelink.api.ml.azure.cn", False),
        ("", "www.contoso.example", True),
    ],
)
def test_names_that_azure_keeps_for_itself_are_caught_by_specific_rules_only(
    domain: str, name: str, caught: bool
) -> None:
    """The target would answer every name."""
    everything = bind({}, records={name: ("10.9.9.9",)})
    made = estate(*resolver(), *ruleset([(domain, ["10.0.0.4"], "Enabled")], SPOKE), servers=(everything,))
    answers = shown(from_spoke(made, PLATFORM_RESOLVER, name))[1]
    assert (answers == [f"{name} A 10.9.9.9"]) == caught


def test_targets_are_tried_in_order_until_one_answers_at_all() -> None:
    """Silence leads to the next one; a negative answer is an answer."""
    knows, knows_not = bind({}, records={INSIDE: ("10.9.9.9",)}), bind({}, address="10.0.0.5")
    for targets, rcode in ((["192.0.2.1", "10.0.0.4"], "NOERROR"), (["10.0.0.5", "10.0.0.4"], "NXDOMAIN")):
        rules = ruleset([(CORP, targets, "Enabled")], SPOKE)
        made = estate(*resolver(), *rules, servers=(knows, knows_not))
        assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE))[0] == rcode


@pytest.mark.parametrize(("targets", "outbound"), [(["192.0.2.1"], "r"), ([INBOUND], "")])
def test_a_rule_without_a_target_that_answers_or_a_way_out_fails(targets: list[str], outbound: str) -> None:
    """SERVFAIL, not the public answer."""
    made = estate(
        *resolver(INBOUND),
        *ruleset([(CORP, targets, "Enabled")], SPOKE, outbound=outbound),
        *zone_in(HUB, "10.1.0.5"),
    )
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE)) == ("SERVFAIL", [])


def test_a_target_may_be_in_the_internet() -> None:
    rules = ruleset([(CORP, ["198.51.100.53"], "Enabled")], SPOKE)
    made = estate(*resolver(), *rules, *zone_in(SPOKE, "10.2.0.5", "y.example"))
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE))[0] == "NXDOMAIN"


def test_an_alias_goes_through_the_rules_again() -> None:
    """The alias is in a linked zone, its target behind a rule."""
    alias = zone(
        "alias.example", {"CNAME/x": {"ttl": 9, "cnameRecord": {"cname": INSIDE}}}, link("alias.example", SPOKE)
    )
    held = {**led_to_hub(CORP).documents, **{d.id: d for d in alias}}
    answers = shown(from_spoke(LabEstate(documents=held), PLATFORM_RESOLVER, "x.alias.example"))[1]
    assert answers == [f"x.alias.example CNAME {INSIDE}", f"{INSIDE} A 10.1.0.5"]


def test_rules_do_not_travel_with_peerings() -> None:
    """The hub itself has no ruleset."""
    with DnsWorld(led_to_hub(CORP)) as world:
        assert shown(ask(world.vantages[0], PLATFORM_RESOLVER, INSIDE))[0] == "NOERROR"
        assert shown(ask(world.vantages[0], PLATFORM_RESOLVER, "a.other.example"))[0] == "NXDOMAIN"


def test_a_rule_that_leads_back_to_its_own_network_ends_in_servfail() -> None:
    """The ruleset is linked to the network of the inbound endpoint that it names."""
    made = estate(*resolver(INBOUND), *ruleset([(CORP, [INBOUND], "Enabled")], HUB))
    assert shown(from_spoke(made, INBOUND, INSIDE)) == ("SERVFAIL", [])


def test_a_loop_over_a_firewall_and_a_server_ends_in_servfail() -> None:
    """Each one hands the question to the next."""
    server = bind({CORP: (FIREWALL,)})
    made = estate(
        *resolver(INBOUND), *ruleset([("example", ["10.0.0.4"], "Enabled")], HUB), *firewall(), servers=(server,)
    )
    assert shown(from_spoke(made, FIREWALL, INSIDE)) == ("SERVFAIL", [])


def test_a_firewall_asks_azure_dns_in_its_own_network() -> None:
    made = estate(*firewall(), *zone_in(HUB, "10.1.0.5"))
    assert shown(from_spoke(made, FIREWALL, INSIDE)) == ("NOERROR", [f"{INSIDE} A 10.1.0.5"])


def test_a_firewall_asks_the_servers_of_its_policy_instead() -> None:
    """Its network's links do not count then."""
    knows = bind({}, records={INSIDE: ("10.9.9.9",)})
    made = estate(*firewall(servers=("192.0.2.1", "10.0.0.4")), *zone_in(HUB, "10.1.0.5"), servers=(knows,))
    assert shown(from_spoke(made, FIREWALL, INSIDE))[1] == [f"{INSIDE} A 10.9.9.9"]


@pytest.mark.parametrize("own", [None, False, True])
def test_the_dns_settings_of_a_base_policy_count_for_nothing(own: bool | None) -> None:
    base = document(
        "firewall-policy", f"{GROUP}/firewallPolicies/base", {"dnsSettings": {"enableProxy": own is not True}}
    )
    assert is_silent(estate(*firewall(own, base="base"), base), FIREWALL) is (own is not True)


def test_a_basic_policy_has_no_proxy_whatever_it_says() -> None:
    assert is_silent(estate(*firewall(tier="Basic")), FIREWALL)


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ({}, None),
        ({"Network.DNS.EnableProxy": "false"}, None),
        ({"Network.DNS.EnableProxy": "true"}, "10.1.0.5"),
        ({"network.dns.enableproxy": "True", "Network.DNS.Servers": " 192.0.2.1, 10.0.0.4"}, "10.9.9.9"),
    ],
)
def test_a_classic_firewall_keeps_its_settings_in_strings(settings: dict[str, str], answers: str | None) -> None:
    knows = bind({}, records={INSIDE: ("10.9.9.9",)})
    made = estate(in_hub({"additionalProperties": settings}), *zone_in(HUB, "10.1.0.5"), servers=(knows,))
    if answers is None:
        assert is_silent(made, FIREWALL)
    else:
        assert shown(from_spoke(made, FIREWALL, INSIDE))[1] == [f"{INSIDE} A {answers}"]


def test_settings_of_the_firewall_itself_count_for_nothing_under_a_policy() -> None:
    own, settings = next(firewall(False)), {"Network.DNS.EnableProxy": "true"}
    ruled = in_hub({"additionalProperties": settings, "firewallPolicy": {"id": str(own.id)}})
    assert is_silent(estate(own, ruled), FIREWALL)


def in_virtual_hub(servers: tuple[str, ...] = ()) -> LabEstate:
    """Two networks of a virtual hub without a peering, and its firewall."""
    policy, *_ = firewall(servers=servers)
    properties = {
        "virtualHub": {"id": VIRTUAL_HUB},
        "hubIPAddresses": {"privateIPAddress": FIREWALL},
        "firewallPolicy": {"id": str(policy.id)},
    }
    return estate(
        network(HUB),
        policy,
        document("virtual-hub", VIRTUAL_HUB, {}),
        document("firewall", f"{GROUP}/azureFirewalls/fw", properties),
        *(
            document(
                "hub-connection",
                f"{VIRTUAL_HUB}/hubVirtualNetworkConnections/{name_of(place)}",
                {"remoteVirtualNetwork": {"id": place.upper()}},
            )
            for place in (HUB, SPOKE)
        ),
        *resolver(INBOUND),
        *zone_in(HUB, "10.1.0.5"),
    )


def test_azure_dns_of_a_virtual_hub_knows_no_zone() -> None:
    """No zone can be linked to it: what the public says is all that its firewall can say."""
    assert shown(from_spoke(in_virtual_hub(), FIREWALL, INSIDE)) == ("NXDOMAIN", [])


def test_the_firewall_of_a_virtual_hub_reaches_an_inbound_endpoint_beside_the_hub() -> None:
    answers = shown(from_spoke(in_virtual_hub((INBOUND,)), FIREWALL, INSIDE))[1]
    assert answers == [f"{INSIDE} A 10.1.0.5"]


def policy(*rules: tuple[int, str, list[str]], to: str = HUB) -> Iterator[Document]:
    """Rules as priority, action and domains."""
    id = f"{GROUP}/dnsResolverPolicies/p"
    yield document("security-policy", id, {})
    for number, (priority, action, domains) in enumerate(rules):
        names = f"{GROUP}/dnsResolverDomainLists/{number}"
        yield document("domain-list", names, {"domains": [f"{domain}." for domain in domains]})
        properties = {
            "priority": priority,
            "action": {"actionType": action},
            "dnsSecurityRuleState": "Enabled",
            "dnsResolverDomainLists": [{"id": names.upper()}],
        }
        yield document("security-rule", f"{id}/dnsSecurityRules/{number}", properties)
    yield document("security-policy-link", f"{id}/virtualNetworkLinks/l", {"virtualNetwork": {"id": to}})


def in_hub_view(made: LabEstate, name: str) -> dns.message.Message:
    with DnsWorld(made) as world:
        return ask(world.vantages[0], PLATFORM_RESOLVER, name)


def test_a_blocked_name_is_answered_with_an_alias_that_nobody_follows() -> None:
    """NOERROR, one CNAME with an odd TTL, the SOA of its target."""
    made = estate(*policy((100, "Block", [CORP])), *zone_in(HUB, "10.1.0.5"))
    response = in_hub_view(made, INSIDE)
    assert shown(response) == ("NOERROR", [f"{INSIDE} CNAME {BLOCK}"])
    assert response.answer[0].ttl == 1006632960
    (soa,) = response.authority
    assert (soa.name.to_text(omit_final_dot=True), soa.ttl) == (BLOCK, 60)
    assert shown(from_spoke(made, PLATFORM_RESOLVER, INSIDE))[0] == "NXDOMAIN"


@pytest.mark.parametrize(
    ("rules", "blocked"),
    [
        ([(200, "Block", [""]), (100, "Allow", [CORP])], False),
        ([(100, "Block", [""]), (200, "Allow", [CORP])], True),
        ([(100, "Alert", [CORP]), (200, "Block", [CORP])], False),
        ([(100, "Block", ["orp.example"])], False),
        ([(100, "Block", [INSIDE])], True),
    ],
)
def test_the_rule_of_the_lowest_priority_number_decides(rules: list[tuple[int, str, list[str]]], blocked: bool) -> None:
    answers = shown(in_hub_view(estate(*policy(*rules), *zone_in(HUB, "10.1.0.5")), INSIDE))[1]
    assert (answers == [f"{INSIDE} CNAME {BLOCK}"]) == blocked


def test_an_alias_on_the_way_is_blocked_though_the_asked_name_is_allowed() -> None:
    """The good part of the chain stays in the answer, whether it came step by step or whole."""
    alias, rules = "x.alias.example", [(100, "Allow", ["alias.example"]), (200, "Block", [""])]
    records = {"CNAME/x": {"ttl": 9, "cnameRecord": {"cname": INSIDE}}}
    expected = ("NOERROR", [f"{alias} CNAME {INSIDE}", f"{INSIDE} CNAME {BLOCK}"])
    linked = estate(*policy(*rules), *zone("alias.example", records, link("alias.example", HUB)))
    assert shown(in_hub_view(linked, alias)) == expected
    knows = bind({}, records={alias: (INSIDE,), INSIDE: ("10.9.9.9",)})
    led = [*resolver(), *ruleset([("alias.example", ["10.0.0.4"], "Enabled")], HUB)]
    assert shown(in_hub_view(estate(*policy(*rules), *led, servers=(knows,)), alias)) == expected


@pytest.mark.parametrize(("wan", "reached"), [("Standard", True), ("Basic", False)])
def test_hubs_reach_each_other_over_a_standard_wan_only(wan: str, reached: bool) -> None:
    """The spoke is connected to one hub, the network of the resolver to another."""
    made = estate(
        network(HUB),
        document("virtual-wan", f"{GROUP}/virtualWans/wan", {"type": wan}),
        *(
            part
            for name, place in (("one", HUB), ("two", SPOKE))
            for part in (
                document(
                    "virtual-hub",
                    f"{GROUP}/virtualHubs/{name}",
                    {"virtualWan": {"id": f"{GROUP}/VIRTUALWANS/wan"}},
                ),
                document(
                    "hub-connection",
                    f"{GROUP}/virtualHubs/{name}/hubVirtualNetworkConnections/c",
                    {"remoteVirtualNetwork": {"id": place}},
                ),
            )
        ),
        *resolver(INBOUND),
        *zone_in(HUB, "10.1.0.5"),
    )
    assert is_silent(made, INBOUND) == (not reached)
