"""Questions over real sockets to a responder that misbehaves as told."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.dns.ask import ask
from collectors.dns.exchange import Reply, parse_reply
from collectors.dns.limits import Limits, Silence
from collectors.dns.transcript import to_answer
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SERVER = "10.0.0.4"
LIMITS = Limits(timeout=0.1, patience=0.4, queries_per_second=1000, burst=1000)
QUERY = dns.message.make_query("a.example.", "A", use_edns=0)
QUESTION = Question(vantage="here", server=SERVER, name=Fqdn("a.example"))

Behaviour = Callable[[dns.message.Message, int, str], Iterable[bytes]]
"""Given the query, its number on this transport (from one) and the transport: the datagrams to send back."""


class Responder:
    """A raw DNS server on loopback, UDP and (unless it is told not to) TCP on the same port."""

    def __init__(self, behaviour: Behaviour, *, tcp: bool = True) -> None:
        self._behaviour = behaviour
        self.seen: list[tuple[str, tuple[str, int], bytes]] = []
        self._udp, self._tcp = _pair(tcp)
        self.port: int = self._udp.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve_udp)]
        if self._tcp is not None:
            self._threads.append(threading.Thread(target=self._serve_tcp, args=(self._tcp,)))
        for thread in self._threads:
            thread.start()

    def _reply(self, wire: bytes, client: tuple[str, int], transport: str) -> Iterable[bytes]:
        self.seen.append((transport, client, wire))
        number = sum(1 for seen, _, _ in self.seen if seen == transport)
        return self._behaviour(dns.message.from_wire(wire), number, transport)

    def _serve_udp(self) -> None:
        while True:
            wire, client = self._udp.recvfrom(65535)
            if not wire:
                return
            for reply in self._reply(wire, client, "udp"):
                self._udp.sendto(reply, client)

    def _serve_tcp(self, listener: socket.socket) -> None:
        while True:
            connection, client = listener.accept()
            with connection, connection.makefile("rb") as stream:
                head = stream.read(2)
                if len(head) < 2:
                    return
                for reply in self._reply(stream.read(struct.unpack("!H", head)[0]), client, "tcp"):
                    connection.sendall(reply)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        if self._tcp is not None:
            socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        if self._tcp is not None:
            self._tcp.close()


def _pair(tcp: bool) -> tuple[socket.socket, socket.socket | None]:
    """A UDP and a TCP socket on one ephemeral port; another process may hold the port of one kind already."""
    for _ in range(20):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        if not tcp:
            return udp, None
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind(("127.0.0.1", udp.getsockname()[1]))
        except OSError:
            udp.close()
            listener.close()
            continue
        listener.listen()
        return udp, listener
    raise AssertionError("no port is free for both UDP and TCP")


@contextlib.contextmanager
def responding(behaviour: Behaviour, *, tcp: bool = True) -> Iterator[Responder]:
    responder = Responder(behaviour, tcp=tcp)
    try:
        yield responder
    finally:
        responder.close()


def good(query: dns.message.Message, *records: str) -> dns.message.Message:
    reply = dns.message.make_response(query, recursion_available=True)
    for record in records or (f"{query.question[0].name} 10 IN A 10.1.0.5",):
        name, ttl, *rest = record.split(maxsplit=4)
        reply.answer.append(dns.rrset.from_text(name, int(ttl), *rest))
    return reply


def framed(message: dns.message.Message) -> bytes:
    wire = message.to_wire(max_size=65535)
    return struct.pack("!H", len(wire)) + wire


def always(make: Callable[[dns.message.Message], dns.message.Message]) -> Behaviour:
    return lambda query, _number, _transport: [make(query).to_wire(max_size=65535)]


def here(responder: Responder) -> Vantage:
    return Vantage(name="here", address_map={SERVER: f"127.0.0.1:{responder.port}"})


def ask_all(responder: Responder, *questions: Question, limits: Limits = LIMITS) -> tuple[Answer, ...]:
    return ask(questions, (here(responder),), limits, lambda: NOW, lambda done, total: None)


def ask_one(behaviour: Behaviour, *, tcp: bool = True, limits: Limits = LIMITS) -> Answer:
    with responding(behaviour, tcp=tcp) as responder:
        return ask_all(responder, QUESTION, limits=limits)[0]


def test_an_answer_is_told_in_full() -> None:
    def behave(query: dns.message.Message) -> dns.message.Message:
        reply = good(
            query,
            "A.Example. 60 IN CNAME a.privatelink.example.",
            "a.privatelink.example. 10 IN A 10.1.0.5",
        )
        reply.authority.append(dns.rrset.from_text("example.", 5, "IN", "NS", "ns.example."))
        return reply

    answer = ask_one(always(behave))
    assert answer == Answer(
        question=QUESTION,
        asked_at=NOW,
        rcode="NOERROR",
        flags=("qr", "rd", "ra"),
        answers=(
            Record(name=Fqdn("a.example"), type="CNAME", ttl=60, value="a.privatelink.example"),
            Record(name=Fqdn("a.privatelink.example"), type="A", ttl=10, value="10.1.0.5"),
        ),
        authority=(Record(name=Fqdn("example"), type="NS", ttl=5, value="ns.example"),),
        elapsed=answer.elapsed,
    )
    assert answer.elapsed > 0
    assert answer.addresses == ("10.1.0.5",)


def test_the_query_is_recursive_with_edns_and_random_id() -> None:
    with responding(always(good)) as responder:
        checked = replace(QUESTION, checking_disabled=True)
        ask_all(responder, QUESTION, checked)
        queries = [dns.message.from_wire(wire) for _, _, wire in responder.seen]
    assert len({query.id for query in queries}) == 2
    assert all(query.payload == 1232 and query.edns == 0 for query in queries)
    assert sorted(dns.flags.to_text(query.flags) for query in queries) == ["RD", "RD CD"]


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
def test_an_rcode_is_a_value(rcode: str) -> None:
    def behave(query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.from_text(rcode))
        return reply

    answer = ask_one(always(behave))
    assert (answer.rcode, answer.error, answer.answers) == (rcode, "", ())


def test_a_server_of_before_edns_is_asked_without_it() -> None:
    """RFC 6891 section 6.2.2: a FORMERR without an OPT record means that the one in the query was not understood."""

    def behave(query: dns.message.Message) -> dns.message.Message:
        if query.edns < 0:
            return good(query)
        reply = dns.message.make_response(query)
        reply.use_edns(False)
        reply.set_rcode(dns.rcode.FORMERR)
        return reply

    answer = ask_one(always(behave))
    assert (answer.rcode, answer.addresses, answer.tries) == ("NOERROR", ("10.1.0.5",), 2)


def test_a_server_that_knows_edns_and_no_format_is_asked_once() -> None:
    def behave(query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.FORMERR)
        return reply

    answer = ask_one(always(behave))
    assert (answer.rcode, answer.tries) == ("FORMERR", 1)


def test_extended_errors_are_kept_printable() -> None:
    def behave(query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.REFUSED)
        reply.use_edns(
            0,
            options=[
                dns.edns.EDEOption(dns.edns.EDECode.PROHIBITED, "not \x1b[31myou"),
                dns.edns.EDEOption(dns.edns.EDECode.STALE_ANSWER),
            ],
        )
        return reply

    assert ask_one(always(behave)).extended_errors == ((18, r"not \x1b[31myou"), (3, ""))


def test_the_same_message_is_sent_again_from_the_same_socket() -> None:
    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        return [] if number < 3 else [good(query).to_wire()]

    with responding(behave) as responder:
        (answer,) = ask_all(responder, QUESTION)
        clients = {client for _, client, _ in responder.seen}
        wires = {wire for _, _, wire in responder.seen}
    assert (answer.rcode, answer.tries) == ("NOERROR", 3)
    assert answer.elapsed >= 0.2
    assert len(clients) == len(wires) == 1


def test_a_late_reply_to_the_first_send_counts() -> None:
    """Slower than the timeout but within patience: the answer is there, and tells how long it took."""

    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        if number > 1:
            return []
        time.sleep(0.25)
        return [good(query).to_wire()]

    answer = ask_one(behave, limits=replace(LIMITS, patience=1))
    assert (answer.rcode, answer.tries >= 2) == ("NOERROR", True)
    assert 0.25 <= answer.elapsed < 1


def test_no_reply_is_a_timeout_after_patience() -> None:
    answer = ask_one(lambda *_: [])
    assert (answer.rcode, answer.error) == ("", "timed out")
    assert 2 <= answer.tries <= 4
    assert 0.4 <= answer.elapsed < 1


def _other_id(query: dns.message.Message) -> dns.message.Message:
    reply = good(query)
    reply.id ^= 1
    return reply


def _other_question(query: dns.message.Message) -> dns.message.Message:
    reply = good(query)
    reply.question = dns.message.make_query("b.example.", "A").question
    return reply


def _no_response(query: dns.message.Message) -> dns.message.Message:
    reply = good(query)
    reply.flags &= ~dns.flags.QR
    return reply


def _update(query: dns.message.Message) -> dns.message.Message:
    reply = good(query)
    reply.flags |= 5 << 11
    return reply


STRAYS = [
    (lambda query: b"", "not a DNS message (ShortHeader)"),
    (lambda query: b"\x00" * 11, "not a DNS message (ShortHeader)"),
    (lambda query: b"\xff" * 500, "not a DNS message"),
    (lambda query: good(query).to_wire() + b"more", "not a DNS message (TrailingJunk)"),
    (lambda query: good(query).to_wire()[:-3], "not a DNS message"),
    (lambda query: _other_id(query).to_wire(), "another message's id"),
    (lambda query: _other_question(query).to_wire(), "an answer to another question"),
    (lambda query: _update(query).to_wire(), "not a DNS message (FormError)"),
    (lambda query: _no_response(query).to_wire(), "not a response"),
    (lambda query: good(query).to_wire()[:12] + b"\xc0\x0c\x00\x01\x00\x01", "not a DNS message (BadPointer)"),
]


@pytest.mark.parametrize(("stray", "says"), STRAYS)
def test_an_invalid_reply_is_ignored_and_a_valid_one_after_it_counts(
    stray: Callable[[dns.message.Message], bytes], says: str
) -> None:
    assert str(parse_reply(QUERY, stray(QUERY))).startswith(says)
    answer = ask_one(lambda query, *_: [stray(query), good(query).to_wire()])
    assert (answer.rcode, answer.tries, answer.error) == ("NOERROR", 1, "")


@pytest.mark.parametrize(("stray", "says"), STRAYS[1:3])
def test_only_invalid_replies_are_told_with_their_number(
    stray: Callable[[dns.message.Message], bytes], says: str
) -> None:
    answer = ask_one(lambda query, *_: [stray(query)])
    assert answer.rcode == ""
    assert re.match(rf"malformed: [2-4] invalid replies ignored, the last: {re.escape(says)}", answer.error)


def test_a_flood_of_invalid_replies_ends_the_question() -> None:
    answer = ask_one(lambda query, *_: [b"x"] * 150, limits=replace(LIMITS, timeout=1, patience=5))
    assert answer.error.startswith("malformed: 100 invalid replies")
    assert answer.elapsed < 1


def test_replies_from_another_source_are_not_heard() -> None:
    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        client = responder.seen[-1][1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(good(query).to_wire(), client)
        return []

    with responding(behave) as responder:
        (answer,) = ask_all(responder, QUESTION)
    assert answer.error == "timed out"


def test_a_closed_port_is_refused_after_a_second_try() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    vantage = Vantage(name="here", address_map={SERVER: f"127.0.0.1:{port}"})
    (answer,) = ask([QUESTION], [vantage], replace(LIMITS, patience=5), lambda: NOW, lambda *_: None)
    assert (answer.rcode, answer.error, answer.tries) == ("", "connection refused", 2)
    assert 0.1 <= answer.elapsed < 1


def truncating(over_tcp: Callable[[dns.message.Message], bytes]) -> Behaviour:
    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        if transport == "tcp":
            return [over_tcp(query)]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.TC
        return [reply.to_wire()]

    return behave


def test_a_truncated_reply_leads_to_tcp() -> None:
    answer = ask_one(truncating(lambda query: framed(good(query))))
    assert (answer.rcode, answer.transport, answer.addresses) == ("NOERROR", "tcp", ("10.1.0.5",))
    assert answer.tries == 2


def test_a_reply_cut_in_the_middle_of_a_record_is_truncated_not_malformed() -> None:
    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        reply = good(query)
        if transport == "tcp":
            return [framed(reply)]
        reply.flags |= dns.flags.TC
        reply.use_edns(False)
        return [reply.to_wire()[:-2]]

    assert ask_one(behave).transport == "tcp"


@pytest.mark.parametrize(
    ("over_tcp", "says"),
    [
        (lambda query: b"", "truncated over UDP (NOERROR), over TCP: connection reset"),
        (lambda query: b"\x00\x50abc", "truncated over UDP (NOERROR), over TCP: connection reset"),
        (lambda query: b"\x00\x03abc", "malformed: truncated over UDP (NOERROR), over TCP: not a DNS message"),
        (lambda query: framed(_other_id(query)), "malformed: truncated over UDP (NOERROR), over TCP: another"),
    ],
)
def test_tcp_that_fails_leaves_no_answer_but_what_udp_said(
    over_tcp: Callable[[dns.message.Message], bytes], says: str
) -> None:
    answer = ask_one(truncating(over_tcp))
    assert (answer.rcode, answer.answers, answer.transport) == ("", (), "tcp")
    assert answer.error.startswith(says)


def test_truncated_without_tcp_is_no_empty_answer() -> None:
    """NOERROR without records would read as NODATA, which nobody said."""
    answer = ask_one(truncating(lambda query: b""), tcp=False)
    assert (answer.rcode, answer.error) == ("", "truncated over UDP (NOERROR), over TCP: connection refused")


def test_truncated_over_tcp_too_is_no_answer() -> None:
    def still(query: dns.message.Message) -> bytes:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.TC
        return framed(reply)

    answer = ask_one(truncating(still))
    assert (answer.rcode, answer.error) == ("", "truncated over UDP (NOERROR), and over TCP too")


def test_tcp_that_hangs_times_out() -> None:
    def behave(query: dns.message.Message, number: int, transport: str) -> list[bytes]:
        if transport == "tcp":
            time.sleep(0.6)
            return []
        return list(truncating(lambda _: b"")(query, number, transport))

    answer = ask_one(behave)
    assert answer.error == "truncated over UDP (NOERROR), over TCP: timed out"
    assert answer.elapsed < 0.6  # the responder's nap


def test_large_answers_are_bounded() -> None:
    records = [f"a.example. 10 IN A 10.{n // 250}.{n % 250}.1" for n in range(200)]
    patient = replace(LIMITS, timeout=5.0, patience=20.0)  # so many records take a busy machine a while
    answer = ask_one(truncating(lambda query: framed(good(query, *records))), limits=patient)
    assert len(answer.answers) == 100


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ("a\\000b\\.c.example. 1 IN CNAME B\\032c.example.", r"a\000b\.c.example", r"b\032c.example"),
        ("\\001" * 60 + ".example. 1 IN CNAME .", "\\001" * 60 + ".example", ""),
        ('a.example. 1 IN TXT "\\027[31m"', "a.example", r'"\027[31m"'),
        ("a.example. 1 IN TYPE65400 \\# 2 ffff", "a.example", r"\# 2 ffff"),
    ],
)
def test_weird_names_and_values_stand_escaped(record: str, name: str, value: str) -> None:
    answer = ask_one(always(lambda query: good(query, record)))
    assert (answer.answers[0].name, answer.answers[0].value) == (name, value)


def test_answers_come_in_the_order_of_the_questions() -> None:
    questions = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(40)]
    done: list[tuple[int, int]] = []
    with responding(always(good)) as responder:
        answers = ask(questions, [here(responder)], LIMITS, lambda: NOW, lambda *count: done.append(count))
    assert [answer.question for answer in answers] == questions
    assert all(answer.addresses == ("10.1.0.5",) for answer in answers)
    assert done == [(n, 40) for n in range(41)]


def test_beyond_the_budget_nothing_is_sent() -> None:
    questions = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(5)]
    with responding(always(good)) as responder:
        answers = ask_all(responder, *questions, limits=replace(LIMITS, budget=2))
        assert len(responder.seen) == 2
    assert [answer.rcode for answer in answers] == ["NOERROR", "NOERROR", "", "", ""]
    assert answers[2].error == "not asked: the budget of 2 questions is used up"
    assert answers[2].tries == 0


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (replace(QUESTION, vantage="there"), "not asked: there is no vantage 'there'"),
        (replace(QUESTION, server="168.63.129.16"), "not asked: 168.63.129.16 answers for the network one stands in"),
        (replace(QUESTION, server="ns.example"), "not asked: it cannot be put to a server"),
        (replace(QUESTION, name=Fqdn("a..example")), "not asked: it cannot be put to a server"),
        (replace(QUESTION, name=Fqdn("x" * 64)), "not asked: it cannot be put to a server"),
        (replace(QUESTION, type="NONSENSE"), "not asked: it cannot be put to a server"),
    ],
)  # fmt: skip
def test_what_must_not_be_asked_is_said_and_costs_no_budget(question: Question, says: str) -> None:
    with responding(always(good)) as responder:
        refused, asked = ask_all(responder, question, QUESTION, limits=replace(LIMITS, budget=1))
        assert len(responder.seen) == 1
    assert refused.error.startswith(says)
    assert (refused.rcode, refused.tries, asked.rcode) == ("", 0, "NOERROR")


def test_azure_dns_is_asked_from_a_vantage_with_a_view() -> None:
    with responding(always(good)) as responder:
        vantage = Vantage(name="here", view="hub", address_map={"168.63.129.16": f"127.0.0.1:{responder.port}"})
        (answer,) = ask([replace(QUESTION, server="168.63.129.16")], [vantage], LIMITS, lambda: NOW, lambda *_: None)
    assert answer.rcode == "NOERROR"


def test_the_source_address_of_the_vantage_is_used() -> None:
    with responding(truncating(lambda query: framed(good(query)))) as responder:
        vantage = replace(here(responder), source="127.0.0.77")
        (answer,) = ask([QUESTION], [vantage], LIMITS, lambda: NOW, lambda *_: None)
        assert {client[0] for _, client, _ in responder.seen} == {"127.0.0.77"}
    assert answer.rcode == "NOERROR"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("192.0.2.1", "cannot ask from 192.0.2.1: Cannot assign requested address"),
        ("::1", "cannot ask from ::1: "),
    ],
)
def test_a_source_address_that_this_machine_lacks_is_told(source: str, says: str) -> None:
    with responding(always(good)) as responder:
        vantage = replace(here(responder), source=source)
        (answer,) = ask([QUESTION], [vantage], LIMITS, lambda: NOW, lambda *_: None)
    assert (answer.rcode, answer.error.startswith(says)) == ("", True)


def test_the_pace_is_kept_with_one_server() -> None:
    questions = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(10)]
    started = time.monotonic()
    with responding(always(good)) as responder:
        ask_all(responder, *questions, limits=replace(LIMITS, queries_per_second=20, burst=2))
    assert time.monotonic() - started >= 0.4


def test_a_server_that_never_answers_is_given_up_and_others_go_on() -> None:
    silent = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(12)]
    lively = replace(QUESTION, server="10.0.0.5")
    limits = replace(LIMITS, timeout=0.05, patience=0.1, silent_after=3, workers=2)
    with responding(lambda *_: []) as dead, responding(always(good)) as alive:
        vantage = Vantage(
            name="here",
            address_map={SERVER: f"127.0.0.1:{dead.port}", "10.0.0.5": f"127.0.0.1:{alive.port}"},
        )
        answers = ask([*silent, lively], [vantage], limits, lambda: NOW, lambda *_: None)
    errors = [answer.error for answer in answers[:12]]
    assert 3 <= errors.count("timed out") <= 4
    assert errors.count("not asked: server silent: 3 questions unanswered and none answered") >= 8
    assert answers[12].rcode == "NOERROR"


def test_a_stop_by_the_caller_ends_everything_at_once() -> None:
    """Ctrl-C arrives as an exception in the calling thread; nothing waits for the patience of the others."""

    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    questions = [QUESTION, *(replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(50))]
    limits = replace(LIMITS, timeout=5, patience=30)
    started = time.monotonic()
    only_first = always(good)
    with (
        responding(
            lambda query, *rest: only_first(query, *rest) if b"\x01a\x07example" in query.to_wire() else []
        ) as responder,
        pytest.raises(KeyboardInterrupt),
    ):
        ask(questions, [here(responder)], limits, lambda: NOW, interrupt)
    assert time.monotonic() - started < 1.2


def test_no_questions_give_no_answers() -> None:
    assert ask([], [], LIMITS, lambda: NOW, lambda *_: None) == ()


@given(
    flags=st.integers(0, 65535),
    counts=st.tuples(*[st.integers(0, 3)] * 4),
    tail=st.binary(max_size=60),
    with_question=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_reply_or_a_reason(
    flags: int, counts: tuple[int, ...], tail: bytes, with_question: bool
) -> None:
    question = QUERY.to_wire()[12:27] if with_question else b""
    wire = struct.pack("!HHHHHH", QUERY.id, flags, *counts) + question + tail
    reply = parse_reply(QUERY, wire)
    if not isinstance(reply, str):
        made = Reply(message=reply, transport="udp", tries=1, elapsed=0.1)
        assert all(r.value.isprintable() for r in to_answer(QUESTION, NOW, made).answers)


OVER_TCP = replace(QUESTION, transport="tcp")


def only_over_tcp(query: dns.message.Message, _number: int, transport: str) -> list[bytes]:
    return [framed(good(query))] if transport == "tcp" else []


def test_a_question_may_go_over_tcp_at_once() -> None:
    with responding(only_over_tcp) as responder:
        (answer,) = ask_all(responder, OVER_TCP)
    assert (answer.addresses, answer.transport, answer.tries) == (("10.1.0.5",), "tcp", 1)


def test_whoever_takes_a_connection_and_says_nothing_is_told_from_a_closed_port() -> None:
    def hang(_query: dns.message.Message, _number: int, _transport: str) -> list[bytes]:
        time.sleep(0.6)
        return []

    with responding(hang) as mute, responding(always(good), tcp=False) as closed:
        (one,), (other,) = ask_all(mute, OVER_TCP), ask_all(closed, OVER_TCP)
    assert (one.rcode, one.error) == ("", "connected over TCP, then timed out")
    assert (other.rcode, other.error) == ("", "connection refused")


def test_a_server_may_be_asked_about_itself() -> None:
    """Class CH goes out as such, and the answer is kept as text."""
    question = replace(QUESTION, name=Fqdn("version.bind"), type="TXT", dns_class="CH")

    def behave(query: dns.message.Message, _number: int, _transport: str) -> list[bytes]:
        asked = query.question[0]
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text(asked.name, 0, asked.rdclass, "TXT", '"dnsmasq-2.90"'))
        return [reply.to_wire()]

    with responding(behave) as responder:
        (answer,) = ask_all(responder, question)
    assert [record.value for record in answer.answers] == ['"dnsmasq-2.90"']


def test_a_server_given_up_stays_so_for_the_rest_of_the_run() -> None:
    """Whoever asks in rounds keeps what one of them learned; over TCP it may be asked all the same."""
    limits = replace(LIMITS, timeout=0.2, patience=0.2, silent_after=2)
    silence = Silence(limits)
    names = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(3)]
    with responding(only_over_tcp) as responder:
        ask(names, [here(responder)], limits, lambda: NOW, lambda *_: None, silence)
        again, over = ask([names[0], OVER_TCP], [here(responder)], limits, lambda: NOW, lambda *_: None, silence)
    assert again.error == "not asked: server silent: 2 questions unanswered and none answered"
    assert over.rcode == "NOERROR"


def test_a_truncated_answer_without_tcp_is_no_silence() -> None:
    """The server lives: it is not given up."""
    limits = replace(LIMITS, silent_after=2)
    names = [replace(QUESTION, name=Fqdn(f"n{n}.example")) for n in range(4)]
    with responding(truncating(lambda _: b""), tcp=False) as responder:
        answers = ask_all(responder, *names, limits=limits)
    assert {answer.error for answer in answers} == {"truncated over UDP (NOERROR), over TCP: connection refused"}
