"""Text from outside made safe to show: what would move a cursor or turn the reading order becomes visible."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, format (bidi too), surrogates, unassigned


def visible(text: str) -> str:
    """One line in which every control, format or bidirectional character is an escape."""
    return "".join(_shown(character) for character in text)


def visible_lines(text: str) -> str:
    """Like `visible`, but line ends stay."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
