"""What the README shows is what the program does."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agent.cli.group import group
from agent.config import ConfigSource, load_config
from agent.config.unused import UNUSED

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
AGENT = Path(sys.executable).parent / "agent"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    shlex.split(line.split("#")[0])[1:]
    for language, block in BLOCKS
    if language in ("sh", "text")
    for line in block.splitlines()
    if line.startswith((".venv/bin/agent ", "agent "))
]


def test_the_first_two_commands_are_targets_of_the_makefile() -> None:
    lines = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
    assert lines[:2] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ndemo:" in makefile
    assert "\ntest:" in makefile


def test_the_shown_output_is_real() -> None:
    """Every line of the picture stands in the output of the command above it; `...` stands for anything."""
    picture = next(block for language, block in BLOCKS if language == "text" and block.startswith("FAILING"))
    done = subprocess.run(
        [AGENT, "check", "--lab", "hub-spoke", "--break", "zone-unlinked"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    real = done.stdout.splitlines()
    for line in filter(None, picture.splitlines()):
        body = re.sub(r"^(\s+)(why|where|clients|names|proof|repair|then|sure|more)?(\s+)", "", line)
        pattern = re.escape(body).replace(re.escape("..."), ".*")
        assert any(re.search(pattern, shown) for shown in real), line


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_shown_command_is_understood(words: list[str]) -> None:
    found, rest = group.get_command(click.Context(group), words[0]), words[1:]
    while isinstance(found, click.Group):
        found, rest = found.commands[rest[0]], rest[1:]
    assert found is not None
    with found.make_context(words[0], rest):
        pass


def test_the_keys_that_nothing_uses_are_the_ones_named() -> None:
    section = README.partition("### Keys that nothing uses yet\n")[2].partition("\n## ")[0]
    assert re.findall(r"`([a-z_.]+)`", section) == list(UNUSED)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_shown_configuration_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(next(block for language, block in BLOCKS if language == "toml"), encoding="utf-8")
    loaded = load_config(file, {})
    assert loaded.source is ConfigSource.EXPLICIT
    assert not loaded.notices
    assert loaded.config.dns.server[0].forwards is not None
