"""The custom DNS servers of the lab, held against what real servers were measured to answer."""

from __future__ import annotations

from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from agent.lab.conduct import misbehaving
from agent.lab.dns import DnsWorld
from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer, HeldZone
from collectors.graph.ids import Fqdn
from tests.agent.lab.small_estates import (
    API,
    API_ZONE,
    PRIVATE_API,
    PRIVATE_SOA,
    PUBLIC,
    ask,
    bind,
    estate,
    hub_spoke_with,
    shown,
)

EVERYTHING_PUBLIC = {"": (PUBLIC,)}
TO_AZURE = (PLATFORM_RESOLVER,)


@pytest.mark.parametrize(
    ("kind", "forwards", "private"),
    [
        ("bind", {}, False),
        ("bind", {API_ZONE: TO_AZURE}, True),
        ("bind", {"api.azureml.ms": TO_AZURE}, True),
        ("bind", EVERYTHING_PUBLIC, False),
        ("bind", EVERYTHING_PUBLIC | {API_ZONE: TO_AZURE}, True),
        ("bind", EVERYTHING_PUBLIC | {"api.azureml.ms": TO_AZURE}, True),
        ("bind", {"api.azureml.ms": TO_AZURE, API_ZONE: (PUBLIC,)}, False),
        ("bind", {"": TO_AZURE}, True),
        ("bind", None, False),
        ("unknown", EVERYTHING_PUBLIC | {API_ZONE: TO_AZURE}, True),
        ("dnsmasq", EVERYTHING_PUBLIC | {API_ZONE: TO_AZURE}, False),
        ("dnsmasq", EVERYTHING_PUBLIC | {"api.azureml.ms": TO_AZURE}, True),
        ("knot-resolver", {API_ZONE: TO_AZURE}, False),
        ("knot-resolver", EVERYTHING_PUBLIC | {API_ZONE: TO_AZURE}, False),
        ("knot-resolver", {"": TO_AZURE}, True),
    ],
)
def test_a_custom_server_answers_as_its_kind_was_measured_to(
    kind: str, forwards: Mapping[str, tuple[str, ...]] | None, private: bool
) -> None:
    """Forwarders are applied again to a CNAME's target, but not by every kind of server."""
    with DnsWorld(hub_spoke_with(bind(forwards, kind=kind, network="vnet-hub"))) as world:
        rcode, answers = shown(ask(world.vantages[1], "10.0.0.4", API))
    assert rcode == "NOERROR"
    assert answers[0] == f"{API} CNAME {PRIVATE_API}"
    assert (answers[-1] == f"{PRIVATE_API} A 10.1.0.5") is private


def test_a_server_sees_azure_dns_as_the_network_that_it_stands_in() -> None:
    """The zones are linked to the hub: a server in a spoke gets the public answer, wherever its client is."""
    in_spoke = hub_spoke_with(bind({"": TO_AZURE}, network="vnet-spoke-1"))
    hub_id = next(d.id.text for d in in_spoke.documents.values() if d.id.name == "vnet-hub")
    with DnsWorld(in_spoke) as world:
        assert " A 203.0.113." in shown(ask(world.vantages[1], "10.0.0.4", API))[1][-1]
    with DnsWorld(hub_spoke_with(bind({"": TO_AZURE}, network=hub_id.upper()))) as world:
        assert shown(ask(world.vantages[1], "10.0.0.4", API))[1][-1].endswith(" A 10.1.0.5")


def test_the_answer_for_a_missing_record_keeps_the_cname_through_a_forwarder() -> None:
    """NXDOMAIN with the CNAME in the answer and the private SOA."""
    with DnsWorld(build("hub-spoke", ["record-missing"])) as world:
        response = ask(world.vantages[1], "10.0.0.4", API.replace(".api.", ".cert.api."))
    rcode, answers = shown(response)
    assert rcode == "NXDOMAIN"
    assert len(answers) == 1
    assert " CNAME " in answers[0]
    assert response.authority[0][0].to_text() == PRIVATE_SOA


@pytest.mark.parametrize(
    ("server", "rcode"),
    [
        (bind({"": ("10.9.9.9",)}), "SERVFAIL"),  # nobody is there
        (bind({"": ("10.9.9.9", "168.63.129.16")}), "NXDOMAIN"),  # the next one answers
        (bind({"": ("10.9.9.9",)}, forward_mode="first"), "NXDOMAIN"),  # falls back to the internet
        (bind({"": ("10.0.0.4",)}), "SERVFAIL"),  # to itself
        (bind({"": TO_AZURE}, network=""), "SERVFAIL"),  # Azure DNS answers only inside a network
        (bind({"": TO_AZURE}, network="", site="office"), "SERVFAIL"),
        (bind({"": ("198.51.100.53:53",)}), "NXDOMAIN"),  # a forwarder with a port
    ],
)
def test_what_a_forwarder_leads_to_decides(server: DeclaredServer, rcode: str) -> None:
    """Dead targets, loops and unreachable views end in SERVFAIL, at once."""
    with DnsWorld(estate(servers=(server,))) as world:
        assert shown(ask(world.vantages[1], "10.0.0.4", "nowhere.example.org")) == (rcode, [])


def test_two_servers_that_forward_to_each_other_end_in_servfail() -> None:
    """A loop is bounded, also with several targets each."""
    one = bind({"": ("10.0.0.5", "10.0.0.6")})
    two = bind({"": ("10.0.0.4", "10.0.0.6")}, address="10.0.0.5")
    three = bind({"": ("10.0.0.4", "10.0.0.5")}, address="10.0.0.6")
    with DnsWorld(estate(servers=(one, two, three))) as world:
        assert shown(ask(world.vantages[1], "10.0.0.4", "www.example.org")) == ("SERVFAIL", [])


def test_local_records_answer_before_any_forwarder() -> None:
    """The listed name has just these records; the names beside it go their usual way."""
    server = bind({"": (PUBLIC,)}, records={Fqdn("x.corp.example"): ("10.5.5.5", "fd00::5")})
    with DnsWorld(estate(servers=(server,))) as world:
        spoke = world.vantages[1]
        response = ask(spoke, "10.0.0.4", "x.corp.example")
        assert shown(response) == ("NOERROR", ["x.corp.example A 10.5.5.5"])
        assert response.flags & dns.flags.AA
        assert shown(ask(spoke, "10.0.0.4", "x.corp.example", "AAAA"))[1] == ["x.corp.example AAAA fd00::5"]
        assert shown(ask(spoke, "10.0.0.4", "x.corp.example", "TXT")) == ("NOERROR", [])
        assert shown(ask(spoke, "10.0.0.4", "y.corp.example")) == ("NXDOMAIN", [])


def test_a_validating_server_fails_for_private_addresses_unless_checking_is_disabled() -> None:
    """Measured: the CD bit turns SERVFAIL into the answer."""
    server = bind(EVERYTHING_PUBLIC | {"api.azureml.ms": TO_AZURE}, network="vnet-hub", rejects_unsigned=True)
    with DnsWorld(hub_spoke_with(server)) as world:
        vantage = world.vantages[1]
        assert shown(ask(vantage, "10.0.0.4", API)) == ("SERVFAIL", [])
        unchecked = shown(ask(vantage, "10.0.0.4", API, checking_disabled=True))
        assert unchecked == ("NOERROR", [f"{API} CNAME {PRIVATE_API}", f"{PRIVATE_API} A 10.1.0.5"])
        assert shown(ask(vantage, "10.0.0.4", "westeurope.api.azureml.ms"))[0] == "NOERROR"  # public, hence signed


@pytest.mark.parametrize(
    ("kind", "rcode", "left"),
    [("bind", "SERVFAIL", []), ("unbound", "NOERROR", [f"{API} CNAME {PRIVATE_API}"]), ("dnsmasq", "NOERROR", [])],
)
def test_rebinding_protection_takes_private_addresses_out(kind: str, rcode: str, left: list[str]) -> None:
    forwards = EVERYTHING_PUBLIC | {"api.azureml.ms": TO_AZURE}
    server = bind(forwards, network="vnet-hub", kind=kind, rebinding_protection=True)
    with DnsWorld(hub_spoke_with(server)) as world:
        assert shown(ask(world.vantages[1], "10.0.0.4", API)) == (rcode, left)


def test_a_zone_of_the_servers_own_answers_before_anybody_is_asked() -> None:
    """What it does not hold it denies with its own SOA record, the private-link form of its names too."""
    suffix = Fqdn("api.azureml.ms")
    zone = HeldZone(name=suffix, serial=7, records={Fqdn(API): ("10.9.9.9",), Fqdn(f"*.x.{suffix}"): ("10.9.9.8",)})
    with DnsWorld(hub_spoke_with(bind({"": TO_AZURE}, network="vnet-hub", zones=(zone,)))) as world:
        vantage = world.vantages[1]
        assert shown(ask(vantage, "10.0.0.4", API)) == ("NOERROR", [f"{API} A 10.9.9.9"])
        assert shown(ask(vantage, "10.0.0.4", f"any.x.{suffix}"))[1] == [f"any.x.{suffix} A 10.9.9.8"]
        denied = ask(vantage, "10.0.0.4", PRIVATE_API)
    assert shown(denied) == ("NXDOMAIN", [])
    assert denied.authority[0].name.to_text(omit_final_dot=True) == suffix
    assert " 7 " in str(denied.authority[0][0])


def test_a_server_whose_access_list_lacks_the_client_refuses() -> None:
    server = misbehaving(bind({"": TO_AZURE}, network="vnet-hub"), refuses=True)
    with DnsWorld(hub_spoke_with(server)) as world:
        assert shown(ask(world.vantages[1], "10.0.0.4", API)) == ("REFUSED", [])
