"""What is known not to be known: the gaps that may hide something in a certain place.

A gap that names nothing nearby is left out where it would leave nothing to be told anywhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.nodes import DnsResolver, ForwardingRuleset, SecurityPolicy, Subnet, VirtualHub, VirtualNetwork
from collectors.graph.relations.base import covers, is_below, relation
from collectors.graph.relations.resolvers import Resolvers

_RESOLVER_SERVICE = "microsoft.network/dnsresolvers"
_FIREWALL_SUBNET = "azurefirewallsubnet"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """Kinds that hang together: a whole, its rules, and its links to networks."""

    type: type[ForwardingRuleset] | type[SecurityPolicy]
    whole: str
    rule: str
    link: str
    segment: str


_RULESETS = _Family(
    type=ForwardingRuleset,
    whole="forwarding-ruleset",
    rule="forwarding-rule",
    link="ruleset-link",
    segment="/dnsforwardingrulesets/",
)
_POLICIES = _Family(
    type=SecurityPolicy,
    whole="security-policy",
    rule="security-rule",
    link="security-policy-link",
    segment="/dnsresolverpolicies/",
)


class Unseen(Resolvers):
    """Gaps by what they may hide."""

    def unread(self, kind: str, id: ArmId) -> tuple[Gap, ...]:
        """The gaps that explain why a referenced resource is not among the nodes."""
        return tuple(gap for gap in self._gaps_of(kind, "subscription") if covers(gap.scope, id))

    @relation(Gap)
    def _gaps_by_kind(self) -> dict[str, tuple[Gap, ...]]:
        found: dict[str, list[Gap]] = {}
        for gap in self.gaps:
            found.setdefault(gap.kind, []).append(gap)
        return {kind: tuple(gaps) for kind, gaps in found.items()}

    def _gaps_of(self, *kinds: str) -> Iterator[Gap]:
        for kind in kinds:
            yield from self._gaps_by_kind.get(kind, ())

    # Inbound endpoints and firewalls

    def inbound_unseen(self, address: str, network: ArmId) -> tuple[Gap, ...]:
        """The gaps that may hide an inbound endpoint at an address of a network.

        It stands in a subnet that is delegated to resolvers and holds nothing else, so anywhere else none is.
        """
        if not self._may_stand(address, network, _takes_resolvers):
            return ()
        gaps = self._gaps_of("dns-resolver", "inbound-endpoint", "subscription")
        elsewhere = [r.id for r in self.of_type(DnsResolver) if r.network and r.network != network]
        return tuple(gap for gap in gaps if not any(is_below(gap.scope, resolver) for resolver in elsewhere))

    def firewall_unseen(self, address: str, place: ArmId) -> tuple[Gap, ...]:
        """The gaps that may hide a firewall at an address of a network or a virtual hub.

        It is in the resource group of its network, in a subnet of one certain name; in a hub it is the one that
        the hub names.
        """
        if not self._may_stand(address, place, _takes_firewalls):
            return ()
        hub = self.get(VirtualHub, place)
        group = ArmId(place.key.partition("/providers/")[0] or place.text)
        above, below = (hub.firewall, hub.firewall) if hub and hub.firewall else (place, group)
        return tuple(
            gap
            for gap in self._gaps_of("firewall", "subscription")
            if covers(gap.scope, above) or is_below(gap.scope, below)
        )

    def _may_stand(self, address: str, place: ArmId, takes: Callable[[Subnet], bool]) -> bool:
        network = self.get(VirtualNetwork, place)
        if network is None:
            return True
        wanted = ipaddress.ip_address(address)
        ranges = (
            ipaddress.ip_network(prefix) for subnet in network.subnets if takes(subnet) for prefix in subnet.prefixes
        )
        return any(wanted in one for one in ranges)

    # Rulesets and security policies

    def rules_unseen(self, network: ArmId) -> tuple[Gap, ...]:
        """The gaps that may hide a forwarding rule of a network's view, whatever else is found there.

        Listings of other subscriptions, and those that worked but prove nothing, are left out: see
        `rulesets_unseen` for a name that nothing covers.
        """
        return self._unseen(_RULESETS, network, [link.ruleset for link in self.ruleset_links_of(network)])

    def rulesets_unseen(self, network: ArmId) -> tuple[Gap, ...]:
        """All gaps that may hide a ruleset linked to a network: none where one is linked, as Azure allows one."""
        if self.ruleset_links_of(network):
            return ()
        gaps = self._gaps_of(_RULESETS.whole, _RULESETS.link, "subscription")
        return tuple(gap for gap in gaps if not self._is_of_another_region(_RULESETS, gap, network))

    def policies_unseen(self, network: ArmId) -> tuple[Gap, ...]:
        """The gaps that may hide a DNS security rule of a network's view, chosen as in `rules_unseen`."""
        return self._unseen(_POLICIES, network, [link.policy for link in self.policy_links_of(network)])

    def outbound_unseen(self, ruleset: ArmId) -> tuple[Gap, ...]:
        """The gaps that explain why nobody knows from which network the questions of a ruleset leave."""
        node = self.get(ForwardingRuleset, ruleset)
        if node is None:
            return self.unread(_RULESETS.whole, ruleset)
        gaps = (
            gap
            for id in node.outbound_endpoints
            for gap in (*self.unread("outbound-endpoint", id), *self.unread("dns-resolver", id.parent))
        )
        return tuple(dict.fromkeys(gaps))

    def _unseen(self, family: _Family, network: ArmId, linked: list[ArmId]) -> tuple[Gap, ...]:
        if linked:
            rules = [gap for gap in self._gaps_of(family.rule) if any(_is_near(gap, id) for id in linked)]
            unread = [gap for id in linked if id not in self.nodes for gap in self.unread(family.whole, id)]
            return tuple(dict.fromkeys((*rules, *unread)))
        return tuple(
            gap
            for gap in self._gaps_of(family.whole, family.link)
            if (_is_near(gap, network) or self._names_one(family, gap))
            and not self._is_of_another_region(family, gap, network)
        )

    def _names_one(self, family: _Family, gap: Gap) -> bool:
        return family.segment in gap.scope.lower()

    def _is_of_another_region(self, family: _Family, gap: Gap, network: ArmId) -> bool:
        """Whether what a gap names stands in another region: links never leave theirs."""
        whole = next((one for one in self.of_type(family.type) if is_below(gap.scope, one.id)), None)
        node = self.get(VirtualNetwork, network)
        places = {one.location for one in (whole, node) if one and one.location}
        return len(places) == 2


def _is_near(gap: Gap, id: ArmId) -> bool:
    """Whether a gap is at or below a resource, or above it because something failed there."""
    failed = gap.reason is not Reason.HIDDEN and not gap.on_purpose
    return is_below(gap.scope, id) or (failed and covers(gap.scope, id))


def _takes_resolvers(subnet: Subnet) -> bool:
    return _RESOLVER_SERVICE in subnet.delegations


def _takes_firewalls(subnet: Subnet) -> bool:
    return subnet.id.name.lower() == _FIREWALL_SUBNET
