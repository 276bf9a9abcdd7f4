"""Which names are alike: nothing that was read or declared can tell them apart but the records of zones.

Names are alike when they, and the names that they are aliases of in public DNS, lie below the same suffixes of those
at which anything decides: zones, rules, forwarders, lists of domains, reserved names, gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from checks.resolution.platform import PLATFORM_SUFFIXES
from checks.resolution.rulesets import RESERVED, UNLISTED
from checks.resolution.steps import PublicDnsFacts
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, suffixes

_LONGEST_CHAIN = 8  # of aliases in public DNS; longer ones are left to the solver


class Position(NamedTuple):
    """What may decide about one name of a chain: the suffixes it lies below, longest first, and gaps about zones.

    `unknown`: nobody knows whether public DNS has an alias of it.
    """

    suffixes: tuple[Fqdn, ...]
    gaps: tuple[Gap, ...]
    unknown: bool


class NameClass(NamedTuple):
    """Names that are alike, by content: equal classes of two estates mean the same."""

    type: str
    chain: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Classed:
    """A name with its class. `chain` is the name and what it is an alias of, one name for each position.

    `number` stands for the class in the table that it comes from.
    """

    of: NameClass
    number: int
    chain: tuple[Fqdn, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Some names of one class. `columns` are their chains, position by position."""

    some: Classed
    names: list[Fqdn]
    columns: tuple[list[Fqdn], ...]


Grouped = tuple[tuple[Members, ...], tuple[Fqdn, ...]]
"""Names by class, and those that are unlike all others."""


class NameClasses:
    """The classes of the names of one estate, found when first asked for."""

    def __init__(self, estate: Estate, facts: PublicDnsFacts) -> None:
        self._estate = estate
        self._facts = facts
        self._deciding = estate.deciding_suffixes | RESERVED | UNLISTED | PLATFORM_SUFFIXES
        # with all names above: dnsmasq treats those unlike others, too
        records = (name for server in estate.declared.servers for name in server.records)
        self._own = frozenset(above for name in records for above in suffixes(name))
        self._held = frozenset(zone.name for server in estate.declared.servers for zone in server.zones)
        self._known = _Known({}, {}, {}, {}, [])

    def take_over(self, earlier: NameClasses) -> bool:
        """Take what is known in another estate, numbers included, if the same things decide there."""
        alike = self._facts == earlier._facts and self._deciding == earlier._deciding and self._own == earlier._own
        alike = alike and self._held == earlier._held
        if alike and self._estate.gaps == earlier._estate.gaps:
            self._known = earlier._known
            return True
        return False

    def of(self, name: Fqdn, type: str) -> Classed | None:
        """The class of a name; None for one that is unlike all others: the solver alone can tell what it gets."""
        key = (name, type)
        if key not in self._known.classed:
            self._known.classed[key] = self._find(name, type)
        return self._known.classed[key]

    def grouped(self, names: Sequence[Fqdn], type: str) -> Grouped:
        """Names by class. Asked for the very same sequence again, it answers at once."""
        for last, of_type, grouped in self._known.last:
            if last is names and of_type == type:
                return grouped
        groups: dict[int, list[Classed]] = {}
        odd: list[Fqdn] = []
        for name in names:
            classed = self.of(name, type)
            if classed is None:
                odd.append(name)
            else:
                groups.setdefault(classed.number, []).append(classed)
        grouped = tuple(map(_members, groups.values())), tuple(odd)
        self._known.last[:] = [(names, type, grouped)]
        return grouped

    def _find(self, name: Fqdn, type: str) -> Classed | None:
        chain = self._chain(name)
        if chain is None or not self._own.isdisjoint(chain) or any(map(self._is_held, chain)):
            return None
        found = NameClass(type, tuple([self._position(one) for one in chain]))
        if not all(PLATFORM_SUFFIXES.isdisjoint(position.suffixes) for position in found.chain):
            return None
        return Classed(found, self._known.numbers.setdefault(found, len(self._known.numbers)), chain)

    def _is_held(self, name: Fqdn) -> bool:
        """Whether a server holds the zone of a name itself: names of one zone are not alike."""
        return bool(self._held) and not self._held.isdisjoint(suffixes(name))

    def _chain(self, name: Fqdn) -> tuple[Fqdn, ...] | None:
        chain = [name]
        while (target := self._facts.chains.get(chain[-1])) is not None:
            if target in chain or len(chain) > _LONGEST_CHAIN:
                return None
            chain.append(target)
        return tuple(chain)

    def _position(self, name: Fqdn) -> Position:
        known = self._known.positions.get(name)
        if known is None:
            unknown = name in self._facts.unknown
            met = tuple([suffix for suffix in suffixes(name) if suffix in self._deciding])
            known = self._known.met.get((met, unknown))
            if known is None:
                known = Position(met, self._estate.zones_unseen(name), unknown)
                self._known.met[met, unknown] = known
            self._known.positions[name] = known
        return known


class _Known(NamedTuple):
    """What was found out; estates in which the same things decide about names share it."""

    classed: dict[tuple[Fqdn, str], Classed | None]
    numbers: dict[NameClass, int]
    positions: dict[Fqdn, Position]
    met: dict[tuple[tuple[Fqdn, ...], bool], Position]
    last: list[tuple[Sequence[Fqdn], str, Grouped]]


def _members(all_of: list[Classed]) -> Members:
    columns = tuple([classed.chain[position] for classed in all_of] for position in range(len(all_of[0].chain)))
    return Members(all_of[0], columns[0], columns)
