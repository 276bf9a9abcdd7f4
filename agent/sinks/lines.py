"""JSON lines, to stdout or at the end of a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.history.store import Waiting
from agent.sinks.base import Outcome, all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StdoutSink:
    """One JSON object a line, as a container's log collector takes them."""

    name: str = "stdout"
    most: int = 500
    most_bytes: int = 8_000_000

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Write and flush. A closed pipe keeps everything in the spool."""
        stream = sys.stdout.buffer
        for item in batch:
            stream.write(item.message.body + b"\n")
        stream.flush()
        return Outcome(arrived=all_of(batch))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSink:
    """The same at the end of a file (mode 0600), which is opened anew for each batch: it may be rotated away."""

    path: Path
    name: str = "file"
    most: int = 500
    most_bytes: int = 8_000_000

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Append, and be sure that the disk has it. What a full disk left half written is taken back."""
        data = b"".join(item.message.body + b"\n" for item in batch)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            try:
                written = 0
                while written < len(data):
                    written += os.write(descriptor, data[written:])
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
        finally:
            os.close(descriptor)
        return Outcome(arrived=all_of(batch))
