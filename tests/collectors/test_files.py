"""Files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collectors.files import atomic_write, check_writable
from collectors.graph.errors import SinkError


def test_a_file_is_written_for_its_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    check_writable(target)
    assert not list(tmp_path.iterdir())
    atomic_write(target, b"one")
    atomic_write(target, b"two")
    assert target.read_bytes() == b"two"
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(b"precious")
    link.symlink_to(victim)
    check_writable(link)
    atomic_write(link, b"new")
    assert (victim.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"precious", b"new", False)


@pytest.mark.parametrize("write", [check_writable, lambda path: atomic_write(path, b"x")])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing/out.json", "No such file or directory"),
        ("file/out.json", "Not a directory"),
        (".", "found a directory or device"),
        ("pipe", "found a directory or device"),
        ("n" * 300, "File name too long"),
    ],
)
def test_an_unwritable_target_is_told_in_one_sentence(tmp_path: Path, write: object, name: str, says: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    assert callable(write)
    with pytest.raises(SinkError, match=f"^cannot write .*{says}"):
        write(tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before
