"""Keeps of a body what the table of kinds names, and tells what was removed.

The items of a list have the same few sets of keys, so what to keep of each set is worked out once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from collectors.arm.kind import Kind

_MOST_PLANS = 256
"""Sets of keys remembered of one place. Azure has a handful; a body made of ever new keys must not fill memory."""

_MOST_KEYS = 200
"""Keys of an object whose set of keys is remembered. Azure's largest have some fifty."""

_DOT = re.compile(r"(?<!\\)\.")  # between two names; a dot that is part of one follows a backslash


def trim(kind: Kind, body: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """What is kept of a body, and the dotted paths of what was removed. Property names compare without case."""
    removed: dict[frozenset[str], None] = {}
    kept = _keep_of(kind.keep).trim(body, removed) if isinstance(body, dict) else {}
    return kept, frozenset().union(*removed)


class _Plan:
    """What to keep of objects with one set of keys, in their order; None: the value as it is."""

    __slots__ = ("kept", "removed")

    def __init__(self, kept: tuple[tuple[str, _Keep | None], ...], removed: frozenset[str]) -> None:
        self.kept = kept
        self.removed = removed


class _Keep:
    """What is kept below one place of a body, with the plans for the sets of keys that were seen there."""

    __slots__ = ("_branches", "_path", "_plans")

    def __init__(self, path: str) -> None:
        self._path = path
        self._branches: dict[str, _Keep] = {}
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def branch(self, part: str) -> _Keep:
        """What is kept below a property."""
        return self._branches.setdefault(part.lower(), _Keep(self._below(part)))

    def trim(self, body: dict[str, Any], removed: dict[frozenset[str], None]) -> dict[str, Any]:
        """What is kept of an object."""
        keys = tuple(body)
        plan = self._plans.get(keys) or self._planned(keys)
        removed[plan.removed] = None
        kept = {}
        for key, keep in plan.kept:
            value = body[key]
            if keep is not None:
                if isinstance(value, dict):
                    value = keep.trim(value, removed)
                elif isinstance(value, list):
                    value = keep.trim_list(value, removed)
            kept[key] = value
        return kept

    def trim_list(self, values: list[Any], removed: dict[frozenset[str], None]) -> list[Any]:
        """What is kept of a list. ARM has no lists in lists; they are as deep as somebody likes, so not walked."""
        kept = [self.trim(item, removed) if isinstance(item, dict) else item for item in values]
        if any(isinstance(item, list) for item in kept):
            removed[frozenset({self._path})] = None
            return [item for item in kept if not isinstance(item, list)]
        return kept

    def _planned(self, keys: tuple[str, ...]) -> _Plan:
        branches = {key: self._branches.get(str(key).lower()) for key in keys}
        kept = tuple((key, keep if keep._branches else None) for key, keep in branches.items() if keep is not None)
        removed = frozenset(self._below(str(key)) for key, keep in branches.items() if keep is None)
        plan = _Plan(kept, removed)
        if len(self._plans) < _MOST_PLANS and len(keys) <= _MOST_KEYS:
            self._plans[keys] = plan
        return plan

    def _below(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


@cache  # the same few tables for every one of many thousand documents
def _keep_of(paths: tuple[str, ...]) -> _Keep:
    root = _Keep("")
    for path in paths:
        place = root
        for part in _DOT.split(path):
            place = place.branch(part.replace("\\.", "."))
    return root
