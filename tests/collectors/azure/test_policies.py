"""What may leave, and how long a run may wait."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from azure.core.pipeline import Pipeline
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

from collectors.azure.errors import ReadError
from collectors.azure.policies import BodyPolicy, Waits
from collectors.graph.documents import Reason
from tests.collectors.azure.arm_server import ArmServer, Reply


@pytest.mark.parametrize("seconds", [60.1, 86400.0, float("inf"), float("nan")])
def test_a_single_long_wait_is_not_granted(seconds: float) -> None:
    assert "one wait may last 60 s" in Waits().grant(seconds)


def test_waits_at_the_same_time_count_once() -> None:
    """Eight threads that are throttled together delay the run once."""
    waits = Waits(longest=60, total=100)
    assert [waits.grant(60) for _ in range(8)] == [""] * 8


def test_waits_one_after_the_other_use_up_the_budget() -> None:
    waits = Waits(longest=60, total=0.05)
    for _ in range(2):
        assert waits.grant(0.02) == ""
        time.sleep(0.02)
    assert "used up" in waits.grant(0.02)


def test_stopping_the_run_wakes_who_waits_and_lets_nobody_wait_again() -> None:
    waits = Waits()
    Thread(target=waits.stop).start()
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(ReadError) as caught:
            waits.sleep(30)
        assert caught.value.reason is Reason.NOT_ASKED
    assert time.monotonic() - started < 5


def test_a_body_that_drips_byte_by_byte_does_not_hold_the_run(server: ArmServer) -> None:
    server.on("/slow", Reply(body=b" " * 1000, drip=0.05))
    started = time.monotonic()
    with (
        RequestsTransport() as transport,
        Pipeline(transport, [BodyPolicy(longest=0.2)]) as pipeline,
        pytest.raises(ReadError) as caught,
    ):
        pipeline.run(HttpRequest("GET", f"{server.url}/slow"), stream=True, body=bytearray())
    assert caught.value.reason is Reason.TIMED_OUT
    assert time.monotonic() - started < 2
