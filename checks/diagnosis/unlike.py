"""Lists of DNS servers that do not answer alike: what each server of a list gives for a required name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context, Observation, meets
from checks.disagreement import answer_seen, observed_proof, seen_of
from checks.finding import Occurrence, Proof
from checks.requirements import Client, Requirement
from checks.resolution.path import Opaque, Path, Thing
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True)
class Told:
    """What one server of a list gives for a name: simulated, and where a vantage must reach it, observed."""

    server: str
    path: Path
    observation: Observation | None
    right: bool

    @property
    def is_only_heard(self) -> bool:
        """Whether the model cannot see into the server: its answer is all that is known."""
        return isinstance(self.path.outcome, Opaque)

    @property
    def proofs(self) -> Iterator[Proof]:
        """What the server would give, and what it gave."""
        last = self.path.last
        yield Proof(kind="simulated", text=f"asked {self.server}: {last.name}: {last.text}")
        if self.observation:
            yield observed_proof(self.observation)


@dataclass(frozen=True, slots=True)
class Unlike:
    """A requirement that some servers of a list meet and others do not."""

    requirement: Requirement
    told: tuple[Told, ...]

    @property
    def wrong(self) -> Told:
        """The first server that misleads."""
        return next(each for each in self.told if not each.right)

    @property
    def is_only_heard(self) -> bool:
        """Whether nothing but answers is known of any of the servers."""
        return all(each.is_only_heard for each in self.told)

    @property
    def line(self) -> Occurrence:
        """What the client gets from the server that misleads."""
        requirement, wrong = self.requirement, self.wrong
        seen = wrong.observation
        return Occurrence(
            client=requirement.client.id,
            name=requirement.name,
            type=requirement.type,
            view=wrong.path.view,
            vantage=seen.answer.question.vantage if seen else "",
            expected=requirement.acceptable,
            simulated=seen_of(wrong.path.outcome, wrong.path),
            observed=answer_seen(seen.answer, seen.seen) if seen else None,
        )


def unlike_servers(context: Context) -> Iterator[Unlike]:
    """Every requirement of a client whose servers do not all meet it; those that nobody can see into take no part."""
    for requirement in context.required.requirements:
        if len(context.solver.servers(requirement.client)) > 1:
            told = tuple(_told(context, requirement))
            if {each.right for each in told} == {True, False}:
                yield Unlike(requirement, told)


def _told(context: Context, requirement: Requirement) -> Iterator[Told]:
    client, asked = requirement.client, requirement.expected.asked
    paths = context.solver.paths(client, asked, requirement.type)
    for server, place, path in zip(context.solver.servers(client), context.places(client), paths, strict=False):
        about = (o for o in context.by_name.get(asked, ()) if o.place == place and o.reached)
        observation = next((o for o in about if o.seen is not None), None)
        outcome = observation.seen if observation and observation.seen else path.outcome
        if not isinstance(outcome, Opaque):
            yield Told(server, path, observation, meets(outcome, requirement.acceptable))


def client_thing(client: Client) -> Thing:
    """A client as an object that people can find."""
    return Thing(client.id, "site", client.site) if client.site else Thing.of(ArmId(client.id))
