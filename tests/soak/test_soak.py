"""Two minutes of `agent watch` with faults, outages and a kill: each fault is told once as new and once as over."""

from __future__ import annotations

from pathlib import Path

from tests.soak.soaking import GROWS, cycle, grown, soaking

COLD = {**GROWS, "agent_live_objects": 1.03}
"""Two minutes are too short to load all that faults of all kinds need; the long run by hand has the narrow bound."""


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
        before = soak.gauges()
        cycle(soak, ("record-missing", "fallback-hides"), (soak.overrun,))
        soak.settle()
        soak.hold()
        assert [*soak.wrongs(), *grown(before, soak.gauges(), COLD)] == []
        assert soak.faults == 4
        assert soak.stop() == 0
