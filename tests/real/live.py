"""Runs inside the namespace: serves a scenario as Azure, and checks it as a person in another shell would.

The configuration is the lab's own but for its vantages: those given here ask the real servers.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AGENT = str(Path(sys.executable).with_name("agent"))
VANTAGES = "vantages.toml"
SERVER = "server.toml"
MORE_PROBE = "probe.toml"
SNAPSHOT = "facts.gz"
PROBE = "[probe]\nqueries_per_second = 1000\n"  # nobody else asks these servers


def main(directory: str, scenario: str, *breaks: str) -> int:
    """Check a scenario after some faults from the vantages in the directory, and save the facts there.

    `server.toml` there, if any, says more of the first declared server, `probe.toml` of how to ask.
    The report goes to stdout, the exit code is that of the check.
    """
    config, vantages = Path(directory) / "agent.toml", Path(directory) / VANTAGES
    with served(scenario, *breaks, config=config) as exports:
        given = config.read_text(encoding="utf-8")
        text = with_vantages(given, vantages.read_text(encoding="utf-8"))
        if (server := Path(directory) / SERVER).exists():
            text = text.replace("[[dns.server]]\n", "[[dns.server]]\n" + server.read_text(encoding="utf-8"), 1)
        if (probe := Path(directory) / MORE_PROBE).exists():
            text = text.replace(PROBE, PROBE + probe.read_text(encoding="utf-8"), 1)
        config.write_text(text, encoding="utf-8")
        check = [AGENT, "check", "--config", str(config), "--format", "json", "--level", "note"]
        check += ["--save", str(Path(directory) / SNAPSHOT)]
        return subprocess.run(check, env={**os.environ, **exports}, check=False).returncode


@contextmanager
def served(scenario: str, *breaks: str, config: Path) -> Iterator[dict[str, str]]:
    """`agent lab serve` in a process of its own, and the variables that it tells people to export."""
    changes = [word for change in breaks for word in ("--break", change)]
    serve = [AGENT, "lab", "serve", scenario, *changes, "--write-config", str(config)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield exports_of(process)
        finally:
            process.terminate()


def exports_of(process: subprocess.Popen[str]) -> dict[str, str]:
    """The `export NAME=VALUE` lines that a served lab prints when it is ready."""
    assert process.stdout is not None
    exports: dict[str, str] = {}
    for line in process.stdout:
        match shlex.split(line, comments=True):
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                exports[name] = value
            case ["Ctrl-C", *_]:
                return exports
    raise RuntimeError("the served lab ended before it was ready")


def with_vantages(config: str, vantages: str, probe: str = "") -> str:
    """A lab's configuration with other vantages, which are its last tables; `probe` says more of how to ask."""
    before, found, _ = config.partition("[[vantage]]")
    if not found:
        raise ValueError("the lab's configuration has no vantages to replace")
    return f"{before}\n{PROBE}{probe}\n{vantages}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
