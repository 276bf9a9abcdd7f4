"""The shapes of private endpoints, their zone groups and interfaces."""

from __future__ import annotations

import msgspec

from collectors.arm.shapes.common import DnsSettingsShape, Reference, Shape


class ConnectionStateShape(Shape):
    """`privateLinkServiceConnectionState`."""

    status: str | None = None
    description: str | None = None


class ConnectionProperties(Shape):
    """What a private endpoint connects to; `groupIds` is missing for a customer's own private link service."""

    private_link_service_id: str | None = None
    group_ids: list[str] | None = None
    private_link_service_connection_state: ConnectionStateShape | None = None


class ConnectionShape(Shape):
    """One private link service connection."""

    properties: ConnectionProperties | None = None


class CustomDnsConfigShape(Shape):
    """Names that need manual records; the list is empty while a zone group exists."""

    fqdn: str | None = None
    ip_addresses: list[str] | None = None


class EndpointShape(Shape):
    """A private endpoint."""

    subnet: Reference | None = None
    network_interfaces: list[Reference] | None = None
    private_link_service_connections: list[ConnectionShape] | None = None
    manual_private_link_service_connections: list[ConnectionShape] | None = None
    custom_dns_configs: list[CustomDnsConfigShape] | None = None
    provisioning_state: str | None = None
    resource_guid: str | None = None


class GroupRecordShape(Shape):
    """A record that a zone group says it wrote."""

    record_type: str | None = None
    record_set_name: str | None = None
    fqdn: str | None = None
    ip_addresses: list[str] | None = None


class ZoneConfigProperties(Shape):
    """One zone of a zone group."""

    private_dns_zone_id: str | None = None
    record_sets: list[GroupRecordShape] | None = None


class ZoneConfigShape(Shape):
    """One zone of a zone group."""

    name: str | None = None
    properties: ZoneConfigProperties | None = None


class ZoneGroupShape(Shape):
    """A private DNS zone group."""

    private_dns_zone_configs: list[ZoneConfigShape] | None = None
    provisioning_state: str | None = None


class PrivateLinkConnectionProperties(Shape):
    """The names that should lead to an address of a private endpoint's interface."""

    group_id: str | None = None
    required_member_name: str | None = None
    fqdns: list[str] | None = None


class IpConfigurationProperties(Shape):
    """One address; Network spells the key with a capital IP."""

    private_ip_address: str | None = msgspec.field(default=None, name="privateIPAddress")
    subnet: Reference | None = None
    private_link_connection_properties: PrivateLinkConnectionProperties | None = None


class IpConfigurationShape(Shape):
    """One address of an interface."""

    name: str | None = None
    properties: IpConfigurationProperties | None = None


class InterfaceShape(Shape):
    """A network interface."""

    private_endpoint: Reference | None = None
    virtual_machine: Reference | None = None
    dns_settings: DnsSettingsShape | None = None
    ip_configurations: list[IpConfigurationShape] | None = None
