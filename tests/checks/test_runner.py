"""What the runner adds to the checks: merging, levels, order, gaps, and what it must never conclude from them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY, PLATFORM, SCENARIOS, build
from checks.catalogue import BY_CODE
from checks.check import Claim
from checks.diagnosis.blind import with_ancestors
from checks.finding import Finding, Level
from checks.runner import judge
from checks.waivers import Acknowledgement, Waivers
from collectors.arm.kinds import KINDS
from collectors.arm.sight import build_estate
from collectors.graph.documents import Reason
from collectors.graph.estate import Estate
from tests.checks.judging import BIND, NOW, answer, context_of, judged, loud, only, requirement, with_servers
from tests.estates import estate_of, gap, lab

SINGLES = [(scenario.name, change) for scenario in SCENARIOS.values() for change in scenario.faults]


def test_what_one_repair_mends_is_one_finding() -> None:
    """A link that is missing breaks three names for two networks: one finding lists them all."""
    finding = only(judged(lab("hub-spoke", "zone-unlinked")), "PED202")
    assert len(finding.names) == 3
    assert {client.rpartition("/")[2] for client in finding.clients} == {"vnet-spoke-1", "vnet-spoke-2"}
    assert len(finding.occurrences) == 6
    assert len(finding.violation.repairs) == 1


def test_what_two_repairs_mend_is_two_findings() -> None:
    """Two records are missing: each is written by itself."""
    estate = without_records("azure-dns", "cert", "inference")
    findings = judged(estate).findings
    assert [finding.code for finding in findings] == ["PED203", "PED203"]
    assert len({finding.fingerprint for finding in findings}) == 2


def without_records(scenario: str, *roles: str) -> Estate:
    whole = lab(scenario)
    gone = {f"a/{requirement(whole, role).expected.record}" for role in roles}
    kept = [d for d in whole.documents.values() if "/".join(d.id.key.rsplit("/", 2)[1:]) not in gone]
    assert len(kept) == len(whole.documents) - len(roles)
    return build_estate(kept, (), whole.declared)


@pytest.mark.parametrize(("scenario", "change"), SINGLES)
def test_findings_do_not_depend_on_the_order_in_which_things_were_read(scenario: str, change: str) -> None:
    """Documents and answers come as threads finish."""
    estate = lab(scenario, change)
    turned = build_estate(tuple(estate.documents.values())[::-1], estate.gaps, estate.declared)
    assert told(judged(turned).findings) == told(judged(estate).findings)


def test_findings_do_not_depend_on_the_order_of_answers() -> None:
    estate = with_servers(lab("hub-spoke"), *lab("hub-spoke").declared.servers)
    records = [r.expected for r in context_of(estate).required.requirements]
    names = sorted({name for record in records for name in (record.asked, record.asked_private)})
    answers = [answer(BIND, "spoke", name, "203.0.113.77") for name in names if name.endswith("azureml.ms")]
    found = judged(estate, *answers).findings
    assert [finding.code for finding in found] == ["PED305"]
    assert told(judged(estate, *reversed(answers)).findings) == told(found)


def told(findings: Iterable[Finding]) -> list[tuple[object, ...]]:
    """Everything of findings that reaches a report."""
    return [(f.code, f.level, f.violation, f.occurrences, f.proofs, f.masks, f.fingerprint) for f in findings]


def test_an_empty_catalogue_finds_nothing_and_still_tells_what_was_not_seen() -> None:
    scope = f"/subscriptions/{PLATFORM}"
    estate = estate_of(build("azure-dns"), gap("private-dns-zone", scope), without=("private-dns-zone",))
    made = judge(context_of(estate), ())
    assert made.findings == ()
    assert {item.subject.type for item in made.not_evaluated} == {"name"}


# Levels


def test_sight_that_is_not_proved_is_a_warning_where_it_blocks_a_required_name() -> None:
    """The zone group points into a subscription that is not among those that were read."""
    hidden = [d for d in build("azure-dns").documents.values() if d.id.subscription == PLATFORM]
    whole = lab("azure-dns")
    kept = [d for d in whole.documents.values() if d.id not in {document.id for document in hidden}]
    made = judged(build_estate(kept, (), whole.declared))
    assert {(f.code, f.level) for f in made.findings} == {("PED907", Level.WARNING)}
    assert len([item for item in made.not_evaluated if item.subject.type == "name"]) == 4


def test_a_contradiction_that_hurts_nobody_stays_a_warning() -> None:
    """An answer may be right though the model says otherwise."""
    broken = lab("hub-spoke", "record-missing")
    estate = with_servers(broken, *broken.declared.servers)
    right = answer(BIND, "spoke", requirement(estate, "cert").name, "10.1.0.5")
    assert [(f.code, f.level) for f in judged(estate, right).findings] == [
        ("PED203", Level.ERROR),
        ("PED613", Level.WARNING),
    ]


# Gaps


# Kinds that decide what a name resolves to, or which names there are, wherever an estate holds any of them.
DECIDING = frozenset(
    {
        *("subscription", "private-endpoint", "private-dns-zone-group", "network-interface", "virtual-network"),
        *("private-dns-zone", "zone-link", "record-set", "dns-resolver", "inbound-endpoint", "workspace"),
        *("forwarding-ruleset", "forwarding-rule", "ruleset-link", "ml-registry"),
        *("security-policy", "security-rule", "security-policy-link", "domain-list"),
    }
)


@cache
def whole(scenario: str, *changes: str) -> tuple[Finding, ...]:
    """What is found with full sight."""
    return judged(lab(scenario, *changes)).findings


def is_absence(finding: Finding) -> bool:
    return BY_CODE[finding.code].claim is Claim.ABSENCE


@cache
def one_for_each_claim(scenario: str) -> tuple[str, ...]:
    """One change of a scenario for each absence check that fires there."""
    by_code: dict[str, str] = {}
    for change in SCENARIOS[scenario].faults:
        for finding in filter(is_absence, whole(scenario, change)):
            by_code.setdefault(finding.code, change)
    return tuple(dict.fromkeys(by_code.values()))


def cells() -> list[tuple[str, str]]:
    """Every kind that each scenario holds."""
    held = {scenario: {document.kind for document in build(scenario).documents.values()} for scenario in SCENARIOS}
    return [(scenario, kind) for scenario in SCENARIOS for kind in KINDS if kind in held[scenario] - {"permissions"}]


@pytest.mark.parametrize(("scenario", "kind"), cells())
@pytest.mark.parametrize("reason", [Reason.FORBIDDEN, Reason.HIDDEN])
def test_facts_that_turn_into_a_gap_make_no_absence_claim(scenario: str, kind: str, reason: Reason) -> None:
    """What is absent because it was not read is nothing that a check may tell, whatever else is broken."""
    broken = one_for_each_claim(scenario) if kind in DECIDING else ()
    for changes in ((), *((change,) for change in broken)):
        made = judged(blinded(build(scenario, changes), kind, reason))
        failing = {name for finding in whole(scenario, *changes) for name in finding.names}
        for finding in filter(is_absence, made.findings):
            assert set(finding.names) <= failing, finding.violation.text
            assert kind not in with_ancestors(BY_CODE[finding.code].needs), finding.violation.text
        assert {"PED901", "PED907"} & {finding.code for finding in made.findings}
        if kind in DECIDING and reason is Reason.FORBIDDEN:
            assert made.not_evaluated


def blinded(estate: LabEstate, kind: str, reason: Reason) -> Estate:
    """An estate of which no document of a kind was read."""
    subscriptions = sorted({document.id.subscription for document in estate.documents.values()} - {""})
    scopes = ["/"] if kind == "subscription" else [f"/subscriptions/{id}" for id in subscriptions]
    return estate_of(estate, *(gap(kind, scope, reason) for scope in scopes), without=(kind,))


@pytest.mark.parametrize("kind", ["private-dns-zone-group", "virtual-network"])
def test_what_is_wrong_is_told_beside_a_gap(kind: str) -> None:
    """A record that holds a wrong address was seen: nothing unread can make it right."""
    scope = f"/subscriptions/{CONNECTIVITY}"  # neither the endpoint nor the clients stand there
    made = judged(estate_of(build("azure-dns", ("record-wrong-address",)), gap(kind, scope)))
    assert "PED204" in loud(made)
    assert made.not_evaluated


def test_acknowledged_gaps_block_nothing_but_leave_names_undetermined() -> None:
    """Whoever lives with a gap is not told again, and nothing is called clean for it."""
    scope = f"/subscriptions/{PLATFORM}"
    estate = estate_of(build("azure-dns"), gap("zone-link", scope), without=("zone-link",))
    links = Acknowledgement(number=1, kind="zone-link", scope="*")
    made = judge(context_of(estate), waivers=Waivers(day=NOW.date(), acknowledgements=(links,)))
    assert made.not_evaluated == ()
    assert len(made.undetermined) == 4
    assert made.gaps == estate.gaps
