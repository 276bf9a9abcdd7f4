"""`agent watch` as people and orchestrators run it: once from cron, and as a process that stays."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agent.commands import AGENT, agent

QUICK = '[watch]\nnew_after = 1\nresolved_after = 1\ncheck = "1s"\njitter = 0\nhealth = ""\nmetrics = ""\n'
PATIENCE = 30.0


def configured(folder: Path, text: str = QUICK) -> list[str]:
    path = folder / "agent.toml"
    path.write_text(f'{text}[history]\nurl = "sqlite:///{folder / "h.db"}"\n')
    return ["--config", str(path)]


def once(folder: Path, *more: str) -> list[dict[str, Any]]:
    """The events of one run in a slot of its own."""
    time.sleep(1.1)
    done = agent("watch", "--once", "--lab", "hub-spoke", *configured(folder), *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["Event"], event["Code"]) for event in events]


def test_runs_from_cron_tell_what_is_new_and_what_is_over_and_that_they_live(tmp_path: Path) -> None:
    broken = once(tmp_path, "--break", "zone-unlinked")
    assert told(broken) == [("new", "PED202"), ("heartbeat", "")]
    assert told(once(tmp_path, "--break", "zone-unlinked")) == [("heartbeat", "")]
    mended = once(tmp_path)
    assert told(mended) == [("resolved", "PED202"), ("heartbeat", "")]
    assert told(once(tmp_path)) == [("heartbeat", "")]
    first, last = broken[0], mended[0]
    assert first["Fingerprint"] == last["Fingerprint"]
    assert first["FirstSeen"] == last["FirstSeen"] == first["TimeGenerated"]
    assert first["EventId"] != last["EventId"]


def test_a_slot_has_one_run(tmp_path: Path) -> None:
    config = configured(tmp_path, QUICK.replace('"1s"', '"0 0 1 1 *"'))
    first = agent("watch", "--once", "--lab", "hub-spoke", *config)
    again = agent("watch", "--once", "--lab", "hub-spoke", *config)
    assert (first.returncode, again.returncode, again.stdout) == (0, 0, "")
    assert "has had its run" in again.stderr


def test_a_run_that_judges_nothing_is_told_and_remembered_as_nothing(tmp_path: Path) -> None:
    done = agent("watch", "--once", "--lab", "hub-spoke", "--workspace", "no-such", *configured(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert 'no workspace "no-such"' in done.stderr
    assert told(once(tmp_path)) == [("heartbeat", "")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (QUICK.replace('"1s"', '"61 * * * *"'), "watch.check: expected a schedule that means a time"),
        (QUICK + '[sinks.webhook]\nsecret_env = "NOT_SET_ANYWHERE"\n', "sinks.webhook.secret_env"),
    ],
)
def test_mistakes_are_found_at_start(tmp_path: Path, text: str, says: str) -> None:
    done = agent("watch", "--once", "--lab", "hub-spoke", *configured(tmp_path, text))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "it did not come to pass in time"
        time.sleep(0.1)


def test_a_process_that_stays_is_live_ready_and_measured_and_ends_when_told(tmp_path: Path) -> None:
    health, metrics = free_port(), free_port()
    text = QUICK.replace('health = ""', f'health = "127.0.0.1:{health}"')
    text = text.replace('metrics = ""', f'metrics = "127.0.0.1:{metrics}"')
    command = [AGENT, "watch", "--lab", "hub-spoke", "--break", "zone-unlinked", *configured(tmp_path, text)]
    out, err = (tmp_path / "out").open("wb"), (tmp_path / "err").open("wb")
    with out, err, subprocess.Popen(command, stdout=out, stderr=err) as process:
        try:
            until(lambda: status(f"http://127.0.0.1:{health}/healthz")[0] == 200)
            until(lambda: status(f"http://127.0.0.1:{health}/readyz")[0] == 200)
            until(lambda: 'agent_runs_total{result="complete"} 2.0' in status(f"http://127.0.0.1:{metrics}/metrics")[1])
            measured = status(f"http://127.0.0.1:{metrics}/metrics")[1]
            assert status(f"http://127.0.0.1:{health}/metrics")[0] == 404, "nothing of the estate where everybody looks"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    assert process.returncode == 0
    assert 'agent_findings{code="PED202",level="error",status="new"} 1.0' in measured
    assert 'agent_names{state="failing"} 3.0' in measured
    assert "privatelink" not in measured
    events = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert [event["Code"] for event in events if event["Event"] == "new"] == ["PED202"]
    slots = [event["TimeGenerated"] for event in events if event["Event"] == "heartbeat"]
    assert len(slots) == len(set(slots)) >= 2
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_between_two_readings_the_servers_are_asked_and_what_they_show_is_told(tmp_path: Path) -> None:
    """The estate is read once, at the start; a server of which nothing is declared forgets a forwarder meanwhile."""
    text = QUICK.replace('check = "1s"', 'check = "0 0 1 1 *"\nask = 1').replace("new_after = 1", "new_after = 3")
    command = [AGENT, "watch", "--lab", "hub-spoke", "--break", "forwarder-removed-silently"]
    out, err = (tmp_path / "out").open("wb"), (tmp_path / "err").open("wb")
    with out, err, subprocess.Popen([*command, *configured(tmp_path, text)], stdout=out, stderr=err) as process:
        try:
            until(lambda: b'"Event":"new"' in (tmp_path / "out").read_bytes())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    events = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert [event["Event"] for event in events] == ["heartbeat", "new"]
    assert events[1]["Code"] == "PED305"
    assert events[1]["Vantage"]


def test_mistakes_of_single_keys_are_told_together_and_then_those_of_several(tmp_path: Path) -> None:
    text = QUICK + '[sinks.webhook]\nsecret_env = "NOT_SET_ANYWHERE"\n'
    config = tmp_path / "agent.toml"
    config.write_text(
        f'{text}[sinks.file]\npath = "{tmp_path}/no/f"\n[history]\nurl = "sqlite:///{tmp_path}/no/h.db"\n'
    )
    done = agent("watch", "--lab", "hub-spoke", "--config", str(config))
    assert (done.returncode, done.stdout) == (2, "")
    keys = ["sinks.webhook.secret_env", "sinks.webhook.url", "sinks.file.path", "history.url"]
    assert [line.removeprefix("agent: ").partition(":")[0] for line in done.stderr.splitlines()] == keys
    text = '[watch]\ncheck = "61 * * * *"\n[history]\nkeep = "long"\n[sinks.webhook]\nkind = "pager"\n'
    config.write_text(text)
    done = agent("watch", "--lab", "hub-spoke", "--config", str(config))
    assert done.returncode == 2
    assert all(key in done.stderr for key in ("watch.check:", "history.keep:", "sinks.webhook.kind:"))
