"""Runs the catalogue: stamps, confirms causes, raises levels, merges, catches crashes, tells what was not judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from checks.catalogue import CATALOGUE
from checks.catalogue.answers import fails_for_a_client
from checks.catalogue.check import Check, Claim, Part
from checks.catalogue.servers import missing_forwarder, public_suffix
from checks.context import Context, Crash, Observation, meets
from checks.diagnosis.blind import blinding, blocking
from checks.diagnosis.causes import Blocked, Cause, Explanation, explain
from checks.diagnosis.disagreement import Disagreement, asked_text, observed_proof, simulated_disagreements
from checks.diagnosis.observed import Hypothesis, hypotheses, unexplained_contradictions
from checks.finding import Finding, Level, Occurrence, Repair, Violation
from checks.requirements import Requirement
from checks.resolution.path import Opaque, Path, Thing
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Gap
from collectors.graph.ids import Fqdn

Acknowledged = Callable[[Gap], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """What could not be judged: an absence check (`code`), or a name or scope (no code), and why."""

    code: str | None
    level: Level
    subject: Thing
    because: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that a run concludes."""

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    undetermined: tuple[Fqdn, ...]
    gaps: tuple[Gap, ...]
    crashed: bool


def judge(
    context: Context, catalogue: Sequence[Check] = CATALOGUE, acknowledged: Acknowledged = lambda _: False
) -> Judgement:
    """Run every check and put the results together."""
    crashes: list[Crash] = []
    standing = _run_state(context, catalogue, {Part.STATE}, crashes)
    causes = [Cause(check=check, violation=violation) for check, violation in standing]
    blocked: list[Blocked] = []
    for disagreement in simulated_disagreements(context):
        explanation = _explained(context, catalogue, disagreement, standing, crashes)
        causes.extend(explanation.causes)
        blocked.extend(explanation.blocked)
    causes.extend(_observed_causes(context, catalogue))
    live = _run_state(context, catalogue, {Part.LIVE}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in live)
    sight = _run_state(context, catalogue, {Part.SIGHT}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in sight)
    crashed = _run_state(replace(context, crashes=tuple(sorted(crashes))), catalogue, {Part.CRASH}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in crashed)
    not_evaluated = _not_evaluated(context, catalogue, blocked, acknowledged)
    return Judgement(
        findings=_merged(context, causes, not_evaluated),
        not_evaluated=not_evaluated,
        undetermined=_undetermined(context, acknowledged),
        gaps=context.estate.gaps,
        crashed=bool(crashes),
    )


def _run_state(
    context: Context, catalogue: Sequence[Check], parts: set[Part], crashes: list[Crash]
) -> list[tuple[Check, Violation]]:
    found: list[tuple[Check, Violation]] = []
    for check in catalogue:
        if check.part not in parts or check.state is None:
            continue
        try:
            found.extend((check, violation) for violation in check.state(context))
        except Exception as error:  # noqa: BLE001  a check that fails must not take the others with it
            crashes.append(_crash(check.code, error))
    return found


def _explained(
    context: Context,
    catalogue: Sequence[Check],
    disagreement: Disagreement,
    standing: Sequence[tuple[Check, Violation]],
    crashes: list[Crash],
) -> Explanation:
    """The explanation of one disagreement; a check that fails is left out and the rest tried again."""
    remaining = [check for check in catalogue if check.code not in {crash.code for crash in crashes}]
    while True:
        guard = _Guard(remaining)
        try:
            return explain(context, guard.watched, disagreement, standing)
        except Exception as error:  # noqa: BLE001  as above
            culprit = guard.running
            crashes.append(_crash(culprit.code if culprit else "diagnosis", error))
            if culprit is None:
                return Explanation(causes=())
            remaining = [check for check in remaining if check.code != culprit.code]


class _Guard:
    """Remembers which explanation runs, so that a crash can be laid at the right door."""

    def __init__(self, catalogue: Iterable[Check]) -> None:
        self.running: Check | None = None
        self.watched = tuple(self._watch(check) for check in catalogue)

    def _watch(self, check: Check) -> Check:
        explain_one = check.explain
        if explain_one is None:
            return check

        def watched(context: Context, disagreement: Disagreement) -> Violation | None:
            self.running = check
            violation = explain_one(context, disagreement)
            self.running = None
            return violation

        return replace(check, explain=watched)


def _crash(code: str, error: Exception) -> Crash:
    return Crash(code=code, error=f"{type(error).__name__}: {error}"[:300])


def _observed_causes(context: Context, catalogue: Sequence[Check]) -> list[Cause]:
    """Hypotheses that answers confirm, told as findings of the check that they are about."""
    check = next((check for check in catalogue if check.code == "PED305"), None)
    if check is None:
        return []
    causes = []
    for hypothesis in hypotheses(context):
        for observation in hypothesis.proved_by:
            for requirement in context.concerned(observation):
                violation = _observed_violation(context, hypothesis, observation, requirement)
                causes.append(Cause(check=check, violation=violation))
    return causes


def _observed_violation(
    context: Context, hypothesis: Hypothesis, observation: Observation, requirement: Requirement
) -> Violation:
    disagreement = Disagreement(requirement=requirement, path=context.path(requirement), observations=(observation,))
    suffixes = hypothesis.suffixes or public_suffix(requirement.expected.name)
    told = missing_forwarder(hypothesis.server, suffixes, PLATFORM_RESOLVER, disagreement)
    repair = Repair(change=hypothesis.repair, text=told.repairs[0].text, command=told.repairs[0].command)
    return replace(
        told,
        cause=f"{told.cause[:-1]}: its live answers show it, whatever is declared.",
        repairs=(repair,),
        proofs=(observed_proof(observation),),
    )


def _merged(context: Context, causes: Iterable[Cause], not_evaluated: Sequence[NotEvaluated]) -> tuple[Finding, ...]:
    groups: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        groups[cause.fingerprint].append(cause)
    findings = [_finding(context, group, not_evaluated) for group in groups.values()]
    return tuple(sorted(findings, key=lambda f: (-f.level, f.code, f.violation.subject.id.lower(), f.fingerprint)))


def _finding(context: Context, group: list[Cause], not_evaluated: Sequence[NotEvaluated]) -> Finding:
    """One finding of everything that one repair mends."""
    first = group[0]
    occurrences: dict[tuple[str, str, str], Occurrence] = {}
    for cause in group:
        for line in cause.violation.occurrences:
            key = (line.client, line.name, line.type)
            if key not in occurrences or occurrences[key].observed is None:
                occurrences[key] = line
    repairs: dict[str, Repair] = {}
    for cause in group:
        for repair in cause.violation.repairs:
            repairs.setdefault(str(repair.change.id).lower(), repair)
    ordered = sorted(occurrences.values(), key=lambda o: (o.client.lower(), o.name, o.type))
    path = _path_of_first(group, ordered[0]) if ordered else first.violation.path
    violation = replace(
        first.violation,
        repairs=tuple(repairs.values()),
        related=tuple(sorted({thing for cause in group for thing in cause.violation.related})),
        touches=tuple(sorted({touched for cause in group for touched in cause.violation.touches})),
        path=path,
    )
    own = first.fingerprint
    masks = sorted({mask for cause in group for mask in cause.masks} - {own})
    return Finding(
        code=first.check.code,
        slug=first.check.slug,
        level=_level(context, group, not_evaluated),
        status="new",
        violation=violation,
        occurrences=tuple(ordered),
        proofs=tuple(dict.fromkeys(proof for cause in group for proof in cause.violation.proofs)),
        masks=tuple(masks),
        fingerprint=own,
    )


def _path_of_first(group: list[Cause], first: Occurrence) -> Path | None:
    for cause in group:
        if any(line.client == first.client and line.name == first.name for line in cause.violation.occurrences):
            return cause.violation.path
    return group[0].violation.path


def _level(context: Context, group: list[Cause], not_evaluated: Sequence[NotEvaluated]) -> Level:
    """The catalogue's level; an error when a required client fails because of it."""
    check = group[0].check
    if check.code == "PED613":
        questions = {proof.question for cause in group for proof in cause.violation.proofs}
        told = (o for o in unexplained_contradictions(context) if asked_text(o) in questions)
        return Level.ERROR if any(fails_for_a_client(context, o) for o in told) else check.level
    if check.code == "PED907":
        scope, kind = group[0].violation.subject.id, group[0].violation.discriminator
        blocks = (gap for item in not_evaluated if item.code is None for gap in item.because)
        if any(f"scope:{gap.scope}" == scope and gap.kind == kind for gap in blocks):
            return Level.WARNING
    return check.level


def _not_evaluated(
    context: Context, catalogue: Sequence[Check], blocked: Iterable[Blocked], acknowledged: Acknowledged
) -> tuple[NotEvaluated, ...]:
    found: dict[tuple[str | None, str], tuple[Level, Thing, set[Gap]]] = {}

    def note(code: str | None, level: Level, subject: Thing, gaps: Iterable[Gap]) -> None:
        open_gaps = {gap for gap in gaps if not acknowledged(gap)}
        if open_gaps:
            found.setdefault((code, subject.id), (level, subject, set()))[2].update(open_gaps)

    for requirement in context.required.requirements:
        outcome = context.path(requirement).outcome
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
            for gap in blocking(context.estate, check):
                note(check.code, check.level, Thing(f"scope:{gap.scope}", "scope", gap.scope), (gap,))
    items = (
        NotEvaluated(code=code, level=level, subject=subject, because=tuple(sorted(gaps)))
        for (code, _), (level, subject, gaps) in found.items()
    )
    return tuple(sorted(items, key=lambda item: (item.code or "", item.subject.id.lower())))


def _undetermined(context: Context, acknowledged: Acknowledged) -> tuple[Fqdn, ...]:
    """Names that nobody can tell.

    They stand behind something that cannot be seen into (also by an acknowledged gap) and no believed vantage knows
    more; or a vantage that need not reach the server got silence or a wrong answer; or no table knows their suffix.
    """
    names = set(context.required.unjudged)
    for requirement in context.required.requirements:
        outcome = context.path(requirement).outcome
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
