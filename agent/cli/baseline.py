"""`agent baseline`: the snapshot that later ones are compared with, kept in the state directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.command import Command, Group
from agent.cli.options import Progress, noticing

if TYPE_CHECKING:  # help must not load what only running needs
    from agent.state import StateDirectory
    from collectors.snapshot import Snapshot


@click.group("baseline", cls=Group)
def command() -> None:
    """Keep the snapshot that `agent diff baseline FILE` and `agent check --baseline baseline` compare with."""


@command.command("set", cls=Command)
@click.argument("file", metavar="FILE")
def set_baseline(file: str) -> int:
    """Keep a copy of the snapshot FILE as the baseline, instead of the former one."""
    from pathlib import Path

    from collectors.snapshot import read_snapshot

    snapshot = read_snapshot(Path(file))
    kept = _directory().keep_baseline(snapshot)
    click.echo(f"{_told(str(kept), snapshot)}.")
    return 0


@command.command("show", cls=Command)
def show() -> int:
    """Show where the baseline is, and what it holds.

    Exit codes: 0 shown, 2 there is none, or it cannot be read.
    """
    from collectors.snapshot import read_snapshot

    path = _directory().baseline()
    click.echo(f"{_told(str(path), read_snapshot(path))}.")
    return 0


def _directory() -> StateDirectory:
    import os

    from agent.state import StateDirectory, state_directory

    return StateDirectory(state_directory(os.environ), noticing(Progress(verbose=False)))


def _told(path: str, snapshot: Snapshot) -> str:
    """A snapshot in one line."""
    from agent.render.text import visible

    finished = f"{snapshot.footer.finished:%Y-%m-%d %H:%M:%S} UTC"
    return visible(f"{path}: {snapshot.header.cloud} as of {finished}, {len(snapshot.documents)} resources")
