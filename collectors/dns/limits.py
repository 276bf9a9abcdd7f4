"""How hard DNS servers may be asked: patience, budget, and a pace per server that spreads questions out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds. `budget` counts questions, of one call of `ask`.

    The same message is sent again after `timeout`, until `patience` seconds after the first send. A server gets
    `burst` messages at once and `queries_per_second` after that. One that left `silent_after` questions without
    any valid answer, and never gave one, is not asked further: each would cost `patience` and a thread.
    """

    timeout: float = 2.0
    patience: float = 12.0
    budget: int = 3000
    queries_per_second: float = 20.0
    burst: int = 10
    silent_after: int = 16
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


class Silence:
    """Counts, per vantage and server, questions without a valid answer until the first one that has one."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.silent_after
        self._silent: dict[tuple[str, str], int] = {}
        self._spoke: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def heard(self, vantage: str, server: str, *, answered: bool) -> None:
        """Note how a question ended."""
        key = (vantage, server)
        with self._lock:
            if answered:
                self._spoke.add(key)
            else:
                self._silent[key] = self._silent.get(key, 0) + 1

    def is_given_up(self, vantage: str, server: str) -> bool:
        """Whether asking on would only cost time."""
        key = (vantage, server)
        with self._lock:
            return key not in self._spoke and self._silent.get(key, 0) >= self._limit
