"""What could not be seen is never taken for something that is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab.scenarios import build
from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import (
    Addresses,
    NxDomain,
    Opaque,
    Path,
    Public,
    Thing,
    label,
)
from collectors.graph.declared import Site
from collectors.graph.documents import OUTSIDE, Reason
from collectors.graph.ids import Fqdn
from tests.checks.resolution.around import INBOUND, resolver, ruleset, virtual_hub_firewall
from tests.checks.resolution.small import (
    ANSWER,
    CHAIN,
    EVERYTHING,
    NAME,
    PRIVATE,
    PUBLIC_RESOLVER,
    ZONE,
    bind,
    decided,
    hub,
    private_zone,
    spoke,
)
from tests.estates import (
    OTHER_GROUP,
    estate_of,
    gap,
    machine,
    network,
    nid,
    required,
    small_estate,
    solve,
    solver,
    zid,
    zone,
)

# What could not be seen


@pytest.mark.parametrize("kind", ["subscription", "private-dns-zone", "zone-link"])
def test_a_gap_that_may_hide_the_zone_is_opaque_and_never_a_missing_zone(kind: str) -> None:
    hidden = gap(kind, "/subscriptions/hidden")
    path = solve(small_estate(hub(), gaps=[hidden]), "hub", NAME, chains=CHAIN)
    assert path.outcome == Opaque("a zone that could not be read may answer here", (hidden,))
    assert (path.last.rule, label(path.outcome), path.view) == (rules.ZONES_UNREAD, "unread", str(nid("hub")))


def test_a_gap_about_the_links_of_an_unlinked_zone_is_opaque() -> None:
    hidden = gap("zone-link", zid(ZONE))
    path = solve(small_estate(hub(), private_zone(), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_listing_of_rulesets_that_proves_nothing_matters_where_nothing_covers_the_name() -> None:
    hidden = gap("forwarding-ruleset", EVERYTHING, Reason.HIDDEN)
    path = solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", "elsewhere.example.org")
    assert path.outcome == Opaque("a forwarding rule that could not be read may apply here", (hidden,))
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE).outcome == ANSWER


def test_a_linked_zone_answers_whatever_other_subscriptions_hide() -> None:
    hidden = gap("private-dns-zone", "/subscriptions/hidden")
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE).outcome == ANSWER


def test_an_unread_child_zone_may_answer_before_its_linked_parent() -> None:
    hidden = gap("zone-link", zid(f"a.{ZONE}"))
    parts = [hub(), zone(ZONE, {"A/x.a": ["10.0.0.5"], "A/y": ["10.0.0.5"]}, "hub")]
    estate = small_estate(*parts, gaps=[hidden])
    assert solve(estate, "hub", f"x.a.{ZONE}").outcome == Opaque(
        "a zone that could not be read may answer here", (hidden,)
    )
    assert solve(estate, "hub", f"y.{ZONE}").outcome == ANSWER


@pytest.mark.parametrize("name", ["example.com", ZONE])
def test_an_unread_parent_or_copy_of_the_linked_zone_does_not_answer_before_it(name: str) -> None:
    hidden = gap("zone-link", zid(name, OTHER_GROUP))
    assert solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE).outcome == ANSWER


@pytest.mark.parametrize("name", ["a.io", "example.com"])
def test_an_unread_zone_of_a_known_name_may_answer_before_a_rule(name: str) -> None:
    """However short its name, and though the listing of links only proves nothing."""
    hidden = gap("zone-link", zid(name), Reason.HIDDEN)
    estate = small_estate(hub(), resolver(), ruleset({name: [PUBLIC_RESOLVER]}, "hub"), gaps=[hidden])
    assert solve(estate, "hub", f"x.{name}").outcome == Opaque(
        "a zone that could not be read may answer here", (hidden,)
    )


@pytest.mark.parametrize("kind", ["private-dns-zone", "zone-link"])
def test_a_listing_of_zones_that_failed_anywhere_may_hide_what_answers_before_a_rule(kind: str) -> None:
    """One that only proves nothing does not: then no rule could be relied on."""
    parts = [hub(), resolver(), ruleset({"example.com": [PUBLIC_RESOLVER]}, "hub")]
    failed = gap(kind, "/subscriptions/other")
    path = solve(small_estate(*parts, gaps=[failed]), "hub", NAME)
    assert path.outcome == Opaque("a zone that could not be read may answer here", (failed,))
    assert (path.last.rule, path.view) == (rules.ZONES_UNREAD, str(nid("hub")))
    hidden = gap(kind, "/subscriptions/other", Reason.HIDDEN)
    assert solve(small_estate(*parts, gaps=[hidden]), "hub", NAME).outcome == Public()


@pytest.mark.parametrize(("kind", "rule"), [("forwarding-ruleset", "RULES"), ("security-policy", "POLICY")])
def test_a_listing_of_rulesets_or_policies_that_failed_in_any_subscription_leaves_the_alias_open(
    kind: str, rule: str
) -> None:
    """Either may be linked from there. One that was left out on purpose, or only proves nothing, spoils nothing."""
    failed = gap(kind, "/subscriptions/other")
    path = solve(small_estate(hub(), private_zone("hub"), gaps=[failed]), "hub", NAME, chains=CHAIN)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (getattr(rules, f"{rule}_UNREAD"), (failed,))
    for reason in (Reason.HIDDEN, Reason.NOT_ASKED):
        harmless = gap(kind, "/subscriptions/other", reason)
        path = solve(small_estate(hub(), private_zone("hub"), gaps=[harmless]), "hub", NAME, chains=CHAIN)
        assert path.outcome == ANSWER


def test_an_unread_zone_over_the_public_name_may_answer_before_the_alias() -> None:
    hidden = gap("private-dns-zone", zid("example.com"))
    path = solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", NAME, chains=CHAIN)
    assert isinstance(path.outcome, Opaque)


@pytest.mark.parametrize("scope", [EVERYTHING, zid(ZONE).text, f"{zid(ZONE)}/A/x"])
@pytest.mark.parametrize("fallback", [False, True])
def test_a_gap_that_may_hide_the_record_is_opaque_and_never_a_missing_record(scope: str, fallback: bool) -> None:
    hidden = gap("record-set", scope)
    path = solve(small_estate(hub(), private_zone("hub", name="y", fallback=fallback), gaps=[hidden]), "hub", PRIVATE)
    assert path.outcome == Opaque(f"the records of zone {ZONE} could not be read", (hidden,))
    assert decided(path)[1:] == (rules.RECORDS_UNREAD, ZONE)


def test_a_record_set_that_was_not_understood_is_not_missing() -> None:
    parts = private_zone("hub")
    parts[-1].body["properties"]["aRecords"] = "nonsense"
    path = solve(small_estate(hub(), parts), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert [g.reason for g in path.outcome.gaps] == [Reason.MALFORMED]
    assert solve(small_estate(hub(), parts), "hub", f"other.{ZONE}").outcome == NxDomain()


def test_a_record_that_was_read_answers_whatever_else_is_unread() -> None:
    assert (
        solve(small_estate(hub(), private_zone("hub"), gaps=[gap("record-set", zid(ZONE))]), "hub", PRIVATE).outcome
        == ANSWER
    )


@pytest.mark.parametrize(("key", "value"), [("A/*", ["10.0.0.5"]), ("CNAME/*", "target.net")])
def test_a_wildcard_answers_only_if_no_closer_record_can_be_hidden(key: str, value: Any) -> None:
    parts = zone(ZONE, {key: value}, "hub")
    hidden = gap("record-set", f"{zid(ZONE)}/A/a.b", Reason.MALFORMED)
    assert isinstance(solve(small_estate(hub(), parts), "hub", PRIVATE).outcome, Addresses | Public)
    assert isinstance(solve(small_estate(hub(), parts, gaps=[hidden]), "hub", PRIVATE).outcome, Opaque)


def test_a_network_that_was_not_read_asks_nobody_knows_whom() -> None:
    """Its servers are in the document that is missing: it must not be taken for one that asks Azure DNS."""
    hidden = gap("virtual-network", EVERYTHING)
    path = solve(small_estate(private_zone("hub"), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)
    assert (path.last.rule, path.last.decided_by) == (rules.NETWORK_UNREAD, Thing.of(nid("hub")))


def test_the_lab_without_its_networks_claims_nothing() -> None:
    subscriptions = ("11111111-0000-4000-8000-00000000c001", "22222222-0000-4000-8000-00000000a001")
    hidden = [gap("virtual-network", f"/subscriptions/{id}") for id in subscriptions]
    estate = estate_of(build("hub-spoke"), *hidden, without=["virtual-network"])
    requirements = required(estate).requirements
    assert len(requirements) == 4
    for requirement in requirements:
        outcome = solver(estate).path(requirement.client, requirement.expected.asked).outcome
        assert isinstance(outcome, Opaque)
        assert outcome.gaps


def test_a_server_in_a_declared_network_that_was_not_read_is_opaque() -> None:
    hidden = gap("virtual-network", "/subscriptions/hidden")
    path = solve(
        small_estate(spoke("10.0.0.4"), private_zone("hub"), servers=(bind(),), gaps=[hidden]), "spoke", PRIVATE
    )
    assert path.outcome == Opaque("the network hub of server 10.0.0.4 could not be read", (hidden,))


def test_a_server_whose_interface_may_be_hidden_is_unread_not_unknown() -> None:
    hidden = gap("network-interface", EVERYTHING)
    path = solve(small_estate(hub("10.0.0.4"), gaps=[hidden]), "hub", NAME)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.NETWORK_UNREAD, (hidden,))


@pytest.mark.parametrize("kind", ["virtual-network", "virtual-hub", "subscription"])
def test_a_server_whose_network_may_be_hidden_is_unread_not_unknown(kind: str) -> None:
    hidden = gap(kind, "/subscriptions/hidden")
    others = [gap("network-interface", "/subscriptions/other")]
    path = solve(small_estate(hub("192.168.9.9"), gaps=[hidden, *others]), "hub", NAME)
    assert (path.last.rule, label(path.outcome)) == (rules.NETWORK_UNREAD, "unread")
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_server_whose_interface_was_read_is_opaque_whatever_other_interfaces_hide() -> None:
    others = gap("network-interface", EVERYTHING)
    estate = small_estate(hub(), spoke("10.0.0.9"), machine("m", "hub", "10.0.0.9"), gaps=[others])
    path = solve(estate, "spoke", NAME)
    assert (path.last.rule, path.outcome) == (rules.SERVER_OPAQUE, Opaque(path.last.text))


def test_a_network_that_the_run_was_not_to_judge_hides_no_server() -> None:
    outside = replace(gap("virtual-network", "/subscriptions/other", Reason.NOT_ASKED), detail=OUTSIDE)
    path = solve(small_estate(hub("192.168.9.9"), gaps=[outside]), "hub", NAME)
    assert (path.last.rule, path.outcome) == (rules.SERVER_UNKNOWN, Opaque(path.last.text))


# Rivals: networks that were not read may hold the same address


def with_ghost(*parts: Any, unread: str = "ghost", networks: tuple[str, ...] = ("hub", "spoke", "ghost")) -> Path:
    """The spoke asks an inbound endpoint in the hub; a virtual hub connects both, and a network not read, with them."""
    estate = small_estate(
        network("spoke", "10.1.0.0/16", INBOUND),
        *(parts or (hub(),)),
        virtual_hub_firewall(networks=networks),
        resolver(),
        private_zone("hub"),
        gaps=[gap("virtual-network", nid(unread))],
    )
    return solve(estate, "spoke", PRIVATE)


def test_an_unread_network_that_is_connected_may_hold_the_address_as_well() -> None:
    path = with_ghost()
    text = f"server {INBOUND} belongs to something that could not be read"
    assert path.outcome == Opaque(text, (gap("virtual-network", nid("ghost")),))
    assert (path.last.rule, path.last.at.id) == (rules.NETWORK_UNREAD, f"server:{INBOUND}@{nid('hub')}")
    assert path.last.at.name == INBOUND


def test_an_unread_network_that_is_not_connected_is_no_rival() -> None:
    assert with_ghost(networks=("hub", "spoke")).outcome == ANSWER
    assert with_ghost(unread="else").outcome == ANSWER, "only gaps about the connected network count"


def test_an_unread_network_is_no_rival_of_the_askers_own_addresses_nor_of_its_peers() -> None:
    """Azure refuses peers whose addresses overlap."""
    peer = network("hub", peers={"spoke": "10.1.0.0/16"})
    estate = small_estate(
        peer,
        spoke(INBOUND),
        virtual_hub_firewall(networks=("hub", "spoke", "ghost")),
        resolver(),
        private_zone("hub"),
        gaps=[gap("virtual-network", nid("ghost"))],
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER
    own = small_estate(
        hub(INBOUND),
        virtual_hub_firewall(networks=("hub", "ghost")),
        resolver(),
        private_zone("hub"),
        gaps=[gap("virtual-network", nid("ghost"))],
    )
    assert solve(own, "hub", PRIVATE).outcome == ANSWER


def test_a_site_knows_of_no_rivals() -> None:
    """It says itself which networks it reaches."""
    office = Site(name="office", servers=(INBOUND,))
    hidden = gap("virtual-network", nid("ghost"))
    estate = small_estate(hub(), resolver(), private_zone("hub"), gaps=[hidden], sites=(office,))
    path = solver(estate, {}).path(Client(id="site:office", site="office"), Fqdn(PRIVATE))
    assert path.outcome == ANSWER


def test_an_unread_network_is_no_rival_of_a_declared_server() -> None:
    """Whoever declares in which network it stands says which of two is meant."""
    estate = small_estate(
        hub(),
        network("spoke", "10.1.0.0/16", "10.0.0.4"),
        virtual_hub_firewall(networks=("hub", "spoke", "ghost")),
        private_zone("hub"),
        servers=(bind(),),
        gaps=[gap("virtual-network", nid("ghost"))],
    )
    assert solve(estate, "spoke", PRIVATE).outcome == ANSWER
