"""A process that stays: runs on their schedule, one at a time, until it is told to end."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from agent.config.model import WatchTable
from agent.history.keeping import ElsewhereError
from agent.metrics import Metrics
from agent.schedule import slot_of, trigger_of
from agent.watch import Round, Watch
from collectors.graph.errors import AgentError
from collectors.snapshot import Snapshot

Tell = Callable[[str], None]


class Service:
    """Runs of one watch on a schedule. A run that takes longer than a period makes the next ones wait as one."""

    def __init__(self, watch: Watch, table: WatchTable, metrics: Metrics, tell: Tell) -> None:
        self._watch = watch
        self._table = table
        self._metrics = metrics
        self._tell = tell
        self._last_good = watch.clock()
        self._had_one = False
        self._asks = f"{max(1, round(table.ask))}s"
        self.ends = Event()
        """Set when the process is to end."""
        self._busy = Lock()
        self._known: Snapshot | None = None

    def why_not_ready(self) -> str:
        """Why nobody should rely on this process now, `""` where it works: the last good run is too long ago."""
        now = self._watch.clock()
        if not self._had_one and now < self._due_by(self._last_good):
            return "no run has ended yet"
        if now > self._due_by(self._last_good):
            return f"no run has ended well since {self._last_good:%Y-%m-%dT%H:%M:%SZ}"
        return ""

    def run(self) -> None:
        """Run at once and then on schedule until `ends` is set; a run that is under way gets the time of grace."""
        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.add_job(
            self._tick,
            trigger_of(self._table.check),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )
        if self._watch.config.probe.enabled:
            scheduler.add_job(self._ask, trigger_of(self._asks), max_instances=1, coalesce=True)
        scheduler.start()
        try:
            self.ends.wait()
        finally:
            scheduler.shutdown(wait=False)
            if not self._busy.acquire(timeout=self._table.grace):
                self._tell("the run that was under way did not end within the time of grace and is given up")

    def _tick(self) -> None:
        """One scheduled run; nothing that happens in it ends the process."""
        if self._had_one and self._table.jitter:
            self.ends.wait(random.uniform(0, self._table.jitter))  # noqa: S311  spreads load, guards nothing
        with self._busy:
            self._survive(self._look)

    def _ask(self) -> None:
        """Questions between two readings; while one of those is under way they have nothing to add."""
        if self._known is None or not self._busy.acquire(blocking=False):
            return
        try:
            self._survive(self._ask_again)
        finally:
            self._busy.release()

    def _survive(self, work: Callable[[], None]) -> None:
        if self.ends.is_set():
            return
        try:
            work()
        except ElsewhereError as elsewhere:  # the other replica looks, and that is well
            self._last_good, self._had_one = self._watch.clock(), True
            self._tell(str(elsewhere))
        except AgentError as error:
            self._metrics.failed()
            self._tell(str(error))
        except Exception as error:  # noqa: BLE001  a long run survives what nobody thought of
            self._metrics.failed()
            self._tell(f"internal error: {type(error).__name__}: {error}")

    def _ask_again(self) -> None:
        began, slot = self._watch.monotonic(), slot_of(self._asks, self._watch.clock())
        is_checks = slot == slot_of(self._table.check, slot)  # a slot has one run, and reading is worth more
        if self._known is None or is_checks:
            return
        made = self._watch.ask(slot, self._known)
        if made is None:
            return
        self._metrics.judged(made, self._watch.monotonic() - began, self._last_good)
        if made.told or made.dropped or made.unavailable or any(one.error for one in made.delivered):
            self._tell(told(made))

    def _look(self) -> None:
        began, slot = self._watch.monotonic(), slot_of(self._table.check, self._watch.clock())
        made = self._watch.look(slot)
        now = self._watch.clock()
        self._last_good, self._had_one = now, True
        if made is None:
            return
        self._known = made.finished.snapshot
        self._metrics.judged(made, self._watch.monotonic() - began, now)
        self._tell(told(made))

    def _due_by(self, moment: datetime) -> datetime:
        """When so many more runs should have ended."""
        trigger, at = trigger_of(self._table.check), moment
        for _ in range(self._table.ready_periods):
            following = trigger.get_next_fire_time(None, at + timedelta(microseconds=1))
            if following is None:
                break
            at = following
        return at + timedelta(seconds=self._table.jitter)


def told(made: Round) -> str:
    """One line about a run, for people who read logs."""
    changes = ", ".join(f"{one.kind} {one.life.fingerprint}" for one in made.told)
    troubles = "; ".join(f"{one.sink}: {one.error}, {one.waiting} waiting" for one in made.delivered if one.error)
    dropped = f"{made.dropped} messages dropped, the spool is full" if made.dropped else ""
    lost = f"history unavailable: {made.unavailable}" if made.unavailable else ""
    line = (f"{made.slot:%Y-%m-%dT%H:%M:%SZ} {made.verdict}", changes, troubles, dropped, lost)
    return "; ".join(filter(None, line))


@contextmanager
def ending_on_signals(ends: Event) -> Iterator[None]:
    """SIGTERM and SIGINT set the event; a second one acts as usual."""

    def handle(number: int, _: FrameType | None) -> None:
        ends.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
