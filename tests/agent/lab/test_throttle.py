"""The emulator bounds its callers as Resource Manager does, where it is told to."""

from __future__ import annotations

import time

import pytest
import requests

from agent.lab.scenarios import CONNECTIVITY, ML_PROD, build
from agent.lab.throttle import Limits, Throttle
from agent.lab.world import LabWorld


@pytest.mark.parametrize(
    ("kind", "most"), [("private-dns-zone", 60), ("zone-link", 100), ("record-set", 100), ("", 250)]
)
def test_a_burst_is_granted_and_then_a_wait_is_asked_for(kind: str, most: int) -> None:
    throttle = Throttle(Limits(throttled=True), lambda: 0.0)
    assert [throttle.take("sub", kind)[0] for _ in range(most)] == [0] * most
    assert throttle.take("sub", kind)[0] == 1
    assert throttle.take("other", kind)[0] == 0


def test_buckets_are_refilled_and_tell_what_is_left() -> None:
    clock = [0.0]
    throttle = Throttle(Limits(throttled=True, bucket=2, per_second=1.0), lambda: clock[0])
    assert [throttle.take("SUB", "") for _ in range(2)] == [(0, 1), (0, 0)]
    assert throttle.take("sub", "")[0] == 1
    clock[0] = 1.0
    assert throttle.take("sub", "") == (0, 0)


def test_a_caller_who_asks_too_often_gets_429_with_the_time_to_wait() -> None:
    with LabWorld(build("hub-spoke", ()), limits=Limits(throttled=True, bucket=2, per_second=0.1)) as world:
        token = world.credential.get_token("https://management.azure.com/.default").token

        def get(subscription: str) -> requests.Response:
            url = f"{world.endpoint}/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks"
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(url, params={"api-version": "2025-05-01"}, headers=headers, timeout=10)

        assert [get(CONNECTIVITY).status_code for _ in range(2)] == [200, 200]
        refused = get(CONNECTIVITY)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "SubscriptionRequestsThrottled")
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        assert get(ML_PROD).headers["x-ms-ratelimit-remaining-subscription-reads"] == "1"
        assert world.requests.statuses == {200: 3, 429: 1}


def test_answers_take_their_time() -> None:
    with LabWorld(build("hub-spoke", ()), limits=Limits(latency=0.2)) as world:
        started = time.monotonic()
        assert requests.get(f"{world.endpoint}/subscriptions", timeout=10).status_code == 401
        assert time.monotonic() - started >= 0.2
