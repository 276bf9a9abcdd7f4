"""A long run of `agent watch` while faults come and go, and while everything around it fails in turn.

    python -m tests.soak.soaking --minutes 30

Every fault is held until enough complete runs have seen it, and every repair as well. What was told must be exactly
that, by event id, whatever else happened meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from random import Random
from threading import Event, Thread
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from agent.lab import identity
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.configuration import configuration_text
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from checks.finding import Level
from tests.agent.lab_runs import run_estate
from tests.agent.sinks.receiving import Receiver, receiving
from tests.soak.line import Line
from tests.soak.marked import MARKS, POINTS

SCENARIO = "hub-spoke"
PERIOD = 5
HELD = 2
"""Complete runs that must see a change before it is told."""
FAULTS = (
    "zone-unlinked",
    "record-missing",
    "record-wrong-address",
    "notebooks-zone-left-out",
    "fallback-hides",
    "zone-deleted",
    "connection-pending",
    "forwarder-removed-silently",
)
"""What can be broken and mended without adding or removing a server."""
SERVICES = ("arm", "token", "ingestion")
_TOKENS_LAST = 60  # seconds, so that the agent must ask for one again and again
_LONGEST_WAIT = 120.0  # seconds for something to happen that takes a few periods


@cache
def fingerprints(breaks: frozenset[str]) -> frozenset[str]:
    """The errors and warnings that one look at the estate tells, with these faults in it."""
    findings = run_estate(build(SCENARIO, sorted(breaks))).finished.judgement.findings
    return frozenset(finding.fingerprint for finding in findings if finding.level > Level.NOTE)


@dataclass
class Soak:
    """An agent that runs, the world around it, and what should have been told by now."""

    folder: Path
    world: LabWorld
    lines: Mapping[str, Line]
    received: Receiver
    environment: Mapping[str, str]
    broken: frozenset[str] = frozenset()
    expected: Counter[tuple[str, str]] = field(default_factory=Counter)
    ailments: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _ends: Event = field(default_factory=Event)

    # The agent.

    def start(self) -> None:
        """Start it, or start it again."""
        with (self.folder / "stdout").open("ab") as out, (self.folder / "stderr").open("ab") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.marked", "watch", "--config", str(self.folder / "agent.toml")],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **self.environment},
            )
        self.until(lambda: self._get("health", "/healthz") == 200, "the agent answers about its health")

    def stop(self) -> int:
        """SIGTERM, and how it ended."""
        assert self._process is not None
        self._ends.set()
        self._process.terminate()
        return self._process.wait(timeout=60)

    def kill_at(self, point: str) -> None:
        """Let it die at a marked point, and start it again."""
        assert self._process is not None
        process = self._process
        (self.folder / "marks" / point).touch()
        self.until(lambda: process.poll() is not None, f"the agent dies at {point}")
        self.kills[point] += 1
        self.start()

    def watch_health(self) -> Thread:
        """Ask for its health twice a second; it must answer whenever it is there."""

        def ask() -> None:
            while not self._ends.wait(0.5):
                process = self._process
                if process is None or process.poll() is not None:
                    continue
                if self._get("health", "/healthz") != 200 and process.poll() is None and process is self._process:
                    time.sleep(2.0)  # it may just have been started
                    if self._get("health", "/healthz") != 200 and process.poll() is None:
                        self.ailments.append(f"{datetime.now(UTC):%H:%M:%S} no answer about its health")

        thread = Thread(target=ask, daemon=True)
        thread.start()
        return thread

    def gauges(self) -> dict[str, float]:
        """Its metrics without labels."""
        with urlopen(f"http://{self._listener('metrics')}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        plain = (line.partition(" ") for line in lines if "{" not in line and not line.startswith("#"))
        return {name: float(value) for name, _, value in plain}

    # The world.

    def become(self, broken: frozenset[str], meanwhile: Callable[[], None] | None = None) -> None:
        """Break and mend, and hold that until enough complete runs began after it."""
        before, after = fingerprints(self.broken), fingerprints(broken)
        self.faults += len(broken - self.broken)
        self.world.become(build(SCENARIO, sorted(broken)))
        self.broken = broken
        self.expected.update((one, "new") for one in after - before)
        self.expected.update((one, "resolved") for one in before - after)
        if meanwhile:
            meanwhile()
        self.hold()

    def hold(self) -> None:
        """Until enough complete runs have begun and ended from now on."""
        since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        self.until(lambda: self._complete_runs(since) >= HELD, f"{HELD} complete runs")

    @contextmanager
    def without(self, service: str) -> Iterator[None]:
        """A service that cannot be reached for as long as the block lasts."""
        self.lines[service].cut()
        try:
            yield
        finally:
            self.lines[service].mend()

    def outage(self, service: str, seconds: float = 1.4 * PERIOD) -> None:
        """A service that cannot be reached for a while."""
        with self.without(service):
            time.sleep(seconds)

    def silence(self) -> None:
        """DNS servers that all are down until the agent has told it, and then are not."""
        before = self.told()
        self.world.turn_dns(on=False)
        self.hold()
        self.world.turn_dns(on=True)
        self.hold()
        self.settle()
        more = Counter(self.told()) - Counter(before)
        silent = {key: times for key, times in more.items() if key[2] == "PED608"}
        new, resolved = ({k[0] for k in silent if k[1] == kind} for kind in ("new", "resolved"))
        if not new or new != resolved:
            self.ailments.append(f"of silent servers was told: {sorted(silent)}")
        self.expected.update((fingerprint, kind) for fingerprint, kind, _ in silent)

    def overrun(self) -> None:
        """A Resource Manager so slow that a run lasts longer than a period."""
        slow = (ArmFault(behaviour=Behaviour.SLOW, argument=str(PERIOD * 1.4), kind="virtual-network"),)
        self.world.become(build(SCENARIO, sorted(self.broken)), slow)
        self.hold()
        self.world.become(build(SCENARIO, sorted(self.broken)))

    # What came of it.

    def told(self) -> Counter[tuple[str, str, str]]:
        """Fingerprint, event and code of everything that arrived, each event id once; no heartbeats."""
        rows = {row["EventId"]: row for batch in list(self.received.kept) for row in batch}
        return Counter((r["Fingerprint"], r["Event"], r["Code"]) for r in rows.values() if r["Event"] != "heartbeat")

    def settle(self) -> None:
        """Until nothing waits for Log Analytics."""
        self.until(lambda: self._waiting() == 0, "everything has arrived", 4 * _LONGEST_WAIT)

    def wrongs(self) -> Iterator[str]:
        """Everything that is not as it must be."""
        told = Counter((fingerprint, event) for fingerprint, event, _ in self.told().elements())
        codes = {fingerprint: code for fingerprint, _, code in self.told()}
        for key in sorted(told.keys() | self.expected.keys()):
            if told[key] != self.expected[key]:
                yield f"{codes.get(key[0], '')} {key}: told {told[key]} times, expected {self.expected[key]}"
        in_file = {json.loads(line)["EventId"] for line in (self.folder / "events.jsonl").read_text().splitlines()}
        arrived = {row["EventId"] for batch in self.received.kept for row in batch}
        if lost := (in_file ^ arrived) - self._unsent():
            yield f"{len(lost)} events reached one of two sinks only and wait for neither"
        said = (self.folder / "stderr").read_text()
        for word in ("Traceback", "internal error"):
            if word in said:
                yield f"stderr holds {word!r}: {said[said.index(word) :][:2000]}"
        yield from self.ailments

    # How that is seen.

    def until(self, is_so: Callable[[], bool], what: str, patience: float = _LONGEST_WAIT) -> None:
        """Wait for something. Raises TimeoutError."""
        deadline = time.monotonic() + patience
        while not is_so():
            if time.monotonic() > deadline:
                said = (self.folder / "stderr").read_text()[-2000:]
                raise TimeoutError(f"waited {patience:.0f} s in vain until {what}; stderr ends: {said}")
            time.sleep(0.1)

    def _complete_runs(self, since: str) -> int:
        query = "SELECT COUNT(*) FROM run WHERE complete = 1 AND started > ?"
        return self._count(query, since)

    def _waiting(self) -> int:
        return self._count("SELECT COUNT(*) FROM spool WHERE delivered = '' AND kind != 'heartbeat'")

    def _unsent(self) -> set[str]:
        """The ids of what still waits for a sink: the heartbeats of the last runs, after an outage."""
        with closing(sqlite3.connect(f"file:{self.folder / 'history.db'}?mode=ro", uri=True)) as connection:
            return {id for (id,) in connection.execute("SELECT event_id FROM spool WHERE delivered = ''")}

    def _count(self, query: str, *values: str) -> int:
        try:
            with closing(sqlite3.connect(f"file:{self.folder / 'history.db'}?mode=ro", uri=True)) as connection:
                return int(connection.execute(query, values).fetchone()[0])
        except sqlite3.OperationalError:  # not made yet, or just being written
            return -1

    def _get(self, listener: str, path: str) -> int:
        try:
            with urlopen(f"http://{self._listener(listener)}{path}", timeout=2) as answer:
                return int(answer.status)
        except (URLError, OSError):
            return 0

    def _listener(self, key: str) -> str:
        return self.environment[f"AGENT_WATCH__{key.upper()}"].strip('"')


@contextmanager
def soaking(folder: Path) -> Iterator[Soak]:
    """Everything that a soak needs, with the agent running; it is ended afterwards in any case."""
    lasted, identity.LIFETIME = identity.LIFETIME, _TOKENS_LAST
    with ExitStack() as stack:
        stack.callback(setattr, identity, "LIFETIME", lasted)
        world = stack.enter_context(LabWorld(build(SCENARIO)))
        received = stack.enter_context(receiving())
        port = urlsplit(world.endpoint).port
        logs = urlsplit(received.url).port
        assert port is not None
        assert logs is not None
        targets = {"arm": port, "token": port, "ingestion": logs}
        lines = {name: stack.enter_context(Line(target)) for name, target in targets.items()}
        (folder / "marks").mkdir()
        (folder / "agent.toml").write_text(_configuration(world, folder, lines), encoding="utf-8")
        soak = Soak(folder, world, lines, received, _environment(world, folder, lines))
        try:
            soak.start()
            soak.watch_health()
            yield soak
        finally:
            soak._ends.set()
            if soak._process is not None and soak._process.poll() is None:
                soak._process.kill()
                soak._process.wait()


def _configuration(world: LabWorld, folder: Path, lines: Mapping[str, Line]) -> str:
    own = configuration_text(world).replace(world.endpoint, f"http://127.0.0.1:{lines['arm'].port}")
    return f"""{own}
[probe]
timeout = 0.5
patience = 2.0
[watch]
check = "{PERIOD}s"
ask = 86400
jitter = 0
new_after = {HELD}
resolved_after = {HELD}
[history]
url = "sqlite:///{folder / "history.db"}"
[sinks.file]
path = "{folder / "events.jsonl"}"
[sinks.log_analytics]
endpoint = "http://127.0.0.1:{lines["ingestion"].port}"
rule_id = "dcr-00000000000000000000000000000001"
"""


def _environment(world: LabWorld, folder: Path, lines: Mapping[str, Line]) -> dict[str, str]:
    with Line(9) as one, Line(9) as other:  # two ports that are free
        ports = one.port, other.port
    return {
        **world.environment,
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{lines['token'].port}/msi/token",
        MARKS: str(folder / "marks"),
        "AGENT_WATCH__HEALTH": f'"127.0.0.1:{ports[0]}"',
        "AGENT_WATCH__METRICS": f'"127.0.0.1:{ports[1]}"',
    }


def cycle(soak: Soak, faults: Sequence[str], events: Sequence[Callable[[], None]]) -> None:
    """Break one after the other and mend them in the same order, each step held; and something else in each step."""
    todo = iter(events)
    first, second = (frozenset({fault}) for fault in faults)
    for broken in (first, first | second, second, frozenset[str]()):
        soak.become(broken, next(todo, None))


GROWS = {"agent_live_objects": 1.01, "process_resident_memory_bytes": 1.05, "agent_memo_entries": 1.0}
"""By how much each may have grown between two healthy moments, as a factor."""


WARM_UP = 4
"""Cycles after which everything was loaded that faults of all kinds need, measured."""


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[str]:
    """What has grown more than it may."""
    for name, most in GROWS.items():
        if after[name] > before[name] * most or (most == 1.0 and after[name] != before[name]):
            yield f"{name}: {before[name]:.0f} and then {after[name]:.0f}"


def main() -> int:
    """Soak for some minutes, and say what was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random, ends = Random(options.seed), time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory(prefix="soak-") as name, soaking(Path(name)) as soak:
        measured: list[dict[str, float]] = []
        kills = [point for point in POINTS for _ in range(5)]
        random.shuffle(kills)
        while time.monotonic() < ends:
            others: list[Callable[[], None]] = [partial(soak.outage, service) for service in SERVICES]
            others = random.sample([*others, soak.silence, soak.overrun], 4)
            if kills:
                others = [partial(soak.kill_at, point) for point in kills[:4]]
            del kills[:4]
            cycle(soak, random.sample(FAULTS, 2), others)
            if not kills:
                measured.append(soak.gauges())
            seen = {name: measured[-1][name] for name in GROWS} if measured else ""
            print(f"{soak.faults} faults, {sum(soak.kills.values())} kills", seen, flush=True)  # noqa: T201
        soak.settle()
        wrongs = [*soak.wrongs()]
        warm = measured[WARM_UP:]
        if len(warm) > 1:
            wrongs += grown(warm[len(warm) // 2 - 1], warm[-1])
        if code := soak.stop():
            wrongs.append(f"it ended with {code}")
        events = sum(soak.told().values())
        print(f"{soak.faults} faults held, kills {dict(soak.kills)}, {events} events told once each")  # noqa: T201
        print("\n".join(wrongs) or "nothing is wrong")  # noqa: T201
    return bool(wrongs)


if __name__ == "__main__":
    sys.exit(main())
