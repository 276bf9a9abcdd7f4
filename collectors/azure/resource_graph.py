"""Azure Resource Graph: a few queries instead of thousands of lists, its rows turned into ARM's own documents.

What the answers are worth is found out in `graph_first`. Sources: REST reference 2021-03-01; "Guidance for throttled
requests"; "Private DNS information in Azure Resource Graph".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from collectors.arm.bodies import DEEPEST_BODY, is_deeper
from collectors.arm.kinds import Kind, trim
from collectors.arm.read_posts import RESOURCE_GRAPH
from collectors.azure.errors import ReadError, ThrottledError
from collectors.azure.listing import MOST_PAGES, Ask, Listing, Now, is_plain
from collectors.azure.session import Page, Session
from collectors.graph.documents import Document, Reason
from collectors.graph.ids import ArmId

COVERED = ("private-endpoint", "network-interface", "virtual-network", "zone-link", "record-set")
"""Kinds that are asked for, in this order. Zones are not: what ARM says of them proves their links and records."""

ROWS = 1000
"""Rows of a page, the most there are."""

SUBSCRIPTIONS = 200
"""Subscriptions of one query: "the group size is recommended to be less than 300" (see above)."""

_MOST_THROTTLED = 5
_LONGEST_BACKOFF = 30.0  # seconds, where a 429 does not say how long
_WINDOW = 5.0  # seconds of the documented quota window, where the header says nothing that makes sense
_RESETS_AFTER = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)(?:\.\d+)?")

_ZONE_TYPE = "Microsoft.Network/privateDnsZones"

Rows = Mapping[str, Listing]
"""What Graph knows of a kind, by the scope in lower case. A scope with a row that is not understood has a gap."""


def query_of(kind: Kind) -> str:
    """The query for a kind. Without the id among the columns, and an order by it, there are no further pages."""
    if kind.name == "record-set":
        where, columns = f"dnsresources | where type startswith '{_ZONE_TYPE.lower()}/'", "id, type, properties"
    else:
        where, columns = f"resources | where type =~ '{kind.type.lower()}'", "id, name, type, location, properties"
    return f"{where} | project {columns} | order by id asc"


class ResourceGraph:
    """Asks Graph within the quota that it grants and within the waiting that the run may do. For one thread."""

    def __init__(self, session: Session, now: Now) -> None:
        self._session = session
        self._now = now
        self._pause = 0.0
        self.sent = 0

    def read(self, kind: Kind, subscriptions: Iterable[str]) -> Rows:
        """All rows of a kind in subscriptions (GUIDs). Raises ReadError: then nothing of it may be used."""
        rows = _Rows(kind=kind, within=frozenset(subscriptions))
        asked = sorted(rows.within)
        for start in range(0, len(asked), SUBSCRIPTIONS):
            for page in self._pages(query_of(kind), asked[start : start + SUBSCRIPTIONS]):
                rows.take(page, self._now())
        return rows.listings()

    def _pages(self, query: str, subscriptions: Sequence[str]) -> Iterator[Page]:
        token, seen, held = "", set[str](), 0
        for _ in range(MOST_PAGES):
            page = self._ask(query, subscriptions, token)
            held += _count(page)
            yield page
            token = _token(page)
            if not token:
                _check_whole(page, held)
                return
            if token in seen:
                raise ReadError(Reason.REFUSED, "the tokens of the next page form a loop")
            seen.add(token)
        raise ReadError(Reason.REFUSED, f"the answer has more than {MOST_PAGES} pages")

    def _ask(self, query: str, subscriptions: Sequence[str], token: str) -> Page:
        """One page, asked again while Graph refuses for the moment."""
        options = {"$top": ROWS, "resultFormat": "objectArray"} | ({"$skipToken": token} if token else {})
        content = {"subscriptions": list(subscriptions), "query": query, "options": options}
        for times in range(_MOST_THROTTLED):
            self._wait()
            self.sent += 1
            try:
                page = self._session.post(RESOURCE_GRAPH, content)
            except ThrottledError as refused:
                backoff = min(self._session.backoff * 2**times, _LONGEST_BACKOFF)
                self._pause = backoff if refused.wait is None else refused.wait
            else:
                self._learn(page.headers)
                return page
        raise ReadError(Reason.THROTTLED, f"refused {_MOST_THROTTLED} times for having been asked too often")

    def _wait(self) -> None:
        pause, self._pause = self._pause, 0.0
        if not pause:
            return
        denied = self._session.waits.grant(pause)
        if denied:
            raise ReadError(Reason.REFUSED, f"it asked us to wait {pause:.0f} s, but {denied}")
        self._session.waits.sleep(pause)

    def _learn(self, headers: Mapping[str, str]) -> None:
        """Wait before the next query when the quota of this window is used up."""
        if headers.get("x-ms-tenant-subscription-limit-hit", "").lower() == "true":
            raise ReadError(Reason.REFUSED, "the answer leaves out subscriptions: there are too many")
        if headers.get("x-ms-user-quota-remaining", "").strip() == "0":
            found = _RESETS_AFTER.fullmatch(headers.get("x-ms-user-quota-resets-after", "").strip())
            hours, minutes, seconds = map(int, found.groups()) if found else (0, 0, int(_WINDOW))
            self._pause = float(hours * 3600 + minutes * 60 + seconds)


def _count(page: Page) -> int:
    """How many rows a page holds. Raises ReadError unless it is a page."""
    rows = page.content.get("data") if isinstance(page.content, dict) else None
    if not isinstance(rows, list) or page.content.get("count") != len(rows):
        raise ReadError(Reason.MALFORMED, "the answer is not the page of rows that was asked for")
    return len(rows)


def _token(page: Page) -> str:
    token = page.content.get("$skipToken")
    if token is not None and not isinstance(token, str):
        raise ReadError(Reason.MALFORMED, "the token of the next page is not text")
    return token or ""


def _check_whole(page: Page, held: int) -> None:
    """After the last page: whether all rows came. Documented as text, `resultTruncated` is compared as such."""
    if str(page.content.get("resultTruncated")).lower() != "false" or page.content.get("totalRecords") != held:
        raise ReadError(Reason.REFUSED, "the answer was cut short")


@dataclass(slots=True, kw_only=True)
class _Scope:
    """What was read of one scope so far; `fault` is why it cannot be used."""

    documents: list[Document] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Rows on their way to documents, by scope."""

    kind: Kind
    within: frozenset[str]
    scopes: dict[str, _Scope] = field(default_factory=dict)
    seen: set[ArmId] = field(default_factory=set)

    def take(self, page: Page, read_at: datetime) -> None:
        """Keep the rows of a page. Raises ReadError where a row cannot even be told to belong somewhere."""
        shallow = page.nests_at_most(DEEPEST_BODY)
        for row in page.content["data"]:
            arm_id = self._id(row)
            scope = self.scopes.setdefault(_scope_of(self.kind, arm_id), _Scope())
            body = _body(self.kind, arm_id, row)
            if body is None or (not shallow and is_deeper(body)):
                scope.fault = "a row has a shape that is not known"
            elif arm_id in self.seen:
                scope.fault = "a resource came twice"
            else:
                kept, removed = trim(self.kind, body)
                scope.removed |= removed
                scope.documents.append(Document(kind=self.kind.name, id=arm_id, body=kept, read_at=read_at))
            self.seen.add(arm_id)

    def _id(self, row: Any) -> ArmId:
        try:
            arm_id = ArmId(row["id"]) if isinstance(row, dict) and isinstance(row.get("id"), str) else None
        except ValueError:
            arm_id = None
        if arm_id is None or not is_plain(arm_id) or arm_id.subscription not in self.within:
            raise ReadError(Reason.MALFORMED, "a row is not a resource of the subscriptions that were asked for")
        return arm_id

    def listings(self) -> Rows:
        """Each scope as if it had been listed."""
        return {
            scope: Listing(
                ask=Ask(self.kind, scope),
                documents=tuple(found.documents),
                gaps=(),
                removed=frozenset(found.removed),
                pages=0,
                error=ReadError(Reason.MALFORMED, found.fault) if found.fault else None,
            )
            for scope, found in self.scopes.items()
        }


def _scope_of(kind: Kind, arm_id: ArmId) -> str:
    return f"/subscriptions/{arm_id.subscription}" if kind.parent == "subscription" else arm_id.parent.key


def _body(kind: Kind, arm_id: ArmId, row: dict[str, Any]) -> dict[str, Any] | None:
    """A row as ARM would have sent it, None where it is not understood. Types come in lower case."""
    arm_type, properties = row.get("type"), row.get("properties")
    if not isinstance(arm_type, str) or arm_type.lower() != arm_id.type.lower() or not isinstance(properties, dict):
        return None
    if kind.name == "record-set":
        return _record_set(arm_id, properties)
    return row | {"type": kind.type} if arm_type.lower() == kind.type.lower() else None


@dataclass(frozen=True, slots=True)
class _Records:
    """Where ARM keeps the records of a type (`key`, a list or one), and what of each counts."""

    key: str
    value: str
    one: bool = False


_RECORDS: Mapping[str, _Records | None] = MappingProxyType(
    {
        "A": _Records("aRecords", "ipv4Address"),
        "AAAA": _Records("aaaaRecords", "ipv6Address"),
        "CNAME": _Records("cnameRecord", "cname", one=True),
        "PTR": _Records("ptrRecords", "ptrdname"),
        **dict.fromkeys(("MX", "SOA", "SRV", "TXT")),  # there, and that is all that is kept of them
    }
)


def _record_set(arm_id: ArmId, properties: dict[str, Any]) -> dict[str, Any] | None:
    """A row of `dnsresources`: one key `records` (`record` for a CNAME) for all types, none for auto-registration."""
    if arm_id.parent.type.lower() != _ZONE_TYPE.lower():
        return None
    record_type = arm_id.type.rpartition("/")[2].upper()
    ttl = properties.get("ttl")
    if record_type not in _RECORDS or not isinstance(ttl, int) or isinstance(ttl, bool):
        return None
    held = _held(_RECORDS[record_type], properties)
    if held is None:
        return None
    said = properties.get("isAutoRegistered")
    auto = said if isinstance(said, bool) else bool(properties.get("virtualNetworkId"))
    kept = {name: properties[name] for name in ("fqdn", "metadata") if properties.get(name) is not None}
    return {
        "id": arm_id.text,
        "name": arm_id.name,
        "type": f"{_ZONE_TYPE}/{record_type}",
        "properties": kept | {"ttl": ttl, "isAutoRegistered": auto} | held,
    }


def _held(records: _Records | None, properties: dict[str, Any]) -> dict[str, Any] | None:
    """The records under ARM's own key; None where none of the known places holds any list of them."""
    if records is None:
        return {}
    found = next((properties[key] for key in (records.key, "records", "record") if key in properties), None)
    rows = [found] if isinstance(found, dict) else found
    if not isinstance(rows, list) or (records.one and len(rows) != 1):
        return None
    values = [row.get(records.value) if isinstance(row, dict) else None for row in rows]
    if not all(isinstance(value, str) for value in values):
        return None
    kept = [{records.value: value} for value in values]
    return {records.key: kept[0] if records.one else kept}
