"""Where a question can be: Azure DNS in a view, a declared server, the internet, or somewhere unknown."""

from __future__ import annotations

from dataclasses import dataclass

from checks.resolution.path import Thing
from collectors.graph.addresses import split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId

# Kinds that apply their forwarders again to the target of a CNAME, even when the upstream sent the whole chain.
# Measured: bind, unbound, pdns-recursor do; dnsmasq and knot-resolver do not. windows as its vendor documents it.
_REAPPLYING = frozenset({"bind", "unbound", "pdns-recursor", "windows", "unknown"})


@dataclass(frozen=True, slots=True)
class AzureDns:
    """168.63.129.16 as one network sees it."""

    view: ArmId

    @property
    def thing(self) -> Thing:
        """The view as an object."""
        return Thing.of(self.view)


@dataclass(frozen=True, slots=True)
class CustomServer:
    """A declared server and where it stands; `network` None: outside Azure."""

    id: str
    address: str
    network: ArmId | None
    declared: DeclaredServer

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def thing(self) -> Thing:
        """The server as an object."""
        return Thing(self.id, "server", self.address)

    @property
    def reapplies(self) -> bool:
        """Whether it resolves the target of a CNAME anew by its own forwarders."""
        return self.declared.kind in _REAPPLYING


@dataclass(frozen=True, slots=True)
class PublicDns:
    """Any resolver on the internet."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An address that nothing explains. `visible`: an interface in the estate holds it. `gaps` may hide it."""

    id: str
    address: str
    visible: bool
    gaps: tuple[Gap, ...]

    @property
    def thing(self) -> Thing:
        """The address as an object."""
        return Thing(self.id, "server", self.address)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """168.63.129.16 asked from outside every network."""

    address: str


Place = AzureDns | CustomServer | PublicDns | Unknown | Unreachable


def server_id(address: str, network: ArmId | None, site: str = "") -> str:
    """The identity of a server in findings: `server:<ip>@<network id or site:name>`."""
    return f"server:{address}@{network.text if network else f'site:{site}'}"


def server_at(estate: Estate, target: str, near: ArmId | None, site: str = "") -> Place:
    """What stands at an address (`ip` or `ip:port`), seen from a network or a site."""
    address, _ = split_target(target)
    if address == PLATFORM_RESOLVER:
        return AzureDns(near) if near else Unreachable(address)
    declared = _declared_at(estate, address, near)
    if declared:
        return declared
    network = estate.locate(address, near)
    if network:
        visible = estate.interface_at(address, network) is not None
        gaps = () if visible else estate.unread("network-interface", network)
        return Unknown(server_id(address, network), address, visible, gaps)
    if estate.is_public(address):
        return PublicDns(address)
    return Unknown(server_id(address, near, site), address, False, _hidden_networks(estate))


def _declared_at(estate: Estate, address: str, near: ArmId | None) -> Place | None:
    """The declared server of that address: in the asking network's component first, then if it is the only one."""
    servers = [custom_server(estate, declared) for declared in estate.declared_servers(address)]
    if near and len(servers) > 1:
        connected = [s for s in servers if s.network and s.network in estate.component(near)]
        servers = connected or servers
    return servers[0] if len(servers) == 1 else None


def custom_server(estate: Estate, declared: DeclaredServer) -> CustomServer:
    """A declared server with its network resolved; an unread network leaves the identity to its declared name."""
    networks = estate.find_networks(declared.network) if declared.network else ()
    network = networks[0].id if len(networks) == 1 else None
    if network is None and not declared.site and not declared.network:
        network = estate.locate(declared.address, None)
    place = network.text if network else f"site:{declared.site}" if declared.site else declared.network
    return CustomServer(f"server:{declared.address}@{place}", declared.address, network, declared)


def _hidden_networks(estate: Estate) -> tuple[Gap, ...]:
    """The gaps that may hide the network an address belongs to."""
    return tuple(gap for gap in estate.gaps if gap.kind in ("virtual-network", "subscription"))


def network_gaps(estate: Estate, server: CustomServer) -> tuple[Gap, ...]:
    """Why the network of a server declared by name is not known: gaps that may hide it."""
    if server.network or server.declared.site or not server.declared.network:
        return ()
    return _hidden_networks(estate)
