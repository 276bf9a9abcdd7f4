"""What could not be judged, and what nobody can tell: the two ways in which a run is less than whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from checks.check import Check, Claim
from checks.context import Context, meets
from checks.diagnosis.blind import blinding, blocking, leaving_out
from checks.diagnosis.causes import Blocked
from checks.finding import Level
from checks.requirements import Requirement
from checks.resolution.path import Opaque, Thing
from collectors.graph.documents import Gap
from collectors.graph.ids import Fqdn

Acknowledged = Callable[[Gap], bool]
"""Whether a gap is one that somebody has said to live with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """What could not be judged: an absence check (`code`), or a name or scope (no code), and why."""

    code: str | None
    level: Level
    subject: Thing
    because: tuple[Gap, ...]


def not_evaluated(
    context: Context, catalogue: Sequence[Check], blocked: Iterable[Blocked], acknowledged: Acknowledged
) -> tuple[NotEvaluated, ...]:
    """What gaps forbid to judge: names, endpoints, whole scopes, and absence checks, each with the gaps."""
    found: dict[tuple[str | None, str], tuple[Level, Thing, set[Gap]]] = {}

    def note(code: str | None, level: Level, subject: Thing, gaps: Iterable[Gap]) -> None:
        open_gaps = {gap for gap in gaps if not acknowledged(gap)}
        if open_gaps:
            found.setdefault((code, subject.id), (level, subject, set()))[2].update(open_gaps)

    for requirement in context.required.requirements:
        outcome, *_ = context.outcomes(requirement)
        if isinstance(outcome, Opaque):
            name = requirement.name
            note(None, Level.ERROR, Thing(f"dns:{name}", "name", name), outcome.gaps)
    for endpoint in context.required.underived:
        note(None, Level.ERROR, Thing.of(endpoint.endpoint), endpoint.because)
    for item in blocked:
        note(item.check.code, item.check.level, item.violation.subject, item.because)
    for gap in blinding(context.estate):
        note(None, Level.ERROR, Thing(f"scope:{gap.scope}", "scope", gap.scope), (gap,))
    for check in catalogue:
        if check.claim is Claim.ABSENCE:
            for gap in (*blocking(context.estate, check), *leaving_out(context.estate, check)):
                note(check.code, check.level, Thing(f"scope:{gap.scope}", "scope", gap.scope), (gap,))
    items = (
        NotEvaluated(code=code, level=level, subject=subject, because=tuple(sorted(gaps)))
        for (code, _), (level, subject, gaps) in found.items()
    )
    return tuple(sorted(items, key=lambda item: (item.code or "", item.subject.id.lower())))


def undetermined(context: Context, acknowledged: Acknowledged) -> tuple[Fqdn, ...]:
    """Names that nobody can tell.

    They stand behind something that cannot be seen into (also by an acknowledged gap) and no believed vantage knows
    more; or a vantage that need not reach the server got silence or a wrong answer; or no table knows their suffix.
    """
    names = set(context.required.unjudged)
    for requirement in context.required.requirements:
        outcome, *_ = context.outcomes(requirement)
        known = [o for o in context.about(requirement) if o.reached and o.seen is not None]
        if known:
            continue
        if isinstance(outcome, Opaque):
            doubtful = all(map(acknowledged, outcome.gaps))
        else:
            doubtful = meets(outcome, requirement.acceptable) and _doubted(context, requirement)
        if doubtful:
            names.add(requirement.name)
    return tuple(sorted(names))


def _doubted(context: Context, requirement: Requirement) -> bool:
    """Whether somebody asked the client's server and did not get what the model promises."""
    return any(o.seen is None or not meets(o.seen, requirement.acceptable) for o in context.about(requirement))
