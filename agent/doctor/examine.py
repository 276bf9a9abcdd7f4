"""The whole examination: look at everything that a run needs, and judge nothing of the estate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from agent.config import Config
from agent.doctor.hearing import hearing
from agent.doctor.results import Result
from agent.doctor.rights import rights
from agent.doctor.sight import sight
from agent.doctor.surroundings import greeted, history, sent_test_row, sinks_reached, versions
from agent.run import gather
from agent.sinks.base import Sink
from agent.sources import Progress, Source
from checks.requirements import Scope


def examine(
    source: Source, scope: Scope, config: Config, progress: Progress, now: datetime, sinks: Sequence[Sink] | None
) -> Iterator[Result]:
    """Every result, the most basic ones first; where Azure does not answer, what hangs on it is left out.

    `sinks`: those that get a test row; without any it is only looked whether they can be reached.
    """
    yield from versions()
    greeting = source.greet() if source.greet else None
    if greeting:
        yield from greeted(greeting)
    if not greeting or not greeting.error:
        _, context, _ = gather(source, scope, progress)
        progress("comparing what was read with what is there")
        yield from sight(context.estate, context.estate.gaps, config)
        yield from rights(context.estate, context.estate.gaps)
        yield from hearing(context)
    if not sinks:
        yield from sinks_reached(config)
    else:
        yield from (sent_test_row(sink, now) for sink in sinks)
    yield history(config)
