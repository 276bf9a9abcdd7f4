"""What Azure is still at work on: told, and nobody is woken for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.exit_code import exit_code
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from checks.settling import YOUNG
from tests.checks.judging import NOW, judged
from tests.estates import estate_of
from tests.incidents.scenes import edited, one

Edit = Callable[[dict[str, Any]], None]


def state(text: object) -> Edit:
    return lambda body: body["properties"].update(provisioningState=text)


def created(text: object) -> Edit:
    return lambda body: body.update(systemData={"createdAt": text})


def unapproved(edit: Edit) -> LabEstate:
    """A connection that waits, on an endpoint of which Azure says something."""
    estate = build("azure-dns", ("connection-pending",))
    return edited(estate, one(estate, "private-endpoint", "pe-mlw"), edit)


@pytest.mark.parametrize("edit", [state("Updating"), state("CREATING"), state("InProgress"), created(NOW.isoformat())])
def test_what_azure_works_on_settles(edit: Edit) -> None:
    """The finding is told with its level; the exit code is that of an estate without it."""
    made = judged(estate_of(unapproved(edit)))
    assert {(f.code, f.status) for f in made.findings if f.violation.related or f.code == "PED101"} >= {
        ("PED101", "settling")
    }
    assert exit_code(made, fail_on="error", strict=False) == 0


@pytest.mark.parametrize(
    "edit",
    [
        state("Succeeded"),
        state("Failed"),
        state("Canceled"),
        state("SomethingNew"),
        state(None),
        created((NOW - YOUNG).isoformat()),
        created((NOW + timedelta(minutes=1)).isoformat()),
        created("2026-01-12T08:14:00"),
        created("yesterday"),
        created(17),
        lambda body: body.update(systemData="x"),
    ],
)
def test_everything_else_is_final(edit: Edit) -> None:
    """A state that nobody has seen, a time without a zone or in the future: none of them hides an error."""
    made = judged(estate_of(unapproved(edit)))
    assert ("PED101", "new") in {(finding.code, finding.status) for finding in made.findings}
    assert exit_code(made, fail_on="error", strict=False) == 1


def test_sevenths_of_a_second_are_read() -> None:
    """Azure writes more digits than others read."""
    made = judged(estate_of(unapproved(created((NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.1234567Z")))))
    assert {finding.status for finding in made.findings if finding.code == "PED101"} == {"settling"}
