"""What Azure says of a workspace stands beside what we found, and is never more than that."""

from __future__ import annotations

from dataclasses import replace

from checks.azure_witness import azure_proofs, diagnosis_lines, in_scope, undiagnosed
from checks.runner import judge
from checks.waivers import Acknowledgement, Waivers
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import WORKSPACE_DIAGNOSIS, Remark, WorkspaceDiagnosis
from tests.checks.judging import NOW, context_of
from tests.estates import lab

OTHER = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/other")
ODD = Remark(code="Odd", level="Error", message="something")
HINT = Remark(code="CUSTOMdnsINuse", level="", message="long advice")
GAP = Gap(kind=WORKSPACE_DIAGNOSIS, scope=OTHER.text, reason=Reason.FORBIDDEN, detail="no")


def said(*remarks: Remark, gap: Gap | None = None) -> WorkspaceDiagnosis:
    return WorkspaceDiagnosis(workspace=OTHER, asked_at=NOW, remarks=remarks, gap=gap)


def test_only_workspaces_that_a_finding_touches_give_it_evidence() -> None:
    """Ids are compared without case; a failure is no evidence."""
    context = replace(context_of(lab("azure-dns")), diagnoses=(said(ODD), said(gap=GAP)))
    assert [proof.text for proof in azure_proofs(context, [OTHER.text.upper()])] == ["other: Error Odd: something"]
    assert azure_proofs(context, ["/subscriptions/s"]) == ()


def test_a_hint_is_called_one_however_it_is_spelt() -> None:
    assert diagnosis_lines(said(HINT)) == (
        "other: CUSTOMdnsINuse (a hint only: Azure does not look at what those servers forward)",
    )
    assert diagnosis_lines(said(ODD)) == ("other: Error Odd: something",)


def test_a_failure_and_nothing_to_tell_are_told_apart() -> None:
    assert diagnosis_lines(said(gap=GAP)) == ("other: no diagnosis (forbidden): no",)
    assert diagnosis_lines(said()) == ("other: its diagnosis sees nothing wrong in DNS",)


def test_a_diagnosis_of_another_workspace_is_not_in_scope() -> None:
    context = context_of(lab("azure-dns"))
    (own,) = context.required.workspaces
    mine = replace(said(ODD), workspace=own.id)
    assert in_scope((said(ODD), mine), context.required) == (mine,)


def test_a_gap_is_told_but_the_estate_is_as_well_known_as_before() -> None:
    context = context_of(lab("azure-dns"))
    blind = replace(context, diagnoses=(said(gap=GAP),))
    assert undiagnosed(blind) == (GAP,)
    plain, told = judge(context), judge(blind)
    assert told == replace(plain, gaps=(*plain.gaps, GAP))


def test_an_acknowledged_gap_is_not_said_to_have_gone() -> None:
    row = Acknowledgement(number=1, kind=WORKSPACE_DIAGNOSIS, scope="*", reason="no right", expires=None)
    waivers = Waivers(day=NOW.date(), acknowledgements=(row,))
    context = context_of(lab("azure-dns"))
    known = replace(context, diagnoses=(said(gap=GAP),))
    assert [finding.code for finding in judge(known, waivers=waivers, whole=True).findings] == []
    assert [finding.code for finding in judge(context, waivers=waivers, whole=True).findings] == ["PED906"]
