"""Servers that are not what they are declared to be: what they do with aliases, and what they say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.lab.scenarios import build
from checks.context import meets
from checks.follow_ups import VERSION
from checks.questions import next_questions
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.agent.lab_runs import run_estate
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, redeclared, requirement
from tests.checks.test_observed import PUBLIC, hub_spoke

ONLY_PRIVATE = {
    Fqdn("privatelink.api.azureml.ms"): (PLATFORM_RESOLVER,),
    Fqdn("privatelink.notebooks.azure.net"): (PLATFORM_RESOLVER,),
    Fqdn(""): ("198.51.100.53",),
}


def forwarding_in_vain(kind: str) -> Estate:
    """Only the private-link zones are forwarded, which is enough for some kinds of server."""
    estate = hub_spoke()
    (server,) = estate.declared.servers
    declared = replace(server, kind=kind, forwards=ONLY_PRIVATE)
    return redeclared(estate, replace(estate.declared, servers=(declared,)))


def says(text: str) -> Answer:
    """The server's answer to version.bind."""
    question = Question(vantage="spoke", server=BIND, name=VERSION, type="TXT", dns_class="CH")
    record = Record(name=VERSION, type="TXT", ttl=0, value=f'"{text}"')
    return replace(answer(BIND, "spoke", VERSION), question=question, answers=(record,))


def public_and_private(estate: Estate) -> tuple[Answer, Answer]:
    """The name that clients ask leads outside, its private-link form is right."""
    expected = requirement(estate, "api").expected
    right = answer(BIND, "spoke", expected.asked_private, *expected.addresses)
    return aliased(answer(BIND, "spoke", expected.asked, PUBLIC), expected.asked_private), right


def aliased(given: Answer, target: Fqdn) -> Answer:
    """The same addresses at the end of an alias."""
    alias = Record(name=given.question.name, type="CNAME", ttl=60, value=target)
    return replace(given, answers=(alias, *(replace(record, name=target) for record in given.answers)))


@pytest.mark.parametrize("kind", ["bind", "unknown"])
def test_a_forwarder_that_works_but_not_for_aliases_is_not_called_missing(kind: str) -> None:
    """To add what is there would mend nothing: the public suffix is to be forwarded."""
    estate = forwarding_in_vain(kind)
    finding = only(judged(estate, *public_and_private(estate)), "PED305")
    assert "does not forward api.azureml.ms to Azure DNS" in finding.violation.text
    assert "but it does not apply it to the target of an alias" in finding.violation.cause
    assert len(finding.proofs) == 2
    api = requirement(estate, "api")
    context = context_of(estate).after(*finding.violation.changes)
    assert meets(context.path(api).outcome, api.acceptable)


def test_what_a_server_says_of_itself_is_evidence_where_nothing_is_declared() -> None:
    estate = forwarding_in_vain("unknown")
    public, _ = public_and_private(estate)
    cause = only(judged(estate, public, says("dnsmasq-2.90")), "PED305").violation.cause
    assert cause.endswith(
        "It says that it is dnsmasq-2.90. That kind does not apply a forwarder to the target of an alias."
    )


def test_a_server_that_says_to_be_of_another_kind_than_declared_is_told() -> None:
    estate = forwarding_in_vain("bind")
    public, _ = public_and_private(estate)
    cause = only(judged(estate, public, says("dnsmasq-2.90")), "PED305").violation.cause
    assert "It says that it is dnsmasq-2.90, and is declared as bind." in cause


@pytest.mark.parametrize("text", ["9.18.49-1~deb12u1-Debian", "none of your business", "", "x" * 5000])
def test_a_kind_that_applies_forwarders_to_aliases_or_is_not_told_changes_nothing(text: str) -> None:
    estate = forwarding_in_vain("unknown")
    public, _ = public_and_private(estate)
    violation = only(judged(estate, public, says(text)), "PED305").violation
    assert "privatelink.api.azureml.ms" in violation.text
    assert "It says" not in violation.cause


def test_a_server_is_asked_what_it_is_only_where_its_answers_contradict_the_model() -> None:
    estate = forwarding_in_vain("unknown")
    public, private = public_and_private(estate)
    wanted = says("").question
    assert wanted in next_questions(context_of(estate, [public]), {public.question})
    assert wanted not in next_questions(context_of(estate, [private]), {private.question})
    assert wanted not in next_questions(context_of(hub_spoke()), ())


def test_the_whole_run_finds_a_dnsmasq_that_nobody_declared() -> None:
    """The lab's server says what it is and gives whole answers; the declaration leaves its kind open."""
    estate = build("hub-spoke")
    (server,) = estate.servers
    running = replace(server, kind="dnsmasq", forwards=ONLY_PRIVATE)
    declared = replace(server, kind="unknown", forwards=ONLY_PRIVATE)
    made = run_estate(replace(estate, servers=(running,), declared=(declared,)))
    assert made.codes == ("PED305",)
    finding = made.finding("PED305")
    assert "api.azureml.ms and notebooks.azure.net" in finding.title
    assert "It says that it is dnsmasq-2.90." in finding.cause


def test_a_public_name_without_the_alias_says_nothing_of_forwarders_and_aliases() -> None:
    """Public DNS has no alias of it, as before a connection is approved: there is nothing to apply a forwarder to."""
    estate = forwarding_in_vain("unknown")
    public, private = public_and_private(estate)
    bare = answer(BIND, "spoke", public.question.name, PUBLIC)
    assert loud(judged(estate, bare, private, says("dnsmasq-2.90"))) == ["PED613"]
