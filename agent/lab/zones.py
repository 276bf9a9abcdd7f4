"""The private DNS zones of the lab as name servers hold them, read straight from the ARM documents.

Written apart from the simulated resolver, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from agent.lab.estate import LabEstate
from collectors.graph.answers import Record
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn, absolute, fqdn, suffixes

PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10"
"""The SOA of a private zone: negative answers live 10 seconds."""

SOA_TTL = 3600


class Found(Enum):
    """What a zone says of a name and type."""

    RECORDS = "records"
    CNAME = "cname"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"


class Zone:
    """One zone: names to record sets. Looks up by RFC 1034 section 4.3.2 and RFC 4592."""

    def __init__(self, origin: Fqdn, soa: str, records: Iterable[Record], bare: Iterable[Fqdn] = ()) -> None:
        """`bare` are names that exist but hold nothing that is served."""
        self.origin = origin
        self.soa = Record(name=origin, type="SOA", ttl=SOA_TTL, value=soa)
        self._nodes: dict[Fqdn, dict[str, tuple[Record, ...]]] = {}
        for record in (self.soa, *records):
            node = self._nodes.setdefault(record.name, {})
            node[record.type] = (*node.get(record.type, ()), record)
        for name in [*self._nodes, *bare]:
            self._make_exist(name)

    def _make_exist(self, name: Fqdn) -> None:
        """A name makes every name between itself and the apex exist: the empty non-terminals."""
        for ancestor in suffixes(name):
            if ancestor == self.origin:
                break
            self._nodes.setdefault(ancestor, {})

    def find(self, name: Fqdn, rdtype: str) -> tuple[Found, tuple[Record, ...]]:
        """The records of a name in this zone, synthesised from a wildcard where there is one."""
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes.get(Fqdn(f"*.{self._closest_encloser(name)}"))
        if node is None:
            return Found.NXDOMAIN, ()
        found = Found.RECORDS if rdtype in node else Found.CNAME if "CNAME" in node else Found.NODATA
        records = node.get(rdtype) or node.get("CNAME") or ()
        return found, tuple(_owned_by(record, name) for record in records)

    def _closest_encloser(self, name: Fqdn) -> Fqdn:
        return next((ancestor for ancestor in suffixes(name) if ancestor in self._nodes), self.origin)


def _owned_by(record: Record, name: Fqdn) -> Record:
    """The record as the answer for a name. A wildcard's target that begins with `*` keeps the asked labels."""
    value = record.value
    if record.type == "CNAME" and record.name != name and value.startswith("*."):
        value = name.removesuffix(record.name[1:]) + value[1:]
    return Record(name=name, type=record.type, ttl=record.ttl, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedZone:
    """A private zone as one virtual network sees it. `fallback`: the link redirects NXDOMAIN to public DNS."""

    zone: Zone
    fallback: bool


def linked_zones(estate: LabEstate) -> dict[ArmId, dict[Fqdn, LinkedZone]]:
    """Network id -> zone name -> zone. Only links whose state is Completed, or that have none, count."""
    zones = dict(_private_zones(estate))
    linked: dict[ArmId, dict[Fqdn, LinkedZone]] = {}
    for link in sorted(of_kind(estate, "zone-link"), key=lambda document: document.id):
        properties = branch(link.body, "properties")
        network, zone = arm_id(branch(properties, "virtualNetwork").get("id")), zones.get(link.id.parent)
        state = text(properties.get("virtualNetworkLinkState")) or "Completed"
        if network is None or zone is None or state.lower() != "completed":
            continue
        redirects = text(properties.get("resolutionPolicy")).lower() == "nxdomainredirect"
        # Azure refuses the policy on any zone whose name lacks the label, so there it can have no effect.
        fallback = redirects and "privatelink" in zone.origin.split(".")
        linked.setdefault(network, {}).setdefault(zone.origin, LinkedZone(zone=zone, fallback=fallback))
    return linked


def _private_zones(estate: LabEstate) -> Iterator[tuple[ArmId, Zone]]:
    sets: dict[ArmId, list[Document]] = {}
    for document in of_kind(estate, "record-set"):
        sets.setdefault(document.id.parent, []).append(document)
    for document in of_kind(estate, "private-dns-zone"):
        origin = fqdn(document.id.name)
        mine = sets.get(document.id, [])
        records = [record for record_set in mine for record in _records(record_set, origin)]
        yield document.id, Zone(origin, PRIVATE_SOA, records, bare=[_owner(d, origin) for d in mine])


def _owner(record_set: Document, origin: Fqdn) -> Fqdn:
    return absolute(record_set.id.name, origin)


def _records(record_set: Document, origin: Fqdn) -> Iterator[Record]:
    properties = branch(record_set.body, "properties")
    owner, ttl = _owner(record_set, origin), int(properties.get("ttl", SOA_TTL))
    for row in rows(properties, "aRecords"):
        yield Record(name=owner, type="A", ttl=ttl, value=text(row.get("ipv4Address")))
    for row in rows(properties, "aaaaRecords"):
        yield Record(name=owner, type="AAAA", ttl=ttl, value=text(row.get("ipv6Address")))
    if target := text(branch(properties, "cnameRecord").get("cname")):
        yield Record(name=owner, type="CNAME", ttl=ttl, value=fqdn(target))


def of_kind(estate: LabEstate, kind: str) -> Iterator[Document]:
    """The documents of one kind, in the order of the estate."""
    return (document for document in estate.documents.values() if document.kind == kind)


def branch(body: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The object at a path of property names, empty where there is none."""
    for key in keys:
        value = body.get(key)
        body = value if isinstance(value, Mapping) else {}
    return body


def rows(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects in a list property, empty where there is none."""
    value = body.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def text(value: Any) -> str:
    """A string property, `""` where there is none."""
    return value if isinstance(value, str) else ""


def arm_id(value: Any) -> ArmId | None:
    """An id property, None where there is none."""
    return ArmId(value) if isinstance(value, str) and value.startswith("/") else None
