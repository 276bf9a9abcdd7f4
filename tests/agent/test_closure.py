"""Reading only what a named workspace needs tells what reading everything tells, for a fraction of the requests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.closure import closure_of
from agent.config import Config
from agent.exit_code import exit_code
from agent.lab.arm_faults import parse_arm_fault
from agent.lab.scenarios import SCENARIOS, build
from agent.lab.world import LabWorld
from agent.report import Report
from agent.run import report, run
from agent.sources import Choice, Source, open_source
from checks.finding import Level
from checks.requirements import Scope
from collectors.arm.kinds import KINDS
from collectors.azure.session import Session
from collectors.azure.walk import collect
from collectors.graph.clouds import CLOUDS
from collectors.graph.errors import UsageError
from collectors.snapshot import Footer, Header, Snapshot
from tests.agent.commands import agent

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CONFIG = Config()


def read(world: LabWorld, scope: Scope, *, closure: bool) -> Snapshot:
    """One reading of a lab: everything, or what the scope needs."""
    cloud = CLOUDS[world.cloud]
    with Session(world.credential, cloud, endpoint=world.endpoint, backoff=0.001) as session:
        collected = collect(
            session,
            closure=closure_of(scope, world.declared) if closure else None,
            progress=lambda _: None,
            now=lambda: NOW,
        )
    return Snapshot(
        header=Header(tool_version="test", cloud=cloud.name, started=NOW),
        documents=collected.documents,
        gaps=collected.gaps,
        declared=world.declared,
        footer=Footer(finished=NOW, removed=collected.removed),
    )


def told(snapshot: Snapshot, scope: Scope) -> dict[str, Any]:
    """What a person gets to know of the scope, apart from the gaps."""
    source = Source(name="lab", read=lambda _: snapshot, declared=snapshot.declared, ask=None)
    finished = run(source, scope, CONFIG, lambda _: None)
    made: Report = report(finished, Level.WARNING)
    return {
        "findings": [(f.code, f.subject.id, str(f.level), f.clients, f.names) for f in made.findings],
        "verdicts": [(w.id, str(w.verdict)) for w in made.workspaces],
        "not evaluated": [(item.code, item.subject.id) for item in made.not_evaluated],
        "names": made.summary.names,
        "exit": exit_code(finished.judgement, fail_on="error", strict=False),
    }


def cases() -> list[tuple[str, str]]:
    return [(name, fault) for name, scenario in SCENARIOS.items() for fault in ("", *scenario.faults)]


@pytest.mark.parametrize(("scenario", "fault"), cases())
def test_the_closure_tells_what_the_whole_tells(scenario: str, fault: str) -> None:
    """Every scenario, healthy and with each of its faults, for each of its workspaces."""
    estate = build(scenario, (fault,) if fault else ())
    with LabWorld(estate) as world:
        whole = read(world, Scope(), closure=False)
        for name in [id.name for id, document in estate.documents.items() if document.kind == "workspace"]:
            scope = Scope(workspaces=(name,))
            closure = read(world, scope, closure=True)
            assert told(closure, scope) == told(whole, scope)
            assert {document.id for document in closure.documents} <= {document.id for document in whole.documents}


NEEDED = frozenset(
    {"subscription", "permissions", "workspace", "private-endpoint", "network-interface", "virtual-network"}
    | {"private-dns-zone", "zone-link", "record-set", "forwarding-ruleset"}
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_inside_of_the_closure_is_never_absent_and_what_is_outside_is_not_asked(kind: str) -> None:
    scope = Scope(workspaces=("mlw-*",))
    with LabWorld(build("hub-spoke", ()), faults=(parse_arm_fault(f"forbidden:{kind}"),)) as world:
        closure = told(read(world, scope, closure=True), scope)
        met = any(request.status == 403 for request in world.requests)
    assert all(code.startswith("PED9") for code, *_ in closure["findings"])
    if kind in NEEDED:
        assert (met, closure["exit"]) == (True, 3)
    if not met:
        assert [verdict for _, verdict in closure["verdicts"]] == ["healthy"]


def test_a_workspace_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    """What was left out on purpose hides no workspace."""
    scope = Scope(workspaces=("mlw-nowhere",))
    with LabWorld(build("hub-spoke", ())) as world, pytest.raises(UsageError, match='There is no workspace "mlw-now'):
        told(read(world, scope, closure=True), scope)


def test_a_network_that_does_not_exist_is_one_too() -> None:
    scope = Scope(workspaces=("mlw-*",), networks=("vnet-nowhere",))
    with LabWorld(build("hub-spoke", ())) as world, pytest.raises(UsageError, match='There is no network "vnet-now'):
        told(read(world, scope, closure=True), scope)


def test_the_option_reads_less_and_says_what_it_left_out() -> None:
    scope = Scope(workspaces=("mlw-*",))
    with open_source(Choice(lab="hub-spoke", closure=True), CONFIG, scope, probe=False) as source:
        snapshot = source.read(lambda _: None)
    assert {gap.reason for gap in snapshot.gaps} == {"not asked"}
    assert all(gap.outside for gap in snapshot.gaps)


def test_a_healthy_workspace_is_healthy_on_the_command_line(tmp_path: Path) -> None:
    name = next(id.name for id, d in build("hub-spoke", ()).documents.items() if d.kind == "workspace")
    done = agent("check", "--lab", "hub-spoke", "--workspace", name, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("HEALTHY"), done.stdout
