"""The JSON files of a folder, found in a fixed order and decoded within bounds: anybody may have made them."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from collectors.graph.errors import SnapshotError

_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_AGAIN = "Run its `az rest` command again, or delete the file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a folder is read before it is called hostile. Sizes in bytes; `depth` counts folders."""

    total: int = 2 * 1024**3
    file: int = 256 * 1024**2
    files: int = 500_000
    depth: int = 32  # the deepest id that we read has 12 segments


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFile:
    """One file: its place below the folder with `/`, when it was written, and the JSON texts in it.

    The place is what people are shown: what cannot be printed, or is no text at all, reads `?`.
    """

    name: str
    written: datetime
    values: tuple[Any, ...]


def json_files(root: Path, bounds: Bounds) -> Iterator[JsonFile]:
    """Every `.json` and `.jsonl` file below a folder, in the order of names. Raises SnapshotError.

    Hidden files and folders, other files, and folders behind symbolic links are passed over.
    """
    total = 0
    for path in _paths(root, bounds):
        name = _printable(path.relative_to(root).as_posix())
        data, written = _read(path, bounds)
        total += len(data)
        if total > bounds.total:
            raise SnapshotError(f"{root} is too large: more than {bounds.total} bytes of JSON.")
        try:
            yield JsonFile(name=name, written=written, values=tuple(_decoded(data, path.suffix.lower() == ".jsonl")))
        except SnapshotError as error:
            raise SnapshotError(f"{root / name} {error}") from error


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _paths(root: Path, bounds: Bounds) -> Iterator[Path]:
    found = []
    for folder, folders, files in os.walk(root, onerror=_unreadable):
        here = Path(folder)
        folders[:] = [name for name in folders if not name.startswith(".")]
        if folders and len(here.relative_to(root).parts) >= bounds.depth:
            raise SnapshotError(f"{root} nests folders deeper than {bounds.depth} levels.")
        for name in files:
            path = here / name
            if not name.startswith(".") and path.suffix.lower() in (".json", ".jsonl") and _is_file(path):
                found.append(path)
        if len(found) > bounds.files:
            raise SnapshotError(f"{root} is too large: more than {bounds.files} files.")
    return iter(sorted(found))


def _is_file(path: Path) -> bool:
    """Whether it is no pipe or device. Raises SnapshotError where nobody can tell, as for a link that leads nowhere."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        _unreadable(error)


def _unreadable(error: OSError) -> NoReturn:
    raise SnapshotError(f"{_printable(str(error.filename))} cannot be read: {error.strerror or error}.") from error


def _read(path: Path, bounds: Bounds) -> tuple[bytes, datetime]:
    try:
        with path.open("rb") as file:
            data, modified = file.read(bounds.file + 1), os.fstat(file.fileno()).st_mtime
    except OSError as error:
        raise SnapshotError(f"{_printable(str(path))} cannot be read: {error.strerror or error}.") from error
    if len(data) > bounds.file:
        raise SnapshotError(f"{_printable(str(path))} is too large: more than {bounds.file} bytes.")
    return data, written_at(modified)


def written_at(modified: float) -> datetime:
    """The second of a file's time. File systems hold times that are none, and those become the nearest one."""
    return datetime.fromtimestamp(int(min(max(modified, 0.0), _LATEST)), UTC)


def _decoded(data: bytes, by_line: bool) -> Iterator[Any]:
    if not data.strip():
        raise SnapshotError(f"is empty: the command behind it failed. {_AGAIN}")
    try:
        text = _utf8(data)
        for part in text.splitlines() if by_line else [text]:
            if part.strip():
                yield msgspec.json.decode(part)
    except RecursionError as error:
        raise SnapshotError("nests too deeply to be an answer of Azure.") from error
    except ValueError as error:
        raise SnapshotError(f"is not JSON: expected what `az rest` wrote. {_AGAIN}") from error


def _utf8(data: bytes) -> bytes:
    """Windows PowerShell writes UTF-16 where a command's output is sent to a file, and marks UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    return data.removeprefix(codecs.BOM_UTF8)
