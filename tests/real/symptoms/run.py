"""Plays cells in a network namespace that nothing leaves, and compares their outcomes with the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.real.symptoms.cell import Cell
from tests.real.symptoms.signing import Signed, sign
from tests.real.symptoms.world import HOLES, shared
from tests.real.world import enter_namespace_command

_LOOKS = (8, 2, 1)
_ROOT = Path(__file__).parents[3]


class PlayError(Exception):
    """The world of the cells did not start; says what it logged."""


@dataclass(frozen=True, slots=True)
class Result:
    """A cell and what came out."""

    cell: Cell
    got: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the table says so."""
        return self.cell.agrees(self.got)

    def __str__(self) -> str:
        lines = [self.cell.name]
        for number in range(max(len(self.got), len(self.cell.expected))):
            wanted = self.cell.expected[number] if number < len(self.cell.expected) else "(nothing)"
            got = self.got[number] if number < len(self.got) else "(nothing)"
            lines.append(f"  {number + 1}. expected {wanted}\n     got      {got}")
        return "\n".join(lines)


def play(cells: Sequence[Cell], signed: Signed, *, side_by_side: int, timeout: float = 600.0) -> list[Result]:
    """Play cells, some side by side, each with servers of its own. Raises PlayError, subprocess.TimeoutExpired."""
    world = shared(signed.zones)
    plans = {cell.name: cell.plan(number, signed.anchor) for number, cell in enumerate(cells)}
    own = [a for plan in plans.values() for process in plan["processes"] for a in process["addresses"]]
    plan = {
        "addresses": sorted({*world.addresses, *own}),
        "holes": HOLES,
        "shared": [process.plan() for process in world.processes],
        "faults": world.faults,
        "cells": plans,
        "side_by_side": side_by_side,
    }
    with tempfile.TemporaryDirectory(prefix="symptoms-") as directory:
        file = Path(directory) / "plan.json"
        file.write_text(json.dumps(plan), encoding="utf-8")
        done = subprocess.run(
            enter_namespace_command([sys.executable, "-m", "tests.real.symptoms.inside", str(file)]),
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    if done.returncode:
        raise PlayError(done.stderr.strip())
    outcomes = json.loads(done.stdout)
    return [Result(cell, tuple(outcomes[cell.name])) for cell in cells]


def play_until_sure(cells: Sequence[Cell]) -> tuple[list[Result], list[Result]]:
    """Play cells, eight side by side; those that differ again, two and then one at a time.

    The last results of all, and the first of those that were played again. A busy machine makes quick answers slow
    and lets servers give up on each other. What is wrong with the table or with a server comes again each time.
    """
    signed = sign()
    results: dict[str, Result] = {}
    left, first = list(cells), list[Result]()
    for side_by_side in _LOOKS:
        results |= {result.cell.name: result for result in play(left, signed, side_by_side=side_by_side)}
        left = [cell for cell in left if not results[cell.name].right]
        first = first or [results[cell.name] for cell in left]
        if not left:
            break
    return [results[cell.name] for cell in cells], first
