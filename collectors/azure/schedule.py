"""Sends requests when their budgets allow, several at a time; who must wait holds no thread.

One thread schedules and alone touches what is waiting; workers do nothing but one request each.
"""

from __future__ import annotations

import gc
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from queue import Empty, SimpleQueue

from collectors.azure.budgets import Budgets, Grant
from collectors.azure.errors import ReadError, ThrottledError
from collectors.azure.listing import Ask, Listing, Now, Reading
from collectors.azure.session import CONNECTIONS, Session
from collectors.graph.documents import Reason

LONGEST_PATIENCE = 900.0
"""Seconds that a run may idle for its own budgets in all. 1500 zones of one subscription are read in that time."""

MOST_THROTTLED = 10
"""Times that one request is refused for throttling before it is given up."""

_SILENCE = 0.5  # seconds between two words to somebody who watches
_LONGEST_BACKOFF = 30.0  # seconds, where a 429 does not say how long


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a run is: requests `sent`, those `left`, seconds until the next may leave, and subscriptions."""

    sent: int
    left: int
    wait: float
    subscriptions: int
    finished: int


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one request: refused for now, the last page with its listing, or a page with more to come."""

    reading: Reading
    listing: Listing | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: ThrottledError | None = None


class Schedule:
    """Runs questions to their end. `patience` are the seconds that all idling for budgets may take."""

    def __init__(
        self,
        session: Session,
        now: Now,
        *,
        patience: float = LONGEST_PATIENCE,
        watch: Callable[[Standing], None] | None = None,
    ) -> None:
        self._session = session
        self._now = now
        self._patience = patience
        self._watch = watch
        self._next_word = 0.0
        self._budgets = Budgets()
        self._queues: dict[Grant, deque[Reading]] = {}
        self._ready: list[tuple[float, int, Grant]] = []
        self._order = count()
        self._done: SimpleQueue[Future[_Done]] = SimpleQueue()
        self._running = 0
        self._queued = 0
        self._open: Counter[str] = Counter()
        self.sent = 0

    def run(self, asks: Iterable[Ask], then: Callable[[Listing], Iterable[Ask]]) -> None:
        """Ask, and ask what follows from each finished listing, until nothing does."""
        with _seldom_collected():
            self._run(asks, then)

    def _run(self, asks: Iterable[Ask], then: Callable[[Listing], Iterable[Ask]]) -> None:
        pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="arm")
        finished = False
        try:
            self._add(asks)
            while self._queued or self._running:
                self._send(pool)
                done = self._next()
                if done is not None:
                    self._settle(done, then)
            finished = True
        finally:
            if not finished:
                self._session.stop()
            pool.shutdown(wait=finished, cancel_futures=True)  # an interrupt does not wait for Azure's answers

    def _add(self, asks: Iterable[Ask]) -> None:
        for ask in asks:
            self._open[ask.grant.subscription] += 1
            self._queue(Reading(ask))

    def _queue(self, reading: Reading) -> None:
        waiting = self._queues.setdefault(reading.ask.grant, deque())
        waiting.append(reading)
        self._queued += 1
        if len(waiting) == 1:
            self._offer(reading.ask.grant, time.monotonic())

    def _offer(self, grant: Grant, now: float) -> None:
        """The grants take turns: among those that are ready, the one that was served longest ago comes first."""
        heappush(self._ready, (self._budgets.ready_at(grant, now), next(self._order), grant))

    def _send(self, pool: ThreadPoolExecutor) -> None:
        """Let leave what may leave now."""
        now = time.monotonic()
        while self._running < CONNECTIONS and self._ready and self._ready[0][0] <= now:
            _, _, grant = heappop(self._ready)
            if self._budgets.ready_at(grant, now) > now:  # another grant has used up what they share
                self._offer(grant, now)
                continue
            self._budgets.take(grant, now)
            waiting = self._queues[grant]
            pool.submit(self._step, waiting.popleft()).add_done_callback(self._done.put)
            self._queued -= 1
            self._running += 1
            self.sent += 1
            if waiting:
                self._offer(grant, now)

    def _step(self, reading: Reading) -> _Done:
        """In a worker: one request."""
        try:
            listing, headers = reading.step(self._session, self._now)
        except ThrottledError as refused:
            return _Done(reading, refused=refused)
        return _Done(reading, listing, headers)

    def _next(self) -> _Done | None:
        """The next finished request; None when something else may leave first."""
        wait = self._ready[0][0] - time.monotonic() if self._ready and self._running < CONNECTIONS else None
        self._tell(max(0.0, wait or 0.0))
        if wait is not None and not self._running:
            self._idle(max(0.0, wait))
            return None
        try:
            return self._done.get(timeout=_SILENCE if wait is None else min(_SILENCE, max(0.0, wait))).result()
        except Empty:
            return None

    def _tell(self, wait: float) -> None:
        now = time.monotonic()
        if self._watch is None or now < self._next_word:
            return
        self._next_word = now + _SILENCE
        subscriptions = {name: count for name, count in self._open.items() if name}
        self._watch(
            Standing(
                sent=self.sent,
                left=self._queued + self._running,
                wait=wait,
                subscriptions=len(subscriptions),
                finished=sum(1 for count in subscriptions.values() if not count),
            )
        )

    def _idle(self, seconds: float) -> None:
        """Wait for a budget while nothing is under way, unless patience is used up."""
        if seconds > self._patience:
            self._give_up()
            return
        now = min(seconds, _SILENCE)
        self._patience -= now
        self._session.waits.sleep(now)

    def _give_up(self) -> None:
        """End whatever has to wait: a run that waits longer is late for the next one of its schedule."""
        error = ReadError(
            Reason.REFUSED,
            "Azure's grants do not allow to read all of this in one run: the waiting that a run may do is used up",
        )
        for waiting in self._queues.values():
            for reading in waiting:
                ended: Future[_Done] = Future()
                ended.set_result(_Done(reading, reading.end(error, self._now)))
                self._done.put(ended)
                self._running += 1
            waiting.clear()
        self._queued = 0
        self._ready.clear()

    def _settle(self, done: _Done, then: Callable[[Listing], Iterable[Ask]]) -> None:
        """Queue what a finished request leaves to do: itself again, its next page, or what follows from it."""
        self._running -= 1
        reading, listing = done.reading, done.listing
        if done.refused is not None:
            error = self._throttled(reading, done.refused)
            listing = reading.end(error, self._now) if error else None
        else:
            self._budgets.learn(reading.ask.grant, done.headers, time.monotonic())
        if listing is None:
            self._queue(reading)
        else:
            self._add(then(listing))
            self._open[reading.ask.grant.subscription] -= 1

    def _throttled(self, reading: Reading, refused: ThrottledError) -> ReadError | None:
        """Close the budget for as long as Azure asks; the answer is why the request is given up, if it is."""
        reading.throttled += 1
        backoff = min(self._session.backoff * 2**reading.throttled, _LONGEST_BACKOFF)
        wait = backoff if refused.wait is None else refused.wait
        if reading.throttled > MOST_THROTTLED:
            return refused
        denied = self._session.waits.grant(wait)
        if denied and refused.wait is not None:
            return ReadError(Reason.REFUSED, f"the endpoint asked us to wait {wait:.0f} s, but {denied}")
        if denied:
            return refused
        self._budgets.refuse(reading.ask.grant, time.monotonic(), wait, all_reads=refused.of_subscription)
        return None


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Reading makes millions of objects that stay and hardly a cycle: looking for cycles was a third of its work."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
