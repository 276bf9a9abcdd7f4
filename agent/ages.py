"""How old facts are where a run did not read all of them itself; told wherever something is concluded from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.snapshot import Snapshot

ALLOWED = "reuse"
"""In the scope of a snapshot's header: how far back the run was allowed to reuse what others had read."""

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """What a run did not read itself: how many of its `total` documents, and since when each is known.

    `times` has them by key, and the resources below which they stand: a list that is old proves no absence now.
    """

    documents: int
    total: int
    oldest: datetime
    times: Mapping[str, datetime]

    def text(self, now: datetime) -> str:
        """How many, and how old."""
        share = f"{self.documents} of {self.total} resources"
        were = "was" if self.documents == 1 else "were"
        return f"{share} {were} not read by this run, but up to {ago_text(self.oldest, now)}"

    def proof_text(self, ids: Iterable[str], now: datetime) -> str:
        """Which of some resources a conclusion knows only from before; `""`: none."""
        old = {id.lower(): id for id in ids if id.lower() in self.times}
        if not old:
            return ""
        names = sorted({id.rpartition("/")[2] for id in old.values()})
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        oldest = min(self.times[key] for key in old)
        shown = ", ".join(names[:_MOST_NAMED])
        return f"not by this run, but up to {ago_text(oldest, now)}: {shown}{more}, or what is listed there"


def reused_of(snapshot: Snapshot) -> Reused | None:
    """What a snapshot's own run did not read; None where it might not reuse, or did not."""
    if ALLOWED not in snapshot.header.scope:
        return None
    started = snapshot.header.started
    old = {d.id: d.read_at for d in snapshot.documents if d.read_at is not None and d.read_at < started}
    if not old:
        return None
    times = {id.key: time for id, time in old.items()}
    for id, time in old.items():
        parent = id.parent.key
        times[parent] = min(time, times.get(parent, time))
    return Reused(documents=len(old), total=len(snapshot.documents), oldest=min(old.values()), times=times)


def ago_text(time: datetime, now: datetime) -> str:
    """How long ago, and when."""
    when = f"{time:%H:%M}" if time.date() == now.date() else f"{time:%Y-%m-%d %H:%M}"
    return f"{age_text(now - time)} ago ({when} UTC)"


def age_text(age: timedelta) -> str:
    """An age in the unit that a person would use."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
