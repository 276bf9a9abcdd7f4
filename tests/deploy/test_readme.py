"""The operations page: its commands are understood, its files are there, and what can be followed here is followed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from agent.cli.group import group
from agent.config import load_config
from deploy.queries import alerts

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```sh\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
LINES = [line.strip() for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
WRITTEN = [
    *(line for line in LINES if line.startswith("agent ")),
    *(line for block in BLOCKS for line in re.findall(r'--command "(agent [^"]+)"', block)),
    *(line for line in re.findall(r"`(agent [^`]+)`", TEXT)),
]
COMMANDS = sorted({line.split("#")[0].strip() for line in WRITTEN})


def test_there_are_commands() -> None:
    assert len(BLOCKS) > 10
    assert "agent check --answers answers.json --config deploy/agent.toml" in COMMANDS


@pytest.mark.parametrize("line", COMMANDS)
def test_the_program_understands_the_command(line: str) -> None:
    words = shlex.split(line)[1:]
    command = group.get_command(click.Context(group), words[0])
    assert command is not None
    if words[1:]:  # a command that is only named need not have what it needs
        with command.make_context(words[0], words[1:]):
            pass


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_is_shell(number: int) -> None:
    done = subprocess.run(["bash", "-n"], input=BLOCKS[number], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_files_and_headings_that_are_named_are_there() -> None:
    for name in re.findall(r"\bdeploy/[\w./-]*[\w]", TEXT):
        assert (ROOT / name).exists(), name
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://learn.microsoft.com/"):
            assert (PAGE.parent / target).exists(), target


def test_parameters_are_those_of_the_template() -> None:
    found = 0
    for line in LINES:
        template = re.search(r"--template-file (\S+\.bicep)\s+--parameters (.*)$", line)
        if template:
            bicep = (ROOT / template[1]).read_text(encoding="utf-8")
            declared = set(re.findall(r"^param (\w+)", bicep, re.MULTILINE))
            needed = set(re.findall(r"^param (\w+) \w+$", bicep, re.MULTILINE))
            given = set(re.findall(r"(?:^|\s)(\w+)=", template[2]))
            assert needed <= given <= declared, line
            found += 1
    assert found == 5


def test_outputs_that_are_asked_for_are_there() -> None:
    bicep = (ROOT / "deploy" / "bicep" / "main.bicep").read_text(encoding="utf-8")
    declared = set(re.findall(r"^output (\w+)", bicep, re.MULTILINE))
    asked = {*re.findall(r"\$\(output (\w+)\)", TEXT), *re.findall(r"properties\.outputs\.(\w+)\.", TEXT)}
    asked |= set(re.findall(r"=THE_OUTPUT_(\w+)", TEXT))
    assert {"principalId", "clientId", "ingestionEndpoint", "ruleImmutableId"} <= asked <= declared


@pytest.mark.parametrize("name", [alert["name"] for alert in alerts()])
def test_every_alert_leads_to_its_runbook(name: str) -> None:
    runbook = TEXT.partition("\n## Runbook\n")[2].partition("\n## ")[0]
    (alert,) = (one for one in alerts() if one["name"] == name)
    assert f"\n### {name}\n" in runbook
    assert alert["description"].endswith(f"Runbook: deploy/README.md, {name}.")
    assert alert["title"].partition(": ")[2].capitalize() in runbook


# Built-in roles, as the page links them: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
BUILT_IN = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
}


def test_no_id_and_no_digest_is_made_up() -> None:
    """Every id is a built-in role whose name stands in the same file, and which the page gives the source of."""
    for path in (path for path in PAGE.parent.rglob("*") if path.is_file() and path.suffix not in (".pyc", ".md")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"sha256:[0-9a-f]{64}", text), path
        for id in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
            assert BUILT_IN[id] in text, path
            assert f"| {BUILT_IN[id]} |" in TEXT


def block(words: str) -> str:
    (found,) = (str(one) for one in BLOCKS if words in one)
    return found


def test_the_manifests_are_made_ready_as_the_page_says(tmp_path: Path) -> None:
    """The lines that change files are run as they stand, with words in the place of what Azure answers."""
    shutil.copytree(ROOT / "deploy" / "kubernetes", tmp_path, dirs_exist_ok=True)
    edits = [line.strip() for line in block("kubectl apply").replace("\\\n", " ").splitlines()]
    script = "\n".join(line for line in edits if line.startswith("sed "))
    output = 'output() { case $1 in ingestionEndpoint) echo "https://in.example";; *) echo "the-$1";; esac; }'
    environment = {**os.environ, "REGISTRY": "ours", "VERSION": "9.9.9"}
    subprocess.run(["bash", "-eu"], input=f"{output}\n{script}\n", text=True, cwd=tmp_path, env=environment, check=True)
    account = (tmp_path / "base" / "service-account.yaml").read_text(encoding="utf-8")
    assert "client-id: the-clientId\n" in account
    sink = load_config(tmp_path / "base" / "agent.toml", {}).config.sinks.log_analytics
    assert (sink.endpoint, sink.rule_id) == ("https://in.example", "the-ruleImmutableId")
    for name in ("cronjob", "deployment"):
        layer = (tmp_path / name / "kustomization.yaml").read_text(encoding="utf-8")
        assert "newName: ours.azurecr.io/private-endpoint-dns-agent\n    newTag: 9.9.9\n" in layer


def test_the_environment_of_a_machine_is_one_that_the_program_takes() -> None:
    lines = re.search(r"<<END\n(.*?)\n *END\n", block("/etc/agent/environment"), re.DOTALL)
    assert lines is not None
    variables = dict(line.strip().split("=", 1) for line in lines[1].splitlines())
    variables["AGENT_SINKS__LOG_ANALYTICS__ENDPOINT"] = "https://in.example"
    sink = load_config(ROOT / "deploy" / "agent.toml", variables).config.sinks.log_analytics
    assert sink.rule_id == "THE_OUTPUT_ruleImmutableId"


def test_the_role_without_bicep_is_made_as_the_page_says(tmp_path: Path) -> None:
    (line,) = (one for one in block("az role definition create").splitlines() if one.startswith("sed "))
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    environment = {**os.environ, "MANAGEMENT_GROUP": "mg-platform"}
    subprocess.run(["bash", "-eu"], input=line, text=True, cwd=tmp_path, env=environment, check=True)
    role = json.loads((tmp_path / "role.json").read_text(encoding="utf-8"))
    assert role["AssignableScopes"] == ["/providers/Microsoft.Management/managementGroups/mg-platform"]
