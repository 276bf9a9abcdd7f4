"""`agent explain` as a Mermaid flowchart, for a page that renders one: a chain of boxes per view."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.explain import Explanation
from agent.render.text import visible
from agent.render.verdict import hop_words, verdict
from checks.views import ViewClass

_HARMLESS = re.compile(r"[A-Za-z0-9 .,:/_-]")


def render_mermaid(explained: Explanation) -> str:
    """The explanation as Mermaid text."""
    lines = ["flowchart TD"]
    for number, view in enumerate(explained.views):
        lines += _chain(explained, view, f"v{number}")
    return "\n".join(lines) + "\n"


def _chain(explained: Explanation, view: ViewClass, key: str) -> Iterator[str]:
    yield f"  {key}{_box('from ' + ', '.join(client.name for client in view.clients))}"
    before = key
    for number, hop in enumerate(view.path.hops):
        node = f"{key}h{number}"
        yield f"  {node}{_box(f'{hop.at.name}: {hop_words(hop)}')}"
        yield f"  {before} --> {node}"
        before = node
    yield f"  {key}end{_box(verdict(explained, view).text)}"
    yield f"  {before} --> {key}end"


def _box(text: str) -> str:
    """A label that cannot be left: every character that could mean something is an entity by its number."""
    return '["' + "".join(c if _HARMLESS.match(c) else f"#{ord(c)};" for c in visible(text)) + '"]'
