"""What happens where real servers cannot run: the test is skipped and says so, or fails if it must run."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "REQUIRE_DNS_SERVERS"
"""The environment variable that turns the skip of these tests into a failure when it is `1`."""
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
"""Where programs are looked for; an ordinary user's PATH often lacks the system directories."""


def need(reason: str) -> None:
    """Go on if there is no reason against it."""
    if reason and os.environ.get(REQUIRED) == "1":
        pytest.fail(f"real DNS servers are required ({REQUIRED}=1): {reason}", pytrace=False)
    if reason:
        pytest.skip(f"no real DNS servers: {reason}")


def need_program(name: str) -> None:
    """Go on if a program is installed."""
    need("" if shutil.which(name, path=PATH) else f"not installed: {name}")
