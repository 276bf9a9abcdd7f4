"""What the lab's identity may read: roles assigned at scopes, as Azure's own access control adds them up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collectors.graph.ids import ArmId

SEES_SUBSCRIPTION = "Microsoft.Resources/subscriptions/read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One role at one scope (`""`: everywhere). `actions` may hold stars; `not_actions` take back from these."""

    scope: str = ""
    actions: tuple[str, ...] = ("*/read",)
    not_actions: tuple[str, ...] = ()

    def grants(self, action: str) -> bool:
        """Whether the role grants an action, wherever it is assigned."""
        return _any_matches(self.actions, action) and not _any_matches(self.not_actions, action)

    def reaches(self, path: str) -> bool:
        """Whether it holds at a path: it is assigned there or above."""
        return _is_at_or_below(path, self.scope)

    @property
    def row(self) -> dict[str, Any]:
        """The row of the permissions endpoint."""
        return {"actions": [*self.actions], "notActions": [*self.not_actions], "dataActions": [], "notDataActions": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """All that an identity was assigned. Assignments add up; none takes from another."""

    assignments: tuple[Assignment, ...] = (Assignment(),)

    def may(self, action: str, path: str) -> bool:
        """Whether the action is granted at a path."""
        return self is READER or any(held.reaches(path) and held.grants(action) for held in self.assignments)

    def groups(self, action: str, subscription: str) -> frozenset[str]:
        """The resource groups of a subscription, in lower case, on all of which the action is granted."""
        held = (ArmId(one.scope) for one in self.assignments if one.scope and one.grants(action))
        return frozenset(
            id.resource_group.lower()
            for id in held
            if id.subscription == subscription.lower() and id.resource_group and id.key.count("/") == 4
        )

    def sees(self, subscription: str) -> bool:
        """Whether a subscription is listed: a role that reads subscriptions is assigned there, above or below."""
        scope = f"/subscriptions/{subscription}"
        return self is READER or any(
            held.grants(SEES_SUBSCRIPTION) and (held.reaches(scope) or _is_at_or_below(held.scope, scope))
            for held in self.assignments
        )

    def rows(self, path: str) -> list[dict[str, Any]]:
        """What the permissions endpoint tells of a path."""
        return [held.row for held in self.assignments if held.reaches(path)]


READER = Rights()
"""Reading everything everywhere; large estates ask it of each document, so it is not worked out."""


def _is_at_or_below(path: str, scope: str) -> bool:
    return f"{path.lower()}/".startswith(f"{scope.lower().rstrip('/')}/") if scope else True


def _any_matches(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE) for pattern in patterns
    )
