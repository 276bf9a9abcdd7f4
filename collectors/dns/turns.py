"""Which question is next: servers take turns, and one that has not answered yet is asked little at a time.

A slow server does not hold up the others, and a silent one costs few messages.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from collectors.dns.limits import Silence, Way


class Turns:
    """The questions still to be asked, by way. Threads share it; whoever takes one must say when it is `done`."""

    def __init__(self, waiting: Iterable[tuple[int, Way]], silence: Silence, stopped: threading.Event) -> None:
        self._silence, self._stopped = silence, stopped
        self._changed = threading.Condition()
        self._waiting: dict[Way, deque[int]] = {}
        self._under_way: dict[Way, int] = {}
        for index, way in waiting:
            self._waiting.setdefault(way, deque()).append(index)
        self._order = deque(self._waiting)

    def take(self) -> int | None:
        """The index of the next question, once there is one that may be asked; None when none is left."""
        with self._changed:
            while self._waiting and not self._stopped.is_set():
                index = self._next()
                if index is not None:
                    return index
                self._changed.wait(timeout=0.25)  # until a stop is noticed
        return None

    def done(self, way: Way) -> None:
        """A question that was taken has ended."""
        with self._changed:
            self._under_way[way] -= 1
            self._changed.notify_all()

    def _next(self) -> int | None:
        for _ in range(len(self._order)):
            way = self._order[0]
            self._order.rotate(-1)
            if self._silence.room(way, self._under_way.get(way, 0)):
                index = self._waiting[way].popleft()
                self._under_way[way] = self._under_way.get(way, 0) + 1
                if not self._waiting[way]:
                    del self._waiting[way]
                    self._order.remove(way)
                return index
        return None
