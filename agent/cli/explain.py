"""`agent explain`: how one name resolves, hop by hop, and which object decides."""

from __future__ import annotations

from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import common, network_option, opened, source_options, unscoped_reuse_option


@click.command(cls=Command)
@click.argument("fqdn")
@network_option("Only from this network.")
@unscoped_reuse_option
@click.option("--type", "type_", metavar="TYPE", default="A", show_default=True, help="A, AAAA, CNAME or PTR.")
@click.option("--without", metavar="ID", multiple=True, help="As if the resource of this ARM id were not there.")
@click.option("--no-probe", is_flag=True, help="Ask no DNS server.")
@click.option("--format", "format_", type=click.Choice(("tree", "json", "mermaid")), default="tree", show_default=True)
@source_options
def command(fqdn: str, type_: str, without: tuple[str, ...], no_probe: bool, format_: str, **shared: Any) -> int:
    """Show how FQDN resolves from each view: expected beside simulated beside observed.

    First stands whether that is right; then what else the question may get, and when. With --type PTR, FQDN is a
    reverse name such as 5.0.1.10.in-addr.arpa.

    Exit codes: 0 explained, whatever comes out, 2 usage or configuration, 3 something on a way could not be read.
    """
    from agent.explain import asked_name, explain
    from agent.render.mermaid import render_mermaid
    from agent.render.tree import render_explanation
    from agent.report import to_json

    name = asked_name(fqdn)  # before anybody signs in
    options = common(shared)
    with opened(options, probe=not no_probe) as (source, scope, _, progress):
        explained = explain(source, scope, name, type_, options.networks, without, progress)
    if format_ == "json":
        click.echo(to_json(explained.shape()), nl=False)
    elif format_ == "mermaid":
        click.echo(render_mermaid(explained), nl=False)
    else:
        click.echo(render_explanation(explained, no_color=options.no_color), nl=False)
    return 3 if explained.unread else 0
