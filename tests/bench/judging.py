"""What faults cost: 10,000 endpoints judged without any, with 300 and with 600, in one run.

`python -m tests.bench.judging` prints ratios; exit code 1 when a bar is missed or a fault is not one finding. An
estate of documents is judged as `agent check --snapshot` does, from the documents to the findings.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from checks.context import make_context
from checks.finding import Level
from checks.runner import Judgement, judge
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from tests.bench.large import vaults
from tests.checks.judging import NOW
from tests.estates import required, trimmed

SUBSCRIPTIONS, EACH = 100, 100
"""A hundred subscriptions with a hundred endpoints each, and a hub."""
ROUNDS = 3
ELSEWHERE = "10.255.0.9"


def healthy() -> tuple[Document, ...]:
    """The documents as a live run keeps them."""
    return tuple(trimmed(document) for document in vaults(SUBSCRIPTIONS, EACH).documents.values())


def broken(documents: Sequence[Document], faults: int) -> tuple[Document, ...]:
    """The documents after so many mishaps, each with a record of its own: half of them gone, half of them wrong."""
    random = Random(faults)
    records = [
        document.id for document in documents if document.kind == "record-set" and document.id.type.endswith("/A")
    ]
    hit = random.sample(records, faults)
    gone, wrong = set(hit[::2]), set(hit[1::2])
    return tuple(
        _mistyped(document) if document.id in wrong else document for document in documents if document.id not in gone
    )


def _mistyped(document: Document) -> Document:
    properties = {**document.body["properties"], "aRecords": [{"ipv4Address": ELSEWHERE}]}
    return replace(document, body={**document.body, "properties": properties})


def judged(documents: Sequence[Document]) -> Judgement:
    """Everything that a run does after reading."""
    estate = build_estate(documents, (), Declared())
    return judge(make_context(estate, required(estate), (), NOW))


def timed(documents: Sequence[Document]) -> tuple[float, int]:
    """Seconds of processor time, and the number of errors."""
    begun = time.process_time()
    judgement = judged(documents)
    return time.process_time() - begun, sum(finding.level is Level.ERROR for finding in judgement.findings)


def main() -> int:
    """Measure, print, judge."""
    whole = healthy()
    cases = {faults: broken(whole, faults) if faults else whole for faults in (0, 300, 600)}
    taken: dict[int, list[float]] = {faults: [] for faults in cases}
    right = True
    for _ in range(ROUNDS):
        for faults, documents in cases.items():
            seconds, errors = timed(documents)
            taken[faults].append(seconds)
            right = right and errors == faults
            sys.stdout.write(f"{faults} faults: {seconds:.2f} s, {errors} errors\n")
    none, some, many = (statistics.median(taken[faults]) for faults in cases)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bars = (("300 faults / none", some / none, 5.0), ("600 / 300 faults", many / some, 2.2), ("peak, MB", peak, 800.0))
    for name, value, bar in bars:
        sys.stdout.write(f"{name}: {value:.2f} (bar {bar:g}){'' if value <= bar else '  MISSED'}\n")
    sys.stdout.write(f"{'one' if right else 'NOT one'} finding for each fault\n")
    return 0 if right and all(value <= bar for _, value, bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
