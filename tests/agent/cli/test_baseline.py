"""The kept baseline: `agent baseline`, and what compares with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agent.commands import agent, refused

UNLINKED = ("--lab", "hub-spoke", "--break", "zone-unlinked")


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a healthy look and a broken one."""
    folder = tmp_path_factory.mktemp("looks")
    for name, source in (("healthy", UNLINKED[:2]), ("broken", UNLINKED)):
        done = agent("collect", "--no-probe", "--output", str(folder / name), *source)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def kept(state: dict[str, str]) -> Path:
    return Path(state["XDG_STATE_HOME"]) / "agent" / "baseline.snapshot"


def test_a_baseline_is_kept_shown_and_compared_with(looks: Path, state: dict[str, str]) -> None:
    done = agent("baseline", "set", str(looks / "healthy"), extra=state)
    assert (done.returncode, done.stderr) == (0, "")
    assert kept(state).stat().st_mode & 0o777 == 0o600
    shown = agent("baseline", "show", extra=state)
    assert shown.stdout == done.stdout
    assert shown.stdout.startswith(f"{kept(state)}: AzureCloud as of 20")
    assert shown.stdout.endswith(", 28 resources.\n")
    told = agent("diff", "baseline", str(looks / "broken"), extra=state)
    assert told.returncode == 1
    assert "zone link link-vnet-hub of privatelink.api.azureml.ms removed" in told.stdout
    assert agent("diff", "baseline", "baseline", extra=state).returncode == 0


def test_the_next_baseline_replaces_the_former(looks: Path, state: dict[str, str]) -> None:
    for name in ("healthy", "broken"):
        agent("baseline", "set", str(looks / name), extra=state)
    assert agent("diff", "baseline", str(looks / "broken"), extra=state).returncode == 0
    assert [path.name for path in kept(state).parent.iterdir()] == ["baseline.snapshot"]


def test_without_a_baseline_the_next_step_is_named(looks: Path, state: dict[str, str]) -> None:
    for words in (("baseline", "show"), ("diff", "baseline", str(looks / "broken"))):
        refused(agent(*words, extra=state), "There is no baseline", "agent baseline set FILE")


def test_what_is_no_snapshot_does_not_become_a_baseline(state: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no snapshot")
    refused(agent("baseline", "set", str(tmp_path / "file"), extra=state), "file")
    assert not kept(state).exists()


def test_a_link_to_somewhere_else_is_no_baseline(looks: Path, state: dict[str, str]) -> None:
    kept(state).parent.mkdir(mode=0o700, parents=True)
    kept(state).symlink_to(looks / "healthy")
    refused(agent("baseline", "show", extra=state), "it is not a file of our own")


def test_check_tells_what_changed_since_a_baseline(looks: Path, state: dict[str, str]) -> None:
    agent("baseline", "set", str(looks / "healthy"), extra=state)
    words = ("check", "--snapshot", str(looks / "broken"), "--format", "json")
    found = json.loads(agent(*words, "--baseline", "baseline", extra=state).stdout)["findings"]
    assert {finding["code"]: finding["level"] for finding in found} == {"PED202": "error", "PED802": "warning"}
    changed = next(finding for finding in found if finding["code"] == "PED802")
    assert changed["subject"]["name"] == "link-vnet-hub"
    assert len(changed["names"]) == 3
    assert [f["code"] for f in json.loads(agent(*words, extra=state).stdout)["findings"]] == ["PED202"]


def test_a_live_check_is_compared_just_as_well(looks: Path) -> None:
    done = agent("check", *UNLINKED, "--baseline", str(looks / "healthy"))
    assert "PED802" in done.stdout
    assert done.returncode == 1
    assert agent("check", *UNLINKED[:2], "--baseline", str(looks / "healthy")).returncode == 0


def test_what_is_declared_today_does_not_hide_that_a_look_declared_something_else(looks: Path, tmp_path: Path) -> None:
    server = '[[dns.server]]\naddress = "10.0.0.4"\nnetwork = "vnet-hub"\nforwards = {}\n'
    (tmp_path / "agent.toml").write_text(server)
    removed = str(tmp_path / "removed")
    agent("collect", "--no-probe", "--output", removed, "--lab", "hub-spoke", "--break", "forwarder-removed")
    done = agent("diff", str(looks / "healthy"), removed, cwd=tmp_path)
    assert "declared server 10.0.0.4 of vnet-hub changed" in done.stdout
    assert done.returncode == 1
