"""The expected records as `agent names` shows them."""

from __future__ import annotations

from typing import Literal

from agent.render.names_files import names_csv, names_hosts, names_zones
from agent.render.text import visible
from agent.report import Shape, to_json
from checks.names.expected import ExpectedRecord
from checks.requirements import Required


class NameShape(Shape):
    """One expected record; `workspace` and `why` are ids."""

    name: str
    type: str
    addresses: list[str]
    role: str
    zone: str
    record: str
    workspace: str
    why: str
    source: str


class NamesShape(Shape):
    """`names --format json`."""

    schema: Literal[1]
    names: list[NameShape]


def names_shape(required: Required) -> NamesShape:
    """The expected records as JSON shows them."""
    return NamesShape(schema=1, names=[_name_shape(record) for record in required.records])


def _name_shape(record: ExpectedRecord) -> NameShape:
    return NameShape(
        name=record.name,
        type=record.type,
        addresses=list(record.addresses),
        role=record.role.value,
        zone=record.zone,
        record=record.record,
        workspace=record.workspace.text,
        why=record.endpoint.text,
        source=record.source,
    )


def _row(record: ExpectedRecord) -> tuple[str, str, str, str, str]:
    state = "" if record.approved else " (not approved)"
    return (
        visible(record.name),
        ", ".join(record.addresses),
        record.role.value,
        visible(record.zone),
        f"{record.source} of {visible(record.endpoint.name)}{state}",
    )


def render_names(required: Required) -> str:
    """The expected records as a table; columns are as wide as they must be, so that names stay whole."""
    if not required.records:
        return "No private endpoint in what could be read lists any name.\n"
    rows = [("NAME", "ADDRESS", "ROLE", "ZONE", "FROM")]
    rows += dict.fromkeys(map(_row, required.records))  # a project uses the names of its hub
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ("  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4]]) for row in rows)
    return "\n".join(lines) + "\n"


def names_text(required: Required, format: str) -> bytes:
    """The expected records in one of the formats of `agent names`."""
    match format:
        case "json":
            return to_json(names_shape(required))
        case "csv":
            return names_csv(required.records).encode()
        case "hosts":
            return names_hosts(required.records).encode()
        case "zone":
            return names_zones(required.records).encode()
    return render_names(required).encode()
