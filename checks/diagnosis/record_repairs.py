"""Repairs of record sets that stand in the wrong place."""

from __future__ import annotations

from dataclasses import replace

from checks.diagnosis import repairs
from checks.finding import Repair
from checks.names.expected import ExpectedRecord
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import RecordSet


def removed(estate: Estate, held: RecordSet) -> Repair:
    """A record set taken out of its zone."""
    before, zone = estate.documents[held.id], held.zone
    words = ("az", "network", "private-dns", "record-set", held.type.lower(), "delete", *repairs.where(zone))
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the {held.type} record {held.name} from zone {zone.name}",
        command=repairs.command(*words, "--zone-name", zone.name, "--name", held.name, "--yes"),
    )


def written_at(estate: Estate, zone: ArmId, name: str, record: ExpectedRecord, addresses: tuple[str, ...]) -> Repair:
    """The addresses of an expected record, written under another relative name or into another zone."""
    placed = replace(record, zone=Fqdn(zone.name.lower()), record=name, covered="")
    return repairs.write_record(estate, zone, placed, addresses)
