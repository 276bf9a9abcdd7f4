"""DNS servers that somebody runs, in Azure or elsewhere, by what is declared of their kind."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace

from agent.lab.resolvers import SERVFAIL, Budget, Reply, Wires, follow, from_zone
from agent.lab.zones import Zone
from collectors.graph.answers import Record
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import ArmId, Fqdn, is_under, suffixes

_LOCAL_TTL = 300
_TRUSTS_WHOLE_ANSWER = frozenset({"dnsmasq", "knot-resolver"})
_ASKS_FOR_OTHER_TYPES = frozenset({"dnsmasq"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomServer:
    """A DNS server that somebody runs: local records, conditional forwarders, else the internet.

    BIND and its like ask again for every CNAME target, with their own forwarders, even when the upstream sent
    the whole chain; dnsmasq and Knot Resolver trust the whole answer of the upstream chosen by the asked name.
    `place` is the network that it stands in, None outside Azure. One that `rejects_unsigned` fails for every private
    address from an upstream unless the client disables checking; one with rebinding protection takes them out.
    """

    server: DeclaredServer
    place: ArmId | None
    wires: Wires

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer to a client."""
        if self.server.kind in _TRUSTS_WHOLE_ANSWER:
            return self._local(name, rdtype) or self._guarded(name, rdtype, budget)
        return follow(self, name, rdtype, budget)

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The first link of what the upstream says: the rest of a chain is not believed."""
        reply = self._local(name, rdtype) or self._guarded(name, rdtype, budget)
        first = next((record for record in reply.answers if record.name == name), None)
        if first is not None and first.type == "CNAME" and rdtype != "CNAME":
            return Reply(answers=(first,))
        return reply

    def _local(self, name: Fqdn, rdtype: str) -> Reply | None:
        """Local data makes the name exist with these addresses and nothing else; dnsmasq asks for other types."""
        values = self.server.records.get(name)
        if values is None:
            return self._from_own_zone(name, rdtype)
        records = tuple(_local_record(name, value) for value in values)
        wanted = tuple(record for record in records if record.type in (rdtype, "CNAME"))
        if not wanted and self.server.kind in _ASKS_FOR_OTHER_TYPES:
            return None
        soa = Record(name=name, type="SOA", ttl=_LOCAL_TTL, value=f"{name}. {name}. 1 3600 300 2419200 300")
        return Reply(answers=wanted, authority=() if wanted else (soa,), authoritative=True)

    def _from_own_zone(self, name: Fqdn, rdtype: str) -> Reply | None:
        """The authoritative answer of a zone that the server holds itself, also that there is no such name."""
        held = [zone for zone in self.server.zones if is_under(name, zone.name)]
        if not held:
            return None
        own = max(held, key=lambda zone: len(zone.name))
        records = [_local_record(owner, value) for owner, values in own.records.items() for value in values]
        soa = f"ns.{own.name}. hostmaster.{own.name}. {own.serial} 3600 300 2419200 300"
        return replace(from_zone(Zone(own.name, soa, records), name, rdtype), authoritative=True)

    def _guarded(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """What validation and rebinding protection leave of an upstream's answer."""
        reply = self._ask_upstream(name, rdtype, budget)
        private = [record for record in reply.answers if _is_private(record)]
        if not private:
            return reply
        if self.server.rejects_unsigned and not budget.checking_disabled:
            return SERVFAIL
        if not self.server.rebinding_protection:
            return reply
        if self.server.kind == "bind":
            return SERVFAIL
        left = tuple(record for record in reply.answers if record not in private)
        return replace(reply, answers=() if self.server.kind == "dnsmasq" else left)

    def _ask_upstream(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        forwards = self.server.forwards or {}
        suffix = next((s for s in (*suffixes(name), Fqdn("")) if s in forwards), None)
        if suffix is not None:
            for target in forwards[suffix]:
                upstream = self.wires.reach(_host(target), self.place)
                reply = upstream.resolve(name, rdtype, budget) if upstream and budget.spend() else SERVFAIL
                if reply.rcode != "SERVFAIL":
                    return replace(reply, authoritative=False)
            if self.server.forward_mode != "first":
                return SERVFAIL
        return self.wires.public.resolve(name, rdtype, budget)


def _is_private(record: Record) -> bool:
    """Whether a record leads to an address that only private networks use."""
    return record.type == "A" and any(ipaddress.ip_address(record.value) in network for network in _PRIVATE)


_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _local_record(name: Fqdn, value: str) -> Record:
    try:
        rdtype = "A" if ipaddress.ip_address(value).version == 4 else "AAAA"
    except ValueError:
        rdtype, value = "CNAME", value.rstrip(".").lower()
    return Record(name=name, type=rdtype, ttl=_LOCAL_TTL, value=value)


def _host(target: str) -> str:
    """The address of a forwarder that may carry a port."""
    return target.partition(":")[0] if target.count(":") == 1 else target
