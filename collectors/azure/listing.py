"""One question to ARM, asked page by page: links stay at the endpoint, items are checked and trimmed to documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors.arm.bodies import DEEPEST_BODY, is_deeper
from collectors.arm.kinds import Kind, trim
from collectors.azure.budgets import Grant, grant_of
from collectors.azure.errors import ReadError, ThrottledError, UnregisteredError, gap
from collectors.azure.session import Page, Session
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId

MOST_PAGES = 2000
"""Pages of one list. The largest documented one, 65,536 interfaces of a subscription, is 656 pages of 100."""


Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: the list of a kind below `scope` (`""`: the tenant), or (`one`) the resource `scope` itself."""

    kind: Kind
    scope: str
    one: bool = False

    @property
    def url(self) -> str:
        """The path to ask for."""
        path = self.scope if self.one else self.kind.path.format(scope=self.scope)
        return quote(path, safe="/-._~!$&'()*+,;=:@")

    @property
    def grant(self) -> Grant:
        """What its requests draw on."""
        return grant_of(self.kind, self.scope, one=self.one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a question gave. `error` is why it ended early; documents read before that are kept.

    `removed` are the paths that trimming took away. `unregistered`: it is empty because the subscription is not
    registered with the provider.
    """

    ask: Ask
    documents: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    removed: frozenset[str]
    pages: int
    error: ReadError | None = None
    unregistered: bool = False


class Reading:
    """A question being asked, one request at a time; between two of them it can wait without holding a thread."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.throttled = 0
        """How many times this request was refused for having been asked too often."""
        self._reader = _Reader(kind=ask.kind, scope=ask.scope)
        top = {} if ask.kind.page_size is None or ask.one else {"$top": str(ask.kind.page_size)}
        self._params: Mapping[str, str] | None = {"api-version": ask.kind.api_version, **top}
        self._url = ask.url
        self._seen: set[str] = set()
        self._rows: list[Any] = []
        self._pages = 0

    def step(self, session: Session, now: Now) -> tuple[Listing | None, Mapping[str, str]]:
        """Ask for one page: the finished listing or None, and the headers of the answer.

        Raises ThrottledError; whatever else Azure does becomes gaps.
        """
        try:
            page = session.get(self.ask.kind, self._url, self._params)
            more = self._take(session, page, now())
            self.throttled = 0
        except ThrottledError:
            raise
        except ReadError as error:
            return self.end(error, now), {}
        return (None if more else self.end(None, now)), page.headers

    def end(self, error: ReadError | None, now: Now) -> Listing:
        """What was read so far, ended by an error or by the last page."""
        kind, scope = self.ask.kind, self.ask.scope
        if kind.single and self._pages:
            self._reader.take_rows(self._rows, now())
        empty = isinstance(error, UnregisteredError) and not self._pages and self._is_top_level_list()
        failure = None if error is None or empty else _partial(error, self._pages)
        return Listing(
            ask=self.ask,
            documents=tuple(self._reader.documents),
            gaps=(*([gap(kind, scope, failure)] if failure else []), *self._reader.gaps()),
            removed=frozenset(self._reader.removed),
            pages=self._pages,
            error=failure,
            unregistered=empty,
        )

    def _is_top_level_list(self) -> bool:
        return self.ask.kind.parent == "subscription" and not self.ask.kind.single and not self.ask.one

    def _take(self, session: Session, page: Page, read_at: datetime) -> bool:
        """Keep what a page holds; the answer is whether there is another one."""
        content = page.content
        self._reader.may_be_deep |= not page.nests_at_most(DEEPEST_BODY)
        if self.ask.one:
            self._reader.take_one(content, read_at)
            return False
        values = content.get("value") if isinstance(content, dict) else None
        if not isinstance(values, list):
            raise ReadError(Reason.MALFORMED, "the answer holds no list")
        self._pages += 1
        if self.ask.kind.single:
            self._rows += values
        else:
            self._reader.take(values, read_at)
        link = content.get("nextLink")
        if link:
            self._url, self._params = self._checked(session, link), None
            if self._pages >= MOST_PAGES:
                raise ReadError(Reason.REFUSED, f"the list has more than {MOST_PAGES} pages")
        return bool(link)

    def _checked(self, session: Session, link: object) -> str:
        """The link to the next page, unchanged: parts of it are encoded in ways that do not survive a rewrite."""
        if not isinstance(link, str):
            raise ReadError(Reason.MALFORMED, "the link to the next page is not text")
        if not session.endpoint.owns(link):
            raise ReadError(
                Reason.REFUSED,
                f"the link to the next page leads away from {session.endpoint.host}, and was not followed",
            )
        if link in self._seen:
            raise ReadError(Reason.REFUSED, "the links to the next page form a loop")
        self._seen.add(link)
        return link


def is_plain(arm_id: ArmId) -> bool:
    """Whether an id has no dot segments: HTTP clients resolve those, and would ask for something else."""
    return "/." not in arm_id.key or not {".", ".."} & set(arm_id.key.split("/"))


def _partial(error: ReadError, pages: int) -> ReadError:
    if not pages:
        return error
    read = f"{pages} page{'s' if pages > 1 else ''} read, then {error.detail}"
    return ReadError(error.reason, read, error.action)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Turns items into documents and counts what cannot be one.

    `may_be_deep`: a page as a whole nests so deep that each of its items must be looked at.
    """

    kind: Kind
    scope: str
    may_be_deep: bool = False
    documents: list[Document] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    faults: dict[str, int] = field(default_factory=dict)

    def take(self, values: list[Any], read_at: datetime) -> None:
        """Each value is a document."""
        inside = (self.scope or self.kind.path).lower() + "/"
        for value in values:
            arm_id = self._id(value, inside)
            if isinstance(arm_id, str):
                self._count(arm_id)
            else:
                self._keep(arm_id, value, read_at)

    def take_one(self, value: Any, read_at: datetime) -> None:
        """The value is the document that was asked for. Raises ReadError for any other."""
        arm_id = _own_id(value)
        if arm_id is None or arm_id != ArmId(self.scope):
            raise ReadError(Reason.MALFORMED, "the answer is not the resource that was asked for")
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
        if self.may_be_deep and is_deeper(body):
            self._count(f"is nested deeper than {DEEPEST_BODY} levels")
            return
        self.removed |= removed
        self.documents.append(Document(kind=self.kind.name, id=arm_id, body=body, read_at=read_at))

    def _id(self, value: Any, inside: str) -> ArmId | str:
        """The id of an item, or why it has none that can be used."""
        if not isinstance(value, dict):
            return "is not an object"
        arm_id = _own_id(value)
        if arm_id is None:
            return "has no usable id"
        is_inside = arm_id.key.startswith(inside) and is_plain(arm_id)
        if not is_inside or not (self.scope or arm_id.key.count("/") == 2):
            return "has an id outside the scope that was asked for"
        return arm_id


def _own_id(value: Any) -> ArmId | None:
    try:
        return ArmId(value["id"]) if isinstance(value, dict) and isinstance(value.get("id"), str) else None
    except ValueError:
        return None
