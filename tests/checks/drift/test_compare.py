"""Which answers changed between two looks, and because of which change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from agent.lab.builders import vm_interface
from agent.lab.scenarios import SCENARIOS, build
from checks.drift.causes import How
from checks.drift.compare import AnswerChange, Drift, drift_between
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Change, Document, Gap, Reason
from collectors.graph.estate import Estate
from tests.checks.judging import OFFICE, context_of, redeclared, with_office
from tests.estates import GROUP, estate_of, lab

SUBSCRIPTION = "/subscriptions/11111111-0000-4000-8000-00000000c001"


def drift(before: Estate, after: Estate) -> Drift:
    return drift_between(context_of(before), context_of(after))


def document(estate: Estate, end: str) -> Document:
    """The one document whose id ends so."""
    (found,) = [document for id, document in estate.documents.items() if id.text.endswith(end)]
    return found


def because(answers: Iterable[AnswerChange]) -> dict[str, set[str]]:
    """The names that changed because of each change, both by their last words."""
    found: dict[str, set[str]] = {}
    for answer in answers:
        causes = " and ".join(edit.id.rpartition("/")[2] for edit in answer.because.edits)
        found.setdefault(causes, set()).add(".".join(answer.name.split(".")[-3:]))
    return found


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_an_estate_compared_with_itself_is_silent(scenario: str) -> None:
    same = drift(lab(scenario), lab(scenario))
    assert (same.edits, same.answers, same.moves, same.came, same.went) == ((), (), (), (), ())
    assert same.compared > 0


@pytest.mark.parametrize(
    ("scenario", "change"), [(name, change) for name, scenario in SCENARIOS.items() for change in scenario.faults]
)
def test_every_answer_that_a_fault_changes_is_attributed(scenario: str, change: str) -> None:
    told = drift(lab(scenario), lab(scenario, change))
    assert [answer for answer in told.answers if answer.because.how is How.OTHERWISE] == []
    assert all(answer.because.edits for answer in told.answers)


def test_an_unlinked_zone_is_told_as_the_link_that_went() -> None:
    told = drift(lab("hub-spoke"), lab("hub-spoke", "zone-unlinked"))
    assert {answer.because.how for answer in told.answers} == {How.ONE}
    assert because(told.answers) == {"link-vnet-hub": {"api.azureml.ms"}}
    assert {answer.client.name for answer in told.answers} == {"vnet-spoke-1", "vnet-spoke-2"}
    assert {answer.after[0].outcome for answer in told.answers} == {"public"}
    assert {answer.before[0].addresses for answer in told.answers} == {("10.1.0.5",), ("10.1.0.7",)}
    assert told.compared == 8


def test_of_two_independent_changes_each_answer_has_its_own() -> None:
    told = drift(lab("hub-spoke"), lab("hub-spoke", "zone-unlinked", "zone-deleted"))
    assert because(told.answers) == {
        "link-vnet-hub": {"api.azureml.ms"},
        "privatelink.notebooks.azure.net": {"notebooks.azure.net"},
    }


def test_a_change_behind_another_one_is_not_blamed() -> None:
    told = drift(lab("hub-spoke"), lab("hub-spoke", "forwarder-removed", "record-wrong-address"))
    assert {answer.because.edits[0].id.partition(":")[0] for answer in told.answers} == {"server"}


@pytest.mark.parametrize(
    ("change", "subject"),
    [("zone-group-removed", "private-dns-zone-group"), ("notebooks-zone-left-out", "private-dns-zone-group")],
)
def test_records_that_went_with_their_zone_group_are_told_as_the_group(change: str, subject: str) -> None:
    told = drift(lab("private-resolver"), lab("private-resolver", change))
    assert told.answers
    kinds = {edit.change.before.kind for answer in told.answers for edit in answer.because.edits if edit.change.before}
    assert kinds == {subject}
    assert {answer.because.how for answer in told.answers} == {How.ONE}


def test_what_needs_two_changes_is_attributed_to_both() -> None:
    """The new address of a record is got only where the zone is linked, too."""
    estate = lab("hub-spoke", "zone-unlinked")
    link = document(lab("hub-spoke"), "privatelink.api.azureml.ms/virtualNetworkLinks/link-vnet-hub")
    record = document(estate, "workspace.westeurope")
    moved = replace(record, body={**record.body, "properties": {"ttl": 10, "aRecords": [{"ipv4Address": "10.1.0.9"}]}})
    changes = (Change(id=link.id, before=None, after=link), Change(id=record.id, before=record, after=moved))
    told = drift(estate, estate.with_changes(*changes))
    pairs = [answer for answer in told.answers if answer.because.how is How.PAIR]
    assert {answer.after[0].addresses for answer in pairs} == {("10.1.0.9",)}
    assert {edit.id for answer in pairs for edit in answer.because.edits} == {link.id.text, record.id.text}
    assert {answer.because.how for answer in told.answers if answer not in pairs} == {How.ONE}


def test_what_needs_three_changes_is_attributed_to_them_and_to_nothing_else() -> None:
    """A link, a forwarder and a record; the other names need the first two, and a TTL that changed too nothing."""
    before, after = lab("hub-spoke", "zone-unlinked", "forwarder-removed"), lab("hub-spoke")
    record = document(after, "0000f0a1.workspace.westeurope")
    (other,) = [d for d in after.documents.values() if d.kind == "record-set" and "/A/ml-" in d.id.text]
    properties = {"ttl": 10, "aRecords": [{"ipv4Address": "10.1.0.9"}]}
    moved = replace(record, body={**record.body, "properties": properties})
    slower = replace(other, body={**other.body, "properties": {**other.body["properties"], "ttl": 3600}})
    after = after.with_changes(*(Change(id=d.id, before=after.documents[d.id], after=d) for d in (moved, slower)))
    told = drift(before, after)
    by_how = {how: {a.name for a in told.answers if a.because.how is how} for how in How}
    assert (len(by_how[How.TOGETHER]), len(by_how[How.PAIR]), len(by_how[How.ONE])) == (1, 2, 0)
    three = next(a for a in told.answers if a.because.how is How.TOGETHER)
    assert three.after[0].addresses == ("10.1.0.9",)
    kinds = sorted(edit.id.partition(":")[0].rpartition("/")[2] for edit in three.because.edits)
    assert kinds == sorted([record.id.name, "link-vnet-hub", "server"])


def test_an_answer_that_no_change_explains_says_so() -> None:
    estate = lab("azure-dns")
    switched = redeclared(estate, replace(estate.declared, assumptions={"public-chain-from-table": False}))
    told = drift(estate, switched)
    assert told.edits == ()
    assert {answer.because.how for answer in told.answers} == {How.OTHERWISE}


def test_an_address_that_moved_is_told_of_the_endpoint_and_the_name() -> None:
    estate = lab("azure-dns")
    nic = next(d for d in estate.documents.values() if '"10.1.0.5"' in json.dumps(d.body) and "nic" in d.id.name)
    moved = replace(nic, body=json.loads(json.dumps(nic.body).replace('"10.1.0.5"', '"10.1.0.55"')))
    told = drift(estate, estate.with_changes(Change(id=nic.id, before=nic, after=moved)))
    assert {(move.before, move.after) for move in told.moves} == {(("10.1.0.5",), ("10.1.0.55",))}
    assert told.answers == ()


def test_what_could_not_be_read_is_not_compared() -> None:
    gap = Gap(kind="record-set", scope=SUBSCRIPTION, reason=Reason.FORBIDDEN, detail="refused")
    blind = estate_of(build("hub-spoke", ()), gap, without=["record-set"])
    told = drift(lab("hub-spoke"), blind)
    assert told.answers == ()
    assert len(told.incomparable) == 8
    assert {one.because for one in told.incomparable} == {(gap,)}


def test_names_did_not_go_where_endpoints_could_not_be_seen() -> None:
    scope = "/subscriptions/22222222-0000-4000-8000-00000000a001"
    gap = Gap(kind="network-interface", scope=scope, reason=Reason.FORBIDDEN, detail="refused")
    blind = estate_of(build("hub-spoke", ()), gap, without=["network-interface", "private-dns-zone-group"])
    assert drift(lab("hub-spoke"), blind).moves == ()


def test_a_client_that_only_one_look_has_came_or_went() -> None:
    estate = lab("hub-spoke")
    network = document(estate, "virtualNetworks/vnet-spoke-2")
    without = context_of(
        redeclared(estate.with_changes(Change(id=network.id, before=network, after=None)), estate.declared)
    )
    told = drift_between(context_of(estate), without)
    assert [client.name for client in told.went] == ["vnet-spoke-2"]
    assert {answer.client.name for answer in told.answers} <= {"vnet-spoke-1"}


def test_an_interface_with_servers_of_its_own_and_a_site_are_clients_of_both_looks() -> None:
    """Sites and interfaces are found again by their names, and gone when they are declared or read no more."""
    estate = with_office(lab("hub-spoke"), DeclaredServer(address=OFFICE, site="office", forwards={}))
    assert drift(estate, estate).answers == ()
    without = redeclared(estate, replace(estate.declared, sites=(), clients=()))
    assert [client.id for client in drift(estate, without).went] == ["site:office"]
    assert [client.id for client in drift(without, estate).came] == ["site:office"]
    machine = vm_interface(GROUP, "nic-own", "vm", f"{_network(estate)}/subnets/snet-ml", "10.1.0.99")
    settings = {"dnsSettings": {"dnsServers": ["10.0.0.9"]}}
    machine = replace(machine, body={**machine.body, "properties": {**machine.body["properties"], **settings}})
    after = estate.with_changes(Change(id=machine.id, before=None, after=machine))
    assert [client.name for client in drift(estate, after).came] == ["nic-own"]


def _network(estate: Estate) -> str:
    return document(estate, "virtualNetworks/vnet-spoke-1").id.text
