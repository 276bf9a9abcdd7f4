"""What came through Resource Graph may be behind Azure; told wherever a source is named, offline too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collectors.arm.kinds import KINDS
from collectors.snapshot import Header

_KEY = "resource_graph"


def late_scope(kinds: Iterable[str]) -> Mapping[str, Any]:
    """What the header's scope says of it: the kinds of which some were read through Graph; nothing without any."""
    found = list(kinds)
    return {_KEY: found} if found else {}


def late_text(header: Header) -> str:
    """One sentence without its full stop, `""` where nothing is late. A header may say anything."""
    said = header.scope.get(_KEY)
    names = [name for name in said if isinstance(name, str)] if isinstance(said, list) else []
    titles = [KINDS[name].title for name in names if name in KINDS]
    if not titles:
        return ""
    what = f"{', '.join(titles[:-1])} and {titles[-1]}" if len(titles) > 1 else titles[0]
    return f"some {what} were read through Azure Resource Graph, which may be minutes behind"
