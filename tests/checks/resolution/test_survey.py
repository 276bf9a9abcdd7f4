"""The survey says of every pair of client and name what the solver says, whatever was worked out before."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.requirements import Client
from checks.resolution.path import Outcome
from checks.resolution.solver import Solver
from checks.resolution.survey import Memo, Survey
from collectors.graph.documents import AnyChange, Change
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests import estates
from tests.checks.resolution.wide_worlds import CHAINS, NAMES, NETWORKS, WideWorld, types, wide_worlds
from tests.estates import trimmed

MORE = (
    "privatelink.example.com",
    "round.org",
    "nowhere.org",
    "w.nowhere.org",
    "4.0.0.10.in-addr.arpa",
    "vm.internal.cloudapp.net",
)
TWINS = ("v.example.com", "w.example.com", "y.example.com")
NAMES_ASKED = tuple(map(Fqdn, (*NAMES, *MORE, *TWINS)))
CLIENTS = tuple(map(estates.client, NETWORKS))


def solver_of(estate: Estate) -> Solver:
    twins = {Fqdn(name): Fqdn(name.replace("example", "privatelink.example")) for name in TWINS}
    return Solver(estate, {**CHAINS, **twins}, unknown=frozenset({Fqdn("nowhere.org"), Fqdn("w.nowhere.org")}))


def everything(survey: Survey, type: str) -> dict[tuple[Client, Fqdn], Outcome]:
    """Every pair, written out of the groups; each must be in one group only."""
    found: dict[tuple[Client, Fqdn], Outcome] = {}
    for group in survey.groups(CLIENTS, NAMES_ASKED, type):
        for name, outcome in group.outcomes():
            for client in group.clients:
                assert (client, name) not in found
                found[client, name] = outcome
    return found


def agrees_with_the_solver(survey: Survey, estate: Estate, type: str) -> bool:
    solver = solver_of(estate)
    pairs = [(client, name) for client in CLIENTS for name in NAMES_ASKED]
    for client, name in pairs:
        path = solver.path(client, name, type)
        assert survey.outcomes(client, name, type) == tuple(way.outcome for way in path.certain)
    return everything(survey, type) == {(c, n): solver.path(c, n, type).outcome for c, n in pairs}


@settings(max_examples=150, deadline=None)
@given(wide_worlds(), types)
def test_a_survey_gives_for_every_pair_what_the_solver_gives(world: WideWorld, type: str) -> None:
    estate = world.estate()
    assert agrees_with_the_solver(Survey(solver_of(estate)), estate, type)


@settings(max_examples=150, deadline=None)
@given(wide_worlds(), wide_worlds(), types, st.integers(0, 1000))
def test_what_was_worked_out_elsewhere_makes_no_difference(
    world: WideWorld, other: WideWorld, type: str, seed: int
) -> None:
    """One memo serves two unlike worlds, and each after some of its documents became those of the other."""
    chance = random.Random(seed)
    memo = Memo()
    for one, two in ((world, other), (other, world)):
        before = one.estate()
        survey = Survey(solver_of(before), memo)
        assert agrees_with_the_solver(survey, before, type)
        goal = {document.id: trimmed(document) for document in two.documents}
        touched = [id for id in sorted({*before.documents, *goal}) if chance.random() < 0.3 and "/providers/" in id.key]
        changes: list[AnyChange] = [
            Change(id=id, before=before.documents.get(id), after=goal.get(id)) for id in touched
        ]
        after = before.with_changes(*changes)
        assert agrees_with_the_solver(Survey(solver_of(after), memo, survey), after, type)
        memo.next_run()
