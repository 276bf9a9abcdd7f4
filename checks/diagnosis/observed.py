"""Observed answers against simulated ones: which contradictions a hypothesis explains, and which stay.

A hypothesis is a change, mostly of a server that nobody can look into, with which the model must give what was
observed and without which it gives something acceptable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.context import Context, Observation, agrees, meets
from checks.diagnosis.changing import is_flapping, is_right
from checks.diagnosis.fingerprint import Spoken, leads_out_by_alias, not_applied_to_aliases, spoken
from checks.diagnosis.neighbours import PRIVATE_ZONES, denied_with_neighbours
from checks.diagnosis.unlike import unlike_servers
from checks.names.services import suffix_of_zone
from checks.names.tables import table_of
from checks.resolution.path import NxDomain, Opaque, Outcome, Path, Public
from checks.resolution.places import AzureDns, CustomServer, Unknown
from collectors.graph.answers import Question
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import ServerChange
from collectors.graph.ids import ArmId, Fqdn, suffixes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """A server lacks forwarders: `assumed` is the server as it must really be, `right` as it should be."""

    server: CustomServer
    suffixes: tuple[Fqdn, ...]
    assumed: DeclaredServer
    right: DeclaredServer
    proved_by: tuple[Observation, ...]
    because: str = ""
    """What else was learned of the server, in a sentence."""
    also: tuple[Observation, ...] = ()
    """Right answers that belong to the proof."""

    @property
    def repair(self) -> ServerChange:
        """From what is assumed to what is right."""
        return ServerChange(id=self.server.id, before=self.assumed, after=self.right)


def contradictions(context: Context) -> tuple[Observation, ...]:
    """Usable answers, from vantages that must be believed, that differ from every simulated answer.

    What a server gives by luck (PED312, PED417) contradicts nothing, what comes and goes (PED612) proves nothing, and
    what a zone over a whole suffix denies of the private-link forms (PED615) no client asks.
    """
    found = []
    for observation in context.observations:
        if not observation.reached or observation.seen is None or observation.own_code:
            continue
        if is_flapping(context, observation) or denied_with_neighbours(context, observation):
            continue
        question = observation.answer.question
        simulated = context.solver.at(observation.place, question.name, question.type)
        known = [path.outcome for path in simulated.certain if not isinstance(path.outcome, Opaque)]
        if simulated.outcome in known and not any(agrees(outcome, observation.seen) for outcome in known):
            found.append(observation)
    return tuple(found)


def failed_assumption(context: Context, observation: Observation) -> Path | None:
    """The other way that gives what was observed, if one of the model's assumptions does not hold here."""
    if observation.seen is None:
        return None
    question = observation.answer.question
    ways = list(context.solver.at(observation.place, question.name, question.type).alternatives)
    for requirement in context.concerned(observation) if observation.direct else ():
        ways += context.path(requirement).alternatives  # what depends on who asks
    return next((way for way in ways if way.against and agrees(way.outcome, observation.seen)), None)


def unexplained_contradictions(context: Context) -> tuple[Observation, ...]:
    """The contradictions that no hypothesis explains."""
    questions = explained_questions(context)
    return tuple(o for o in contradictions(context) if o.answer.question not in questions)


def unexplained_symptoms(context: Context) -> tuple[Observation, ...]:
    """Unacceptable answers about which the model cannot say anything, left over by the hypotheses.

    Where another server of the client's list is right, the servers disagree (PED611), and that is told instead.
    """
    questions = explained_questions(context) | _disagreeing(context)
    found = []
    for observation in _opaque(context):
        if observation.seen is None or meets(observation.seen, observation.acceptable):
            continue
        if is_flapping(context, observation) or denied_with_neighbours(context, observation):
            continue
        if observation.answer.question not in questions:
            found.append(observation)
    return _without_proofs(found)


def _disagreeing(context: Context) -> frozenset[Question]:
    """What servers were asked that give something else than another server of the same list, all of them unseen."""
    wrong = (told for it in unlike_servers(context) if it.is_only_heard for told in it.told if not told.right)
    heard = {(o.server, o.answer.question.vantage, o.required) for told in wrong if (o := told.observation)}
    asked = (o for o in context.observations if (o.server, o.answer.question.vantage, o.required) in heard)
    return frozenset(o.answer.question for o in asked)


def _without_proofs(symptoms: list[Observation]) -> tuple[Observation, ...]:
    """The private-link form of a name is asked for proof: beside the name itself it is no symptom of its own."""
    told = {(o.required, o.server, o.answer.question.vantage) for o in symptoms if o.direct}
    return tuple(o for o in symptoms if o.direct or (o.required, o.server, o.answer.question.vantage) not in told)


def explained_questions(context: Context) -> frozenset[Question]:
    """The questions whose answers a missing forwarder explains."""
    return frozenset(o.answer.question for h in hypotheses(context) for o in h.proved_by)


def hypotheses(context: Context) -> tuple[Hypothesis, ...]:
    """The missing forwarders that explain answers, one hypothesis per server."""
    unlike = tuple(_unlike_declared(context))
    told = frozenset(o.answer.question for hypothesis in unlike for o in hypothesis.proved_by)
    return (*unlike, *_declared_hypotheses(context, told), *_opaque_hypotheses(context))


def _unlike_declared(context: Context) -> Iterator[Hypothesis]:
    """A server that seems to give whole answers, so that its forwarder of the private-link zone has no effect."""
    by_server: dict[CustomServer, list[Observation]] = {}
    for observation in contradictions(context):
        if isinstance(observation.place, CustomServer) and leads_out_by_alias(context, observation):
            by_server.setdefault(observation.place, []).append(observation)
    for server, observations in sorted(by_server.items(), key=lambda item: item[0].id):
        said, pairs = spoken(context, server), tuple(not_applied_to_aliases(context, server))
        whole = said.kind if said and said.kind in _GIVE_WHOLE else "dnsmasq" if pairs else ""
        forwards = server.declared.forwards or {}
        found = {o.required: public_suffix(o.answer.question.name) for o in observations}
        missing = tuple(sorted({suffix for suffix in found.values() if suffix and suffix not in forwards}))
        if not whole or whole == server.declared.kind or not missing:
            continue
        assumed = replace(server.declared, kind=whole)
        right = replace(assumed, forwards={**forwards, **dict.fromkeys(missing, (PLATFORM_RESOLVER,))})
        because = _because(server, said, pairs)
        also = tuple(right for _, right in pairs)
        for hypothesis in _tested(context, server, missing, assumed, right, observations):
            yield replace(hypothesis, because=because, also=also)


_GIVE_WHOLE = ("dnsmasq", "knot-resolver")


def _because(server: CustomServer, said: Spoken | None, pairs: Sequence[tuple[Observation, Observation]]) -> str:
    """What shows that a forwarder is of no use, and what the server says of itself."""
    told = []
    if pairs:
        form = pairs[0][1].answer.question.name
        told.append(f"Asked for {form} itself, it answers rightly: its forwarder works,")
        told.append("but it does not apply it to the target of an alias.")
    if said and said.kind:
        kind = server.declared.kind
        unlike = f", and is declared as {kind}" if kind not in ("unknown", said.kind) else ""
        told.append(f"It says that it is {said.text}{unlike}.")
        if not pairs:
            told.append("That kind does not apply a forwarder to the target of an alias.")
    return " ".join(told)


def _declared_hypotheses(context: Context, told: frozenset[Question]) -> Iterator[Hypothesis]:
    """A declared forwarder that the running server seems not to have; `told` are answers that are explained."""
    by_server: dict[CustomServer, dict[Fqdn, list[Observation]]] = {}
    for observation in contradictions(context):
        if isinstance(observation.place, CustomServer) and observation.answer.question not in told:
            for suffix in _forwarders_used(context, observation.place, observation):
                by_server.setdefault(observation.place, {}).setdefault(suffix, []).append(observation)
    for server, by_suffix in sorted(by_server.items(), key=lambda item: item[0].id):
        confirmed = [
            hypothesis
            for suffix, observations in sorted(by_suffix.items())
            for hypothesis in _tested(
                context, server, (suffix,), _lacking(server, (suffix,)), server.declared, observations
            )
        ]
        if confirmed:
            yield _joined(server, confirmed)


def _forwarders_used(context: Context, server: CustomServer, observation: Observation) -> tuple[Fqdn, ...]:
    """The forwarders of a server that its simulated answer rests on: for the name, and for the targets of its alias."""
    question = observation.answer.question
    path = context.solver.at(server, question.name, question.type)
    forwards = server.declared.forwards or {}
    asked = dict.fromkeys(hop.name for hop in path.hops if hop.at.id == server.id)
    used = (next((s for s in suffixes(name) if s in forwards), None) for name in asked)
    return tuple(dict.fromkeys(suffix for suffix in used if suffix is not None))


def _lacking(server: CustomServer, missing: tuple[Fqdn, ...]) -> DeclaredServer:
    forwards = server.declared.forwards or {}
    return replace(server.declared, forwards={s: t for s, t in forwards.items() if s not in missing})


def _joined(server: CustomServer, confirmed: list[Hypothesis]) -> Hypothesis:
    """What one server lacks is one repair."""
    missing = tuple(suffix for hypothesis in confirmed for suffix in hypothesis.suffixes)
    return replace(
        confirmed[0],
        suffixes=missing,
        assumed=_lacking(server, missing),
        proved_by=tuple(observation for hypothesis in confirmed for observation in hypothesis.proved_by),
    )


def _opaque_hypotheses(context: Context) -> Iterator[Hypothesis]:
    """A server of which nothing is declared seems to send everything to the internet."""
    by_server: dict[CustomServer, list[Observation]] = {}
    for observation in _opaque(context):
        server = _opaque_server(observation)
        if server and isinstance(observation.seen, Public) and not is_flapping(context, observation):
            by_server.setdefault(server, []).append(observation)
    for server, observations in sorted(by_server.items(), key=lambda item: item[0].id):
        assumed = replace(server.declared, forwards={})
        right = replace(server.declared, forwards={Fqdn(""): (PLATFORM_RESOLVER,)})
        names = (observation.answer.question.name for observation in observations)
        found = (public_suffix(name) for name in names)
        missing = tuple(sorted({suffix for suffix in found if suffix}))
        yield from _tested(context, server, missing, assumed, right, observations)


def servfails(context: Context) -> Mapping[tuple[str, str, Fqdn], tuple[Observation, ...]]:
    """Answers SERVFAIL to what clients ask, by server, vantage and private zone: one of each is asked about further."""
    found: dict[tuple[str, str, Fqdn], list[Observation]] = {}
    zones = {(r.expected.asked, r.type): r.expected.zone for r in context.required.requirements}
    for observation in context.observations:
        question = observation.answer.question
        zone = zones.get((question.name, question.type))
        if zone and observation.direct and observation.reached and observation.answer.rcode == "SERVFAIL":
            found.setdefault((observation.server, question.vantage, zone), []).append(observation)
    return {key: tuple(observations) for key, observations in found.items()}


def broken_by_validation(context: Context) -> tuple[Observation, ...]:
    """The SERVFAILs that validation makes: with checking disabled the same server gives the right address.

    A wrong one proves that something else is the matter as well: exempting the zone would mend nothing.
    """
    proved = {
        (o.answer.question.server, o.answer.question.vantage, o.answer.question.name)
        for o in context.unchecked
        if o.seen is not None and meets(o.seen, o.acceptable)
    }
    return tuple(
        observation
        for failures in servfails(context).values()
        if any(
            (o.answer.question.server, o.answer.question.vantage, o.answer.question.name) in proved for o in failures
        )
        for observation in failures
        if server_behind(observation) is not None
    )


def server_behind(observation: Observation) -> CustomServer | None:
    """The DNS server that gave an answer, where its network is known or it is declared."""
    return observation.place if isinstance(observation.place, CustomServer) else _opaque_server(observation)


def public_suffix(name: Fqdn) -> Fqdn | None:
    """The suffix of a service that a name lies below, if a table knows it."""
    table = table_of(name)
    return table.public_suffix(name) if table else suffix_of_zone(name)


def _opaque(context: Context) -> Iterator[Observation]:
    for observation in context.observations:
        if not observation.reached or observation.own_code:
            continue
        question = observation.answer.question
        path = context.solver.at(observation.place, question.name, question.type)
        if isinstance(path.outcome, Opaque):
            yield observation


def _opaque_server(observation: Observation) -> CustomServer | None:
    """The server behind an opaque answer, where its network is known."""
    match observation.place:
        case CustomServer(network=ArmId()) as server if server.declared.forwards is None:
            return server
        case Unknown(id=id, address=address, visible=True):
            network = ArmId(id.partition("@")[2])
            return CustomServer(id, address, network, DeclaredServer(address=address, network=network.text))
        case _:
            return None


def _tested(
    context: Context,
    server: CustomServer,
    lacking: tuple[Fqdn, ...],
    assumed: DeclaredServer,
    right: DeclaredServer,
    observations: list[Observation],
) -> Iterator[Hypothesis]:
    """The hypothesis, if it explains answers, and one of them would be acceptable without it."""
    before = context.estate.declared_servers(server.address)
    old = server.declared if server.declared in before else None
    with_it = context.after(ServerChange(id=server.id, before=old, after=assumed))
    without = context.after(ServerChange(id=server.id, before=old, after=right))
    explained = [
        o
        for o in observations
        if _is_from_the_internet(o) and isinstance(_outcome(with_it, server, assumed, o), Public)
    ]
    refuted = _wrong_behind(context, server) | _right_for_clients(context, server)
    refuted |= _right_against(context, server, with_it, assumed)
    proofs = [
        o for o in explained if meets(_outcome(without, server, right, o), o.acceptable) and o.required not in refuted
    ]
    if not proofs:
        return
    # What the repair alone would not mend is told with its own cause; behind an opaque server there is none to tell.
    rest = _rest(explained, proofs) if server.declared.forwards is not None else []
    yield Hypothesis(server=server, suffixes=lacking, assumed=assumed, right=right, proved_by=(*proofs, *rest))


def _is_from_the_internet(observation: Observation) -> bool:
    """Whether an answer can only have come from public DNS: a public address, or a denial by a public zone.

    Private DNS zones sign their denials with an SOA of azureprivatedns.net; a denial without any SOA was cut off.
    """
    if isinstance(observation.seen, Public):
        return True
    owners = [record.value for record in observation.answer.authority if record.type == "SOA"]
    return isinstance(observation.seen, NxDomain) and bool(owners) and not any(PRIVATE_ZONES in o for o in owners)


def _right_for_clients(context: Context, server: CustomServer) -> frozenset[Fqdn]:
    """The names that the server was seen to answer rightly in the form that clients ask."""
    return frozenset(
        o.required
        for o in context.observations
        if o.direct and o.reached and o.server == server.id and o.seen is not None and meets(o.seen, o.acceptable)
    )


def _right_against(
    context: Context, server: CustomServer, with_it: Context, assumed: DeclaredServer
) -> frozenset[Fqdn]:
    """The names of which the server was seen to answer some form rightly that the hypothesis sends to the internet."""
    return frozenset(
        o.required
        for o in context.observations
        if o.reached
        and o.server == server.id
        and is_right(o)
        and isinstance(_outcome(with_it, server, assumed, o), Public)
    )


def _wrong_behind(context: Context, server: CustomServer) -> frozenset[Fqdn]:
    """The names that Azure DNS in the server's own network was seen to answer wrongly.

    There the fault lies behind the server: a forwarder would change nothing.
    """
    return frozenset(
        o.required
        for o in context.observations
        if isinstance(o.place, AzureDns)
        and o.place.view == server.network
        and o.reached
        and o.seen is not None
        and not meets(o.seen, o.acceptable)
    )


def _rest(all_of: list[Observation], some: list[Observation]) -> list[Observation]:
    chosen = {observation.answer.question for observation in some}
    return [observation for observation in all_of if observation.answer.question not in chosen]


def _outcome(context: Context, server: CustomServer, declared: DeclaredServer, observation: Observation) -> Outcome:
    question = observation.answer.question
    place = replace(server, declared=declared)
    return context.solver.at(place, question.name, question.type).outcome
