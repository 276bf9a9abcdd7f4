"""The closure rule: what a successful reading may still hide becomes a gap too.

A listing proves absence only where the permissions endpoint proves the right to see all of the subscription,
and every id that something points to must have been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from collectors.arm.kinds import KINDS, Kind
from collectors.arm.nodes import parse_document
from collectors.arm.references import Reference, references
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node, PermissionRow, Permissions, PrivateEndpoint, Subscription, VirtualNetwork

_PERMISSIONS_SUFFIX = ("providers", "Microsoft.Authorization", "permissions")


def _is_listed_below_subscriptions(kind: Kind) -> bool:
    """Whether a listing may be partial. What is read by its id, and lists below that, are whole or an error."""
    parent = KINDS.get(kind.parent or "")
    return parent is not None and not kind.by_reference and not parent.by_reference and not kind.single


_PROVED_BY_PERMISSIONS = tuple(kind for kind in KINDS.values() if _is_listed_below_subscriptions(kind))
_ACTIONS = {kind.name: kind.action.lower() for kind in _PROVED_BY_PERMISSIONS}


def build_estate(documents: Iterable[Document], gaps: Iterable[Gap], declared: Declared) -> Estate:
    """The estate of what was read, with the gaps that the closure rule adds.

    A subscription of another tenant is no gap of its own: what matters is what points into it.
    """
    gaps = tuple(gaps)
    foreign = {gap for gap in gaps if _is_foreign_subscription(gap)}
    estate = Estate.from_documents(documents, (gap for gap in gaps if gap not in foreign), declared, parse_document)
    estate = estate.with_gaps(_unproved(estate))
    return estate.with_gaps(_unread_references(estate, {ArmId(gap.scope).subscription for gap in foreign}))


def permissions_of(estate: Estate, subscription: Subscription) -> tuple[PermissionRow, ...] | None:
    """The rights of the identity on a subscription, None where they could not be read."""
    permissions = estate.get(Permissions, subscription.id.child(*_PERMISSIONS_SUFFIX))
    return permissions.rows if permissions else None


def grants(rows: Iterable[PermissionRow], action: str) -> bool:
    """Whether one row grants an action and does not take it back itself (rows never subtract from each other)."""
    wanted = action.lower()
    return any(_matches(row.actions, wanted) and not _matches(row.not_actions, wanted) for row in rows)


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(_matches_one(pattern.lower(), action) for pattern in patterns)


def _matches_one(pattern: str, action: str) -> bool:
    """A star stands for anything. Nothing else has a meaning of its own, so this is no glob of file names."""
    first, *rest = pattern.split("*")
    if not rest:
        return first == action
    if not action.startswith(first):
        return False
    place = len(first)
    *middle, last = rest
    for part in middle:
        found = action.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return action.endswith(last) and len(action) - len(last) >= place


@lru_cache(maxsize=1024)  # hundreds of subscriptions share a few sets of rights
def _granted(rows: tuple[PermissionRow, ...]) -> frozenset[str]:
    return frozenset(name for name, action in _ACTIONS.items() if grants(rows, action))


def _unproved(estate: Estate) -> Iterator[Gap]:
    """Kinds whose listing in a subscription is not proved to be complete."""
    known = {(gap.kind, gap.scope.lower()) for gap in estate.gaps}
    unasked = {gap.kind for gap in estate.gaps if gap.outside and gap.scope == "/"}
    for subscription in estate.of_type(Subscription):
        granted = _granted(permissions_of(estate, subscription) or ())
        for kind in _PROVED_BY_PERMISSIONS:
            if kind.name in granted | unasked or (kind.name, subscription.id.key) in known:
                continue
            yield Gap(
                kind=kind.name,
                scope=subscription.id.text,
                reason=Reason.HIDDEN,
                detail=f"the right to see all {kind.title} of the subscription is not proved",
                action=f"grant {kind.action} on {subscription.id.text} (the Reader role holds it)",
            )


def _unread_references(estate: Estate, foreign: set[str]) -> Iterator[Gap]:
    """Referenced ids that were not read, where neither a listing proves them absent nor a gap tells of them."""
    told = {(gap.kind, gap.scope.lower().rstrip("/")) for gap in estate.gaps}
    listed = {subscription.id.subscription for subscription in estate.of_type(Subscription)}
    for reference in _unread(estate):
        if reference.id.subscription not in listed:
            yield _out_of_sight(reference, foreign)
        elif KINDS[reference.kind].by_reference and not _is_told(told, reference):
            yield _not_asked(reference)


def _unread(estate: Estate) -> Iterator[Reference]:
    """Each unread id once, told by the first of those that point to it: whatever order they were read in."""
    seen: set[tuple[str, ArmId]] = set()
    for node in sorted(estate.nodes.values(), key=lambda node: node.id.key):
        hub_ends = _hub_ends(estate, node)
        for reference in references(node):
            id = reference.id
            if id in estate.nodes or id in estate.documents or (reference.kind, id) in seen or id in hub_ends:
                continue
            if not _is_target(estate, node, reference):
                seen.add((reference.kind, id))
                yield reference


def _hub_ends(estate: Estate, node: Node) -> frozenset[ArmId]:
    """The hubs' ends of a network's connections: no networks of anybody's, so nothing is missed with them."""
    if not isinstance(node, VirtualNetwork):
        return frozenset()
    ends: dict[bool, set[ArmId]] = {True: set(), False: set()}
    for peering in node.peerings:
        if peering.remote:
            ends[estate.is_hub_peering(node, peering)].add(peering.remote)
    return frozenset(ends[True] - ends[False])


def _is_target(estate: Estate, node: Node, reference: Reference) -> bool:
    """Whether it is the target of an endpoint that is not asked for, since its kind is not listed anyway.

    Estates have thousands, and what counts of one stands in the endpoint.
    """
    if not isinstance(node, PrivateEndpoint) or not KINDS[reference.kind].by_reference:
        return False
    return estate.get(Subscription, ArmId(f"/subscriptions/{reference.id.subscription}")) is not None


def _is_foreign_subscription(gap: Gap) -> bool:
    return gap.reason is Reason.FOREIGN and gap.kind == "subscription" and gap.scope.startswith("/subscriptions/")


def _is_told(told: set[tuple[str, str]], reference: Reference) -> bool:
    """Whether a gap of the same kind is about the id or something above it."""
    scope = reference.id.key
    while scope:
        if (reference.kind, scope) in told:
            return True
        scope = scope.rpartition("/")[0]
    return (reference.kind, "") in told


def _out_of_sight(reference: Reference, foreign: set[str]) -> Gap:
    scope = f"/subscriptions/{reference.id.subscription}"
    if reference.id.subscription in foreign:
        return Gap(
            kind=reference.kind,
            scope=reference.id.text,
            reason=Reason.FOREIGN,
            detail=f"{reference.because} points to it, but its subscription belongs to another tenant",
            action="ask its owners",
        )
    return Gap(
        kind=reference.kind,
        scope=reference.id.text,
        reason=Reason.HIDDEN,
        detail=f"{reference.because} points to it, but its subscription is not among those that were read",
        action=f"grant the Reader role on {scope}, or add the subscription to the configuration",
    )


def _not_asked(reference: Reference) -> Gap:
    return Gap(
        kind=reference.kind,
        scope=reference.id.text,
        reason=Reason.NOT_ASKED,
        detail=f"{reference.because} points to it, but this reading did not ask for it",
        action="read the estate again",
    )
