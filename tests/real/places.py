"""The namespaces of an estate, from its documents: where things stand and who reaches whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.real.network import FABRIC

INTERNET = "internet"
_PUBLIC_PREFIXES = ("198.51.100.0/24", "203.0.113.0/24")
_LEG, _OWN = 10, 11  # hosts of a prefix: the leg of the machine that is everywhere, and a client of the place itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A namespace. `id` is that of a virtual network or hub, None for a site and the internet.

    `source` is an address of it that nobody else has, and stands elsewhere; `own` one that stands there.
    """

    name: str
    id: ArmId | None
    prefixes: tuple[str, ...]
    source: str
    own: str


def of_kind(estate: LabEstate, kind: str) -> list[Document]:
    """The documents of a kind, in the order of the estate."""
    return [document for document in estate.documents.values() if document.kind == kind]


def places_of(estate: LabEstate) -> tuple[Place, ...]:
    """Virtual networks, virtual hubs and sites, then the internet.

    Raises ValueError when two share addresses or a name: packets and views are told by addresses.
    """
    made = [
        *(_place(d.id.name, d.id, _prefixes(d)) for d in sorted(of_kind(estate, "virtual-network"), key=_name)),
        *(
            _place(d.id.name, d.id, (d.body["properties"]["addressPrefix"],))
            for d in sorted(of_kind(estate, "virtual-hub"), key=_name)
        ),
        *(_place(site.name, None, site.address_space) for site in estate.sites),
        _place(INTERNET, None, _PUBLIC_PREFIXES),
    ]
    spaces = [ipaddress.ip_network(prefix) for place in made for prefix in place.prefixes]
    if any(one.overlaps(other) for one in spaces for other in spaces if one is not other):
        raise ValueError("two places share addresses: one Azure DNS cannot tell their clients apart")
    if len({place.name for place in made}) < len(made):
        raise ValueError("two places have one name")
    return tuple(made)


def networks_of(estate: LabEstate) -> tuple[Place, ...]:
    """The virtual networks, sorted by name. Raises ValueError as `places_of` does."""
    networks = {document.id for document in of_kind(estate, "virtual-network")}
    return tuple(place for place in places_of(estate) if place.id in networks)


def _name(document: Document) -> str:
    return document.id.name


def _prefixes(network: Document) -> tuple[str, ...]:
    return tuple(network.body["properties"]["addressSpace"]["addressPrefixes"])


def _place(name: str, id: ArmId | None, prefixes: tuple[str, ...]) -> Place:
    first = ipaddress.ip_network(prefixes[0])
    return Place(name=name, id=id, prefixes=prefixes, source=str(first[_LEG]), own=str(first[_OWN]))


def place_of(places: Iterable[Place], address: str) -> str:
    """The name of the place whose address space holds an address; the router's, where none does."""
    wanted = ipaddress.ip_address(address)
    for place in places:
        if any(wanted in ipaddress.ip_network(prefix) for prefix in place.prefixes):
            return place.name
    return FABRIC


def network_plan(estate: LabEstate, fabric: Iterable[str], standing: Iterable[str]) -> dict[str, Any]:
    """What `network.build` needs. `fabric` are addresses of the router, `standing` those of servers in places.

    Addresses of private endpoints and machines are there, too: nobody listens at them.
    """
    places, fabric = places_of(estate), list(fabric)
    reach = _reach(estate, places)
    held: dict[str, set[str]] = {place.name: {place.own} for place in places}
    for address in (*standing, *_interface_addresses(estate), PUBLIC_RESOLVER):
        if address not in fabric and (name := place_of(places, address)) != FABRIC:
            held[name].add(address)
    inside = {address: place_of(places, address) for address in fabric}
    return {
        "fabric": sorted(set(fabric)),
        "places": [
            {
                "name": place.name,
                "prefixes": list(place.prefixes),
                "addresses": sorted(held[place.name], key=lambda address: address != place.own),
                "leg": "" if place.name == INTERNET else place.source,
                "reaches": sorted(reach[place.name]),
                "doors": [
                    address
                    for address, name in inside.items()
                    if name in {place.name, *reach[place.name]} or (address == PLATFORM_RESOLVER and place.id)
                ],
            }
            for place in places
        ],
    }


def _interface_addresses(estate: LabEstate) -> Iterator[str]:
    for interface in of_kind(estate, "network-interface"):
        for configuration in interface.body["properties"].get("ipConfigurations", ()):
            if address := configuration["properties"].get("privateIPAddress"):
                yield address


def _reach(estate: LabEstate, places: Iterable[Place]) -> dict[str, set[str]]:
    """Who reaches whom, both ways: what peerings, hub connections and sites join, and everybody the internet."""
    places = list(places)
    groups: list[set[str]] = [{place.name} for place in places if place.name != INTERNET]
    for one, other in _joints(estate, {place.id.key: place.name for place in places if place.id}):
        joined = [group for group in groups if one in group or other in group]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    reach: dict[str, set[str]] = {INTERNET: {place.name for place in places} - {INTERNET}}
    for group in groups:
        for name in group:
            reach[name] = (group - {name}) | {INTERNET}
    return reach


def _joints(estate: LabEstate, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for network in of_kind(estate, "virtual-network"):
        for peering in network.body["properties"].get("virtualNetworkPeerings", ()):
            remote = peering["properties"]["remoteVirtualNetwork"]["id"].lower()
            if peering["properties"]["peeringState"] == "Connected" and remote in names:
                yield names[network.id.key], names[remote]
    for connection in of_kind(estate, "hub-connection"):
        remote = connection.body["properties"]["remoteVirtualNetwork"]["id"].lower()
        if remote in names:
            yield names[connection.id.parent.key], names[remote]
    for site in estate.sites:
        for reached in site.reaches:
            yield site.name, next(name for key, name in names.items() if reached.lower() in (key, name.lower()))
