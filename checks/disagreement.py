"""Requirements that are not met: what was expected, simulated and observed, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.context import Context, Observation, meets
from checks.finding import Occurrence, Proof, Seen
from checks.requirements import Requirement
from checks.resolution.path import Addresses, Opaque, Outcome, Path, label
from collectors.graph.answers import Answer
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A requirement that is not met, with its simulated path and what was observed for the same client."""

    requirement: Requirement
    path: Path
    observations: tuple[Observation, ...] = ()


def simulated_disagreements(context: Context) -> tuple[Disagreement, ...]:
    """The requirements that the model says are not met. What is opaque is no disagreement.

    Names with a finding of their own are left to it.
    """
    found = []
    for requirement in context.required.requirements:
        if requirement.has_own_code:
            continue
        outcome, *_ = context.outcomes(requirement)
        if isinstance(outcome, Opaque) or meets(outcome, requirement.acceptable):
            continue
        path, observations = context.path(requirement), observations_of(context, requirement)
        found.append(Disagreement(requirement=requirement, path=path, observations=observations))
    return tuple(found)


def observations_of(context: Context, requirement: Requirement) -> tuple[Observation, ...]:
    """What the first server of a requirement's client was seen to answer, from vantages that must reach it."""
    return tuple(observation for observation in context.about(requirement) if observation.reached)


def seen_of(outcome: Outcome, path: Path | None = None) -> Seen:
    """An outcome as reports show it."""
    addresses = outcome.addresses if isinstance(outcome, Addresses) else ()
    return Seen(label(outcome), addresses, path.chain if path else ())


def answer_seen(answer: Answer, outcome: Outcome | None) -> Seen:
    """An answer as reports show it."""
    word = label(outcome) if outcome else (answer.rcode or answer.error)
    return Seen(word, answer.addresses, answer.chain)


def occurrence(disagreement: Disagreement) -> Occurrence:
    """The line of a report for a disagreement."""
    requirement, path = disagreement.requirement, disagreement.path
    first = disagreement.observations[0] if disagreement.observations else None
    return Occurrence(
        client=requirement.client.id,
        name=requirement.name,
        type=requirement.type,
        view=path.view,
        vantage=first.answer.question.vantage if first else "",
        expected=requirement.acceptable,
        simulated=seen_of(path.outcome, path),
        observed=answer_seen(first.answer, first.seen) if first else None,
    )


def proofs(disagreement: Disagreement) -> tuple[Proof, ...]:
    """The evidence of a disagreement: the deciding hop, and what servers answered."""
    last = disagreement.path.last
    told = [Proof(kind="simulated", text=f"{last.name}: {last.text}")]
    told.extend(observed_proof(observation) for observation in disagreement.observations)
    return tuple(told)


def asked_text(observation: Observation) -> str:
    """A question as reports show it."""
    return f"{observation.answer.question.name} {observation.answer.question.type}"


def observed_proof(observation: Observation) -> Proof:
    """An answer as evidence."""
    answer = observation.answer
    question = answer.question
    shown = ", ".join(answer.addresses) or answer.rcode
    form = f"{question.name} with checking disabled" if question.checking_disabled else question.name
    said = f"answered {shown} for {form}" if shown else f"gave no answer for {question.name}: {answer.error}"
    if zone := denying_zone(answer):
        said += f", by the SOA record of zone {zone}"
    return Proof(
        kind="observed",
        text=f"{question.server} {said}",
        question=asked_text(observation),
        server=question.server,
        vantage=question.vantage,
        time=answer.asked_at,
    )


def denying_zone(answer: Answer) -> str:
    """The zone that denies a name or a type, by the SOA record of the answer (RFC 2308); `""`: nobody can tell."""
    if answer.addresses or answer.rcode not in ("NOERROR", "NXDOMAIN"):
        return ""
    return next((record.name or "." for record in answer.authority if record.type == "SOA"), "")


def right_elsewhere(context: Context, proofs: Sequence[Proof]) -> tuple[Observation, ...]:
    """The right answers to questions of clients that the proofs show to be answered wrongly from other vantages."""
    shown = {(proof.question, proof.vantage) for proof in proofs if proof.vantage}
    asked = [
        (observation, (asked_text(observation), observation.answer.question.vantage))
        for name in sorted({Fqdn(proof.question.partition(" ")[0]) for proof in proofs if proof.vantage})
        for observation in context.by_name.get(name, ())
        if observation.direct and observation.reached
    ]
    wrong = {key for observation, key in asked if key in shown and not _is_right(observation)}
    questions = {question for question, _ in wrong}
    return tuple(o for o, key in asked if key[0] in questions and key not in wrong and _is_right(o))


def _is_right(observation: Observation) -> bool:
    return observation.seen is not None and meets(observation.seen, observation.acceptable)


def right_proof(observation: Observation) -> Proof:
    """A right answer as evidence beside a wrong one."""
    told = observed_proof(observation)
    return replace(told, text=f"{told.text}, which is right")
