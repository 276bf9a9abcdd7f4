"""How many requests ARM grants, kept before they are sent: token buckets per subscription, provider and list.

Pure: times are seconds of whatever clock the caller uses. Sources: "Understand how Azure Resource Manager
throttles requests" (reads: 250, 25 a second) and "Azure subscription limits" (private DNS, a minute).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from collectors.arm.kinds import Kind

_FEW, _PAUSE = 10.0, 5.0
"""Of a grant whose size is not published: with fewer left than that, we pause for so many seconds."""

_AFTER_REFUSAL = 0.1
"""Of a burst: what may leave at once when the time that Azure asked us to wait is over."""

_SHARE = 0.9
"""What we take of a grant: others use the same identity, and requests arrive closer together than they left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket of `burst` requests, refilled with `per_second`."""

    burst: float
    per_second: float


READS = Rate(burst=250, per_second=25)
LISTS: Mapping[str, Rate] = MappingProxyType(
    {
        kind: Rate(burst=minute, per_second=minute / 60)
        for kind, minute in {"private-dns-zone": 60, "zone-link": 100, "record-set": 100}.items()
    }
)
"""Kinds whose lists have a grant of their own."""

_REMAINING = "x-ms-ratelimit-remaining-"
_OF_READS = frozenset({"subscription-reads", "subscription-global-reads", "tenant-reads"})
_OF_PROVIDER = frozenset({"subscription-resource-requests", "resource"})


class Bucket:
    """One grant as we believe it to stand. It starts full; what answers tell of it corrects it downwards."""

    __slots__ = ("_at", "_closed_until", "_level", "_rate")

    def __init__(self, rate: Rate | None, now: float) -> None:
        self._rate = rate
        self._level = rate.burst * _SHARE if rate else 0.0
        self._at = now
        self._closed_until = now

    def ready_at(self, now: float) -> float:
        """When the next request may leave; not before `now`."""
        if self._rate is None:
            return max(now, self._closed_until)
        self._refill(now)
        missing = max(0.0, 1.0 - self._level)
        return max(now + missing / (self._rate.per_second * _SHARE), self._closed_until)

    def take(self, now: float) -> None:
        """Use one request up."""
        self._refill(now)
        self._level -= 1.0

    def give_back(self) -> None:
        """A request was not granted after all."""
        self._level += 1.0

    def learn(self, remaining: float, now: float) -> None:
        """Azure says how much is left; requests still under way are in it, so it never raises the level."""
        if self._rate is None:
            self._closed_until = max(self._closed_until, now + _PAUSE if remaining < _FEW else now)
            return
        self._refill(now)
        self._level = min(self._level, remaining * _SHARE)

    def close(self, now: float, seconds: float) -> None:
        """Azure refused: nothing leaves for so long, and only a small burst comes after it."""
        self._refill(now)
        self._level = min(self._level, self._rate.burst * _AFTER_REFUSAL if self._rate else 0.0)
        self._closed_until = max(self._closed_until, now + seconds)

    def _refill(self, now: float) -> None:
        if self._rate is not None and now > self._at:
            gained = (now - self._at) * self._rate.per_second * _SHARE
            self._level = min(self._rate.burst * _SHARE, self._level + gained)
        self._at = max(self._at, now)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one request draws on: the reads of its subscription (`""`: the tenant), its provider, its list."""

    subscription: str
    provider: str
    list: str = ""


def grant_of(kind: Kind, scope: str, *, one: bool = False) -> Grant:
    """The grant that the list of a kind at a scope draws on, or (`one`) a single resource of it."""
    parts = scope.lower().split("/", 3)
    subscription = parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""
    limited = kind.name in LISTS and not one
    return Grant(subscription, kind.type.partition("/")[0].lower(), kind.name if limited else "")


class Budgets:
    """The buckets of a run, made as they are needed. Not safe for several threads: one schedules."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def ready_at(self, grant: Grant, now: float) -> float:
        """When the next request that draws on this grant may leave; not before `now`."""
        return max(bucket.ready_at(now) for bucket in self._all(grant, now))

    def take(self, grant: Grant, now: float) -> None:
        """A request leaves."""
        for bucket in self._all(grant, now):
            bucket.take(now)

    def learn(self, grant: Grant, headers: Mapping[str, str], now: float) -> None:
        """What the headers of an answer tell; they come in any case, with values such as `""` and `", "`."""
        reads, provider, *_ = self._all(grant, now)
        for name, value in headers.items():
            what = name.lower().removeprefix(_REMAINING)
            if what not in _OF_READS | _OF_PROVIDER or not (value.isascii() and value.isdigit()):
                continue
            if what in _OF_READS:
                reads.learn(int(value[:9]), now)
            else:
                provider.learn(int(value[:9]), now)

    def refuse(self, grant: Grant, now: float, seconds: float, *, all_reads: bool) -> None:
        """Azure refused a request: close its list, else its provider, or all reads of the subscription."""
        reads, provider, *lists = self._all(grant, now)
        for bucket in (reads, provider, *lists):
            bucket.give_back()  # what was refused has not been granted
        (reads if all_reads else lists[0] if lists else provider).close(now, seconds)

    def _all(self, grant: Grant, now: float) -> list[Bucket]:
        found = [
            self._bucket((grant.subscription,), READS, now),
            self._bucket((grant.subscription, grant.provider), None, now),
        ]
        if grant.list:
            found.append(self._bucket((grant.subscription, grant.provider, grant.list), LISTS[grant.list], now))
        return found

    def _bucket(self, key: tuple[str, ...], rate: Rate | None, now: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, now)
        return bucket
