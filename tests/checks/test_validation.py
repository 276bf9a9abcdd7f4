"""Servers that are right about where to ask and still give nothing: validation and rebinding protection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.context import meets
from checks.questions import next_questions
from collectors.graph.answers import Answer
from collectors.graph.documents import ServerChange
from collectors.graph.estate import Estate
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, redeclared, requirement
from tests.checks.test_observed import hub_spoke


def declared_as(estate: Estate, **traits: Any) -> Estate:
    (server,) = estate.declared.servers
    return redeclared(estate, replace(estate.declared, servers=(replace(server, **traits),)))


def servfails(estate: Estate, *, elapsed: float = 0.01) -> list[Answer]:
    """Every name of the workspace's API, asked as clients do."""
    names = {r.expected.asked for r in context_of(estate).required.requirements if "azureml" in r.expected.zone}
    return [replace(answer(BIND, "spoke", name, rcode="SERVFAIL"), elapsed=elapsed) for name in sorted(names)]


def unchecked(given: Answer) -> Answer:
    return replace(given, question=replace(given.question, checking_disabled=True))


def test_what_checking_disabled_turns_into_an_answer_is_validation() -> None:
    estate = hub_spoke()
    failed = servfails(estate)
    right = requirement(estate, "api").acceptable
    proof = unchecked(answer(BIND, "spoke", failed[0].question.name, *right))
    finding = only(judged(estate, *failed, proof), "PED606")
    assert set(finding.violation.subject.id.split("@")[:1]) == {f"server:{BIND}"}
    assert len(finding.names) == len(failed) == 3
    (repair,) = finding.violation.repairs
    assert repair.command == 'validate-except { "privatelink.api.azureml.ms"; };'
    assert any("with checking disabled" in proof.text for proof in finding.violation.proofs)


def test_what_fails_with_checking_disabled_too_is_no_validation() -> None:
    estate = hub_spoke()
    failed = servfails(estate)
    again = unchecked(answer(BIND, "spoke", failed[0].question.name, rcode="SERVFAIL"))
    finding = only(judged(estate, *failed, again), "PED605")
    assert "at once: what it asks refuses or cannot be reached" in finding.violation.cause


@pytest.mark.parametrize(("values", "rcode"), [(("203.0.113.9",), "NOERROR"), ((), "NXDOMAIN")])
def test_a_wrong_answer_with_checking_disabled_does_not_blame_the_private_zone(
    values: tuple[str, ...], rcode: str
) -> None:
    """Exempting the zone would turn a SERVFAIL into a wrong answer: no repair of this fault."""
    estate = hub_spoke()
    failed = servfails(estate)
    wrong = unchecked(answer(BIND, "spoke", failed[0].question.name, *values, rcode=rcode))
    assert loud(judged(estate, *failed, wrong)) == ["PED605"]


def test_a_late_failure_tells_of_a_silent_upstream() -> None:
    estate = hub_spoke()
    finding = only(judged(estate, *servfails(estate, elapsed=10.02)), "PED605")
    assert "after 10 s: what it asks stays silent, or asks in a circle" in finding.violation.cause


def test_a_failure_is_asked_about_once_more_with_checking_disabled() -> None:
    """One question for each server and zone, and only where something failed."""
    estate = hub_spoke()
    failed = servfails(estate)
    asked = {given.question for given in failed}
    more = [q for q in next_questions(context_of(estate, failed), asked) if q.checking_disabled]
    assert more == [replace(failed[0].question, checking_disabled=True)]
    done = {*asked, *more}
    assert not [q for q in next_questions(context_of(estate, failed), done) if q.checking_disabled]
    assert not [q for q in next_questions(context_of(estate), set()) if q.checking_disabled]


def test_an_answer_with_checking_disabled_is_nothing_that_a_client_gets() -> None:
    """A right one does not hide a fault, a wrong one makes none."""
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert loud(judged(estate, unchecked(answer(BIND, "spoke", name, "203.0.113.9")))) == []


@pytest.mark.parametrize(
    ("kind", "rcode", "told"), [("bind", "SERVFAIL", "PED605"), ("knot-resolver", "REFUSED", "PED609")]
)
def test_an_error_that_a_declared_trait_foresees_is_told_by_its_cause_alone(kind: str, rcode: str, told: str) -> None:
    """The same answer of a server that is not declared so is a symptom of its own."""
    for protection, codes in ((True, {"PED607"}), (False, {told})):
        estate = declared_as(hub_spoke(), rebinding_protection=protection, kind=kind)
        failed = [replace(given, rcode=rcode) for given in servfails(estate)]
        assert set(loud(judged(estate, *failed))) == codes


@pytest.mark.parametrize(
    ("traits", "code"), [({"rejects_unsigned": True}, "PED606"), ({"rebinding_protection": True}, "PED607")]
)
def test_a_declared_trait_is_the_cause_of_what_it_breaks(traits: dict[str, bool], code: str) -> None:
    estate = declared_as(hub_spoke(), **traits)
    judgement = judged(estate)
    assert set(loud(judgement)) == {code}
    context = context_of(estate)
    changes = [change for f in judgement.findings for change in f.violation.changes]
    assert all(isinstance(change, ServerChange) for change in changes)
    after = context.after(*changes)
    assert all(meets(after.path(r).outcome, r.acceptable) for r in context.required.requirements)


def test_a_server_that_is_declared_to_strip_private_addresses_is_told_once() -> None:
    """Its repair has a line for each suffix."""
    finding = only(judged(declared_as(hub_spoke(), rebinding_protection=True, kind="dnsmasq")), "PED607")
    (repair,) = finding.violation.repairs
    assert sorted(repair.command.splitlines()) == [
        "rebind-domain-ok=/api.azureml.ms/",
        "rebind-domain-ok=/notebooks.azure.net/",
    ]
