"""Which DNS servers answer from where, and in which network a vantage without one seems to stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from agent.doctor.results import Result, State
from checks.context import Context, Observation
from checks.disagreement import seen_of
from checks.requirements import Client
from collectors.graph.declared import Vantage
from collectors.graph.nodes import VirtualNetwork

_FEW = 3
_MOST_NETWORKS = 200
"""Networks that are compared with what a vantage heard."""


def hearing(context: Context) -> Iterator[Result]:
    """For each vantage the servers that it asked, and where it seems to stand."""
    heard: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for observation in context.observations:
        question = observation.answer.question
        if observation.direct:
            heard[question.vantage, question.server].append(observation)
    if not heard:
        text = "no server was asked: there is no name to ask for, or [probe] is off"
        yield Result(about="dns", state=State.SKIPPED, text=text)
    for (vantage, server), observations in sorted(heard.items()):
        yield _server(vantage, server, observations)
    if heard and not any(observation.reached for those in heard.values() for observation in those):
        yield Result(
            about="dns",
            state=State.UNSEEN,
            text="no vantage is declared to reach a server that clients ask: what they get stays undetermined",
            remedy="say in vantage.reaches which servers must answer from here, and in vantage.view where here is",
        )
    for place in context.estate.declared.vantages:
        own = [o for (vantage, _), those in heard.items() if vantage == place.name for o in those]
        if own and not place.view:
            yield _view(context, place, own)


def _server(vantage: str, server: str, observations: Sequence[Observation]) -> Result:
    answered = sum(bool(observation.answer.rcode) for observation in observations)
    text = f"{server} answers {answered} of {len(observations)} questions from {vantage}"
    if answered == len(observations):
        return Result(about="dns", state=State.OK, text=text)
    errors = sorted({o.answer.error for o in observations if o.answer.error})
    why = f": {'; '.join(errors[:_FEW])}" if errors else ""
    expected = any(observation.reached for observation in observations)
    return Result(
        about="dns",
        state=State.BROKEN if expected and not answered else State.UNSEEN,
        text=f"{text}{why}",
        remedy="" if expected else f"say in vantage.reaches which servers must answer from {vantage}",
    )


def _view(context: Context, vantage: Vantage, observations: Sequence[Observation]) -> Result:
    """The networks in which clients would get just what was heard."""
    usable = [observation for observation in observations if observation.seen is not None]
    networks = context.estate.of_type(VirtualNetwork)[:_MOST_NETWORKS]
    alike = [network.id.name for network in networks if usable and all(_fits(context, network, o) for o in usable)]
    remedy = f'set vantage.view of "{vantage.name}" to the network that it stands in: Azure DNS is asked only then'
    if not alike:
        text = f"what {vantage.name} hears is what no network would get: it stands outside of Azure, or views differ"
        return Result(about="view", state=State.SKIPPED, text=text, remedy=remedy)
    more = f" and {len(alike) - _FEW} more" if len(alike) > _FEW else ""
    text = f"what {vantage.name} hears is what these networks would get: {', '.join(alike[:_FEW])}{more}"
    return Result(about="view", state=State.OK, text=text, remedy=remedy)


def _fits(context: Context, network: VirtualNetwork, observation: Observation) -> bool:
    question = observation.answer.question
    client = Client(id=network.id.text, network=network.id)
    outcome = context.solver.path(client, question.name, question.type).outcome
    assert observation.seen is not None  # only usable answers are compared
    simulated, seen = seen_of(outcome), seen_of(observation.seen)
    return (simulated.outcome, sorted(simulated.addresses)) == (seen.outcome, sorted(seen.addresses))
