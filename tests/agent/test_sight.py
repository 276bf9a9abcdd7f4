"""What could not be seen is told and never taken for absent: no clean verdict, no alarm about what may be there."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import replace

import pytest

from agent.config import Config
from agent.config.model import AcknowledgedTable
from agent.exit_code import exit_code
from agent.lab.arm_faults import ArmFault, Behaviour, parse_arm_fault
from agent.lab.builders import Group, network_id
from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY, PLATFORM, build
from agent.render.terminal import render_report
from agent.render.wording import verdict_line
from collectors.arm.kinds import children
from collectors.graph.ids import ArmId
from tests.agent.lab_runs import LabRun, run_estate

ABSENCE = {"PED102", "PED201", "PED202", "PED203", "PED212"}
SIGHT = {"PED901", "PED902", "PED904", "PED907", "PED908"}
# What cannot be seen is the same in every architecture: one over a custom server and one without stand for all.
ZONE_SUBSCRIPTION = {"hub-spoke": CONNECTIVITY, "azure-dns": PLATFORM}
ELSEWHERE = "99999999-0000-4000-8000-00000000ffff"


def code_of(made: LabRun, *, strict: bool = False) -> int:
    return exit_code(made.finished.judgement, fail_on="error", strict=strict)


def found(made: LabRun) -> set[str]:
    return {finding.code for finding in made.report.findings}


def verdicts(made: LabRun) -> set[str]:
    return {str(workspace.verdict) for workspace in made.report.workspaces}


def actions(made: LabRun) -> set[str]:
    return {gap.action for item in made.report.not_evaluated for gap in item.because}


def shown(made: LabRun) -> str:
    return render_report(made.report, made.finished, color=False)


@pytest.mark.parametrize("scenario", ZONE_SUBSCRIPTION)
def test_zones_that_are_forbidden_are_not_missing(scenario: str) -> None:
    """403 on the subscription that holds the zones: exit 3, the right to grant, and nothing said about zones."""
    scope = f"/subscriptions/{ZONE_SUBSCRIPTION[scenario]}"
    made = run_estate(build(scenario), (ArmFault(behaviour=Behaviour.FORBIDDEN, scope=scope),))
    assert code_of(made) == 3
    assert found(made) <= SIGHT
    assert verdicts(made) == {"not evaluated"}
    assert "grant Microsoft.Network/privateDnsZones/read on " + scope in "\n".join(actions(made))
    zones = [f for f in made.report.findings if f.code == "PED901" and "zones" in f.title]
    assert [f.subject.id for f in zones] == [f"scope:{scope}"]
    assert "Microsoft.Network/privateDnsZones/read" in zones[0].cause
    assert {"PED201", "PED202", "PED203"} <= {item.code for item in made.report.not_evaluated}


@pytest.mark.parametrize("scenario", ZONE_SUBSCRIPTION)
def test_zones_in_a_subscription_that_is_silently_hidden_are_not_missing(scenario: str) -> None:
    """A listing that succeeds without the subscription: only what points there gives it away."""
    scope = f"/subscriptions/{ZONE_SUBSCRIPTION[scenario]}"
    made = run_estate(build(scenario), (ArmFault(behaviour=Behaviour.HIDDEN, scope=scope),))
    assert code_of(made) == 3
    assert found(made) == {"PED907"}
    assert verdicts(made) == {"not evaluated"}
    assert f"grant the Reader role on {scope}, or add the subscription to the configuration" in actions(made)
    about = [f for f in made.report.findings if "privateDnsZones" in f.subject.id]
    assert about
    assert all(f"grant the Reader role on {scope}" in f.cause for f in about)
    assert "privatelink.api.azureml.ms may exist unseen" in {f.title for f in about}


@pytest.mark.parametrize("behaviour", [Behaviour.FORBIDDEN, Behaviour.HIDDEN])
@pytest.mark.parametrize("scenario", ZONE_SUBSCRIPTION)
def test_nothing_is_called_healthy_in_words(scenario: str, behaviour: Behaviour) -> None:
    """The verdict line comes first, and people read no further."""
    scope = f"/subscriptions/{ZONE_SUBSCRIPTION[scenario]}"
    made = run_estate(build(scenario), (ArmFault(behaviour=behaviour, scope=scope),))
    assert verdict_line(made.report, made.finished).startswith("NOT EVALUATED: ")
    assert "healthy" not in shown(made).lower()
    assert f"Reader role on {scope}" in shown(made) or f"privateDnsZones/read on {scope}" in shown(made)


@pytest.mark.parametrize("behaviour", [Behaviour.FORBIDDEN, Behaviour.HIDDEN])
@pytest.mark.parametrize("change", ["zone-unlinked", "record-missing", "zone-deleted"])
def test_what_is_really_absent_is_not_claimed_without_sight(change: str, behaviour: Behaviour) -> None:
    """The same estate that gives an absence finding with full sight gives none without."""
    scope = f"/subscriptions/{PLATFORM}"
    made = run_estate(build("azure-dns", (change,)), (ArmFault(behaviour=behaviour, scope=scope),))
    assert not found(made) & ABSENCE
    assert "healthy" not in verdicts(made)
    assert code_of(made) in (1, 3)  # live answers of Azure DNS show the failure, though not its cause


# Not the workspaces: a provider that is not registered proves that there are none, and so nothing to check.
LISTED = [kind.name for kind in children("subscription") if not kind.single and kind.name != "workspace"]


@pytest.mark.parametrize("kind", LISTED)
def test_an_unregistered_provider_is_not_registered(kind: str) -> None:
    """The SDK's own client would POST; however Azure fails, it is asked by GET and at one host."""
    made = run_estate(build("hub-spoke"), (parse_arm_fault(f"registration:{kind}"),), probe=False)
    assert {request.method for request in made.requests} == {"GET"}
    assert len({request.host for request in made.requests}) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("foreign-next-link", "leads away from 127.0.0.1"),
        ("redirect", "redirects are not followed"),
        ("registration", "is said not to be registered here, yet some of its resources were read"),
        ("throttled(86400)", "asked us to wait 86400 s"),
    ],
)
def test_what_must_not_be_followed_is_refused_at_once_and_said(fault: str, told: str) -> None:
    started = time.monotonic()
    made = run_estate(build("azure-dns"), (parse_arm_fault(f"{fault}:private-dns-zone"),))
    assert time.monotonic() - started < 10
    assert {(gap.kind, gap.reason) for gap in made.report.gaps} == {("private-dns-zone", "refused")}
    assert all(told in gap.detail for gap in made.report.gaps)
    assert found(made) == {"PED908"}
    assert {request.method for request in made.requests} == {"GET"}
    assert len({request.host for request in made.requests}) == 1
    assert code_of(made) == 3


def acknowledging(kind: str, scope: str) -> Config:
    return Config(acknowledged=(AcknowledgedTable(kind=kind, scope=scope, reason="seen elsewhere"),))


@pytest.mark.parametrize("scenario", ZONE_SUBSCRIPTION)
def test_acknowledged_gaps_change_no_exit_code_and_stay_visible(scenario: str) -> None:
    """One lives with what one acknowledged; that every name was seen to resolve rightly is then enough."""
    scope = f"/subscriptions/{ZONE_SUBSCRIPTION[scenario]}"
    faults = (ArmFault(behaviour=Behaviour.FORBIDDEN, kind="private-dns-zone", scope=scope),)
    assert code_of(run_estate(build(scenario), faults)) == 3
    made = run_estate(build(scenario), faults, config=acknowledging("private-dns-zone", scope))
    assert code_of(made, strict=True) == 0
    assert [gap.kind for gap in made.report.gaps] == ["private-dns-zone"]
    assert found(made) == {"PED901"}
    assert (made.report.not_evaluated, verdicts(made)) == ([], {"healthy"})


@pytest.mark.parametrize("scenario", ZONE_SUBSCRIPTION)
def test_names_behind_acknowledged_gaps_are_undetermined_where_nobody_was_asked(scenario: str) -> None:
    """Neither read nor observed is not healthy: exit 0, and 3 for whoever is strict."""
    scope = f"/subscriptions/{ZONE_SUBSCRIPTION[scenario]}"
    faults = (ArmFault(behaviour=Behaviour.FORBIDDEN, kind="private-dns-zone", scope=scope),)
    made = run_estate(build(scenario), faults, config=acknowledging("private-dns-zone", scope), probe=False)
    assert (made.report.not_evaluated, made.report.summary.undetermined) == ([], 4)
    assert verdicts(made) == {"undetermined"}
    assert "4 names undetermined" in verdict_line(made.report, made.finished)
    assert (code_of(made), code_of(made, strict=True)) == (0, 3)


def test_another_gap_is_not_acknowledged_with_it() -> None:
    faults = (parse_arm_fault("forbidden:private-dns-zone"), parse_arm_fault("forbidden:zone-link"))
    config = acknowledging("zone-link", "/subscriptions/*")
    assert code_of(run_estate(build("azure-dns"), faults, config=config)) == 3


@pytest.mark.parametrize(("scenario", "network"), [("hub-spoke", "vnet-hub"), ("azure-dns", "vnet-ml")])
def test_a_foreign_peering_is_shown_and_changes_no_exit_code(scenario: str, network: str) -> None:
    """A network of somebody else blocks no check: it is a gap and a note."""
    made = run_estate(with_foreign_peering(build(scenario), network))
    assert [(gap.kind, gap.reason) for gap in made.report.gaps] == [("virtual-network", "hidden")]
    assert made.report.gaps[0].scope == foreign_network()
    assert [(finding.code, finding.level) for finding in made.report.findings] == [("PED907", "note")]
    assert made.report.not_evaluated == []
    assert verdicts(made) == {"healthy"}
    assert code_of(made, strict=True) == 0


@pytest.mark.parametrize(("scenario", "network"), [("hub-spoke", "vnet-hub"), ("azure-dns", "vnet-ml")])
def test_a_network_of_another_tenant_is_told_as_such(scenario: str, network: str) -> None:
    """Azure tells whose it is, so nobody is sent to grant a right that this tenant does not have."""
    fault = parse_arm_fault(f"foreign-tenant:/subscriptions/{ELSEWHERE}")
    made = run_estate(with_foreign_peering(build(scenario), network), (fault,))
    assert [(gap.kind, gap.scope, gap.reason) for gap in made.report.gaps] == [
        ("virtual-network", foreign_network(), "foreign")
    ]
    (finding,) = made.report.findings
    assert (finding.code, finding.level, finding.subject.id) == ("PED903", "note", foreign_network())
    assert "grant" not in finding.cause
    assert code_of(made, strict=True) == 0


@pytest.mark.parametrize("scenario", sorted(ZONE_SUBSCRIPTION))
def test_zones_of_another_tenant_are_not_missing(scenario: str) -> None:
    fault = parse_arm_fault(f"foreign-tenant:/subscriptions/{ZONE_SUBSCRIPTION[scenario]}")
    made = run_estate(build(scenario), (fault,))
    assert code_of(made) == 3
    assert found(made) == {"PED903"}
    assert verdicts(made) == {"not evaluated"}


def foreign_network() -> str:
    return network_id(Group(subscription=ELSEWHERE, name="RG-Theirs"), "vnet-theirs")


def with_foreign_peering(estate: LabEstate, network: str) -> LabEstate:
    """The network got one more peering, to a network in a subscription that nobody lists."""
    documents = dict(estate.documents)
    (document,) = [d for d in documents.values() if d.kind == "virtual-network" and d.id.name == network]
    body = deepcopy(dict(document.body))
    peerings = body["properties"]["virtualNetworkPeerings"]
    peering = deepcopy(peerings[0])
    peering["name"], peering["id"] = "to-theirs", f"{document.id}/virtualNetworkPeerings/to-theirs"
    peering["properties"]["remoteVirtualNetwork"] = {"id": foreign_network()}
    for space in ("remoteAddressSpace", "remoteVirtualNetworkAddressSpace"):
        peering["properties"][space] = {"addressPrefixes": ["10.77.0.0/16"]}
    peerings.append(peering)
    documents[document.id] = replace(document, body=body)
    assert ArmId(foreign_network()) not in documents
    return replace(estate, documents=documents)
