"""A whole walk: what is kept, which gaps are left, and what is never mistaken for absence."""

from __future__ import annotations

import time

import pytest

from collectors.arm.bodies import DEEPEST_BODY
from collectors.arm.kinds import children
from collectors.azure.listing import MOST_PAGES
from collectors.azure.selection import Excluded
from collectors.azure.walk import Collected
from collectors.graph.documents import Gap, Reason
from collectors.graph.errors import AgentError, CredentialError
from collectors.graph.ids import ArmId
from tests.collectors.azure.arm_server import (
    ENDPOINTS,
    GROUP,
    SUBSCRIPTION,
    TOKEN,
    ZONE,
    ZONES,
    ArmServer,
    Reply,
    failed,
    listed,
)
from tests.collectors.azure.conftest import NOW, Collect, MakeSession

OTHER = "/subscriptions/99999999-9999-9999-9999-999999999999"
PERMISSIONS = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/permissions"
RECORDS = f"{ZONE}/ALL"
NETWORKS = f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks"
WORKSPACES = f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/workspaces"
ENDPOINT = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe-mlw"


def ids(collected: Collected, kind: str) -> list[str]:
    return [document.id.text for document in collected.documents if document.kind == kind]


def only_gap(collected: Collected) -> Gap:
    assert len(collected.gaps) == 1, collected.gaps
    assert TOKEN not in repr(collected.gaps)
    return collected.gaps[0]


def test_the_walk_reads_every_kind_below_its_parents(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE))
    server.on(RECORDS, listed(f"{ZONE}/A/api", f"{ZONE}/CNAME/www"))
    server.on(f"{ZONE}/virtualNetworkLinks", listed(f"{ZONE}/virtualNetworkLinks/hub"))
    server.on(ENDPOINTS, listed(ENDPOINT))
    server.on(f"{ENDPOINT}/privateDnsZoneGroups", listed(f"{ENDPOINT}/privateDnsZoneGroups/default"))
    collected = read()
    assert [(document.kind, document.id.name) for document in collected.documents] == [
        ("permissions", "permissions"),
        ("private-dns-zone", "privatelink.api.azureml.ms"),
        ("private-dns-zone-group", "default"),
        ("private-endpoint", "pe-mlw"),
        ("record-set", "api"),
        ("record-set", "www"),
        ("subscription", SUBSCRIPTION.rpartition("/")[2]),
        ("zone-link", "hub"),
    ]
    assert collected.gaps == ()
    assert collected.excluded == ()
    assert {document.read_at for document in collected.documents} == {NOW}
    assert {seen.method for seen in server.seen} == {"GET"}
    assert sorted(server.asked) == sorted(
        [kind.path.format(scope=SUBSCRIPTION) for above in (None, "subscription") for kind in children(above)]
        + [RECORDS, f"{ZONE}/virtualNetworkLinks", f"{ENDPOINT}/privateDnsZoneGroups"]
    )


def test_bodies_are_trimmed_and_the_removed_paths_told(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, Reply(body={"value": [{"id": ZONE, "tags": {"owner": "x"}, "properties": {"internalId": "y"}}]}))
    collected = read()
    zone = next(document for document in collected.documents if document.kind == "private-dns-zone")
    assert zone.body == {"id": ZONE, "properties": {}}
    assert collected.removed == {"private-dns-zone": ("properties.internalId", "tags")}


def test_the_result_does_not_depend_on_the_order_of_answers(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", listed(OTHER, SUBSCRIPTION))
    server.on(ZONES, Reply(body=listed(ZONE).body, delay=0.1))
    first = read()
    server.on("/subscriptions", listed(SUBSCRIPTION, OTHER))
    server.on(ZONES, listed(ZONE))
    server.on(PERMISSIONS, Reply(body={"value": []}, delay=0.1))
    assert read() == first


def test_pages_are_followed_with_an_explicit_port_and_unchanged(server: ArmServer, read: Collect) -> None:
    link = f"{ZONES}?api-version=2024-06-01&$skipToken=ZG9jdW1lbnRzLzU%3D"
    server.on(ZONES, listed(ZONE, link=f"{server.url}{link}"))
    server.on(link, listed(f"{ZONE}.two", link=""))
    assert ids(read(), "private-dns-zone") == [ZONE, f"{ZONE}.two"]
    assert link in [seen.path for seen in server.seen]


def test_empty_pages_in_between_are_followed(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(link=f"{server.url}{ZONES}?page=2"))
    server.on(f"{ZONES}?page=2", listed(ZONE))
    collected = read()
    assert ids(collected, "private-dns-zone") == [ZONE]
    assert collected.gaps == ()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example\\@127.0.0.1", "127.0.0.1@evil.example", "localhost:{port}"]
)
def test_a_link_to_another_host_is_refused_and_earlier_pages_kept(host: str, server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE, link=f"http://{host.format(port=server.port)}/page"))
    collected = read()
    gap = only_gap(collected)
    assert ids(collected, "private-dns-zone") == [ZONE]
    assert (gap.kind, gap.scope, gap.reason) == ("private-dns-zone", SUBSCRIPTION, Reason.REFUSED)
    assert gap.detail.startswith("1 page read, then the link to the next page leads away")
    assert "/page" not in server.asked


def test_a_link_that_is_not_text_is_malformed(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, Reply(body={"value": [{"id": ZONE}], "nextLink": {"href": "x"}}))
    assert only_gap(read()).reason is Reason.MALFORMED


def test_a_loop_of_links_ends(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE, link=f"{server.url}{ZONES}?page=2"))
    server.on(f"{ZONES}?page=2", listed(f"{ZONE}.two", link=f"{server.url}{ZONES}?page=3"))
    server.on(f"{ZONES}?page=3", listed(f"{ZONE}.three", link=f"{server.url}{ZONES}?page=2"))
    collected = read()
    assert len(ids(collected, "private-dns-zone")) == 3
    assert only_gap(collected).reason is Reason.REFUSED
    assert "loop" in only_gap(collected).detail
    assert MOST_PAGES > 100


def test_a_later_page_that_fails_keeps_the_earlier_ones(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE, link=f"{server.url}{ZONES}?page=2"))
    server.on(f"{ZONES}?page=2", failed(500, "InternalServerError"))
    server.on(RECORDS, listed(f"{ZONE}/A/api"))
    collected = read()
    assert ids(collected, "record-set") == [f"{ZONE}/A/api"]
    assert only_gap(collected).detail == "1 page read, then the answer was 500 InternalServerError"


def test_a_kind_that_may_not_be_read_leaves_one_gap_with_what_to_grant(server: ArmServer, read: Collect) -> None:
    """The records of zones that could not be listed are not asked for and leave no gap of their own."""
    server.on(ZONES, failed(403, "AuthorizationFailed", f"The client with token {TOKEN} has no authorization"))
    gap = only_gap(read())
    assert gap == Gap(
        kind="private-dns-zone",
        scope=SUBSCRIPTION,
        reason=Reason.FORBIDDEN,
        detail="the answer was 403 AuthorizationFailed",
        action=f"grant Microsoft.Network/privateDnsZones/read on {SUBSCRIPTION}, e.g. the Reader role",
    )
    assert RECORDS not in server.asked


@pytest.mark.parametrize(("status", "reason"), [(403, Reason.FORBIDDEN), (404, Reason.NOT_FOUND)])
def test_a_child_list_that_fails_leaves_a_gap_at_its_parent(
    status: int, reason: Reason, server: ArmServer, read: Collect
) -> None:
    server.on(ZONES, listed(ZONE))
    server.on(RECORDS, failed(status, "ParentResourceNotFound"))
    gap = only_gap(read())
    assert (gap.kind, gap.scope, gap.reason) == ("record-set", ZONE, reason)


def test_redirects_and_long_waits_are_refused_with_gaps(server: ArmServer, read: Collect) -> None:
    server.on(ENDPOINTS, Reply(status=307, body={}, headers={"Location": f"{server.url}/elsewhere"}))
    server.on(NETWORKS, failed(429, "TooManyRequests", Retry_After="86400"))
    started = time.monotonic()
    gaps = {gap.kind: gap for gap in read().gaps}
    assert time.monotonic() - started < 5
    assert {kind: gap.reason for kind, gap in gaps.items()} == dict.fromkeys(
        ("private-endpoint", "virtual-network"), Reason.REFUSED
    )
    assert "asked us to wait 86400 s, but one wait may last 60 s" in gaps["virtual-network"].detail
    assert {seen.method for seen in server.seen} == {"GET"}


UNREGISTERED = failed(409, "MissingSubscriptionRegistration", "namespace 'Microsoft.MachineLearningServices'")


def test_a_provider_that_is_not_registered_has_no_resources(server: ArmServer, read: Collect) -> None:
    """Azure lets nobody unregister a provider whose resources are still there, so its answer proves an empty list."""
    for kind in ("workspaces", "registries"):
        server.on(f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/{kind}", UNREGISTERED)
    server.on(ZONES, listed(ZONE))
    collected = read()
    assert collected.gaps == ()
    assert {seen.method for seen in server.seen} == {"GET"}


def test_a_provider_whose_resources_are_there_is_not_believed_to_be_unregistered(
    server: ArmServer, read: Collect
) -> None:
    server.on(NETWORKS, UNREGISTERED)
    server.on(ZONES, listed(ZONE))
    gap = only_gap(read())
    assert (gap.kind, gap.scope, gap.reason) == ("virtual-network", SUBSCRIPTION, Reason.REFUSED)
    assert "some of its resources were read" in gap.detail


@pytest.mark.parametrize("code", ["MissingRegistrationForLocation", "MissingRegistrationForType"])
def test_a_provider_that_is_registered_in_part_proves_nothing(code: str, server: ArmServer, read: Collect) -> None:
    server.on(WORKSPACES, failed(409, code))
    gap = only_gap(read())
    assert (gap.kind, gap.reason) == ("workspace", Reason.REFUSED)
    assert "registering it would be a write" in gap.detail


@pytest.mark.parametrize("path", ["/subscriptions", PERMISSIONS, RECORDS])
def test_lists_that_cannot_be_unregistered_are_gaps(path: str, server: ArmServer, read: Collect) -> None:
    """Subscriptions and permissions have no registration; the zone above the records was read."""
    server.on(ZONES, listed(ZONE))
    server.on(path, UNREGISTERED)
    assert only_gap(read()).reason is Reason.REFUSED


STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmlw"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-mlw"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crmlw"
SHOUTED = REGISTRY.replace("rg-dns", "RG-DNS")
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"


def one(text: str, **properties: object) -> Reply:
    return Reply(body={"id": text, "name": text.rpartition("/")[2], "properties": properties})


def test_what_a_workspace_depends_on_is_read_by_id_and_once(server: ArmServer, read: Collect) -> None:
    second = WORKSPACE + "-two"
    server.on(WORKSPACES, listed(WORKSPACE, second, storageAccount=STORAGE, containerRegistry=SHOUTED))
    server.on(STORAGE, one(STORAGE.lower()))
    server.on(SHOUTED, one(REGISTRY))
    replicas = f"{REGISTRY}/replications"
    server.on(replicas, listed(f"{replicas}/westeurope"))
    collected = read()
    assert collected.gaps == ()
    assert ids(collected, "storage-account") == [STORAGE.lower()]
    assert ids(collected, "container-registry") == [REGISTRY]
    assert ids(collected, "container-registry-replica") == [f"{replicas}/westeurope"]
    assert server.asked.count(STORAGE) == 1
    assert server.asked.count(replicas) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (failed(404, "ResourceNotFound"), Reason.NOT_FOUND),
        (failed(404, "ResourceGroupNotFound"), Reason.NOT_FOUND),
        (failed(403, "AuthorizationFailed"), Reason.FORBIDDEN),
        (one(VAULT), Reason.MALFORMED),
        (Reply(body=["x"]), Reason.MALFORMED),
        (Reply(body={"value": []}), Reason.MALFORMED),
    ],
)
def test_a_resource_that_cannot_be_read_by_id_is_a_gap_at_its_id(
    reply: Reply, reason: Reason, server: ArmServer, read: Collect
) -> None:
    server.on(WORKSPACES, listed(WORKSPACE, storageAccount=STORAGE))
    server.on(STORAGE, reply)
    gap = only_gap(read())
    assert (gap.kind, gap.scope, gap.reason) == ("storage-account", STORAGE, reason)


def test_references_are_followed_from_one_to_the_next_and_loops_end(server: ArmServer, read: Collect) -> None:
    """A network leads to its gateway subnet, and that to the gateway, which points back."""
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-hub"
    subnet = f"{network}/subnets/GatewaySubnet"
    gateway = f"{GROUP}/providers/Microsoft.Network/virtualNetworkGateways/vpn"
    server.on(NETWORKS, listed(network, subnets=[{"id": subnet, "name": "GatewaySubnet"}]))
    server.on(subnet, one(subnet, ipConfigurations=[{"id": f"{gateway}/ipConfigurations/default"}]))
    server.on(gateway, one(gateway, ipConfigurations=[{"properties": {"subnet": {"id": subnet}}}]))
    collected = read()
    assert collected.gaps == ()
    assert ids(collected, "gateway-subnet") == [subnet]
    assert ids(collected, "virtual-network-gateway") == [gateway]
    assert server.asked.count(subnet) == server.asked.count(gateway) == 1


@pytest.mark.parametrize(
    "target",
    [
        STORAGE.replace(SUBSCRIPTION, OTHER),
        f"{SUBSCRIPTION}/../{OTHER}/providers/Microsoft.Storage/storageAccounts/x",
        f"{GROUP}/providers/Microsoft.Evil/things/x",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/excluded",
    ],
)
def test_what_is_out_of_reach_or_left_out_is_not_asked_for(target: str, server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", listed(SUBSCRIPTION, OTHER))
    server.on(WORKSPACES, listed(WORKSPACE, storageAccount=target))
    read(exclude=["99999999-*", "excluded"])
    assert not [path for path in server.asked if "Evil" in path or "storageAccounts" in path]


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, [], "text", 5, None])
def test_an_answer_without_a_list_is_malformed(body: object, server: ArmServer, read: Collect) -> None:
    server.on(ZONES, Reply(body=body))
    assert only_gap(read()).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "item",
    [
        None,
        "text",
        {},
        {"id": None},
        {"id": ""},
        {"id": "relative"},
        {"id": "/"},
        {"id": f"{ZONE}\n"},
        {"id": f"{OTHER}/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/x"},
        {"id": f"{SUBSCRIPTION}/../{OTHER}/x"},
        {"id": SUBSCRIPTION},
    ],
)
def test_an_item_that_cannot_be_placed_is_a_gap_and_the_others_are_kept(
    item: object, server: ArmServer, read: Collect
) -> None:
    server.on(ZONES, Reply(body={"value": [item, {"id": ZONE}, item]}))
    collected = read()
    assert ids(collected, "private-dns-zone") == [ZONE]
    gap = only_gap(collected)
    assert (gap.reason, gap.detail[:7]) == (Reason.MALFORMED, "2 items")


def test_a_body_that_nests_too_deep_is_malformed(server: ArmServer, read: Collect) -> None:
    nested: dict[str, object] = {}
    for _ in range(DEEPEST_BODY):
        nested = {"a": nested}
    server.on(ZONES, Reply(body={"value": [{"id": ZONE, "properties": {"provisioningState": nested}}]}))
    assert "nested deeper" in only_gap(read()).detail


def test_an_id_with_a_query_in_it_is_asked_as_a_path(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(f"{ZONE}?api-version=1#x"))
    collected = read()
    assert f"{ZONE}%3Fapi-version=1%23x/ALL" in server.asked
    assert collected.gaps == ()


def test_ids_are_placed_without_case(server: ArmServer, read: Collect) -> None:
    """Private DNS answers with the resource group in lower case."""
    server.on(ZONES, listed(ZONE.lower()))
    assert ids(read(), "private-dns-zone") == [ZONE.lower()]


def test_the_same_item_twice_is_read_once(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE, ZONE.upper().replace("/SUBSCRIPTIONS", "/subscriptions")))
    server.on(f"{ZONES}?page=2", listed(ZONE))
    server.on(RECORDS, listed(f"{ZONE}/A/api", f"{ZONE}/A/api"))
    collected = read()
    assert ids(collected, "private-dns-zone") == [ZONE]
    assert ids(collected, "record-set") == [f"{ZONE}/A/api"]
    assert server.asked.count(RECORDS) == 1


def test_two_stories_about_one_id_keep_the_first_and_leave_a_gap(server: ArmServer, read: Collect) -> None:
    record = f"{ZONE}/A/api"
    server.on(ZONES, listed(ZONE))
    values = [{"id": record, "properties": {"ttl": ttl}} for ttl in (10, 3600)]
    server.on(RECORDS, Reply(body={"value": values}))
    collected = read()
    gap = only_gap(collected)
    assert (gap.scope, gap.reason) == (record, Reason.MALFORMED)
    assert [d.body["properties"]["ttl"] for d in collected.documents if d.kind == "record-set"] == [10]


def test_the_permissions_of_a_scope_are_one_document(server: ArmServer, read: Collect) -> None:
    first, second = {"actions": ["*/read"], "notActions": []}, {"actions": ["*"], "dataActions": ["x"]}
    server.on(PERMISSIONS, Reply(body={"value": [first], "nextLink": f"{server.url}{PERMISSIONS}?page=2"}))
    server.on(f"{PERMISSIONS}?page=2", Reply(body={"value": [second, "junk"]}))
    collected = read()
    found = next(document for document in collected.documents if document.kind == "permissions")
    assert found.id == ArmId(PERMISSIONS)
    assert found.body == {"value": [first, {"actions": ["*"]}]}
    assert only_gap(collected).reason is Reason.MALFORMED


def test_permissions_that_cannot_be_read_are_not_a_document_without_rights(server: ArmServer, read: Collect) -> None:
    server.on(PERMISSIONS, failed(403, "AuthorizationFailed"))
    collected = read()
    assert ids(collected, "permissions") == []
    assert only_gap(collected).kind == "permissions"


def test_no_subscription_means_that_none_can_be_seen(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", Reply(body={"value": []}))
    gap = only_gap(read())
    assert (gap.kind, gap.scope, gap.reason) == ("subscription", "/", Reason.HIDDEN)
    assert "Microsoft.Resources/subscriptions/read" in gap.action


def test_a_subscription_that_was_asked_for_and_is_not_listed_is_hidden(server: ArmServer, read: Collect) -> None:
    collected = read(subscriptions=[SUBSCRIPTION.rpartition("/")[2].upper(), OTHER.rpartition("/")[2]])
    gap = only_gap(collected)
    assert (gap.kind, gap.scope, gap.reason) == ("subscription", OTHER, Reason.HIDDEN)
    assert ids(collected, "subscription") == [SUBSCRIPTION]


def test_only_the_subscriptions_asked_for_are_read_and_the_others_told(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", listed(SUBSCRIPTION, OTHER))
    collected = read(subscriptions=[OTHER.rpartition("/")[2]])
    assert collected.excluded == (Excluded(id=ArmId(SUBSCRIPTION), rule=""),)
    assert ids(collected, "subscription") == [OTHER]
    assert not [path for path in server.asked if path.startswith(SUBSCRIPTION)]


def test_an_excluded_subscription_is_not_asked_and_told(server: ArmServer, read: Collect) -> None:
    collected = read(exclude=["SUB-*"])
    assert collected.excluded == (Excluded(id=ArmId(SUBSCRIPTION), rule="SUB-*"),)
    assert collected.documents == ()
    assert collected.gaps == ()
    assert server.asked == ["/subscriptions"]


def test_an_excluded_resource_is_left_out_with_what_is_below_it(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE))
    collected = read(exclude=["privatelink.api.*"])
    assert collected.excluded == (Excluded(id=ArmId(ZONE), rule="privatelink.api.*"),)
    assert ids(collected, "private-dns-zone") == []
    assert RECORDS not in server.asked


def test_a_glob_on_names_takes_no_record_out_of_a_zone_that_is_read(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE))
    server.on(RECORDS, listed(f"{ZONE}/A/dev-api"))
    assert ids(read(exclude=["dev-*"]), "record-set") == [f"{ZONE}/A/dev-api"]


def test_a_disabled_subscription_is_still_read(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", Reply(body={"value": [{"id": SUBSCRIPTION, "state": "Disabled"}]}))
    server.on(ZONES, listed(ZONE))
    assert ids(read(), "private-dns-zone") == [ZONE]


def test_a_list_of_subscriptions_that_breaks_off_is_a_gap_and_what_was_seen_is_read(
    server: ArmServer, read: Collect
) -> None:
    server.on("/subscriptions", listed(SUBSCRIPTION, link=f"{server.url}/subscriptions?page=2"))
    server.on("/subscriptions?page=2", failed(403, "AuthorizationFailed"))
    server.on(ZONES, listed(ZONE))
    collected = read(subscriptions=["sub-hub", OTHER, SUBSCRIPTION])
    assert ids(collected, "private-dns-zone") == [ZONE]
    reasons = {(gap.scope, gap.reason) for gap in collected.gaps}
    assert {("/", Reason.FORBIDDEN), (OTHER, Reason.NOT_ASKED)} <= reasons


def test_subscriptions_that_may_not_be_listed_are_a_gap(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", failed(403, "AuthorizationFailed"))
    gap = only_gap(read())
    assert (gap.kind, gap.scope, gap.reason) == ("subscription", "/", Reason.FORBIDDEN)


def test_an_identity_that_is_not_accepted_ends_the_run(server: ArmServer, read: Collect) -> None:
    server.on("/subscriptions", failed(401, "InvalidAuthenticationTokenTenant", TOKEN))
    with pytest.raises(CredentialError, match="401 InvalidAuthenticationTokenTenant") as caught:
        read()
    assert TOKEN not in str(caught.value)


def test_an_endpoint_that_cannot_be_reached_ends_the_run(make_session: MakeSession, read: Collect) -> None:
    with ArmServer() as gone:
        pass
    with pytest.raises(AgentError, match=f"endpoint {gone.url} could not be reached: .*Connection refused"):
        read(make_session(endpoint=gone.url))


def test_an_interrupt_does_not_wait_for_those_who_wait(server: ArmServer, read: Collect) -> None:
    """Ctrl-C while Azure throttles ends the run now, not in a minute."""
    server.on(NETWORKS, failed(429, "TooManyRequests", Retry_After="30"))
    server.on(ZONES, Reply(body={"value": []}, delay=0.2))

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        read(progress=interrupt)
    assert time.monotonic() - started < 10


def test_progress_names_what_was_read(server: ArmServer, read: Collect) -> None:
    server.on(ZONES, listed(ZONE))
    told: list[str] = []
    read(progress=told.append)
    assert f"{SUBSCRIPTION.rpartition('/')[2]}: 1 private DNS zones" in told
