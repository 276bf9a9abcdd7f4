"""The closure rule: what a successful reading may still hide."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from agent.lab.builders import Group, Zone, endpoint_connection, permissions, private_endpoint, subscription, zone_group
from agent.lab.scenarios import build
from collectors.arm.kinds import KINDS
from collectors.arm.sight import build_estate, grants
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PermissionRow
from tests.estates import GROUP, SUBSCRIPTION, estate_of, gap, network, nid, small_estate, trimmed, zone

OTHER_TENANT = Group(subscription="22222222-0000-4000-8000-000000000001", name="RG-Theirs")
CONNECTIVITY = "11111111-0000-4000-8000-00000000c001"
LISTED = {kind.name for kind in KINDS.values() if not kind.by_reference}
PROVED = LISTED - {"subscription", "permissions", "container-registry-replica"}  # replicas: below what is read by id
NOT_NETWORK = {name for name in PROVED if not KINDS[name].type.startswith("Microsoft.Network/")}


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
    assert {g.kind for g in estate.gaps} == NOT_NETWORK
    assert "workspace" in NOT_NETWORK


def test_a_listing_that_failed_is_told_once() -> None:
    failed = gap("workspace", f"/SUBSCRIPTIONS/{SUBSCRIPTION}")
    estate = reading(
        subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION, ["Microsoft.Network/*/read"]), gaps=(failed,)
    )
    assert [g for g in estate.gaps if g.kind == "workspace"] == [failed]


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
    server = "/subscriptions/elsewhere/resourceGroups/g/providers/Microsoft.Sql/servers/s"
    connections.append(endpoint_connection(str(endpoint.id), server))
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


# Rights


@pytest.mark.parametrize(
    ("pattern", "granted"),
    [
        ("*/privateDnsZones/*", True),
        ("Microsoft.*/privateDnsZones/read", True),
        ("Microsoft.Network/*Zones*read", True),
        ("*read*read", False),
        ("Microsoft.Network/privateDnsZones/re*ead", False),
        ("Microsoft.Network/privateDnsZones/rea?", False),
        ("Microsoft.Network/privateDnsZones/[r]ead", False),
        ("**", True),
    ],
)
def test_a_star_is_all_that_a_right_knows(pattern: str, granted: bool) -> None:
    """Azure's rights are no globs of file names."""
    assert grants([row(pattern)], "Microsoft.Network/privateDnsZones/read") is granted


def test_a_right_made_to_be_slow_is_not() -> None:
    assert not grants([row("*a" * 5000)], "Microsoft.Network/" + "a" * 4000)


def test_an_empty_answer_on_rights_proves_nothing() -> None:
    """Rights on some resource groups only: the subscription is listed, and no right shows there."""
    estate = reading(subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION, []))
    assert {g.kind for g in estate.gaps} == PROVED


def test_five_hundred_subscriptions_are_proved_at_once() -> None:
    documents = []
    for number in range(500):
        id = f"00000000-0000-4000-8000-{number:012}"
        documents += [subscription(id, f"s{number}"), permissions(id, ["*/read", f"Own{number % 7}/*"])]
    start = time.process_time()
    estate = reading(*documents)
    assert estate.gaps == ()
    assert time.process_time() - start < 2


# References


def a_workspace(storage: str) -> Document:
    id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
    return Document(kind="workspace", id=ArmId(id), body={"id": id, "properties": {"storageAccount": storage}})


def storage_in(subscription: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st"


def gaps_of(storage: str, *told: Gap) -> list[Gap]:
    """The gaps about storage accounts of a workspace that points to one."""
    documents = (subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION), a_workspace(storage))
    return [g for g in reading(*documents, gaps=told).gaps if g.kind in ("storage-account", "subscription")]


def test_a_network_with_very_many_unread_peers_is_no_trouble() -> None:
    remotes = [str(nid(f"peer-{number}", OTHER_TENANT)) for number in range(20_000)]
    peerings = [{"name": "p", "properties": {"remoteVirtualNetwork": {"id": remote}}} for remote in remotes]
    body = {"name": "v", "properties": {"virtualNetworkPeerings": peerings}}
    home = Document(kind="virtual-network", id=nid("v"), body=body)
    started = time.process_time()
    found = build_estate([home], [], Declared())
    assert time.process_time() - started < 10
    assert len(found.gaps) == len(remotes)


def test_what_is_only_read_by_its_id_and_was_not_is_not_asked() -> None:
    """No listing proves that it is not there."""
    (found,) = gaps_of(storage_in(SUBSCRIPTION))
    assert (found.reason, found.scope) == (Reason.NOT_ASKED, storage_in(SUBSCRIPTION))
    assert "workspace w" in found.detail


@pytest.mark.parametrize(
    "scope",
    [storage_in(SUBSCRIPTION).upper(), f"/subscriptions/{SUBSCRIPTION}", f"/subscriptions/{SUBSCRIPTION}/", "/"],
)
def test_what_has_a_gap_already_gets_no_second_one(scope: str) -> None:
    told = gap("storage-account", scope, Reason.NOT_FOUND)
    assert gaps_of(storage_in(SUBSCRIPTION), told) == [told]


def test_what_lies_in_a_subscription_that_was_not_read_is_hidden() -> None:
    (found,) = gaps_of(storage_in(CONNECTIVITY))
    assert found.reason is Reason.HIDDEN


def test_what_lies_in_another_tenant_is_foreign() -> None:
    tenant = gap("subscription", f"/subscriptions/{CONNECTIVITY.upper()}", Reason.FOREIGN)
    (found,) = gaps_of(storage_in(CONNECTIVITY), tenant)
    assert (found.kind, found.reason) == ("storage-account", Reason.FOREIGN)


def an_endpoint(target: str) -> Document:
    id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe"
    properties = {"privateLinkServiceConnections": [{"properties": {"privateLinkServiceId": target}}]}
    return Document(kind="private-endpoint", id=ArmId(id), body={"id": id, "properties": properties})


@pytest.mark.parametrize(("home", "gaps"), [(SUBSCRIPTION, 0), (CONNECTIVITY, 1)])
def test_the_targets_of_endpoints_are_not_missed_where_they_could_be_seen(home: str, gaps: int) -> None:
    """Estates have thousands; what counts of one stands in the endpoint."""
    held = (subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION), an_endpoint(storage_in(home)))
    assert len(reading(*held).gaps) == gaps


def test_the_same_id_is_told_once_by_the_first_that_points_there() -> None:
    held = [subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION)]
    held += [an_endpoint(storage_in(CONNECTIVITY)), a_workspace(storage_in(CONNECTIVITY))]
    (one,) = reading(*held).gaps
    (other,) = reading(*held[::-1]).gaps
    assert one == other
