"""Which networks reach each other, for certain and perhaps: peerings, virtual hubs, network managers, gateways.

For certain decides where an address leads; perhaps decides whether two networks are proved to be apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    ConnectivityConfiguration,
    GatewaySubnet,
    HubConnection,
    Peering,
    StaticMember,
    VirtualHub,
    VirtualNetwork,
    VirtualWan,
)
from collectors.graph.relations.base import Graph, grouped, relation

_Edge = tuple[ArmId, ArmId]

_CERTAIN = (VirtualNetwork, HubConnection, VirtualHub, VirtualWan)
_PERHAPS = (*_CERTAIN, ConnectivityConfiguration, StaticMember, GatewaySubnet)

HIDES_CONNECTIONS = frozenset(
    {
        "virtual-wan",
        "virtual-hub",
        "hub-connection",
        "network-manager",
        "connectivity-configuration",
        "network-group",
        "static-member",
    }
)
"""Peerings are not among them: they show on both sides, so a side that was read wholly hides none."""

# Azure shows a hub connection on the network as a peering of this name with a network of its own subscription.
_HUB_PEERING = "remotevnettohubpeering_"


class Connections(Graph):
    """The components of the estate: networks that peerings and virtual hubs connect."""

    def component(self, network: ArmId) -> frozenset[ArmId]:
        """The networks connected by peerings and virtual hubs, the network itself included."""
        return self._components.get(network, frozenset({network}))

    def peers_of(self, network: ArmId) -> frozenset[ArmId]:
        """The networks that a network is peered with itself."""
        node = self.get(VirtualNetwork, network)
        return frozenset(peering.remote for peering in node.peerings if peering.remote) if node else frozenset()

    def hubs_of(self, network: ArmId) -> frozenset[ArmId]:
        """The virtual hubs that a network reaches."""
        return self._reached.get(network, frozenset()) & self._hub_ids

    def apart(self, one: ArmId, other: ArmId) -> bool:
        """Whether nothing connects two networks for certain: every network of one side was read.

        No proof is left where hubs or network managers could not be read, nor where a network manager may
        connect the two: whether its configuration was deployed cannot be read. Nor where both sides have a gateway:
        over a circuit or an office they may meet outside of Azure.
        """
        if self._connections_unseen or self._anyone_may_join:
            return False
        side, across = self._may_reach(one), self._may_reach(other)
        return other not in side and any(all(id in self.nodes for id in it) for it in (side, across))

    def cut_off(self, one: ArmId, other: ArmId) -> bool:
        """Whether two networks are apart for certain and nothing leads out of the first one, over which they may meet.

        A gateway, or a subnet for gateways that was not read, may lead to anywhere: then nothing is certain.
        """
        return one != other and self.apart(one, other) and not self._leads_out(one)

    def _leads_out(self, network: ArmId) -> bool:
        return not self._may_reach(network).isdisjoint(self._gates)

    @relation(VirtualNetwork, GatewaySubnet, VirtualHub)
    def _gates(self) -> frozenset[ArmId]:
        return frozenset(self._gated())

    def is_hub_peering(self, network: VirtualNetwork, peering: Peering) -> bool:
        """Whether a peering is only the network's end of a hub connection that was read itself."""
        return peering.name.lower().startswith(_HUB_PEERING) and network.id in self._hub_connections

    _hub_connections = grouped(HubConnection, lambda connection: connection.network)

    @relation(HubConnection, VirtualHub)
    def _hub_ids(self) -> frozenset[ArmId]:
        hubs = {connection.hub for connection in self.of_type(HubConnection)}
        return frozenset(hubs | {hub.id for hub in self.of_type(VirtualHub) if hub.wan})

    def _edges(self) -> Iterator[_Edge]:
        for network in self.of_type(VirtualNetwork):
            for peering in network.peerings:
                connected = peering.remote and peering.state.lower() == "connected"
                if peering.remote and connected and not self.is_hub_peering(network, peering):
                    yield network.id, peering.remote
        for connection in self.of_type(HubConnection):
            hub = self.get(VirtualHub, connection.hub)
            if connection.network and (hub is None or hub.wan):  # a route server is a hub without a WAN
                yield connection.network, connection.hub
        for hub in self.of_type(VirtualHub):
            wan = self.get(VirtualWan, hub.wan)
            if wan and wan.type.lower() == "standard":
                yield hub.id, wan.id

    def _perhaps(self) -> Iterator[_Edge]:
        """What else may connect: WANs of an unknown type, gateways, and what a network manager may have deployed."""
        for hub in self.of_type(VirtualHub):
            if hub.wan and self.get(VirtualWan, hub.wan) is None:
                yield hub.id, hub.wan
        for configuration in self.of_type(ConnectivityConfiguration):
            for group in configuration.direct_groups:
                for member in self._members.get(group, ()):
                    # One mesh may hold several groups; the hubs of others are peerings, which show.
                    yield configuration.id, member.network or member.id
        gated = list(self._gated())
        yield from ((gated[0], other) for other in gated[1:])

    def _gated(self) -> Iterator[ArmId]:
        """Networks and hubs that have a gateway, or whose subnet for gateways was not read."""
        for network in self.of_type(VirtualNetwork):
            subnet = self.get(GatewaySubnet, network.gateway_subnet)
            if network.gateway_subnet and (subnet is None or subnet.gateways):
                yield network.id
        yield from (hub.id for hub in self.of_type(VirtualHub) if hub.gateways)

    _members = grouped(StaticMember, lambda member: member.group)

    @relation(ConnectivityConfiguration, StaticMember)
    def _anyone_may_join(self) -> bool:
        """Whether a directly connected group shows no member: then a policy decides who belongs to it."""
        configurations = self.of_type(ConnectivityConfiguration)
        return any(group not in self._members for c in configurations for group in c.direct_groups)

    @relation(Gap)
    def _connections_unseen(self) -> bool:
        return any(gap.kind in HIDES_CONNECTIONS for gap in self.gaps)

    @relation(VirtualNetwork)
    def _network_ids(self) -> tuple[ArmId, ...]:
        return tuple(network.id for network in self.of_type(VirtualNetwork))

    @relation(*_CERTAIN)
    def _reached(self) -> Mapping[ArmId, frozenset[ArmId]]:
        return _connected(self._network_ids, self._edges())

    @relation(*_CERTAIN)
    def _components(self) -> Mapping[ArmId, frozenset[ArmId]]:
        transit = self._hub_ids | {wan.id for wan in self.of_type(VirtualWan)}
        networks = {whole: whole - transit for whole in set(self._reached.values())}
        return {id: networks[whole] for id, whole in self._reached.items()}

    @relation(*_PERHAPS)
    def _perhaps_reached(self) -> Mapping[ArmId, frozenset[ArmId]]:
        return _connected(self._network_ids, (*self._edges(), *self._perhaps()))

    def _may_reach(self, network: ArmId) -> frozenset[ArmId]:
        return self._perhaps_reached.get(network, frozenset({network}))


def _connected(starts: Iterable[ArmId], edges: Iterable[_Edge]) -> Mapping[ArmId, frozenset[ArmId]]:
    """The component of each start and of all that it reaches."""
    neighbours: dict[ArmId, set[ArmId]] = defaultdict(set)
    for one, other in edges:
        neighbours[one].add(other)
        neighbours[other].add(one)
    components: dict[ArmId, frozenset[ArmId]] = {}
    for start in starts:
        if start in components:
            continue
        reached, open_ends = {start}, [start]
        while open_ends:
            fresh = neighbours[open_ends.pop()] - reached
            reached |= fresh
            open_ends.extend(fresh)
        component = frozenset(reached)
        components.update(dict.fromkeys(component, component))
    return components
