"""The experiments as data, their calls of `az`, and that nothing is left behind; no tenant and no network is needed."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.resolution import rules
from checks.resolution.rules import ASSUMPTIONS, Rule
from checks.resolution.rulesets import RESERVED
from tests.experiments.asking import answering, ask, overlaps, stands_in
from tests.experiments.az import ExperimentError, plain
from tests.experiments.azure_dns import main
from tests.experiments.model import DONE, FAILED, NO_ANSWER, Experiment, Question, Seen
from tests.experiments.parts import FAR_SPACE
from tests.experiments.plans import EXPERIMENTS, X1, X4, X6, X9
from tests.experiments.run import Run, World, perform, tell

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
HERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-lab/providers/Microsoft.Network/virtualNetworks/vnet-lab"
RUN = Run(subscription=SUBSCRIPTION, location="westeurope", here=HERE, token="t0")
OPTIONS = ("--subscription", SUBSCRIPTION, "--location", "westeurope", "--here", HERE, "--yes-create-resources")
ADDRESS = "10.50.0.4"
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=[e.number for e in EXPERIMENTS])

FAKE_AZ = """#!{python}
import json, os, signal, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
words = sys.argv[1:]
if words[:2] == ["group", "exists"]:
    print({exists!r})
elif words[:2] == ["resource", "show"] and words[3] == {here!r}:
    print(json.dumps({network!r}))
elif {failing!r} and any({failing!r} in word for word in words) and words[1] in ("create", "--method"):
    if {interrupt!r}:
        os.kill(os.getppid(), signal.SIGINT)
    print("WARNING: something else\\nERROR: (Denied) not \\x1b[31mallowed", file=sys.stderr)
    sys.exit(1)
elif {stuck!r} and words[1] == "delete":
    print("ERROR: locked", file=sys.stderr)
    sys.exit(3)
else:
    print("{{}}")
"""


class FakeAz:
    """A program on PATH that stands in for `az`: it records its arguments and fails where it is told to."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "calls"
        self.program = folder / "az"
        self.behave()

    def behave(
        self,
        *,
        failing: str = "",
        interrupt: bool = False,
        stuck: bool = False,
        exists: str = "false",
        prefixes: tuple[str, ...] = ("10.50.0.0/16",),
        location: str = "westeurope",
    ) -> None:
        network = {"location": location, "properties": {"addressSpace": {"addressPrefixes": list(prefixes)}}}
        settings = {"failing": failing, "interrupt": interrupt, "stuck": stuck, "exists": exists, "network": network}
        text = FAKE_AZ.format(python=sys.executable, log=str(self.log), here=HERE, **settings)
        self.program.write_text(text, encoding="utf-8")
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every call so far, without those that every call has."""
        if not self.log.exists():
            return []
        found = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        assert all(words[-3:] == ["--output", "json", "--only-show-errors"] for words in found)
        return [words[:-3] for words in found]

    def named(self, *start: str) -> list[list[str]]:
        """The calls that begin so."""
        return [words for words in self.calls if tuple(words[: len(start)]) == start]


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAz:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return FakeAz(folder)


class Outside:
    """The outside of a run: keeps what is said, answers as told, and has an address."""

    def __init__(self, answer: Callable[[Question], Seen] | None = None, address: str = ADDRESS) -> None:
        self.said: list[str] = []
        self.asked: list[Question] = []
        self._answer = answer or (lambda _: Seen(outcome="NXDOMAIN"))
        self._address = address

    @property
    def world(self) -> World:
        return World(say=self.said.append, ask=self._ask, address=lambda: self._address, pause=lambda _: None)

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def _ask(self, question: Question) -> Seen:
        self.asked.append(question)
        return self._answer(question)


# The data


def test_every_experiment_is_there_once_in_order() -> None:
    assert [experiment.number for experiment in EXPERIMENTS] == [f"X{n}" for n in range(1, 10)]


def test_every_assumption_that_names_an_experiment_is_settled_by_it_and_by_no_other() -> None:
    named = {(match[0], a.name) for a in ASSUMPTIONS if (match := re.match(r"X\d\b", a.experiment))}
    assert {(e.number, name) for e in EXPERIMENTS for name in e.assumptions} == named


@every_experiment
def test_every_experiment_bears_on_something_in_the_model(experiment: Experiment) -> None:
    known = {rule.name for rule in vars(rules).values() if isinstance(rule, Rule)}
    assert set(experiment.rules) <= known
    assert experiment.rules or experiment.assumptions


@every_experiment
def test_everything_that_is_observed_has_a_reading_and_every_reading_something_to_read(experiment: Experiment) -> None:
    keys = experiment.keys
    assert keys
    assert len(set(keys)) == len(keys)
    everything = [
        Seen(outcome=outcome, values=(reading.value,))
        for reading in experiment.readings
        for outcome in (*reading.outcomes, "NOERROR", DONE)
    ]
    for key in keys:
        assert any(experiment.read(key, seen) for seen in everything), key
    for reading in experiment.readings:
        assert any(reading.fits(key, seen) for key in keys for seen in everything), reading


@every_experiment
def test_an_experiment_that_settles_an_assumption_can_end_either_way(experiment: Experiment) -> None:
    settled = {(r.about or experiment.assumptions[0], r.holds) for r in experiment.readings if r.holds is not None}
    assert settled == {(name, holds) for name in experiment.assumptions for holds in (True, False)}


@every_experiment
def test_what_is_made_lies_in_the_group_or_is_removed_afterwards(experiment: Experiment) -> None:
    removed = {word for step in experiment.afterwards for word in step.words if word.startswith("$here/")}
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{RUN.group}/"
    for step in experiment.steps:
        words = step.filled(RUN.values(ADDRESS))
        if words[0] == "rest":
            assert words[1:4] == ("--method", "put", "--url")
            assert words[4].startswith(group) or step.words[4].partition("?")[0] in removed
        elif words[0] == "storage":
            assert words[words.index("--resource-group") + 1] == RUN.group
        else:
            assert words[1] in ("show", "delete", "wait")


@every_experiment
def test_every_resource_is_stated_as_json_with_a_region_or_as_a_child(experiment: Experiment) -> None:
    for step in experiment.steps:
        words = step.filled(RUN.values(ADDRESS))
        if words[0] != "rest":
            continue
        body: Any = json.loads(words[-1])
        assert isinstance(body["properties"], dict)
        assert "$" not in words[-1]
        assert set(body) <= {"location", "properties"}


def test_the_root_rule_is_tried_with_every_name_that_the_model_reserves() -> None:
    assert {q.name for q in X4.questions} >= {f"dnsx-probe.{name}" for name in RESERVED}


# Plans


@every_experiment
def test_a_plan_needs_neither_az_nor_network_and_quotes_its_words(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    outside = Outside()
    assert main(["--plan", experiment.number], outside.world) == 0
    lines = outside.text.splitlines()
    calls = [shlex.split(line)[1:] for line in lines if line.startswith("az ")]
    example = Run(
        subscription="00000000-0000-0000-0000-000000000000",
        location="westeurope",
        here=HERE.replace(SUBSCRIPTION, "00000000-0000-0000-0000-000000000000")
        .replace("rg-lab", "your-group")
        .replace("vnet-lab", "your-network"),
        token=f"{experiment.number.lower()}0000000000",
    )
    values = example.values("THIS-MACHINE")
    steps = [list(step.filled(values)) for step in experiment.steps]
    after = [list(step.filled(values)) for step in experiment.afterwards]
    assert calls == [list(example.creation), *steps, *after, list(example.deletion)]
    for question in experiment.questions:
        filled = question.filled(values)
        assert f"{question.key}: {filled.name} {filled.type} @{filled.server}" in lines
    assert outside.asked == []


def test_the_list_names_every_experiment() -> None:
    outside = Outside()
    assert main(["--list"], outside.world) == 0
    assert [line[:2] for line in outside.said] == [experiment.number for experiment in EXPERIMENTS]


# What is refused before anything happens


@pytest.mark.parametrize("left_out", range(4))
def test_without_every_option_nothing_is_called(az: FakeAz, capsys: pytest.CaptureFixture[str], left_out: int) -> None:
    options = [OPTIONS[0:2], OPTIONS[2:4], OPTIONS[4:6], OPTIONS[6:7]]
    missing = options.pop(left_out)
    given = [word for option in options for word in option]
    assert main(["--run", "X1", *given], Outside().world) == 2
    assert missing[0] in capsys.readouterr().err
    assert az.calls == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--subscription", "$(reboot)"),
        ("--subscription", f"{SUBSCRIPTION}; ls"),
        ("--location", "west europe"),
        ("--location", "--help"),
        ("--here", "/subscriptions/x"),
        ("--here", f"{HERE}/subnets/default"),
        ("--here", f"{HERE}\n"),
        ("--run", "X10"),
    ],
)
def test_odd_values_are_refused(az: FakeAz, capsys: pytest.CaptureFixture[str], option: str, value: str) -> None:
    given = {"--run": "X1", "--subscription": SUBSCRIPTION, "--location": "westeurope", "--here": HERE} | {
        option: value
    }
    words = [f"{name}={text}" for name, text in given.items()]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--yes-create-resources"], Outside().world)
    assert ended.value.code == 2
    assert option in capsys.readouterr().err
    assert az.calls == []


def test_without_az_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--run", "X1", *OPTIONS], Outside().world) == 1
    assert "the program az was not found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "address", "said"),
    [
        ({"prefixes": ("10.60.0.0/16",)}, ADDRESS, "does not stand in"),
        ({}, "", "this machine (no address) does not stand in"),
        ({"location": "North Europe"}, ADDRESS, "--location northeurope"),
        ({"prefixes": ("10.50.0.0/16", "172.16.0.0/12")}, ADDRESS, f"holds {FAR_SPACE}"),
        ({"prefixes": ("nonsense",)}, ADDRESS, "does not look like a virtual network"),
        ({"exists": "true"}, ADDRESS, "exists already"),
    ],
)
def test_in_the_wrong_place_nothing_is_created(az: FakeAz, settings: Any, address: str, said: str) -> None:
    az.behave(**settings)
    with pytest.raises(ExperimentError, match=re.escape(said)):
        perform(X1, RUN, Outside(address=address).world)
    assert {words[1] for words in az.calls} <= {"show", "exists"}


# Runs


def test_a_run_makes_asks_tells_and_deletes(az: FakeAz) -> None:
    outside = Outside()
    perform(X1, RUN, outside.world)
    steps = [list(step.filled(RUN.values(ADDRESS))) for step in X1.steps]
    assert az.calls[2:] == [list(RUN.creation), *steps, list(RUN.deletion)]
    assert [(q.name, q.server) for q in outside.asked] == [("www.below.x1.test", "168.63.129.16")]
    assert "-> the linked zone denied the name" in outside.text
    assert "assumption zone-before-longer-rule: holds" in outside.text


def test_an_assumption_that_does_not_hold_says_how_to_switch_it_off(az: FakeAz) -> None:
    outside = Outside(lambda q: Seen(outcome="NOERROR", values=(f"{q.name} A 192.0.2.1",)))
    perform(X1, RUN, outside.world)
    assert "agent.toml: [assumptions] zone-before-longer-rule = false" in outside.text


def test_words_reach_az_as_they_are(az: FakeAz, tmp_path: Path) -> None:
    """No shell is between: what would be a command there is a word here."""
    victim = tmp_path / "victim"
    odd = Run(subscription=f"$(touch {victim})", location=f"`touch {victim}`", here=HERE, token="; true")
    with pytest.raises(ExperimentError):
        perform(X1, odd, Outside().world)
    assert not victim.exists()
    plain_run = Run(subscription=SUBSCRIPTION, location="westeurope", here=HERE, token=f";touch {victim};")
    perform(X1, plain_run, Outside().world)
    assert not victim.exists()
    assert az.named("group", "create")[0][3] == f"dnsx-;touch {victim};"


@pytest.mark.parametrize("failing", ["dnsx-t0", "dnsForwardingRulesets"], ids=["the group", "a step"])
def test_after_an_error_the_group_is_deleted(az: FakeAz, failing: str, capsys: pytest.CaptureFixture[str]) -> None:
    az.behave(failing=failing)
    outside = Outside()
    with pytest.raises(ExperimentError, match="Denied"):
        perform(X1, RUN, outside.world)
    assert az.calls[-1] == list(RUN.deletion)
    assert len(az.named("group", "delete")) == 1
    assert outside.asked == []


def test_after_an_error_while_asking_the_group_is_deleted(az: FakeAz) -> None:
    def fail(_: Question) -> Seen:
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError):
        perform(X1, RUN, Outside(fail).world)
    assert az.calls[-1] == list(RUN.deletion)


def test_after_an_interruption_the_group_is_deleted(az: FakeAz, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C reaches this program while a call is under way."""
    az.behave(failing="privateDnsZones", interrupt=True)
    assert main(["--run", "X1", *OPTIONS], Outside().world) == 130
    assert "interrupted" in capsys.readouterr().err
    assert az.calls[-1][:2] == ["group", "delete"]


def test_a_group_that_cannot_be_deleted_is_told_with_the_call_that_would(az: FakeAz) -> None:
    az.behave(stuck=True)
    outside = Outside()
    perform(X1, RUN, outside.world)
    assert f"Do it yourself: az group delete --name {RUN.group}" in outside.text


def test_with_keep_the_group_stays_and_is_named(az: FakeAz) -> None:
    outside = Outside()
    kept = Run(subscription=SUBSCRIPTION, location="westeurope", here=HERE, token="t0", keep=True)
    perform(X1, kept, outside.world)
    assert az.named("group", "delete") == []
    assert f"kept: {RUN.group}" in outside.text


def test_what_lies_outside_the_group_is_removed_before_it(az: FakeAz) -> None:
    az.behave(failing="dnsResolverPolicies")
    with pytest.raises(ExperimentError):
        perform(X9, RUN, Outside().world)
    assert [words[:2] for words in az.calls[-2:]] == [["resource", "delete"], ["group", "delete"]]
    assert az.calls[-2][3] == f"{HERE}/virtualNetworkPeerings/dnsx-t0"


def test_a_call_that_is_an_observation_may_fail(az: FakeAz) -> None:
    az.behave(failing="x6-second/virtualNetworkLinks")
    outside = Outside()
    seen = perform(X6, RUN, outside.world)
    assert seen["second-link"].outcome == FAILED
    assert "-> a network has one ruleset at most" in outside.text
    assert "\x1b" not in outside.text


def test_answers_that_nobody_foresaw_settle_nothing() -> None:
    outside = Outside()
    tell(X1, {"below": Seen(outcome="NOERROR", values=("www.below.x1.test A 203.0.113.9\x1b[2J",))}, outside.world.say)
    assert "nobody foresaw this" in outside.text
    assert "not settled" in outside.text
    assert "\x1b" not in outside.text


def test_names_that_differ_are_told_as_such() -> None:
    outside = Outside()
    caught = next(question.key for question in X4.questions if question.key.startswith("reserved/"))
    seen = {q.key: Seen(outcome=NO_ANSWER if q.key == caught else "NXDOMAIN") for q in X4.questions}
    tell(X4, seen, outside.world.say)
    assert "holds for some names only" in outside.text


# DNS


def test_a_lone_alias_is_answered_and_read() -> None:
    with answering(("www.x3.test", "target.test"), "127.0.0.1", 0) as port:
        found = ask(Question(key="lone", name="www.x3.test", server="127.0.0.1"), port=port)
        other = ask(Question(key="other", name="elsewhere.test", server="127.0.0.1"), port=port)
    assert found == Seen(outcome="NOERROR", values=("www.x3.test CNAME target.test",))
    assert other == Seen(outcome="NXDOMAIN")


def test_silence_is_an_outcome() -> None:
    with answering(("a.test", "b.test"), "127.0.0.1", 0) as port:
        pass
    assert ask(Question(key="silent", name="a.test", server="127.0.0.1"), port=port, timeout=0.2).outcome == NO_ANSWER


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    alias = ("a.test", "b.test")
    taken = pytest.raises(ExperimentError, match="cannot answer questions on 127")
    with answering(alias, "127.0.0.1", 0) as port, taken, answering(alias, "127.0.0.1", port):
        pass


def test_places_are_compared_by_address() -> None:
    assert stands_in("10.50.0.4", ["10.50.0.0/16", "fd00::/48"])
    assert not stands_in("10.51.0.4", ["10.50.0.0/16"])
    assert overlaps(FAR_SPACE, ["172.16.0.0/12", "fd00::/48"])
    assert not overlaps(FAR_SPACE, ["10.0.0.0/8"])
    assert plain("a\x1b[31mb\u202e") == "a?[31mb?"
