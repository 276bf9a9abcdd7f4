"""Every kind in every way in which it may not be seen: a gap that says why, no claim of absence, no silent health.

`pytest -s` prints the table. Each kind is tried in a scenario that holds it; what servers answer is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from agent.config import Config
from agent.exit_code import exit_code
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from agent.lab.world import LabWorld
from agent.run import report, run
from agent.sources import Source
from checks.catalogue import BY_CODE
from checks.check import Claim
from checks.finding import Level
from checks.requirements import Scope
from collectors.arm.kinds import KINDS
from collectors.azure.policies import Waits
from collectors.azure.session import Session
from collectors.azure.walk import collect
from collectors.graph.clouds import CLOUDS
from collectors.graph.errors import AgentError
from collectors.snapshot import Footer, Header, Snapshot
from tests.agent.lab_runs import LabRun
from tests.checks.judging import NOW

# The smallest scenario first: a kind is tried in the first one that holds it.
SCENARIOS = ("hub-spoke", "ruleset", "private-resolver", "firewall", "virtual-wan", "hub-project", "multi-subscription")


@dataclass(frozen=True)
class Way:
    """One way not to be seen: the fault that does it, and the reasons that a gap may give for it."""

    behaviour: Behaviour
    argument: str = ""
    reasons: tuple[str, ...] = ()
    patience: float = 30.0


WAYS: Mapping[str, Way] = {
    "403": Way(Behaviour.FORBIDDEN, reasons=("forbidden",)),
    "404 of the group": Way(Behaviour.NOT_FOUND, reasons=("not found",)),
    # Rights on a group that holds nothing: listings are empty, and what is asked for by its id is refused.
    "hidden": Way(Behaviour.PARTIAL, "rg-of-somebody-else", ("hidden", "forbidden")),
    "429 for ever": Way(Behaviour.THROTTLED, "1", ("throttled", "refused")),
    "500 for ever": Way(Behaviour.SERVER_ERROR, reasons=("failed",)),
    "timeout": Way(Behaviour.SLOW, "0.9", ("timed out",), patience=0.3),
    "broken JSON": Way(Behaviour.BROKEN_JSON, reasons=("malformed",)),
}

# Without these nobody can tell which names there are, or what they resolve to, where an estate holds them.
DECIDING = frozenset(
    {
        *("subscription", "permissions", "workspace", "ml-registry", "private-endpoint", "private-dns-zone-group"),
        *("network-interface", "virtual-network", "virtual-hub", "hub-connection", "firewall", "firewall-policy"),
        *("private-dns-zone", "zone-link", "record-set", "dns-resolver", "inbound-endpoint"),
        *("forwarding-ruleset", "forwarding-rule", "ruleset-link"),
        *("security-policy", "security-rule", "security-policy-link", "domain-list"),
    }
)

# A listing of policies that worked, but may be partial, is only shown: else nothing could be told anywhere.
ONLY_SHOWN = frozenset({("security-policy", "hidden")})

SIGHT = {"PED901", "PED902", "PED904", "PED907", "PED908"}


def holding(kind: str) -> LabEstate:
    """The estate of the first scenario that holds a kind."""
    estates = (build(scenario) for scenario in SCENARIOS)
    return next(e for e in estates if any(document.kind == kind for document in e.documents.values()))


def looked_at(estate: LabEstate, *faults: ArmFault, patience: float = 30.0) -> LabRun:
    """A run over an estate in which nobody is asked for names."""
    with LabWorld(estate, faults=faults) as world:
        cloud = CLOUDS[world.cloud]

        def read(_: object) -> Snapshot:
            waits = Waits(total=0.01)
            with Session(
                world.credential,
                cloud,
                endpoint=world.endpoint,
                backoff=0.001,
                read_timeout=patience,
                waits=waits,
            ) as session:
                collected = collect(session, progress=_quiet, now=lambda: NOW)
            return Snapshot(
                header=Header(tool_version="test", cloud=cloud.name, started=NOW),
                documents=collected.documents,
                gaps=collected.gaps,
                declared=declared,
                footer=Footer(finished=NOW, removed=collected.removed),
            )

        declared = replace(world.declared, vantages=())
        source = Source(name="lab estate", read=read, declared=declared, ask=None)
        finished = run(source, Scope(), Config(), _quiet)
    return LabRun(finished=finished, report=report(finished, Level.NOTE))


def _quiet(_: str) -> None:
    """Nobody watches a test."""


def told(kind: str, way: str, made: LabRun) -> int:
    """A row of the table; the exit code."""
    code = exit_code(made.finished.judgement, fail_on="error", strict=False)
    reasons = ", ".join(sorted({gap.reason for gap in made.report.gaps if gap.kind == kind})) or "-"
    codes = " ".join(sorted({finding.code for finding in made.report.findings})) or "-"
    verdicts = ", ".join(sorted({str(workspace.verdict) for workspace in made.report.workspaces})) or "-"
    print(f"{kind:27} {way:17} exit {code}  {reasons:18} {codes:15} {verdicts}")  # noqa: T201
    return code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_cannot_be_read_is_a_gap_and_never_absent(kind: str, way: str) -> None:
    """Exit 3 where names depend on it; where none does, the estate may be healthy, but the gap is told."""
    if (kind, way) == ("subscription", "hidden"):
        pytest.skip("rights on a group do not cut the list of subscriptions")
    how = WAYS[way]
    fault = ArmFault(behaviour=how.behaviour, kind=kind, argument=how.argument)
    if (kind, way) == ("subscription", "timeout"):  # the very first question: nothing can be read at all
        with pytest.raises(AgentError, match="no answer in time"):
            looked_at(holding(kind), fault, patience=how.patience)
        return
    made = looked_at(holding(kind), fault, patience=how.patience)
    code = told(kind, way, made)
    gaps = {gap.reason for gap in made.report.gaps if gap.kind == kind}
    found = {finding.code for finding in made.report.findings}
    if (kind, way) == ("permissions", "hidden"):
        gaps = {gap.reason for gap in made.report.gaps}  # no rights on a subscription: every kind of it is unproved
    assert gaps
    assert gaps <= {*how.reasons, "hidden"}
    assert found
    assert found <= SIGHT
    if kind in DECIDING and (kind, way) not in ONLY_SHOWN:
        assert code == 3
        assert "healthy" not in {str(workspace.verdict) for workspace in made.report.workspaces}
    elif way != "timeout":  # so short a patience may run out elsewhere, too
        assert code == 0


# What is not there at all, though everything may be seen, and what then must be said.
ABSENT: Mapping[str, set[str]] = {
    "private-endpoint": {"PED109"},
    "private-dns-zone": {"PED201"},
    "zone-link": {"PED202"},
    "record-set": {"PED203"},
    "forwarding-ruleset": {"PED202"},
    "forwarding-rule": {"PED202"},
    "dns-resolver": {"PED407"},
    "inbound-endpoint": {"PED407"},
    "ruleset-link": {"PED408"},
    "firewall": {"PED302"},
    "virtual-hub": {"PED302"},
    "hub-connection": {"PED313"},
}
NOTHING_LEFT = frozenset({"workspace", "virtual-network"})  # nothing to check, or clients that are not there
UNPROVED = frozenset({"subscription", "permissions"})  # they prove the others: without them nothing is proved


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNPROVED])
def test_an_empty_list_is_a_legal_answer(kind: str) -> None:
    """Absence is then told as such, and nothing is not evaluated for it; a reference that leads nowhere is a gap."""
    estate = holding(kind)
    without = {id: document for id, document in estate.documents.items() if document.kind != kind}
    if kind in NOTHING_LEFT:
        with pytest.raises(AgentError, match=r"There is no network|No Machine Learning workspace and"):
            looked_at(replace(estate, documents=without))
        return
    made = looked_at(replace(estate, documents=without))
    told(kind, "empty list", made)
    gaps = {gap.reason for gap in made.report.gaps if gap.kind == kind}
    assert gaps <= ({"not found"} if KINDS[kind].by_reference else set())
    assert made.report.not_evaluated == []
    absent = {f.code for f in made.loud if BY_CODE[f.code].claim is Claim.ABSENCE}
    assert absent == ABSENT.get(kind, set())
