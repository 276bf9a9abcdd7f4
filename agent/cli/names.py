"""`agent names`: the expected records."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import common, opened, reuse_option, scope_options, source_options


@click.command(cls=Command)
@scope_options
@reuse_option
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table", show_default=True)
@source_options
def command(format_: str, **shared: Any) -> int:
    """List every name that must resolve to a private address, and why."""
    from agent.gaps import missing_objects
    from agent.names import names_shape, render_names
    from agent.report import to_json
    from agent.run import gather
    from checks.diagnosis.blind import blinding

    options = common(shared)
    with opened(options, probe=False) as (source, scope, _, progress):
        _, context, required = gather(source, scope, progress)
    missing = missing_objects(context.estate, required)
    if format_ == "json":
        click.echo(to_json(names_shape(required)), nl=False)
    else:
        click.echo(render_names(required), nl=False)
    return 3 if missing or required.underived or any(blinding(context.estate)) else 0
