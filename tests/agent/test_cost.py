"""What a run must not pay for: a help text no libraries, an offline check neither Azure's SDK nor dnspython."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.commands import agent, environment
from tests.bench.startup import AGENT, ROUNDS, seconds

MOST_TIMES = 8.0
"""How much longer `agent --help` may take than an empty Python, by the wall."""

_LOADED = (
    "import json, sys; from agent.cli import main\n"
    "try:\n    main({arguments!r})\n"
    "except SystemExit as ended:\n    code = ended.code\n"
    "json.dump([code, sorted({{name.partition('.')[0] for name in sys.modules}})], sys.stderr)"
)


def loaded_by(*arguments: str) -> tuple[int, set[str]]:
    """The exit code of a command in a fresh process, and the top-level modules that it loaded."""
    code = _LOADED.format(arguments=list(arguments))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment(), check=True
    )
    ended, modules = json.loads(done.stderr.splitlines()[-1])
    return int(ended), set(modules)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab estate in a file, with one thing wrong, so that the diagnosis runs too."""
    file = tmp_path_factory.mktemp("cost") / "snapshot"
    done = agent("collect", "--lab", "hub-spoke", "--break", "zone-unlinked", "--output", str(file))
    assert done.returncode == 0, done.stderr
    return file


@pytest.mark.parametrize("format_", ["terminal", "json"])
def test_an_offline_check_loads_neither_the_sdk_nor_dnspython(snapshot: Path, format_: str) -> None:
    """Nor a web server: the answers of a snapshot need nobody to ask."""
    code, modules = loaded_by("check", "--snapshot", str(snapshot), "--format", format_)
    assert code == 1
    assert not modules & {"azure", "msal", "dns", "requests", "starlette", "uvicorn", "cryptography"}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("check", "--help"), ("lab", "list")])
def test_asking_for_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code, modules = loaded_by(*arguments)
    assert code == 0
    assert not modules & {"azure", "dns", "requests", "starlette", "uvicorn", "rich", "cattrs"}


def test_help_answers_at_once() -> None:
    """TIMED, and the only such assertion: `agent --help` against an empty Python, by turns in the same run."""
    seconds([AGENT, "--help"])  # bytecode is compiled at install; the first start of a checkout may do it here
    empty, helping = [], []
    for _ in range(ROUNDS):
        empty.append(seconds([sys.executable, "-c", "pass"]))
        helping.append(seconds([AGENT, "--help"]))
    assert statistics.median(helping) <= MOST_TIMES * statistics.median(empty)
