"""The life of a finding over many runs: when it counts as new, when as escalated, and when as resolved.

Pure: what is remembered and what one run saw go in, what is remembered then and what is to be told come out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from checks.finding import Level


class State(StrEnum):
    """Where in its life a finding is. A closed life is kept for a while, so that its end can be told again."""

    PENDING = "pending"
    OPEN = "open"
    WAIVED = "waived"
    CLOSED = "closed"


class Kind(StrEnum):
    """What an event tells."""

    NEW = "new"
    ESCALATED = "escalated"
    ONGOING = "ongoing"
    RESOLVED = "resolved"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of a finding: `start` is the instant at which it was first seen.

    `level` is what was told last, `seen` and `missing` count runs in a row, `body` is what is known of the finding,
    `change` what was changed in the estate before it was first seen, in one sentence, `""` where nobody knows.
    """

    fingerprint: str
    start: datetime
    state: State
    level: Level
    last_seen: datetime
    seen: int
    missing: int
    body: bytes
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A finding as one run saw it. `status` as in reports, `change` as in a life; `body` is to be kept of it."""

    fingerprint: str
    level: Level
    status: str
    body: bytes
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run saw, at the instant for which it was scheduled.

    `blind` are the fingerprints of remembered findings that this run could not have seen, were they still there.
    """

    instant: datetime
    sightings: tuple[Sighting, ...]
    blind: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something to tell of a finding. `id` is the same whoever derives it again: nothing of the run is in it."""

    id: str
    kind: Kind
    life: Life


def event_id(fingerprint: str, kind: Kind, start: datetime) -> str:
    """SHA-256 of what makes an event one: the finding, what is told, and the start of this life (or the slot)."""
    text = f"{fingerprint}\n{kind.value}\n{start.isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Damping:
    """For how many runs in a row something must be seen, or be gone, before it is told."""

    new_after: int
    resolved_after: int


def advance(lives: Mapping[str, Life], seen: Seen, damping: Damping) -> tuple[dict[str, Life], tuple[Told, ...]]:
    """What is remembered after a run, and what is to be told of it, by fingerprint."""
    sightings = {sighting.fingerprint: sighting for sighting in seen.sightings}
    after: dict[str, Life] = {}
    told: list[Told] = []
    for fingerprint in sorted({*lives, *sightings}):
        life, kinds = _next(lives.get(fingerprint), sightings.get(fingerprint), seen, damping)
        if life:
            after[fingerprint] = life
            told += [Told(id=event_id(fingerprint, kind, life.start), kind=kind, life=life) for kind in kinds]
    return after, tuple(told)


def _next(
    life: Life | None, sighting: Sighting | None, seen: Seen, damping: Damping
) -> tuple[Life | None, tuple[Kind, ...]]:
    if sighting is None:
        return _unseen(life, seen, damping) if life else (None, ())
    if life is None or born({life.fingerprint: life}, sighting):
        return _born(sighting, seen, damping)
    if sighting.status == "waived":
        quiet = replace(life, state=State.WAIVED, last_seen=seen.instant, missing=0, body=sighting.body)
        return quiet, ((Kind.RESOLVED,) if life.state is State.OPEN else ())
    if sighting.status == "settling":
        return replace(life, last_seen=seen.instant, missing=0, body=sighting.body), ()
    return _seen_again(life, sighting, seen, damping)


def _born(sighting: Sighting, seen: Seen, damping: Damping) -> tuple[Life, tuple[Kind, ...]]:
    counts = sighting.status not in ("settling", "waived")
    life = Life(
        fingerprint=sighting.fingerprint,
        start=seen.instant,
        state=State.WAIVED if sighting.status == "waived" else State.PENDING,
        level=sighting.level,
        last_seen=seen.instant,
        seen=int(counts),
        missing=0,
        body=sighting.body,
        change=sighting.change,
    )
    return _opened(life, damping) if counts else (life, ())


def _seen_again(life: Life, sighting: Sighting, seen: Seen, damping: Damping) -> tuple[Life, tuple[Kind, ...]]:
    again = replace(life, last_seen=seen.instant, seen=life.seen + 1, missing=0, body=sighting.body)
    if life.state is State.PENDING:
        return _opened(replace(again, level=sighting.level), damping)
    if sighting.level > life.level:
        return replace(again, level=sighting.level), (Kind.ESCALATED,)
    return again, (Kind.ONGOING,)


def _opened(life: Life, damping: Damping) -> tuple[Life, tuple[Kind, ...]]:
    if life.seen < damping.new_after:
        return life, ()
    return replace(life, state=State.OPEN), (Kind.NEW,)


def _unseen(life: Life, seen: Seen, damping: Damping) -> tuple[Life | None, tuple[Kind, ...]]:
    """A finding that the run did not see ages only if the run would have seen it."""
    if life.state is State.CLOSED or life.fingerprint in seen.blind:
        return life, ()
    if life.state in (State.PENDING, State.WAIVED):
        return None, ()
    gone = replace(life, missing=life.missing + 1, seen=0)
    if gone.missing < damping.resolved_after:
        return gone, ()
    return replace(gone, state=State.CLOSED), (Kind.RESOLVED,)


def born(lives: Mapping[str, Life], sighting: Sighting) -> bool:
    """Whether a life begins with a sighting; where nobody lives with a finding any more it is a new one."""
    known = lives.get(sighting.fingerprint)
    return known is None or known.state is State.CLOSED or (known.state is State.WAIVED and sighting.status != "waived")


def open_lives(lives: Iterable[Life]) -> Iterator[Life]:
    """Those of which it was told that they are there and not yet that they are gone."""
    return (life for life in lives if life.state is State.OPEN)


def merged(mine: Mapping[str, Life], others: Mapping[str, Life]) -> dict[str, Life]:
    """The lives that two copies of one history know, after both went on alone for a while.

    Of two lives of a finding the one that was seen later goes on. What was told of the earlier one stays told: what is
    told later must be about the same life.
    """
    return {
        fingerprint: _joined(mine.get(fingerprint), others.get(fingerprint)) for fingerprint in sorted({*mine, *others})
    }


def _joined(one: Life | None, other: Life | None) -> Life:
    known = sorted(filter(None, (one, other)), key=lambda life: (life.last_seen, life.missing))
    earlier, later = known[0], known[-1]
    if earlier.state is State.OPEN and later.state in (State.OPEN, State.PENDING):
        return replace(later, state=State.OPEN, start=earlier.start)
    return later
