"""Webhooks: signed, never followed elsewhere, and nothing of ours is markup in a chat."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.history.lives import Kind
from agent.sinks.webhook import SIGNATURE, WebhookSink, _payload
from tests.agent.sinks.receiving import Answer, event, message, receiving, waiting

SECRET = b"between us"
HOSTILE = "<!channel> <@U123> [x](https://evil.example) **bold** `code` @everyone ${env} &lt; \n# title"


def test_a_batch_is_posted_and_signed() -> None:
    with receiving() as receiver:
        sink = WebhookSink(url=f"{receiver.url}/hook?token=secret", kind="generic", secret=SECRET)
        outcome = sink.send(waiting(message(1, "webhook"), message(2, "webhook", kind=Kind.HEARTBEAT)))
    assert outcome.arrived == (0, 1)
    ((headers, body),) = receiver.requests
    assert headers[SIGNATURE] == f"sha256={hmac.new(SECRET, body, hashlib.sha256).hexdigest()}"
    sent = json.loads(body)
    assert (sent["schema"], [row["EventId"] for row in sent["events"]]) == (1, ["e1", "e2"])


@pytest.mark.parametrize("answer", [Answer(302), Answer(400), Answer(500), Answer(cut=True), Answer(429, "30")])
def test_every_other_answer_keeps_the_batch_and_tells_no_secret(answer: Answer) -> None:
    """A redirect is one of them: whoever it leads to is not who was configured."""
    with receiving(answer) as receiver:
        sink = WebhookSink(url=f"{receiver.url}/hook?token=secret", kind="generic")
        outcome = sink.send(waiting(message(1, "webhook")))
    assert (outcome.arrived, len(receiver.requests)) == ((), 1)
    assert outcome.error
    assert "secret" not in outcome.error
    assert "127.0.0.1" not in outcome.error
    assert outcome.after == (timedelta(seconds=30) if answer.retry_after else None)


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_a_chat_is_not_told_that_nothing_happened(kind: Literal["slack", "teams"]) -> None:
    with receiving() as receiver:
        sink = WebhookSink(url=receiver.url, kind=kind)
        assert sink.send(waiting(message(1, "webhook", kind=Kind.HEARTBEAT))).arrived == (0,)
        assert receiver.requests == []
        assert sink.send(waiting(message(1, "webhook", kind=Kind.HEARTBEAT), message(2, "webhook"))).arrived == (0, 1)
    assert len(receiver.requests) == 1


def texts(kind: str, cause: str, repair: str = "") -> list[str]:
    row = json.loads(message(1, "webhook", cause=cause, repair=repair).body)
    payload = _payload(kind, [row])
    if kind == "slack":
        assert {block["text"]["type"] for block in payload["blocks"]} == {"plain_text"}
        return [block["text"]["text"] for block in payload["blocks"]]
    (attachment,) = payload["attachments"]
    return [block["text"] for block in attachment["content"]["body"]]


def test_slack_gets_plain_text() -> None:
    """mrkdwn, mentions and links mean nothing in it."""
    (text,) = texts("slack", cause=HOSTILE)
    assert "<!channel>" in text


@given(st.text(max_size=200))
def test_nothing_is_markup_in_teams(cause: str) -> None:
    """Every character that Markdown, a mention or a template gives a meaning to stands behind a backslash."""
    (text,) = texts("teams", cause=cause + HOSTILE)
    plain = text.replace("\\\\", "")
    for mark in "`*_[]()<>@#":
        assert mark not in plain.replace(f"\\{mark}", "")
    assert "${" not in text


def test_messages_of_a_chat_stay_below_its_limits() -> None:
    for kind in ("slack", "teams"):
        assert max(len(text) for text in texts(kind, cause="x" * 16_000, repair="y" * 16_000)) <= 3_000
    assert event(1).event == "new"
