"""Delivery from the spool: at least once, in order for each finding, and no sink keeps another one waiting for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from agent.history.store import Clock, Store, Waiting, back_off
from agent.sinks.base import Outcome, Sink

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of one sink's messages in one round. `error` is empty where nothing went wrong."""

    sink: str
    arrived: int
    waiting: int
    error: str = ""


def deliver(
    store: Store, sinks: Iterable[Sink], clock: Clock, monotonic: Monotonic, budget: timedelta
) -> tuple[Delivered, ...]:
    """Send to every sink what waits for it. Each has the whole budget of time; a fault of one stops only that one."""
    return tuple(_deliver_to(store, sink, clock, monotonic, budget) for sink in sinks)


def _deliver_to(store: Store, sink: Sink, clock: Clock, monotonic: Monotonic, budget: timedelta) -> Delivered:
    ends, arrived, error = monotonic() + budget.total_seconds(), 0, ""
    while not error and monotonic() < ends:
        batch = _fitting(store.waiting(sink.name, clock(), sink.most), sink.most_bytes)
        if not batch:
            break
        outcome = _sent(sink, batch)
        store.mark_delivered(outcome.arrived, clock())
        arrived += len(outcome.arrived)
        left = [item for item in batch if item.number not in set(outcome.arrived)]
        if left:
            error = outcome.error or "the receiver did not take everything"
            wait = back_off(max(item.attempts for item in left) + 1, outcome.after)
            store.put_off([item.number for item in left], clock() + wait)
    return Delivered(sink=sink.name, arrived=arrived, waiting=store.unsent().get(sink.name, 0), error=error)


def _fitting(batch: Sequence[Waiting], most_bytes: int) -> tuple[Waiting, ...]:
    """As many of the first messages as fit together; at least one, which the sink must then cut."""
    sizes = iter(_sums(len(item.message.body) + 1 for item in batch))
    fitting = tuple(takewhile(lambda _: next(sizes) <= most_bytes, batch))
    return fitting or tuple(batch[:1])


def _sums(numbers: Iterable[int]) -> Iterable[int]:
    total = 0
    for number in numbers:
        total += number
        yield total


def _sent(sink: Sink, batch: Sequence[Waiting]) -> Outcome:
    try:
        return sink.send(batch)
    except Exception as error:  # noqa: BLE001  whatever a transport raises: the spool keeps the messages
        return Outcome(arrived=(), error=f"{type(error).__name__}: {str(error)[:200]}")
