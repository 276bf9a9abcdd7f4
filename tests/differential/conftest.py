"""The comparison needs five kinds of servers; where one is missing it is skipped, or fails if it must run."""

from __future__ import annotations

import os

import pytest

from tests.differential.servers import missing_servers
from tests.real.world import REQUIRED


@pytest.fixture
def servers() -> None:
    """All kinds of servers are installed and can run."""
    if reason := missing_servers():
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"real DNS servers are required ({REQUIRED}=1): {reason}", pytrace=False)
        pytest.skip(f"no real DNS servers: {reason}")
