"""A receiver on loopback whose answers are scripted, and a credential that needs nobody."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from azure.core.credentials import AccessToken

from agent.events import FindingEvent, encoded
from agent.history.lives import Kind
from agent.history.store import Message, RunRecord, Store, Waiting

NOW = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What the receiver says; `cut`: it hangs up instead. `keeps`: it has what it was sent all the same."""

    status: int = 204
    retry_after: str = ""
    cut: bool = False
    keeps: bool | None = None


@dataclass
class Receiver:
    """What a loopback server was sent. Answers are used up in order; then everything is well."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    most_bytes: int = 10_000_000

    @property
    def events(self) -> list[str]:
        """The ids of the rows that it has, in the order of arrival."""
        return [row["EventId"] for rows in self.kept for row in rows]


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((dict(self.headers.items()), body))
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            too_large = len(plain) > receiver.most_bytes
            answer = Answer(413) if too_large else receiver.answers.pop(0) if receiver.answers else Answer()
            if answer.keeps if answer.keeps is not None else answer.status < 300 and not answer.cut:
                receiver.kept.append(json.loads(plain))
            if answer.cut:
                self.connection.close()
                return
            self.send_response(answer.status)
            if answer.retry_after:
                self.send_header("Retry-After", answer.retry_after)
            if answer.status in (301, 302, 307):
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}", answers=list(answers))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class NobodysCredential:
    """A token for whoever asks."""

    def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        return AccessToken("token", 4_102_444_800)


@dataclass
class Clock:
    """A clock that stands until it is put on; the same for both kinds of time."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def put_on(self, **time: float) -> None:
        self.now += timedelta(**time)


def event(number: int, kind: Kind = Kind.NEW, **fields: Any) -> FindingEvent:
    return FindingEvent(time_generated=NOW, event_id=f"e{number}", run_id="r", event=kind.value, **fields)


def message(number: int, sink: str, subject: str = "", kind: Kind = Kind.NEW, **fields: Any) -> Message:
    body = encoded(event(number, kind, **fields))
    return Message(event_id=f"e{number}", sink=sink, subject=subject or f"f{number}", kind=kind, body=body)


def waiting(*messages: Message) -> tuple[Waiting, ...]:
    return tuple(Waiting(number=n, message=m, attempts=0, not_before=None) for n, m in enumerate(messages))


def spool(store: Store, messages: Sequence[Message]) -> None:
    """Put messages into the spool, as a run does."""
    run = RunRecord(slot=NOW, id="r", started=NOW, finished=NOW, exit_code=0, complete=True, summary=b"{}")
    store.record(run, {}, messages, 1_000_000)
