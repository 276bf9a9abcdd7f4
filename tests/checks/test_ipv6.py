"""IPv6 addresses that lead outside although the IPv4 address is right: when it is asked, and what is concluded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.finding import Level
from checks.questions import next_questions, plan_rounds
from collectors.graph.answers import Answer, Question
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, requirement
from tests.checks.test_observed import PUBLIC, hub_spoke

PUBLIC_SIX = "2001:db8::9"
RESOLVER = "198.51.100.53"


def six(server: str, vantage: str, name: Fqdn, *values: str, rcode: str = "NOERROR") -> Answer:
    """What a server says when it is asked for IPv6 addresses."""
    given = answer(server, vantage, name, *values, rcode=rcode)
    records = tuple(replace(record, type="AAAA") for record in given.answers)
    return replace(given, question=replace(given.question, type="AAAA"), answers=records)


def right(estate: Estate) -> Answer:
    """The right IPv4 address of the API name."""
    expected = requirement(estate, "api").expected
    return answer(BIND, "spoke", expected.asked, *expected.addresses)


def asked_for_six(estate: Estate, *answers: Answer) -> set[Question]:
    """What is asked about IPv6 addresses after some answers."""
    known = {given.question for given in answers}
    return {q for q in next_questions(context_of(estate, answers), known) if q.type == "AAAA"}


def test_a_public_ipv6_address_beside_the_right_ipv4_address_is_told() -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    finding = only(judged(estate, right(estate), six(BIND, "spoke", name, PUBLIC_SIX)), "PED614")
    assert finding.level is Level.WARNING
    assert finding.violation.subject.id.startswith(f"server:{BIND}@")
    assert {line.type for line in finding.occurrences} == {"AAAA"}
    assert any(PUBLIC_SIX in proof.text for proof in finding.proofs)
    assert len(finding.clients) == 2


@pytest.mark.parametrize(("values", "rcode"), [((), "NOERROR"), (("fd00::5",), "NOERROR"), ((), "SERVFAIL")])
def test_what_does_not_lead_to_the_internet_is_not_told(values: tuple[str, ...], rcode: str) -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert loud(judged(estate, right(estate), six(BIND, "spoke", name, *values, rcode=rcode))) == []


def test_a_name_that_is_wrong_over_ipv4_has_its_own_cause() -> None:
    """One forwarder is missing: that the other type is public as well follows from it."""
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    wrong = answer(BIND, "spoke", name, PUBLIC)
    assert loud(judged(estate, wrong, six(BIND, "spoke", name, PUBLIC_SIX))) == ["PED305"]


def test_public_dns_is_asked_first_and_the_server_only_where_it_has_an_address() -> None:
    estate = hub_spoke(public=(RESOLVER,))
    name = requirement(estate, "api").expected.asked
    public = Question(vantage="spoke", server=RESOLVER, name=name, type="AAAA")
    own = Question(vantage="spoke", server=BIND, name=name, type="AAAA")
    assert asked_for_six(estate, right(estate)) == {public}
    assert asked_for_six(estate, right(estate), six(RESOLVER, "spoke", name)) == set()
    assert asked_for_six(estate, right(estate), six(RESOLVER, "spoke", name, PUBLIC_SIX)) == {own}
    silent = replace(six(RESOLVER, "spoke", name), rcode="", error="timed out")
    assert asked_for_six(estate, right(estate), silent) == {own}


def test_without_a_public_resolver_the_server_is_asked_at_once() -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert asked_for_six(estate, right(estate)) == {Question(vantage="spoke", server=BIND, name=name, type="AAAA")}
    assert asked_for_six(estate, answer(BIND, "spoke", name, PUBLIC)) == set()


def test_a_plan_asks_in_its_second_round() -> None:
    """Whoever runs it cannot choose."""
    context = context_of(hub_spoke())
    first, then = plan_rounds(context, context.estate.declared.vantages[0])
    assert not {question for question in first if question.type == "AAAA"}
    assert {q.name for q in then if q.type == "AAAA"} == {question.name for question in first}
