"""Random mishaps that change answers, each on something random of an estate: what compound estates are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from agent.lab.estate import LabEstate
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.incidents.scenes import edited, find, without

Mishap = Callable[[Random, LabEstate], LabEstate]
_ELSEWHERE = "10.255.0.9"


def link_removed(random: Random, estate: LabEstate) -> LabEstate:
    """A zone is linked to one network less."""
    return without(estate, random.choice(find(estate, "zone-link")))


def record_removed(random: Random, estate: LabEstate) -> LabEstate:
    """A zone lacks one record."""
    return without(estate, random.choice(_records(estate)))


def record_mistyped(random: Random, estate: LabEstate) -> LabEstate:
    """A record holds an address that nothing has."""
    return edited(estate, random.choice(_records(estate)), _hold(_ELSEWHERE))


def record_joined(random: Random, estate: LabEstate) -> LabEstate:
    """A record holds one address more."""
    record = random.choice(_records(estate))
    right = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
    return edited(estate, record, _hold(*right, _ELSEWHERE))


def zone_removed(random: Random, estate: LabEstate) -> LabEstate:
    """A zone is gone with its links and records; its zone groups still point there."""
    return without(estate, random.choice(find(estate, "private-dns-zone", "privatelink.")))


def zone_left_out(random: Random, estate: LabEstate) -> LabEstate:
    """A zone group lost a zone, and Azure removed what it had written there."""
    group = random.choice(find(estate, "private-dns-zone-group"))
    lost = random.choice(group.body["properties"]["privateDnsZoneConfigs"])

    def edit(body: dict[str, Any]) -> None:
        configs = body["properties"]["privateDnsZoneConfigs"]
        body["properties"]["privateDnsZoneConfigs"] = [c for c in configs if c["name"] != lost["name"]]

    zone = ArmId(lost["properties"]["privateDnsZoneId"])
    written = [record for record in _written_by(estate, group.id.parent.name) if record.id.parent == zone]
    return without(edited(estate, group, edit), written)


def zone_group_removed(random: Random, estate: LabEstate) -> LabEstate:
    """A zone group is gone, and all that it wrote."""
    group = random.choice(find(estate, "private-dns-zone-group"))
    return without(estate, group, list(_written_by(estate, group.id.parent.name)))


def record_removed_under_fallback(random: Random, estate: LabEstate) -> LabEstate:
    """A zone lacks one record, and every link of it falls back to the internet."""
    record = random.choice(_records(estate))
    for link in find(estate, "zone-link"):
        if link.id.parent == record.id.parent:
            estate = edited(estate, link, lambda body: body["properties"].update(resolutionPolicy="NxDomainRedirect"))
    return without(estate, record)


def forwarder_removed(random: Random, estate: LabEstate) -> LabEstate:
    """A server lost one of its forwarders, as declared."""
    server = random.choice(estate.declared)
    suffix = random.choice(sorted(set(server.forwards or {}) - {""}))

    def forgetful(servers: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(s, forwards={k: v for k, v in s.forwards.items() if k != suffix}) if s == server else s
            for s in servers
        )

    return replace(estate, servers=forgetful(estate.servers), declared=forgetful(estate.declared))


MISHAPS: tuple[Mishap, ...] = (
    link_removed,
    record_removed,
    record_mistyped,
    record_joined,
    zone_removed,
    zone_left_out,
    zone_group_removed,
    record_removed_under_fallback,
    forwarder_removed,
)
"""All of them; some raise LookupError where the estate has nothing that they could hit."""


def _records(estate: LabEstate) -> list[Document]:
    return [record for record in find(estate, "record-set") if record.body["properties"].get("aRecords")]


def _written_by(estate: LabEstate, endpoint: str) -> Iterator[Document]:
    stamp = f"created by private endpoint {endpoint} with "
    for record in _records(estate):
        if record.body["properties"].get("metadata", {}).get("creator", "").startswith(stamp):
            yield record


def _hold(*addresses: str) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["properties"].update(aRecords=[{"ipv4Address": address} for address in addresses])
