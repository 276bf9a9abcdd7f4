"""Subscriptions and permissions."""

from __future__ import annotations

from collectors.arm.nodes.reading import shape
from collectors.arm.shapes.sight import PermissionsShape, SubscriptionShape
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PermissionRow, Permissions, Subscription


def parse_subscription(document: Document) -> Subscription:
    """A subscription."""
    body = shape(document, SubscriptionShape)
    return Subscription(
        id=document.id,
        name=body.display_name or "",
        state=body.state or "",
        tenant=(body.tenant_id or "").lower(),
    )


def parse_permissions(document: Document) -> Permissions:
    """What the identity may do at the scope that the id of the answer begins with."""
    body = shape(document, PermissionsShape)
    rows = (
        PermissionRow(actions=tuple(row.actions or ()), not_actions=tuple(row.not_actions or ()))
        for row in body.value or ()
    )
    return Permissions(id=document.id, scope=ArmId(document.id.text.rsplit("/", 3)[0]), rows=tuple(rows))
