"""The estate: nodes by id, dictionary indexes by relation, and what is known not to be known.

An estate never changes; `with_changes` gives another one. That is how faults, repairs and what-if are told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from collectors.graph.declared import Declared, DeclaredServer, Site
from collectors.graph.documents import AnyChange, Document, Gap, ServerChange
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import (
    Compute,
    DomainList,
    ForwardingRule,
    NetworkInterface,
    Node,
    OnlineEndpoint,
    PrivateEndpoint,
    PrivateZone,
    Subscription,
    VirtualNetwork,
    Workspace,
    WorkspaceConnection,
    ZoneGroup,
)
from collectors.graph.relations.base import Changed, grouped, index, relation
from collectors.graph.relations.firewalls import Firewalls
from collectors.graph.relations.places import Places
from collectors.graph.relations.zones import Zones

Parse = Callable[[Document], Node | Gap | None]


class Estate(Zones, Places, Firewalls):
    """Everything that was read, as a graph. Make one with `collectors.arm.build_estate`."""

    def __init__(
        self,
        documents: Mapping[ArmId, Document],
        nodes: Mapping[ArmId, Node],
        gaps: Iterable[Gap],
        declared: Declared,
        parse: Parse,
    ) -> None:
        super().__init__(documents, nodes, gaps, declared)
        self._parse = parse

    @classmethod
    def from_documents(
        cls, documents: Iterable[Document], gaps: Iterable[Gap], declared: Declared, parse: Parse
    ) -> Estate:
        """Parse documents into an estate; a document that cannot be understood becomes a gap."""
        by_id = _by_id(documents)
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
        more = Estate(self.documents, self.nodes, (*self.gaps, *gaps), self.declared, self._parse)
        more.take_over(self, (), ())
        return more

    def with_changes(self, *changes: AnyChange) -> Estate:
        """The estate after the changes, as if it had been read so; what may be unseen stays as it is."""
        documents: dict[ArmId, Document | None] = {}
        nodes: dict[ArmId, Node | None] = {}
        gaps, servers = set(self.gaps), list(self.declared.servers)
        for change in changes:
            if isinstance(change, ServerChange):
                servers = [server for server in servers if not _is_changed(server, change)]
                servers += [change.after] if change.after else []
                continue
            before = documents.get(change.id, self.documents.get(change.id))
            if before and nodes.get(change.id, self.nodes.get(change.id)) is None:
                gaps -= {self._parse(before)}
            documents[change.id], nodes[change.id] = change.after, None
            match self._parse(change.after) if change.after else None:
                case Gap() as gap:
                    gaps.add(gap)
                case node:
                    nodes[change.id] = node
        declared = replace(self.declared, servers=tuple(servers))
        after = Estate(Changed(self.documents, documents), Changed(self.nodes, nodes), gaps, declared, self._parse)
        removed = [node for id in nodes if (node := self.nodes.get(id)) is not None]
        after.take_over(self, removed, [node for node in nodes.values() if node is not None])
        return after

    # Nodes

    @relation(VirtualNetwork)
    def networks(self) -> tuple[VirtualNetwork, ...]:
        """All virtual networks."""
        return self.of_type(VirtualNetwork)

    @relation(PrivateEndpoint)
    def endpoints(self) -> tuple[PrivateEndpoint, ...]:
        """All private endpoints."""
        return self.of_type(PrivateEndpoint)

    endpoints_by_name = grouped(PrivateEndpoint, lambda endpoint: endpoint.id.name.lower())
    """The private endpoints of each name, in lower case."""

    @relation(Workspace)
    def workspaces(self) -> tuple[Workspace, ...]:
        """All Machine Learning workspaces."""
        return self.of_type(Workspace)

    @relation(NetworkInterface)
    def _interfaces(self) -> tuple[NetworkInterface, ...]:
        return self.of_type(NetworkInterface)

    def find_networks(self, text: str) -> tuple[VirtualNetwork, ...]:
        """The networks that a person means by a name or an id."""
        return self._networks_by_text.get(text.strip().rstrip("/").lower(), ())

    @relation(VirtualNetwork)
    def _networks_by_text(self) -> Mapping[str, tuple[VirtualNetwork, ...]]:
        named: Mapping[str, tuple[VirtualNetwork, ...]] = index(self.networks, lambda n: n.id.name.lower())
        return {**named, **{network.id.key: (network,) for network in self.networks}}

    # Relations

    _interfaces_by_endpoint = grouped(NetworkInterface, lambda nic: nic.endpoint)

    def interfaces_of(self, endpoint: PrivateEndpoint) -> tuple[NetworkInterface, ...]:
        """The interfaces of an endpoint, from either side of the relation."""
        listed = (self.get(NetworkInterface, id) for id in endpoint.interfaces)
        known = {nic.id: nic for nic in listed if nic}
        known.update((nic.id, nic) for nic in self._interfaces_by_endpoint.get(endpoint.id, ()))
        return tuple(known[id] for id in sorted(known))

    @relation(PrivateEndpoint)
    def _endpoints_by_target(self) -> Mapping[ArmId, tuple[PrivateEndpoint, ...]]:
        found: dict[ArmId, dict[ArmId, PrivateEndpoint]] = {}
        for endpoint in self.endpoints:
            for connection in endpoint.connections:
                if connection.target:
                    found.setdefault(connection.target, {})[endpoint.id] = endpoint
        return {target: tuple(endpoints.values()) for target, endpoints in found.items()}

    def endpoints_to(self, target: ArmId) -> tuple[PrivateEndpoint, ...]:
        """The private endpoints that connect to a resource, sorted by id."""
        return self._endpoints_by_target.get(target, ())

    _groups_by_endpoint = grouped(ZoneGroup, lambda group: group.endpoint)

    def zone_groups_of(self, endpoint: ArmId) -> tuple[ZoneGroup, ...]:
        """The zone groups of an endpoint (Azure allows one)."""
        return self._groups_by_endpoint.get(endpoint, ())

    _computes = grouped(Compute, lambda compute: compute.workspace)

    def computes_of(self, workspace: ArmId) -> tuple[Compute, ...]:
        """The computes of a workspace."""
        return self._computes.get(workspace, ())

    @relation(Compute)
    def instances_by_host(self) -> Mapping[Fqdn, Compute]:
        """The compute instances by the names of their applications."""
        return {host: compute for compute in self.of_type(Compute) for host in compute.hosts}

    _online_endpoints = grouped(OnlineEndpoint, lambda endpoint: endpoint.workspace)

    def online_endpoints_of(self, workspace: ArmId) -> tuple[OnlineEndpoint, ...]:
        """The online endpoints of a workspace."""
        return self._online_endpoints.get(workspace, ())

    _connections_by_workspace = grouped(WorkspaceConnection, lambda connection: connection.workspace)

    def connections_of(self, workspace: ArmId) -> tuple[WorkspaceConnection, ...]:
        """The connections of a workspace to other services."""
        return self._connections_by_workspace.get(workspace, ())

    def name_of(self, scope: str) -> str:
        """What people call a scope: a subscription's name where it is known, else the last segment."""
        try:
            id = ArmId(scope)
        except ValueError:
            return scope
        subscription = self.get(Subscription, id)
        return f"subscription {subscription.name}" if subscription and subscription.name else id.name

    # What decides about names

    @relation(PrivateZone, ForwardingRule, DomainList, Gap, Declared)
    def deciding_suffixes(self) -> frozenset[Fqdn]:
        """The suffixes at which anything that was read, declared or not read may decide about a name."""
        found = set(self._zones_unseen)
        found.update(zone.name for zone in self.of_type(PrivateZone))
        found.update(rule.domain for rule in self.of_type(ForwardingRule))
        found.update(domain for listed in self.of_type(DomainList) for domain in listed.domains)
        found.update(suffix for server in self.declared.servers for suffix in server.forwards or ())
        return frozenset(found)

    # What was declared

    def site(self, name: str) -> Site | None:
        """A declared site."""
        return next((site for site in self.declared.sites if site.name == name), None)

    def declared_servers(self, address: str) -> tuple[DeclaredServer, ...]:
        """The declared servers with that address."""
        return tuple(server for server in self.declared.servers if server.address == address)


def _by_id(documents: Iterable[Document]) -> dict[ArmId, Document]:
    """The documents by id. Where one id came with two bodies, the choice does not depend on which came first."""
    found: dict[ArmId, Document] = {}
    for document in documents:
        other = found.setdefault(document.id, document)
        if other is not document:
            found[document.id] = min(other, document, key=_content)
    return found


def _content(document: Document) -> tuple[str, str, str]:
    return document.kind, document.id.text, json.dumps(document.body, sort_keys=True, default=str)


def _is_changed(server: DeclaredServer, change: ServerChange) -> bool:
    """By address and place: what a change assumes of a server may differ from what was declared of it."""
    it = change.before or change.after
    return it is not None and (server.address, server.network, server.site) == (it.address, it.network, it.site)
