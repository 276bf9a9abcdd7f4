"""What came through Resource Graph is told as possibly late, live and offline, and a header may say anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.lateness import late_scope, late_text
from collectors.snapshot import Header
from tests.agent.commands import agent

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATE = "were read through Azure Resource Graph, which may be minutes behind"


def header(scope: dict[str, Any]) -> Header:
    return Header(tool_version="1", cloud="AzureCloud", started=NOW, scope=scope)


def test_a_run_through_resource_graph_tells_it_and_so_does_its_snapshot(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("[azure]\nuse_resource_graph = true\n")
    options = ("--config", "agent.toml", "--no-probe")
    live = agent("check", "--lab", "hub-spoke", *options, "--format", "json", "--save", "look.jsonl.gz", cwd=tmp_path)
    terminal = agent("check", "--snapshot", "look.jsonl.gz", *options, cwd=tmp_path)
    offline = agent("check", "--snapshot", "look.jsonl.gz", *options, "--format", "json", cwd=tmp_path)
    assert [run.returncode for run in (live, terminal, offline)] == [0, 0, 0], live.stderr
    told = json.loads(live.stdout)["run"]["source"]
    assert told.startswith("lab hub-spoke; some network interfaces, ")
    assert told.endswith(LATE)
    assert json.loads(offline.stdout)["run"]["source"] == told.replace("lab hub-spoke", "snapshot")
    assert "behind" in terminal.stdout


def test_a_run_without_it_tells_nothing() -> None:
    run = agent("check", "--lab", "hub-spoke", "--no-probe", "--format", "json")
    assert json.loads(run.stdout)["run"]["source"] == "lab hub-spoke"


@pytest.mark.parametrize("said", [None, 7, "record-set", {"record-set": 1}, [7, None, ["record-set"]], ["unknown"], []])
def test_a_header_that_makes_no_sense_tells_nothing(said: object) -> None:
    assert late_text(header({"resource_graph": said})) == ""


def test_kinds_are_told_by_their_titles() -> None:
    assert late_text(header(dict(late_scope(["record-set"])))) == f"some record sets {LATE}"
    assert late_text(header(dict(late_scope(["zone-link", "record-set"])))) == (
        f"some virtual network links and record sets {LATE}"
    )
    assert late_text(header({})) == ""
