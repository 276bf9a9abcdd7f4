"""A question plan is made where Azure can be read, run where the questions must come from, and judged again here."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.lab.configuration import configuration_text
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.answers import Question
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn
from collectors.plans import Plan, new_plan, read_plan, write_answers, write_plan
from tests.agent.commands import agent, environment, refused, sentences

SPOKES = ("lab/vnet-spoke-1", "lab/vnet-spoke-2")
AZURE_DNS = "168.63.129.16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A machine with a configuration and a state directory of its own, and maybe rights in Azure."""

    place: Path
    config: Path
    rights: Mapping[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line in this process: a process for each of some hundred would take minutes."""
        own = environment({**self.rights, "XDG_STATE_HOME": str(self.place / "state")})
        before = dict(os.environ)
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        os.environ.clear()
        os.environ.update(own)
        try:
            with chdir(self.place), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main(arguments)
        finally:
            os.environ.clear()
            os.environ.update(before)
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), _text(out), _text(err))

    def plan(self, *more: str) -> Path:
        """Make a plan."""
        done = self.run("ask", "--make-plan", "plan.json", "--config", str(self.config), *more)
        assert (done.returncode, done.stderr) == (0, "")
        return self.place / "plan.json"

    def check(self, *arguments: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Check without asking anybody here."""
        return self.run("check", "--config", str(config or self.config), "--no-probe", *arguments)

    def report(self, *arguments: str) -> tuple[int, Any, str]:
        """Exit code, report and what was told beside it."""
        done = self.check("--format", "json", *arguments)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout), done.stderr

    @property
    def kept(self) -> list[Path]:
        """The plans in the state directory."""
        return sorted((self.place / "state" / "agent").glob("plan-*.json"))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def desk_of(world: LabWorld, place: Path, text: str = "") -> Desk:
    """Where the lab can be read."""
    place.mkdir()
    config = place / "lab.toml"
    config.write_text(text or configuration_text(world))
    return Desk(place=place, config=config, rights=world.environment)


def elsewhere(tmp_path: Path) -> Desk:
    """Another machine: no right in Azure, no configuration, no state."""
    place = tmp_path / "elsewhere"
    place.mkdir(exist_ok=True)
    return Desk(place=place, config=place / "none.toml", rights={})


def run_plan(desk: Desk, plan: Path, vantage: str = "", output: str = "answers.json") -> Path:
    """Run a plan and return the answers."""
    named = ("--vantage", vantage) if vantage else ()
    done = desk.run("ask", "--plan", str(plan), *named, "--output", output)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return desk.place / output


@pytest.fixture(scope="module")
def silent() -> Iterator[LabWorld]:
    """A forwarder is gone and the configuration does not know: only a real answer tells."""
    with LabWorld(build("hub-spoke", ("forwarder-removed-silently",))) as world:
        yield world


@pytest.fixture(scope="module")
def healthy() -> Iterator[LabWorld]:
    with LabWorld(build("hub-spoke")) as world:
        yield world


@pytest.fixture
def desk(silent: LabWorld, tmp_path: Path) -> Desk:
    return desk_of(silent, tmp_path / "desk")


def test_what_only_an_answer_from_there_tells_is_found(desk: Desk, tmp_path: Path) -> None:
    """Made with rights, run without any, judged with rights again; the key is found in the state directory."""
    plan, there = desk.plan(), elsewhere(tmp_path)
    (kept,) = desk.kept
    assert kept.read_bytes() == plan.read_bytes()
    assert [file.stat().st_mode & 0o777 for file in (plan, kept, kept.parent)] == [0o600, 0o600, 0o700]
    answers = run_plan(there, plan, SPOKES[0])
    assert answers.stat().st_mode & 0o777 == 0o600
    assert not (there.place / "state").exists()
    blind, _, _ = desk.report()
    code, report, told = desk.report("--answers", str(answers))
    assert (blind, code, told) == (0, 1, "")
    (finding,) = report["findings"]
    assert finding["code"] == "PED305"
    assert {proof["vantage"] for proof in finding["evidence"]} == {SPOKES[0]}
    assert all(datetime.fromisoformat(proof["time"]).tzinfo for proof in finding["evidence"])


def test_the_installed_program_does_it_too(desk: Desk, tmp_path: Path) -> None:
    """Processes of their own, as a person runs them."""
    state = {"XDG_STATE_HOME": str(desk.place / "state")}
    there, config = elsewhere(tmp_path).place, ("--config", str(desk.config))
    plan, answers = str(there / "plan.json"), str(there / "answers.json")
    made = agent("ask", "--make-plan", plan, *config, extra={**state, **desk.rights})
    asked = agent("ask", "--plan", plan, "--vantage", SPOKES[0], "--output", answers, cwd=there)
    done = agent("check", "--no-probe", "--answers", answers, *config, extra={**state, **desk.rights})
    assert [(run.returncode, run.stderr) for run in (made, asked, done)] == [(0, ""), (0, ""), (1, "")]
    assert done.stdout.startswith("FAILING: 1 error (PED305)")


def test_what_is_said_of_a_plan_and_of_its_answers(desk: Desk, tmp_path: Path) -> None:
    done = desk.run("ask", "--make-plan", "p.json.gz", "--config", str(desk.config))
    plan = read_plan(desk.place / "p.json.gz", datetime.now(UTC))
    assert done.stdout == (
        f"p.json.gz: 52 questions from lab/vnet-hub, lab/vnet-spoke-1, lab/vnet-spoke-2, good until "
        f"{plan.expires:%Y-%m-%d %H:%M:%S} UTC. It holds a key: give it only to whom you trust with the answers.\n"
    )
    ran = elsewhere(tmp_path).run(
        "ask", "--plan", str(desk.place / "p.json.gz"), "--vantage", SPOKES[1], "--output", "a.gz"
    )
    assert ran.stdout == "a.gz: 20 questions asked from lab/vnet-spoke-2, 20 answered\n"
    assert plan.key.hex() not in done.stdout + done.stderr + ran.stdout + ran.stderr


def test_a_plan_asks_all_that_may_decide_later(desk: Desk) -> None:
    """Both forms of every name of the client's server; Azure DNS only from the very network that counts."""
    plan = read_plan(desk.plan(), datetime.now(UTC))
    asked = {(q.vantage, q.server) for q in plan.questions}
    assert asked == {
        *((vantage, server) for vantage in SPOKES for server in ("10.0.0.4", "198.51.100.53")),
        ("lab/vnet-hub", "198.51.100.53"),
        ("lab/vnet-hub", AZURE_DNS),
    }
    rounds = [{(q.name, q.type) for q in round if q.server == "10.0.0.4"} for round in plan.rounds]
    first, then = ({name for name, type in round if type == "A"} for round in rounds)
    assert len(first) == len(then) == 4
    assert {name for name, type in rounds[1] if type == "AAAA"} == first
    assert not [name for name in first if "privatelink" in name]
    assert [name for name in then if "privatelink" not in name] == []
    azure_dns = {q.name for q in plan.questions if q.server == AZURE_DNS}
    assert azure_dns == then


def test_a_plan_is_made_from_a_snapshot_too(desk: Desk, tmp_path: Path) -> None:
    """The file lacks what only the asking machine needs: the configuration tells it."""
    desk.run("collect", "--config", str(desk.config), "--no-probe", "--output", "facts.gz")
    offline = replace(desk, rights={})
    plan = offline.plan("--snapshot", "facts.gz")
    answers = run_plan(elsewhere(tmp_path), plan, SPOKES[0])
    done = offline.check("--snapshot", "facts.gz", "--answers", str(answers))
    assert (done.returncode, done.stderr) == (1, "")
    assert "PED305" in done.stdout


def test_answers_are_kept_in_a_snapshot(desk: Desk, tmp_path: Path) -> None:
    answers = run_plan(elsewhere(tmp_path), desk.plan(), SPOKES[0])
    assert desk.check("--answers", str(answers), "--save", "facts.gz").returncode == 1
    done = desk.check("--snapshot", "facts.gz")
    assert done.returncode == 1
    assert "(asked from lab/vnet-spoke-1)" in done.stdout


def test_a_lab_of_its_own_ends_with_the_command(tmp_path: Path) -> None:
    there = elsewhere(tmp_path)
    done = there.run("ask", "--make-plan", "plan.json", "--lab", "azure-dns")
    assert done.returncode == 0
    assert sentences(done.stderr)[-1] == (
        "agent: this lab ends here, and its servers with it: `agent lab serve` runs one that a plan can be put to."
    )


# Two vantages


def one_each(healthy: LabWorld, silent: LabWorld) -> str:
    """A configuration in which the second spoke reaches another server at the address of the first one's."""
    good, bad = (
        next(v for v in world.declared.vantages if v.name == SPOKES[1]).address_map["10.0.0.4"]
        for world in (healthy, silent)
    )
    before, second = configuration_text(healthy).split(f'name = "{SPOKES[1]}"')
    return before + f'name = "{SPOKES[1]}"' + second.replace(good, bad)


def test_a_name_may_be_right_from_one_vantage_and_wrong_from_another(
    healthy: LabWorld, silent: LabWorld, tmp_path: Path
) -> None:
    """One address, two servers behind it: what is wrong is told with where it is right."""
    desk = desk_of(healthy, tmp_path / "desk", one_each(healthy, silent))
    plan, there = desk.plan(), elsewhere(tmp_path)
    right, wrong = (run_plan(there, plan, vantage, f"{number}.json") for number, vantage in enumerate(SPOKES))
    assert desk.report("--answers", str(right))[0] == 0
    for order in ((right, wrong), (wrong, right)):
        code, report, told = desk.report(*(word for file in order for word in ("--answers", str(file))))
        assert (code, told) == (1, "")
        assert {finding["code"] for finding in report["findings"]} == {"PED613"}
        for finding in report["findings"]:
            assert finding["cause"].endswith(f" Asked from {SPOKES[0]}, the answer is right.")
            (proof,) = [p for p in finding["evidence"] if p["text"].endswith(", which is right")]
            assert proof["vantage"] == SPOKES[0]
            assert {p["vantage"] for p in finding["evidence"] if p != proof} == {SPOKES[1]}
    shown = desk.check("--answers", str(right), "--answers", str(wrong)).stdout
    assert f"which is right (asked from {SPOKES[0]})" in shown
    alone = desk.report("--answers", str(wrong))[1]
    assert not [f for f in alone["findings"] if "is right" in f["cause"]]


def test_of_two_answers_to_one_question_the_later_one_counts(
    healthy: LabWorld, silent: LabWorld, tmp_path: Path
) -> None:
    """Somebody mends the server, and asks again."""
    desk = desk_of(silent, tmp_path / "desk")
    plan = read_plan(desk.plan(), datetime.now(UTC))
    there = elsewhere(tmp_path)
    before = run_plan(there, desk.place / "plan.json", SPOKES[0], "before.json")
    content = json.loads(before.read_bytes())["content"]
    other = replace(plan, vantages=healthy.declared.vantages)
    write_plan(there.place / "mended.json", other)
    after = run_plan(there, there.place / "mended.json", SPOKES[0], "after.json")
    later = json.loads(after.read_bytes())["content"]
    assert later["finished"] >= content["finished"]
    _age(before, plan, timedelta(minutes=2))
    for order in ((before, after), (after, before)):
        assert desk.report(*(word for file in order for word in ("--answers", str(file))))[0] == 0


def _age(file: Path, plan: Plan, by: timedelta) -> None:
    """Answers as if they had been given earlier."""
    from collectors.plans import read_answers

    found = read_answers(file, lambda _: plan, datetime.now(UTC))
    older = [replace(answer, asked_at=answer.asked_at - by) for answer in found.answers]
    write_answers(file, plan, found.vantage.name, older, finished=plan.created, tool_version="0.1.0")


# Refused: told in one sentence, exit 2, and nothing else of the run is lost


def still_reported(done: subprocess.CompletedProcess[str], told: str, verdict: str = "HEALTHY") -> None:
    assert done.returncode == 2, done.stderr
    assert sentences(done.stderr) == [f"agent: {told}"]
    assert done.stdout.startswith(f"{verdict}: ")


def test_tampered_answers_cost_only_themselves(desk: Desk, tmp_path: Path) -> None:
    """The other file of the same run is taken in, the report is written, and the exit code says that one was not."""
    plan, there = desk.plan(), elsewhere(tmp_path)
    good, bad = (run_plan(there, plan, vantage, f"{number}.json") for number, vantage in enumerate(SPOKES))
    bad.write_bytes(bad.read_bytes().replace(b"203.0.113.", b"10.1.0.", 1))
    id = read_plan(plan, datetime.now(UTC)).id
    told = (
        f"{bad} was changed after it was written, or not written with the key of plan {id}. "
        "Run the plan again with `agent ask --plan`."
    )
    still_reported(desk.check("--answers", str(bad), "--answers", str(good)), told, "FAILING")
    done = desk.check("--answers", str(bad), "--answers", str(good), "--output", "r.json", "--save", "s.gz")
    assert (done.returncode, (desk.place / "s.gz").exists()) == (2, True)
    report = json.loads((desk.place / "r.json").read_bytes())
    assert [finding["code"] for finding in report["findings"]] == ["PED305"]
    assert desk.check("--fail-on", "never", "--answers", str(bad)).returncode == 2


def test_answers_whose_plan_is_missing_are_refused_until_it_is_given(desk: Desk, tmp_path: Path) -> None:
    plan = desk.plan()
    answers = run_plan(elsewhere(tmp_path), plan, SPOKES[0])
    (kept,) = desk.kept
    kept.unlink()
    id = read_plan(plan, datetime.now(UTC)).id
    told = f"{answers} belongs to plan {id}, whose key is not kept on this machine. Give the plan with --plan FILE."
    still_reported(desk.check("--answers", str(answers)), told)
    given = desk.check("--answers", str(answers), "--plan", str(plan))
    assert (given.returncode, given.stderr) == (1, "")


def test_a_plan_that_is_not_the_one_made_here_is_refused(desk: Desk, tmp_path: Path) -> None:
    plan = desk.plan()
    answers = run_plan(elsewhere(tmp_path), plan, SPOKES[0])
    real = read_plan(plan, datetime.now(UTC))
    write_plan(tmp_path / "other.json", replace(real, key=real.key[::-1]))
    still_reported(
        desk.check("--answers", str(answers), "--plan", str(tmp_path / "other.json")),
        f"{answers} belongs to plan {real.id}, and the one given by --plan is not the one made here. "
        "Make a new plan with `agent ask --make-plan`.",
    )


def test_a_plan_that_cannot_be_read_is_told_beside_its_answers(desk: Desk, tmp_path: Path) -> None:
    answers = run_plan(elsewhere(tmp_path), desk.plan(), SPOKES[0])
    done = desk.check("--answers", str(answers), "--plan", "nothing.json")
    assert done.returncode == 2
    assert sentences(done.stderr) == ["agent: nothing.json cannot be read: No such file or directory."]
    assert "PED305" in done.stdout  # the key was here all the time


def test_a_kept_plan_that_was_changed_is_not_trusted(desk: Desk, tmp_path: Path) -> None:
    plan = desk.plan()
    answers = run_plan(elsewhere(tmp_path), plan, SPOKES[0])
    (kept,) = desk.kept
    kept.write_bytes(kept.read_bytes().replace(b"10.0.0.4", b"10.0.0.5"))
    still_reported(
        desk.check("--answers", str(answers)),
        f"{answers} cannot be told from a forged one: {kept} was changed after it was written. "
        "Make a new plan with `agent ask --make-plan`.",
    )
    assert desk.check("--answers", str(answers), "--plan", str(plan)).returncode == 1


def stale_plan(desk: Desk, age: timedelta) -> Plan:
    """A plan of this desk, made some time ago."""
    fresh = read_plan(desk.plan(), datetime.now(UTC))
    made = new_plan(
        fresh.vantages,
        fresh.rounds,
        cloud=fresh.cloud,
        tool_version=fresh.tool_version,
        now=datetime.now(UTC).replace(microsecond=0) - age,
    )
    write_plan(desk.place / "old.json", made)
    return made


def test_stale_plans_and_answers_are_refused(desk: Desk, tmp_path: Path) -> None:
    plan = stale_plan(desk, timedelta(hours=25))
    refused(
        elsewhere(tmp_path).run("ask", "--plan", str(desk.place / "old.json"), "--output", "a.json"),
        f"agent: {desk.place / 'old.json'} is stale: plan {plan.id} expired at {plan.expires:%Y-%m-%d %H:%M:%S} UTC. "
        "Make a new plan with `agent ask --make-plan`.",
    )
    assert not (tmp_path / "elsewhere" / "a.json").exists()
    write_answers(desk.place / "a.json", plan, SPOKES[0], (), finished=plan.created, tool_version="0.1.0")
    still_reported(
        desk.check("--answers", "a.json", "--plan", "old.json"),
        f"a.json is stale: plan {plan.id} expired at {plan.expires:%Y-%m-%d %H:%M:%S} UTC. "
        "Make a new plan with `agent ask --make-plan` and run it.",
    )


def test_answers_of_another_cloud_are_refused(desk: Desk, tmp_path: Path) -> None:
    real = read_plan(desk.plan(), datetime.now(UTC))
    china = new_plan(real.vantages, real.rounds, cloud="AzureChinaCloud", tool_version="0.1.0", now=real.created)
    write_plan(desk.place / "china.json", china)
    write_answers(desk.place / "a.json", china, SPOKES[0], (), finished=real.created, tool_version="0.1.0")
    still_reported(
        desk.check("--answers", "a.json", "--plan", "china.json"),
        f"a.json is foreign: plan {china.id} is for AzureChinaCloud, this run looks at AzureCloud. "
        "Make a new plan with `agent ask --make-plan`.",
    )


def test_a_vantage_that_has_moved_is_refused(desk: Desk, tmp_path: Path) -> None:
    """One name, two places: the answers would be held against the wrong network."""
    plan = desk.plan()
    answers, id = run_plan(elsewhere(tmp_path), plan, SPOKES[0]), read_plan(plan, datetime.now(UTC)).id
    text = desk.config.read_text()
    old = text.partition(f'name = "{SPOKES[0]}"\nview = "')[2].partition('"')[0]
    moved = desk.place / "moved.toml"
    moved.write_text(text.replace(f'view = "{old}"', 'view = "vnet-hub"'))
    still_reported(
        desk.check("--answers", str(answers), config=moved),
        f"{answers} is foreign: vantage {SPOKES[0]} stands in {old} by plan {id}, in vnet-hub by what else this "
        "run was given. Make a new plan with `agent ask --make-plan`.",
    )
    named = desk.place / "named.toml"
    named.write_text(text.replace(f'view = "{old}"', 'view = "VNET-spoke-1"'))
    assert desk.check("--answers", str(answers), config=named).returncode == 1


def test_two_plans_that_mean_two_places_by_one_name_are_not_mixed(desk: Desk, tmp_path: Path) -> None:
    """The first file says where the vantage stands; this run itself declares none of that name."""
    real = read_plan(desk.plan(), datetime.now(UTC))
    files, last = [], ""
    for number, view in enumerate(("vnet-spoke-1", "vnet-spoke-2")):
        vantage = Vantage(name="vm", view=view, reaches=("10.0.0.4",))
        plan = new_plan((vantage,), (), cloud=real.cloud, tool_version="0.1.0", now=real.created)
        write_plan(desk.place / f"p{number}.json", plan)
        write_answers(desk.place / f"a{number}.json", plan, "vm", (), finished=real.created, tool_version="0.1.0")
        last = plan.id
        files += ["--answers", f"a{number}.json", "--plan", f"p{number}.json"]
    still_reported(
        desk.check(*files),
        f"a1.json is foreign: vantage vm stands in vnet-spoke-2 by plan {last}, in vnet-spoke-1 by what else this "
        "run was given. Make a new plan with `agent ask --make-plan`.",
    )


def test_answers_to_what_nobody_asks_any_more_are_ignored_and_told(desk: Desk, tmp_path: Path) -> None:
    """A network gets another server: what the old one says is of no interest, and no gap either."""
    real = read_plan(desk.plan(), datetime.now(UTC))
    old = Question(vantage=SPOKES[0], server="10.0.0.99", name=Fqdn("gone.api.azureml.ms"))
    first, then = real.rounds
    plan = new_plan(real.vantages, ((*first, old), then), cloud=real.cloud, tool_version="0.1.0", now=datetime.now(UTC))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = f"127.0.0.1:{nobody.getsockname()[1]}"
    spoke = next(v for v in plan.vantages if v.name == SPOKES[0])
    spoke = replace(spoke, address_map={**spoke.address_map, "10.0.0.99": port})
    plan = replace(plan, vantages=tuple(spoke if v.name == spoke.name else v for v in plan.vantages))
    write_plan(desk.place / "plan.json", plan)
    answers = run_plan(elsewhere(tmp_path), desk.place / "plan.json", SPOKES[0])
    code, report, told = desk.report("--answers", str(answers), "--plan", str(desk.place / "plan.json"))
    assert code == 1
    assert sentences(told) == [
        f"agent: 1 of the 21 answers in {answers} are ignored: nobody asks those questions any more."
    ]
    assert not [gap for gap in report["gaps"] if "10.0.0.99" in gap["scope"]]


# Who asks from where


def test_a_vantage_elsewhere_is_asked_from_by_plans_only(healthy: LabWorld, tmp_path: Path) -> None:
    """Its silence is told as a gap; its plan is like any other, and answers close the gap."""
    text = configuration_text(healthy)
    desk = desk_of(healthy, tmp_path / "desk", text.replace("[[vantage]]", "[[vantage]]\nelsewhere = true"))
    done = desk.run("check", "--config", str(desk.config), "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, {gap["scope"] for gap in report["gaps"]}) == (0, {"lab/vnet-hub", *SPOKES})
    assert report["gaps"][0] == {
        "kind": "dns",
        "scope": "lab/vnet-hub",
        "reason": "not asked",
        "detail": "the vantage is elsewhere, and no answers from it were given",
        "action": "make a plan with `agent ask --make-plan`, run it there, and give check the --answers",
    }
    plan, there = desk.plan(), elsewhere(tmp_path)
    files = [run_plan(there, plan, vantage, f"{number}.json") for number, vantage in enumerate(SPOKES)]
    code, report, _ = desk.report(*(word for file in files for word in ("--answers", str(file))))
    assert (code, [gap["scope"] for gap in report["gaps"]]) == (0, ["lab/vnet-hub"])


def test_this_machine_does_not_ask_from_where_answers_were_brought(desk: Desk, tmp_path: Path) -> None:
    """Whoever brings them does not stand there; from other vantages questions go out as ever."""
    answers = run_plan(elsewhere(tmp_path), desk.plan(), SPOKES[0])
    text = desk.config.read_text()
    dead = desk.place / "dead.toml"
    head, rest = text.split(f'name = "{SPOKES[0]}"')
    mine, more = rest.split("[[vantage]]", 1)
    mine = mine.partition("address_map")[0] + 'address_map = { "10.0.0.4" = "127.0.0.1:1" }\n\n'
    dead.write_text(f'{head}name = "{SPOKES[0]}"{mine}[[vantage]]{more}\n[probe]\ntimeout = 0.2\npatience = 0.5\n')
    done = desk.run("check", "--config", str(dead), "--answers", str(answers), "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["gaps"]) == (1, [])
    vantages = {proof["vantage"] for finding in report["findings"] for proof in finding["evidence"]}
    assert {*SPOKES} <= vantages


def test_a_plan_of_one_vantage_needs_no_name(desk: Desk, tmp_path: Path) -> None:
    real = read_plan(desk.plan(), datetime.now(UTC))
    one = new_plan(
        [v for v in real.vantages if v.name == SPOKES[1]],
        [[q for q in round if q.vantage == SPOKES[1]] for round in real.rounds],
        cloud=real.cloud,
        tool_version="0.1.0",
        now=real.created,
    )
    write_plan(tmp_path / "one.json", one)
    assert (
        json.loads(run_plan(elsewhere(tmp_path), tmp_path / "one.json").read_bytes())["content"]["vantage"] == SPOKES[1]
    )


def test_the_vantage_is_named_by_whoever_runs_the_plan(desk: Desk, tmp_path: Path) -> None:
    plan, there = str(desk.plan()), elsewhere(tmp_path)
    known = "lab/vnet-hub, lab/vnet-spoke-1, lab/vnet-spoke-2."
    refused(
        there.run("ask", "--plan", plan, "--output", "a"),
        f"agent: The plan asks from several vantages: say with --vantage where this machine stands: {known}",
    )
    refused(
        there.run("ask", "--plan", plan, "--output", "a", "--vantage", "moon"),
        f"agent: There is no vantage 'moon' in the plan. Its vantages: {known}",
    )


def test_the_limits_of_asking_are_those_of_the_machine_that_asks(desk: Desk, tmp_path: Path) -> None:
    plan, there = desk.plan(), elsewhere(tmp_path)
    (there.place / "agent.toml").write_text("[probe]\nbudget = 5\n")
    done = there.run("ask", "--plan", str(plan), "--vantage", SPOKES[0], "--output", "a.json")
    assert done.stdout == "a.json: 20 questions asked from lab/vnet-spoke-1, 5 answered\n"
    (there.place / "agent.toml").write_text("[probe]\nenabled = false\n")
    done = there.run("ask", "--plan", str(plan), "--vantage", SPOKES[0], "--output", "b.json")
    told = "agent: probe.enabled is false in the configuration, so no question may be asked from here."
    assert (done.returncode, sentences(done.stderr)[-1]) == (2, told)


# Nothing to plan


@pytest.mark.parametrize(
    ("vantage", "told"),
    [
        ("", "No vantage is declared, so there is nowhere to ask from: expected [[vantage]] in the configuration, "),
        ('[[vantage]]\nname = "here"\n', "No vantage is declared"),
        (
            '[[vantage]]\nname = "vm"\nview = "vnet-typo"\nreaches = ["10.9.9.9"]\n',
            "agent: There is nothing to ask from any declared vantage, so there is no plan.",
        ),
    ],
)
def test_without_a_vantage_there_is_no_plan(healthy: LabWorld, tmp_path: Path, vantage: str, told: str) -> None:
    text = configuration_text(healthy).partition("[[vantage]]")[0].replace('public = ["198.51.100.53"]\n', "")
    desk = desk_of(healthy, tmp_path / "desk", text + vantage)
    done = desk.run("ask", "--make-plan", "plan.json", "--config", str(desk.config))
    assert (done.returncode, done.stdout) == (2, "")
    assert told in sentences(done.stderr)[-1]
    assert not (desk.place / "plan.json").exists()
    assert desk.kept == []


def test_a_vantage_from_which_nothing_can_be_asked_is_left_out_and_told(healthy: LabWorld, tmp_path: Path) -> None:
    text = configuration_text(healthy).replace('public = ["198.51.100.53"]\n', "")
    text += '[[vantage]]\nname = "vm"\nview = "vnet-typo"\nreaches = ["10.9.9.9"]\n'
    text += '[[vantage]]\nname = "office"\nreaches = ["10.9.9.9"]\n'
    desk = desk_of(healthy, tmp_path / "desk", text)
    done = desk.run("ask", "--make-plan", "plan.json", "--config", str(desk.config))
    assert done.returncode == 0
    assert sentences(done.stderr) == [
        "agent: vantage vm is left out: no network that could be read is its view 'vnet-typo'.",
        "agent: vantage office is left out: no server of a required client may be asked from there.",
    ]


# The command line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say either --make-plan FILE, or --plan FILE --output FILE."),
        (["--make-plan", "a", "--plan", "b"], "Say either --make-plan FILE, or --plan FILE --output FILE."),
        (["--make-plan", "a", "--output", "b"], "--output goes with --plan: --make-plan asks nobody."),
        (["--make-plan", "a", "--vantage", "b"], "--vantage goes with --plan: --make-plan asks nobody."),
        (["--plan", "a"], "--plan needs --output FILE for the answers."),
        (["--plan", "a", "--output", "./a"], "--plan and --output both name ./a: the answers would replace the plan."),
        (
            ["--plan", "a", "--output", "b", "--lab", "hub-spoke", "--vnet", "x", "--break", "y"],
            "--plan asks what the plan says: leave out --lab, --break, --vnet.",
        ),
        (["--plan", "missing", "--output", "b"], "missing cannot be read: No such file or directory."),
        (["--make-plan", "no/such/folder", "--lab", "azure-dns"], "cannot write no/such/folder: No such file"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments: list[str], told: str, tmp_path: Path) -> None:
    refused(elsewhere(tmp_path).run("ask", *arguments), told)


def test_check_takes_a_plan_with_answers_only(tmp_path: Path) -> None:
    refused(
        elsewhere(tmp_path).run("check", "--lab", "azure-dns", "--plan", "a"),
        "agent: --plan tells whose the answers are: it needs --answers FILE.",
    )


def test_an_unwritable_target_is_found_before_anybody_is_asked(desk: Desk, tmp_path: Path) -> None:
    plan = desk.plan()
    done = elsewhere(tmp_path).run("ask", "--plan", str(plan), "--vantage", SPOKES[0], "--output", "no/folder")
    refused(done, "agent: cannot write no/folder: No such file or directory.")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are a matter of POSIX")
def test_a_state_directory_that_cannot_be_used_costs_the_copy_only(desk: Desk, tmp_path: Path) -> None:
    (desk.place / "state").write_text("in the way")
    done = desk.run("ask", "--make-plan", "plan.json", "--config", str(desk.config))
    assert done.returncode == 0
    (said,) = sentences(done.stderr)
    assert said.startswith("agent: the key is not kept for check, which will need --plan plan.json: ")
    answers = run_plan(elsewhere(tmp_path), desk.place / "plan.json", SPOKES[0])
    refusing = desk.check("--answers", str(answers))
    (said,) = sentences(refusing.stderr)
    assert refusing.returncode == 2
    assert said.startswith(f"agent: {answers} cannot be told from a forged one: {desk.place / 'state' / 'agent'} ")
    assert said.endswith(" Set XDG_STATE_HOME to a directory of your own.")
    assert desk.check("--answers", str(answers), "--plan", "plan.json").returncode == 1


def test_old_plans_are_forgotten_and_foreign_ones_are_not_trusted(desk: Desk, tmp_path: Path) -> None:
    first = desk.plan()
    answers = run_plan(elsewhere(tmp_path), first, SPOKES[0])
    (kept,) = desk.kept
    month = datetime.now(UTC) - timedelta(days=31)
    moved = kept.rename(tmp_path / "moved.json")
    kept.symlink_to(moved)
    done = desk.check("--answers", str(answers))
    assert done.returncode == 2
    assert f"agent: {kept} is left out: it is not a file of our own." in sentences(done.stderr)
    kept.unlink()
    moved.rename(kept)
    os.utime(kept, (month.timestamp(),) * 2)
    desk.plan()
    assert kept not in desk.kept
    assert len(desk.kept) == 1
