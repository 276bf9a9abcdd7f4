"""Where history is kept between runs, and how a run gets hold of it: a file of this machine, or a copy of a blob."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, Self

from agent.history.store import Store


class ElsewhereError(Exception):
    """Another replica has the history now, so this one has nothing to do. The message says so in one sentence."""


class Turn(Protocol):
    """One run's time with the history: nobody else changes it meanwhile."""

    @property
    def store(self) -> Store:
        """The open file."""

    @property
    def unavailable(self) -> str:
        """Why the history cannot be reached, `""` where it can: what is told is then told from a copy, if any."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing at all is known of former runs although there may have been some."""

    def keep(self) -> bool:
        """Put what the file holds where it is kept; whether that worked. `unavailable` says why not."""


class History(Protocol):
    """What scheduled runs remember by."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Raises ElsewhereError, and UsageError where what is there is none of ours."""


class FileTurn:
    """A turn with a file of this machine: what is written is kept."""

    unavailable = ""
    is_lost = False

    def __init__(self, store: Store) -> None:
        self.store = store

    def keep(self) -> bool:
        """SQLite did it."""
        return True


class FileHistory:
    """One SQLite file of this machine, as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store | None = None

    def __enter__(self) -> Self:
        self._store = Store.open(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """The file, which is open all the time."""
        if self._store is None:
            raise RuntimeError("the history is not open")
        yield FileTurn(self._store)
