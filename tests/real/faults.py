"""Answers as a real server does, but for one thing that goes wrong; runs in a namespace.

The answers are those of the server behind it. Over TCP only what is truncated can be fetched, where that is open.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

FAULTS = ("drop", "truncate", "truncate, no tcp", "wrong id", "referral", "slow", "refused", "servfail", "none")
SLOW = 3.0
"""Seconds that a slow answer takes."""
_PATIENCE = 5.0
_CODES = {"refused": dns.rcode.REFUSED, "servfail": dns.rcode.SERVFAIL}


async def reply(wire: bytes, fault: str, backend: str, *, tcp: bool = False) -> bytes | None:
    """What is sent back; None: nothing."""
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query, recursion_available=True)
    if fault == "drop":
        return None
    if fault == "slow":
        await asyncio.sleep(SLOW)
    if fault in _CODES:
        response.set_rcode(_CODES[fault])
    elif fault.startswith("truncate") and not tcp:
        response.flags |= dns.flags.TC
    elif fault == "referral":
        response.flags &= ~dns.flags.RA
        response.authority.append(dns.rrset.from_text(".", 60, "IN", "NS", "a.root-servers.net."))
    else:
        await _copy(query, response, backend)
    made = response.to_wire(max_size=65535)
    return bytes([made[0] ^ 0xFF]) + made[1:] if fault == "wrong id" else made


async def _copy(query: dns.message.Message, response: dns.message.Message, backend: str) -> None:
    question = query.question[0]
    asked = dns.message.make_query(question.name, question.rdtype)
    try:
        got = await dns.asyncquery.udp(asked, backend, timeout=_PATIENCE)
    except (dns.exception.DNSException, OSError):
        response.set_rcode(dns.rcode.SERVFAIL)
        return
    response.set_rcode(got.rcode())
    # Azure sends aliases, not the DNAME that plays a family of them; BIND asks for that again over TCP.
    response.answer = [rrset for rrset in got.answer if rrset.rdtype != dns.rdatatype.DNAME]
    response.authority = got.authority


class Datagrams(asyncio.DatagramProtocol):
    """One address over UDP."""

    def __init__(self, answer: Callable[[bytes], Awaitable[bytes | None]]) -> None:
        self.answer = answer
        self.transport: Any = None
        self.running: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One question."""
        task = asyncio.get_running_loop().create_task(self._reply(data, addr))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _reply(self, data: bytes, addr: Any) -> None:
        if (made := await self.answer(data)) is not None:
            self.transport.sendto(made, addr)


async def over_tcp(
    answer: Callable[[bytes], Awaitable[bytes | None]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection, on which servers ask again and again (RFC 7766)."""
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            length = int.from_bytes(await reader.readexactly(2), "big")
            if (made := await answer(await reader.readexactly(length))) is not None:
                writer.write(len(made).to_bytes(2, "big") + made)
                await writer.drain()
    writer.close()


async def main(plan: list[dict[str, str]]) -> None:
    """Serve every `{address, fault, backend}` until the namespace ends; tells on stdout when it is ready."""
    loop = asyncio.get_running_loop()
    for it in plan:
        spoil = partial(reply, fault=it["fault"], backend=it["backend"])
        await loop.create_datagram_endpoint(partial(Datagrams, spoil), local_addr=(it["address"], 53))
        if it["fault"] == "truncate":
            await asyncio.start_server(partial(over_tcp, partial(spoil, tcp=True)), it["address"], 53)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
