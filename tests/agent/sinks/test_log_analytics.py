"""Log Analytics through Microsoft's own client, against a receiver that answers as the service does on bad days."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from azure.monitor.ingestion import LogsIngestionClient

from agent.events import LONGEST
from agent.history.store import Store
from agent.sinks.configured import plain_http
from agent.sinks.delivery import deliver
from agent.sinks.log_analytics import LogAnalyticsSink
from tests.agent.sinks.receiving import Answer, Clock, NobodysCredential, Receiver, message, receiving, spool, waiting

RULE, STREAM, NAME = "dcr-00000000000000000000000000000001", "Custom-PrivateDnsFindings_CL", "log_analytics"
HOUR = timedelta(hours=1)


@contextmanager
def sink_to(receiver: Receiver) -> Iterator[LogAnalyticsSink]:
    with LogsIngestionClient(
        receiver.url, NobodysCredential(), retry_total=0, per_call_policies=[plain_http()], read_timeout=5
    ) as client:
        yield LogAnalyticsSink(client=client, rule_id=RULE, stream=STREAM)


def test_rows_arrive_as_the_contract_says() -> None:
    with receiving() as receiver, sink_to(receiver) as sink:
        outcome = sink.send(waiting(message(1, NAME, names='["a"]'), message(2, NAME)))
        assert (outcome.arrived, outcome.error) == ((0, 1), "")
    ((headers, body),) = receiver.requests
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Authorization"] == "Bearer token"
    rows = json.loads(gzip.decompress(body))
    assert [row["EventId"] for row in rows] == ["e1", "e2"]
    assert list(rows[0]) == [
        *("TimeGenerated", "EventId", "RunId", "Event", "Code", "Slug", "Level", "Fingerprint", "SubjectId"),
        *("SubjectName", "SubjectSubscription", "WorkspaceName", "Names", "Clients", "Expected", "Observed", "Cause"),
        *("Repair", "FirstSeen", "AgentVersion", "Vantage"),
    ]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(500), "Log Analytics answered 500"),
        (Answer(403), "needs Monitoring Metrics Publisher"),
        (Answer(404), "immutable id"),
        (Answer(429, retry_after="60"), "Log Analytics answered 429"),
        (Answer(cut=True), "Log Analytics was not reached"),
    ],
)
def test_what_does_not_arrive_is_said_and_kept(answer: Answer, says: str) -> None:
    with receiving(answer) as receiver, sink_to(receiver) as sink:
        outcome = sink.send(waiting(message(1, NAME)))
    assert outcome.arrived == ()
    assert says in outcome.error
    assert outcome.after == (timedelta(seconds=60) if answer.retry_after else None)
    assert len(receiver.requests) == 1, "the spool tries again, and not the client"


def test_a_service_that_does_not_exist_keeps_everything() -> None:
    with receiving() as gone:
        pass
    with sink_to(gone) as sink:
        outcome = sink.send(waiting(message(1, NAME)))
    assert (outcome.arrived, "not reached" in outcome.error) == ((), True)


def test_what_is_too_large_together_is_sent_in_parts_and_in_order() -> None:
    with receiving() as receiver, sink_to(receiver) as sink:
        receiver.most_bytes = 3_000
        outcome = sink.send(waiting(*(message(number, NAME, cause="x" * 800) for number in range(10))))
    assert outcome.arrived == tuple(range(10))
    assert receiver.events == [f"e{number}" for number in range(10)]


def test_one_row_that_is_too_large_is_cut_and_marked_and_not_lost() -> None:
    with receiving() as receiver, sink_to(receiver) as sink:
        receiver.most_bytes = 3_000
        outcome = sink.send(waiting(message(1, NAME), message(2, NAME, cause="y" * LONGEST), message(3, NAME)))
    assert outcome.arrived == (0, 1, 2)
    assert receiver.events == ["e1", "e2", "e3"]
    (row,) = [row for rows in receiver.kept for row in rows if row["EventId"] == "e2"]
    assert row["Cause"].endswith(" ... (cut)")
    assert len(row["Cause"]) < 1_100


def test_an_hours_outage_loses_nothing_and_keeps_the_order_of_each_finding(tmp_path: Path) -> None:
    """An hour of errors, hang-ups and throttling; rows that came although the answer was lost come twice, by one id."""
    clock = Clock()
    troubles = [
        *(Answer(500), Answer(cut=True), Answer(429, retry_after="120"), Answer(503)),
        *(Answer(500, keeps=True), Answer(cut=True, keeps=True)),
    ]
    with receiving() as receiver, sink_to(receiver) as sink, Store.open(tmp_path / "h.db") as store:
        receiver.answers = [troubles[number % len(troubles)] for number in range(12)]
        messages = [message(number, NAME, subject=f"finding {number % 3}") for number in range(30)]
        for minute in range(0, 60, 5):
            spool(store, messages[minute // 2 : minute // 2 + 3])
            deliver(store, [sink], clock, clock.monotonic, timedelta(seconds=30))
            clock.put_on(minutes=5)
        receiver.answers = []
        for _ in range(5):
            clock.put_on(hours=1)
            deliver(store, [sink], clock, clock.monotonic, timedelta(seconds=30))
        assert store.unsent() == {}
    sent = [number for minute in range(0, 60, 5) for number in range(minute // 2, min(minute // 2 + 3, 30))]
    expected = list(dict.fromkeys(f"e{number}" for number in sent))
    once = list(dict.fromkeys(receiver.events))
    assert sorted(once) == sorted(expected)
    for finding in range(3):
        of_one = [id for id in once if int(id[1:]) % 3 == finding]
        assert of_one == sorted(of_one, key=lambda id: int(id[1:]))
    assert len(receiver.events) > len(once), "at least once: what came although the answer was lost came again"


def test_batches_stay_below_the_limits_of_the_service(tmp_path: Path) -> None:
    clock = Clock()
    with receiving() as receiver, sink_to(receiver) as sink, Store.open(tmp_path / "h.db") as store:
        spool(store, [message(number, NAME, cause="z" * LONGEST, repair="z" * LONGEST) for number in range(100)])
        (done,) = deliver(store, [sink], clock, clock.monotonic, timedelta(seconds=60))
    assert (done.arrived, done.waiting) == (100, 0)
    sizes = [len(gzip.decompress(body)) for _, body in receiver.requests]
    assert max(sizes) < 1_000_000
    assert len(sizes) == 4
