"""Requirements that are not met: what was expected, simulated and observed, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from checks.context import Context, Observation, meets
from checks.finding import Occurrence, Proof, Seen
from checks.requirements import Requirement
from checks.resolution.path import Addresses, Opaque, Outcome, Path, label
from collectors.graph.answers import Answer


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
    return Proof(
        kind="observed",
        text=f"{question.server} {said}",
        question=asked_text(observation),
        server=question.server,
        vantage=question.vantage,
        time=answer.asked_at,
    )
