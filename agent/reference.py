"""Writes the page of `agent explain` outputs; `make generated` runs it, a test holds it current."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from agent.cli.group import group
from agent.explain import explain
from agent.lab.scenarios import build
from agent.render.tree import render_explanation
from agent.sources import Source
from checks.requirements import Scope
from collectors.arm.kinds import KINDS, trim
from collectors.graph.declared import Declared
from collectors.graph.ids import Fqdn
from collectors.snapshot import Footer, Header, Snapshot

PAGE_FILE = Path(__file__).parent.parent / "checks" / "resolution" / "README.md"
_HUB_SPOKE = "5eed0001-0000-4000-8000-00000000f0a1.workspace.westeurope.api.azureml.ms"
_RULESET = "5eed0004-0000-4000-8000-000000004075.workspace.westeurope.api.azureml.ms"
_VIRTUAL_WAN = "5eed0006-0000-4000-8000-00000000e1d6.workspace.westeurope.api.azureml.ms"
_TIME = datetime(2026, 1, 12, tzinfo=UTC)
_CASES = (
    ("A healthy hub and its spokes", _HUB_SPOKE, "--lab hub-spoke"),
    ("A zone that lost its link", _HUB_SPOKE, "--lab hub-spoke --break zone-unlinked"),
    ("A ruleset that leads to an inbound endpoint", _RULESET, "--lab ruleset"),
    ("A virtual WAN, where a firewall asks an inbound endpoint", _VIRTUAL_WAN, "--lab virtual-wan"),
)


def _opaque() -> str:
    """The hub and its spokes, asked by nobody, where nobody said what the hub's server forwards."""
    estate = build("hub-spoke")
    servers = tuple(replace(server, forwards=None) for server in estate.declared)
    declared = Declared(servers=servers, clients=estate.clients)
    documents = tuple(replace(d, body=trim(KINDS[d.kind], d.body)[0]) for d in estate.documents.values())
    snapshot = Snapshot(
        header=Header(tool_version="", cloud=estate.cloud, started=_TIME),
        documents=documents,
        declared=declared,
        footer=Footer(finished=_TIME),
    )
    source = Source(name="snapshot", read=lambda _: snapshot, declared=declared, ask=None)
    explained = explain(source, Scope(), Fqdn(_HUB_SPOKE), "A", (), (), lambda _: None)
    return render_explanation(explained, no_color=True)


def page_text() -> str:
    """The page: what the model tells of one name in estates of different make."""
    parts = ["# How names resolve, explained\n\nMade by `make generated` from the embedded lab.\n"]
    for title, name, words in _CASES:
        told = CliRunner().invoke(group, ["explain", name, *words.split(), "--no-color"]).output
        parts.append(f"## {title}\n\n```console\n$ agent explain {name} {words}\n{told.rstrip()}\n```\n")
    parts.append(
        f"## A server of which nobody said what it forwards, and that nobody may ask\n\n```text\n{_opaque()}```\n"
    )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE_FILE.write_text(page_text(), encoding="utf-8")
