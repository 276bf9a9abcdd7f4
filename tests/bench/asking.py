"""How fast questions go out: the prober at 10 ms latency against dnspython's own call without any latency.

`python -m tests.bench.asking` prints the ratio (median of five rounds) and the memory; exit code 1 when a bar is
missed. The server is another process on this machine.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import dns.message
import dns.query

from collectors.dns.ask import ask
from collectors.dns.limits import Limits
from tests.collectors.dns.test_many_questions import Faulty, faulty, questions

UNLIMITED = Limits(budget=100_000, queries_per_second=1e9, burst=100_000, workers=64)
COUNT = 4_000


def alone(server: Faulty) -> float:
    """Questions per second of dnspython, one after the other."""
    names = [question.name for question in questions(COUNT)]
    started = time.perf_counter()
    for name in names:
        dns.query.udp(dns.message.make_query(name, "A", use_edns=0), "127.0.0.1", 2, server.port)
    return COUNT / (time.perf_counter() - started)


def together(server: Faulty) -> float:
    """Questions per second of the prober."""
    started = time.perf_counter()
    ask(questions(COUNT), (server.vantage,), UNLIMITED, lambda: datetime.now(UTC), lambda done, total: None)
    return COUNT / (time.perf_counter() - started)


def memory(server: Faulty) -> float:
    """Megabytes that 20,000 questions allocate at most, answers included."""
    asked = questions(20_000)
    tracemalloc.start()
    ask(asked, (server.vantage,), UNLIMITED, lambda: datetime.now(UTC), lambda done, total: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak / 1e6)


def median(work: Callable[[Faulty], float], latency: float) -> float:
    """Of five rounds."""
    with faulty(0, latency=latency, faults=False) as server:
        return statistics.median(work(server) for _ in range(5))


def main() -> int:
    """Print the figures; 1 when a bar is missed."""
    reference, rate = median(alone, 0.0), median(together, 0.010)
    with faulty(0, faults=False) as server:
        megabytes = memory(server)
    sys.stdout.write(f"dnspython alone, no latency: {reference:,.0f}/s; the prober at 10 ms: {rate:,.0f}/s\n")
    sys.stdout.write(f"ratio {rate / reference:.2f}, at least 0.5; memory {megabytes:.1f} MB, at most 30\n")
    return 0 if rate / reference >= 0.5 and megabytes <= 30 else 1


if __name__ == "__main__":
    sys.exit(main())
