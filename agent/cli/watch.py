"""`agent watch`: scheduled runs with history and sinks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

from agent.cli.command import Command
from agent.cli.options import Progress, chosen, common, network_option, noticing, scope_options, source_options


@click.command(cls=Command)
@scope_options
@network_option("Also make this network a required client.")
@click.option("--once", is_flag=True, help="One run for the slot that is due, then end: for cron and container jobs.")
@source_options
def command(once: bool, **shared: Any) -> int:
    """Look on a schedule, remember, and tell what is new, worse or over, and that all still works.

    Events are JSON lines on stdout, and go wherever [sinks] says. Schedule and damping stand under [watch], the
    file in which it remembers under [history].

    Exit codes: 0 the run itself worked (with --once) or the process was told to end, 2 usage or configuration,
    or nothing could be judged.
    """
    import os
    import time
    from datetime import UTC, datetime

    from agent.history.configured import open_history
    from agent.sinks.configured import open_sinks
    from agent.sources import Source, open_source
    from agent.watch import Watch
    from collectors.graph.errors import UsageError

    options = common(shared)
    progress = Progress(verbose=options.verbose)
    notice = noticing(progress)
    choice, scope, config = chosen(options)
    if choice.snapshot:
        raise UsageError("agent watch looks at Azure or at the lab as it is now: --snapshot is for agent check.")

    @contextmanager
    def source() -> Iterator[Source]:
        with open_source(choice, config, scope, probe=config.probe.enabled, notice=notice) as opened:
            yield opened

    def opened() -> AbstractContextManager[Source]:
        return source()

    with open_sinks(config, os.environ) as sinks, open_history(config) as history:
        watch = Watch(
            open_source=opened,
            scope=scope,
            config=config,
            history=history,
            sinks=sinks,
            clock=lambda: datetime.now(UTC),
            monotonic=time.monotonic,
            progress=progress,
        )
        if once:
            line = _look(watch)
            progress.clear()
            notice(line)
            return 0
        return _stay(watch, notice)


_PATIENCE = 75.0  # seconds: the lease of a replica that died has ended then
_PAUSE = 5.0


def _look(watch: Any) -> str:
    """One run for the slot that is due, and one line about it. Whoever has the history is waited for."""
    import time

    from agent.history.keeping import ElsewhereError
    from agent.schedule import slot_of
    from agent.service import told

    slot, ends = slot_of(watch.config.watch.check, watch.clock()), watch.monotonic() + _PATIENCE
    while True:
        try:
            made = watch.look(slot)
        except ElsewhereError as elsewhere:
            if watch.monotonic() + _PAUSE > ends:
                return f"{elsewhere}: nothing was done"
            time.sleep(_PAUSE)
            continue
        return told(made) if made else f"the slot of {slot:%Y-%m-%dT%H:%M:%SZ} has had its run; what waited was sent"


def _stay(watch: Any, notice: Any) -> int:
    from agent.health import health_app, metrics_app, served
    from agent.metrics import Metrics
    from agent.service import Service, ending_on_signals

    table, metrics = watch.config.watch, Metrics()
    service = Service(watch, table, metrics, notice)
    with (
        ending_on_signals(service.ends),
        served(health_app(service.why_not_ready), table.health, "health"),
        served(metrics_app(metrics.text), table.metrics, "metrics"),
    ):
        service.run()
    return 0
