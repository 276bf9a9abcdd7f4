"""Real servers lead to the report that the embedded ones lead to: the lab plays no world of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli import main
from agent.lab.scenarios import SCENARIOS, build
from tests.real.live import VANTAGES
from tests.real.playing import Checked, case_of, play
from tests.real.world import run_in_real_world, vantages_toml

pytestmark = pytest.mark.real_servers

LIVE = Path(__file__).with_name("live.py")
HEALTHY = ""
NOT_PLAYED = {
    "server-unreachable": "the way to a server is closed in the embedded DNS only; test_faults drops questions",
    "tcp-blocked": "the server of the lab cuts answers short, which no BIND is told to; test_faults truncates",
    "stale-cache": "a server that has just started has nothing in its cache; test_probing asks one that has",
    "forwarder-added-silently": "which of two forwarders BIND asks is its own choice, by how fast they answered",
}
"""Change -> why real servers do not play it as the embedded ones do."""


def check_live(directory: Path, scenario: str, fault: str, *, servers: str | None = None) -> Checked:
    """`agent check` over the served lab, asking real servers; `servers` is another fault for these alone."""
    estate = build(scenario, _breaks(fault if servers is None else servers))
    (directory / VANTAGES).write_text(vantages_toml(estate), encoding="utf-8")
    done = run_in_real_world(estate, [sys.executable, str(LIVE), str(directory), scenario, *_breaks(fault)])
    assert done.stdout, done.stderr
    return Checked(done.returncode, json.loads(done.stdout))


def test_a_validating_server_is_found_by_what_it_answers_with_checking_disabled(tmp_path: Path) -> None:
    """Nobody declared it: the server answers SERVFAIL, and with the CD bit the private address."""
    estate = build("hub-spoke")
    validating = replace(estate, servers=tuple(replace(server, rejects_unsigned=True) for server in estate.servers))
    (tmp_path / VANTAGES).write_text(vantages_toml(estate), encoding="utf-8")
    done = run_in_real_world(validating, [sys.executable, str(LIVE), str(tmp_path), "hub-spoke"])
    assert done.stdout, done.stderr
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["code"] == "PED606"
    zones = ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")
    assert all(zone in finding["repair"][0]["text"] for zone in zones)
    assert "with checking disabled" in str(finding["evidence"])


def check_lab(scenario: str, fault: str, capture: pytest.CaptureFixture[bytes]) -> Checked:
    """`agent check --lab`, asking the embedded servers."""
    changes = [word for change in _breaks(fault) for word in ("--break", change)]
    with pytest.raises(SystemExit) as ended:
        main(["check", "--lab", scenario, *changes, "--format", "json", "--level", "note"])
    assert isinstance(ended.value.code, int)
    return Checked(ended.value.code, json.loads(capture.readouterr().out))


def _breaks(fault: str) -> list[str]:
    return [fault] if fault else []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_real_servers_lead_to_the_same_report_as_embedded_ones(
    scenario: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Healthy and after each change: findings, proofs, repairs, gaps, verdicts and exit code agree."""
    faults = [fault for fault in (HEALTHY, *SCENARIOS[scenario].faults) if fault not in NOT_PLAYED]
    cases = [case_of(build(scenario, _breaks(fault))) for fault in faults]
    real = dict(zip(faults, play(cases, tmp_path), strict=True))
    embedded = {fault: check_lab(scenario, fault, capsysbinary) for fault in faults}
    assert {fault for fault in faults if real[fault].comparable() != embedded[fault].comparable()} == set()
    assert {run.report["run"]["source"] for run in real.values()} == {"live"}


def test_it_is_the_real_servers_whose_answers_count(tmp_path: Path) -> None:
    """The served lab is whole, its own servers too; only the real one in the hub has lost its forwarder."""
    live = check_live(tmp_path, "hub-spoke", HEALTHY, servers="forwarder-removed-silently")
    findings = [(finding["code"], finding["subject"]["name"]) for finding in live.report["findings"]]
    assert (live.exit_code, findings) == (1, [("PED305", "10.0.0.4")])


@pytest.mark.parametrize("scenario", ["ruleset", "firewall", "virtual-wan", "private-resolver"])
def test_behind_rules_endpoints_and_firewalls_real_answers_count_too(scenario: str, tmp_path: Path) -> None:
    """Azure shows every record; the servers lack one, or fall back to public DNS for it."""
    healthy = case_of(build(scenario))
    worlds = [build(scenario, [fault]) for fault in ("record-missing", "fallback-hides")]
    runs = play([replace(healthy, real=world) for world in worlds], tmp_path)
    told = [{finding["code"] for finding in run.report["findings"]} for run in runs]
    assert told == [{"PED613"}, {"PED613"}]
    texts = [
        {finding["title"].split(" for ")[0].split(" answers ")[1] for finding in run.report["findings"]} for run in runs
    ]
    assert (texts[0], [run.exit_code for run in runs]) == ({"NXDOMAIN"}, [1, 1])
    assert all(text.startswith("203.0.113.") for text in texts[1])
