"""`agent diff` as a person runs it: two snapshots of labs, what is told of them, and the exit code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from agent.cli.group import group
from agent.drift.shapes import DiffShape
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from collectors.graph.documents import Document
from collectors.graph.ids import Fqdn
from collectors.snapshot import read_snapshot, write_snapshot
from tests.agent.az_rest import save_answers
from tests.agent.commands import agent, refused

LINK = (
    "zone link link-vnet-hub of privatelink.api.azureml.ms removed: vnet-spoke-1, vnet-spoke-2 now get a public answer"
)
MAKING: dict[str, tuple[str, ...]] = {
    "healthy": ("--lab", "hub-spoke"),
    "unlinked": ("--lab", "hub-spoke", "--break", "zone-unlinked"),
    "two": ("--lab", "hub-spoke", "--break", "zone-unlinked", "--break", "zone-deleted"),
    "server": ("--lab", "hub-spoke", "--break", "forwarder-removed", "--break", "record-wrong-address"),
    "china": ("--lab", "china"),
    "scoped": ("--lab", "hub-spoke", "--workspace", "mlw-fraud-detection-prod"),
}


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The snapshots that `agent collect` writes, by name."""
    folder = tmp_path_factory.mktemp("looks")
    files = {name: str(folder / f"{name}.snapshot") for name in MAKING}
    for name, source in MAKING.items():
        done = CliRunner().invoke(group, ["collect", "--no-probe", "--output", files[name], *source])
        assert done.exit_code in (0, 3), done.output
    return files


def diff(*words: str) -> Result:
    """The output, and as `return_value` the exit code."""
    return CliRunner().invoke(group, ["diff", *words], standalone_mode=False)


def read(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(diff(*words, "--format", "json").output)
    return found


def test_one_line_tells_the_link_that_went_and_the_names_it_took_along(looks: dict[str, str]) -> None:
    done = agent("diff", looks["healthy"], looks["unlinked"])
    assert (done.returncode, done.stderr) == (1, "")
    head, *rest = done.stdout.splitlines()
    assert head == "6 simulated answers changed of 8 compared; 1 change in between"
    (line,) = [line for line in rest if "link-vnet-hub" in line]
    assert line.startswith(LINK)
    assert "workspace.westeurope.cert.api.azureml.ms (was 10.1.0.5)" in line
    assert "inference.westeurope.api.azureml.ms (was 10.1.0.7)" in line


def test_two_independent_changes_are_told_apart(looks: dict[str, str]) -> None:
    told = diff(looks["healthy"], looks["two"]).output.splitlines()
    (link,) = [line for line in told if line.startswith("zone link ")]
    (zone,) = [line for line in told if line.startswith("private DNS zone ")]
    assert link.startswith(LINK)
    assert "notebooks" not in link
    assert zone.startswith(
        "private DNS zone privatelink.notebooks.azure.net removed: vnet-spoke-1, vnet-spoke-2 now get"
    )
    assert "api.azureml.ms" not in zone
    assert not [line for line in told if "without changing an answer" in line]


def test_a_change_that_changed_no_answer_is_told_with_the_path_that_differs(looks: dict[str, str]) -> None:
    told = diff(looks["healthy"], looks["server"]).output
    assert "declared server 10.0.0.4 of vnet-hub changed: vnet-spoke-1, vnet-spoke-2 now get a public answer" in told
    assert '  forwards.api.azureml.ms: ["168.63.129.16"] -> nothing' in told
    rest = told.partition("changed without changing an answer")[2]
    assert 'properties.aRecords: [{"ipv4Address": "10.1.0.5"}] -> [{"ipv4Address": "10.1.0.6"}]' in rest


def test_a_live_answer_that_nothing_read_explains_is_told(tmp_path: Path) -> None:
    """The forwarder is gone on the server only: the declaration still has it."""
    files = [str(tmp_path / name) for name in ("a.snapshot", "b.snapshot")]
    for file, change in zip(files, ((), ("--break", "forwarder-removed-silently")), strict=True):
        assert agent("collect", "--lab", "hub-spoke", *change, "--output", file).returncode == 0
    done = agent("diff", *files)
    assert done.returncode == 1
    head, *rest = done.stdout.splitlines()
    assert re.fullmatch(r"\d+ live answers changed of 8 compared; 0 changes in between", head)
    (line,) = [line for line in rest if "workspace.westeurope.api" in line and "spoke-1" in line]
    assert line.endswith(": 10.1.0.5 -> a public answer (asked 10.0.0.4 from lab/vnet-spoke-1)")
    assert read(*files)["summary"]["answers"] == 0
    assert agent("diff", files[0], files[0]).returncode == 0


def test_the_same_look_twice_exits_with_0(looks: dict[str, str]) -> None:
    done = diff(looks["healthy"], looks["healthy"])
    assert done.return_value == 0
    assert done.output.startswith("no answer changed of 8 compared; 0 changes in between")


def test_the_way_back_is_told_as_such(looks: dict[str, str]) -> None:
    done = diff(looks["unlinked"], looks["healthy"])
    assert done.return_value == 1
    assert "zone link link-vnet-hub of privatelink.api.azureml.ms added" in done.output
    assert "now get 10.1.0.7 for" in done.output


def test_json_is_of_the_published_shape(looks: dict[str, str]) -> None:
    done = diff(looks["healthy"], looks["two"], "--format", "json")
    assert done.return_value == 1
    shape = msgspec.json.decode(done.output, type=DiffShape, strict=True)
    assert msgspec.to_builtins(shape).keys() == json.loads(done.output).keys()
    assert (shape.summary.changes, shape.summary.answers, shape.summary.compared) == (5, 8, 8)
    because = {answer.name.partition(".")[2]: answer.because for answer in shape.answers}
    assert {id for ids in because.values() for id in ids} <= {change.id for change in shape.changes}
    assert {answer.attributed for answer in shape.answers} == {"one"}
    assert all(len(answer.clients) == 2 for answer in shape.answers)


def test_the_same_two_files_give_the_same_bytes(looks: dict[str, str]) -> None:
    words = (looks["healthy"], looks["two"], "--format", "json")
    assert diff(*words).output == diff(*words).output


def test_another_cloud_is_said(looks: dict[str, str]) -> None:
    done = diff(looks["healthy"], looks["china"])
    assert "A is of AzureCloud, B of AzureChinaCloud: these are two estates, not one that changed." in done.output
    assert "only B has as clients: vnet-apps, vnet-ml" in done.output
    assert done.return_value == 1


def test_another_scope_is_said_and_what_it_left_out_did_not_go(looks: dict[str, str]) -> None:
    found = read(looks["healthy"], looks["scoped"])
    assert found["notices"] == [
        "A is a look at everything and B of workspaces mlw-fraud-detection-prod: what only one of them was to read "
        "shows as come or gone."
    ]
    assert {change["change"] for change in found["changes"]} <= {"no longer seen", "newly seen"}
    assert found["answers"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--workspace", "mlw-other"), 'Neither A nor B holds workspace "mlw-other"'),
        (("--vnet", "vnet-other"), 'Neither A nor B holds network "vnet-other"'),
    ],
)
def test_what_neither_look_holds_is_refused(words: tuple[str, ...], told: str, looks: dict[str, str]) -> None:
    refused(agent("diff", looks["healthy"], looks["unlinked"], *words), told)


def test_a_network_that_is_named_is_compared_too(looks: dict[str, str]) -> None:
    found = read(looks["healthy"], looks["unlinked"], "--vnet", "vnet-hub")
    assert found["summary"]["compared"] == 12
    assert any(client.endswith("/vnet-hub") for answer in found["answers"] for client in answer["clients"])


def test_two_looks_at_nothing_are_not_the_same(looks: dict[str, str], tmp_path: Path) -> None:
    snapshot = read_snapshot(Path(looks["healthy"]))
    file = tmp_path / "nothing.snapshot"
    write_snapshot(file, replace(snapshot, documents=()))
    refused(agent("diff", str(file), str(file)), "nothing can be compared")


def test_a_folder_of_answers_is_a_look_too(looks: dict[str, str], tmp_path: Path) -> None:
    """What nobody declares for it, the configuration says: the server and what it forwards."""
    estate, folder = build("hub-spoke", ("zone-unlinked",)), tmp_path / "folder"
    (declared,) = read_snapshot(Path(looks["healthy"])).declared.servers
    forwards = ", ".join(f'"{suffix or "."}" = {json.dumps(to)}' for suffix, to in (declared.forwards or {}).items())
    server = f'[[dns.server]]\naddress = "10.0.0.4"\nnetwork = "{declared.network}"\nkind = "{declared.kind}"\n'
    config = tmp_path / "agent.toml"
    config.write_text(f"{server}forwards = {{ {forwards} }}\n")
    with LabWorld(estate) as world:
        save_answers(world, estate, folder)
    found = read(looks["healthy"], str(folder), "--config", str(config))
    assert [change["id"].rpartition("/")[2] for change in found["changes"]] == ["link-vnet-hub"]
    assert found["summary"]["answers"] == 6


@pytest.mark.parametrize("number", [0, 1])
def test_a_snapshot_that_is_not_there_is_one_sentence(number: int, looks: dict[str, str], tmp_path: Path) -> None:
    files = [looks["healthy"], looks["healthy"]]
    files[number] = str(tmp_path / "none.snapshot")
    refused(agent("diff", *files), "none.snapshot cannot be read: No such file or directory")


def test_one_snapshot_is_not_enough(looks: dict[str, str]) -> None:
    refused(agent("diff", looks["healthy"]), "Missing argument 'B'")


def test_nothing_hostile_reaches_the_terminal(looks: dict[str, str], tmp_path: Path) -> None:
    hostile = "\x1b[31mred\u202e"
    snapshot = read_snapshot(Path(looks["healthy"]))
    server = replace(snapshot.declared.servers[0], forwards={Fqdn(""): ("10.9.9.9",)}, network=hostile)
    file = tmp_path / "hostile.snapshot"
    header = replace(snapshot.header, cloud="AzureChinaCloud", tool_version=hostile, scope={"workspaces": [hostile]})
    documents = tuple(_rewritten(document, hostile) for document in snapshot.documents)
    declared = replace(snapshot.declared, servers=(server,))
    write_snapshot(file, replace(snapshot, header=header, documents=documents, declared=declared))
    done = diff(looks["healthy"], str(file))
    assert done.return_value in (1, 3), done.exception
    assert "red\\u202e" in done.output
    assert not {"\x1b", "\u202e"} & set(done.output)


def _rewritten(document: Document, text: str) -> Document:
    """A record that points somewhere else, and every name of a network in other words."""
    if document.kind not in ("record-set", "virtual-network", "network-interface"):
        return document
    values = json.loads(re.sub(r'"10\.1\.0\.[0-9]+"', lambda _: json.dumps(text), json.dumps(document.body)))
    return replace(document, body={**values, "location": text})
