"""The table of kinds, and what is kept of a body."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS, children, kind_of_type, referenced, trim
from tests.estates import trimmed


def test_parents_come_before_their_children() -> None:
    seen: set[str | None] = {None}
    for kind in KINDS.values():
        assert kind.parent in seen
        seen.add(kind.name)


def test_every_kind_is_somebodys_child() -> None:
    found = [kind.name for parent in (None, *KINDS) for kind in children(parent)]
    found += [kind.name for kind in referenced()]
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


@pytest.mark.parametrize("type", ["", "Microsoft.Storage/queues", "Microsoft.Network/privateDnsZones/A/b"])
def test_other_types_have_no_kind(type: str) -> None:
    assert kind_of_type(type) is None


def test_only_what_the_table_keeps_is_kept_and_the_rest_is_named() -> None:
    body = {"id": "/x", "tags": {"a": "b"}, "properties": {"workspaceId": "g", "primaryUserAssignedIdentity": "secret"}}
    kept, removed = trim(KINDS["workspace"], body)
    assert kept == {"id": "/x", "properties": {"workspaceId": "g"}}
    assert removed == {"tags", "properties.primaryUserAssignedIdentity"}


def test_property_names_compare_without_case_and_keep_their_spelling() -> None:
    kept, removed = trim(KINDS["workspace"], {"ID": "/x", "Properties": {"WORKSPACEID": "g"}})
    assert kept == {"ID": "/x", "Properties": {"WORKSPACEID": "g"}}
    assert not removed


def test_lists_are_walked_through() -> None:
    body = {"properties": {"subnets": [{"id": "/s", "tags": 1}, None, {"name": "n"}]}}
    kept, removed = trim(KINDS["virtual-network"], body)
    assert kept == {"properties": {"subnets": [{"id": "/s"}, None, {"name": "n"}]}}
    assert removed == {"properties.subnets.tags"}


def test_of_a_classic_firewalls_settings_only_those_of_dns_stay() -> None:
    settings = {"Network.DNS.EnableProxy": "true", "network.dns.servers": "10.0.0.4"}
    others = {"ThreatIntel.Whitelist.FQDNs": "partner.example", "Network": {"DNS": "x"}}
    kept, removed = trim(KINDS["firewall"], {"properties": {"additionalProperties": settings | others}})
    assert kept == {"properties": {"additionalProperties": settings}}
    assert removed == {f"properties.additionalProperties.{name}" for name in others}


def test_what_people_write_beside_an_approval_is_not_kept() -> None:
    state = {"status": "Approved", "description": "password in the ticket", "actionsRequired": "None"}
    connection = {"properties": {"privateLinkServiceConnectionState": state}}
    kept, _ = trim(KINDS["workspace"], {"properties": {"privateEndpointConnections": [connection]}})
    assert "ticket" not in str(kept)
    assert "Approved" in str(kept)


def test_everything_below_a_kept_path_stays() -> None:
    body = {"properties": {"aRecords": [{"ipv4Address": "10.0.0.1", "extra": [1]}]}}
    assert trim(KINDS["record-set"], body) == (body, frozenset())


def test_bodies_with_ever_new_keys_are_trimmed_like_any_other() -> None:
    """What to keep is remembered by set of keys, and not without end."""
    for number in range(600):
        kept, removed = trim(KINDS["search-service"], {"id": "/x", f"key{number}": "secret"})
        assert kept == {"id": "/x"}
        assert removed == {f"key{number}"}


def test_bodies_of_very_many_keys_are_forgotten() -> None:
    tracemalloc.start()
    try:
        for number in range(20):
            trim(KINDS["search-service"], {f"key{number}-{key}": 1 for key in range(10_000)})
        assert tracemalloc.get_traced_memory()[0] < 5_000_000
    finally:
        tracemalloc.stop()


def test_what_is_removed_of_one_body_is_not_told_of_the_next() -> None:
    zone = KINDS["private-dns-zone"]
    assert trim(zone, {"tags": {}, "properties": {"a": 1}})[1] == {"tags", "properties.a"}
    assert trim(zone, {"properties": {"b": 1}})[1] == {"properties.b"}


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
