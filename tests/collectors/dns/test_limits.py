"""Pace and silence, with a clock that only moves when it is told to."""

from __future__ import annotations

from collectors.dns.limits import Limits, Pace, Silence

HERE = ("here", "a", " IN")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    clock = Clock()
    pace = Pace(Limits(queries_per_second=10, burst=3), clock)
    assert [round(pace.reserve("a"), 3) for _ in range(6)] == [0, 0, 0, 0.1, 0.2, 0.3]


def test_every_server_has_its_own_pace() -> None:
    clock = Clock()
    pace = Pace(Limits(queries_per_second=1, burst=1), clock)
    assert [pace.reserve(server) for server in ("a", "b", "a", "b")] == [0, 0, 1, 1]


def test_a_rest_brings_the_burst_back_but_no_more() -> None:
    clock = Clock()
    pace = Pace(Limits(queries_per_second=10, burst=2), clock)
    assert [round(pace.reserve("a"), 3) for _ in range(3)] == [0, 0, 0.1]
    clock.now += 60
    assert [round(pace.reserve("a"), 3) for _ in range(4)] == [0, 0, 0.1, 0.2]


def test_over_time_the_rate_is_kept() -> None:
    """Whoever waits as told never sends more than burst + rate x time."""
    clock = Clock()
    pace = Pace(Limits(queries_per_second=20, burst=5), clock)
    sent = 0
    while clock.now < 1010:
        clock.now += pace.reserve("a")
        sent += 1
    assert 200 <= sent <= 206


def test_a_server_that_never_answers_is_given_up() -> None:
    silence = Silence(Limits(silent_after=2))
    silence.heard(HERE, answered=False)
    assert not silence.is_given_up(HERE)
    silence.heard(HERE, answered=False)
    assert silence.is_given_up(HERE)
    assert not silence.is_given_up(("there", "a", ""))
    assert not silence.is_given_up(("here", "b", ""))


def test_a_server_that_answered_once_is_never_given_up() -> None:
    silence = Silence(Limits(silent_after=1))
    silence.heard(HERE, answered=True)
    silence.heard(HERE, answered=False)
    silence.heard(HERE, answered=False)
    assert not silence.is_given_up(HERE)


def test_before_a_server_answered_it_is_asked_no_more_than_needed() -> None:
    """The first question goes alone; after it as many as it takes to give the server up."""
    silence = Silence(Limits(silent_after=3))
    assert [silence.room(HERE, under_way) for under_way in (0, 1)] == [True, False]
    silence.heard(HERE, answered=False)
    assert [silence.room(HERE, under_way) for under_way in (0, 1, 2)] == [True, True, False]
    silence.heard(HERE, answered=True)
    assert silence.room(HERE, 1000)


def test_only_the_first_question_to_a_silent_server_waits_long() -> None:
    """BIND's SERVFAIL comes after ten seconds; whoever let that pass is not waited for as long again."""
    silence = Silence(Limits(timeout=2.0, patience=12.0))
    assert silence.patience(HERE) == 12.0
    silence.heard(HERE, answered=False)
    assert silence.patience(HERE) == 4.0
    silence.heard(HERE, answered=True)
    assert silence.patience(HERE) == 12.0
    assert silence.patience(("here", "a", "tcp IN")) == silence.patience(("here", "a", " CH")) == 4.0
