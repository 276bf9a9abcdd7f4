"""The negative control: when it is asked, and which denials of it accuse a zone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.controls import control_of
from checks.finding import Level
from checks.questions import next_questions
from collectors.graph.answers import Answer, Record
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, requirement
from tests.checks.test_observed import hub_spoke

CONTROL = Fqdn("westeurope.api.azureml.ms")
RESOLVER = "198.51.100.53"
PRIVATE = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10"
OWN = "ns.corp.example. admin.corp.example. 1 3600 300 2419200 10"
PUBLIC = answer(RESOLVER, "spoke", CONTROL, "203.0.113.157")


def right(estate: Estate) -> Answer:
    """The right address of the API name, without the alias that public DNS has."""
    expected = requirement(estate, "api").expected
    return answer(BIND, "spoke", expected.asked, *expected.addresses)


def denial(soa: str, zone: str = "api.azureml.ms", rcode: str = "NXDOMAIN") -> Answer:
    """The control is denied by a zone."""
    record = Record(name=Fqdn(zone), type="SOA", ttl=10, value=soa)
    return replace(answer(BIND, "spoke", CONTROL, rcode=rcode), authority=(record,))


def asked(estate: Estate, *answers: Answer) -> set[str]:
    """Which servers are asked for the control after some answers."""
    found = next_questions(context_of(estate, answers), {given.question for given in answers})
    return {question.server for question in found if question.name == CONTROL}


def test_only_an_api_name_has_a_control() -> None:
    """The region's own name below the same suffix."""
    requirements = context_of(hub_spoke()).required.requirements
    assert {control_of(r) for r in requirements if r.role == "api"} == {CONTROL}
    assert {control_of(r) for r in requirements if r.role != "api"} == {None}


def test_it_is_asked_where_an_address_comes_without_the_public_alias() -> None:
    estate = hub_spoke(public=(RESOLVER,))
    given = right(estate)
    assert asked(estate, given) == {BIND, RESOLVER}
    alias = Record(name=given.question.name, type="CNAME", ttl=60, value="x.privatelink.api.azureml.ms")
    target = tuple(replace(record, name=Fqdn(alias.value)) for record in given.answers)
    assert asked(estate, replace(given, answers=(alias, *target))) == set()
    assert asked(estate, answer(BIND, "spoke", given.question.name, rcode="NXDOMAIN")) == set()


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR"])
@pytest.mark.parametrize("soa", [PRIVATE, OWN])
def test_a_zone_that_denies_a_public_name_is_told(rcode: str, soa: str) -> None:
    """NOERROR: the required name below it makes the region's name exist in that zone."""
    estate = hub_spoke(public=(RESOLVER,))
    finding = only(judged(estate, right(estate), PUBLIC, denial(soa, rcode=rcode)), "PED615")
    assert finding.level is Level.WARNING
    assert "Zone api.azureml.ms answers for all names" in finding.violation.cause
    assert any(f"by the SOA record of zone api.azureml.ms: {soa}" in proof.text for proof in finding.proofs)
    assert {line.expected for line in finding.occurrences} == {("203.0.113.157",)}


def test_without_a_public_answer_only_a_private_zone_of_azure_is_accused() -> None:
    """Another SOA record may be the public one, of a name that does not exist any more."""
    estate = hub_spoke(public=(RESOLVER,))
    assert loud(judged(estate, right(estate), denial(PRIVATE))) == ["PED615"]
    assert loud(judged(estate, right(estate), denial(OWN))) == []


@pytest.mark.parametrize(
    "given",
    [
        answer(BIND, "spoke", CONTROL, "203.0.113.157"),
        answer(BIND, "spoke", CONTROL, rcode="SERVFAIL"),
        answer(BIND, "spoke", CONTROL, rcode="NXDOMAIN"),
        denial(PRIVATE, zone="corp.example"),
        answer(BIND, "spoke", CONTROL, error="timed out"),
    ],
)
def test_other_answers_to_the_control_accuse_nobody(given: Answer) -> None:
    """No denial, no proof whose zone it is, or one that cannot be."""
    estate = hub_spoke(public=(RESOLVER,))
    assert loud(judged(estate, right(estate), PUBLIC, given)) == []


def denied_form(estate: Estate, soa: str) -> Answer:
    """The private-link form of the API name, which is asked for proof, is denied too."""
    form = requirement(estate, "api").expected.asked_private
    return replace(denial(soa), question=replace(denial(soa).question, name=form))


def test_the_private_link_form_that_the_same_zone_denies_is_told_with_it() -> None:
    """No client asks for it while the zone answers the name itself."""
    estate = hub_spoke(public=(RESOLVER,))
    assert loud(judged(estate, right(estate), PUBLIC, denial(OWN), denied_form(estate, OWN))) == ["PED615"]


@pytest.mark.parametrize("control", [PUBLIC, denial(PRIVATE)])
def test_a_private_link_form_that_something_else_denies_stays_a_contradiction(control: Answer) -> None:
    """The zone over the suffix does not explain what another zone says, or what stands there alone."""
    estate = hub_spoke(public=(RESOLVER,))
    assert "PED613" in loud(judged(estate, right(estate), PUBLIC, control, denied_form(estate, OWN)))
