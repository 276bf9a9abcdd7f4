"""The image: its file is linted, its steps run outside Docker, and no digest is in it that the user did not ask for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "image" / "Dockerfile"
PIN = ROOT / "deploy" / "pin"
HADOLINT = Path(sys.executable).parent / "hadolint"
TEXT = DOCKERFILE.read_text(encoding="utf-8")
DIGEST = "sha256:" + "0" * 64


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_finds_a_missing_tag(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(TEXT.replace(":3.11-slim-bookworm", ""), encoding="utf-8")
    assert subprocess.run([HADOLINT, wrong], capture_output=True, check=False).returncode == 1


def test_it_runs_without_rights_and_is_asked_how_it_is() -> None:
    last = TEXT.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    assert "@sha256:" not in TEXT


def test_the_tools_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wanted = re.search(r"^UV_VERSION := (.*)$", makefile, re.MULTILINE)
    assert wanted is not None
    assert f"uv_version={wanted[1]}\n" in (DOCKERFILE.parent / "build.sh").read_text(encoding="utf-8")


def test_the_tag_in_the_example_is_the_version() -> None:
    from agent import __version__

    assert f"private-endpoint-dns-agent:{__version__}" in TEXT


def test_the_steps_work_outside_docker() -> None:
    done = subprocess.run(
        ["sh", DOCKERFILE.parent / "try.sh"], capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("-- all steps of the image work\n")


def pin(folder: Path, answer: str) -> tuple[int, str, str]:
    """`deploy/pin` on a copy, with a registry that answers so."""
    copy = folder / "Dockerfile"
    if not copy.exists():
        shutil.copyfile(DOCKERFILE, copy)
    docker = folder / "docker"
    docker.write_text(f'#!/bin/sh\n[ "$*" = "{ASKED}" ] && echo "{answer}"\n', encoding="utf-8")
    docker.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(["sh", PIN, copy], capture_output=True, text=True, check=False, env={"PATH": path})
    return done.returncode, copy.read_text(encoding="utf-8"), done.stderr


ASKED = "buildx imagetools inspect python:3.11-slim-bookworm --format {{.Manifest.Digest}}"


def test_pin_writes_what_the_registry_says_and_renews_it(tmp_path: Path) -> None:
    code, text, _ = pin(tmp_path, DIGEST)
    assert (code, text.count(f"python:3.11-slim-bookworm@{DIGEST}")) == (0, 2)
    assert f"@{DIGEST} AS build\n" in text
    newer = "sha256:" + "1" * 64
    code, text, _ = pin(tmp_path, newer)
    assert (code, text.count(f"@{newer}"), DIGEST in text) == (0, 2, False)


@pytest.mark.parametrize("answer", ["", "no such image", "sha256:123", "sha256:" + "x" * 64])
def test_pin_writes_nothing_that_is_no_digest(tmp_path: Path, answer: str) -> None:
    code, text, error = pin(tmp_path, answer)
    assert code != 0
    assert text == TEXT
    assert "digest" in error
