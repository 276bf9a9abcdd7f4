"""The closure rule: what a successful reading may still hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.lab.builders import Zone, endpoint_connection, permissions, private_endpoint, subscription, zone_group
from agent.lab.scenarios import build
from collectors.arm.kinds import KINDS
from collectors.arm.sight import build_estate, grants
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PermissionRow
from tests.estates import GROUP, SUBSCRIPTION, estate_of, gap, network, small_estate, trimmed, zone

CONNECTIVITY = "11111111-0000-4000-8000-00000000c001"
PROVED = set(KINDS) - {"subscription", "permissions"}


def row(*actions: str, without: tuple[str, ...] = ()) -> PermissionRow:
    return PermissionRow(actions=actions, not_actions=without)


@pytest.mark.parametrize(
    ("rows", "granted"),
    [
        ([row("*")], True),
        ([row("*/read")], True),
        ([row("microsoft.network/privatednszones/read")], True),
        ([row("Microsoft.Network/*")], True),
        ([row("Microsoft.Network/privateDnsZones/A/read")], False),
        ([row("*/write")], False),
        ([row("*", without=("Microsoft.Network/*",))], False),
        ([row("*", without=("Microsoft.Network/*",)), row("*/read")], True),
        ([row("*/read"), row("Nothing/read", without=("*",))], True),
        ([row("")], False),
        ([], False),
    ],
)
def test_rights_add_up_over_roles_and_are_taken_back_within_one(rows: list[PermissionRow], granted: bool) -> None:
    assert grants(rows, "Microsoft.Network/privateDnsZones/read") is granted


def reading(*documents: Document, gaps: tuple[Gap, ...] = ()) -> Estate:
    return build_estate([trimmed(d) for d in documents], gaps, Declared())


def test_a_subscription_without_permissions_proves_nothing() -> None:
    estate = reading(subscription(SUBSCRIPTION, "test"))
    assert {(g.kind, g.reason, g.scope) for g in estate.gaps} == {
        (kind, Reason.HIDDEN, f"/subscriptions/{SUBSCRIPTION}") for kind in PROVED
    }
    assert all("grant" in g.action and "Reader" in g.action for g in estate.gaps)


def test_the_right_to_read_everything_proves_every_kind() -> None:
    assert reading(subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION)).gaps == ()


def test_a_narrow_right_proves_its_kinds_only() -> None:
    estate = reading(subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION, ["Microsoft.Network/*/read"]))
    assert {g.kind for g in estate.gaps} == {"workspace"}


def test_a_listing_that_failed_is_told_once() -> None:
    failed = gap("workspace", f"/SUBSCRIPTIONS/{SUBSCRIPTION}")
    estate = reading(
        subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION, ["Microsoft.Network/*/read"]), gaps=(failed,)
    )
    assert estate.gaps == (failed,)


def test_a_healthy_lab_is_closed() -> None:
    assert estate_of(build("hub-spoke")).gaps == estate_of(build("azure-dns")).gaps == ()


def test_a_subscription_that_is_silently_missing_shows_by_what_points_into_it() -> None:
    lab = build("hub-spoke")
    seen = {id: d for id, d in lab.documents.items() if id.subscription != CONNECTIVITY}
    estate = estate_of(replace(lab, documents=seen))
    assert {(g.kind, g.reason) for g in estate.gaps} == {
        ("private-dns-zone", Reason.HIDDEN),
        ("virtual-network", Reason.HIDDEN),
    }
    assert all(CONNECTIVITY in g.scope and CONNECTIVITY in g.action for g in estate.gaps)
    assert len(estate.gaps) == len({g.scope for g in estate.gaps}) == 3


@pytest.mark.parametrize("missing", ["network-interface", "private-endpoint", "virtual-network", "workspace"])
def test_every_kind_of_reference_is_followed(missing: str) -> None:
    lab = build("hub-spoke")
    seen = {id: d for id, d in lab.documents.items() if d.kind not in (missing, "subscription")}
    gaps = [g for g in estate_of(replace(lab, documents=seen)).gaps if g.kind == missing]
    assert gaps
    assert {g.reason for g in gaps} == {Reason.HIDDEN}


def test_a_reference_within_a_listed_subscription_is_proved_absent() -> None:
    lab = build("hub-spoke")
    seen = {id: d for id, d in lab.documents.items() if d.kind != "virtual-network"}
    assert estate_of(replace(lab, documents=seen)).gaps == ()


def test_what_was_read_but_not_understood_is_one_gap() -> None:
    broken = network("hub")
    broken.body["properties"]["addressSpace"] = 5
    estate = reading(broken, *zone("privatelink.example.com", {}, "hub"))
    assert [(g.kind, g.reason) for g in estate.gaps] == [("virtual-network", Reason.MALFORMED)]


def test_targets_that_are_no_kind_of_ours_are_not_missed() -> None:
    lab = build("azure-dns")
    documents = dict(lab.documents)
    endpoint = next(d for d in documents.values() if d.kind == "private-endpoint")
    connections = endpoint.body["properties"]["privateLinkServiceConnections"]
    storage = "/subscriptions/elsewhere/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s"
    connections.append(endpoint_connection(str(endpoint.id), storage))
    connections.append(endpoint_connection(str(endpoint.id), ""))
    assert estate_of(lab).gaps == ()


def test_peerings_and_configs_without_ids_point_nowhere() -> None:
    peered = network("hub", peers={"spoke": "10.1.0.0/16"})
    peered.body["properties"]["virtualNetworkPeerings"][0]["properties"]["remoteVirtualNetwork"] = None
    endpoint = private_endpoint(GROUP, "pe", "", "")
    endpoint.body["properties"].update(subnet=None)
    group = zone_group(str(endpoint.id), [Zone(name="z", id="", records={})])
    assert small_estate(peered, endpoint, group).gaps == ()


def test_a_reference_to_nothing_in_particular_is_a_gap_of_its_own_scope() -> None:
    links = zone("privatelink.example.com", {}, "hub")
    links[1].body["properties"]["virtualNetwork"]["id"] = "/odd"
    estate = small_estate(links)
    assert [g.scope for g in estate.gaps] == ["/odd"]
    assert estate.unread("virtual-network", ArmId("/odd")) == estate.gaps
