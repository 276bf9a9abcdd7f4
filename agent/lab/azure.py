"""Azure DNS of the lab as one place sees it, and what leads into it: inbound endpoints and firewalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.lab.resolvers import SERVFAIL, Budget, Reply, Resolver, Wires, follow, from_zone
from agent.lab.rulesets import Ruleset, SecurityPolicy
from agent.lab.zones import LinkedZone
from collectors.graph.answers import Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import ArmId, Fqdn, suffixes

BLOCKED = Fqdn("blockpolicy.azuredns.invalid")
"""Where the answer for a blocked name points to."""

_BLOCK_TTL = 1006632960  # 60 with its bytes swapped: that is what Azure sends
_BLOCK_SOA = "ns1.azure-dns.com. support.azure.com. 1000 3600 600 1800 60"
_REDIRECTED_TYPES = frozenset({"A", "AAAA", "CNAME"})


def blocked(name: Fqdn) -> Reply:
    """The answer for a name that a DNS security policy blocks: an alias that nobody follows."""
    soa = Record(name=BLOCKED, type="SOA", ttl=60, value=_BLOCK_SOA)
    alias = Record(name=name, type="CNAME", ttl=_BLOCK_TTL, value=BLOCKED)
    return Reply(answers=(alias,), authority=(soa,), final=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AzureDns:
    """168.63.129.16 as one virtual network sees it: its policy, linked zones, ruleset, then public DNS.

    In a virtual hub, to which nothing can be linked, it has none of the three.
    """

    wires: Wires
    zones: Mapping[Fqdn, LinkedZone]
    ruleset: Ruleset | None = None
    policy: SecurityPolicy | None = None

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer in this view; every CNAME target goes through all of it again."""
        return follow(self, name, rdtype, budget)

    def step(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The word of the policy, of the longest linked zone, of a rule or of public DNS, in this order."""
        if self._blocks(name):
            return blocked(name)
        linked = next((self.zones[suffix] for suffix in suffixes(name) if suffix in self.zones), None)
        if linked is not None:
            return self._from_linked(linked, name, rdtype, budget)
        targets = self.ruleset.targets(name) if self.ruleset else None
        if targets is not None:
            return self._inspected(self._forwarded(targets, name, rdtype, budget), name)
        return self.wires.public.step(name, rdtype, budget)

    def _blocks(self, name: Fqdn) -> bool:
        return self.policy is not None and self.policy.blocks(name)

    def _from_linked(self, linked: LinkedZone, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The linked zone's word is final, but for NXDOMAIN where the link redirects."""
        reply = from_zone(linked.zone, name, rdtype)
        if linked.fallback and reply.rcode == "NXDOMAIN" and rdtype in _REDIRECTED_TYPES:
            return self.wires.public.step(name, rdtype, budget)
        return reply

    def _forwarded(self, targets: tuple[str, ...], name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The first target that answers at all has the word, whatever it says."""
        leaves_from = self.ruleset.leaves_from if self.ruleset else None
        for target in targets if leaves_from else ():
            upstream = self.wires.reach(target, leaves_from)
            if upstream is not None:
                return replace(upstream.resolve(name, rdtype, budget), authoritative=False)
        return SERVFAIL

    def _inspected(self, reply: Reply, asked: Fqdn) -> Reply:
        """The policy looks at every alias of a chain that came whole."""
        for position, record in enumerate(reply.answers):
            if record.name != asked and self._blocks(record.name):
                block = blocked(record.name)
                return replace(block, answers=(*reply.answers[:position], *block.answers))
        return reply


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InboundEndpoint:
    """An inbound endpoint of a DNS private resolver: whoever asks it gets the view of the resolver's network."""

    view: AzureDns

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer in that view."""
        return self.view.resolve(name, rdtype, budget) if budget.spend() else SERVFAIL


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirewallProxy:
    """The DNS proxy of an Azure firewall: hands questions on as they are."""

    place: ArmId
    servers: tuple[str, ...]
    wires: Wires

    def resolve(self, name: Fqdn, rdtype: str, budget: Budget) -> Reply:
        """The answer of the first server that gives one; without servers, that of Azure DNS where it stands."""
        for server in self.servers or (PLATFORM_RESOLVER,):
            upstream: Resolver | None = self.wires.reach(server, self.place)
            reply = upstream.resolve(name, rdtype, budget) if upstream and budget.spend() else SERVFAIL
            if reply.rcode != "SERVFAIL":
                return replace(reply, authoritative=False)
        return SERVFAIL
