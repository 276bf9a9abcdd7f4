"""What a JSON text is: an answer of a list, one resource, plain resources; or something that cannot be used.

Refusals are sentences without their subject: the reader puts the file's name before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.arm.kinds import KINDS, Kind, kind_of_type
from collectors.folder.layout import Listed
from collectors.graph.errors import SnapshotError
from collectors.graph.ids import ArmId

_SUBSCRIPTION = KINDS["subscription"]
_EXPECTED = "Expected an answer of `az rest --method get` with its `value` list, or resources with their `id`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The rows of a JSON text. `listed`: it is the answer of a list, and `more`: a further page belongs to it."""

    rows: tuple[Mapping[str, Any], ...]
    listed: bool = False
    more: bool = False

    @property
    def is_permissions(self) -> bool:
        """Whether it is an answer of the permissions endpoint, whose rows have no id and tell no scope."""
        return bool(self.rows) and all("actions" in row and "id" not in row for row in self.rows)


def understood(value: Any) -> Answer:
    """What a JSON text is. Raises SnapshotError."""
    match value:
        case {"error": {"code": str(code)}} if "id" not in value:
            raise SnapshotError(f"holds an error of Azure ({code[:80]}), not resources. Grant the right or delete it.")
        case {"value": [*rows]} if "id" not in value:
            return Answer(rows=tuple(_objects(rows)), listed=True, more=bool(value.get("nextLink")))
        case [*rows]:
            return Answer(rows=tuple(_objects(rows)))
        case {"id": _}:
            return Answer(rows=(value,))
        case {"tenantId": _} | {"properties": _} | {"name": _}:
            raise SnapshotError(f"holds a resource without an id. {_EXPECTED}")
        case _:
            raise SnapshotError(f"holds no resources. {_EXPECTED}")


def _objects(rows: list[Any]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        if not isinstance(row, dict):
            raise SnapshotError(f"holds something that is no resource. {_EXPECTED}")
        yield row


def identified(row: Mapping[str, Any]) -> tuple[Kind | None, ArmId]:
    """The kind and id of a resource; no kind where this version reads none such. Raises SnapshotError."""
    text = row.get("id")
    if isinstance(text, str) and not text.startswith("/") and "tenantId" in row:
        raise SnapshotError(_flattened("subscriptions", Listed(kind=_SUBSCRIPTION, scope="")))
    try:
        id = ArmId(text) if isinstance(text, str) else None
    except ValueError:
        id = None
    if id is None or {".", ".."} & set(id.key.split("/")):
        raise SnapshotError(f"holds a resource without a usable id. {_EXPECTED}")
    kind = _kind(id)
    if kind and _has_properties(kind) and not isinstance(row.get("properties"), dict):
        raise SnapshotError(_bare(kind, id, row))
    return kind, id


def _kind(id: ArmId) -> Kind | None:
    if id.key.count("/") == 2 and id.subscription:
        return _SUBSCRIPTION
    kind = kind_of_type(ArmId(id.key).type) if id.subscription else None
    if kind and kind.name == "gateway-subnet" and id.name.lower() != "gatewaysubnet":  # other subnets share its type
        return None
    return None if kind is _SUBSCRIPTION or (kind and kind.single) else kind


def _has_properties(kind: Kind) -> bool:
    return any(path.startswith("properties.") for path in kind.keep)


def _bare(kind: Kind, id: ArmId, row: Mapping[str, Any]) -> str:
    instead = Listed(kind=kind, scope=scope_of(kind, id))
    if any(name in row for name in ("resourceGroup", "resource_group")):  # ARM sends neither; az adds it
        return _flattened(kind.title, instead)
    return (
        f"holds {kind.title} without their properties, as a list of all resources does. "
        f"Save the answer of `{instead.command}` instead."
    )


def _flattened(title: str, instead: Listed) -> str:
    return (
        f"holds {title} as an `az` command prints them: it flattens them, and what Azure said is lost. "
        f"Save the answer of `{instead.command}` instead."
    )


def scope_of(kind: Kind, id: ArmId) -> str:
    """The scope at which the list of a resource is asked; a resource that has no list is asked by its id."""
    if kind.parent is None:
        return ""
    if kind.by_reference:
        return id.text
    return f"/subscriptions/{id.text.split('/')[2]}" if kind.parent == _SUBSCRIPTION.name else id.parent.text
