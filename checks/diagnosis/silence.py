"""When no answer is evidence: a question left this machine and nothing valid came back."""

from __future__ import annotations

from checks.context import Observation


def is_silent(observation: Observation) -> bool:
    """Whether a question was sent and no valid answer of any kind came."""
    return not observation.answer.rcode and was_sent(observation)


def was_sent(observation: Observation) -> bool:
    """Whether a question left this machine: what our own budget or configuration stopped says nothing of a server."""
    return observation.answer.tries > 0 and not observation.answer.error.startswith("cannot ask")
