"""The console that every text for people is written to: nothing in it is markup, and no line is wrapped."""

from __future__ import annotations

import io
import os
import sys

from rich.console import Console


def text_console(buffer: io.StringIO, *, color: bool) -> Console:
    """A console over a buffer."""
    return Console(
        file=buffer,
        force_terminal=color,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def wants_color(no_color: bool) -> bool:
    """Whether stdout is a terminal and nobody said no."""
    return not (no_color or bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty())
