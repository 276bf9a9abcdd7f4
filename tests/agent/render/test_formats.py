"""Every format over every lab: valid, with the same verdict and the same findings, and none of them loud in health."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.scenarios import CONNECTIVITY, SCENARIOS, build
from agent.render.formats import rendered
from agent.render.wording import Conclusion
from checks.finding import Level
from collectors.graph.ids import Fqdn
from tests.agent.commands import agent
from tests.agent.lab_runs import run_estate, run_lab
from tests.agent.render.hostile import concluded, finding_of, healthy, with_findings
from tests.agent.render.test_junit import parsed
from tests.agent.render.test_markdown import plain
from tests.agent.render.test_sarif import valid_run

_CASES = [
    (name, breaks) for name, made in SCENARIOS.items() for breaks in [(), *((fault,) for fault in [*made.faults][::7])]
]


@cache
def _run(scenario: str, breaks: tuple[str, ...]) -> Conclusion:
    return concluded(run_lab(scenario, breaks).finished, level=Level.WARNING)


@pytest.mark.parametrize(("scenario", "breaks"), _CASES, ids=lambda value: "".join(value) or "healthy")
def test_every_format_tells_the_same(scenario: str, breaks: tuple[str, ...]) -> None:
    made = _run(scenario, breaks)
    run = valid_run(made)
    assert run["properties"]["verdict"] == made.verdict
    assert sorted(r["partialFingerprints"]["privateEndpointDns/v1"] for r in run["results"]) == sorted(
        finding.fingerprint for finding in made.report.findings
    )
    root = parsed(made)
    assert {p.get("value") for p in root.iter("property") if p.get("name") == "verdict"} == {made.verdict}
    assert (root.get("failures") != "0") is (made.exit_code == 1)
    comment = rendered("markdown", made, color=False).decode()
    assert plain(comment).replace("\u200b", "").startswith(made.verdict)
    assert len(re.findall("<summary>", comment)) == len(made.report.findings)
    assert rendered("terminal", made, color=False).decode().startswith(made.verdict)
    for workspace in made.report.workspaces:
        name = workspace.id.rpartition("/")[2]
        assert {"id": workspace.id, "verdict": workspace.verdict} in run["properties"]["workspaces"]
        assert f"| `{name}` | {workspace.verdict} |" in comment
        assert f"{name} ({workspace.verdict})" in rendered("terminal", made, color=False).decode()


def test_what_could_not_be_read_is_told_in_every_format() -> None:
    """403 on the subscription that holds the zones: nothing fails, nothing passes for healthy, exit 3."""
    forbidden = ArmFault(behaviour=Behaviour.FORBIDDEN, scope=f"/subscriptions/{CONNECTIVITY}")
    made = concluded(run_estate(build("hub-spoke"), (forbidden,)).finished, level=Level.WARNING)
    assert made.exit_code == 3
    (invocation,) = valid_run(made)["invocations"]
    notifications = invocation["toolExecutionNotifications"]
    assert invocation["exitCode"] == 3
    assert {"gap", "not-evaluated"} == {told["descriptor"]["id"] for told in notifications}
    blind = {told["associatedRule"]["id"] for told in notifications if "associatedRule" in told}
    assert blind == {item.code for item in made.report.not_evaluated if item.code}
    root = parsed(made)
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    skipped = {case.get("name", "")[:6] for case in root[0] if case.find("skipped") is not None}
    assert skipped == blind
    assert [case.find("skipped") is not None for case in root[1].findall("testcase")] == [True]
    comment = rendered("markdown", made, color=False).decode()
    assert comment.startswith("**NOT EVALUATED**")
    assert "| not evaluated |" in comment
    assert f"<summary>NOT EVALUATED {len(made.report.not_evaluated)}: " in comment
    assert comment.count("<summary>WARNING PED901") == 1  # one missing role is told once
    assert "grant Microsoft.Network/privateDnsZones/read on " in comment


def test_names_behind_a_server_that_nobody_sees_into_are_undetermined_in_every_format() -> None:
    finished = replace(healthy(), judgement=replace(healthy().judgement, undetermined=(Fqdn("a.example"),)))
    made = concluded(finished)
    notifications = valid_run(made)["invocations"][0]["toolExecutionNotifications"]
    assert [told["message"]["text"] for told in notifications] == ["a.example is undetermined"]
    assert [case.get("name") for case in parsed(made)[2].findall("testcase")] == ["a.example"]
    comment = rendered("markdown", made, color=False).decode()
    assert comment.startswith("**UNDETERMINED**")
    assert "```text\na.example\n```" in comment


def test_a_check_that_crashed_is_an_error_and_no_success() -> None:
    crash = replace(finding_of("PED202"), code="PED905", slug="check-crashed")
    finished = with_findings([crash])
    made = concluded(replace(finished, judgement=replace(finished.judgement, crashed=True)))
    assert made.exit_code == 4
    assert parsed(made).get("errors") == "1"
    assert valid_run(made)["invocations"][0]["executionSuccessful"] is False


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("facts") / "facts.gz"
    done = agent("check", "--lab", "hub-spoke", "--break", "zone-unlinked", "--save", str(file))
    assert done.returncode == 1, done.stderr
    return file


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.json", "{"),
        ("r.sarif", "{"),
        ("r.xml", "<?xml"),
        ("r.md", "**FAILING**"),
        ("r.MD", "**FAILING**"),
        ("r.txt", "FAILING"),
    ],
)
def test_the_extension_of_the_output_chooses_the_format(snapshot: Path, tmp_path: Path, name: str, start: str) -> None:
    done = agent("check", "--snapshot", str(snapshot), "--output", str(tmp_path / name))
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(r"FAILING: 1 error \(PED202\); .*\n", done.stdout)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_the_same_snapshot_gives_the_same_bytes_in_every_format(snapshot: Path) -> None:
    for format_ in ("sarif", "junit", "markdown"):
        first, second = (agent("check", "--snapshot", str(snapshot), "--format", format_) for _ in range(2))
        assert first.stdout == second.stdout != ""


def test_sarif_names_the_snapshot_and_the_exit_code(snapshot: Path) -> None:
    done = agent("check", "--snapshot", str(snapshot), "--format", "sarif", cwd=snapshot.parent)
    (run,) = json.loads(done.stdout)["runs"]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "facts.gz"
    assert run["invocations"][0]["exitCode"] == done.returncode == 1
