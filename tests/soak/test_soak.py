"""Two minutes of `agent watch` with faults, outages and a kill: each fault is told once as new and once as over."""

from __future__ import annotations

from pathlib import Path

from tests.soak.soaking import cycle, grown, soaking


def test_every_fault_is_told_once_and_once_that_it_is_over(tmp_path: Path) -> None:
    """ARM, the tokens, the ingestion endpoint and DNS fail in turn, a run overruns, and the agent is killed."""
    with soaking(tmp_path) as soak:
        cycle(
            soak,
            ("zone-unlinked", "record-wrong-address"),
            (
                lambda: soak.outage("ingestion"),
                lambda: soak.outage("arm"),
                lambda: soak.kill_at("after-record"),
                lambda: soak.outage("token"),
            ),
        )
        soak.silence()
        again = ("record-missing", "fallback-hides")
        cycle(soak, again, (soak.overrun,))
        before = soak.gauges()
        cycle(soak, again, (soak.overrun,))
        after = soak.gauges()
        soak.settle()
        assert [*soak.wrongs(), *grown(before, after)] == []
        assert soak.faults == 6
        assert soak.stop() == 0
