"""`agent lab`: what the embedded Azure can play, and serving it to another process."""

from __future__ import annotations

import shlex
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from agent.cli.command import Group
from agent.lab.arm_faults import Behaviour, parse_arm_fault
from agent.lab.estate import Scenario
from agent.lab.scenarios import SCENARIOS, build, scenario_named
from collectors.files import atomic_write, check_writable
from collectors.graph.errors import SinkError

if TYPE_CHECKING:
    from agent.lab.world import LabWorld


@click.group("lab", cls=Group)
def command() -> None:
    """Play with an embedded Azure: no account, no privilege, nothing to install."""


@command.command("list")
@click.argument("scenario", default="")
def list_(scenario: str) -> None:
    """Show the scenarios, or what can be broken in SCENARIO."""
    if scenario:
        _show(scenario_named(scenario))
        return
    width = max(map(len, SCENARIOS))
    for name, each in SCENARIOS.items():
        click.echo(f"{name:<{width}}  {each.title}.")
    click.echo("\nWhat can be broken in one: agent lab list hub-spoke")


def _show(scenario: Scenario) -> None:
    click.echo(f"{scenario.title}.\n")
    width = max(map(len, scenario.faults))
    for fault in scenario.faults.values():
        click.echo(f"  {fault.name:<{width}}  {fault.sentence}")
    click.echo("\nSubscriptions, for the scope of --arm-fault:")
    for document in scenario.build().documents.values():
        if document.kind == "subscription":
            click.echo(f"  {document.id}  {document.body['displayName']}")
    click.echo(f"\nTry: agent check --lab {scenario.name} --break {next(iter(scenario.faults))}")


@command.command()
@click.argument("scenario")
@click.option("--break", "breaks", metavar="CHANGE", multiple=True, help="Break this (see `agent lab list SCENARIO`).")
@click.option(
    "--arm-fault",
    "arm_faults",
    metavar="FAULT",
    multiple=True,
    help="Make Resource Manager fail: BEHAVIOUR[(ARGUMENT)][xTIMES]:TARGET, as in `forbidden:private-dns-zone`, "
    "`throttled(86400):zone-link@/subscriptions/ID`, `server-errorx2:*`. "
    f"Behaviours: {', '.join(Behaviour)}.",
)
@click.option(
    "--role",
    "roles",
    metavar="FILE",
    multiple=True,
    help="Give the identity this role at its AssignableScopes, instead of reading everything: JSON as `az role "
    "definition create` takes it.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Listen here; default: any free port.")
@click.option("--https", is_flag=True, help="Listen with https and a test CA too, as the real `az` wants it.")
@click.option("--write-config", metavar="FILE", help="Write the agent.toml that goes with this lab.")
@click.option("--request-log", metavar="FILE", help="Append one JSON line for each request.")
def serve(
    scenario: str,
    breaks: tuple[str, ...],
    arm_faults: tuple[str, ...],
    roles: tuple[str, ...],
    port: int,
    https: bool,
    write_config: str | None,
    request_log: str | None,
) -> None:
    """Serve SCENARIO on loopback until Ctrl-C or SIGTERM."""
    # The web server is needed here only; `agent lab list` and `agent --help` must not pay for it.
    from agent.lab.configuration import configuration_text
    from agent.lab.role_files import read_rights
    from agent.lab.world import LabWorld

    estate = build(scenario, breaks)
    faults = tuple(map(parse_arm_fault, arm_faults))
    rights = read_rights(map(Path, roles))
    if write_config:
        check_writable(Path(write_config))
    with ExitStack() as stack:
        log = stack.enter_context(_opened(request_log)) if request_log else None
        stop = _stop_event()
        world = stack.enter_context(LabWorld(estate, faults=faults, port=port, https=https, log_to=log, rights=rights))
        if write_config:
            atomic_write(Path(write_config), configuration_text(world).encode())
        _announce(world, write_config)
        stop.wait()
    if world.requests.failure:
        raise SinkError(f"The request log {request_log} is incomplete: {world.requests.failure}.")


def _announce(world: LabWorld, config: str | None) -> None:
    click.echo(f"The lab listens on {world.endpoint}. In another shell:\n")
    for name, value in world.environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if config:
        click.echo(f"agent check --config {shlex.quote(config)}")
    else:
        click.echo("agent check --config FILE    # serve with --write-config FILE to get one")
    click.echo("\nCtrl-C ends it.")


def _stop_event() -> Event:
    """Set by Ctrl-C and SIGTERM, which are how a server is meant to end."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _opened(path: str) -> BinaryIO:
    try:
        return cast(BinaryIO, Path(path).open("ab", buffering=0))
    except OSError as error:
        raise SinkError(f"{path} cannot be written: {error.strerror}. Choose another file.") from error
