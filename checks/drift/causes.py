"""Which change made an answer another one: changes are applied to the earlier estate until it gives the later answer.

Only changes that can bear on the two paths are tried first: what decided a hop, what holds it or hangs below it,
and others of those types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from checks.context import Context
from checks.drift.edits import Edit, below, path_ids, records_written, with_holders
from checks.resolution.path import Path
from collectors.graph.documents import AnyChange, Change
from collectors.graph.ids import ArmId

_MOST_TRIED = 64
"""Changes that are tried one by one for one pair of paths."""

_MOST_PAIRED = 12
"""Changes of which every two are tried together; and of which one by one is left out again."""

_MOST_WORLDS = 100
"""Estates after some of the changes that are kept at once."""

Explains = Callable[[Context], bool]
"""Whether an estate after some changes gives the later answer."""


class How(StrEnum):
    """How an answer is attributed: to one change, to two that must come together, to all of several, to none.

    None of the changes: what is declared besides servers, or what public DNS answers, differs.
    """

    ONE = "one"
    PAIR = "pair"
    TOGETHER = "together"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The edits because of which an answer changed."""

    how: How
    edits: tuple[Edit, ...] = ()


class Attributor:
    """Attributes answers to the edits between two looks. What was tried once is remembered by the earlier context."""

    def __init__(self, before: Context, edits: Sequence[Edit]) -> None:
        self._before = before
        self._edits = edits
        self._changes: dict[str, tuple[AnyChange, ...]] = {}
        self._by_parent: dict[str, list[Edit]] = {}
        self._by_type: dict[str, list[Edit]] = {}
        for edit in edits:
            if isinstance(edit.change, Change):
                self._by_parent.setdefault(edit.change.id.parent.key, []).append(edit)
            self._by_type.setdefault(_type(edit), []).append(edit)
        self._by_id = {edit.id.lower(): edit for edit in edits}
        self._writers = {id: edit for edit in edits for id in records_written(edit)}
        self._bearing: dict[frozenset[str], tuple[Edit, ...]] = {}

    def attribute(self, paths: Iterable[Path], client: str, explains: Explains) -> Attribution:
        """The fewest edits that explain an answer whose two paths are given."""
        tried = self._bearing_on(frozenset({client.lower(), *path_ids(paths)}))
        whole = self._explained(self._edits, explains)
        for edit in tried if whole else tried[:_MOST_PAIRED]:
            if self._explained([edit], explains):
                return Attribution(how=How.ONE, edits=(edit,))
        if not whole:
            return Attribution(how=How.OTHERWISE)
        for pair in combinations(tried[:_MOST_PAIRED], 2):
            if self._explained(pair, explains):
                return Attribution(how=How.PAIR, edits=pair)
        return self._together(tried[:_MOST_PAIRED], explains)

    def _together(self, bearing: Sequence[Edit], explains: Explains) -> Attribution:
        """Those that bear on the answer, without what is not needed; where they do not do, all of them."""
        if self._explained(bearing, explains):
            needed = list(bearing)
            for edit in bearing:
                fewer = [other for other in needed if other is not edit]
                if self._explained(fewer, explains):
                    needed = fewer
            return Attribution(how=How.TOGETHER, edits=tuple(needed))
        return Attribution(how=How.TOGETHER, edits=tuple(self._edits))

    def _explained(self, edits: Iterable[Edit], explains: Explains) -> bool:
        changes = {str(change.id).lower(): change for edit in edits for change in self._whole(edit)}
        if len(self._before.worlds) > _MOST_WORLDS:
            self._before.worlds.clear()
        return bool(changes) and explains(self._before.after(*(changes[id] for id in sorted(changes))))

    def _whole(self, edit: Edit) -> tuple[AnyChange, ...]:
        """The change with those that came or went with it."""
        known = self._changes.get(edit.id.lower())
        if known is None:
            known = tuple(one.change for one in (edit, *below(edit, self._edits)))
            self._changes[edit.id.lower()] = known
        return known

    def _bearing_on(self, ids: frozenset[str]) -> tuple[Edit, ...]:
        """The edits that can bear on paths over some objects, the nearest first; what holds others before those."""
        known = self._bearing.get(ids)
        if known is None:
            tiers = (self._writing(ids), self._near(ids), self._beside(ids), self._alike(ids), self._edits)
            found = {edit.id.lower(): edit for tier in tiers for edit in sorted(tier, key=_depth)}
            known = self._bearing[ids] = tuple(found.values())[:_MOST_TRIED]
        return known

    def _writing(self, ids: frozenset[str]) -> Iterator[Edit]:
        """The zone groups that no longer write a record of the paths, or now do."""
        return (edit for id in ids if (edit := self._writers.get(id)))

    def _near(self, ids: frozenset[str]) -> Iterator[Edit]:
        """The objects themselves, and what holds them."""
        for id in ids:
            yield from (edit for key in with_holders(id) if (edit := self._by_id.get(key)))

    def _beside(self, ids: frozenset[str]) -> Iterator[Edit]:
        """What hangs below the objects or beside them: the links of the zone that holds a record."""
        for id in ids:
            yield from (edit for key in with_holders(id) for edit in self._by_parent.get(key, ()))

    def _alike(self, ids: frozenset[str]) -> Iterator[Edit]:
        """Others of the types of what is near."""
        types = {_type_of(id) for id in ids} | {_type(edit) for edit in self._beside(ids)}
        return (edit for type in sorted(types) for edit in self._by_type.get(type, ()))


def _type_of(id: str) -> str:
    return ArmId(id).type.lower() if id.startswith("/") else id.partition(":")[0]


def _type(edit: Edit) -> str:
    return _type_of(edit.id.lower())


def _depth(edit: Edit) -> tuple[int, str]:
    return edit.id.count("/"), edit.id.lower()
