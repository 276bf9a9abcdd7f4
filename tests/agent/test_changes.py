"""The lab's estates, healthy and broken: one wrong thing gives one finding, two give two, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import combinations

import pytest

from agent.cli import main
from agent.config import Config
from agent.config.model import ProbeTable
from agent.exit_code import exit_code
from agent.lab.scenarios import SCENARIOS
from checks.context import meets
from checks.resolution.path import Path
from collectors.graph.nodes import Workspace
from tests.agent.lab_runs import LabRun, run_lab

CODES: Mapping[str, str] = {
    "zone-unlinked": "PED202",
    "record-missing": "PED203",
    "record-wrong-address": "PED204",
    "notebooks-zone-left-out": "PED103",
    "fallback-hides": "PED212",
    "zone-deleted": "PED201",
    "connection-pending": "PED101",
    "forwarder-removed": "PED306",
    "forwarder-removed-silently": "PED305",
    "record-mixed": "PED207",
    "zone-group-removed": "PED102",
    "server-added": "PED301",
    "endpoint-deleted": "PED109",
    "ipv6-leads-outside": "PED614",
    "public-suffix-zone": "PED210",
    "stale-cache": "PED604",
    "forwarder-added-silently": "PED612",
    "server-unreachable": "PED608",
    "tcp-blocked": "PED610",
}

# What breaks no required name today: a warning, exit code 0, and nothing for a repair to mend.
WARNINGS = frozenset({"server-added", "endpoint-deleted", "ipv6-leads-outside", "stale-cache"})

# What leaves the names without an answer from any of three vantages: each is told, and nothing can be simulated of it.
UNANSWERED = frozenset({"server-unreachable", "tcp-blocked"})
# What only answers show, and the model has no change for.
UNREPAIRED = UNANSWERED | {"forwarder-added-silently"}
IMPATIENT = Config(probe=ProbeTable(timeout=0.3, patience=1.0))

# Names, clients and roles of the scenarios that are not the usual four names for two networks.
USUAL = (4, 2, {"api", "cert", "notebooks", "inference"})
UNUSUAL: Mapping[str, tuple[int, int, set[str]]] = {
    "hub-project": (5, 2, USUAL[2] | {"models"}),
    "multi-subscription": (14, 3, USUAL[2] | {"instance", "online endpoint"}),
    "private-dependencies": (20, 2, USUAL[2] | {"online endpoint", "service"}),
}

# How many networks ask Azure DNS themselves: each needs a link of its own.
LINKS = dict.fromkeys(("azure-dns", "us-government", "china", "hub-project", "private-dependencies"), 2)

# The workspaces that do not suffer from a change that hits the endpoint of one.
OTHERS: Mapping[str, int] = {"multi-subscription": 2}

ZONES = "Microsoft.Network/privateDnsZones"

# The role of a name that fails, and what decides there: the type and the name of an object. None: public DNS.
DECIDES: Mapping[str, tuple[str, tuple[str, str] | None]] = {
    "zone-unlinked": ("api", (ZONES, "privatelink.api.azureml.ms")),
    "record-missing": ("cert", (ZONES, "privatelink.api.azureml.ms")),
    "record-wrong-address": ("api", (f"{ZONES}/A", "{guid}.workspace.westeurope")),
    "notebooks-zone-left-out": ("notebooks", (ZONES, "privatelink.notebooks.azure.net")),
    "fallback-hides": ("inference", (f"{ZONES}/virtualNetworkLinks", "link-{view}")),
    "zone-deleted": ("notebooks", None),
    "forwarder-removed": ("api", ("server", "10.0.0.4")),
}

# A change that stands before others on the way of the same names hides them until it is put right.
HIDES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "hub-spoke": {
        "connection-pending": frozenset(CODES) - {"connection-pending", "forwarder-removed-silently"},
        "forwarder-removed": frozenset({"zone-unlinked", "record-missing", "record-wrong-address", "fallback-hides"}),
        # What the same names suffer from beside the forwarder: its repair alone does not mend them.
        "forwarder-removed-silently": frozenset({"connection-pending", "record-missing", "record-wrong-address"}),
        "zone-unlinked": frozenset({"record-missing", "record-wrong-address"}),
        "zone-deleted": frozenset({"notebooks-zone-left-out"}),
    },
    "azure-dns": {
        "connection-pending": frozenset(CODES) - {"connection-pending"},
        "zone-unlinked": frozenset({"record-missing", "record-wrong-address", "fallback-hides"}),
        "zone-deleted": frozenset({"notebooks-zone-left-out"}),
    },
}

# Pairs that do not simply give the findings of both: what they give, and why.
EXCEPTIONS: Mapping[tuple[str, str, str], tuple[tuple[str, ...], str]] = {
    ("hub-spoke", "zone-unlinked", "fallback-hides"): (
        ("PED202", "PED203"),
        "The deleted link was the only one of its zone and took its fallback with it: the record is simply missing.",
    ),
    ("hub-spoke", "zone-unlinked", "forwarder-removed-silently"): (
        ("PED202",),
        "Azure DNS and the internet answer alike while the zone is not linked, so no answer shows who was asked.",
    ),
    ("hub-spoke", "forwarder-removed", "forwarder-removed-silently"): (
        ("PED306",),
        "They take the same forwarder from the same server: once it is declared so, no answer is a surprise.",
    ),
    ("hub-spoke", "record-missing", "fallback-hides"): (
        ("PED212", "PED212"),
        "The fallback holds for every name of the zone, so it hides the deleted cert record as well.",
    ),
    ("azure-dns", "record-missing", "fallback-hides"): (
        ("PED212", "PED212"),
        "The fallback holds for every name of the zone, so it hides the deleted cert record as well.",
    ),
}

SINGLES = [(scenario.name, change) for scenario in SCENARIOS.values() for change in scenario.faults]
# Pairs, and where a path ends, are about diagnosis, which is the same in every architecture: the two ways of asking,
# over a custom server and directly, stand for all.
SAMPLED = [SCENARIOS[name] for name in HIDES]
PAIRS = [(s.name, *sorted(pair, key=list(CODES).index)) for s in SAMPLED for pair in combinations(s.faults, 2)]
DECIDED = [(s.name, change) for s in SAMPLED for change in s.faults if change in DECIDES]


@cache  # the pairs are compared with what each change does alone
def broken(scenario: str, *changes: str) -> LabRun:
    return run_lab(scenario, changes, config=IMPATIENT if UNANSWERED & set(changes) else None)


def test_every_change_of_the_lab_stands_in_the_table() -> None:
    """A change without an expectation would be tested by nobody."""
    assert {change for _, change in SINGLES} == set(CODES)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_healthy_estate_is_called_healthy_after_names_were_looked_at(scenario: str) -> None:
    """An empty list of findings must not come from looking at nothing."""
    made = run_lab(scenario)
    summary, finished = made.report.summary, made.finished
    assert made.report.findings == []
    assert (made.report.not_evaluated, made.report.gaps, summary.undetermined) == ([], [], 0)
    roles = {str(r.role) for r in finished.context.required.requirements}
    assert (summary.names, summary.clients, roles) == UNUSUAL.get(scenario, USUAL)
    assert finished.questions > 0
    assert all(answer.rcode == "NOERROR" for answer in finished.snapshot.answers)
    assert {workspace.verdict for workspace in made.report.workspaces} == {"healthy"}
    assert exit_code(finished.judgement, fail_on="note", strict=True) == 0


@pytest.mark.parametrize(("scenario", "change"), SINGLES)
def test_one_change_gives_exactly_its_code(scenario: str, change: str) -> None:
    """Its code, no other error or warning, and exit code 1 unless it is a warning."""
    made = broken(scenario, change)
    level, verdict, code = ("warning", "degraded", 0) if change in WARNINGS else ("error", "failing", 1)
    assert set(made.codes) == {CODES[change]}
    assert {finding.level for finding in made.loud} == {level}
    verdicts = [workspace.verdict for workspace in made.report.workspaces]
    assert set(verdicts) <= {verdict, "healthy"}
    assert verdict in verdicts
    assert verdicts.count("healthy") in (0, OTHERS.get(scenario, 0))
    assert made.report.not_evaluated == []
    assert (made.report.summary.undetermined == 0) == (change not in UNANSWERED)
    assert exit_code(made.finished.judgement, fail_on="error", strict=False) == code


@pytest.mark.parametrize(("scenario", "change"), SINGLES)
def test_one_change_gives_one_finding_for_each_repair(scenario: str, change: str) -> None:
    """A zone that is gone must be linked again to every view, which is one repair for each; all else is one."""
    made = broken(scenario, change)
    if change in UNANSWERED:
        assert {(f.subject.name, len(f.names)) for f in made.loud} == {("10.0.0.4", made.report.summary.names)}
        assert len(made.loud) == len(made.finished.context.required.clients)
        return
    views = {finding.subject.id for finding in made.loud}
    assert len(made.loud) == len(views)
    assert len(views) == (LINKS[scenario] if change == "zone-deleted" and scenario in LINKS else 1)


@pytest.mark.parametrize(("scenario", "change"), [(s, c) for s, c in SINGLES if c not in WARNINGS | UNREPAIRED])
def test_the_repairs_of_a_change_make_every_name_resolve(scenario: str, change: str) -> None:
    """What is proposed is enough, and the finding names what fails before it."""
    made = broken(scenario, change)
    context = made.finished.context
    repairs = [r.change for finding in made.finished.judgement.findings for r in finding.violation.repairs]
    assert repairs
    after = context.after(*repairs)
    assert all(meets(after.path(r).outcome, r.acceptable) for r in context.required.requirements)
    failing = {r.name for r in context.required.requirements if not meets(context.path(r).outcome, r.acceptable)}
    if change != "forwarder-removed-silently":  # only the answers fail there
        assert failing == {name for finding in made.loud for name in finding.names}


@pytest.mark.parametrize(("scenario", "change"), DECIDED)
def test_the_path_ends_at_the_object_that_decides(scenario: str, change: str) -> None:
    """Where a name fails, the last hop names the object that somebody must look at."""
    role, decides = DECIDES[change]
    made = broken(scenario, change)
    (workspace,) = made.finished.context.required.workspaces
    assert isinstance(workspace, Workspace)
    for path in failing_paths(made, role):
        decided = path.last.decided_by
        if decides is None:
            assert decided is None
        else:
            assert decided is not None
            name = decides[1].format(guid=workspace.guid, view=path.view.rpartition("/")[2])
            assert (decided.type, decided.name) == (decides[0], name)


@pytest.mark.parametrize(("scenario", "change"), DECIDED)
def test_explain_names_the_object_that_decides(scenario: str, change: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for whoever asks for one name: `explain --format json`, in every view where it fails."""
    role, decides = DECIDES[change]
    failing = failing_paths(broken(scenario, change), role)
    name = broken(scenario, change).requirements(role)[0].name
    with pytest.raises(SystemExit) as ended:
        main(["explain", name, "--lab", scenario, "--break", change, "--format", "json"])
    assert ended.value.code == 0
    views = json.loads(capsys.readouterr().out)["views"]
    told = [view["simulated"][-1] for view in views if view["simulated"][-1]["result"]["addresses"] != view["expected"]]
    deciders = {path.last.decided_by.id if path.last.decided_by else None for path in failing}
    assert {hop["decided_by"]["id"] if hop["decided_by"] else None for hop in told} >= deciders
    assert {hop["decided_by"]["type"] if hop["decided_by"] else None for hop in told} == {decides and decides[0]}


def test_the_server_decides_where_its_forwarder_is_gone_silently() -> None:
    """The model still believes the declaration; the hop to look at is the server's."""
    made = broken("hub-spoke", "forwarder-removed-silently")
    for requirement in made.requirements("api"):
        deciders = [hop.decided_by for hop in made.finished.context.path(requirement).hops if hop.decided_by]
        assert "server" in {decider.type for decider in deciders}
    (finding,) = made.loud
    assert finding.subject.type == "server"
    assert {line.observed.outcome for line in finding.occurrences if line.observed} == {"public"}
    assert {line.simulated.outcome for line in finding.occurrences if line.simulated} == {"answer"}


def failing_paths(made: LabRun, role: str) -> list[Path]:
    context = made.finished.context
    paths = [(context.path(r), r.acceptable) for r in made.requirements(role)]
    failing = [path for path, acceptable in paths if not meets(path.outcome, acceptable)]
    assert failing
    return failing


@pytest.mark.parametrize(("scenario", "one", "other"), PAIRS)
def test_two_changes_give_the_findings_of_both(scenario: str, one: str, other: str) -> None:
    """Both findings and no other error or warning, each with those in its masks that show once it is repaired."""
    made = run_lab(scenario, (one, other))
    alone = {finding.fingerprint: finding.code for change in (one, other) for finding in broken(scenario, change).loud}
    found = {finding.fingerprint: finding.code for finding in made.loud}
    assert exit_code(made.finished.judgement, fail_on="error", strict=False) == 1
    assert made.report.not_evaluated == []
    if (scenario, one, other) in EXCEPTIONS:
        codes, reason = EXCEPTIONS[scenario, one, other]
        assert tuple(sorted(found.values())) == codes, reason
        assert found != alone, "this exception is none any more"
        return
    assert found == alone
    for first, second in ((one, other), (other, one)):
        ahead = {finding.fingerprint for finding in broken(scenario, first).loud}
        behind = {finding.fingerprint for finding in broken(scenario, second).loud}
        masked = {mask for finding in made.loud if finding.fingerprint in ahead for mask in finding.masks}
        assert (behind <= masked) == (second in HIDES[scenario].get(first, ())), (first, second)


def test_a_missing_record_behind_the_fallback_stands_in_its_masks() -> None:
    """The exception absorbs the finding, it does not lose it."""
    for scenario in HIDES:
        (missing,) = broken(scenario, "record-missing").loud
        made = run_lab(scenario, ("record-missing", "fallback-hides"))
        assert missing.fingerprint in {mask for finding in made.loud for mask in finding.masks}
