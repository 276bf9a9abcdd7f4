"""A snapshot judged later, elsewhere, says what the live run said; a file that cannot be trusted says so."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.lab.scenarios import SCENARIOS
from collectors.snapshot import read_snapshot
from tests.agent.commands import agent, refused
from tests.agent.test_changes import WARNINGS

# Each scenario healthy, and each change once: a file knows nothing of architectures.
_FIRST = {change: scenario.name for scenario in reversed([*SCENARIOS.values()]) for change in scenario.faults}
SINGLES = [*((scenario, "") for scenario in SCENARIOS), *((scenario, change) for change, scenario in _FIRST.items())]
RUN_ONLY = ("first_seen", "last_seen")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The command line in this process: its exit code and its stdout."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0), capsys.readouterr().out


def same(report: str) -> dict[str, Any]:
    """A report without what tells one run from another."""
    tree = json.loads(report)
    for finding in tree["findings"]:
        for proof in finding["evidence"]:
            proof.pop("time", None)
        for key in RUN_ONLY:
            finding.pop(key)
    tree.pop("run")
    return dict(tree)


def broken(change: str) -> list[str]:
    return ["--break", change] if change else []


@pytest.mark.parametrize(("scenario", "change"), SINGLES)
def test_a_snapshot_gives_the_findings_of_the_live_run(
    scenario: str, change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same exit code and report, run ids and times aside, and the same bytes twice."""
    file = tmp_path / "estate.snapshot"
    look = ("--format", "json", "--level", "note")
    live_code, live = run(capsys, "check", "--lab", scenario, *broken(change), "--save", str(file), *look)
    code, offline = run(capsys, "check", "--snapshot", str(file), *look)
    again = run(capsys, "check", "--snapshot", str(file), *look)
    assert same(offline) == same(live)
    assert code == live_code == (1 if change and change not in WARNINGS else 0)
    assert again == (code, offline)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", ["", "zone-unlinked", "forwarder-removed-silently"])
def test_collecting_is_checking_without_the_judgement(
    change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`collect` keeps the answers of servers too: without them a silent change would be invisible offline."""
    file = tmp_path / "estate.snapshot"
    collected, said = run(capsys, "collect", "--lab", "hub-spoke", *broken(change), "--output", str(file))
    assert collected == 0
    assert said.startswith(f"{file}: ")
    code, offline = run(capsys, "check", "--snapshot", str(file), "--format", "json")
    _, live = run(capsys, "check", "--lab", "hub-spoke", *broken(change), "--format", "json")
    assert same(offline) == same(live)
    assert code == (1 if change else 0)


def test_the_run_of_a_snapshot_is_told_by_the_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its id is the file's digest and its time the file's, so that a report can be repeated byte by byte."""
    file = tmp_path / "estate.snapshot"
    run(capsys, "collect", "--lab", "azure-dns", "--output", str(file))
    _, text = run(capsys, "check", "--snapshot", str(file), "--format", "json")
    told, snapshot = json.loads(text)["run"], read_snapshot(file)
    assert told["id"] == snapshot.footer.sha256[:16]
    times = {told["started"], told["finished"], told["now"]}
    assert times == {snapshot.footer.finished.isoformat().replace("+00:00", "Z")}
    moved = file.rename(tmp_path / "elsewhere")
    (tmp_path / "estate.snapshot").symlink_to(moved)
    assert run(capsys, "check", "--snapshot", str(file), "--format", "json")[1] == text


def test_a_snapshot_without_questions_says_that_nobody_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "estate.snapshot"
    run(capsys, "collect", "--lab", "hub-spoke", "--no-probe", "--output", str(file))
    code, text = run(capsys, "check", "--snapshot", str(file), "--format", "json")
    assert code == 0
    assert {(gap["kind"], gap["reason"]) for gap in json.loads(text)["gaps"]} == {("dns", "not asked")}
    _, shown = run(capsys, "check", "--snapshot", str(file))
    assert "nobody was asked: simulated only" in shown


def lines_of(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def packed(*lines: bytes) -> bytes:
    return gzip.compress(b"".join(lines), mtime=0)


def _one_byte_changed(file: Path) -> bytes:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


def _edited(file: Path) -> bytes:
    return packed(*(line.replace(b"10.1.0.5", b"10.1.0.9") for line in lines_of(file)))


def _too_new(file: Path) -> bytes:
    header, *rest = lines_of(file)
    return packed(json.dumps({**json.loads(header), "format": 99}).encode() + b"\n", *rest)


def _deep(file: Path) -> bytes:
    deep = b'{"type":"document","kind":"x","id":"/x/y","read_at":null,"body":' + b'{"a":' * 5000 + b"1" + b"}" * 5001
    return packed(lines_of(file)[0], deep + b"\n")


def _bomb(file: Path) -> bytes:
    return packed(lines_of(file)[0], b'{"type":"gap","kind":"' + b"A" * (65 * 1024**2))


def _control_characters(file: Path) -> bytes:
    return packed(lines_of(file)[0], b'{"type":"\\u001b[2J\\u202e"}\n')


HOSTILE: dict[str, Callable[[Path], bytes]] = {
    "damaged": _one_byte_changed,
    "truncated": lambda file: file.read_bytes()[:-200],
    "without footer": lambda file: packed(*lines_of(file)[:-1]),
    "edited": _edited,
    "foreign gzip": lambda _: packed(b'{"hello": "world"}\n'),
    "foreign": lambda _: b"PK\x03\x04 not a snapshot at all",
    "empty": lambda _: b"",
    "too new": _too_new,
    "nested deeply": _deep,
    "bomb": _bomb,
    "control characters": _control_characters,
}


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a healthy estate, made once."""
    file = tmp_path_factory.mktemp("snapshots") / "healthy"
    with pytest.raises(SystemExit):
        main(["collect", "--lab", "azure-dns", "--output", str(file)])
    return file


@pytest.mark.parametrize("how", HOSTILE)
def test_a_file_that_cannot_be_trusted_is_one_sentence(how: str, healthy: Path, tmp_path: Path) -> None:
    """Exit 2, one sentence that names the file, nothing that moves a cursor, no traceback."""
    file = tmp_path / "bad"
    file.write_bytes(HOSTILE[how](healthy))
    done = agent("check", "--snapshot", str(file))
    refused(done, f"agent: {file} ")
    assert done.stderr.removesuffix("\n").isprintable()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    refused(agent("check", "--snapshot", str(tmp_path / "missing")), "cannot be read")


def test_the_configuration_tells_a_lab_and_a_snapshot_where_names_are_held(tmp_path: Path) -> None:
    """`[names] override` is taken into the snapshot, and the judging machine's row for a suffix goes before it."""
    lab, file = ("--lab", "hub-spoke"), str(tmp_path / "facts.gz")
    own, other = tmp_path / "own.toml", tmp_path / "other.toml"
    for config, zone in ((own, "intern.example"), (other, "elsewhere.example")):
        config.write_text(f'[names]\noverride = [{{ public = "westeurope.notebooks.azure.net", zone = "{zone}" }}]\n')

    def zones(*source: str) -> set[str]:
        named = agent("names", *source, "--format", "json")
        return {row["zone"] for row in json.loads(named.stdout)["names"] if row["role"] == "notebooks"}

    assert zones(*lab, "--config", str(own)) == {"intern.example"}
    assert agent("collect", *lab, "--no-probe", "--config", str(own), "--output", file).returncode == 0
    assert zones("--snapshot", file) == {"intern.example"}
    assert zones("--snapshot", file, "--config", str(other)) == {"elsewhere.example"}
