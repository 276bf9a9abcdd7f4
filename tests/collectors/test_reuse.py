"""What a former reading may stand in for: only what this run did not ask, and only while it is young."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.scenarios import build
from collectors.arm.kinds import KINDS, children
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from collectors.reuse import Former, Place, fill, is_whole, not_asked, unchanged

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THEN = NOW - timedelta(minutes=23)
OLDEST = NOW - timedelta(hours=1)
ONE, TWO = "/subscriptions/1", "/subscriptions/2"
NETWORK = "Microsoft.Network"


def resource(kind: str, id: str, read_at: datetime | None = NOW, **properties: Any) -> Document:
    return Document(kind=kind, id=ArmId(id), body={"etag": "e", "properties": properties}, read_at=read_at)


def top(subscription: str, type: str, name: str) -> str:
    return f"{subscription}/resourceGroups/rg/providers/{NETWORK}/{type}/{name}"


def network(name: str, at: datetime = THEN, subscription: str = ONE, **properties: Any) -> Document:
    return resource("virtual-network", top(subscription, "virtualNetworks", name), at, **properties)


def endpoint(name: str, at: datetime = THEN) -> Document:
    return resource("private-endpoint", top(ONE, "privateEndpoints", name), at)


def group(of: str, at: datetime = THEN) -> Document:
    return resource("private-dns-zone-group", f"{top(ONE, 'privateEndpoints', of)}/privateDnsZoneGroups/default", at)


ZONE = top(ONE, "privateDnsZones", "z.example")
RECORDS = ("SOA/@", "A/a", "A/2/26")  # a relative name may hold a slash


def zone(at: datetime = THEN, records: Any = 3, links: Any = 1, etag: Any = "e") -> Document:
    body = {"etag": etag, "properties": {"numberOfRecordSets": records, "numberOfVirtualNetworkLinks": links}}
    return Document(kind="private-dns-zone", id=ArmId(ZONE), body=body, read_at=at)


def contents(at: datetime = THEN) -> list[Document]:
    link = resource("zone-link", f"{ZONE}/virtualNetworkLinks/l", at)
    return [link, *(resource("record-set", f"{ZONE}/{name}", at) for name in RECORDS)]


def subscriptions(*ids: str, at: datetime = NOW) -> list[Document]:
    return [resource("subscription", id, at) for id in ids]


def gap(kind: str, scope: str, reason: Reason = Reason.NOT_ASKED) -> Gap:
    return Gap(kind=kind, scope=scope, reason=reason, detail="d")


def former(*documents: Document, gaps: Iterable[Gap] = ()) -> Former:
    return Former([*subscriptions(ONE, TWO, at=THEN), *documents], gaps, OLDEST)


def filled(
    documents: Iterable[Document], gaps: Iterable[Gap], of: Former, asked: Iterable[tuple[str, str]] = ()
) -> tuple[set[str], set[tuple[str, str]]]:
    """The ids that were added, and what the gaps are about."""
    documents = list(documents)
    places: set[Place] = {("subscription", ""), *((kind, scope.lower()) for kind, scope in asked)}
    made = fill(documents, gaps, places, of)
    new = {document.id.text for document in made.documents} - {document.id.text for document in documents}
    assert made.taken == len(new)
    return new, {(one.kind, one.scope) for one in made.gaps}


def test_what_was_not_asked_is_filled_with_everything_below_it() -> None:
    known = former(endpoint("e"), group("e"), network("n"))
    new, gaps = filled(subscriptions(ONE), [gap("private-endpoint", ONE)], known)
    assert new == {endpoint("e").id.text, group("e").id.text}  # the network was not left open
    assert gaps == set()


def test_what_was_read_live_wins() -> None:
    """The document and what was listed below it: a zone group that is gone stays gone."""
    live = endpoint("e", NOW)
    known = former(endpoint("e"), group("e"), endpoint("f"), group("f"))
    open_ = [gap("private-endpoint", ONE), gap("private-dns-zone-group", ONE)]
    made = fill(
        [*subscriptions(ONE), live],
        open_,
        {("private-endpoint", live.id.key), ("private-dns-zone-group", live.id.key)},
        known,
    )
    read = {document.id: document.read_at for document in made.documents}
    assert read[live.id] == NOW
    assert set(read) == {ArmId(ONE), live.id, endpoint("f").id, group("f").id}
    assert made.gaps == ()


def test_what_was_asked_for_and_is_gone_does_not_come_back() -> None:
    """A list without it, or a GET that found nothing; and nothing below it either."""
    known = former(network("n"), endpoint("e"), group("e"))
    listed, _ = filled(subscriptions(ONE), [gap("private-dns-zone-group", ONE)], known, [("private-endpoint", ONE)])
    missing = gap("virtual-network", network("n").id.text, Reason.NOT_FOUND)
    asked = [("virtual-network", network("n").id.text)]
    single, gaps = filled(subscriptions(ONE), [gap("virtual-network", ONE), missing], known, asked)
    assert listed == single == set()
    assert gaps == {("virtual-network", missing.scope)}


def test_a_list_that_failed_in_this_run_is_not_filled() -> None:
    """What fails today is told today."""
    known = former(network("n"))
    failed = gap("virtual-network", ONE, Reason.FORBIDDEN)
    assert filled(subscriptions(ONE), [failed], known, [("virtual-network", ONE)]) == (
        set(),
        {("virtual-network", ONE)},
    )


def test_the_former_gaps_come_with_the_former_documents() -> None:
    theirs = [
        gap("virtual-network", ONE, Reason.FORBIDDEN),
        gap("private-dns-zone-group", endpoint("e").id.text, Reason.TIMED_OUT),
        gap("zone-link", ZONE, Reason.THROTTLED),  # of a zone that nobody knows any more
        gap("dns-resolver", ONE, Reason.FAILED),  # asked for now
        gap("subscription", "/", Reason.FAILED),
        gap("virtual-network", "not an id\x1b", Reason.FAILED),
        gap("unheard-of", ONE, Reason.FAILED),
    ]
    known = former(endpoint("e"), zone(), gaps=theirs)
    open_ = [gap("virtual-network", ONE), gap("private-endpoint", ONE), gap("zone-link", ONE)]
    _, gaps = filled(subscriptions(ONE), open_, known, [("dns-resolver", ONE)])
    assert gaps == {("virtual-network", ONE), ("private-dns-zone-group", endpoint("e").id.text)}


def test_a_new_subscription_stays_unknown() -> None:
    new = "/subscriptions/3"
    open_ = [gap("virtual-network", ONE), gap("virtual-network", new)]
    assert filled(subscriptions(ONE, new), open_, former(network("n"))) == (
        {network("n").id.text},
        {("virtual-network", new)},
    )


def test_a_subscription_that_is_seen_no_more_brings_nothing() -> None:
    known = former(network("n", subscription=TWO), gaps=[gap("virtual-network", TWO, Reason.FORBIDDEN)])
    assert filled(subscriptions(ONE), [gap("virtual-network", "/")], known) == (set(), set())


def test_a_zone_that_is_new_in_a_known_subscription_stays_unread() -> None:
    """The gap of the subscription is filled but for the one list that nobody ever read."""
    new = top(ONE, "privateDnsZones", "new.example")
    live = [*subscriptions(ONE), zone(NOW), resource("private-dns-zone", new)]
    open_ = [gap("record-set", ONE), gap("zone-link", ONE)]
    added, gaps = filled(live, open_, former(zone(), *contents()), [("private-dns-zone", ONE)])
    assert added == {document.id.text for document in contents()}
    assert gaps == {("record-set", new), ("zone-link", new)}


def test_an_open_scope_that_nobody_knows_stays_open() -> None:
    odd = [gap("zone-link", f"{ONE}/resourceGroups/rg"), gap("storage-account", ONE), gap("unheard-of", ONE)]
    _, gaps = filled(subscriptions(ONE), odd, former(zone()))
    assert gaps == {(one.kind, one.scope) for one in odd}


def test_what_is_read_by_reference_is_filled_one_by_one() -> None:
    vault = f"{ONE}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/"
    known = former(resource("key-vault", vault + "a", THEN), resource("key-vault", vault + "b", THEN))
    assert filled(subscriptions(ONE), [gap("key-vault", vault + "a")], known) == ({vault + "a"}, set())


def test_a_list_with_anything_too_old_in_it_is_forgotten() -> None:
    """It stays open. Empty lists have no time: those below one resource age together."""
    old = OLDEST - timedelta(seconds=1)
    known = former(network("young"), network("old", old), zone(), *contents(old)[1:])
    open_ = [gap("virtual-network", ONE), gap("private-dns-zone", ONE)]
    added, gaps = filled(subscriptions(ONE), open_, known)
    assert added == {ZONE}
    assert gaps == {("virtual-network", ONE)}
    links = filled([*subscriptions(ONE), zone(NOW)], [gap("zone-link", ZONE)], known, [("private-dns-zone", ONE)])
    assert links == (set(), {("zone-link", ZONE)})


def test_an_unchanged_zone_is_filled_whole() -> None:
    known, live = former(zone(), *contents()), zone(NOW)
    assert unchanged(live, known)
    added, gaps = filled([*subscriptions(ONE), live], not_asked(live), known, [("private-dns-zone", ONE)])
    assert added == {document.id.text for document in contents()}
    assert gaps == set()


@pytest.mark.parametrize(
    "now",
    [
        zone(NOW, records=4),
        zone(NOW, records=2),
        zone(NOW, links=2),
        zone(NOW, etag="f"),
        zone(NOW, etag=""),
        zone(NOW, etag=None),
        zone(NOW, etag={"e": 1}),
        zone(NOW, records=None),
        zone(NOW, records="3"),
        resource("private-dns-zone", top(ONE, "privateDnsZones", "other.example")),
        resource("virtual-network", ZONE),
        Document(kind="private-dns-zone", id=ArmId(ZONE), body={"etag": "e", "properties": None}),
    ],
)
def test_a_zone_that_may_have_changed_is_read(now: Document) -> None:
    assert not unchanged(now, former(zone(), *contents()))


@pytest.mark.parametrize(
    "known",
    [
        former(),
        former(zone()),
        former(zone(), *contents()[:-1]),
        former(zone(records=4), *contents()),
        former(zone(), *contents(OLDEST - timedelta(seconds=1))),
        former(zone(), contents()[0], *contents(OLDEST - timedelta(seconds=1))[1:]),
        former(zone(), *contents(), gaps=[gap("record-set", ZONE, Reason.MALFORMED)]),
        former(zone(), *contents(), gaps=[gap("record-set", f"{ZONE}/A/a", Reason.MALFORMED)]),
        former(zone(), *contents(), gaps=[gap("zone-link", ONE, Reason.FORBIDDEN)]),
        former(resource("virtual-network", ZONE), *contents()),
    ],
)
def test_a_zone_that_was_not_read_whole_is_read(known: Former) -> None:
    assert not unchanged(zone(NOW), known)


def test_an_empty_reading_of_an_empty_zone_proves_nothing() -> None:
    """Azure keeps an SOA in every zone."""
    assert not unchanged(zone(NOW, records=0, links=0), former(zone(records=0, links=0)))


def test_only_a_run_that_asked_every_list_is_whole() -> None:
    asked = {(kind.name, ONE) for kind in children("subscription")}
    assert is_whole(subscriptions(ONE), asked)
    assert not is_whole(subscriptions(ONE, TWO), asked)
    assert not is_whole(subscriptions(ONE), asked - {("private-endpoint", ONE)})


def test_a_large_estate_is_filled_in_no_time() -> None:
    """500 subscriptions with forty networks and six kinds left open in each."""
    ids = [f"/subscriptions/s{number}" for number in range(500)]
    documents = [network(f"n{number}", subscription=id) for id in ids for number in range(40)]
    known = Former([*subscriptions(*ids, at=THEN), *documents], (), OLDEST)
    kinds = ("virtual-network", "private-endpoint", "network-interface", "dns-resolver", "record-set", "zone-link")
    open_ = [gap(kind, id) for kind in kinds for id in ids]
    begun = time.process_time()
    made = fill(subscriptions(*ids), open_, {("subscription", "")}, known)
    assert made.taken == len(documents)
    assert made.gaps == ()
    assert time.process_time() - begun < 5.0


ESTATE = {
    document.id: replace(document, read_at=THEN)
    for scenario in ("multi-subscription", "hub-project", "firewall")
    for document in build(scenario).documents.values()
}
PLACES = sorted({place for place in Former(ESTATE.values(), (), OLDEST).places if place[0] != "subscription"})


@given(st.sets(st.sampled_from(PLACES)))
def test_whatever_a_run_leaves_out_the_whole_is_the_same_in_the_end(asked: set[tuple[str, str]]) -> None:
    """Any part of an estate that is read live, filled from a reading of all, is all of it, each document once."""
    known = Former(ESTATE.values(), (), OLDEST)
    live = {document.id: document for document in ESTATE.values() if document.kind == "subscription"}
    for place in sorted(asked, key=lambda place: list(KINDS).index(place[0])):
        live |= {document.id: replace(document, read_at=NOW) for document in known.places[place]}
    open_ = [gap(kind, "/") for kind in KINDS if kind != "subscription"]
    made = fill(live.values(), open_, {("subscription", ""), *asked}, known)
    assert {document.id: document.body for document in made.documents} == {d.id: d.body for d in ESTATE.values()}
    assert {document.id for document in made.documents if document.read_at == NOW} == {
        id for id, document in live.items() if document.kind != "subscription"
    }
    assert all(KINDS[one.kind].by_reference for one in made.gaps)
