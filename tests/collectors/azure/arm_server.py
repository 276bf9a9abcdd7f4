"""A small ARM and managed-identity endpoint on loopback that answers what a test tells it to, faults included."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-dns"
ZONES = f"{SUBSCRIPTION}/providers/Microsoft.Network/privateDnsZones"
ZONE = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms"
ENDPOINTS = f"{SUBSCRIPTION}/providers/Microsoft.Network/privateEndpoints"
OBJECT_ID = "22222222-2222-2222-2222-222222222222"
TENANT_ID = "33333333-3333-3333-3333-333333333333"


def jwt(claims: Mapping[str, Any]) -> str:
    """An unsigned token in the shape that Entra issues."""
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2lnbmF0dXJl"])


TOKEN = jwt({"oid": OBJECT_ID, "tid": TENANT_ID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. `missing` bytes are promised by the header and never sent; `delay` and `drip`
    (before each byte of the body) are in seconds."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    delay: float = 0.0
    drip: float = 0.0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]


def listed(*ids: str, link: str | None = None, **properties: Any) -> Reply:
    """A page of resources that have nothing but an id and a name."""
    items = [{"id": text, "name": text.rpartition("/")[2], "properties": properties} for text in ids]
    return Reply(body={"value": items} if link is None else {"value": items, "nextLink": link})


def failed(status: int, code: str = "", message: str = "", **headers: str) -> Reply:
    """An error as ARM sends it."""
    return Reply(status=status, body={"error": {"code": code, "message": message}}, headers=headers)


class ArmServer:
    """Answers by path (with the query, if a reply is known for that); the last reply is repeated."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._replies: dict[str, list[Reply]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.on("/subscriptions", Reply(body={"value": [{"id": SUBSCRIPTION, "displayName": "sub-hub"}]}))
        expires = str(int(time.time()) + 3600)
        answer = {"access_token": TOKEN, "expires_on": expires, "resource": "x", "token_type": "Bearer"}
        self.on("/msi/token", Reply(body=answer))

    def on(self, path: str, *replies: Reply) -> None:
        """What to answer on a path, in turn. Paths without a reply answer with an empty list."""
        self._replies[path] = list(replies)

    @property
    def asked(self) -> list[str]:
        """The ARM paths that were asked, without queries, in order of arrival."""
        return [seen.path.partition("?")[0] for seen in self.seen if not seen.path.startswith("/msi/")]

    def reply(self, path: str) -> Reply:
        for key in (path, path.partition("?")[0]):
            if key in self._replies:
                replies = self._replies[key]
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return Reply(body={"value": []})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.seen.append(
                    Seen(method=self.command, path=self.path, headers={k.lower(): v for k, v in self.headers.items()})
                )
                reply = server.reply(self.path)
                time.sleep(reply.delay)
                head = [f"HTTP/1.1 {reply.status} Status", f"Content-Length: {len(reply.content) + reply.missing}"]
                head += [f"{name.replace('_', '-')}: {value}" for name, value in reply.headers.items()]
                start = "\r\n".join([*head, "", ""]).encode()
                self.wfile.write(start if reply.drip else start + reply.content)  # in one packet where it can be
                if reply.drip:
                    self._drip(reply)
                self.close_connection = bool(reply.missing)

            def _drip(self, reply: Reply) -> None:
                for byte in reply.content:
                    time.sleep(reply.drip)
                    try:
                        self.wfile.write(bytes([byte]))
                    except OSError:  # the client had enough
                        return

            do_GET = do_POST = do_PUT = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
