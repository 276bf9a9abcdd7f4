"""Some of these tests need the same five kinds of servers as the comparison."""

from __future__ import annotations

from tests.differential.conftest import servers

__all__ = ["servers"]
