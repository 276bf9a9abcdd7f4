"""Keys from files and variables: both forms, closed files only, and not a letter of a secret in any error."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from collectors.dns.tsig import TsigKey, key_from_environment, key_from_file
from collectors.graph.errors import ConfigError
from tests.real.inside import program

SECRET = "c2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXM="
KEY = TsigKey(name="xfr.example", algorithm="hmac-sha256", secret=b"secret of thirty-two bytes")
BIND = f'key "xfr.example" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'
FORMS = (
    BIND,
    f'// ours\n# and\n/* more\n*/ key XFR.example. {{ secret {SECRET}; algorithm "HMAC-SHA256"; }}',
    f"xfr.example:hmac-sha256:{SECRET}\n",
    f"xfr.example.:HMAC-SHA256:{SECRET}",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "transfer.key"
    path.write_text(BIND, encoding="utf-8")
    path.chmod(0o600)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        key_from_file(path)
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, OSError)
    return str(caught.value)


@pytest.mark.parametrize("text", FORMS)
def test_both_forms_are_read_from_a_file_and_from_a_variable(text: str, file: Path) -> None:
    file.write_text(text, encoding="utf-8")
    assert key_from_file(file) == key_from_environment("KEY", {"KEY": text}) == KEY


@pytest.mark.real_servers
def test_what_binds_own_tool_writes_is_read(file: Path) -> None:
    command = [program("tsig-keygen"), "-a", "hmac-sha512", "made"]
    file.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout, encoding="utf-8")
    key = key_from_file(file)
    assert (key.name, key.algorithm, len(key.secret)) == ("made", "hmac-sha512", 64)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_closed_file_is_read(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert key_from_file(file) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o700, 0o4600])
def test_a_file_that_is_open_to_others_is_refused_with_the_command_that_closes_it(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert refusal(file) == (
        f"{file}: expected a TSIG key file with mode 0600 or 0400, found {mode:04o}. Close it with chmod 600."
    )


def test_somebody_elses_file_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert "found another's" in refusal(file)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    """A named pipe would otherwise be waited for."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert "regular file" in refusal(pipe)
    assert "Is a directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "missing")


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET,
        f"name:{SECRET}",
        f"hmac-sha256:name:{SECRET}",
        f"name:hmac-md5:{SECRET}",
        f"name:hmac-sha256:{SECRET}!",
        "name:hmac-sha256:====",
        f"name..x:hmac-sha256:{SECRET}",
        f"{BIND}{BIND}",
        f'key "a" {{ algorithm hmac-sha256; secret "{SECRET}"; other "{SECRET}"; }};',
        f'key "a" {{ secret "{SECRET}"; }};',
        f"{SECRET}\n" * 1000,
    ],
)
def test_anything_else_is_refused_without_showing_it(text: str, file: Path) -> None:
    file.write_text(text, encoding="utf-8")
    said = refusal(file)
    assert said.startswith(f"{file}: expected ")
    assert SECRET[:8] not in said
    assert "\n" not in said


def test_a_variable_that_is_unset_or_empty_is_told() -> None:
    for environ in ({}, {"KEY": ""}):
        with pytest.raises(ConfigError, match=r"KEY: expected a TSIG key in this environment variable, found it unset"):
            key_from_environment("KEY", environ)


def test_a_key_is_printed_without_its_secret() -> None:
    assert "secret" not in repr(KEY)
    assert SECRET not in str(KEY)
