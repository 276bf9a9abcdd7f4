"""The lines of a snapshot that hold what Azure's own diagnosis of a workspace said."""

from __future__ import annotations

from typing import Annotated

import msgspec

from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import (
    LONGEST_CODE,
    LONGEST_LEVEL,
    LONGEST_MESSAGE,
    MOST_REMARKS,
    WORKSPACE_DIAGNOSIS,
    Remark,
    WorkspaceDiagnosis,
)
from collectors.line import Line, Time, utc


class RemarkPart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One result."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CODE)]
    level: Annotated[str, msgspec.Meta(max_length=LONGEST_LEVEL)]
    message: Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]


class UnansweredPart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why there is no answer."""

    reason: Reason
    detail: str
    action: str


class DiagnosisLine(Line, tag="workspace-diagnosis"):
    """What came of asking Azure to diagnose a workspace."""

    workspace: str
    asked_at: Time
    remarks: Annotated[tuple[RemarkPart, ...], msgspec.Meta(max_length=MOST_REMARKS)]
    unanswered: UnansweredPart | None


def diagnosis_line(diagnosis: WorkspaceDiagnosis) -> DiagnosisLine:
    """A diagnosis as a line."""
    gap = diagnosis.gap
    return DiagnosisLine(
        workspace=diagnosis.workspace.text,
        asked_at=utc(diagnosis.asked_at),
        remarks=tuple(RemarkPart(code=r.code, level=r.level, message=r.message) for r in diagnosis.remarks),
        unanswered=UnansweredPart(reason=gap.reason, detail=gap.detail, action=gap.action) if gap else None,
    )


def to_diagnosis(line: DiagnosisLine) -> WorkspaceDiagnosis:
    """The diagnosis of a line. Raises ValueError for an id that is none."""
    workspace = ArmId(line.workspace)
    return WorkspaceDiagnosis(
        workspace=workspace,
        asked_at=line.asked_at,
        remarks=tuple(Remark(code=part.code, level=part.level, message=part.message) for part in line.remarks),
        gap=_gap(workspace, line.unanswered) if line.unanswered else None,
    )


def _gap(workspace: ArmId, why: UnansweredPart) -> Gap:
    return Gap(kind=WORKSPACE_DIAGNOSIS, scope=workspace.text, reason=why.reason, detail=why.detail, action=why.action)
