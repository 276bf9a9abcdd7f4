"""Every pair of the catalogue's "Which cause wins" in an incident that both could claim: the winner is told alone."""

from __future__ import annotations

import pytest

from checks.catalogue import CATALOGUE
from tests.incidents import test_incidents  # noqa: F401  it registers every incident
from tests.incidents.scenes import scene

# The incident, who wins, and who could have claimed the same fault.
PAIRS = [
    ("PED105", "PED105", ("PED101", "PED109")),
    ("PED101", "PED101", ("PED203", "PED501")),
    ("PED106", "PED106", ("PED101", "PED203")),
    ("PED115", "PED115", ("PED201", "PED203", "PED102")),
    ("PED415", "PED415", ("PED402", "PED502", "PED608")),
    ("PED114", "PED114", ("PED203", "PED208", "PED404")),
    ("F14", "PED104", ("PED201", "PED202", "PED203", "PED209")),
    ("PED402", "PED402", ("PED202", "PED304", "PED310")),
    ("PED310", "PED310", ("PED202", "PED304")),
    ("F5", "PED304", ("PED202",)),
    ("PED408", "PED408", ("PED202", "PED304")),
    ("PED202", "PED202", ("PED304", "PED305")),
    ("PED206", "PED206", ("PED107", "PED204", "PED205")),
    ("F12", "PED107", ("PED206", "PED221")),
    ("F18", "PED211", ("PED210",)),
    ("F16", "PED210", ("PED211", "PED615")),
    ("F25", "PED305", ("PED306", "PED307", "PED601")),
    ("F21", "PED306", ("PED305", "PED307", "PED601")),
    ("F23", "PED307", ("PED305", "PED306", "PED601")),
    ("PED401", "PED401", ("PED403", "PED605", "PED608", "PED502")),
    ("PED613", "PED613", ("PED601", "PED602", "PED603")),
    ("F17", "PED511", ("PED306",)),
    ("PED309", "PED309", ("PED310", "PED608")),
    ("PED313", "PED313", ("PED302", "PED608")),
    ("PED312", "PED312", ("PED612", "PED601")),
    ("PED301", "PED301", ("PED611", "PED601")),
    ("PED611", "PED611", ("PED301", "PED603")),
]


@pytest.mark.parametrize(("key", "winner", "losers"), PAIRS, ids=[f"{key}-{winner}" for key, winner, _ in PAIRS])
def test_the_winner_is_told_and_not_who_could_have_claimed_it(key: str, winner: str, losers: tuple[str, ...]) -> None:
    """In a whole run, live answers included; notes count as well."""
    told = {finding.code for finding in scene(key).run().report.findings}
    assert winner in told
    assert told.isdisjoint(losers)


def test_the_pairs_name_codes_of_the_catalogue() -> None:
    known = {check.code for check in CATALOGUE}
    assert {code for _, winner, losers in PAIRS for code in (winner, *losers)} <= known
