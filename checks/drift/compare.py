"""The answers of required names in two looks, each difference with the change that made it, and moved expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.diagnosis.blind import blinding
from checks.disagreement import seen_of
from checks.drift.causes import Attribution, Attributor
from checks.drift.edits import Edit, edits_between
from checks.finding import Seen
from checks.requirements import Client, Requirement
from checks.resolution.path import Opaque, Outcome, Path
from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import NetworkInterface, VirtualNetwork

_Key = tuple[str, Fqdn, str]
"""Client, name, type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChange:
    """A required name that a client would get another answer for; `expected` are the addresses that are right.

    `before` and `after` hold what it gets, then what else it may get by itself.
    """

    client: Client
    name: Fqdn
    type: str
    before: tuple[Seen, ...]
    after: tuple[Seen, ...]
    expected_before: tuple[str, ...]
    expected_after: tuple[str, ...]
    path_before: Path
    path_after: Path
    because: Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomparable:
    """A required name whose way leads, in one look or in both, into something that could not be read."""

    client: Client
    name: Fqdn
    type: str
    because: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Move:
    """Other addresses than before are expected of an endpoint for a name; none: the name came or went."""

    endpoint: ArmId
    name: Fqdn
    type: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ObservedChange:
    """A server gave another live answer than before, though the model says the same of the name in both looks."""

    name: Fqdn
    type: str
    server: str
    vantage: str
    before: Seen
    after: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Everything that differs between two looks. `compared` counts the pairs of client and name in both."""

    edits: tuple[Edit, ...]
    answers: tuple[AnswerChange, ...]
    incomparable: tuple[Incomparable, ...]
    moves: tuple[Move, ...]
    observed: tuple[ObservedChange, ...]
    came: tuple[Client, ...]
    """Clients that only the later look has."""
    went: tuple[Client, ...]
    compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One client and name, required in either look, and what both looks say of it."""

    requirements: tuple[Requirement | None, Requirement | None]
    clients: tuple[Client, Client]
    asked: Fqdn
    outcomes: tuple[tuple[Outcome, ...], tuple[Outcome, ...]]

    @property
    def requirement(self) -> Requirement:
        """The later one, if there is one."""
        before, after = self.requirements
        found = after or before
        assert found is not None  # one of both is there
        return found

    @property
    def unread(self) -> tuple[Gap, ...]:
        """The gaps that the question ends in, in either look."""
        found = (o.gaps for outcomes in self.outcomes for o in outcomes if isinstance(o, Opaque))
        return tuple(sorted({gap for gaps in found for gap in gaps}))


def drift_between(before: Context, after: Context) -> Drift:
    """Compare two looks; for every required pair of client and name both estates are simulated."""
    edits = edits_between(before.estate, after.estate)
    pairs, came, went = _pairs(before, after)
    attributor = Attributor(before, edits)
    unread = [pair for pair in pairs if pair.unread]
    known = [pair for pair in pairs if not pair.unread]
    answers = tuple(_change(before, after, pair, attributor) for pair in known if _differs(*pair.outcomes))
    simulated = {answer.name for answer in answers}
    return Drift(
        edits=edits,
        answers=answers,
        incomparable=tuple(map(_incomparable, unread)),
        moves=tuple(moves_between(before, after)),
        observed=tuple(change for change in _observed(before, after) if change.name not in simulated),
        came=came,
        went=went,
        compared=len(known),
    )


def _pairs(before: Context, after: Context) -> tuple[list[_Pair], tuple[Client, ...], tuple[Client, ...]]:
    """The pairs whose client is in both looks, and the clients that are in one only."""
    old, new = _by_key(before), _by_key(after)
    clients = _clients(before), _clients(after)
    pairs: list[_Pair] = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        some = now or was
        assert some is not None  # the key is of one of both
        own = tuple(known.get(key[0], some.client) for known in clients)
        if _is_there(before, own[0]) and _is_there(after, own[1]):
            asked, type = some.expected.asked, some.type
            outcomes = (before.survey.outcomes(own[0], asked, type), after.survey.outcomes(own[1], asked, type))
            pairs.append(_Pair(requirements=(was, now), clients=(own[0], own[1]), asked=asked, outcomes=outcomes))
    came = tuple(c for key, c in sorted(clients[1].items()) if not _is_there(before, clients[0].get(key, c)))
    went = tuple(c for key, c in sorted(clients[0].items()) if not _is_there(after, clients[1].get(key, c)))
    return pairs, came, went


def _by_key(context: Context) -> Mapping[_Key, Requirement]:
    """What is required, by client, name and type. Services that have a name in common are one."""
    return {(r.client.id.lower(), r.name, r.type): r for r in context.required.requirements}


def _clients(context: Context) -> Mapping[str, Client]:
    return {client.id.lower(): client for client in context.required.clients}


def _is_there(context: Context, client: Client) -> bool:
    """Whether the estate has the client, or may have it where it could not look."""
    estate = context.estate
    if client.site:
        return estate.site(client.site) is not None
    if client.interface and not estate.get(NetworkInterface, client.interface):
        return bool(estate.unread("network-interface", client.interface))
    network = client.network
    return network is None or bool(estate.get(VirtualNetwork, network) or estate.unread("virtual-network", network))


def _differs(before: tuple[Outcome, ...], after: tuple[Outcome, ...]) -> bool:
    return _told(before) != _told(after)


def _told(outcomes: tuple[Outcome, ...]) -> tuple[Seen, frozenset[Seen]]:
    """What counts of outcomes: neither the order of addresses, nor the words in which a dead end is told."""
    first, *others = map(_plain, outcomes)
    return first, frozenset(others)


def _plain(outcome: Outcome) -> Seen:
    seen = seen_of(outcome)
    return Seen(seen.outcome, tuple(sorted(seen.addresses)))


def _change(before: Context, after: Context, pair: _Pair, attributor: Attributor) -> AnswerChange:
    requirement, (own, other) = pair.requirement, pair.clients
    path_before = before.solver.path(own, pair.asked, requirement.type)
    path_after = after.solver.path(other, pair.asked, requirement.type)
    wanted = _told(pair.outcomes[1])

    def explains(world: Context) -> bool:
        return _told(world.survey.outcomes(own, pair.asked, requirement.type)) == wanted

    was, now = pair.requirements
    return AnswerChange(
        client=other,
        name=requirement.name,
        type=requirement.type,
        before=tuple(map(_plain, pair.outcomes[0])),
        after=tuple(map(_plain, pair.outcomes[1])),
        expected_before=was.acceptable if was else (),
        expected_after=now.acceptable if now else (),
        path_before=path_before,
        path_after=path_after,
        because=attributor.attribute((path_before, path_after), other.id, explains),
    )


def _incomparable(pair: _Pair) -> Incomparable:
    requirement = pair.requirement
    return Incomparable(client=pair.clients[1], name=requirement.name, type=requirement.type, because=pair.unread)


def _observed(before: Context, after: Context) -> Iterator[ObservedChange]:
    """The live answers to required names that differ, sorted. Silence is no answer."""
    old, new = _live(before), _live(after)
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        if was != now:
            name, type, server, vantage = key
            yield ObservedChange(name=name, type=type, server=server, vantage=vantage, before=was, after=now)


def _live(context: Context) -> Mapping[tuple[Fqdn, str, str, str], Seen]:
    """What believed vantages saw, by required name, type, server and vantage."""
    found: dict[tuple[Fqdn, str, str, str], Seen] = {}
    for observation in context.observations:
        question = observation.answer.question
        if observation.seen is not None and observation.direct and observation.reached:
            key = (observation.required, question.type, question.server, question.vantage)
            found[key] = _plain(observation.seen)
    return found


def moves_between(before: Context, after: Context) -> Iterator[Move]:
    """The expected addresses that moved, sorted. A name that a look may only not have seen did not come or go."""
    old, new = _expected(before), _expected(after)
    blind = any(blinding(before.estate)), any(blinding(after.estate))
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, ()), new.get(key, ())
        if was != now and not (blind[0] and not was) and not (blind[1] and not now):
            yield Move(endpoint=key[0], name=key[1], type=key[2], before=was, after=now)


def _expected(context: Context) -> Mapping[tuple[ArmId, Fqdn, str], tuple[str, ...]]:
    return {
        (record.endpoint, record.name, record.type): tuple(sorted(record.addresses))
        for record in context.required.records
    }
