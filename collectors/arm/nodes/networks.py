"""Virtual networks, hubs, gateways, and what a network manager may connect."""

from __future__ import annotations

from collectors.arm.nodes.reading import (
    addresses_of,
    envelope,
    id_of,
    ids_of,
    prefixes_of,
    properties,
    region,
    resource,
    servers_of,
    text_id,
    text_ids,
)
from collectors.arm.shapes import networks as shapes
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    ConnectivityConfiguration,
    GatewaySubnet,
    HubConnection,
    NetworkGateway,
    NetworkGroup,
    NetworkManager,
    Peering,
    PointToSiteGateway,
    StaticMember,
    Subnet,
    VirtualHub,
    VirtualMachine,
    VirtualNetwork,
    VirtualWan,
)

_GATEWAY = "microsoft.network/virtualnetworkgateways"


def _subnet(shape: shapes.SubnetShape) -> Subnet | None:
    if not shape.id:
        return None
    subnet = shape.properties or shapes.SubnetProperties()
    services = (delegation.properties.service_name for delegation in subnet.delegations or () if delegation.properties)
    return Subnet(
        id=ArmId(shape.id),
        prefixes=prefixes_of(subnet.address_prefixes or [subnet.address_prefix]),
        delegations=tuple(service.lower() for service in services if service),
    )


def _peering(shape: shapes.PeeringShape) -> Peering:
    peering = shape.properties or shapes.PeeringProperties()
    return Peering(
        name=shape.name or "",
        remote=id_of(peering.remote_virtual_network),
        state=peering.peering_state or "",
        gateway_transit=bool(peering.allow_gateway_transit),
        remote_gateways=bool(peering.use_remote_gateways),
    )


def parse_network(document: Document) -> VirtualNetwork:
    """A virtual network with its subnets and peerings."""
    body, network = resource(document, shapes.NetworkShape)
    return VirtualNetwork(
        id=document.id,
        location=region(body.location),
        prefixes=prefixes_of(network.address_space.address_prefixes if network.address_space else None),
        dns_servers=servers_of(network.dhcp_options),
        subnets=tuple(s for shape in network.subnets or () if (s := _subnet(shape))),
        peerings=tuple(_peering(shape) for shape in network.virtual_network_peerings or ()),
        encrypted=bool(network.encryption and network.encryption.enabled),
    )


def parse_wan(document: Document) -> VirtualWan:
    """A virtual WAN."""
    return VirtualWan(id=document.id, type=properties(document, shapes.WanShape).type or "")


def parse_hub(document: Document) -> VirtualHub:
    """A virtual hub."""
    body, hub = resource(document, shapes.HubShape)
    return VirtualHub(
        id=document.id,
        location=region(body.location),
        wan=id_of(hub.virtual_wan),
        prefixes=prefixes_of([hub.address_prefix]),
        firewall=id_of(hub.azure_firewall),
        gateways=ids_of((hub.vpn_gateway, hub.express_route_gateway)),
    )


def parse_hub_connection(document: Document) -> HubConnection:
    """The connection of a network to the hub above it."""
    connection = properties(document, shapes.HubConnectionShape)
    return HubConnection(
        id=document.id,
        hub=document.id.parent,
        network=id_of(connection.remote_virtual_network),
        provisioning_state=connection.provisioning_state or "",
    )


def parse_p2s_gateway(document: Document) -> PointToSiteGateway:
    """A point-to-site gateway of a virtual hub."""
    gateway = properties(document, shapes.PointToSiteShape)
    return PointToSiteGateway(
        id=document.id,
        hub=id_of(gateway.virtual_hub),
        dns_servers=addresses_of(gateway.custom_dns_servers),
    )


def parse_gateway_subnet(document: Document) -> GatewaySubnet:
    """A subnet with the gateways among what stands in it."""
    subnet = properties(document, shapes.GatewaySubnetShape)
    above = (id.parent for id in ids_of(subnet.ip_configurations))
    gateways = dict.fromkeys(id for id in above if id.type.lower() == _GATEWAY)
    return GatewaySubnet(id=document.id, gateways=tuple(gateways))


def parse_gateway(document: Document) -> NetworkGateway:
    """A virtual network gateway."""
    gateway = properties(document, shapes.GatewayShape)
    subnets = ids_of(c.properties.subnet for c in gateway.ip_configurations or () if c.properties)
    clients = gateway.vpn_client_configuration or shapes.VpnClientShape()
    pool = clients.vpn_client_address_pool or shapes.AddressSpaceShape()
    return NetworkGateway(
        id=document.id,
        type=gateway.gateway_type or "",
        networks=tuple(dict.fromkeys(subnet.parent for subnet in subnets)),
        client_prefixes=prefixes_of(pool.address_prefixes),
    )


def parse_manager(document: Document) -> NetworkManager:
    """A network manager."""
    envelope(document)
    return NetworkManager(id=document.id)


def parse_connectivity(document: Document) -> ConnectivityConfiguration:
    """What a network manager may connect."""
    configuration = properties(document, shapes.ConnectivityShape)
    topology = configuration.connectivity_topology or ""
    applied = configuration.applies_to_groups or ()
    direct = (
        group.network_group_id
        for group in applied
        if topology.lower() == "mesh" or (group.group_connectivity or "").lower() == "directlyconnected"
    )
    return ConnectivityConfiguration(
        id=document.id,
        topology=topology,
        hubs=text_ids(hub.resource_id for hub in configuration.hubs or ()),
        groups=text_ids(group.network_group_id for group in applied),
        direct_groups=text_ids(direct),
    )


def parse_group(document: Document) -> NetworkGroup:
    """A group of networks."""
    envelope(document)
    return NetworkGroup(id=document.id)


def parse_static_member(document: Document) -> StaticMember:
    """A network in the group above it."""
    member = properties(document, shapes.StaticMemberShape)
    return StaticMember(id=document.id, group=document.id.parent, network=text_id(member.resource_id))


def parse_machine(document: Document) -> VirtualMachine:
    """A virtual machine; machines made from a specialised disk do not tell their name."""
    machine = properties(document, shapes.MachineShape)
    return VirtualMachine(
        id=document.id,
        computer_name=(machine.os_profile.computer_name if machine.os_profile else None) or "",
        interfaces=ids_of(machine.network_profile.network_interfaces if machine.network_profile else None),
    )
