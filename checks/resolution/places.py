"""Where a question can be: Azure DNS in a view, what leads there, a declared server, the internet, or nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from checks.resolution import rules
from checks.resolution.path import INTERNET, Thing
from checks.resolution.rules import BASE_POLICY_DNS, NO_OTHER_WAY, Rule, assumed
from checks.resolution.unseen import rivals_unseen, servers_unseen, ways_unseen
from collectors.graph.addresses import DNS_PORT, split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    ConnectivityConfiguration,
    DnsResolver,
    Firewall,
    FirewallPolicy,
    GatewaySubnet,
    HubConnection,
    InboundEndpoint,
    NetworkGateway,
    NetworkInterface,
    StaticMember,
    VirtualHub,
    VirtualNetwork,
    VirtualWan,
)


@dataclass(frozen=True, slots=True)
class AzureDns:
    """168.63.129.16 as one network, or a firewall in a virtual hub, sees it."""

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


@dataclass(frozen=True, slots=True)
class Inbound:
    """An inbound endpoint: what it is asked enters Azure DNS in its resolver's network, `view`.

    `view` None: the resolver was not read; `gaps` tell why.
    """

    id: ArmId
    address: str
    view: ArmId | None
    gaps: tuple[Gap, ...] = ()

    @property
    def thing(self) -> Thing:
        """The endpoint as an object."""
        return Thing.of(self.id)


@dataclass(frozen=True, slots=True)
class FirewallProxy:
    """The DNS proxy of a firewall. `proxy` None: its settings are not known; `gaps` tell what was not read.

    Without `servers` it asks Azure DNS in `view`: its network, or the virtual hub it stands in. From there the
    addresses of its servers are understood, too.
    """

    id: ArmId
    address: str
    view: ArmId
    proxy: bool | None
    servers: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def thing(self) -> Thing:
        """The firewall as an object."""
        return Thing.of(self.id)


@dataclass(frozen=True, slots=True)
class PublicDns:
    """Any resolver on the internet. `fallback`: Azure DNS turns to it, and gives what it answers whole."""

    address: str = ""
    fallback: bool = False

    @property
    def thing(self) -> Thing:
        """The internet as an object."""
        return INTERNET


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
class Silent:
    """An address from which no answer comes: `rule` tells by what, `reason` in a sentence."""

    address: str
    thing: Thing
    rule: Rule
    reason: str
    assumption: str | None = None


Place = AzureDns | Inbound | FirewallProxy | CustomServer | PublicDns | Unknown | Silent


PLACING = (
    VirtualNetwork,
    NetworkInterface,
    GatewaySubnet,
    NetworkGateway,
    VirtualHub,
    HubConnection,
    VirtualWan,
    ConnectivityConfiguration,
    StaticMember,
    DnsResolver,
    InboundEndpoint,
    Firewall,
    FirewallPolicy,
)
"""What decides which place stands at an address, beside gaps and what is declared."""


def server_id(address: str, network: ArmId | None, site: str = "") -> str:
    """The identity of a server in findings: `server:<ip>@<network id or site:name>`."""
    return f"server:{address}@{network.text if network else f'site:{site}'}"


def server_at(estate: Estate, target: str, near: ArmId | None, site: str = "") -> Place:
    """What stands at an address (`ip` or `ip:port`), seen from a network or a site.

    What ARM shows there is believed before what is declared, unless the address is routed elsewhere.
    """
    address, port = split_target(target)
    if address == PLATFORM_RESOLVER:
        return _on_port(port, AzureDns(near)) if near else _platform_outside()
    near_site = estate.site(site) if site else None
    declared = _declared_at(estate, address, near, site)
    network = estate.locate(address, near, near_site)
    holder = network or estate.locate_hub(address, near)
    routed = declared is None or (near is not None and network in estate.component(near))
    shown = _shown_at(estate, address, holder) if routed and holder else None
    found = _on_port(port, shown) if shown else declared
    home = found.network if isinstance(found, CustomServer) else holder
    rivals = rivals_unseen(estate, network, near) if network and near and not _is_declared(found) else ()
    if network and rivals:
        return Unknown(server_id(address, network), address, False, rivals)
    hidden_ways = ways_unseen(estate, near, home) if home and near else ()
    if home and hidden_ways:
        return Unknown(server_id(address, home), address, False, hidden_ways)
    if home and near and estate.cut_off(near, home) and assumed(NO_OTHER_WAY, estate.declared.assumptions):
        return _no_route(address, home, near)
    if found:
        return found
    if network:
        visible = estate.interface_at(address, network) is not None
        gaps = () if visible else servers_unseen(estate, address, network)
        return Unknown(server_id(address, network), address, visible, gaps)
    if estate.is_public(address):
        return PublicDns(address)
    hidden = estate.firewall_unseen(address, holder) if holder else _hidden_networks(estate)
    return Unknown(server_id(address, holder or near, site), address, False, hidden)


def _is_declared(found: Place | None) -> bool:
    return isinstance(found, CustomServer) and found.network is not None


def _platform_outside() -> Silent:
    reason = f"{PLATFORM_RESOLVER} answers only from inside a virtual network"
    return Silent(PLATFORM_RESOLVER, INTERNET, rules.PLATFORM_OUTSIDE, reason)


def _no_route(address: str, home: ArmId, near: ArmId) -> Silent:
    """Nothing connects where the asker stands with the network or virtual hub that holds the address, for certain."""
    reason = f"server {address} stands in {home.name}, to which {near.name} has no way"
    thing = Thing(server_id(address, home), "server", address)
    return Silent(address, thing, rules.NO_ROUTE, reason, NO_OTHER_WAY.name)


def _on_port(port: int, place: AzureDns | Inbound | FirewallProxy) -> Place:
    """What Azure runs listens on port 53 only."""
    if port == DNS_PORT:
        return place
    reason = f"{place_name(place)} answers on port {DNS_PORT} only, not on port {port}"
    return Silent(getattr(place, "address", PLATFORM_RESOLVER), place.thing, rules.WRONG_PORT, reason)


def is_hub(view: ArmId) -> bool:
    """Whether a view is a virtual hub, to which neither zones nor rulesets nor policies can be linked."""
    return view.type.lower() == "microsoft.network/virtualhubs"


def answers_never(place: Place) -> bool:
    """Whether it is known beforehand that no answer can come from there."""
    return isinstance(place, Silent) or (isinstance(place, FirewallProxy) and place.proxy is False)


def _shown_at(estate: Estate, address: str, holder: ArmId) -> Inbound | FirewallProxy | None:
    """The inbound endpoint or firewall that ARM shows at an address of a network or a virtual hub."""
    inbound = estate.inbound_at(address, holder)
    if inbound:
        return inbound_door(estate, inbound, address)
    firewall = estate.firewall_at(address, holder)
    return _firewall_proxy(estate, firewall, address, estate.spelt(holder)) if firewall else None


def inbound_door(estate: Estate, endpoint: InboundEndpoint, address: str) -> Inbound:
    """An inbound endpoint as a server of names."""
    resolver = estate.resolver_of(endpoint)
    if resolver is None or resolver.network is None:
        return Inbound(endpoint.id, address, None, estate.unread("dns-resolver", endpoint.resolver))
    return Inbound(endpoint.id, address, estate.spelt(resolver.network))


def _firewall_proxy(estate: Estate, firewall: Firewall, address: str, view: ArmId) -> FirewallProxy:
    """A firewall as a server of names."""
    dns = estate.firewall_dns(firewall)
    if dns is None:
        return FirewallProxy(firewall.id, address, view, None, (), estate.firewall_dns_unseen(firewall))
    doubtful = dns.inherited and not assumed(BASE_POLICY_DNS, estate.declared.assumptions)
    return FirewallProxy(firewall.id, address, view, None if doubtful else dns.proxy, dns.servers)


def _declared_at(estate: Estate, address: str, near: ArmId | None, site: str) -> Place | None:
    """The declared server of that address: where the asker's own routes lead, then if it is the only one."""
    servers = [custom_server(estate, declared) for declared in estate.declared_servers(address)]
    if near:
        component = estate.component(near)
        holders = set(estate.holders(address))
        inside = {near} & holders or component & holders
        if inside:  # the address is routed inside, so servers elsewhere with the same address are others
            servers = [s for s in servers if not s.declared.site and (s.network is None or s.network in inside)]
        servers = [s for s in servers if s.network in component] or servers
    if site:
        servers = [s for s in servers if s.declared.site == site] or servers
    return servers[0] if len(servers) == 1 else None


def custom_server(estate: Estate, declared: DeclaredServer) -> CustomServer:
    """A declared server with its network resolved; an unread network leaves the identity to its declared name."""
    network = _network_of(estate, declared)
    place = network.text if network else f"site:{declared.site}" if declared.site else declared.network
    return CustomServer(f"server:{declared.address}@{place}", declared.address, network, declared)


def _network_of(estate: Estate, declared: DeclaredServer) -> ArmId | None:
    """The network a declared server stands in: the one of that name (of namesakes the one with its address)."""
    if declared.network:
        named = [network.id for network in estate.find_networks(declared.network)]
        fitting = [id for id in named if id in estate.holders(declared.address)] if len(named) > 1 else named
        return fitting[0] if len(fitting) == 1 else None
    return None if declared.site else estate.locate(declared.address, None)


def place_name(place: Place) -> str:
    """A place in a sentence."""
    match place:
        case AzureDns(view=view):
            return f"Azure DNS in {view.name}"
        case Inbound(id=id, address=address):
            return f"inbound endpoint {id.name} ({address})"
        case FirewallProxy(id=id, address=address):
            return f"firewall {id.name} ({address})"
        case CustomServer(address=address) | Unknown(address=address):
            return f"server {address}"
        case PublicDns(address=address):
            return f"public resolver {address}"
    return place.address


def _hidden_networks(estate: Estate) -> tuple[Gap, ...]:
    """The gaps that may hide the network, or the virtual hub, that an address belongs to."""
    kinds = ("virtual-network", "virtual-hub", "subscription")
    return tuple(gap for gap in estate.gaps if gap.kind in kinds and not gap.outside)


def misplaced(estate: Estate, server: CustomServer) -> tuple[str, tuple[Gap, ...]] | None:
    """Why nobody can tell in which network a declared server stands, and the gaps that may hide it.

    None: it is known, or the server stands outside Azure.
    """
    name, address = server.declared.network, server.address
    if server.network or server.declared.site:
        return None
    gaps = _hidden_networks(estate)
    if name and len(estate.find_networks(name)) > 1:
        return f"several networks are called {name}: which one server {address} stands in is not declared", ()
    if name:
        reason = "could not be read" if gaps else "does not exist"
        return f"the network {name} of server {address} {reason}", gaps
    if estate.holders(address):
        return f"several networks hold {address}: which one the server stands in is not declared", ()
    return (f"the network of server {address} may be among those that could not be read", gaps) if gaps else None
