"""A whole run on one screen: read, derive what is required, simulate, ask, judge, report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from agent import __version__
from agent.ages import Reused, reused_of
from agent.asking import ask_what_decides
from agent.config import Config, waivers
from agent.gaps import connection_gaps, dns_gaps, empty_scope, unknown_objects
from agent.lateness import late_text
from agent.plans import Brought, newest
from agent.report import (
    SCHEMA,
    EvidenceShape,
    FindingShape,
    Report,
    ReusedShape,
    RunShape,
    ScopeShape,
    SummaryShape,
    counts,
    finding_shape,
    gap_shape,
    not_evaluated_shape,
    workspace_shapes,
)
from agent.sources import Progress, Source
from agent.transfers import holding
from checks.attempts import next_attempts
from checks.azure_witness import in_scope
from checks.catalogue import BY_CODE, CATALOGUE
from checks.context import Baseline, Context, make_context
from checks.finding import Finding, Level
from checks.names.expected import unjudged_names
from checks.requirements import Required, Scope, dependencies_of, derive_requirements
from checks.runner import Judgement, judge
from collectors.arm.sight import build_estate
from collectors.snapshot import Snapshot

NOTHING_BROUGHT = Brought()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run: the facts, with the answers that were asked for, and what follows from them."""

    source: str
    offline: bool
    snapshot: Snapshot
    scope: Scope
    context: Context
    judgement: Judgement
    questions: int
    reused: Reused | None


def gather(
    source: Source, scope: Scope, progress: Progress, brought: Brought = NOTHING_BROUGHT
) -> tuple[Snapshot, Context, Required]:
    """Read the source and ask what is worth asking. Raises AgentError for an empty or impossible scope."""
    snapshot = source.read(progress)
    declared = holding(source.declared, snapshot.declared)
    estate = build_estate(snapshot.documents, snapshot.gaps, declared)
    if brought.accepted:
        brought = brought.fitting(estate, snapshot.header.cloud)
        source = replace(source, declared=brought.over(source.declared))
        declared = holding(source.declared, snapshot.declared)
        estate = build_estate(snapshot.documents, snapshot.gaps, declared)
    required = derive_requirements(estate, scope)
    answers = list(snapshot.answers)
    context = make_context(estate, required, answers, snapshot.footer.finished)
    if brought.accepted:
        answers = newest((*answers, *brought.wanted(context)))
        context = make_context(estate, required, answers, snapshot.footer.finished)
    asked, context = ask_what_decides(source, context, answers, progress)
    connections = snapshot.connections
    if source.connect and (attempts := next_attempts(context)):
        progress(f"connecting to {len({attempt.address for attempt in attempts})} addresses")
        connections = source.connect(attempts, source.declared.vantages)
    diagnoses = snapshot.diagnoses
    if source.diagnose and required.workspaces:
        progress("waiting for Azure's own diagnosis of the workspaces")
        diagnoses = source.diagnose([workspace.id for workspace in required.workspaces])
    context = replace(context, connections=connections, diagnoses=in_scope(diagnoses, required))
    snapshot = replace(snapshot, answers=asked, connections=connections, diagnoses=diagnoses, declared=declared)
    return snapshot, context, required


def run(
    source: Source,
    scope: Scope,
    config: Config,
    progress: Progress,
    brought: Brought = NOTHING_BROUGHT,
    baseline: Context | None = None,
) -> Run:
    """Gather and judge; with a baseline also what changed since."""
    snapshot, context, required = gather(source, scope, progress, brought)
    if baseline:
        context = replace(context, baseline=Baseline(context=baseline))
    missing = unknown_objects(context.estate, required)
    unheard = dns_gaps(context, snapshot.answers, asked=source.ask is not None) + connection_gaps(context)
    whole = not (scope.workspaces or scope.subscriptions or unheard)
    judgement = judge(context, CATALOGUE, waivers(config, snapshot.footer.finished.date()), whole=whole)
    if not any(finding.violation.touches for finding in judgement.findings):  # gaps alone are no look at a workspace
        missing += empty_scope(context.estate, required)
    judgement = replace(judgement, not_evaluated=(*judgement.not_evaluated, *missing), gaps=(*judgement.gaps, *unheard))
    return Run(
        source=source.name,
        offline=source.ask is None and source.name.startswith("snapshot"),
        snapshot=snapshot,
        scope=scope,
        context=context,
        judgement=judgement,
        questions=len(snapshot.answers),
        reused=reused_of(snapshot),
    )


def report(finished: Run, level: Level) -> Report:
    """The report of a run, without the findings below a level."""
    judgement, context = finished.judgement, finished.context
    shown = tuple(f for f in judgement.findings if f.level >= level)
    hidden = tuple(f for f in judgement.findings if f.level < level)
    undetermined = {
        r.expected.workspace.text for r in context.required.requirements if r.name in judgement.undetermined
    }
    undetermined |= {w.id.text for w in context.required.workspaces if unjudged_names(context.estate, w)}
    return Report(
        schema=SCHEMA,
        run=_run_shape(finished),
        scope=ScopeShape(
            workspaces=list(finished.scope.workspaces),
            subscriptions=list(finished.scope.subscriptions),
            networks=list(finished.scope.networks),
        ),
        summary=_summary(finished, shown, hidden),
        workspaces=workspace_shapes(
            judgement,
            tuple(w.id for w in context.required.workspaces),
            undetermined,
            context.diagnoses,
            {w.id: tuple(dependencies_of(context.estate, w)) for w in context.required.workspaces},
        ),
        findings=[_with_age(finding_shape(f, BY_CODE[f.code], context.now), finished) for f in shown],
        not_evaluated=[not_evaluated_shape(item) for item in judgement.not_evaluated],
        gaps=[gap_shape(gap) for gap in judgement.gaps],
    )


def _summary(finished: Run, shown: Sequence[Finding], hidden: Sequence[Finding]) -> SummaryShape:
    judgement, requirements = finished.judgement, finished.context.required.requirements
    reported = counts(shown)
    return SummaryShape(
        error=reported.error,
        warning=reported.warning,
        note=reported.note,
        undetermined=len(judgement.undetermined),
        not_evaluated=len(judgement.not_evaluated),
        gaps=len(judgement.gaps),
        names=len({requirement.name for requirement in requirements}),
        clients=len(finished.context.required.clients),
        views=len({finished.context.path(requirement).view for requirement in requirements}),
        hidden=counts(hidden),
    )


def _run_shape(finished: Run) -> RunShape:
    """Offline everything comes from the snapshot, so that the same file gives the same bytes."""
    header, footer, old = finished.snapshot.header, finished.snapshot.footer, finished.reused
    started: datetime = footer.finished if finished.offline else header.started
    return RunShape(
        id=footer.sha256[:16] if finished.offline else uuid4().hex[:16],
        started=started,
        finished=footer.finished,
        now=finished.context.now,
        version=__version__,
        source="; ".join(filter(None, (finished.source, late_text(header)))),
        cloud=header.cloud,
        reused=ReusedShape(documents=old.documents, of=old.total, oldest=old.oldest) if old else None,
    )


def _with_age(shape: FindingShape, finished: Run) -> FindingShape:
    """What a finding rests on that this run did not read itself is told first of its evidence."""
    old = finished.reused
    told = old.proof_text(_rests_on(shape), finished.context.now) if old else ""
    if told:
        shape.evidence.insert(0, EvidenceShape(kind="document", text=told))
    return shape


def _rests_on(shape: FindingShape) -> Iterator[str]:
    """The ids that a finding names: its subject, what decided along its path, what a repair changes."""
    yield from (thing.id for thing in (shape.subject, *shape.related))
    yield from (change.id for change in (repair.change for repair in shape.repair))
    for hop in shape.path:
        yield hop.at.id
        if hop.decided_by:
            yield hop.decided_by.id
