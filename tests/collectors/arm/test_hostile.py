"""Hostile documents: every leaf of every kind in every wrong form gives a node or a gap, never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lab.scenarios import build
from checks.context import PublicAliases, make_solver
from checks.names.expected import expect_records, underived_endpoints, unjudged_names
from checks.requirements import Scope, derive_requirements
from collectors.arm.kinds import KINDS, trim
from collectors.arm.nodes import parse_document
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared, DeclaredClient
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateZone, RecordSet
from tests.collectors.arm.bodies import FULL
from tests.estates import trimmed

DOCUMENTS = tuple(trimmed(d) for d in build("hub-spoke").documents.values())
ONE_OF_EACH = tuple(trimmed(document) for document in FULL.values())
CONTROLS = "evil\x1b[31m\x00\r\n\u202e\udcff"
WRONG: tuple[Any, ...] = (
    *(None, 0, -1, 10**40, 1.5, True, "", [], {}, [None], [[[]]], {"id": 5}),
    *(CONTROLS, "x" * 100_000, "fe80::1%\x1b[31m", "fd00::1", "2001:db8::/32", "fe80::%eth0/64", "*", "..", "/", "@"),
    *("/subscriptions", "//", "999.1.1.1", "0.0.0.0/0", "\u212aey", "a." * 200),
    ["x"] * 10_000,
    [{"properties": None, "id": None, "fqdn": None}] * 10,
)


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a body, containers too."""
    if path:
        yield path
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from leaves(value, (*path, key))
    if isinstance(body, list):
        for index, value in enumerate(body):
            yield from leaves(value, (*path, index))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a body with one value replaced."""
    if not path:
        return value
    copy = dict(body) if isinstance(body, Mapping) else list(body)
    copy[path[0]] = replaced(body[path[0]], path[1:], value)
    return copy


def judged(documents: list[Document]) -> list[Gap]:
    """Build the estate, derive, expect and solve, as a run would; the gaps that were found."""
    declared = Declared(clients=(DeclaredClient(workspace="*", networks=("vnet-spoke-1", "vnet-spoke-2")),))
    estate = build_estate(documents, [], declared)
    required = derive_requirements(estate, Scope())
    solver = make_solver(estate, PublicAliases())
    for requirement in required.requirements:
        for type in ("A", "AAAA"):
            assert solver.paths(requirement.client, requirement.expected.asked, type)
    for workspace in estate.workspaces:
        expect_records(estate, workspace)
        underived_endpoints(estate, workspace)
        unjudged_names(estate, workspace)
    for record in estate.of_type(RecordSet):
        assert estate.fqdn_of(record).isprintable()
    for address in ("10.1.0.5", "192.0.2.1", "fd00::1"):
        estate.is_public(address)
    return list(estate.gaps)


@pytest.mark.parametrize("document", ONE_OF_EACH, ids=lambda d: d.kind)
def test_every_value_in_every_wrong_form_gives_a_node_or_a_gap(document: Document) -> None:
    for path in leaves(document.body):
        for wrong in WRONG:
            found = parse_document(replace(document, body=replaced(document.body, path, wrong)))
            assert found is not None
            if isinstance(found, Gap):
                assert (found.reason, found.kind) == (Reason.MALFORMED, document.kind)
                assert found.scope == str(document.id)
                assert len(found.detail) <= 300


@pytest.mark.parametrize("document", ONE_OF_EACH, ids=lambda d: d.kind)
@pytest.mark.parametrize("body", [None, [], "text", 5, {}, {"properties": None}, {"properties": []}, {"value": {}}])
def test_a_body_of_any_form_gives_a_node_or_a_gap(document: Document, body: Any) -> None:
    assert parse_document(replace(document, body=body)) is not None


@pytest.mark.parametrize(
    "body", [{}, {"properties": None}, {"Properties": {"dhcpOptions": {"dnsServers": ["10.0.0.4"]}}}]
)
def test_a_network_without_properties_is_not_taken_for_an_empty_one(body: Any) -> None:
    found = parse_document(replace(FULL["virtual-network"], body=trim(KINDS["virtual-network"], body)[0]))
    assert isinstance(found, Gap)


@pytest.mark.parametrize("document", ONE_OF_EACH, ids=lambda d: d.kind)
@pytest.mark.parametrize(
    "id",
    [
        "/a",
        "/a/b",
        "/subscriptions",
        "/A/privateDnsZones//B",
        "/privatednszones/x/privatednszones/y/A/*",
        "/..../b c/%00",
    ],
)
def test_an_absurd_id_gives_a_node_or_a_gap(document: Document, id: str) -> None:
    absurd = replace(document, id=ArmId(id))
    assert parse_document(absurd) is not None
    judged([absurd, *DOCUMENTS])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_run_over_damaged_documents_never_fails(data: st.DataObject) -> None:
    documents = list(DOCUMENTS)
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(documents) - 1))
        path = data.draw(st.sampled_from(list(leaves(documents[index].body)) or [()]))
        body = replaced(documents[index].body, path, data.draw(st.sampled_from(WRONG)))
        documents[index] = replace(documents[index], body=body if isinstance(body, dict) else {})
    judged(documents)


def test_every_single_damage_of_the_lab_leaves_a_run_that_ends() -> None:
    """One form for each value of each document that a run looks at most closely."""
    for index, document in enumerate(DOCUMENTS):
        if document.kind not in ("workspace", "private-endpoint", "network-interface", "virtual-network"):
            continue
        for number, path in enumerate(leaves(document.body)):
            wrong = WRONG[(number * 7 + index) % len(WRONG)]
            damaged = replace(document, body=replaced(document.body, path, wrong))
            judged([*DOCUMENTS[:index], damaged, *DOCUMENTS[index + 1 :]])


def zone_and_record(name: str | None, id_name: str = "www") -> list[Document]:
    zone = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/example.com"
    return [
        Document(kind="private-dns-zone", id=ArmId(zone), body={}),
        Document(kind="record-set", id=ArmId(f"{zone}/A/{id_name}"), body={"name": name, "properties": {}}),
    ]


@pytest.mark.parametrize("name", [CONTROLS, "a b", "a..b", ".", "x" * 64, ".".join(["x" * 60] * 4), "a\x1b", "ü"])
def test_a_record_whose_name_dns_could_not_carry_is_a_gap(name: str) -> None:
    found = parse_document(zone_and_record(name)[1])
    assert isinstance(found, Gap)


def test_a_record_of_very_many_labels_is_refused_before_it_is_taken_apart() -> None:
    estate = build_estate(zone_and_record("a." * 50_000 + "a"), [], Declared())
    (zone,) = estate.of_type(PrivateZone)
    assert list(estate.records_of(zone.id)) == ["@"]


def test_the_name_of_a_record_falls_back_to_its_id() -> None:
    found = parse_document(zone_and_record(None, "WWW")[1])
    assert isinstance(found, RecordSet)
    assert (found.name, found.type) == ("www", "A")


@pytest.mark.parametrize("name", [".", CONTROLS])
def test_a_zone_without_a_proper_name_is_a_gap(name: str) -> None:
    assert isinstance(parse_document(replace(zone_and_record(None)[0], body={"name": name})), Gap)


def test_huge_lists_are_read_in_time() -> None:
    prefixes = [f"10.{i // 256}.{i % 256}.0/24" for i in range(10_000)]
    document = next(d for d in DOCUMENTS if d.kind == "virtual-network")
    body = replaced(document.body, ("properties", "addressSpace", "addressPrefixes"), prefixes)
    judged([*DOCUMENTS, replace(document, body=body)])


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("depth", [10, 900])
def test_trimming_deep_nests_keeps_nothing_and_does_not_fail(kind: str, depth: int) -> None:
    lists: Any = "secret"
    objects: Any = "secret"
    for _ in range(depth):
        lists, objects = [lists], {"x": objects}
    kept, removed = trim(KINDS[kind], {"properties": lists, "value": lists, "x": objects})
    assert "secret" not in str(kept)
    assert removed
