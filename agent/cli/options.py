"""What several commands share: options, the opening of a source, progress, and where output goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from agent.render.text import visible

_F = TypeVar("_F", bound=Callable[..., Any])

_SNAPSHOT = (
    "Look at a snapshot instead of Azure, or at a folder of `az rest` answers: an empty one tells how to begin, and "
    "each gap names the next command."
)

_REUSE = (
    "Large estates: spare requests. What an earlier run with --reuse read, at most AGE ago (90s, 10m, 2h, 1d), stands "
    "in for what need not be read again: the records and links of zones whose counts and etag are unchanged (an "
    "address changed in place may not show){}. The age is told."
)
_REUSE_SCOPED = _REUSE.format("; with --workspace, all but what that workspace needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The options that every command over an estate has."""

    config: str
    snapshot: str
    lab: str
    breaks: tuple[str, ...]
    workspaces: tuple[str, ...]
    subscriptions: tuple[str, ...]
    networks: tuple[str, ...]
    reuse: str
    no_color: bool
    verbose: bool
    diagnose: bool


def source_options(function: _F) -> _F:
    """Where facts come from, and how to speak."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Say more on stderr."),
        click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same)."),
        click.option("--config", metavar="FILE", default="", help="Configuration; default: ./agent.toml, if there."),
        click.option("--break", "breaks", metavar="CHANGE", multiple=True, help="Break the lab so."),
        click.option("--lab", metavar="SCENARIO", default="", help="Look at the embedded lab instead of Azure."),
        click.option("--snapshot", metavar="FILE", default="", help=_SNAPSHOT),
    ):
        function = option(function)
    return function


def scope_options(function: _F) -> _F:
    """What to look at."""
    for option in (
        click.option("--subscription", "subscriptions", metavar="ID", multiple=True, help="Only this subscription."),
        click.option(
            "--workspace",
            "workspaces",
            metavar="NAME|ID",
            multiple=True,
            help="Only this workspace; of Azure only what it needs is read.",
        ),
    ):
        function = option(function)
    return function


def reuse_option(function: _F) -> _F:
    """What former runs may stand in for."""
    return click.option("--reuse", metavar="AGE", default="", help=_REUSE_SCOPED)(function)


def unscoped_reuse_option(function: _F) -> _F:
    """The same for a command that has no --workspace."""
    return click.option("--reuse", metavar="AGE", default="", help=_REUSE.format(""))(function)


def network_option(text: str) -> Callable[[_F], _F]:
    """A network named on the command line."""
    return click.option("--vnet", "networks", metavar="NAME|ID", multiple=True, help=text)


def common(values: dict[str, Any]) -> Common:
    """The shared options out of a command's arguments."""
    return Common(
        config=values.get("config", ""),
        snapshot=values.get("snapshot", ""),
        lab=values.get("lab", ""),
        breaks=tuple(values.get("breaks", ())),
        workspaces=tuple(values.get("workspaces", ())),
        subscriptions=tuple(values.get("subscriptions", ())),
        networks=tuple(values.get("networks", ())),
        reuse=values.get("reuse", ""),
        no_color=bool(values.get("no_color")),
        verbose=bool(values.get("verbose")),
        diagnose=bool(values.get("azure_diagnose")),
    )


class Progress:
    """What happens meanwhile, on stderr: one line that changes on a terminal, with -v one line each anywhere."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._watched = sys.stderr.isatty() and not verbose
        self._shown = 0

    def __call__(self, message: str) -> None:
        """Tell of a step."""
        text = visible(message)
        if self._verbose:
            click.echo(text, err=True)
        elif self._watched:
            line = text[:78]
            click.echo("\r" + line.ljust(self._shown), nl=False, err=True)
            self._shown = len(line)

    def clear(self) -> None:
        """Leave no half line behind."""
        if self._shown:
            click.echo("\r" + " " * self._shown + "\r", nl=False, err=True)
            self._shown = 0


def noticing(progress: Progress) -> Callable[[str], None]:
    """Tells a person something in one line on stderr, whatever progress stands there."""

    def notice(text: str) -> None:
        progress.clear()
        click.echo(f"agent: {visible(text)}", err=True)

    return notice


def configured(options: Common) -> Any:
    """The configuration; what it has to tell is told."""
    import os

    from agent.config import load_config

    loaded = load_config(Path(options.config) if options.config else None, os.environ)
    for text in loaded.notices:
        click.echo(f"agent: {visible(text)}", err=True)
    return loaded.config


def chosen(options: Common) -> tuple[Any, Any, Any]:
    """The source that is meant, the scope and the configuration."""
    from agent.sources import Choice
    from agent.state import parse_age
    from checks.requirements import Scope

    age = parse_age(options.reuse) if options.reuse else None
    config = configured(options)
    scope = Scope(
        workspaces=options.workspaces or config.scope.workspaces,
        subscriptions=options.subscriptions,
        networks=options.networks,
        services=config.scope.services,
        legacy_names=config.scope.legacy_names,
    )
    choice = Choice(
        snapshot=options.snapshot,
        lab=options.lab,
        breaks=options.breaks,
        reuse=age,
        closure=bool(options.workspaces),
        diagnose=options.diagnose,
    )
    return choice, scope, config


@contextmanager
def opened(options: Common, *, probe: bool) -> Iterator[tuple[Any, Any, Any, Progress]]:
    """Configuration, source and scope, open for as long as the block lasts."""
    from agent.sources import open_source

    choice, scope, config = chosen(options)
    progress = Progress(verbose=options.verbose)
    notice = noticing(progress)
    try:
        with open_source(choice, config, scope, probe=probe and config.probe.enabled, notice=notice) as source:
            yield source, scope, config, progress
    finally:
        progress.clear()


BASELINE = "baseline"
"""The word that stands for the kept baseline where a snapshot is asked for."""


def snapshot_named(text: str, progress: Progress) -> str:
    """The snapshot that a person means: a path, or the kept baseline. A file of that name is `./baseline`."""
    import os

    from agent.state import StateDirectory, state_directory

    if text != BASELINE:
        return text
    return str(StateDirectory(state_directory(os.environ), noticing(progress)).baseline())


_EXTENSIONS = {"xml": "junit", "md": "markdown"}
"""Formats whose files have other endings than their names."""


def chosen_format(given: str | None, output: str, known: tuple[str, ...]) -> str:
    """The format: the one asked for, else by the file's extension, else plain text."""
    if given:
        return given
    extension = Path(output).suffix.lower().lstrip(".") if output else ""
    format_ = _EXTENSIONS.get(extension, extension)
    return format_ if format_ in known else "terminal"
