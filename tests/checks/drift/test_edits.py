"""What counts as a change between two looks, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab.scenarios import build
from checks.drift.edits import Edit, differing, edits_between
from collectors.graph.documents import Change, Gap, Reason, ServerChange
from collectors.graph.estate import Estate
from tests.checks.judging import redeclared
from tests.estates import estate_of, lab


def paths(before: Any, after: Any) -> list[str]:
    return [difference.path for difference in differing(before, after)]


def the_edit(before: Estate, after: Estate) -> Edit:
    (edit,) = edits_between(before, after)
    return edit


def rewritten(estate: Estate, kind: str, **properties: Any) -> Estate:
    """The estate with some top-level properties of every document of a kind set."""
    changes = [
        Change(id=d.id, before=d, after=replace(d, body={**d.body, **properties}))
        for d in estate.documents.values()
        if d.kind == kind
    ]
    return estate.with_changes(*changes)


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns", "private-resolver", "multi-subscription"])
def test_an_estate_does_not_differ_from_itself(scenario: str) -> None:
    assert edits_between(lab(scenario), lab(scenario)) == ()


def test_what_every_write_stamps_is_no_change() -> None:
    estate = lab("hub-spoke")
    stamped = rewritten(estate, "private-dns-zone", etag="other", systemData={"createdAt": "2026-01-01T00:00:00Z"})
    assert edits_between(estate, stamped) == ()


def test_the_counters_of_a_zone_are_no_change_of_their_own() -> None:
    edit = the_edit(lab("hub-spoke"), lab("hub-spoke", "zone-unlinked"))
    assert edit.word == "removed"
    assert edit.id.endswith("/privatelink.api.azureml.ms/virtualNetworkLinks/link-vnet-hub")


def test_a_changed_document_tells_the_paths_that_differ() -> None:
    edit = the_edit(lab("hub-spoke"), lab("hub-spoke", "record-wrong-address"))
    assert edit.word == "changed"
    assert [(d.path, d.before, d.after) for d in edit.differences] == [
        ("properties.aRecords", [{"ipv4Address": "10.1.0.5"}], [{"ipv4Address": "10.1.0.6"}])
    ]


def test_the_order_of_named_items_is_no_change_and_that_of_servers_is() -> None:
    first, second = {"name": "a", "x": 1}, {"name": "b", "x": 2}
    assert paths({"peers": [first, second]}, {"peers": [second, first]}) == []
    assert paths({"dnsServers": ["10.0.0.4", "10.0.0.5"]}, {"dnsServers": ["10.0.0.5", "10.0.0.4"]}) == ["dnsServers"]


def test_an_item_is_told_by_its_name() -> None:
    one, other = {"name": "a", "x": {"y": 1}}, {"name": "a", "x": {"y": 2}}
    assert paths({"peers": [one]}, {"peers": [other]}) == ["peers[a].x.y"]
    assert paths({"peers": [one]}, {"peers": [one, {"name": "b"}]}) == ["peers[b]"]


def test_another_spelling_of_an_id_is_no_change() -> None:
    before = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/v"
    assert paths({"id": before}, {"id": before.lower()}) == []
    assert paths({"name": "V"}, {"name": "v"}) == ["name"]


def test_a_document_that_a_gap_may_hide_is_not_called_removed() -> None:
    whole = lab("hub-spoke")
    gap = Gap(
        kind="zone-link",
        scope="/subscriptions/11111111-0000-4000-8000-00000000c001",
        reason=Reason.FORBIDDEN,
        detail="the listing was refused",
    )
    blind = estate_of(build("hub-spoke", ()), gap, without=["zone-link"])
    words = {edit.word for edit in edits_between(whole, blind)}
    assert words == {"no longer seen"}
    assert {edit.word for edit in edits_between(blind, whole)} == {"newly seen"}
    assert all(edit.hidden == (gap,) for edit in edits_between(whole, blind))


def test_a_server_that_is_declared_otherwise_is_a_change_of_the_server() -> None:
    estate = lab("hub-spoke")
    (server,) = estate.declared.servers
    other = redeclared(estate, replace(estate.declared, servers=(replace(server, forwards={}),)))
    edit = the_edit(estate, other)
    assert isinstance(edit.change, ServerChange)
    assert edit.id.startswith("server:10.0.0.4@/subscriptions/")
    assert edit.id.endswith("/virtualNetworks/vnet-hub")
    assert "forwards.api.azureml.ms" in [difference.path for difference in edit.differences]
