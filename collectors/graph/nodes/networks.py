"""Virtual networks and what connects them."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet, embedded in its network; `delegations` are service names in lower case."""

    id: ArmId
    prefixes: tuple[str, ...]
    delegations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """One direction of a peering, embedded in its network."""

    name: str
    remote: ArmId | None
    state: str
    gateway_transit: bool = False
    remote_gateways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A virtual network; empty `dns_servers` mean Azure-provided DNS."""

    id: ArmId
    location: str
    prefixes: tuple[str, ...]
    dns_servers: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    peerings: tuple[Peering, ...]
    encrypted: bool = False

    @property
    def gateway_subnet(self) -> ArmId | None:
        """The subnet that gateways stand in."""
        return next((s.id for s in self.subnets if s.id.name.lower() == "gatewaysubnet"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """An Azure firewall in a network (`subnet`) or in a virtual hub (`hub`).

    `proxy` and `dns_servers` are a classic firewall's own settings; with a `policy` they count for nothing.
    """

    id: ArmId
    location: str
    addresses: tuple[str, ...]
    subnet: ArmId | None
    hub: ArmId | None
    policy: ArmId | None
    tier: str
    proxy: bool
    dns_servers: tuple[str, ...]

    @property
    def network(self) -> ArmId | None:
        """The virtual network it stands in; None in a virtual hub."""
        return self.subnet.parent if self.subnet else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallPolicy:
    """A firewall policy; `proxy` None: it says nothing of DNS.

    Rules come from its `base` policy too. That DNS settings do is documented nowhere.
    """

    id: ArmId
    base: ArmId | None
    tier: str
    proxy: bool | None
    dns_servers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualWan:
    """A virtual WAN; only the hubs of a `Standard` one are connected to each other."""

    id: ArmId
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualHub:
    """A virtual hub. `wan` None: a route server, which connects nothing. `gateways` lead out of Azure."""

    id: ArmId
    location: str
    wan: ArmId | None
    prefixes: tuple[str, ...]
    firewall: ArmId | None
    gateways: tuple[ArmId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConnection:
    """A network connected to a virtual hub."""

    id: ArmId
    hub: ArmId
    network: ArmId | None
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointToSiteGateway:
    """A point-to-site gateway of a virtual hub; its users ask `dns_servers`."""

    id: ArmId
    hub: ArmId | None
    dns_servers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySubnet:
    """A subnet that was read by itself, with the gateways that stand in it."""

    id: ArmId
    gateways: tuple[ArmId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkGateway:
    """A virtual network gateway; `client_prefixes` are the addresses of point-to-site users, if it has any."""

    id: ArmId
    type: str
    networks: tuple[ArmId, ...]
    client_prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkManager:
    """A network manager."""

    id: ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectivityConfiguration:
    """What a network manager may connect: `mesh` groups directly, the others over `hubs`.

    Whether it was deployed cannot be read, so it never proves a connection, but it may hide one.
    """

    id: ArmId
    topology: str
    hubs: tuple[ArmId, ...]
    groups: tuple[ArmId, ...]
    direct_groups: tuple[ArmId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkGroup:
    """A group of networks. Members that a policy adds do not show below it."""

    id: ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMember:
    """A network that was put into a network group by hand."""

    id: ArmId
    group: ArmId
    network: ArmId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMachine:
    """A virtual machine; auto-registration uses `computer_name`, which need not be the resource's."""

    id: ArmId
    computer_name: str
    interfaces: tuple[ArmId, ...]
