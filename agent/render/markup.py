"""Text from outside as Markdown that shows it and does nothing else, on GitHub and its likes.

Backslashes keep CommonMark from seeing markup. Mentions, references, emoji and bare links are found later, in the
finished text, whatever was escaped: a zero-width space after the sign keeps those apart. Code spans and fences need
neither, so what people copy (ids, names, commands) stands there, unchanged.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

from agent.render.text import visible, visible_lines

_APART = "&#8203;"
_MARKUP = re.compile(r"[\\`*_\[\]|~<>&#!$]")  # never first on a line, so what opens a block needs no escape
_FOUND_LATER = re.compile(
    r"[@#!~%$]|(?<=:)(?=//)|(?<=:)(?=[\w+-]+:)|(?<=www)(?=\.)|(?<=gh)(?=-\d)|(?<=mailto:)|(?<=xmpp:)",
    re.IGNORECASE,
)
_TICKS = re.compile(r"`+")


def prose(text: str) -> str:
    """One line of running text, without any markup of its own; it may stand in a table."""
    return "".join(_MARKUP.sub(_escaped, part) + mark for part, mark in _parts(visible(text)))


def element_text(text: str) -> str:
    """One line inside an HTML element, where backslashes escape nothing."""
    return "".join(html.escape(part) + mark for part, mark in _parts(visible(text)))


def code(text: str) -> str:
    """One line as a code span; backticks inside are fewer than those around."""
    shown = visible(text).strip() or " "
    ticks = "`" * (_longest(shown) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def table_code(text: str) -> str:
    """A code span inside a table, where a pipe ends the cell even in code and a backslash keeps it."""
    return code(text).replace("|", "\\|")


def fenced(text: str, language: str = "text") -> str:
    """Lines in a fence that is longer than any run of backticks inside."""
    shown = visible_lines(text)
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _parts(text: str) -> list[tuple[str, str]]:
    """The text cut behind every sign by which a later reader would find a mention, a reference or a link."""
    cuts = [0, *(match.end() for match in _FOUND_LATER.finditer(text)), len(text)]
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    return [(piece, _APART if number < len(pieces) - 1 else "") for number, piece in enumerate(pieces)]


def _escaped(match: re.Match[str]) -> str:
    """Ampersand and angle bracket as entities: sanitizers differ in what they think of a backslash before them."""
    sign = match.group()
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(sign, f"\\{sign}")


def _longest(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
