"""Where questions are put from: what a plan asks from one vantage, and names that are right from one of several."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.finding import Finding, Level
from checks.questions import next_questions, plan_rounds, vantages_for
from collectors.graph.answers import Answer
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from collectors.graph.estate import Estate
from tests.checks.judging import BIND, answer, context_of, judged, redeclared, requirement
from tests.estates import lab

SPOKE = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
HUB = Vantage(name="hub", view="vnet-hub", reaches=(PLATFORM_RESOLVER,))


def hub_spoke(*vantages: Vantage, public: tuple[str, ...] = ()) -> Estate:
    """The healthy hub-spoke estate: spokes ask a server in the hub."""
    estate = lab("hub-spoke")
    return redeclared(estate, replace(estate.declared, vantages=vantages, public_resolvers=public))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_plan_asks_the_clients_questions_first_and_then_the_private_forms(elsewhere: bool) -> None:
    """As whoever stands there would; that we do not makes no difference."""
    vantage = replace(SPOKE, elsewhere=elsewhere)
    context = context_of(hub_spoke(vantage, public=("198.51.100.53",)))
    first, then = plan_rounds(context, vantage)
    records = {r.expected for r in context.required.requirements}
    assert {(q.server, q.name) for q in first} == {
        (server, record.asked) for record in records for server in (BIND, "198.51.100.53")
    }
    assert {(q.server, q.name) for q in then if q.type == "A"} == {(BIND, record.asked_private) for record in records}
    assert {replace(q, type="A") for q in then if q.type == "AAAA"} == set(first)
    assert {q.vantage for q in (*first, *then)} == {"spoke"}


def test_a_plan_asks_azure_dns_where_the_names_are_decided() -> None:
    """Nobody who needs them asks from the hub, but their server does."""
    context = context_of(hub_spoke(HUB))
    first, then = plan_rounds(context, HUB)
    assert first == ()
    assert {(q.server, q.name) for q in then} == {
        (PLATFORM_RESOLVER, r.expected.asked_private) for r in context.required.requirements
    }
    assert plan_rounds(context, replace(HUB, view="")) == ((), ())
    assert plan_rounds(context, replace(HUB, view="vnet-typo")) == ((), ())


def test_a_plan_asks_whatever_a_run_from_there_would_ask() -> None:
    """A fault that shows only in the second round, too."""
    estate = lab("hub-spoke", "zone-unlinked")
    estate = redeclared(estate, replace(estate.declared, vantages=(SPOKE, HUB), public_resolvers=()))
    context = context_of(estate)
    planned = {q for vantage in (SPOKE, HUB) for round in plan_rounds(context, vantage) for q in round}
    asked = next_questions(context, ())
    later = next_questions(context, asked)
    assert asked
    assert {question.vantage for question in later} == {"spoke", "hub"}
    assert planned >= {*asked, *later}


def test_nothing_is_asked_from_a_vantage_elsewhere() -> None:
    away = replace(SPOKE, elsewhere=True)
    estate = hub_spoke(away, replace(HUB, elsewhere=True), public=("198.51.100.53",))
    client = requirement(estate, "api").client
    assert next_questions(context_of(estate), ()) == ()
    assert vantages_for(estate, (away,), client, BIND) == ()
    assert vantages_for(estate, (away, SPOKE), client, BIND) == (SPOKE,)


def test_answers_from_elsewhere_do_not_begin_the_second_round_here() -> None:
    """Some servers answer a public name from the cache of its private form: the public ones go first."""
    other = Vantage(name="other", view="vnet-spoke-2", reaches=(BIND,))
    estate = hub_spoke(replace(SPOKE, elsewhere=True), other)
    context = context_of(estate)
    brought = plan_rounds(context, SPOKE)[0]
    begun = next_questions(context, brought)
    assert begun
    assert {q.name for q in begun} == {r.expected.asked for r in context.required.requirements}
    assert {q.name for q in next_questions(context, (*brought, *begun))} == {
        r.expected.asked_private for r in context.required.requirements
    }


# Right here, wrong there

NAMES = ("spoke", "b", "c", "d", "e")


def told(*answers: Answer) -> Finding:
    """The one finding above a note."""
    vantages = (replace(SPOKE, name=name) for name in NAMES)
    found = judged(hub_spoke(*vantages), *answers).findings
    (finding,) = [finding for finding in found if finding.level > Level.NOTE]
    return finding


def right_proofs(finding: Finding) -> list[tuple[str, str]]:
    return [(proof.vantage, proof.text) for proof in finding.proofs if proof.text.endswith(", which is right")]


@pytest.mark.parametrize("how", ["wrong", "SERVFAIL", "silent"])
def test_a_name_that_is_right_from_another_vantage_is_told_so(how: str) -> None:
    record = requirement(hub_spoke(SPOKE), "api").expected
    bad = {
        "wrong": answer(BIND, "spoke", record.asked, "10.9.9.9"),
        "SERVFAIL": answer(BIND, "spoke", record.asked, rcode="SERVFAIL"),
        "silent": answer(BIND, "spoke", record.asked, error="timed out"),
    }[how]
    finding = told(bad, answer(BIND, "b", record.asked, *record.addresses))
    text = f"{BIND} answered {', '.join(record.addresses)} for {record.asked}, which is right"
    assert right_proofs(finding) == [("b", text)]
    assert finding.violation.cause.endswith(" Asked from b, the answer is right.")


def test_of_many_vantages_where_it_is_right_three_are_named() -> None:
    record = requirement(hub_spoke(SPOKE), "api").expected
    right = [answer(BIND, name, record.asked, *record.addresses) for name in NAMES[1:]]
    finding = told(answer(BIND, "spoke", record.asked, "10.9.9.9"), *right)
    assert finding.violation.cause.endswith(" Asked from b, c, d and 1 more, the answer is right.")
    assert [vantage for vantage, _ in right_proofs(finding)] == ["b", "c", "d", "e"]


def test_what_is_wrong_everywhere_or_right_in_another_form_only_is_right_nowhere() -> None:
    """The private-link form is asked for proof: no client asks it."""
    record = requirement(hub_spoke(SPOKE), "api").expected
    finding = told(
        answer(BIND, "spoke", record.asked, "10.9.9.9"),
        answer(BIND, "b", record.asked, "10.9.9.9"),
        answer(BIND, "c", record.asked_private, *record.addresses),
    )
    assert right_proofs(finding) == []
    assert "the answer is right" not in finding.violation.cause
