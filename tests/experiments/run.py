"""One run of an experiment: make the group, make what is needed, ask, tell, and take everything away again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from tests.experiments.asking import answering, ask, overlaps, own_address, stands_in
from tests.experiments.az import Az, ExperimentError, plain, shown
from tests.experiments.model import DONE, FAILED, Experiment, Question, Seen
from tests.experiments.parts import FAR_SPACE

_VERSION = "2024-05-01"
_SETTLE = 60.0  # new links and rules take up to a minute to be in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where an experiment runs. `here` is the id of the network this machine stands in."""

    subscription: str
    location: str
    here: str
    token: str
    keep: bool = False

    @property
    def group(self) -> str:
        """The resource group that is made and deleted again."""
        return f"dnsx-{self.token}"

    def values(self, address: str) -> Mapping[str, str]:
        """What the words of steps and questions are filled with."""
        return {
            "subscription": self.subscription,
            "location": self.location,
            "here": self.here,
            "group": self.group,
            "token": self.token,
            "self": address,
        }

    @property
    def creation(self) -> tuple[str, ...]:
        """The call that makes the group."""
        where = ("--location", self.location, "--subscription", self.subscription)
        return ("group", "create", "--name", self.group, *where, "--tags", "purpose=dns-experiment")

    @property
    def deletion(self) -> tuple[str, ...]:
        """The call that deletes the group with everything in it."""
        return ("group", "delete", "--name", self.group, "--subscription", self.subscription, "--yes")


@dataclass(frozen=True, kw_only=True)
class World:
    """The outside: what a test replaces by its own."""

    say: Callable[[str], None]
    ask: Callable[[Question], Seen] = ask
    address: Callable[[], str] = own_address
    pause: Callable[[float], None] = time.sleep


def perform(experiment: Experiment, run: Run, world: World) -> dict[str, Seen]:
    """Run an experiment and tell what came of it. Raises ExperimentError; the group is gone afterwards all the same."""
    az = Az()
    address = _check_place(az, run, world)
    if az.read(("group", "exists", "--name", run.group, "--subscription", run.subscription)):
        raise ExperimentError(f"resource group {run.group} exists already; it is left alone")
    seen: dict[str, Seen] = {}
    listening = answering(experiment.alias, address) if experiment.alias else nullcontext()
    with listening, _group(az, experiment, run, world, address):
        for step in experiment.steps:
            world.say(f"- {step.why}")
            words = step.filled(run.values(address))
            if step.key:
                worked, said = az.call(words)
                seen[step.key] = Seen(outcome=DONE if worked else FAILED, values=(said,))
            else:
                az.must(words)
        if experiment.questions:
            world.pause(_SETTLE)
        for question in experiment.questions:
            seen[question.key] = world.ask(question.filled(run.values(address)))
    tell(experiment, seen, world.say)
    return seen


def _check_place(az: Az, run: Run, world: World) -> str:
    """This machine's address. Raises ExperimentError where answers would be those of another network."""
    network: Any = az.read(("resource", "show", "--ids", run.here, "--api-version", _VERSION))
    try:
        prefixes = [str(prefix) for prefix in network["properties"]["addressSpace"]["addressPrefixes"]]
        address = world.address()
        inside = stands_in(address, prefixes)
        region = str(network["location"]).replace(" ", "").lower()
    except (KeyError, TypeError, ValueError) as problem:
        raise ExperimentError(f"{run.here} does not look like a virtual network: {problem!r}") from problem
    if not inside:
        raise ExperimentError(
            f"this machine ({address or 'no address'}) does not stand in {run.here} ({', '.join(prefixes)}): it would "
            "get the answers of another view; run this on a virtual machine in that network"
        )
    if overlaps(FAR_SPACE, prefixes):
        raise ExperimentError(f"{run.here} holds {FAR_SPACE}, which the experiments need for a network of their own")
    if region != run.location.lower():
        raise ExperimentError(
            f"{run.here} is in {region}; a ruleset links networks of its own region: --location {region}"
        )
    return address


@contextmanager
def _group(az: Az, experiment: Experiment, run: Run, world: World, address: str) -> Iterator[None]:
    """The resource group, for as long as the block lasts: it goes on errors and on Ctrl-C too."""
    try:
        world.say(f"- resource group {run.group}")
        az.must(run.creation)
        yield
    finally:
        if run.keep:
            world.say(f"kept: {run.group}. Delete it yourself: {shown(run.deletion)}")
        else:
            left = [step.filled(run.values(address)) for step in experiment.afterwards]
            _remove(az, [*left, run.deletion], world.say)


def _remove(az: Az, calls: Sequence[Sequence[str]], say: Callable[[str], None]) -> None:
    """Every removal is tried, whatever became of those before it."""
    waiting = list(calls)
    try:
        while waiting:
            worked, said = az.call(waiting[0])
            if not worked:
                say(f"not removed: {plain(said)}. Do it yourself: {shown(waiting[0])}")
            waiting.pop(0)
    finally:
        for call in waiting:
            say(f"interrupted. Do it yourself: {shown(call)}")


def tell(experiment: Experiment, seen: Mapping[str, Seen], say: Callable[[str], None]) -> None:
    """What was seen, how it is read, and what that means for the model's assumptions."""
    verdicts: dict[str, set[bool]] = {name: set() for name in experiment.assumptions}
    for key in experiment.keys:
        what = seen.get(key)
        if what is None:
            say(f"{key}: not reached")
            continue
        reading = experiment.read(key, what)
        values = "; ".join(plain(value) for value in what.values)[:500]
        say(f"{key}: {plain(what.outcome)} {values}".rstrip())
        say(f"  -> {reading.means if reading else 'nobody foresaw this: please report it'}")
        if reading and reading.holds is not None:
            verdicts[reading.about or experiment.assumptions[0]].add(reading.holds)
    for name, told in verdicts.items():
        say(_settled(name, told))
    for name in experiment.rules:
        say(f"the rule {name} of checks/resolution/rules.py rests on this")


def _settled(name: str, verdicts: set[bool]) -> str:
    """What the configuration should say of an assumption."""
    if not verdicts:
        return f"assumption {name}: not settled"
    if verdicts == {True}:
        return f"assumption {name}: holds; nothing to do"
    said = "does not hold" if verdicts == {False} else "holds for some names only"
    return f"assumption {name}: {said}; to switch it off write into agent.toml: [assumptions] {name} = false"
