"""How a DNS server of the lab misbehaves: what no declaration can say, as only its answers show it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import ceil
from typing import Any

from agent.lab.custom import CustomServer
from agent.lab.resolvers import Budget, Reply
from collectors.graph.answers import Record
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaving(DeclaredServer):
    """A server that runs otherwise than any configuration says.

    `deaf` are the transports over which nothing reaches it. `cuts`: over UDP it gives nothing but truncated answers.
    `remembers` are names with former addresses, which it holds in its cache for some seconds more. Of four questions
    about a name that `strays` three are sent to the internet, never the first. `refuses`: its access list lacks
    whoever asks.
    """

    deaf: frozenset[str] = frozenset()
    cuts: bool = False
    remembers: Mapping[Fqdn, str] = field(default_factory=dict)
    strays: frozenset[Fqdn] = frozenset()
    refuses: bool = False


def misbehaving(server: DeclaredServer, **conduct: Any) -> Misbehaving:
    """The same server, misbehaving, in addition to what it does already."""
    same = {field.name: getattr(server, field.name) for field in fields(server)}
    for key in ("deaf", "strays", "remembers"):
        if key in conduct and key in same:
            conduct[key] = same[key] | conduct[key]
    return Misbehaving(**{**same, **conduct})


_REMEMBERED = 2.0
"""Seconds that an old answer is still remembered after it was first asked for."""


class Misled:
    """A server whose answers to some names are old, or now these and now those."""

    def __init__(self, resolver: CustomServer, server: Misbehaving) -> None:
        """`server` says what is wrong with the answers of `resolver`."""
        self.server = server
        self._resolver = resolver
        self._until: dict[Fqdn, float] = {}
        self._asked: Counter[tuple[Fqdn, str]] = Counter()

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer to a client."""
        if self.server.refuses:
            return Reply(rcode="REFUSED")
        former = self.server.remembers.get(name) if rdtype == "A" else None
        if former:
            left = self._until.setdefault(name, time.monotonic() + _REMEMBERED) - time.monotonic()
            if left > 0:
                return Reply(answers=(Record(name=name, type="A", ttl=ceil(left), value=former),))
        if name in self.server.strays:
            self._asked[name, rdtype] += 1
            if self._asked[name, rdtype] % 4 != 1:
                return self._resolver.wires.public.resolve(name, rdtype, budget)
        return self._resolver.resolve(name, rdtype, budget)
