"""Compares the model with real servers on random estates: `python -m tests.differential --cases 2000`.

The exit code is 1 where they disagree, 2 where the servers cannot run.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.differential.comparison import Outcome, compare
from tests.differential.estates import MOST_SLOTS, random_estate
from tests.differential.listed import TRAITS, VERSIONS
from tests.differential.servers import ask_real_servers, missing_servers, versions

BATCH = 20
_LARGEST_SEED = 2**31


@dataclass(slots=True, kw_only=True)
class Run:
    """How far a run came: the estates `seed + 0` to `seed + done - 1` were compared."""

    seed: int
    done: int = 0
    questions: Counter[str] = field(default_factory=Counter)
    estates: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome, cases: int) -> None:
        """Count a batch in."""
        self.done += cases
        self.questions += outcome.questions
        self.estates += outcome.estates
        self.rules += outcome.rules
        self.disagreements += [disagreement.told() for disagreement in outcome.disagreements]

    def as_json(self) -> dict[str, Any]:
        """For `--resume`, and as the result: with date, versions and traits."""
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "seed": self.seed,
            "done": self.done,
            "versions": versions(),
            "traits": [trait.name for trait in TRAITS],
            "questions": dict(sorted(self.questions.items())),
            "estates": dict(sorted(self.estates.items())),
            "rules": dict(sorted(self.rules.items())),
            "disagreements": self.disagreements,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print what came of it."""
    options = _options(arguments)
    if reason := missing_servers():
        sys.stderr.write(f"The servers cannot run here: {reason}\n")
        return 2
    run = _begun(options.resume, options.seed)
    sys.stdout.write(f"seed {run.seed}, {run.done} estates done, versions {versions()}\n")
    if versions() != dict(VERSIONS):
        sys.stdout.write(f"note: the traits were measured with {dict(VERSIONS)}\n")
    for cases, outcome in _batches(run, options.cases, options.batch, options.jobs):
        run.add(outcome, cases)
        for disagreement in outcome.disagreements:
            sys.stdout.write(f"DISAGREEMENT {disagreement.told()}\n")
        sys.stdout.write(f"{run.done} estates, {run.questions['all']} questions\n")
        sys.stdout.flush()
        if options.resume:
            _save(options.resume, run)
    sys.stdout.write(histogram(run))
    return 1 if run.disagreements else 0


def _batches(run: Run, cases: int, size: int, jobs: int) -> Iterator[tuple[int, Outcome]]:
    """The outcome of each batch in order, some of them worked on side by side."""
    starts = range(run.done, cases, size)
    seeds = [[run.seed + number for number in range(start, min(start + size, cases))] for start in starts]
    with ThreadPoolExecutor(jobs) as pool:
        for numbers, outcome in zip(seeds, pool.map(compare_batch, seeds), strict=True):
            yield len(numbers), outcome


def compare_batch(seeds: Sequence[int]) -> Outcome:
    """Compare the estates of some seeds, in one set of servers.

    On a busy machine servers give each other up, for minutes. So an estate in which something failed that should not
    is asked once more, alone and with fresh servers: a failure that means something comes again.
    """
    estates = [random_estate(seed, slot) for slot, seed in enumerate(seeds)]
    together, outcome = ask_real_servers(estates), Outcome()
    for estate, answered in zip(estates, together.by_estate, strict=True):
        alone = compare([estate], replace(together, by_estate=(answered,)))
        if any(disagreement.real_failed for disagreement in alone.disagreements):
            alone = compare([estate], ask_real_servers([estate]))
        outcome.add(alone)
    return outcome


def histogram(run: Run) -> str:
    """Features with the questions and the estates that have them."""
    rows = [f"{'':32}{'questions':>10}{'':>8}{'estates':>9}"]
    for name, count in sorted(run.questions.items(), key=lambda row: (-row[1], row[0])):
        share = f"{100 * count / run.questions['all']:.1f} %"
        rows.append(f"{name:32}{count:>10}{share:>8}{run.estates[name]:>9}")
    return "\n".join([*rows, f"{len(run.disagreements)} disagreements", ""])


def _begun(file: Path | None, seed: int | None) -> Run:
    if file and file.exists():
        held = json.loads(file.read_text(encoding="utf-8"))
        return Run(
            seed=held["seed"],
            done=held["done"],
            questions=Counter(held["questions"]),
            estates=Counter(held["estates"]),
            rules=Counter(held["rules"]),
            disagreements=held["disagreements"],
        )
    return Run(seed=secrets.randbelow(_LARGEST_SEED) if seed is None else seed)


def _save(file: Path, run: Run) -> None:
    """Whole or not at all: a run may be ended at any time."""
    made = file.with_suffix(".new")
    made.write_text(json.dumps(run.as_json(), indent=1) + "\n", encoding="utf-8")
    made.replace(file)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=60, help="how many estates in all")
    parser.add_argument("--seed", type=int, help="the first estate's; without it a fresh one, which is printed")
    parser.add_argument("--resume", type=Path, help="a file to go on from, and to write to after each batch")
    parser.add_argument("--batch", type=int, default=BATCH, choices=range(1, MOST_SLOTS + 1), metavar="N")
    parser.add_argument("--jobs", type=int, default=1, help="batches that run side by side")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
