"""What Azure's own diagnosis of a workspace adds: evidence beside findings about it, never one of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from checks.context import Context
from checks.finding import Proof
from checks.requirements import Required
from collectors.graph.documents import Gap
from collectors.graph.workspace_diagnosis import Remark, WorkspaceDiagnosis

_ONLY_A_HINT = "a hint only: Azure does not look at what those servers forward"


def azure_proofs(context: Context, touches: Collection[str]) -> tuple[Proof, ...]:
    """What Azure says of workspaces (ids as a violation touches them)."""
    touched = {id.lower() for id in touches}
    return tuple(
        Proof(kind="azure", text=f"{diagnosis.workspace.name}: {remark_text(remark)}", time=diagnosis.asked_at)
        for diagnosis in context.diagnoses
        if diagnosis.workspace.key in touched
        for remark in diagnosis.remarks
    )


def undiagnosed(context: Context) -> tuple[Gap, ...]:
    """Why Azure's diagnosis is not there. No check rests on it, so the estate does not know of these gaps."""
    return tuple(diagnosis.gap for diagnosis in context.diagnoses if diagnosis.gap)


def in_scope(diagnoses: Iterable[WorkspaceDiagnosis], required: Required) -> tuple[WorkspaceDiagnosis, ...]:
    """Those of the workspaces that are judged: a snapshot may hold more."""
    judged = {workspace.id for workspace in required.workspaces}
    return tuple(diagnosis for diagnosis in diagnoses if diagnosis.workspace in judged)


def remark_text(remark: Remark) -> str:
    """A remark in words that are not yet safe to show; what is but a hint is called one."""
    return f"{remark.text} ({_ONLY_A_HINT})" if remark.is_hint else remark.text


def diagnosis_lines(diagnosis: WorkspaceDiagnosis) -> tuple[str, ...]:
    """All that came of a diagnosis, a line each, not yet safe to show. A hint needs no advice beside it."""
    name, gap = diagnosis.workspace.name, diagnosis.gap
    if gap:
        why = "; ".join(filter(None, (gap.detail, gap.action)))
        return (f"{name}: no diagnosis ({gap.reason.value}): {why}",)
    told = [remark_text(replace(remark, message="") if remark.is_hint else remark) for remark in diagnosis.remarks]
    return tuple(f"{name}: {text}" for text in told or ("its diagnosis sees nothing wrong in DNS",))
