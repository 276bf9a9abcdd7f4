"""DNS private resolvers, rulesets and security policies."""

from __future__ import annotations

from collectors.arm.nodes.reading import id_of, ids_of, needed, properties, region, resource
from collectors.arm.shapes import dns as shapes
from collectors.arm.shapes.common import VirtualNetworkShape
from collectors.graph import addresses
from collectors.graph.documents import Document
from collectors.graph.ids import Fqdn, fqdn
from collectors.graph.nodes import (
    DnsResolver,
    DomainList,
    ForwardingRule,
    ForwardingRuleset,
    InboundAddress,
    InboundEndpoint,
    OutboundEndpoint,
    RulesetLink,
    SecurityPolicy,
    SecurityPolicyLink,
    SecurityRule,
)


def parse_resolver(document: Document) -> DnsResolver:
    """A resolver: without a network while its creation has only begun."""
    body, resolver = resource(document, VirtualNetworkShape)
    return DnsResolver(
        id=document.id,
        location=region(body.location),
        network=id_of(resolver.virtual_network),
        provisioning_state=resolver.provisioning_state or "",
    )


def _inbound_address(shape: shapes.InboundAddressShape) -> InboundAddress | None:
    if not shape.private_ip_address:
        return None
    return InboundAddress(
        address=addresses.address(shape.private_ip_address),
        static=(shape.private_ip_allocation_method or "").lower() == "static",
        subnet=id_of(shape.subnet),
    )


def parse_inbound(document: Document) -> InboundEndpoint:
    """An inbound endpoint of the resolver above it; addresses that are not given yet are left out."""
    endpoint = properties(document, shapes.InboundEndpointShape)
    found = (_inbound_address(shape) for shape in endpoint.ip_configurations or ())
    return InboundEndpoint(
        id=document.id,
        resolver=document.id.parent,
        addresses=tuple(address for address in found if address),
        provisioning_state=endpoint.provisioning_state or "",
    )


def parse_outbound(document: Document) -> OutboundEndpoint:
    """An outbound endpoint of the resolver above it."""
    endpoint = properties(document, shapes.OutboundEndpointShape)
    return OutboundEndpoint(
        id=document.id,
        resolver=document.id.parent,
        subnet=id_of(endpoint.subnet),
        provisioning_state=endpoint.provisioning_state or "",
    )


def parse_ruleset(document: Document) -> ForwardingRuleset:
    """A forwarding ruleset."""
    body, ruleset = resource(document, shapes.RulesetShape)
    return ForwardingRuleset(
        id=document.id,
        location=region(body.location),
        outbound_endpoints=ids_of(ruleset.dns_resolver_outbound_endpoints),
        provisioning_state=ruleset.provisioning_state or "",
    )


def _target(shape: shapes.TargetShape) -> str:
    port = addresses.DNS_PORT if shape.port is None else shape.port
    return addresses.target(f"[{shape.ip_address or ''}]:{port}")


def parse_rule(document: Document) -> ForwardingRule:
    """A rule of the ruleset above it. The domain of all names is one dot, so nothing at all is a fault."""
    rule = properties(document, shapes.ForwardingRuleShape)
    if not rule.domain_name:
        raise ValueError("a forwarding rule without a domain name")
    return ForwardingRule(
        id=document.id,
        ruleset=document.id.parent,
        domain=fqdn(rule.domain_name),
        targets=tuple(_target(shape) for shape in rule.target_dns_servers or ()),
        enabled=(rule.forwarding_rule_state or "").lower() != "disabled",
        provisioning_state=rule.provisioning_state or "",
    )


def parse_ruleset_link(document: Document) -> RulesetLink:
    """A link of the ruleset above it."""
    link = properties(document, VirtualNetworkShape)
    return RulesetLink(
        id=document.id,
        ruleset=document.id.parent,
        network=needed(id_of(link.virtual_network), "a ruleset link without a virtual network"),
        provisioning_state=link.provisioning_state or "",
    )


def parse_security_policy(document: Document) -> SecurityPolicy:
    """A DNS security policy."""
    body, policy = resource(document, shapes.ProvisionedShape)
    return SecurityPolicy(
        id=document.id, location=region(body.location), provisioning_state=policy.provisioning_state or ""
    )


def parse_security_rule(document: Document) -> SecurityRule:
    """A rule of the policy above it. Without priority or action it could mean anything."""
    rule = properties(document, shapes.SecurityRuleShape)
    action = rule.action.action_type if rule.action else None
    if rule.priority is None or not action:
        raise ValueError("a DNS security rule without priority or action")
    return SecurityRule(
        id=document.id,
        policy=document.id.parent,
        priority=rule.priority,
        action=action.lower(),
        domain_lists=ids_of(rule.dns_resolver_domain_lists),
        managed_lists=tuple(rule.managed_domain_lists or ()),
        enabled=(rule.dns_security_rule_state or "").lower() != "disabled",
        provisioning_state=rule.provisioning_state or "",
    )


def parse_security_link(document: Document) -> SecurityPolicyLink:
    """A link of the policy above it."""
    link = properties(document, VirtualNetworkShape)
    return SecurityPolicyLink(
        id=document.id,
        policy=document.id.parent,
        network=needed(id_of(link.virtual_network), "a link of a DNS security policy without a virtual network"),
        provisioning_state=link.provisioning_state or "",
    )


def _domain(text: str) -> Fqdn:
    return Fqdn("") if text.strip() in ("*", ".") else fqdn(text)


def parse_domain_list(document: Document) -> DomainList:
    """A domain list; one that was uploaded as a file shows no domains."""
    domains = tuple(_domain(text) for text in properties(document, shapes.DomainListShape).domains or () if text)
    return DomainList(id=document.id, domains=domains, complete=bool(domains))
