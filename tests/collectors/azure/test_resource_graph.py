"""Resource Graph in the embedded Azure, through the real clients: what comes of it, and what it is not trusted with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from agent.lab import builders as make
from agent.lab.arm_faults import parse_arm_fault
from agent.lab.estate import LabEstate
from agent.lab.resource_graph import GraphManners
from agent.lab.world import LabWorld
from collectors.arm.kinds import KINDS
from collectors.arm.nodes import parse_document
from collectors.arm.read_posts import READ_POSTS, RESOURCE_GRAPH, ReadPost, ResourcePost
from collectors.azure.errors import ReadError
from collectors.azure.policies import Waits
from collectors.azure.resource_graph import COVERED, SUBSCRIPTIONS, ResourceGraph
from collectors.azure.session import Session
from collectors.azure.walk import Collected, collect
from collectors.graph.clouds import CLOUDS
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from tests.collectors.azure.arm_server import SUBSCRIPTION, ZONE, ArmServer, Reply, failed
from tests.collectors.azure.conftest import NOW, MakeSession

HUB, APPS, LAB = (f"{digit * 8}-0000-4000-8000-00000000c001" for digit in "123")
HUB_GROUP, APPS_GROUP, LAB_GROUP = (
    make.Group(subscription=subscription, name=f"rg-{name}")
    for subscription, name in ((HUB, "Net"), (APPS, "Apps"), (LAB, "Lab"))
)
CORP, AML, BLOB, EMPTY = (
    make.zone_id(HUB_GROUP, name)
    for name in ("corp.example", "privatelink.api.azureml.ms", "privatelink.blob.core.windows.net", "empty.example")
)
HUB_NETWORK, APPS_NETWORK = make.network_id(HUB_GROUP, "vnet-hub"), make.network_id(APPS_GROUP, "vnet-apps")
ENDPOINT = make.endpoint_id(APPS_GROUP, "pe-store")
PATH = RESOURCE_GRAPH.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One walk, what it told and what it asked."""

    collected: Collected
    told: list[str]
    asked: list[tuple[str, str, int]]

    @property
    def nodes(self) -> dict[ArmId, Any]:
        return {document.id: parse_document(document) for document in self.collected.documents}

    @property
    def queries(self) -> int:
        return sum(method == "POST" for method, _, _ in self.asked)

    def lists(self, path: str) -> list[str]:
        return [asked for method, asked, _ in self.asked if method == "GET" and asked.lower().endswith(path.lower())]


def record(zone: str, record_type: str, name: str, **properties: Any) -> Document:
    own = f"{zone}/{record_type}/{name}"
    body = {
        "id": own,
        "name": name,
        "type": f"Microsoft.Network/privateDnsZones/{record_type}",
        "etag": make.guid(own),
        "properties": {"fqdn": f"{name}.example.", "ttl": 300, "isAutoRegistered": False, **properties},
    }
    return Document(kind="record-set", id=ArmId(own), body=body)


def records_of_every_type(zone: str) -> list[Document]:
    return [
        record(zone, "A", "two", aRecords=[{"ipv4Address": "10.9.0.1"}, {"ipv4Address": "10.9.0.2"}]),
        record(zone, "A", "none", aRecords=[]),
        record(zone, "A", "vm", aRecords=[{"ipv4Address": "10.9.0.9"}], isAutoRegistered=True),
        record(zone, "AAAA", "six", aaaaRecords=[{"ipv6Address": "fd00::1"}]),
        record(zone, "CNAME", "www", cnameRecord={"cname": "two.corp.example"}),
        record(zone, "PTR", "9", ptrRecords=[{"ptrdname": "vm.corp.example"}]),
        record(zone, "TXT", "text", txtRecords=[{"value": ["v=1"]}]),
        record(zone, "MX", "mail", mxRecords=[{"preference": 1, "exchange": "mx.corp.example"}]),
        record(zone, "SRV", "_ldap._tcp", srvRecords=[{"priority": 1, "weight": 1, "port": 389, "target": "dc"}]),
    ]


def zone(group: make.Group, name: str, records: Iterable[Document], networks: Iterable[str]) -> list[Document]:
    own = make.zone_id(group, name)
    held = [make.soa_record(own), *records]
    links = [make.zone_link(own, network) for network in networks]
    return [make.private_zone(group, name, record_sets=len(held), links=len(links)), *held, *links]


def network(group: make.Group, name: str, number: int) -> Document:
    return make.virtual_network(group, name, f"10.{number}.0.0/16", subnets={"snet": f"10.{number}.1.0/24"})


def endpoint(group: make.Group, name: str, subnet: str) -> list[Document]:
    member = make.Member(name="blob", address="10.1.1.9", fqdns=(f"{name}.blob.core.windows.net",))
    return [
        make.private_endpoint(group, name, subnet, make.storage_id(group, name)),
        make.endpoint_interface(group, name, subnet, [member]),
    ]


def estate(*changed: Document) -> LabEstate:
    """Three subscriptions, four zones: the fullest one is nobody's private link, and carries no stamps."""
    subnet = f"{APPS_NETWORK}/subnets/snet"
    documents = [
        *(make.subscription(one, name) for one, name in ((HUB, "hub"), (APPS, "apps"), (LAB, "lab"))),
        *(make.permissions(one) for one in (HUB, APPS, LAB)),
        network(HUB_GROUP, "vnet-hub", 0),
        network(HUB_GROUP, "vnet-old", 9),
        network(APPS_GROUP, "vnet-apps", 1),
        *zone(
            HUB_GROUP,
            "corp.example",
            [*records_of_every_type(CORP), *(make.address_record(CORP, f"h{n}", [f"10.0.9.{n}"]) for n in range(20))],
            [HUB_NETWORK],
        ),
        *zone(
            HUB_GROUP,
            "privatelink.api.azureml.ms",
            [make.address_record(AML, f"ws{n}", [f"10.1.1.{n}"], ENDPOINT) for n in range(4)],
            [HUB_NETWORK, APPS_NETWORK],
        ),
        *zone(
            HUB_GROUP,
            "privatelink.blob.core.windows.net",
            [*records_of_every_type(BLOB)[:2], make.address_record(BLOB, "store", ["10.1.1.9"], ENDPOINT)],
            [HUB_NETWORK],
        ),
        *zone(HUB_GROUP, "empty.example", records_of_every_type(EMPTY), []),
        *endpoint(APPS_GROUP, "pe-store", subnet),
        *endpoint(HUB_GROUP, "pe-one", subnet),
        *endpoint(HUB_GROUP, "pe-two", subnet),
        *changed,
    ]
    return LabEstate(documents={document.id: document for document in documents})


@contextmanager
def session_of(world: LabWorld, posts: Iterable[ReadPost], **options: Any) -> Iterator[Session]:
    cloud = CLOUDS["AzureCloud"]
    with Session(world.credential, cloud, endpoint=world.endpoint, backoff=0.001, posts=posts, **options) as session:
        yield session


def look(
    of: LabEstate, posts: Iterable[ReadPost] = (RESOURCE_GRAPH,), faults: tuple[str, ...] = (), **manners: Any
) -> Run:
    waits = manners.pop("waits", None)
    told: list[str] = []
    with (
        LabWorld(
            of, graph=GraphManners(**manners), faults=tuple(parse_arm_fault(f) for f in faults), page_size=10
        ) as world,
        session_of(world, posts, waits=waits) as session,
    ):
        collected = collect(session, progress=told.append, now=lambda: NOW)
        asked = [(request.method, request.path, request.status) for request in world.requests]
    return Run(collected=collected, told=[line for line in told if "Resource Graph" in line], asked=asked)


def by_arm(of: LabEstate, *faults: str) -> Run:
    return look(of, (), faults)


@cache  # many tests compare with it
def healthy_by_arm() -> Run:
    return by_arm(estate())


def test_graph_and_arm_read_the_same_estate() -> None:
    arm, graph = healthy_by_arm(), look(estate())
    assert graph.collected.gaps == arm.collected.gaps == ()
    assert graph.nodes == arm.nodes
    assert not [node for node in graph.nodes.values() if isinstance(node, Gap)]
    assert arm.queries == 0
    assert graph.collected.through_graph == COVERED
    assert arm.collected.through_graph == ()


def test_graph_saves_the_lists_that_are_throttled() -> None:
    """Of four zones the fullest and the fullest private-link one are listed; one has no links, and needs no list."""
    arm, graph = healthy_by_arm(), look(estate())
    assert len(set(arm.lists("/ALL"))) == 4
    assert set(graph.lists("/ALL")) == {f"{CORP}/ALL", f"{AML}/ALL"}
    assert set(graph.lists("/privateDnsZones/empty.example/virtualNetworkLinks")) == set()
    assert {path for method, path, _ in graph.asked if method != "GET"} == {PATH}


def test_bodies_are_those_of_arm_without_etag_and_fqdn() -> None:
    """Graph is not known to tell them; the fqdn says nothing that the id does not."""
    arm, graph = (
        {document.id: document.body for document in run.collected.documents}
        for run in (healthy_by_arm(), look(estate()))
    )
    for arm_id, body in arm.items():
        came_from_graph = graph[arm_id] != body
        less = {key: value for key, value in body.items() if key != "etag"}
        if "Zones/" in arm_id.type and came_from_graph:
            less |= {"properties": {key: value for key, value in body["properties"].items() if key != "fqdn"}}
        assert graph[arm_id] == (less if came_from_graph else body)
    assert any(graph[arm_id] != body for arm_id, body in arm.items())


@pytest.mark.parametrize("rows", [1, 7])
def test_pages_are_followed_to_the_end(rows: int) -> None:
    of = LabEstate(documents={id: d for id, d in estate().documents.items() if d.kind != "record-set"})
    assert look(of, rows=rows, quota=1000).nodes == by_arm(of).nodes


def test_a_record_that_graph_does_not_know_yet_is_read_by_arm() -> None:
    """The zone's own counter gives it away; the other zones still come from Graph."""
    changed = [
        make.private_zone(HUB_GROUP, "empty.example", record_sets=11, links=0),
        make.address_record(EMPTY, "newest", ["10.9.9.9"]),
    ]
    run = look(estate(*changed), late=True)
    assert run.nodes == by_arm(estate(*changed)).nodes
    assert {path.rpartition("/privateDnsZones/")[2] for path in run.lists("/ALL")} == {
        "corp.example/ALL",
        "privatelink.api.azureml.ms/ALL",
        "empty.example/ALL",
    }
    assert (
        "Resource Graph: record sets of 1 zone come from Graph; 1 read by ARM, where Graph is behind or says less"
        in (run.told)
    )


def test_a_link_that_graph_does_not_know_yet_is_read_by_arm() -> None:
    changed = [
        make.private_zone(HUB_GROUP, "empty.example", record_sets=10, links=1),
        make.zone_link(EMPTY, APPS_NETWORK),
    ]
    run = look(estate(*changed), late=True)
    assert run.nodes == by_arm(estate(*changed)).nodes
    assert ArmId(f"{EMPTY}/virtualNetworkLinks/link-vnet-apps") in run.nodes


def test_a_kind_whose_sample_differs_is_read_by_arm() -> None:
    """The newest network is in the fullest subscription, which ARM lists as well."""
    newest = network(HUB_GROUP, "vnet-newest", 7)
    run = look(estate(newest), late=True)
    assert run.nodes == by_arm(estate(newest)).nodes
    told = f"Resource Graph: virtual networks are read by ARM: Graph and ARM differ for /subscriptions/{HUB}"
    assert told in run.told
    assert "virtual-network" not in run.collected.through_graph


def test_a_network_that_graph_left_out_is_read_where_something_points_to_it() -> None:
    own = make.network_id(APPS_GROUP, "vnet-newest")
    changed = [
        make.private_zone(HUB_GROUP, "privatelink.blob.core.windows.net", record_sets=4, links=2),
        make.zone_link(BLOB, own),
        make.zone_link(BLOB, HUB_NETWORK),
        network(APPS_GROUP, "vnet-newest", 8),
    ]
    run = look(estate(*changed), late=True)
    assert ArmId(own) in run.nodes
    assert run.lists(own) == [own]
    assert run.nodes == by_arm(estate(*changed)).nodes


def test_a_network_that_arm_does_not_have_either_is_absent_and_no_gap() -> None:
    """As with ARM's list: that of the subscription was read, and what it lacks is not there."""
    own = make.network_id(APPS_GROUP, "vnet-gone")
    changed = [
        make.private_zone(HUB_GROUP, "privatelink.blob.core.windows.net", record_sets=4, links=2),
        make.zone_link(BLOB, own),
    ]
    run = look(estate(*changed))
    assert [(path, status) for _, path, status in run.asked if path.endswith("vnet-gone")] == [(own, 404)]
    assert run.collected.gaps == by_arm(estate(*changed)).collected.gaps == ()


def test_a_network_that_may_not_be_read_is_a_gap() -> None:
    own = make.network_id(APPS_GROUP, "vnet-secret")
    changed = [
        make.private_zone(HUB_GROUP, "privatelink.blob.core.windows.net", record_sets=4, links=2),
        make.zone_link(BLOB, own),
    ]
    run = look(estate(*changed), faults=(f"forbidden:virtual-network@{own}",))
    assert [(gap.kind, gap.scope, gap.reason) for gap in run.collected.gaps] == [
        ("virtual-network", own, Reason.FORBIDDEN)
    ]


def test_nothing_in_graph_is_no_proof_that_there_is_nothing() -> None:
    """Graph is silent on what it may not show, ARM says that it is forbidden."""
    fault = f"forbidden:virtual-network@/subscriptions/{APPS}"
    run = look(estate(), faults=(fault,))
    assert run.collected.gaps == by_arm(estate(), fault).collected.gaps
    assert [(gap.kind, gap.reason) for gap in run.collected.gaps] == [("virtual-network", Reason.FORBIDDEN)]


@pytest.mark.parametrize(
    ("manners", "reason"),
    [
        ({"refused": True}, "the answer was 403 AuthorizationFailed"),
        ({"quota": 0}, "it asked us to wait 5 s, but the 0 s of waiting that a run may do are used up"),
        ({"truncated": True, "rows": 1}, "the answer was cut short"),
    ],
)
def test_what_graph_does_not_answer_is_read_by_arm_and_told(manners: dict[str, Any], reason: str) -> None:
    arm, graph = healthy_by_arm(), look(estate(), waits=Waits(total=0.5), **manners)
    assert graph.nodes == arm.nodes
    assert graph.collected.gaps == arm.collected.gaps == ()
    assert graph.told == [f"Resource Graph: {KINDS[name].title} are read by ARM: {reason}" for name in COVERED]
    assert graph.collected.through_graph == ()


def test_a_query_that_is_refused_again_and_again_is_given_up(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(429, "RateLimiting"))
    with pytest.raises(ReadError, match="refused 5 times"):
        ResourceGraph(make_session(posts=[RESOURCE_GRAPH]), lambda: NOW).read(KINDS["zone-link"], [ONE])
    assert server.asked == [PATH] * 5


def test_records_without_their_stamps_are_read_by_arm() -> None:
    """Metadata say who owns a record. Only private-link zones have any: that is why one is compared."""
    run = look(estate(), stamps=False)
    assert run.nodes == healthy_by_arm().nodes
    assert f"Resource Graph: record sets are read by ARM: Graph and ARM differ for {AML}" in run.told


def test_the_quota_is_waited_for() -> None:
    run = look(estate(), quota=3, window=1.0)
    assert run.nodes == healthy_by_arm().nodes
    assert {status for method, _, status in run.asked if method == "POST"} == {200}
    assert run.queries == len(COVERED)


def test_waiting_for_the_quota_ends_with_the_waiting_that_a_run_may_do() -> None:
    run = look(estate(), quota=1, window=40.0, waits=Waits(total=0.5))
    assert any("it asked us to wait 40 s, but the 0 s of waiting that a run may do are used up" in t for t in run.told)
    assert run.nodes == healthy_by_arm().nodes


def test_without_the_switch_no_post_leaves() -> None:
    with LabWorld(estate()) as world, session_of(world, ()) as session:
        with pytest.raises(ReadError) as caught:
            session.post(RESOURCE_GRAPH, {"query": "resources"})
        assert len(world.requests) == 0
    assert caught.value.reason is Reason.REFUSED


def test_only_the_exact_post_leaves(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body={}))
    session = make_session(posts=[RESOURCE_GRAPH])
    session.post(RESOURCE_GRAPH, {})
    assert [(seen.method, seen.path) for seen in server.seen if not seen.path.startswith("/msi")] == [
        ("POST", RESOURCE_GRAPH.url)
    ]
    for other in (
        replace(RESOURCE_GRAPH, path="/subscriptions/x/providers/Microsoft.Network/register"),
        replace(RESOURCE_GRAPH, path=f"{PATH}History"),
        replace(RESOURCE_GRAPH, path=f"{PATH}/../resources"),
        replace(RESOURCE_GRAPH, api_version="2099-01-01"),
        replace(RESOURCE_GRAPH, path=f"https://elsewhere.invalid{PATH}"),
    ):
        with pytest.raises(ReadError, match="only reads") as caught:
            session.post(other, {})
        assert caught.value.reason is Reason.REFUSED
    assert len([seen for seen in server.seen if seen.method == "POST"]) == 1


def test_every_read_post_says_what_switches_it_on_and_why_it_reads() -> None:
    for post in READ_POSTS.values():
        assert post.switch.startswith(("azure.", "--azure-"))
        assert isinstance(post, ResourcePost) or post.path.startswith("/providers/")
        assert post.why


ONE = SUBSCRIPTION.rpartition("/")[2]


def answer(*rows: Any, **more: Any) -> Reply:
    body = {"totalRecords": len(rows), "count": len(rows), "resultTruncated": "false", "data": list(rows), **more}
    return Reply(body={key: value for key, value in body.items() if value is not None})


def row(record_type: str = "A", **properties: Any) -> dict[str, Any]:
    arm_type = f"microsoft.network/privatednszones/{record_type.lower()}"
    return {"id": f"{ZONE}/{record_type}/api", "type": arm_type, "properties": {"ttl": 10, **properties}}


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


A: dict[str, Any] = {"records": [{"ipv4Address": "10.0.0.4"}]}

HOSTILE = {
    "no object": Reply(body=[]),
    "no rows": Reply(body={"count": 0, "totalRecords": 0, "resultTruncated": "false"}),
    "rows in columns": Reply(body={"count": 1, "totalRecords": 1, "data": {"columns": [], "rows": []}}),
    "another count": answer(row(**A), count=2),
    "fewer rows than there are": answer(row(**A), totalRecords=2),
    "truncated": answer(row(**A), resultTruncated="true"),
    "truncation unknown": answer(row(**A), resultTruncated=None),
    "a token that is no text": answer(row(**A), **{"$skipToken": 7}),
    "a token for ever": answer(**{"$skipToken": "x"}),
    "a row that is no object": answer("x"),
    "a row without an id": answer({"type": "x", "properties": {}}),
    "a row with no id": answer({**row(**A), "id": "x"}),
    "a row with dots": answer({**row(**A), "id": f"{ZONE}/A/../x"}),
    "a foreign row": answer({**row(**A), "id": "/subscriptions/other/providers/Microsoft.Network/privateDnsZones/z"}),
    "not JSON": Reply(body=b"<html>"),
    "too many subscriptions": replace(answer(row(**A)), headers={"x-ms-tenant-subscription-limit-hit": "true"}),
    "an error": failed(400, "BadRequest"),
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_answer_that_makes_no_sense_is_not_used(reply: Reply, server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, reply)
    session = make_session(posts=[RESOURCE_GRAPH])
    with pytest.raises(ReadError):
        ResourceGraph(session, lambda: NOW).read(KINDS["record-set"], [ONE])
    assert len(server.seen) < 10


UNKNOWN = {
    "no records": row(),
    "records of another type": row(records=[{"ipv6Address": "::1"}]),
    "records that are no objects": row(records=["10.0.0.4"]),
    "an address that is no text": row(records=[{"ipv4Address": 4}]),
    "a time to live that is no number": row(**A, ttl="10"),
    "two aliases": row("CNAME", records=[{"cname": "a"}, {"cname": "b"}]),
    "an unknown type": row("CAA", records=[]),
    "another type than the id's": {**row(**A), "type": "microsoft.network/privatednszones/aaaa"},
    "no properties": {**row(**A), "properties": None},
    "a deep one": row(**A, metadata=deep(60)),
}


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_row_of_an_unknown_shape_spoils_its_zone_only(
    unknown: dict[str, Any], server: ArmServer, make_session: MakeSession
) -> None:
    good = {**row(**A), "id": f"{ZONE}2/A/api"}
    server.on(PATH, answer(unknown, good))
    found = ResourceGraph(make_session(posts=[RESOURCE_GRAPH]), lambda: NOW).read(KINDS["record-set"], [ONE])
    assert found[ZONE.lower()].error is not None
    assert found[f"{ZONE}2".lower()].error is None
    assert len(found[f"{ZONE}2".lower()].documents) == 1


def test_a_resource_that_comes_twice_spoils_its_zone(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, answer(row(**A), row(**A)))
    found = ResourceGraph(make_session(posts=[RESOURCE_GRAPH]), lambda: NOW).read(KINDS["record-set"], [ONE])
    assert found[ZONE.lower()].error is not None


@pytest.mark.parametrize("alias", [{"record": {"cname": "a.example"}}, {"records": [{"cname": "a.example"}]}])
def test_an_alias_is_found_in_either_place(alias: dict[str, Any], server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, answer(row("CNAME", **alias)))
    found = ResourceGraph(make_session(posts=[RESOURCE_GRAPH]), lambda: NOW).read(KINDS["record-set"], [ONE])
    assert found[ZONE.lower()].documents[0].body["properties"]["cnameRecord"] == {"cname": "a.example"}


def test_subscriptions_are_asked_in_groups(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, answer())
    ids = [f"{number:08}-0000-4000-8000-000000000000" for number in range(2 * SUBSCRIPTIONS + 1)]
    assert ResourceGraph(make_session(posts=[RESOURCE_GRAPH]), lambda: NOW).read(KINDS["zone-link"], ids) == {}
    assert server.asked == [PATH] * 3


@pytest.mark.parametrize(
    "query",
    ["resources", "resources | limit 5", "secrets | where type =~ 'x' | project id | order by id asc", ""],
)
def test_the_emulator_refuses_queries_that_it_does_not_know(query: str) -> None:
    asked = {"query": query, "subscriptions": [HUB], "options": {"$top": 1}}
    with (
        LabWorld(estate()) as world,
        session_of(world, [RESOURCE_GRAPH]) as session,
        pytest.raises(ReadError, match="400 BadRequest"),
    ):
        session.post(RESOURCE_GRAPH, asked)
