"""Connects to port 443 and shakes hands; the certificate is read and not judged, and nothing else is sent.

A proxy that inspects traffic has a chain of its own: whom the certificate names tells more than whether it is trusted.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from collectors.graph.addresses import split_target
from collectors.graph.connections import HTTPS, Attempt, Connection
from collectors.graph.declared import Vantage

_MOST_NAMES = 100  # of a certificate
_LONGEST_NAME = 253
_SAYS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
    errno.ETIMEDOUT: "timed out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectLimits:
    """`timeout` seconds for the connection and again for the handshake, `total` for all, `most` attempts."""

    timeout: float = 2.0
    total: float = 60.0
    most: int = 500
    workers: int = 16


def connect(
    attempts: Sequence[Attempt], vantages: Sequence[Vantage], limits: ConnectLimits, now: Callable[[], datetime]
) -> tuple[Connection, ...]:
    """Try every attempt once; the results stand in their order. What is not tried has a result that says why."""
    run = _Run({vantage.name: vantage for vantage in vantages}, limits, now)
    pool = ThreadPoolExecutor(max_workers=limits.workers, thread_name_prefix="connect")
    try:
        pending = [pool.submit(run.one, attempt) for attempt in attempts[: limits.most]]
        tried = [future.result() for future in pending]
    finally:
        run.stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)
    reason = f"more than {limits.most} connections would be needed"
    return (*tried, *(run.not_tried(attempt, reason) for attempt in attempts[limits.most :]))


class _Run:
    """What the attempts of one call share."""

    def __init__(self, vantages: dict[str, Vantage], limits: ConnectLimits, now: Callable[[], datetime]) -> None:
        self._vantages, self._limits, self._now = vantages, limits, now
        self._deadline = time.monotonic() + limits.total
        self.stopped = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    def not_tried(self, attempt: Attempt, reason: str) -> Connection:
        """The result of an attempt that was not made."""
        return Connection(attempt=attempt, tried_at=self._now(), error=f"not tried: {reason}")

    def one(self, attempt: Attempt) -> Connection:
        """Connect and shake hands. Never raises for anything that a network or a server does."""
        if self.stopped.is_set() or time.monotonic() > self._deadline:
            return self.not_tried(attempt, f"the {self._limits.total:g} seconds for all connections are over")
        vantage = self._vantages.get(attempt.vantage)
        if vantage is None:
            return self.not_tried(attempt, f"there is no vantage {attempt.vantage!r}")
        mapped = vantage.address_map.get(attempt.address)
        target = split_target(mapped) if mapped else (attempt.address, HTTPS)
        source = (vantage.source, 0) if vantage.source else None
        started = time.monotonic()
        result = Connection(attempt=attempt, tried_at=self._now())
        try:
            with socket.create_connection(target, self._limits.timeout, source) as tcp:
                result = self._shake(replace(result, accepted=True), tcp)
        except OSError as error:
            result = replace(result, error=f"over TCP: {_explain(error)}")
        return replace(result, elapsed=round(time.monotonic() - started, 3))

    def _shake(self, result: Connection, tcp: socket.socket) -> Connection:
        try:
            with self._context.wrap_socket(tcp, server_hostname=result.attempt.name) as tls:
                encoded = tls.getpeercert(binary_form=True)
        except (OSError, ValueError) as error:  # ValueError: a name that TLS cannot carry
            return replace(result, error=f"the handshake failed: {_explain(error)}")
        names = _names(encoded) if encoded else None
        if names is None:
            return replace(result, error="the certificate cannot be read")
        return replace(result, names=names)


def _names(encoded: bytes) -> tuple[str, ...] | None:
    """The DNS names of a certificate, sorted; None where it cannot be read."""
    from cryptography import x509  # only a run that connects pays for it

    try:
        certificate = x509.load_der_x509_certificate(encoded)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    except ValueError:
        return None
    return tuple(sorted(set(_printable(extension.value.get_values_for_type(x509.DNSName))))[:_MOST_NAMES])


def _printable(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name[:_LONGEST_NAME])


def _explain(error: OSError | ValueError) -> str:
    """What happened, without what a server may have put into the message."""
    match error:
        case TimeoutError():
            return "timed out"
        case ssl.SSLError():
            return (error.reason or "not TLS").lower().replace("_", " ")
        case OSError(errno=int() as number) if number > 0:
            return _SAYS.get(number) or os.strerror(number).lower()
    return "the connection was closed"
