"""The Activity Log of a lab's estate: somebody did what the faults did, at the moment from which it is served.

As the real one: JSON with localisable names, and a filter that takes one resource and a window of time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from agent.lab import arm_answers as answers
from collectors.graph.ids import ArmId

ACTIVITY = "Microsoft.Insights/eventtypes/values/read"
CALLER = "dana.ops@contoso.example"
_PATH = re.compile(r"/subscriptions/[^/]+/providers/microsoft\.insights/eventtypes/management/values")
_FILTER = re.compile(
    r"eventTimestamp ge '(?P<since>[^']+)' and eventTimestamp le '(?P<until>[^']+)' and resourceUri eq '(?P<id>.+)'"
)


class ActivityLog:
    """`changed`: what was done to which resource, `write` or `delete`."""

    def __init__(self, changed: Mapping[ArmId, str]) -> None:
        self._changed = changed
        self._at = datetime.now(UTC)

    def is_asked(self, path: str) -> bool:
        """Whether a path is that of the log."""
        return _PATH.fullmatch(path.lower()) is not None

    def answer(self, asked: str) -> Response:
        """The events that a filter asks for."""
        found = _FILTER.fullmatch(asked)
        if found is None:
            return answers.error(400, "BadRequest", "The filter is not one of the supported patterns.")
        id = ArmId(found["id"].replace("''", "'"))
        since, until = (datetime.fromisoformat(found[key]) for key in ("since", "until"))
        done = self._changed.get(id) if since <= self._at <= until else None
        return JSONResponse({"value": self._events(id, done) if done else []})

    def _events(self, id: ArmId, done: str) -> list[dict[str, object]]:
        operation = f"{id.type}/{done}"
        return [
            {
                "caller": CALLER,
                "eventTimestamp": self._at.isoformat().replace("+00:00", "Z"),
                "operationName": {"value": operation, "localizedValue": operation},
                "status": {"value": status, "localizedValue": status},
                "resourceId": id.text,
            }
            for status in ("Succeeded", "Started")
        ]
