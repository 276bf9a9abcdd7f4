"""Manifests, units and gate examples: each is read by the tool of its field, and says the same as the rest."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from agent.cli.group import group
from agent.config import load_config
from agent.config.model import WatchTable

ROOT = Path(__file__).parents[2] / "deploy"
KUBERNETES = ROOT / "kubernetes"
SYSTEMD = ROOT / "systemd"
PIPELINES = ROOT / "pipelines"
WORKFLOW = Path(__file__).parent / "node" / "workflow.mjs"
MANIFESTS = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml")
LAYERS = sorted(KUBERNETES.rglob("kustomization.yaml"))
VERSION = kubernetes_validate.latest_version()


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_takes_the_manifest(path: Path) -> None:
    kubernetes_validate.validate(document(path), VERSION, strict=True)


def test_a_misspelt_property_is_not_taken() -> None:
    wrong = document(KUBERNETES / "cronjob" / "cronjob.yaml")
    wrong["spec"]["concurencyPolicy"] = wrong["spec"].pop("concurrencyPolicy")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


@pytest.mark.parametrize("path", LAYERS, ids=lambda path: path.parent.name)
def test_a_layer_names_files_that_are_there_and_forgets_none(path: Path) -> None:
    layer = document(path)
    assert all((path.parent / name).exists() for name in layer["resources"])
    files = [name for one in layer.get("configMapGenerator", []) for name in one["files"]]
    assert {one.name for one in path.parent.iterdir()} == {
        "kustomization.yaml",
        *(name for name in [*layer["resources"], *files] if name != "../base"),
    }


def pods() -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "cronjob", document(KUBERNETES / "cronjob" / "cronjob.yaml")["spec"]["jobTemplate"]["spec"]["template"]
    yield "deployment", document(KUBERNETES / "deployment" / "deployment.yaml")["spec"]["template"]


@pytest.mark.parametrize(("name", "pod"), tuple(pods()), ids=[name for name, _ in pods()])
def test_a_pod_has_no_rights_and_refers_to_what_is_there(name: str, pod: Mapping[str, Any]) -> None:
    base = document(KUBERNETES / "base" / "kustomization.yaml")
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["configuration"]["configMap"]["name"] in [one["name"] for one in base["configMapGenerator"]]
    claim = document(KUBERNETES / "base" / "volume-claim.yaml")["metadata"]["name"]
    assert volumes["history"]["persistentVolumeClaim"]["claimName"] == claim
    account = document(KUBERNETES / "base" / "service-account.yaml")["metadata"]["name"]
    assert pod["spec"]["serviceAccountName"] == account
    images = document(KUBERNETES / name / "kustomization.yaml")["images"]
    assert container["image"] in [image["name"] for image in images]


def test_there_is_never_more_than_one_writer_of_a_history() -> None:
    assert document(KUBERNETES / "cronjob" / "cronjob.yaml")["spec"]["concurrencyPolicy"] == "Forbid"
    deployment = document(KUBERNETES / "deployment" / "deployment.yaml")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("path", [ROOT / "agent.toml", KUBERNETES / "base" / "agent.toml"], ids=["azure", "kubernetes"])
def test_the_configuration_is_one_that_the_program_takes(path: Path) -> None:
    assert load_config(path, {}).notices == ()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line of the agent in what is deployed, without the program itself."""
    for name, pod in pods():
        yield name, pod["spec"]["containers"][0]["args"]
    for path in (*SYSTEMD.iterdir(), *PIPELINES.iterdir()):
        for line in re.findall(r'(?:/bin/agent"?) ((?:watch|check) [^|>\n]*)', path.read_text(encoding="utf-8")):
            yield path.name, shlex.split(line)


COMMANDS = list(commands())


def test_no_command_was_overlooked() -> None:
    assert {name for name, _ in COMMANDS} == {
        *("cronjob", "deployment", "agent-watch.service", "agent-once.service", "agent.cron"),
        *("github-actions.yml", "azure-pipelines.yml"),
    }


@pytest.mark.parametrize(("name", "words"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_the_program_understands_its_command_line(name: str, words: list[str]) -> None:
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, name
    with command.make_context(words[0], words[1:]):
        pass


def test_all_schedules_are_the_one_of_the_program() -> None:
    """A run belongs to the slot that [watch] check names; another schedule beside it would skip or double runs."""
    usual = WatchTable().check
    assert document(KUBERNETES / "cronjob" / "cronjob.yaml")["spec"]["schedule"] == usual
    assert f"param schedule string = '{usual}'" in (ROOT / "bicep" / "main.bicep").read_text(encoding="utf-8")
    assert f"\n{usual} agent " in (SYSTEMD / "agent.cron").read_text(encoding="utf-8")
    assert usual == "*/30 * * * *"
    assert "OnCalendar=*-*-* *:00/30:00 UTC" in (SYSTEMD / "agent-once.timer").read_text(encoding="utf-8")


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    units = sorted([*folder.glob("*.service"), *folder.glob("*.timer")])
    return subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)


def units(folder: Path, wrong: tuple[str, str] = ("", "")) -> Path:
    """The units with a program that is there: systemd looks for it."""
    for path in SYSTEMD.iterdir():
        text = path.read_text(encoding="utf-8").replace("/opt/agent/bin/agent", f"{Path(sys.executable).parent}/agent")
        (folder / path.name).write_text(text.replace(*wrong) if wrong[0] else text, encoding="utf-8")
    return folder


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    assert shutil.which("systemd-analyze"), "install systemd"
    done = verified(units(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_does_not_take_a_misspelt_line(tmp_path: Path) -> None:
    assert "StateDirectry" in verified(units(tmp_path, ("StateDirectory=", "StateDirectry="))).stderr


def test_systemd_reads_the_times_of_the_timer() -> None:
    timer = (SYSTEMD / "agent-once.timer").read_text(encoding="utf-8")
    (times,) = re.findall("^OnCalendar=(.*)$", timer, re.MULTILINE)
    done = subprocess.run(["systemd-analyze", "calendar", times], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def linted(path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(["node", WORKFLOW, sys.prefix, path], capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_actionlint_finds_nothing_wrong_in_the_workflow() -> None:
    assert linted(PIPELINES / "github-actions.yml") == []


def test_actionlint_finds_a_wrong_key_and_a_wrong_expression(tmp_path: Path) -> None:
    text = (PIPELINES / "github-actions.yml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yml"
    for right, mistake in (("timeout-minutes", "timeout-minuts"), ("steps.check.outputs", "steps.chek.outputs")):
        wrong.write_text(text.replace(right, mistake), encoding="utf-8")
        assert linted(wrong), mistake


def scripts() -> Iterator[tuple[str, str]]:
    workflow = document(PIPELINES / "github-actions.yml")
    for step in workflow["jobs"]["check"]["steps"]:
        if "run" in step:
            yield f"github: {step['name']}", step["run"]
    for step in document(PIPELINES / "azure-pipelines.yml")["steps"]:
        text = step.get("script") or step.get("inputs", {}).get("inlineScript")
        if text:
            yield f"azure: {step['displayName']}", text


SCRIPTS = list(scripts())


@pytest.mark.parametrize(("name", "text"), SCRIPTS, ids=[name for name, _ in SCRIPTS])
def test_every_script_of_a_gate_is_shell(name: str, text: str) -> None:
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), name


@pytest.mark.parametrize(("change", "code"), [("", 0), ("--break zone-unlinked", 1)])
def test_the_check_of_the_workflow_keeps_report_and_exit_code(tmp_path: Path, change: str, code: int) -> None:
    """The step itself runs, against the lab in the place of the configuration."""
    text = dict(SCRIPTS)["github: Check"].replace("--config estate/agent.toml", f"--lab hub-spoke {change}")
    (tmp_path / "agent").symlink_to(Path(sys.prefix))
    environment = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    subprocess.run(["bash", "-e"], input=text, text=True, cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "output").read_text() == f"code={code}\n"
    assert (tmp_path / "summary").read_text() == (tmp_path / "report.md").read_text() != ""
