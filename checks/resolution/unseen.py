"""Which gaps leave open what a view does beside its zones.

A ruleset or policy may be linked from any subscription, so a listing that failed anywhere counts. One that only proves
nothing, an unseen subscription, and what was left out on purpose do not: nothing could then be told anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from collectors.graph.documents import Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.relations.connections import HIDES_CONNECTIONS

_GATEWAYS = ("gateway-subnet", "network-gateway")
_POLICY_KINDS = ("security-policy", "security-policy-link")


def rules_unseen(estate: Estate, view: ArmId) -> tuple[Gap, ...]:
    """The gaps that may hide a forwarding rule of a view."""
    return _told((*estate.rules_unseen(view), *_failed(estate.rulesets_unseen(view))))


def rules_unproved(estate: Estate, view: ArmId) -> tuple[Gap, ...]:
    """All gaps that may hide a rule of a view: they count where nothing else covers a name, which is an absence."""
    linked = (gap for link in estate.ruleset_links_of(view) for gap in estate.unread("forwarding-rule", link.ruleset))
    return tuple(sorted({*estate.rulesets_unseen(view), *linked}))


def policies_unseen(estate: Estate, view: ArmId) -> tuple[Gap, ...]:
    """The gaps that may hide a DNS security policy of a view, or a rule of its policy; a network has one policy."""
    anywhere = () if estate.policy_links_of(view) else (gap for gap in estate.gaps if gap.kind in _POLICY_KINDS)
    return _told((*estate.policies_unseen(view), *_failed(anywhere)))


def servers_unseen(estate: Estate, address: str, network: ArmId) -> tuple[Gap, ...]:
    """The gaps that may hide what stands at an address of a network: an interface, an inbound endpoint, a firewall."""
    interfaces = estate.unread("network-interface", network)
    endpoints, firewalls = estate.inbound_unseen(address, network), estate.firewall_unseen(address, network)
    return tuple(sorted({gap for gap in (*interfaces, *endpoints, *firewalls) if not gap.outside}))


def zones_failed(estate: Estate, name: Fqdn) -> tuple[Gap, ...]:
    """The failed listings that may hide a zone, or its link, which answers for a name before any rule does."""
    return _told(_failed(estate.zones_unseen(name)))


def rivals_unseen(estate: Estate, holder: ArmId, near: ArmId) -> tuple[Gap, ...]:
    """The gaps of connected networks that may hold an address as well as `holder` does.

    None for the asking network itself and its direct peers: Azure refuses peers whose addresses overlap.
    """
    if holder == near or holder in estate.peers_of(near):
        return ()
    unread = (id for id in estate.component(near) if id not in estate.nodes)
    return _told(gap for id in unread for gap in estate.unread("virtual-network", id))


def ways_unseen(estate: Estate, one: ArmId, other: ArmId) -> tuple[Gap, ...]:
    """The gaps that may hide a way between two networks or hubs which nothing that was read connects for certain.

    Each may hide a hub, a gateway or a peering. Of peerings one side is enough: they show on both.
    """
    here, there = estate.component(one), estate.component(other)
    if other in here or other in estate.hubs_of(one):
        return ()
    hiding = {gap for gap in estate.gaps if gap.kind in HIDES_CONNECTIONS or gap.kind in _GATEWAYS}
    sides = [[id for id in side if id not in estate.nodes] for side in (here, there)]
    if all(sides):
        hiding.update(gap for side in sides for id in side for gap in estate.unread("virtual-network", id))
    return tuple(sorted(gap for gap in hiding if not gap.outside))


def _failed(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    failed = (gap for gap in gaps if gap.reason is not Reason.HIDDEN and not gap.on_purpose)
    return tuple(gap for gap in failed if gap.kind != "subscription")


def _told(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted({gap for gap in gaps if not gap.on_purpose}))
