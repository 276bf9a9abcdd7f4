"""Writes the pages on the resolver model and on the findings; `make generated` runs it, tests hold them current.

What was compared with real servers comes from `compared.json`, the result of `python -m tests.differential`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from agent.cli.group import group
from agent.explain import explain
from agent.lab.scenarios import build
from agent.render import catalogue
from agent.render.tree import render_explanation
from agent.sources import Source
from checks.requirements import Scope
from checks.resolution import rules
from checks.resolution.rules import Rule
from collectors.arm.kinds import KINDS, trim
from collectors.graph.declared import Declared
from collectors.graph.ids import Fqdn
from collectors.snapshot import Footer, Header, Snapshot

PAGE_FILE = Path(__file__).parent.parent / "checks" / "resolution" / "README.md"
CATALOGUE_FILE = PAGE_FILE.parent.parent / "README.md"
COMPARED_FILE = PAGE_FILE.with_name("compared.json")
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


_COMPARED = """\
## What was compared with real servers

{date}, seed {seed}: {estates} random estates, {questions} questions, {disagreements} disagreements, with {versions}.
The same documents configured the servers and made the model's estate ([how](../../tests/differential/README.md)); code,
aliases and addresses of every answer were the same.

A question is counted for every rule on its way. What agreement proves depends on whose rule it is:

* **server**: the rule says what DNS servers do. Those versions of that software do it.
* **Azure**: the rule says what Azure DNS does. BIND was told the rule, too, so agreement proves that the model
  applies it in every combination as a server would; that Azure has it rests on its source alone. The switches
  `zone-before-longer-rule` and `rules-apply-to-aliases` stood as BIND does it; `forwarded-answers-are-final` was tried
  both ways.
* **declared**: the configuration or what was read says so; the comparison proves only that it is applied.

Rules without a number were not compared: they rest on their source and on tests of the model.

| rule | compared | whose | known by | source |
|---|---|---|---|---|
{rows}
"""


def _compared(run: Mapping[str, Any]) -> str:
    return _COMPARED.format(
        date=run["date"],
        seed=run["seed"],
        estates=f"{run['done']:,}",
        questions=f"{run['questions']['all']:,}",
        disagreements=len(run["disagreements"]) or "no",
        versions=", ".join(f"{kind} {version}" for kind, version in run["versions"].items()),
        rows="\n".join(_rows(run["rules"])),
    )


def _rows(counts: Mapping[str, int]) -> Iterator[str]:
    for rule in (value for value in vars(rules).values() if isinstance(value, Rule)):
        count = f"{counts[rule.name]:,}" if rule.name in counts else ""
        yield f"| {rule.name} | {count} | {_whose(rule)} | {rule.evidence} | {rule.source} |"


def _whose(rule: Rule) -> str:
    if "learn.microsoft.com" in rule.source or "Azure" in rule.source:
        return "Azure"
    return "server" if "RFC" in rule.source or "measured" in rule.source else "declared"


def page_text() -> str:
    """The page: what the model tells of one name in estates of different make, and what was compared."""
    parts = ["# How names resolve, explained\n\nMade by `make generated` from the embedded lab.\n"]
    parts.append(_compared(json.loads(COMPARED_FILE.read_text(encoding="utf-8"))))
    for title, name, words in _CASES:
        told = CliRunner().invoke(group, ["explain", name, *words.split(), "--no-color"]).output
        parts.append(f"## {title}\n\n```console\n$ agent explain {name} {words}\n{told.rstrip()}\n```\n")
    parts.append(
        f"## A server of which nobody said what it forwards, and that nobody may ask\n\n```text\n{_opaque()}```\n"
    )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE_FILE.write_text(page_text(), encoding="utf-8")
    CATALOGUE_FILE.write_text(catalogue.page_text(), encoding="utf-8")
