"""Settings of the contract that nothing reads yet: whoever sets one is told, instead of waiting for an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.config.problems import Key, contract

UNUSED = (
    "azure.management_group",
    "fix",
)
"""A key, a table (then all in it), or `key=value` where only one value is not used yet. Work that starts to
use a setting removes it here."""


def unused_settings(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """One notice per key that is set in a configuration tree and that nothing uses yet, in contract order."""
    notices = []
    for key in contract():
        values = list(_values(tree, key.path))
        if any(_is_unused(key, value) for value in values):
            notices.append(f"{key.dotted} is set, but nothing uses it yet")
    return tuple(notices)


def _is_unused(key: Key, value: object) -> bool:
    for entry in UNUSED:
        name, _, only = entry.partition("=")
        if (key.dotted == name or key.dotted.startswith(f"{name}.")) and (not only or value == only):
            return True
    return False


def _values(tree: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path; every row of an array of tables is looked into."""
    if not path:
        yield tree
    elif isinstance(tree, Mapping):
        if path[0] in tree:
            yield from _values(tree[path[0]], path[1:])
    elif isinstance(tree, list):
        for row in tree:
            yield from _values(row, path)
