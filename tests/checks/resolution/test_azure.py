"""Azure DNS in the view of one network: zones, links, aliases, fallback."""

from __future__ import annotations

import pytest

from agent.lab.builders import zone_id
from checks.resolution import rules
from checks.resolution.path import (
    Addresses,
    NoData,
    NxDomain,
    Public,
    Thing,
)
from checks.resolution.solver import Solver
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    NAME,
    PRIVATE,
    ZONE,
    decided,
    hops,
    hub,
    private_zone,
)
from tests.estates import (
    GROUP,
    OTHER_GROUP,
    client,
    network,
    nid,
    small_estate,
    solve,
    zid,
    zone,
)

# Azure DNS: zones


def test_a_linked_zone_answers_and_its_record_decides() -> None:
    path = solve(small_estate(hub(), private_zone("hub")), "hub", PRIVATE)
    assert decided(path) == (ANSWER, rules.ZONE_ANSWERS, "x")
    assert path.addresses == path.last.result.addresses == ("10.0.0.5",)
    assert path.view == str(nid("hub"))
    assert hops(path) == [("azure-provided-dns", "asks"), ("zone-answers", "answer")]
    assert path.hops[0].decided_by == Thing.of(nid("hub"))


def test_the_apex_of_a_zone_answers() -> None:
    estate = small_estate(hub(), zone("x.example.com", {"A/@": ["10.0.0.5"]}, "hub"))
    assert solve(estate, "hub", "x.example.com").outcome == ANSWER


def test_another_type_is_no_data_and_the_zone_decides() -> None:
    path = solve(small_estate(hub(), private_zone("hub", fallback=True)), "hub", PRIVATE, "AAAA")
    assert decided(path) == (NoData(), rules.ZONE_NO_DATA, ZONE)


def test_a_missing_name_is_denied_by_the_zone() -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y")), "hub", PRIVATE)
    assert decided(path) == (NxDomain(), rules.ZONE_DENIES, ZONE)
    assert path.addresses == ()


def test_an_alias_in_a_zone_is_followed_in_the_same_view() -> None:
    records = {"CNAME/x": f"y.{ZONE}", "A/y": ["10.0.0.5"]}
    path = solve(small_estate(hub(), zone(ZONE, records, "hub")), "hub", PRIVATE)
    assert hops(path) == [("azure-provided-dns", "asks"), ("zone-alias", "alias"), ("zone-answers", "answer")]
    assert path.chain == (f"y.{ZONE}",)
    assert path.hops[1].decided_by == Thing.of(ArmId(f"{zone_id(GROUP, ZONE)}/CNAME/x"))
    assert path.outcome == ANSWER


def test_an_alias_to_the_internet_is_public() -> None:
    estate = small_estate(hub(), zone(ZONE, {"CNAME/x": "somewhere.else"}, "hub"))
    assert decided(solve(estate, "hub", PRIVATE)) == (Public(), rules.NO_ZONE, "")


def test_a_public_name_is_an_alias_of_its_private_link_name() -> None:
    path = solve(small_estate(hub(), private_zone("hub")), "hub", NAME, chains=CHAIN)
    assert hops(path)[1:] == [("public-alias", "alias"), ("zone-answers", "answer")]
    assert path.assumptions == (rules.PUBLIC_CHAIN_FROM_TABLE.name,)


def test_an_alias_that_was_seen_rests_on_no_assumption() -> None:
    estate = small_estate(hub(), private_zone("hub"))
    seen = Solver(estate, {Fqdn(NAME): Fqdn(PRIVATE)}, frozenset({Fqdn(NAME)}))
    assert seen.path(client("hub"), Fqdn(NAME)).assumptions == ()


def test_a_zone_over_the_public_name_answers_before_the_alias() -> None:
    estate = small_estate(hub(), private_zone("hub"), zone("example.com", {"A/x": ["10.9.9.9"]}, "hub"))
    assert solve(estate, "hub", NAME, chains=CHAIN).outcome == Addresses(("10.9.9.9",))


def test_the_longest_of_parent_and_child_zone_answers() -> None:
    child = zone(f"a.{ZONE}", {"A/x": ["10.0.0.6"]}, "hub")
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == Addresses(("10.0.0.6",))


def test_a_child_zone_that_denies_does_not_fall_back_to_the_parent() -> None:
    child = zone(f"a.{ZONE}", {}, "hub")
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert decided(solve(estate, "hub", f"x.a.{ZONE}")) == (NxDomain(), rules.ZONE_DENIES, f"a.{ZONE}")


def test_a_child_zone_that_is_not_linked_leaves_the_parent_alone() -> None:
    child = zone(f"a.{ZONE}", {})
    estate = small_estate(hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"]}, "hub"), child)
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == ANSWER


def test_an_unlinked_zone_is_named_as_deciding() -> None:
    path = solve(small_estate(hub(), private_zone()), "hub", PRIVATE)
    assert decided(path) == (Public(), rules.ZONE_NOT_LINKED, ZONE)
    assert path.view == str(nid("hub"))


def test_a_link_to_another_network_is_no_link() -> None:
    estate = small_estate(hub(), network("spoke", "10.1.0.0/16", peers={"hub": "10.0.0.0/16"}), private_zone("hub"))
    assert decided(solve(estate, "spoke", PRIVATE)) == (Public(), rules.ZONE_NOT_LINKED, ZONE)


def test_of_unlinked_copies_the_fullest_is_named() -> None:
    full = zone(ZONE, {"A/x": ["10.0.0.5"], "A/y": ["10.0.0.6"]}, group=OTHER_GROUP)
    last = solve(small_estate(hub(), private_zone(), full), "hub", PRIVATE).last
    assert last.decided_by == Thing.of(zid(ZONE, OTHER_GROUP))


def test_an_unlinked_zone_that_is_no_private_link_zone_is_not_named() -> None:
    estate = small_estate(hub(), zone("example.com", {"A/x": ["10.0.0.5"]}))
    assert decided(solve(estate, "hub", NAME)) == (Public(), rules.NO_ZONE, "")


# Azure DNS: fallback


@pytest.mark.parametrize("type", ["A", "AAAA", "CNAME"])
def test_fallback_turns_a_missing_name_public_and_the_link_decides(type: str) -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=True)), "hub", PRIVATE, type)
    assert decided(path) == (Public(), rules.FALLBACK_TO_INTERNET, "link-hub")


@pytest.mark.parametrize("type", ["TXT", "SRV", "MX", "PTR", "SOA"])
def test_no_other_type_falls_back(type: str) -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=True)), "hub", PRIVATE, type)
    assert decided(path) == (NxDomain(), rules.ZONE_DENIES, ZONE)


def test_an_empty_non_terminal_does_not_fall_back() -> None:
    path = solve(small_estate(hub(), private_zone("hub", name="a.x", fallback=True)), "hub", PRIVATE)
    assert decided(path) == (NoData(), rules.ZONE_NO_DATA, ZONE)


@pytest.mark.parametrize(
    ("name", "falls"),
    [("example.com", False), ("guid.privatelink.example.com", True), ("privatelinks.example.com", False)],
)
def test_only_zones_with_the_label_fall_back(name: str, falls: bool) -> None:
    estate = small_estate(hub(), zone(name, {}, "hub", fallback=True))
    assert solve(estate, "hub", f"x.{name}").outcome == (Public() if falls else NxDomain())


def test_the_link_of_the_view_decides_about_fallback() -> None:
    parts = private_zone("hub", "spoke", name="y")
    spoke_link = next(d for d in parts if d.id.name == "link-spoke")
    spoke_link.body["properties"]["resolutionPolicy"] = "NxDomainRedirect"
    estate = small_estate(hub(), network("spoke", "10.1.0.0/16"), parts)
    assert solve(estate, "hub", PRIVATE).outcome == NxDomain()
    assert solve(estate, "spoke", PRIVATE).outcome == Public()
