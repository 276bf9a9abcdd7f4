"""What to ask, and what to ask next: only questions whose answers can decide something, each asked once.

Public names come a round before their private-link forms: some servers answer the one from the other's cache.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from checks.context import Context
from checks.diagnosis.observed import contradictions, servfails
from checks.disagreement import simulated_disagreements
from checks.follow_ups import control_questions, ipv6_questions, kind_questions, silence_questions
from checks.requirements import Client
from collectors.graph.answers import Question
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId

ROUNDS = 3
"""Public aliases cannot be predicted, and causes need a second question; more rounds decide nothing."""


def next_questions(context: Context, asked: Collection[Question]) -> tuple[Question, ...]:
    """The questions still worth asking: first those of clients, then those that tell causes apart."""
    known = set(asked)
    here = tuple(vantage for vantage in context.estate.declared.vantages if not vantage.elsewhere)
    wanted = dict.fromkeys(_client_questions(context, here, private=False))
    if not {question.vantage for question in known}.isdisjoint(vantage.name for vantage in here):
        wanted.update(dict.fromkeys(_client_questions(context, here, private=True)))
        wanted.update(dict.fromkeys(_deciding_questions(context, here)))
        wanted.update(dict.fromkeys(ipv6_questions(context, here, known)))
        wanted.update(dict.fromkeys(silence_questions(context, here)))
        wanted.update(dict.fromkeys(kind_questions(context, here)))
        wanted.update(dict.fromkeys(control_questions(context, here)))
    return tuple(question for question in wanted if question not in known)


def plan_rounds(context: Context, vantage: Vantage) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Everything that could be worth asking from one vantage, in two rounds: whoever asks knows of no third one."""
    alone = (replace(vantage, elsewhere=False),)
    first = dict.fromkeys(_client_questions(context, alone, private=False))
    then = dict.fromkeys(_client_questions(context, alone, private=True))
    names = {requirement.expected.asked for requirement in context.required.only_ipv4}
    then.update({replace(question, type="AAAA"): None for question in first if question.name in names})
    network = view_of(context.estate, vantage)
    for requirement in context.required.requirements if network else ():
        if network and context.path(requirement).view == network.text:
            name = requirement.expected.asked_private
            then[Question(vantage=vantage.name, server=PLATFORM_RESOLVER, name=name)] = None
    return tuple(first), tuple(question for question in then if question not in first)


def _client_questions(context: Context, vantages: Sequence[Vantage], *, private: bool) -> Iterator[Question]:
    """What every required client would ask of its own servers, and the public aliases of the names and of others'."""
    for requirement in context.required.requirements:
        record = requirement.expected
        name = record.asked_private if private else record.asked
        for server in context.solver.servers(requirement.client):
            for vantage in vantages_for(context.estate, vantages, requirement.client, server):
                yield Question(vantage=vantage.name, server=server, name=name, type=record.type)
    if vantages:
        for resolver in context.estate.declared.public_resolvers[:1]:
            asked = (requirement.expected.asked for requirement in context.required.requirements)
            for name in dict.fromkeys((*asked, *context.estate.declared.foreign)):
                yield Question(vantage=vantages[0].name, server=resolver, name=name)


def vantages_for(estate: Estate, vantages: Iterable[Vantage], client: Client, server: str) -> tuple[Vantage, ...]:
    """Where to ask a client's server from: its own network, else wherever the server must be reached, else anywhere.

    Answers of the last kind only inform. Azure DNS is only asked from the very network that is meant. Nothing is
    asked from a vantage that is elsewhere.
    """
    vantages = [vantage for vantage in vantages if not vantage.elsewhere]
    stands = [v for v in vantages if client.network and view_of(estate, v) == client.network]
    if server == PLATFORM_RESOLVER:
        return tuple(stands)
    reaching = [v for v in vantages if server in v.reaches]
    own = [v for v in reaching if v in stands]
    informing = [v for v in vantages if not v.reaches and (server in v.servers or not v.servers)]
    return tuple((own or reaching)[:1] or informing[:1])


def view_of(estate: Estate, vantage: Vantage) -> ArmId | None:
    """The network that a vantage stands in."""
    networks = estate.find_networks(vantage.view) if vantage.view else ()
    return networks[0].id if len(networks) == 1 else None


def _deciding_questions(context: Context, vantages: Sequence[Vantage]) -> Iterator[Question]:
    """Where a name fails or an answer contradicts the model: what Azure DNS says in the view that counts."""
    failing = simulated_disagreements(context)
    troubled = {d.requirement.name: (d.path.view, d.requirement.expected) for d in failing}
    names = {o.answer.question.name for o in contradictions(context)}
    for requirement in context.required.requirements:
        record = requirement.expected
        if {record.asked, record.asked_private} & names:
            troubled.setdefault(record.name, (context.path(requirement).view, record))
    for view, record in troubled.values():
        for vantage in vantages:
            network = view_of(context.estate, vantage)
            if network and network.text == view:
                yield Question(vantage=vantage.name, server=PLATFORM_RESOLVER, name=record.asked_private)
    here = {vantage.name for vantage in vantages}
    for failures in servfails(context).values():
        if failures[0].answer.question.vantage in here:
            yield replace(failures[0].answer.question, checking_disabled=True)
