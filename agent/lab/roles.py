"""Roles in the lab: what an identity may read and where, as a role definition of Azure says it.

A role becomes what Resource Manager then does: it refuses what is not granted, shows so in the permissions of a scope,
and hides subscriptions in which nothing is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.estate import LabEstate
from collectors.arm.kinds import KINDS
from collectors.arm.sight import grants
from collectors.graph.errors import UsageError
from collectors.graph.nodes import PermissionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Granted actions, with `*` for anything, and where they are; no scope: everywhere.

    A scope is a subscription or a resource group, of which a subscription can have one.
    """

    actions: tuple[str, ...] = ("*/read",)
    not_actions: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether the role grants an action."""
        return grants([PermissionRow(actions=self.actions, not_actions=self.not_actions)], action)


def read_role(path: Path) -> Role:
    """A role out of a role definition, in the spelling of ARM or of `az role definition`. Raises UsageError."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The role {path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The role {path} is not JSON.") from error
    held = {key.lower(): value for key, value in _properties(content).items()}
    rows = held.get("permissions")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        held |= {key.lower(): value for key, value in rows[0].items()}
    lists = {key: held.get(key, []) for key in ("actions", "notactions", "assignablescopes")}
    if not lists["actions"] or not all(_is_texts(value) for value in lists.values()):
        raise UsageError(
            f"The role {path} has no list Actions: expected a role definition as `az role definition` has it."
        )
    return Role(
        actions=tuple(lists["actions"]),
        not_actions=tuple(lists["notactions"]),
        scopes=tuple(
            scope for scope in lists["assignablescopes"] if scope.startswith("/subscriptions/") and "{" not in scope
        ),
    )


def _properties(content: Any) -> Mapping[str, Any]:
    found = content.get("properties", content) if isinstance(content, dict) else {}
    return found if isinstance(found, dict) else {}


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def faults_of(role: Role, estate: LabEstate) -> tuple[ArmFault, ...]:
    """What Resource Manager does for an identity that has a role and nothing else."""
    return (*_refusals(role), *_bounds(role, estate))


def _refusals(role: Role) -> Iterator[ArmFault]:
    for kind in KINDS.values():
        if kind.parent is not None and not role.allows(kind.action):
            yield ArmFault(behaviour=Behaviour.FORBIDDEN, kind=kind.name)


def _bounds(role: Role, estate: LabEstate) -> Iterator[ArmFault]:
    if not role.scopes:
        return
    for id in sorted({id.subscription for id in estate.documents}):
        scope = f"/subscriptions/{id}"
        groups = list(_groups(role.scopes, scope))
        if any(one.lower().rstrip("/") == scope for one in role.scopes):
            continue
        if not groups:
            yield ArmFault(behaviour=Behaviour.HIDDEN, scope=scope)
        else:
            yield ArmFault(behaviour=Behaviour.PARTIAL, scope=scope, argument=groups[0])


def _groups(scopes: Iterable[str], subscription: str) -> Iterator[str]:
    start = f"{subscription}/resourcegroups/"
    return (scope[len(start) :].partition("/")[0] for scope in scopes if scope.lower().startswith(start))
