"""Whole zones from a real BIND: signed, unsigned, refused, too large; and servers that no BIND would be."""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import dns.flags
import dns.message
import dns.rrset
import pytest

from collectors.dns.exchange import Peer
from collectors.dns.transfer import Transfer, TransferLimits, Transferred, transfer_zones
from collectors.dns.tsig import TsigKey
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import Fqdn
from tests.real.loopback import HOST, SERIAL, named

SECRET = base64.b64encode(b"a secret of thirty-two bytes....").decode()
KEY = TsigKey(name="xfr", algorithm="hmac-sha256", secret=base64.b64decode(SECRET))
ZONE = "privatelink.example.test"
RECORDS = """
a A 10.0.0.5
a A 10.0.0.6
a AAAA fd00::5
b.between A 10.0.0.7
alias CNAME a
*.wild A 10.0.0.8
text TXT "hello"
child NS ns.child
ns.child A 10.0.0.9
odd\\032name A 10.0.0.10
outside CNAME target.elsewhere.test.
"""
ZONES = {
    ZONE: ("key xfr", RECORDS),
    "open.test": ("any", "a A 10.0.0.5\n"),
    "closed.test": ("none", "a A 10.0.0.5\n"),
    "big.test": ("any", "".join(f"n{n} A 10.0.{n // 250}.{n % 250}\n" for n in range(3000))),
}
LIMITS = TransferLimits(seconds=5, silence=2)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    keys = "".join(
        f'key "{name}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n' for name in ("xfr", "known-but-not-allowed")
    )
    with named(tmp_path_factory.mktemp("named"), ZONES, keys) as found:
        yield found


def transferred(port: int, *zones: str, key: TsigKey | None = None, limits: TransferLimits = LIMITS) -> Transferred:
    wanted = tuple(map(Fqdn, zones))
    transfer = Transfer(server="10.0.0.4", vantage="here", peer=Peer(host=HOST, port=port), zones=wanted, key=key)
    (result,) = transfer_zones((transfer,), limits)
    return result


def gap(port: int, zone: str, key: TsigKey | None = None, limits: TransferLimits = LIMITS) -> Gap:
    """The one gap that a zone leaves."""
    result = transferred(port, zone, key=key, limits=limits)
    assert result.zones == ()
    (found,) = result.gaps
    assert (found.kind, found.scope) == ("dns", "10.0.0.4 from here")
    assert found.detail.startswith(f"zone {zone} was not transferred: ")
    return found


@pytest.mark.real_servers
def test_a_signed_transfer_gives_every_name_with_what_decides_about_it(port: int) -> None:
    """Addresses, aliases, names of other types, names between labels, delegations, escaped bytes."""
    result = transferred(port, ZONE, key=KEY)
    assert result.gaps == ()
    (zone,) = result.zones
    assert (zone.name, zone.serial, zone.delegated) == (ZONE, SERIAL, (f"child.{ZONE}",))
    assert {name.removesuffix(ZONE).rstrip("."): values for name, values in zone.records.items()} == {
        "": (),
        "a": ("10.0.0.5", "10.0.0.6", "fd00::5"),
        "alias": (f"a.{ZONE}",),
        "between": (),
        "b.between": ("10.0.0.7",),
        "child": (),
        "ns.child": ("10.0.0.9",),
        "odd\\032name": ("10.0.0.10",),
        "outside": ("target.elsewhere.test",),
        "text": (),
        "wild": (),
        "*.wild": ("10.0.0.8",),
    }


@pytest.mark.real_servers
def test_a_zone_that_anybody_may_have_needs_no_key(port: int) -> None:
    (zone,) = transferred(port, "open.test").zones
    assert zone.records[Fqdn("a.open.test")] == ("10.0.0.5",)


@pytest.mark.real_servers
@pytest.mark.parametrize(
    ("zone", "key", "told"),
    [
        (ZONE, None, "the server refuses it (REFUSED)"),
        ("closed.test", KEY, "the server refuses it (REFUSED)"),
        (ZONE, replace(KEY, name="known-but-not-allowed"), "the server refuses it (REFUSED)"),
        ("nobodys.test", None, "the server is not authoritative for it, or does not allow it (NOTAUTH)"),
        (ZONE, replace(KEY, secret=b"another"), "the server has another secret for the key (BADSIG)"),
        (ZONE, replace(KEY, name="stranger"), "the server does not know the key, or knows it with another algorithm"),
        (ZONE, replace(KEY, algorithm="hmac-sha512"), "the server does not know the key, or knows it with another"),
    ],
)
def test_a_refusal_is_a_gap_that_says_what_to_do(port: int, zone: str, key: TsigKey | None, told: str) -> None:
    found = gap(port, zone, key)
    assert found.reason is Reason.FORBIDDEN
    assert told in found.detail
    assert "allow-transfer" in found.action


@pytest.mark.real_servers
def test_a_clock_that_is_wrong_is_told(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 4000)
    assert "clocks of this machine and of the server differ" in gap(port, ZONE, KEY).detail


@pytest.mark.real_servers
@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (replace(LIMITS, records=1000), "more than 1000 records came from the server, no more are read"),
        (replace(LIMITS, octets=10_000), "more than 10000 bytes came from the server, no more are read"),
    ],
)
def test_a_zone_over_the_limit_is_a_gap_and_nothing_of_it_is_kept(port: int, limits: TransferLimits, told: str) -> None:
    found = gap(port, "big.test", limits=limits)
    assert (found.reason, found.detail.partition(": ")[2]) == (Reason.REFUSED, told)


@pytest.mark.real_servers
def test_one_zone_that_is_refused_takes_no_other_with_it(port: int) -> None:
    result = transferred(port, "closed.test", "big.test", "open.test")
    assert [zone.name for zone in result.zones] == ["big.test", "open.test"]
    assert len(result.zones[0].records) == 3001
    assert len(result.gaps) == 1


@pytest.mark.real_servers
def test_nothing_that_is_told_or_kept_holds_the_secret(port: int) -> None:
    keys = (KEY, replace(KEY, name="stranger"), replace(KEY, algorithm="hmac-sha512"))
    told = "".join(repr((key, transferred(port, ZONE, key=key))) for key in keys)
    assert SECRET not in told
    assert "a secret of" not in told


# Servers that no BIND would be

Behaviour = Callable[[socket.socket, dns.message.Message], None]


@contextmanager
def server(behaviour: Behaviour) -> Iterator[int]:
    """Answers every connection in turn by the behaviour, given the query."""
    with socket.create_server((HOST, 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, behaviour))
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, behaviour: Behaviour) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            (length,) = struct.unpack("!H", connection.recv(2))
            behaviour(connection, dns.message.from_wire(connection.recv(length), keyring=False))


def send(connection: socket.socket, wire: bytes) -> None:
    connection.sendall(struct.pack("!H", len(wire)) + wire)


def zone_message(query: dns.message.Message, *lines: str, flags: int = dns.flags.AA) -> bytes:
    reply = dns.message.make_response(query)
    reply.flags |= flags
    for owner, ttl, _, rdtype, value in (line.split(" ", 4) for line in lines):
        reply.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", rdtype, value))
    return reply.to_wire()


SOA = "z.test. 60 IN SOA ns.test. h.test. 1 1 1 1 1"
A = "a.z.test. 60 IN A 10.0.0.5"
NS = "z.test. 60 IN NS ns.test."


def says_nothing(connection: socket.socket, query: dns.message.Message) -> None:
    connection.settimeout(5)
    connection.recv(1)  # until the other side gives up


def hangs_up(connection: socket.socket, query: dns.message.Message) -> None:
    send(connection, zone_message(query, SOA, A))


def talks_nonsense(connection: socket.socket, query: dns.message.Message) -> None:
    send(connection, b"\xff" * 40)


def answers_something_else(connection: socket.socket, query: dns.message.Message) -> None:
    query.id ^= 1
    send(connection, zone_message(query, SOA, NS, A, SOA))


def has_no_authority(connection: socket.socket, query: dns.message.Message) -> None:
    send(connection, zone_message(query, SOA, NS, A, SOA, flags=0))


def begins_elsewhere(connection: socket.socket, query: dns.message.Message) -> None:
    send(connection, zone_message(query, A, SOA))


def signs_nothing(connection: socket.socket, query: dns.message.Message) -> None:
    query.keyring = None
    unsigned = dns.message.make_query("z.test.", "AXFR")
    unsigned.id = query.id
    send(connection, zone_message(unsigned, SOA, NS, A, SOA))


@pytest.mark.parametrize(
    ("behaviour", "reason", "told"),
    [
        (says_nothing, Reason.TIMED_OUT, "over TCP: timed out"),
        (hangs_up, Reason.FAILED, "the server closed the connection before the zone was whole"),
        (talks_nonsense, Reason.MALFORMED, "what came is no transfer of the zone"),
        (answers_something_else, Reason.MALFORMED, "the server answered another question"),
        (has_no_authority, Reason.MALFORMED, "the server does not claim authority for it"),
        (begins_elsewhere, Reason.MALFORMED, "what came is no transfer of the zone (FormError)"),
    ],
)
def test_a_broken_transfer_is_a_gap(behaviour: Behaviour, reason: Reason, told: str) -> None:
    with server(behaviour) as port:
        found = gap(port, "z.test", limits=replace(LIMITS, silence=0.5))
    assert found.reason is reason
    assert told in found.detail


def test_an_unsigned_answer_to_a_signed_question_is_not_believed() -> None:
    with server(signs_nothing) as port:
        found = gap(port, "z.test", KEY)
    assert (found.reason, "is not signed" in found.detail) == (Reason.MALFORMED, True)


def test_a_server_that_drips_is_cut_off_when_the_time_of_the_zone_is_over() -> None:
    def drips(connection: socket.socket, query: dns.message.Message) -> None:
        wire = zone_message(query, SOA, NS, A, SOA)
        connection.sendall(struct.pack("!H", len(wire)))
        try:
            for octet in wire:
                connection.sendall(bytes([octet]))
                time.sleep(0.1)
        except OSError:
            pass

    started = time.monotonic()
    with server(drips) as port:
        assert gap(port, "z.test", limits=replace(LIMITS, seconds=0.6)).reason is Reason.TIMED_OUT
    assert time.monotonic() - started < 5


def test_a_dead_server_is_asked_once_for_all_its_zones() -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = int(closed.getsockname()[1])
    result = transferred(port, "a.test", "b.test")
    details = [found.detail for found in result.gaps]
    assert details == [
        f"zone {zone} was not transferred: over TCP: connection refused" for zone in ("a.test", "b.test")
    ]
    assert {found.reason for found in result.gaps} == {Reason.FAILED}
