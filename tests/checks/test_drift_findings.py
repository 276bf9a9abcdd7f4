"""8xx: what is told of an estate that is not what it was at the baseline."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agent.lab.scenarios import SCENARIOS, build
from checks.context import Baseline
from checks.finding import Finding, Level
from checks.runner import drift_findings, judge
from collectors.graph.declared import NamePlace
from collectors.graph.documents import Change, Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import context_of, judged, loud, redeclared
from tests.estates import estate_of, lab


def findings(before: Estate, after: Estate, *, neighbours: bool = False) -> tuple[Finding, ...]:
    return drift_findings(context_of(before), context_of(after), neighbours=neighbours)


def rewritten(estate: Estate, kind: str, old: str, new: str) -> Estate:
    """The estate with a text replaced in every document of a kind."""
    changes = [_change(d, old, new) for d in estate.documents.values() if d.kind == kind and old in json.dumps(d.body)]
    assert changes
    return estate.with_changes(*changes)


def _change(document: Document, old: str, new: str) -> Change:
    body = json.loads(json.dumps(document.body).replace(old, new))
    return Change(id=document.id, before=document, after=replace(document, body=body))


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_an_estate_that_is_what_it_was_is_silent(scenario: str) -> None:
    estate = lab(scenario)
    assert findings(estate, estate, neighbours=True) == ()


def test_without_a_baseline_nothing_is_told_to_have_changed() -> None:
    codes = {finding.code for finding in judged(lab("hub-spoke", "zone-unlinked")).findings}
    assert codes & {"PED801", "PED802", "PED804"} == set()


def test_a_change_that_changed_answers_is_told_by_its_object() -> None:
    (finding,) = findings(lab("hub-spoke"), lab("hub-spoke", "zone-unlinked"))
    assert (finding.code, finding.level, finding.violation.subject.name) == ("PED802", Level.WARNING, "link-vnet-hub")
    assert len(finding.names) == 3
    assert {client.rpartition("/")[2] for client in finding.clients} == {"vnet-spoke-1", "vnet-spoke-2"}
    assert finding.violation.cause == ("link-vnet-hub is removed since the baseline: 2 clients get other answers.")
    assert any("10.1.0.5 before, public now" in proof.text for proof in finding.proofs)


def test_two_changes_are_two_findings() -> None:
    found = findings(lab("hub-spoke"), lab("hub-spoke", "zone-unlinked", "zone-deleted"))
    assert [f.code for f in found] == ["PED802", "PED802"]
    assert {f.violation.subject.name for f in found} == {"link-vnet-hub", "privatelink.notebooks.azure.net"}


def test_the_cause_itself_is_told_beside_the_change() -> None:
    before, after = context_of(lab("hub-spoke")), context_of(lab("hub-spoke", "zone-unlinked"))
    judgement = judge(replace(after, baseline=Baseline(context=before)))
    assert sorted(loud(judgement)) == ["PED202", "PED802"]


def test_a_repair_is_not_told() -> None:
    assert findings(lab("hub-spoke", "zone-unlinked"), lab("hub-spoke")) == ()


@pytest.mark.parametrize(
    "kind", ["zone-link", "record-set", "private-dns-zone", "network-interface", "virtual-network"]
)
def test_what_could_not_be_seen_this_time_is_not_told_to_have_changed(kind: str) -> None:
    subscriptions = ("11111111-0000-4000-8000-00000000c001", "22222222-0000-4000-8000-00000000a001")
    gaps = (
        Gap(kind=kind, scope=f"/subscriptions/{id}", reason=Reason.FORBIDDEN, detail="refused") for id in subscriptions
    )
    blind = estate_of(build("hub-spoke", ()), *gaps, without=[kind])
    assert findings(lab("hub-spoke"), blind, neighbours=True) == ()
    assert findings(blind, lab("hub-spoke"), neighbours=True) == ()


def test_an_endpoint_whose_address_moved_is_told_once_for_each_name() -> None:
    before = lab("azure-dns")
    after = rewritten(before, "network-interface", '"10.1.0.6"', '"10.1.0.66"')
    (finding,) = findings(before, after)
    assert (finding.code, finding.level) == ("PED801", Level.WARNING)
    assert finding.violation.subject.name == "pe-mlw-churn"
    assert finding.violation.discriminator in finding.names
    assert "10.1.0.6 was expected" in finding.violation.cause
    assert "10.1.0.66 is expected now" in finding.violation.cause


def test_records_that_follow_an_address_are_not_told_beside_it() -> None:
    before = lab("azure-dns")
    moved = rewritten(before, "network-interface", '"10.1.0.6"', '"10.1.0.66"')
    written = rewritten(moved, "private-dns-zone-group", '"10.1.0.6"', '"10.1.0.66"')
    followed = rewritten(written, "record-set", '"10.1.0.6"', '"10.1.0.66"')
    assert [finding.code for finding in findings(before, followed)] == ["PED801"]
    assert loud(judged(followed)) == []


def test_a_neighbour_is_told_only_when_asked_for() -> None:
    before = lab("hub-spoke")
    after = rewritten(before, "record-set", '"ttl": 10', '"ttl": 3600')
    assert findings(before, after) == ()
    found = findings(before, after, neighbours=True)
    assert {f.code for f in found} == {"PED804"}
    assert all("/A/" in f.violation.subject.id for f in found)


def test_a_name_under_a_suffix_that_no_table_knows_is_a_note() -> None:
    before = lab("azure-dns")
    after = rewritten(
        before, "network-interface", ".westeurope.notebooks.azure.net", ".westeurope.notebooks.azure.example"
    )
    (finding,) = [f for f in judged(after).findings if f.code == "PED803"]
    assert (finding.level, finding.violation.subject.name) == (Level.NOTE, "pe-mlw-churn")
    assert finding.violation.discriminator.endswith(".westeurope.notebooks.azure.example")


def test_a_name_that_the_configuration_places_is_no_news() -> None:
    estate = rewritten(lab("azure-dns"), "network-interface", ".notebooks.azure.net", ".notebooks.azure.example")
    place = NamePlace(public=Fqdn("notebooks.azure.example"), zone=Fqdn("privatelink.notebooks.azure.net"))
    told = judged(redeclared(estate, replace(estate.declared, names=(place,))))
    assert "PED803" not in {finding.code for finding in told.findings}


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_the_tables_know_every_name_of_the_healthy_labs(scenario: str) -> None:
    assert "PED803" not in {finding.code for finding in judged(lab(scenario)).findings}
