"""The table of kinds, and what is kept of a body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS, children, kind_of_type, trim
from tests.estates import trimmed


def test_parents_come_before_their_children() -> None:
    seen: set[str | None] = {None}
    for kind in KINDS.values():
        assert kind.parent in seen
        seen.add(kind.name)


def test_every_kind_is_somebodys_child() -> None:
    found = [kind.name for parent in (None, *KINDS) for kind in children(parent)]
    assert sorted(found) == sorted(KINDS)


def test_every_kind_is_read_below_its_parent_with_a_right_to_read() -> None:
    for kind in KINDS.values():
        assert ("{scope}" in kind.path) is (kind.parent is not None)
        assert kind.action.endswith("/read")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_type_leads_back_to_its_kind_in_any_case(kind: Any) -> None:
    assert kind_of_type(kind.type.upper()) is kind


@pytest.mark.parametrize("type", ["A", "SOA", "all", "CNAME"])
def test_record_sets_carry_their_record_type_in_theirs(type: str) -> None:
    assert kind_of_type(f"Microsoft.Network/privateDnsZones/{type}") is KINDS["record-set"]


@pytest.mark.parametrize("type", ["", "Microsoft.Storage/storageAccounts", "Microsoft.Network/privateDnsZones/A/b"])
def test_other_types_have_no_kind(type: str) -> None:
    assert kind_of_type(type) is None


def test_only_what_the_table_keeps_is_kept_and_the_rest_is_named() -> None:
    body = {"id": "/x", "tags": {"a": "b"}, "properties": {"workspaceId": "g", "storageAccount": "secret"}}
    kept, removed = trim(KINDS["workspace"], body)
    assert kept == {"id": "/x", "properties": {"workspaceId": "g"}}
    assert removed == {"tags", "properties.storageAccount"}


def test_property_names_compare_without_case_and_keep_their_spelling() -> None:
    kept, removed = trim(KINDS["workspace"], {"ID": "/x", "Properties": {"WORKSPACEID": "g"}})
    assert kept == {"ID": "/x", "Properties": {"WORKSPACEID": "g"}}
    assert not removed


def test_lists_are_walked_through() -> None:
    body = {"properties": {"subnets": [{"id": "/s", "tags": 1}, None, {"name": "n"}]}}
    kept, removed = trim(KINDS["virtual-network"], body)
    assert kept == {"properties": {"subnets": [{"id": "/s"}, None, {"name": "n"}]}}
    assert removed == {"properties.subnets.tags"}


def test_everything_below_a_kept_path_stays() -> None:
    body = {"properties": {"aRecords": [{"ipv4Address": "10.0.0.1", "extra": [1]}]}}
    assert trim(KINDS["record-set"], body) == (body, frozenset())


@pytest.mark.parametrize("body", [[1], "text", None, 5])
def test_a_body_that_is_no_object_keeps_nothing(body: Any) -> None:
    assert trim(KINDS["workspace"], body) == ({}, frozenset())


def test_lists_in_lists_are_not_kept() -> None:
    kept, removed = trim(KINDS["virtual-network"], {"properties": {"subnets": [[{"secret": 1}], {"id": "/s"}]}})
    assert kept == {"properties": {"subnets": [{"id": "/s"}]}}
    assert removed == {"properties.subnets"}


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_trimming_twice_is_trimming_once_and_keeps_no_secret(scenario: str) -> None:
    for document in build(scenario).documents.values():
        once = trimmed(document)
        assert trimmed(once) == once
        text = json.dumps(once.body)
        assert "someone@example.com" not in text
        assert "<script>" not in text
