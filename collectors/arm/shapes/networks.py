"""The shapes of virtual networks and what connects them."""

from __future__ import annotations

from typing import Any

import msgspec

from collectors.arm.shapes.common import DnsSettingsShape, Reference, Shape


class AddressSpaceShape(Shape):
    """Prefixes in CIDR form."""

    address_prefixes: list[str] | None = None


class DelegationProperties(Shape):
    """To which service a subnet is given."""

    service_name: str | None = None


class DelegationShape(Shape):
    """To which service a subnet is given."""

    properties: DelegationProperties | None = None


class SubnetProperties(Shape):
    """`addressPrefix` and `addressPrefixes` both occur, one of them absent."""

    address_prefix: str | None = None
    address_prefixes: list[str] | None = None
    delegations: list[DelegationShape] | None = None


class SubnetShape(Shape):
    """A subnet inside its network."""

    id: str | None = None
    properties: SubnetProperties | None = None


class PeeringProperties(Shape):
    """One direction of a peering."""

    remote_virtual_network: Reference | None = None
    peering_state: str | None = None
    allow_gateway_transit: bool | None = None
    use_remote_gateways: bool | None = None


class PeeringShape(Shape):
    """One direction of a peering."""

    name: str | None = None
    properties: PeeringProperties | None = None


class EncryptionShape(Shape):
    """Whether traffic between machines is encrypted, which resolvers do not support."""

    enabled: bool | None = None


class NetworkShape(Shape):
    """A virtual network; `dhcpOptions` missing and empty both mean Azure-provided DNS."""

    address_space: AddressSpaceShape | None = None
    dhcp_options: DnsSettingsShape | None = None
    encryption: EncryptionShape | None = None
    subnets: list[SubnetShape] | None = None
    virtual_network_peerings: list[PeeringShape] | None = None


class HubAddressesShape(Shape):
    """The addresses of a firewall in a virtual hub."""

    private_ip_address: str | None = msgspec.field(default=None, name="privateIPAddress")


class FirewallIpProperties(Shape):
    """One address of a firewall in a network."""

    private_ip_address: str | None = msgspec.field(default=None, name="privateIPAddress")
    subnet: Reference | None = None


class FirewallIpShape(Shape):
    """One address of a firewall in a network."""

    properties: FirewallIpProperties | None = None


class SkuShape(Shape):
    """What was bought: Basic firewalls know no DNS proxy."""

    tier: str | None = None


class FirewallShape(Shape):
    """An Azure firewall; `additionalProperties` hold the DNS settings of a classic one, as text or as booleans."""

    sku: SkuShape | None = None
    firewall_policy: Reference | None = None
    virtual_hub: Reference | None = None
    hub_ip_addresses: HubAddressesShape | None = msgspec.field(default=None, name="hubIPAddresses")
    ip_configurations: list[FirewallIpShape] | None = None
    additional_properties: dict[str, Any] | None = None


class PolicyDnsShape(Shape):
    """The DNS settings of a firewall policy."""

    servers: list[str] | None = None
    enable_proxy: bool | None = None


class FirewallPolicyShape(Shape):
    """A firewall policy."""

    sku: SkuShape | None = None
    base_policy: Reference | None = None
    dns_settings: PolicyDnsShape | None = None


class WanShape(Shape):
    """A virtual WAN: Basic or Standard."""

    type: str | None = None


class HubShape(Shape):
    """A virtual hub."""

    virtual_wan: Reference | None = None
    address_prefix: str | None = None
    azure_firewall: Reference | None = None
    vpn_gateway: Reference | None = None
    express_route_gateway: Reference | None = None


class HubConnectionShape(Shape):
    """A network connected to a virtual hub."""

    remote_virtual_network: Reference | None = None
    provisioning_state: str | None = None


class PointToSiteShape(Shape):
    """A point-to-site gateway of a virtual hub."""

    virtual_hub: Reference | None = None
    custom_dns_servers: list[str] | None = None


class GatewaySubnetShape(Shape):
    """What stands in a subnet: gateways' configurations among others."""

    ip_configurations: list[Reference] | None = None


class VpnClientShape(Shape):
    """Where the users of a virtual network gateway get their addresses."""

    vpn_client_address_pool: AddressSpaceShape | None = None


class GatewayShape(Shape):
    """A virtual network gateway."""

    gateway_type: str | None = None
    ip_configurations: list[FirewallIpShape] | None = None
    vpn_client_configuration: VpnClientShape | None = None


class ConnectivityHubShape(Shape):
    """The hub of a connectivity configuration."""

    resource_id: str | None = None


class ConnectivityGroupShape(Shape):
    """A group that a connectivity configuration applies to."""

    network_group_id: str | None = None
    group_connectivity: str | None = None


class ConnectivityShape(Shape):
    """A connectivity configuration of a network manager."""

    connectivity_topology: str | None = None
    hubs: list[ConnectivityHubShape] | None = None
    applies_to_groups: list[ConnectivityGroupShape] | None = None


class StaticMemberShape(Shape):
    """A network that was put into a group by hand."""

    resource_id: str | None = None


class OsProfileShape(Shape):
    """A machine's own name; machines made from a specialised disk have none here."""

    computer_name: str | None = None


class NetworkProfileShape(Shape):
    """The interfaces of a machine."""

    network_interfaces: list[Reference] | None = None


class MachineShape(Shape):
    """A virtual machine."""

    os_profile: OsProfileShape | None = None
    network_profile: NetworkProfileShape | None = None
