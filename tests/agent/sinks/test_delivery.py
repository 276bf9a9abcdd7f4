"""Delivery: one sink's fault stops no other, order is kept, and files and pipes that fail lose nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent.config import Config
from agent.config.model import FileTable, LogAnalyticsTable, SinksTable, WebhookTable
from agent.history.store import Store, Waiting
from agent.sinks import Outcome
from agent.sinks.base import all_of
from agent.sinks.configured import open_sinks
from agent.sinks.delivery import deliver
from agent.sinks.lines import FileSink
from collectors.graph.errors import UsageError
from tests.agent.sinks.receiving import Clock, message, spool, waiting

BUDGET = timedelta(seconds=30)


@dataclass
class Recording:
    """A sink that takes what it is told to take."""

    name: str
    takes: list[bool] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    most: int = 2
    most_bytes: int = 1_000_000

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        if self.takes and not self.takes.pop(0):
            raise ConnectionError("nobody there")
        self.got += [item.message.event_id for item in batch]
        return Outcome(arrived=all_of(batch))


def test_one_sink_that_fails_keeps_no_other_waiting(tmp_path: Path) -> None:
    clock, bad, good = Clock(), Recording("bad", takes=[False]), Recording("good")
    with Store.open(tmp_path / "h.db") as store:
        spool(store, [message(n, sink) for n in range(5) for sink in ("bad", "good")])
        failed, fine = deliver(store, [bad, good], clock, clock.monotonic, BUDGET)
        assert (failed.arrived, failed.waiting, failed.error) == (0, 5, "ConnectionError: nobody there")
        assert (fine.arrived, fine.waiting, fine.error) == (5, 0, "")
        assert good.got == [f"e{n}" for n in range(5)]
        clock.put_on(hours=1)
        deliver(store, [bad, good], clock, clock.monotonic, BUDGET)
    assert bad.got == good.got


def test_what_failed_waits_and_its_finding_with_it(tmp_path: Path) -> None:
    clock, sink = Clock(), Recording("s", takes=[False])
    with Store.open(tmp_path / "h.db") as store:
        spool(store, [message(1, "s", subject="a"), message(2, "s", subject="b")])
        deliver(store, [sink], clock, clock.monotonic, BUDGET)
        spool(store, [message(3, "s", subject="a"), message(4, "s", subject="c")])
        deliver(store, [sink], clock, clock.monotonic, BUDGET)
        assert sink.got == ["e4"]
        clock.put_on(hours=1)
        deliver(store, [sink], clock, clock.monotonic, BUDGET)
    assert sink.got == ["e4", "e1", "e2", "e3"]


def test_a_budget_ends_a_round(tmp_path: Path) -> None:
    clock = Clock()
    sink = Recording("s")
    with Store.open(tmp_path / "h.db") as store:
        spool(store, [message(n, "s") for n in range(9)])

        def monotonic() -> float:
            clock.put_on(seconds=10)
            return clock.monotonic()

        (done,) = deliver(store, [sink], clock, monotonic, BUDGET)
    assert 0 < done.arrived < 9
    assert done.error == ""


def test_a_file_gets_lines_and_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path=path)
    sink.send(waiting(message(1, "file"), message(2, "file")))
    sink.send(waiting(message(3, "file", cause="a\nb")))
    assert [json.loads(line)["EventId"] for line in path.read_text().splitlines()] == ["e1", "e2", "e3"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_disk_that_is_full_takes_back_what_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    sink = FileSink(path=path)
    sink.send(waiting(message(1, "file")))
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        sink.send(waiting(message(2, "file")))
    assert path.read_bytes() == before


def test_mistakes_of_sinks_are_told_all_at_once_with_their_keys(tmp_path: Path) -> None:
    sinks = SinksTable(
        log_analytics=LogAnalyticsTable(endpoint="https://x.example"),
        webhook=WebhookTable(secret_env="NOT_SET"),
        file=FileTable(path=str(tmp_path / "no" / "file")),
    )
    with pytest.raises(UsageError) as told, open_sinks(Config(sinks=sinks), {}):
        pass
    assert [line.partition(":")[0] for line in str(told.value).splitlines()] == [
        "sinks.log_analytics.rule_id",
        "sinks.webhook.secret_env",
        "sinks.webhook.url",
        "sinks.file.path",
    ]


def test_stdout_is_always_a_sink(tmp_path: Path) -> None:
    sinks = SinksTable(
        log_analytics=LogAnalyticsTable(endpoint="http://127.0.0.1:9", rule_id="dcr-1"),
        webhook=WebhookTable(url="http://127.0.0.1:9"),
        file=FileTable(path=str(tmp_path / "events")),
    )
    with open_sinks(Config(), {}) as plain, open_sinks(Config(sinks=sinks), {}) as all_:
        assert [sink.name for sink in plain] == ["stdout"]
        assert [sink.name for sink in all_] == ["stdout", "file", "webhook", "log_analytics"]
