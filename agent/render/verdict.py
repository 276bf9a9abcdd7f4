"""What a view's path means for its clients, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from agent.explain import Explanation
from checks.context import meets
from checks.requirements import Tier
from checks.resolution.path import Addresses, DeadEnd, Loop, Opaque, Outcome, Public, label
from checks.views import ViewClass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is not yet safe to show."""

    text: str
    style: str


def outcome_words(outcome: Outcome) -> str:
    """An outcome in words that are not yet safe to show: a loop as its cycle, a dead end with its place."""
    match outcome:
        case Addresses(addresses):
            return ", ".join(addresses)
        case Opaque(reason):
            return f"unknown: {reason}"
        case Loop(cycle):
            return f"loop: {' -> '.join((*cycle, *cycle[:1]))}"
        case DeadEnd(reason):
            return f"dead end: {reason}"
    return label(outcome)


def _get(outcome: Outcome) -> str:
    return "a public answer" if isinstance(outcome, Public) else outcome_words(outcome)


def verdict(explained: Explanation, view: ViewClass) -> Verdict:
    """Right, wrong or unknown; an answer that was seen and differs keeps the simulation from being believed."""
    outcome, got = view.path.outcome, _get(view.path.outcome)
    if explained.type not in {record.type for record in explained.records} or not view.expected:
        return Verdict(f"NOT JUDGED: no {explained.type} record is expected. Simulated: {got}", "yellow")
    wanted = ", ".join(view.expected)
    if isinstance(outcome, Opaque):
        return Verdict(f"UNKNOWN: {outcome.reason}; right would be {wanted}", "yellow")
    right = meets(outcome, view.expected)
    seen = [observation.seen for observation in view.observed if observation.seen is not None]
    if any(meets(answer, view.expected) is not right for answer in seen if not isinstance(answer, Opaque)):
        return Verdict(f"IN DOUBT: the model says {got}, an answer that was seen says otherwise", "red")
    if right:
        return Verdict(f"RIGHT: these clients get {got}", "green")
    if view.tier is not Tier.REQUIRED:
        return Verdict(f"WRONG, should they ever need it: these clients get {got} instead of {wanted}", "yellow")
    return Verdict(f"WRONG: these clients get {got} instead of {wanted}", "red")


def condition(explained: Explanation, view: ViewClass) -> str:
    """Under which condition an unknown path would be right; empty where the model cannot tell of any.

    Other paths that a client may get belong beside it, each with its own condition.
    """
    found = explained.forwarded.get(view.path.last.at.id)
    if found is None or not view.expected or not isinstance(view.path.outcome, Opaque):
        return ""
    where, path = found
    server, azure = view.path.last.at.name, f"Azure DNS in {where.name}"
    if meets(path.outcome, view.expected):
        return f"resolves rightly if {server} forwards the name to {azure}"
    return f"even if {server} forwarded the name to {azure}, it would be wrong: {_get(path.outcome)}"
