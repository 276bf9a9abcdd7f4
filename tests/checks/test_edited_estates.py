"""Healthy lab estates with one thing edited by hand, as people edit them; the exact findings that must follow."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from checks.finding import Level
from checks.resolution.path import Opaque
from collectors.arm.sight import build_estate
from collectors.graph.declared import DeclaredClient, DeclaredServer, Vantage
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateEndpoint, Workspace
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, redeclared, requirement
from tests.estates import lab, required

Edit = Callable[[dict[str, Any]], None]
SECOND = "10.0.0.5"


def edited(estate: Estate, id: ArmId, edit: Edit) -> Estate:
    """The estate with one document's body changed."""
    body = copy.deepcopy(dict(estate.documents[id].body))
    edit(body)
    changed = replace(estate.documents[id], body=body)
    documents = [changed if document.id == id else document for document in estate.documents.values()]
    return build_estate(documents, (), estate.declared)


def network(estate: Estate, name: str) -> ArmId:
    (found,) = estate.find_networks(name)
    return found.id


def asking(estate: Estate, name: str, *servers: str) -> Estate:
    """A network asks these servers."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["dhcpOptions"] = {"dnsServers": list(servers)}

    return edited(estate, network(estate, name), edit)


def declaring(estate: Estate, *servers: DeclaredServer) -> Estate:
    return redeclared(estate, replace(estate.declared, servers=(*estate.declared.servers, *servers)))


@pytest.mark.parametrize("second", ["168.63.129.16", "8.8.8.8", SECOND])
def test_a_list_whose_second_server_answers_otherwise_is_told(second: str) -> None:
    """Azure DNS in a spoke that no zone is linked to, a public resolver, a declared server without forwarders."""
    estate = asking(lab("hub-spoke"), "vnet-spoke-2", BIND, second)
    if second == SECOND:
        estate = declaring(estate, DeclaredServer(address=SECOND, network="vnet-hub", kind="bind", forwards={}))
    finding = only(judged(estate), "PED301")
    assert finding.level is Level.WARNING
    assert finding.violation.subject.name == "vnet-spoke-2"
    assert len(finding.names) == 4
    assert f"those of {second}:" in finding.violation.cause
    assert not any(set(line.simulated.addresses) & set(line.expected) for line in finding.occurrences if line.simulated)
    assert [proof.text.split(":")[0] for proof in finding.proofs] == [f"asked {BIND}", f"asked {second}"]


def test_a_list_of_servers_that_answer_alike_is_silent() -> None:
    estate = asking(lab("hub-spoke"), "vnet-spoke-2", BIND, SECOND)
    (first,) = estate.declared.servers
    assert not loud(judged(declaring(estate, replace(first, address=SECOND))))


def test_a_second_server_that_nobody_can_see_into_takes_no_part() -> None:
    estate = asking(lab("hub-spoke"), "vnet-spoke-2", BIND, SECOND)
    estate = declaring(estate, DeclaredServer(address=SECOND, network="vnet-hub"))
    assert not loud(judged(estate))


def test_a_second_server_that_was_seen_to_answer_otherwise_is_told() -> None:
    estate = asking(lab("hub-spoke"), "vnet-spoke-2", BIND, SECOND)
    (first,) = estate.declared.servers
    estate = declaring(estate, replace(first, address=SECOND))
    spoke = Vantage(name="spoke", view="vnet-spoke-2", reaches=(SECOND,))
    estate = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    name = requirement(estate, "api").expected.asked
    judgement = judged(estate, answer(SECOND, "spoke", name, "203.0.113.9"))
    finding = next(finding for finding in judgement.findings if finding.code == "PED301")
    (line,) = finding.occurrences
    assert line.observed
    assert line.observed.addresses == ("203.0.113.9",)
    assert line.vantage == "spoke"


def test_a_private_workspace_without_any_endpoint_is_told() -> None:
    """Somebody deleted the endpoint: public access does not come back by itself."""
    estate = lab("azure-dns")
    (endpoint,) = estate.endpoints
    below = (endpoint.id.key, endpoint.interfaces[0].key)
    documents = [d for d in estate.documents.values() if not d.id.key.startswith(below)]
    finding = only(judged(build_estate(documents, (), estate.declared)), "PED109")
    assert finding.violation.subject.name == "mlw-churn"
    assert f"{endpoint.id.name} is gone" in finding.violation.cause


def test_an_endpoint_that_only_the_workspace_knows_of_is_not_evaluated() -> None:
    """Its subscription is not visible: nobody can tell which names must resolve to what."""
    estate = lab("azure-dns")
    (endpoint,) = estate.endpoints
    below = (endpoint.id.key, endpoint.interfaces[0].key)
    documents = [d for d in estate.documents.values() if not d.id.key.startswith(below)]
    (workspace,) = estate.workspaces
    elsewhere = endpoint.id.text.replace(endpoint.id.subscription, "99999999-0000-4000-8000-000000000009")
    moved = _naming(estate.documents[workspace.id], elsewhere)
    documents = [moved if document.id == workspace.id else document for document in documents]
    judgement = judged(build_estate(documents, (), estate.declared))
    assert "PED109" not in loud(judgement)
    assert [item.subject.id for item in judgement.not_evaluated if item.code is None] == [elsewhere]


def _naming(document: Document, endpoint: str) -> Document:
    body = copy.deepcopy(dict(document.body))
    for connection in body["properties"]["privateEndpointConnections"]:
        connection["properties"]["privateEndpoint"]["id"] = endpoint
    return replace(document, body=body)


def test_a_public_workspace_without_an_endpoint_is_no_fault() -> None:
    estate = lab("azure-dns")
    (workspace,) = estate.workspaces
    estate = edited(estate, workspace.id, lambda body: body["properties"].update(publicNetworkAccess="Enabled"))
    assert not loud(judged(estate))


def test_a_client_of_a_workspace_that_does_not_exist_is_named() -> None:
    """A typo there would silently drop required clients."""
    estate = lab("azure-dns")
    typo = DeclaredClient(workspace="mlw-chrun", networks=("vnet-apps",))
    assert required(redeclared(estate, replace(estate.declared, clients=(typo,)))).unknown == (
        'workspace "mlw-chrun" (of scope.clients)',
    )


def test_an_interface_that_lists_no_notebooks_name_leaves_it_undetermined() -> None:
    estate = lab("azure-dns")
    (endpoint,) = estate.endpoints

    def edit(body: dict[str, Any]) -> None:
        for configuration in body["properties"]["ipConfigurations"]:
            names = configuration["properties"]["privateLinkConnectionProperties"]["fqdns"]
            configuration["properties"]["privateLinkConnectionProperties"]["fqdns"] = [
                name for name in names if "notebooks" not in name
            ]

    (workspace,) = estate.of_type(Workspace)
    judgement = judged(edited(estate, endpoint.interfaces[0], edit))
    assert judgement.undetermined == (workspace.notebook_fqdn,)


def test_a_server_that_lost_two_forwarders_is_one_finding_with_one_whole_repair() -> None:
    estate = lab("hub-spoke")
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
    estate = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    names = [requirement(estate, role).expected.asked for role in ("api", "notebooks")]
    finding = only(judged(estate, *(answer(BIND, "spoke", name, "203.0.113.9") for name in names)), "PED305")
    assert "does not forward api.azureml.ms and notebooks.azure.net" in finding.violation.text
    (repair,) = finding.violation.repairs
    assert repair.command.count("type forward") == 2
    assert len(finding.names) == 2


def test_a_right_and_a_stale_address_in_one_record() -> None:
    estate = lab("azure-dns")
    record = requirement(estate, "api").expected
    (zone,) = estate.zones_by_name[record.zone]
    held = estate.record(zone.id, record.record)
    assert held is not None
    estate = edited(estate, held.id, lambda body: body["properties"]["aRecords"].append({"ipv4Address": "10.9.9.9"}))
    finding = only(judged(estate), "PED207")
    assert "also holds 10.9.9.9" in finding.violation.text
    (repair,) = finding.violation.repairs
    assert "remove-record" in repair.command
    assert "add-record" not in repair.command


def test_a_new_link_never_takes_the_name_of_an_existing_one() -> None:
    """A create command with the name of somebody else's link would replace it."""
    estate = lab("azure-dns")
    record = requirement(estate, "api").expected
    (zone,) = estate.zones_by_name[record.zone]
    apps = network(estate, "vnet-apps")
    link = estate.linked_zones(apps)[record.zone]
    taken = zone.id.child("virtualNetworkLinks", "link-vnet-apps")
    elsewhere = apps.text.replace("RG-ML-Network", "RG-Other")

    def moved(document: Document) -> Document:
        if document.id != link.id:
            return document
        body = copy.deepcopy(dict(document.body))
        body.update(id=taken.text, name=taken.name)
        body["properties"]["virtualNetwork"]["id"] = elsewhere
        return Document(kind=document.kind, id=taken, body=body)

    estate = build_estate(map(moved, estate.documents.values()), (), estate.declared)
    finding = only(judged(estate), "PED202")
    (repair,) = finding.violation.repairs
    assert "--name link-vnet-apps-2 " in repair.command
    assert any(elsewhere in proof.text for proof in finding.proofs)


def _copy(document: Document, *names: tuple[str, str]) -> Document:
    """A document with names replaced in its id and everywhere in its body."""
    text = json.dumps({"id": document.id.text, "body": document.body})
    for old, new in names:
        text = text.replace(old, new)
    loaded = json.loads(text)
    return Document(kind=document.kind, id=ArmId(loaded["id"]), body=loaded["body"])


def with_an_island(estate: Estate, healthy: Estate) -> Estate:
    """A network that nothing is peered with, with an approved endpoint of the same workspace."""
    (endpoint,) = healthy.of_type(PrivateEndpoint)
    names = (("pe-mlw-churn", "pe-island"), ("vnet-ml", "vnet-island"), ("10.1.", "10.50."))
    island = _copy(healthy.documents[network(healthy, "vnet-ml")], *names)
    alone = replace(island, body={**island.body, "properties": {**island.body["properties"]}})
    alone.body["properties"]["virtualNetworkPeerings"] = []
    added = (alone, *(_copy(healthy.documents[id], *names) for id in (endpoint.id, endpoint.interfaces[0])))
    return build_estate((*estate.documents.values(), *added), (), estate.declared)


def test_an_endpoint_that_a_client_can_reach_counts_before_one_that_is_approved_elsewhere() -> None:
    """While its endpoint is pending a client must not be sent to one that it has no way to."""
    pending = lab("azure-dns", "connection-pending")
    before = {(r.client, r.name): r.acceptable for r in required(pending).requirements}
    both = with_an_island(pending, lab("azure-dns"))
    after = {(r.client, r.name): r.acceptable for r in required(both).requirements}
    assert {key: after[key] for key in before} == before
    wrong = [f for f in judged(both).findings if f.code == "PED204"]
    assert all(client.endswith("vnet-island") for finding in wrong for client in finding.clients)


def test_an_alias_that_is_neither_known_nor_assumed_leaves_names_undetermined() -> None:
    estate = lab("hub-spoke")
    doubting = redeclared(estate, replace(estate.declared, assumptions={"public-chain-from-table": False}))
    judgement = judged(doubting)
    assert not judgement.findings
    assert len(judgement.undetermined) == 4
    path = context_of(doubting).path(requirement(doubting, "api"))
    assert isinstance(path.outcome, Opaque)
    assert path.last.rule.name == "alias-unknown"
