"""What breaks a documented restriction of DNS private resolvers and forwarding rulesets, in words."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from checks import limits
from collectors.graph.addresses import split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    DnsResolver,
    ForwardingRule,
    InboundEndpoint,
    OutboundEndpoint,
    Subnet,
    VirtualNetwork,
)


def of_rule(rule: ForwardingRule) -> Iterator[str]:
    """What a rule breaks: its name, its domain, its targets."""
    if not re.fullmatch(limits.RULE_NAME, rule.id.name):
        yield "its name is not a letter followed by letters, digits, underscores and dashes"
    labels = len(rule.domain.split("."))
    if labels > limits.LABELS_PER_RULE.number:
        yield f"its domain has {labels} labels; {limits.LABELS_PER_RULE.number} are allowed"
    if len(rule.targets) > limits.TARGETS_PER_RULE.number:
        yield f"it has {len(rule.targets)} targets; {limits.TARGETS_PER_RULE.number} are allowed"
    if not rule.targets:
        yield "it has no target"


def names_platform(rule: ForwardingRule) -> bool:
    """Whether a rule sends to 168.63.129.16, which Azure refuses when it is written."""
    return any(split_target(target)[0] == PLATFORM_RESOLVER for target in rule.targets)


def of_endpoint(estate: Estate, endpoint: InboundEndpoint | OutboundEndpoint) -> Iterator[str]:
    """What the subnet of a resolver endpoint breaks: number, size, delegation, sharing, place."""
    subnets = _subnets_of(endpoint)
    if len(subnets) > 1:
        yield "its addresses stand in several subnets; all must be in one"
    resolver = estate.get(DnsResolver, endpoint.resolver)
    for id in subnets:
        if resolver and resolver.network and id.parent != resolver.network:
            yield f"its subnet {id.name} is not in {resolver.network.name}, the network of its resolver"
        network = estate.get(VirtualNetwork, id.parent)
        subnet = next((one for one in network.subnets if one.id == id), None) if network else None
        if subnet:
            yield from _of_subnet(subnet)
        others = sorted(other.name for other in _sharing(estate, id) if other != endpoint.id)
        if others:
            yield f"its subnet {id.name} is shared with {', '.join(others)}"


def _subnets_of(endpoint: InboundEndpoint | OutboundEndpoint) -> tuple[ArmId, ...]:
    if isinstance(endpoint, OutboundEndpoint):
        return (endpoint.subnet,) if endpoint.subnet else ()
    return tuple(sorted({held.subnet for held in endpoint.addresses if held.subnet}))


def _of_subnet(subnet: Subnet) -> Iterator[str]:
    for prefix in subnet.prefixes:
        range_ = ipaddress.ip_network(prefix)
        if range_.version == 4 and range_.prefixlen not in limits.RESOLVER_SUBNET_PREFIXES:
            yield f"its subnet {subnet.id.name} is a /{range_.prefixlen}; /28 to /24 are supported"
    other = [service for service in subnet.delegations if service != limits.RESOLVER_SERVICE]
    if other:
        yield f"its subnet {subnet.id.name} is delegated to {', '.join(other)}"
    if not subnet.delegations:
        yield f"its subnet {subnet.id.name} is not delegated to Microsoft.Network/dnsResolvers"


def _sharing(estate: Estate, subnet: ArmId) -> Iterator[ArmId]:
    endpoints: list[InboundEndpoint | OutboundEndpoint] = [*estate.of_type(InboundEndpoint)]
    endpoints += estate.of_type(OutboundEndpoint)
    return (endpoint.id for endpoint in endpoints if subnet in _subnets_of(endpoint))


def of_resolver(estate: Estate, resolver: DnsResolver) -> Iterator[str]:
    """What a resolver's network has that is not supported: encryption, IPv6, another region, another resolver."""
    network = estate.get(VirtualNetwork, resolver.network)
    if network is None:
        return
    name = network.id.name
    if network.encrypted:
        yield f"{name} is encrypted"
    if network.location and resolver.location and network.location != resolver.location:
        yield f"{name} is in {network.location}, the resolver in {resolver.location}"
    others = [r.id.name for r in estate.of_type(DnsResolver) if r.network == network.id and r.id != resolver.id]
    if others:
        yield f"{name} has another resolver, {', '.join(sorted(others))}"
    for subnet in network.subnets:
        takes = limits.RESOLVER_SERVICE in subnet.delegations
        if takes and any(ipaddress.ip_network(prefix).version == 6 for prefix in subnet.prefixes):
            yield f"the subnet {subnet.id.name} has IPv6 addresses"
