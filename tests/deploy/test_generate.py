"""Role and table of a deployment are those of the program."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from agent.config.model import LogAnalyticsTable
from agent.events import decoded, encoded, heartbeat
from collectors.arm.kinds import KINDS
from collectors.arm.read_posts import READ_POSTS
from collectors.azure import activity_log
from deploy.generate import FOLDER, STREAM, WHY, columns, files

# A custom table refuses these: learn.microsoft.com, Add or delete tables and columns in Azure Monitor Logs.
RESERVED = {
    "_ResourceId",
    "id",
    "_SubscriptionId",
    "TenantId",
    "Type",
    "UniqueId",
    "Title",
    "_ItemId",
    "MG",
    "_BilledSize",
}


@pytest.mark.parametrize("name", files())
def test_the_committed_file_is_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == files()[name]


def test_the_role_is_what_the_program_reads_and_nothing_else() -> None:
    role = json.loads((FOLDER / "role.json").read_text(encoding="utf-8"))
    assert set(role["Actions"]) == {kind.action for kind in KINDS.values()} | {activity_log.ACTION}
    assert all(action.endswith("/read") and "*" not in action for action in role["Actions"])
    assert role["DataActions"] == []


def test_every_action_has_a_reason_and_switched_ones_stand_apart() -> None:
    page = (FOLDER / "role.md").read_text(encoding="utf-8")
    rows = {
        row.split("|")[1].strip(" `"): row.split("|")[2].strip() for row in page.splitlines() if row.startswith("| `")
    }
    assert set(rows) == {k.action for k in KINDS.values()} | {activity_log.ACTION} | {
        p.action for p in READ_POSTS.values() if p.action
    }
    assert all(rows.values())
    assert set(WHY) == set(KINDS)


def test_the_columns_are_those_of_a_row_that_is_sent() -> None:
    row = decoded(encoded(heartbeat(datetime(2026, 1, 1, tzinfo=UTC), "run", "HEALTHY")))
    assert [column["name"] for column in columns()] == list(row)
    assert {"name": "TimeGenerated", "type": "datetime"} in columns()
    assert {"name": "FirstSeen", "type": "datetime"} in columns()
    assert not RESERVED & set(row)


def test_the_stream_is_the_one_that_is_configured_by_default() -> None:
    assert LogAnalyticsTable().stream == STREAM
