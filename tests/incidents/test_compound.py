"""Two to four mishaps at once in random estates: the oracle is the lab's own DNS and every subset of the repairs."""

from __future__ import annotations

import secrets

import pytest

from tests.incidents.compound import compound, wrongs

FIXED = 1_000
FRESH = secrets.randbelow(2**31)
KNOWN = (200_472, 200_614, 1_018_439, 3_003_292, 768_868_224, 1_786_118_790)
"""Seeds that once were judged wrongly: repairs of one finding undid those of another."""
BATCHES = range(10)
EACH = 10


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("which", ["fixed", "fresh"])
def test_every_failing_name_has_one_finding_and_every_repair_a_part(which: str, batch: int) -> None:
    """No other error, warnings only where a mishap alone shows them, and after all repairs nothing is left."""
    first = (FIXED if which == "fixed" else FRESH) + batch * EACH
    for seed in range(first, first + EACH):
        _agrees(seed)


@pytest.mark.parametrize("seed", KNOWN)
def test_repairs_of_several_findings_fit_together(seed: int) -> None:
    _agrees(seed)


@pytest.mark.parametrize("seed", range(FIXED, FIXED + 5))
def test_whole_runs_say_the_same(seed: int) -> None:
    """Documents over http and answers of the lab's servers; instances' names as well."""
    made = compound(seed)
    assert (made.scenario, made.mishaps, list(wrongs(made, live=True))) == (made.scenario, made.mishaps, [])


def _agrees(seed: int) -> None:
    made = compound(seed)
    assert (seed, made.scenario, made.mishaps, list(wrongs(made))) == (seed, made.scenario, made.mishaps, [])
