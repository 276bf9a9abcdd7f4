"""What Azure really sent: recorded answers and published examples, where a checkout of them lies beside this one."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.arm.kinds import Kind, kind_of_type, trim
from collectors.arm.nodes import parse_document
from collectors.graph.documents import Document, Gap
from collectors.graph.ids import ArmId

BESIDE = Path(__file__).parents[4] / "shared" / "arm-samples"
SAMPLES = Path(os.environ.get("ARM_SAMPLES", BESIDE))
FILES = sorted(path for part in ("recorded", "specs") for path in (SAMPLES / part).rglob("*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="no recorded answers beside this checkout (ARM_SAMPLES names a folder)"
)


def resources(value: Any) -> Iterator[dict[str, Any]]:
    """Every resource in a body, however deep: an object with an id and properties."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str) and isinstance(value.get("properties"), dict):
            yield value
        for inner in value.values():
            yield from resources(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from resources(inner)


def known(body: dict[str, Any]) -> tuple[Kind, ArmId] | None:
    """The kind and id of a resource that we read."""
    try:
        id = ArmId(body["id"])
    except ValueError:
        return None
    kind = kind_of_type(str(body.get("type") or id.type)) or kind_of_type(id.type)
    return (kind, id) if kind else None


def test_every_recorded_resource_of_a_known_kind_becomes_a_node() -> None:
    counts: Counter[str] = Counter()
    gaps: list[tuple[str, str]] = []
    for file in FILES:
        for body in resources(json.loads(file.read_text(encoding="utf-8"))):
            found = known(body)
            if found is None:
                continue
            kind, id = found
            node = parse_document(Document(kind=kind.name, id=id, body=trim(kind, body)[0]))
            if node is None or isinstance(node, Gap):
                gaps.append((file.name, node.detail if node else "nothing"))
            counts[kind.name] += 1
    print(dict(counts))  # noqa: T201  the count is what a reader of `pytest -s` wants to see
    assert not gaps
    assert {
        "private-endpoint",
        "network-interface",
        "virtual-network",
        "private-dns-zone",
        "zone-link",
    } <= counts.keys()
    assert {"record-set", "workspace", "private-dns-zone-group"} <= counts.keys()
