"""The same history through a process that stays and through one that begins anew each time: the same events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.config import Config
from agent.config.model import WatchTable
from agent.events import decoded
from agent.history.keeping import FileHistory, History
from agent.history.lives import Damping, Life, advance
from agent.history.sightings import seen_by
from agent.history.store import Waiting
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.scenarios import build
from agent.sinks import Outcome
from agent.sinks.base import all_of
from agent.sources import Choice, Source, open_source
from agent.watch import Watch
from checks.requirements import Scope
from collectors.graph.documents import Reason
from tests.agent.lab_runs import run_estate

START = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)
HISTORY = (
    (),
    ("zone-unlinked",),
    ("zone-unlinked",),
    ("zone-unlinked", "record-wrong-address"),
    ("zone-unlinked", "record-wrong-address"),
    ("record-wrong-address",),
    ("record-wrong-address",),
    (),
    ("zone-unlinked",),
    (),
    (),
    ("zone-unlinked",),
    ("zone-unlinked",),
)


@dataclass
class Memory:
    """A sink that remembers what it was sent: by event, and by how it went."""

    name: str = "memory"
    most: int = 100
    most_bytes: int = 1_000_000
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        for item in batch:
            row = decoded(item.message.body)
            self.rows.append((row["EventId"], row["Event"], row["Code"]))
            self.causes.append(row["Cause"])
        return Outcome(arrived=all_of(batch))


def watch_over(history: History, sink: Memory, breaks: Callable[[], tuple[str, ...]], now: datetime) -> Watch:
    @contextmanager
    def opened() -> Iterator[Source]:
        choice = Choice(lab="hub-spoke", breaks=breaks())
        with open_source(choice, Config(), Scope(), probe=True) as source:
            yield source

    def open_one() -> AbstractContextManager[Source]:
        return opened()

    return Watch(
        open_source=open_one,
        scope=Scope(),
        config=Config(watch=WatchTable(new_after=2, resolved_after=2)),
        history=history,
        sinks=(sink,),
        clock=lambda: now,
        monotonic=lambda: 0.0,
        progress=lambda _: None,
    )


def slots() -> Iterator[tuple[datetime, tuple[str, ...]]]:
    for number, breaks in enumerate(HISTORY):
        yield START + number * timedelta(minutes=30), breaks


@pytest.fixture(scope="module")
def stayed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """What a process that stays tells of the history."""
    sink, now = Memory(), [()]
    with FileHistory(tmp_path_factory.mktemp("stays") / "h.db") as history:
        watch = watch_over(history, sink, lambda: now[0], START)
        for slot, breaks in slots():
            now[0] = breaks  # type: ignore[assignment]
            watch.look(slot)
    return sink.rows


def test_whoever_begins_anew_each_time_tells_the_same(stayed: list[tuple[str, str, str]], tmp_path: Path) -> None:
    sink = Memory()
    for slot, breaks in slots():
        with FileHistory(tmp_path / "h.db") as history:
            watch_over(history, sink, lambda breaks=breaks: breaks, slot).look(slot)  # type: ignore[misc]
    assert sink.rows == stayed


def test_the_history_is_told_as_it_was(stayed: list[tuple[str, str, str]]) -> None:
    """Each fault that was held for two runs once as new and once as over; one that came for a run is not told."""
    events = [(event, code) for _, event, code in stayed if event != "heartbeat"]
    assert events == [
        ("new", "PED202"),
        ("new", "PED204"),
        ("resolved", "PED202"),
        ("resolved", "PED204"),
        ("new", "PED202"),
    ]
    assert [event for _, event, _ in stayed].count("heartbeat") == len(HISTORY)
    ids = [id for id, _, _ in stayed]
    assert len(ids) == len(set(ids))


def test_what_was_changed_stands_in_what_is_told_of_it(tmp_path: Path) -> None:
    """Each new finding names the change that it comes from, also when it is told a run later; nothing else does."""
    sink, now = Memory(), [START]
    broken: list[tuple[str, ...]] = [(), ("zone-unlinked",), ("zone-unlinked", "record-wrong-address")]
    with FileHistory(tmp_path / "h.db") as history:
        for number, breaks in enumerate((broken[0], broken[1], broken[2], broken[2], broken[0], broken[0])):
            now[0] = START + number * timedelta(minutes=30)
            watch_over(history, sink, lambda breaks=breaks: breaks, now[0]).look(now[0])  # type: ignore[misc]
    causes = {(event, code): cause for (_, event, code), cause in zip(sink.rows, sink.causes, strict=True)}
    by = r" \(by dana\.ops@contoso\.example at [\d:]{8}\)\.$"
    link = r" UTC: zone link link-vnet-hub of privatelink\.api\.azureml\.ms removed"
    assert re.search(link + by, causes["new", "PED202"])
    record = r"record set A \S+ of privatelink\.api\.azureml\.ms changed"
    assert re.search(record + by, causes["new", "PED204"])
    assert "Changed since" not in causes["heartbeat", ""]


def test_a_finding_is_told_although_what_changed_cannot_be_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, str]:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr("agent.watch.changes_behind", broken)
    sink = Memory()
    with FileHistory(tmp_path / "h.db") as history:
        for number, breaks in enumerate(((), ("zone-unlinked",), ("zone-unlinked",))):
            now = START + number * timedelta(minutes=30)
            watch_over(history, sink, lambda breaks=breaks: breaks, now).look(now)  # type: ignore[misc]
    (cause,) = (cause for (_, event, _), cause in zip(sink.rows, sink.causes, strict=True) if event == "new")
    assert cause.endswith("What was changed before is not known: KeyError: 'nobody thought of it'")


def test_a_run_that_was_refused_the_zones_resolves_nothing(tmp_path: Path) -> None:
    """The fault is still there when the right comes back, and nothing was told in between."""
    estate = build("hub-spoke", ("zone-unlinked",))
    seen = run_estate(estate).finished.judgement
    forbidden = ArmFault(behaviour=Behaviour.FORBIDDEN, kind="private-dns-zone")
    blind = run_estate(estate, (forbidden,)).finished.judgement
    assert any(gap.reason is Reason.FORBIDDEN for gap in blind.gaps)
    lives: dict[str, Life] = {}
    kinds: list[list[str]] = []
    for number, judgement in enumerate((seen, seen, blind, blind, blind, seen)):
        instant = START + number * timedelta(minutes=30)
        lives, told = advance(lives, seen_by(judgement, lives, instant), Damping(new_after=2, resolved_after=2))
        kinds.append([one.kind.value for one in told if one.life.fingerprint in {f.fingerprint for f in seen.findings}])
    assert kinds == [[], ["new"], [], [], [], ["ongoing"]]
