"""Whole runs over lab estates: real SDK clients over HTTP, real DNS questions, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agent.config import Config
from agent.lab.arm_faults import ArmFault
from agent.lab.estate import LabEstate
from agent.lab.request_log import LoggedRequest
from agent.lab.rights import READER, Rights
from agent.lab.world import LabWorld
from agent.report import FindingShape, Report
from agent.run import Run, report, run
from agent.sources import Choice, Connector, Diagnoser, Source, open_source
from checks.finding import Level
from checks.requirements import Requirement, Scope
from collectors.azure.policies import Waits
from collectors.azure.session import Session
from collectors.azure.walk import collect
from collectors.dns.ask import ask
from collectors.dns.limits import Limits
from collectors.graph.answers import Answer, Question
from collectors.graph.clouds import CLOUDS
from collectors.graph.declared import Declared, Vantage
from collectors.snapshot import Footer, Header, Snapshot

BROKEN = ("error", "warning")
_LIMITS = Limits(timeout=1.0, patience=2.0, queries_per_second=10_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRun:
    """A finished run with the report at level note."""

    finished: Run
    report: Report
    requests: tuple[LoggedRequest, ...] = field(default=())

    @property
    def loud(self) -> tuple[FindingShape, ...]:
        """The errors and warnings that count: whatever keeps an estate from being healthy."""
        quiet = ("settling", "waived")
        return tuple(f for f in self.report.findings if f.level in BROKEN and f.status not in quiet)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the errors and warnings, in the report's order."""
        return tuple(finding.code for finding in self.loud)

    def finding(self, code: str) -> FindingShape:
        """The one finding of a code, of any level."""
        (found,) = [finding for finding in self.report.findings if finding.code == code]
        return found

    def requirements(self, role: str) -> tuple[Requirement, ...]:
        """What is required of the names of a role, one for each client."""
        return tuple(r for r in self.finished.context.required.requirements if r.role == role)


def run_lab(
    scenario: str, breaks: Iterable[str] = (), *, config: Config | None = None, scope: Scope | None = None
) -> LabRun:
    """Run over a scenario exactly as `agent check --lab` does."""
    config, scope = config or Config(), scope or Scope()
    choice = Choice(lab=scenario, breaks=tuple(breaks))
    with open_source(choice, config, scope, probe=True) as source:
        return _finished(run(source, scope, config, _quiet))


def run_estate(
    estate: LabEstate,
    faults: Iterable[ArmFault] = (),
    *,
    config: Config | None = None,
    scope: Scope | None = None,
    declared: Callable[[Declared], Declared] = lambda said: said,
    probe: bool = True,
    recheck_within: float = 0.0,
    connect: Connector | None = None,
    diagnose: Diagnoser | None = None,
    rights: Rights = READER,
) -> LabRun:
    """Run over an estate of the lab's shape whose Resource Manager fails as told.

    The same clients and walk as `open_source` uses; only the pauses between their tries are shorter. `declared`
    says of the lab's declaration what is to be said instead. `recheck_within`, `connect` and `diagnose` are those of a
    `Source`.
    """
    config, scope = config or Config(), scope or Scope()
    with LabWorld(estate, faults=tuple(faults), rights=rights) as world:
        source = replace(
            _source(world, declared(world.declared), probe=probe),
            recheck_within=recheck_within,
            connect=connect,
            diagnose=diagnose,
        )
        made = _finished(run(source, scope, config, _quiet))
        return LabRun(finished=made.finished, report=made.report, requests=tuple(world.requests))


def _source(world: LabWorld, declared: Declared, *, probe: bool) -> Source:
    def read(_: object) -> Snapshot:
        started, cloud = _now(), CLOUDS[world.cloud]
        with Session(
            world.credential, cloud, endpoint=world.endpoint, backoff=0.001, waits=Waits(longest=60.0, total=300.0)
        ) as session:
            collected = collect(session, progress=_quiet, now=_now)
            identity = session.identity()
        return Snapshot(
            header=Header(
                tool_version="test",
                cloud=cloud.name,
                started=started,
                identity=identity.object_id,
                tenant=identity.tenant,
            ),
            documents=collected.documents,
            gaps=collected.gaps,
            declared=declared,
            footer=Footer(finished=_now(), removed=collected.removed),
        )

    return Source(name="lab estate", read=read, declared=declared, ask=_ask if probe else None)


def _ask(questions: Sequence[Question], vantages: Sequence[Vantage]) -> tuple[Answer, ...]:
    return ask(questions, vantages, _LIMITS, _now, lambda _done, _all: None)


def _finished(finished: Run) -> LabRun:
    return LabRun(finished=finished, report=report(finished, Level.NOTE))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _quiet(_: str) -> None:
    """Nobody watches a test."""
