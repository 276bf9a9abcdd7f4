"""Virtual WANs with their hubs, and the gateways of hubs and of networks."""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab.builders.common import Body, Group, document, guid, name_of, weak_etag
from collectors.graph.documents import Document

_WAN = "Microsoft.Network/virtualWans"
_HUB = "Microsoft.Network/virtualHubs"
_P2S = "Microsoft.Network/p2sVpnGateways"
_GATEWAY = "Microsoft.Network/virtualNetworkGateways"
_SUBNET = "Microsoft.Network/virtualNetworks/subnets"


def wan_id(group: Group, name: str) -> str:
    """The id of a virtual WAN."""
    return group.id(_WAN, name)


def hub_id(group: Group, name: str) -> str:
    """The id of a virtual hub."""
    return group.id(_HUB, name)


def p2s_gateway_id(group: Group, name: str) -> str:
    """The id of a point-to-site gateway."""
    return group.id(_P2S, name)


def gateway_id(group: Group, name: str) -> str:
    """The id of a virtual network gateway."""
    return group.id(_GATEWAY, name)


def gateway_configuration_id(group: Group, name: str) -> str:
    """The id of the IP configuration of a virtual network gateway, to which its subnet points."""
    return f"{gateway_id(group, name)}/ipConfigurations/default"


def virtual_wan(group: Group, name: str, hubs: Sequence[str]) -> Document:
    """A virtual WAN of type Standard, the only one whose hubs reach each other."""
    properties: Body = {
        "disableVpnEncryption": False,
        "allowBranchToBranchTraffic": True,
        "virtualHubs": [{"id": id} for id in hubs],
        "type": "Standard",
    }
    return _network("virtual-wan", group, wan_id(group, name), _WAN, properties)


def virtual_hub(group: Group, name: str, wan: str, prefix: str, *, firewall: str = "", p2s: str = "") -> Document:
    """A virtual hub of a WAN; `firewall` and `p2s` are ids of what stands in it."""
    properties: Body = {
        "virtualHubRouteTableV2s": [],
        "addressPrefix": prefix,
        "virtualRouterAsn": 65515,
        "virtualRouterIps": [],
        "routeTable": {"routes": []},
        "virtualWan": {"id": wan},
        "sku": "Standard",
        "routingState": "Provisioned",
        "allowBranchToBranchTraffic": False,
    }
    if firewall:
        properties["azureFirewall"] = {"id": firewall}
    if p2s:
        properties["p2SVpnGateway"] = {"id": p2s}
    return _network("virtual-hub", group, hub_id(group, name), _HUB, properties)


def hub_connection(hub: str, network: str) -> Document:
    """A network that is connected to a hub. It has neither location nor tags."""
    own = f"{hub}/hubVirtualNetworkConnections/to-{name_of(network)}"
    return document(
        "hub-connection",
        {
            "name": name_of(own),
            "id": own,
            "etag": weak_etag(own),
            "type": f"{_HUB}/hubVirtualNetworkConnections",
            "properties": {
                "provisioningState": "Succeeded",
                "resourceGuid": guid(own),
                "remoteVirtualNetwork": {"id": network},
                "allowHubToRemoteVnetTransit": True,
                "allowRemoteVnetToUseHubVnetGateways": True,
                "enableInternetSecurity": True,
                "connectivityStatus": "Connected",
            },
        },
    )


def p2s_gateway(group: Group, name: str, hub: str, dns_servers: Sequence[str]) -> Document:
    """A point-to-site gateway of a hub; its users ask `dns_servers`."""
    properties: Body = {
        "virtualHub": {"id": hub},
        "p2SConnectionConfigurations": [],
        "vpnGatewayScaleUnit": 1,
        "customDnsServers": list(dns_servers),
        "isRoutingPreferenceInternet": False,
    }
    return _network("p2s-gateway", group, p2s_gateway_id(group, name), _P2S, properties)


def network_gateway(group: Group, name: str, subnet: str, clients: Sequence[str]) -> Document:
    """A VPN gateway in a network's GatewaySubnet; its point-to-site users get addresses of `clients`."""
    own = gateway_id(group, name)
    configuration = {
        "name": "default",
        "id": gateway_configuration_id(group, name),
        "etag": weak_etag(own),
        "type": f"{_GATEWAY}/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": subnet},
        },
    }
    properties: Body = {
        "gatewayType": "Vpn",
        "vpnType": "RouteBased",
        "vpnGatewayGeneration": "Generation2",
        "enableBgp": False,
        "activeActive": False,
        "ipConfigurations": [configuration],
        "sku": {"name": "VpnGw2", "tier": "VpnGw2", "capacity": 2},
        "vpnClientConfiguration": {
            "vpnClientAddressPool": {"addressPrefixes": list(clients)},
            "vpnClientProtocols": ["OpenVPN"],
            "vpnAuthenticationTypes": ["AAD"],
            "vpnClientRootCertificates": [],
            "vpnClientRevokedCertificates": [],
        },
    }
    return _network("virtual-network-gateway", group, own, _GATEWAY, properties)


def gateway_subnet(network: str, prefix: str, gateways: Sequence[str]) -> Document:
    """A network's GatewaySubnet read by itself; `gateways` are the ids of their IP configurations."""
    own = f"{network}/subnets/GatewaySubnet"
    return document(
        "gateway-subnet",
        {
            "name": "GatewaySubnet",
            "id": own,
            "etag": weak_etag(network),
            "properties": {
                "provisioningState": "Succeeded",
                "addressPrefix": prefix,
                "ipConfigurations": [{"id": id} for id in gateways],
                "delegations": [],
                "privateEndpointNetworkPolicies": "Disabled",
                "privateLinkServiceNetworkPolicies": "Enabled",
            },
            "type": _SUBNET,
        },
    )


def _network(kind: str, group: Group, own: str, arm_type: str, properties: Body) -> Document:
    return document(
        kind,
        {
            "name": name_of(own),
            "id": own,
            "etag": weak_etag(own),
            "type": arm_type,
            "location": group.region,
            "tags": {},
            "properties": {"provisioningState": "Succeeded", "resourceGuid": guid(own)} | properties,
        },
    )
