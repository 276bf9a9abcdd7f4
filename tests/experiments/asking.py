"""DNS from this machine: asking a server, and answering with a lone alias."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from collectors.graph.clouds import PLATFORM_RESOLVER
from tests.experiments.az import ExperimentError
from tests.experiments.model import NO_ANSWER, Question, Seen

_TIMEOUT, _TRIES = 5.0, 3


def ask(question: Question, port: int = 53, timeout: float = _TIMEOUT) -> Seen:
    """What a server says; silence after some tries is an outcome, too."""
    message = dns.message.make_query(question.name, question.type)
    problem = ""
    for _ in range(_TRIES):
        try:
            answer, _ = dns.query.udp_with_fallback(message, question.server, timeout=timeout, port=port)
        except (dns.exception.DNSException, OSError, EOFError) as error:
            problem = type(error).__name__
            continue
        return Seen(outcome=dns.rcode.to_text(answer.rcode()), values=tuple(_values(answer)))
    return Seen(outcome=NO_ANSWER, values=(problem,))


def _values(answer: dns.message.Message) -> Iterator[str]:
    for rrset in answer.answer:
        for rdata in rrset:
            owner, type = rrset.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rrset.rdtype)
            yield f"{owner} {type} {rdata.to_text().removesuffix('.')}"


def own_address() -> str:
    """This machine's address towards Azure DNS; empty when it has no way there. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((PLATFORM_RESOLVER, 53))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def stands_in(address: str, prefixes: list[str]) -> bool:
    """Whether an address belongs to a network."""
    spaces = [ipaddress.ip_network(prefix, strict=False) for prefix in prefixes]
    return bool(address) and any(ipaddress.ip_address(address) in space for space in spaces)


def overlaps(space: str, prefixes: list[str]) -> bool:
    """Whether a network holds part of an address space."""
    wanted = ipaddress.ip_network(space)
    return any(wanted.overlaps(ipaddress.ip_network(prefix, strict=False)) for prefix in prefixes if "." in prefix)


@contextmanager
def answering(alias: tuple[str, str], address: str, port: int = 5353) -> Iterator[int]:
    """Answer a name with one CNAME and nothing more, on UDP, until the block ends; gives the port.

    Raises ExperimentError when the port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        try:
            listener.bind((address, port))
        except OSError as problem:
            raise ExperimentError(f"cannot answer questions on {address} port {port}: {problem}") from problem
        listener.settimeout(0.2)
        ended = threading.Event()
        thread = threading.Thread(target=_answer_all, args=(listener, alias, ended), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            ended.set()
            thread.join()


def _answer_all(listener: socket.socket, alias: tuple[str, str], ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            wire, sender = listener.recvfrom(4096)
            listener.sendto(_lone_alias(wire, alias), sender)
        except (TimeoutError, OSError, dns.exception.DNSException):
            continue


def _lone_alias(wire: bytes, alias: tuple[str, str]) -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire))
    response.flags |= dns.flags.AA
    name, target = alias
    if response.question and response.question[0].name == dns.name.from_text(name):
        response.answer = [dns.rrset.from_text(dns.name.from_text(name), 10, "IN", "CNAME", f"{target}.")]
    else:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()
