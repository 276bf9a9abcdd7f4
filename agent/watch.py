"""One scheduled run: look, remember, tell. The same whether cron starts it or a process that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from agent.config import Config
from agent.drift.since import changes_behind
from agent.events import HEARTBEAT, UNAVAILABLE, encoded, finding_event, heartbeat
from agent.exit_code import exit_code
from agent.history.keeping import History, Turn
from agent.history.lives import Damping, Kind, Life, Seen, Told, advance, born
from agent.history.sightings import seen_by
from agent.history.store import Clock, Message, RunRecord
from agent.render.text import visible
from agent.render.wording import verdict_line
from agent.report import Report
from agent.run import Run, report, run
from agent.schedule import duration
from agent.sinks.base import Sink
from agent.sinks.delivery import Delivered, Monotonic, deliver
from agent.sources import Progress, Source
from checks.finding import Level
from checks.requirements import Scope
from collectors.graph.errors import AgentError
from collectors.snapshot import Snapshot, pack_snapshot, unpack_snapshot

MOST_WAITING = 20_000
"""Messages that the spool keeps for receivers that are down; then it drops what is least worth keeping."""
_TOLD = (Kind.NEW, Kind.ESCALATED, Kind.RESOLVED)
_BUDGET = timedelta(seconds=30)

OpenSource = Callable[[], AbstractContextManager[Source]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What became of one scheduled run. `told` are events of findings, without the heartbeat.

    `unavailable`: why the history could not be reached, if so.
    """

    slot: datetime
    run_id: str
    exit_code: int
    complete: bool
    verdict: str
    told: tuple[Told, ...]
    delivered: tuple[Delivered, ...]
    dropped: int
    unavailable: str
    finished: Run
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything that scheduled runs share."""

    open_source: OpenSource
    scope: Scope
    config: Config
    history: History
    sinks: Sequence[Sink]
    clock: Clock
    monotonic: Monotonic
    progress: Progress

    def look(self, slot: datetime) -> Round | None:
        """Run for a slot; None where it had its run, and only what waits is sent.

        Raises AgentError where there was nothing to judge, and ElsewhereError: nothing is remembered or told then.
        """
        with self.history.turn() as turn:
            if turn.store.has_run(slot):  # a former process, or another one, had it
                self._deliver(turn)
                return None
            started = self.clock()
            try:
                with self.open_source() as source:
                    finished = run(source, self.scope, self.config, self.progress)
                    lives = turn.store.lives()
                    seen = self._with_changes(turn, source, finished, lives, seen_by(finished.judgement, lives, slot))
            except AgentError:
                self._deliver(turn)  # what waits need not wait for a run that works
                raise
            return self._remembered(turn, finished, seen, started)

    def ask(self, slot: datetime, known: Snapshot) -> Round | None:
        """Ask anew about what was read before; None where the slot had its run. Only what answers showed ages or is
        told, and there is no heartbeat: that the estate is read anew is what heartbeats stand for."""
        with self.history.turn() as turn:
            if turn.store.has_run(slot):
                return None
            started = self.clock()
            footer = replace(known.footer, finished=started.replace(microsecond=0))
            unheard = replace(known, answers=(), connections=(), footer=footer)
            with self.open_source() as source:
                source = replace(source, read=lambda _: unheard)
                finished = run(source, self.scope, self.config, self.progress)
            seen = seen_by(finished.judgement, turn.store.lives(), slot, only_heard=True)
            return self._remembered(turn, finished, seen, started, only_heard=True)

    def _with_changes(self, turn: Turn, source: Source, finished: Run, lives: Mapping[str, Life], seen: Seen) -> Seen:
        """What a run saw, with the changes behind what it saw for the first time."""
        new = [sighting.fingerprint for sighting in seen.sightings if born(lives, sighting)]
        former = turn.store.last_look() if new else None
        if former is None:
            return seen
        try:
            behind = changes_behind(source, self.scope, unpack_snapshot(former), finished, new)
        except Exception as error:  # noqa: BLE001  whatever it is, the findings must be told
            why = str(error) if isinstance(error, AgentError) else f"{type(error).__name__}: {error}"
            behind = dict.fromkeys(new, f"What was changed before is not known: {visible(why)}")
        told = (replace(sighting, change=behind.get(sighting.fingerprint, "")) for sighting in seen.sightings)
        return replace(seen, sightings=tuple(told))

    def _remembered(
        self, turn: Turn, finished: Run, seen: Seen, started: datetime, *, only_heard: bool = False
    ) -> Round:
        """What follows from a run, kept and sent."""
        made, slot = report(finished, Level.NOTE), seen.instant
        code = exit_code(finished.judgement, fail_on="error", strict=False)
        complete = not (finished.judgement.crashed or finished.judgement.not_evaluated)
        verdict = verdict_line(made, finished)
        after, told = advance(turn.store.lives(), seen, self._damping(turn))
        heard = tuple(one for one in told if one.kind in _TOLD)
        record = RunRecord(
            slot=slot,
            id=made.run.id,
            started=started,
            finished=self.clock(),
            exit_code=code,
            complete=complete,
            summary=msgspec.json.encode(made.summary),
        )

        def messages() -> Iterator[Message]:
            remark = UNAVAILABLE if turn.unavailable else ""
            return self._messages(heard, slot, made.run.id, "" if only_heard else verdict, remark)

        whole = complete and not only_heard and not finished.snapshot.gaps
        look = pack_snapshot(finished.snapshot) if whole else b""
        dropped = turn.store.record(record, after, messages(), MOST_WAITING, look)
        if not turn.keep():  # told all the same, and what is told says so
            turn.store.amend(messages())
        return Round(
            slot=slot,
            run_id=made.run.id,
            exit_code=code,
            complete=complete,
            verdict=verdict,
            told=heard,
            delivered=self._deliver(turn),
            dropped=dropped,
            unavailable=turn.unavailable,
            finished=finished,
            report=made,
        )

    def _damping(self, turn: Turn) -> Damping:
        """Where nobody knows how often a finding was seen before, it is told at once."""
        new_after = 1 if turn.is_lost else self.config.watch.new_after
        return Damping(new_after=new_after, resolved_after=self.config.watch.resolved_after)

    def _deliver(self, turn: Turn) -> tuple[Delivered, ...]:
        """Send what waits; also after a run that failed."""
        delivered = deliver(turn.store, self.sinks, self.clock, self.monotonic, _BUDGET)
        turn.store.forget(self.clock() - kept_for(self.config))
        turn.keep()
        return delivered

    def _messages(
        self, told: Iterable[Told], slot: datetime, run_id: str, verdict: str, remark: str
    ) -> Iterator[Message]:
        rows = [(one.life.fingerprint, one.kind, finding_event(one, slot, run_id, remark)) for one in told]
        if verdict:
            rows.append((HEARTBEAT, Kind.HEARTBEAT, heartbeat(slot, run_id, f"{remark}{verdict}")))
        for subject, kind, row in rows:
            body = encoded(row)
            for sink in self.sinks:
                yield Message(event_id=row.event_id, sink=sink.name, subject=subject, kind=kind, body=body)


def kept_for(config: Config) -> timedelta:
    """How long history is kept."""
    return duration(config.history.keep)
