"""`agent collect`: facts only, into a snapshot file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import common, opened, reuse_option, scope_options, source_options


@click.command(cls=Command)
@scope_options
@reuse_option
@click.option("--output", metavar="FILE", required=True, help="The snapshot file (mode 0600).")
@click.option("--no-probe", is_flag=True, help="Ask no DNS server.")
@source_options
def command(output: str, no_probe: bool, **shared: Any) -> int:
    """Collect the facts, questions included, into a file that `agent check --snapshot` judges anywhere.

    Exit codes: 0 everything was read, 2 usage or configuration, 3 something could not be read.
    """
    from agent.run import gather
    from checks.diagnosis.blind import is_listing
    from collectors.files import check_writable
    from collectors.snapshot import write_snapshot

    check_writable(Path(output))
    with opened(common(shared), probe=not no_probe) as (source, scope, _, progress):
        snapshot, context, _ = gather(source, scope, progress)
        write_snapshot(Path(output), snapshot)
    answered = sum(1 for answer in snapshot.answers if answer.rcode)
    click.echo(
        f"{output}: {len(snapshot.documents)} resources, {len(context.estate.gaps)} gaps, "
        f"{len(snapshot.answers)} questions asked, {answered} answered"
    )
    return 3 if any(is_listing(gap) for gap in context.estate.gaps) else 0
