"""Writes the page of `agent explain` outputs; `make generated` runs it, a test holds it current."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from agent.cli.group import group

PAGE_FILE = Path(__file__).parent.parent / "checks" / "resolution" / "README.md"
_HUB_SPOKE = "5eed0001-0000-4000-8000-00000000f0a1.workspace.westeurope.api.azureml.ms"
_RULESET = "5eed0004-0000-4000-8000-000000004075.workspace.westeurope.api.azureml.ms"
_VIRTUAL_WAN = "5eed0006-0000-4000-8000-00000000e1d6.workspace.westeurope.api.azureml.ms"
_CASES = (
    ("A healthy hub and its spokes", _HUB_SPOKE, "--lab hub-spoke"),
    ("A zone that lost its link", _HUB_SPOKE, "--lab hub-spoke --break zone-unlinked"),
    ("A ruleset that leads to an inbound endpoint", _RULESET, "--lab ruleset"),
    ("A virtual WAN, where a firewall asks an inbound endpoint", _VIRTUAL_WAN, "--lab virtual-wan"),
)


def page_text() -> str:
    """The page: what the model tells of one name in estates of different make."""
    parts = ["# How names resolve, explained\n\nMade by `make generated` from the embedded labs.\n"]
    for title, name, words in _CASES:
        told = CliRunner().invoke(group, ["explain", name, *words.split(), "--no-color"]).output
        parts.append(f"## {title}\n\n```console\n$ agent explain {name} {words}\n{told.rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE_FILE.write_text(page_text(), encoding="utf-8")
