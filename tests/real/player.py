"""Runs in a namespace: `agent check` over the lab's Resource Manager, once for each estate whose servers run.

One process for all of them, since starting one takes longer than a check does. The command line is the real one.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from agent.cli import main as agent
from agent.lab.configuration import configuration_text
from agent.lab.estate import LabEstate
from agent.lab.world import LabWorld
from tests.real.bind import Server
from tests.real.live import with_vantages

EMBEDDED = ""
"""In place of vantages: those of the lab's own DNS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What Resource Manager shows, and the vantages (TOML) of the run, or EMBEDDED.

    `probe` are lines for its `[probe]` table, `options` more words of the command line, `more` further servers.
    `real`: the servers are those of another estate, so that what Azure shows is not what they do.
    """

    estate: LabEstate
    vantages: str
    probe: str = ""
    options: tuple[str, ...] = ()
    more: tuple[Server, ...] = ()
    real: LabEstate | None = None


def main(directory: str) -> None:
    """Play the cases of `cases.pickle` there as their numbers arrive on stdin; N's report becomes `N.json`."""
    cases: list[Case] = pickle.loads(Path(directory, "cases.pickle").read_bytes())
    for line in sys.stdin:
        check(cases[int(line)], Path(directory), int(line))
        sys.stdout.write(line)
        sys.stdout.flush()


def check(case: Case, directory: Path, number: int) -> None:
    """One `agent check`: its exit code and what it told beside the report are kept, too."""
    config, report = directory / f"{number}.toml", directory / f"{number}.json"
    with LabWorld(case.estate) as world, environment(world.environment):
        text = configuration_text(world)
        if case.vantages != EMBEDDED:
            text = with_vantages(text, case.vantages, case.probe)
        config.write_text(text, encoding="utf-8")
        words = ["check", "--config", str(config), "--format", "json", "--level", "note", "--output", str(report)]
        words += case.options
        code, told = run(words)
    (directory / f"{number}.end").write_text(json.dumps({"exit_code": code, "told": told}), encoding="utf-8")


def run(words: Sequence[str]) -> tuple[int, str]:
    """The command line in this process: its exit code, and all that it told."""
    told = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    code = 0
    with redirect_stdout(told), redirect_stderr(told):
        try:
            agent(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
    told.seek(0)
    return code, told.read()


@contextmanager
def environment(more: Mapping[str, str]) -> Iterator[None]:
    """Some more variables for a while."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    main(sys.argv[1])
