"""What must be read to judge named workspaces, and nothing else: their closure. Pure; asked again after each round.

From the workspaces it follows references to endpoints, interfaces and networks, from those to DNS servers, and
finds by lists in every subscription what only names and links lead to: zones, rulesets, security policies.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.arm.kinds import KINDS, Kind, children, kind_of_type
from collectors.arm.references import references
from collectors.azure.listing import Ask, is_plain
from collectors.graph import nodes
from collectors.graph.addresses import split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import OUTSIDE, Document, Gap, Reason
from collectors.graph.ids import ArmId, suffixes

_SUBSCRIPTION = "subscription"
_EVERYWHERE = ("permissions", "workspace", "private-dns-zone", "forwarding-ruleset", "security-policy")
"""Lists of every subscription: links lead from these to networks, and nothing leads the other way."""

_LINKED = (  # what is below tells whether they matter
    nodes.ForwardingRuleset,
    nodes.SecurityPolicy,
    nodes.VirtualHub,
    nodes.NetworkManager,
    nodes.NetworkGroup,
)
_CONNECTING = ("virtual-wan", "virtual-hub", "network-manager")
"""Lists without which nobody can tell that two networks are not connected."""

_SERVING = (nodes.RulesetLink, nodes.DnsResolver, nodes.Firewall, nodes.HubConnection)
_SERVICES = (nodes.Workspace, nodes.MlRegistry)
_FOLLOWED = (
    nodes.MlRegistry,
    nodes.Compute,
    nodes.WorkspaceConnection,
    nodes.AksCluster,
    nodes.NetworkInterface,
    nodes.GatewaySubnet,
    nodes.Firewall,
    nodes.FirewallPolicy,
    nodes.VirtualHub,
    nodes.DnsResolver,
    nodes.InboundEndpoint,
    nodes.OutboundEndpoint,
    nodes.SecurityRule,
)
"""What leads on to everything that it points to. Links and connections do not: a hub's lead to every spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a run is to judge: services (names, globs or ids), and where else names must resolve.

    `networks` are names or ids of required clients and of declared servers' networks, `addresses` those of DNS
    servers that somebody declared or that sites ask.
    """

    services: tuple[str, ...]
    networks: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Known:
    """What was `asked` and read so far; `names` are those that must resolve as far as it can be told."""

    def __init__(
        self,
        documents: Mapping[ArmId, Document],
        found: Mapping[ArmId, nodes.Node],
        asked: Set[Ask],
        names: Iterable[str],
    ) -> None:
        self.documents = documents
        self.nodes = found
        self.asked = asked
        subscriptions = (id for id, document in documents.items() if document.kind == _SUBSCRIPTION)
        self.readable = sorted(id.subscription for id in subscriptions)
        self.below: dict[ArmId, list[ArmId]] = defaultdict(list)
        for id, document in documents.items():
            if KINDS[document.kind].parent not in (None, _SUBSCRIPTION):
                self.below[id.parent].append(id)
        self.networks = [node for node in found.values() if isinstance(node, nodes.VirtualNetwork)]
        self.serving: dict[ArmId, list[nodes.Node]] = defaultdict(list)
        """What serves a network, by that network."""
        for node in found.values():
            if isinstance(node, _SERVING) and node.network:
                self.serving[node.network].append(node)
        self.suffixes = {suffix for name in names for suffix in suffixes(name)}
        self._prefixes = {node.id: [ipaddress.ip_network(p) for p in node.prefixes] for node in self.networks}

    def of(self, *types: type[nodes.Node]) -> Iterator[nodes.Node]:
        """The nodes of some types."""
        return (node for node in self.nodes.values() if isinstance(node, types))

    def listed(self, kind: str) -> bool:
        """Whether a kind was listed in every subscription."""
        return all(Ask(KINDS[kind], f"/subscriptions/{id}") in self.asked for id in self.readable)

    def holders(self, address: str) -> list[ArmId]:
        """The networks whose address space holds an address."""
        wanted = ipaddress.ip_address(address)
        return [id for id, prefixes in self._prefixes.items() if any(wanted in prefix for prefix in prefixes)]


def next_asks(known: Known, aim: Aim) -> Iterator[Ask]:
    """Everything that is to be asked as far as it can be told now, what was asked before included."""
    closure = _Closure(known, aim)
    yield from closure.everywhere()
    for id in sorted(closure.near | closure.peers):
        yield from closure.one(id)
    for id in sorted(closure.near):
        yield from closure.below(id)
    yield from closure.beside_networks()
    yield from closure.zones()


class _Closure:
    """One look at what is known: `near` are the ids of the closure, `peers` networks that may turn out to be."""

    def __init__(self, known: Known, aim: Aim) -> None:
        self._known = known
        self._aim = aim
        self.near: set[ArmId] = set()
        self.servers: set[ArmId] = set()
        """Networks in which a DNS server stands that somebody asks."""
        self._unplaced = False
        self._grow({*self._services(), *self._named_networks(), *self._linkable()})
        while more := self._server_networks() - self.near:
            self._grow(more)
        self._divided = len({*self._endpoint_networks(), *self._named_networks()}) > 1
        self.peers = set(self._peers())

    # What belongs to the closure

    def _services(self) -> Iterator[ArmId]:
        for text in self._aim.services:
            yield from _ids(text)
        for node in self._known.of(*_SERVICES):
            if any(_means(text, node.id) for text in self._aim.services):
                yield node.id

    def _named_networks(self) -> Iterator[ArmId]:
        for text in self._aim.networks:
            yield from _ids(text)
        for node in self._known.networks:
            if any(_means(text, node.id) for text in self._aim.networks):
                yield node.id

    def _linkable(self) -> Iterator[ArmId]:
        return (node.id for node in self._known.of(*_LINKED))

    def _grow(self, ids: Iterable[ArmId]) -> None:
        """Take ids in, with everything that they lead to."""
        waiting = [id for id in ids if id not in self.near]
        self.near.update(waiting)
        while waiting:
            id = waiting.pop()
            node = self._known.nodes.get(id)
            ends = {*self._known.below.get(id, ()), *(self._leads(node) if node else ())}
            fresh = ends - self.near
            self.near |= fresh
            waiting.extend(fresh)

    def _leads(self, node: nodes.Node) -> Iterator[ArmId]:
        match node:
            case nodes.Workspace():
                yield from (*node.endpoints, *node.dependencies)
                if node.hub:
                    yield node.hub
            case nodes.Dependency():
                yield from (*node.scopes, *node.endpoints)
            case nodes.PrivateEndpoint():
                yield from node.interfaces
                if node.network:
                    yield node.network
            case nodes.VirtualNetwork():
                if node.gateway_subnet:
                    yield node.gateway_subnet
                yield from self._around(node.id)
            case _ if isinstance(node, _FOLLOWED):
                yield from (reference.id for reference in references(node))
            case _:
                pass

    def _around(self, network: ArmId) -> Iterator[ArmId]:
        """What serves a network and was found from its other end."""
        for node in self._known.serving.get(network, ()):
            match node:
                case nodes.RulesetLink():
                    ruleset = self._known.nodes.get(node.ruleset)
                    ends = ruleset.outbound_endpoints if isinstance(ruleset, nodes.ForwardingRuleset) else ()
                    yield from (id.parent for id in ends)
                case nodes.HubConnection():
                    yield node.hub
                case _:
                    yield node.id

    # DNS servers

    def _server_networks(self) -> set[ArmId]:
        """The networks of the servers that the closure asks. An address that no network holds leaves it open."""
        self._unplaced = False
        for address in sorted(set(self._addresses())):
            holders = self._known.holders(address)
            self.servers.update(holders)
            self._unplaced |= not holders and not ipaddress.ip_address(address).is_global
        return self.servers

    def _addresses(self) -> Iterator[str]:
        for target in (*self._aim.addresses, *self._asked_by_nodes()):
            address, _ = split_target(target)
            if address != PLATFORM_RESOLVER:
                yield address

    def _asked_by_nodes(self) -> Iterator[str]:
        links = (node for node in self._known.nodes.values() if isinstance(node, nodes.RulesetLink))
        linked = {link.ruleset for link in links if link.network in self.near}
        for node in self._known.nodes.values():
            match node:
                case nodes.VirtualNetwork() | nodes.Firewall() | nodes.FirewallPolicy() if node.id in self.near:
                    yield from node.dns_servers
                case nodes.NetworkInterface() if self._stands_near(node):
                    yield from node.dns_servers
                case nodes.ForwardingRule() if node.ruleset in linked:
                    yield from node.targets
                case _:
                    pass

    def _stands_near(self, node: nodes.NetworkInterface) -> bool:
        return any(c.subnet and c.subnet.parent in self.near for c in node.ip_configurations)

    def _endpoint_networks(self) -> Iterator[ArmId]:
        for id in self.near:
            node = self._known.nodes.get(id)
            if isinstance(node, nodes.PrivateEndpoint) and node.network:
                yield node.network

    def _peers(self) -> Iterator[ArmId]:
        """The next ring of connected networks, where it matters which there are.

        It does until a server's network is found, and where several networks hold or need the endpoints.
        """
        if not (self._unplaced or self._divided):
            return
        for node in self._known.networks:
            yield from (peering.remote for peering in node.peerings if peering.remote)
        connections = (node for node in self._known.nodes.values() if isinstance(node, nodes.HubConnection))
        yield from (node.network for node in connections if node.network)

    # What to ask

    def everywhere(self) -> Iterator[Ask]:
        """Lists of every subscription."""
        kinds = list(_EVERYWHERE)
        if self._known.listed("workspace") and self._has_unmet_name():
            kinds.append("ml-registry")
        if any(not list(_ids(text)) for text in self._aim.networks):
            kinds.append("virtual-network")
        if self._divided:
            kinds += _CONNECTING
        elif self._unplaced or any(map(self._is_hub_end, self._near_peerings())):
            kinds.append("virtual-hub")  # a server that no network holds may be a hub's firewall
        for subscription in self._known.readable:
            yield from (Ask(KINDS[kind], f"/subscriptions/{subscription}") for kind in kinds)

    def _has_unmet_name(self) -> bool:
        """Whether the name of a service is no workspace's: then a registry is meant."""
        found = [node.id for node in self._known.of(nodes.Workspace)]
        return any(not any(_means(text, id) for id in found) for text in self._aim.services)

    def _near_peerings(self) -> Iterator[nodes.Peering]:
        return (peering for node in self._near_networks() for peering in node.peerings)

    def _is_hub_end(self, peering: nodes.Peering) -> bool:
        """A virtual hub's own network is in a subscription of Microsoft's."""
        return peering.remote is not None and peering.remote.subscription not in self._known.readable

    def one(self, id: ArmId) -> Iterator[Ask]:
        """The resource itself, unless a list brought it."""
        kind = kind_of_type(id.type)
        if id in self._known.documents or not is_plain(id) or id.subscription not in self._known.readable:
            return
        if kind is not None and kind.parent == _SUBSCRIPTION and not kind.single:
            yield Ask(kind, id.text, one=True)

    def below(self, id: ArmId) -> Iterator[Ask]:
        """The lists below a resource of the closure; zones are asked about by name."""
        document = self._known.documents.get(id)
        if document is not None and document.kind not in (_SUBSCRIPTION, "private-dns-zone"):
            yield from (Ask(kind, document.id.text) for kind in children(document.kind))

    def beside_networks(self) -> Iterator[Ask]:
        """Interfaces of near networks, and what can be a DNS server where one must stand.

        A machine's interface, and a resolver's network, are in the same subscription as the network.
        """
        for node in self._near_networks():
            scope = f"/subscriptions/{node.id.subscription}"
            yield Ask(KINDS["network-interface"], scope)
            if node.id in self.servers:
                yield from (Ask(KINDS[kind], scope) for kind in ("dns-resolver", "firewall"))

    def _near_networks(self) -> list[nodes.VirtualNetwork]:
        return sorted((node for node in self._known.networks if node.id in self.near), key=lambda node: node.id)

    def zones(self) -> Iterator[Ask]:
        """Links and records of the zones that can answer for a name, or that a zone group writes into."""
        written = {
            config.zone
            for id in self.near
            if isinstance(group := self._known.nodes.get(id), nodes.ZoneGroup)
            for config in group.configs
        }
        for node in self._known.of(nodes.PrivateZone):
            if node.id in written or node.id.name.lower() in self._known.suffixes:
                yield from (Ask(kind, node.id.text) for kind in children("private-dns-zone"))


def left_out(known: Known) -> Iterator[Gap]:
    """What was not asked, so that nobody takes it for absent: a gap per kind, or one for each place of some."""
    whole = {_SUBSCRIPTION: True}
    for kind in KINDS.values():
        if kind.parent is None:
            continue
        parents = [id for id, document in known.documents.items() if document.kind == kind.parent]
        unasked = parents if kind.by_reference else [id for id in parents if Ask(kind, id.text) not in known.asked]
        whole[kind.name] = whole[kind.parent] and not unasked
        in_part = kind.parent == _SUBSCRIPTION and len(unasked) < len(parents)
        if in_part or (kind.parent == "private-dns-zone" and whole[kind.parent]):
            yield from (_outside(kind, id.text) for id in sorted(unasked))
        elif not whole[kind.name]:
            yield _outside(kind, "/")


def _outside(kind: Kind, scope: str) -> Gap:
    return Gap(kind=kind.name, scope=scope, reason=Reason.NOT_ASKED, detail=OUTSIDE)


def _ids(text: str) -> Iterator[ArmId]:
    """The id that a person wrote, if it is one and not a name."""
    if text.strip().startswith("/"):
        try:
            yield ArmId(text.strip())
        except ValueError:  # whoever resolves the scope tells of it
            return


def _means(text: str, id: ArmId) -> bool:
    """Whether a person's text (name, id, `*`, or a glob over the name) means a resource."""
    wanted = text.strip().rstrip("/").lower()
    return wanted == id.key or fnmatchcase(id.name.lower(), wanted)
