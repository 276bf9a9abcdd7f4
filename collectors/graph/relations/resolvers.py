"""What Azure DNS does in a network beside its zones: the rules and the security policies that are linked to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import (
    DnsResolver,
    ForwardingRule,
    InboundEndpoint,
    RulesetLink,
    SecurityPolicyLink,
    SecurityRule,
)
from collectors.graph.relations.base import Graph, grouped, index, relation


class Resolvers(Graph):
    """Resolvers, forwarding rulesets and DNS security policies."""

    def resolver_of(self, endpoint: InboundEndpoint) -> DnsResolver | None:
        """The resolver of an inbound endpoint; its network is the view that questions get there."""
        return self.get(DnsResolver, endpoint.resolver)

    _ruleset_links = grouped(RulesetLink, lambda link: link.network)

    def ruleset_links_of(self, network: ArmId) -> tuple[RulesetLink, ...]:
        """The links of rulesets to a network (Azure allows one)."""
        return self._ruleset_links.get(network, ())

    _rules = grouped(ForwardingRule, lambda rule: rule.ruleset)

    def rules_of(self, ruleset: ArmId) -> tuple[ForwardingRule, ...]:
        """All rules of a ruleset, disabled ones too."""
        return self._rules.get(ruleset, ())

    @relation(RulesetLink, ForwardingRule)
    def _rules_by_network(self) -> dict[ArmId, Mapping[Fqdn, ForwardingRule]]:
        return {}

    def rules_for(self, network: ArmId) -> Mapping[Fqdn, ForwardingRule]:
        """The enabled rules that apply to questions from a network, by domain (`""` is the root)."""
        known = self._rules_by_network.get(network)
        if known is None:
            found: dict[Fqdn, ForwardingRule] = {}
            for link in self.ruleset_links_of(network):
                for rule in self.rules_of(link.ruleset):
                    if rule.enabled:
                        found.setdefault(rule.domain, rule)
            known = self._rules_by_network[network] = MappingProxyType(found)
        return known

    @relation(ForwardingRule)
    def _rules_by_domain(self) -> Mapping[Fqdn, tuple[ForwardingRule, ...]]:
        return index((rule for rule in self.of_type(ForwardingRule) if rule.enabled), lambda rule: rule.domain)

    def rules_about(self, domain: Fqdn) -> tuple[ForwardingRule, ...]:
        """The enabled rules for a domain, of every ruleset, linked or not."""
        return self._rules_by_domain.get(domain, ())

    @relation(RulesetLink, ForwardingRule)
    def _disabled_by_network(self) -> dict[ArmId, Mapping[Fqdn, ForwardingRule]]:
        return {}

    def disabled_rules_for(self, network: ArmId) -> Mapping[Fqdn, ForwardingRule]:
        """The disabled rules of the rulesets of a network, by domain."""
        known = self._disabled_by_network.get(network)
        if known is None:
            rules = (rule for link in self.ruleset_links_of(network) for rule in self.rules_of(link.ruleset))
            known = MappingProxyType({rule.domain: rule for rule in rules if not rule.enabled})
            self._disabled_by_network[network] = known
        return known

    @relation(InboundEndpoint, DnsResolver)
    def inbound_networks(self) -> frozenset[ArmId]:
        """The networks that questions reach by an inbound endpoint."""
        resolvers = (self.resolver_of(endpoint) for endpoint in self.of_type(InboundEndpoint))
        return frozenset(resolver.network for resolver in resolvers if resolver and resolver.network)

    _policy_links = grouped(SecurityPolicyLink, lambda link: link.network)

    def policy_links_of(self, network: ArmId) -> tuple[SecurityPolicyLink, ...]:
        """The links of DNS security policies to a network (Azure allows one)."""
        return self._policy_links.get(network, ())

    @relation(SecurityRule)
    def _security_rules(self) -> Mapping[ArmId, tuple[SecurityRule, ...]]:
        rules = index(self.of_type(SecurityRule), lambda rule: rule.policy)
        return {policy: tuple(sorted(found, key=lambda rule: rule.priority)) for policy, found in rules.items()}

    def security_rules_of(self, policy: ArmId) -> tuple[SecurityRule, ...]:
        """All rules of a policy, the one that is tried first in front, disabled ones too."""
        return self._security_rules.get(policy, ())

    def security_rules_for(self, network: ArmId) -> tuple[tuple[SecurityRule, ...], ...]:
        """The enabled rules of each policy of a network, the one that is tried first in front."""
        return tuple(self._enabled(network))

    def _enabled(self, network: ArmId) -> Iterator[tuple[SecurityRule, ...]]:
        for link in self.policy_links_of(network):
            yield tuple(rule for rule in self.security_rules_of(link.policy) if rule.enabled)
