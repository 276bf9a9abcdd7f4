"""One mistake in the configuration, and the words for keys: which exist, and which one was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from agent.config.model import Config


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` is dotted, rows of an array of tables are counted from one: `dns.server#2.address`."""

    key: str
    says: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the contract. `in_rows`: it stands in, or is, an array of tables. `free`: a table of free keys."""

    path: tuple[str, ...]
    in_rows: bool
    free: bool

    @property
    def dotted(self) -> str:
        """`table.key`."""
        return ".".join(self.path)


def contract(table: type = Config, path: tuple[str, ...] = (), in_rows: bool = False) -> Iterator[Key]:
    """Every key, in the order of the contract; tables themselves are left out."""
    for item in fields(table):
        here = (*path, item.name)
        row = _row_type(item.type)
        if isinstance(item.type, type) and is_dataclass(item.type):
            yield from contract(item.type, here, in_rows)
        elif row is not None and is_dataclass(row):
            yield from contract(row, here, in_rows=True)
        else:
            free = get_origin(item.type) is Mapping and not in_rows
            yield Key(path=here, in_rows=in_rows or row is not None, free=free)


def _row_type(hint: Any) -> type | None:
    """The type of the rows where the hint is an array of tables."""
    if get_origin(hint) is not tuple:
        return None
    row = get_args(hint)[0]
    if isinstance(row, type) and is_dataclass(row):
        return row
    return dict if get_origin(row) is Mapping else None


def unknown_key(key: str, siblings: Iterable[str], place: str) -> str:
    """What to say of a key that is not in the contract: the nearest one beside it, else of the whole contract."""
    name = key.rpartition(".")[2]
    beside = sorted(siblings)
    if near := get_close_matches(name, beside, n=1, cutoff=0.6):
        return f"unknown key, the nearest known key is {place}{near[0]}"
    everywhere = {known.path[-1]: known.dotted for known in contract()}
    if near := get_close_matches(name, everywhere, n=1, cutoff=0.8):
        return f"unknown key, the nearest known key is {everywhere[near[0]]}"
    near = get_close_matches(name, beside, n=1, cutoff=0.0)
    return f"unknown key, the nearest known key is {place}{near[0]} (known here: {', '.join(beside)})"
