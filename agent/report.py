"""The report: what a run concludes, in the shapes that other programs read. The JSON Schema comes from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from agent.render.catalogue import address
from checks.check import Check
from checks.finding import MOST_OCCURRENCES, Finding, Level, Occurrence, Proof, Seen
from checks.resolution.path import Hop, Thing
from checks.runner import Judgement
from checks.unjudged import NotEvaluated
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import AnyChange, Change, Gap, ServerChange
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import WorkspaceDiagnosis

SCHEMA: Literal[1] = 1
"""The version of the report's shape."""


class Shape(msgspec.Struct, kw_only=True):
    """Base of the report's shapes."""


class ThingShape(Shape):
    """An object that people can find."""

    id: str
    type: str
    name: str


class ReusedShape(Shape):
    """What a run took from a former one (`--reuse`): how many documents, of how many, and when the first was read."""

    documents: int
    of: int
    oldest: datetime


class RunShape(Shape, omit_defaults=True):
    """Which run this was. Offline, `id` comes from the snapshot and all times are the snapshot's."""

    id: str
    started: datetime
    finished: datetime
    now: datetime
    version: str
    source: str
    cloud: str
    reused: ReusedShape | None = None


class ScopeShape(Shape):
    """What was asked for; empty lists mean everything."""

    workspaces: list[str]
    subscriptions: list[str]
    networks: list[str]


class CountsShape(Shape):
    """Findings by level."""

    error: int
    warning: int
    note: int


class SummaryShape(CountsShape):
    """What is reported, and under `hidden` what the level filter left out."""

    undetermined: int
    not_evaluated: int
    gaps: int
    names: int
    clients: int
    views: int
    hidden: CountsShape


class RemarkShape(Shape):
    """One result of Azure's own diagnosis of a workspace. It decides nothing here."""

    code: str
    level: str
    message: str


class WorkspaceShape(Shape, omit_defaults=True):
    """The verdict on one workspace; `azure` where Azure was asked to diagnose it, and answered."""

    id: str
    verdict: Literal["healthy", "degraded", "failing", "undetermined", "not evaluated"]
    azure: list[RemarkShape] | None = None


class SeenShape(Shape):
    """An outcome, simulated or observed."""

    outcome: str
    addresses: list[str]
    chain: list[str]


class OccurrenceShape(Shape):
    """One client and name that a finding is about."""

    client: str
    view: str
    vantage: str | None
    name: str
    type: str
    expected: list[str]
    simulated: SeenShape | None
    observed: SeenShape | None


class QuestionShape(Shape):
    """A question at a hop."""

    name: str
    type: str


class ResultShape(Shape):
    """What a hop led to."""

    outcome: str
    addresses: list[str]
    cname: str | None


class HopShape(Shape):
    """One step of a resolution with the object that decided it."""

    at: ThingShape
    question: QuestionShape
    decided_by: ThingShape | None
    rule: str
    result: ResultShape
    evidence: Literal["documented", "observed", "inferred"]
    assumption: str | None


class EvidenceShape(Shape, omit_defaults=True):
    """One proof; the last four where it is an answer."""

    kind: str
    text: str
    question: str | None = None
    server: str | None = None
    vantage: str | None = None
    time: datetime | None = None


class ChangeShape(Shape):
    """A document or a declared server before and after; null means absent."""

    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    consequence: bool


class RepairShape(Shape):
    """A change that repairs, in words and, after a colon, as a command."""

    change: ChangeShape
    text: str


class FindingShape(Shape):
    """One root cause."""

    code: str
    slug: str
    level: Literal["error", "warning", "note"]
    status: Literal["new", "ongoing", "settling", "waived"]
    title: str
    subject: ThingShape
    related: list[ThingShape]
    names: list[str]
    clients: list[str]
    views: list[str]
    cause: str
    occurrences: list[OccurrenceShape]
    occurrences_total: int
    path: list[HopShape]
    assumptions: list[str]
    masks: list[str]
    evidence: list[EvidenceShape]
    repair: list[RepairShape]
    fingerprint: str
    first_seen: datetime
    last_seen: datetime
    doc: str


class GapShape(Shape):
    """Something that could not be read, or may exist unseen."""

    kind: str
    scope: str
    reason: str
    detail: str
    action: str


class NotEvaluatedShape(Shape):
    """What could not be judged, and the gaps that forbid it."""

    code: str | None
    subject: ThingShape
    because: list[GapShape]


class Report(Shape):
    """The whole report. `schema` is the version of its shape."""

    schema: Literal[1]
    run: RunShape
    scope: ScopeShape
    summary: SummaryShape
    workspaces: list[WorkspaceShape]
    findings: list[FindingShape]
    not_evaluated: list[NotEvaluatedShape]
    gaps: list[GapShape]


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the report."""
    schema = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Report of agent check", **schema}


def to_json(value: msgspec.Struct) -> bytes:
    """JSON in a stable layout, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def thing_shape(thing: Thing) -> ThingShape:
    """An object as the report shows it."""
    return ThingShape(id=thing.id, type=thing.type, name=thing.name)


def gap_shape(gap: Gap) -> GapShape:
    """A gap as the report shows it."""
    return GapShape(kind=gap.kind, scope=gap.scope, reason=gap.reason.value, detail=gap.detail, action=gap.action)


def hop_shape(hop: Hop) -> HopShape:
    """A hop as the report shows it."""
    return HopShape(
        at=thing_shape(hop.at),
        question=QuestionShape(name=hop.name, type=hop.type),
        decided_by=thing_shape(hop.decided_by) if hop.decided_by else None,
        rule=hop.rule.name,
        result=ResultShape(outcome=hop.result.outcome, addresses=list(hop.result.addresses), cname=hop.result.cname),
        evidence=hop.rule.evidence.value,
        assumption=hop.assumption,
    )


def seen_shape(seen: Seen | None) -> SeenShape | None:
    """An outcome as the report shows it."""
    if seen is None:
        return None
    return SeenShape(outcome=seen.outcome, addresses=list(seen.addresses), chain=list(seen.chain))


def not_evaluated_shape(item: NotEvaluated) -> NotEvaluatedShape:
    """What could not be judged, as the report shows it."""
    return NotEvaluatedShape(
        code=item.code, subject=thing_shape(item.subject), because=[gap_shape(gap) for gap in item.because]
    )


def _occurrence_shape(line: Occurrence) -> OccurrenceShape:
    return OccurrenceShape(
        client=line.client,
        view=line.view,
        vantage=line.vantage or None,
        name=line.name,
        type=line.type,
        expected=list(line.expected),
        simulated=seen_shape(line.simulated),
        observed=seen_shape(line.observed),
    )


def _evidence_shape(proof: Proof) -> EvidenceShape:
    return EvidenceShape(
        kind=proof.kind,
        text=proof.text,
        question=proof.question or None,
        server=proof.server or None,
        vantage=proof.vantage or None,
        time=proof.time,
    )


def _change_shape(change: AnyChange) -> ChangeShape:
    match change:
        case Change():
            return ChangeShape(
                id=change.id.text,
                before=dict(change.before.body) if change.before else None,
                after=dict(change.after.body) if change.after else None,
                consequence=change.consequence,
            )
        case ServerChange():
            before, after = (_server_shape(server) if server else None for server in (change.before, change.after))
            return ChangeShape(id=change.id, before=before, after=after, consequence=change.consequence)


def _server_shape(server: DeclaredServer) -> dict[str, Any]:
    """What is declared of a server; of the zones that it gave only what a repair writes."""
    shape = {key: value for key, value in msgspec.to_builtins(replace(server, zones=())).items() if value}
    edits = {zone.name: {n: v for n, v in zone.edits.items() if v} for zone in server.zones if zone.edits}
    return {**shape, "zones": edits} if edits else shape


def finding_shape(finding: Finding, check: Check, now: datetime) -> FindingShape:
    """A finding as the report shows it."""
    violation, path = finding.violation, finding.violation.path
    return FindingShape(
        code=finding.code,
        slug=finding.slug,
        level=finding.level.word,
        status=finding.status,
        title=violation.text,
        subject=thing_shape(violation.subject),
        related=[thing_shape(thing) for thing in violation.related],
        names=list(finding.names),
        clients=list(finding.clients),
        views=list(finding.views),
        cause=violation.cause,
        occurrences=[_occurrence_shape(line) for line in finding.occurrences[:MOST_OCCURRENCES]],
        occurrences_total=len(finding.occurrences),
        path=[hop_shape(hop) for hop in path.hops] if path else [],
        assumptions=list(path.assumptions) if path else [],
        masks=list(finding.masks),
        evidence=[_evidence_shape(proof) for proof in finding.proofs],
        repair=[
            RepairShape(
                change=_change_shape(repair.change),
                text=f"{repair.text}: {repair.command}" if repair.command else repair.text,
            )
            for repair in violation.repairs
        ],
        fingerprint=finding.fingerprint,
        first_seen=now,
        last_seen=now,
        doc=address(check.code),
    )


def counts(findings: Sequence[Finding]) -> CountsShape:
    """Findings by level."""
    levels = [finding.level for finding in findings]
    return CountsShape(
        error=levels.count(Level.ERROR), warning=levels.count(Level.WARNING), note=levels.count(Level.NOTE)
    )


def workspace_shapes(
    judgement: Judgement,
    workspaces: tuple[ArmId, ...],
    undetermined: set[str],
    diagnoses: tuple[WorkspaceDiagnosis, ...] = (),
    needs: Mapping[ArmId, Iterable[ArmId]] = MappingProxyType({}),
) -> list[WorkspaceShape]:
    """The verdict on each workspace; while something is not evaluated none is called healthy.

    `needs`: what each depends on, which fails it as well.
    """
    azure = {diagnosis.workspace: _remark_shapes(diagnosis) for diagnosis in diagnoses if not diagnosis.gap}
    keys = {id: {it.key for it in (id, *needs.get(id, ()))} for id in workspaces}
    return [
        WorkspaceShape(id=id.text, verdict=_verdict(judgement, keys[id], undetermined), azure=azure.get(id))
        for id in workspaces
    ]


def _remark_shapes(diagnosis: WorkspaceDiagnosis) -> list[RemarkShape]:
    return [RemarkShape(code=r.code, level=r.level, message=r.message) for r in diagnosis.remarks]


def _verdict(
    judgement: Judgement, services: set[str], undetermined: set[str]
) -> Literal["healthy", "degraded", "failing", "undetermined", "not evaluated"]:
    open_ones = (finding for finding in judgement.findings if finding.counts)
    touching = [one.level for one in open_ones if not services.isdisjoint(map(str.lower, one.violation.touches))]
    if Level.ERROR in touching:
        return "failing"
    if judgement.not_evaluated:
        return "not evaluated"
    if not services.isdisjoint(map(str.lower, undetermined)):
        return "undetermined"
    return "degraded" if Level.WARNING in touching else "healthy"
