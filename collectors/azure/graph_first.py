"""Reads through Resource Graph what it can be trusted with, and everything else as usual.

Graph may be minutes late and is silent about what it may not show, so it only ever shortens a reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from collectors.arm.kinds import KINDS, Kind
from collectors.arm.nodes import parse_document
from collectors.arm.references import references
from collectors.azure.errors import ReadError, plain
from collectors.azure.listing import Ask, Listing, Now, Reading, is_plain
from collectors.azure.resource_graph import COVERED, ResourceGraph
from collectors.azure.schedule import Schedule
from collectors.azure.session import Session
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId

MOST_AGAIN = 2_000
"""Resources that are asked one by one because Graph left them out."""

_ZONE = "private-dns-zone"
_COUNTERS = {"zone-link": "numberOfVirtualNetworkLinks", "record-set": "numberOfRecordSets"}
_POINTED_TO = frozenset(name for name in COVERED if name not in _COUNTERS)
_PRIVATE_LINK = "/privatednszones/privatelink."

Then = Callable[[Listing], Iterable[Ask]]


@dataclass(slots=True, kw_only=True)
class _Answered:
    """What of one kind is taken from Graph, by question; the rest is asked of ARM."""

    kind: Kind
    listings: dict[Ask, Listing]
    differing: int = 0

    def samples(self) -> list[Ask]:
        """What ARM is asked as well: the fullest, and of zones the fullest private-link one."""
        full = sorted(
            (ask for ask, listing in self.listings.items() if listing.documents),
            key=lambda ask: (-len(self.listings[ask].documents), ask.scope.lower()),
        )
        linked = [ask for ask in full if _PRIVATE_LINK in ask.scope.lower()]
        return list(dict.fromkeys([*full[:1], *linked[:1]]))


class GraphFirst:
    """Runs questions as a `Schedule` does, with fewer requests.

    - Zones are listed by ARM, and Graph's links and records of a zone are used only where there are exactly as many
      as ARM's own counters say: no absence of a link or record rests on Graph.
    - Where Graph knows nothing of a kind in a subscription, ARM is asked: an empty list costs one request, and
      forbidden is told from empty.
    - For each kind the fullest subscription (zone) is listed by ARM as well: other ids or other nodes, and the whole
      kind is read by ARM. The fullest private-link zone is compared too: only there records carry owners' stamps.
    - An endpoint, interface or network that something points to and that Graph left out is asked of ARM by its id.

    What remains: something changed in place is seen as it was. The report tells of it, by `used`.
    """

    def __init__(self, schedule: Schedule, session: Session, now: Now, progress: Callable[[str], None]) -> None:
        self._schedule = schedule
        self._graph = ResourceGraph(session, now)
        self._now = now
        self._progress = progress
        self._held: list[Ask] = []
        self._zones: dict[str, Document] = {}
        self._known: set[ArmId] = set()
        self._pointed_to: dict[ArmId, Kind] = {}
        self._again: set[ArmId] = set()
        self._used: dict[str, set[str]] = {}

    @property
    def used(self) -> tuple[str, ...]:
        """The kinds of which something came from Graph."""
        return tuple(name for name in COVERED if self._used.get(name))

    def run(self, asks: Iterable[Ask], then: Then) -> None:
        """Ask, and ask what follows, until nothing does."""
        watched = self._watching(then)
        self._schedule.run(asks, self._holding(watched))
        answered = [self._answer(KINDS[name]) for name in COVERED]
        self._check(answered)
        served = {ask: listing for kind in answered for ask, listing in kind.listings.items()}
        following = [ask for listing in served.values() for ask in watched(listing)]
        self._schedule.run([*(ask for ask in self._held if ask not in served), *following], watched)
        self._read_left_out(watched)

    def _holding(self, then: Then) -> Then:
        """Keep back what Graph may know, and what ARM says of zones."""

        def hold(listing: Listing) -> Iterator[Ask]:
            if listing.ask.kind.name == _ZONE:
                self._zones |= {document.id.key: document for document in listing.documents}
            for ask in then(listing):
                if ask.kind.name in COVERED and not ask.one:
                    self._held.append(ask)
                else:
                    yield ask

        return hold

    def _watching(self, then: Then) -> Then:
        """Remember what was read, and what it points to."""

        def watch(listing: Listing) -> Iterable[Ask]:
            for document in listing.documents:
                self._known.add(document.id)
                node = None if document.kind == "record-set" else parse_document(document)
                if node is None or isinstance(node, Gap):
                    continue
                for reference in references(node):
                    if reference.kind in _POINTED_TO:
                        self._pointed_to.setdefault(reference.id, KINDS[reference.kind])
            return then(listing)

        return watch

    def _answer(self, kind: Kind) -> _Answered:
        """What Graph knows of the questions of a kind, as far as it can be used."""
        asks = [ask for ask in self._held if ask.kind is kind]
        found = _Answered(kind=kind, listings={})
        subscriptions = {ArmId(ask.scope).subscription for ask in asks}
        if not subscriptions:
            return found
        try:
            rows = self._graph.read(kind, subscriptions)
        except ReadError as error:
            self._tell(kind, f"are read by ARM: {error.detail}")
            return found
        for ask in asks:
            listing = rows.get(ask.scope.lower()) or _nothing(ask)
            if self._is_usable(listing):
                found.listings[ask] = replace(listing, ask=ask)
            elif kind.name in _COUNTERS or listing.error is not None:
                found.differing += 1
        return found

    def _is_usable(self, listing: Listing) -> bool:
        counter = _COUNTERS.get(listing.ask.kind.name)
        if listing.error is not None:
            return False
        if counter is None:
            return bool(listing.documents)
        zone = self._zones.get(listing.ask.scope.lower())
        properties = zone.body.get("properties") if zone else None
        return isinstance(properties, dict) and properties.get(counter) == len(listing.documents)

    def _check(self, answered: Sequence[_Answered]) -> None:
        """Compare samples with ARM; a kind that fails is not taken from Graph at all. Samples stay ARM's."""
        listed: dict[Ask, Listing] = {}

        def take(listing: Listing) -> Iterable[Ask]:
            listed[listing.ask] = listing
            return ()

        samples = {found.kind: found.samples() for found in answered}
        self._schedule.run([ask for asks in samples.values() for ask in asks], take)
        for found in answered:
            wrong = [ask for ask in samples[found.kind] if not _agree(found.listings[ask], listed[ask])]
            if wrong:
                self._tell(found.kind, f"are read by ARM: Graph and ARM differ for {wrong[0].scope}")
                found.listings.clear()
            found.listings |= {ask: listed[ask] for ask in samples[found.kind]}
            self._account(found, samples[found.kind])

    def _account(self, found: _Answered, samples: Sequence[Ask]) -> None:
        """Tell what is taken from Graph, and remember it."""
        used = {ask.scope.lower() for ask, listing in found.listings.items() if listing.documents} - {
            ask.scope.lower() for ask in samples
        }
        self._used[found.kind.name] = used
        if used:
            by_arm = f"; {found.differing} read by ARM, where Graph is behind or says less" if found.differing else ""
            self._tell(found.kind, f"of {len(used)} {_places(found.kind, len(used))} come from Graph{by_arm}")

    def _tell(self, kind: Kind, what: str) -> None:
        self._progress(plain(f"Resource Graph: {kind.title} {what}"))

    def _read_left_out(self, then: Then) -> None:
        """Ask ARM for what something points to, until nothing new does."""

        def proved(listing: Listing) -> Iterable[Ask]:
            if listing.error is not None and listing.error.reason is Reason.NOT_FOUND:
                listing = replace(listing, gaps=(), error=None)  # ARM's list would not have had it either
            return then(listing)

        while asks := list(self._left_out()):
            room = max(0, MOST_AGAIN - len(self._again))
            self._again |= {ArmId(ask.scope) for ask in asks}
            self._schedule.run(asks[:room], proved)
            for ask in asks[room:]:
                detail = f"Resource Graph left out more than {MOST_AGAIN} resources: this one was not asked for"
                for _ in then(Reading(ask).end(ReadError(Reason.NOT_ASKED, detail), self._now)):
                    pass

    def _left_out(self) -> Iterator[Ask]:
        for arm_id, kind in sorted(self._pointed_to.items()):
            fits = arm_id.type.lower() == kind.type.lower() and is_plain(arm_id)
            graph_was_used = f"/subscriptions/{arm_id.subscription}" in self._used[kind.name]
            if fits and graph_was_used and arm_id not in self._known | self._again:
                yield Ask(kind, arm_id.text, one=True)


def _nothing(ask: Ask) -> Listing:
    return Listing(ask=ask, documents=(), gaps=(), removed=frozenset(), pages=0)


def _agree(graph: Listing, arm: Listing) -> bool:
    """Whether both know the same ids, and make the same of them."""
    if arm.error is not None or arm.gaps:
        return False
    return _nodes(graph) == _nodes(arm)


def _nodes(listing: Listing) -> dict[ArmId, object]:
    return {document.id: parse_document(document) for document in listing.documents}


def _places(kind: Kind, count: int) -> str:
    place = "zone" if kind.name in _COUNTERS else "subscription"
    return place if count == 1 else f"{place}s"
