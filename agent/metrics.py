"""What long runs tell Prometheus: on this machine only unless somebody says otherwise, since it names names."""

from __future__ import annotations

import gc
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest

from agent.watch import Round
from checks.catalogue import CATALOGUE
from checks.context import Context
from checks.finding import Level


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._findings = Gauge(
            "agent_findings", "Findings of the last run", ["code", "level", "status"], registry=self.registry
        )
        self._names = Gauge("agent_names", "Required names of the last run by state", ["state"], registry=self.registry)
        self._gaps = Gauge("agent_gaps", "What the last run could not read", ["reason"], registry=self.registry)
        self._questions = Counter("agent_questions", "DNS questions by outcome", ["outcome"], registry=self.registry)
        self._runs = Counter("agent_runs", "Runs by how they ended", ["result"], registry=self.registry)
        self._seconds = Gauge("agent_run_seconds", "How long the last run took", registry=self.registry)
        self._success = Gauge(
            "agent_last_success_timestamp_seconds", "When the last run that judged ended", registry=self.registry
        )
        self._waiting = Gauge("agent_spool_messages", "Messages that wait for a sink", ["sink"], registry=self.registry)
        self._dropped = Counter("agent_spool_dropped", "Messages that the full spool dropped", registry=self.registry)
        self._history = Gauge(
            "agent_history_available", "Whether the last run reached its history (1) or not (0)", registry=self.registry
        )
        self._answers = Gauge(
            "agent_answer_set",
            "48 bits of a hash of all answers to a required name: another number, other answers",
            ["name", "type"],
            registry=self.registry,
        )
        self._memo = Gauge("agent_memo_entries", "Answers that the last run worked out once", registry=self.registry)
        Gauge("agent_live_objects", "Objects that nothing but use keeps", registry=self.registry).set_function(_objects)
        ProcessCollector(registry=self.registry)
        for check in CATALOGUE:
            self._findings.labels(check.code, check.level.word, "new").set(0)

    def judged(self, made: Round, seconds: float, ended: datetime) -> None:
        """A run came to its end."""
        judgement, required = made.finished.judgement, made.finished.context.required
        self._findings.clear()
        for finding in judgement.findings:
            self._findings.labels(finding.code, finding.level.word, finding.status).inc()
        failing = {n for f in judgement.findings if f.level is Level.ERROR and f.counts for n in f.names}
        names, unknown = {r.name for r in required.requirements}, set(judgement.undetermined)
        for state, number in (
            ("failing", len(names & failing)),
            ("undetermined", len(unknown - failing)),
            ("right", len(names - failing - unknown)),
        ):
            self._names.labels(state).set(number)
        self._gaps.clear()
        for reason, number in Counts(gap.reason.value for gap in judgement.gaps).items():
            self._gaps.labels(reason).set(number)
        for answer in made.finished.snapshot.answers:
            self._questions.labels(answer.rcode or "none").inc()
        self._runs.labels("complete" if made.complete else "incomplete").inc()
        self._seconds.set(seconds)
        self._success.set(ended.timestamp())
        self._dropped.inc(made.dropped)
        self._answers.clear()
        for (name, type), number in answer_sets(made.finished.context).items():
            self._answers.labels(name, type).set(number)
        self._history.set(not made.unavailable)
        self._memo.set(len(made.finished.context.survey.memo))
        for one in made.delivered:
            self._waiting.labels(one.sink).set(one.waiting)

    def failed(self) -> None:
        """A run came to nothing."""
        self._runs.labels("failed").inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


def answer_sets(context: Context) -> Mapping[tuple[str, str], int]:
    """For every required name and type that was asked, a number that changes as soon as any answer does.

    It is of who was asked from where and what came back, in any order, and not of times.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for observation in context.observations:
        answer, question = observation.answer, observation.answer.question
        if observation.direct:
            told = " ".join((question.vantage, question.server, answer.rcode, *sorted(answer.addresses)))
            found[observation.required, question.type].add(told)
    return {key: int(sha256("\n".join(sorted(told)).encode()).hexdigest()[:12], 16) for key, told in found.items()}


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())
