"""Settings from the environment: `AGENT_<TABLE>__<KEY>`, a TOML value or else a text.

Names without `__` belong to others (build systems own names like AGENT_OS) and are ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from agent.config.problems import Key, contract

_PREFIX = "AGENT_"
_FREE_KEY = "<NAME>"


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable that sets one key."""

    variable: str
    path: tuple[str, ...]
    value: Any


def read_environment(environ: Mapping[str, str]) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """What the environment sets, and one line per variable that looks like a setting and is none."""
    known = {variable_of(key.path): key for key in contract()}
    settings, mistakes = [], []
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or "__" not in variable:
            continue
        found = _locate(variable, known)
        if isinstance(found, str):
            mistakes.append(f"{variable}: {found}")
        else:
            settings.append(Setting(variable, found, _value(environ[variable])))
    return tuple(settings), tuple(mistakes)


def variable_of(path: tuple[str, ...]) -> str:
    """The variable that sets a key."""
    return _PREFIX + "__".join(path).upper()


def _locate(variable: str, known: Mapping[str, Key]) -> tuple[str, ...] | str:
    """The path of the key that a variable sets, or what is wrong with its name."""
    table, _, name = variable.removeprefix(_PREFIX).rpartition("__")
    holder = known.get(_PREFIX + table)
    if holder is not None and holder.free and name:
        return (*holder.path, name.lower().replace("_", "-"))
    key = known.get(variable)
    if key is None and (row := _array_of_tables(variable, known)):
        return f"[[{row}]] is an array of tables, which cannot be set by environment"
    if key is None or key.free:
        return f"unknown setting, the nearest known one is {_nearest(variable, known)}"
    if key.in_rows:
        return f"{key.dotted} belongs to an array of tables, which cannot be set by environment"
    return key.path


def _array_of_tables(variable: str, known: Mapping[str, Key]) -> str:
    """The array of tables that a variable names as a whole, e.g. `dns.server`."""
    for name, key in known.items():
        if key.in_rows and name.startswith(variable + "__"):
            return ".".join(key.path[: variable.count("__") + 1])
    return ""


def _nearest(variable: str, known: Mapping[str, Key]) -> str:
    names = [f"{name}__{_FREE_KEY}" if key.free else name for name, key in known.items() if not key.in_rows]
    return get_close_matches(variable, names, n=1, cutoff=0.0)[0]


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # ValueError: TOML syntax, or a number longer than Python reads
        return text
    # A line break could smuggle in further keys: then it is no TOML value but a text.
    return parsed["value"] if parsed.keys() == {"value"} else text
