"""Pairs of causes around rules and policies of which each would explain the same failure: which one is told."""

from __future__ import annotations

from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from tests.agent.lab_runs import run_estate
from tests.incidents import rulesets as made
from tests.incidents.scenes import Make, find, one, without


def after(make: Make, estate: LabEstate) -> LabEstate:
    """The estate after an incident."""
    done = make(estate)
    assert isinstance(done, LabEstate)
    return done


def codes(estate: LabEstate) -> tuple[str, ...]:
    return run_estate(estate, probe=False).codes


def test_a_rule_to_a_place_without_the_zone_is_told_although_the_clients_are_linked() -> None:
    """Both repairs would do; the zone's link breaks nothing for others."""
    estate = made.unlinked(made.linked(build("ruleset"), "vnet-spoke-1", made.API), made.API, "vnet-hub")
    assert codes(estate) == ("PED402",)


def test_a_missing_zone_is_told_before_the_rule_that_leads_there() -> None:
    estate = build("ruleset")
    assert "PED402" not in codes(without(estate, one(estate, "private-dns-zone", made.API)))


def test_a_circle_is_told_and_not_the_rule_that_hides_a_zone() -> None:
    estate = made.linked(build("ruleset"), "vnet-spoke-1", made.API, made.NOTEBOOKS)
    assert codes(made.ruleset_linked(estate, "vnet-hub")) == ("PED401",)


def test_a_ruleset_that_would_not_do_alone_is_not_to_be_linked() -> None:
    """Without the zone's link to the hub the rules lead nowhere: the one spoke is told of its own zone."""
    estate = after(made.spoke_without_rules, build("ruleset"))
    for zone in (made.API, made.NOTEBOOKS):
        estate = made.unlinked(estate, zone, "vnet-hub")
    assert "PED408" not in codes(estate)


def test_a_network_is_to_be_linked_to_the_zone_where_others_are() -> None:
    """The ruleset would do, too, but here networks are linked to zones."""
    estate = made.linked(after(made.spoke_without_rules, build("ruleset")), "vnet-spoke-1", made.API, made.NOTEBOOKS)
    assert set(codes(estate)) == {"PED202"}


def test_a_policy_is_told_before_what_is_behind_it() -> None:
    """The record is missing as well; it shows once the policy lets the name pass."""
    estate = after(made.blocked_by_policy, build("azure-dns"))
    record = next(r for r in find(estate, "record-set", ".cert") if r.id.parent.name == made.API)
    assert set(codes(without(estate, record))) == {"PED203", "PED414"}


def test_a_dead_target_is_told_and_not_the_servers_failure() -> None:
    made_run = run_estate(after(made.former_address, build("ruleset")))
    assert [(f.code, f.level) for f in made_run.report.findings] == [("PED407", "error")]


def test_a_dead_target_that_nobody_asked_is_a_warning() -> None:
    """Without answers nobody knows whether something answers there."""
    made_run = run_estate(after(made.former_address, build("ruleset")), probe=False)
    assert [(f.code, f.level) for f in made_run.report.findings] == [("PED407", "warning")]
