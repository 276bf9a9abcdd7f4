"""`agent doctor` over http with the real SDK clients: what is missing is named, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.doctor.rights import blinded_by
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.rights import Assignment, Rights
from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS
from tests.agent.doctor.examined import examined
from tests.agent.sinks.receiving import Answer, receiving

SUBSCRIPTIONS = "11111111-0000-4000-8000-00000000c001", "22222222-0000-4000-8000-00000000a001"
ACTIONS = {kind.action: kind.name for kind in KINDS.values() if kind.parent is not None and kind.name != "permissions"}


def of(report: Mapping[str, Any], about: str, state: str = "unseen") -> list[str]:
    return [row["text"] for row in report["results"] if (row["about"], row["state"]) == (about, state)]


def without(*actions: str) -> Rights:
    return Rights(assignments=(Assignment(not_actions=actions),))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_where_everything_works_it_says_so(scenario: str) -> None:
    code, report = examined(build(scenario))
    assert (code, report["exit_code"]) == (0, 0)
    assert {row["state"] for row in report["results"]} == {"ok", "skipped"}


@pytest.mark.parametrize("action", ACTIONS)
def test_one_action_less_is_named_with_what_it_blinds(action: str) -> None:
    """Whether the estate has anything of the kind or not."""
    estate = build("hub-spoke")
    code, report = examined(estate, rights=without(action))
    assert code == 3
    (row,) = [row for row in report["results"] if row["state"] != "ok" and row["state"] != "skipped"]
    assert row["text"].startswith(f"{action} is missing on subscription connectivity ({SUBSCRIPTIONS[0]})")
    assert f'"{action}"' in row["remedy"]
    assert tuple(row["blinds"]) == blinded_by(ACTIONS[action])


def test_a_subscription_that_is_hidden_is_named() -> None:
    estate = build("hub-spoke")
    code, report = examined(
        estate, rights=Rights(assignments=(Assignment(scope=f"/subscriptions/{SUBSCRIPTIONS[1]}"),))
    )
    assert code == 3
    (text,) = of(report, "subscription")
    assert text.startswith(f"{SUBSCRIPTIONS[0]} is not visible: zone group of pe-mlw-prod")
    assert of(report, "right") == []


def test_a_subscription_that_is_asked_for_and_not_visible_is_named() -> None:
    missing = "99999999-0000-4000-8000-00000000dead"
    _, report = examined(build("hub-spoke"), more=f'\n[azure]\nsubscriptions = ["{missing}", "{SUBSCRIPTIONS[0]}"]')
    left_out, unseen = of(report, "subscription")
    assert left_out.startswith(
        f"{SUBSCRIPTIONS[1]} is not read: azure.subscriptions leaves it out, and network vnet-hub"
    )
    assert unseen == f"{missing} is not visible: azure.subscriptions names it"


def test_rights_that_cannot_be_read_are_one_thing_and_refusals_another() -> None:
    estate = build("hub-spoke")
    code, report = examined(estate, rights=without("Microsoft.Authorization/permissions/read"))
    assert code == 3
    assert any("Microsoft.Authorization/permissions/read" in text for text in of(report, "right"))


def test_rights_that_failed_to_be_read_are_not_taken_for_granted() -> None:
    code, report = examined(build("hub-spoke"), (ArmFault(behaviour=Behaviour.SERVER_ERROR, kind="permissions"),))
    assert code == 3
    assert of(report, "right", "ok") == []
    assert of(report, "reading") != []


def test_a_resource_manager_that_fails_is_broken_and_the_rest_is_looked_at() -> None:
    code, report = examined(build("hub-spoke"), (ArmFault(behaviour=Behaviour.SERVER_ERROR),))
    assert code == 1
    assert of(report, "arm", "broken")
    assert of(report, "history", "ok")


def test_a_dead_server_is_named() -> None:
    code, report = examined(build("multi-subscription", ["server-unreachable"]))
    assert code == 1
    assert any("answers 0 of" in text for text in of(report, "dns", "broken"))


@pytest.mark.parametrize(("answer", "state"), [(Answer(), "ok"), (Answer(500), "broken")])
def test_a_test_row_is_sent_where_it_is_asked_for_only(answer: Answer, state: str) -> None:
    with receiving(answer) as receiver:
        more = f'\n[sinks.webhook]\nurl = "{receiver.url}/a-secret"\n'
        _, quiet = examined(build("hub-spoke"), more=more)
        assert receiver.requests == []
        assert [text.endswith("takes connections") for text in of(quiet, "sink", "ok")] == [True]
        _, spoken = examined(build("hub-spoke"), more=more, words=["--send-test-row"])
    assert len(receiver.requests) == 1
    assert len(of(spoken, "sink", state)) == 1
    assert "a-secret" not in json.dumps([quiet, spoken])


def test_a_test_row_without_a_sink_is_told_to_go_nowhere() -> None:
    code, report = examined(build("hub-spoke"), words=["--send-test-row"])
    assert (code, of(report, "sink", "skipped")) == (0, ["none is configured: events go to stdout only"])


def test_a_vantage_that_promises_nothing_is_not_ready() -> None:
    """As a first deployment has it before anybody said where it stands."""
    code, report = examined(build("hub-spoke"), silent=True)
    assert code == 3
    assert any("is declared to reach a server" in text for text in of(report, "dns"))


def test_a_sink_that_is_not_there_is_broken() -> None:
    with receiving() as gone:
        pass
    code, report = examined(build("hub-spoke"), more=f'\n[sinks.webhook]\nurl = "{gone.url}"\n')
    assert code == 1
    assert of(report, "sink", "broken")


def test_the_doctor_writes_nothing(tmp_path: Path) -> None:
    history = tmp_path / "history.db"
    code, _ = examined(build("hub-spoke"), more=f'\n[history]\nurl = "sqlite:///{history}"\n')
    assert (code, history.exists()) == (0, False)
    code, report = examined(build("hub-spoke"), more=f'\n[history]\nurl = "sqlite:///{tmp_path}/no/where.db"\n')
    assert code == 1
    assert of(report, "history", "broken")


def test_people_get_one_line_for_each_thing(tmp_path: Path) -> None:
    words: Sequence[str] = ["doctor", "--lab", "hub-spoke", "--no-color"]
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from agent.cli import main; main(sys.argv[1:])", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first == "READY: everything that was looked at works"
    assert all(line.startswith(("OK ", "SKIPPED ")) for line in rest)
