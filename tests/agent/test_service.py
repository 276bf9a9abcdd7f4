"""A process that stays: what it does when, without a clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.config import Config
from agent.config.model import WatchTable
from agent.history.keeping import FileHistory
from agent.metrics import Metrics
from agent.service import Service
from agent.sources import Choice, Source, open_source
from agent.watch import Watch
from checks.requirements import Scope
from collectors.graph.errors import AgentError

START = datetime(2026, 1, 12, 8, 0, 7, tzinfo=UTC)
TABLE = WatchTable(check="10m", ask=60.0, jitter=0.0, new_after=1, ready_periods=2)


@dataclass
class Desk:
    """A service over the lab, with a clock that stands until it is put on, and a switch that cuts Azure off."""

    history: FileHistory
    now: datetime = START
    cut_off: bool = False
    breaks: tuple[str, ...] = ()
    read: int = 0
    said: list[str] = field(default_factory=list)
    service: Service = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        watch = Watch(
            open_source=self._open,
            scope=Scope(),
            config=Config(watch=TABLE),
            history=self.history,
            sinks=(),
            clock=lambda: self.now,
            monotonic=lambda: self.now.timestamp(),
            progress=lambda _: None,
        )
        self.service = Service(watch, TABLE, self.metrics, self.said.append)

    @contextmanager
    def _open(self) -> Iterator[Source]:
        if self.cut_off:
            raise AgentError("nobody lets us in")
        with open_source(Choice(lab="hub-spoke", breaks=self.breaks), Config(), Scope(), probe=True) as source:

            def read(progress: object) -> object:
                self.read += 1
                return source.read(lambda _: None)

            yield replace(source, read=read)  # type: ignore[arg-type]

    def had_run(self, slot: datetime) -> bool:
        with self.history.turn() as turn:
            return turn.store.has_run(slot)

    def after(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with FileHistory(tmp_path / "h.db") as history:
        yield Desk(history)


def test_a_slot_is_read_once_and_a_new_one_again(desk: Desk) -> None:
    desk.service._tick()
    desk.service._tick()
    assert (desk.read, len(desk.said)) == (1, 1)
    desk.after(minutes=10)
    desk.service._tick()
    assert desk.read == 2
    assert desk.had_run(datetime(2026, 1, 12, 8, 10, tzinfo=UTC))


def test_questions_in_between_read_nothing_and_take_no_slot_of_a_reading(desk: Desk) -> None:
    desk.service._ask()
    assert desk.read == 0, "nothing is known yet"
    desk.service._tick()
    desk.after(minutes=1)
    desk.service._ask()
    assert desk.read == 1
    assert desk.had_run(datetime(2026, 1, 12, 8, 1, tzinfo=UTC))
    desk.after(minutes=9)
    desk.service._ask()
    assert not desk.had_run(datetime(2026, 1, 12, 8, 10, tzinfo=UTC))
    desk.service._tick()
    assert desk.read == 2


def test_a_run_that_comes_to_nothing_is_said_and_readiness_ends(desk: Desk) -> None:
    """Two periods after the last good run nobody should rely on it; a good one makes it ready again."""
    assert desk.service.why_not_ready() == "no run has ended yet"
    desk.service._tick()
    assert desk.service.why_not_ready() == ""
    desk.cut_off = True
    desk.after(minutes=10)
    desk.service._tick()
    assert (desk.said[-1], desk.service.why_not_ready()) == ("nobody lets us in", "")
    desk.after(minutes=12)
    assert "no run has ended well since 2026-01-12T08:00:07Z" in desk.service.why_not_ready()
    desk.cut_off = False
    desk.service._tick()
    assert desk.service.why_not_ready() == ""
    assert 'agent_runs_total{result="failed"} 1.0' in desk.metrics.text().decode()


def test_what_nobody_thought_of_does_not_end_it(desk: Desk) -> None:
    def broken() -> None:
        raise ZeroDivisionError("nobody thought of it")

    desk.service._survive(broken)
    assert desk.said == ["internal error: ZeroDivisionError: nobody thought of it"]
    desk.service._tick()
    assert desk.service.why_not_ready() == ""


def test_metrics_tell_when_the_answers_to_a_name_become_others(desk: Desk) -> None:
    def sets() -> dict[str, str]:
        lines = (line for line in desk.metrics.text().decode().splitlines() if line.startswith("agent_answer_set{"))
        return {name: number for name, _, number in (line.rpartition(" ") for line in lines)}

    desk.service._tick()
    before = sets()
    assert len(before) >= 4
    desk.after(minutes=10)
    desk.service._tick()
    assert sets() == before
    desk.breaks = ("zone-unlinked",)
    desk.after(minutes=10)
    desk.service._tick()
    changed = {name for name in before if sets()[name] != before[name]}
    assert any("api.azureml.ms" in name for name in changed)
    assert not any("notebooks" in name for name in changed)


def test_nothing_begins_once_it_is_told_to_end(desk: Desk) -> None:
    desk.service.ends.set()
    desk.service._tick()
    assert (desk.read, desk.said) == (0, [])
