"""The catalogue of findings in words, from the docstrings of the checks: for the terminal and as a page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from checks.catalogue import CATALOGUE
from checks.check import Check

PAGE = "checks/README.md"
"""The page, from the project's root. A host is not named: the project has none."""
_HEADING = re.compile(r"^(?=\S)", re.MULTILINE)
_CODE_SPAN = re.compile(r"(`[^`]+`)")
_MARKS = re.compile(r"([\\*_<\[\]|])")
_GROUPS = {
    "1": "Private endpoints",
    "2": "Private DNS zones and records",
    "3": "DNS servers",
    "4": "Resolvers, rulesets and policies",
    "5": "Names",
    "6": "Answers",
    "8": "Drift",
    "9": "Sight",
}
_HEAD = """\
# The findings

Made by `make generated` from the docstrings of the checks. `agent catalogue CODE` prints one, `agent catalogue` their
table.

The level is where a finding starts: it rises to `error` when a name of a required client fails because of it. A finding
of *presence* was seen, so it stands beside things that could not be read; a finding of *absence* says that something
needed is missing, and is "not evaluated" while something unread could hide it.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a check's documentation; `text` is dedented."""

    heading: str
    text: str


def ordered() -> list[Check]:
    """Every check by its code."""
    return sorted(CATALOGUE, key=lambda check: check.code)


def address(code: str) -> str:
    """Where the page tells of a finding: its heading is the code alone, so that the anchor is, too."""
    return f"{PAGE}#{code.lower()}"


def sections(check: Check) -> list[Section]:
    """The documentation below the title."""
    _, _, rest = check.doc.partition("\n")
    parts = (part.partition("\n") for part in _HEADING.split(rest.strip("\n")) if part.strip())
    return [Section(heading.strip(), textwrap.dedent(text).strip()) for heading, _, text in parts]


def table_text() -> str:
    """One line per finding, for the terminal."""
    return "".join(f"{check.code}  {check.level.word:<7}  {check.slug:<30}  {check.title}\n" for check in ordered())


def check_text(check: Check) -> str:
    """All about one finding, for the terminal."""
    parts = [f"{check.code} {check.slug} ({check.level.word}, claims {check.claim.value})\n", f"{check.title}\n"]
    parts += [f"{s.heading}\n{textwrap.indent(s.text, '    ')}\n" for s in sections(check)]
    return "\n".join(parts)


def check_markdown(check: Check) -> str:
    """All about one finding below its heading, in Markdown."""
    parts = [f"**{_prose(check.title)}**", f"`{check.slug}`, {check.level.word}, claims {check.claim.value}."]
    parts += [f"**{s.heading}**\n\n{_prose(s.text)}" for s in sections(check)]
    return "\n\n".join(parts) + "\n"


def page_text() -> str:
    """The page: contents, then a section per finding."""
    return "\n".join([_HEAD, *_contents(), *(f"## {check.code}\n\n{check_markdown(check)}" for check in ordered())])


def _contents() -> Iterator[str]:
    for digit, title in _GROUPS.items():
        yield f"**{title}**\n\n| code | slug | level | what is wrong |\n|---|---|---|---|"
        for check in ordered():
            if check.code[3] == digit:
                link = f"[{check.code}](#{check.code.lower()})"
                yield f"| {link} | `{check.slug}` | {check.level.word} | {_prose(check.title)} |"
        yield ""


def _prose(text: str) -> str:
    """Our own words as Markdown: code spans stay, every other sign is meant as it stands."""
    parts = _CODE_SPAN.split(text)
    return "".join(part if part.startswith("`") else _MARKS.sub(r"\\\1", part) for part in parts)
