"""Every absence check beside every kind that may be unread: found for certain, or not evaluated, and never clean.

The estate of each row is that of the check's own incident: what it claims is true there, and may not be claimed. Over
http, with the right that is missing, `tests/agent/test_absence_matrix.py` says the same of the kinds that matter.
"""

from __future__ import annotations

from functools import cache

import pytest

from agent.lab.estate import LabEstate
from agent.report import workspace_shapes
from checks.catalogue import CATALOGUE
from checks.check import Check, Claim
from checks.diagnosis.blind import with_ancestors
from checks.runner import Judgement
from collectors.arm.kinds import KINDS
from tests.checks.judging import context_of, judged
from tests.estates import estate_of, gap
from tests.incidents import test_incidents  # noqa: F401  it registers every incident
from tests.incidents.scenes import SCENES, scene

ABSENCE = {check.code: check for check in CATALOGUE if check.claim is Claim.ABSENCE}
NEEDED = [(code, kind) for code, check in ABSENCE.items() for kind in sorted(with_ancestors(check.needs))]


@cache
def broken(code: str) -> LabEstate:
    """What somebody did so that the check's claim is true."""
    return scene(code).estate


@cache
def seen(code: str, kind: str) -> Judgement:
    """The judgement without the documents of a kind, of which a gap at the top tells."""
    return judged(estate_of(broken(code), gap(kind, "/"), without=(kind,)))


def codes(judgement: Judgement) -> set[str]:
    return {finding.code for finding in judgement.findings}


def test_every_absence_check_has_a_row() -> None:
    """A new one needs an incident of its own code, and says what it needs."""
    assert {code for code in ABSENCE if code not in SCENES} == set()
    assert {code for code, check in ABSENCE.items() if not check.needs} == set()
    assert {kind for check in ABSENCE.values() for kind in check.needs} <= KINDS.keys()


@pytest.mark.parametrize("code", ABSENCE)
def test_the_claim_is_made_where_everything_was_read(code: str) -> None:
    """Else the rows below would show nothing."""
    assert code in codes(judged(estate_of(broken(code))))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", ABSENCE)
def test_nothing_unread_makes_an_estate_clean(code: str, kind: str) -> None:
    """What is not read either changes nothing of the finding, or the finding is not made, and then that is told."""
    made = seen(code, kind)
    assert code in codes(made) or made.not_evaluated
    if made.not_evaluated:
        estate = estate_of(broken(code), gap(kind, "/"), without=(kind,))
        workspaces = tuple(w.id for w in context_of(estate).required.workspaces)
        assert "healthy" not in {shape.verdict for shape in workspace_shapes(made, workspaces, set())}


@pytest.mark.parametrize(("code", "kind"), NEEDED)
def test_an_absence_is_not_claimed_while_what_it_rests_on_is_unread(code: str, kind: str) -> None:
    """Neither as a finding nor by a repair that takes something away."""
    made = seen(code, kind)
    assert code not in codes(made)
    assert any(item.because for item in made.not_evaluated)
    claimed = [finding for finding in made.findings if _rests_on(finding.code, kind)]
    assert [change for finding in claimed for change in finding.violation.changes if change.after is None] == []


def _rests_on(code: str, kind: str) -> bool:
    check: Check | None = ABSENCE.get(code)
    return check is not None and kind in with_ancestors(check.needs)
