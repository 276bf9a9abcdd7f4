"""Where addresses are. They are not unique: two unconnected networks may hold the same ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import TypeVar

from collectors.graph.declared import Declared, Site
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    DnsResolver,
    Firewall,
    InboundEndpoint,
    NetworkInterface,
    PrivateEndpoint,
    VirtualHub,
    VirtualNetwork,
)
from collectors.graph.relations.base import relation
from collectors.graph.relations.connections import Connections

_Key = tuple[ArmId, str]
_N = TypeVar("_N")

# RFC 1918, 6598, 3927, 1122, 1112, 4193, 4291. Not `is_private`: that also holds the documentation ranges.
_NEVER_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "0.0.0.0/8",  # what filters answer for names that they block
        "224.0.0.0/3",
        "fc00::/7",
        "fe80::/10",
        "::/127",
        "ff00::/8",
    )
)


class Places(Connections):
    """The networks and hubs that addresses belong to, and what stands at an address."""

    def holders(self, address: str) -> tuple[ArmId, ...]:
        """The networks whose address space holds an address."""
        known = self._holders.get(address)
        if known is None:
            known = self._holders[address] = self._spaces.holding(address)
        return known

    def locate(self, address: str, near: ArmId | None, site: Site | None = None) -> ArmId | None:
        """The network that an address belongs to, asked from another one or a site: addresses are not unique.

        The asking network's own space wins, then a unique holder among the connected networks, then a unique
        holder anywhere. A site that names the networks it reaches is connected with theirs. None: nobody's, or
        ambiguous.
        """
        holders = self.holders(address)
        if near in holders:
            return near
        return _only(holders, self.component(near) if near else self.reached_from(site))

    def reached_from(self, site: Site | None) -> frozenset[ArmId]:
        """The networks that a site says it reaches, and those connected with them; none where it says nothing."""
        named = {text.strip().rstrip("/").lower() for text in site.reaches} if site else set()
        if not named:
            return frozenset()
        meant = [n.id for n in self.of_type(VirtualNetwork) if n.id.key in named or n.id.name.lower() in named]
        return frozenset(id for network in meant for id in self.component(network))

    def locate_hub(self, address: str, near: ArmId | None) -> ArmId | None:
        """The virtual hub that an address belongs to, by the same order; hubs are no networks."""
        return _only(self._hub_spaces.holding(address), self.hubs_of(near) if near else frozenset())

    def is_public(self, address: str) -> bool:
        """Whether an address is the internet's: outside every collected network and hub, site and private range.

        Companies use public ranges privately, so membership is asked first and the ranges second.
        """
        known = self._public.get(address)
        if known is None:
            wanted = ipaddress.ip_address(address)
            sites = (ipaddress.ip_network(p) for site in self.declared.sites for p in site.address_space)
            held = self.holders(address) or self._hub_spaces.holding(address)
            known = not held and not any(wanted in space for space in (*sites, *_NEVER_PUBLIC))
            self._public[address] = known
        return known

    def interface_at(self, address: str, network: ArmId) -> NetworkInterface | None:
        """The interface that holds an address in a network."""
        return self._interface_places.get((network, address))

    def holds_machines(self, network: ArmId) -> bool:
        """Whether a network holds an interface that is none of an endpoint."""
        return network in self._peopled

    @relation(NetworkInterface, PrivateEndpoint)
    def _peopled(self) -> frozenset[ArmId]:
        of_endpoints = {id for endpoint in self.of_type(PrivateEndpoint) for id in endpoint.interfaces}
        return frozenset(
            configuration.subnet.parent
            for interface in self.of_type(NetworkInterface)
            if not interface.endpoint and interface.id not in of_endpoints
            for configuration in interface.ip_configurations
            if configuration.subnet
        )

    def inbound_at(self, address: str, network: ArmId) -> InboundEndpoint | None:
        """The resolver's inbound endpoint that holds an address in a network."""
        return self._inbound_places.get((network, address))

    def firewall_at(self, address: str, place: ArmId) -> Firewall | None:
        """The firewall that holds an address in a network or in a virtual hub."""
        return self._firewall_places.get((place, address))

    @relation(VirtualNetwork)
    def _holders(self) -> dict[str, tuple[ArmId, ...]]:
        return {}

    @relation(VirtualNetwork, VirtualHub, Declared)
    def _public(self) -> dict[str, bool]:
        return {}

    @relation(VirtualNetwork)
    def _spaces(self) -> _Spaces:
        return _Spaces((network.id, prefix) for network in self.of_type(VirtualNetwork) for prefix in network.prefixes)

    @relation(VirtualHub)
    def _hub_spaces(self) -> _Spaces:
        return _Spaces((hub.id, prefix) for hub in self.of_type(VirtualHub) for prefix in hub.prefixes)

    @relation(NetworkInterface)
    def _interface_places(self) -> Mapping[tuple[ArmId, str], NetworkInterface]:
        return _first(
            ((configuration.subnet.parent, configuration.address), interface)
            for interface in self.of_type(NetworkInterface)
            for configuration in interface.ip_configurations
            if configuration.subnet
        )

    @relation(InboundEndpoint, DnsResolver)
    def _inbound_places(self) -> Mapping[tuple[ArmId, str], InboundEndpoint]:
        return _first(
            ((network, held.address), endpoint)
            for endpoint in self.of_type(InboundEndpoint)
            for held in endpoint.addresses
            if (network := held.subnet.parent if held.subnet else self._resolver_network(endpoint))
        )

    def _resolver_network(self, endpoint: InboundEndpoint) -> ArmId | None:
        resolver = self.get(DnsResolver, endpoint.resolver)
        return resolver.network if resolver else None

    @relation(Firewall, VirtualHub)
    def _firewall_places(self) -> Mapping[tuple[ArmId, str], Firewall]:
        hubs = {hub.firewall: hub.id for hub in self.of_type(VirtualHub) if hub.firewall}
        return _first(
            ((place, address), firewall)
            for firewall in self.of_type(Firewall)
            for address in firewall.addresses
            if (place := firewall.network or firewall.hub or hubs.get(firewall.id))
        )


class _Spaces:
    """Address spaces by the lengths of their prefixes: there may be thousands, but of few lengths."""

    def __init__(self, spaces: Iterable[tuple[ArmId, str]]) -> None:
        self._ranks: dict[ArmId, int] = {}
        self._holders: dict[tuple[int, int], dict[int, list[ArmId]]] = {}
        for id, prefix in spaces:
            space = ipaddress.ip_network(prefix)
            rest = space.max_prefixlen - space.prefixlen
            ids = self._holders.setdefault((space.version, rest), {}).setdefault(int(space.network_address) >> rest, [])
            ids.append(id)
            self._ranks.setdefault(id, len(self._ranks))

    def holding(self, address: str) -> tuple[ArmId, ...]:
        """Whose space holds an address, in the order in which they came."""
        wanted = ipaddress.ip_address(address)
        number, found = int(wanted), set[ArmId]()
        for (version, rest), holders in self._holders.items():
            if version == wanted.version:
                found.update(holders.get(number >> rest, ()))
        return tuple(sorted(found, key=self._ranks.__getitem__))


def _only(holders: tuple[ArmId, ...], connected: frozenset[ArmId]) -> ArmId | None:
    """The holder among the connected ones, else among all, where there is only one."""
    candidates = [id for id in holders if id in connected] or holders
    return candidates[0] if len(candidates) == 1 else None


def _first(found: Iterable[tuple[_Key, _N]]) -> Mapping[_Key, _N]:
    """The first of each key: nodes come sorted by id, so that a double is always told the same way."""
    places: dict[_Key, _N] = {}
    for key, node in found:
        places.setdefault(key, node)
    return places
