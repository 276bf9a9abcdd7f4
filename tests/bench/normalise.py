"""What normalising costs: trim, id and document of each item, beside decoding the same bytes; medians of five.

Run as `python -m tests.bench.normalise`. The bodies are the lab's, which are shaped and sized as Azure's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent.lab.scenarios import build
from collectors.arm.kinds import KINDS, Kind, trim
from collectors.arm.nodes import parse_document
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

ITEMS, ROUNDS = 20_000, 5
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def numbered(body: Mapping[str, Any], count: int) -> list[bytes]:
    """The same body under many names, as bytes: nothing may profit from seeing one text twice."""
    name = str(body["id"]).rpartition("/")[2]
    text = msgspec.json.encode(body).decode()
    return [text.replace(name, f"{name}-{number:05d}").encode() for number in range(count)]


def normalise(kind: Kind, bodies: list[Any]) -> list[Document]:
    """What a listing does with each item."""
    return [Document(kind=kind.name, id=ArmId(body["id"]), body=trim(kind, body)[0], read_at=NOW) for body in bodies]


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def microseconds(work: Callable[[], object], items: int) -> float:
    """Median CPU time of one item."""
    return statistics.median(seconds(work) for _ in range(ROUNDS)) / items * 1e6


def measure(kind: Kind, body: Mapping[str, Any], items: int = ITEMS) -> str:
    """One line of the table."""
    texts = numbered(body, items)
    decoded = [msgspec.json.decode(text) for text in texts]
    documents = normalise(kind, decoded)
    decoding = microseconds(lambda: [msgspec.json.decode(text) for text in texts], items)
    normalising = microseconds(lambda: normalise(kind, decoded), items)
    parsing = microseconds(lambda: [parse_document(document) for document in documents], items)
    size = sum(map(len, texts)) // items
    ratio = normalising / decoding
    return f"{kind.name:<26}{size:>6}{decoding:>10.1f}{normalising:>12.1f}{ratio:>8.1f}{parsing:>9.1f}"


if __name__ == "__main__":
    first = {document.kind: document.body for document in list(build("hub-spoke").documents.values())[::-1]}
    print(f"{'kind':<26}{'bytes':>6}{'decode us':>10}{'normalise us':>12}{'ratio':>8}{'parse us':>9}")  # noqa: T201
    for name in ("private-endpoint", "network-interface", "virtual-network", "zone-link", "record-set"):
        print(measure(KINDS[name], first[name]))  # noqa: T201  it is a script
