"""What holds for every body that is read, wherever it comes from: how deep it may nest, and one body for each id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId

DEEPEST_BODY = 40
"""Nesting of a document. Azure's own stay under 15; what nests deeper was made to exhaust a parser."""


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
