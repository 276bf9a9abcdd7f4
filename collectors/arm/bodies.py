"""What holds for every body, wherever it was read: how deep it may nest, one for each id, what is told of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId

DEEPEST_BODY = 40
"""Nesting of a document. Azure's own stay under 15; what nests deeper was made to exhaust a parser."""


_MOST_REMOVED = 500
"""Removed paths told of one kind: some hold names that people chose, and there is no end to those."""


class Removed:
    """The paths that trimming took away, by kind: the first of them in alphabetical order, however many come."""

    def __init__(self) -> None:
        self._paths: dict[str, set[str]] = {}

    def add(self, kind: str, paths: frozenset[str]) -> None:
        """Remember paths of a kind."""
        found = self._paths.setdefault(kind, set())
        found |= paths
        if len(found) > 2 * _MOST_REMOVED:
            self._paths[kind] = set(sorted(found)[:_MOST_REMOVED])

    def told(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of each kind, sorted."""
        return {kind: tuple(sorted(found)[:_MOST_REMOVED]) for kind, found in sorted(self._paths.items()) if found}


def is_deeper(value: Any, levels: int = DEEPEST_BODY) -> bool:
    """Whether JSON nests deeper than this; level by level, so that the answer itself cannot recurse."""
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for parent in layer
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not layer:
            return False
    return True


def one_of_each(documents: Iterable[Document], where: str) -> tuple[list[Document], list[Gap]]:
    """The first document of each id, and a gap for every later one that says something else.

    A repetition with the same body is no contradiction. `where` says how it came twice.
    """
    first: dict[ArmId, Document] = {}
    doubles: list[Gap] = []
    for document in documents:
        kept = first.setdefault(document.id, document)
        if kept is not document and (kept.kind, kept.body) != (document.kind, document.body):
            doubles.append(
                Gap(
                    kind=document.kind,
                    scope=document.id.text,
                    reason=Reason.MALFORMED,
                    detail=f"{where} with different content; the first is used",
                )
            )
    return list(first.values()), doubles
