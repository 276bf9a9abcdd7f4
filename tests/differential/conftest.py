"""The comparison needs five kinds of servers; where one is missing it is skipped, or fails if it must run."""

from __future__ import annotations

import pytest

from tests.differential.servers import missing_servers
from tests.real.required import need


@pytest.fixture
def servers() -> None:
    """All kinds of servers are installed and can run."""
    need(missing_servers())
