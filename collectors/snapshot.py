"""What one look at the world found, in a file that can be carried away and judged elsewhere.

Reading trusts nothing: size, nesting and every line are bounded and checked before anything is believed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from collectors import snapshot_lines as lines
from collectors.diagnosis_lines import DiagnosisLine, diagnosis_line, to_diagnosis
from collectors.files import atomic_write
from collectors.graph.answers import Answer
from collectors.graph.connections import Connection
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap
from collectors.graph.errors import SnapshotError
from collectors.graph.workspace_diagnosis import WorkspaceDiagnosis
from collectors.line import utc

FORMAT = 1
_AGAIN = "Collect it again with `agent collect`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a file is read before it is called hostile. Sizes in bytes, uncompressed."""

    total: int = 2 * 1024**3
    line: int = 64 * 1024**2
    lines: int = 10_000_000
    depth: int = 64  # ARM's deepest documents nest about 15 levels


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose look it was. `scope` is what was asked for, as JSON; `identity` the object id that read."""

    tool_version: str
    cloud: str
    started: datetime
    scope: Mapping[str, Any] = field(default_factory=dict)
    identity: str = ""
    tenant: str = ""
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The end: `removed` are the paths left out of documents, by kind; writing fills in `counts` and `sha256`."""

    finished: datetime
    removed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that a run knows of the world."""

    header: Header
    documents: tuple[Document, ...] = ()
    gaps: tuple[Gap, ...] = ()
    answers: tuple[Answer, ...] = ()
    connections: tuple[Connection, ...] = ()
    diagnoses: tuple[WorkspaceDiagnosis, ...] = ()
    declared: Declared = field(default_factory=Declared)
    footer: Footer

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the uncompressed lines before the footer."""
        return self.footer.sha256 or sealed(self).footer.sha256


def sealed(snapshot: Snapshot) -> Snapshot:
    """The snapshot exactly as it will be read back: sorted, times in UTC, counted, with its digest."""
    reading = _Reading(DEFAULT_BOUNDS)
    for line in _lines_of(snapshot):
        reading.take(line)
    return reading.snapshot()


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot whole, mode 0600; equal content gives equal bytes. Raises SinkError."""
    atomic_write(path, pack_snapshot(snapshot))


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as its file holds it."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=packed, mtime=0) as stream:
        stream.writelines(_lines_of(snapshot))
    return packed.getvalue()


def unpack_snapshot(packed: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Snapshot:
    """The inverse of `pack_snapshot`. Raises SnapshotError."""
    reading = _Reading(bounds)
    for line in _unpacked(io.BytesIO(packed), bounds):
        reading.take(line)
    return reading.snapshot()


def read_snapshot(path: Path, bounds: Bounds = DEFAULT_BOUNDS) -> Snapshot:
    """Read a snapshot. Raises SnapshotError in one sentence for anything that `write_snapshot` did not write."""
    reading = _Reading(bounds)
    try:
        with path.open("rb") as file:
            for line in _unpacked(file, bounds):
                reading.take(line)
        return reading.snapshot()
    except SnapshotError as error:
        raise SnapshotError(f"{path} {error}") from error
    except OSError as error:
        raise SnapshotError(f"{path} cannot be read: {error.strerror or error}.") from error


def _lines_of(snapshot: Snapshot) -> list[bytes]:
    """Header, content sorted within its kind of line, footer."""
    header, declared = snapshot.header, snapshot.declared
    content = [lines.encode(_header_line(header))]
    for section in (
        (lines.document_line(document) for document in snapshot.documents),
        (lines.gap_line(gap) for gap in snapshot.gaps),
        (lines.answer_line(answer) for answer in snapshot.answers),
        (lines.connection_line(connection) for connection in snapshot.connections),
        (diagnosis_line(diagnosis) for diagnosis in snapshot.diagnoses),
        (lines.server_line(server) for server in declared.servers),
        (lines.site_line(site) for site in declared.sites),
        (lines.client_line(client) for client in declared.clients),
        (lines.vantage_line(vantage) for vantage in declared.vantages),
        (lines.name_place_line(place) for place in declared.names),
    ):
        content += sorted(map(lines.encode, section))
    if declared.assumptions:
        content.append(lines.encode(lines.AssumptionsLine(values=dict(declared.assumptions))))
    if declared.foreign:
        content.append(lines.encode(lines.ForeignNamesLine(names=declared.foreign)))
    if declared.public_resolvers:
        content.append(lines.encode(lines.PublicResolversLine(addresses=declared.public_resolvers)))
    return [*content, lines.encode(_footer_line(snapshot.footer, content))]


def _header_line(header: Header) -> lines.HeaderLine:
    return lines.HeaderLine(
        format=header.format,
        tool_version=header.tool_version,
        cloud=header.cloud,
        scope=dict(header.scope),
        started=utc(header.started),
        identity=header.identity,
        tenant=header.tenant,
    )


def _footer_line(footer: Footer, content: Iterable[bytes]) -> lines.FooterLine:
    digest, counts = hashlib.sha256(), Counter[str]()
    for line in content:
        digest.update(line)
        counts[line[len(b'{"type":"') :].split(b'"', 1)[0].decode()] += 1
    return lines.FooterLine(
        counts=dict(counts),
        sha256=digest.hexdigest(),
        removed={kind: tuple(sorted(paths)) for kind, paths in footer.removed.items()},
        finished=utc(footer.finished),
    )


def _unpacked(file: BinaryIO, bounds: Bounds) -> Iterator[bytes]:
    """The lines of a compressed file, never more of them in memory than one."""
    total = count = 0
    with gzip.GzipFile(fileobj=file, mode="rb") as stream:
        while line := _next_line(stream, bounds.line, first=not count):
            total, count = total + len(line), count + 1
            if total > bounds.total:
                raise SnapshotError(f"is too large: more than {bounds.total} bytes uncompressed.")
            if count > bounds.lines:
                raise SnapshotError(f"is too large: more than {bounds.lines} lines.")
            yield line


def _next_line(stream: gzip.GzipFile, longest: int, *, first: bool) -> bytes:
    try:
        line = stream.readline(longest + 1)
    except EOFError as error:
        raise SnapshotError(f"is truncated: the compressed data ends early. {_AGAIN}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        if first and isinstance(error, gzip.BadGzipFile):
            raise SnapshotError(f"is not a snapshot: expected gzip-compressed JSON Lines. {_AGAIN}") from error
        raise SnapshotError(f"is damaged: the compressed data cannot be read. {_AGAIN}") from error
    if len(line) > longest:
        raise SnapshotError(f"is hostile or damaged: a line is longer than {longest} bytes.")
    if line and not line.endswith(b"\n"):
        raise SnapshotError(f"is truncated: its last line has no end. {_AGAIN}")
    return line


class _Reading:
    """A snapshot being read line by line. Every mistake is a SnapshotError that begins with its verb."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._number = 0
        self._digest = hashlib.sha256()
        self._counts = Counter[str]()
        self._header: lines.HeaderLine | None = None
        self._footer: lines.FooterLine | None = None
        self._parts: dict[type, list[Any]] = {kind: [] for kind in _PARTS}

    def take(self, line: bytes) -> None:
        """Check and keep one line."""
        self._number += 1
        if self._header is None:
            _refuse_foreign(line)
        decoded = self._decode(line)
        if self._footer is not None:
            raise self._damaged("follows the footer")
        match decoded:
            case lines.FooterLine():
                self._check_footer(decoded)
                self._footer = decoded
                return
            case lines.HeaderLine():
                if self._header is not None:
                    raise self._damaged("is a second header")
                self._header = decoded
            case _:
                self._keep(decoded)
        self._digest.update(line)
        self._counts[str(type(decoded).__struct_config__.tag)] += 1

    def _decode(self, line: bytes) -> lines.AnyLine:
        try:
            decoded = lines.decode(line)
        except RecursionError as error:
            raise self._damaged("nests too deeply") from error
        except msgspec.DecodeError as error:
            raise self._damaged(f"says what a snapshot cannot say: {_printable(str(error))}") from error
        # Counting brackets costs nothing and clears almost every line; only the rest is walked.
        if line.count(b"{") + line.count(b"[") > self._bounds.depth and _nests_deeper(line, self._bounds.depth):
            raise self._damaged("nests too deeply")
        return decoded

    def _keep(self, decoded: lines.ContentLine) -> None:
        try:
            self._parts[type(decoded)].append(_PARTS[type(decoded)](decoded))
        except ValueError as error:
            raise self._damaged(f"says what a snapshot cannot say: {_printable(str(error))}") from error

    def _check_footer(self, footer: lines.FooterLine) -> None:
        if footer.sha256 != self._digest.hexdigest() or footer.counts != self._counts:
            raise SnapshotError(
                f"was changed after it was written: content and footer's SHA-256 or counts differ. {_AGAIN}"
            )

    def _damaged(self, what: str) -> SnapshotError:
        return SnapshotError(f"is damaged: line {self._number} {what}. {_AGAIN}")

    def snapshot(self) -> Snapshot:
        """What was read. Raises SnapshotError unless the last line was the footer."""
        header, footer, parts = self._header, self._footer, self._parts
        if header is None:
            raise SnapshotError(f"is not a snapshot: it is empty. {_AGAIN}")
        if footer is None:
            raise SnapshotError(f"is truncated: it ends before its footer. {_AGAIN}")
        return Snapshot(
            header=Header(**msgspec.structs.asdict(header)),
            documents=tuple(parts[lines.DocumentLine]),
            gaps=tuple(parts[lines.GapLine]),
            answers=tuple(parts[lines.AnswerLine]),
            connections=tuple(parts[lines.ConnectionLine]),
            diagnoses=tuple(parts[DiagnosisLine]),
            declared=Declared(
                servers=tuple(parts[lines.ServerLine]),
                sites=tuple(parts[lines.SiteLine]),
                clients=tuple(parts[lines.ClientLine]),
                vantages=tuple(parts[lines.VantageLine]),
                public_resolvers=tuple(a for addresses in parts[lines.PublicResolversLine] for a in addresses),
                assumptions={k: v for values in parts[lines.AssumptionsLine] for k, v in values.items()},
                names=tuple(parts[lines.NamePlaceLine]),
                foreign=tuple(name for names in parts[lines.ForeignNamesLine] for name in names),
            ),
            footer=Footer(**msgspec.structs.asdict(footer)),
        )


_PARTS: Mapping[type, Callable[[Any], Any]] = {
    lines.DocumentLine: lines.to_document,
    lines.GapLine: lines.to_gap,
    lines.AnswerLine: lines.to_answer,
    lines.ConnectionLine: lines.to_connection,
    DiagnosisLine: to_diagnosis,
    lines.ServerLine: lines.to_server,
    lines.SiteLine: lines.to_site,
    lines.ClientLine: lines.to_client,
    lines.VantageLine: lines.to_vantage,
    lines.AssumptionsLine: lambda line: line.values,
    lines.NamePlaceLine: lines.to_name_place,
    lines.ForeignNamesLine: lines.to_foreign_names,
    lines.PublicResolversLine: lines.to_resolvers,
}


class _Probe(msgspec.Struct):
    """As much of a header as every format has."""

    type: str
    format: int


def _refuse_foreign(line: bytes) -> None:
    try:
        probe = msgspec.json.decode(line, type=_Probe)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"is not a snapshot: its first line is no header. {_AGAIN}") from error
    if probe.type != "header":
        raise SnapshotError(f"is not a snapshot: its first line is no header. {_AGAIN}")
    if probe.format > FORMAT:
        raise SnapshotError(
            f"is too new: it is in format {probe.format}, this version reads {FORMAT}. Update the agent."
        )


def _nests_deeper(line: bytes, depth: int) -> bool:
    """Whether JSON nests deeper than this; level by level, so that the answer itself cannot recurse."""
    level = [msgspec.json.decode(line)]
    for _ in range(depth + 1):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return bool(level)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:200])
