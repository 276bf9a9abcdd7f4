"""Stands where Azure DNS stands and does one thing wrong at each of its addresses; runs inside the namespace.

Every address knows the same zone: any name of it has the private address. What goes wrong is the address's own.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections import Counter
from functools import cache, partial
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.real.symptoms.outcome import CHANGED, PRIVATE
from tests.real.symptoms.world import HOSTS, ZONE

SLOW = 3.2  # seconds: past the patience of whoever waits three
_ZONE = dns.name.from_text(ZONE)
_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 60 60 60 10"
_CODES = {"refused": dns.rcode.REFUSED, "servfail": dns.rcode.SERVFAIL, "formerr": dns.rcode.FORMERR}


class Fault:
    """One address and what it does wrong. It remembers which names it was asked for."""

    def __init__(self, name: str) -> None:
        self.name, _, self.argument = name.partition(":")
        self.asked: Counter[dns.name.Name] = Counter()

    def reply(self, wire: bytes, tcp: bool) -> bytes | None:
        """The reply to a query; None where none is sent."""
        query = dns.message.from_wire(wire)
        self.asked[query.question[0].name] += 1
        if self.name == "udp-dropped" and not tcp:
            return None
        response = self._response(query, tcp)
        try:
            made = response.to_wire(max_size=65535 if tcp else max(512, query.payload))
        except dns.exception.TooBig:
            made = dns.message.make_response(query, recursion_available=True).to_wire()
            made = made[:2] + bytes([made[2] | 0x02]) + made[3:]  # TC
        return bytes([made[0] ^ 255]) + made[1:] if self.name == "wrong-id" else made

    def _response(self, query: dns.message.Message, tcp: bool) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=self.name != "no-ra")
        question = query.question[0]
        if self.name == "truncated" and not tcp:
            response.flags |= dns.flags.TC
        elif self.name in _CODES:
            response.set_rcode(_CODES[self.name])
        elif self.name == "once" and self.asked[question.name] > 1:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif self.name == "no-edns" and query.edns >= 0:
            response = dns.message.make_response(query)
            response.use_edns(False)
            response.set_rcode(dns.rcode.FORMERR)
        elif self.name == "referral":
            response.flags &= ~dns.flags.RA
            below = _ZONE if not self.argument else dns.name.root
            response.authority.append(dns.rrset.from_text(below, 60, "IN", "NS", "ns.example.org."))
        else:
            self._answer(response, question.name, question.rdtype)
        return response

    def _answer(self, response: dns.message.Message, name: dns.name.Name, rdtype: int) -> None:
        if self.name == "no-edns":
            response.use_edns(False)
        if self.name == "lower-case":
            name = name.canonicalize()
            response.question[0].name = name
        if self.name == "other-name":
            name = dns.name.from_text("other", _ZONE)
        last = int(self.argument or 0)
        for number in range(_number(name) + 1, last + 1):
            if self.name == "steps" and response.answer:
                return
            target = dns.name.from_text(f"n{number}", _ZONE)
            response.answer.append(_cname(name, target))
            name = target
        if self.name == "loop":
            first, second = (dns.name.from_text(label, _ZONE) for label in (HOSTS[0], "n1"))
            first, second = (second, first) if name == second else (first, second)
            response.answer += [_cname(name, second), _cname(second, first)]
        elif rdtype != dns.rdatatype.A:
            response.authority.append(dns.rrset.from_text(_ZONE, 10, "IN", "SOA", _SOA))
        else:
            response.answer.append(dns.rrset.from_text_list(name, self._ttl(), "IN", "A", self._addresses(name)))

    def _ttl(self) -> int:
        return {"ttl-0": 0, "once": 1}.get(self.name, 10)

    def _addresses(self, name: dns.name.Name) -> list[str]:
        if self.name == "200-records":
            return [f"10.1.7.{number}" for number in range(200)]
        again = self.name == "ttl-0" and self.asked[name] % 2 == 0  # tells whether it was asked anew
        return [CHANGED if again else PRIVATE]


def _number(name: dns.name.Name) -> int:
    """Where in a chain of `n1.<zone>`, `n2.<zone>`, ... a name stands; 0 begins it."""
    first = name.labels[0].lower()  # servers mix the case to tell answers from forgeries
    return int(first[1:]) if first[:1] == b"n" and first[1:].isdigit() else 0


@cache
def _cname(name: dns.name.Name, target: dns.name.Name) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, 10, "IN", "CNAME", str(target))


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            reply = self._fault.reply(data, tcp=False)
        except dns.exception.DNSException:
            return
        if reply is not None:
            delay = SLOW if self._fault.name == "slow" else 0.0
            asyncio.get_running_loop().call_later(delay, self._transport.sendto, reply, addr)


async def _serve_tcp(fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            reply = fault.reply(await reader.readexactly(length), tcp=True)
            if reply is not None:
                writer.write(struct.pack("!H", len(reply)) + reply)
    except (asyncio.IncompleteReadError, ConnectionError, dns.exception.DNSException):
        writer.close()


async def main(plan: dict[str, str]) -> None:
    """Serve each address of the plan (`address: fault`; a `!` at its end: not over TCP); tells when it is ready."""
    loop = asyncio.get_running_loop()
    for address, name in plan.items():
        fault = Fault(name.rstrip("!"))
        await loop.create_datagram_endpoint(partial(_Udp, fault), local_addr=(address, 53))
        if not name.endswith("!"):
            await asyncio.start_server(partial(_serve_tcp, fault), address, 53)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
