"""What answers prove, what they refute, and whom they concern."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from checks.context import place_from
from checks.finding import Level
from checks.questions import next_questions
from collectors.arm.sight import build_estate
from collectors.graph.answers import Answer, Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, redeclared, requirement
from tests.estates import lab

PUBLIC = "203.0.113.9"


def hub_spoke(*vantages: Vantage, public: tuple[str, ...] = ()) -> Estate:
    """The healthy hub-spoke estate, asked from the first spoke unless other vantages are given."""
    estate = lab("hub-spoke")
    chosen = vantages or (
        Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,)),
        Vantage(name="hub", view="vnet-hub", reaches=(PLATFORM_RESOLVER,)),
    )
    return redeclared(estate, replace(estate.declared, vantages=chosen, public_resolvers=public))


def denied(given: Answer, owner: str) -> Answer:
    """A denial that carries the SOA record of a zone; `owner` is its primary name server."""
    zone = Fqdn("privatelink.api.azureml.ms")
    soa = Record(name=zone, type="SOA", ttl=10, value=f"{owner} hostmaster.example 1 3600 300 2419200 10")
    return replace(given, authority=(soa,))


def test_a_public_answer_proves_that_the_forwarder_is_missing() -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert only(judged(estate, answer(BIND, "spoke", name, PUBLIC)), "PED305").level is Level.ERROR


def test_a_denial_by_a_public_zone_proves_it_too() -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked_private
    told = denied(answer(BIND, "spoke", name, rcode="NXDOMAIN"), "ns1.example.")
    assert loud(judged(estate, told)) == ["PED305"]


def test_a_denial_by_a_private_zone_proves_that_azure_dns_was_asked() -> None:
    """The forwarder works: something else is wrong, and a repair of the forwarder would change nothing."""
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    told = denied(answer(BIND, "spoke", name, rcode="NXDOMAIN"), "azureprivatedns.net.")
    assert loud(judged(estate, told)) == ["PED613"]


def test_an_answer_without_address_and_without_soa_proves_nothing_about_forwarders() -> None:
    """Rebinding protection strips private addresses: NOERROR, an alias, no SOA."""
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert loud(judged(estate, answer(BIND, "spoke", name))) == ["PED613"]


def test_azure_dns_that_is_wrong_behind_a_server_acquits_its_forwarder() -> None:
    estate = hub_spoke()
    record = requirement(estate, "api").expected
    answers = (
        answer(BIND, "spoke", record.asked, PUBLIC),
        answer(PLATFORM_RESOLVER, "hub", record.asked_private, PUBLIC),
    )
    judgement = judged(estate, *answers)
    assert set(loud(judgement)) == {"PED613"}
    assert all(
        {"vnet-spoke-1", "vnet-spoke-2"} == {c.rpartition("/")[2] for c in f.clients} for f in judgement.findings
    )


def test_a_server_that_clients_ask_is_no_public_resolver_whatever_it_is_listed_as() -> None:
    """This machine's resolver, inside a network, often is the server to be judged."""
    estate = hub_spoke(public=(BIND,))
    name = requirement(estate, "api").expected.asked
    assert loud(judged(estate, answer(BIND, "spoke", name, PUBLIC))) == ["PED305"]


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP", "NOTAUTH", "REFUSED"])
def test_an_odd_response_code_is_no_health(rcode: str) -> None:
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    assert loud(judged(estate, answer(BIND, "spoke", name, rcode=rcode))) == ["PED609"]


def test_a_server_that_answers_some_names_and_not_others_is_told() -> None:
    estate = hub_spoke()
    api, notebooks = (requirement(estate, role).expected for role in ("api", "notebooks"))
    judgement = judged(
        estate,
        answer(BIND, "spoke", notebooks.asked, *notebooks.addresses),
        answer(BIND, "spoke", api.asked, error="timed out after 12 s"),
    )
    assert only(judgement, "PED608").names == (api.name,)


def test_a_public_answer_where_nobody_must_be_believed_leaves_the_name_undetermined() -> None:
    estate = hub_spoke(Vantage(name="laptop"))
    expected = requirement(estate, "api").expected
    judgement = judged(estate, answer(BIND, "laptop", expected.asked, PUBLIC))
    assert not judgement.findings
    assert judgement.undetermined == (expected.name,)


def test_a_right_answer_where_nobody_must_be_believed_changes_nothing() -> None:
    estate = hub_spoke(Vantage(name="laptop"))
    expected = requirement(estate, "api").expected
    judgement = judged(estate, answer(BIND, "laptop", expected.asked, *expected.addresses))
    assert not judgement.findings
    assert not judgement.undetermined


def test_silence_of_azure_dns_accuses_nobody() -> None:
    """A vantage may name a view and yet stand elsewhere; only what answers can be wrong."""
    estate = lab("azure-dns")
    estate = redeclared(estate, replace(estate.declared, vantages=(Vantage(name="apps", view="vnet-apps"),)))
    expected = requirement(estate, "api").expected
    judgement = judged(estate, answer(PLATFORM_RESOLVER, "apps", expected.asked, error="timed out after 12 s"))
    assert not judgement.findings
    assert judgement.undetermined == (expected.name,)


def test_a_wrong_answer_in_one_network_concerns_the_clients_of_that_network() -> None:
    estate = lab("azure-dns")
    estate = redeclared(estate, replace(estate.declared, vantages=(Vantage(name="apps", view="vnet-apps"),)))
    name = requirement(estate, "api").expected.asked
    finding = only(judged(estate, answer(PLATFORM_RESOLVER, "apps", name, "10.99.0.9")), "PED613")
    assert [client.rpartition("/")[2] for client in finding.clients] == ["vnet-apps"]


def test_private_forms_are_asked_a_round_after_the_public_names() -> None:
    """dnsmasq and Knot Resolver answer the one from what the other left in their cache."""
    estate = hub_spoke()
    first = next_questions(context_of(estate), ())
    assert first
    assert not any("privatelink" in question.name for question in first)
    second = next_questions(context_of(estate), first)
    assert any("privatelink" in question.name for question in second)
    assert not set(first) & set(second)


def test_azure_dns_is_asked_only_from_a_vantage_with_a_view() -> None:
    estate = lab("azure-dns")
    blind = redeclared(estate, replace(estate.declared, vantages=(Vantage(name="here"),)))
    assert not next_questions(context_of(blind), ())
    assert place_from(blind, Vantage(name="here"), PLATFORM_RESOLVER).__class__.__name__ == "Silent"


def test_what_is_asked_twice_in_a_row_is_asked_once() -> None:
    """The same estate and answers lead to no further question."""
    estate = hub_spoke()
    asked = next_questions(context_of(estate), ())
    asked = (*asked, *next_questions(context_of(estate), asked))
    assert not next_questions(context_of(estate), asked)


def without_inference(estate: Estate) -> Estate:
    """An old endpoint: api, cert and notebooks only, so that two names share their address."""
    (endpoint,) = estate.endpoints

    def edit(document: Document) -> Document:
        if document.id not in endpoint.interfaces:
            return document
        text = json.dumps(document.body).replace("*.5eed", "*.gone.example.5eed")
        body = json.loads(text)
        held = body["properties"]["ipConfigurations"]
        body["properties"]["ipConfigurations"] = [c for c in held if "gone.example" not in json.dumps(c)]
        return replace(document, body=body)

    return build_estate(map(edit, estate.documents.values()), (), estate.declared)


def test_a_fault_behind_one_name_does_not_acquit_the_server_of_another_with_the_same_address() -> None:
    """cert and api share an address; that cert's record is gone says nothing about api's forwarder."""
    estate = without_inference(hub_spoke())
    api, cert = (requirement(estate, role).expected for role in ("api", "cert"))
    answers = (
        answer(BIND, "spoke", api.asked, PUBLIC),
        denied(answer(PLATFORM_RESOLVER, "hub", cert.asked_private, rcode="NXDOMAIN"), "azureprivatedns.net."),
    )
    assert "PED305" in loud(judged(estate, *answers))


def test_what_hides_behind_a_forwarder_that_answers_prove_missing_stands_in_its_masks() -> None:
    """Its repair alone does not mend the name whose record is missing, too, and nobody may say so."""
    estate = lab("hub-spoke", "record-missing")
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
    estate = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    names = [requirement(estate, role).expected.asked for role in ("api", "cert")]
    findings = {f.code: f for f in judged(estate, *(answer(BIND, "spoke", n, PUBLIC) for n in names)).findings}
    assert set(findings) == {"PED203", "PED305"}
    assert len(findings["PED305"].names) == 2
    assert findings["PED203"].fingerprint in findings["PED305"].masks


def test_a_form_of_the_name_that_no_client_asks_makes_no_client_fail() -> None:
    """The public name is answered rightly; only the private-link form, which we ask for proof, is not."""
    estate = hub_spoke()
    record = requirement(estate, "api").expected
    right = answer(BIND, "spoke", record.asked, *record.addresses)
    wrong = judged(estate, right, answer(BIND, "spoke", record.asked_private, PUBLIC))
    assert only(wrong, "PED613").level is Level.WARNING
    silent = judged(estate, right, answer(BIND, "spoke", record.asked_private, error="timed out after 12 s"))
    assert not silent.findings


def test_an_opaque_server_is_accused_only_of_what_its_repair_would_mend() -> None:
    """The record of cert is missing behind it: for that name two causes remain, and both are told."""
    estate = lab("hub-spoke", "record-missing")
    opaque = replace(estate.declared.servers[0], forwards=None)
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
    estate = redeclared(estate, replace(estate.declared, servers=(opaque,), vantages=(spoke,)))
    api, cert = (requirement(estate, role).expected for role in ("api", "cert"))
    judgement = judged(estate, *(answer(BIND, "spoke", record.asked, PUBLIC) for record in (api, cert)))
    findings = {finding.code: finding for finding in judgement.findings}
    assert set(findings) == {"PED305", "PED601"}
    assert findings["PED305"].names == (api.name,)


def test_a_denial_is_told_with_the_zone_that_denies() -> None:
    """Its SOA record is the proof of whose zone it is."""
    estate = hub_spoke()
    name = requirement(estate, "api").expected.asked
    told = denied(answer(BIND, "spoke", name, rcode="NXDOMAIN"), "azureprivatedns.net.")
    finding = only(judged(estate, told), "PED613")
    assert finding.proofs[0].text.endswith("by the SOA record of zone privatelink.api.azureml.ms")
    bare = only(judged(estate, answer(BIND, "spoke", name, rcode="NXDOMAIN")), "PED613")
    assert "SOA" not in bare.proofs[0].text
