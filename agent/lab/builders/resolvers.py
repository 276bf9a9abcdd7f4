"""DNS private resolvers, rulesets and DNS security policies, as the DNS resolver service sends them at 2025-05-01.

`properties` first, etags with quotes inside, `domainName` and `domains` with a trailing dot, `privateIpAddress`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.lab.builders.common import Body, Group, document, guid, name_of, quoted_etag
from collectors.graph.documents import Document

_RESOLVER = "Microsoft.Network/dnsResolvers"
_RULESET = "Microsoft.Network/dnsForwardingRulesets"
_POLICY = "Microsoft.Network/dnsResolverPolicies"
_DOMAIN_LIST = "Microsoft.Network/dnsResolverDomainLists"


def resolver_id(group: Group, name: str) -> str:
    """The id of a DNS private resolver."""
    return group.id(_RESOLVER, name)


def ruleset_id(group: Group, name: str) -> str:
    """The id of a DNS forwarding ruleset."""
    return group.id(_RULESET, name)


def policy_id(group: Group, name: str) -> str:
    """The id of a DNS security policy."""
    return group.id(_POLICY, name)


def domain_list_id(group: Group, name: str) -> str:
    """The id of a DNS domain list."""
    return group.id(_DOMAIN_LIST, name)


def dns_resolver(group: Group, name: str, network: str) -> Document:
    """A resolver in a network; both are in the same region."""
    properties: Body = {"virtualNetwork": {"id": network}, "dnsResolverState": "Connected"}
    return _tracked("dns-resolver", resolver_id(group, name), _RESOLVER, group.region, properties)


def inbound_endpoint(group: Group, resolver: str, name: str, subnet: str, address: str) -> Document:
    """Where questions enter a resolver, at an address that somebody chose."""
    properties: Body = {
        "ipConfigurations": [
            {"subnet": {"id": subnet}, "privateIpAddress": address, "privateIpAllocationMethod": "Static"}
        ]
    }
    return _endpoint("inbound", group, resolver, name, properties)


def outbound_endpoint(group: Group, resolver: str, name: str, subnet: str) -> Document:
    """Where forwarded questions leave a resolver."""
    return _endpoint("outbound", group, resolver, name, {"subnet": {"id": subnet}})


def outbound_endpoint_id(group: Group, resolver: str, name: str) -> str:
    """The id of an outbound endpoint."""
    return f"{resolver_id(group, resolver)}/outboundEndpoints/{name}"


def _endpoint(direction: str, group: Group, resolver: str, name: str, properties: Body) -> Document:
    own = f"{resolver_id(group, resolver)}/{direction}Endpoints/{name}"
    return _tracked(f"{direction}-endpoint", own, f"{_RESOLVER}/{direction}Endpoints", group.region, properties)


def forwarding_ruleset(group: Group, name: str, outbound: Iterable[str]) -> Document:
    """A ruleset that forwards through outbound endpoints (ids)."""
    properties: Body = {"dnsResolverOutboundEndpoints": [{"id": id} for id in outbound]}
    return _tracked("forwarding-ruleset", ruleset_id(group, name), _RULESET, group.region, properties)


def forwarding_rule(ruleset: str, name: str, domain: str, targets: Iterable[str], *, enabled: bool = True) -> Document:
    """A rule; `domain` without the trailing dot (the root: `""`), each target an address or `address:port`."""
    addresses = [target.partition(":") for target in targets]
    properties: Body = {
        "domainName": f"{domain}.",
        "targetDnsServers": [{"ipAddress": address, "port": int(port or 53)} for address, _, port in addresses],
        "forwardingRuleState": "Enabled" if enabled else "Disabled",
        "provisioningState": "Succeeded",
    }
    return _child("forwarding-rule", ruleset, "forwardingRules", name, properties)


def ruleset_link(ruleset: str, network: str) -> Document:
    """The rules apply to questions of this network."""
    properties: Body = {"virtualNetwork": {"id": network}, "provisioningState": "Succeeded"}
    return _child("ruleset-link", ruleset, "virtualNetworkLinks", f"link-{name_of(network)}", properties)


def _child(kind: str, ruleset: str, collection: str, name: str, properties: Body) -> Document:
    """Rules and links of rulesets have neither location nor tags, but metadata."""
    own = f"{ruleset}/{collection}/{name}"
    return document(
        kind,
        {
            "properties": properties | {"metadata": {"createdFor": "ml-platform"}},
            "etag": quoted_etag(own),
            "id": own,
            "name": name,
            "type": f"{_RULESET}/{collection}",
            "systemData": _system_data(),
        },
    )


def security_policy(group: Group, name: str) -> Document:
    """A DNS security policy."""
    return _tracked("security-policy", policy_id(group, name), _POLICY, group.region, {})


def security_rule(
    group: Group, policy: str, name: str, priority: int, action: str, lists: Iterable[str], managed: Sequence[str] = ()
) -> Document:
    """A rule of a policy; `action` is `Allow`, `Alert` or `Block`, `lists` are ids."""
    properties: Body = {
        "priority": priority,
        "dnsResolverDomainLists": [{"id": id} for id in lists],
        "managedDomainLists": list(managed),
        "action": {"actionType": action},
        "dnsSecurityRuleState": "Enabled",
    }
    own = f"{policy_id(group, policy)}/dnsSecurityRules/{name}"
    return _tracked("security-rule", own, f"{_POLICY}/dnsSecurityRules", group.region, properties)


def security_policy_link(group: Group, policy: str, network: str) -> Document:
    """A policy applies to questions of this network."""
    own = f"{policy_id(group, policy)}/virtualNetworkLinks/link-{name_of(network)}"
    properties: Body = {"virtualNetwork": {"id": network}}
    return _tracked("security-policy-link", own, f"{_POLICY}/virtualNetworkLinks", group.region, properties)


def domain_list(group: Group, name: str, domains: Iterable[str]) -> Document:
    """A list of domains, given without the trailing dot (the root: `""`)."""
    properties: Body = {"domains": [f"{domain}." for domain in domains]}
    return _tracked("domain-list", domain_list_id(group, name), _DOMAIN_LIST, group.region, properties)


def _tracked(kind: str, own: str, arm_type: str, region: str, properties: Body) -> Document:
    return document(
        kind,
        {
            "properties": properties | {"provisioningState": "Succeeded", "resourceGuid": guid(own)},
            "etag": quoted_etag(own),
            "location": region,
            "id": own,
            "name": name_of(own),
            "type": arm_type,
            "systemData": _system_data(),
        },
    )


def _system_data() -> Body:
    """Without the names of people, and with fractions of seconds of any length."""
    return {
        "createdAt": "2026-01-12T08:15:30.82677Z",
        "createdByType": "User",
        "lastModifiedAt": "2026-01-12T08:16:02.1096107Z",
        "lastModifiedByType": "User",
    }
