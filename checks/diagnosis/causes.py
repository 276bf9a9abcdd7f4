"""Causes confirmed by counterfactual: a repair is believed only if it makes a disagreement go, or brings it on.

Causes are tried along the path from its first hop. A chain of at most four repairs must end in a met
requirement; its first cause is the finding, the later ones are findings too and stand in its masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from checks.check import Check, Claim, Part
from checks.context import Context, meets
from checks.diagnosis.blind import hiding
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Violation, fingerprint
from checks.requirements import Requirement
from checks.resolution.path import Path
from collectors.graph.documents import Gap

LONGEST_CHAIN = 4
"""More repairs than this for one name are not searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A violation of a check, with the causes that it hides or that would have explained as much.

    `confirmed`: a required client's name fails because of it, which its repair was seen to mend.
    """

    check: Check
    violation: Violation
    masks: tuple[str, ...] = ()
    confirmed: bool = False

    @property
    def fingerprint(self) -> str:
        """The identity of the finding that this becomes."""
        return fingerprint(self.check.code, self.violation.subject.id, self.violation.discriminator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A check that could have explained a disagreement, and the gaps that forbid its claim."""

    check: Check
    violation: Violation
    because: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What became of one disagreement: the causes, first one first, and what could not be evaluated."""

    causes: tuple[Cause, ...]
    blocked: tuple[Blocked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One confirmed cause, the world after its repair, and the path there."""

    cause: Cause
    context: Context
    path: Path


def explain(
    context: Context,
    catalogue: Sequence[Check],
    disagreement: Disagreement,
    standing: Sequence[tuple[Check, Violation]],
) -> Explanation:
    """The causes of a disagreement; the symptom when no chain of repairs ends well.

    `standing` are violations that state checks yielded: those with a repair explain names, too.
    """
    blocked: list[Blocked] = []
    steps: list[_Step] = []
    here, current = context, disagreement
    for _ in range(LONGEST_CHAIN):
        step = _next_step(here, catalogue, current, standing, blocked)
        if step is None:
            break
        steps.append(step)
        if _met(disagreement.requirement, step.path):
            return Explanation(causes=_with_masks([s.cause for s in steps]), blocked=tuple(blocked))
        here, current = step.context, replace(disagreement, path=step.path)
    return Explanation(causes=_symptom(context, catalogue, disagreement, blocked), blocked=tuple(blocked))


def _next_step(
    context: Context,
    catalogue: Sequence[Check],
    disagreement: Disagreement,
    standing: Sequence[tuple[Check, Violation]],
    blocked: list[Blocked],
) -> _Step | None:
    """The first candidate whose repair brings the name on; others that would too are masked by it."""
    chosen: _Step | None = None
    masked: list[str] = []
    for check, violation in _candidates(context, catalogue, disagreement, standing):
        gaps = hiding(context.estate, check, violation.subject) if check.claim is Claim.ABSENCE else ()
        if gaps:
            blocked.append(Blocked(check=check, violation=violation, because=gaps))
            continue
        after = context.after(*violation.changes)
        path = after.path(disagreement.requirement)
        if not _better(disagreement.requirement, disagreement.path, path):
            continue
        if chosen is None:
            cause = Cause(check=check, violation=violation, confirmed=True)
            chosen = _Step(cause=cause, context=after, path=path)
        else:
            masked.append(fingerprint(check.code, violation.subject.id, violation.discriminator))
    if chosen is None:
        return None
    return replace(chosen, cause=replace(chosen.cause, masks=tuple(masked)))


def _candidates(
    context: Context,
    catalogue: Sequence[Check],
    disagreement: Disagreement,
    standing: Sequence[tuple[Check, Violation]],
) -> list[tuple[Check, Violation]]:
    found: list[tuple[Check, Violation]] = []
    if not disagreement.requirement.expected.zone:
        return found  # no private zone is documented for the name, so no repair of one can be right
    about = {record.endpoint.text for record in disagreement.requirement.why}
    about.update(hop.decided_by.id for hop in disagreement.path.hops if hop.decided_by)
    for check in catalogue:
        if check.part is Part.CAUSE and check.explain:
            violation = check.explain(context, disagreement)
            if violation and violation.repairs:
                found.append((check, violation))
        found.extend(
            (check, _about(violation, disagreement))
            for other, violation in standing
            if other is check and violation.repairs and not about.isdisjoint(_things(violation))
        )
    return found


def _things(violation: Violation) -> Iterator[str]:
    return (thing.id for thing in (violation.subject, *violation.related))


def _about(violation: Violation, disagreement: Disagreement) -> Violation:
    """A state violation, told as the cause of a disagreement."""
    return replace(
        violation,
        occurrences=(*violation.occurrences, occurrence(disagreement)),
        proofs=(*violation.proofs, *proofs(disagreement)),
        path=disagreement.path,
    )


def _better(requirement: Requirement, before: Path, after: Path) -> bool:
    return _met(requirement, after) or after.progress > before.progress


def _met(requirement: Requirement, path: Path) -> bool:
    return meets(path.outcome, requirement.acceptable)


def _with_masks(causes: list[Cause]) -> tuple[Cause, ...]:
    """Every cause masks the later ones of its chain."""
    masked: list[Cause] = []
    for position, cause in enumerate(causes):
        later = tuple(other.fingerprint for other in causes[position + 1 :])
        masked.append(replace(cause, masks=(*cause.masks, *later)))
    return tuple(masked)


def _symptom(
    context: Context, catalogue: Sequence[Check], disagreement: Disagreement, blocked: list[Blocked]
) -> tuple[Cause, ...]:
    """The first symptom that may be told; what gaps forbid to claim is noted as blocked."""
    for check in catalogue:
        violation = check.explain(context, disagreement) if check.part is Part.SYMPTOM and check.explain else None
        gaps = hiding(context.estate, check, violation.subject) if violation and check.claim is Claim.ABSENCE else ()
        if violation and gaps:
            blocked.append(Blocked(check=check, violation=violation, because=gaps))
        elif violation:
            return (Cause(check=check, violation=violation),)
    return ()
