"""How a former reading fills what this run did not ask for. What this run did ask, it alone tells.

Pure. Only a zone's counts and etag let lists be skipped. No other parent's would do: an etag stands for the one
resource that carries it, nothing documented says that it covers what is listed below, and workspaces have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from collectors.arm.kinds import KINDS, children
from collectors.graph.documents import Document, Gap, Reason

Place = tuple[str, str]
"""A question: a kind's name and, in lower case, the id below which it is listed, or of the one resource asked for."""

_SUBSCRIPTION, _ZONE = "subscription", "private-dns-zone"
_COUNTS: Mapping[str, str] = {"record-set": "numberOfRecordSets", "zone-link": "numberOfVirtualNetworkLinks"}
_ORDER = {name: number for number, name in enumerate(KINDS)}  # parents first


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What is known in the end; `taken` counts the documents of the former reading in it."""

    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    taken: int


class Former:
    """A former reading of everything. Lists that it read before `oldest` it does not know any more.

    `removed` are the paths that it did not keep of its documents, by kind.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        gaps: Iterable[Gap],
        oldest: datetime,
        removed: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.removed = removed
        self.documents = {document.id.key: document for document in documents if document.kind in KINDS}
        self.gaps: dict[str, list[Gap]] = defaultdict(list)
        for gap in gaps:
            self.gaps[gap.kind].append(gap)
        self.places: dict[Place, list[Document]] = defaultdict(list)
        self._stale: set[Place] = set()
        for document in self.documents.values():
            place = self._place(document)
            self.places[place].append(document)
            if document.read_at is None or document.read_at < oldest:
                self._stale.add(_read_together(place))

    def knows(self, place: Place) -> bool:
        """Whether a list was read, and lately enough."""
        return _read_together(place) not in self._stale and place[1] in self.documents

    def gaps_in(self, kind: str, scope: str) -> Iterator[Gap]:
        """The gaps that may hide something of a kind in a scope."""
        return (gap for gap in self.gaps[kind] if _overlap(_key(gap), scope))

    def _place(self, document: Document) -> Place:
        kind = KINDS[document.kind]
        if kind.by_reference:
            return kind.name, document.id.key
        if kind.parent == _SUBSCRIPTION:
            return kind.name, f"/subscriptions/{document.id.subscription}"
        above = (self.documents.get(key) for key in _upwards(document.id.key))  # a record's name may hold slashes
        return kind.name, next((found.id.key for found in above if found and found.kind == kind.parent), "")


def unchanged(zone: Document, former: Former) -> bool:
    """Whether the links and records of a zone need not be read again: its counts and its etag are what they were.

    Neither need tell of an address that was changed in place; whoever reuses accepts that. Where the former reading
    holds another number of documents than the zone counts, something changed while it was read.
    """
    before = former.documents.get(zone.id.key)
    if zone.kind != _ZONE or before is None or before.kind != _ZONE:
        return False
    etag = zone.body.get("etag")
    if not (etag and isinstance(etag, str) and etag == before.body.get("etag")):
        return False
    for kind, count in _COUNTS.items():
        place = (kind, zone.id.key)
        known = len(former.places.get(place, ()))
        if {_number(zone, count), _number(before, count)} != {known}:
            return False
        if not former.knows(place) or any(former.gaps_in(kind, zone.id.key)):
            return False
    return ("record-set", zone.id.key) in former.places  # every zone has its SOA: none read is no reading


def not_asked(zone: Document) -> Iterator[Gap]:
    """What is left to fill of a zone whose links and records are not asked for."""
    for kind in children(zone.kind):
        detail = "its counts and its etag are what they were when it was read last"
        yield Gap(kind=kind.name, scope=zone.id.text, reason=Reason.NOT_ASKED, detail=detail)


def is_whole(documents: Iterable[Document], asked: Collection[Place]) -> bool:
    """Whether a run asked for every list of every subscription that it saw. What failed was asked for too."""
    subscriptions = [document.id.key for document in documents if document.kind == _SUBSCRIPTION]
    return all((kind.name, key) in asked for key in subscriptions for kind in children(_SUBSCRIPTION))


def fill(documents: Iterable[Document], gaps: Iterable[Gap], asked: Collection[Place], former: Former) -> Filled:
    """Put in the place of `not asked` gaps what a former reading knew: its documents, and its own gaps.

    `asked` are this run's questions: what one of them did not bring any more is gone, and does not come back.
    """
    own = tuple(gaps)
    filling = _Filling(documents, own, asked, former)
    filling.take()
    return Filled(
        documents=tuple(sorted(filling.known.values(), key=lambda document: (document.kind, document.id.key))),
        gaps=tuple(sorted({*filling.left(own), *filling.brought()})),
        taken=len(filling.taken),
    )


class _Filling:
    """One filling. `known` begins as what this run read, and grows by what is `taken`; both by key."""

    def __init__(
        self, documents: Iterable[Document], gaps: Iterable[Gap], asked: Collection[Place], former: Former
    ) -> None:
        self.known = {document.id.key: document for document in documents}
        self.taken: set[str] = set()
        self._asked = asked
        self._former = former
        self._open: dict[str, set[str]] = defaultdict(set)
        for gap in gaps:
            if _is_open(gap):
                self._open[gap.kind].add(_key(gap))

    def take(self) -> None:
        """Take what is open, parents before what is listed below them."""
        for place in sorted(self._former.places, key=lambda place: (_ORDER[place[0]], place[1])):
            for document in self._former.places[place] if self._is_fillable(place) else ():
                key = document.id.key
                if key not in self.known and (place[0], key) not in self._asked and self._is_wanted(place, key):
                    self.known[key] = document
                    self.taken.add(key)

    def _is_fillable(self, place: Place) -> bool:
        kind, scope = KINDS[place[0]], place[1]
        if kind.parent is None or not scope or place in self._asked:
            return False
        owner = "/".join(scope.split("/")[:3]) if kind.by_reference else scope
        return owner in self.known and self._former.knows(place)

    def _is_wanted(self, place: Place, key: str) -> bool:
        """Below what was taken everything is; elsewhere what this run left open."""
        scopes = self._open[place[0]]
        return place[1] in self.taken or "" in scopes or any(above in scopes for above in _upwards(key))

    def left(self, gaps: Iterable[Gap]) -> Iterator[Gap]:
        """This run's gaps, as far as they are not filled."""
        parents: dict[Place, list[Document]] = defaultdict(list)
        for document in self.known.values():
            parents[document.kind, document.id.subscription].append(document)
            parents[document.kind, ""].append(document)
        for gap in gaps:
            if not _is_open(gap):
                yield gap
            elif KINDS[gap.kind].by_reference:  # never listed: only what was taken is known
                yield from () if _key(gap) in self.taken else (gap,)
            else:
                yield from self._unread_lists(gap, parents)

    def _unread_lists(self, gap: Gap, parents: Mapping[Place, list[Document]]) -> Iterator[Gap]:
        """The lists of an open gap that nobody read: of a new zone, for instance, in a subscription that is known."""
        scope, kind = _key(gap), KINDS[gap.kind]
        if scope and scope not in self.known:
            yield gap
            return
        subscription = scope.split("/")[2] if scope.startswith("/subscriptions/") else ""
        for parent in parents.get((kind.parent or "", subscription), ()):
            place = (kind.name, parent.id.key)
            inside = f"{parent.id.key}/".startswith(f"{scope}/")
            if inside and place not in self._asked and not self._former.knows(place):
                yield replace(gap, scope=parent.id.text)

    def brought(self) -> Iterator[Gap]:
        """The former reading's own gaps about what it fills."""
        for gap in (gap for gaps in self._former.gaps.values() for gap in gaps):
            scope = _key(gap)
            if gap.kind not in KINDS or gap.kind == _SUBSCRIPTION or (gap.kind, scope) in self._asked:
                continue
            above = tuple(_upwards(scope))
            if any(key in self._former.documents and key not in self.known for key in above):
                continue  # what it was about is gone
            opened = any(_overlap(scope, wanted) for wanted in self._open[gap.kind])
            if opened or any(key in self.taken for key in above):
                yield gap


def _is_open(gap: Gap) -> bool:
    return gap.reason is Reason.NOT_ASKED and gap.kind in KINDS and gap.kind != _SUBSCRIPTION


def _read_together(place: Place) -> Place:
    """Lists below one resource are read, or skipped, together; an empty one has no time of its own."""
    kind = KINDS[place[0]]
    return place if kind.by_reference or kind.parent == _SUBSCRIPTION else ("", place[1])


def _key(gap: Gap) -> str:
    return gap.scope.lower().rstrip("/")


def _upwards(key: str) -> Iterator[str]:
    """An id's key and those of everything above it."""
    while key:
        yield key
        key = key.rpartition("/")[0]


def _overlap(one: str, other: str) -> bool:
    inner, outer = sorted((f"{one}/", f"{other}/"), key=len, reverse=True)
    return inner.startswith(outer)


def _number(document: Document, count: str) -> int | None:
    properties = document.body.get("properties")
    value = properties.get(count) if isinstance(properties, Mapping) else None
    return value if isinstance(value, int) else None
