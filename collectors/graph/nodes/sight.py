"""Who sees what: subscriptions and permissions."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription that the identity sees."""

    id: ArmId
    name: str
    state: str
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """The rights of one role at a scope: granted are `actions` less this row's own `not_actions`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the identity may do at a scope."""

    id: ArmId
    scope: ArmId
    rows: tuple[PermissionRow, ...]
