"""Two looks at one estate compared: what was changed, and which answers changed because of which change."""

from __future__ import annotations
