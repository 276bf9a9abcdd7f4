"""stdout and stderr as a shell may leave them: closed, on a full disk, with a reader that has gone.

The run must end with its own exit code and at most one sentence, wherever in it something is said.
"""

from __future__ import annotations

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from collectors.graph.errors import SinkError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Stdout(FileIO):
    """What cannot be written here is told; a reader who has seen enough is not an error."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or raise SinkError."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return _forgotten(self, data)
        except OSError as error:
            _forgotten(self, data)
            raise SinkError(
                f"cannot write to stdout: {error.strerror or error}. Redirect it to where there is room."
            ) from error


class _Stderr(FileIO):
    """The last place to complain: where it fails, only the exit code is left."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or do nothing."""
        try:
            return super().write(data)
        except OSError:
            return _forgotten(self, data)


def prepare_streams() -> None:
    """Make this process's stdout and stderr behave. Streams that somebody has replaced are left alone."""
    if sys.stdout is sys.__stdout__:
        sys.stdout = _prepared(sys.stdout, _Stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _prepared(sys.stderr, _Stderr)


def _prepared(stream: TextIO | None, kind: type[FileIO]) -> TextIO:
    if stream is None:  # so Python shows a stream that was closed before it started
        nowhere = FileIO(os.open(os.devnull, os.O_WRONLY), "w", closefd=False)
        return TextIOWrapper(BufferedWriter(nowhere), encoding="utf-8", errors="replace")
    return TextIOWrapper(
        BufferedWriter(kind(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=kind is _Stderr or stream.isatty(),
    )


def _forgotten(stream: FileIO, data: ReadableBuffer) -> int:
    """Send this and all that follows nowhere: a buffer would try again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return memoryview(data).nbytes
