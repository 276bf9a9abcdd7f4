"""Experiments with a real tenant: list them, print what one would do, or do it.

`python -m tests.experiments.azure_dns --list`, `--plan X1`, or `--run X1 ... --yes-create-resources`.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
from collections.abc import Callable, Sequence

from tests.experiments.az import ExperimentError, shown
from tests.experiments.model import Experiment
from tests.experiments.plans import EXPERIMENTS
from tests.experiments.run import Run, World, perform

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SUBSCRIPTION = re.compile(_GUID)
_LOCATION = re.compile(r"[a-z][a-z0-9]{2,40}")
_NETWORK = re.compile(
    rf"/subscriptions/{_GUID}/resourceGroups/[\w.()-]{{1,90}}/providers/Microsoft\.Network/virtualNetworks/[\w.-]{{2,64}}",
    re.IGNORECASE,
)
_EXAMPLE = "00000000-0000-0000-0000-000000000000"
_HERE = f"/subscriptions/{_EXAMPLE}/resourceGroups/your-group/providers/Microsoft.Network/virtualNetworks/your-network"


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> int:
    """0: done; 1: the experiment could not be finished; 2: the call makes no sense; 130: interrupted."""
    world = world or World(say=_line)
    asked = _parser().parse_args(arguments)
    if asked.list:
        for experiment in EXPERIMENTS:
            world.say(f"{experiment.number}  {experiment.title}")
        return 0
    if asked.plan:
        show_plan(_named(asked.plan), _example(asked), world.say)
        return 0
    missing = [option for option, value in _needed(asked).items() if not value]
    if missing:
        _complain(f"--run needs {', '.join(missing)} as well: it creates resources that cost money; see --plan first")
        return 2
    run = Run(
        subscription=asked.subscription,
        location=asked.location,
        here=asked.here,
        token=f"{asked.run.lower()}{secrets.token_hex(5)}",
        keep=asked.keep,
    )
    try:
        perform(_named(asked.run), run, world)
    except ExperimentError as problem:
        _complain(str(problem))
        return 1
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    return 0


def _needed(asked: argparse.Namespace) -> dict[str, object]:
    return {
        "--subscription": asked.subscription,
        "--location": asked.location,
        "--here": asked.here,
        "--yes-create-resources": asked.yes_create_resources,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.experiments.azure_dns", description=__doc__)
    numbers = [experiment.number for experiment in EXPERIMENTS]
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="all experiments")
    what.add_argument("--plan", choices=numbers, type=str.upper, help="what one would create and ask; touches nothing")
    what.add_argument("--run", choices=numbers, type=str.upper, help="create, ask, tell, delete")
    parser.add_argument("--subscription", type=_fitting(_SUBSCRIPTION, "the id of a subscription"))
    parser.add_argument("--location", type=_fitting(_LOCATION, "a region, as in westeurope"))
    parser.add_argument("--here", type=_fitting(_NETWORK, "the id of a virtual network"), help="where this machine is")
    parser.add_argument("--keep", action="store_true", help="do not delete the resource group afterwards")
    parser.add_argument("--yes-create-resources", action="store_true", help="really create resources")
    return parser


def _fitting(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"not {what}: {text!r}")
        return text

    return check


def _named(number: str) -> Experiment:
    return next(experiment for experiment in EXPERIMENTS if experiment.number == number)


def _example(asked: argparse.Namespace) -> Run:
    """A run as it would be, with stand-ins for what was not given."""
    return Run(
        subscription=asked.subscription or _EXAMPLE,
        location=asked.location or "westeurope",
        here=asked.here or _HERE,
        token=f"{asked.plan.lower()}0000000000",
    )


def show_plan(experiment: Experiment, run: Run, say: Callable[[str], None]) -> None:
    """What an experiment would create, ask and delete, and how each outcome would be read."""
    values = run.values("THIS-MACHINE")
    say(f"{experiment.number}: {experiment.title}")
    say(experiment.purpose)
    if experiment.warning:
        say(f"Mind: {experiment.warning}")
    say("\nIt would call (names end in ten random digits instead of zeros):")
    for why, words in [("the resource group", run.creation), *((s.why, s.filled(values)) for s in experiment.steps)]:
        say(f"# {why}\n{shown(words)}")
    if experiment.questions:
        say("\nIt would ask, from this machine:")
    for question in (question.filled(values) for question in experiment.questions):
        say(f"{question.key}: {question.name} {question.type} @{question.server}")
    say("\nIt would read:")
    for reading in experiment.readings:
        seen = " ".join((*reading.outcomes, reading.value.strip())).strip() or "anything else"
        say(f"{reading.key}: {seen} -> {reading.means}")
    say(f"\nIt settles: {', '.join((*experiment.assumptions, *experiment.rules))}")
    say("\nIn the end, whatever happened, it would call:")
    for words in (*(step.filled(values) for step in experiment.afterwards), run.deletion):
        say(shown(words))


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(text: str) -> None:
    sys.stderr.write(f"error: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
