"""Plays estates with real servers and gives the reports of `agent check`; the side of the tests."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agent.lab.estate import LabEstate
from tests.real.network import EVERYWHERE
from tests.real.player import Case, check
from tests.real.world import play_in_real_world, vantages_toml

DIFFERS = {"run", "time", "first_seen", "last_seen"}
"""What two runs over one estate never share. The vantages have the same names in both worlds."""


class Checked(NamedTuple):
    """How `agent check` ended, and its whole report."""

    exit_code: int
    report: dict[str, Any]

    def comparable(self) -> tuple[int, Any]:
        """All of it that does not tell one run from another."""
        return self.exit_code, _without(self.report, DIFFERS)


def _without(value: Any, keys: set[str]) -> Any:
    match value:
        case dict():
            return {key: _without(inner, keys) for key, inner in value.items() if key not in keys}
        case list():
            return [_without(inner, keys) for inner in value]
        case _:
            return value


def case_of(estate: LabEstate) -> Case:
    """A check of an estate from each of its networks."""
    return Case(estate=estate, vantages=vantages_toml(estate))


def play(cases: Sequence[Case], directory: Path, *, place: str = EVERYWHERE) -> list[Checked]:
    """`agent check` of each, one after the other in one world. The directory is for this alone."""
    (directory / "cases.pickle").write_bytes(pickle.dumps(list(cases)))
    command = [sys.executable, "-m", "tests.real.player", str(directory)]
    done = play_in_real_world(
        [case.real or case.estate for case in cases], command, place=place, more=[case.more for case in cases]
    )
    assert done.returncode == 0, done.stderr
    return [_checked(directory, number) for number in range(len(cases))]


def check_embedded(case: Case, directory: Path) -> Checked:
    """The same check here, asking the lab's own DNS."""
    check(case, directory, number := 1_000)
    return _checked(directory, number)


def _checked(directory: Path, number: int) -> Checked:
    end = json.loads((directory / f"{number}.end").read_text(encoding="utf-8"))
    report = directory / f"{number}.json"
    assert report.exists(), end["told"]
    return Checked(end["exit_code"], json.loads(report.read_bytes()))
