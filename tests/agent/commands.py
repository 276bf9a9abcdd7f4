"""The installed `agent` as a person runs it: a process of its own, with nothing of ours in its environment."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

AGENT = str(Path(sys.executable).with_name("agent"))
LONGEST = 60.0  # seconds of any one command
_OURS = re.compile(r"AGENT_|AZURE_|IDENTITY_|MSI_|NO_COLOR|COLUMNS|.*_PROXY$", re.IGNORECASE)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would lead the agent elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    return {**kept, **(extra or {})}


def agent(
    *arguments: str, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `agent` to its end."""
    return subprocess.run(
        [AGENT, *arguments],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        env=environment(extra),
        cwd=cwd,
        check=False,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[Mapping[str, str]]:
    """A lab in a process of its own, and the environment it tells its users to set. It ends by SIGTERM."""
    process = subprocess.Popen(
        [AGENT, "lab", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        yield _exports(_until_ready(process))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=LONGEST)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
        process.communicate()


def _until_ready(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if "Ctrl-C" in line:
            return
    raise AssertionError("the lab ended before it was ready")


def _exports(lines: Iterator[str]) -> dict[str, str]:
    pairs = (shlex.split(line) for line in lines if line.startswith("export "))
    return dict(words[1].split("=", 1) for words in pairs)


def refused(done: subprocess.CompletedProcess[str], *told: str) -> None:
    """Exit 2, one sentence on stderr that holds what is told, no traceback, nothing on stdout."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    said = sentences(done.stderr)
    assert len(said) == 1, said
    for text in told:
        assert text in said[0], said[0]


def sentences(errors: str) -> Sequence[str]:
    """The lines of stderr that say something: click's usage lines and empty ones left out."""
    lines = (line.strip() for line in errors.splitlines())
    return [line for line in lines if line and not line.startswith(("Usage: ", "Try '"))]
