"""What to ask once more after its TTL: an answer that comes from a cache is no proof of how a server is configured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checks.context import Context, Observation
from checks.diagnosis.changing import is_right
from checks.diagnosis.observed import contradictions, unexplained_symptoms
from collectors.graph.answers import Answer, Question

PASSES = 2
"""A second answer shows that the first was old, a third that the second was no accident."""

_MOST = 50  # questions of one pass
_SIBLINGS = 3  # right answers of the same server that are asked again beside one wrong answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecks:
    """Questions to ask again, and the seconds to wait before it."""

    questions: tuple[Question, ...] = ()
    wait: float = 0.0


def rechecks(context: Context, now: datetime, within: float) -> Rechecks:
    """What is worth asking again and can be within some seconds: until then a cache gives the same answer."""
    elsewhere = {vantage.name for vantage in context.estate.declared.vantages if vantage.elsewhere}
    due: dict[Question, float] = {}
    for observation in _doubtful(context):
        if observation.answer.question.vantage in elsewhere:
            continue  # only a plan asks from there
        question, wait = observation.answer.question, _seconds_left(observation.answer, now)
        if wait is not None and wait <= within and len(due) < _MOST:
            due.setdefault(replace(question, again=_times(context, question)), wait)
    return Rechecks(questions=tuple(due), wait=max(due.values(), default=0.0))


def _times(context: Context, question: Question) -> int:
    return max(1, len(context.repeated.get(question, ())))


def _doubtful(context: Context) -> Iterator[Observation]:
    """Wrong answers that the model does not predict, and right ones beside them; later only what has changed."""
    if context.repeated:
        for history in context.repeated.values():
            if len(history) <= PASSES and is_right(history[0]) != is_right(history[-1]):
                yield history[-1]
        return
    wrong = [o for o in (*contradictions(context), *unexplained_symptoms(context)) if o.direct and not is_right(o)]
    yield from wrong
    for observation in wrong:
        yield from _siblings(context, observation)


def _siblings(context: Context, wrong: Observation) -> tuple[Observation, ...]:
    """Right answers of the same server: to the same name first, then to others of the same parent."""
    name = wrong.answer.question.name
    parent = name.partition(".")[2]
    found = [
        other
        for other in context.observations
        if other.server == wrong.server
        and other.direct
        and other.reached
        and is_right(other)
        and (other.answer.question.name == name or other.answer.question.name.endswith(parent.partition(".")[2]))
    ]
    found.sort(key=lambda other: other.answer.question.name != name)
    return tuple(found[:_SIBLINGS])


def _seconds_left(answer: Answer, now: datetime) -> float | None:
    """The seconds until no cache may hold the answer any more, a second more for clocks; None: nobody knows."""
    ttl = _ttl(answer)
    if ttl is None:
        return None
    return max(0.0, (answer.asked_at + timedelta(seconds=ttl + answer.elapsed + 1) - now).total_seconds())


def _ttl(answer: Answer) -> int | None:
    """Of the addresses; of a denial what its SOA record says (RFC 2308 section 5)."""
    addresses = [record.ttl for record in answer.answers if record.type == answer.question.type]
    if addresses:
        return min(addresses)
    for record in answer.authority:
        minimum = record.value.rpartition(" ")[2]
        if record.type == "SOA" and minimum.isdecimal() and len(minimum) < 12:
            return min(record.ttl, int(minimum))
    return None
