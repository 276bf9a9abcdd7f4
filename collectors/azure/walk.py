"""Reads an estate: the tenant's subscriptions, what is in each, and what is below that.

A list that cannot be read leaves one gap. What would be below it is not asked and leaves none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from collectors.arm.kinds import KINDS, Kind, children
from collectors.azure.errors import NoAnswerError, NoIdentityError, grant, plain
from collectors.azure.listing import Listing, Now, read_listing
from collectors.azure.selection import Excluded, Selection
from collectors.azure.session import Session
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.errors import AgentError, CredentialError
from collectors.graph.ids import ArmId

_WORKERS = 8
"""Requests at a time: six times faster than one by one. More would only meet ARM's 25 reads a second sooner."""

_MOST_REMOVED = 500
"""Removed paths told of one kind: some hold names that people chose, and there is no end to those."""

_SUBSCRIPTION = KINDS["subscription"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was read. `removed` maps a kind to the dotted paths that are not kept of its bodies."""

    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    removed: Mapping[str, tuple[str, ...]]
    excluded: tuple[Excluded, ...]


def collect(
    session: Session,
    *,
    subscriptions: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Progress,
    now: Now,
) -> Collected:
    """Read everything that `kinds.py` names. The same Azure gives the same result, whatever the order of answers.

    `subscriptions` are ids or names (none: all that the identity sees), `exclude` globs (see `Selection`).
    Raises CredentialError or AgentError when the very first question shows that nothing can be read.
    """
    selection = Selection(subscriptions=tuple(subscriptions), exclude=tuple(exclude))
    root = read_listing(session, _SUBSCRIPTION, "", now)
    _end_run_without_sight(session, root)
    walk = _Walk(session, selection, progress, now)
    listings = walk.run(root)
    documents, doubles = _unique(listings, walk.excluded)
    gaps = {gap for listing in listings for gap in listing.gaps}
    return Collected(
        documents=tuple(sorted(documents, key=lambda document: (document.kind, document.id))),
        gaps=tuple(sorted(gaps | set(doubles) | set(_hidden(root, selection)))),
        removed=_removed(listings),
        excluded=tuple(sorted(walk.excluded.values())),
    )


class _Walk:
    """Workers read lists; the calling thread decides what to read next, so that nothing here needs a lock."""

    def __init__(self, session: Session, selection: Selection, progress: Progress, now: Now) -> None:
        self.excluded: dict[ArmId, Excluded] = {}
        self._session = session
        self._selection = selection
        self._progress = progress
        self._now = now

    def run(self, root: Listing) -> list[Listing]:
        """Everything below the listed subscriptions, and the list itself."""
        listings = [root]
        done: SimpleQueue[Future[Listing]] = SimpleQueue()
        finished = False
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="arm")
        try:
            waiting = self._submit(pool, done, root)
            while waiting:
                listing = done.get().result()
                listings.append(listing)
                waiting += self._submit(pool, done, listing) - 1
                self._tell(listing)
            finished = True
        finally:
            if not finished:
                self._session.stop()
            pool.shutdown(wait=finished, cancel_futures=True)  # an interrupt does not wait for Azure's answers
        return listings

    def _submit(self, pool: ThreadPoolExecutor, done: SimpleQueue[Future[Listing]], above: Listing) -> int:
        """Ask for what is below a list; the answer is the number of questions."""
        asked = 0
        for kind, scope in self._below(above):
            pool.submit(read_listing, self._session, kind, scope, self._now).add_done_callback(done.put)
            asked += 1
        return asked

    def _below(self, above: Listing) -> Iterator[tuple[Kind, str]]:
        kinds = list(children(above.kind.name))
        asked: set[ArmId] = set()
        for document in above.documents:
            if self._is_left_out(above.kind, document) or document.id in asked:
                continue
            asked.add(document.id)
            for kind in kinds:
                yield kind, document.id.text

    def _is_left_out(self, kind: Kind, document: Document) -> bool:
        if kind.parent not in (None, _SUBSCRIPTION.name):
            return False
        excluded = self._selection.left_out(document)
        if excluded is not None:
            self.excluded[document.id] = excluded
        return excluded is not None

    def _tell(self, listing: Listing) -> None:
        if listing.kind.parent == _SUBSCRIPTION.name and not listing.kind.single:
            where = listing.scope.rpartition("/")[2]
            self._progress(plain(f"{where}: {len(listing.documents)} {listing.kind.title}"))


def _end_run_without_sight(session: Session, root: Listing) -> None:
    """Tell a wrong endpoint or identity from an estate that cannot be seen."""
    if root.pages or root.error is None:
        return
    detail = root.error.detail
    if isinstance(root.error, NoIdentityError):
        raise CredentialError(
            f"{session.endpoint.url} cannot be used with this identity: {detail}; check azure.cloud, "
            "azure.tenant and azure.audience, or sign in again"
        )
    if isinstance(root.error, NoAnswerError):
        raise AgentError(
            f"endpoint {session.endpoint.url} could not be reached: {detail}; check azure.endpoint, azure.cloud "
            f"and the way out of this network"
        )


def _hidden(root: Listing, selection: Selection) -> Iterator[Gap]:
    """Zero subscriptions means "may not see", never "there are none"; so does one that is missing in the list."""
    complete = root.error is None and not root.gaps
    if complete and not root.documents:
        yield Gap(
            kind=_SUBSCRIPTION.name,
            scope="/",
            reason=Reason.HIDDEN,
            detail="the identity sees no subscription at all",
            action=grant(_SUBSCRIPTION, "the subscriptions to be checked"),
        )
    for name in selection.unseen(list(root.documents)):
        scope = "/subscriptions/" + plain(name).strip("/").removeprefix("subscriptions/")
        yield Gap(
            kind=_SUBSCRIPTION.name,
            scope=scope,
            reason=Reason.HIDDEN if complete else Reason.NOT_ASKED,
            detail="it was asked for but is not among the subscriptions that the identity sees"
            if complete
            else "it was asked for but is not in the part of the list of subscriptions that could be read",
            action=grant(_SUBSCRIPTION, scope),
        )


def _unique(listings: Iterable[Listing], excluded: Mapping[ArmId, Excluded]) -> tuple[list[Document], list[Gap]]:
    """The documents, one for each id, and gaps where Azure told two different things about one id.

    A repetition with the same body is no contradiction: pages shift while a list is read.
    """
    order = {name: place for place, name in enumerate(KINDS)}
    first: dict[ArmId, Document] = {}
    doubles: list[Gap] = []
    for listing in sorted(listings, key=lambda listing: (order[listing.kind.name], listing.scope.lower())):
        for document in listing.documents:
            kept = first.setdefault(document.id, document)
            if kept is not document and (kept.kind, kept.body) != (document.kind, document.body):
                doubles.append(_double(document))
    return [document for arm_id, document in first.items() if arm_id not in excluded], doubles


def _double(document: Document) -> Gap:
    return Gap(
        kind=document.kind,
        scope=document.id.text,
        reason=Reason.MALFORMED,
        detail="it was listed twice with different content; the first is used",
    )


def _removed(listings: Iterable[Listing]) -> dict[str, tuple[str, ...]]:
    paths: dict[str, set[str]] = {}
    for listing in listings:
        paths.setdefault(listing.kind.name, set()).update(listing.removed)
    return {kind: tuple(sorted(found)[:_MOST_REMOVED]) for kind, found in sorted(paths.items()) if found}
