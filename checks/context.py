"""What a check may look at, and the solver of an estate: everything is frozen, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from checks.controls import control_of
from checks.names.expected import Role, all_services, expect_records
from checks.requirements import Client, Required, Requirement, servers_of
from checks.resolution.path import Addresses, Blocked, NoData, NxDomain, Outcome, Path, Public
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    Unknown,
    server_at,
)
from checks.resolution.rules import PUBLIC_CHAIN_FROM_TABLE, assumed
from checks.resolution.solver import Solver
from checks.resolution.survey import Survey
from collectors.graph.answers import Answer, Question
from collectors.graph.connections import Connection
from collectors.graph.declared import Vantage
from collectors.graph.documents import AnyChange, Change
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under
from collectors.graph.workspace_diagnosis import WorkspaceDiagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAliases:
    """What answers of public resolvers said about public names: aliases seen, and names seen without one."""

    seen: Mapping[Fqdn, Fqdn] = field(default_factory=dict)
    denied: frozenset[Fqdn] = frozenset()
    only_ipv4: frozenset[Fqdn] = frozenset()
    """Names that have no IPv6 address in public DNS."""
    resolved: frozenset[Fqdn] = frozenset()
    """Names that an alias leads to a public address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNames:
    """What is to be expected of public names before anybody is asked.

    `aliases` are those that the interfaces of approved endpoints imply. `unknown` are names of which nobody knows
    whether they are aliases: those of compute instances.
    """

    aliases: Mapping[Fqdn, Fqdn]
    unknown: frozenset[Fqdn]


_NAMING_TYPES = frozenset(
    {
        "privateendpoints",
        "networkinterfaces",
        "privatednszonegroups",
        "workspaces",
        "computes",
        "onlineendpoints",
        "registries",
    }
)


def public_names(estate: Estate) -> PublicNames:
    """Gather the public names of everything that has a private endpoint."""
    aliases: dict[Fqdn, Fqdn] = {}
    unknown: set[Fqdn] = set()
    for service in all_services(estate):
        for record in expect_records(estate, service):
            if record.role in (Role.INSTANCE, Role.INSTANCE_PORT):
                unknown.add(record.name)
            elif record.approved and record.zone:
                aliases.update({record.name: record.private_name, record.asked: record.asked_private})
                aliases[record.public_form] = record.private_name
    return PublicNames(aliases=aliases, unknown=frozenset(unknown))


def public_aliases(estate: Estate, required: Required, answers: Sequence[Answer], public: PublicNames) -> PublicAliases:
    """Read the aliases out of the answers of public resolvers.

    A resolver that a required client asks is no public one, whatever it was listed as: inside a network this
    machine's resolver often is the very server to be judged. A name without an alias is only held against the
    table while its endpoint is approved: a pending connection has no alias yet, and gets one by being approved.
    """
    resolvers = public_resolvers(estate, required)
    seen: dict[Fqdn, Fqdn] = {}
    denied: set[Fqdn] = set()
    only_ipv4: set[Fqdn] = set()
    resolved: set[Fqdn] = set()
    for answer in answers:
        if answer.question.server not in resolvers or not answer.rcode:
            continue
        name = answer.question.name
        if answer.question.type == "AAAA" and answer.rcode in ("NOERROR", "NXDOMAIN") and not answer.addresses:
            only_ipv4.add(name)
        awaited = name in public.aliases or name in public.unknown
        if answer.chain:
            seen[name] = answer.chain[0]
            resolved.update({name} if answer.addresses and all(map(estate.is_public, answer.addresses)) else ())
        elif awaited and answer.addresses and all(map(estate.is_public, answer.addresses)):
            denied.add(name)  # a private address, or none, may come from a zone in front of the resolver
    return PublicAliases(
        seen=seen,
        denied=frozenset(denied - seen.keys()),
        only_ipv4=frozenset(only_ipv4),
        resolved=frozenset(resolved),
    )


def public_resolvers(estate: Estate, required: Required) -> frozenset[str]:
    """The resolvers whose answers tell what is public."""
    own = {server for client in required.clients for server in servers_of(estate, client)}
    return frozenset(estate.declared.public_resolvers) - own


def make_solver(estate: Estate, aliases: PublicAliases, public: PublicNames | None = None) -> Solver:
    """The solver of an estate, with the public aliases that are seen or assumed."""
    expected = public or public_names(estate)
    open_names = {name: target for name, target in expected.aliases.items() if name not in aliases.denied}
    from_table = assumed(PUBLIC_CHAIN_FROM_TABLE, estate.declared.assumptions)
    chains = {**(open_names if from_table else {}), **aliases.seen}
    unknown = (frozenset(open_names) | expected.unknown) - chains.keys() - aliases.denied
    return Solver(estate, chains, frozenset(aliases.seen), unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An answer with its meaning: where it was asked, what was seen, and whether the vantage must be believed.

    `seen` is None when no usable answer came. `acceptable` are the addresses that would have been right.
    """

    answer: Answer
    place: Place
    seen: Outcome | None
    reached: bool
    acceptable: tuple[str, ...]
    required: Fqdn
    """The required name that the question is about."""
    direct: bool
    """Whether clients ask this very question; the private-link form is asked for proof only."""
    own_code: bool = False
    """Whether a finding of its own tells what is wrong with the name."""

    @property
    def server(self) -> str:
        """The server's id as fingerprints know it."""
        match self.place:
            case CustomServer(id=id) | Unknown(id=id):
                return id
            case AzureDns(view=ArmId() as view) | Inbound(view=ArmId() as view) | FirewallProxy(view=view):
                return f"server:{self.answer.question.server}@{view.text}"
            case _:
                return f"server:{self.answer.question.server}@internet"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Lapsed:
    """A waiver or an acknowledgement without effect: it is over, or there is nothing (any more) that it is about.

    `word` is `waiver` or `acknowledged`, as in the configuration. `meets`: how many findings or gaps count again.
    """

    word: str
    number: int
    name: str
    reason: str
    owner: str = ""
    over_since: date | None = None
    meets: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Crash:
    """A check that failed: its code and what it failed with."""

    code: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was known at an earlier look, to compare with.

    `neighbours`: what changed on the path of a name is told even where the answer is the same. `memo` is the
    comparison's own.
    """

    context: Context
    neighbours: bool = False
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that is known when judging."""

    estate: Estate
    required: Required
    solver: Solver
    survey: Survey
    aliases: PublicAliases
    public: PublicNames
    observations: tuple[Observation, ...]
    """The latest answer to each question."""
    repeated: Mapping[Question, tuple[Observation, ...]]
    """All answers in their order, where a question was asked again."""
    by_name: Mapping[Fqdn, tuple[Observation, ...]]
    """The observations again, by the name that was asked."""
    unchecked: tuple[Observation, ...]
    """What servers answer with checking disabled (RFC 4035 section 3.2.2): no client gets that, it only proves."""
    controls: Mapping[Fqdn, tuple[Observation, ...]]
    """Answers to negative controls, by name: nothing of ours is acceptable there."""
    public_controls: Mapping[Fqdn, tuple[str, ...]]
    """The addresses that public resolvers gave for them."""
    over_tcp: tuple[Observation, ...]
    """What servers that said nothing over UDP said over TCP."""
    of_themselves: tuple[Answer, ...]
    """What servers say of themselves (class CH), whoever asks."""
    over_ipv6: tuple[Observation, ...]
    """Answers about IPv6 addresses of names that must have IPv4 addresses only: none is acceptable."""
    now: datetime
    connections: tuple[Connection, ...] = ()
    """Connections that were tried to addresses that names must lead to."""
    diagnoses: tuple[WorkspaceDiagnosis, ...] = ()
    """What Azure says of workspaces where it was asked to diagnose them."""
    crashes: tuple[Crash, ...] = ()
    lapsed: tuple[Lapsed, ...] = ()
    """Waivers and acknowledgements that have no effect any more; known when everything else is judged."""
    baseline: Baseline | None = None
    """The look that this one is compared with, if there is one."""
    worlds: dict[str, Context] = field(default_factory=dict, compare=False, repr=False)
    """The contexts after changes that were already tried from here, by the content of the changes."""

    def after(self, *changes: AnyChange) -> Context:
        """The same knowledge about the estate after some changes."""
        key = "\n".join(f"{change.id} {change.after}" for change in changes)
        known = self.worlds.get(key)
        if known is None:
            estate = self.estate.with_changes(*changes)
            solver, public = self.solver.changed(estate), self.public
            if any(map(_changes_names, changes)):
                public = public_names(estate)
                solver = make_solver(estate, self.aliases, public)
            survey = Survey(solver, self.survey.memo, self.survey)
            known = replace(self, estate=estate, solver=solver, survey=survey, public=public, worlds={})
            self.worlds[key] = known
        return known

    def places(self, client: Client) -> tuple[Place, ...]:
        """What stands at the addresses that a client asks, in order."""
        return self.solver.places(client)

    def about(self, requirement: Requirement) -> tuple[Observation, ...]:
        """The answers that a requirement's client would have got: of its first server, to its own question."""
        first = self.places(requirement.client)[:1]
        name = requirement.expected.asked
        return tuple(o for o in self.by_name.get(name, ()) if o.place in first)

    def concerned(self, observation: Observation) -> tuple[Requirement, ...]:
        """The requirements that an answer is about: clients of that server, or whose path ends in that view."""
        name, place = observation.answer.question.name, observation.place
        return tuple(
            requirement
            for requirement in self.required.requirements
            if name in (requirement.expected.asked, requirement.expected.asked_private)
            and (
                place in self.places(requirement.client)
                or (isinstance(place, AzureDns) and self.path(requirement).view == place.view.text)
            )
        )

    def outcomes(self, requirement: Requirement) -> tuple[Outcome, ...]:
        """What a requirement's client would get, then what else by itself: the outcomes of `path`, sooner."""
        return self.survey.outcomes(requirement.client, requirement.expected.asked, requirement.type)

    def path(self, requirement: Requirement) -> Path:
        """What a requirement's client would get, step by step."""
        return self.solver.path(requirement.client, requirement.expected.asked, requirement.type)


def _changes_names(change: AnyChange) -> bool:
    """Whether a change bears on which names there are: deriving them anew costs as much as a whole judgement."""
    return isinstance(change, Change) and change.id.type.lower().rpartition("/")[2] in _NAMING_TYPES


def make_context(estate: Estate, required: Required, answers: Sequence[Answer], now: datetime) -> Context:
    """Everything that is known about an estate, made from what was read and answered, in whatever order it came."""
    answers = sorted(answers, key=_order)
    public = public_names(estate)
    aliases = public_aliases(estate, required, answers, public)
    solver = make_solver(estate, aliases, public)
    plain, repeated = _latest([a for a in answers if _is_plain(a.question)])
    observations = observe(estate, required, plain)
    by_name: dict[Fqdn, tuple[Observation, ...]] = {}
    for observation in observations:
        name = observation.answer.question.name
        by_name[name] = (*by_name.get(name, ()), observation)
    return Context(
        estate=estate,
        required=required,
        solver=solver,
        survey=Survey(solver),
        aliases=aliases,
        public=public,
        observations=observations,
        repeated={question: observe(estate, required, history) for question, history in repeated.items()},
        by_name=by_name,
        unchecked=observe(estate, required, [a for a in answers if a.question.checking_disabled]),
        controls=_controls(estate, required, plain),
        public_controls=_public_controls(estate, required, plain),
        over_tcp=observe(estate, required, [a for a in answers if a.question.transport == "tcp"]),
        of_themselves=tuple(a for a in answers if a.question.dns_class == "CH"),
        over_ipv6=tuple(_observations(estate, required, plain, _only_ipv4(required))),
        now=now,
    )


def _controls(estate: Estate, required: Required, answers: Sequence[Answer]) -> Mapping[Fqdn, tuple[Observation, ...]]:
    names = {control for requirement in required.requirements if (control := control_of(requirement))}
    subjects = {(name, "A"): _Subject(name, True, set()) for name in names}
    found: dict[Fqdn, tuple[Observation, ...]] = {}
    for observation in _observations(estate, required, answers, subjects):
        found[observation.required] = (*found.get(observation.required, ()), observation)
    return found


def _public_controls(estate: Estate, required: Required, answers: Sequence[Answer]) -> Mapping[Fqdn, tuple[str, ...]]:
    names = {control for requirement in required.requirements if (control := control_of(requirement))}
    resolvers = public_resolvers(estate, required)
    return {
        answer.question.name: answer.addresses
        for answer in answers
        if answer.question.name in names and answer.question.server in resolvers and answer.addresses
    }


def _latest(answers: Sequence[Answer]) -> tuple[list[Answer], dict[Question, list[Answer]]]:
    """The last answer to each question, and all of them where it was asked again. Silence does not undo an answer."""
    histories: dict[Question, list[Answer]] = {}
    for answer in answers:
        question = replace(answer.question, again=0)
        histories.setdefault(question, []).append(replace(answer, question=question))
    latest = [next((a for a in reversed(history) if a.rcode), history[-1]) for history in histories.values()]
    return latest, {question: history for question, history in histories.items() if len(history) > 1}


def _is_plain(question: Question) -> bool:
    """Whether a client would ask the same way."""
    return not question.checking_disabled and not question.transport and question.dns_class == "IN"


def _order(answer: Answer) -> tuple[Question, datetime]:
    return answer.question, answer.asked_at


def observe(estate: Estate, required: Required, answers: Sequence[Answer]) -> tuple[Observation, ...]:
    """Every answer about a required name, except those of public resolvers."""
    return tuple(_observations(estate, required, answers, _subjects(required)))


def observe_name(
    estate: Estate, required: Required, answers: Sequence[Answer], name: Fqdn, type: str
) -> tuple[Observation, ...]:
    """Every answer about one name, whether anybody requires it or not."""
    ordered = sorted((answer for answer in answers if _is_plain(answer.question)), key=_order)
    return tuple(_observations(estate, required, ordered, {(name, type): _Subject(name, True, set())}))


def _observations(
    estate: Estate, required: Required, answers: Sequence[Answer], subjects: Mapping[tuple[Fqdn, str], _Subject]
) -> Iterator[Observation]:
    resolvers = public_resolvers(estate, required)
    vantages = {vantage.name: vantage for vantage in estate.declared.vantages}
    for answer in answers:
        question = answer.question
        subject = subjects.get((question.name, question.type))
        if subject is None or question.server in resolvers:
            continue
        vantage = vantages.get(question.vantage, Vantage(name=question.vantage))
        place = place_from(estate, vantage, question.server)
        if isinstance(place, PublicDns):
            continue
        outcome = seen(estate, answer)
        own_azure_dns = isinstance(place, AzureDns) and outcome is not None  # its silence may be our being elsewhere
        yield Observation(
            answer=answer,
            place=place,
            seen=outcome,
            reached=question.server in vantage.reaches or own_azure_dns,
            acceptable=tuple(sorted(subject.addresses)),
            required=subject.required,
            direct=subject.direct,
            own_code=subject.own_code,
        )


@dataclass(slots=True)
class _Subject:
    """What a question is about: the required name, whether it is asked as clients do, and its right addresses."""

    required: Fqdn
    direct: bool
    addresses: set[str]
    own_code: bool = False


def _subjects(required: Required) -> dict[tuple[Fqdn, str], _Subject]:
    """Every name that is asked, in its public and in its private-link form."""
    found: dict[tuple[Fqdn, str], _Subject] = {}
    for requirement in required.requirements:
        for record in requirement.why:
            for name, direct in ((record.asked, True), (record.asked_private, False)):
                own = requirement.has_own_code
                subject = found.setdefault((name, record.type), _Subject(record.name, direct, set(), own))
                subject.addresses.update(record.addresses)
    return found


def _only_ipv4(required: Required) -> dict[tuple[Fqdn, str], _Subject]:
    """What asks for IPv6 addresses of the names that have an endpoint with IPv4 addresses only."""
    return {
        (requirement.expected.asked, "AAAA"): _Subject(requirement.name, True, set(), requirement.has_own_code)
        for requirement in required.only_ipv4
    }


def place_from(estate: Estate, vantage: Vantage, server: str) -> Place:
    """What stands at a server's address, seen from a vantage."""
    networks = estate.find_networks(vantage.view) if vantage.view else ()
    near = networks[0].id if len(networks) == 1 else None
    return server_at(estate, server, near)


_BLOCKED = "azuredns.invalid"  # where a DNS security policy sends a name that it blocks


def seen(estate: Estate, answer: Answer) -> Outcome | None:
    """What an answer amounts to; None when nothing usable came (silence, SERVFAIL, REFUSED).

    A policy blocks a name by an alias that leads nowhere; some servers deny the alias's target by themselves.
    """
    if answer.rcode not in ("NOERROR", "NXDOMAIN"):
        return None
    if any(is_under(target, _BLOCKED) for target in answer.chain):
        return Blocked()
    if answer.rcode == "NXDOMAIN":
        return NxDomain()
    addresses = answer.addresses
    if not addresses:
        return NoData()
    if all(estate.is_public(address) for address in addresses):
        return Public()
    return Addresses(addresses)


def agrees(simulated: Outcome, observed: Outcome) -> bool:
    """Whether an observation is what the model predicts; the internet may also answer with nothing."""
    match simulated:
        case Public():
            return not isinstance(observed, Addresses)
        case Addresses():
            return isinstance(observed, Addresses) and set(observed.addresses) == set(simulated.addresses)
        case _:
            return type(simulated) is type(observed)


def meets(outcome: Outcome, acceptable: tuple[str, ...]) -> bool:
    """Whether an outcome gives acceptable addresses and no others."""
    return isinstance(outcome, Addresses) and bool(outcome.addresses) and set(outcome.addresses) <= set(acceptable)
