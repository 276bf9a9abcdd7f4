"""Which networks of an estate reach each other: peerings, virtual hubs, and the WANs that join hubs."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab.estate import LabEstate
from agent.lab.zones import arm_id, branch, of_kind, rows, text
from collectors.graph.ids import ArmId


class Components:
    """The connected components of an estate; a place is a virtual network or a virtual hub."""

    def __init__(self, estate: LabEstate) -> None:
        self._parents: dict[ArmId, ArmId] = {}
        for one, other in (*_peerings(estate), *_hub_connections(estate), *_wans(estate)):
            self._parents[self._root(one)] = self._root(other)

    def joined(self, one: ArmId, other: ArmId) -> bool:
        """Whether there is a way from one place to the other."""
        return self._root(one) == self._root(other)

    def _root(self, place: ArmId) -> ArmId:
        while (parent := self._parents.get(place, place)) != place:
            place = parent
        return place


def _peerings(estate: LabEstate) -> Iterator[tuple[ArmId, ArmId]]:
    for network in of_kind(estate, "virtual-network"):
        for peering in rows(branch(network.body, "properties"), "virtualNetworkPeerings"):
            remote = arm_id(branch(peering, "properties", "remoteVirtualNetwork").get("id"))
            if remote and text(branch(peering, "properties").get("peeringState")).lower() == "connected":
                yield network.id, remote


def _hub_connections(estate: LabEstate) -> Iterator[tuple[ArmId, ArmId]]:
    for connection in of_kind(estate, "hub-connection"):
        network = arm_id(branch(connection.body, "properties", "remoteVirtualNetwork").get("id"))
        if network:
            yield connection.id.parent, network


def _wans(estate: LabEstate) -> Iterator[tuple[ArmId, ArmId]]:
    """The hubs of a WAN of type Standard reach each other; the WAN itself is no place that anybody asks about."""
    standard = {
        wan.id
        for wan in of_kind(estate, "virtual-wan")
        if text(branch(wan.body, "properties").get("type")).lower() == "standard"
    }
    for hub in of_kind(estate, "virtual-hub"):
        wan = arm_id(branch(hub.body, "properties", "virtualWan").get("id"))
        if wan in standard and wan:
            yield hub.id, wan
