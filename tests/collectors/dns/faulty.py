"""A DNS server in a process of its own that answers late, in any order, wrongly or not at all, as a seed decides.

`python -m tests.collectors.dns.faulty SEED LATENCY SPREAD FAULTS` prints its port, and when its standard input ends
one JSON line for each query: the time (monotonic, seconds) and the name.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time
import zlib
from collections import Counter

_LOST, _ALWAYS_LOST, _WRONG_ID, _WRONG_QUESTION = 0.02, 0.001, 0.01, 0.01


def fault_of(seed: int, name: str) -> str:
    """What happens to the first query for a name; `silence` happens to all of them."""
    draw = random.Random(f"{seed} {name}").random()
    for fault, share in (
        ("silence", _ALWAYS_LOST),
        ("loss", _LOST),
        ("wrong id", _WRONG_ID),
        ("wrong question", _WRONG_QUESTION),
    ):
        if draw < share:
            return fault
        draw -= share
    return ""


def address_of(name: str) -> str:
    """The address of a name: everybody can tell whether an answer belongs to it."""
    number = zlib.crc32(name.encode())
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _question(wire: bytes) -> tuple[str, int]:
    """The name asked, and where the question ends."""
    labels, at = [], 12
    while wire[at]:
        labels.append(wire[at + 1 : at + 1 + wire[at]].decode())
        at += 1 + wire[at]
    return ".".join(labels), at + 5


def _reply(wire: bytes, end: int, name: str, fault: str) -> bytes:
    id = wire[:2] if fault != "wrong id" else bytes([wire[0] ^ 255, wire[1]])
    question = wire[12:end]
    if fault == "wrong question":
        question = question[:1] + bytes([question[1] ^ 1]) + question[2:]
    address = bytes(map(int, address_of(name).split(".")))
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + address
    return id + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + question + record


class _Server(asyncio.DatagramProtocol):
    def __init__(self, seed: int, latency: float, spread: float, faults: bool) -> None:
        self.log: list[tuple[float, str]] = []
        self._seed, self._latency, self._spread, self._faults = seed, latency, spread, faults
        self._asked: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, wire: bytes, client: tuple[str, int]) -> None:
        name, end = _question(wire)
        self.log.append((time.monotonic(), name))
        self._asked[name] += 1
        fault = fault_of(self._seed, name) if self._faults else ""
        if fault == "silence" or (fault == "loss" and self._asked[name] == 1):
            return
        reply = _reply(wire, end, name, fault if self._asked[name] == 1 else "")
        late = self._latency + self._spread * random.random()
        self._loop.call_later(late, self.transport.sendto, reply, client)  # type: ignore[attr-defined]


async def _serve(seed: int, latency: float, spread: float, faults: bool) -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: _Server(seed, latency, spread, faults), local_addr=("127.0.0.1", 0)
    )
    sys.stdout.write(f"{transport.get_extra_info('sockname')[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    transport.close()
    sys.stdout.write("".join(f"{json.dumps(line)}\n" for line in server.log))


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(_serve(int(given[0]), float(given[1]), float(given[2]), given[3] == "faults"))
