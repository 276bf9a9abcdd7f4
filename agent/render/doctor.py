"""`agent doctor` for people: one line for each thing, the remedy below."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.text import Text

from agent.doctor.results import Result, State
from agent.render.console import text_console, wants_color
from agent.render.text import visible

_STYLES = {State.OK: "green", State.BROKEN: "bold red", State.UNSEEN: "bold yellow", State.SKIPPED: "dim"}
_MOST_CODES = 12
_INDENT = " " * 21


def render_examination(results: Sequence[Result], *, no_color: bool) -> str:
    """The examination as text, with the verdict first."""
    buffer = io.StringIO()
    console = text_console(buffer, color=wants_color(no_color))
    console.print(Text(verdict(results), style="bold"))
    for one in results:
        state = (f"{one.state.value.upper():<8}", _STYLES[one.state])
        console.print(Text.assemble(state, f"{one.about:<13}", visible(one.text)))
        if one.remedy:
            console.print(Text(f"{_INDENT}-> {visible(one.remedy)}"))
        if one.blinds:
            more = f" and {len(one.blinds) - _MOST_CODES} more" if len(one.blinds) > _MOST_CODES else ""
            codes = f"{', '.join(one.blinds[:_MOST_CODES])}{more}"
            console.print(Text(f"{_INDENT}until then these cannot say that something is absent: {codes}", style="dim"))
    return buffer.getvalue()


def verdict(results: Sequence[Result]) -> str:
    """One line: what is broken, what is not seen."""
    broken = sum(one.state is State.BROKEN for one in results)
    unseen = sum(one.state is State.UNSEEN for one in results)
    if not broken and not unseen:
        return "READY: everything that was looked at works"
    parts = [f"{broken} broken"] if broken else []
    parts += [f"{unseen} not seen"] if unseen else []
    return f"NOT READY: {', '.join(parts)}"
