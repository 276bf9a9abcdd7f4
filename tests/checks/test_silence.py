"""Servers that say nothing, or not enough: what more is asked, and what tells one silence from another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Level
from checks.follow_ups import VERSION
from checks.questions import next_questions
from collectors.graph.answers import Answer, Question
from collectors.graph.estate import Estate
from tests.checks.judging import BIND, answer, context_of, judged, only, requirement
from tests.checks.test_observed import hub_spoke

DECIDES = "Its forwarders, declared in [[dns.server]] as they are and asked from where it stands, tell which"
RUNS = f"so it runs: what it asks stays silent, or asks in a circle. {DECIDES}"


def silence(estate: Estate) -> Answer:
    """Nothing came back for the API name."""
    return answer(BIND, "spoke", requirement(estate, "api").expected.asked, error="timed out")


def over_tcp(given: Answer, **said: Any) -> Answer:
    """The same question over TCP."""
    return replace(given, question=replace(given.question, transport="tcp"), transport="tcp", **said)


def of_itself(rcode: str) -> Answer:
    """What the server says of itself."""
    question = Question(vantage="spoke", server=BIND, name=VERSION, type="TXT", dns_class="CH")
    return replace(answer(BIND, "spoke", VERSION, rcode=rcode), question=question)


def test_a_silent_server_is_asked_over_tcp_and_about_itself() -> None:
    """Once each, of one name, and only where something was sent."""
    estate = hub_spoke()
    given = silence(estate)
    more = set(next_questions(context_of(estate, [given]), {given.question}))
    wanted = {over_tcp(given).question, of_itself("").question}
    assert wanted <= more
    assert {q for q in more if q.transport or q.dns_class == "CH"} == wanted
    spared = answer(BIND, "spoke", given.question.name, error="not asked: the budget of 3 questions is used up")
    assert not {q for q in next_questions(context_of(estate, [spared]), {spared.question}) if q.transport}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"rcode": "NOERROR", "error": ""}, "Over TCP it answers: UDP is dropped on the way, or by the server."),
        ({"error": "connected over TCP, then timed out"}, f"It takes TCP connections, {RUNS}."),
        ({"error": "connection refused"}, "Over TCP neither: connection refused."),
        ({"error": "timed out"}, "Over TCP neither: timed out."),
    ],
)
def test_tcp_tells_one_silence_from_another(more: dict[str, Any], says: str) -> None:
    estate = hub_spoke()
    finding = only(judged(estate, silence(estate), over_tcp(silence(estate), **more)), "PED608")
    assert finding.violation.cause.endswith(says)


@pytest.mark.parametrize("rcode", ["NOERROR", "REFUSED", "SERVFAIL"])
def test_a_server_that_answers_about_itself_runs(rcode: str) -> None:
    estate = hub_spoke()
    refused = over_tcp(silence(estate), error="connection refused")
    finding = only(judged(estate, silence(estate), refused, of_itself(rcode)), "PED608")
    assert finding.violation.cause.endswith(f"It answers what it is asked about itself, {RUNS}.")


def test_what_was_spared_because_the_server_is_silent_is_told_with_it() -> None:
    """Two names, one of them asked: both fail for the clients."""
    estate = hub_spoke()
    other = requirement(estate, "notebooks").expected.asked
    spared = answer(BIND, "spoke", other, error="not asked: server silent: 3 questions unanswered and none answered")
    finding = only(judged(estate, silence(estate), spared), "PED608")
    assert len(finding.names) == 2
    assert len(finding.proofs) == 1  # what was not asked proves nothing
    assert not judged(estate, spared).findings


def test_an_answer_that_is_cut_and_cannot_be_fetched_is_told_and_is_no_silence() -> None:
    estate = hub_spoke()
    cut = replace(silence(estate), error="truncated over UDP (NOERROR), over TCP: connection refused")
    finding = only(judged(estate, cut), "PED610")
    assert finding.level is Level.ERROR
    assert "over TCP: connection refused" in finding.violation.cause
    assert not {q for q in next_questions(context_of(estate, [cut]), {cut.question}) if q.transport}


def test_what_is_said_over_tcp_is_nothing_that_a_client_gets() -> None:
    """A right answer there makes no name right."""
    estate = hub_spoke()
    expected = requirement(estate, "api").expected
    right = over_tcp(answer(BIND, "spoke", expected.asked, *expected.addresses))
    assert [finding.code for finding in judged(estate, silence(estate), right).findings] == ["PED608"]
