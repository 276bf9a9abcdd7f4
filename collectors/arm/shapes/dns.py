"""The shapes of private zones, resolvers, rulesets and security policies."""

from __future__ import annotations

from collectors.arm.shapes.common import Reference, Shape


class ZoneLinkShape(Shape):
    """A virtual network link; no `resolutionPolicy` on zones that are not private-link zones."""

    virtual_network: Reference | None = None
    registration_enabled: bool | None = None
    resolution_policy: str | None = None
    virtual_network_link_state: str | None = None
    provisioning_state: str | None = None


class ARecordShape(Shape):
    """One A record."""

    ipv4_address: str | None = None


class AaaaRecordShape(Shape):
    """One AAAA record."""

    ipv6_address: str | None = None


class CnameRecordShape(Shape):
    """The CNAME record."""

    cname: str | None = None


class PtrRecordShape(Shape):
    """One PTR record; the key has no capital letter."""

    ptrdname: str | None = None


class MetadataShape(Shape):
    """What a zone group leaves on its records."""

    creator: str | None = None


class RecordSetShape(Shape):
    """A record set."""

    ttl: int | None = None
    is_auto_registered: bool | None = None
    metadata: MetadataShape | None = None
    a_records: list[ARecordShape] | None = None
    aaaa_records: list[AaaaRecordShape] | None = None
    cname_record: CnameRecordShape | None = None
    ptr_records: list[PtrRecordShape] | None = None


class InboundAddressShape(Shape):
    """One address of an inbound endpoint; DNS resolver spells the key with a small p."""

    private_ip_address: str | None = None
    private_ip_allocation_method: str | None = None
    subnet: Reference | None = None


class InboundEndpointShape(Shape):
    """An inbound endpoint."""

    ip_configurations: list[InboundAddressShape] | None = None
    provisioning_state: str | None = None


class OutboundEndpointShape(Shape):
    """An outbound endpoint."""

    subnet: Reference | None = None
    provisioning_state: str | None = None


class RulesetShape(Shape):
    """A DNS forwarding ruleset."""

    dns_resolver_outbound_endpoints: list[Reference] | None = None
    provisioning_state: str | None = None


class TargetShape(Shape):
    """Where a rule sends; 53 is the port that is left out."""

    ip_address: str | None = None
    port: int | None = None


class ForwardingRuleShape(Shape):
    """A forwarding rule."""

    domain_name: str | None = None
    target_dns_servers: list[TargetShape] | None = None
    forwarding_rule_state: str | None = None
    provisioning_state: str | None = None


class ProvisionedShape(Shape):
    """Properties of which only the state matters."""

    provisioning_state: str | None = None


class ActionShape(Shape):
    """What a security rule does. The block's response code of old versions says nothing of today's answer."""

    action_type: str | None = None


class SecurityRuleShape(Shape):
    """A rule of a DNS security policy."""

    priority: int | None = None
    action: ActionShape | None = None
    dns_resolver_domain_lists: list[Reference] | None = None
    managed_domain_lists: list[str] | None = None
    dns_security_rule_state: str | None = None
    provisioning_state: str | None = None


class DomainListShape(Shape):
    """A list of domains."""

    domains: list[str] | None = None
