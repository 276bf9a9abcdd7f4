"""How a DNS server of the lab misbehaves: what no declaration can say, as only its answers show it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from collectors.graph.declared import DeclaredServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaving(DeclaredServer):
    """A server that runs otherwise than any configuration says.

    `deaf` are the transports over which nothing reaches it. `cuts`: over UDP it gives nothing but truncated answers.
    """

    deaf: frozenset[str] = frozenset()
    cuts: bool = False


def misbehaving(server: DeclaredServer, *, deaf: frozenset[str] = frozenset(), cuts: bool = False) -> Misbehaving:
    """The same server, misbehaving."""
    same = {field.name: getattr(server, field.name) for field in fields(DeclaredServer)}
    return Misbehaving(**same, deaf=deaf, cuts=cuts)
