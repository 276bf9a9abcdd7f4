"""Outcomes of many clients and many names: what must come out alike is worked out once.

The solver gives the path of one question. Here the places that clients ask and the names that they ask for are
put into classes by content (`behaviour`, `nameclasses`); of each pair of classes one question is solved for every
different thing that zones hold, and pairs are never written out. What is unlike all others is left to the solver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from checks.requirements import Client
from checks.resolution.azure import unseen_records
from checks.resolution.behaviour import Behaviour, Behaviours, Consulted
from checks.resolution.nameclasses import Classed, Members, NameClasses
from checks.resolution.path import Addresses, Outcome, Path
from checks.resolution.places import Inbound, Place
from checks.resolution.rules import EMPTY_NAMES_STOP_WILDCARDS, assumed
from checks.resolution.solver import Solver
from checks.resolution.zones import Alias, Found, look_up
from collectors.graph.addresses import is_address
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, relative
from collectors.graph.nodes import PrivateZone, RecordSet, VirtualHub, VirtualNetwork


class Held(NamedTuple):
    """What a zone holds of a name, but for the addresses. `shared` tells which look-ups gave the same ones."""

    kind: str
    private: bool = False
    gaps: tuple[Gap, ...] = ()
    shared: int = -1


_Shape = tuple[Held, ...]
_Answers = tuple[Addresses | None, ...]
_LookedUp = tuple[Held | None, Addresses | None]


class _Alike(NamedTuple):
    """Names of which zones hold the same, but for the addresses: one that stands for all, and all of them.

    `answers` is one for each name, or one for all of them where no zone holds anything.
    """

    some: Classed
    names: list[Fqdn]
    answers: list[_Answers]


_Sorted = tuple[Mapping[_Shape, _Alike], list[Fqdn]]
"""Names by what zones hold of them, and those that are aliases there."""

_HOLDING = (PrivateZone, RecordSet, VirtualNetwork, VirtualHub)  # what look-ups in zones rest on

_DENIED = Held("denied")
_NOTHING: _LookedUp = (_DENIED, None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes out for names of one shape: `outcome`, or else the addresses that look-up `at` gives."""

    outcome: Outcome
    at: int | None = None

    def of(self, found: Sequence[Addresses | None]) -> Outcome:
        """The outcome for a name, by what its look-ups give."""
        own = None if self.at is None else found[self.at]
        return self.outcome if own is None else own


Verdicts = tuple[Verdict, ...]
"""What comes out first, then what may come out by itself as well (see `Path.certain`)."""


class Memo:
    """Verdicts by content, handed on from change to change and from run to run; nothing in it can become stale."""

    def __init__(self) -> None:
        self._recent: dict[tuple[object, ...], Verdicts] = {}
        self._earlier: dict[tuple[object, ...], Verdicts] = {}

    def __len__(self) -> int:
        return len(self._recent.keys() | self._earlier.keys())

    def get(self, key: tuple[object, ...]) -> Verdicts | None:
        """What is known; it counts as used."""
        known = self._recent.get(key)
        if known is None and (known := self._earlier.get(key)) is not None:
            self._recent[key] = known
        return known

    def put(self, key: tuple[object, ...], verdicts: Verdicts) -> None:
        """Keep what was found out."""
        self._recent[key] = verdicts

    def next_run(self) -> None:
        """A run begins: what neither of the last two runs used is dropped."""
        self._earlier, self._recent = self._recent, {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clients and names that come out alike: by one outcome, or by `answers` of each name's own."""

    crowds: tuple[tuple[Client, ...], ...]
    names: Sequence[Fqdn]
    verdict: Verdict
    answers: Sequence[_Answers] | None = None

    @property
    def clients(self) -> Iterator[Client]:
        """The clients one by one."""
        return chain(*self.crowds)

    def __len__(self) -> int:
        """The number of pairs."""
        return sum(map(len, self.crowds)) * len(self.names)

    def outcomes(self) -> Iterator[tuple[Fqdn, Outcome]]:
        """The outcome of each name, for all the clients."""
        if self.answers is None:
            return ((name, self.verdict.outcome) for name in self.names)
        return ((name, self.verdict.of(found)) for name, found in zip(self.names, self.answers, strict=True))


class Survey:
    """What clients get for names, in one estate. Equal to what the solver says of every single pair."""

    def __init__(self, solver: Solver, memo: Memo | None = None, earlier: Survey | None = None) -> None:
        """`earlier`: the survey of the estate from which this one was made by changes."""
        self.memo = Memo() if memo is None else memo
        self.solver = solver
        self._estate = estate = solver.estate
        self._switches = frozenset(estate.declared.assumptions.items())
        self._classes = NameClasses(estate, solver.facts)
        self._doors: dict[Client, Place | None] = {}
        self._zones: dict[str, _Zone] = {}
        self._sorted: dict[tuple[Members, tuple[Consulted, ...]], _Sorted] = {}
        alike: Behaviours | None = None
        if earlier and self._switches == earlier._switches and self._classes.take_over(earlier._classes):
            alike = earlier._behaviours
            if estate.same(earlier._estate, *_HOLDING):
                self._zones, self._sorted = earlier._zones, earlier._sorted
        self._behaviours: Behaviours = Behaviours(estate, alike)

    def outcome(self, client: Client, name: Fqdn, type: str = "A") -> Outcome:
        """What the client gets from the first server of its list."""
        return self.outcomes(client, name, type)[0]

    def outcomes(self, client: Client, name: Fqdn, type: str = "A") -> tuple[Outcome, ...]:
        """What the client gets, then what else it may get by itself (see `Path.certain`)."""
        door, classed = self._door(client), self._classes.of(name, type)
        behaviour = self._behaviours.of(door, classed) if door and classed else None
        if door is None or classed is None or behaviour is None:
            return _outcomes(self.solver.path(client, name, type))
        looked_up = self._look_up(classed, behaviour.consults)
        if looked_up is None:
            return _outcomes(self.solver.path(client, name, type))
        shape, found = looked_up
        verdicts = self._verdicts(door, classed, behaviour, shape, found)
        return tuple(verdict.of(found) for verdict in verdicts)

    def groups(self, clients: Iterable[Client], names: Sequence[Fqdn], type: str = "A") -> Iterator[Group]:
        """All pairs of clients and names, each in one group."""
        by_door: dict[Place, list[Client]] = defaultdict(list)
        alone: list[Client] = []
        for client in clients:
            door = self._door(client)
            (alone if door is None else by_door[door]).append(client)
        crowds = [_Crowd(door, self._behaviours.table(door), tuple(those)) for door, those in by_door.items()]
        usual, odd = self._classes.grouped(names, type)
        for members in usual:
            yield from self._class_groups(crowds, members)
            yield from self._one_by_one(alone, members.names, type)
        if odd:
            yield from self._one_by_one((*alone, *chain(*(crowd.clients for crowd in crowds))), odd, type)

    def _class_groups(self, crowds: Sequence[_Crowd], members: Members) -> Iterator[Group]:
        """The groups of one class of names: crowds whose doors behave alike come together."""
        some = members.some
        alike: dict[Behaviour | None, list[_Crowd]] = {}
        for crowd in crowds:
            known = crowd.table.get(some.number) or self._behaviours.of(crowd.door, some)
            alike.setdefault(known, []).append(crowd)
        for behaviour, those in alike.items():
            clients = tuple(crowd.clients for crowd in those)
            if behaviour is None:
                yield from self._one_by_one(chain(*clients), members.names, some.of.type)
                continue
            shapes, aliases = self._sort(members, behaviour.consults)
            for shape, (one, names, answers) in shapes.items():
                verdict = self._verdicts(those[0].door, one, behaviour, shape, answers[0])[0]
                own = answers if verdict.at is not None else None
                yield Group(crowds=clients, names=names, verdict=verdict, answers=own)
            if aliases:
                yield from self._one_by_one(chain(*clients), aliases, some.of.type)

    def _sort(self, members: Members, consults: tuple[Consulted, ...]) -> _Sorted:
        """Names by what the consulted zones hold of them; apart those that are aliases there."""
        known = self._sorted.get((members, consults))
        if known is None:
            known = self._sorted[members, consults] = self._sort_anew(members, consults)
        return known

    def _sort_anew(self, members: Members, consults: tuple[Consulted, ...]) -> _Sorted:
        type, names = members.some.of.type, members.names
        columns = [self._zone(zone).look_up_all(members.columns[position], type) for zone, position in consults]
        touched = {number for column in columns for number in column}
        shapes: dict[_Shape, _Alike] = {}
        aliases: list[Fqdn] = []
        for number in sorted(touched):
            looked_up = _shape([column.get(number, _NOTHING) for column in columns])
            if looked_up is None:
                aliases.append(names[number])
                continue
            shape, answers = looked_up
            alike = shapes.setdefault(shape, _Alike(self._classed(names[number], type), [], []))
            alike.names.append(names[number])
            alike.answers.append(answers)
        untouched = [name for number, name in enumerate(names) if number not in touched] if touched else names
        if untouched:
            nothing = _Alike(self._classed(untouched[0], type), untouched, [(None,) * len(columns)])
            shapes[(_DENIED,) * len(columns)] = nothing
        return shapes, aliases

    def _classed(self, name: Fqdn, type: str) -> Classed:
        classed = self._classes.of(name, type)
        assert classed is not None  # it is a member of a class
        return classed

    def _one_by_one(self, clients: Iterable[Client], names: Sequence[Fqdn], type: str) -> Iterator[Group]:
        for client in clients:
            for name in names:
                outcome = self.solver.path(client, name, type).outcome
                yield Group(crowds=((client,),), names=(name,), verdict=Verdict(outcome))

    def _door(self, client: Client) -> Place | None:
        """The place a client asks, or one that stands for it; None where more than that place decides."""
        if client not in self._doors:
            first = next(iter(self.solver.places(client)), None)
            minds = isinstance(first, Inbound) and client.network and self._estate.security_rules_for(client.network)
            self._doors[client] = None if minds or first is None else self._behaviours.stand_in(first)
        return self._doors[client]

    def _zone(self, key: str) -> _Zone:
        zone = self._zones.get(key)
        if zone is None:
            zone = self._zones[key] = _Zone(self._estate, ArmId(key))
        return zone

    def _look_up(self, classed: Classed, consults: tuple[Consulted, ...]) -> tuple[_Shape, _Answers] | None:
        """What the consulted zones hold of a name, and the addresses; None for an alias."""
        type = classed.of.type
        return _shape([self._zone(zone).look_up(classed.chain[position], type) for zone, position in consults])

    def _verdicts(
        self, door: Place, classed: Classed, behaviour: Behaviour, shape: _Shape, found: _Answers
    ) -> Verdicts:
        known: Verdicts | None = behaviour.verdicts.get((classed.number, shape))
        if known is None:
            key = (classed.of, behaviour.key, self._switches, shape)
            known = self.memo.get(key)
            if known is None:
                path = self.solver.at(door, classed.chain[0], classed.of.type)
                known = tuple(Verdict(outcome, _index(found, outcome)) for outcome in _outcomes(path))
                self.memo.put(key, known)
            behaviour.verdicts[classed.number, shape] = known
        return known


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Clients that ask the same place, and what is known of its behaviours."""

    door: Place
    table: Mapping[int, Behaviour | None]
    clients: tuple[Client, ...]


def _shape(looked_up: Sequence[_LookedUp]) -> tuple[_Shape, _Answers] | None:
    if len(looked_up) == 1:
        held, answer = looked_up[0]
        return None if held is None else ((held,), (answer,))
    shape: list[Held] = []
    found: list[Addresses | None] = []
    for held, answer in looked_up:
        if held is None:
            return None
        shape.append(held._replace(shared=found.index(answer)) if answer is not None and answer in found else held)
        found.append(answer)
    return tuple(shape), tuple(found)


def _outcomes(path: Path) -> tuple[Outcome, ...]:
    return tuple(way.outcome for way in path.certain)


def _index(found: Sequence[Addresses | None], outcome: Outcome) -> int | None:
    return found.index(outcome) if isinstance(outcome, Addresses) else None


class _Zone:
    """The records of a zone, as look-ups need them."""

    def __init__(self, estate: Estate, id: ArmId) -> None:
        zone = estate.get(PrivateZone, id)
        assert zone is not None  # a linked zone was read
        self._estate = estate
        self._zone = zone
        self._records: Mapping[str, tuple[RecordSet, ...]] = estate.records_of(id)
        self._known: dict[tuple[Fqdn, str], _LookedUp] = {}
        self._stops = assumed(EMPTY_NAMES_STOP_WILDCARDS, estate.declared.assumptions)
        self._plain = not any(name.startswith("*") for name in self._records) and not estate.records_unseen(id)

    def look_up(self, name: Fqdn, type: str) -> _LookedUp:
        """What the zone holds of a name: nothing of its own for an alias."""
        if self._plain and relative(name, self._zone.name) not in self._records:
            return _NOTHING
        key = (name, type)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look_up(name, type)
        return known

    def _look_up(self, name: Fqdn, type: str) -> _LookedUp:
        found = look_up(self._records, self._zone.name, name, type, empty_names_stop=self._stops)
        gaps = unseen_records(self._estate, self._zone, found, name)
        match found:
            case Alias():
                return None, None
            case Found(record):
                private = any(is_address(v) and not self._estate.is_public(v) for v in record.values)
                return Held("found", private, gaps), Addresses(record.values)
        return Held("exists" if found.exists else "denied", gaps=gaps), None

    def look_up_all(self, names: Sequence[Fqdn], type: str) -> dict[int, _LookedUp]:
        """What the zone holds of names below it, by their number in the sequence; of the others it holds nothing."""
        numbers: Iterable[int] = range(len(names))
        if self._plain:
            records, end = self._records, -len(self._zone.name) - 1
            numbers = [number for number, name in enumerate(names) if (name[:end] or "@") in records]
        return {number: self.look_up(names[number], type) for number in numbers}
