"""What every part of the estate stands on: the nodes by id and by type, the gaps, and what was declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar, cast

from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node

_N = TypeVar("_N", bound=Node)
_K = TypeVar("_K", bound=Hashable)


class Graph:
    """Nodes and gaps. Every index over them is made when it is first asked for."""

    def __init__(
        self,
        documents: Mapping[ArmId, Document],
        nodes: Mapping[ArmId, Node],
        gaps: Iterable[Gap],
        declared: Declared,
    ) -> None:
        self.documents = MappingProxyType(dict(documents))
        self.nodes = MappingProxyType(dict(nodes))
        self.gaps = tuple(sorted(set(gaps)))
        self.declared = declared

    def get(self, kind: type[_N], id: ArmId | None) -> _N | None:
        """The node of that id, if it is of that type."""
        node = self.nodes.get(id) if id else None
        return node if isinstance(node, kind) else None

    def of_type(self, kind: type[_N]) -> tuple[_N, ...]:
        """All nodes of a type, sorted by id."""
        found = self._sorted.get(kind)
        if found is None:
            found = tuple(sorted(self._by_type.get(kind, ()), key=lambda node: node.id.key))
            self._sorted[kind] = found
        return cast("tuple[_N, ...]", found)

    @cached_property
    def _by_type(self) -> Mapping[type, list[Node]]:
        found: dict[type, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            found[type(node)].append(node)
        return found

    @cached_property
    def _sorted(self) -> dict[type, tuple[Node, ...]]:
        return {}

    def spelt(self, id: ArmId) -> ArmId:
        """The id as the resource itself spells it: references to it may use another case."""
        node = self.nodes.get(id)
        return node.id if node else id


def index(nodes: Iterable[_N], key: Callable[[_N], _K | None]) -> Mapping[_K, tuple[_N, ...]]:
    """Nodes grouped by a key, each group sorted by id; those without a key are left out."""
    groups: dict[_K, list[_N]] = defaultdict(list)
    for node in nodes:
        value = key(node)
        if value is not None:
            groups[value].append(node)
    return {value: tuple(sorted(found, key=lambda node: node.id.key)) for value, found in groups.items()}


def covers(scope: str, id: ArmId) -> bool:
    """Whether a gap's scope is a resource or something above it."""
    return f"{id.key}/".startswith(scope.lower().rstrip("/") + "/")


def is_below(scope: str, id: ArmId) -> bool:
    """Whether a gap's scope is a resource or something below it."""
    return f"{scope.lower().rstrip('/')}/".startswith(id.key + "/")
