"""The shapes of ARM JSON that we read: tolerant of unknown keys, of null and of missing, strict about types.

Field names are ARM's own in snake case; `None` stands for null and for missing alike, as Azure mixes them.
"""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all shapes: camelCase on the wire, unknown keys pass."""


class Reference(Shape):
    """`{"id": ...}`, the way ARM points to something."""

    id: str | None = None


class SubscriptionShape(Shape):
    """An item of GET /subscriptions: its properties are not nested."""

    display_name: str | None = None
    state: str | None = None
    tenant_id: str | None = None


class PermissionRowShape(Shape):
    """The rights of one role."""

    actions: list[str] | None = None
    not_actions: list[str] | None = None


class PermissionsShape(Shape):
    """The answer of the permissions endpoint."""

    value: list[PermissionRowShape] | None = None


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


class EndpointProperties(Shape):
    """A private endpoint."""

    subnet: Reference | None = None
    network_interfaces: list[Reference] | None = None
    private_link_service_connections: list[ConnectionShape] | None = None
    manual_private_link_service_connections: list[ConnectionShape] | None = None
    custom_dns_configs: list[CustomDnsConfigShape] | None = None
    provisioning_state: str | None = None
    resource_guid: str | None = None


class EndpointShape(Shape):
    """A private endpoint."""

    location: str | None = None
    properties: EndpointProperties | None = None


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


class ZoneGroupProperties(Shape):
    """A private DNS zone group."""

    private_dns_zone_configs: list[ZoneConfigShape] | None = None
    provisioning_state: str | None = None


class ZoneGroupShape(Shape):
    """A private DNS zone group."""

    properties: ZoneGroupProperties | None = None


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


class DnsSettingsShape(Shape):
    """An interface's own servers."""

    dns_servers: list[str] | None = None


class InterfaceProperties(Shape):
    """A network interface."""

    private_endpoint: Reference | None = None
    dns_settings: DnsSettingsShape | None = None
    ip_configurations: list[IpConfigurationShape] | None = None


class InterfaceShape(Shape):
    """A network interface."""

    properties: InterfaceProperties | None = None


class AddressSpaceShape(Shape):
    """Prefixes in CIDR form."""

    address_prefixes: list[str] | None = None


class SubnetProperties(Shape):
    """`addressPrefix` and `addressPrefixes` both occur, one of them absent."""

    address_prefix: str | None = None
    address_prefixes: list[str] | None = None


class SubnetShape(Shape):
    """A subnet inside its network."""

    id: str | None = None
    properties: SubnetProperties | None = None


class PeeringProperties(Shape):
    """One direction of a peering."""

    remote_virtual_network: Reference | None = None
    peering_state: str | None = None


class PeeringShape(Shape):
    """One direction of a peering."""

    name: str | None = None
    properties: PeeringProperties | None = None


class NetworkProperties(Shape):
    """A virtual network; `dhcpOptions` missing and empty both mean Azure-provided DNS."""

    address_space: AddressSpaceShape | None = None
    dhcp_options: DnsSettingsShape | None = None
    subnets: list[SubnetShape] | None = None
    virtual_network_peerings: list[PeeringShape] | None = None


class NetworkShape(Shape):
    """A virtual network."""

    location: str | None = None
    properties: NetworkProperties | None = None


class ZoneShape(Shape):
    """A private DNS zone: nothing but its name matters here."""

    name: str | None = None


class LinkProperties(Shape):
    """A virtual network link; no `resolutionPolicy` on zones that are not private-link zones."""

    virtual_network: Reference | None = None
    registration_enabled: bool | None = None
    resolution_policy: str | None = None
    virtual_network_link_state: str | None = None
    provisioning_state: str | None = None


class LinkShape(Shape):
    """A virtual network link of a zone."""

    properties: LinkProperties | None = None


class ARecordShape(Shape):
    """One A record."""

    ipv4_address: str | None = None


class AaaaRecordShape(Shape):
    """One AAAA record."""

    ipv6_address: str | None = None


class CnameRecordShape(Shape):
    """The CNAME record."""

    cname: str | None = None


class MetadataShape(Shape):
    """What a zone group leaves on its records."""

    creator: str | None = None


class RecordSetProperties(Shape):
    """A record set."""

    ttl: int | None = None
    is_auto_registered: bool | None = None
    metadata: MetadataShape | None = None
    a_records: list[ARecordShape] | None = None
    aaaa_records: list[AaaaRecordShape] | None = None
    cname_record: CnameRecordShape | None = None


class RecordSetShape(Shape):
    """A record set; its type ends in the record type."""

    name: str | None = None
    type: str | None = None
    properties: RecordSetProperties | None = None


class NotebookInfoShape(Shape):
    """The notebooks name, already cut to fit."""

    fqdn: str | None = None


class WorkspaceConnectionProperties(Shape):
    """A private endpoint seen from the workspace."""

    private_endpoint: Reference | None = None


class WorkspaceConnectionShape(Shape):
    """A private endpoint seen from the workspace."""

    properties: WorkspaceConnectionProperties | None = None


class WorkspaceProperties(Shape):
    """A Machine Learning workspace."""

    workspace_id: str | None = None
    public_network_access: str | None = None
    notebook_info: NotebookInfoShape | None = None
    private_endpoint_connections: list[WorkspaceConnectionShape] | None = None


class WorkspaceShape(Shape):
    """A Machine Learning workspace."""

    location: str | None = None
    kind: str | None = None
    properties: WorkspaceProperties | None = None
