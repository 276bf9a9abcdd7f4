"""Tests with real DNS servers run where they can; where they cannot, the run says so, or fails if they must."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.real.world import REQUIRED, missing

_MARK = "real_servers"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test that needs what this machine lacks."""
    if item.get_closest_marker(_MARK) is None or not (reason := missing()):
        return
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"real DNS servers are required ({REQUIRED}=1): {reason}", pytrace=False)
    pytest.skip(f"no real DNS servers: {reason}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Say at the very end what tests tell of themselves (the property `summary`), and how many did not run.

    A green run must not be mistaken for a whole one.
    """
    yield
    for word in ("passed", "failed"):
        for report in terminalreporter.getreports(word):
            for name, text in report.user_properties:
                if name == "summary":
                    terminalreporter.write_line(str(text))
    skipped = [report for report in terminalreporter.getreports("skipped") if _MARK in report.keywords]
    if skipped:
        terminalreporter.write_line(
            f"real DNS servers were not available: {len(skipped)} tests did not run ({missing()})", yellow=True
        )
