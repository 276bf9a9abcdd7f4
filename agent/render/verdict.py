"""What a view's path means for its clients, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from agent.explain import Explanation
from checks.context import meets
from checks.requirements import Tier
from checks.resolution.path import Addresses, DeadEnd, Hop, Loop, Opaque, Outcome, Public, label
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


def hop_words(hop: Hop) -> str:
    """What happens at a hop; the place stands before it already."""
    return hop.text.removeprefix(f"{hop.at.name} ")


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
    asked = explained.before.get(view.clients[0].id, view.path).outcome  # nobody answers for what is left out
    if _contradicted(asked, view):
        return Verdict(f"IN DOUBT: the model says {_get(asked)}, an answer that was seen says otherwise", "red")
    if meets(outcome, view.expected):
        return Verdict(f"RIGHT: these clients get {got}", "green")
    if view.tier is not Tier.REQUIRED:
        return Verdict(f"WRONG, should they ever need it: these clients get {got} instead of {wanted}", "yellow")
    return Verdict(f"WRONG: these clients get {got} instead of {wanted}", "red")


def _contradicted(asked: Outcome, view: ViewClass) -> bool:
    """Whether an answer is right where the model says wrong, or wrong where it says right."""
    if isinstance(asked, Opaque):
        return False
    seen = [observation.seen for observation in view.observed if observation.seen is not None]
    right = meets(asked, view.expected)
    return any(meets(answer, view.expected) is not right for answer in seen if not isinstance(answer, Opaque))


def conditions(explained: Explanation, view: ViewClass) -> tuple[str, ...]:
    """Under which conditions an unknown path would be right; empty where the model cannot tell of any."""
    ways = explained.ways_out.get(view.path.last.at.id, ())
    if not ways or not view.expected or not isinstance(view.path.outcome, Opaque):
        return ()
    server, what = view.path.last.at.name, forwarded_suffix(explained)
    right = [way.place for way in ways if meets(way.path.outcome, view.expected)]
    if right:
        return (f"resolves rightly if {server} forwards {what} to {' or '.join(right)}",)
    return tuple(
        f"even if {server} forwarded {what} to {way.place}, it would be wrong: {_get(way.path.outcome)}" for way in ways
    )


def forwarded_suffix(explained: Explanation) -> str:
    """The public suffix that a server must forward for the name: what is behind its own labels."""
    record = next((record for record in explained.records if record.zone), None)
    own = f"{record.record}." if record else ""
    return explained.name.removeprefix(own) if own and explained.name.startswith(own) else "the name"


def others(explained: Explanation, view: ViewClass) -> tuple[str, ...]:
    """What the same question may get as well: when, and which assumption is wrong then, or rightly made after all."""
    told = []
    for way in view.path.alternatives:
        holds = "holds after all" if explained.said.get(way.against or "") is False else "does not hold"
        doubt = f" (then {way.against} {holds})" if way.against else ""
        told.append(f"or {_get(way.outcome)}, {way.condition}{doubt}")
    return tuple(told)


def removed(explained: Explanation, view: ViewClass) -> str:
    """What leaving resources out changes for a view; empty where nothing is left out."""
    before = explained.before.get(view.clients[0].id)
    if before is None:
        return ""
    now = _get(view.path.outcome)
    if before.outcome == view.path.outcome:
        same = "by the same steps" if before.hops == view.path.hops else "by other steps"
        return f"without it the same comes out, {same}: {now}"
    return f"with it these clients get {_get(before.outcome)}, without it {now}"
