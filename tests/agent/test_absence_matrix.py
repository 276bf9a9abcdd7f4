"""Every absence check beside every gap that could hide what it misses: not evaluated, never clean, nothing deleted.

A check that claims absence without an incident to break the sight of fails here, and so does a repair that deletes
something without a row that says which kinds could hide its user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from agent.lab.arm_faults import ArmFault, Behaviour
from agent.report import FindingShape
from checks.catalogue import CATALOGUE
from checks.check import Check, Claim
from checks.diagnosis.blind import with_ancestors
from collectors.arm.kinds import KINDS
from tests.agent.lab_runs import LabRun
from tests.agent.test_sight_matrix import looked_at
from tests.incidents import test_incidents  # noqa: F401  it registers the scenes
from tests.incidents.scenes import SCENES, scene

ABSENCE = [check for check in CATALOGUE if check.claim is Claim.ABSENCE]

PAIRS = [
    pytest.param(check, kind, id=f"{check.code} {kind}")
    for check in ABSENCE
    for kind in sorted(with_ancestors(check.needs))
    if not KINDS[kind].by_reference  # of single resources those that were read are judged
]

DELETING: Mapping[str, tuple[str, ...]] = {
    "PED105": ("workspace", "ml-registry"),
    "PED116": ("private-dns-zone-group", "private-endpoint"),
    "PED206": ("private-endpoint", "private-dns-zone-group", "network-interface", "private-dns-zone", "zone-link"),
    "PED208": ("private-dns-zone", "zone-link", "record-set", "private-dns-zone-group"),
    "PED210": ("private-dns-zone", "zone-link", "record-set"),
    "PED215": ("private-endpoint", "network-interface"),
    "PED219": ("private-dns-zone", "zone-link", "record-set"),
    "PED401": ("private-dns-zone", "zone-link", "forwarding-ruleset", "forwarding-rule", "ruleset-link"),
    "PED404": ("private-dns-zone", "zone-link", "record-set", "forwarding-ruleset", "ruleset-link"),
    "PED416": ("forwarding-ruleset", "ruleset-link", "forwarding-rule", "inbound-endpoint"),
}
"""Incidents whose repair deletes something, and the kinds that could hide who still needs it."""


def test_every_absence_check_has_a_row() -> None:
    """A new one needs an incident of its own code."""
    assert [check.code for check in ABSENCE if check.code not in SCENES] == []


@pytest.mark.parametrize("check", ABSENCE, ids=lambda c: c.code)
def test_the_absence_is_told_where_everything_is_seen(check: Check) -> None:
    """Else the matrix would prove nothing."""
    assert check.code in _codes(looked_at(scene(check.code).estate))


@pytest.mark.parametrize(("check", "kind"), PAIRS)
def test_what_may_only_be_hidden_is_not_told_as_absent(check: Check, kind: str) -> None:
    """Not evaluated, with the right that would show it; no workspace is called healthy, and nothing is deleted."""
    made = looked_at(scene(check.code).estate, ArmFault(behaviour=Behaviour.FORBIDDEN, kind=kind))
    assert check.code not in _codes(made)
    because = [gap for item in made.report.not_evaluated if item.code == check.code for gap in item.because]
    assert {gap.kind for gap in because} == {kind}
    assert all(gap.action.startswith(f"grant {KINDS[kind].action} on /") for gap in because)
    assert "healthy" not in {str(workspace.verdict) for workspace in made.report.workspaces}
    assert list(_deletions(made)) == []


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for key, kinds in DELETING.items() for kind in kinds])
def test_nothing_is_deleted_whose_user_may_be_hidden(key: str, kind: str) -> None:
    made = looked_at(scene(key).estate, ArmFault(behaviour=Behaviour.FORBIDDEN, kind=kind))
    assert list(_deletions(made)) == []


@pytest.mark.parametrize("key", [key for key in SCENES if key.startswith("PED")])
def test_a_repair_that_deletes_has_a_row(key: str) -> None:
    """Seen in the incident of each code, offline."""
    if list(_deletions(looked_at(scene(key).estate))):
        assert key in DELETING


def _codes(made: LabRun) -> set[str]:
    return {finding.code for finding in made.report.findings}


def _deletions(made: LabRun) -> Iterator[tuple[str, str]]:
    """The codes of findings with what they propose to delete; what Azure removes by itself does not count."""
    for finding in made.report.findings:
        yield from ((finding.code, id) for id in _deleted(finding))


def _deleted(finding: FindingShape) -> Iterator[str]:
    return (r.change.id for r in finding.repair if r.change.after is None and not r.change.consequence)
