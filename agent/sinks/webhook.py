"""A webhook: plain JSON that is signed, or the payloads of Slack and Teams, in which nothing of ours is markup."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import msgspec
import requests

from agent.events import decoded
from agent.history.store import Waiting
from agent.sinks.base import Outcome, all_of

_TIMEOUT = 10.0  # seconds, to connect and between bytes
_LONGEST_TEXT = 2_500  # of one event in a chat; Slack takes 3,000 characters in a section
_OK, _TOO_MANY, _FIRST_ERROR = 200, 429, 300
SIGNATURE = "X-Agent-Signature"
"""The header with `sha256=` and the HMAC of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSink:
    """Posts a batch as one request. `secret` signs it where there is one; a redirect is never followed."""

    url: str
    kind: Literal["generic", "slack", "teams"]
    secret: bytes = b""
    name: str = "webhook"
    most: int = 20
    most_bytes: int = 500_000

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Post; every answer but a 2xx keeps the batch in the spool. The URL is a secret: no error tells it."""
        told = [item for item in batch if self.kind == "generic" or item.message.kind != "heartbeat"]
        if not told:
            return Outcome(arrived=all_of(batch))  # a chat is not told every half an hour that all is as it was
        body = msgspec.json.encode(_payload(self.kind, [decoded(item.message.body) for item in told]))
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SIGNATURE] = f"sha256={hmac.new(self.secret, body, hashlib.sha256).hexdigest()}"
        try:
            answer = requests.post(self.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            return Outcome(arrived=(), error=f"the webhook was not reached ({type(error).__name__})")
        if _OK <= answer.status_code < _FIRST_ERROR:
            return Outcome(arrived=all_of(batch))
        return Outcome(
            arrived=(), error=f"the webhook answered {answer.status_code}", after=retry_after(answer.headers)
        )


def retry_after(headers: Any) -> timedelta | None:
    """How many seconds a receiver asks to be left alone; a date is not understood and means nothing."""
    text = str(headers.get("Retry-After", "")).strip()
    return timedelta(seconds=min(int(text), 86_400)) if re.fullmatch(r"\d{1,9}", text) else None


def _payload(kind: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if kind == "slack":
        return _slack(rows)
    return _teams(rows) if kind == "teams" else {"schema": 1, "events": list(rows)}


def _slack(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Blocks of plain text: mrkdwn, mentions and links mean nothing there."""
    blocks = [
        {"type": "section", "text": {"type": "plain_text", "text": _plain(row)[:_LONGEST_TEXT], "emoji": False}}
        for row in rows
    ]
    return {"text": f"{len(rows)} change{'' if len(rows) == 1 else 's'} in private endpoint DNS", "blocks": blocks}


def _teams(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An adaptive card; its text blocks know Markdown, so what could be some is escaped."""
    body = [{"type": "TextBlock", "wrap": True, "text": _escaped(_plain(row)[:_LONGEST_TEXT])} for row in rows]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _plain(row: dict[str, Any]) -> str:
    """One event in a few lines of text."""
    lines = [
        f"{str(row['Event']).upper()} {str(row['Level']).upper()} {row['Code']}: {row['Cause']}",
        f"workspace: {row['WorkspaceName']}" if row["WorkspaceName"] else "",
        f"names: {row['Names']}" if row["Names"] not in ("", "[]") else "",
        f"repair: {row['Repair']}" if row["Repair"] not in ("", "[]") else "",
        f"fingerprint: {row['Fingerprint']}",
    ]
    return "\n".join(filter(None, lines))


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~@-])")


def _escaped(text: str) -> str:
    """Text in which Teams finds neither Markdown nor a mention nor a template expression."""
    return _MARKDOWN.sub(r"\\\1", text).replace("$", "\uff04").replace("\n", "\n\n")
