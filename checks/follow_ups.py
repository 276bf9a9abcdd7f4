"""Second questions: each is asked only where its answer can decide what the first ones left open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from checks.context import Context, Observation, meets, public_resolvers
from checks.controls import control_of
from checks.diagnosis.observed import contradictions
from checks.resolution.places import CustomServer
from collectors.graph.answers import Question
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn

VERSION = Fqdn("version.bind")


def ipv6_questions(context: Context, vantages: Sequence[Vantage], asked: Collection[Question]) -> Iterator[Question]:
    """Whether a client that prefers IPv6 (RFC 6724) is led outside although the IPv4 address is right.

    Public DNS is asked first: a name that has no IPv6 address there leads nobody outside.
    """
    here = {vantage.name for vantage in vantages}
    right = [
        (question, context.by_name[name])
        for name, question in _public_ipv6_questions(context, vantages).items()
        if name in context.by_name
    ]
    for public, observations in right:
        candidates = [
            Question(vantage=o.answer.question.vantage, server=o.answer.question.server, name=public.name, type="AAAA")
            for o in observations
            if o.answer.question.type == "A" and o.direct and o.seen is not None and meets(o.seen, o.acceptable)
        ]
        candidates = [question for question in candidates if question.vantage in here]
        if not candidates or public.name in context.aliases.only_ipv4:
            continue
        if public.server and public not in asked:
            yield public
        else:
            yield from candidates


def _public_ipv6_questions(context: Context, vantages: Sequence[Vantage]) -> dict[Fqdn, Question]:
    """The question about each name that must have IPv4 addresses only; no server where no public resolver is known."""
    known = public_resolvers(context.estate, context.required)
    resolvers = [server for server in context.estate.declared.public_resolvers if server in known]
    server = resolvers[0] if resolvers and vantages else ""
    vantage = vantages[0].name if vantages else ""
    names = dict.fromkeys(requirement.expected.asked for requirement in context.required.only_ipv4)
    return {name: Question(vantage=vantage, server=server, name=name, type="AAAA") for name in names}


def silent(context: Context) -> Mapping[tuple[str, str], tuple[Observation, ...]]:
    """The questions that servers, which must be reached, left without any answer, by server's id and vantage."""
    found: dict[tuple[str, str], list[Observation]] = {}
    for observation in context.observations:
        if observation.direct and observation.reached and is_silence(observation):
            found.setdefault((observation.server, observation.answer.question.vantage), []).append(observation)
    return {key: tuple(observations) for key, observations in found.items()}


def is_silence(observation: Observation) -> bool:
    """Whether nothing came back. What our own budget or configuration stopped says nothing of a server."""
    answer = observation.answer
    sent = answer.tries > 0 and not answer.error.startswith("cannot ask")
    return not answer.rcode and sent and not is_cut(observation)


def is_given_up(observation: Observation) -> bool:
    """Whether a question was spared because the server had left others unanswered."""
    return observation.answer.error.startswith("not asked: server silent")


def is_cut(observation: Observation) -> bool:
    """Whether an answer came, but cut short, and the whole of it could not be fetched."""
    return not observation.answer.rcode and "truncated over UDP" in observation.answer.error


def silence_questions(context: Context, vantages: Sequence[Vantage]) -> Iterator[Question]:
    """Whether a silent server is dead, cut off over UDP only, or lives and waits for somebody else.

    The same question over TCP, and one that it must answer by itself.
    """
    here = {vantage.name for vantage in vantages}
    for (_, vantage), observations in silent(context).items():
        if vantage in here:
            question = observations[0].answer.question
            yield replace(question, transport="tcp")
            yield Question(vantage=vantage, server=question.server, name=VERSION, type="TXT", dns_class="CH")


def kind_questions(context: Context, vantages: Sequence[Vantage]) -> Iterator[Question]:
    """What kind of server answers publicly although it forwards to Azure DNS: some kinds forward in vain."""
    here = {vantage.name for vantage in vantages}
    for observation in contradictions(context):
        question = observation.answer.question
        if isinstance(observation.place, CustomServer) and observation.direct and question.vantage in here:
            yield Question(vantage=question.vantage, server=question.server, name=VERSION, type="TXT", dns_class="CH")


def control_questions(context: Context, vantages: Sequence[Vantage]) -> Iterator[Question]:
    """Whether whoever answers a name without the public alias answers for its neighbours, too.

    Public DNS gives an alias for it, so an address at once comes from a record or a zone over the public name: one
    for this name does no harm, one over the whole suffix denies every name that it does not hold.
    """
    here = {vantage.name for vantage in vantages}
    resolvers = sorted(public_resolvers(context.estate, context.required))
    for requirement in context.required.requirements:
        control = control_of(requirement)
        for observation in context.by_name.get(requirement.expected.asked, ()) if control else ():
            answer = observation.answer
            if answer.question.vantage in here and observation.reached and not answer.chain and answer.addresses:
                for server in (answer.question.server, *resolvers[:1]):
                    yield Question(vantage=answer.question.vantage, server=server, name=control or Fqdn(""))
