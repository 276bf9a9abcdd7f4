"""`agent`, which kills itself at a marked point as soon as a file of the point's name is there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.cli import main
from agent.history.store import Store

POINTS = ("before-record", "after-record", "before-mark", "after-mark")
"""Before and after a run is kept, and before and after it is noted that something arrived."""
MARKS = "SOAK_MARKS"
"""The variable that names the directory of those files."""


def reach(point: str) -> None:
    """Die here if this point is marked; the file goes first, so that it happens once."""
    mark = Path(os.environ[MARKS], point)
    if mark.exists():
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def marked(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The method between two points."""

    def run(*args: Any, **named: Any) -> Any:
        reach(f"before-{name}")
        made = method(*args, **named)
        reach(f"after-{name}")
        return made

    return run


if __name__ == "__main__":
    Store.record = marked(Store.record, "record")  # type: ignore[method-assign]
    Store.mark_delivered = marked(Store.mark_delivered, "mark")  # type: ignore[method-assign]
    main(sys.argv[1:])
