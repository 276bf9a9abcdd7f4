"""The recursive resolvers of the lab: public DNS, Azure DNS as one network sees it, custom servers.

They answer from plain records; nothing here touches the network, so one question is a few function calls.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.zones import Found, LinkedZone, Zone
from collectors.graph.answers import Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import ArmId, Fqdn, suffixes

_LONGEST_CHAIN = 12  # BIND gives up after as many CNAMEs (measured); real chains have three or four
_MOST_HOPS = 100  # questions between servers for one question of a client: where a forwarding loop ends
_LOCAL_TTL = 300
_REDIRECTED_TYPES = frozenset({"A", "AAAA", "CNAME"})
_TRUSTS_WHOLE_ANSWER = frozenset({"dnsmasq", "knot-resolver"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a resolver says. `authority` holds the SOA of a negative answer."""

    rcode: str = "NOERROR"
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    authoritative: bool = False


SERVFAIL = Reply(rcode="SERVFAIL")


@dataclass(slots=True)
class Budget:
    """What is left for one question of a client: loops end as SERVFAIL, not as recursion errors."""

    hops: int = _MOST_HOPS

    def spend(self) -> bool:
        """Take one hop; False when there is none left."""
        self.hops -= 1
        return self.hops >= 0


class Resolver(Protocol):
    """Something that answers a question whole."""

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer to one question."""


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
    if rdtype == "CNAME" or not reply.answers:
        return None
    last = reply.answers[-1]
    return Fqdn(last.value) if last.type == "CNAME" and last.name == name else None


def _from_zone(zone: Zone, name: Fqdn, rdtype: str) -> Reply:
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
        return _from_zone(self.zones[origin], name, rdtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureDns:
    """168.63.129.16 as one virtual network sees it: linked zones by longest suffix, else public DNS."""

    zones: Mapping[Fqdn, LinkedZone]
    public: PublicDns

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer in this view; every CNAME target is matched against the linked zones again."""
        return follow(self, name, rdtype, budget)

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The linked zone's word is final, but for NXDOMAIN where the link redirects."""
        linked = next((self.zones[suffix] for suffix in suffixes(name) if suffix in self.zones), None)
        if linked is None:
            return self.public.step(name, rdtype, budget)
        reply = _from_zone(linked.zone, name, rdtype)
        if linked.fallback and reply.rcode == "NXDOMAIN" and rdtype in _REDIRECTED_TYPES:
            return self.public.step(name, rdtype, budget)
        return reply


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomServer:
    """A DNS server that somebody runs: local records, conditional forwarders, else the internet.

    BIND and its like ask again for every CNAME target, with their own forwarders, even when the upstream sent
    the whole chain; dnsmasq and Knot Resolver trust the whole answer of the upstream chosen by the asked name.
    """

    server: DeclaredServer
    wiring: Wiring

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer to a client."""
        if self.server.kind in _TRUSTS_WHOLE_ANSWER:
            return self._local(name, rdtype) or self._ask_upstream(name, rdtype, budget)
        return follow(self, name, rdtype, budget)

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The first link of what the upstream says: the rest of a chain is not believed."""
        reply = self._local(name, rdtype) or self._ask_upstream(name, rdtype, budget)
        first = next((record for record in reply.answers if record.name == name), None)
        if first is not None and first.type == "CNAME" and rdtype != "CNAME":
            return Reply(answers=(first,))
        return reply

    def _local(self, name: Fqdn, rdtype: str) -> Reply | None:
        """Local data makes the name exist with these addresses and nothing else."""
        values = self.server.records.get(name)
        if values is None:
            return None
        records = tuple(_local_record(name, value) for value in values)
        wanted = tuple(record for record in records if record.type in (rdtype, "CNAME"))
        soa = Record(name=name, type="SOA", ttl=_LOCAL_TTL, value=f"{name}. {name}. 1 3600 300 2419200 300")
        return Reply(answers=wanted, authority=() if wanted else (soa,), authoritative=True)

    def _ask_upstream(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        forwards = self.server.forwards or {}
        suffix = next((s for s in (*suffixes(name), Fqdn("")) if s in forwards), None)
        if suffix is not None:
            for target in forwards[suffix]:
                upstream = self.wiring.reach(_host(target), self.server)
                reply = upstream.resolve(name, rdtype, budget) if upstream and budget.spend() else SERVFAIL
                if reply.rcode != "SERVFAIL":
                    return replace(reply, authoritative=False)
            if self.server.forward_mode != "first":
                return SERVFAIL
        return self.wiring.public.resolve(name, rdtype, budget)


def _local_record(name: Fqdn, value: str) -> Record:
    try:
        rdtype = "A" if ipaddress.ip_address(value).version == 4 else "AAAA"
    except ValueError:
        rdtype, value = "CNAME", value.rstrip(".").lower()
    return Record(name=name, type=rdtype, ttl=_LOCAL_TTL, value=value)


def _host(target: str) -> str:
    """The address of a forwarder that may carry a port."""
    return target.partition(":")[0] if target.count(":") == 1 else target


@dataclass(slots=True, kw_only=True, eq=False)
class Wiring:
    """Which resolver stands at which address, seen from a server."""

    public: PublicDns
    views: Mapping[ArmId, AzureDns]
    custom: list[CustomServer] = field(default_factory=list)

    def reach(self, address: str, asking: DeclaredServer) -> Resolver | None:
        """The resolver at an address, None where nothing answers a server that stands where this one does."""
        if address == PLATFORM_RESOLVER:
            network = self.network_of(asking)
            return self.views[network] if network is not None else None
        if address == PUBLIC_RESOLVER:
            return self.public
        return self.custom_at(address, self.network_of(asking))

    def custom_at(self, address: str, near: ArmId | None) -> CustomServer | None:
        """The custom server at an address; addresses repeat, so one in the same network goes first."""
        same = [custom for custom in self.custom if custom.server.address == address]
        return min(same, key=lambda custom: self.network_of(custom.server) != near, default=None)

    def network_of(self, server: DeclaredServer) -> ArmId | None:
        """The virtual network that a server stands in, given by id or by name; None outside Azure."""
        wanted = server.network.lower()
        matching = [network for network in self.views if wanted in (network.key, network.name.lower())]
        return matching[0] if len(matching) == 1 else None
