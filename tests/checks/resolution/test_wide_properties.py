"""What must hold of the solver in worlds with resolvers, rulesets, firewalls, policies and aliases in circles."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lab.builders import forwarding_ruleset, outbound_endpoint_id
from checks.resolution.path import Addresses, Loop, Opaque, Path, label
from checks.resolution.solver import Solver
from collectors.graph.documents import AnyChange, Change, Document, Gap, Reason, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import INBOUND, resolver, ruleset
from tests.checks.resolution.small import ANSWER, PRIVATE, PUBLIC_RESOLVER, ZONE, hub, private_zone, spoke
from tests.checks.resolution.wide_worlds import (
    CHAINS,
    NETWORKS,
    TARGETS,
    WideWorld,
    every_path,
    names,
    types,
    wide_worlds,
)
from tests.estates import (
    GROUP,
    SUBSCRIPTION,
    client,
    flat,
    gap,
    network,
    nid,
    small_estate,
    solve,
    trimmed,
    zone,
)

UNREAD = (
    "private-dns-zone",
    "zone-link",
    "record-set",
    "dns-resolver",
    "inbound-endpoint",
    "outbound-endpoint",
    "forwarding-ruleset",
    "forwarding-rule",
    "ruleset-link",
    "security-policy",
    "security-rule",
    "security-policy-link",
    "domain-list",
    "firewall",
    "firewall-policy",
    "virtual-hub",
    "hub-connection",
)


@settings(max_examples=100, deadline=None)
@given(wide_worlds(), names, types)
def test_every_question_ends_and_says_how(world: WideWorld, name: Fqdn, type: str) -> None:
    for path in every_path(world.estate(), name, type):
        assert path.last.result.outcome == label(path.outcome)
        assert path.last.result.addresses == path.addresses
        assert len(path.hops) <= 18 * (len(NETWORKS) + len(TARGETS) * len(NETWORKS))
        assert all(hop.text and hop.at.id for hop in path.hops)
        if isinstance(path.outcome, Loop):
            assert path.outcome.cycle


@settings(max_examples=60, deadline=None)
@given(wide_worlds(), names, types, st.integers(0, 1000))
def test_the_order_of_documents_and_servers_means_nothing(world: WideWorld, name: Fqdn, type: str, seed: int) -> None:
    shuffle = random.Random(seed)
    documents, servers = list(world.documents), list(world.servers)
    shuffle.shuffle(documents)
    shuffle.shuffle(servers)
    other = WideWorld(tuple(documents), tuple(servers), world.assumptions)
    assert every_path(other.estate(), name, type) == every_path(world.estate(), name, type)


def by_server(estate: Estate, name: Fqdn, type: str) -> dict[tuple[str, str, int], Path]:
    """The paths by who asks whom (and once more when the list names a server twice)."""
    solver = Solver(estate, CHAINS)
    found: dict[tuple[str, str, int], Path] = {}
    for one in NETWORKS:
        asked = solver.servers(client(one))
        for place, path in enumerate(solver.paths(client(one), name, type)):
            found[one, asked[place] if asked else "", place] = path
    return found


def same(one: Path, other: Path) -> bool:
    """Whether two outcomes are one; the servers of a loop are named by networks that may be unread."""
    return one.outcome == other.outcome or (isinstance(one.outcome, Loop) and isinstance(other.outcome, Loop))


def hidden(world: WideWorld, kind: str, where: int) -> tuple[WideWorld, Gap]:
    """The world without some documents of a kind and what lies below them, and the gap in their place."""
    of_kind = [document for document in world.documents if document.kind == kind]
    scopes = sorted({f"/subscriptions/{SUBSCRIPTION}", *(str(document.id) for document in of_kind)})
    if kind in ("private-dns-zone", "zone-link") and len(scopes) > 1:
        scopes = scopes[1:]  # beside a rule an unread subscription is not told yet: see the test of just that
    scope = scopes[where % len(scopes)]
    gone = {d.id.key for d in of_kind if f"{d.id.key}/".startswith(scope.lower() + "/")}

    def kept(document: Document) -> bool:
        return not any(document.id.key == id or document.id.key.startswith(f"{id}/") for id in gone)

    left = WideWorld(tuple(filter(kept, world.documents)), world.servers, world.assumptions)
    return left, gap(kind, scope, Reason.THROTTLED)


@settings(max_examples=150, deadline=None)
@given(wide_worlds(), names, types, st.sampled_from(UNREAD), st.integers(0, 50))
def test_what_could_not_be_read_changes_no_outcome_but_to_opaque(
    world: WideWorld, name: Fqdn, type: str, kind: str, where: int
) -> None:
    """Neither an answer nor an absence comes out of not having seen something."""
    left, because = hidden(world, kind, where)
    whole, less = by_server(world.estate(), name, type), by_server(left.estate(because), name, type)
    for asked, partial in less.items():
        assert isinstance(partial.outcome, Opaque) or same(partial, whole[asked])


@settings(max_examples=80, deadline=None)
@given(wide_worlds(), names, types, st.sampled_from(UNREAD), st.integers(0, 50))
def test_a_gap_alone_changes_no_outcome_but_to_opaque(
    world: WideWorld, name: Fqdn, type: str, kind: str, where: int
) -> None:
    _, because = hidden(world, kind, where)
    whole, more = by_server(world.estate(), name, type), by_server(world.estate(because), name, type)
    for asked, doubted in more.items():
        assert isinstance(doubted.outcome, Opaque) or same(doubted, whole[asked])


@settings(max_examples=60, deadline=None)
@given(wide_worlds(), names, types, st.sets(st.sampled_from(NETWORKS)))
def test_an_unrelated_zone_changes_nothing(world: WideWorld, name: Fqdn, type: str, networks: set[str]) -> None:
    beside = flat([zone("unrelated.test", {"A/x": ["10.0.0.98"], "CNAME/y": name}, *sorted(networks))])
    more = WideWorld((*world.documents, *beside), world.servers, world.assumptions)
    assert every_path(more.estate(), name, type) == every_path(world.estate(), name, type)


@settings(max_examples=80, deadline=None)
@given(wide_worlds(), wide_worlds(), names, types, st.integers(0, 1000))
def test_an_edited_estate_is_the_estate_built_anew(
    world: WideWorld, other: WideWorld, name: Fqdn, type: str, seed: int
) -> None:
    """Any part of one world becomes that of another: documents go, come and change after questions were asked."""
    chance = random.Random(seed)
    before = world.estate()
    every_path(before, name, type)
    goal = {document.id: trimmed(document) for document in other.documents}
    touched = [id for id in sorted({*before.documents, *goal}) if chance.random() < 0.4 and "/providers/" in id.key]
    changes: list[AnyChange] = [
        Change(id=id, before=before.documents.get(id), after=goal.get(id))
        for id in touched
        if before.documents.get(id) != goal.get(id) and "authorization" not in id.key
    ]
    after = before.with_changes(*changes)
    anew = WideWorld(tuple(after.documents.values()), world.servers, world.assumptions).built_anew(after)
    assert every_path(after, name, type) == every_path(anew, name, type)


@settings(max_examples=60, deadline=None)
@given(wide_worlds(), wide_worlds(), names, types)
def test_servers_that_are_declared_one_by_one_count_as_if_declared_at_once(
    world: WideWorld, other: WideWorld, name: Fqdn, type: str
) -> None:
    gone = [ServerChange(id=f"server:{server.address}", before=server, after=None) for server in world.servers]
    come = [ServerChange(id=f"server:{server.address}", before=None, after=server) for server in other.servers]
    after = world.estate().with_changes(*gone, *come)
    at_once = WideWorld(world.documents, other.servers, world.assumptions)
    assert every_path(after, name, type) == every_path(at_once.estate(), name, type)


@settings(max_examples=40, deadline=None)
@given(wide_worlds(), names, types)
def test_a_change_and_its_undoing_leave_everything_as_it_was(world: WideWorld, name: Fqdn, type: str) -> None:
    before = world.estate()
    held = [before.documents[document.id] for document in world.documents]
    gone = before.with_changes(*(Change(id=document.id, before=document, after=None) for document in held))
    back = gone.with_changes(*(Change(id=document.id, before=None, after=document) for document in held))
    assert every_path(back, name, type) == every_path(before, name, type)


# What the properties found, with the smallest estate that shows it


@pytest.mark.parametrize("kind", ["private-dns-zone", "zone-link"])
@pytest.mark.parametrize("domain", ["", "com"])
@pytest.mark.parametrize("targets", [[], [PUBLIC_RESOLVER]], ids=["nowhere", "public"])
def test_beside_zones_that_could_not_be_read_no_rule_is_believed(kind: str, domain: str, targets: list[str]) -> None:
    """Zones come before rules, so where listing zones or links failed nobody knows whether the rule is reached."""
    hidden_zones = gap(kind, f"/subscriptions/{SUBSCRIPTION}", Reason.THROTTLED)
    zones = private_zone() if kind == "zone-link" else []
    estate = small_estate(hub(), resolver(), zones, ruleset({domain: targets}, "hub"), gaps=[hidden_zones])
    assert isinstance(solve(estate, "hub", PRIVATE).outcome, Opaque)


def test_an_unread_network_further_off_leaves_open_whose_address_it_is() -> None:
    """Two networks behind peers hold the same address; with one of them unread it is still nobody's for certain."""
    far = network("far", "10.2.0.0/16", INBOUND, peers={"left": "10.3.0.0/16", "right": "10.4.0.0/16"})
    left = network("left", "10.3.0.0/16", peers={"hub": "10.0.0.0/16"})
    right = network("right", "10.4.0.0/16", peers={"twin": "10.0.0.0/16"})
    parts = [hub(), far, left, right, resolver(), private_zone("hub")]
    both = small_estate(*parts, network("twin", "10.0.0.0/16"))
    assert isinstance(solve(both, "far", PRIVATE).outcome, Opaque)
    unread = small_estate(*parts, gaps=[gap("virtual-network", nid("twin"), Reason.THROTTLED)])
    assert isinstance(solve(unread, "far", PRIVATE).outcome, Opaque)


def test_an_unread_network_leaves_no_doubt_about_a_direct_peer() -> None:
    """Azure refuses peers that overlap, so the asker's own peer is the only one that can hold the address."""
    far = network("far", "10.2.0.0/16", INBOUND, peers={"hub": "10.0.0.0/16", "other": "10.5.0.0/16"})
    hidden = gap("virtual-network", nid("other"), Reason.FOREIGN)
    estate = small_estate(hub(), far, resolver(), private_zone("hub"), gaps=[hidden])
    assert solve(estate, "far", PRIVATE).outcome == Addresses(("10.0.0.5",))


def test_of_two_outbound_endpoints_an_unread_one_leaves_open_from_where_a_rule_forwards() -> None:
    """The first endpoint's network decides what the target's address means; the second one's is no stand-in."""
    outbound = [outbound_endpoint_id(GROUP, name, "out") for name in ("dnspr", "other")]
    of_both = forwarding_ruleset(GROUP, "rules", outbound)
    sends = [document for document in ruleset({ZONE: [INBOUND]}, "spoke") if document.kind != of_both.kind]
    twin = [network("twin", "10.0.0.0/16"), *resolver("twin", name="other")]
    parts: list[Any] = [hub(), spoke(), twin, private_zone("hub"), of_both, sends]
    assert solve(small_estate(*parts, resolver()), "spoke", PRIVATE).outcome == ANSWER
    hidden_resolver = [
        gap(kind, resolver()[0].id) for kind in ("dns-resolver", "inbound-endpoint", "outbound-endpoint")
    ]
    assert isinstance(solve(small_estate(*parts, gaps=hidden_resolver), "spoke", PRIVATE).outcome, Opaque)
