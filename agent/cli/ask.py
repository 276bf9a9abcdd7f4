"""`agent ask`: a question plan for where we cannot ask from, and the running of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import (
    Common,
    common,
    network_option,
    noticing,
    opened,
    reuse_option,
    scope_options,
    source_options,
)


@click.command(cls=Command)
@click.option("--make-plan", metavar="FILE", default="", help="Write a plan (mode 0600: it holds a key).")
@click.option("--plan", metavar="FILE", default="", help="Run this plan; no right in Azure is needed.")
@click.option(
    "--vantage", metavar="NAME", default="", help="With --plan: where this machine stands; default: the only one."
)
@click.option("--output", metavar="FILE", default="", help="With --plan: write the answers there (mode 0600).")
@scope_options
@reuse_option
@network_option("Also ask what this network needs.")
@source_options
def command(make_plan: str, plan: str, vantage: str, output: str, **shared: Any) -> int:
    """Ask from where check cannot: make a plan here, run it there, and give check the answers.

    --make-plan asks nobody. It takes the vantages of the configuration ([[vantage]]) and writes down all that is
    worth asking from each. --plan asks it, within the limits of [probe] in the configuration. The answers are
    good for 24 hours from the making of the plan. A file named *.gz is compressed.

    Questions leave traces: the servers, and whomever they forward to, keep the answers in their caches for the TTL,
    denials too, and may log them. A silent server costs the patience of one question and is spared after three.

    The plan's key tells its answers from others' and from changed ones. It does not keep whoever holds the plan
    from making answers up.

    Exit codes: 0 written, 2 usage, configuration or a plan that cannot be used, 3 (with --make-plan) something could
    not be read.
    """
    from collectors.graph.errors import UsageError

    options = common(shared)
    if bool(make_plan) == bool(plan):
        raise UsageError("Say either --make-plan FILE, or --plan FILE --output FILE. See `agent ask --help`.")
    if make_plan:
        for name, value in (("--vantage", vantage), ("--output", output)):
            if value:
                raise UsageError(f"{name} goes with --plan: --make-plan asks nobody.")
        return _make(Path(make_plan), options)
    if not output:
        raise UsageError("--plan needs --output FILE for the answers.")
    if Path(plan).absolute() == Path(output).absolute():
        raise UsageError(f"--plan and --output both name {output}: the answers would replace the plan.")
    if given := _unwanted(options):
        raise UsageError(f"--plan asks what the plan says: leave out {given}.")
    return _run(Path(plan), Path(output), vantage, options)


def _unwanted(options: Common) -> str:
    """Options that choose what is asked."""
    given = {
        "--lab": options.lab,
        "--break": options.breaks,
        "--snapshot": options.snapshot,
        "--workspace": options.workspaces,
        "--subscription": options.subscriptions,
        "--vnet": options.networks,
        "--reuse": options.reuse,
    }
    return ", ".join(name for name, value in given.items() if value)


def _make(file: Path, options: Common) -> int:
    import os
    from datetime import UTC, datetime

    from agent.config import declared
    from agent.plans import make_plan
    from agent.run import gather
    from agent.state import StateDirectory, state_directory
    from checks.diagnosis.blind import is_listing
    from collectors.files import check_writable
    from collectors.graph.errors import AgentError
    from collectors.plans import write_plan

    check_writable(file)
    with opened(options, probe=False) as (source, scope, config, progress):
        snapshot, context, _ = gather(source, scope, progress)
        notice = noticing(progress)
        said = {vantage.name: vantage for vantage in declared(config).vantages if config.vantage}
        vantages = [said.get(vantage.name, vantage) for vantage in snapshot.declared.vantages]
        now = datetime.now(UTC).replace(microsecond=0)
        plan = make_plan(context, snapshot.header.cloud, vantages, now, notice)
        write_plan(file, plan)
        if options.lab:
            notice("this lab ends here, and its servers with it: `agent lab serve` runs one that a plan can be put to.")
    try:
        StateDirectory(state_directory(os.environ), notice).keep_plan(plan)
    except AgentError as error:
        notice(f"the key is not kept for check, which will need --plan {file}: {error}")
    names = ", ".join(vantage.name for vantage in plan.vantages)
    click.echo(
        f"{file}: {len(plan.questions)} questions from {names}, good until {plan.expires:%Y-%m-%d %H:%M:%S} UTC. "
        "It holds a key: give it only to whom you trust with the answers."
    )
    return 3 if any(is_listing(gap) for gap in context.estate.gaps) else 0


def _run(file: Path, output: Path, name: str, options: Common) -> int:
    from datetime import UTC, datetime

    from agent import __version__
    from agent.cli.options import Progress, configured
    from agent.plans import chosen_vantage
    from agent.sources import asker
    from collectors.files import check_writable
    from collectors.graph.answers import Answer
    from collectors.graph.errors import UsageError
    from collectors.plans import expired, read_plan, write_answers

    def now() -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    config = configured(options)
    plan = read_plan(file, now())
    if stale := expired(file, plan, now()):
        raise stale
    vantage = chosen_vantage(plan, name)
    if not config.probe.enabled:
        raise UsageError("probe.enabled is false in the configuration, so no question may be asked from here.")
    check_writable(output)
    progress, ask = Progress(verbose=options.verbose), asker(config)
    answers: list[Answer] = []
    try:
        for round in plan.rounds:
            asked = [question for question in round if question.vantage == vantage.name]
            progress(f"asking {len(asked)} questions from {vantage.name}")
            answers += ask(asked, (vantage,))
    finally:
        progress.clear()
    write_answers(output, plan, vantage.name, answers, finished=now(), tool_version=__version__)
    answered = sum(1 for answer in answers if answer.rcode)
    click.echo(f"{output}: {len(answers)} questions asked from {vantage.name}, {answered} answered")
    return 0
