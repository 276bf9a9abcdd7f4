"""stdout and stderr that are closed, full, or read by nobody take nothing from the exit code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.agent.commands import AGENT, LONGEST, environment

BROKEN = ("check", "--lab", "azure-dns", "--break", "record-missing", "--no-probe")
FULL = "agent: cannot write to stdout: No space left on device. Redirect it to where there is room.\n"


def redirected(redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `agent` with what a shell does to its streams."""
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$0" "$@" {redirection}', AGENT, *arguments],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=environment(),
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("check", "--help"),
        ("catalogue",),
        ("lab", "list"),
        BROKEN,
        (*BROKEN, "--format", "json"),
    ],
)
def test_a_full_disk_is_one_sentence(arguments: tuple[str, ...]) -> None:
    """Like any output that cannot be written: exit 2, and nothing more at the interpreter's exit."""
    done = redirected(">/dev/full", *arguments)
    assert (done.returncode, done.stderr) == (2, FULL)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("check", "--help"), ("lab", "list")])
def test_a_closed_stdout_is_quiet(arguments: tuple[str, ...]) -> None:
    done = redirected(">&-", *arguments)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("options", [(), ("--format", "json", "-v")])
@pytest.mark.parametrize("redirection", ["<&- >&- 2>&-", ">&- 2>/dev/full", ">/dev/null 2>&-"])
def test_the_verdict_survives_streams_that_are_closed(redirection: str, options: tuple[str, ...]) -> None:
    assert redirected(redirection, *BROKEN, *options).returncode == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&-", "2>&1 >/dev/null | true"])
@pytest.mark.parametrize("arguments", [("chek",), ("check", "--lab", "nope"), ("check", "--nonsense")])
def test_a_sentence_that_nobody_can_hear_leaves_the_exit_code(redirection: str, arguments: tuple[str, ...]) -> None:
    done = redirected(redirection, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_with_stdout_closed_the_report_file_does_not_become_stdout(tmp_path: Path) -> None:
    """A closed descriptor is the next one that is opened."""
    file = tmp_path / "report.json"
    assert redirected(">&- 2>&-", *BROKEN, "--output", str(file)).returncode == 1
    assert json.loads(file.read_text())["summary"]["error"] == 1
