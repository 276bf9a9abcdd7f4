"""Tests with real DNS servers run where they can; where they cannot, the run says so, or fails if they must."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest

from tests.incidents.summary import incident_lines
from tests.real.required import need
from tests.real.world import missing

_MARK = "real_servers"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a run in the background; commands that tests start inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test that needs what this machine lacks."""
    if item.get_closest_marker(_MARK) is not None:
        need(missing())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Say at the very end what tests tell of themselves (the property `summary`), and how many did not run.

    A green run must not be mistaken for a whole one.
    """
    yield
    told = [
        dict(report.user_properties) for word in ("passed", "failed") for report in terminalreporter.getreports(word)
    ]
    for text in (*(row["summary"] for row in told if "summary" in row), *incident_lines(told)):
        terminalreporter.write_line(str(text))
    skipped = [report for report in terminalreporter.getreports("skipped") if _MARK in report.keywords]
    if skipped:
        terminalreporter.write_line(
            f"real DNS servers were not available: {len(skipped)} tests did not run ({missing()})", yellow=True
        )
