"""Azure's Activity Log: who changed a resource. It is read for the changes behind new findings, and proves nothing.

Source: learn.microsoft.com/rest/api/monitor/activity-logs/list. The pattern of the filter is one of the few it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from collectors.arm.kinds import KINDS
from collectors.azure.errors import ReadError, plain
from collectors.azure.session import Session
from collectors.graph.deeds import Deed
from collectors.graph.ids import ArmId

ACTION = "Microsoft.Insights/eventtypes/values/read"
"""The right that reading it needs."""
MOST = 20
"""Resources that are looked up in one run: the log takes some seconds for each."""
_API_VERSION = "2015-04-01"
_PIPELINE = KINDS["subscription"]  # any ARM pipeline does
_CHANGES = ("/write", "/delete", "/action")
_LONGEST_CALLER = 120


def deeds(session: Session, ids: Iterable[ArmId], since: datetime, until: datetime) -> dict[ArmId, Deed]:
    """The last change of each resource between two moments, for those of which the log can be read and tells one."""
    found: dict[ArmId, Deed] = {}
    closed = {""}  # subscriptions whose log gave no answer: asking on would only keep the news waiting
    for id in list(ids)[:MOST]:
        if id.subscription in closed:
            continue
        try:
            page = session.get(_PIPELINE, _path(id), _query(id, since, until))
        except ReadError:  # what it was changed by is worth knowing, and no more
            closed.add(id.subscription)
            continue
        if told := list(_deeds(page.content)):
            found[id] = max(told, key=lambda deed: deed.at)
    return found


def _path(id: ArmId) -> str:
    return f"/subscriptions/{id.subscription}/providers/Microsoft.Insights/eventtypes/management/values"


def _query(id: ArmId, since: datetime, until: datetime) -> Mapping[str, str]:
    quoted = id.text.replace("'", "''")
    window = f"eventTimestamp ge '{_moment(since)}' and eventTimestamp le '{_moment(until)}'"
    return {
        "api-version": _API_VERSION,
        "$filter": f"{window} and resourceUri eq '{quoted}'",
        "$select": "caller,eventTimestamp,operationName,status,resourceId",
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _deeds(content: Any) -> Iterator[Deed]:
    """The changes that succeeded. The answer is anybody's: rows that make no sense are passed over."""
    rows = content.get("value") if isinstance(content, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or _value(row, "status") != "Succeeded":
            continue
        operation, caller = _value(row, "operationName"), row.get("caller")
        if not isinstance(caller, str) or not operation.lower().endswith(_CHANGES):
            continue
        try:
            at = datetime.fromisoformat(str(row.get("eventTimestamp")))
        except ValueError:
            continue
        if at.tzinfo is not None:
            yield Deed(caller=plain(caller, _LONGEST_CALLER), at=at.astimezone(UTC), operation=plain(operation))


def _value(row: Mapping[str, Any], key: str) -> str:
    held = row.get(key)
    found = held.get("value") if isinstance(held, dict) else held
    return found if isinstance(found, str) else ""
