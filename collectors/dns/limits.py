"""How hard DNS servers may be asked: patience, budget, and a pace per server that spreads questions out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from collectors.graph.answers import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds. `budget` counts questions, of one call of `ask`.

    The same message is sent again after `timeout`, until `patience` seconds after the first send. A server gets
    `burst` messages at once and `queries_per_second` after that. The first question to a server goes alone and
    waits the whole `patience`; the next ones wait two timeouts until it answers anything. One that left
    `silent_after` questions without any valid answer, and never gave one, is not asked further.
    """

    timeout: float = 2.0
    patience: float = 12.0
    budget: int = 3000
    queries_per_second: float = 20.0
    burst: int = 10
    silent_after: int = 3
    workers: int = 32


class Pace:
    """A token bucket per server. Threads share it; the clock is the caller's (seconds, monotonic).

    A tenth of a large burst is kept back: what a busy machine sends late must not crowd a second beyond the limit.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._interval = 1 / limits.queries_per_second
        self._tolerance = self._interval * (limits.burst - limits.burst // 10 - 1)
        self._clock = clock
        self._due: dict[str, float] = {}
        self._lock = threading.Lock()

    def reserve(self, server: str) -> float:
        """Take a turn with a server: the seconds to wait before sending (a turn already due costs nothing)."""
        with self._lock:
            now = self._clock()
            due = max(self._due.get(server, now), now)
            self._due[server] = due + self._interval
        return max(0.0, due - self._tolerance - now)


Way = tuple[str, str, str]
"""How a server is asked: the vantage, its address, and how (see `way_of`). Each may be silent by itself."""


_USUAL = " IN"


def way_of(question: Question) -> Way:
    """The way of a question. What is asked over TCP, or of another class, does not share the silence of the rest."""
    return question.vantage, question.server, f"{question.transport} {question.dns_class}"


class Silence:
    """Counts, per way, questions without a valid answer until the first one that has one; keep one for a whole run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._silent: dict[Way, int] = {}
        self._spoke: set[Way] = set()
        self._lock = threading.Lock()

    def heard(self, way: Way, *, answered: bool) -> None:
        """Note how a question ended."""
        with self._lock:
            if answered:
                self._spoke.add(way)
            else:
                self._silent[way] = self._silent.get(way, 0) + 1

    def is_given_up(self, way: Way) -> bool:
        """Whether asking on would only cost time."""
        with self._lock:
            return way not in self._spoke and self._silent.get(way, 0) >= self._limits.silent_after

    def room(self, way: Way, under_way: int) -> bool:
        """Whether one more question may go out: the first goes alone, and before an answer never more than needed."""
        with self._lock:
            silent = self._silent.get(way, 0)
            if way in self._spoke or silent >= self._limits.silent_after:
                return True
            return under_way < (self._limits.silent_after - silent if silent else 1)

    def patience(self, way: Way) -> float:
        """How long to wait for an answer, in seconds: less once a server let a question time out and answered none.

        Questions over TCP and about the server itself only tell why it is silent: they wait less, too.
        """
        with self._lock:
            was_silent = way not in self._spoke and self._silent.get(way, 0) > 0
        if was_silent or way[2] != _USUAL:
            return min(self._limits.patience, 2 * self._limits.timeout)
        return self._limits.patience
