"""What a sink is, and what it says of a batch of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from agent.history.store import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a batch: `arrived` are the numbers that the receiver has; the others are tried again.

    `after`: how long the receiver wants to be left alone. `error`: why not all arrived, in one sentence.
    """

    arrived: tuple[int, ...]
    error: str = ""
    after: timedelta | None = None


class Sink(Protocol):
    """A receiver of events.

    Batches hold at most `most` messages and `most_bytes` of them, in the order in which they must arrive. `send`
    raises nothing but what its transport raises.
    """

    @property
    def name(self) -> str:
        """The name under which messages are kept for it."""
        ...

    @property
    def most(self) -> int:
        """The most messages of a batch."""
        ...

    @property
    def most_bytes(self) -> int:
        """The most bytes of a batch's bodies."""
        ...

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Send a batch."""
        ...


def all_of(batch: Sequence[Waiting]) -> tuple[int, ...]:
    """The numbers of a batch that has arrived as a whole."""
    return tuple(item.number for item in batch)
