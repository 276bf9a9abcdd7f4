"""The history survives where local disks do not, and is never opened on the share."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.agent.commands import AGENT

SCRIPT = Path(__file__).parents[2] / "deploy" / "image" / "carry_history.py"
WATCH = (AGENT, "watch", "--once", "--lab", "hub-spoke")


def carry(local: Path, kept: Path, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, local, kept, "--", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "AGENT_HISTORY__URL": f"sqlite:///{local}", "AGENT_WATCH__CHECK": "1s", **more},
    )


def share(folder: Path) -> Path:
    (folder / "share").mkdir()
    return folder / "share" / "history.db"


def replica(folder: Path, name: str) -> Path:
    """The history of a replica with an empty disk of its own."""
    (folder / name).mkdir()
    return folder / name / "history.db"


def test_a_finding_is_new_only_once_although_every_run_has_an_empty_disk(tmp_path: Path) -> None:
    kept = share(tmp_path)
    outputs = []
    for name in ("a", "b", "c"):
        done = carry(replica(tmp_path, name), kept, *WATCH, "--break", "zone-unlinked")
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.count('"Event":"new"'))
        time.sleep(1.1)
    assert outputs == [0, 1, 0]  # new_after is 2


def test_what_is_kept_is_one_closed_file(tmp_path: Path) -> None:
    kept = share(tmp_path)
    carry(replica(tmp_path, "a"), kept, *WATCH)
    assert [path.name for path in kept.parent.iterdir()] == ["history.db"]
    with closing(sqlite3.connect(f"file:{kept}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    kept = share(tmp_path)
    assert carry(tmp_path / "h.db", kept, "sh", "-c", "exit 7").returncode == 7


def test_a_long_run_is_kept_while_it_runs_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    kept = share(tmp_path)
    local = replica(tmp_path, "a")
    environment = {"AGENT_HISTORY__URL": f"sqlite:///{local}", "AGENT_WATCH__HEALTH": "", "AGENT_WATCH__METRICS": ""}
    words = [sys.executable, str(SCRIPT), str(local), str(kept), "--", str(AGENT), "watch", "--lab", "hub-spoke"]
    with subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment, "CARRY_EVERY": "0.5"},
    ) as process:
        until = time.monotonic() + 60
        while not kept.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert kept.exists()
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("kept", "told"), [("nowhere/history.db", "is the share mounted?"), ("folder", "could not be kept")]
)
def test_a_share_that_is_not_as_it_must_be_is_told_in_one_line(tmp_path: Path, kept: str, told: str) -> None:
    (tmp_path / "folder" / "in the way").mkdir(parents=True)
    local = tmp_path / "h.db"
    with closing(sqlite3.connect(local)) as connection:
        connection.execute("CREATE TABLE one (x)")
    done = carry(local, tmp_path / kept, "true")
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_command_line_is_told() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "a"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.startswith("carry_history: usage")) == (2, True)
