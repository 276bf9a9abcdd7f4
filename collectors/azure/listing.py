"""One list of ARM: pages followed without leaving the endpoint, items checked and trimmed to documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors.arm.kinds import Kind, trim
from collectors.azure.errors import ReadError, gap
from collectors.azure.session import Session
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId

MOST_PAGES = 2000
"""Pages of one list. The largest documented one, 65,536 interfaces of a subscription, is 656 pages of 100."""

DEEPEST_BODY = 40
"""Nesting of a document. Azure's own stay under 15; what nests deeper was made to exhaust a parser."""

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one list gave. `error` is why it ended early; documents read before that are kept.

    `scope` is the parent's id as text, `""` for the tenant; `removed` are the paths that trimming took away.
    """

    kind: Kind
    scope: str
    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    removed: frozenset[str]
    pages: int
    error: ReadError | None


def read_listing(session: Session, kind: Kind, scope: str, now: Now) -> Listing:
    """Read all pages of a kind at a scope. Never raises for what Azure does: that becomes gaps."""
    reader = _Reader(kind=kind, scope=scope)
    rows: list[Any] = []
    pages, error = 0, None
    try:
        for values in _pages(session, kind, scope):
            pages += 1
            if kind.single:
                rows += values
            else:
                reader.take(values, now())
    except ReadError as failure:
        error = _partial(failure, pages)
    if kind.single and pages:
        reader.take_rows(rows, now())
    gaps = [gap(kind, scope, error)] if error else []
    return Listing(
        kind=kind,
        scope=scope,
        documents=tuple(reader.documents),
        gaps=(*gaps, *reader.gaps()),
        removed=frozenset(reader.removed),
        pages=pages,
        error=error,
    )


def _pages(session: Session, kind: Kind, scope: str) -> Iterator[list[Any]]:
    url = quote(kind.path.format(scope=scope), safe="/-._~!$&'()*+,;=:@")
    top = {} if kind.page_size is None else {"$top": str(kind.page_size)}
    params: Mapping[str, str] | None = {"api-version": kind.api_version, **top}
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = session.get(kind, url, params)
        values = page.get("value") if isinstance(page, dict) else None
        if not isinstance(values, list):
            raise ReadError(Reason.MALFORMED, "the answer holds no list")
        yield values
        link = page.get("nextLink")
        if not link:
            return
        url, params = _checked(session, link, seen), None
    raise ReadError(Reason.REFUSED, f"the list has more than {MOST_PAGES} pages")


def _checked(session: Session, link: object, seen: set[str]) -> str:
    """The link to the next page, unchanged: parts of it are encoded in ways that do not survive a rewrite."""
    if not isinstance(link, str):
        raise ReadError(Reason.MALFORMED, "the link to the next page is not text")
    if not session.endpoint.owns(link):
        raise ReadError(
            Reason.REFUSED,
            f"the link to the next page leads away from {session.endpoint.host}, and was not followed",
        )
    if link in seen:
        raise ReadError(Reason.REFUSED, "the links to the next page form a loop")
    seen.add(link)
    return link


def _partial(error: ReadError, pages: int) -> ReadError:
    if not pages:
        return error
    read = f"{pages} page{'s' if pages > 1 else ''} read, then {error.detail}"
    return type(error)(error.reason, read, error.action)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Turns items into documents and counts what cannot be one."""

    kind: Kind
    scope: str
    documents: list[Document] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    faults: dict[str, int] = field(default_factory=dict)

    def take(self, values: list[Any], read_at: datetime) -> None:
        """Each value is a document."""
        for value in values:
            arm_id = self._id(value)
            if isinstance(arm_id, str):
                self._count(arm_id)
            else:
                self._keep(arm_id, value, read_at)

    def take_rows(self, rows: list[Any], read_at: datetime) -> None:
        """All rows are one document, whose id is the place where they were asked for."""
        objects = [row for row in rows if isinstance(row, dict)]
        if len(objects) < len(rows):
            self._count("is not an object", len(rows) - len(objects))
        arm_id = ArmId(self.kind.path.format(scope=self.scope))
        self._keep(arm_id, {"value": objects}, read_at)

    def gaps(self) -> Iterator[Gap]:
        """One gap for each way in which items could not be used."""
        for fault, count in self.faults.items():
            detail = f"an item of the list {fault}" if count == 1 else f"{count} items of the list: each {fault}"
            yield gap(self.kind, self.scope, ReadError(Reason.MALFORMED, detail))

    def _count(self, fault: str, times: int = 1) -> None:
        self.faults[fault] = self.faults.get(fault, 0) + times

    def _keep(self, arm_id: ArmId, value: dict[str, Any], read_at: datetime) -> None:
        body, removed = trim(self.kind, value)
        if _is_deeper(body, DEEPEST_BODY):
            self._count(f"is nested deeper than {DEEPEST_BODY} levels")
            return
        self.removed |= removed
        self.documents.append(Document(kind=self.kind.name, id=arm_id, body=body, read_at=read_at))

    def _id(self, value: Any) -> ArmId | str:
        """The id of an item, or why it has none that can be used."""
        if not isinstance(value, dict):
            return "is not an object"
        try:
            arm_id = ArmId(value["id"]) if isinstance(value.get("id"), str) else None
        except ValueError:
            arm_id = None
        if arm_id is None:
            return "has no usable id"
        inside = (self.scope or self.kind.path).lower() + "/"
        rest = arm_id.key.removeprefix(inside).split("/")
        is_inside = arm_id.key.startswith(inside) and not {".", ".."} & set(rest) and (self.scope or len(rest) == 1)
        return arm_id if is_inside else "has an id outside the scope that was asked for"


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for parent in layer
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not layer:
            return False
    return True
