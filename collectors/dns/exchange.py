"""One DNS query and its reply: sent again and again over UDP, then over TCP where the reply was truncated.

dnspython's own `query.udp` gives up at the first stray datagram, sees no closed port and resends from a new one.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from collectors.dns.limits import Limits

_MOST_STRAYS = 100  # invalid replies to one query; more is a flood, not a slip
_SLICE = 0.25  # seconds until a stop is noticed
_LARGEST = 65535
_OS_ERRORS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
    errno.ETIMEDOUT: "timed out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where a query goes on the wire, and the address it comes from (`""`: the system chooses)."""

    host: str
    port: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a query: a valid reply, or the error that says why there is none. `elapsed` in seconds."""

    message: dns.message.Message | None
    transport: str
    tries: int
    elapsed: float
    error: str = ""
    heard: bool = False
    """Whether any valid message came, be it a truncated one only."""


class Exchange:
    """One query to one server.

    One socket serves all sends, so that any of them may still be answered. It is connected: the kernel drops
    replies from elsewhere and reports a closed port. A port found closed twice, one timeout apart, is
    "connection refused"; a server that restarts meanwhile is not. Invalid replies are counted and ignored.
    """

    def __init__(
        self,
        query: dns.message.Message,
        peer: Peer,
        limits: Limits,
        *,
        stopped: threading.Event,
        resending: Callable[[], object],
        patience: Callable[[], float],
    ) -> None:
        self._query, self._peer, self._limits = query, peer, limits
        self._stopped, self._resending, self._patience = stopped, resending, patience
        self._wire = query.to_wire()
        self._started = time.monotonic()
        self._tries = self._strays = 0
        self._last_stray = ""

    def run(self) -> Reply:
        """Ask until there is a valid reply or patience ends. Never raises for anything a network does."""
        try:
            with self._socket(socket.SOCK_DGRAM) as udp:
                udp.connect((self._peer.host, self._peer.port))
                reply = self._over_udp(udp)
        except OSError as error:
            return self._failed(explain(error))
        if reply is None:
            return self._failed("timed out")
        if not reply.flags & dns.flags.TC:
            return self._answered(reply, "udp")
        return self._after_truncation(reply)

    def run_over_tcp(self) -> Reply:
        """Ask over TCP only. What takes the connection and says nothing lives: that is told apart."""
        self._tries, connected = 1, False
        try:
            with self._socket(socket.SOCK_STREAM) as tcp:
                tcp.settimeout(self._limits.timeout)
                tcp.connect((self._peer.host, self._peer.port))
                connected = True
                wire = self._sent_over_tcp(tcp, self._started + self._patience())
        except OSError as error:
            return self._failed(f"connected over TCP, then {explain(error)}" if connected else explain(error), "tcp")
        reply = parse_reply(self._query, wire)
        if isinstance(reply, str):
            return self._failed(f"malformed: {reply}", "tcp")
        return self._answered(reply, "tcp")

    def _over_udp(self, udp: socket.socket) -> dns.message.Message | None:
        refused = False
        while (now := time.monotonic()) < (deadline := self._started + self._patience()) and not self._is_over():
            until = min(now + self._limits.timeout, deadline)
            if self._tries:
                self._resending()
            self._tries += 1
            try:
                udp.send(self._wire)
                if reply := self._listen(udp, until):
                    return reply
            except ConnectionRefusedError:
                if refused:
                    raise
                refused = True
                self._stopped.wait(max(0.0, until - time.monotonic()))
        return None

    def _listen(self, udp: socket.socket, until: float) -> dns.message.Message | None:
        while (left := until - time.monotonic()) > 0 and not self._is_over():
            udp.settimeout(min(left, _SLICE))
            try:
                wire = udp.recv(_LARGEST)
            except TimeoutError:
                continue
            if reply := self._valid(wire):
                return reply
        return None

    def _valid(self, wire: bytes) -> dns.message.Message | None:
        reply = parse_reply(self._query, wire)
        if isinstance(reply, str):
            self._strays, self._last_stray = self._strays + 1, reply
            return None
        return reply

    def _is_over(self) -> bool:
        return self._stopped.is_set() or self._strays >= _MOST_STRAYS

    def _after_truncation(self, truncated: dns.message.Message) -> Reply:
        """A truncated reply says nothing about what it left out: without TCP there is no answer, only this."""
        says = f"truncated over UDP ({dns.rcode.to_text(truncated.rcode())})"
        self._resending()
        self._tries += 1
        try:
            with self._socket(socket.SOCK_STREAM) as tcp:
                wire = self._over_tcp(tcp)
        except OSError as error:
            return self._failed(f"{says}, over TCP: {explain(error)}", "tcp", heard=True)
        reply = parse_reply(self._query, wire)
        if isinstance(reply, str):
            return self._failed(f"malformed: {says}, over TCP: {reply}", "tcp", heard=True)
        if reply.flags & dns.flags.TC:
            return self._failed(f"{says}, and over TCP too", "tcp", heard=True)
        return self._answered(reply, "tcp")

    def _over_tcp(self, tcp: socket.socket) -> bytes:
        """Send and receive one message; the time left of patience is there for it, at least one timeout."""
        now = time.monotonic()
        deadline = max(self._started + self._limits.patience, now + self._limits.timeout)
        tcp.settimeout(deadline - now)
        tcp.connect((self._peer.host, self._peer.port))
        return self._sent_over_tcp(tcp, deadline)

    def _sent_over_tcp(self, tcp: socket.socket, deadline: float) -> bytes:
        tcp.sendall(struct.pack("!H", len(self._wire)) + self._wire)
        (length,) = struct.unpack("!H", self._read(tcp, 2, deadline))
        return self._read(tcp, length, deadline)

    def _read(self, tcp: socket.socket, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            left = deadline - time.monotonic()
            if left <= 0 or self._stopped.is_set():
                raise TimeoutError
            tcp.settimeout(min(left, _SLICE))
            try:
                part = tcp.recv(size - len(received))
            except TimeoutError:
                continue
            if not part:
                raise ConnectionResetError(errno.ECONNRESET, "closed before the whole message came")
            received += part
        return bytes(received)

    def _socket(self, kind: socket.SocketKind) -> socket.socket:
        """A socket of the server's address family, bound to the source. Raises OSError."""
        family = socket.AF_INET6 if ":" in self._peer.host else socket.AF_INET
        made = socket.socket(family, kind)
        try:
            if self._peer.source:
                made.bind((self._peer.source, 0))
        except OSError as error:
            made.close()
            reason = error.strerror or "not an address of the server's family"
            raise OSError(error.errno, f"cannot ask from {self._peer.source}: {reason}") from error
        return made

    def _answered(self, message: dns.message.Message, transport: str) -> Reply:
        elapsed = time.monotonic() - self._started
        return Reply(message=message, transport=transport, tries=self._tries, elapsed=elapsed, heard=True)

    def _failed(self, error: str, transport: str = "udp", *, heard: bool = False) -> Reply:
        if self._strays and transport == "udp":
            replies = "reply" if self._strays == 1 else "replies"
            error = f"malformed: {self._strays} invalid {replies} ignored, the last: {self._last_stray}"
        elapsed = time.monotonic() - self._started
        return Reply(message=None, transport=transport, tries=self._tries, elapsed=elapsed, error=error, heard=heard)


def parse_reply(query: dns.message.Message, wire: bytes) -> dns.message.Message | str:
    """A valid reply to the query, or what is wrong with it. Any bytes will do.

    Valid is: well-formed, a response, with the query's id, opcode and question. Of a truncated reply only the
    head must be well-formed, as servers cut where they please.
    """
    try:
        reply = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError) as error:
        head = _head(wire)
        if head is None or not head.flags & dns.flags.TC:
            return f"not a DNS message ({type(error).__name__})"
        reply = head
    if reply.id != query.id:
        return "another message's id"
    if not query.is_response(reply):
        return "an answer to another question" if reply.flags & dns.flags.QR else "not a response"
    return reply


def _head(wire: bytes) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(wire, question_only=True)
    except (dns.exception.DNSException, ValueError):
        return None


def explain(error: OSError) -> str:
    """What the network did, in a few words."""
    if error.strerror and error.strerror.startswith("cannot ask from"):
        return error.strerror
    if isinstance(error, TimeoutError):
        return "timed out"
    known = _OS_ERRORS.get(error.errno or 0)
    return known or (os.strerror(error.errno) if error.errno else str(error)).lower()
