"""Requests are counted before they leave: what Azure grants is used, and not overdrawn."""

from __future__ import annotations

import pytest

from agent.lab.throttle import Limits, Throttle
from collectors.arm.kinds import KINDS
from collectors.azure.budgets import LISTS, READS, Bucket, Budgets, Grant, Rate, grant_of

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
ZONE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/z"
RECORDS = grant_of(KINDS["record-set"], ZONE)
NETWORKS = grant_of(KINDS["virtual-network"], SUBSCRIPTION)


def drawn(budgets: Budgets, grant: Grant, until: float) -> list[float]:
    """When requests leave that are sent as soon as they may."""
    now, times = 0.0, []
    while (now := budgets.ready_at(grant, now)) <= until:
        budgets.take(grant, now)
        times.append(now)
    return times


def test_every_limited_list_is_of_a_kind_that_is_read() -> None:
    assert set(LISTS) <= set(KINDS)


def test_a_full_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    times = drawn(Budgets(), NETWORKS, until=10)
    burst = int(READS.burst * 0.9)
    assert times[:burst] == [0.0] * burst
    assert len(times) == pytest.approx(burst + 10 * READS.per_second * 0.9, abs=2)


@pytest.mark.parametrize("kind", LISTS)
def test_the_lists_of_private_dns_have_their_own_grants(kind: str) -> None:
    budgets = Budgets()
    grant = grant_of(KINDS[kind], ZONE)
    assert len(drawn(budgets, grant, until=0.0)) == int(LISTS[kind].burst * 0.9)
    others = grant_of(KINDS["virtual-network"], SUBSCRIPTION)
    assert budgets.ready_at(others, 0.0) == 0.0
    elsewhere = grant_of(KINDS[kind], ZONE.replace("1111-1111-1111", "2222-2222-2222"))
    assert budgets.ready_at(elsewhere, 0.0) == 0.0


def test_one_resource_does_not_draw_on_the_grant_of_a_list() -> None:
    assert grant_of(KINDS["private-dns-zone"], ZONE, one=True).list == ""


def test_subscriptions_are_told_apart_without_case_and_the_tenant_has_its_own() -> None:
    assert grant_of(KINDS["record-set"], ZONE.upper()) == RECORDS
    assert grant_of(KINDS["subscription"], "").subscription == ""


def test_what_an_answer_says_is_left_corrects_downwards_only() -> None:
    budgets = Budgets()
    budgets.learn(NETWORKS, {"X-Ms-RateLimit-Remaining-Subscription-Reads": "10"}, 0.0)
    assert len(drawn(budgets, NETWORKS, until=0.0)) == 9
    budgets.learn(NETWORKS, {"x-ms-ratelimit-remaining-subscription-reads": "11999"}, 0.0)
    assert budgets.ready_at(NETWORKS, 0.0) > 0.0


@pytest.mark.parametrize("value", ["", ", ", "-1", "soon", "٣", "1e3", " 1"])
def test_headers_that_make_no_sense_are_ignored(value: str) -> None:
    budgets = Budgets()
    budgets.learn(NETWORKS, {"x-ms-ratelimit-remaining-subscription-reads": value}, 0.0)
    assert budgets.ready_at(NETWORKS, 0.0) == 0.0


def test_a_provider_with_little_left_is_given_a_pause() -> None:
    budgets = Budgets()
    budgets.learn(NETWORKS, {"x-ms-ratelimit-remaining-subscription-resource-requests": "499"}, 0.0)
    assert budgets.ready_at(NETWORKS, 0.0) == 0.0
    budgets.learn(NETWORKS, {"x-ms-ratelimit-remaining-subscription-resource-requests": "3"}, 0.0)
    assert budgets.ready_at(NETWORKS, 0.0) == 5.0
    workspaces = grant_of(KINDS["workspace"], SUBSCRIPTION)
    assert budgets.ready_at(workspaces, 0.0) == 0.0


def test_a_refusal_closes_what_it_is_about_and_nothing_else() -> None:
    workspaces = grant_of(KINDS["workspace"], SUBSCRIPTION)
    elsewhere = grant_of(KINDS["virtual-network"], "/subscriptions/other")

    def closed(grant: Grant, *, all_reads: bool) -> list[bool]:
        budgets = Budgets()
        budgets.refuse(grant, 0.0, 17.0, all_reads=all_reads)
        return [budgets.ready_at(other, 0.0) >= 17.0 for other in (RECORDS, NETWORKS, workspaces, elsewhere)]

    assert closed(RECORDS, all_reads=False) == [True, False, False, False]
    assert closed(NETWORKS, all_reads=False) == [True, True, False, False]
    assert closed(NETWORKS, all_reads=True) == [True, True, True, False]


def test_no_great_burst_follows_a_refusal() -> None:
    bucket = Bucket(Rate(burst=100, per_second=1), 0.0)
    bucket.close(0.0, 10.0)
    assert bucket.ready_at(0.0) == 10.0
    for _ in range(19):
        bucket.take(10.0)
    assert bucket.ready_at(10.0) > 10.0


def test_a_clock_that_stands_still_or_steps_back_gives_nothing_away() -> None:
    bucket = Bucket(Rate(burst=10, per_second=1), 100.0)
    for _ in range(9):
        bucket.take(100.0)
    assert bucket.ready_at(50.0) >= 50.0
    assert bucket.ready_at(100.0) > 100.0


@pytest.mark.parametrize("kind", ["virtual-network", "private-dns-zone", "zone-link", "record-set"])
def test_the_labs_own_buckets_never_refuse_what_these_let_through(kind: str) -> None:
    """Written apart: two minutes of requests as fast as the budget allows, none of them answered with 429."""
    clock = [0.0]
    throttle = Throttle(Limits(throttled=True), lambda: clock[0])
    for clock[0] in drawn(Budgets(), grant_of(KINDS[kind], ZONE), until=120.0):
        assert throttle.take("sub", kind)[0] == 0
