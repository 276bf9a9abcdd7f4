"""What is asked again after its TTL, and what a changed answer proves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.finding import Level
from checks.rechecks import rechecks
from collectors.graph.answers import Answer
from collectors.graph.declared import Vantage
from collectors.graph.estate import Estate
from tests.checks.judging import BIND, NOW, answer, context_of, judged, loud, only, requirement
from tests.checks.test_observed import PUBLIC, denied, hub_spoke

FORMER = "10.1.0.99"


def said(estate: Estate, *values: str, again: int = 0, role: str = "api", vantage: str = "spoke") -> Answer:
    """What the server says of a name, asked for the n-th time."""
    given = answer(BIND, vantage, requirement(estate, role).expected.asked, *values)
    question = replace(given.question, again=again)
    return replace(given, question=question, asked_at=NOW + timedelta(seconds=11 * again))


def right(estate: Estate, *, again: int = 0, role: str = "api", vantage: str = "spoke") -> Answer:
    """The right answer."""
    return said(estate, *requirement(estate, role).acceptable, again=again, role=role, vantage=vantage)


def test_a_wrong_answer_is_asked_again_after_its_ttl() -> None:
    """Ten seconds in the answer, one for clocks; what is right stays unasked."""
    estate = hub_spoke()
    context = context_of(estate, [said(estate, FORMER), right(estate, role="notebooks")])
    due = rechecks(context, NOW, within=15.0)
    assert [(q.name, q.again) for q in due.questions] == [(requirement(estate, "api").expected.asked, 1)]
    assert due.wait == 11.0
    assert rechecks(context, NOW + timedelta(seconds=5), within=15.0).wait == 6.0
    assert not rechecks(context, NOW, within=10.0).questions
    assert not rechecks(context_of(estate, [right(estate)]), NOW, within=15.0).questions


def test_nobody_asks_again_from_where_only_a_plan_asks() -> None:
    """This machine does not stand there: whoever answered it would be somebody else."""
    estate = hub_spoke(Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,), elsewhere=True))
    assert not rechecks(context_of(estate, [said(estate, FORMER)]), NOW, within=15.0).questions


def test_a_denial_lives_as_long_as_its_soa_record_says() -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    wrong = denied(answer(BIND, "spoke", name, rcode="NXDOMAIN"), "azureprivatedns.net.")
    assert rechecks(context_of(estate, [wrong]), NOW, within=15.0).wait == 11.0
    without = replace(wrong, authority=())
    assert not rechecks(context_of(estate, [without]), NOW, within=15.0).questions


def test_right_answers_beside_a_wrong_one_of_the_same_server_are_asked_again() -> None:
    """The wrong one may live longer than anybody waits: one that comes and goes shows in them."""
    estate = hub_spoke(
        Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,)),
        Vantage(name="other", view="vnet-spoke-2", reaches=(BIND,)),
    )
    wrong = said(estate, PUBLIC)
    wrong = replace(wrong, answers=tuple(replace(record, ttl=3600) for record in wrong.answers))
    due = rechecks(context_of(estate, [wrong, right(estate, vantage="other")]), NOW, within=15.0)
    assert [(question.vantage, question.again) for question in due.questions] == [("other", 1)]


def test_only_what_changed_is_asked_a_third_time() -> None:
    estate = hub_spoke()
    changed = (said(estate, FORMER), right(estate, again=1))
    due = rechecks(context_of(estate, changed), NOW, within=30.0)
    assert [question.again for question in due.questions] == [2]
    assert not rechecks(context_of(estate, (*changed, right(estate, again=2))), NOW, within=60.0).questions
    unchanged = (said(estate, FORMER), said(estate, FORMER, again=1))
    assert not rechecks(context_of(estate, unchanged), NOW, within=30.0).questions


@pytest.mark.parametrize("value", [FORMER, PUBLIC])
def test_an_answer_that_is_right_once_its_ttl_ended_was_an_old_one(value: str) -> None:
    """No forwarder is blamed for it."""
    estate = hub_spoke()
    made = judged(estate, said(estate, value), right(estate, again=1), right(estate, again=2))
    finding = only(made, "PED604")
    assert finding.level is Level.WARNING
    assert [value in proof.text for proof in finding.proofs] == [True, False, False]
    assert made.undetermined == ()


def test_an_answer_that_stays_wrong_is_what_it_was() -> None:
    estate = hub_spoke()
    assert loud(judged(estate, said(estate, PUBLIC), said(estate, PUBLIC, again=1))) == ["PED305"]


def test_a_right_answer_that_is_followed_by_a_wrong_one_flaps() -> None:
    """Nothing else is concluded of that name: either answer alone would prove something else."""
    estate = hub_spoke()
    assert loud(judged(estate, right(estate), said(estate, PUBLIC, again=1))) == ["PED612"]
    swinging = (said(estate, PUBLIC), right(estate, again=1), said(estate, PUBLIC, again=2))
    assert only(judged(estate, *swinging), "PED612").level is Level.ERROR


def test_silence_after_an_answer_changes_nothing() -> None:
    estate = hub_spoke()
    silent = replace(said(estate, again=1), rcode="", error="timed out")
    assert loud(judged(estate, said(estate, PUBLIC), silent)) == ["PED305"]
    assert loud(judged(estate, right(estate), silent)) == []
