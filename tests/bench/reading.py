"""What reading Azure costs the client: CPU per resource, wall time and memory of a tenant, 429s met.

`python -m tests.bench.reading [endpoints] [records] [tenant] [workspace]`; the emulator is another process. Each
bench has one of its own too, with bytecode as an installed agent has: compiling the SDK takes 300 MB by itself.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from agent.closure import closure_of
from agent.lab.builders import guid
from checks.requirements import Scope, derive_requirements
from collectors.arm.kinds import KINDS
from collectors.arm.sight import build_estate
from collectors.azure.credential import open_credential
from collectors.azure.listing import Ask, Listing
from collectors.azure.schedule import Schedule
from collectors.azure.session import Session
from collectors.azure.walk import collect
from collectors.graph.clouds import CLOUDS
from collectors.graph.declared import Declared

ROUNDS = 5
CLOUD = CLOUDS["AzureCloud"]
LATENCY = 0.08


@contextmanager
def emulator(*arguments: str) -> Iterator[Session]:
    """A session with an emulator in another process, whose counts are printed in the end."""
    command = [sys.executable, "-m", "tests.bench.emulator", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        told = json.loads(process.stdout.readline())
        endpoint = told.pop("endpoint")
        os.environ.update(told, AZURE_TOKEN_CREDENTIALS="ManagedIdentityCredential")
        with open_credential("", CLOUD) as credential, Session(credential, CLOUD, endpoint=endpoint) as session:
            yield session
        process.stdin.close()
        say(f"  the emulator answered {process.stdout.read().strip()}")


def say(text: str) -> None:
    """One line of the result."""
    print(text, flush=True)  # noqa: T201  it is a script


def now() -> datetime:
    """The time that documents carry."""
    return datetime.now(UTC)


def listing(session: Session, asks: Callable[[], list[Ask]]) -> tuple[int, float]:
    """How many documents the lists hold, and the client's CPU seconds for reading them."""
    read: list[Listing] = []

    def keep(done: Listing) -> tuple[Ask, ...]:
        read.append(done)
        return ()

    before = time.process_time()
    Schedule(session, now).run(asks(), keep)
    spent = time.process_time() - before
    assert not any(done.gaps for done in read)
    return sum(len(done.documents) for done in read), spent


def per_item(name: str, most: float, arguments: tuple[str, ...], asks: Callable[[], list[Ask]]) -> None:
    """Median CPU per document over several readings."""
    with emulator(*arguments) as session:
        listing(session, asks)  # imports and connections
        rounds = [listing(session, asks) for _ in range(ROUNDS)]
    count = rounds[0][0]
    costs = [spent / count * 1e6 for _, spent in rounds]
    shown = " ".join(f"{cost:.1f}" for cost in costs)
    say(f"{count} {name}: median {statistics.median(costs):.1f} us each of at most {most:.0f} ({shown})")


def endpoints() -> None:
    """The list of ten thousand private endpoints."""
    scope = f"/subscriptions/{guid('subscription')}"
    per_item("endpoints", 60.0, ("endpoints", "100"), lambda: [Ask(KINDS["private-endpoint"], scope)])


def records() -> None:
    """The lists of a hundred thousand record sets."""
    group = f"/subscriptions/{guid('subscription')}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones"
    zones = [f"{group}/privatelink.zone{number}.example.net" for number in range(10)]
    per_item("record sets", 25.0, ("records", "1000"), lambda: [Ask(KINDS["record-set"], zone) for zone in zones])


def tenant() -> None:
    """Everything of five hundred subscriptions."""
    with emulator("tenant", "1000", str(LATENCY)) as session:
        wall, cpu = time.monotonic(), time.process_time()
        collected = collect(session, progress=lambda _: None, now=now)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"500 subscriptions: {len(collected.documents)} documents, {len(collected.gaps)} gaps")
    say(f"  wall {wall:.1f} s of at most 300, CPU {cpu:.1f} s, peak {peak:.0f} MB of at most 400")


def workspace() -> None:
    """What one workspace of the five hundred subscriptions needs."""
    scope, said = Scope(workspaces=("mlw-250",)), Declared()
    with emulator("tenant", "1000", str(LATENCY)) as session:
        wall, cpu = time.monotonic(), time.process_time()
        collected = collect(session, closure=closure_of(scope, said), progress=lambda _: None, now=now)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    required = derive_requirements(build_estate(collected.documents, collected.gaps, said), scope)
    say(f"one workspace: {len(collected.documents)} documents, {len(required.requirements)} names required")
    say(f"  wall {wall:.1f} s of at most 10, CPU {cpu:.1f} s")


BENCHES = {"endpoints": endpoints, "records": records, "tenant": tenant, "workspace": workspace}


def in_processes(names: list[str]) -> None:
    """Run benches in processes that find everything compiled."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        compiled.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", "import azure.mgmt.network, tests.bench.reading"]
        subprocess.run(command, env=compiled, check=True)
        for name in names:
            subprocess.run([sys.executable, "-m", "tests.bench.reading", "--here", name], env=compiled, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        BENCHES[sys.argv[2]]()
    else:
        in_processes(sys.argv[1:] or list(BENCHES))
