"""Private endpoints, their zone groups and interfaces."""

from __future__ import annotations

from collectors.arm.nodes.reading import addresses_of, id_of, ids_of, properties, region, resource, servers_of, text_id
from collectors.arm.shapes import endpoints as shapes
from collectors.graph import addresses
from collectors.graph.documents import Document
from collectors.graph.ids import fqdn
from collectors.graph.nodes import (
    Connection,
    GroupRecord,
    IpConfiguration,
    NamedAddresses,
    NetworkInterface,
    PrivateEndpoint,
    ZoneConfig,
    ZoneGroup,
)


def _connection(shape: shapes.ConnectionShape, *, manual: bool) -> Connection:
    connection = shape.properties or shapes.ConnectionProperties()
    state = connection.private_link_service_connection_state or shapes.ConnectionStateShape()
    return Connection(
        target=text_id(connection.private_link_service_id),
        group_ids=tuple(group.lower() for group in connection.group_ids or ()),
        status=state.status or "",
        description=state.description or "",
        manual=manual,
    )


def parse_endpoint(document: Document) -> PrivateEndpoint:
    """A private endpoint; connections that need approval by hand stand in a list of their own."""
    body, endpoint = resource(document, shapes.EndpointShape)
    automatic = (_connection(c, manual=False) for c in endpoint.private_link_service_connections or ())
    manual = (_connection(c, manual=True) for c in endpoint.manual_private_link_service_connections or ())
    return PrivateEndpoint(
        id=document.id,
        location=region(body.location),
        subnet=id_of(endpoint.subnet),
        interfaces=ids_of(endpoint.network_interfaces),
        connections=(*automatic, *manual),
        custom_dns=tuple(
            NamedAddresses(name=fqdn(config.fqdn), addresses=addresses_of(config.ip_addresses))
            for config in endpoint.custom_dns_configs or ()
            if config.fqdn
        ),
        provisioning_state=endpoint.provisioning_state or "",
        resource_guid=(endpoint.resource_guid or "").lower(),
    )


def _group_record(shape: shapes.GroupRecordShape) -> GroupRecord:
    return GroupRecord(
        type=(shape.record_type or "").upper(),
        name=(shape.record_set_name or "").lower(),
        fqdn=fqdn(shape.fqdn or ""),
        addresses=addresses_of(shape.ip_addresses),
    )


def _zone_config(shape: shapes.ZoneConfigShape) -> ZoneConfig:
    config = shape.properties or shapes.ZoneConfigProperties()
    return ZoneConfig(
        name=shape.name or "",
        zone=text_id(config.private_dns_zone_id),
        records=tuple(_group_record(record) for record in config.record_sets or ()),
    )


def parse_zone_group(document: Document) -> ZoneGroup:
    """A zone group, of the endpoint above it."""
    group = properties(document, shapes.ZoneGroupShape)
    return ZoneGroup(
        id=document.id,
        endpoint=document.id.parent,
        configs=tuple(_zone_config(config) for config in group.private_dns_zone_configs or ()),
        provisioning_state=group.provisioning_state or "",
    )


def _ip_configuration(shape: shapes.IpConfigurationShape) -> IpConfiguration | None:
    configuration = shape.properties or shapes.IpConfigurationProperties()
    if not configuration.private_ip_address:
        return None
    link = configuration.private_link_connection_properties or shapes.PrivateLinkConnectionProperties()
    return IpConfiguration(
        name=shape.name or "",
        address=addresses.address(configuration.private_ip_address.partition("/")[0]),  # a block has a prefix
        subnet=id_of(configuration.subnet),
        group_id=(link.group_id or "").lower(),
        member=link.required_member_name or "",
        fqdns=tuple(fqdn(name) for name in link.fqdns or () if name),
    )


def parse_interface(document: Document) -> NetworkInterface:
    """A network interface; configurations that have no address yet are left out."""
    interface = properties(document, shapes.InterfaceShape)
    configurations = (_ip_configuration(shape) for shape in interface.ip_configurations or ())
    return NetworkInterface(
        id=document.id,
        endpoint=id_of(interface.private_endpoint),
        dns_servers=servers_of(interface.dns_settings),
        ip_configurations=tuple(c for c in configurations if c),
        machine=id_of(interface.virtual_machine),
        applied_servers=addresses_of(interface.dns_settings.applied_dns_servers if interface.dns_settings else None),
    )
