"""The closure rule: what a successful reading may still hide becomes a gap too.

A listing proves absence only where the permissions endpoint proves the right to see all of the subscription,
and every id that something points to must have been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from collectors.arm.kinds import KINDS, kind_of_type
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    NetworkInterface,
    PermissionRow,
    Permissions,
    PrivateEndpoint,
    Subscription,
    VirtualNetwork,
    Workspace,
    ZoneGroup,
    ZoneLink,
)

_PERMISSIONS_SUFFIX = ("providers", "Microsoft.Authorization", "permissions")
_PROVED_BY_PERMISSIONS = tuple(kind for kind in KINDS.values() if kind.name not in ("subscription", "permissions"))


def build_estate(documents: Iterable[Document], gaps: Iterable[Gap], declared: Declared) -> Estate:
    """The estate of what was read, with the gaps that the closure rule adds."""
    estate = Estate.from_documents(documents, gaps, declared, parse_document)
    estate = estate.with_gaps(_unproved(estate))
    return estate.with_gaps(_unread_references(estate))


def grants(rows: Iterable[PermissionRow], action: str) -> bool:
    """Whether one row grants an action and does not take it back itself (rows never subtract from each other)."""
    wanted = action.lower()
    return any(_matches(row.actions, wanted) and not _matches(row.not_actions, wanted) for row in rows)


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(fnmatchcase(action, pattern.lower()) for pattern in patterns)


def _unproved(estate: Estate) -> Iterator[Gap]:
    """Kinds whose listing in a subscription is not proved to be complete."""
    known = {(gap.kind, gap.scope.lower()) for gap in estate.gaps}
    for subscription in estate.of_type(Subscription):
        permissions = estate.get(Permissions, subscription.id.child(*_PERMISSIONS_SUFFIX))
        rows = permissions.rows if permissions else ()
        for kind in _PROVED_BY_PERMISSIONS:
            if (kind.name, subscription.id.key) in known or grants(rows, kind.action):
                continue
            yield Gap(
                kind=kind.name,
                scope=subscription.id.text,
                reason=Reason.HIDDEN,
                detail=f"the right to see all {kind.title} of the subscription is not proved",
                action=f"grant {kind.action} on {subscription.id.text} (the Reader role holds it)",
            )


def _unread_references(estate: Estate) -> Iterator[Gap]:
    """Referenced ids that were not read, outside the subscriptions where absence is proved or already a gap."""
    seen: set[tuple[str, ArmId]] = set()
    listed = {subscription.id.subscription for subscription in estate.of_type(Subscription)}
    for kind, id, because in _references(estate):
        if id in estate.nodes or id in estate.documents or (kind, id) in seen or id.subscription in listed:
            continue
        seen.add((kind, id))
        scope = f"/subscriptions/{id.subscription}"
        yield Gap(
            kind=kind,
            scope=id.text,
            reason=Reason.HIDDEN,
            detail=f"{because} points to it, but its subscription is not among those that were read",
            action=f"grant the Reader role on {scope}, or add the subscription to the configuration",
        )


def _references(estate: Estate) -> Iterator[tuple[str, ArmId, str]]:
    for node in estate.nodes.values():
        match node:
            case PrivateEndpoint():
                yield from (("network-interface", id, f"endpoint {node.id.name}") for id in node.interfaces)
                if node.network:
                    yield "virtual-network", node.network, f"endpoint {node.id.name}"
                for connection in node.connections:
                    target = connection.target
                    kind = kind_of_type(target.type) if target else None
                    if target and kind:
                        yield kind.name, target, f"endpoint {node.id.name}"
            case ZoneGroup():
                for config in node.configs:
                    if config.zone:
                        yield "private-dns-zone", config.zone, f"zone group of {node.endpoint.name}"
            case ZoneLink():
                yield "virtual-network", node.network, f"link {node.id.name} of zone {node.zone.name}"
            case VirtualNetwork():
                for peering in node.peerings:
                    if peering.remote:
                        yield "virtual-network", peering.remote, f"peering {peering.name} of {node.id.name}"
            case Workspace():
                yield from (("private-endpoint", id, f"workspace {node.id.name}") for id in node.endpoints)
            case NetworkInterface():
                if node.endpoint:
                    yield "private-endpoint", node.endpoint, f"interface {node.id.name}"
            case _:
                pass
