"""The state directory: whose files are used, whose are not, and that nothing in it can hurt a run."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.state import MOST_KEPT, Reader, StateDirectory, parse_age, state_directory
from collectors.graph.documents import Document
from collectors.graph.errors import SinkError, UsageError
from collectors.graph.ids import ArmId
from collectors.snapshot import Footer, Header, Snapshot

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
READER = Reader(cloud="AzureCloud", endpoint="https://management.azure.com", tenant="t", identity="i")


def snapshot(minutes_ago: int = 0, reader: Reader = READER) -> Snapshot:
    ended = NOW - timedelta(minutes=minutes_ago)
    header = Header(tool_version="1", cloud=reader.cloud, started=ended, identity=reader.identity, tenant=reader.tenant)
    document = Document(kind="subscription", id=ArmId("/subscriptions/1"), body={}, read_at=ended)
    return Snapshot(header=header, documents=(document,), footer=Footer(finished=ended))


class Kept:
    """A directory with what it told."""

    def __init__(self, path: Path) -> None:
        self.told: list[str] = []
        self.directory = StateDirectory(path, self.told.append)
        self.path = path

    def keep(self, *minutes_ago: int, reader: Reader = READER) -> list[Path]:
        for minutes in minutes_ago:
            self.directory.keep(reader, snapshot(minutes, reader))
        return self.files()

    def files(self) -> list[Path]:
        return sorted(self.path.iterdir())

    def ages(self, reader: Reader = READER, oldest: datetime = EVER, newest: datetime = NOW) -> list[int]:
        found = self.directory.kept(reader, oldest, newest)
        return [int((NOW - one.footer.finished).total_seconds() // 60) for one in found]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "state" / "agent")


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("365d", timedelta(days=365)),
    ],
)
def test_an_age(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "0s", "2w", "٣h", "1h\n", "8760h1", "366d", "9999999d", "99999999999999s"])
def test_no_age(text: str) -> None:
    with pytest.raises(UsageError, match="is no age: expected a number and s, m, h or d"):
        parse_age(text)


def test_the_directory_follows_the_xdg_specification(tmp_path: Path) -> None:
    home = Path.home() / ".local" / "state" / "agent"
    assert state_directory({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "agent"
    assert state_directory({"XDG_STATE_HOME": "relative"}) == state_directory({"XDG_STATE_HOME": ""}) == home
    assert state_directory({}) == home


def test_the_newest_of_a_reader_come_first_within_the_times_asked_for(kept: Kept) -> None:
    kept.keep(30, 10, 20)
    assert kept.ages() == [10, 20, 30]
    assert kept.ages(oldest=NOW - timedelta(minutes=20)) == [10, 20]
    assert kept.ages(newest=NOW - timedelta(minutes=15)) == [20, 30]
    assert kept.ages(oldest=NOW) == []


def test_nothing_is_made_by_looking(kept: Kept) -> None:
    assert (kept.ages(), kept.told, kept.path.exists()) == ([], [], False)


def test_only_the_newest_are_kept_of_each_reader(kept: Kept) -> None:
    """What others keep, and files that have nothing to do with us, stay."""
    other = replace(READER, endpoint="https://management.usgovcloudapi.net")
    kept.keep(99, reader=other)
    (kept.path / "notes.txt").write_text("mine")
    kept.keep(50, 40, 30, 20, 10)
    assert kept.ages() == [10, 20, 30]
    assert kept.ages(other) == [99]
    assert len(kept.files()) == MOST_KEPT + 2


def test_nobody_else_may_read_it(kept: Kept) -> None:
    """Also where the directory was made by somebody less careful."""
    kept.path.mkdir(parents=True, mode=0o755)
    (file,) = kept.keep(1)
    assert (kept.path.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("field", ["cloud", "endpoint", "tenant", "identity"])
def test_another_reader_sees_nothing_of_it(field: str, kept: Kept) -> None:
    kept.keep(1)
    assert kept.ages(replace(READER, **{field: "other"})) == []
    assert kept.told == []


def test_a_file_under_another_readers_name_is_left_out(kept: Kept) -> None:
    other = replace(READER, identity="other")
    (file,) = kept.keep(1, reader=other)
    file.rename(file.with_name(file.name.replace(other.digest, READER.digest)))
    assert kept.ages() == []
    assert len(kept.told) == 1
    assert "it is of another identity than its name says" in kept.told[0]


def test_a_file_that_lies_about_its_time_is_left_out(kept: Kept) -> None:
    (file,) = kept.keep(90)
    file.rename(file.with_name(file.name.replace("T1030", "T1159")))
    assert kept.ages(oldest=NOW - timedelta(hours=1)) == []
    assert kept.told == [f"{kept.files()[0]} is left out: it ended at 2026-11-21 10:30:00 UTC, says its content."]


def test_a_damaged_file_is_one_line_and_the_next_one_is_used(kept: Kept) -> None:
    newest = kept.keep(30, 20, 10)[-1]
    newest.write_bytes(random.Random(1).randbytes(4096))
    assert kept.ages() == [20, 30]
    assert len(kept.told) == 1
    assert kept.told[0].startswith(f"{newest} is not a snapshot")
    assert kept.told[0].endswith("It is left out.")


def test_links_and_whatever_else_is_no_file_are_left_out(kept: Kept, tmp_path: Path) -> None:
    """A pipe would hang the run, a link would lead elsewhere; neither is removed as if it were ours."""
    (file,) = kept.keep(10)
    away = file.rename(tmp_path / "away")
    file.symlink_to(away)
    os.mkfifo(file.with_name(file.name.replace("T1150", "T1151")))
    file.with_name(file.name.replace("T1150", "T1152")).mkdir()
    assert kept.ages() == []
    assert len(kept.told) == 3
    assert all(told.endswith("is left out: it is not a file.") for told in kept.told)


def test_names_that_are_not_ours_are_not_looked_at(kept: Kept) -> None:
    (file,) = kept.keep(10)
    digest = READER.digest
    for name in (f"{digest}-20269999T999999Z-00000000.snapshot", f"{digest}.snapshot", "..snapshot", "\u202e\x1b"):
        (kept.path / name).write_bytes(b"")
    assert kept.ages() == [10]
    assert kept.told == []
    assert file in kept.files()


@pytest.mark.parametrize("made", ["symlink", "file"])
def test_a_directory_that_is_none_is_refused(made: str, kept: Kept, tmp_path: Path) -> None:
    """A link to a directory of somebody's choice would make us write there."""
    kept.path.parent.mkdir()
    kept.path.symlink_to(tmp_path) if made == "symlink" else kept.path.write_text("")
    for use in (lambda: kept.keep(1), kept.ages):
        with pytest.raises(SinkError, match=r"cannot hold state: it is not a directory\. Set XDG_STATE_HOME"):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="cannot hold state"):
        Kept(tmp_path / "file" / "agent").keep(1)
