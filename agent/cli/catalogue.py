"""`agent catalogue`: every finding, from the docstrings of the checks, and what the model assumes."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.command import Command


@click.command(cls=Command)
@click.argument("code", required=False, metavar="[CODE|NAME]")
@click.option("--assumptions", is_flag=True, help="List what the model assumes instead.")
@click.option("-v", "--verbose", is_flag=True, help="With --assumptions: its rules, too, by their evidence.")
@click.option("--no-color", is_flag=True, hidden=True)
def command(code: str | None, assumptions: bool, verbose: bool, **_unused: Any) -> int:
    """List the findings, or describe one: CODE as in PED202, NAME its name or that of an assumption."""
    from difflib import get_close_matches

    from agent.render.assumptions import assumption_text, assumptions_text
    from agent.render.catalogue import check_text, table_text
    from checks.catalogue import BY_CODE
    from checks.resolution.rules import ASSUMPTIONS
    from collectors.graph.errors import UsageError

    if assumptions:
        if code is not None:
            raise UsageError(f"--assumptions lists them all: leave out {code!r}, or --assumptions.")
        click.echo(assumptions_text(with_rules=verbose), nl=False)
        return 0
    if code is None:
        click.echo(table_text(), nl=False)
        return 0
    for assumption in ASSUMPTIONS:
        if assumption.name == code.lower():
            click.echo(assumption_text(assumption), nl=False)
            return 0
    by_slug = {check.slug: check for check in BY_CODE.values()}
    found = BY_CODE.get(code.upper()) or by_slug.get(code.lower())
    if found is None:
        names = [*by_slug, *(assumption.name for assumption in ASSUMPTIONS)]
        close = get_close_matches(code.upper(), BY_CODE, n=1) or get_close_matches(code.lower(), names, n=1)
        hint = (
            f"Did you mean {close[0]}?" if close else "`agent catalogue` and `agent catalogue --assumptions` list all."
        )
        raise UsageError(f"There is no finding or assumption {code!r}. {hint}")
    click.echo(check_text(found), nl=False)
    return 0
