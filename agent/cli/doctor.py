"""`agent doctor`: the self-test."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import common, opened, scope_options, source_options


@click.command(cls=Command)
@scope_options
@click.option("--send-test-row", is_flag=True, help="Send a row that says to be a test to every sink under [sinks].")
@click.option("--format", "format_", type=click.Choice(("terminal", "json")), default="terminal", show_default=True)
@source_options
def command(send_test_row: bool, format_: str, **shared: Any) -> int:
    """Find out whether the agent sees, hears, remembers and can speak, and what to grant where it does not.

    It reads everything once, asks the DNS servers, and judges nothing of the estate. Nothing is written but the test
    row, where it is asked for.

    Exit codes: 0 everything works, 1 something is broken, 2 usage or configuration, or no usable identity, 3 something
    in scope is not seen.
    """
    import os
    from contextlib import nullcontext
    from datetime import UTC, datetime

    from agent import __version__
    from agent.doctor.examine import examine
    from agent.doctor.results import exit_code, shape
    from agent.render.doctor import render_examination
    from agent.report import to_json
    from agent.sinks.configured import open_sinks
    from collectors.graph.errors import UsageError

    options = common(shared)
    if options.snapshot:
        raise UsageError("agent doctor looks at Azure or at the lab as it is now: --snapshot is for agent check.")
    now = datetime.now(UTC).replace(microsecond=0)
    with opened(options, probe=True) as (source, scope, config, progress):
        sinks = open_sinks(config, os.environ) if send_test_row else nullcontext(None)
        with sinks as reached:
            results = tuple(examine(source, scope, config, progress, now, _spoken(reached)))
    if format_ == "json":
        click.echo(to_json(shape(results, __version__, now)), nl=False)
    else:
        click.echo(render_examination(results, no_color=options.no_color), nl=False)
    return exit_code(results)


def _spoken(sinks: Any) -> Any:
    """The sinks without stdout, which is where the report goes."""
    return None if sinks is None else [sink for sink in sinks if sink.name != "stdout"]
