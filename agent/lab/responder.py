"""DNS on the wire for the lab: messages over UDP and TCP on loopback, answered by one thread.

Whatever a client sends, the thread lives: a broken message gets no answer, an idle connection is dropped.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from agent.lab.resolvers import SERVFAIL, Budget, NoAnswer, Reply, Resolver
from collectors.graph.answers import Record
from collectors.graph.ids import fqdn

LOOPBACK = "127.0.0.1"

_PLAIN_UDP = 512  # RFC 1035 section 4.2.1: what a client without EDNS can take
_LARGEST_UDP = 1232
_LARGEST_TCP = 65535
_TCP_IDLE = 10.0
_BACKLOG = 64
_MOST_TRANSPORTS = 256  # of all responders together
_PORT_TRIES = 20

_VERSION = dns.name.from_text("version.bind")

_Transport = asyncio.DatagramTransport | asyncio.Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How messages reach a responder, and what it says that it is.

    `deaf`: over which transports none does. `cuts`: it cuts what it sends over UDP. `version`: "": it does not say.
    """

    deaf: frozenset[str] = frozenset()
    cuts: bool = False
    version: str = ""


WELL_BEHAVED = Conduct()


def respond(resolver: Resolver, message: bytes, *, tcp: bool = False, conduct: Conduct = WELL_BEHAVED) -> bytes | None:
    """The answer to a message as received; None when it is not a query at all, or does not get through."""
    if ("tcp" if tcp else "udp") in conduct.deaf:
        return None
    try:
        query = dns.message.from_wire(message)
    except dns.exception.DNSException:
        return None
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(query, recursion_available=True, our_payload=_LARGEST_UDP)
    refusal = _refusal(query)
    response.set_rcode(refusal)
    if _asks_version(query) and conduct.version:
        response.set_rcode(dns.rcode.NOERROR)
        text = dns.rrset.from_text(query.question[0].name, 0, dns.rdataclass.CH, "TXT", f'"{conduct.version}"')
        response.answer.append(text)
    elif refusal == dns.rcode.NOERROR:
        budget = Budget(checking_disabled=bool(query.flags & dns.flags.CD))
        try:
            _fill(response, resolver, budget)
        except NoAnswer:
            return None
    if conduct.cuts and not tcp:
        response.answer, response.authority = [], []
        response.flags |= dns.flags.TC
    return response.to_wire(max_size=_largest(query, tcp), prefer_truncation=True)


def _asks_version(query: dns.message.Message) -> bool:
    """Whether a server is asked what it is, as BIND's users do."""
    return len(query.question) == 1 and (
        query.question[0].rdclass,
        query.question[0].rdtype,
        query.question[0].name,
    ) == (dns.rdataclass.CH, dns.rdatatype.TXT, _VERSION)


def _largest(query: dns.message.Message, tcp: bool) -> int:
    if tcp:
        return _LARGEST_TCP
    return min(_LARGEST_UDP, max(_PLAIN_UDP, query.payload)) if query.edns >= 0 else _PLAIN_UDP


def _refusal(query: dns.message.Message) -> dns.rcode.Rcode:
    """Why a query is not answered; NOERROR when it can be."""
    if query.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(query.question) != 1:
        return dns.rcode.FORMERR
    question = query.question[0]
    if question.rdclass != dns.rdataclass.IN or dns.rdatatype.is_metatype(question.rdtype):
        return dns.rcode.REFUSED
    return dns.rcode.NOERROR


def _fill(response: dns.message.Message, resolver: Resolver, budget: Budget) -> None:
    question = response.question[0]
    try:
        name = fqdn(question.name.to_text(omit_final_dot=True))
    except ValueError:  # bytes that no record of the lab can hold
        reply = Reply(rcode="NXDOMAIN")
    else:
        reply = resolver.resolve(name, dns.rdatatype.to_text(question.rdtype), budget)
    try:
        answer, authority = _rrsets(reply.answers, question.name), _rrsets(reply.authority, question.name)
    except (dns.exception.DNSException, ValueError):  # a target too long, an address that is none
        reply, answer, authority = SERVFAIL, [], []
    response.set_rcode(dns.rcode.from_text(reply.rcode))
    response.flags |= dns.flags.AA if reply.authoritative else 0
    response.answer.extend(answer)
    response.authority.extend(authority)


def _rrsets(records: Iterable[Record], asked: dns.name.Name) -> list[dns.rrset.RRset]:
    """Records as RRsets, in order; the asked name as the client spelt it."""
    rrsets: list[dns.rrset.RRset] = []
    for record in records:
        name = dns.name.from_text(record.name)
        value = f"{record.value}." if record.type == "CNAME" else record.value
        owner = asked if name == asked else name
        rrset = dns.rrset.from_text(owner, record.ttl, dns.rdataclass.IN, record.type, value)
        same = next((held for held in rrsets if held.name == name and held.rdtype == rrset.rdtype), None)
        if same is None:
            rrsets.append(rrset)
        else:
            same.add(rrset[0])
    return rrsets


class Responder:
    """A resolver and its two sockets, UDP and TCP on one port of loopback. Raises OSError without a free port.

    Over TCP nothing listens where its conduct is to be deaf there: connections are refused.
    """

    def __init__(self, resolver: Resolver, conduct: Conduct = WELL_BEHAVED) -> None:
        self.resolver, self.conduct = resolver, conduct
        self.udp, self.tcp = _socket_pair()
        self.address = f"{LOOPBACK}:{self.udp.getsockname()[1]}"

    def close(self) -> None:
        """Give the port back."""
        self.udp.close()
        self.tcp.close()


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on the same free port."""
    for tries_left in reversed(range(_PORT_TRIES)):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            udp.bind((LOOPBACK, 0))
            tcp.bind(udp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
            if not tries_left:
                raise
        else:
            return udp, tcp
    raise AssertionError("unreachable: the last try returns or raises")


class ResponderThread:
    """Answers for any number of responders in one thread, as a context manager; closes them at the end."""

    def __init__(self, responders: Iterable[Responder]) -> None:
        self._responders = tuple(responders)
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._open: set[_Transport] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab-dns", daemon=True)

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, drop every connection, close every socket."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        for responder in self._responders:
            datagrams = partial(_Datagrams, responder.resolver, responder.conduct, self._open)
            stream = partial(_Stream, responder.resolver, self._open)
            await self._loop.create_datagram_endpoint(datagrams, sock=responder.udp)
            if "tcp" not in responder.conduct.deaf:
                self._servers.append(await self._loop.create_server(stream, sock=responder.tcp, backlog=_BACKLOG))

    async def _hang_up(self) -> None:
        # A connection accepted a moment ago is a task that makes its transport; in a closed server it would leak.
        for responder in self._responders:
            self._loop.remove_reader(responder.tcp)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
        for server in self._servers:
            server.close()
        for transport in tuple(self._open):
            transport.abort()
        while self._open:
            await asyncio.sleep(0)


class _Datagrams(asyncio.DatagramProtocol):
    """UDP: one datagram in, at most one out."""

    def __init__(self, resolver: Resolver, conduct: Conduct, open_transports: set[_Transport]) -> None:
        self._resolver, self._conduct, self._open = resolver, conduct, open_transports
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # typeshed says BaseTransport
        self._transport = transport
        self._open.add(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._transport is not None:
            self._open.discard(self._transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = respond(self._resolver, data, conduct=self._conduct)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


class _Stream(asyncio.Protocol):
    """TCP: messages with two bytes of length before each (RFC 7766)."""

    def __init__(self, resolver: Resolver, open_transports: set[_Transport]) -> None:
        self._resolver, self._open = resolver, open_transports
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # typeshed says BaseTransport
        self._transport = transport
        if len(self._open) >= _MOST_TRANSPORTS:
            transport.abort()
            return
        self._open.add(transport)
        self._wait()

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._transport is not None:
            self._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= 2:
            end = 2 + int.from_bytes(self._received[:2], "big")
            if len(self._received) < end:
                break
            message = bytes(self._received[2:end])
            del self._received[:end]
            self._answer(message)
        self._wait()

    def pause_writing(self) -> None:
        """The client does not read what it asked for: hang up rather than keep it all."""
        if self._transport is not None:
            self._transport.abort()

    def _answer(self, message: bytes) -> None:
        answer = respond(self._resolver, message, tcp=True)
        if self._transport is None:
            return
        if answer is None:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._transport.write(len(answer).to_bytes(2, "big") + answer)

    def _wait(self) -> None:
        """Give the client its time again."""
        if self._deadline is not None:
            self._deadline.cancel()
        if self._transport is not None and not self._transport.is_closing():
            self._deadline = asyncio.get_running_loop().call_later(_TCP_IDLE, self._transport.abort)
