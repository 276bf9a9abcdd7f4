"""The report as a person reads it: in the order of repair, and true in every architecture."""

from __future__ import annotations

import pytest

from agent.lab.scenarios import SCENARIOS
from agent.render.terminal import render_report
from agent.render.wording import verdict_line
from tests.agent.lab_runs import LabRun, run_lab
from tests.incidents import dependencies  # noqa: F401  it registers what it plays
from tests.incidents.scenes import scene


def shown(made: LabRun) -> list[str]:
    return render_report(made.report, made.finished, color=False).splitlines()


def row(lines: list[str], label: str) -> list[str]:
    """What stands beside a label, once for each finding that has it."""
    return [line.removeprefix(f"  {label:<10} ") for line in lines if line.startswith(f"  {label:<10} ")]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_healthy_lab_proposes_a_change_that_this_scenario_has(scenario: str) -> None:
    lines = shown(run_lab(scenario))
    (proposed,) = [line.partition(" --break ")[2] for line in lines if line.startswith("Break it: ")]
    assert proposed in SCENARIOS[scenario].faults
    assert any(line.endswith(f"lab list {scenario}") for line in lines)


def test_what_hides_a_finding_stands_above_it() -> None:
    """The zone's link decides nothing as long as no question comes to where the zone should be linked."""
    made = run_lab("multi-subscription", ("forwarder-removed", "zone-unlinked"))
    lines = shown(made)
    assert [line.split()[1] for line in lines if line.startswith("ERROR ")] == ["PED306", "PED202"]
    assert [text.split()[0] for text in row(lines, "behind it")] == ["PED202"]
    assert [text.split()[0] for text in row(lines, "before it")] == ["PED306"]


def test_live_answers_that_another_finding_explains_are_no_surprise() -> None:
    lines = shown(run_lab("private-resolver", ("zone-unlinked", "record-missing")))
    first, second = row(lines, "sure")
    assert "live answers agree with the model" in first
    assert "live answers differ from the model, as they must while PED202 stands" in second


def test_an_assumption_is_told_in_words() -> None:
    lines = shown(run_lab("private-resolver", ("record-missing",)))
    (assumed,) = row(lines, "assumed")
    assert assumed.startswith("The domain lists that Azure manages hold none of the names")
    assert assumed.endswith("(managed-lists-spare-names)")


def test_a_name_that_clients_need_at_different_addresses_shows_whose_they_are() -> None:
    text = "\n".join(shown(run_lab("two-endpoints")))
    assert ".cert.api.azureml.ms = 10.10.0.5 for vnet-emea; 10.20.0.5 for vnet-apac (cert)" in text


def test_where_the_names_that_are_left_out_stand_is_told_truly() -> None:
    """A report in JSON holds what is wrong, no list of all names."""
    lines = shown(run_lab("private-dependencies"))
    assert "... and 8 more (see agent names)" in [line.strip() for line in lines]


def test_warnings_are_named_in_the_verdict() -> None:
    made = run_lab("private-resolver", ("server-added",))
    assert verdict_line(made.report, made.finished).startswith("DEGRADED: 1 warning (PED301); ")


def test_an_answer_with_other_addresses_does_not_agree_with_the_model() -> None:
    """Both are answers; one is of a server that still holds what the record held before."""
    made = run_lab("azure-dns", ("record-wrong-address",))
    (finding,) = made.report.findings
    assert "live answers agree with the model" in row(shown(made), "sure")[0]
    for line in finding.occurrences:
        assert line.observed is not None
        line.observed.addresses[:] = ["10.9.9.9"]
    assert "live answers differ from the model, see the proof" in row(shown(made), "sure")[0]


def test_commands_of_several_findings_stand_together_and_each_once() -> None:
    """A zone that two networks need and nobody has: it is made once and saved once, and linked to both, last."""
    lines = shown(run_lab("us-government", ("zone-deleted",)))
    start = next(n for n, line in enumerate(lines) if line.startswith("ALL REPAIRS"))
    commands = [line.strip() for line in lines[start + 1 : lines.index("LOOKED AT")] if line.strip()]
    verbs = [command.partition(" --")[0].removeprefix("$ az network ") for command in commands]
    assert verbs == [
        "private-dns zone create",
        "private-endpoint dns-zone-group add",
        "private-dns link vnet create",
        "private-dns link vnet create",
    ]
    assert len(set(commands)) == len(commands)


def test_one_finding_has_its_commands_together_already() -> None:
    assert not any(line.startswith("ALL REPAIRS") for line in shown(run_lab("hub-spoke", ("zone-unlinked",))))


def test_a_workspace_fails_with_what_it_depends_on() -> None:
    """Its own names are right; its registry's data record is missing, and nobody can pull an image."""
    made = scene("F43").run()
    assert [finding.level for finding in made.report.findings] == ["error"]
    assert [workspace.verdict for workspace in made.report.workspaces] == ["failing"]
    assert any(line.strip() == "workspaces mlw-demand (failing)" for line in shown(made))
