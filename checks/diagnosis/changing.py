"""Answers that changed when the same question was asked again: an old one that ended, or one that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from checks.context import Context, Observation, meets


def is_right(observation: Observation) -> bool:
    """Whether an answer gives acceptable addresses."""
    return observation.seen is not None and meets(observation.seen, observation.acceptable)


def _usable(history: Sequence[Observation]) -> tuple[Observation, ...]:
    return tuple(observation for observation in history if observation.reached and observation.seen is not None)


def ended(context: Context) -> Iterator[tuple[Observation, ...]]:
    """Histories of one question that begin with a wrong answer, after whose TTL only right ones came."""
    for history in map(_usable, context.repeated.values()):
        first, *later = map(is_right, history) if history else (True,)
        if not first and later and all(later):
            yield history


def flapping(context: Context) -> Iterator[tuple[Observation, ...]]:
    """Histories of one question in which a right answer was followed by a wrong one."""
    for history in map(_usable, context.repeated.values()):
        rights = [is_right(observation) for observation in history]
        if any(before and not after for before, after in pairwise(rights)):
            yield history


def is_flapping(context: Context, observation: Observation) -> bool:
    """Whether the server's answers to a name come and go, so that none of them proves how it is configured."""
    name = observation.answer.question.name
    return any(h[0].server == observation.server and h[0].answer.question.name == name for h in flapping(context))
