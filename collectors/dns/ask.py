"""Questions put to real DNS servers, each from its vantage, and what came of every single one.

Whatever a server or a network does is a value in an `Answer`; only a caller's stop ends `ask` early.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from queue import SimpleQueue

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from collectors.dns.exchange import Exchange, Peer, Reply
from collectors.dns.limits import Limits, Pace, Silence, way_of
from collectors.dns.transcript import to_answer
from collectors.dns.turns import Turns
from collectors.graph.addresses import address, split_target
from collectors.graph.answers import Answer, Question
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage

_PAYLOAD = 1232  # bytes of UDP that cross the Internet unfragmented: DNS flag day 2020

Progress = Callable[[int, int], None]
"""Told how many of how many questions are done, from the calling thread."""


def ask(
    questions: Sequence[Question],
    vantages: Sequence[Vantage],
    limits: Limits,
    now: Callable[[], datetime],
    progress: Progress,
    silence: Silence | None = None,
) -> tuple[Answer, ...]:
    """Ask every question and return the answers in the order of the questions.

    `silence` is what earlier calls of the same run learned of servers that say nothing.

    What is not asked has an answer too, with `tries` 0 and an error that begins with "not asked:": beyond the
    budget, from an unknown vantage, 168.63.129.16 from a vantage without view (it would answer for the network
    we happen to stand in), a server given up. `now` is called from several threads.
    """
    run = _Run(questions, vantages, limits, now, silence or Silence(limits))
    answers: dict[int, Answer] = {}
    for index, reason in run.refusals():
        answers[index] = run.not_asked(questions[index], reason)
    progress(len(answers), len(questions))
    waiting = [(index, way_of(question)) for index, question in enumerate(questions) if index not in answers]
    turns = Turns(waiting, run.silence, run.stopped)
    done: SimpleQueue[tuple[int, Answer] | BaseException] = SimpleQueue()
    threads = [
        threading.Thread(target=run.work, args=(turns, done), name=f"dns-{number}")
        for number in range(min(limits.workers, len(questions) - len(answers)))
    ]
    try:
        for thread in threads:
            thread.start()
        while len(answers) < len(questions):
            match done.get():
                case BaseException() as error:
                    raise error
                case index, answer:
                    answers[index] = answer
            progress(len(answers), len(questions))
    finally:
        run.stopped.set()  # on Ctrl-C the threads end within a fraction of a second
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return tuple(answers[index] for index in range(len(questions)))


class _Run:
    """What the questions of one call share: vantages, pace, silence, and the stop."""

    def __init__(
        self,
        questions: Sequence[Question],
        vantages: Sequence[Vantage],
        limits: Limits,
        now: Callable[[], datetime],
        silence: Silence,
    ) -> None:
        self._questions, self._limits, self._now = questions, limits, now
        self._vantages = {vantage.name: vantage for vantage in vantages}
        self._pace = Pace(limits, time.monotonic)
        self.silence = silence
        self.stopped = threading.Event()

    def refusals(self) -> Iterator[tuple[int, str]]:
        """Index and reason of every question that must not be asked."""
        left = self._limits.budget
        for index, question in enumerate(self._questions):
            if reason := self._refusal(question):
                yield index, reason
            elif left:
                left -= 1
            else:
                yield index, f"the budget of {self._limits.budget} questions is used up"

    def work(self, turns: Turns, done: SimpleQueue[tuple[int, Answer] | BaseException]) -> None:
        """Ask what is waiting, one after the other, until nothing is; runs in several threads."""
        try:
            while (index := turns.take()) is not None:
                question = self._questions[index]
                try:
                    answer = self.ask(question)
                finally:
                    turns.done(way_of(question))
                done.put((index, answer))
        except BaseException as error:  # noqa: BLE001  whoever waits for the answers must hear of it
            done.put(error)

    def ask(self, question: Question) -> Answer:
        """Ask one question."""
        way = way_of(question)
        if not self.silence.is_given_up(way):
            self.stopped.wait(self._pace.reserve(question.server))
        if self.stopped.is_set():
            return self.not_asked(question, "stopped")
        if self.silence.is_given_up(way):
            left = self._limits.silent_after
            return self.not_asked(question, f"server silent: {left} questions unanswered and none answered")
        asked_at = self._now()
        reply = self._exchange(question, _query(question))
        if _is_of_before_edns(reply) and not self.stopped.wait(self._pace.reserve(question.server)):
            plain = self._exchange(question, _query(question, edns=False))
            reply = replace(plain, tries=reply.tries + plain.tries) if plain.message else reply
        self.silence.heard(way, answered=reply.heard)
        return to_answer(question, asked_at, reply)

    def _exchange(self, question: Question, query: dns.message.Message) -> Reply:
        exchange = Exchange(
            query,
            self._peer(question),
            self._limits,
            stopped=self.stopped,
            resending=lambda: self._pace.reserve(question.server),
            patience=lambda: self.silence.patience(way_of(question)),
        )
        return exchange.run_over_tcp() if question.transport == "tcp" else exchange.run()

    def not_asked(self, question: Question, reason: str) -> Answer:
        """The answer to a question that was not asked."""
        return Answer(question=question, asked_at=self._now(), tries=0, error=f"not asked: {reason}")

    def _refusal(self, question: Question) -> str:
        vantage = self._vantages.get(question.vantage)
        if vantage is None:
            return f"there is no vantage {question.vantage!r}"
        try:
            _query(question)
            host, _ = split_target(question.server)
            self._peer(question)
        except (dns.exception.DNSException, ValueError) as error:
            return f"it cannot be put to a server: {error}"
        if host == PLATFORM_RESOLVER and not vantage.view:
            return f"{host} answers for the network one stands in, and vantage {vantage.name!r} names no view"
        return ""

    def _peer(self, question: Question) -> Peer:
        """Where the question goes on the wire. Raises ValueError for an address that is none."""
        vantage = self._vantages[question.vantage]
        host, port = split_target(vantage.address_map.get(question.server, question.server))
        return Peer(host=host, port=port, source=address(vantage.source) if vantage.source else "")


def _is_of_before_edns(reply: Reply) -> bool:
    """Whether a server did not understand the query's OPT record: then RFC 6891 asks for one without (6.2.2)."""
    message = reply.message
    return message is not None and message.rcode() is dns.rcode.FORMERR and message.edns < 0


def _query(question: Question, *, edns: bool = True) -> dns.message.Message:
    """A fresh message with a random id. Raises DNSException for a name or type that DNS does not know."""
    query = dns.message.make_query(
        dns.name.from_text(f"{question.name}."),
        dns.rdatatype.from_text(question.type),
        dns.rdataclass.from_text(question.dns_class),
        use_edns=0 if edns else False,
        payload=_PAYLOAD if edns else None,
    )
    if question.checking_disabled:
        query.flags |= dns.flags.CD
    return query
