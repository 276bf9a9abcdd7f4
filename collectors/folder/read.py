"""Reads a folder of `az rest` answers: the same table of kinds, trimming and checks as a walk through Azure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from collectors.arm.bodies import DEEPEST_BODY, Removed, is_deeper, one_of_each
from collectors.arm.kinds import KINDS, Kind, trim
from collectors.folder.answers import Answer, identified, scope_of, understood
from collectors.folder.files import DEFAULT_BOUNDS, Bounds, JsonFile, json_files
from collectors.folder.layout import Listed, place, subscription_named
from collectors.folder.missing import Key, gaps_of, is_whole, partial_root
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.errors import SnapshotError
from collectors.graph.ids import ArmId

_SUBSCRIPTION = KINDS["subscription"]
_PERMISSIONS = KINDS["permissions"]
_ROOT = Listed(kind=_SUBSCRIPTION, scope="")
_TWICE = "it is in the folder twice"

Item = tuple[Kind | None, ArmId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What a folder holds. `written`: when its newest file was; `unread`: resources of types that are not read."""

    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    removed: Mapping[str, tuple[str, ...]]
    unread: Mapping[str, int]
    written: datetime


def read_folder(root: Path, bounds: Bounds = DEFAULT_BOUNDS) -> Folder:
    """Read a folder. Raises SnapshotError in one sentence for a file that is not what `az rest` gives.

    The same files give the same result, whatever they are called, but for what only their path can tell
    (see `layout`): without it an empty list says nothing, and a list may be that of one resource group.
    """
    reading = _Reading()
    for file in json_files(root, bounds):
        try:
            reading.take(file)
        except SnapshotError as error:
            raise SnapshotError(f"{root / file.name} {error}") from error
    if reading.written is None:
        raise SnapshotError(f"{root} holds no JSON file. To begin, {_ROOT.action} there.")
    return reading.folder(reading.written)


class _Reading:
    """A folder being read file by file. Every mistake is a SnapshotError that begins with its verb."""

    def __init__(self) -> None:
        self.written: datetime | None = None
        self._documents: list[Document] = []
        self._gaps: list[Gap] = []
        self._whole: set[Key] = set()
        self._pages: dict[Key, dict[int, bool]] = defaultdict(dict)
        self._rights: dict[Key, dict[int, Document]] = defaultdict(dict)
        self._doubtful: set[Key] = set()
        self._removed = Removed()
        self._unread: Counter[str] = Counter()

    def take(self, file: JsonFile) -> None:
        """Keep what a file holds."""
        self.written = max(file.written, self.written or file.written)
        placed = place(file.name)
        for value in file.values:
            answer = understood(value)
            if answer.is_permissions or (placed and placed[0].kind is _PERMISSIONS):
                self._take_rights(file, answer, placed)
                continue
            items = [self._keep(row, file.written) for row in answer.rows]
            if placed:
                self._take_page(file.name, *placed, items, answer)
            elif answer.listed and not answer.more and (found := _recognised(items)):
                self._whole.add(found.key)

    def _keep(self, row: Mapping[str, Any], written: datetime) -> Item:
        kind, id = identified(row)
        if kind is None:
            self._unread[id.type] += 1
            return kind, id
        body = self._trimmed(kind, row)
        self._documents.append(Document(kind=kind.name, id=id, body=body, read_at=written))
        return kind, id

    def _trimmed(self, kind: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
        body, removed = trim(kind, row)
        if is_deeper(body):
            raise SnapshotError(f"holds a resource that nests deeper than {DEEPEST_BODY} levels.")
        self._removed.add(kind.name, removed)
        return body

    def _take_page(self, name: str, listed: Listed, page: int, items: Sequence[Item], answer: Answer) -> None:
        """A page of the list that the file's path tells, if it is one."""
        if not answer.listed:
            return
        if not all(listed.holds(*item) for item in items):
            self._gaps.append(
                Gap(
                    kind=listed.kind.name,
                    scope=listed.scope or "/",
                    reason=Reason.MALFORMED,
                    detail=f"by its path {name} is the list of {listed.kind.title}, but it holds something else",
                    action=listed.action,
                )
            )
            return
        self._pages[listed.key][page] = answer.more

    def _take_rights(self, file: JsonFile, answer: Answer, placed: tuple[Listed, int] | None) -> None:
        """Rights say nothing of where they hold: the path must, by itself or by a subscription's id in it."""
        is_mirrored = placed is not None and placed[0].kind is _PERMISSIONS
        scope, page = (placed[0].scope, placed[1]) if placed and is_mirrored else (subscription_named(file.name), 1)
        if not scope or (answer.rows and not answer.is_permissions):
            here = Listed(kind=_PERMISSIONS, scope="/subscriptions/SUBSCRIPTION-ID").path.lstrip("/")
            raise SnapshotError(
                f"holds or hides permissions of something else than a whole subscription. Call such a file {here}.json."
            )
        listed = Listed(kind=_PERMISSIONS, scope=scope)
        body = self._trimmed(_PERMISSIONS, {"value": list(answer.rows)})
        rights = Document(kind=_PERMISSIONS.name, id=ArmId(listed.path), body=body, read_at=file.written)
        known = self._rights[listed.key].setdefault(page, rights)
        if known.body != body:
            self._gaps += one_of_each((known, rights), _TWICE)[1]
            self._doubtful.add(listed.key)
        self._pages[listed.key][page] = answer.more

    def folder(self, written: datetime) -> Folder:
        """What was read, and what was not there to be read."""
        pages = {key: found for key, found in self._pages.items() if not is_whole(found)}
        whole = (self._whole | (self._pages.keys() - pages.keys())) - self._doubtful
        documents, doubles = one_of_each((*self._documents, *map(_rights, self._rights.values())), _TWICE)
        gaps = {*self._gaps, *doubles, *gaps_of(documents, whole, pages)}
        if _ROOT.key in pages:
            gaps.add(partial_root(pages[_ROOT.key]))
        if not any(document.kind == _SUBSCRIPTION.name for document in documents):
            gaps.add(_no_subscription(is_asked=_ROOT.key in whole))
        return Folder(
            documents=tuple(sorted(documents, key=lambda document: (document.kind, document.id))),
            gaps=tuple(sorted(gaps)),
            removed=self._removed.told(),
            unread=dict(sorted(self._unread.items())),
            written=written,
        )


def _rights(pages: Mapping[int, Document]) -> Document:
    """The rights of a subscription: the rows of all pages."""
    rows = [row for page in sorted(pages) for row in pages[page].body["value"]]
    return replace(pages[min(pages)], body={"value": rows})


def _recognised(items: Sequence[Item]) -> Listed | None:
    """The list that an answer must be by what it holds, if it can be no other.

    Resources of one group may be the list of that group, and address records the list of those only.
    """
    kinds = {kind for kind, _ in items}
    ids = [id for _, id in items]
    kind = kinds.pop() if len(kinds) == 1 else None
    scopes = {scope_of(kind, id).lower() for id in ids} if kind else set()
    if kind is None or len(scopes) != 1 or kind.by_reference:
        return None
    if kind.parent == _SUBSCRIPTION.name and len({id.resource_group.lower() for id in ids}) == 1:
        return None
    if kind.name == "record-set" and not any(id.type.lower().endswith("/soa") for id in ids):  # every zone has one
        return None
    return Listed(kind=kind, scope=scopes.pop())


def _no_subscription(*, is_asked: bool) -> Gap:
    detail = "the identity sees no subscription at all" if is_asked else "the folder holds no subscription"
    return Gap(
        kind=_SUBSCRIPTION.name,
        scope="/",
        reason=Reason.HIDDEN if is_asked else Reason.NOT_ASKED,
        detail=detail,
        action=_ROOT.action,
    )
