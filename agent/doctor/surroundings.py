"""What stands around a run: versions, the identity, Azure Resource Manager, sinks, and the history."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from agent import __version__
from agent.arm_calls import Greeting
from agent.config import Config
from agent.doctor.results import Result, State
from agent.events import FindingEvent, encoded
from agent.history.configured import trouble
from agent.history.lives import Kind
from agent.history.store import Message, Waiting
from agent.sinks.base import Sink

_PACKAGES = (
    "azure-identity",
    "azure-mgmt-network",
    "azure-mgmt-privatedns",
    "azure-mgmt-dnsresolver",
    "azure-mgmt-machinelearningservices",
    "dnspython",
)
_CLOCKS_DIFFER, _CLOCKS_LIE = 30.0, 240.0
"""Seconds: worth a word, and where tokens and schedules no longer work."""
_CONNECT = 5.0


def versions() -> Iterator[Result]:
    """What runs."""
    found = []
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    text = f"agent {__version__}, Python {platform.python_version()}, {', '.join(found)}"
    yield Result(about="version", state=State.OK, text=text)


def greeted(greeting: Greeting) -> Iterator[Result]:
    """Who asks, whether Azure Resource Manager answers, and whether the clocks agree."""
    if greeting.error:
        yield Result(about="arm", state=State.BROKEN, text=f"{greeting.endpoint}: {greeting.error}")
        return
    who = f"{greeting.obtained_by}: object id {greeting.object_id or 'unknown'}, tenant {greeting.tenant or 'unknown'}"
    yield Result(about="identity", state=State.OK, text=who)
    took = f"{greeting.endpoint} answers in {greeting.seconds * 1000:.0f} ms"
    if greeting.ahead is None:
        yield Result(about="arm", state=State.OK, text=f"{took}; it does not say what time it is")
        return
    text = f"{took}; this machine's clock is {abs(greeting.ahead):.0f} s {'ahead' if greeting.ahead > 0 else 'behind'}"
    lies = abs(greeting.ahead) > _CLOCKS_LIE
    remedy = "let the clock be set by NTP" if abs(greeting.ahead) > _CLOCKS_DIFFER else ""
    yield Result(about="arm", state=State.BROKEN if lies else State.OK, text=text, remedy=remedy)


def sinks_reached(config: Config) -> Iterator[Result]:
    """Whether what [sinks] names can be reached; nothing is sent."""
    table = config.sinks
    for name, url in (("log_analytics", table.log_analytics.endpoint), ("webhook", table.webhook.url)):
        if url:
            yield _reached(name, url)
    if table.file.path:
        path = Path(table.file.path)
        target = path if path.exists() else path.absolute().parent
        writable = os.access(target, os.W_OK)
        text = f"file: {path} {'can be written' if writable else 'cannot be written'}"
        yield Result(about="sink", state=State.OK if writable else State.BROKEN, text=text)
    if not (table.log_analytics.endpoint or table.webhook.url or table.file.path):
        yield Result(about="sink", state=State.SKIPPED, text="none is configured: events go to stdout only")


def _reached(name: str, url: str) -> Result:
    """The host is told and nothing more of the URL: it may be a secret."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), timeout=_CONNECT).close()
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        remedy = "see what its host resolves to from here, and whether port and proxy are open"
        return Result(about="sink", state=State.BROKEN, text=f"{name}: {host}:{port}: {why}", remedy=remedy)
    return Result(about="sink", state=State.OK, text=f"{name}: {host}:{port} takes connections")


def sent_test_row(sink: Sink, now: datetime) -> Result:
    """Whether a sink takes a row that says to be a test."""
    number = f"doctor-{now:%Y%m%dT%H%M%SZ}"
    row = FindingEvent(
        time_generated=now, event_id=number, run_id="doctor", event="test", cause="agent doctor was here"
    )
    message = Message(event_id=number, sink=sink.name, subject=number, kind=Kind.NEW, body=encoded(row))
    try:
        outcome = sink.send([Waiting(number=0, message=message, attempts=0, not_before=None)])
    except Exception as error:  # noqa: BLE001  whatever a transport raises is what is to be told
        return Result(about="sink", state=State.BROKEN, text=f"{sink.name}: {type(error).__name__}: {str(error)[:200]}")
    if outcome.arrived:
        return Result(about="sink", state=State.OK, text=f"{sink.name}: took the test row {number}")
    return Result(about="sink", state=State.BROKEN, text=f"{sink.name}: {outcome.error}")


def history(config: Config) -> Result:
    """Whether `agent watch` could remember."""
    where = config.history.url.partition("?")[0]
    why = trouble(config)
    if why:
        return Result(about="history", state=State.BROKEN, text=f"{where}: {why}", remedy="see [history] url")
    return Result(about="history", state=State.OK, text=f"{where} can be used")
