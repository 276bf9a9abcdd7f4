"""What a folder does not hold: an absent file is not an absent resource, so it becomes a gap that says what to save."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from collectors.arm.kinds import KINDS, children
from collectors.arm.nodes import parse_document
from collectors.arm.references import references
from collectors.folder.layout import Listed
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateEndpoint

_SUBSCRIPTION = KINDS["subscription"]
_PERMISSIONS = KINDS["permissions"]
_POINTS_NOWHERE = frozenset({"record-set"})  # by far the most documents

Key = tuple[str, str]
Pages = Mapping[int, bool]


def gaps_of(documents: Collection[Document], whole: Collection[Key], pages: Mapping[Key, Pages]) -> Iterator[Gap]:
    """The lists that are missing. `whole` are those that are there, `pages` those of which some pages are."""
    yield from _subscriptions(documents)
    yield from _unproved(documents, whole)
    yield from _pointed_to(documents)
    below: dict[tuple[str, str, str], list[Listed]] = defaultdict(list)
    for document in documents:
        for kind in children(document.kind):
            wanted = Listed(kind=kind, scope=document.id.text)
            if wanted.key in whole:
                continue
            if document.kind == _SUBSCRIPTION.name or wanted.key in pages:
                yield _missing(wanted, pages.get(wanted.key))
            else:
                below[kind.name, document.kind, document.id.subscription].append(wanted)
    for (name, parent, subscription), lists in below.items():
        yield from _below(lists, name, parent, f"/subscriptions/{subscription}", whole)


def _below(lists: list[Listed], name: str, parent: str, scope: str, whole: Collection[Key]) -> Iterator[Gap]:
    """One gap for each list; a single one where a subscription has no such list at all, or a thousand would tell it."""
    inside = scope.lower() + "/"
    if len(lists) == 1 or any(kind == name and place.startswith(inside) for kind, place in whole):
        yield from (_missing(wanted, None) for wanted in lists)
        return
    kind = KINDS[name]
    yield Gap(
        kind=name,
        scope=scope,
        reason=Reason.NOT_ASKED,
        detail=f"the folder has no list of {kind.title} for any of the {len(lists)} {KINDS[parent].title}",
        action=f"for each of them, as for the first: {lists[0].action}",
    )


def _missing(wanted: Listed, pages: Pages | None) -> Gap:
    detail = f"the folder has no list of all {wanted.kind.title} of {wanted.scope or 'the tenant'}"
    action = wanted.action
    if pages:
        detail = f"the folder has the list of {wanted.kind.title} only in part: {_broken(pages)}"
        action = f"{action}, and the answer of its nextLink as {wanted.path.lstrip('/')}.2.json, and so on"
    return Gap(kind=wanted.kind.name, scope=wanted.scope or "/", reason=Reason.NOT_ASKED, detail=detail, action=action)


def _unproved(documents: Iterable[Document], whole: Collection[Key]) -> Iterator[Gap]:
    """Lists that are there, of which nothing says that they show everything: the rights were not saved."""
    for document in documents:
        rights = Listed(kind=_PERMISSIONS, scope=document.id.text)
        if document.kind != _SUBSCRIPTION.name or rights.key in whole:
            continue
        for kind in KINDS.values():
            is_missing = kind.parent == _SUBSCRIPTION.name and (kind.name, document.id.key) not in whole
            if kind.by_reference or kind.parent is None or kind is _PERMISSIONS or is_missing:
                continue
            yield Gap(
                kind=kind.name,
                scope=document.id.text,
                reason=Reason.NOT_ASKED,
                detail=f"whether the folder holds all {kind.title} is not known without the identity's permissions",
                action=rights.action,
            )


def _pointed_to(documents: Iterable[Document]) -> Iterator[Gap]:
    """Resources that have no list, to which something points. A target of an endpoint is told by the endpoint."""
    seen = {document.id for document in documents}
    listed = {document.id.subscription for document in documents if document.kind == _SUBSCRIPTION.name}
    for document in documents:
        node = None if document.kind in _POINTS_NOWHERE else parse_document(document)
        if node is None or isinstance(node, Gap | PrivateEndpoint):
            continue
        for found in references(node):
            if not KINDS[found.kind].by_reference or found.id in seen or found.id.subscription not in listed:
                continue
            seen.add(found.id)
            yield Gap(
                kind=found.kind,
                scope=found.id.text,
                reason=Reason.NOT_ASKED,
                detail=f"{found.because} points to it, but the folder does not hold it",
                action=Listed(kind=KINDS[found.kind], scope=found.id.text).action,
            )


def is_whole(pages: Pages) -> bool:
    """Whether pages are all of a list: numbered from 1, each but the last with a link to the next."""
    return not _broken(pages)


def _broken(pages: Pages) -> str:
    last = max(pages)
    missing = next((number for number in range(1, last) if number not in pages), None)
    if missing is not None:
        return f"page {missing} is missing"
    if pages[last]:
        return f"page {last} links to a next one that is not there"
    ended = next((number for number in range(1, last) if not pages[number]), None)
    return f"page {ended} is the last one, yet there is a page {last}" if ended else ""


def partial_root(pages: Pages) -> Gap:
    """The list of subscriptions, of which pages are missing."""
    return _missing(Listed(kind=_SUBSCRIPTION, scope=""), pages)


def _subscriptions(documents: Iterable[Document]) -> Iterator[Gap]:
    """Subscriptions in which something lies, of which the folder does not say that they were looked at."""
    listed = {document.id for document in documents if document.kind == _SUBSCRIPTION.name}
    used = {ArmId(f"/subscriptions/{document.id.subscription}") for document in documents if document.id.subscription}
    for id in sorted(used - listed):
        yield Gap(
            kind=_SUBSCRIPTION.name,
            scope=id.text,
            reason=Reason.NOT_ASKED,
            detail="the folder holds resources of this subscription, but not the subscription itself",
            action=Listed(kind=_SUBSCRIPTION, scope="").action,
        )
