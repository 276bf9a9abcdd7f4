"""What a shell learns from a run: the exit code, by its precedence, and no noise with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.exit_code import exit_code
from agent.lab.scenarios import build
from checks.catalogue import CATALOGUE
from checks.check import Check, Claim, Part
from checks.context import Context, make_context
from checks.finding import Finding, Level, Status, Violation
from checks.resolution.path import Thing
from checks.runner import Judgement, judge
from checks.unjudged import NotEvaluated
from collectors.graph.ids import Fqdn
from collectors.snapshot import write_snapshot
from tests.agent.commands import AGENT, agent, environment, refused, serving
from tests.agent.lab_runs import run_estate
from tests.agent.test_sight import with_foreign_peering
from tests.estates import lab, required

NOTE, WARNING, ERROR = Level.NOTE, Level.WARNING, Level.ERROR
NOTHING = Judgement(findings=(), not_evaluated=(), undetermined=(), gaps=(), crashed=False)


def finding(level: Level, status: Status = "new") -> Finding:
    violation = Violation(subject=Thing("scope:/", "scope", "/"), text="something")
    return Finding(
        code="PED999",
        slug="something",
        level=level,
        status=status,
        violation=violation,
        occurrences=(),
        proofs=(),
    )


def unseen(level: Level) -> NotEvaluated:
    return NotEvaluated(code=None, level=level, subject=Thing("scope:/", "scope", "/"), because=())


def judged(
    *findings: Finding, not_evaluated: tuple[Level, ...] = (), undetermined: bool = False, crashed: bool = False
) -> Judgement:
    return replace(
        NOTHING,
        findings=findings,
        not_evaluated=tuple(map(unseen, not_evaluated)),
        undetermined=(Fqdn("a.example"),) if undetermined else (),
        crashed=crashed,
    )


ALL_AT_ONCE = judged(finding(ERROR), not_evaluated=(ERROR,), undetermined=True, crashed=True)


@pytest.mark.parametrize(
    ("judgement", "fail_on", "strict", "code"),
    [
        (NOTHING, "note", True, 0),
        (ALL_AT_ONCE, "error", True, 4),
        (ALL_AT_ONCE, "never", False, 4),
        (replace(ALL_AT_ONCE, crashed=False), "error", True, 1),
        (replace(ALL_AT_ONCE, crashed=False), "never", False, 0),
        (judged(not_evaluated=(ERROR,), undetermined=True), "error", True, 3),
        (judged(not_evaluated=(ERROR,)), "never", False, 0),
        (judged(undetermined=True), "error", False, 0),
        (judged(undetermined=True), "error", True, 3),
        (judged(finding(WARNING)), "error", False, 0),
        (judged(finding(WARNING)), "warning", False, 1),
        (judged(finding(NOTE)), "warning", False, 0),
        (judged(finding(NOTE)), "note", False, 1),
        (judged(not_evaluated=(WARNING,)), "error", False, 0),
        (judged(not_evaluated=(WARNING,)), "warning", False, 3),
        (judged(finding(WARNING), not_evaluated=(ERROR,)), "error", False, 3),
        (judged(finding(ERROR, "settling")), "error", False, 0),
        (judged(finding(ERROR, "waived")), "error", False, 0),
        (judged(finding(ERROR, "ongoing")), "error", False, 1),
    ],
)
def test_precedence(judgement: Judgement, fail_on: str, strict: bool, code: int) -> None:
    """4 before 1 before 3 before 0; `never` switches 1 and 3 off, a crash is never switched off."""
    assert exit_code(judgement, fail_on=fail_on, strict=strict) == code


# Checks that crash


def context(*breaks: str) -> Context:
    estate = lab("hub-spoke", *breaks)
    return make_context(estate, required(estate), (), datetime(2026, 1, 1, tzinfo=UTC))


def _fails(*_: object) -> Iterator[Violation]:
    raise LookupError("what nobody thought of")


def _fails_to_explain(*_: object) -> Violation | None:
    raise LookupError("what nobody thought of")


def _check(part: Part) -> Check:
    cause = part in (Part.CAUSE, Part.SYMPTOM)
    return Check(
        code="PED998",
        slug="crashes",
        level=ERROR,
        claim=Claim.PRESENCE,
        part=part,
        needs=(),
        doc="It crashes.",
        state=None if cause else _fails,
        explain=_fails_to_explain if cause else None,
    )


@pytest.mark.parametrize("part", [Part.STATE, Part.CAUSE, Part.LIVE])
def test_a_check_that_crashes_takes_no_other_with_it(part: Part) -> None:
    """PED905 names it, the other findings are still there, exit 4."""
    whole = judge(context("zone-unlinked"))
    made = judge(context("zone-unlinked"), (_check(part), *CATALOGUE))
    assert [f.code for f in whole.findings] == ["PED202"]
    assert [f.code for f in made.findings] == ["PED202", "PED905"]
    crash = made.findings[1]
    assert (crash.violation.subject.id, crash.level) == ("check:PED998", ERROR)
    assert "LookupError: what nobody thought of" in crash.violation.cause
    assert made.findings[0].fingerprint == whole.findings[0].fingerprint
    assert exit_code(made, fail_on="never", strict=False) == 4


def test_a_symptom_that_crashes_leaves_the_causes() -> None:
    """Symptoms are asked last; without one that is needed there is nothing to crash."""
    made = judge(context("zone-unlinked"), (*CATALOGUE, _check(Part.SYMPTOM)))
    assert [f.code for f in made.findings] == ["PED202"]
    assert not made.crashed


def test_a_sight_check_that_crashes_is_not_silent() -> None:
    """Nobody comes after the sight checks to tell of them, but the exit code does."""
    made = judge(context("zone-unlinked"), (*CATALOGUE, _check(Part.SIGHT)))
    assert "PED202" in [f.code for f in made.findings]
    assert exit_code(made, fail_on="error", strict=False) == 4
    assert "PED905" in [f.code for f in made.findings]


# The command line


@pytest.fixture(scope="session")
def noted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A snapshot of a healthy estate with one note: a peering to somebody else's network."""
    file = tmp_path_factory.mktemp("exit") / "noted"
    made = run_estate(with_foreign_peering(build("azure-dns"), "vnet-ml"))
    write_snapshot(file, made.finished.snapshot)
    return str(file)


@pytest.fixture(scope="session")
def failing(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A snapshot of an estate with one error."""
    file = tmp_path_factory.mktemp("exit") / "failing"
    made = run_estate(build("azure-dns", ("record-missing",)))
    write_snapshot(file, made.finished.snapshot)
    return str(file)


@pytest.mark.parametrize(("fail_on", "code"), [("note", 1), ("warning", 0), ("error", 0), ("never", 0)])
def test_fail_on_says_from_which_level_a_finding_fails_the_run(noted: str, fail_on: str, code: int) -> None:
    assert agent("check", "--snapshot", noted, "--fail-on", fail_on).returncode == code


def test_fail_on_never_lets_everything_pass(failing: str) -> None:
    done = agent("check", "--snapshot", failing, "--fail-on", "never")
    assert done.returncode == 0
    assert done.stdout.startswith("FAILING: 1 error (PED203); ")


def test_level_filters_what_is_shown_and_not_the_exit_code(noted: str) -> None:
    """What is hidden is counted."""
    hidden = agent("check", "--snapshot", noted, "--fail-on", "note", "--level", "error", "--format", "json")
    report = json.loads(hidden.stdout)
    assert (hidden.returncode, report["findings"], report["summary"]["hidden"]["note"]) == (1, [], 1)
    told = agent("check", "--snapshot", noted, "--level", "note", "--format", "json")
    report = json.loads(told.stdout)
    assert (told.returncode, [f["code"] for f in report["findings"]]) == (0, ["PED907"])
    assert report["summary"]["hidden"] == {"error": 0, "warning": 0, "note": 0}


def test_strict_fails_what_is_undetermined(tmp_path: Path) -> None:
    """A server of which nothing is declared and that nobody asked: 0, or 3 with --strict."""
    file = str(tmp_path / "opaque")
    estate = build("hub-spoke")
    opaque = tuple(replace(server, forwards=None) for server in estate.declared)
    made = run_estate(replace(estate, declared=opaque), probe=False)
    assert made.report.summary.undetermined == 4
    write_snapshot(Path(file), made.finished.snapshot)
    relaxed = agent("check", "--snapshot", file)
    assert (relaxed.returncode, relaxed.stdout.partition(":")[0]) == (0, "UNDETERMINED")
    assert agent("check", "--snapshot", file, "--strict").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "--lab", "hub-spoke", "--nonsense"], "--nonsense"),
        (["--nonsense"], "--nonsense"),
        (["chek"], "Did you mean `check`?"),
        (["wotch"], "There is no command `wotch`"),
        (["check", "--lab", "hub-spok"], "did you mean hub-spoke"),
        (["check", "--lab", "hub-spoke", "--break", "zone-unlinkd"], "did you mean zone-unlinked"),
        (["check", "--lab", "azure-dns", "--break", "forwarder-removed"], "forwarder-removed"),
        (["check", "--lab", "hub-spoke", "--format", "html"], "html"),
        (["check", "--lab", "hub-spoke", "--level", "loud"], "loud"),
        (["check", "--lab", "hub-spoke", "--fail-on", "luck"], "luck"),
        (["check", "--lab", "hub-spoke", "--workspace", "mlw-nobody"], "mlw-nobody"),
        (["check", "--lab", "hub-spoke", "--vnet", "vnet-nowhere"], "vnet-nowhere"),
        (["check", "--lab", "hub-spoke", "--subscription", "nobody-pays"], "nobody-pays"),
        (["check", "--lab", "hub-spoke", "--config", "/nowhere/agent.toml"], "/nowhere/agent.toml"),
        (["check", "--break", "zone-unlinked"], "--break"),
        (["check", "--lab", "hub-spoke", "--snapshot", "x"], "--snapshot and --lab"),
        (["check", "surplus"], "surplus"),
        (["explain"], "FQDN"),
        (["catalogue", "PED000"], "PED000"),
        (["collect", "--lab", "hub-spoke"], "--output"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(arguments: list[str], told: str) -> None:
    """Exit 2; the sentence names what was wrong."""
    refused(agent(*arguments), told)


def test_hostile_arguments_move_no_cursor() -> None:
    done = agent("check", "--lab", "hub-spoke", "--workspace", "a\x1b[2J\u202eb")
    refused(done, "\\x1b[2J\\u202e")


@pytest.mark.parametrize("option", ["--output", "--save"])
def test_output_that_cannot_be_written_is_found_before_anything_is_read(option: str, tmp_path: Path) -> None:
    """-v would tell of every list that was read; there is only the one sentence."""
    target = str(tmp_path / "no" / "such" / "folder")
    refused(agent("check", "--lab", "hub-spoke", "-v", option, target), f"cannot write {target}")
    refused(agent("check", "--lab", "hub-spoke", "-v", option, str(tmp_path)), f"cannot write {tmp_path}")


@pytest.mark.parametrize(
    ("name", "options", "begins"),
    [("report.json", (), "{"), ("report.txt", (), "FAILING: "), ("report", ("--format", "json"), "{")],
)
def test_output_goes_to_its_file_and_stdout_gets_the_verdict(
    name: str, options: tuple[str, ...], begins: str, failing: str, tmp_path: Path
) -> None:
    """Readable by its owner only; the extension tells the format where no option does."""
    target = tmp_path / name
    target.write_text("an older report")
    done = agent("check", "--snapshot", failing, "--output", str(target), *options)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FAILING: 1 error (PED203); ")
    assert done.stdout.count("\n") == 1
    assert target.read_text().startswith(begins)
    assert "\x1b" not in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize("kind", ["subscription", "virtual-network"])
def test_ctrl_c_ends_quietly_with_130(kind: str, tmp_path: Path) -> None:
    """Also while several lists are read at once by an Azure that does not answer."""
    config, log = tmp_path / "lab.toml", tmp_path / "log"
    arguments = ("--arm-fault", f"slow(20):{kind}", "--write-config", str(config), "--request-log", str(log))
    with serving("azure-dns", *arguments) as exports:
        process = subprocess.Popen(
            [AGENT, "check", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(exports),
        )
        _wait_for(log, "/msi/token" if kind == "subscription" else "/virtualNetworkLinks")
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (130, "", "")
    assert time.monotonic() - started < 15


def _wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 30
    while not (log.exists() and text in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["check", "--help"], 0),
        (["catalogue"], 0),
        (["lab", "list"], 0),
        (["check", "--snapshot", "FAILING"], 1),
        (["check", "--snapshot", "FAILING", "--format", "json"], 1),
        (["check", "--snapshot", "NOTED"], 0),
    ],
)
def test_a_closed_pipe_is_quiet_and_keeps_the_verdict(
    arguments: list[str], code: int, failing: str, noted: str
) -> None:
    """Whoever closes the pipe has seen enough; a script still learns how the run ended."""
    reading, writing = os.pipe()
    os.close(reading)
    files = {"FAILING": failing, "NOTED": noted}
    try:
        done = subprocess.run(
            [AGENT, *(files.get(word, word) for word in arguments)],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env=environment(),
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (code, "")


def test_reading_one_line_is_quiet(failing: str) -> None:
    """As people do it."""
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" check --snapshot "$1" | head -1', AGENT, failing],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FAILING: ")
