"""The state directory: snapshots of whole readings, kept for `--reuse`, and question plans with their keys.

Other programs may write there too: a file that cannot be trusted is told in one line and left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collectors.graph.errors import SinkError, SnapshotError, UsageError
from collectors.plans import Plan, read_plan, write_plan
from collectors.snapshot import Snapshot, read_snapshot, write_snapshot

MOST_KEPT = 3
"""Snapshots of one identity at one endpoint."""

_AGE = re.compile(r"([0-9]{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_AGE = timedelta(days=365)
_PLANS_KEPT = timedelta(days=30)
_NAME = re.compile(r"([0-9a-f]{16})-([0-9]{8}T[0-9]{6}Z)-[0-9a-f]{8}\.snapshot")
_TIME = "%Y%m%dT%H%M%SZ"

_BASELINE = "baseline.snapshot"

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and where. What one of them saw says nothing of what another one may see."""

    cloud: str
    endpoint: str
    tenant: str
    identity: str

    @property
    def digest(self) -> str:
        """The part of a file name that stands for the reader."""
        text = json.dumps([self.cloud, self.endpoint, self.tenant, self.identity])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def parse_age(text: str) -> timedelta:
    """The time that `90s`, `10m`, `2h` or `1d` stands for. Raises UsageError."""
    found = _AGE.fullmatch(text)
    age = timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else timedelta()
    if not timedelta() < age <= _LONGEST_AGE:
        raise UsageError(
            f"--reuse {text} is no age: expected a number and s, m, h or d, as in 90s, 10m, 2h or 1d, at most 365d."
        )
    return age


def state_directory(environment: Mapping[str, str]) -> Path:
    """Where state is kept: below XDG_STATE_HOME, else ~/.local/state. Raises SinkError without a home.

    A relative XDG_STATE_HOME is invalid and ignored (XDG Base Directory Specification).
    """
    given = Path(environment.get("XDG_STATE_HOME", ""))
    if given.is_absolute():
        return given / "agent"
    try:
        return Path.home() / ".local" / "state" / "agent"
    except RuntimeError as error:
        raise SinkError("there is no home directory to keep state in: set XDG_STATE_HOME to a directory.") from error


class StateDirectory:
    """The snapshots and plans kept in one directory. `notice` tells a person of files that are left out."""

    def __init__(self, path: Path, notice: Notice) -> None:
        self.path = path
        self._notice = notice

    def kept(self, reader: Reader, oldest: datetime, newest: datetime) -> Iterator[Snapshot]:
        """The reader's snapshots that ended between two times, the newest first. Raises SinkError."""
        for path, named in self._files(reader):
            if named < oldest:
                return
            snapshot = self._read(path)
            if snapshot is None:
                continue
            header = snapshot.header
            if (header.cloud, header.tenant, header.identity) != (reader.cloud, reader.tenant, reader.identity):
                self._leave_out(path, "it is of another identity than its name says")
            elif not oldest <= snapshot.footer.finished <= newest:
                self._leave_out(path, f"it ended at {snapshot.footer.finished:%Y-%m-%d %H:%M:%S} UTC, says its content")
            else:
                yield snapshot

    def keep(self, reader: Reader, snapshot: Snapshot) -> None:
        """Keep a snapshot, and of the reader's older ones only the newest. Raises AgentError."""
        self._prepare()
        named = snapshot.footer.finished.astimezone(UTC).strftime(_TIME)
        write_snapshot(self.path / f"{reader.digest}-{named}-{secrets.token_hex(4)}.snapshot", snapshot)
        for path, _ in list(self._files(reader))[MOST_KEPT:]:
            with contextlib.suppress(OSError):  # another run was faster, or somebody wants it to stay
                path.unlink()

    def keep_baseline(self, snapshot: Snapshot) -> Path:
        """Keep a snapshot as the one that others are compared with, instead of a former one. Raises AgentError."""
        self._prepare()
        write_snapshot(self.path / _BASELINE, snapshot)
        return self.path / _BASELINE

    def baseline(self) -> Path:
        """The file of the kept baseline. Raises AgentError where there is none, or one that is not our own."""
        path = self.path / _BASELINE
        try:
            found = path.lstat() if self._is_there() else None
        except FileNotFoundError:
            found = None
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        if found is None:
            raise UsageError("There is no baseline: keep a snapshot as one with `agent baseline set FILE`.")
        if not stat.S_ISREG(found.st_mode) or not _is_ours(found):
            raise SinkError(f"{path} is no baseline: it is not a file of our own. `agent baseline set FILE` makes one.")
        return path

    def keep_plan(self, plan: Plan) -> None:
        """Keep a plan with its key, and those of the last month: an old one still tells why answers are stale."""
        self._prepare()
        write_plan(self._plan_file(plan.id), plan)
        for path in self.path.glob("plan-*.json"):
            with contextlib.suppress(OSError):  # another run was faster, or somebody wants it to stay
                if path.lstat().st_mtime < (plan.created - _PLANS_KEPT).timestamp():
                    path.unlink()

    def plan(self, id: str, now: datetime) -> Plan | None:
        """The kept plan of an id, None without one. Raises AgentError."""
        path = self._plan_file(id)
        if not self._is_there():
            return None
        try:
            found = path.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        if not stat.S_ISREG(found.st_mode) or not _is_ours(found):
            self._leave_out(path, "it is not a file of our own")
            return None
        return read_plan(path, now)

    def _plan_file(self, id: str) -> Path:
        return self.path / f"plan-{id}.json"

    def _prepare(self) -> None:
        try:
            if not self._is_there():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif stat.S_IMODE(self.path.lstat().st_mode) != 0o700:
                self.path.chmod(0o700)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _is_there(self) -> bool:
        """Whether the directory exists. Raises SinkError for one that is not a directory of our own."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        if not stat.S_ISDIR(found.st_mode):  # a symbolic link neither: it would lead elsewhere
            raise self._unusable("it is not a directory")
        if not _is_ours(found):
            raise self._unusable("it belongs to somebody else")
        return True

    def _unusable(self, why: str) -> SinkError:
        return SinkError(f"{self.path} cannot hold state: {why}. Set XDG_STATE_HOME to a directory of your own.")

    def _files(self, reader: Reader) -> Iterator[tuple[Path, datetime]]:
        """The files that are named as the reader's, with the time in the name, the newest first."""
        if not self._is_there():
            return
        try:
            names = sorted((entry.name for entry in os.scandir(self.path)), key=_by_time, reverse=True)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        for name in names:
            found = _NAME.fullmatch(name)
            with contextlib.suppress(ValueError):  # digits that are no date
                if found and found[1] == reader.digest:
                    yield self.path / name, datetime.strptime(found[2], _TIME).replace(tzinfo=UTC)

    def _read(self, path: Path) -> Snapshot | None:
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                self._leave_out(path, "it is not a file")
            elif not _is_ours(found):
                self._leave_out(path, "it belongs to somebody else")
            else:
                return read_snapshot(path)
        except OSError as error:
            self._leave_out(path, error.strerror or str(error))
        except SnapshotError as error:
            self._notice(f"{error} It is left out.")
        return None

    def _leave_out(self, path: Path, why: str) -> None:
        self._notice(f"{path} is left out: {why}.")


def _by_time(name: str) -> str:
    return name.partition("-")[2]


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()
