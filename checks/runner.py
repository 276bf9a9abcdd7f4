"""Runs the catalogue: stamps, confirms causes, raises levels, merges, catches crashes, tells what was not judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.azure_witness import undiagnosed
from checks.catalogue import CATALOGUE
from checks.catalogue.answers import rejected_by_validation
from checks.catalogue.drift import answer_changed, expected_address_changed, neighbour_changed
from checks.check import Check, Claim, Part
from checks.context import Baseline, Context, Crash, Observation
from checks.diagnosis.blind import blocking
from checks.diagnosis.causes import Blocked, Cause, Explanation, explain
from checks.diagnosis.forwarders import MissingForwarder, missing_forwarder
from checks.diagnosis.observed import Hypothesis, broken_by_validation, hypotheses, server_behind
from checks.disagreement import Disagreement, observed_proof, simulated_disagreements
from checks.finding import Finding, Repair, Violation
from checks.merging import in_order, merged
from checks.requirements import Client, Requirement
from checks.resolution.places import CustomServer
from checks.unjudged import NotEvaluated, not_evaluated, undetermined
from checks.waivers import Waivers
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Gap
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything that a run concludes."""

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    undetermined: tuple[Fqdn, ...]
    gaps: tuple[Gap, ...]
    crashed: bool


def judge(
    context: Context,
    catalogue: Sequence[Check] = CATALOGUE,
    waivers: Waivers | None = None,
    *,
    whole: bool = False,
) -> Judgement:
    """Run every check and put the results together.

    `whole`: everything that one may live with was looked at and asked about, so that what is not found is not there.
    """
    waivers = waivers or Waivers(day=context.now.date())
    acknowledged = waivers.acknowledges
    crashes: list[Crash] = []
    blocked: list[Blocked] = []
    standing = _certain(context, _run_state(context, catalogue, {Part.STATE}, crashes), blocked)
    causes = [Cause(check=check, violation=violation) for check, violation in standing]
    behind: dict[tuple[Client, Fqdn], tuple[str, ...]] = {}
    guard = _Guard(catalogue, crashes)
    for disagreement in simulated_disagreements(context):
        explanation = guard.explain(context, disagreement, standing)
        causes.extend(explanation.causes)
        blocked.extend(explanation.blocked)
        requirement = disagreement.requirement
        behind[requirement.client, requirement.name] = tuple(cause.fingerprint for cause in explanation.causes)
    causes.extend(_observed_causes(context, catalogue, behind, crashes))
    causes.extend(_validation_causes(context, catalogue, crashes))
    live = _run_state(context, catalogue, {Part.LIVE}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in live)
    sight = _run_state(context, catalogue, {Part.SIGHT}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in sight)
    crashed = _run_state(replace(context, crashes=tuple(sorted(crashes))), catalogue, {Part.CRASH}, crashes)
    causes.extend(Cause(check=check, violation=violation) for check, violation in crashed)
    unjudged = not_evaluated(context, catalogue, blocked, acknowledged)
    unknown = undetermined(context, acknowledged)
    findings = waivers.over(merged(context, causes, unjudged, acknowledged))
    gaps = (*context.estate.gaps, *undiagnosed(context))
    lapsed = waivers.lapsed(findings, gaps, whole=whole and not (crashes or unjudged or unknown))
    told = _run_state(replace(context, lapsed=lapsed), catalogue, {Part.WAIVER}, crashes)
    findings += merged(context, (Cause(check=check, violation=v) for check, v in told), unjudged, acknowledged)
    return Judgement(
        findings=in_order(findings),
        not_evaluated=unjudged,
        undetermined=unknown,
        gaps=gaps,
        crashed=bool(crashes),
    )


def drift_findings(before: Context, after: Context, *, neighbours: bool = False) -> tuple[Finding, ...]:
    """The findings of a comparison alone. `neighbours`: also of changes that changed no answer."""
    compared = replace(after, baseline=Baseline(context=before, neighbours=neighbours))
    return judge(compared, (expected_address_changed, answer_changed, neighbour_changed)).findings


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


def _certain(
    context: Context, found: list[tuple[Check, Violation]], blocked: list[Blocked]
) -> list[tuple[Check, Violation]]:
    """The violations that no gap forbids to claim; what an absence check cannot know is noted as blocked."""
    certain = []
    for check, violation in found:
        gaps = tuple(blocking(context.estate, check)) if check.claim is Claim.ABSENCE else ()
        if gaps:
            blocked.append(Blocked(check=check, violation=violation, because=gaps))
        else:
            certain.append((check, violation))
    return certain


class _Guard:
    """Explains disagreements. A check that fails is left out from then on, and the rest is tried again."""

    def __init__(self, catalogue: Iterable[Check], crashes: list[Crash]) -> None:
        broken = {crash.code for crash in crashes}
        self._crashes = crashes
        self._running: Check | None = None
        self._watched = tuple(self._watch(check) for check in catalogue if check.code not in broken)

    def explain(
        self, context: Context, disagreement: Disagreement, standing: Sequence[tuple[Check, Violation]]
    ) -> Explanation:
        """The explanation of one disagreement."""
        while True:
            self._running = None
            try:
                return explain(context, self._watched, disagreement, standing)
            except Exception as error:  # noqa: BLE001  as above
                culprit: Check | None = self._running
                self._crashes.append(_crash(culprit.code if culprit else "diagnosis", error))
                if culprit is None:
                    return Explanation(causes=())
                self._watched = tuple(check for check in self._watched if check.code != culprit.code)

    def _watch(self, check: Check) -> Check:
        """The check, with a note of it while it runs, so that a crash can be laid at the right door."""
        explain_one = check.explain
        if explain_one is None:
            return check

        def watched(context: Context, disagreement: Disagreement) -> Violation | None:
            self._running = check
            violation = explain_one(context, disagreement)
            self._running = None
            return violation

        return replace(check, explain=watched)


def _crash(code: str, error: Exception) -> Crash:
    return Crash(code=code, error=f"{type(error).__name__}: {error}"[:300])


def _observed_causes(
    context: Context,
    catalogue: Sequence[Check],
    behind: Mapping[tuple[Client, Fqdn], tuple[str, ...]],
    crashes: list[Crash],
) -> list[Cause]:
    """Hypotheses that answers confirm, told as findings of the check that they are about.

    `behind` holds what the model finds wrong with the same name: it shows once the server is mended.
    """
    check = next((check for check in catalogue if check.code == "PED305"), None)
    if check is None:
        return []
    try:
        return [
            Cause(
                check=check,
                violation=_observed_violation(context, hypothesis, observation, requirement),
                masks=behind.get((requirement.client, requirement.name), ()),
            )
            for hypothesis in hypotheses(context)
            for observation in hypothesis.proved_by
            for requirement in context.concerned(observation)
        ]
    except Exception as error:  # noqa: BLE001  as above
        crashes.append(_crash(check.code, error))
        return []


def _validation_causes(context: Context, catalogue: Sequence[Check], crashes: list[Crash]) -> list[Cause]:
    """Servers that answer only with checking disabled, told as findings of the check that they are about."""
    check = next((check for check in catalogue if check.code == "PED606"), None)
    if check is None:
        return []
    try:
        return [
            Cause(check=check, violation=_validation_violation(context, server, observation, requirement))
            for observation in broken_by_validation(context)
            if (server := server_behind(observation)) is not None
            for requirement in context.concerned(observation)
        ]
    except Exception as error:  # noqa: BLE001  as above
        crashes.append(_crash(check.code, error))
        return []


def _validation_violation(
    context: Context, server: CustomServer, observation: Observation, requirement: Requirement
) -> Violation:
    disagreement = Disagreement(requirement=requirement, path=context.path(requirement), observations=(observation,))
    answered = (o for o in context.unchecked if o.server == observation.server and o.seen is not None)
    told = rejected_by_validation(server, disagreement)
    return replace(told, proofs=(observed_proof(observation), *map(observed_proof, answered)))


def _observed_violation(
    context: Context, hypothesis: Hypothesis, observation: Observation, requirement: Requirement
) -> Violation:
    disagreement = Disagreement(requirement=requirement, path=context.path(requirement), observations=(observation,))
    lacking = MissingForwarder(hypothesis.server, hypothesis.suffixes, PLATFORM_RESOLVER)
    told = missing_forwarder(lacking, disagreement)
    repair = Repair(change=hypothesis.repair, text=told.repairs[0].text, command=told.repairs[0].command)
    return replace(
        told,
        cause=f"{told.cause[:-1]}: its live answers show it, whatever is declared. {hypothesis.because}".rstrip(),
        repairs=(repair,),
        proofs=(observed_proof(observation), *map(observed_proof, hypothesis.also)),
    )
