"""The expected records as files for other programs: a spreadsheet, a hosts file, master files of zones.

What these programs would take for an instruction is defused in the manner of each.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.render.text import visible
from checks.names.expected import ExpectedRecord, Need
from collectors.graph.addresses import is_address
from collectors.graph.ids import Fqdn

_COLUMNS = ("name", "type", "addresses", "role", "zone", "record", "workspace", "endpoint", "approved", "source")
_FORMULA = ("=", "+", "-", "@")  # a leading `*`, as wildcards have it, starts no formula
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_*.-]")
_HOSTS_HEAD = """\
# A hosts file helps one machine only, and only programs that read it. Aliases and wildcards it cannot hold: names
# that a wildcard covers are missing below. It does not follow an endpoint that gets another address.
"""
_ZONE_HEAD = """\
$TTL 10
@ 3600 IN SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10
; Azure's private zones have no NS record; a master file is not loaded without one.
@ 3600 IN NS azureprivatedns.net.
"""


def names_csv(records: Iterable[ExpectedRecord]) -> str:
    """A table as RFC 4180 has it. A cell that a spreadsheet would take for a formula gets a leading apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(cell) for cell in _cells(record)] for record in records)
    return buffer.getvalue()


def _cells(record: ExpectedRecord) -> tuple[str, ...]:
    addresses, approved = " ".join(record.addresses), "yes" if record.approved else "no"
    place = (record.zone, record.record, record.workspace.text, record.endpoint.text)
    return (record.name, record.type, addresses, record.role.value, *place, approved, record.source)


def _cell(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


@dataclass(frozen=True, slots=True)
class _Owner:
    """What all endpoints say of one name and type."""

    name: str
    type: str
    records: tuple[ExpectedRecord, ...]

    @property
    def approved(self) -> tuple[ExpectedRecord, ...]:
        """The records of endpoints whose connection is approved: only these can be lines."""
        return tuple(record for record in self.records if record.approved)

    @property
    def conflicting(self) -> bool:
        """Whether two endpoints give the name different addresses: only a person can choose."""
        return len({frozenset(record.addresses) for record in self.approved}) > 1

    def lines(self, before: str, after: str, comment: str) -> list[str]:
        """The lines of the name, the address between `before` and `after`; what must not be a line is a comment."""
        found: dict[str, None] = {}  # a project uses the names of its hub
        for record in self.records:
            why = self._kept_out(record)
            for address in record.addresses:
                line = f"{before}{visible(address)}{after}"
                if why or not is_address(address):
                    line = f"{comment} {line}  ({visible(record.endpoint.name)}: {why or 'not an address'})"
                found[line] = None
        return list(found)

    def _kept_out(self, record: ExpectedRecord) -> str:
        if not record.approved:
            return "the connection is not approved"
        return "another endpoint gives this name other addresses" if self.conflicting else ""


def _owners(named: Iterable[tuple[str, ExpectedRecord]]) -> Iterator[_Owner]:
    found: dict[tuple[str, str], list[ExpectedRecord]] = {}
    for name, record in named:
        found.setdefault((name, record.type), []).append(record)
    for (name, type), records in sorted(found.items()):
        yield _Owner(name, type, tuple(records))


def names_hosts(records: Iterable[ExpectedRecord]) -> str:
    """A hosts file: `address name`. Of two addresses that endpoints disagree about it holds neither."""
    lines = [_HOSTS_HEAD.rstrip("\n")]
    for owner in _owners((record.name, record) for record in records):
        if owner.name.startswith("*."):
            lines.append(f"# {visible(owner.name)}: a wildcard, which a hosts file cannot hold")
        elif not _HOST.fullmatch(owner.name):
            lines.append(f"# {visible(owner.name)}: not a host name")
        else:
            lines += owner.lines("", f" {owner.name}", "#")
    return "\n".join(lines) + "\n"


def names_zones(records: Iterable[ExpectedRecord]) -> str:
    """One master file (RFC 1035 section 5) after the other, a zone each, as Azure's private zones hold them.

    A name without a private-link zone gets a zone of exactly its name: one over its suffix would hide other names.
    """
    zones: dict[Fqdn, list[ExpectedRecord]] = {}
    for record in records:
        if record.zone or record.need is Need.REQUIRED:
            zones.setdefault(record.zone or record.name, []).append(record)
    return "\n".join(_zone(zone, zones[zone]) for zone in sorted(zones))


def _zone(zone: Fqdn, records: Iterable[ExpectedRecord]) -> str:
    lines = [f"$ORIGIN {_escaped(zone)}.\n{_ZONE_HEAD.rstrip()}"]
    for owner in _owners((record.record or "@", record) for record in records):
        name = "@" if owner.name == "@" else _escaped(owner.name)
        lines += owner.lines(f"{name} IN {owner.type} ", "", ";")
    return "\n".join(lines) + "\n"


def _escaped(name: str) -> str:
    """A name in which every character that a master file reads as more than itself is its decimal code."""
    return "".join(c if _PLAIN.match(c) else f"\\{ord(c):03d}" for c in name)
