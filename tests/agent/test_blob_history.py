"""Two replicas with one history in a blob of the real storage emulator: nothing is lost, nothing is told twice."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest
from azure.storage.blob import BlobLeaseClient

from agent.history.blob import BlobHistory, copy_path, refusal
from agent.history.keeping import ElsewhereError, FileHistory
from agent.history.store import Store
from agent.watch import Round
from collectors.graph.errors import UsageError
from tests.agent.azurite import Azurite, Cable, running
from tests.agent.replica import DIES_AT, KEPT, LEASED
from tests.agent.test_replay import START, Memory, watch_over

PERIOD = timedelta(minutes=30)
LEASE = 15
"""Seconds, the shortest that there is."""
LINK, RECORD = ("zone-unlinked",), ("record-wrong-address",)
RUNS = [(), *[LINK] * 4, *[(*LINK, *RECORD)] * 4, *[RECORD] * 3, *[()] * 3, *[LINK] * 3, *[()] * 2]
"""What is broken at each of twenty instants."""
KILLED, CUT = 6, 12
"""At which of them a replica dies while it has the lease, and at which the blob cannot be reached."""


@dataclass
class Replica:
    """One process of several, with a disk and a sink of its own."""

    azurite: Azurite
    path: Path
    sink: Memory = field(default_factory=Memory)
    cable: Cable = field(init=False)

    def __post_init__(self) -> None:
        self.cable = Cable(self.azurite.certificate)

    def look(self, number: int) -> Round | None:
        """One run, as a process of its own does it."""
        slot = slot_of(number)
        with BlobHistory(self.azurite.blob(self.cable), self.path, LEASE) as history:
            return watch_over(history, self.sink, lambda: RUNS[number], slot).look(slot)


def slot_of(number: int) -> datetime:
    """The instant of a run."""
    return START + number * PERIOD


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with running(tmp_path_factory.mktemp("azurite")) as started:
        yield started


@pytest.fixture
def pair(azurite: Azurite, tmp_path: Path) -> Iterator[tuple[Replica, Replica]]:
    yield Replica(azurite, tmp_path / "a.db"), Replica(azurite, tmp_path / "b.db")
    blob = azurite.blob()
    BlobLeaseClient(blob).break_lease(0) if blob.get_blob_properties().lease.state == "leased" else None
    blob.delete_blob()


def alone(path: Path) -> list[tuple[str, str, str]]:
    """What one process with a file of its own tells of the same history."""
    sink = Memory()
    with FileHistory(path) as history:
        for number, breaks in enumerate(RUNS):
            watch_over(history, sink, lambda breaks=breaks: breaks, slot_of(number)).look(slot_of(number))  # type: ignore[misc]
    return sink.rows


def killed(replica: Replica, number: int, at: str) -> None:
    """A run in a process of its own that is killed at a point, with the lease in its hands."""
    azurite = replica.azurite
    words = [str(replica.path), azurite.url, str(azurite.certificate.authority), slot_of(number).isoformat()]
    command = [sys.executable, "-m", "tests.agent.replica", at, *words, *RUNS[number]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        killer = Timer(60, process.kill)
        killer.start()
        assert process.stdout is not None
        told = process.stdout.readline()
        process.kill()
        killer.cancel()
    assert told == f"{DIES_AT} {at}\n"


def test_twenty_runs_of_two_replicas_tell_what_one_would(pair: tuple[Replica, Replica], tmp_path: Path) -> None:
    """One dies with the lease after it kept what it saw and before it told it; one run cannot reach the blob."""
    first, second = pair
    for number in range(len(RUNS)):
        for replica in (first, second):
            replica.cable.is_cut = number == CUT
        if number == KILLED:
            killed(first, number, KEPT)
            with pytest.raises(ElsewhereError):
                second.look(number)
            wait_for_lease(first.azurite)
            assert second.look(number) is None, "the run was kept before it died, and what waited is sent now"
            continue
        made = [replica.look(number) for replica in (pair if number % 2 else pair[::-1])]
        assert [round is not None for round in made] == [True, number == CUT]
        assert [round.unavailable != "" for round in made if round] == [number == CUT] * (1 + (number == CUT))
    expected = alone(tmp_path / "alone.db")
    arrived = [*first.sink.rows, *second.sink.rows]
    assert set(arrived) == set(expected)
    twice = {id for id, times in Counter(id for id, _, _ in arrived).items() if times > 1}
    assert twice <= {id for id, event, _ in expected if event == "heartbeat"}
    assert len(twice) == 1, "the heartbeat of the run without the blob, which both sent"
    assert runs_kept(first.azurite, tmp_path / "kept.db") == [slot_of(number) for number in range(len(RUNS))]


def test_a_replica_that_dies_before_it_read_leaves_its_slot_to_the_other(pair: tuple[Replica, Replica]) -> None:
    first, second = pair
    second.look(0)
    killed(first, 1, LEASED)
    wait_for_lease(first.azurite)
    assert second.look(1) is not None


def test_without_the_blob_and_without_a_copy_it_tells_at_once_and_says_so(pair: tuple[Replica, Replica]) -> None:
    """Nobody knows how often it was seen before. With a copy it is told when it would be told anyway."""
    first, second = pair
    first.look(0)
    first.cable.is_cut = second.cable.is_cut = True
    assert [made.told for made in (first.look(1),) if made] == [()]
    (told,) = (made.told for made in (second.look(1),) if made)
    assert [one.kind.value for one in told] == ["new"]
    assert all(cause.startswith("[history unavailable] ") for cause in second.sink.causes[-2:])


def test_copies_that_went_on_alone_become_one(pair: tuple[Replica, Replica]) -> None:
    """Both saw the fault without the blob; the first told it, and nobody tells it again."""
    first, second = pair
    first.look(0)
    second.look(0)
    first.cable.is_cut = True
    first.look(1)
    told = first.look(2)
    second.look(3)
    first.cable.is_cut = False
    after = first.look(4)
    assert told is not None
    assert [one.kind.value for one in told.told] == ["new"]
    assert after is not None
    assert (after.told, after.unavailable) == ((), "")
    ids = [id for id, event, _ in (*first.sink.rows, *second.sink.rows) if event != "heartbeat"]
    assert len(ids) == len(set(ids)) == 1


def test_a_lease_that_was_lost_overwrites_nothing(pair: tuple[Replica, Replica]) -> None:
    """The other one took over in the middle of a run; the late one keeps its own copy and says why."""
    first, second = pair
    first.look(0)
    with BlobHistory(first.azurite.blob(), first.path, LEASE) as history, history.turn() as turn:
        BlobLeaseClient(first.azurite.blob()).break_lease(0)
        second.look(1)
        turn.store.note_copy(turn.store.copied_from()[0], ahead=True)
        assert not turn.keep()
        assert turn.unavailable == "another replica changed it meanwhile"
    assert second.look(1) is None


def test_a_blob_of_something_else_and_a_container_that_is_not_there_are_refused(
    pair: tuple[Replica, Replica], tmp_path: Path
) -> None:
    first, _ = pair
    first.azurite.blob().upload_blob(b"no database at all" * 100)
    with pytest.raises(UsageError, match=r"history\.url: what is kept there cannot be used.*not a database"):
        first.look(0)
    elsewhere = first.azurite.blob(container="nowhere")
    with (
        BlobHistory(elsewhere, tmp_path / "c.db", LEASE) as history,
        pytest.raises(UsageError, match="no such container"),
        history.turn(),
    ):
        pass


def test_the_doctor_asks_whether_it_may_write_and_writes_nothing(pair: tuple[Replica, Replica]) -> None:
    """Nothing is made where nothing is, what is there stays as it is, and a lease of somebody else is no refusal."""
    first, _ = pair
    blob = first.azurite.blob()
    assert refusal(blob) == ""
    assert not blob.exists()
    first.look(0)
    before = blob.get_blob_properties().etag
    lease = BlobLeaseClient(blob)
    lease.acquire(15)
    assert refusal(blob) == ""
    lease.release()
    assert refusal(blob) == ""
    assert blob.get_blob_properties().etag == before
    assert refusal(first.azurite.blob(container="nowhere")) == "there is no such container"
    cut = Cable(first.azurite.certificate)
    cut.is_cut = True
    assert refusal(first.azurite.blob(cut)) == "connection refused"


def test_a_copy_lies_where_nobody_else_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory of this user alone; a link that somebody else laid there is refused."""
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    path = copy_path("https://x.blob.core.windows.net/c?sig=secret")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path == copy_path("https://x.blob.core.windows.net/c?sig=other"), "the secret is no part of it"
    path.parent.rmdir()
    path.parent.symlink_to(tmp_path)
    with pytest.raises(UsageError, match=r"history\.copy"):
        copy_path("https://x.blob.core.windows.net/c")


def wait_for_lease(azurite: Azurite) -> None:
    """Until the lease of the dead has ended by itself."""
    blob = azurite.blob()
    for _ in range(200):
        if blob.get_blob_properties().lease.state != "leased":
            return
        time.sleep(0.1)
    raise AssertionError("the lease never ends")


def runs_kept(azurite: Azurite, path: Path) -> list[datetime]:
    """The instants of the runs that the blob holds."""
    path.write_bytes(azurite.blob().download_blob().readall())
    with Store.open(path) as store:
        return [slot_of(number) for number in range(len(RUNS)) if store.has_run(slot_of(number))]
