"""`agent doctor`: whether the agent can see, ask, remember and speak, before anybody relies on it."""

from __future__ import annotations
