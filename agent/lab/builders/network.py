"""Virtual networks and interfaces, as Microsoft.Network sends them at 2025-05-01."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.lab.builders.common import REGION, Body, Group, document, guid, weak_etag
from collectors.graph.documents import Document

_VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks"
_INTERFACE = "Microsoft.Network/networkInterfaces"


def network_id(group: Group, name: str) -> str:
    """The id of a virtual network."""
    return group.id(_VIRTUAL_NETWORK, name)


def virtual_network(
    group: Group,
    name: str,
    prefix: str,
    *,
    subnets: Mapping[str, str],
    dns_servers: Sequence[str] | None = None,
    peers: Mapping[str, str] | None = None,
) -> Document:
    """A virtual network. `dns_servers` None leaves dhcpOptions out; `peers` maps remote ids to prefixes."""
    own = network_id(group, name)
    body: Body = {
        "name": name,
        "id": own,
        "etag": weak_etag(own),
        "type": _VIRTUAL_NETWORK,
        "location": REGION,
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(own),
            "addressSpace": {"addressPrefixes": [prefix]},
            "privateEndpointVNetPolicies": "Disabled",
            "subnets": [_subnet(own, subnet, prefixes) for subnet, prefixes in subnets.items()],
            "virtualNetworkPeerings": [
                _peering(own, remote, remote_prefix) for remote, remote_prefix in (peers or {}).items()
            ],
            "enableDdosProtection": False,
        },
    }
    if dns_servers is not None:
        body["properties"]["dhcpOptions"] = {"dnsServers": list(dns_servers)}
    return document("virtual-network", body)


def _subnet(network: str, name: str, prefix: str) -> Body:
    return {
        "name": name,
        "id": f"{network}/subnets/{name}",
        "etag": weak_etag(network),
        "properties": {
            "provisioningState": "Succeeded",
            "addressPrefix": prefix,
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
        },
        "type": f"{_VIRTUAL_NETWORK}/subnets",
    }


def _peering(network: str, remote: str, remote_prefix: str) -> Body:
    name = f"to-{remote.rpartition('/')[2]}"
    return {
        "name": name,
        "id": f"{network}/virtualNetworkPeerings/{name}",
        "etag": weak_etag(network),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(network + remote),
            "peeringState": "Connected",
            "peeringSyncLevel": "FullyInSync",
            "peerCompleteVnets": True,
            "remoteVirtualNetwork": {"id": remote},
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": True,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
            "remoteAddressSpace": {"addressPrefixes": [remote_prefix]},
            "remoteVirtualNetworkAddressSpace": {"addressPrefixes": [remote_prefix]},
            "routeServiceVips": {},
        },
        "type": f"{_VIRTUAL_NETWORK}/virtualNetworkPeerings",
    }


def vm_interface(group: Group, name: str, machine: str, subnet: str, address: str) -> Document:
    """The interface of an ordinary virtual machine."""
    own = interface_id(group, name)
    body = interface(own, [ip_configuration(own, "ipconfig1", address, subnet, primary=True)])
    body["tags"] = {}
    body["properties"] |= {
        "primary": True,
        "macAddress": "00-0D-3A-00-00-01",
        "virtualMachine": {"id": group.id("Microsoft.Compute/virtualMachines", machine)},
    }
    return document("network-interface", body)


def interface_id(group: Group, name: str) -> str:
    """The id of a network interface."""
    return group.id(_INTERFACE, name)


def interface(own: str, configurations: list[Body]) -> Body:
    """What the interfaces of machines and of private endpoints have in common."""
    return {
        "name": own.rpartition("/")[2],
        "id": own,
        "etag": weak_etag(own),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(own),
            "ipConfigurations": configurations,
            "dnsSettings": {
                "dnsServers": [],
                "appliedDnsServers": [],
                "internalDomainNameSuffix": "lab0lab0lab0lab0lab0lab0la.ax.internal.cloudapp.net",
            },
            "enableAcceleratedNetworking": False,
            "vnetEncryptionSupported": False,
            "enableIPForwarding": False,
            "disableTcpStateTracking": False,
            "hostedWorkloads": [],
            "tapConfigurations": [],
            "nicType": "Standard",
            "allowPort25Out": True,
            "defaultOutboundConnectivityEnabled": False,
            "auxiliaryMode": "None",
            "auxiliarySku": "None",
        },
        "type": _INTERFACE,
        "location": REGION,
        "kind": "Regular",
    }


def ip_configuration(interface: str, name: str, address: str, subnet: str, *, primary: bool) -> Body:
    """One address of an interface."""
    return {
        "name": name,
        "id": f"{interface}/ipConfigurations/{name}",
        "etag": weak_etag(interface),
        "type": f"{_INTERFACE}/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": subnet},
            "primary": primary,
            "privateIPAddressVersion": "IPv4",
        },
    }
