"""DNS servers that somebody runs, in Azure or elsewhere, by what is declared of their kind."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace

from agent.lab.resolvers import SERVFAIL, Budget, Reply, Wires, follow
from collectors.graph.answers import Record
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import ArmId, Fqdn, suffixes

_LOCAL_TTL = 300
_TRUSTS_WHOLE_ANSWER = frozenset({"dnsmasq", "knot-resolver"})
_ASKS_FOR_OTHER_TYPES = frozenset({"dnsmasq"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CustomServer:
    """A DNS server that somebody runs: local records, conditional forwarders, else the internet.

    BIND and its like ask again for every CNAME target, with their own forwarders, even when the upstream sent
    the whole chain; dnsmasq and Knot Resolver trust the whole answer of the upstream chosen by the asked name.
    `place` is the network that it stands in, None outside Azure.
    """

    server: DeclaredServer
    place: ArmId | None
    wires: Wires

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
        """Local data makes the name exist with these addresses and nothing else; dnsmasq asks for other types."""
        values = self.server.records.get(name)
        if values is None:
            return None
        records = tuple(_local_record(name, value) for value in values)
        wanted = tuple(record for record in records if record.type in (rdtype, "CNAME"))
        if not wanted and self.server.kind in _ASKS_FOR_OTHER_TYPES:
            return None
        soa = Record(name=name, type="SOA", ttl=_LOCAL_TTL, value=f"{name}. {name}. 1 3600 300 2419200 300")
        return Reply(answers=wanted, authority=() if wanted else (soa,), authoritative=True)

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


def _local_record(name: Fqdn, value: str) -> Record:
    try:
        rdtype = "A" if ipaddress.ip_address(value).version == 4 else "AAAA"
    except ValueError:
        rdtype, value = "CNAME", value.rstrip(".").lower()
    return Record(name=name, type=rdtype, ttl=_LOCAL_TTL, value=value)


def _host(target: str) -> str:
    """The address of a forwarder that may carry a port."""
    return target.partition(":")[0] if target.count(":") == 1 else target
