"""Resolvers, rulesets, policies and firewalls of small estates, by short names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.lab.builders import (
    dns_resolver,
    domain_list,
    domain_list_id,
    firewall,
    firewall_policy,
    firewall_policy_id,
    forwarding_rule,
    forwarding_ruleset,
    hub_connection,
    hub_firewall,
    hub_id,
    inbound_endpoint,
    network_id,
    outbound_endpoint,
    outbound_endpoint_id,
    ruleset_id,
    ruleset_link,
    security_policy,
    security_policy_link,
    security_rule,
    virtual_hub,
    virtual_wan,
    wan_id,
)
from collectors.graph.documents import Document
from tests.estates import GROUP, nid

INBOUND = "10.0.0.36"
FIREWALL = "10.0.0.68"
HUB_FIREWALL = "10.100.0.132"
RULESET = ruleset_id(GROUP, "rules")


def resolver(network: str = "hub", address: str = INBOUND, name: str = "dnspr") -> list[Document]:
    """A resolver with an inbound and an outbound endpoint."""
    subnet = f"{nid(network)}/subnets/default"
    return [
        dns_resolver(GROUP, name, str(nid(network))),
        inbound_endpoint(GROUP, name, "in", subnet, address),
        outbound_endpoint(GROUP, name, "out", subnet),
    ]


def ruleset(rules: Mapping[str, Iterable[str]], *networks: str, enabled: bool = True) -> list[Document]:
    """A ruleset of the resolver, `rules` by domain, linked to networks."""
    return [
        forwarding_ruleset(GROUP, "rules", [outbound_endpoint_id(GROUP, "dnspr", "out")]),
        *(
            forwarding_rule(RULESET, f"rule-{domain.replace('.', '-') or 'root'}", domain, targets, enabled=enabled)
            for domain, targets in rules.items()
        ),
        *(ruleset_link(RULESET, network_id(GROUP, network)) for network in networks),
    ]


def policy(*rules: tuple[int, str, Iterable[str]], network: str = "hub", managed: Iterable[str] = ()) -> list[Document]:
    """A security policy of a network: each rule is a priority, an action and the domains of its list."""
    made = [security_policy(GROUP, "guard"), security_policy_link(GROUP, "guard", str(nid(network)))]
    for priority, action, domains in rules:
        held = domain_list_id(GROUP, f"list-{priority}")
        made.append(domain_list(GROUP, f"list-{priority}", domains))
        made.append(security_rule(GROUP, "guard", f"rule-{priority}", priority, action, [held], tuple(managed)))
    return made


def network_firewall(*servers: str, proxy: bool | None = True) -> list[Document]:
    """A firewall in the hub network."""
    return [
        firewall(GROUP, "afw", f"{nid('hub')}/subnets/default", FIREWALL, policy=firewall_policy_id(GROUP, "afwp")),
        firewall_policy(GROUP, "afwp", proxy=proxy, servers=servers),
    ]


def virtual_hub_firewall(*servers: str, networks: Iterable[str] = ("spoke",)) -> list[Document]:
    """A virtual hub with a firewall, and networks that are connected to it."""
    own = hub_id(GROUP, "vhub")
    return [
        virtual_wan(GROUP, "wan", [own]),
        virtual_hub(GROUP, "vhub", wan_id(GROUP, "wan"), "10.100.0.0/23"),
        hub_firewall(GROUP, "afw-hub", own, HUB_FIREWALL, policy=firewall_policy_id(GROUP, "afwp")),
        firewall_policy(GROUP, "afwp", proxy=True, servers=servers),
        *(hub_connection(own, str(nid(network))) for network in networks),
    ]
