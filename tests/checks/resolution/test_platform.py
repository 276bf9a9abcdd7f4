"""Names that only the platform knows: its own zone of every network, and reverse names of a network's addresses."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lab.builders import zone_id, zone_link
from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Public
from checks.resolution.platform import address_of
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.around import resolver, ruleset
from tests.checks.resolution.small import decided, hub
from tests.estates import GROUP, gap, machine, network, nid, small_estate, solve, zone

POINTER = "9.0.0.10.in-addr.arpa"
REGISTERED = "machines.example"


def registering(*records: Document) -> list[Any]:
    """A zone into which the hub registers its machines."""
    link = zone_link(zone_id(GROUP, REGISTERED), str(nid("hub")))
    link.body["properties"]["registrationEnabled"] = True
    return [*zone(REGISTERED), link, *records]


def registered(name: str, address: str, auto: bool = True) -> Document:
    own = f"{zone_id(GROUP, REGISTERED)}/A/{name}"
    properties = {"aRecords": [{"ipv4Address": address}], "isAutoRegistered": auto}
    body = {"id": own, "name": name, "type": "Microsoft.Network/privateDnsZones/A", "properties": properties}
    return Document(kind="record-set", id=ArmId(own), body=body)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (POINTER, "10.0.0.9"),
        ("b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::567:89ab"),
        ("0.0.10.in-addr.arpa", None),
        ("300.0.0.10.in-addr.arpa", None),
        ("in-addr.arpa", None),
        ("9.0.0.10.example.com", None),
        ("9.0.0.10", None),
        ("x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", None),
    ],
)
def test_a_reverse_name_stands_for_an_address(name: str, address: str | None) -> None:
    assert address_of(Fqdn(name)) == address


@pytest.mark.parametrize("suffix", ["internal.cloudapp.net", "internal.usgovcloudapp.net", "internal.chinacloudapp.cn"])
def test_the_platforms_own_zone_comes_before_private_zones_and_cannot_be_seen(suffix: str) -> None:
    estate = small_estate(hub(), zone(suffix, {"A/vm": ["10.0.0.5"]}, "hub"))
    path = solve(estate, "hub", f"vm.x.{suffix}")
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.PLATFORM_ZONE, ())


def test_a_registered_machine_has_a_pointer_in_its_own_network() -> None:
    estate = small_estate(hub(), registering(registered("vm", "10.0.0.9"), registered("web", "10.0.0.8", auto=False)))
    path = solve(estate, "hub", POINTER, "PTR")
    assert path.outcome == Addresses((f"vm.{REGISTERED}",))
    assert decided(path)[1:] == (rules.REGISTERED_POINTER, "vm")
    assert path.last.text == f"10.0.0.9 is registered as vm.{REGISTERED}"
    assert path.assumptions == ("own-addresses-reverse-in-azure",)
    assert solve(estate, "hub", POINTER, "A").outcome == NoData()
    assert solve(estate, "hub", "8.0.0.10.in-addr.arpa", "PTR").outcome == NxDomain()
    plain = [*zone(REGISTERED, {}, "hub"), registered("vm", "10.0.0.9")]
    assert solve(small_estate(hub(), plain), "hub", POINTER, "PTR").outcome == NxDomain(), (
        "linked, but registers nothing"
    )
    linked = small_estate(hub(), zone("a.example", {}, "hub"), registering(registered("vm", "10.0.0.9")))
    assert solve(linked, "hub", POINTER, "PTR").outcome == Addresses((f"vm.{REGISTERED}",))


def test_pointers_answer_in_the_network_that_registers_only() -> None:
    estate = small_estate(hub(), network("other", "10.7.0.0/16"), registering(registered("vm", "10.0.0.9")))
    assert solve(estate, "other", POINTER, "PTR").outcome == Public()


def test_a_linked_reverse_zone_answers_first() -> None:
    own = zone("10.in-addr.arpa", {"PTR/9.0.0": ["vm.corp.example"]}, "hub")
    estate = small_estate(hub(), registering(registered("vm", "10.0.0.9")), own)
    assert solve(estate, "hub", POINTER, "PTR").outcome == Addresses(("vm.corp.example",))


def test_the_pointer_of_a_machine_that_is_not_registered_has_a_name_that_nobody_shows() -> None:
    path = solve(small_estate(hub(), machine("m", "hub", "10.0.0.9")), "hub", POINTER, "PTR")
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.PLATFORM_ZONE, ())
    others = gap("network-interface", "/")
    known = solve(small_estate(hub(), machine("m", "hub", "10.0.0.9"), gaps=[others]), "hub", POINTER, "PTR")
    assert decided(known) == decided(path), "other interfaces do not matter"


def test_an_address_that_nothing_has_is_denied_unless_interfaces_are_unread() -> None:
    assert solve(small_estate(hub()), "hub", POINTER, "PTR").last.rule is rules.OWN_ADDRESS_SPACE
    path = solve(small_estate(hub(), gaps=[gap("network-interface", "/")]), "hub", POINTER, "PTR")
    assert isinstance(path.outcome, Opaque)
    assert [g.kind for g in path.outcome.gaps] == ["network-interface"]


def test_rules_come_after_a_networks_own_addresses_or_before_them() -> None:
    rule = ruleset({"10.in-addr.arpa": ["198.51.100.53"]}, "hub")
    own = [hub(), resolver(), rule, registering(registered("vm", "10.0.0.9"))]
    assert solve(small_estate(*own), "hub", POINTER, "PTR").last.rule is rules.REGISTERED_POINTER
    other = Declared(assumptions={"own-addresses-reverse-in-azure": False})
    assert solve(small_estate(*own, declared=other), "hub", POINTER, "PTR").outcome == Public()
    assert solve(small_estate(*own[:1], declared=other), "hub", POINTER, "PTR").outcome == NxDomain()
    assert solve(small_estate(*own), "hub", "9.0.7.10.in-addr.arpa", "PTR").outcome == Public()
    assert solve(small_estate(*own), "hub", "9.0.7.11.in-addr.arpa", "PTR").outcome == Public()
