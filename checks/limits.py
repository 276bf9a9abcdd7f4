"""The limits and restrictions that Azure documents for what this agent reads, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from checks.resolution.path import Thing
from collectors.graph.estate import Estate
from collectors.graph.nodes import DnsResolver, ForwardingRule, RulesetLink, ZoneLink

_RESOLVER = "learn.microsoft.com: What is Azure DNS Private Resolver, restrictions"
_RULESETS = "learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules"
_DNS = "learn.microsoft.com: Azure subscription and service limits, Azure DNS"
_ENDPOINTS = "learn.microsoft.com: Azure Private Endpoint DNS integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `number` of `what`."""

    number: int
    what: str
    source: str

    def near(self, used: int) -> bool:
        """Whether 80 % are used up. Of a few nobody runs out by surprise, so small limits are never near."""
        return self.number >= _WORTH_WATCHING and used * 5 >= self.number * 4


_WORTH_WATCHING = 10

RESOLVERS_PER_SUBSCRIPTION = Limit(number=15, what="DNS private resolvers in a subscription", source=_RESOLVER)
RESOLVERS_PER_NETWORK = Limit(number=1, what="DNS private resolvers in a network", source=_RESOLVER)
INBOUND_PER_RESOLVER = Limit(number=5, what="inbound endpoints of a resolver", source=_RESOLVER)
OUTBOUND_PER_RESOLVER = Limit(number=5, what="outbound endpoints of a resolver", source=_RESOLVER)
ENDPOINTS_PER_SUBNET = Limit(number=1, what="resolver endpoints in a subnet", source=_RESOLVER)
RULES_PER_RULESET = Limit(number=1000, what="rules of a forwarding ruleset", source=_RESOLVER)
LINKS_PER_RULESET = Limit(number=500, what="virtual network links of a forwarding ruleset", source=_RESOLVER)
OUTBOUND_PER_RULESET = Limit(number=2, what="outbound endpoints of a forwarding ruleset", source=_RESOLVER)
RULESETS_PER_OUTBOUND = Limit(number=2, what="forwarding rulesets of an outbound endpoint", source=_RESOLVER)
RULESETS_PER_NETWORK = Limit(number=1, what="forwarding rulesets linked to a network", source=_DNS)
TARGETS_PER_RULE = Limit(number=6, what="target servers of a forwarding rule", source=_RESOLVER)
LABELS_PER_RULE = Limit(number=34, what="labels in the domain of a forwarding rule", source=_RULESETS)
QUESTIONS_PER_ENDPOINT = Limit(number=10_000, what="questions a second to a resolver endpoint", source=_RESOLVER)
LINKS_PER_ZONE = Limit(number=1000, what="virtual network links of a private zone", source=_DNS)
REGISTERING_LINKS_PER_ZONE = Limit(number=100, what="registering links of a private zone", source=_DNS)
REGISTRATION_ZONES_PER_NETWORK = Limit(number=1, what="zones that a network registers into", source=_DNS)
ZONES_PER_NETWORK = Limit(number=1000, what="private zones linked to a network", source=_DNS)
ZONES_PER_GROUP = Limit(number=5, what="zones of a zone group", source=_ENDPOINTS)
POLICIES_PER_NETWORK = Limit(number=1, what="DNS security policies linked to a network", source=_DNS)

RULE_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
"""The name of a forwarding rule."""

RESOLVER_SUBNET_PREFIXES = range(24, 29)
"""The prefix lengths that the subnet of a resolver endpoint may have."""

RESOLVER_SERVICE = "microsoft.network/dnsresolvers"
"""The only service to which the subnet of a resolver endpoint may be delegated."""


def usage(estate: Estate) -> Iterator[tuple[Thing, Limit, int]]:
    """What is used of each limit, by the object that has it."""
    links, rules = estate.of_type(ZoneLink), estate.of_type(ForwardingRule)
    counted = (
        (LINKS_PER_ZONE, Counter(link.zone for link in links)),
        (REGISTERING_LINKS_PER_ZONE, Counter(link.zone for link in links if link.registration)),
        (ZONES_PER_NETWORK, Counter(link.network for link in links)),
        (RULES_PER_RULESET, Counter(rule.ruleset for rule in rules)),
        (LINKS_PER_RULESET, Counter(link.ruleset for link in estate.of_type(RulesetLink))),
    )
    for limit, counts in counted:
        yield from ((Thing.of(estate.spelt(id)), limit, used) for id, used in sorted(counts.items()))
    resolvers = Counter(resolver.id.subscription for resolver in estate.of_type(DnsResolver))
    for subscription, used in sorted(resolvers.items()):
        thing = Thing(f"/subscriptions/{subscription}", "subscriptions", subscription)
        yield thing, RESOLVERS_PER_SUBSCRIPTION, used
