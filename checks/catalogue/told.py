"""How findings about live answers tell whom they are about: the server, the lines of a report, the workspaces."""

from __future__ import annotations

from checks.context import Context, Observation
from checks.disagreement import answer_seen, seen_of
from checks.finding import Occurrence
from checks.resolution.path import Thing


def server_of(observation: Observation) -> Thing:
    """The server that gave an answer."""
    return Thing(observation.server, "server", observation.answer.question.server)


def occurrences_of(context: Context, observation: Observation) -> tuple[Occurrence, ...]:
    """One line for every requirement that an answer concerns."""
    question = observation.answer.question
    simulated = context.solver.at(observation.place, question.name, question.type)
    return tuple(
        Occurrence(
            client=requirement.client.id,
            name=requirement.name,
            type=requirement.type,
            view=simulated.view,
            vantage=question.vantage,
            expected=requirement.acceptable,
            simulated=seen_of(simulated.outcome, simulated),
            observed=answer_seen(observation.answer, observation.seen),
        )
        for requirement in context.concerned(observation)
    )


def touched_by(context: Context, observation: Observation) -> tuple[str, ...]:
    """The workspaces that an answer is about, sorted."""
    touched = {r.expected.workspace.text for r in context.concerned(observation)}
    return tuple(sorted(touched))
