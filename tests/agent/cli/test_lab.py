"""`agent lab` as a person runs it."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli.lab import command
from agent.lab.scenarios import SCENARIOS
from collectors.graph.errors import AgentError, SinkError, UsageError

RUN = [sys.executable, "-c", "from agent.cli.lab import command; command()"]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A served lab in a process of its own, and what it said when it was ready."""
    process = subprocess.Popen([*RUN, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


def fail(*arguments: str) -> BaseException | None:
    return CliRunner().invoke(command, ["serve", *arguments]).exception


def test_list_shows_every_scenario_on_a_line_of_its_own() -> None:
    result = CliRunner().invoke(command, ["list"])
    assert result.exit_code == 0
    for scenario in SCENARIOS.values():
        assert re.search(rf"^{scenario.name} +{re.escape(scenario.title)}\.$", result.output, re.MULTILINE)
    assert len(result.output.splitlines()) == len(SCENARIOS) + 2


@pytest.mark.parametrize("name", SCENARIOS)
def test_list_of_a_scenario_shows_its_faults_and_subscriptions(name: str) -> None:
    result = CliRunner().invoke(command, ["list", name])
    assert result.exit_code == 0
    for fault in SCENARIOS[name].faults.values():
        assert re.search(rf"^  {fault.name} +{re.escape(fault.sentence)}$", result.output, re.MULTILINE)
    assert re.search(r"^  /subscriptions/[0-9a-f-]{36}  \S", result.output, re.MULTILINE)
    assert re.search(rf"--lab {name} --break ({'|'.join(SCENARIOS[name].faults)})$", result.output, re.MULTILINE)


def test_list_of_an_unknown_scenario_names_the_known_ones() -> None:
    error = CliRunner().invoke(command, ["list", "hub-spok"]).exception
    assert isinstance(error, UsageError)
    assert "did you mean hub-spoke? Known are hub-spoke, azure-dns" in str(error)


def test_list_needs_no_web_server() -> None:
    """Only serving pays for starlette and uvicorn."""
    code = (
        "import sys; from agent.cli.lab import command; command(['list'], standalone_mode=False); "
        "assert not {'starlette', 'uvicorn', 'azure', 'dns'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_tells_how_to_use_it_and_ends_when_told(tmp_path: Path, number: signal.Signals) -> None:
    config, log = tmp_path / "lab.toml", tmp_path / "requests.jsonl"
    with serving("azure-dns", "--write-config", str(config), "--request-log", str(log)) as (process, said):
        exports = dict(re.findall(r"^export (\w+)=(.*)$", said, re.MULTILINE))
        endpoint = tomllib.loads(config.read_text())["azure"]["endpoint"]
        assert endpoint in said
        assert exports["IDENTITY_ENDPOINT"] == f"{endpoint}/msi/token"
        assert exports["AZURE_TOKEN_CREDENTIALS"] == "ManagedIdentityCredential"
        assert f"agent check --config {config}" in said
        assert config.stat().st_mode & 0o777 == 0o600
        _use(endpoint, exports)
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest, errors) == (0, "", "")
    assert [json.loads(line)["path"] for line in log.read_text().splitlines()] == ["/msi/token", "/subscriptions"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab.toml", "requests.jsonl"]


def test_serve_tells_what_the_real_az_needs() -> None:
    with serving("azure-dns", "--https") as (_, said):
        exports = dict(re.findall(r"^export (\w+)=(.*)$", said, re.MULTILINE))
        trusted = ssl.create_default_context(cafile=exports["REQUESTS_CA_BUNDLE"])
        url = exports["ARM_CLOUD_METADATA_URL"].strip("'")
        with urllib.request.urlopen(url, context=trusted, timeout=5) as answer:
            assert url.startswith(json.load(answer)[0]["resourceManager"] + "/metadata/")


def _use(endpoint: str, exports: dict[str, str]) -> None:
    """Get a token and the subscriptions with nothing but what was printed."""
    asked = urllib.request.Request(
        f"{exports['IDENTITY_ENDPOINT']}?api-version=2019-08-01&resource=https://management.azure.com",
        headers={"X-IDENTITY-HEADER": exports["IDENTITY_HEADER"]},
    )
    with urllib.request.urlopen(asked, timeout=5) as answer:
        token = json.load(answer)["access_token"]
    subscriptions = urllib.request.Request(
        f"{endpoint}/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(subscriptions, timeout=5) as answer:
        assert len(json.load(answer)["value"]) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["hub-spok"], UsageError, "did you mean hub-spoke"),
        (["hub-spoke", "--break", "zone-unlinkd"], UsageError, "did you mean zone-unlinked"),
        (["hub-spoke", "--arm-fault", "forbiden:*"], UsageError, "did you mean forbidden"),
        (["hub-spoke", "--request-log", "/nowhere/log"], SinkError, "/nowhere/log cannot be written"),
        (["hub-spoke", "--write-config", "/nowhere/lab.toml"], SinkError, "cannot write /nowhere/lab.toml"),
    ],
)
def test_a_mistake_ends_before_anything_listens(arguments: list[str], error: type[AgentError], message: str) -> None:
    failure = fail(*arguments)
    assert isinstance(failure, error)
    assert message in str(failure)
