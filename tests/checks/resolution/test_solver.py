"""Whole resolutions: circles and long chains end, and the lab gets what it should."""

from __future__ import annotations

from typing import Any

import pytest

from checks.resolution import rules
from checks.resolution.path import (
    Addresses,
    DeadEnd,
    Loop,
    Outcome,
    Public,
)
from checks.resolution.rules import Rule
from checks.resolution.solver import Solver
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import INBOUND, resolver
from tests.checks.resolution.small import (
    ANSWER,
    NAME,
    PRIVATE,
    ZONE,
    bind,
    hub,
    private_zone,
    spoke,
)
from tests.estates import (
    AZURE_DNS,
    client,
    lab,
    nid,
    required,
    server,
    small_estate,
    solve,
    solver,
    zone,
)

# Endless questions


def test_two_servers_that_forward_to_each_other_loop_and_the_cycle_is_in_order() -> None:
    servers = (bind({"": "10.0.0.5"}), server("10.0.0.5", {"": "10.0.0.4"}, network="hub"))
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=servers), "spoke", NAME)
    place = nid("hub")
    assert path.outcome == Loop((f"server:10.0.0.4@{place}", f"server:10.0.0.5@{place}"))
    assert path.last.rule is rules.LOOP
    assert path.last.at.id == f"server:10.0.0.4@{place}"


def test_the_cycle_leaves_out_how_it_was_entered() -> None:
    servers = (
        bind({"": "10.0.0.5"}),
        server("10.0.0.5", {"": "10.0.0.6"}, network="hub"),
        server("10.0.0.6", {"": "10.0.0.5"}, network="hub"),
    )
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=servers), "spoke", NAME)
    assert path.outcome == Loop(tuple(f"server:10.0.0.{n}@{nid('hub')}" for n in (5, 6)))


def test_a_server_that_forwards_to_itself_loops() -> None:
    path = solve(small_estate(hub(), spoke("10.0.0.4"), servers=(bind({"": "10.0.0.4"}),)), "spoke", NAME)
    assert path.outcome == Loop((f"server:10.0.0.4@{nid('hub')}",))


def test_aliases_in_a_circle_loop_in_azure_dns() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "CNAME/y": f"x.{ZONE}"}
    path = solve(small_estate(hub(), zone(ZONE, records, "hub")), "hub", PRIVATE)
    assert path.outcome == Loop(("Azure DNS in hub",))
    assert path.view == str(nid("hub"))


def test_aliases_in_a_circle_loop_in_azure_dns_whoever_else_would_follow_them() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "CNAME/y": f"x.{ZONE}"}
    estate = small_estate(hub(), spoke("10.0.0.4"), zone(ZONE, records, "hub"), servers=(bind(),))
    assert solve(estate, "spoke", PRIVATE).outcome == Loop(("Azure DNS in hub",))


@pytest.mark.parametrize(("length", "ends"), [(16, Addresses), (17, DeadEnd), (100, DeadEnd)])
def test_a_chain_of_aliases_may_be_long_but_not_too_long(length: int, ends: type[Outcome]) -> None:
    records: dict[str, Any] = {f"CNAME/n{i}": f"n{i + 1}.{ZONE}" for i in range(length)}
    estate = small_estate(hub(), zone(ZONE, records | {f"A/n{length}": ["10.0.0.5"]}, "hub"))
    path = solve(estate, "hub", f"n0.{ZONE}")
    assert isinstance(path.outcome, ends)
    assert path.last.rule is (rules.ZONE_ANSWERS if ends is Addresses else rules.CHAIN_TOO_LONG)


def test_a_long_row_of_servers_that_reapply_is_solved_at_once() -> None:
    """Each server takes one alias from the next: asking the whole chain of each would double the work every time."""
    count = 40
    servers = [server(f"10.0.0.{n}", {"": f"10.0.0.{n + 1}"}, network="hub") for n in range(10, 10 + count)]
    servers.append(server(f"10.0.0.{10 + count}", {"": AZURE_DNS}, network="hub"))
    records: dict[str, Any] = {f"CNAME/n{i}": f"n{i + 1}.{ZONE}" for i in range(16)}
    parts = [hub(), spoke("10.0.0.10"), zone(ZONE, records | {"A/n16": ["10.0.0.5"]}, "hub")]
    assert solve(small_estate(*parts, servers=tuple(servers)), "spoke", f"n0.{ZONE}").outcome == ANSWER


# Estates made by changes


def gone(estate: Estate, kind: str) -> Estate:
    """The estate without the documents of a kind."""
    found = [document for document in estate.documents.values() if document.kind == kind]
    return estate.with_changes(*(Change(id=document.id, before=document, after=None) for document in found))


def test_a_solver_of_a_changed_estate_knows_the_same_of_public_dns() -> None:
    seen, unknown = Fqdn(NAME), Fqdn("y.example.com")
    estate = small_estate(hub(), private_zone("hub"))
    first = Solver(estate, {seen: Fqdn(PRIVATE)}, frozenset({seen}), frozenset({unknown}))
    assert first.path(client("hub"), seen).outcome == ANSWER
    changed = first.changed(gone(estate, "zone-link"))
    path = changed.path(client("hub"), seen)
    assert (path.outcome, path.chain, path.assumptions) == (Public(), (PRIVATE,), ())
    assert changed.path(client("hub"), unknown).last.rule is rules.ALIAS_UNKNOWN


def test_what_stands_at_an_address_is_looked_up_again_only_if_a_change_may_have_moved_it() -> None:
    estate = small_estate(hub(), spoke(INBOUND), resolver(), private_zone("hub"))
    first = solver(estate, {})
    (door,) = first.places(client("spoke"))
    assert first.changed(gone(estate, "zone-link")).places(client("spoke"))[0] is door
    path = first.changed(gone(estate, "inbound-endpoint")).path(client("spoke"), Fqdn(PRIVATE))
    assert path.last.rule is rules.SERVER_UNKNOWN


# The lab


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
def test_every_requirement_of_a_healthy_lab_is_met(scenario: str) -> None:
    estate = lab(scenario)
    for requirement in required(estate).requirements:
        path = solver(estate).path(requirement.client, requirement.expected.asked)
        assert path.addresses == requirement.acceptable


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
@pytest.mark.parametrize(
    ("broken", "role", "rule"),
    [
        ("zone-unlinked", "api", rules.ZONE_NOT_LINKED),
        ("record-missing", "cert", rules.ZONE_DENIES),
        ("record-wrong-address", "api", rules.ZONE_ANSWERS),
        ("notebooks-zone-left-out", "notebooks", rules.ZONE_DENIES),
        ("fallback-hides", "inference", rules.FALLBACK_TO_INTERNET),
        ("zone-deleted", "notebooks", rules.NO_ZONE),
    ],
)
def test_each_fault_of_the_lab_breaks_its_name_by_its_rule(scenario: str, broken: str, role: str, rule: Rule) -> None:
    estate = lab(scenario, broken)
    unmet = {
        (requirement.role.value, path.last.rule)
        for requirement in required(estate).requirements
        if (path := solver(estate).path(requirement.client, requirement.expected.asked)).addresses
        != requirement.acceptable
    }
    assert (role, rule) in unmet
    assert {found for _, found in unmet} == {rule}


def test_a_removed_forwarder_breaks_the_api_names_at_the_server() -> None:
    estate = lab("hub-spoke", "forwarder-removed")
    estates: tuple[Estate, ...] = (estate,)
    for requirement in required(estates[0]).requirements:
        path = solver(estate).path(requirement.client, requirement.expected.asked)
        if requirement.role.value == "notebooks":
            assert path.addresses == requirement.acceptable
        else:
            assert (path.outcome, path.last.rule) == (Public(), rules.DEFAULT_FORWARDER)
