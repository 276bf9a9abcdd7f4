"""Whether a missing answer was to be expected: then the finding about its cause says all, and silence is no news."""

from __future__ import annotations

from checks.context import Context, Observation
from checks.diagnosis.luck import BY_RULE
from checks.resolution import rules
from checks.resolution.path import DeadEnd, Loop, Opaque
from checks.resolution.places import Inbound
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import DnsResolver, InboundEndpoint

_FAILED = frozenset({"failed", "canceled"})


def has_failed(provisioning_state: str) -> bool:
    """Whether a provisioning state says that the last deployment did not come to its end."""
    return provisioning_state.lower() in _FAILED


def is_foreseen(context: Context, observation: Observation) -> bool:
    """Whether the model gives no answer there either, for required clients, so that a finding tells why.

    That is: the question goes in a circle, ends where nobody answers, is led by a rule to an address that belongs
    to nothing, or enters an inbound endpoint that failed to provision.
    """
    if isinstance(observation.place, Inbound):
        return _never_made(context.estate, observation.place.id)
    question = observation.answer.question
    path = context.solver.at(observation.place, question.name, question.type)
    match path.outcome:
        case Loop() | DeadEnd():
            return bool(context.concerned(observation))
        case Opaque(gaps=()):
            return path.last.rule is rules.SERVER_UNKNOWN and any(hop.rule in BY_RULE for hop in path.hops)
    return False


def _never_made(estate: Estate, id: ArmId) -> bool:
    endpoint = estate.get(InboundEndpoint, id)
    resolver = estate.get(DnsResolver, endpoint.resolver) if endpoint else None
    return any(has_failed(node.provisioning_state) for node in (endpoint, resolver) if node)
