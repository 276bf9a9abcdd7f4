"""`agent names`: the expected records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import common, opened, reuse_option, scope_options, source_options

_FORMATS = ("table", "json", "csv", "hosts", "zone")


@click.command(cls=Command)
@scope_options
@reuse_option
@click.option("--format", "format_", type=click.Choice(_FORMATS), help="Default: by --output's extension, else table.")
@click.option("--output", metavar="FILE", default="", help="Write there (mode 0600); stdout gets one line.")
@source_options
def command(format_: str | None, output: str, **shared: Any) -> int:
    """List every name that must resolve to a private address, and why.

    A hosts file and zones hold what an approved endpoint says; what must not become a line stands there as a comment.
    In csv, cells that start with = + - or @ get a leading apostrophe: a spreadsheet would run them as formulas.

    Exit codes: 0 listed, 2 usage or configuration, 3 something could not be read, so names may be missing.
    """
    from agent.gaps import missing_objects
    from agent.names import names_text
    from agent.run import gather
    from checks.diagnosis.blind import blinding
    from collectors.files import atomic_write, check_writable

    options = common(shared)
    extension = Path(output).suffix.lower().lstrip(".")
    format_ = format_ or (extension if extension in _FORMATS else "table")
    if output:
        check_writable(Path(output))
    with opened(options, probe=False) as (source, scope, _, progress):
        _, context, required = gather(source, scope, progress)
    missing = missing_objects(context.estate, required)
    text = names_text(required, format_)
    if output:
        atomic_write(Path(output), text)
        click.echo(f"{len({record.name for record in required.records})} names written.")
    else:
        click.echo(text, nl=False)
    return 3 if missing or required.underived or any(blinding(context.estate)) else 0
