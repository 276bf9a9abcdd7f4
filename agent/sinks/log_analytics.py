"""Log Analytics, by the Logs Ingestion API: rows of a data collection rule's stream."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agent.events import decoded
from agent.history.store import Waiting
from agent.sinks.base import Outcome, all_of
from agent.sinks.webhook import retry_after

if TYPE_CHECKING:  # only a run that sends pays for loading the client
    from azure.monitor.ingestion import LogsIngestionClient

_TOO_LARGE, _FORBIDDEN, _BAD = 413, (401, 403), 400
_SHORT = 1_000  # characters of a field in a row that the service found too large
_HINTS = {
    400: "does the stream have the columns of FindingEvent?",
    401: "the identity is not accepted",
    403: "the identity needs Monitoring Metrics Publisher on the data collection rule",
    404: "is rule_id the immutable id of the data collection rule, and the stream its own?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnalyticsSink:
    """Uploads a batch as one chunk, so that what arrives arrives in order; the client must not try again itself."""

    client: LogsIngestionClient
    rule_id: str
    stream: str
    name: str = "log_analytics"
    most: int = 500
    most_bytes: int = field(default=900_000)  # the service takes 1 MB of JSON in a request

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Upload. What is too large is sent in halves, and a row alone with its fields cut."""
        status, error, after = self._upload([decoded(item.message.body) for item in batch])
        if not error:
            return Outcome(arrived=all_of(batch))
        if status != _TOO_LARGE:
            return Outcome(arrived=(), error=error, after=after)
        if len(batch) == 1:
            status, error, after = self._upload([_shortened(decoded(batch[0].message.body))])
            return Outcome(arrived=() if error else all_of(batch), error=error, after=after)
        half = len(batch) // 2
        first = self.send(batch[:half])
        if first.error:
            return first
        second = self.send(batch[half:])
        return Outcome(arrived=(*first.arrived, *second.arrived), error=second.error, after=second.after)

    def _upload(self, rows: Sequence[MutableMapping[str, Any]]) -> tuple[int, str, timedelta | None]:
        """The status, what went wrong in a sentence (empty: nothing), and how long to wait."""
        from azure.core.exceptions import AzureError, HttpResponseError

        try:
            self.client.upload(self.rule_id, self.stream, list(rows))
        except HttpResponseError as error:
            status = error.status_code or 0
            hint = f": {_HINTS[status]}" if status in _HINTS else ""
            headers = getattr(error.response, "headers", {})
            return status, f"Log Analytics answered {status}{hint}", retry_after(headers)
        except AzureError as error:
            return 0, f"Log Analytics was not reached ({type(error).__name__})", None
        return 0, "", None


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose long fields are cut, and say so."""
    return {
        key: f"{value[:_SHORT]} ... (cut)" if isinstance(value, str) and len(value) > _SHORT else value
        for key, value in row.items()
    }
