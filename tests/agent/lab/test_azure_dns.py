"""Azure DNS of the lab: views, wildcards, aliases, negative answers, fallback to the internet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from agent.lab.dns import DnsWorld
from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from tests.agent.lab.small_estates import (
    API_ZONE,
    HUB,
    PRIVATE_SOA,
    a,
    ask,
    estate,
    link,
    shown,
    zone,
)


def in_view(name: str, records: Mapping[str, Mapping[str, Any]], rdtype: str = "A", **of_link: str) -> Any:
    """What the hub's Azure DNS says with one zone linked to it."""
    world = DnsWorld(estate(*zone(API_ZONE, records, link(API_ZONE, HUB, **of_link))))
    with world:
        return ask(world.vantages[0], PLATFORM_RESOLVER, name, rdtype)


def test_a_linked_zone_answers_only_the_network_that_it_is_linked_to() -> None:
    """Two networks, two views of one name; ids join without regard to case."""
    with DnsWorld(estate(*zone(API_ZONE, {"A/x": a("10.1.0.5")}, link(API_ZONE, HUB)))) as world:
        hub, spoke = world.vantages
        assert shown(ask(hub, PLATFORM_RESOLVER, f"x.{API_ZONE}")) == ("NOERROR", [f"x.{API_ZONE} A 10.1.0.5"])
        assert shown(ask(spoke, PLATFORM_RESOLVER, f"x.{API_ZONE}")) == ("NXDOMAIN", [])


@pytest.mark.parametrize(("state", "rcode"), [("Completed", "NOERROR"), ("InProgress", "NXDOMAIN")])
def test_a_link_counts_once_it_is_completed(state: str, rcode: str) -> None:
    """A link that is still being made has no effect."""
    response = in_view(f"x.{API_ZONE}", {"A/x": a("10.1.0.5")}, virtualNetworkLinkState=state)
    assert shown(response)[0] == rcode


def test_a_name_that_the_zone_lacks_is_denied_with_the_private_soa() -> None:
    """The negative TTL of a private zone is 10 seconds."""
    response = in_view(f"y.{API_ZONE}", {"A/x": a("10.1.0.5")})
    assert shown(response) == ("NXDOMAIN", [])
    (soa,) = response.authority
    assert (soa.name.to_text(), soa.ttl, soa[0].to_text()) == (f"{API_ZONE}.", 3600, PRIVATE_SOA)


@pytest.mark.parametrize("rdtype", ["AAAA", "TXT", "HTTPS"])
def test_another_type_of_an_existing_name_is_no_data(rdtype: str) -> None:
    """NOERROR, nothing in the answer, the SOA in authority."""
    response = in_view(f"x.{API_ZONE}", {"A/x": a("10.1.0.5")}, rdtype)
    assert shown(response) == ("NOERROR", [])
    assert response.authority[0][0].to_text() == PRIVATE_SOA


def test_addresses_of_both_families_and_several_in_one_set() -> None:
    """All records of the set come back, with the set's TTL."""
    records = {
        "A/x": a("10.1.0.5", "10.1.0.6", ttl=77),
        "AAAA/x": {"ttl": 10, "aaaaRecords": [{"ipv6Address": "fd00::5"}]},
    }
    response = in_view(f"x.{API_ZONE}", records)
    assert sorted(record.to_text() for record in response.answer[0]) == ["10.1.0.5", "10.1.0.6"]
    assert response.answer[0].ttl == 77
    assert shown(in_view(f"x.{API_ZONE}", records, "AAAA"))[1] == [f"x.{API_ZONE} AAAA fd00::5"]


@pytest.mark.parametrize(
    ("name", "rcode", "addresses"),
    [
        ("anything.r", "NOERROR", ["10.1.0.7"]),
        ("two.labels.r", "NOERROR", ["10.1.0.7"]),
        ("closer.r", "NOERROR", ["10.1.0.8"]),
        ("below.closer.r", "NXDOMAIN", []),  # RFC 4592 section 2.2.1: an existing name below blocks the wildcard
        ("empty.r", "NOERROR", []),  # an empty non-terminal exists
        ("other.empty.r", "NXDOMAIN", []),
        ("deep.empty.r", "NOERROR", ["10.1.0.9"]),
        ("r", "NOERROR", []),
        ("elsewhere", "NXDOMAIN", []),
    ],
)
def test_wildcards_follow_rfc_4592(name: str, rcode: str, addresses: list[str]) -> None:
    """The closest encloser decides, empty non-terminals included."""
    records = {"A/*.r": a("10.1.0.7"), "A/closer.r": a("10.1.0.8"), "A/deep.empty.r": a("10.1.0.9")}
    response = in_view(f"{name}.{API_ZONE}", records)
    assert shown(response) == (rcode, [f"{name}.{API_ZONE} A {address}" for address in addresses])


def test_a_record_set_of_a_type_that_is_not_served_still_makes_its_name_exist() -> None:
    """A TXT record of the same name turns NXDOMAIN into no data."""
    assert shown(in_view(f"x.{API_ZONE}", {"TXT/x": {"ttl": 10}})) == ("NOERROR", [])


def test_a_cname_is_followed_into_other_linked_zones_and_out_to_the_public() -> None:
    """Every target is matched against the linked zones anew."""
    inner, outer = f"x.{API_ZONE}", "alias.corp.example"
    documents = [
        *zone(API_ZONE, {"A/x": a("10.1.0.5")}, link(API_ZONE, HUB)),
        *zone(
            "corp.example",
            {
                "CNAME/alias": {"ttl": 20, "cnameRecord": {"cname": f"{inner}."}},
                "CNAME/out": {"ttl": 20, "cnameRecord": {"cname": "nowhere.example.org"}},
                "CNAME/self": {"ttl": 20, "cnameRecord": {"cname": "self.corp.example"}},
            },
            link("corp.example", HUB),
        ),
    ]
    with DnsWorld(estate(*documents)) as world:
        hub = world.vantages[0]
        chain = [f"{outer} CNAME {inner}", f"{inner} A 10.1.0.5"]
        assert shown(ask(hub, PLATFORM_RESOLVER, outer)) == ("NOERROR", chain)
        assert shown(ask(hub, PLATFORM_RESOLVER, outer, "CNAME")) == ("NOERROR", chain[:1])
        denied = shown(ask(hub, PLATFORM_RESOLVER, "out.corp.example"))
        assert denied == ("NXDOMAIN", ["out.corp.example CNAME nowhere.example.org"])
        assert shown(ask(hub, PLATFORM_RESOLVER, "self.corp.example")) == ("SERVFAIL", [])


def test_the_longest_linked_zone_has_the_last_word() -> None:
    """A child zone hides the records that its parent holds below the same name."""
    child = f"scm.{API_ZONE}"
    documents = [
        *zone(API_ZONE, {"A/app.scm": a("10.1.0.5"), "A/app": a("10.1.0.6")}, link(API_ZONE, HUB)),
        *zone(child, {}, link(child, HUB)),
    ]
    with DnsWorld(estate(*documents)) as world:
        hub = world.vantages[0]
        response = ask(hub, PLATFORM_RESOLVER, f"app.{child}")
        assert shown(response)[0] == "NXDOMAIN"
        assert response.authority[0].name.to_text() == f"{child}."
        assert shown(ask(hub, PLATFORM_RESOLVER, f"app.{API_ZONE}"))[0] == "NOERROR"


def with_fallback(zone_name: str, asked: str, rdtype: str = "A") -> dns.message.Message:
    """A healthy workspace, public DNS and all, whose linked zone is empty and redirects NXDOMAIN."""
    healthy = build("azure-dns")
    others = {id: d for id, d in healthy.documents.items() if d.kind in ("private-endpoint", "network-interface")}
    documents = zone(zone_name, {}, link(zone_name, HUB, resolutionPolicy="NxDomainRedirect"))
    with DnsWorld(estate(*others.values(), *documents)) as world:
        return ask(world.vantages[0], PLATFORM_RESOLVER, asked, rdtype)


CHURN = "5eed0002-0000-4000-8000-00000000c4a2.workspace.westeurope"


def test_fallback_turns_a_missing_record_into_the_public_answer() -> None:
    """The chain stays: public name, private link name, public address."""
    rcode, answers = shown(with_fallback(API_ZONE, f"{CHURN}.api.azureml.ms"))
    assert rcode == "NOERROR"
    assert answers[0] == f"{CHURN}.api.azureml.ms CNAME {CHURN}.{API_ZONE}"
    assert answers[1].startswith(f"{CHURN}.{API_ZONE} A 203.0.113.")


def test_fallback_applies_to_addresses_and_aliases_only() -> None:
    """TXT stays NXDOMAIN with the private SOA; AAAA gets the public word."""
    text = with_fallback(API_ZONE, f"{CHURN}.{API_ZONE}", "TXT")
    assert shown(text)[0] == "NXDOMAIN"
    assert text.authority[0][0].to_text() == PRIVATE_SOA
    rcode, (record,) = shown(with_fallback(API_ZONE, f"{CHURN}.{API_ZONE}", "AAAA"))
    assert (rcode, " AAAA 2001:db8::" in record) == ("NOERROR", True)


def test_fallback_has_no_effect_on_a_zone_without_the_privatelink_label() -> None:
    """Azure refuses the policy there, so it cannot work."""
    response = with_fallback("api.azureml.ms", f"{CHURN}.api.azureml.ms")
    assert shown(response)[0] == "NXDOMAIN"
    assert response.authority[0][0].to_text() == PRIVATE_SOA


def test_fallback_leaves_no_data_alone() -> None:
    """The name exists, so nothing is redirected."""
    response = in_view(f"x.{API_ZONE}", {"A/x": a("10.1.0.5")}, "AAAA", resolutionPolicy="NxDomainRedirect")
    assert shown(response) == ("NOERROR", [])
    assert response.authority[0][0].to_text() == PRIVATE_SOA
