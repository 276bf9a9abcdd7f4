"""How old facts are, in words; and which conclusions rest on the old ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.ages import ALLOWED, age_text, ago_text, reused_of
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from collectors.snapshot import Footer, Header, Snapshot

NOW = datetime(2026, 11, 21, 1, 35, tzinfo=UTC)
ZONE = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/z.example"


def snapshot(*read: tuple[str, timedelta], allowed: bool = True) -> Snapshot:
    documents = (Document(kind="record-set", id=ArmId(id), body={}, read_at=NOW - age) for id, age in read)
    scope = {ALLOWED: "3600s"} if allowed else {}
    header = Header(tool_version="1", cloud="AzureCloud", started=NOW, scope=scope)
    return Snapshot(header=header, documents=tuple(documents), footer=Footer(finished=NOW))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (200_000, "2 days")],
)
def test_an_age_in_words(seconds: int, text: str) -> None:
    assert age_text(timedelta(seconds=seconds)) == text


def test_yesterday_has_a_date() -> None:
    assert ago_text(NOW - timedelta(minutes=23), NOW) == "23 min ago (01:12 UTC)"
    assert ago_text(NOW - timedelta(minutes=99), NOW) == "99 min ago (2026-11-20 23:56 UTC)"


def test_what_a_run_read_itself_is_not_reused() -> None:
    """Nor what lies in a folder or a foreign file for whatever reason: only a run that might reuse did."""
    old = (f"{ZONE}/A/a", timedelta(minutes=23))
    assert reused_of(snapshot((f"{ZONE}/A/a", timedelta()))) is None
    assert reused_of(snapshot(old, allowed=False)) is None
    reused = reused_of(snapshot(old, (f"{ZONE}/A/b", timedelta())))
    assert reused is not None
    assert (reused.documents, reused.total, reused.oldest) == (1, 2, NOW - timedelta(minutes=23))
    assert reused.text(NOW) == "1 of 2 resources was not read by this run, but up to 23 min ago (01:12 UTC)"


def test_a_conclusion_from_an_old_list_says_so() -> None:
    """By the record, and by the zone in which one is missing; spelt in any way."""
    reused = reused_of(snapshot((f"{ZONE}/A/a", timedelta(minutes=23)), (f"{ZONE}/A/b", timedelta(minutes=40))))
    assert reused is not None
    assert reused.proof_text([ZONE.upper()], NOW).startswith("not by this run, but up to 40 min ago (00:55 UTC): Z.EX")
    assert "23 min ago (01:12 UTC): a, or what is listed" in reused.proof_text([f"{ZONE}/A/a", "dns:a.example"], NOW)
    assert reused.proof_text([ZONE.replace("z.example", "other"), "server:10.0.0.4@x"], NOW) == ""
