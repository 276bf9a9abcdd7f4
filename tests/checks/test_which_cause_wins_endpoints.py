"""Pairs of causes about endpoints and their records that could claim the same fault: one of them is told."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.estate import LabEstate
from checks.diagnosis.copies import serves_others
from checks.finding import Finding, Level
from collectors.graph.errors import AgentError
from tests.agent.lab_runs import run_estate
from tests.incidents import dependencies, endpoint_states, endpoints, sharing  # noqa: F401  they register what they play
from tests.incidents.scenes import edited, find, one, scene


def judged(estate: LabEstate) -> tuple[Finding, ...]:
    return run_estate(estate).finished.judgement.findings


def codes(estate: LabEstate) -> list[str]:
    return [finding.code for finding in judged(estate)]


def unstamped(estate: LabEstate) -> LabEstate:
    """The estate whose records bear nobody's stamp."""
    for record in find(estate, "record-set"):
        estate = edited(estate, record, lambda body: body["properties"].pop("metadata", None))
    return estate


@pytest.mark.parametrize("key", ["F11", "PED206"])
def test_what_another_endpoint_overwrote_is_neither_a_wrong_address_nor_merely_shared(key: str) -> None:
    """206 before 204 and without 107; its repairs leave nothing to tell."""
    estate = scene(key).estate
    found = judged(estate)
    assert [finding.code for finding in found] == ["PED206"]
    changes = tuple(change for finding in found for change in finding.violation.changes)
    assert codes(estate.with_changes(changes)) == []


def test_without_a_stamp_nobody_is_accused() -> None:
    """A record that holds another endpoint's address without its stamp is a wrong address, one of each name."""
    assert set(codes(unstamped(scene("F11").estate))) == {"PED204"}


def test_a_stamp_of_an_endpoint_that_was_made_anew_is_not_that_endpoints() -> None:
    """The guid in the stamp is another one's: nobody can say that this endpoint wrote it."""

    def edit(body: dict[str, Any]) -> None:
        stamp = body["properties"].get("metadata")
        if stamp:
            stamp["creator"] = stamp["creator"].rpartition(" ")[0] + " 00000000-0000-4000-8000-0000000000ff"

    estate = scene("F11").estate
    for record in find(estate, "record-set"):
        estate = edited(estate, record, edit)
    assert "PED206" not in codes(estate)


@pytest.mark.parametrize("key", ["F12", "F44", "PED107"])
def test_records_that_everybody_can_use_are_shared_and_not_overwritten(key: str) -> None:
    """107 without 206, whichever of them wrote last."""
    assert [found.code for found in judged(scene(key).estate) if found.level > Level.NOTE] == ["PED107"]


def test_a_typing_error_in_a_shared_record_is_a_wrong_address() -> None:
    """It is neither endpoint's address; the records beside it are shared all the same."""
    estate = scene("F12").estate
    cert = next(record for record in find(estate, "record-set", ".cert"))
    wrong = edited(estate, cert, lambda body: body["properties"].update(aRecords=[{"ipv4Address": "10.255.0.9"}]))
    assert sorted(codes(wrong)) == ["PED107", "PED204"]


def test_an_address_that_nobody_else_has_makes_a_zone_nobody_elses() -> None:
    """A mistyped record is no sign that the zone serves another endpoint."""
    estate = scene("PED106").estate
    cert = next(record for record in find(estate, "record-set", ".cert"))
    wrong = edited(estate, cert, lambda body: body["properties"].update(aRecords=[{"ipv4Address": "10.255.0.9"}]))
    context = run_estate(wrong).finished.context
    (zone,) = context.estate.zones_by_name[endpoints.API]
    assert not serves_others(context, zone, context.required.records)


def test_an_approved_connection_to_a_workspace_that_is_not_listed_is_no_orphan() -> None:
    """Azure disconnects what led to a deleted workspace; here somebody hides one from us, and nothing is in scope."""

    def approve(body: dict[str, Any]) -> None:
        (connection,) = body["properties"]["privateLinkServiceConnections"]
        connection["properties"]["privateLinkServiceConnectionState"]["status"] = "Approved"

    estate = scene("PED105").estate
    assert codes(estate) == ["PED105"]
    with pytest.raises(AgentError, match="nothing to check"):
        run_estate(edited(estate, one(estate, "private-endpoint"), approve))


def test_a_dependency_with_an_endpoint_that_was_not_read_is_not_claimed_to_lack_one() -> None:
    """What the vault itself names may be the one that is missing: it stands in another tenant, or is Microsoft's."""
    estate = scene("PED113").estate

    def name_one(body: dict[str, Any]) -> None:
        foreign = "/subscriptions/99999999-0000-4000-8000-0000000000ff/resourceGroups/x/providers"
        body["properties"]["privateEndpointConnections"] = [
            {"id": "x", "properties": {"privateEndpoint": {"id": f"{foreign}/Microsoft.Network/privateEndpoints/pe"}}}
        ]

    assert "PED113" in codes(estate)
    assert "PED113" not in codes(edited(estate, one(estate, "key-vault"), name_one))


def test_a_public_dependency_needs_no_endpoint() -> None:
    """Whoever asks gets the public address and is let in."""
    estate = scene("PED113").estate
    vault = one(estate, "key-vault")
    public = edited(estate, vault, lambda body: body["properties"].update(publicNetworkAccess="Enabled"))
    assert "PED113" not in codes(public)
