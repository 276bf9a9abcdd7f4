"""`agent diff`: what changed between two snapshots, and which answers that changed."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import Progress, chosen, common, network_option, scope_options, snapshot_named


@click.command(cls=Command)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@scope_options
@network_option("Compare this network's answers, too.")
@click.option("--format", "format_", type=click.Choice(("terminal", "json")), default="terminal", show_default=True)
@click.option("--config", metavar="FILE", default="", help="Configuration; default: ./agent.toml, if there.")
@click.option("--no-color", is_flag=True, help="No colours (NO_COLOR does the same).")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr, and every path that differs.")
def command(before: str, after: str, format_: str, **shared: Any) -> int:
    """Compare snapshots A and B: what changed, and which answers of required names changed because of which change.

    A and B are files of `agent collect`, folders of `az rest` answers, or `baseline`, which `agent baseline set`
    keeps. Each answer is attributed by trying the changes on A one at a time; where none alone makes it, two, else
    several together. Live answers are compared where both asked the same of the same server. What a file declares
    itself stands; the configuration speaks for those that declare nothing.

    Exit codes: 0 the same answers, 1 answers changed, or clients came or went, 2 usage or configuration, 3 no answer
    is known to have changed, but some could not be compared.
    """
    from agent.drift.looks import compare_looks
    from agent.drift.shapes import diff_shape
    from agent.render.diff import render_comparison
    from agent.report import to_json

    options = common(shared)
    _, scope, config = chosen(options)
    progress = Progress(verbose=options.verbose)
    try:
        first, second = snapshot_named(before, progress), snapshot_named(after, progress)
        compared = compare_looks(first, second, config, scope, progress)
    finally:
        progress.clear()
    if format_ == "json":
        click.echo(to_json(diff_shape(compared)), nl=False)
    else:
        told = render_comparison(compared, no_color=options.no_color, verbose=options.verbose)
        click.echo(told, nl=False)
    return compared.exit_code
