"""The estate: nodes by id, dictionary indexes by relation, and what is known not to be known.

An estate never changes; `with_changes` gives another one. That is how faults, repairs and what-if are told.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from collectors.graph.declared import Declared, DeclaredServer, Site
from collectors.graph.documents import AnyChange, Document, Gap, ServerChange
from collectors.graph.ids import ArmId, Fqdn, absolute, is_under, suffixes
from collectors.graph.nodes import (
    NetworkInterface,
    Node,
    PrivateEndpoint,
    PrivateZone,
    RecordSet,
    Subscription,
    VirtualNetwork,
    Workspace,
    ZoneGroup,
    ZoneLink,
)

Parse = Callable[[Document], Node | Gap | None]
_N = TypeVar("_N", bound=Node)
_K = TypeVar("_K", bound=Hashable)

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


class Estate:
    """Everything that was read, as a graph. Make one with `collectors.arm.build_estate`."""

    def __init__(
        self,
        documents: Mapping[ArmId, Document],
        nodes: Mapping[ArmId, Node],
        gaps: Iterable[Gap],
        declared: Declared,
        parse: Parse,
    ) -> None:
        self.documents = MappingProxyType(dict(documents))
        self.nodes = MappingProxyType(dict(nodes))
        self.gaps = tuple(sorted(set(gaps)))
        self.declared = declared
        self._parse = parse

    @classmethod
    def from_documents(
        cls, documents: Iterable[Document], gaps: Iterable[Gap], declared: Declared, parse: Parse
    ) -> Estate:
        """Parse documents into an estate; a document that cannot be understood becomes a gap."""
        by_id = {document.id: document for document in documents}
        nodes: dict[ArmId, Node] = {}
        found = list(gaps)
        for document in by_id.values():
            match parse(document):
                case Gap() as gap:
                    found.append(gap)
                case None:
                    pass
                case node:
                    nodes[document.id] = node
        return cls(by_id, nodes, found, declared, parse)

    def with_gaps(self, gaps: Iterable[Gap]) -> Estate:
        """The same estate, knowing of more gaps."""
        return Estate(self.documents, self.nodes, (*self.gaps, *gaps), self.declared, self._parse)

    def with_changes(self, *changes: AnyChange) -> Estate:
        """The estate after the changes, as if it had been read so; what may be unseen stays as it is."""
        documents, nodes, gaps = dict(self.documents), dict(self.nodes), set(self.gaps)
        servers = list(self.declared.servers)
        for change in changes:
            if isinstance(change, ServerChange):
                servers = [server for server in servers if not _is_changed(server, change)]
                servers += [change.after] if change.after else []
                continue
            before = documents.pop(change.id, None)
            if nodes.pop(change.id, None) is None and before:
                gaps -= {self._parse(before)}
            if change.after is None:
                continue
            documents[change.id] = change.after
            match self._parse(change.after):
                case Gap() as gap:
                    gaps.add(gap)
                case None:
                    pass
                case node:
                    nodes[change.id] = node
        declared = replace(self.declared, servers=tuple(servers))
        return Estate(documents, nodes, gaps, declared, self._parse)

    # Nodes

    def get(self, kind: type[_N], id: ArmId | None) -> _N | None:
        """The node of that id, if it is of that type."""
        node = self.nodes.get(id) if id else None
        return node if isinstance(node, kind) else None

    def of_type(self, kind: type[_N]) -> tuple[_N, ...]:
        """All nodes of a type, sorted by id."""
        found = [node for node in self.nodes.values() if isinstance(node, kind)]
        return tuple(sorted(found, key=lambda node: node.id))

    def spelt(self, id: ArmId) -> ArmId:
        """The id as the resource itself spells it: references to it may use another case."""
        node = self.nodes.get(id)
        return node.id if node else id

    @cached_property
    def networks(self) -> tuple[VirtualNetwork, ...]:
        """All virtual networks."""
        return self.of_type(VirtualNetwork)

    @cached_property
    def endpoints(self) -> tuple[PrivateEndpoint, ...]:
        """All private endpoints."""
        return self.of_type(PrivateEndpoint)

    @cached_property
    def workspaces(self) -> tuple[Workspace, ...]:
        """All Machine Learning workspaces."""
        return self.of_type(Workspace)

    @cached_property
    def _interfaces(self) -> tuple[NetworkInterface, ...]:
        return self.of_type(NetworkInterface)

    def find_networks(self, text: str) -> tuple[VirtualNetwork, ...]:
        """The networks that a person means by a name or an id."""
        return self._networks_by_text.get(text.strip().rstrip("/").lower(), ())

    @cached_property
    def _networks_by_text(self) -> Mapping[str, tuple[VirtualNetwork, ...]]:
        named: Mapping[str, tuple[VirtualNetwork, ...]] = _index(self.networks, lambda n: n.id.name.lower())
        return {**named, **{network.id.key: (network,) for network in self.networks}}

    # Relations

    @cached_property
    def _interfaces_by_endpoint(self) -> Mapping[ArmId, tuple[NetworkInterface, ...]]:
        return _index(self._interfaces, lambda nic: nic.endpoint)

    def interfaces_of(self, endpoint: PrivateEndpoint) -> tuple[NetworkInterface, ...]:
        """The interfaces of an endpoint, from either side of the relation."""
        listed = (self.get(NetworkInterface, id) for id in endpoint.interfaces)
        known = {nic.id: nic for nic in listed if nic}
        known.update((nic.id, nic) for nic in self._interfaces_by_endpoint.get(endpoint.id, ()))
        return tuple(known[id] for id in sorted(known))

    @cached_property
    def _groups_by_endpoint(self) -> Mapping[ArmId, tuple[ZoneGroup, ...]]:
        return _index(self.of_type(ZoneGroup), lambda group: group.endpoint)

    def zone_groups_of(self, endpoint: ArmId) -> tuple[ZoneGroup, ...]:
        """The zone groups of an endpoint (Azure allows one)."""
        return self._groups_by_endpoint.get(endpoint, ())

    @cached_property
    def zones_by_name(self) -> Mapping[Fqdn, tuple[PrivateZone, ...]]:
        """The private zones of each name: there may be several copies."""
        return _index(self.of_type(PrivateZone), lambda zone: zone.name)

    @cached_property
    def _links_by_network(self) -> Mapping[ArmId, tuple[ZoneLink, ...]]:
        return _index(self.of_type(ZoneLink), lambda link: link.network)

    @cached_property
    def _linked_zones(self) -> dict[ArmId, Mapping[Fqdn, ZoneLink]]:
        return {}

    def linked_zones(self, network: ArmId) -> Mapping[Fqdn, ZoneLink]:
        """The zones that Azure DNS serves in a network, by name, as their links."""
        known = self._linked_zones.get(network)
        if known is None:
            links = self._links_by_network.get(network, ())
            zones = ((self.get(PrivateZone, link.zone), link) for link in links)
            known = MappingProxyType({zone.name: link for zone, link in zones if zone})
            self._linked_zones[network] = known
        return known

    @cached_property
    def _records_by_zone(self) -> Mapping[ArmId, tuple[RecordSet, ...]]:
        return _index(self.of_type(RecordSet), lambda record: record.zone)

    @cached_property
    def _zone_contents(self) -> dict[ArmId, Mapping[str, tuple[RecordSet, ...]]]:
        return {}

    def records_of(self, zone: ArmId) -> Mapping[str, tuple[RecordSet, ...]]:
        """The record sets of a zone by relative name; empty non-terminals are there, without sets (RFC 4592)."""
        contents = self._zone_contents.get(zone)
        if contents is None:
            by_name: dict[str, list[RecordSet]] = defaultdict(list, {"@": []})
            for record in self._records_by_zone.get(zone, ()):
                by_name[record.name].append(record)
                for ancestor in suffixes(record.name)[1:]:
                    by_name[ancestor]
            contents = MappingProxyType({name: tuple(sets) for name, sets in by_name.items()})
            self._zone_contents[zone] = contents
        return contents

    def record(self, zone: ArmId, name: str, type: str = "A") -> RecordSet | None:
        """One record set by its relative name."""
        return next((r for r in self.records_of(zone).get(name.lower(), ()) if r.type == type.upper()), None)

    def name_of(self, scope: str) -> str:
        """What people call a scope: a subscription's name where it is known, else the last segment."""
        try:
            id = ArmId(scope)
        except ValueError:
            return scope
        subscription = self.get(Subscription, id)
        return f"subscription {subscription.name}" if subscription and subscription.name else id.name

    # Addresses

    @cached_property
    def _components(self) -> Mapping[ArmId, frozenset[ArmId]]:
        neighbours: dict[ArmId, set[ArmId]] = defaultdict(set)
        for network in self.networks:
            for peering in network.peerings:
                if peering.remote and peering.state.lower() == "connected":
                    neighbours[network.id].add(peering.remote)
                    neighbours[peering.remote].add(network.id)
        components: dict[ArmId, frozenset[ArmId]] = {}
        for network in self.networks:
            if network.id in components:
                continue
            reached, open_ends = {network.id}, [network.id]
            while open_ends:
                fresh = neighbours[open_ends.pop()] - reached
                reached |= fresh
                open_ends.extend(fresh)
            component = frozenset(reached)
            components.update(dict.fromkeys(component, component))
        return components

    def component(self, network: ArmId) -> frozenset[ArmId]:
        """The networks connected by peerings, the network itself included."""
        return self._components.get(network, frozenset({network}))

    def apart(self, one: ArmId, other: ArmId) -> bool:
        """Whether no chain of peerings connects two networks for certain: every network of one side was read.

        A peering shows on both sides, so a side that was read wholly hides none.
        """
        component = self.component(one)
        if other in component:
            return False
        return any(all(id in self.nodes for id in side) for side in (component, self.component(other)))

    @cached_property
    def _prefixes(self) -> dict[ArmId, tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
        return {n.id: tuple(ipaddress.ip_network(p) for p in n.prefixes) for n in self.networks}

    def holders(self, address: str) -> tuple[ArmId, ...]:
        """The networks whose address space holds an address."""
        known = self._holders.get(address)
        if known is None:
            wanted = ipaddress.ip_address(address)
            known = tuple(id for id, prefixes in self._prefixes.items() if any(wanted in prefix for prefix in prefixes))
            self._holders[address] = known
        return known

    @cached_property
    def _holders(self) -> dict[str, tuple[ArmId, ...]]:
        return {}

    def locate(self, address: str, near: ArmId | None) -> ArmId | None:
        """The network that an address belongs to, asked from another one: addresses are not unique.

        The asking network's own space wins, then a unique holder among the connected networks, then a unique
        holder anywhere. None: nobody's, or ambiguous.
        """
        holders = self.holders(address)
        if near in holders:
            return near
        connected = [id for id in holders if near and id in self.component(near)]
        candidates = connected or holders
        return candidates[0] if len(candidates) == 1 else None

    def interface_at(self, address: str, network: ArmId) -> NetworkInterface | None:
        """The interface that holds an address in a network."""
        for nic in self._interfaces:
            for configuration in nic.ip_configurations:
                subnet = configuration.subnet
                if configuration.address == address and subnet and subnet.parent == network:
                    return nic
        return None

    def is_public(self, address: str) -> bool:
        """Whether an address is the internet's: outside every collected network, declared site and private range.

        Companies use public ranges privately, so membership is asked first and the ranges second.
        """
        wanted = ipaddress.ip_address(address)
        sites = (ipaddress.ip_network(p) for site in self.declared.sites for p in site.address_space)
        inside = self.holders(address) or any(wanted in space for space in sites)
        return not inside and not any(wanted in space for space in _NEVER_PUBLIC)

    # What was declared

    def site(self, name: str) -> Site | None:
        """A declared site."""
        return next((site for site in self.declared.sites if site.name == name), None)

    def declared_servers(self, address: str) -> tuple[DeclaredServer, ...]:
        """The declared servers with that address."""
        return tuple(server for server in self.declared.servers if server.address == address)

    # What is known not to be known

    @cached_property
    def _zones_unseen(self) -> tuple[tuple[Fqdn, Gap], ...]:
        """Gaps that may hide a zone or its links, each with the suffix it is about (the root: any name)."""
        kinds = ("subscription", "private-dns-zone", "zone-link")
        return tuple((_zone_of(gap.scope), gap) for gap in self.gaps if gap.kind in kinds)

    def zones_unseen(self, name: Fqdn) -> tuple[Gap, ...]:
        """The gaps that may hide a zone, or a zone's link, that would answer for a name."""
        return tuple(gap for suffix, gap in self._zones_unseen if is_under(name, suffix))

    def nearer_zones_unseen(self, name: Fqdn, zone: Fqdn) -> tuple[Gap, ...]:
        """The gaps about a known zone that would answer for a name instead of a shorter one (the root: any).

        Gaps that name no zone are left out: one hidden subscription would leave nothing to be told anywhere.
        """
        return tuple(gap for suffix, gap in self._zones_unseen if len(suffix) > len(zone) and is_under(name, suffix))

    def records_unseen(self, zone: ArmId, name: str | None = None) -> tuple[Gap, ...]:
        """The gaps that may hide record sets of a zone: all, or those that bear on one relative name."""
        return tuple(
            gap
            for gap in self.gaps
            if gap.kind == "record-set" and (_covers(gap.scope, zone) or _hides_record(gap.scope, zone, name))
        )

    def unread(self, kind: str, id: ArmId) -> tuple[Gap, ...]:
        """The gaps that explain why a referenced resource is not among the nodes."""
        return tuple(gap for gap in self.gaps if gap.kind in (kind, "subscription") and _covers(gap.scope, id))

    def fqdn_of(self, record: RecordSet) -> Fqdn:
        """The full name of a record set."""
        zone = self.get(PrivateZone, record.zone)
        return absolute(record.name, zone.name if zone else record.zone.name.lower())


def _is_changed(server: DeclaredServer, change: ServerChange) -> bool:
    """By address and place: what a change assumes of a server may differ from what was declared of it."""
    it = change.before or change.after
    return it is not None and (server.address, server.network, server.site) == (it.address, it.network, it.site)


def _zone_of(scope: str) -> Fqdn:
    """The zone's name when a gap's scope is a zone or below it, else the root."""
    parts = scope.lower().split("/privatednszones/")
    return Fqdn(parts[1].split("/")[0] if len(parts) == 2 else "")


def _covers(scope: str, id: ArmId) -> bool:
    """Whether a gap's scope is a resource or something above it."""
    return f"{id.key}/".startswith(scope.lower().rstrip("/") + "/")


def _hides_record(scope: str, zone: ArmId, name: str | None) -> bool:
    """Whether an unread record set of a zone may decide about a name: it stands there, below it, or as a wildcard."""
    if not scope.lower().startswith(zone.key + "/"):
        return False
    _, one, hidden = scope.lower()[len(zone.key) + 1 :].partition("/")
    if not one or name is None or is_under(hidden, name):
        return True
    label, _, base = hidden.partition(".")
    return label == "*" and is_under(name, base)


def _index(nodes: Iterable[_N], key: Callable[[_N], _K | None]) -> Mapping[_K, tuple[_N, ...]]:
    groups: dict[_K, list[_N]] = defaultdict(list)
    for node in nodes:
        value = key(node)
        if value is not None:
            groups[value].append(node)
    return {value: tuple(sorted(found, key=lambda node: node.id)) for value, found in groups.items()}
