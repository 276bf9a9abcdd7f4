"""The lab in one process, the agent in another: HTTP, the real credential chain, real DNS questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.agent.commands import agent, refused, serving


def requests_of(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
def test_a_served_lab_is_checked_through_the_real_credential_chain(tmp_path: Path, scenario: str) -> None:
    """Healthy: exit 0, and the log of the server shows GET only, at one host, with a token it issued itself."""
    config, log = tmp_path / "lab.toml", tmp_path / "requests.jsonl"
    with serving(scenario, "--write-config", str(config), "--request-log", str(log)) as exports:
        done = agent("check", "--config", str(config), "--format", "json", extra=exports)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["run"]["source"] == "live"
    assert report["findings"] == report["not_evaluated"] == report["gaps"] == []
    assert report["summary"]["names"] == 4
    requests = requests_of(log)
    assert {request["method"] for request in requests} == {"GET"}
    assert {request["host"] for request in requests} == {urlsplit(exports["IDENTITY_ENDPOINT"]).netloc}
    assert requests[0]["path"] == "/msi/token"
    assert {request["status"] for request in requests} == {200}


@pytest.mark.parametrize(
    ("scenario", "change", "code"),
    [
        ("hub-spoke", "zone-unlinked", "PED202"),
        ("hub-spoke", "forwarder-removed-silently", "PED305"),
        ("azure-dns", "record-missing", "PED203"),
    ],
)
def test_a_broken_lab_is_found_broken_over_http(tmp_path: Path, scenario: str, change: str, code: str) -> None:
    config = tmp_path / "lab.toml"
    with serving(scenario, "--break", change, "--write-config", str(config)) as exports:
        done = agent("check", "--config", str(config), "--format", "json", extra=exports)
    assert done.returncode == 1, done.stderr
    assert [finding["code"] for finding in json.loads(done.stdout)["findings"]] == [code]


def test_a_right_that_is_missing_over_http_is_told(tmp_path: Path) -> None:
    """The same through the terminal output: the verdict first, and what to grant."""
    config = tmp_path / "lab.toml"
    with serving("azure-dns", "--arm-fault", "forbidden:zone-link", "--write-config", str(config)) as exports:
        done = agent("check", "--config", str(config), extra=exports)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("NOT EVALUATED: ")
    assert "grant Microsoft.Network/privateDnsZones/virtualNetworkLinks/read on /subscriptions/" in done.stdout


def test_a_wrong_identity_header_is_no_identity(tmp_path: Path) -> None:
    """No token: one sentence, exit 2."""
    config = tmp_path / "lab.toml"
    with serving("azure-dns", "--write-config", str(config)) as exports:
        done = agent("check", "--config", str(config), extra={**exports, "IDENTITY_HEADER": "wrong"})
    refused(done, "no token for AzureCloud could be obtained")


def test_an_endpoint_where_nobody_listens_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "lab.toml"
    with serving("azure-dns", "--write-config", str(config)) as exports:
        pass
    refused(agent("check", "--config", str(config), extra=exports), "no token")


def test_a_configuration_that_was_merely_found_may_not_name_a_foreign_endpoint(tmp_path: Path) -> None:
    """Somebody else's agent.toml must not get a token; named with --config the same file is fine."""
    found = tmp_path / "agent.toml"
    log = tmp_path / "requests.jsonl"
    with serving("azure-dns", "--write-config", str(found), "--request-log", str(log)) as exports:
        done = agent("check", extra=exports, cwd=tmp_path)
        asked = requests_of(log)
        named = agent("check", "--config", "agent.toml", extra=exports, cwd=tmp_path)
    refused(done, "azure.endpoint", "--config")
    assert asked == []
    assert named.returncode == 0, named.stderr
