"""`--reuse` over HTTP: which requests are spared, that what changed is seen, and that ages are told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.lab.configuration import configuration_text
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.snapshot import read_snapshot, write_snapshot
from tests.agent.commands import agent, refused

ZONE = "privatelink.api.azureml.ms"
OTHER = "privatelink.notebooks.azure.net"
IN_A_ZONE = re.compile(r"/privatednszones/([^/]+)/(all|virtualnetworklinks)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One command over the lab: how it ended, what it said, and the paths that were asked for."""

    code: int
    out: str
    err: str
    paths: tuple[str, ...]

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.report["findings"]]

    @property
    def read_zones(self) -> set[str]:
        """The zones of which something was listed."""
        return {found[1] for path in self.paths if (found := IN_A_ZONE.search(path))}


@dataclass(slots=True)
class Days:
    """A lab that is served at the same place day after day, broken differently each time, and one home directory."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    environment: pytest.MonkeyPatch
    port: int = field(default=0)

    @property
    def state(self) -> Path:
        return self.folder / "state" / "agent"

    def run(self, *arguments: str, breaks: Iterable[str] = (), scenario: str = "hub-spoke") -> Done:
        with LabWorld(build(scenario, tuple(breaks)), port=self.port) as world:
            self.port = int(world.endpoint.rpartition(":")[2])
            config = self.folder / "lab.toml"
            config.write_text(configuration_text(world))
            for name, value in world.environment.items():
                self.environment.setenv(name, value)
            self.capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main([*arguments, "--config", str(config)])
            said = self.capsys.readouterr()
            paths = tuple(request.path for request in world.requests)
        return Done(code=int(ended.value.code or 0), out=said.out, err=said.err, paths=paths)

    def pass_by(self, time: timedelta) -> None:
        """Make what is kept look as if it had been read earlier."""
        for file in list(self.state.iterdir()):
            kept = read_snapshot(file)
            file.unlink()
            older = replace(
                kept,
                header=replace(kept.header, started=kept.header.started - time),
                documents=tuple(replace(d, read_at=d.read_at - time) for d in kept.documents if d.read_at),
                footer=replace(kept.footer, finished=kept.footer.finished - time, sha256=""),
            )
            reader, _, rest = file.name.split("-")
            write_snapshot(file.with_name(f"{reader}-{older.footer.finished:%Y%m%dT%H%M%SZ}-{rest}"), older)

    def check(self, *arguments: str, breaks: Iterable[str] = ()) -> Done:
        return self.run("check", "--reuse", "1h", "--format", "json", "--no-probe", *arguments, breaks=breaks)


@pytest.fixture
def days(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Days:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Days(folder=tmp_path, capsys=capsys, environment=monkeypatch)


def test_the_first_run_reads_all_says_so_and_keeps_it(days: Days) -> None:
    """Mode 0700 and 0600: the estate is nobody else's business."""
    first = days.check()
    assert (first.code, first.codes) == (0, [])
    assert first.read_zones == {ZONE, OTHER}
    assert first.err.startswith("agent: nothing to reuse: ")
    assert str(days.state) in first.err
    assert len(first.err.splitlines()) == 1
    assert "reused" not in first.report["run"]
    (kept,) = days.state.iterdir()
    assert (kept.stat().st_mode & 0o777, days.state.stat().st_mode & 0o777) == (0o600, 0o700)
    assert {document.kind for document in read_snapshot(kept).documents} >= {"record-set", "zone-link", "workspace"}


def test_zones_that_are_unchanged_are_not_read_again(days: Days) -> None:
    """No list of records or links the second time, the same verdict, and how many documents are how old."""
    first = days.check()
    days.pass_by(timedelta(minutes=23))
    second = days.check()
    assert (second.code, second.codes) == (0, [])
    assert second.read_zones == set()
    assert len(second.paths) == len(first.paths) - 4  # records and links of two zones
    assert second.report["summary"] == first.report["summary"]
    documents = len(read_snapshot(next(days.state.iterdir())).documents)
    old = datetime.fromisoformat(first.report["run"]["started"]) - timedelta(minutes=23)
    reused = second.report["run"]["reused"]
    assert (reused["documents"], reused["of"]) == (8, documents)
    assert old <= datetime.fromisoformat(reused["oldest"]) < old + timedelta(minutes=1)
    assert re.fullmatch(
        rf"agent: 8 of {documents} resources were not read by this run, but up to 23 min ago \(.*\d\d:\d\d UTC\)\.",
        second.err.strip(),
    )


def test_the_terminal_tells_the_age_below_the_verdict(days: Days) -> None:
    """Also of a snapshot that was saved by such a run: what is old does not get younger in a file."""
    file = days.folder / "saved"
    days.check()
    days.pass_by(timedelta(minutes=23))
    look = ("--save", str(file), "--format", "terminal")
    live = days.run("check", "--reuse", "1h", "--no-probe", *look).out.splitlines()
    days.capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["check", "--snapshot", str(file)])
    offline = days.capsys.readouterr().out.splitlines()
    assert live[0].startswith("HEALTHY: ")
    assert "but up to 23 min ago (" in live[1]
    assert offline[:2] == live[:2]


def test_what_changed_in_a_zone_is_read_and_the_other_zone_is_not(days: Days) -> None:
    """A record that is gone changes its zone's count."""
    days.check()
    days.pass_by(timedelta(minutes=23))
    second = days.check(breaks=["record-missing"])
    assert (second.code, second.codes) == (1, ["PED203"])
    assert second.read_zones == {ZONE}
    assert not [e for f in second.report["findings"] for e in f["evidence"] if "not by this run" in e["text"]]


def test_a_link_that_is_gone_is_seen(days: Days) -> None:
    days.check()
    second = days.check(breaks=["zone-unlinked"])
    assert (second.codes, second.read_zones) == (["PED202"], {ZONE})


def test_what_is_found_in_what_is_old_says_so(days: Days) -> None:
    """A record that was missing when the zone was read proves nothing of today; the evidence begins with that."""
    days.check(breaks=["record-missing"])
    days.pass_by(timedelta(minutes=23))
    second = days.check(breaks=["record-missing"])
    assert (second.codes, second.read_zones) == (["PED203"], set())
    (finding,) = second.report["findings"]
    assert finding["evidence"][0]["text"].startswith("not by this run, but up to 23 min ago (")
    assert ZONE in finding["evidence"][0]["text"]


def test_what_a_named_workspace_rests_on_is_read_now(days: Days) -> None:
    """In an incident nothing of its own zones may be old: even an address changed in place is seen."""
    days.check()
    days.pass_by(timedelta(minutes=23))
    second = days.check("--workspace", "mlw-fraud-detection-prod", breaks=["record-wrong-address"])
    assert second.read_zones == {ZONE, OTHER}
    assert second.code == 1
    assert not [e for f in second.report["findings"] for e in f["evidence"] if "not by this run" in e["text"]]


def test_the_closure_of_a_workspace_is_filled_to_the_whole(days: Days) -> None:
    """Nothing of other workspaces is asked for, nothing is missing, and all that the named one rests on is new."""
    everything, part = days.folder / "everything", days.folder / "part"
    look = ("check", "--reuse", "1h", "--no-probe", "--format", "json")
    first = days.run(*look, "--save", str(everything), scenario="multi-subscription")
    days.pass_by(timedelta(minutes=23))
    kept = list(days.state.iterdir())
    named, *others = sorted(str(workspace["id"]) for workspace in first.report["workspaces"])
    second = days.run(*look, "--workspace", named, "--save", str(part), scenario="multi-subscription")
    assert (second.code, second.codes) == (0, [])
    assert others
    assert not [path for path in second.paths if path.startswith(tuple(others))]
    assert len(second.paths) < len(first.paths) * 3 / 4
    whole, mixed = read_snapshot(everything), read_snapshot(part)
    assert {document.id for document in mixed.documents} == {document.id for document in whole.documents}
    old = {d.id.key for d in mixed.documents if d.read_at and d.read_at < mixed.header.started}
    assert len(old) == second.report["run"]["reused"]["documents"] > 10
    assert not [key for key in old if f"/privatednszones/{ZONE}/" in key or f"/privatednszones/{OTHER}/" in key]
    assert not [key for key in old if key.startswith(named.lower())]
    assert list(days.state.iterdir()) == kept  # what is partly old does not replace what was read at once


def test_a_closure_without_anything_to_reuse_is_read_as_usual(days: Days) -> None:
    """And is not kept: it would stand in for a whole one."""
    done = days.check("--workspace", "mlw-fraud-detection-prod")
    assert (done.code, done.codes) == (0, [])
    assert "nothing to reuse" in done.err
    assert not days.state.exists()


def test_an_address_changed_in_place_is_seen_only_after_the_age(days: Days) -> None:
    """As the help says: count and etag may stay as they are."""
    assert "changed in place" in " ".join(agent("check", "--help").stdout.split())
    days.check()
    days.pass_by(timedelta(minutes=23))
    assert days.check(breaks=["record-wrong-address"]).codes == []
    later = days.check("--level", "error", breaks=["record-wrong-address"])
    assert later.codes == []  # kept by the second run, but no younger for that
    days.pass_by(timedelta(minutes=40))
    last = days.check(breaks=["record-wrong-address"])
    assert last.codes != []
    assert last.read_zones == {ZONE, OTHER}


def test_without_the_option_nothing_is_kept_or_used(days: Days) -> None:
    days.run("check", "--no-probe")
    assert not days.state.exists()
    days.check()
    plain = days.run("check", "--no-probe", "--format", "json")
    assert plain.read_zones == {ZONE, OTHER}
    assert "reused" not in plain.report["run"]


def test_what_another_selection_read_is_not_used(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one run leaves out another must not take for absent."""
    days.check()
    monkeypatch.setenv("AGENT_AZURE__EXCLUDE", '["nothing-like-it"]')
    assert days.check().read_zones == {ZONE, OTHER}


def test_three_are_kept(days: Days) -> None:
    for _ in range(5):
        days.pass_by(timedelta(minutes=1)) if days.state.exists() else None
        days.run("collect", "--reuse", "1h", "--no-probe", "--output", str(days.folder / "facts"))
    assert len(list(days.state.iterdir())) == 3


def test_explain_and_names_reuse_too(days: Days) -> None:
    days.check()
    days.pass_by(timedelta(minutes=23))
    for words in (("names",), ("explain", "x.workspace.westeurope.api.azureml.ms", "--no-probe")):
        done = days.run(*words, "--reuse", "1h")
        assert (done.code, done.read_zones) == (0, set())
        assert "23 min ago" in done.err


def test_a_damaged_file_is_one_line_and_costs_nothing_else(days: Days) -> None:
    days.check()
    (file,) = days.state.iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    second = days.check()
    assert (second.code, second.read_zones) == (0, {ZONE, OTHER})
    lines = second.err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"agent: {file} is ")
    assert lines[1].startswith("agent: nothing to reuse: ")


def test_a_directory_that_cannot_be_used_costs_no_result(days: Days) -> None:
    days.state.parent.mkdir()
    days.state.symlink_to(days.folder)
    done = days.check()
    assert (done.code, done.codes) == (0, [])
    assert f"{days.state} cannot hold state: it is not a directory" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "age", ["10", "m", "0m", "-5m", "1.5h", "10 m", "10M", "366d", "99999999d", "1h30m", "\u0661h"]
)
def test_an_age_that_is_none_is_one_sentence(age: str) -> None:
    refused(agent("check", f"--reuse={age}"), f"--reuse {age} is no age", "90s, 10m, 2h or 1d")


@pytest.mark.parametrize("source", [("--lab", "hub-spoke"), ("--snapshot", "facts")])
def test_only_azure_is_spared(source: tuple[str, str]) -> None:
    refused(agent("check", *source, "--reuse", "1h"), "--reuse spares requests to Azure")
