"""What the lab was asked: the proof that a run only reads, and from one host."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from threading import Lock
from typing import BinaryIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request. `query` as sent; `authorized`: it carried an Authorization header; `status` 0: no answer."""

    method: str
    host: str
    path: str
    query: str
    authorized: bool
    status: int


class RequestLog:
    """The latest requests, oldest first, readable from any thread; each is also a JSON line in `sink`.

    An unbuffered sink: what a full disk refused must not come up again when the file is closed.
    """

    def __init__(self, sink: BinaryIO | None = None) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)
        self._sink = sink
        self._lock = Lock()
        self.statuses: Counter[int] = Counter()
        """How many requests, forgotten ones too, got which status."""
        self.failure = ""
        """Why the sink could not be written; the lab serves on without it."""

    def add(self, request: LoggedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)
            self.statuses[request.status] += 1
            if self._sink and not self.failure:
                try:
                    self._sink.write(json.dumps(asdict(request)).encode() + b"\n")
                except OSError as error:
                    self.failure = error.strerror or str(error)

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)


class Logged:
    """An ASGI app whose requests are logged."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and log it with the status that was sent."""
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._log.add(_logged(scope, status))  # before the client sees it, so that a test can read it
            await send(message)

        await self._app(scope, receive, watch)
        if not status:
            self._log.add(_logged(scope, status))


def _logged(scope: Scope, status: int) -> LoggedRequest:
    headers = dict(scope["headers"])
    return LoggedRequest(
        method=scope["method"],
        host=headers.get(b"host", b"").decode("latin-1"),
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        authorized=b"authorization" in headers,
        status=status,
    )
