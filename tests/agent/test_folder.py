"""A folder of `az rest` answers is judged as the estate itself would be, and never better than what it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.lab.configuration import configuration_text
from agent.lab.scenarios import SCENARIOS, build
from agent.lab.world import LabWorld
from tests.agent.az_rest import save_answers
from tests.agent.commands import agent, refused
from tests.agent.test_snapshots import broken, run, same

LOOK = ("--format", "json", "--level", "note")
CASES = [
    *((name, "") for name in SCENARIOS),
    *(("hub-spoke", change) for change in SCENARIOS["hub-spoke"].faults),
]


@contextmanager
def saved(scenario: str, change: str, place: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The answers of a lab in a folder, and what `agent` needs to know of the lab beside them."""
    estate = build(scenario, (change,) if change else ())
    facts, config = place / "facts", place / "lab.toml"
    with LabWorld(estate, page_size=2) as world:
        save_answers(world, estate, facts)
        config.write_text(configuration_text(world), encoding="utf-8")
    yield facts, ("--snapshot", str(facts), "--config", str(config), *LOOK)


@pytest.mark.parametrize(("scenario", "change"), CASES)
def test_a_folder_gives_the_findings_of_the_estate(
    scenario: str, change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answers in several pages, as `az rest` gives them, against the walk through the same Azure."""
    asked, live = run(capsys, "check", "--lab", scenario, *broken(change), "--no-probe", *LOOK)
    with saved(scenario, change, tmp_path) as (_, look):
        code, offline = run(capsys, "check", *look)
        assert same(offline) == same(live)
        assert code == asked
        assert run(capsys, "check", *look) == (code, offline)


def test_the_run_of_a_folder_is_told_by_its_content_and_its_newest_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with saved("azure-dns", "", tmp_path) as (facts, look):
        for file in facts.rglob("*.json"):
            os.utime(file, (1_700_000_000.5, 1_700_000_000.5))
        _, before = run(capsys, "check", *look)
        told = json.loads(before)["run"]
        assert {told["started"], told["finished"], told["now"]} == {"2023-11-14T22:13:20Z"}
        assert told["source"] == "snapshot folder"
        (tmp_path / "moved").mkdir()
        facts.rename(tmp_path / "moved" / "elsewhere")
        (tmp_path / "facts").symlink_to(tmp_path / "moved" / "elsewhere")
        assert run(capsys, "check", *look)[1] == before


def test_a_folder_saved_as_a_snapshot_gives_the_same_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with saved("azure-dns", "record-missing", tmp_path) as (_, look):
        _, first = run(capsys, "check", *look, "--save", str(tmp_path / "file"))
        _, second = run(capsys, "check", "--snapshot", str(tmp_path / "file"), *LOOK)
    assert same(first) == same(second)


def remove(pattern: str) -> Callable[[Path], None]:
    """Lose the files of one list."""

    def lose(facts: Path) -> None:
        files = list(facts.rglob(pattern))
        assert files
        for file in files:
            file.unlink()

    return lose


def cut(facts: Path) -> None:
    """Lose what follows the first page of the records."""
    remove("ALL.2.json")(facts)


LOSSES = {
    "zones": remove("privateDnsZones.json"),
    "links": remove("virtualNetworkLinks.json"),
    "records": remove("ALL*.json"),
    "a page of records": cut,
    "interfaces": remove("networkInterfaces*.json"),
    "endpoints": remove("privateEndpoints.json"),
    "networks": remove("virtualNetworks*.json"),
    "workspaces": remove("workspaces.json"),
    "permissions": remove("permissions.json"),
    "rulesets": remove("dnsForwardingRulesets.json"),
    "security policies": remove("dnsResolverPolicies.json"),
}


@pytest.mark.parametrize("lost", LOSSES)
def test_what_the_folder_lacks_is_not_absent(lost: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3, no alarm about what may be there, and the command that saves it."""
    with saved("azure-dns", "", tmp_path) as (facts, look):
        LOSSES[lost](facts)
        code, text = run(capsys, "check", *look)
    report = json.loads(text)
    assert code == 3
    assert [finding["code"] for finding in report["findings"] if finding["level"] == "error"] == []
    assert "healthy" not in {str(workspace["verdict"]) for workspace in report["workspaces"]}
    wanted = [gap["action"] for gap in report["gaps"] if gap["reason"] == "not asked" and gap["kind"] != "dns"]
    assert wanted
    assert all("save the answer of `az rest --method get --url '/subscriptions/" in action for action in wanted)


def test_what_az_prints_by_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.json"
    id = "/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/pe"
    file.write_text(json.dumps([{"id": id, "customDnsConfigs": [], "resourceGroup": "g"}]), encoding="utf-8")
    done = agent("check", "--snapshot", str(tmp_path))
    refused(done, f"agent: {file} holds private endpoints as an `az` command prints them: it flattens them")


def test_an_empty_folder_is_refused_with_the_first_command(tmp_path: Path) -> None:
    refused(agent("check", "--snapshot", str(tmp_path)), "az rest --method get --url '/subscriptions?api-version=")


def test_a_name_that_no_system_can_open_is_one_sentence() -> None:
    refused(agent("check", "--snapshot", "x" * 5000), "cannot be read")


def test_reading_a_folder_loads_neither_the_sdk_nor_dns(tmp_path: Path) -> None:
    """An offline run stays light wherever it is made."""
    (tmp_path / "subscriptions.json").write_text('{"value": []}', encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from collectors.folder.read import read_folder; "
        f"read_folder(Path({str(tmp_path)!r})); assert not {{'azure', 'dns', 'requests'}} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
