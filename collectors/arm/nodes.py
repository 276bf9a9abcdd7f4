"""Documents to nodes, pure. A document that cannot be understood becomes a gap and stays in the snapshot."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from collectors.arm import shapes
from collectors.graph import addresses
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId, Fqdn, absolute, fqdn
from collectors.graph.nodes import (
    Connection,
    GroupRecord,
    IpConfiguration,
    NamedAddresses,
    NetworkInterface,
    Node,
    OwnerStamp,
    Peering,
    PermissionRow,
    Permissions,
    PrivateEndpoint,
    PrivateZone,
    RecordSet,
    Subnet,
    Subscription,
    VirtualNetwork,
    Workspace,
    ZoneConfig,
    ZoneGroup,
    ZoneLink,
)

_STAMP = re.compile(r"created by private endpoint (\S+) with resource guid ([0-9a-f-]+)", re.IGNORECASE)
_Shape = TypeVar("_Shape", bound=shapes.Shape)


def parse_document(document: Document) -> Node | Gap | None:
    """The node of a document; a gap when its shape is wrong; None for a kind that this version does not know."""
    parse = _PARSERS.get(document.kind)
    if parse is None:
        return None
    try:
        return parse(document)
    except (msgspec.ValidationError, ValueError) as error:
        return Gap(
            kind=document.kind,
            scope=document.id.text,
            reason=Reason.MALFORMED,
            detail=f"the resource was read but not understood: {error}"[:300],
            action="keep the snapshot and report it",
        )


def _shape(document: Document, shape: type[_Shape]) -> _Shape:
    return msgspec.convert(document.body, shape)


def _id(reference: shapes.Reference | None) -> ArmId | None:
    return ArmId(reference.id) if reference and reference.id else None


def _ids(references: Iterable[shapes.Reference | None] | None) -> tuple[ArmId, ...]:
    return tuple(found for reference in references or () if (found := _id(reference)))


def _addresses(texts: Iterable[str | None] | None) -> tuple[str, ...]:
    return tuple(addresses.address(text) for text in texts or () if text)


def _servers(settings: shapes.DnsSettingsShape | None) -> tuple[str, ...]:
    texts = (settings.dns_servers if settings else None) or ()
    # The one text that an interface may hold instead of addresses: Azure DNS, whatever its network says.
    return _addresses(PLATFORM_RESOLVER if text.lower() == "azureprovideddns" else text for text in texts)


def _prefix(text: str) -> str:
    if "%" in text:
        raise ValueError(f"an address range with a zone: {text!r}")
    return str(ipaddress.ip_network(text, strict=False))


def _prefixes(texts: Iterable[str | None] | None) -> tuple[str, ...]:
    return tuple(_prefix(text) for text in texts or () if text)


def _parse_subscription(document: Document) -> Subscription:
    body = _shape(document, shapes.SubscriptionShape)
    return Subscription(
        id=document.id,
        name=body.display_name or "",
        state=body.state or "",
        tenant=(body.tenant_id or "").lower(),
    )


def _parse_permissions(document: Document) -> Permissions:
    body = _shape(document, shapes.PermissionsShape)
    rows = (
        PermissionRow(actions=tuple(row.actions or ()), not_actions=tuple(row.not_actions or ()))
        for row in body.value or ()
    )
    return Permissions(id=document.id, scope=ArmId(document.id.text.rsplit("/", 3)[0]), rows=tuple(rows))


def _connection(shape: shapes.ConnectionShape, *, manual: bool) -> Connection:
    properties = shape.properties or shapes.ConnectionProperties()
    state = properties.private_link_service_connection_state or shapes.ConnectionStateShape()
    target = properties.private_link_service_id
    return Connection(
        target=ArmId(target) if target else None,
        group_ids=tuple(group.lower() for group in properties.group_ids or ()),
        status=state.status or "",
        description=state.description or "",
        manual=manual,
    )


def _parse_endpoint(document: Document) -> PrivateEndpoint:
    body = _shape(document, shapes.EndpointShape)
    properties = body.properties or shapes.EndpointProperties()
    automatic = (_connection(c, manual=False) for c in properties.private_link_service_connections or ())
    manual = (_connection(c, manual=True) for c in properties.manual_private_link_service_connections or ())
    return PrivateEndpoint(
        id=document.id,
        location=body.location or "",
        subnet=_id(properties.subnet),
        interfaces=_ids(properties.network_interfaces),
        connections=(*automatic, *manual),
        custom_dns=tuple(
            NamedAddresses(name=fqdn(config.fqdn), addresses=_addresses(config.ip_addresses))
            for config in properties.custom_dns_configs or ()
            if config.fqdn
        ),
        provisioning_state=properties.provisioning_state or "",
        resource_guid=(properties.resource_guid or "").lower(),
    )


def _group_record(shape: shapes.GroupRecordShape) -> GroupRecord:
    return GroupRecord(
        type=(shape.record_type or "").upper(),
        name=(shape.record_set_name or "").lower(),
        fqdn=fqdn(shape.fqdn or ""),
        addresses=_addresses(shape.ip_addresses),
    )


def _zone_config(shape: shapes.ZoneConfigShape) -> ZoneConfig:
    properties = shape.properties or shapes.ZoneConfigProperties()
    return ZoneConfig(
        name=shape.name or "",
        zone=ArmId(properties.private_dns_zone_id) if properties.private_dns_zone_id else None,
        records=tuple(_group_record(record) for record in properties.record_sets or ()),
    )


def _parse_zone_group(document: Document) -> ZoneGroup:
    body = _shape(document, shapes.ZoneGroupShape)
    properties = body.properties or shapes.ZoneGroupProperties()
    return ZoneGroup(
        id=document.id,
        endpoint=document.id.parent,
        configs=tuple(_zone_config(config) for config in properties.private_dns_zone_configs or ()),
        provisioning_state=properties.provisioning_state or "",
    )


def _ip_configuration(shape: shapes.IpConfigurationShape) -> IpConfiguration | None:
    properties = shape.properties or shapes.IpConfigurationProperties()
    if not properties.private_ip_address:
        return None
    link = properties.private_link_connection_properties or shapes.PrivateLinkConnectionProperties()
    return IpConfiguration(
        name=shape.name or "",
        address=addresses.address(properties.private_ip_address.partition("/")[0]),  # a block of addresses has a prefix
        subnet=_id(properties.subnet),
        group_id=(link.group_id or "").lower(),
        member=link.required_member_name or "",
        fqdns=tuple(fqdn(name) for name in link.fqdns or () if name),
    )


def _parse_interface(document: Document) -> NetworkInterface:
    body = _shape(document, shapes.InterfaceShape)
    properties = body.properties or shapes.InterfaceProperties()
    configurations = (_ip_configuration(shape) for shape in properties.ip_configurations or ())
    return NetworkInterface(
        id=document.id,
        endpoint=_id(properties.private_endpoint),
        dns_servers=_servers(properties.dns_settings),
        ip_configurations=tuple(c for c in configurations if c),
    )


def _subnet(shape: shapes.SubnetShape) -> Subnet | None:
    if not shape.id:
        return None
    properties = shape.properties or shapes.SubnetProperties()
    texts = properties.address_prefixes or [properties.address_prefix or ""]
    return Subnet(id=ArmId(shape.id), prefixes=_prefixes(texts))


def _peering(shape: shapes.PeeringShape) -> Peering:
    properties = shape.properties or shapes.PeeringProperties()
    return Peering(
        name=shape.name or "",
        remote=_id(properties.remote_virtual_network),
        state=properties.peering_state or "",
    )


def _parse_network(document: Document) -> VirtualNetwork:
    body = _shape(document, shapes.NetworkShape)
    properties = body.properties or shapes.NetworkProperties()
    space = properties.address_space or shapes.AddressSpaceShape()
    return VirtualNetwork(
        id=document.id,
        location=body.location or "",
        prefixes=_prefixes(space.address_prefixes),
        dns_servers=_servers(properties.dhcp_options),
        subnets=tuple(s for shape in properties.subnets or () if (s := _subnet(shape))),
        peerings=tuple(_peering(shape) for shape in properties.virtual_network_peerings or ()),
    )


def _parse_zone(document: Document) -> PrivateZone:
    body = _shape(document, shapes.ZoneShape)
    name = fqdn(body.name or document.id.name)
    if not name:
        raise ValueError("a private DNS zone over the root")
    return PrivateZone(id=document.id, name=name)


def _parse_link(document: Document) -> ZoneLink:
    properties = _shape(document, shapes.LinkShape).properties or shapes.LinkProperties()
    network = _id(properties.virtual_network)
    if network is None:
        raise ValueError("a virtual network link without a virtual network")
    return ZoneLink(
        id=document.id,
        zone=document.id.parent,
        network=network,
        registration=bool(properties.registration_enabled),
        fallback=(properties.resolution_policy or "").lower() == "nxdomainredirect",
        state=properties.virtual_network_link_state or "",
        provisioning_state=properties.provisioning_state or "",
    )


def _owner(metadata: shapes.MetadataShape | None) -> OwnerStamp | None:
    stamp = _STAMP.search(metadata.creator) if metadata and metadata.creator else None
    return OwnerStamp(endpoint=stamp[1], resource_guid=stamp[2].lower()) if stamp else None


def _record_name(document: Document, body: shapes.RecordSetShape) -> str:
    """The name relative to its zone. Raises ValueError where the two make no domain name."""
    name = (body.name or document.id.name).lower()
    fqdn(absolute(name, document.id.parent.name))
    return name


def _parse_record_set(document: Document) -> RecordSet:
    body = _shape(document, shapes.RecordSetShape)
    properties = body.properties or shapes.RecordSetProperties()
    cname = properties.cname_record.cname if properties.cname_record else None
    held = (
        *_addresses(record.ipv4_address for record in properties.a_records or ()),
        *_addresses(record.ipv6_address for record in properties.aaaa_records or ()),
    )
    return RecordSet(
        id=document.id,
        zone=document.id.parent,
        name=_record_name(document, body),
        type=(body.type or document.id.type).rpartition("/")[2].upper(),
        ttl=properties.ttl or 0,
        addresses=tuple(sorted(held)),
        cname=fqdn(cname) if cname else None,
        owner=_owner(properties.metadata),
        auto_registered=bool(properties.is_auto_registered),
    )


def _notebook_fqdn(info: shapes.NotebookInfoShape | None) -> Fqdn | None:
    return fqdn(info.fqdn) if info and info.fqdn else None


def _parse_workspace(document: Document) -> Workspace:
    body = _shape(document, shapes.WorkspaceShape)
    properties = body.properties or shapes.WorkspaceProperties()
    access = (properties.public_network_access or "").lower()
    connections = (c.properties.private_endpoint for c in properties.private_endpoint_connections or () if c.properties)
    return Workspace(
        id=document.id,
        guid=(properties.workspace_id or "").lower(),
        location=(body.location or "").lower().replace(" ", ""),
        kind=body.kind or "Default",
        notebook_fqdn=_notebook_fqdn(properties.notebook_info),
        public_access={"enabled": True, "disabled": False}.get(access),
        endpoints=_ids(connections),
    )


_PARSERS: dict[str, Callable[[Document], Node]] = {
    "subscription": _parse_subscription,
    "permissions": _parse_permissions,
    "private-endpoint": _parse_endpoint,
    "private-dns-zone-group": _parse_zone_group,
    "network-interface": _parse_interface,
    "virtual-network": _parse_network,
    "private-dns-zone": _parse_zone,
    "zone-link": _parse_link,
    "record-set": _parse_record_set,
    "workspace": _parse_workspace,
}
