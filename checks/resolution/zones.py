"""Looking a name up in one private DNS zone: exact names, wildcards, and the two kinds of negative answer.

RFC 1034 section 4.3.2 and RFC 4592: an existing name, even an empty one between labels, stops a wildcard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.graph.ids import Fqdn, relative
from collectors.graph.nodes import RecordSet


@dataclass(frozen=True, slots=True)
class Found:
    """The record set that answers."""

    record: RecordSet


@dataclass(frozen=True, slots=True)
class Alias:
    """A CNAME stands at the name."""

    record: RecordSet
    target: Fqdn


@dataclass(frozen=True, slots=True)
class Nothing:
    """A negative answer; `exists` tells NODATA from NXDOMAIN."""

    exists: bool


LookUp = Found | Alias | Nothing

_ADDRESS_TYPES = ("A", "AAAA")  # Azure lets a set be emptied without being deleted: the name then has no data


def look_up(
    records: Mapping[str, tuple[RecordSet, ...]],
    zone: Fqdn,
    name: Fqdn,
    type: str,
    *,
    empty_names_stop: bool = True,
) -> LookUp:
    """What a zone says of a name below it or at its apex. `records` as `Estate.records_of` gives them.

    `empty_names_stop` off: only names with records stop a wildcard, as Azure's own words can be read.
    """
    wanted = relative(name, zone)
    sets = records.get(wanted)
    if sets is None or not (sets or empty_names_stop or wanted == "@"):
        sets = records.get(_wildcard(records, wanted, empty_names_stop), sets)
    if sets is None:
        return Nothing(exists=False)
    for record in sets:
        if record.type == type and (record.addresses or type not in _ADDRESS_TYPES):
            return Found(record)
    for record in sets:
        if record.type == "CNAME" and record.cname is not None:
            return Alias(record, record.cname)
    return Nothing(exists=True)


def _wildcard(records: Mapping[str, tuple[RecordSet, ...]], name: str, empty_names_stop: bool) -> str:
    """The wildcard below the closest encloser, the longest existing ancestor."""
    labels = name.split(".")
    for start in range(1, len(labels)):
        ancestor = ".".join(labels[start:])
        if f"*.{ancestor}" in records or records.get(ancestor) or (empty_names_stop and ancestor in records):
            return f"*.{ancestor}"
    return "*"
