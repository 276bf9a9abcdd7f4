"""The estate: relations, addresses that are not unique, changes, and what may be unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lab.builders import endpoint_interface, network_id, private_endpoint, workspace_id, zone_group
from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared, Site
from collectors.graph.documents import Change, Document, Reason, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateEndpoint, PrivateZone, RecordSet, VirtualNetwork, Workspace
from tests.estates import (
    API_ZONE,
    GROUP,
    OTHER_GROUP,
    SUBSCRIPTION,
    estate_of,
    gap,
    lab,
    link,
    machine,
    network,
    nid,
    server,
    small_estate,
    trimmed,
    zid,
    zone,
)

ZONE = "privatelink.example.com"
DOCUMENTS = tuple(trimmed(d) for d in build("hub-spoke").documents.values())


# Nodes and relations


def test_a_node_is_found_by_id_in_any_case_and_only_as_its_own_type() -> None:
    estate = small_estate(network("hub"))
    upper = ArmId(nid("hub").text.upper())
    assert estate.get(VirtualNetwork, upper) is not None
    assert estate.get(Workspace, upper) is None
    assert estate.get(Workspace, None) is None
    assert estate.spelt(upper).text == nid("hub").text
    assert estate.spelt(ArmId("/UNREAD/thing")).text == "/UNREAD/thing"


def test_nodes_of_a_type_are_sorted_by_id() -> None:
    estate = small_estate(network("b"), network("A"), network("c"))
    assert [n.id.name for n in estate.networks] == ["A", "b", "c"]


def test_a_network_is_found_by_name_and_by_id_without_case() -> None:
    estate = small_estate(network("Hub"))
    assert estate.find_networks(" hub ") == estate.networks
    assert estate.find_networks(str(nid("hub")).upper() + "/") == estate.networks
    assert estate.find_networks("") == estate.find_networks("spoke") == ()


def test_namesakes_are_all_found() -> None:
    assert len(small_estate(network("hub"), network("hub", group=OTHER_GROUP)).find_networks("hub")) == 2


@pytest.mark.parametrize("side", ["endpoint", "interface"])
def test_an_endpoint_has_its_interface_when_only_one_side_tells(side: str) -> None:
    subnet = f"{nid('hub')}/subnets/default"
    endpoint = private_endpoint(GROUP, "pe", subnet, workspace_id(GROUP, "ws"))
    nic = endpoint_interface(GROUP, "pe", subnet, [])
    silent = endpoint if side == "interface" else nic
    silent.body["properties"].pop("networkInterfaces" if side == "interface" else "privateEndpoint")
    estate = small_estate(endpoint, nic)
    assert estate.workspaces == ()
    assert [n.id for n in estate.interfaces_of(estate.endpoints[0])] == [nic.id]


def test_the_zone_groups_of_an_endpoint_are_those_below_it() -> None:
    endpoint = private_endpoint(GROUP, "pe", f"{nid('hub')}/subnets/default", workspace_id(GROUP, "ws"))
    estate = small_estate(endpoint, zone_group(str(endpoint.id), []))
    assert len(estate.zone_groups_of(endpoint.id)) == 1
    assert estate.zone_groups_of(ArmId("/other")) == ()


def test_linked_zones_are_those_of_one_network() -> None:
    estate = small_estate(network("hub"), network("spoke"), zone(ZONE, {}, "hub"), zone("other.com", {}, "spoke"))
    assert list(estate.linked_zones(nid("hub"))) == [ZONE]
    assert estate.linked_zones(nid("hub")) is estate.linked_zones(nid("hub"))
    assert estate.linked_zones(nid("nowhere")) == {}


def test_a_link_whose_zone_was_not_read_links_nothing() -> None:
    assert small_estate(network("hub"), link(str(zid(ZONE)), "hub")).linked_zones(nid("hub")) == {}


def test_copies_of_a_zone_are_kept_apart() -> None:
    estate = small_estate(zone(ZONE), zone(ZONE, group=OTHER_GROUP))
    assert [z.id for z in estate.zones_by_name[Fqdn(ZONE)]] == [zid(ZONE, OTHER_GROUP), zid(ZONE)]


def test_record_sets_are_found_by_relative_name_without_case() -> None:
    estate = small_estate(zone(ZONE, {"A/www": ["10.0.0.1"], "AAAA/www": ["fd00::1"]}))
    found = estate.record(zid(ZONE), "WWW", "aaaa")
    assert found is not None
    assert found.addresses == ("fd00::1",)
    assert estate.fqdn_of(found) == f"www.{ZONE}"
    assert estate.record(zid(ZONE), "www", "TXT") is None
    assert estate.record(zid("no.zone"), "www") is None


def test_the_full_name_of_a_record_of_an_unread_zone_comes_from_its_id() -> None:
    estate = small_estate(zone(ZONE, {"A/www": ["10.0.0.1"], "A/@": ["10.0.0.2"]})[1:])
    assert sorted(map(estate.fqdn_of, estate.of_type(RecordSet))) == [ZONE, f"www.{ZONE}"]


def test_empty_non_terminals_exist_without_records() -> None:
    contents = small_estate(zone(ZONE, {"A/*.a.b": ["10.0.0.1"]})).records_of(zid(ZONE))
    assert {name: len(sets) for name, sets in contents.items()} == {"@": 0, "b": 0, "a.b": 0, "*.a.b": 1}


# Addresses


def test_peerings_connect_networks_in_both_directions_and_through_others() -> None:
    one_way = {"hub": "10.0.0.0/16"}
    estate = small_estate(
        network("hub"), network("a", "10.1.0.0/16", peers=one_way), network("b", "10.2.0.0/16", peers=one_way)
    )
    assert estate.component(nid("a")) == {nid("a"), nid("b"), nid("hub")}
    assert estate.component(nid("unread")) == {nid("unread")}


def test_a_network_that_was_not_read_still_connects_its_peers() -> None:
    through = {"unread": "10.9.0.0/16"}
    estate = small_estate(network("a", "10.1.0.0/16", peers=through), network("b", "10.2.0.0/16", peers=through))
    assert nid("b") in estate.component(nid("a"))


def test_a_peering_that_is_not_connected_connects_nothing() -> None:
    peered = network("a", "10.1.0.0/16", peers={"hub": "10.0.0.0/16"})
    peered.body["properties"]["virtualNetworkPeerings"][0]["properties"]["peeringState"] = "Disconnected"
    estate = small_estate(peered, network("hub"))
    assert estate.component(nid("a")) == {nid("a")}
    assert estate.apart(nid("a"), nid("hub"))


def test_networks_are_apart_only_if_one_side_was_read_wholly() -> None:
    peered = network("a", "10.1.0.0/16", peers={"unread": "10.9.0.0/16"})
    assert not small_estate(peered).apart(nid("a"), nid("b"))
    assert small_estate(peered, network("b", "10.2.0.0/16")).apart(nid("a"), nid("b"))
    assert not small_estate(peered, network("unread")).apart(nid("a"), nid("unread"))


def test_an_address_belongs_to_the_asking_network_first() -> None:
    estate = small_estate(network("a"), network("b"))
    assert estate.holders("10.0.0.4") == (nid("a"), nid("b"))
    assert estate.locate("10.0.0.4", nid("b")) == nid("b")


def test_an_address_belongs_to_the_connected_network_before_a_stranger() -> None:
    spoke = network("spoke", "10.1.0.0/16", peers={"hub": "10.0.0.0/16"})
    estate = small_estate(network("stranger"), network("hub"), spoke)
    assert estate.locate("10.0.0.4", nid("spoke")) == nid("hub")


def test_an_address_of_two_strangers_is_ambiguous() -> None:
    estate = small_estate(network("a"), network("b"), network("c", "10.1.0.0/16"))
    assert estate.locate("10.0.0.4", nid("c")) is None
    assert estate.locate("10.0.0.4", None) is None


def test_an_address_of_a_single_stranger_is_found_and_nobodys_is_not() -> None:
    estate = small_estate(network("a"), network("c", "10.1.0.0/16"))
    assert estate.locate("10.0.0.4", None) == estate.locate("10.0.0.4", nid("c")) == nid("a")
    assert estate.locate("192.0.2.1", nid("a")) is None
    assert estate.locate("fd00::1", nid("a")) is None


def test_the_interface_at_an_address_is_the_one_in_that_network() -> None:
    estate = small_estate(network("a"), network("b"), machine("m1", "a", "10.0.0.4"), machine("m2", "b", "10.0.0.4"))
    found = estate.interface_at("10.0.0.4", nid("b"))
    assert found is not None
    assert found.id.name == "m2"
    assert estate.interface_at("10.0.0.5", nid("b")) is None


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "127.0.0.1",
        "fd00::1",
        "fe80::1",
        "::1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "ff02::1",
    ],
)
def test_addresses_that_nobody_can_have_on_the_internet_are_never_public(address: str) -> None:
    assert not small_estate().is_public(address)


def test_other_addresses_are_public_unless_a_network_or_a_site_holds_them() -> None:
    site = Site(name="office", address_space=("203.0.113.0/24", "2001:db8::/32"))
    estate = small_estate(network("odd", "198.51.100.0/24"), sites=(site,))
    assert estate.is_public("192.0.2.1")
    assert estate.is_public("2603::1")
    assert not estate.is_public("198.51.100.7")
    assert not estate.is_public("203.0.113.7")
    assert not estate.is_public("2001:db8::7")


# What was declared


def test_declared_sites_and_servers_are_found() -> None:
    site = Site(name="office")
    there, here = server("10.0.0.4", {}, site="office"), server("10.0.0.4", {}, network="hub")
    estate = small_estate(servers=(there, here), sites=(site,))
    assert estate.site("office") is site
    assert estate.site("lab") is None
    assert estate.declared_servers("10.0.0.4") == (there, here)
    assert estate.declared_servers("10.0.0.5") == ()


# What may be unseen


@pytest.mark.parametrize("kind", ["subscription", "private-dns-zone", "zone-link"])
@pytest.mark.parametrize("scope", ["/", f"/subscriptions/{SUBSCRIPTION}"])
def test_a_gap_without_a_zone_may_hide_any_zone(kind: str, scope: str) -> None:
    estate = small_estate(gaps=[gap(kind, scope)])
    assert estate.zones_unseen(Fqdn("x.example.com")) == (gap(kind, scope),)
    assert estate.nearer_zones_unseen(Fqdn("x.example.com"), Fqdn("")) == ()


def test_a_gap_about_a_zone_may_hide_that_zone_only() -> None:
    hidden = gap("zone-link", zid(ZONE))
    estate = small_estate(gaps=[hidden])
    assert estate.zones_unseen(Fqdn(f"x.{ZONE}")) == (hidden,)
    assert estate.zones_unseen(Fqdn("x.privatelink.other.com")) == ()


def test_a_gap_about_a_longer_zone_is_nearer() -> None:
    hidden = gap("private-dns-zone", zid(f"a.{ZONE}"))
    estate = small_estate(gaps=[hidden])
    assert estate.nearer_zones_unseen(Fqdn(f"x.a.{ZONE}"), Fqdn(ZONE)) == (hidden,)
    assert estate.nearer_zones_unseen(Fqdn(f"x.a.{ZONE}"), Fqdn(f"a.{ZONE}")) == ()
    assert estate.nearer_zones_unseen(Fqdn(f"x.b.{ZONE}"), Fqdn(ZONE)) == ()


@pytest.mark.parametrize("scope", ["/", f"/subscriptions/{SUBSCRIPTION}", zid(ZONE).text.upper(), f"{zid(ZONE)}/ALL"])
def test_an_unread_listing_may_hide_any_record(scope: str) -> None:
    estate = small_estate(zone(ZONE), gaps=[gap("record-set", scope)])
    assert len(estate.records_unseen(zid(ZONE), "www")) == 1
    assert len(estate.records_unseen(zid(ZONE))) == 1


def test_a_scope_that_only_begins_alike_hides_nothing() -> None:
    estate = small_estate(
        zone(ZONE), gaps=[gap("record-set", zid(ZONE).text[:-1]), gap("record-set", f"{zid(ZONE)}x/A/www")]
    )
    assert estate.records_unseen(zid(ZONE)) == ()


@pytest.mark.parametrize(
    ("hidden", "name", "bears"),
    [
        ("www", "www", True),
        ("www", "other", False),
        ("a.b", "b", True),  # it would make the name exist
        ("b", "a.b", False),
        ("*", "a.b", True),
        ("*.b", "a.b", True),
        ("*.b", "a.c", False),
        ("*x", "a.x", False),
    ],
)
def test_one_unread_record_set_bears_on_the_names_it_could_decide(hidden: str, name: str, bears: bool) -> None:
    found = gap("record-set", f"{zid(ZONE)}/A/{hidden}", Reason.MALFORMED)
    estate = small_estate(zone(ZONE), gaps=[found])
    assert estate.records_unseen(zid(ZONE), name) == ((found,) if bears else ())
    assert estate.records_unseen(zid(ZONE)) == (found,)


def test_a_gap_explains_an_unread_resource_below_its_scope() -> None:
    mine = gap("virtual-network", f"/subscriptions/{SUBSCRIPTION}")
    everything = gap("subscription", "/")
    others = [gap("virtual-network", f"/subscriptions/{SUBSCRIPTION}0"), gap("workspace", "/")]
    estate = small_estate(gaps=[mine, everything, *others])
    assert set(estate.unread("virtual-network", nid("hub"))) == {mine, everything}


def test_gaps_are_kept_once_and_sorted() -> None:
    one, two = gap("zone-link", "/b"), gap("zone-link", "/a")
    assert small_estate(gaps=[one, two, one]).gaps == (two, one)
    assert small_estate().with_gaps([one, one]).gaps == (one,)


# Documents and changes


def test_a_kind_that_this_version_does_not_know_is_kept_and_ignored() -> None:
    strange = Document(kind="load-balancer", id=ArmId("/subscriptions/x/y"), body={})
    estate = Estate.from_documents([strange], [], Declared(), parse_document)
    assert estate.documents[strange.id] is strange
    assert not estate.nodes
    assert not estate.with_changes(Change(id=strange.id, before=strange, after=strange)).nodes


def test_what_is_not_understood_becomes_a_gap_and_stops_being_one_when_it_goes() -> None:
    good = trimmed(network("hub"))
    bad = replace(good, body={"properties": {"addressSpace": {"addressPrefixes": ["nonsense"]}}})
    estate = Estate.from_documents([bad], [], Declared(), parse_document)
    assert [g.reason for g in estate.gaps] == [Reason.MALFORMED]
    assert estate.gaps[0].scope == str(good.id)
    repaired = estate.with_changes(Change(id=good.id, before=bad, after=good))
    assert repaired.gaps == ()
    assert repaired.networks
    assert estate.with_changes(Change(id=good.id, before=bad, after=None)).gaps == ()
    assert repaired.with_changes(Change(id=good.id, before=good, after=bad)).gaps == estate.gaps


def test_changes_leave_the_estate_that_they_start_from_alone() -> None:
    estate = lab("hub-spoke")
    before = (estate.documents, estate.nodes, estate.gaps, estate.declared)
    gone = estate.of_type(PrivateZone)[0]
    changed = estate.with_changes(Change(id=gone.id, before=estate.documents[gone.id], after=None))
    assert gone.id not in changed.nodes
    assert (estate.documents, estate.nodes, estate.gaps, estate.declared) == before


def test_declared_servers_change_too() -> None:
    old, new = server("10.0.0.4", {}), server("10.0.0.4", None)
    estate = small_estate(servers=(old,))
    change = ServerChange(id="server:10.0.0.4@", before=old, after=new)
    assert estate.with_changes(change).declared.servers == (new,)
    assert estate.with_changes(replace(change, after=None)).declared.servers == ()
    other = server("10.0.0.5", {})
    assert estate.with_changes(ServerChange(id="x", before=None, after=other)).declared.servers == (old, other)


def test_undoing_a_change_gives_the_first_estate_again() -> None:
    estate = lab("hub-spoke")
    for document in estate.documents.values():
        gone = Change(id=document.id, before=document, after=None)
        back = Change(id=document.id, before=None, after=document)
        assert same(estate.with_changes(gone).with_changes(back), estate)


def same(one: Estate, other: Estate) -> bool:
    facts: list[tuple[Any, ...]] = [(e.documents, e.nodes, e.gaps, e.declared) for e in (one, other)]
    return facts[0] == facts[1]


EDITS = st.dictionaries(
    st.integers(0, len(DOCUMENTS) - 1),
    st.sampled_from(["delete", "break", "empty", "keep"]),
    max_size=8,
)


def edited(document: Document, how: str) -> Document | None:
    bodies: dict[str, dict[str, Any]] = {"break": {"properties": [1]}, "empty": {}, "keep": dict(document.body)}
    return None if how == "delete" else replace(document, body=bodies[how])


@settings(max_examples=60, deadline=None)
@given(EDITS, EDITS)
def test_changes_amount_to_building_anew_from_the_changed_documents(
    first: dict[int, str], second: dict[int, str]
) -> None:
    documents = {document.id: document for document in DOCUMENTS}
    estate = Estate.from_documents(DOCUMENTS, [], Declared(), parse_document)
    for edits in (first, second):
        changes = []
        for index, how in edits.items():
            id = DOCUMENTS[index].id
            before, after = documents.get(id), edited(DOCUMENTS[index], how)
            changes.append(Change(id=id, before=before, after=after))
            documents.pop(id, None)
            if after:
                documents[id] = after
        estate = estate.with_changes(*changes)
    assert same(estate, Estate.from_documents(documents.values(), [], Declared(), parse_document))


@settings(max_examples=25, deadline=None)
@given(st.permutations(DOCUMENTS))
def test_the_order_of_documents_means_nothing(documents: list[Document]) -> None:
    estate = Estate.from_documents(documents, [], Declared(), parse_document)
    usual = Estate.from_documents(DOCUMENTS, [], Declared(), parse_document)
    assert same(estate, usual)
    assert estate.networks == usual.networks
    zone = next(z for z in usual.of_type(PrivateZone) if z.name == API_ZONE)
    assert estate.records_of(zone.id) == usual.records_of(zone.id)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_a_healthy_lab_is_read_wholly(scenario: str) -> None:
    estate = estate_of(build(scenario))
    assert estate.gaps == ()
    assert len(estate.nodes) == len(estate.documents)
    endpoint = estate.of_type(PrivateEndpoint)[0]
    assert endpoint.approved
    assert estate.get(VirtualNetwork, endpoint.network) is not None


def test_an_endpoint_without_connections_is_not_approved() -> None:
    endpoint = private_endpoint(GROUP, "pe", "", network_id(GROUP, "x"))
    endpoint.body["properties"].update(privateLinkServiceConnections=[], subnet=None)
    found = small_estate(endpoint).endpoints[0]
    assert not found.approved
    assert found.network is None
