"""Runs the agent where local disks do not last: carry_history.py LOCAL KEPT -- COMMAND...

SQLite must not live on a network share, but a closed copy may: KEPT is brought to LOCAL before the command starts, and
a whole copy is put in its place every five minutes and when the command ends. The standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType

EVERY = float(os.environ.get("CARRY_EVERY", "300"))
"""Seconds between two copies."""
_USAGE = 2


def bring(kept: Path, local: Path) -> None:
    """Copy what was kept to where the agent works, unless something newer is there. Raises OSError."""
    if kept.exists() and not local.exists():
        coming = local.with_name(f"{local.name}.coming")
        shutil.copyfile(kept, coming)
        coming.chmod(0o600)
        coming.replace(local)


def keep(local: Path, kept: Path) -> None:
    """Put a whole copy where it lasts: readers find the former one or the new one. Raises OSError, sqlite3.Error."""
    if not local.exists():
        return
    leaving = local.with_name(f"{local.name}.leaving")
    leaving.unlink(missing_ok=True)
    with closing(sqlite3.connect(local)) as source, closing(sqlite3.connect(leaving)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    arriving = kept.with_name(f"{kept.name}.arriving")
    shutil.copyfile(leaving, arriving)
    with arriving.open("rb+") as file:
        os.fsync(file.fileno())
    arriving.replace(kept)
    leaving.unlink()


def run(command: list[str], local: Path, kept: Path) -> int:
    """Run the command; its exit code, or 1 where all went well but the history could not be kept."""
    with subprocess.Popen(command) as process:  # noqa: S603  the command is the deployment's own

        def forward(number: int, _: FrameType | None) -> None:
            process.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, forward)
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(EVERY)
                break
            _kept(local, kept)
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return code if _kept(local, kept) else code or 1


def _kept(local: Path, kept: Path) -> bool:
    try:
        keep(local, kept)
    except (OSError, sqlite3.Error) as error:
        _say(f"the history could not be kept at {kept}: {error}")
        return False
    return True


def _say(text: str) -> None:
    print(f"carry_history: {text}", file=sys.stderr)  # noqa: T201  the container's log


def main(words: list[str]) -> int:
    """The exit code of the whole."""
    if len(words) < 4 or words[2] != "--":
        _say("usage: carry_history.py LOCAL KEPT -- COMMAND...")
        return _USAGE
    local, kept, command = Path(words[0]), Path(words[1]), words[3:]
    if not kept.parent.is_dir():
        _say(f"there is no directory {kept.parent}: is the share mounted?")
        return _USAGE
    try:
        bring(kept, local)
        return run(command, local, kept)
    except OSError as error:
        _say(f"it could not begin: {error}")
        return _USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
