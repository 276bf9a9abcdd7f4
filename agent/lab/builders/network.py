"""Virtual networks, machines and their interfaces, as Microsoft.Network sends them at 2025-05-01."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.lab.builders.common import Body, Group, document, guid, name_of, weak_etag
from agent.lab.clouds import names_of_region
from collectors.graph.documents import Document

_VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks"
_INTERFACE = "Microsoft.Network/networkInterfaces"
_MACHINE = "Microsoft.Compute/virtualMachines"
_RESOLVER_SERVICE = "Microsoft.Network/dnsResolvers"
_INTERNAL = "lab0lab0lab0lab0lab0lab0la.ax.internal"


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
    resolver_subnets: Sequence[str] = (),
    occupants: Mapping[str, Sequence[str]] | None = None,
) -> Document:
    """A virtual network. `dns_servers` None leaves dhcpOptions out; `peers` maps remote ids to prefixes.

    `resolver_subnets` are delegated to DNS resolvers; `occupants` maps subnets to the ids of IP configurations.
    """
    own = network_id(group, name)
    made = [_subnet(own, subnet, prefixes) for subnet, prefixes in subnets.items()]
    for subnet in made:
        if subnet["name"] in resolver_subnets:
            subnet["properties"]["delegations"] = [_delegation(subnet["id"])]
        if occupants and subnet["name"] in occupants:
            subnet["properties"]["ipConfigurations"] = [{"id": id} for id in occupants[subnet["name"]]]
    body: Body = {
        "name": name,
        "id": own,
        "etag": weak_etag(own),
        "type": _VIRTUAL_NETWORK,
        "location": group.region,
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(own),
            "addressSpace": {"addressPrefixes": [prefix]},
            "privateEndpointVNetPolicies": "Disabled",
            "subnets": made,
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


def _delegation(subnet: str) -> Body:
    return {
        "name": _RESOLVER_SERVICE,
        "id": f"{subnet}/delegations/{_RESOLVER_SERVICE}",
        "etag": weak_etag(subnet),
        "properties": {
            "provisioningState": "Succeeded",
            "serviceName": _RESOLVER_SERVICE,
            "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
        },
        "type": f"{_VIRTUAL_NETWORK}/subnets/delegations",
    }


def _peering(network: str, remote: str, remote_prefix: str) -> Body:
    name = f"to-{name_of(remote)}"
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
    body = interface(own, [ip_configuration(own, "ipconfig1", address, subnet, primary=True)], group.region)
    body["tags"] = {}
    body["properties"] |= {
        "primary": True,
        "macAddress": "00-0D-3A-00-00-01",
        "virtualMachine": {"id": group.id(_MACHINE, machine)},
    }
    return document("network-interface", body)


def virtual_machine(group: Group, name: str, interface: str, *, computer_name: str = "") -> Document:
    """An ordinary virtual machine with one interface (a name); what the guest calls itself may differ."""
    own = group.id(_MACHINE, name)
    return document(
        "virtual-machine",
        {
            "name": name,
            "id": own,
            "type": _MACHINE,
            "location": group.region,
            "tags": {},
            "properties": {
                "vmId": guid(own),
                "hardwareProfile": {"vmSize": "Standard_B2s"},
                "provisioningState": "Succeeded",
                "osProfile": {
                    "computerName": computer_name or name,
                    "adminUsername": "azureuser",
                    "linuxConfiguration": {"disablePasswordAuthentication": True, "provisionVMAgent": True},
                    "secrets": [],
                    "allowExtensionOperations": True,
                },
                "networkProfile": {
                    "networkInterfaces": [{"id": interface_id(group, interface), "properties": {"primary": True}}]
                },
            },
        },
    )


def interface_id(group: Group, name: str) -> str:
    """The id of a network interface."""
    return group.id(_INTERFACE, name)


def interface(own: str, configurations: list[Body], region: str) -> Body:
    """What the interfaces of machines and of private endpoints have in common."""
    return {
        "name": name_of(own),
        "id": own,
        "etag": weak_etag(own),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(own),
            "ipConfigurations": configurations,
            "dnsSettings": {
                "dnsServers": [],
                "appliedDnsServers": [],
                "internalDomainNameSuffix": f"{_INTERNAL}.{names_of_region(region).portal}",
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
        "location": region,
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
