"""What the resolvers of the lab have in common, and public DNS, the simplest of them.

They answer from plain records; nothing here touches the network, so one question is a few function calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from agent.lab.zones import Found, Zone
from collectors.graph.answers import Record
from collectors.graph.ids import ArmId, Fqdn, suffixes

_LONGEST_CHAIN = 12  # BIND gives up after as many CNAMEs (measured); real chains have three or four
_MOST_HOPS = 100  # questions between servers for one question of a client: where a forwarding loop ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a resolver says.

    `authority` holds the SOA of a negative answer. Nobody follows the alias at the end of a `final` one.
    """

    rcode: str = "NOERROR"
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    authoritative: bool = False
    final: bool = False


SERVFAIL = Reply(rcode="SERVFAIL")


@dataclass(slots=True)
class Budget:
    """What is left for one question of a client: loops end as SERVFAIL, not as recursion errors.

    `checking_disabled`: the client wants the answer unvalidated (the CD bit).
    """

    hops: int = _MOST_HOPS
    checking_disabled: bool = False

    def spend(self) -> bool:
        """Take one hop; False when there is none left."""
        self.hops -= 1
        return self.hops >= 0


class Resolver(Protocol):
    """Something that answers a question whole."""

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer to one question."""


class NoAnswer(Exception):  # noqa: N818  it is no error: somebody pulled the plug
    """Raised by a resolver that is down: whoever asks hears nothing."""


@dataclass(slots=True, eq=False)
class Outlet:
    """Where a resolver is plugged in: it can be exchanged for another one, or be down for a while."""

    resolver: Resolver
    is_down: bool = False

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer of whatever is plugged in. Raises NoAnswer while it is down."""
        if self.is_down:
            raise NoAnswer
        return self.resolver.resolve(name, rdtype, budget)


class StepByStep(Protocol):
    """A resolver's answer for one owner name; a lone CNAME is followed by `follow`."""

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """Records of this very name, a negative answer, or one CNAME."""


def follow(resolver: StepByStep, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
    """Follow CNAMEs, asking for each target anew."""
    chain: tuple[Record, ...] = ()
    for _ in range(_LONGEST_CHAIN):
        reply = resolver.step(name, rdtype, budget)
        answers = (*chain, *reply.answers)
        target = _lone_cname(reply, name, rdtype)
        if reply.rcode == "SERVFAIL" or any(record.name == target for record in answers):
            return SERVFAIL
        if target is None:
            return replace(reply, answers=answers, authoritative=reply.authoritative and not chain)
        chain, name = answers, target
    return SERVFAIL


def _lone_cname(reply: Reply, name: Fqdn, rdtype: str) -> Fqdn | None:
    """The target when the reply's last record is a CNAME of this name that was not itself asked for."""
    if rdtype == "CNAME" or not reply.answers or reply.final:
        return None
    last = reply.answers[-1]
    return Fqdn(last.value) if last.type == "CNAME" and last.name == name else None


def from_zone(zone: Zone, name: Fqdn, rdtype: str) -> Reply:
    """What an authoritative server says of a name in its zone."""
    found, records = zone.find(name, rdtype)
    match found:
        case Found.RECORDS | Found.CNAME:
            return Reply(answers=records)
        case Found.NODATA:
            return Reply(authority=(zone.soa,))
        case Found.NXDOMAIN:
            return Reply(rcode="NXDOMAIN", authority=(zone.soa,))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDns:
    """The authoritative servers of the internet and a resolver in front of them, in one."""

    zones: Mapping[Fqdn, Zone]

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer that everybody gets."""
        return follow(self, name, rdtype, budget)

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer of the name's own public zone."""
        if not budget.spend():
            return SERVFAIL
        origin = next((suffix for suffix in suffixes(name) if suffix in self.zones), Fqdn(""))
        return from_zone(self.zones[origin], name, rdtype)


class Wires(Protocol):
    """What leads from one resolver to another."""

    @property
    def public(self) -> PublicDns:
        """The internet."""

    def reach(self, address: str, near: ArmId | None) -> Resolver | None:
        """What answers at an address somebody who stands in a network or virtual hub; None: nothing does."""
