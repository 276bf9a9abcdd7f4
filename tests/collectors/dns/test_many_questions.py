"""Twenty thousand questions to a server that loses, mixes up and shuffles: every outcome is right, the pace is kept."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collectors.dns.ask import ask
from collectors.dns.limits import Limits
from collectors.graph.answers import Question
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn
from tests.collectors.dns.faulty import address_of, fault_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SERVER = "10.0.0.4"
MANY = 20_000


@dataclass
class Faulty:
    """A running server; `log` holds time and name of each query after it ended."""

    port: int
    log: list[tuple[float, str]] = field(default_factory=list)

    @property
    def vantage(self) -> Vantage:
        return Vantage(name="here", address_map={SERVER: f"127.0.0.1:{self.port}"})


@contextlib.contextmanager
def faulty(seed: int, *, latency: float = 0.0, spread: float = 0.0, faults: bool = True) -> Iterator[Faulty]:
    command = [sys.executable, "-m", "tests.collectors.dns.faulty", str(seed), str(latency), str(spread)]
    command.append("faults" if faults else "none")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        server = Faulty(int(process.stdout.readline()))
        yield server
        process.stdin.close()
        server.log += [(moment, name) for moment, name in map(json.loads, process.stdout)]


def questions(count: int) -> tuple[Question, ...]:
    return tuple(Question(vantage="here", server=SERVER, name=Fqdn(f"n{n}.example")) for n in range(count))


def test_every_one_of_many_questions_gets_its_own_answer_or_is_told_to_have_timed_out() -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    limits = Limits(timeout=0.5, patience=2.2, budget=MANY, queries_per_second=1e6, burst=1000, silent_after=MANY)
    asked = questions(MANY)
    with faulty(seed, spread=0.02) as server:
        answers = ask(asked, (server.vantage,), limits, lambda: NOW, lambda done, total: None)
    assert [answer.question for answer in answers] == list(asked)
    lost = {answer.question.name for answer in answers if answer.error}
    assert lost == {question.name for question in asked if fault_of(seed, question.name) == "silence"}
    assert {answer.error for answer in answers if answer.error} == {"timed out"} if lost else not lost
    right = [(answer.question.name, answer.addresses) for answer in answers if not answer.error]
    assert right == [(name, (address_of(name),)) for name, _ in right]
    again = {answer.question.name for answer in answers if answer.tries > 1}
    assert again >= {question.name for question in asked if fault_of(seed, question.name)}


def test_in_no_second_a_server_is_asked_more_than_its_rate_and_the_burst() -> None:
    limits = Limits(timeout=0.3, patience=1.0, queries_per_second=150, burst=20, silent_after=500)
    with faulty(1, spread=0.05) as server:
        ask(questions(450), (server.vantage,), limits, lambda: NOW, lambda done, total: None)
    moments = [moment for moment, _ in server.log]
    busiest = max(sum(start <= moment < start + 1 for moment in moments) for start in moments)
    assert len(moments) > 450  # what was lost is asked again, within the same pace
    assert busiest <= 150 + 20
