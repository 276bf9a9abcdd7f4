"""`agent check`: the main job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import (
    chosen_format,
    common,
    network_option,
    noticing,
    opened,
    reuse_option,
    scope_options,
    snapshot_named,
    source_options,
)

_FORMATS = ("terminal", "json", "sarif", "junit", "markdown")
_LEVELS = ("error", "warning", "note")


@click.command(cls=Command)
@scope_options
@reuse_option
@network_option("Also make this network a required client.")
@click.option("--no-probe", is_flag=True, help="Ask no DNS server.")
@click.option(
    "--azure-diagnose",
    is_flag=True,
    help="Also ask Azure for its own diagnosis of each workspace's DNS: a POST that only reads, and evidence only.",
)
@click.option("--format", "format_", type=click.Choice(_FORMATS), help="Default: by --output's extension.")
@click.option("--output", metavar="FILE", default="", help="Write there (mode 0600); stdout gets the verdict only.")
@click.option("--level", type=click.Choice(_LEVELS), default="warning", show_default=True, help="Show from here on.")
@click.option("--fail-on", type=click.Choice((*_LEVELS, "never")), default="error", show_default=True, help="Exit 1.")
@click.option("--strict", is_flag=True, help="Exit 3 when names are undetermined.")
@click.option("--save", metavar="FILE", default="", help="Save the snapshot, answers included.")
@click.option("--answers", metavar="FILE", multiple=True, help="Take in answers that `agent ask --plan` wrote.")
@click.option("--baseline", metavar="FILE", default="", help="Also tell what changed since that snapshot.")
@click.option(
    "--plan", "plans", metavar="FILE", multiple=True, help="Their plan, where it was not made on this machine."
)
@source_options
def command(
    no_probe: bool,
    format_: str | None,
    output: str,
    level: str,
    fail_on: str,
    strict: bool,
    save: str,
    answers: tuple[str, ...],
    plans: tuple[str, ...],
    baseline: str,
    **shared: Any,
) -> int:
    """Check that every private name resolves as it must.

    Answers that are stale, foreign or tampered with are told and left out: the run goes on, and exits with 2.

    Exit codes: 0 all is well, 1 findings at or above --fail-on, 2 usage or configuration, 3 something could not
    be read and so not be judged, 4 internal error.
    """
    from agent.exit_code import exit_code
    from agent.render.formats import rendered
    from agent.render.wording import Conclusion
    from agent.run import report, run
    from checks.finding import Level
    from collectors.files import atomic_write, check_writable
    from collectors.graph.errors import UsageError
    from collectors.snapshot import write_snapshot

    options = common(shared)
    format_ = chosen_format(format_, output, _FORMATS)
    if output and save and Path(output).absolute() == Path(save).absolute():
        raise UsageError(f"--output and --save both name {output}: the report would replace the snapshot.")
    if plans and not answers:
        raise UsageError("--plan tells whose the answers are: it needs --answers FILE.")
    for target in filter(None, (output, save)):
        check_writable(Path(target))
    refused: list[str] = []
    with opened(options, probe=not no_probe) as (source, scope, config, progress):
        brought = _brought(answers, plans, noticing(progress), refused)
        former = _former(baseline, config, scope, progress) if baseline else None
        finished = run(source, scope, config, progress, brought, former)
        if save:
            write_snapshot(Path(save), finished.snapshot)
    code = 2 if refused else exit_code(finished.judgement, fail_on=fail_on, strict=strict)
    conclusion = Conclusion(
        report=report(finished, Level.of(level)),
        finished=finished,
        exit_code=code,
        fail_on=fail_on,
        file=options.snapshot or options.config,
    )
    if output:
        atomic_write(Path(output), rendered(format_, conclusion, color=False))
        click.echo(conclusion.verdict)
    else:
        shown = rendered(format_, conclusion, color=False if options.no_color else None)
        click.echo(shown.decode() if format_ == "terminal" else shown, nl=False)
    return code


def _former(baseline: str, config: Any, scope: Any, progress: Any) -> Any:
    """What was known at the baseline."""
    from agent.drift.looks import read_look

    return read_look(snapshot_named(baseline, progress), config, scope, progress).context


def _brought(
    answers: tuple[str, ...], plans: tuple[str, ...], notice: Callable[[str], None], refused: list[str]
) -> Any:
    """The answers that can be trusted; of the others, `refused` gets a sentence each."""
    import os
    from datetime import UTC, datetime

    from agent.plans import Brought, read_brought
    from agent.state import StateDirectory, state_directory

    def refuse(text: str) -> None:
        refused.append(text)
        notice(text)

    def kept() -> StateDirectory:
        return StateDirectory(state_directory(os.environ), notice)

    now = datetime.now(UTC).replace(microsecond=0)
    accepted = read_brought([*map(Path, answers)], [*map(Path, plans)], kept, now, refuse)
    return Brought(accepted=accepted, refuse=refuse, notice=notice)
