"""The history file: all or nothing, in order, bounded, and never taken for what it is not."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.history.lives import Kind, Life, State
from agent.history.store import VERSION, Message, RunRecord, Store, back_off
from checks.finding import Level
from collectors.graph.errors import UsageError

NOW = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
MANY = 1_000


def run(slot: datetime = NOW) -> RunRecord:
    return RunRecord(slot=slot, id="r", started=slot, finished=slot, exit_code=1, complete=True, summary=b'{"error":1}')


def life(fingerprint: str = "a" * 16, state: State = State.OPEN) -> Life:
    return Life(
        fingerprint=fingerprint,
        start=NOW,
        state=state,
        level=Level.ERROR,
        last_seen=NOW,
        seen=2,
        missing=0,
        body=b"{}",
    )


def message(number: int, kind: Kind = Kind.NEW, subject: str = "a", sink: str = "s") -> Message:
    return Message(event_id=f"e{number}", sink=sink, subject=subject, kind=kind, body=f"{number}".encode())


def kept(store: Store, *messages: Message, most: int = MANY) -> int:
    return store.record(run(), {}, messages, most)


def bodies(store: Store, now: datetime = NOW, sink: str = "s") -> list[str]:
    return [waiting.message.body.decode() for waiting in store.waiting(sink, now, MANY)]


def test_what_is_recorded_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with Store.open(path) as store:
        store.record(run(), {"a" * 16: life()}, [message(1)], MANY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["h.db"], "one file, without a log beside it"
    with Store.open(path) as store:
        assert store.lives() == {"a" * 16: life()}
        assert store.last_run() == run()
        assert store.has_run(NOW)
        assert not store.has_run(NOW + timedelta(minutes=30))
        assert bodies(store) == ["1"]


def test_a_record_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "h.db") as store:
        kept(store, message(1))
        broken = [message(2), Message(event_id="e3", sink="s", subject="a", kind=Kind.NEW, body=None)]  # type: ignore[arg-type]
        with pytest.raises(sqlite3.Error):
            store.record(run(NOW + timedelta(minutes=30)), {"b" * 16: life("b" * 16)}, broken, MANY)
        assert store.lives() == {}
        assert not store.has_run(NOW + timedelta(minutes=30))
        assert bodies(store) == ["1"]


def test_an_event_is_kept_once_for_each_sink(tmp_path: Path) -> None:
    with Store.open(tmp_path / "h.db") as store:
        kept(store, message(1), message(1), message(1, sink="t"))
        kept(store, message(1))
        assert store.unsent() == {"s": 1, "t": 1}


def test_behind_what_must_wait_the_same_finding_waits(tmp_path: Path) -> None:
    """Others do not."""
    with Store.open(tmp_path / "h.db") as store:
        kept(store, message(1), message(2, subject="b"), message(3), message(4, subject="b"))
        first = store.waiting("s", NOW, MANY)[0]
        store.put_off([first.number], NOW + timedelta(minutes=1))
        assert bodies(store) == ["2", "4"]
        assert bodies(store, NOW + timedelta(minutes=2)) == ["1", "2", "3", "4"]
        assert store.waiting("s", NOW + timedelta(minutes=2), MANY)[0].attempts == 1


def test_what_has_arrived_is_not_sent_again_and_is_forgotten_in_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "h.db") as store:
        kept(store, message(1))
        store.mark_delivered([store.waiting("s", NOW, 1)[0].number], NOW)
        kept(store, message(1))
        assert bodies(store) == []
        store.forget(NOW + timedelta(seconds=1))
        assert store.last_run() is None
        kept(store, message(1))
        assert bodies(store) == ["1"]


def test_open_lives_and_unsent_messages_are_never_forgotten(tmp_path: Path) -> None:
    lives = {"a" * 16: life(), "b" * 16: life("b" * 16, State.CLOSED)}
    with Store.open(tmp_path / "h.db") as store:
        store.record(run(), lives, [message(1)], MANY)
        store.forget(NOW + timedelta(days=1000))
        assert set(store.lives()) == {"a" * 16}
        assert bodies(store) == ["1"]


def test_a_full_spool_drops_what_is_least_worth_and_never_what_is_new(tmp_path: Path) -> None:
    kinds = (Kind.NEW, Kind.ONGOING, Kind.HEARTBEAT, Kind.RESOLVED, Kind.ESCALATED, Kind.NEW)
    with Store.open(tmp_path / "h.db") as store:
        messages = [message(number, kind, subject=str(number)) for number, kind in enumerate(kinds)]
        assert kept(store, *messages, most=3) == 3
        assert bodies(store) == ["0", "4", "5"]
        assert kept(store, most=1) == 1
        assert bodies(store) == ["0", "5"]


def test_a_file_of_something_else_or_of_a_later_version_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(UsageError, match="a database of something else"):
        Store.open(other)
    later = tmp_path / "later.db"
    with sqlite3.connect(later) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(UsageError, match=f"knows versions up to {VERSION}"):
        Store.open(later)
    text = tmp_path / "text.db"
    text.write_text("no database at all, but a text that is long enough to be looked at" * 20)
    with pytest.raises(UsageError, match="cannot be used"):
        Store.open(text)
    with pytest.raises(UsageError, match="cannot be opened"):
        Store.open(tmp_path / "no" / "h.db")


def test_a_process_that_was_killed_leaves_a_file_that_opens(tmp_path: Path) -> None:
    """Its log lies beside the file, and what was recorded is there."""
    path = tmp_path / "h.db"
    store = Store.open(path)
    kept(store, message(1))
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    (tmp_path / "copy.db-wal").write_bytes((tmp_path / "h.db-wal").read_bytes())
    with Store.open(copy) as after:
        assert bodies(after) == ["1"]
    store.close()


def test_waiting_grows_with_attempts_and_does_what_the_receiver_asks() -> None:
    waits = [back_off(attempts) for attempts in range(1, 8)]
    assert waits == sorted(waits)
    assert back_off(1, timedelta(minutes=5)) == timedelta(minutes=5)
    assert back_off(4, timedelta(seconds=1)) == back_off(4)
    assert back_off(1, timedelta(days=1)) == timedelta(hours=1)
