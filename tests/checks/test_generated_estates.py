"""Estates that nobody would build: damaged, doubled, half unread. A run judges them all and never depends on order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lab.scenarios import SCENARIOS, build
from checks.context import make_context
from checks.requirements import Scope, derive_requirements
from checks.runner import Judgement, judge
from collectors.arm.kinds import KINDS
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from tests.checks.judging import NOW
from tests.estates import trimmed

ESTATES = 200
CASES = [(scenario, change) for scenario in SCENARIOS for change in ("", *SCENARIOS[scenario].faults)]


@cache
def healthy(scenario: str, change: str) -> tuple[tuple[Document, ...], Declared]:
    """The documents of a scenario as a live run keeps them, and what is declared beside them."""
    lab = build(scenario, (change,) if change else ())
    declared = Declared(servers=lab.declared, sites=lab.sites, clients=lab.clients)
    return tuple(trimmed(document) for document in lab.documents.values()), declared


@dataclass(frozen=True)
class Generated:
    """Documents in some order, gaps, and what is declared."""

    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    declared: Declared

    def judged(self, shuffle: random.Random | None = None) -> Judgement:
        documents, gaps = list(self.documents), list(self.gaps)
        if shuffle:
            shuffle.shuffle(documents)
            shuffle.shuffle(gaps)
        estate = build_estate(documents, gaps, self.declared)
        required = derive_requirements(estate, Scope())
        return judge(make_context(estate, required, (), NOW))


@st.composite
def estates(draw: st.DrawFn) -> Generated:
    """A scenario, one change of it, and random damage of any amount."""
    scenario, change = draw(st.sampled_from(CASES))
    chance = random.Random(draw(st.integers(0, 2**32)))
    documents, declared = healthy(scenario, change)
    lost = chance.choice((0.0, 0.0, 0.02, 0.1))  # mostly few, so that what is left still hangs together
    kept = [_damaged(document, chance) for document in documents if chance.random() > lost]
    kept += [_damaged(_respelt(chance.choice(documents), chance), chance) for _ in range(chance.choice((0, 2, 20)))]
    gaps = [_gap(chance.choice(documents), chance) for _ in range(chance.choice((0, 0, 1, 3)))]
    return Generated(documents=tuple(kept), gaps=tuple(gaps), declared=declared)


def _damaged(document: Document, chance: random.Random) -> Document:
    if chance.random() > 0.15:
        return document
    body = deepcopy(dict(document.body))
    chance.choice(DAMAGES)(body, chance)
    return replace(document, body=body)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a body with each of its keys."""
    if isinstance(value, dict | list):
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(item)


def _at_random(change: Callable[[Any, Any, random.Random], None]) -> Callable[[Any, random.Random], None]:
    def damage(body: Any, chance: random.Random) -> None:
        places = list(_places(body))
        if places:
            change(*chance.choice(places), chance)

    return damage


def _drop(holder: Any, key: Any, _: random.Random) -> None:
    del holder[key]


def _null(holder: Any, key: Any, _: random.Random) -> None:
    holder[key] = None


def _wrong_type(holder: Any, key: Any, chance: random.Random) -> None:
    holder[key] = chance.choice(("", "text", "/not/an/id", "10.0.0.4", 7, -1.5, True, [], {}, [None], {"id": 3}))


def _other_case(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder[key], str):
        holder[key] = chance.choice((str.lower, str.upper, str.swapcase))(holder[key])


def _other_value(holder: Any, key: Any, chance: random.Random) -> None:
    """The value of another place: ids that lead to the wrong thing, and in circles."""
    texts = [h[k] for h, k in _places(holder) if isinstance(h[k], str)]
    if texts:
        holder[key] = chance.choice(texts)


def _odd_text(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder[key], str):
        odd = ("\x00", "\u202e", "\ud800", "." * 300, "x" * 5000, "\u212aelvin.example", "*.*", "..")
        holder[key] = chance.choice(odd)


DAMAGES = tuple(map(_at_random, (_drop, _null, _wrong_type, _other_case, _other_value, _odd_text)))


def _gap(near: Document, chance: random.Random) -> Gap:
    """Something unread: a kind at the tenant, a subscription, a group, or one resource."""
    id = near.id
    scopes = ["/", f"/subscriptions/{id.subscription}", id.text, id.parent.text, "/subscriptions/elsewhere"]
    kind = chance.choice((near.kind, *KINDS))
    return Gap(kind=kind, scope=chance.choice(scopes), reason=chance.choice(list(Reason)), detail="generated")


def told(made: Judgement) -> tuple[object, ...]:
    """Everything of a judgement that reaches a report."""
    findings = [(f.code, f.level, f.status, f.violation, f.occurrences, f.proofs, f.masks) for f in made.findings]
    return findings, made.not_evaluated, made.undetermined, made.gaps


@settings(max_examples=ESTATES, deadline=None)
@given(estates(), st.integers(0, 2**32))
def test_a_damaged_estate_is_judged_and_the_order_of_documents_means_nothing(made: Generated, seed: int) -> None:
    """No check fails, and what is concluded is the same however things came in."""
    first = made.judged()
    assert not first.crashed, [finding.violation.cause for finding in first.findings if finding.code == "PED905"]
    assert told(made.judged(random.Random(seed))) == told(first)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_ids_compare_without_case(case: tuple[str, str], data: st.DataObject) -> None:
    """Azure spells one resource in several ways; who spells it how changes no conclusion."""
    documents, declared = healthy(*case)
    plain = Generated(documents=documents, gaps=(), declared=declared)
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    spelt = tuple(_respelt(document, chance) for document in documents)
    other = Generated(documents=spelt, gaps=(), declared=declared)
    assert _codes(other.judged()) == _codes(plain.judged())


def _respelt(document: Document, chance: random.Random) -> Document:
    body = deepcopy(dict(document.body))
    for holder, key in _places(body):
        value = holder[key]
        if isinstance(value, str) and value.startswith("/subscriptions/") and chance.random() < 0.5:
            holder[key] = chance.choice((value.lower(), value.upper()))
    id = ArmId(chance.choice((document.id.text, document.id.text.lower())))
    return replace(document, id=id, body=body)


def _codes(made: Judgement) -> list[tuple[str, Iterable[str]]]:
    return sorted((finding.code, sorted(map(str.lower, finding.names))) for finding in made.findings)
