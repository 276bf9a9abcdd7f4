"""The one SQLite file of scheduled runs: runs, lives of findings, and the spool of what is still to be delivered.

WAL, one writer. A file of a later version is refused, one of an earlier version is brought up to date in one
transaction. Never on a network share: SQLite's locks do not hold there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from agent.history.lives import Kind, Life, State, merged
from checks.finding import Level
from collectors.graph.errors import UsageError

VERSION = 1
"""The version of the schema, kept in `user_version`."""

_SCHEMA = """
CREATE TABLE run (
    slot TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL,
    exit_code INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    summary BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE life (
    fingerprint TEXT PRIMARY KEY,
    start TEXT NOT NULL,
    state TEXT NOT NULL,
    level INTEGER NOT NULL,
    last_seen TEXT NOT NULL,
    seen INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    body BLOB NOT NULL,
    change TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE look (slot TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE spool (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    sink TEXT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL DEFAULT '',
    delivered TEXT NOT NULL DEFAULT '',
    UNIQUE (event_id, sink)
);
CREATE INDEX spool_open ON spool (sink, number) WHERE delivered = '';
CREATE TABLE copy (etag TEXT NOT NULL, ahead INTEGER NOT NULL);
INSERT INTO copy VALUES ('', 0);
"""
_AHEAD = "UPDATE copy SET ahead = 1"
_RUNS = "SELECT slot, id, started, finished, exit_code, complete, summary FROM run"
_MESSAGES = "SELECT event_id, sink, subject, kind, body, attempts, not_before, delivered FROM spool ORDER BY number"
_MIGRATIONS: Mapping[int, str] = {}
"""From each earlier version to the next one."""

_EXPENDABLE = (Kind.ONGOING, Kind.HEARTBEAT, Kind.RESOLVED, Kind.ESCALATED)
"""What the spool drops where it is full, first one first. What is new is never dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One scheduled run. `slot` is the instant for which it was scheduled: a slot has one run."""

    slot: datetime
    id: str
    started: datetime
    finished: datetime
    exit_code: int
    complete: bool
    summary: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something for one sink. Messages of one `subject` (a fingerprint, or the heartbeat) keep their order."""

    event_id: str
    sink: str
    subject: str
    kind: Kind
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that is not delivered yet, with what was tried."""

    number: int
    message: Message
    attempts: int
    not_before: datetime | None


class Store:
    """An open history file. Every method is one transaction; times are UTC. One thread at a time may use it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the file, mode 0600. Raises UsageError where it is none of ours or cannot be written."""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(path, isolation_level=None, timeout=10.0, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"The history {path} cannot be opened: {_why(error)}. See [history] url.") from error
        try:
            _prepare(connection, path)
        except sqlite3.Error as error:
            connection.close()
            raise UsageError(
                f"The history {path} cannot be used: {_why(error)}. Move it away to begin anew."
            ) from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Write everything into the one file and close it."""
        with closing(self._connection):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def lives(self) -> dict[str, Life]:
        """Everything that is remembered of findings, by fingerprint."""
        rows = self._connection.execute(
            "SELECT fingerprint, start, state, level, last_seen, seen, missing, body, change FROM life"
        )
        return {
            fingerprint: Life(
                fingerprint=fingerprint,
                start=_moment(start),
                state=State(state),
                level=Level(level),
                last_seen=_moment(last_seen),
                seen=seen,
                missing=missing,
                body=body,
                change=change,
            )
            for fingerprint, start, state, level, last_seen, seen, missing, body, change in rows
        }

    def has_run(self, slot: datetime) -> bool:
        """Whether a slot had its run."""
        found = self._connection.execute("SELECT 1 FROM run WHERE slot = ?", (_text(slot),)).fetchone()
        return found is not None

    def last_run(self) -> RunRecord | None:
        """The newest run."""
        row = self._connection.execute(
            "SELECT slot, id, started, finished, exit_code, complete, summary FROM run ORDER BY slot DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        slot, id, started, finished, exit_code, complete, summary = row
        return RunRecord(
            slot=_moment(slot),
            id=id,
            started=_moment(started),
            finished=_moment(finished),
            exit_code=exit_code,
            complete=bool(complete),
            summary=summary,
        )

    def last_look(self) -> bytes | None:
        """The packed snapshot of the last run that saw everything."""
        row = self._connection.execute("SELECT body FROM look ORDER BY slot DESC LIMIT 1").fetchone()
        return bytes(row[0]) if row else None

    def record(
        self, run: RunRecord, lives: Mapping[str, Life], messages: Iterable[Message], most: int, look: bytes = b""
    ) -> int:
        """Keep a run, the lives after it and what is to be delivered, all or nothing; how many messages were dropped.

        A message that is there already stays as it is: telling twice is no harm, losing is. `look`: the packed
        snapshot that stands in for the last one from now on, if it is to.
        """
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    _text(run.slot),
                    run.id,
                    _text(run.started),
                    _text(run.finished),
                    run.exit_code,
                    int(run.complete),
                    run.summary,
                ),
            )
            _replace_lives(connection, lives.values())
            connection.executemany(
                "INSERT INTO spool (event_id, sink, subject, kind, body) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (event_id, sink) DO NOTHING",
                ((m.event_id, m.sink, m.subject, m.kind.value, m.body) for m in messages),
            )
            if look:
                connection.execute("DELETE FROM look")
                connection.execute("INSERT INTO look VALUES (?, ?)", (_text(run.slot), look))
            connection.execute(_AHEAD)
            return _bounded(connection, most)

    def amend(self, messages: Iterable[Message]) -> None:
        """Give messages that wait another body."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE spool SET body = ? WHERE event_id = ? AND sink = ? AND delivered = ''",
                ((m.body, m.event_id, m.sink) for m in messages),
            )

    def waiting(self, sink: str, now: datetime, most: int) -> tuple[Waiting, ...]:
        """The oldest messages of a sink that may be sent: behind one that must wait its subject's others wait, too."""
        rows = self._connection.execute(
            "SELECT number, event_id, subject, kind, body, attempts, not_before FROM spool AS one "
            "WHERE sink = ?1 AND delivered = '' AND NOT EXISTS ("
            " SELECT 1 FROM spool AS other WHERE other.sink = ?1 AND other.delivered = ''"
            " AND other.subject = one.subject AND other.number <= one.number AND other.not_before > ?2) "
            "ORDER BY number LIMIT ?3",
            (sink, _text(now), most),
        )
        return tuple(
            Waiting(
                number=number,
                message=Message(event_id=event_id, sink=sink, subject=subject, kind=Kind(kind), body=body),
                attempts=attempts,
                not_before=_moment(not_before) if not_before else None,
            )
            for number, event_id, subject, kind, body, attempts, not_before in rows
        )

    def mark_delivered(self, numbers: Sequence[int], now: datetime) -> None:
        """Note that messages have arrived."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE spool SET delivered = ? WHERE number = ?", ((_text(now), number) for number in numbers)
            )
            if numbers:
                connection.execute(_AHEAD)

    def put_off(self, numbers: Sequence[int], until: datetime) -> None:
        """Note that messages were tried in vain, and when they may be tried again."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE spool SET attempts = attempts + 1, not_before = ? WHERE number = ?",
                ((_text(until), number) for number in numbers),
            )

    def unsent(self) -> Mapping[str, int]:
        """How many messages wait, by sink."""
        rows = self._connection.execute("SELECT sink, COUNT(*) FROM spool WHERE delivered = '' GROUP BY sink")
        return dict(rows.fetchall())

    def copied_from(self) -> tuple[str, bool]:
        """The version of what this file is a copy of, `""` of nothing, and whether something was added to it."""
        etag, ahead = self._connection.execute("SELECT etag, ahead FROM copy").fetchone()
        return etag, bool(ahead)

    def note_copy(self, etag: str, *, ahead: bool) -> None:
        """Note of which version this file is a copy now, and whether it holds more."""
        with self._transaction() as connection:
            connection.execute("UPDATE copy SET etag = ?, ahead = ?", (etag, int(ahead)))

    def packed(self) -> bytes:
        """The whole file."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.read_bytes()

    def take(self, other: Store) -> None:
        """Add what another copy knows: runs, messages with what became of them, and how lives went on there."""
        runs, messages = (other._connection.execute(query).fetchall() for query in (_RUNS, _MESSAGES))
        lives = merged(self.lives(), other.lives())
        with self._transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO run VALUES (?, ?, ?, ?, ?, ?, ?)", runs)
            connection.executemany(
                "INSERT INTO spool (event_id, sink, subject, kind, body, attempts, not_before, delivered) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id, sink) DO UPDATE "
                "SET delivered = excluded.delivered WHERE delivered = ''",
                messages,
            )
            _replace_lives(connection, lives.values())

    def forget(self, before: datetime) -> None:
        """Drop runs, closed lives and delivered messages that are older than a moment."""
        limit = _text(before)
        with self._transaction() as connection:
            connection.execute("DELETE FROM run WHERE finished < ?", (limit,))
            connection.execute("DELETE FROM life WHERE state = ? AND last_seen < ?", (State.CLOSED.value, limit))
            connection.execute("DELETE FROM spool WHERE delivered != '' AND delivered < ?", (limit,))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was told must have been remembered
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise UsageError(f"The history {path} is of version {version}; this agent knows versions up to {VERSION}.")
    if version == VERSION:
        return
    (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise UsageError(f"{path} is a database of something else. Name another file under [history] url.")
    steps = [_SCHEMA] if version == 0 else [_MIGRATIONS[step] for step in range(version, VERSION)]
    connection.executescript(f"BEGIN IMMEDIATE; {' '.join(steps)} PRAGMA user_version = {VERSION}; COMMIT;")


def _bounded(connection: sqlite3.Connection, most: int) -> int:
    """Drop what is least worth keeping until at most so many messages wait, or only new findings are left."""
    (waiting,) = connection.execute("SELECT COUNT(*) FROM spool WHERE delivered = ''").fetchone()
    dropped = 0
    for kind in _EXPENDABLE:
        over = waiting - dropped - most
        if over > 0:
            dropped += connection.execute(
                "DELETE FROM spool WHERE number IN ("
                " SELECT number FROM spool WHERE delivered = '' AND kind = ? ORDER BY number LIMIT ?)",
                (kind.value, over),
            ).rowcount
    return dropped


def _replace_lives(connection: sqlite3.Connection, lives: Iterable[Life]) -> None:
    connection.execute("DELETE FROM life")
    connection.executemany("INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_life_row, lives))


def _life_row(life: Life) -> tuple[object, ...]:
    return (
        life.fingerprint,
        _text(life.start),
        life.state.value,
        int(life.level),
        _text(life.last_seen),
        life.seen,
        life.missing,
        life.body,
        life.change,
    )


def _text(moment: datetime) -> str:
    """A moment as text that sorts as moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


Clock = Callable[[], datetime]

BACK_OFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""How long a message waits after each attempt that failed; then always as long as the last."""


def back_off(attempts: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after so many failed attempts, or as long as the receiver asks, within an hour."""
    wait = BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]
    return min(max(wait, asked), timedelta(hours=1)) if asked else wait
