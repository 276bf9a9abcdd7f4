"""Azure Resource Graph over an estate of the lab: the queries that are sent here, their pages, their quota, its faults.

It knows one shape of query and refuses any other. Rows differ from ARM's bodies as the real ones do.
"""

from __future__ import annotations

import json
import math
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from agent.lab import arm_answers as answers
from agent.lab.arm_faults import UNSEEN, ArmFault, Behaviour
from agent.lab.builders import TENANT
from collectors.arm.kinds import KINDS
from collectors.graph.documents import Document

_TABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "resources": frozenset(
            {"private-dns-zone", "zone-link", "private-endpoint", "network-interface", "virtual-network"}
        ),
        "dnsresources": frozenset({"record-set"}),
    }
)
_QUERY = re.compile(
    r"(?P<table>\w+) \| where type (?P<how>=~|startswith) '(?P<type>[^']+)'"
    r" \| project (?P<columns>\w+(?:, \w+)*) \| order by id asc"
)
_TAKES_SIGHT = (*UNSEEN, Behaviour.FORBIDDEN, Behaviour.PARTIAL)
_RECORDS = ("aRecords", "aaaaRecords", "mxRecords", "ptrRecords", "srvRecords", "txtRecords")
_RECORD = ("cnameRecord", "soaRecord")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphManners:
    """How Graph behaves.

    `late`: the newest document of each kind is not there yet. `truncated`: answers are cut without a token.
    `refused`: 403. `stamps`: record sets come with their metadata. `rows` is the largest page, `quota` how many
    queries each `window` of seconds allows.
    """

    late: bool = False
    truncated: bool = False
    refused: bool = False
    stamps: bool = True
    rows: int = 1000
    quota: int = 15
    window: float = 5.0


POLITE = GraphManners()


class ResourceGraph:
    """Answers POSTs with a query. What `faults` keep the identity from seeing is left out without a word."""

    def __init__(
        self,
        documents: Iterable[Document],
        manners: GraphManners,
        faults: tuple[ArmFault, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manners = manners
        self._faults = faults
        self._clock = clock
        self._documents = sorted(_indexed(documents, late=manners.late), key=lambda document: document.id)
        self._left = manners.quota
        self._resets = 0.0

    def answer(self, content: bytes) -> Response:
        """The answer to one query."""
        if self._manners.refused:
            return answers.forbidden("Microsoft.ResourceGraph/resources/read", "/")
        wait = self._draw()
        if wait:
            message = "The request was throttled."
            return answers.error(429, "RateLimiting", message, headers={"Retry-After": str(wait)})
        response = self._page(content)
        response.headers["x-ms-user-quota-remaining"] = str(self._left)
        left = max(0, math.ceil(self._resets - self._clock()))
        response.headers["x-ms-user-quota-resets-after"] = f"00:{left // 60:02}:{left % 60:02}"
        return response

    def _draw(self) -> int:
        """Use one query up: seconds to wait, 0 where it is granted."""
        now = self._clock()
        if now >= self._resets:
            self._left, self._resets = self._manners.quota, now + self._manners.window
        if not self._left:
            return math.ceil(self._resets - now) or 1
        self._left -= 1
        return 0

    def _page(self, content: bytes) -> Response:
        try:
            asked = json.loads(content)
            query = _QUERY.fullmatch(asked["query"])
            subscriptions = {str(one).lower() for one in asked["subscriptions"]}
            options = asked["options"]
            top, start = min(int(options["$top"]), self._manners.rows), _offset(options.get("$skipToken", ""))
        except (ValueError, KeyError, TypeError):
            return answers.error(400, "BadRequest", "The request is not valid.")
        if query is None or query["table"] not in _TABLES:
            return answers.error(400, "BadRequest", "Query is invalid.", details=[{"code": "InvalidQuery"}])
        rows = [self._row(document, query) for document in self._found(query, subscriptions)]
        page = rows[start : start + top]
        body: dict[str, Any] = {"totalRecords": len(rows), "count": len(page), "data": page, "facets": []}
        more = start + top < len(rows)
        body["resultTruncated"] = "true" if more and self._manners.truncated else "false"
        if more and not self._manners.truncated:
            body["$skipToken"] = b64encode(f"rows/{start + top}".encode()).decode()
        return answers.json_response(body)

    def _found(self, query: re.Match[str], subscriptions: set[str]) -> Iterator[Document]:
        wanted = query["type"].lower()
        for document in self._documents:
            arm_type = document.id.type.lower()
            fits = arm_type == wanted if query["how"] == "=~" else arm_type.startswith(wanted)
            known = document.kind in _TABLES[query["table"]] and document.id.subscription in subscriptions
            if fits and known and self._visible(document):
                yield document

    def _visible(self, document: Document) -> bool:
        for fault in self._faults:
            kind = "*" if fault.behaviour in UNSEEN else document.kind
            if fault.behaviour not in _TAKES_SIGHT or not fault.covers(kind, document.id.text):
                continue
            inside = (
                fault.behaviour is Behaviour.PARTIAL and document.id.resource_group.lower() == fault.argument.lower()
            )
            if not inside:
                return False
        return True

    def _row(self, document: Document, query: re.Match[str]) -> dict[str, Any]:
        row = _record_set(document, stamps=self._manners.stamps) if document.kind == "record-set" else _row(document)
        return {column: row.get(column) for column in query["columns"].split(", ")}


def _indexed(documents: Iterable[Document], *, late: bool) -> Iterator[Document]:
    """The documents that Graph holds. The newest is the one that was added to the estate last."""
    held = {kind for kinds in _TABLES.values() for kind in kinds}
    newest: dict[str, Document] = {}
    kept = [document for document in documents if document.kind in held]
    for document in kept:
        newest[document.kind] = document
    return (document for document in kept if not late or newest[document.kind] is not document)


def _row(document: Document) -> dict[str, Any]:
    """The columns of a resource: the type in lower case, empty columns null, no etag."""
    return {
        "id": document.id.text,
        "name": document.body.get("name"),
        "type": document.id.type.lower(),
        "tenantId": TENANT,
        "kind": "",
        "location": document.body.get("location", ""),
        "resourceGroup": document.id.resource_group.lower(),
        "subscriptionId": document.id.subscription,
        "managedBy": "",
        "sku": None,
        "plan": None,
        "properties": document.body.get("properties"),
        "tags": document.body.get("tags"),
        "identity": None,
        "zones": None,
        "extendedLocation": None,
    }


def _record_set(document: Document, *, stamps: bool) -> dict[str, Any]:
    """A record set has one key for its records whatever their type, and no word on auto-registration."""
    own = document.body["properties"]
    held: list[Any] = next((own[key] for key in _RECORDS if key in own), [])
    one = next((own[key] for key in _RECORD if key in own), None)
    shown: dict[str, Any] = {"ttl": own.get("ttl")} | ({"records": held} if one is None else {"record": one})
    if stamps and "metadata" in own:
        shown["metadata"] = own["metadata"]
    if own.get("isAutoRegistered"):
        network = (
            f"/subscriptions/{document.id.subscription}/resourceGroups/rg/providers/{KINDS['virtual-network'].type}"
        )
        shown |= {"virtualNetworkId": f"{network}/vnet", "virtualNetworkLinkName": "registration"}
    return _row(document) | {"properties": shown, "managedBy": document.id.parent.name}


def _offset(token: str) -> int:
    """Where a page begins. Raises ValueError for a token that was not given here."""
    if not token:
        return 0
    found = re.fullmatch(r"rows/(\d{1,9})", b64decode(token, validate=True).decode())
    if found is None:
        raise ValueError(token)
    return int(found[1])
