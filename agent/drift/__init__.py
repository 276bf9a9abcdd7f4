"""`agent diff`: two looks at one estate, read and compared, in the shapes that other programs read."""

from __future__ import annotations
