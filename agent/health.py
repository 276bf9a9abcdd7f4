"""Whether a long run lives and works, for orchestrators and for Prometheus. Nothing of the estate is told here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from collectors.graph.errors import UsageError

_STARTS_WITHIN = 10.0  # seconds


def health_app(ready: Callable[[], str]) -> Starlette:
    """`/healthz`: the process answers. `/readyz`: 200 while runs end well; `ready` says why not, or `""`."""

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def readyz(_: Request) -> Response:
        why = ready()
        return PlainTextResponse(f"{why or 'ok'}\n", status_code=503 if why else 200)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz)])


def metrics_app(text: Callable[[], bytes]) -> Starlette:
    """`/metrics` in Prometheus' text format."""

    def metrics(_: Request) -> Response:
        return Response(text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/metrics", metrics)])


@contextmanager
def served(app: Starlette, listener: str, key: str) -> Iterator[None]:
    """Serve an app on `address:port` in a thread; nothing where the listener is empty. Raises UsageError."""
    if not listener:
        yield
        return
    host, _, port = listener.rpartition(":")
    config = uvicorn.Config(app, host=host.strip("[]"), port=int(port), log_config=None, access_log=False)
    try:
        socket = config.bind_socket()
    except (OSError, SystemExit) as error:  # uvicorn leaves the program where a port is taken
        why = getattr(error, "strerror", "") or "the address is in use or not this machine's"
        raise UsageError(f"watch.{key}: {listener} cannot be listened on: {why}") from None
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [socket]}, name=key, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_STARTS_WITHIN)
        socket.close()
