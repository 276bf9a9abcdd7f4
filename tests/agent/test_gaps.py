"""A run that looked at nothing, or could not place a name, never passes for a healthy one."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.config import Config
from agent.render.terminal import render_report
from agent.run import report, run
from agent.sources import Source
from checks.finding import Level
from checks.requirements import Scope
from collectors.graph.documents import Document
from collectors.graph.errors import UsageError
from collectors.graph.estate import Estate
from collectors.snapshot import Footer, Header, Snapshot
from tests.estates import lab

NOW = datetime(2026, 1, 12, 8, 15, tzinfo=UTC)
FOREIGN = "/subscriptions/99999999-0000-4000-8000-000000000009/resourceGroups/x/providers/Microsoft.Network"


def source_of(estate: Estate, documents: list[Document]) -> Source:
    snapshot = Snapshot(
        header=Header(tool_version="0", cloud="AzureCloud", started=NOW),
        documents=tuple(documents),
        declared=estate.declared,
        footer=Footer(finished=NOW),
    )
    return Source(name="snapshot", read=lambda _: snapshot, declared=estate.declared, ask=None)


def edited(document: Document, **properties: Any) -> Document:
    body = copy.deepcopy(dict(document.body))
    body["properties"].update(properties)
    return replace(document, body=body)


def test_an_empty_scope_is_no_health_even_beside_a_note() -> None:
    """A public workspace without endpoint, and a peering that points to a foreign network: a note, and no name."""
    estate = lab("azure-dns")
    (endpoint,) = estate.endpoints
    gone = (endpoint.id.key, endpoint.interfaces[0].key)
    documents = []
    for document in estate.documents.values():
        if document.id.key.startswith(gone) or document.body.get("properties", {}).get("metadata"):
            continue
        if document.kind == "workspace":
            document = edited(document, publicNetworkAccess="Enabled", privateEndpointConnections=[])
        if document.id.name == "vnet-apps":
            remote = {"remoteVirtualNetwork": {"id": f"{FOREIGN}/virtualNetworks/far"}, "peeringState": "Connected"}
            document = edited(document, virtualNetworkPeerings=[{"name": "far", "properties": remote}])
        documents.append(document)
    finished = run(source_of(estate, documents), Scope(), Config(), lambda _: None)
    assert [finding.code for finding in finished.judgement.findings] == ["PED907"]
    assert finished.judgement.not_evaluated


def test_an_empty_scope_without_any_gap_is_a_usage_error() -> None:
    estate = lab("azure-dns")
    documents = [document for document in estate.documents.values() if document.kind != "workspace"]
    with pytest.raises(UsageError, match="No Machine Learning workspace and no other service"):
        run(source_of(estate, documents), Scope(), Config(), lambda _: None)


def test_a_workspace_with_a_name_that_nobody_can_place_is_not_called_healthy() -> None:
    estate = lab("azure-dns")
    (endpoint,) = estate.endpoints
    documents = []
    for document in estate.documents.values():
        if document.id in endpoint.interfaces:
            held = copy.deepcopy(document.body["properties"]["ipConfigurations"])
            held[0]["properties"]["privateLinkConnectionProperties"]["fqdns"].append("new.example.net")
            document = edited(document, ipConfigurations=held)
        documents.append(document)
    finished = run(source_of(estate, documents), Scope(), Config(), lambda _: None)
    made = report(finished, Level.NOTE)
    assert made.summary.undetermined == 1
    assert [workspace.verdict for workspace in made.workspaces] == ["undetermined"]
    shown = render_report(made, finished, color=False)
    assert "UNDETERMINED  no table knows which zone holds these names: say it under [names] override" in shown
    assert "a server that nobody can see into" not in shown
