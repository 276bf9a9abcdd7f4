"""The Activity Log through the real session: who changed what, whatever else the log says or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.lab.activity import CALLER
from agent.lab.rights import Assignment, Rights
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.azure.activity_log import ACTION, MOST, _deeds, _query, deeds
from collectors.azure.session import Session
from collectors.graph.clouds import CLOUDS
from collectors.graph.ids import ArmId

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("fault", "verb"), [("zone-unlinked", "delete"), ("record-wrong-address", "write")])
def test_who_changed_a_resource_is_found_in_the_window_only(fault: str, verb: str) -> None:
    estate = build("hub-spoke", [fault])
    (id,) = estate.changed
    others = [other for other in estate.documents if other != id][: MOST - 1]
    with LabWorld(estate) as world, Session(world.credential, CLOUDS["AzureCloud"], endpoint=world.endpoint) as session:
        now = datetime.now(UTC)
        found = deeds(session, [*others, id], now - MINUTE, now + MINUTE)
        assert deeds(session, [id], now + MINUTE, now + 2 * MINUTE) == {}
    assert list(found) == [id]
    assert (found[id].caller, found[id].operation) == (CALLER, f"{id.type}/{verb}")


def test_a_log_that_cannot_be_read_tells_nothing() -> None:
    estate = build("hub-spoke", ["zone-unlinked"])
    with LabWorld(estate) as world:
        pass
    with Session(world.credential, CLOUDS["AzureCloud"], endpoint=world.endpoint, backoff=0.0) as session:
        now = datetime.now(UTC)
        assert deeds(session, list(estate.changed), now - MINUTE, now) == {}


def test_a_log_that_refuses_is_asked_once_for_each_subscription() -> None:
    """Twenty resources of one subscription do not keep the news waiting twenty times."""
    estate = build("hub-spoke", ["zone-unlinked"])
    ids = [*estate.changed, *(id for id in estate.documents if id.subscription)]
    rights = Rights(assignments=(Assignment(not_actions=(ACTION,)),))
    with (
        LabWorld(estate, rights=rights) as world,
        Session(world.credential, CLOUDS["AzureCloud"], endpoint=world.endpoint) as session,
    ):
        now = datetime.now(UTC)
        assert deeds(session, ids, now - MINUTE, now + MINUTE) == {}
    asked = [request.path for request in world.requests if "eventtypes" in request.path.lower()]
    assert len(asked) == len(set(asked)) == len({id.subscription for id in ids[:MOST]})


def row(**other: Any) -> Mapping[str, Any]:
    return {
        "caller": "a@b.example",
        "eventTimestamp": "2026-01-12T08:00:00Z",
        "operationName": {"value": "Microsoft.Network/privateDnsZones/delete"},
        "status": {"value": "Succeeded"},
        **other,
    }


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"value": None},
        {"value": ["x", 1]},
        {"value": [row(caller=None)]},
        {"value": [row(eventTimestamp="yesterday")]},
        {"value": [row(eventTimestamp="2026-01-12T08:00:00")]},
        {"value": [row(operationName={"value": "Microsoft.Network/privateDnsZones/read"})]},
        {"value": [row(status={"value": "Failed"})]},
    ],
)
def test_rows_that_make_no_sense_are_no_deeds(content: Any) -> None:
    assert list(_deeds(content)) == []


def test_a_hostile_caller_stays_on_one_line() -> None:
    (deed,) = _deeds({"value": [row(caller="a\n\x1b[31mb" + "c" * 1000)]})
    assert deed.caller.isprintable()
    assert len(deed.caller) <= 120


def test_an_id_cannot_break_out_of_the_filter() -> None:
    """OData doubles an apostrophe."""
    id = ArmId("/subscriptions/s/resourceGroups/g' or 1 eq 1/providers/Microsoft.Network/virtualNetworks/v")
    now = datetime(2026, 1, 12, tzinfo=UTC)
    assert "g'' or 1 eq 1" in _query(id, now, now)["$filter"]
