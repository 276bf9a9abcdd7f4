"""A live run that connects: in the namespace no endpoint listens, so every right address is told as closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.snapshot import read_snapshot
from tests.real.live import MORE_PROBE, SNAPSHOT
from tests.real.test_findings import check_live

pytestmark = pytest.mark.real_servers


def test_addresses_where_nobody_listens_are_told_beside_dns_that_is_right(tmp_path: Path) -> None:
    (tmp_path / MORE_PROBE).write_text("connect = true\n", encoding="utf-8")
    live = check_live(tmp_path, "hub-spoke", "")
    assert {finding["code"] for finding in live.report["findings"]} == {"PED616"}
    assert live.exit_code == 0
    tried = read_snapshot(tmp_path / SNAPSHOT).connections
    assert {connection.attempt.address for connection in tried} == {"10.1.0.5", "10.1.0.6", "10.1.0.7"}
    assert not any(connection.accepted for connection in tried)


def test_nobody_connects_unless_asked_to(tmp_path: Path) -> None:
    live = check_live(tmp_path, "hub-spoke", "")
    assert (live.exit_code, live.report["findings"]) == (0, [])
    assert read_snapshot(tmp_path / SNAPSHOT).connections == ()
