"""How Azure Resource Manager bounds its callers: token buckets that answer 429, and the time an answer takes.

Written apart from the client's own budgets, so that the two can disagree.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Microsoft.Network's private DNS lists, a minute and subscription ("Azure subscription limits", Private DNS).
_A_MINUTE: Mapping[str, int] = MappingProxyType({"private-dns-zone": 60, "zone-link": 100, "record-set": 100})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a caller meets: `latency` in seconds before each answer, and the buckets where they are `throttled`."""

    latency: float = 0.0
    throttled: bool = False
    bucket: int = 250
    per_second: float = 25.0


class Throttle:
    """The buckets of one identity, as full as requests since the start have left them."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._levels: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, subscription: str, kind: str) -> tuple[int, int]:
        """Draw one request: the seconds that Retry-After asks for (0: granted), and the reads that are left."""
        if not self._limits.throttled:
            return 0, int(self._limits.bucket) - 1
        wait, left = self._draw((subscription.lower(), ""), self._limits.bucket, self._limits.per_second)
        minute = _A_MINUTE.get(kind)
        if minute is not None and not wait:
            wait, _ = self._draw((subscription.lower(), kind), minute, minute / 60)
        return math.ceil(wait), int(left)

    def _draw(self, key: tuple[str, str], size: int, per_second: float) -> tuple[float, float]:
        """Seconds until there is a token, 0.0 where there was one; and what is left."""
        now = self._clock()
        level, at = self._levels.get(key, (float(size), now))
        level = min(float(size), level + (now - at) * per_second)
        granted = level >= 1.0
        self._levels[key] = (level - 1.0 if granted else level, now)
        return (0.0 if granted else (1.0 - level) / per_second), max(level - 1.0, 0.0)
