"""Role documents as `az role definition create` takes them, so that a role is tried on the lab before it is assigned.

The lab's identity gets each role at all of its assignable scopes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from agent.lab.rights import READER, Assignment, Rights
from collectors.graph.errors import UsageError

_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"  # the lab has one, over everything
_LARGEST = 1_000_000  # bytes; Azure's own limit for a role is far below


class _Role(msgspec.Struct, kw_only=True, frozen=True, rename="pascal"):
    """What counts of a role document; Azure needs more of it."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    assignable_scopes: tuple[str, ...]


def read_rights(paths: Iterable[Path]) -> Rights:
    """All roles together; without any, reading everything. Raises UsageError for what is no role document."""
    held = tuple(assignment for path in paths for assignment in _assignments(path))
    return Rights(assignments=held) if held else READER


def _assignments(path: Path) -> Iterable[Assignment]:
    role = _read(path)
    if not role.assignable_scopes:
        raise UsageError(f"{path}: AssignableScopes: expected /subscriptions/ID or / at least once, found none.")
    for scope in role.assignable_scopes:
        above_all = scope == "/" or scope.lower().startswith(_MANAGEMENT_GROUPS)
        if not above_all and not scope.lower().startswith("/subscriptions/"):
            raise UsageError(f"{path}: AssignableScopes: expected /subscriptions/ID or /, found {scope!r}.")
        held = "" if above_all else scope.rstrip("/")
        yield Assignment(scope=held, actions=role.actions, not_actions=role.not_actions)


def _read(path: Path) -> _Role:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST), type=_Role)
    except OSError as error:
        raise UsageError(f"The role {path} cannot be read: {error.strerror}. Choose another file.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is no role document ({error}): expected JSON as `az role definition create` takes it."
        ) from None
