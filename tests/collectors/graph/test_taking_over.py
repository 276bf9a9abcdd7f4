"""A changed estate takes over the indexes that the change does not touch, and none that it does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import pytest

from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.nodes import parse_document
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared, DeclaredServer
from collectors.graph.documents import AnyChange, Change, Gap, Reason, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import Peering, PrivateZone, VirtualNetwork, ZoneLink
from collectors.graph.relations.base import Relation

INDEXES = sorted(
    name for base in Estate.__mro__ for name, member in vars(base).items() if isinstance(member, cached_property)
)


def look_at_everything(estate: Estate) -> Mapping[str, Any]:
    """Every index, those filled that are filled piece by piece."""
    for network in estate.networks:
        estate.linked_zones(network.id), estate.rules_for(network.id)
        for prefix in network.prefixes:
            estate.is_public(prefix.partition("/")[0])
    for zone in estate.of_type(PrivateZone):
        estate.records_of(zone.id)
    return {name: getattr(estate, name) for name in INDEXES}


def ordered(index: Any) -> Any:
    """An index in which the order of nodes that were read in another order does not count."""
    if not isinstance(index, Mapping):
        return vars(index) if hasattr(index, "holding") else index
    return {key: sorted(value, key=repr) if isinstance(value, list) else value for key, value in index.items() if value}


def built_anew(like: Estate) -> Estate:
    return Estate.from_documents(like.documents.values(), like.gaps, like.declared, parse_document)


def is_same(changed: Estate) -> bool:
    """Whether every index of a changed estate is that of the same estate built anew."""
    one, other = look_at_everything(changed), look_at_everything(built_anew(changed))
    kinds = {type(node) for node in changed.nodes.values()}
    for kind in kinds:
        assert changed.of_type(kind) == built_anew(changed).of_type(kind)
    # What is filled piece by piece may know of things that are gone: nobody can ask for them.
    partial = {"_sorted", "_linked_zones", "_rules_by_network", "_zone_contents", "_holders", "_public"}
    assert {n: ordered(i) for n, i in one.items() if n not in partial} == {
        n: ordered(i) for n, i in other.items() if n not in partial
    }
    return all(one[name][key] == value for name in partial - {"_sorted"} for key, value in other[name].items())


def estate_of(scenario: str) -> Estate:
    return build_estate(build(scenario).documents.values(), (), Declared())


def edits(estate: Estate, chance: random.Random, back: Iterable[Change]) -> list[AnyChange]:
    """Some documents go, some get another body of their kind, what went before comes back."""
    found: list[AnyChange] = [Change(id=c.id, before=None, after=c.before) for c in back if c.after is None]
    documents = sorted(estate.documents.values(), key=lambda document: document.id.key)
    for document in chance.sample(documents, k=max(3, len(documents) // 8)):
        twins = [other for other in documents if other.kind == document.kind]
        body = chance.choice((None, chance.choice(twins).body, "no body"))
        after = None if body is None else type(document)(kind=document.kind, id=document.id, body=body)  # type: ignore[arg-type]
        found.append(Change(id=document.id, before=document, after=after))
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_every_index_is_that_of_the_estate_built_anew(scenario: str, seed: int) -> None:
    chance = random.Random(f"{scenario} {seed}")
    estate = estate_of(scenario)
    gone: list[Change] = []
    for _ in range(3):
        look_at_everything(estate)
        changes = edits(estate, chance, gone)
        gone = [change for change in changes if isinstance(change, Change) and change.after is None]
        estate = estate.with_changes(*changes)
        assert is_same(estate)


def test_gaps_and_declared_servers_make_their_indexes_anew() -> None:
    estate = estate_of("hub-spoke")
    zone = estate.of_type(PrivateZone)[0]
    look_at_everything(estate)
    assert estate.zones_unseen(zone.name) == ()
    gap = Gap(kind="zone-link", scope=zone.id.text, reason=Reason.FORBIDDEN, detail="")
    more = estate.with_gaps([gap])
    assert more.zones_unseen(zone.name) == (gap,)
    server = DeclaredServer(address="10.9.9.9", forwards={Fqdn(""): ("192.0.2.1",)})
    declared = more.with_changes(ServerChange(id="server:10.9.9.9", before=None, after=server))
    assert declared.declared_servers("10.9.9.9") == (server,)
    assert is_same(declared)
    assert vars(declared)["_links_by_network"] is vars(estate)["_links_by_network"]


def test_a_lost_link_remakes_what_rests_on_links_and_nothing_else() -> None:
    estate = estate_of("hub-spoke")
    before = look_at_everything(estate)
    link = estate.of_type(ZoneLink)[0].id
    after = estate.with_changes(Change(id=link, before=estate.documents[link], after=None))
    kept = {name for name in INDEXES if vars(after).get(name) is before[name]}
    assert set(INDEXES) - kept == {"_by_type", "_sorted", "_links_by_network", "_linked_zones", "links_by_zone"}


def test_every_index_says_what_it_rests_on() -> None:
    """But for the two that are grouped anew by type."""
    members = {name: member for base in Estate.__mro__ for name, member in vars(base).items()}
    assert {name for name in INDEXES if not isinstance(members[name], Relation)} == {"_by_type", "_sorted"}


def test_a_network_that_changes_twice_in_one_go_counts_once() -> None:
    estate = estate_of("hub-spoke")
    look_at_everything(estate)
    id: ArmId = estate.networks[0].id
    document = estate.documents[id]
    there_and_back = (Change(id=id, before=document, after=None), Change(id=id, before=None, after=document))
    after = estate.with_changes(*there_and_back, *there_and_back)
    assert is_same(after)
    assert [node.id for node in after.of_type(VirtualNetwork)] == [node.id for node in estate.networks]
    assert all(isinstance(peering, Peering) for network in after.networks for peering in network.peerings)
