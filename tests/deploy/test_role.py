"""The role that is granted is enough: over the lab, which refuses what a role does not hold, nothing is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.lab.role_files import read_rights
from agent.lab.scenarios import SCENARIOS, build
from deploy.generate import FOLDER
from tests.agent.doctor.examined import examined
from tests.agent.lab_runs import run_estate

ROLE = FOLDER / "role.json"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_with_the_role_the_doctor_misses_nothing(scenario: str) -> None:
    estate = build(scenario)
    code, report = examined(estate, rights=read_rights([ROLE]))
    assert code == 0
    assert {row["state"] for row in report["results"]} <= {"ok", "skipped"}


def test_with_the_role_a_run_sees_what_a_reader_sees() -> None:
    estate = build("private-dependencies")
    made = run_estate(estate, rights=read_rights([ROLE]))
    assert made.report.gaps == run_estate(estate).report.gaps
    assert made.report.summary.not_evaluated == 0


def test_with_an_action_less_the_doctor_names_it(tmp_path: Path) -> None:
    action = "Microsoft.Network/privateDnsZones/read"
    role = json.loads(ROLE.read_text(encoding="utf-8"))
    role["Actions"].remove(action)
    (tmp_path / "role.json").write_text(json.dumps(role), encoding="utf-8")
    estate = build("hub-spoke")
    code, report = examined(estate, rights=read_rights([tmp_path / "role.json"]))
    assert code == 3
    assert any(row["text"].startswith(f"{action} is missing") for row in report["results"])
