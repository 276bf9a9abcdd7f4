"""Who is asked next: servers in turns, and little of one that has not answered yet."""

from __future__ import annotations

import threading

from collectors.dns.limits import Limits, Silence, Way
from collectors.dns.turns import Turns

ONE, OTHER = ("here", "10.0.0.4", " IN"), ("here", "10.0.0.5", " IN")


def turns(*ways: Way, silence: Silence | None = None, stopped: threading.Event | None = None) -> Turns:
    return Turns(enumerate(ways), silence or Silence(Limits(silent_after=3)), stopped or threading.Event())


def spoken(*ways: Way) -> Silence:
    """These have answered before."""
    silence = Silence(Limits(silent_after=3))
    for way in ways:
        silence.heard(way, answered=True)
    return silence


def test_servers_that_answer_take_turns() -> None:
    waiting = turns(ONE, ONE, ONE, OTHER, silence=spoken(ONE, OTHER))
    assert [waiting.take() for _ in range(5)] == [0, 3, 1, 2, None]


def test_the_second_question_waits_for_the_end_of_the_first() -> None:
    """Another server is asked meanwhile; then whatever the first one taught holds for the rest."""
    silence = Silence(Limits(silent_after=3))
    waiting = turns(ONE, ONE, OTHER, ONE, silence=silence)
    assert [waiting.take(), waiting.take()] == [0, 2]
    taken: list[int | None] = []
    thread = threading.Thread(target=lambda: taken.extend([waiting.take(), waiting.take()]))
    thread.start()
    thread.join(timeout=0.1)
    assert (thread.is_alive(), taken) == (True, [])
    silence.heard(ONE, answered=True)
    waiting.done(ONE)
    thread.join(timeout=5)
    assert taken == [1, 3]


def test_a_stop_ends_the_waiting() -> None:
    stopped = threading.Event()
    waiting = turns(ONE, ONE, stopped=stopped)
    assert waiting.take() == 0
    stopped.set()
    assert waiting.take() is None
