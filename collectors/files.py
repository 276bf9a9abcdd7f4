"""Files that are written whole or not at all, readable only by their owner."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from collectors.graph.errors import SinkError


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file with mode 0600 so that nobody ever sees half of it. Raises SinkError.

    A symbolic link is replaced, not followed: in a shared directory somebody else could have put it there.
    """
    _refuse_special(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):  # gone after the replacement, left over after an error
            Path(name).unlink()


def check_writable(path: Path) -> None:
    """Find out before a long run whether `atomic_write` will be able to write here. Raises SinkError."""
    _refuse_special(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _refuse_special(path: Path) -> None:
    """Replacing a device, a pipe or a directory would destroy it; a write-protected file is meant to stay."""
    try:
        if path.is_symlink() or not path.exists():
            return
        if not path.is_file():
            raise SinkError(f"cannot write {path}: expected a file, found a directory or device.")
        if not os.access(path, os.W_OK):
            raise SinkError(f"cannot write {path}: the file is write-protected.")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> SinkError:
    return SinkError(f"cannot write {path}: {error.strerror or error}. Name another file or make it writable.")
