"""Endpoints, networks, firewalls, hubs and gateways."""

from __future__ import annotations

from collectors.arm.kind import ENVELOPE, Kind, properties, under

_NETWORK = "2025-05-01"  # first with resourceGuid, privateLinkConnectionProperties and peering sync level all present

_CONNECTION = (
    "id",
    "name",
    "properties.privateLinkServiceId",
    "properties.groupIds",
    "properties.provisioningState",
    "properties.privateLinkServiceConnectionState",
)


def _network(name: str, title: str, type: str, keep: tuple[str, ...], parent: str = "subscription") -> Kind:
    return Kind(
        name=name,
        title=title,
        type=f"Microsoft.Network/{type}",
        client="network",
        api_version=_NETWORK,
        parent=parent,
        keep=keep,
    )


def _referenced(name: str, title: str, type: str, keep: tuple[str, ...]) -> Kind:
    return Kind(
        name=name,
        title=title,
        type=f"Microsoft.Network/{type}",
        client="network",
        api_version=_NETWORK,
        parent="subscription",
        keep=keep,
        by_reference=True,
    )


NETWORK = (
    _network(
        "private-endpoint",
        "private endpoints",
        "privateEndpoints",
        properties(
            "resourceGuid",
            "subnet.id",
            "networkInterfaces.id",
            "customDnsConfigs.fqdn",
            "customDnsConfigs.ipAddresses",
            *under("privateLinkServiceConnections", *_CONNECTION),
            *under("manualPrivateLinkServiceConnections", *_CONNECTION),
        ),
    ),
    _network(
        "private-dns-zone-group",
        "private DNS zone groups",
        "privateEndpoints/privateDnsZoneGroups",
        properties(
            "privateDnsZoneConfigs.name",
            "privateDnsZoneConfigs.properties.privateDnsZoneId",
            "privateDnsZoneConfigs.properties.recordSets",
        ),
        parent="private-endpoint",
    ),
    _network(
        "network-interface",
        "network interfaces",
        "networkInterfaces",
        properties(
            "privateEndpoint.id",
            "virtualMachine.id",
            "dnsSettings.dnsServers",
            "dnsSettings.appliedDnsServers",
            *under(
                "ipConfigurations",
                "name",
                "properties.privateIPAddress",
                "properties.subnet.id",
                "properties.privateLinkConnectionProperties",
            ),
        ),
    ),
    _network(
        "virtual-network",
        "virtual networks",
        "virtualNetworks",
        properties(
            "addressSpace.addressPrefixes",
            "dhcpOptions.dnsServers",
            "encryption.enabled",
            *under(
                "subnets",
                "id",
                "name",
                "properties.addressPrefix",
                "properties.addressPrefixes",
                "properties.delegations.properties.serviceName",
            ),
            *under(
                "virtualNetworkPeerings",
                "name",
                "properties.remoteVirtualNetwork.id",
                "properties.peeringState",
                "properties.allowGatewayTransit",
                "properties.useRemoteGateways",
            ),
        ),
    ),
    _network(
        "firewall",
        "Azure firewalls",
        "azureFirewalls",
        properties(
            "sku",
            "firewallPolicy.id",
            "virtualHub.id",
            "hubIPAddresses.privateIPAddress",
            "ipConfigurations.properties.privateIPAddress",
            "ipConfigurations.properties.subnet.id",
            *under("additionalProperties", r"Network\.DNS\.EnableProxy", r"Network\.DNS\.Servers"),  # of a classic one
        ),
    ),
    _network(
        "firewall-policy",
        "firewall policies",
        "firewallPolicies",
        properties("sku", "basePolicy.id", "dnsSettings"),
    ),
    _network("virtual-wan", "virtual WANs", "virtualWans", properties("type", "allowVnetToVnetTraffic")),
    _network(
        "virtual-hub",
        "virtual hubs",
        "virtualHubs",
        properties(
            "virtualWan.id",
            "addressPrefix",
            "azureFirewall.id",
            "vpnGateway.id",
            "expressRouteGateway.id",
            "p2SVpnGateway.id",
            "routingState",
        ),
    ),
    _network(
        "hub-connection",
        "virtual hub connections",
        "virtualHubs/hubVirtualNetworkConnections",
        properties("remoteVirtualNetwork.id"),
        parent="virtual-hub",
    ),
    _network(
        "p2s-gateway",
        "point-to-site gateways",
        "p2sVpnGateways",
        properties("virtualHub.id", "customDnsServers"),
    ),
    _network("network-manager", "network managers", "networkManagers", ENVELOPE),
    _network(
        "connectivity-configuration",
        "connectivity configurations",
        "networkManagers/connectivityConfigurations",
        properties(
            "connectivityTopology",
            "hubs.resourceId",
            "appliesToGroups.networkGroupId",
            "appliesToGroups.groupConnectivity",
        ),
        parent="network-manager",
    ),
    _network(
        "network-group", "network groups", "networkManagers/networkGroups", properties(), parent="network-manager"
    ),
    _network(
        "static-member",
        "static members of network groups",
        "networkManagers/networkGroups/staticMembers",
        properties("resourceId"),
        parent="network-group",
    ),
    # Gateways have no list per subscription. A network's GatewaySubnet leads to them.
    _referenced(
        "gateway-subnet",
        "gateway subnets",
        "virtualNetworks/subnets",
        properties("ipConfigurations.id"),
    ),
    _referenced(
        "virtual-network-gateway",
        "virtual network gateways",
        "virtualNetworkGateways",
        properties(
            "gatewayType",
            "ipConfigurations.properties.subnet.id",
            "vpnClientConfiguration.vpnClientAddressPool.addressPrefixes",
        ),
    ),
)
