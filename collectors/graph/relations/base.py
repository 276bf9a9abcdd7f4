"""What every part of the estate stands on: the nodes by id and by type, the gaps, and what was declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar, cast

from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node

_N = TypeVar("_N", bound=Node)
_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


Patch = Callable[[Any, Any, Collection[Any], Collection[Any]], _T]
"""Makes an index from the one before: the changed graph, that index, the nodes that went and those that came."""


class Relation(cached_property[_T]):
    """An index that is made when it is first asked for, and rests on nodes of certain types alone."""

    def __init__(self, make: Callable[[Any], _T], rests_on: Collection[type]) -> None:
        super().__init__(make)
        self.rests_on = frozenset(rests_on)
        self.patch: Patch[_T] | None = None

    def patched_by(self, patch: Patch[_T]) -> Relation[_T]:
        """The same, with a way to make it from the index before some nodes changed."""
        self.patch = patch
        return self


def relation(*rests_on: type) -> Callable[[Callable[[Any], _T]], Relation[_T]]:
    """Declare an index with every type it reads, also by way of other indexes; `Gap` and `Declared` are such types.

    A changed estate takes it over as it is while nothing of those types differs, so a type that is left out makes
    answers stale. What is filled piece by piece must depend on those types alone, too.
    """
    return lambda make: Relation(make, rests_on)


def grouped(kind: type[_N], key: Callable[[_N], _K | None]) -> Relation[Mapping[_K, tuple[_N, ...]]]:
    """Declare an index of the nodes of one type by a key (see `index`)."""

    def patch(
        _: Graph, before: Mapping[_K, tuple[_N, ...]], removed: Collection[Any], added: Collection[Any]
    ) -> Mapping[_K, tuple[_N, ...]]:
        gone = {id(node) for node in removed}
        came = index((node for node in added if isinstance(node, kind)), key)
        lost = (key(node) for node in removed if isinstance(node, kind))
        touched = came.keys() | {value for value in lost if value is not None}
        after = dict(before)
        for value in touched:
            kept = (node for node in before.get(value, ()) if id(node) not in gone)
            group = tuple(sorted((*kept, *came.get(value, ())), key=lambda node: node.id.key))
            after[value] = group
            if not group:
                del after[value]
        return after

    def make(graph: Graph) -> Mapping[_K, tuple[_N, ...]]:
        return index(graph.of_type(kind), key)

    return Relation(make, (kind,)).patched_by(patch)


def _relations(graph: type[Graph]) -> Mapping[str, Relation[Any]]:
    found = ((name, member) for base in reversed(graph.__mro__) for name, member in vars(base).items())
    return {name: member for name, member in found if isinstance(member, Relation)}


class Changed(Mapping[_K, _T]):
    """A large mapping of which little differs: None stands for what is gone. Made of another one it is no deeper."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: Mapping[_K, _T], changes: Mapping[_K, _T | None]) -> None:
        self._base: Mapping[_K, _T] = base._base if isinstance(base, Changed) else base
        self._changes: Mapping[_K, _T | None] = {**base._changes, **changes} if isinstance(base, Changed) else changes

    def __getitem__(self, key: _K) -> _T:
        if key not in self._changes:
            return self._base[key]
        value = self._changes[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[_K]:
        yield from (key for key in self._base if key not in self._changes)
        yield from (key for key, value in self._changes.items() if value is not None)

    def __len__(self) -> int:
        gone = sum(key in self._base for key in self._changes)
        return len(self._base) - gone + sum(value is not None for value in self._changes.values())


class Graph:
    """Nodes and gaps. Every index over them is made when it is first asked for."""

    def __init__(
        self,
        documents: Mapping[ArmId, Document],
        nodes: Mapping[ArmId, Node],
        gaps: Iterable[Gap],
        declared: Declared,
    ) -> None:
        """The mappings become the graph's own: nobody may change them afterwards."""
        self.documents = documents
        self.nodes = nodes
        self.gaps = tuple(sorted(set(gaps)))
        self.declared = declared

    def take_over(self, other: Graph, removed: Collection[Node], added: Collection[Node]) -> None:
        """Take the indexes that another graph has made already and that rest on nothing in which the two differ."""
        touched: set[type] = {type(node) for node in (*removed, *added)}
        touched |= {Gap} if self.gaps != other.gaps else set()
        touched |= {Declared} if self.declared != other.declared else set()
        made = vars(other)
        for name, relation in _relations(type(self)).items():
            if name in made and touched.isdisjoint(relation.rests_on):
                vars(self)[name] = made[name]
            elif name in made and relation.patch:
                vars(self)[name] = relation.patch(self, made[name], removed, added)
        self._sorted.update((kind, nodes) for kind, nodes in other._sorted.items() if kind not in touched)
        gone = {id(node) for node in removed}
        grouped = {kind: list(nodes) for kind, nodes in other._by_type.items() if kind in touched}
        grouped = {kind: [node for node in nodes if id(node) not in gone] for kind, nodes in grouped.items()}
        for node in added:
            grouped.setdefault(type(node), []).append(node)
        vars(self)["_by_type"] = {**other._by_type, **grouped}

    def same(self, other: Graph, *kinds: type) -> bool:
        """Whether nothing of some types differs, for certain: one graph was made from the other by changes."""
        if self.gaps != other.gaps or self.declared != other.declared:
            return False
        return all(self._by_type.get(kind) is other._by_type.get(kind) for kind in kinds)

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
        return dict(found)

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
