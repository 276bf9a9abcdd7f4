"""Bodies read the way a run reads them: trimmed by their kind, then parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from collectors.arm.kinds import KINDS, trim
from collectors.arm.nodes import parse_document
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node

N = TypeVar("N", bound=Node)

SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-00000000000a"
GROUP = f"{SUBSCRIPTION}/resourceGroups/RG-One"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
LEARNING = f"{GROUP}/providers/Microsoft.MachineLearningServices"


def document(kind: str, id: str, properties: Any = None, /, **around: Any) -> Document:
    """A resource as a listing gives it, trimmed."""
    body = {"id": id, "name": id.rpartition("/")[2], "properties": properties, **around}
    return Document(kind=kind, id=ArmId(id), body=trim(KINDS[kind], body)[0])


def node_of(type: type[N], kind: str, id: str, properties: Any = None, /, **around: Any) -> N:
    """The node of a body, which must be of this type."""
    found = parse_document(document(kind, id, properties, **around))
    assert isinstance(found, type), found
    return found


def gap_of(kind: str, id: str, properties: Any = None, /, **around: Any) -> Gap:
    """The gap that a body makes."""
    found = parse_document(document(kind, id, properties, **around))
    assert isinstance(found, Gap), found
    return found


def estate(*documents: Document, gaps: tuple[Gap, ...] = ()) -> Estate:
    """The estate of some documents, none of them a subscription."""
    return build_estate(documents, gaps, Declared())


def removed_of(kind: str, body: Mapping[str, Any]) -> frozenset[str]:
    """The paths that are not kept of a body."""
    return trim(KINDS[kind], body)[1]
