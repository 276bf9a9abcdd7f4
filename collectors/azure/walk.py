"""Reads an estate: the tenant's subscriptions, what is in each, what is below that, and what that points to.

A list that cannot be read leaves one gap. What would be below it is not asked and leaves none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from collectors.arm.bodies import Removed, one_of_each
from collectors.arm.kinds import KINDS, Kind, children
from collectors.arm.nodes import parse_document
from collectors.arm.read_posts import RESOURCE_GRAPH
from collectors.arm.references import references
from collectors.azure.errors import NoAnswerError, NoIdentityError, ReadError, gap, grant, plain
from collectors.azure.graph_first import GraphFirst
from collectors.azure.listing import Ask, Listing, Now, is_plain
from collectors.azure.plan import Aim, Known, left_out, next_asks
from collectors.azure.schedule import Schedule, Standing
from collectors.azure.selection import Excluded, Selection
from collectors.azure.session import Session
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.errors import AgentError, CredentialError
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node, PrivateEndpoint
from collectors.reuse import Place, not_asked

_MOST_FOLLOWED = 20_000
"""Resources that are read one by one because something points to them."""

_MOST_STRANGERS = 100
"""Subscriptions that something points to and that the list lacks, each asked for once."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUBSCRIPTION = KINDS["subscription"]
_REFERS_TO_NOTHING = frozenset({"record-set"})  # by far the most documents of an estate: they need not be parsed here

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was read. `removed` maps a kind to the dotted paths that are not kept of its bodies.

    `asked` are the questions: a kind's name and, in lower case, the scope that was listed or the resource asked for.
    `through_graph` are the kinds of which some were read through Resource Graph, which may be late.
    """

    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    removed: Mapping[str, tuple[str, ...]]
    excluded: tuple[Excluded, ...]
    asked: frozenset[Place] = frozenset()
    through_graph: tuple[str, ...] = ()


def collect(
    session: Session,
    *,
    subscriptions: Sequence[str] = (),
    exclude: Sequence[str] = (),
    known: Callable[[Document], bool] = lambda _: False,
    closure: Closure | None = None,
    progress: Progress,
    now: Now,
) -> Collected:
    """Read everything that `kinds.py` names. The same Azure gives the same result, whatever the order of answers.

    `subscriptions` are ids or names (none: all that the identity sees), `exclude` globs (see `Selection`). What is
    below a resource that is `known` is not asked for, and leaves gaps (see `collectors.reuse`). With a `closure`
    only what it needs is read (see `plan`).
    Raises CredentialError or AgentError when the very first question shows that nothing can be read.
    """
    walk = Walk(session, Selection(subscriptions=tuple(subscriptions), exclude=tuple(exclude)), progress, known)
    schedule = Schedule(session, now, watch=lambda standing: progress(_standing_text(standing)))
    through_graph: tuple[str, ...] = ()
    if closure is not None:
        walk.read_closure(schedule, closure)
    elif RESOURCE_GRAPH not in session.posts:
        schedule.run([Ask(_SUBSCRIPTION, "")], walk.then)
    else:
        graph = GraphFirst(schedule, session, now, progress)
        graph.run([Ask(_SUBSCRIPTION, "")], walk.then)
        through_graph = graph.used
    schedule.run(walk.strangers(), walk.meet)
    return replace(walk.collected(), through_graph=through_graph)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What is to be judged, and which names must resolve for it as far as documents tell."""

    aim: Aim
    names: Callable[[Sequence[Document]], Iterable[str]]


class Walk:
    """Decides in one thread what follows from each listing, and keeps them all."""

    def __init__(
        self,
        session: Session,
        selection: Selection,
        progress: Progress,
        known: Callable[[Document], bool] = lambda _: False,
    ) -> None:
        self._session = session
        self._selection = selection
        self._progress = progress
        self._listings: list[Listing] = []
        self._excluded: dict[ArmId, Excluded] = {}
        self._readable: set[str] = set()
        self._followed: set[ArmId] = set()
        self._pointed: set[str] = set()
        self._strange: set[Gap] = set()
        self._too_many: set[Gap] = set()
        self._removed = Removed()
        self._known = known
        self._not_asked: set[Gap] = set()

    def then(self, listing: Listing) -> Iterator[Ask]:
        """What to ask after a listing."""
        kept = self._keep(listing)
        for document in kept:
            if self._known(document):
                self._not_asked.update(not_asked(document))
            else:
                yield from (Ask(kind, document.id.text) for kind in children(listing.ask.kind.name))
        yield from self._follow(kept)

    def read_closure(self, schedule: Schedule, closure: Closure) -> None:
        """Ask what the plan wants, and what it wants then, until it wants nothing new."""
        documents: dict[ArmId, Document] = {}
        nodes: dict[ArmId, Node] = {}
        asked: set[Ask] = set()
        wanted = [Ask(_SUBSCRIPTION, "")]

        def keep(listing: Listing) -> tuple[Ask, ...]:
            for document in self._keep(listing):
                documents.setdefault(document.id, document)
                node = None if document.kind in _REFERS_TO_NOTHING else parse_document(document)
                if node is not None and not isinstance(node, Gap):
                    nodes.setdefault(document.id, node)
                    self._pointed.update(reference.id.subscription for reference in references(node))
            return ()

        while True:
            asked |= set(wanted)
            schedule.run(wanted, keep)
            known = Known(documents, nodes, asked, closure.names(list(documents.values())))
            fresh = dict.fromkeys(ask for ask in next_asks(known, closure.aim) if ask not in asked)
            wanted = [ask for ask in fresh if not ask.one or self._is_to_be_asked(ask)]
            if not wanted:
                self._not_asked.update(left_out(known))
                return

    def strangers(self) -> list[Ask]:
        """The subscriptions that something points to and that are not listed, to be asked whose they are."""
        root = self._listings[0]
        listed = {document.id.subscription for document in root.documents}
        strange = sorted(id for id in self._pointed - listed if _GUID.fullmatch(id)) if root.error is None else []
        return [Ask(_SUBSCRIPTION, f"/subscriptions/{id}", one=True) for id in strange[:_MOST_STRANGERS]]

    def meet(self, listing: Listing) -> tuple[Ask, ...]:
        """Only that a subscription is another tenant's tells something new: the closure rule tells of the others."""
        self._strange.update(gap for gap in listing.gaps if gap.reason is Reason.FOREIGN)
        return ()

    def _keep(self, listing: Listing) -> list[Document]:
        """Remember a listing; the answer are its documents, without those that are left out."""
        if listing.ask.kind is _SUBSCRIPTION:
            _end_run_without_sight(self._session, listing)
        self._removed.add(listing.ask.kind.name, listing.removed)
        self._listings.append(replace(listing, removed=frozenset()))  # thousands of equal sets would be held
        self._tell(listing)
        kept = list(self._kept(listing))
        if listing.ask.kind is _SUBSCRIPTION:
            self._readable = {document.id.subscription for document in kept}
        return kept

    def collected(self) -> Collected:
        """Everything that was read, sorted."""
        # A repetition with the same body is no contradiction: pages shift while a list is read.
        documents, doubles = one_of_each(_in_order(self._listings), "it was listed twice")
        gaps = {gap for listing in self._listings for gap in listing.gaps}
        gaps |= {*doubles, *self._too_many, *self._not_asked, *self._strange, *_contradicted(self._listings)}
        gaps |= set(_hidden(self._listings[0], self._selection))
        return Collected(
            documents=tuple(
                sorted(
                    (document for document in documents if document.id not in self._excluded),
                    key=lambda document: (document.kind, document.id),
                )
            ),
            gaps=tuple(sorted(gaps)),
            removed=self._removed.told(),
            excluded=tuple(sorted(self._excluded.values())),
            asked=frozenset((listing.ask.kind.name, listing.ask.scope.lower()) for listing in self._listings),
        )

    def _kept(self, listing: Listing) -> Iterator[Document]:
        """The documents of a listing, each id once, without those that the configuration leaves out."""
        seen: set[ArmId] = set()
        for document in listing.documents:
            if document.id not in seen and not self._is_left_out(listing.ask.kind, document):
                yield document
            seen.add(document.id)

    def _is_left_out(self, kind: Kind, document: Document) -> bool:
        if kind.parent not in (None, _SUBSCRIPTION.name):
            return False
        excluded = self._selection.left_out(document)
        if excluded is not None:
            self._excluded[document.id] = excluded
        return excluded is not None

    def _follow(self, documents: Iterable[Document]) -> Iterator[Ask]:
        """Kinds that are never listed are read where something points to one, each once.

        An endpoint's target is left alone: estates have thousands of them, and what counts of the target is in
        the endpoint. So are ids of subscriptions that this run does not read: the closure rule tells of them.
        """
        for document in documents:
            node = None if document.kind in _REFERS_TO_NOTHING else parse_document(document)
            if node is None or isinstance(node, Gap):
                continue
            for reference in references(node):
                self._pointed.add(reference.id.subscription)
                if not isinstance(node, PrivateEndpoint) and self._is_to_be_read(KINDS[reference.kind], reference.id):
                    yield from self._ask_one(KINDS[reference.kind], reference.id)

    def _is_to_be_read(self, kind: Kind, id: ArmId) -> bool:
        fits = kind.by_reference and id.type.lower() == kind.type.lower() and is_plain(id)
        if not fits or id in self._followed or id.subscription not in self._readable:
            return False
        return not self._is_left_out(kind, Document(kind=kind.name, id=id, body={}))

    def _is_to_be_asked(self, ask: Ask) -> bool:
        arm_id = ArmId(ask.scope)
        left_out = self._is_left_out(ask.kind, Document(kind=ask.kind.name, id=arm_id, body={}))
        return not left_out and any(self._ask_one(ask.kind, arm_id))

    def _ask_one(self, kind: Kind, id: ArmId) -> Iterator[Ask]:
        if len(self._followed) >= _MOST_FOLLOWED:
            detail = f"more than {_MOST_FOLLOWED} resources are pointed to: the rest was not read"
            self._too_many.add(gap(kind, "", ReadError(Reason.NOT_ASKED, detail)))
            return
        self._followed.add(id)
        yield Ask(kind, id.text, one=True)

    def _tell(self, listing: Listing) -> None:
        kind = listing.ask.kind
        if kind.parent == _SUBSCRIPTION.name and not kind.single and not listing.ask.one:
            where = listing.ask.scope.rpartition("/")[2]
            self._progress(plain(f"{where}: {len(listing.documents)} {kind.title}"))


def _standing_text(standing: Standing) -> str:
    """`12 of 500 subscriptions, 340 requests sent, 28 to go, waiting 4 s for Azure's limits`."""
    done = f"{standing.finished} of {standing.subscriptions} subscriptions, " if standing.subscriptions else ""
    waiting = f", waiting {standing.wait:.0f} s for Azure's limits" if standing.wait >= 1 else ""
    return f"{done}{standing.sent} request{'' if standing.sent == 1 else 's'} sent, {standing.left} to go{waiting}"


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


def _contradicted(listings: Sequence[Listing]) -> Iterator[Gap]:
    """An unregistered provider has no resources. Where some were read all the same, its empty list proves nothing."""
    unregistered = [listing for listing in listings if listing.unregistered]
    if not unregistered:
        return
    seen = {_place(KINDS[document.kind], document.id) for listing in listings for document in listing.documents}
    for listing in unregistered:
        if _place(listing.ask.kind, ArmId(listing.ask.scope)) in seen:
            detail = "the resource provider is said not to be registered here, yet some of its resources were read"
            yield gap(listing.ask.kind, listing.ask.scope, ReadError(Reason.REFUSED, detail))


def _place(kind: Kind, id: ArmId) -> tuple[str, str]:
    return id.subscription, kind.type.partition("/")[0]


def _in_order(listings: Iterable[Listing]) -> Iterator[Document]:
    """The documents in an order that does not depend on which answer came first."""
    order = {name: place for place, name in enumerate(KINDS)}
    for listing in sorted(listings, key=lambda listing: (order[listing.ask.kind.name], listing.ask.scope.lower())):
        yield from listing.documents
