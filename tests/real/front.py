"""Stands before BIND where it cannot play Azure DNS alone; runs inside the namespace.

BIND decides everything: which zone, which rule, public DNS. The front adds two things that BIND has no word for. A
denial by a zone whose link falls back: public DNS is asked. The marker of a rule: its target's answer is final.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

_PATIENCE = 8.0
_FALLS_BACK = ("A", "AAAA", "CNAME")


class View:
    """Azure DNS as some clients see it: where BIND plays it, and its zones that fall back."""

    def __init__(self, view: dict[str, Any]) -> None:
        self.clients = [ipaddress.ip_network(prefix) for prefix in view.get("clients", ["0.0.0.0/0"])]
        self.backend: str = view["backend"]
        self.fallback = {dns.name.from_text(zone) for zone in view["fallback"]}

    def is_for(self, client: str) -> bool:
        """Whether a client sees this."""
        return any(ipaddress.ip_address(client) in prefix for prefix in self.clients)

    def falls_back(self, message: dns.message.Message, rdtype: int) -> bool:
        """Whether a denial is one of a zone that falls back."""
        if (
            message.rcode() != dns.rcode.NXDOMAIN
            or dns.rdatatype.to_text(dns.rdatatype.RdataType(rdtype)) not in _FALLS_BACK
        ):
            return False
        return any(r.name in self.fallback for r in message.authority if r.rdtype == dns.rdatatype.SOA)


class Front(asyncio.DatagramProtocol):
    """Answers at an address as the view of the client that asks; whoever has none is refused."""

    def __init__(self, views: list[View], plan: dict[str, Any]) -> None:
        self.views = views
        self.public: str = plan["public"]
        self.targets: dict[str, str] = {marker_data(address): target for address, target in plan["markers"].items()}
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
        query = dns.message.from_wire(data)
        view = next((view for view in self.views if view.is_for(addr[0])), None)
        answer = dns.message.make_response(query)
        answer.set_rcode(dns.rcode.REFUSED if view is None else dns.rcode.SERVFAIL)
        if view is not None:
            with suppress(dns.exception.DNSException, OSError):
                answer = await self.answer(query, view)
        self.transport.sendto(answer.to_wire(max_size=65535), addr)

    async def answer(self, query: dns.message.Message, view: View) -> dns.message.Message:
        """What BIND says in this view, and what follows from a fallback or a rule."""
        question = query.question[0]
        first = await ask(view.backend, question.name, question.rdtype)
        aliases = [rrset for rrset in first.answer if rrset.rdtype == dns.rdatatype.CNAME]
        last = aliases[-1][0].target if aliases else question.name
        target = next((self.targets[t] for t in map(_texts, first.answer) if t in self.targets), None)
        if target is None and view.falls_back(first, question.rdtype):
            target = self.public
        response = dns.message.make_response(query, recursion_available=True)
        if target is None:
            copy_into(response, first, first.answer)
        else:
            more = await ask(target, last, question.rdtype)
            copy_into(response, more, [*aliases, *more.answer])
        return response


class Marker(asyncio.DatagramProtocol):
    """Answers every question with the marker of one rule."""

    def __init__(self, address: str) -> None:
        self.data = marker_data(address)
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One question: any type has the marker."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        kind = dns.rdatatype.to_text(question.rdtype)
        value = {"A": self.data, "AAAA": f"100::{self.data}"}.get(kind, f'"{self.data}"')
        if kind in ("A", "AAAA", "TXT"):
            response.answer.append(dns.rrset.from_text(question.name, 0, "IN", kind, value))
        self.transport.sendto(response.to_wire(), addr)


def marker_data(address: str) -> str:
    """What the marker at an address answers."""
    return address.replace("100.65.", "100.64.", 1)


def _texts(rrset: dns.rrset.RRset) -> str:
    return rrset[0].to_text().strip('"').removeprefix("100::") if rrset.rdtype != dns.rdatatype.AAAA else _v4(rrset)


def _v4(rrset: dns.rrset.RRset) -> str:
    packed = rrset[0].to_digestable()
    return ".".join(str(byte) for byte in packed[-4:]) if packed[:2] == b"\x01\x00" else ""


def copy_into(response: dns.message.Message, source: dns.message.Message, answer: list[dns.rrset.RRset]) -> None:
    """Give a response the answer, and the response code and authority of another.

    The DNAME that plays a family of aliases stays out: Azure sends aliases, and BIND asks for a DNAME again over TCP.
    """
    response.answer = [rrset for rrset in answer if rrset.rdtype != dns.rdatatype.DNAME]
    response.authority = list(source.authority)
    response.set_rcode(source.rcode())


async def ask(server: str, name: dns.name.Name, rdtype: int) -> dns.message.Message:
    """One question over UDP."""
    query = dns.message.make_query(name, dns.rdatatype.RdataType(rdtype))
    return await dns.asyncquery.udp(query, server, timeout=_PATIENCE)


async def main(plan: dict[str, Any]) -> None:
    """Serve all views and markers until the namespace ends; tells on stdout when it is ready."""
    loop = asyncio.get_running_loop()
    at: dict[str, list[View]] = {}
    for view in plan["views"]:
        for address in view["addresses"]:
            at.setdefault(address, []).append(View(view))
    for address, views in at.items():
        await loop.create_datagram_endpoint(partial(Front, views, plan), local_addr=(address, 53))
    for address in plan["markers"]:
        await loop.create_datagram_endpoint(partial(Marker, address), local_addr=(address, 53))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
