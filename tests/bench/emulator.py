"""The embedded Resource Manager in a process of its own, so that a bench measures the client alone.

`python -m tests.bench.emulator ESTATE [PAGE_SIZE [LATENCY]]` tells its environment, and on end of input its counts.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from threading import Thread
from typing import Any

import uvicorn

from agent.lab.arm import build_app
from agent.lab.estate import LabEstate
from agent.lab.identity import Issuer
from agent.lab.request_log import RequestLog
from agent.lab.throttle import Limits
from tests.bench import large

ESTATES: dict[str, Callable[[], LabEstate]] = {
    "endpoints": lambda: large.endpoints(10_000),
    "records": lambda: large.records(10, 10_000),
    "tenant": lambda: large.tenant(500, 20),
    "small-tenant": lambda: large.tenant(20, 20),
}


def serve(estate: LabEstate, page_size: int, latency: float) -> dict[str, Any]:
    """Serve until the input ends; the answer is how many requests got which status."""
    log, header = RequestLog(), secrets.token_hex(16)
    limits = Limits(latency=latency, throttled=bool(latency))
    app = build_app(estate, Issuer(secrets.token_bytes(32)), header, log, page_size=page_size, limits=limits)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", http="h11")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        told = {"endpoint": url, "IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": header}
        print(json.dumps(told), flush=True)  # noqa: T201
        sys.stdin.read()
        server.should_exit = True
        thread.join()
    return {str(status): count for status, count in sorted(log.statuses.items())}


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    counted = serve(ESTATES[name](), int(rest[0]) if rest else 100, float(rest[1]) if len(rest) > 1 else 0.0)
    print(json.dumps(counted))  # noqa: T201
