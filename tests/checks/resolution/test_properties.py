"""What must hold of the solver in every world, however odd."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.resolution.path import Addresses, Opaque, label
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import Fqdn
from tests.checks.resolution.worlds import ADDRESSES, NETWORKS, World, every_path, names, types, worlds
from tests.estates import SUBSCRIPTION, gap


@settings(max_examples=80, deadline=None)
@given(worlds(), names, types)
def test_every_question_ends_with_an_outcome_that_the_last_hop_states(world: World, name: Fqdn, type: str) -> None:
    places = len(NETWORKS) + len(ADDRESSES) * len(NETWORKS) + 2
    for path in every_path(world.estate(), name, type):
        assert path.last.result.outcome == label(path.outcome)
        assert path.last.result.addresses == path.addresses
        assert len(path.hops) <= 18 * places
        assert all(hop.text and hop.at.id for hop in path.hops)
        assert [hop.name for hop in path.hops][:1] == [name]


@settings(max_examples=60, deadline=None)
@given(worlds(), names, types, st.integers(0, 1000))
def test_the_order_of_documents_and_servers_means_nothing(world: World, name: Fqdn, type: str, seed: int) -> None:
    shuffle = random.Random(seed)
    documents, servers = list(world.documents), list(world.servers)
    shuffle.shuffle(documents)
    shuffle.shuffle(servers)
    other = World(tuple(documents), tuple(servers))
    assert every_path(other.estate(), name, type) == every_path(world.estate(), name, type)


def hidden(world: World, kind: str, where: int) -> tuple[World, Gap]:
    """The world without some of its zones, links or records, and the gap in their place."""
    of_kind = [d for d in world.documents if d.kind == kind]
    scopes = [f"/subscriptions/{SUBSCRIPTION}"]
    for document in of_kind:
        scopes += [str(document.id)] if kind == "private-dns-zone" else [str(document.id), str(document.id.parent)]
    scope = sorted(set(scopes))[where % len(set(scopes))]

    def kept(document: Document) -> bool:
        under = f"{document.id.key}/".startswith(scope.lower() + "/")
        below = kind == "private-dns-zone" and document.kind in ("zone-link", "record-set")
        return not (under and (document.kind == kind or below))

    left = World(tuple(d for d in world.documents if kept(d)), world.servers)
    return left, gap(kind, scope, Reason.THROTTLED)


KINDS = st.sampled_from(("private-dns-zone", "zone-link", "record-set"))


@settings(max_examples=120, deadline=None)
@given(worlds(), names, types, KINDS, st.integers(0, 50))
def test_what_could_not_be_read_changes_no_outcome_but_to_opaque(
    world: World, name: Fqdn, type: str, kind: str, where: int
) -> None:
    left, because = hidden(world, kind, where)
    whole, less = every_path(world.estate(), name, type), every_path(left.estate(because), name, type)
    for full, partial in zip(whole, less, strict=True):
        if isinstance(partial.outcome, Opaque):
            assert partial.outcome.gaps == (because,) or partial.outcome == full.outcome
        else:
            assert partial.outcome == full.outcome


@settings(max_examples=60, deadline=None)
@given(worlds(), names, types, KINDS, st.integers(0, 50))
def test_a_gap_alone_never_turns_an_opaque_outcome_into_another(
    world: World, name: Fqdn, type: str, kind: str, where: int
) -> None:
    _, because = hidden(world, kind, where)
    whole, more = every_path(world.estate(), name, type), every_path(world.estate(because), name, type)
    for full, doubted in zip(whole, more, strict=True):
        assert isinstance(doubted.outcome, Opaque) or doubted.outcome == full.outcome
        if isinstance(full.outcome, Opaque):
            assert not isinstance(doubted.outcome, Addresses)


@settings(max_examples=40, deadline=None)
@given(worlds(), names, st.sampled_from(NETWORKS))
def test_a_network_that_was_not_read_is_never_judged(world: World, name: Fqdn, unread: str) -> None:
    documents = tuple(d for d in world.documents if d.id.name != unread or d.kind != "virtual-network")
    because = gap("virtual-network", f"/subscriptions/{SUBSCRIPTION}")
    estate = World(documents, world.servers).estate(because)
    outcomes = {path.hops[0].at.name: path.outcome for path in every_path(estate, name, "A")}
    assert outcomes[unread] == Opaque(f"which servers {unread} asks could not be read", (because,))
