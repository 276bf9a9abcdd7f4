"""The shapes of subscriptions and permissions."""

from __future__ import annotations

from collectors.arm.shapes.common import Shape


class SubscriptionShape(Shape):
    """An item of GET /subscriptions: its properties are not nested."""

    display_name: str | None = None
    state: str | None = None
    tenant_id: str | None = None


class PermissionRowShape(Shape):
    """The rights of one role."""

    actions: list[str] | None = None
    not_actions: list[str] | None = None


class PermissionsShape(Shape):
    """The answer of the permissions endpoint."""

    value: list[PermissionRowShape] | None = None
