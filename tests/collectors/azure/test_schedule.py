"""Requests leave when their budgets allow; who waits holds nobody else up, and nothing waits for ever."""

from __future__ import annotations

import time

import pytest

from collectors.arm.kinds import KINDS
from collectors.azure.budgets import LISTS
from collectors.azure.listing import Ask, Listing
from collectors.azure.policies import Waits
from collectors.azure.schedule import MOST_THROTTLED, Schedule, Standing
from collectors.azure.session import CONNECTIONS
from collectors.graph.documents import Reason
from tests.collectors.azure.arm_server import ENDPOINTS, GROUP, SUBSCRIPTION, ZONE, ArmServer, Reply, failed, listed
from tests.collectors.azure.conftest import NOW, MakeSession

NETWORKS = Ask(KINDS["virtual-network"], SUBSCRIPTION)
OTHER = "/subscriptions/99999999-9999-9999-9999-999999999999"


class Asked:
    """Listings in the order in which they were finished, and when."""

    def __init__(self) -> None:
        self.listings: list[Listing] = []
        self.times: dict[Ask, float] = {}
        self._started = time.monotonic()

    def __call__(self, listing: Listing) -> tuple[Ask, ...]:
        self.listings.append(listing)
        self.times[listing.ask] = time.monotonic() - self._started
        return ()

    @property
    def reasons(self) -> list[Reason]:
        return [gap.reason for listing in self.listings for gap in listing.gaps]


def test_throttling_of_one_subscription_holds_up_no_other(server: ArmServer, make_session: MakeSession) -> None:
    throttled = [Ask(KINDS["virtual-network"], f"{SUBSCRIPTION}/{n}") for n in range(2 * CONNECTIONS)]
    for ask in throttled:
        server.on(ask.url, failed(429, "TooManyRequests", Retry_After="2"), Reply(body={"value": []}))
    others = [Ask(KINDS["virtual-network"], f"{OTHER}/{n}") for n in range(10)]
    asked = Asked()
    Schedule(make_session(), lambda: NOW).run([*throttled, *others], asked)
    assert asked.reasons == []
    assert max(asked.times[ask] for ask in others) < min(asked.times[ask] for ask in throttled)
    assert all(asked.times[ask] >= 2.0 for ask in throttled)


def test_a_throttled_page_is_asked_again_and_earlier_pages_are_kept(
    server: ArmServer, make_session: MakeSession
) -> None:
    server.on(ENDPOINTS, listed(f"{GROUP}/providers/x/pe/one", link=f"{server.url}{ENDPOINTS}?page=2"))
    second = listed(f"{GROUP}/providers/x/pe/two")
    server.on(f"{ENDPOINTS}?page=2", failed(429, "TooManyRequests", retry_after_ms="5"), second)
    asked = Asked()
    Schedule(make_session(), lambda: NOW).run([Ask(KINDS["private-endpoint"], SUBSCRIPTION)], asked)
    (listing,) = asked.listings
    assert [document.id.name for document in listing.documents] == ["one", "two"]
    assert listing.gaps == ()
    assert server.asked.count(ENDPOINTS) == 3


def test_throttling_that_never_ends_is_told_as_such(server: ArmServer, make_session: MakeSession) -> None:
    server.on(NETWORKS.url, failed(429, "TooManyRequests", retry_after_ms="1"))
    asked = Asked()
    Schedule(make_session(), lambda: NOW).run([NETWORKS], asked)
    assert asked.reasons == [Reason.THROTTLED]
    assert len(server.asked) == MOST_THROTTLED + 1


def test_the_waits_that_azure_asks_for_are_budgeted(server: ArmServer, make_session: MakeSession) -> None:
    server.on(NETWORKS.url, failed(429, "TooManyRequests", Retry_After="1"))
    asked = Asked()
    Schedule(make_session(waits=Waits(total=0.5)), lambda: NOW).run([NETWORKS], asked)
    assert asked.reasons == [Reason.REFUSED]
    assert "used up" in asked.listings[0].gaps[0].detail
    assert server.asked == [NETWORKS.url]


def test_a_run_without_patience_tells_what_its_budgets_left_unread(
    server: ArmServer, make_session: MakeSession
) -> None:
    """More zones than the grant of a minute: what fits is read, the rest is a gap with the reason."""
    zones = [Ask(KINDS["record-set"], f"{ZONE}.{n}") for n in range(int(LISTS["record-set"].burst) + 20)]
    asked = Asked()
    Schedule(make_session(), lambda: NOW, patience=0.0).run([*zones, NETWORKS], asked)
    assert len(asked.listings) == len(zones) + 1
    assert len(zones) - len(server.asked) + 1 == len(asked.reasons) > 0
    assert set(asked.reasons) == {Reason.REFUSED}
    details = {gap.detail for listing in asked.listings for gap in listing.gaps}
    assert all("the waiting that a run may do is used up" in detail for detail in details)
    assert NETWORKS.url in server.asked


def test_grants_take_turns(server: ArmServer, make_session: MakeSession) -> None:
    """One subscription with much to read does not come before all others."""
    many = [Ask(KINDS["virtual-network"], f"{SUBSCRIPTION}/{n}") for n in range(150)]
    one = Ask(KINDS["virtual-network"], OTHER)
    asked = Asked()
    Schedule(make_session(), lambda: NOW).run([*many, one], asked)
    place = [listing.ask for listing in asked.listings].index(one)
    assert place < 2 * CONNECTIONS


def test_somebody_who_watches_is_told_how_far_it_is(server: ArmServer, make_session: MakeSession) -> None:
    standings: list[Standing] = []
    server.on(NETWORKS.url, failed(429, "TooManyRequests", retry_after_ms="1500"), Reply(body={"value": []}, delay=1))
    asks = [NETWORKS, Ask(KINDS["virtual-network"], OTHER)]
    Schedule(make_session(), lambda: NOW, watch=standings.append).run(asks, Asked())
    told = {(standing.sent, standing.left, standing.finished) for standing in standings}
    assert told == {(2, 2, 0), (2, 1, 1), (3, 1, 1)}
    assert {standing.subscriptions for standing in standings} == {2}
    assert max(standing.wait for standing in standings) > 0.4
    assert len(standings) < 10  # a word now and then


def test_a_mistake_of_ours_ends_the_run_and_is_not_swallowed(server: ArmServer, make_session: MakeSession) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        Schedule(make_session(), broken).run([NETWORKS], Asked())  # type: ignore[arg-type]  # the bug
