"""The lab's DNS on the wire: public DNS, vantages, hostile clients, and that it cleans up after itself."""

from __future__ import annotations

import contextlib
import gc
import socket
import struct
import threading
import time

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
from collectors.graph.ids import Fqdn
from tests.agent.lab.small_estates import (
    API,
    API_ZONE,
    GUID,
    HUB,
    PRIVATE_API,
    PUBLIC,
    a,
    ask,
    bind,
    estate,
    link,
    network,
    shown,
    zone,
)


def test_public_dns_points_the_names_of_an_approved_endpoint_to_the_private_link_name() -> None:
    """Everybody sees the CNAME, and a public address behind it."""
    with DnsWorld(build("hub-spoke")) as world:
        response = ask(world.vantages[0], PUBLIC, API)
        rcode, answers = shown(response)
    assert rcode == "NOERROR"
    assert answers[0] == f"{API} CNAME {PRIVATE_API}"
    assert answers[1].startswith(f"{PRIVATE_API} A 203.0.113.")
    assert [rrset.ttl for rrset in response.answer] == [60, 60]
    assert response.flags & dns.flags.RA
    assert not response.flags & dns.flags.AA


def test_public_dns_covers_every_online_endpoint_below_the_inference_wildcard() -> None:
    """The CNAME keeps the labels that the wildcard stands for."""
    with DnsWorld(build("hub-spoke")) as world:
        _, answers = shown(ask(world.vantages[0], PUBLIC, f"fraud.{GUID}.inference.westeurope.api.azureml.ms"))
    assert answers[0].endswith(f" CNAME fraud.{GUID}.inference.westeurope.privatelink.api.azureml.ms")
    assert " A 203.0.113." in answers[1]


def test_public_dns_answers_directly_while_the_connection_is_pending() -> None:
    """Without an approved endpoint there is no CNAME, and the private link name does not exist."""
    with DnsWorld(build("hub-spoke", ["connection-pending"])) as world:
        rcode, answers = shown(ask(world.vantages[0], PUBLIC, API))
        assert shown(ask(world.vantages[0], PUBLIC, PRIVATE_API)) == ("NXDOMAIN", [])
    assert rcode == "NOERROR"
    assert len(answers) == 1
    assert answers[0].startswith(f"{API} A 203.0.113.")


@pytest.mark.parametrize("server", [PUBLIC, "10.0.0.4", PLATFORM_RESOLVER])
def test_an_unknown_name_does_not_exist_for_anybody(server: str) -> None:
    """NXDOMAIN with the SOA of a public zone."""
    with DnsWorld(build("hub-spoke")) as world:
        spoke = world.vantages[1]
        response = ask(spoke, server, "no-such-host.example.org")
        assert shown(ask(spoke, server, "westeurope.api.azureml.ms"))[1][0].split()[1:2] == ["A"]
    assert shown(response) == ("NXDOMAIN", [])
    assert response.authority[0].rdtype == dns.rdatatype.SOA


def test_public_addresses_are_the_same_in_every_run() -> None:
    """Reports of two runs can be compared."""

    def public_address() -> list[str]:
        with DnsWorld(build("hub-spoke")) as world:
            return shown(ask(world.vantages[0], PUBLIC, API))[1]

    assert public_address() == public_address()


def test_there_is_one_vantage_for_each_network() -> None:
    """Sorted by name, with the network's id as its view and its servers in reach."""
    with DnsWorld(build("hub-spoke")) as world:
        hub, spoke, _ = world.vantages
        assert [vantage.name for vantage in world.vantages] == [
            "lab/vnet-hub",
            "lab/vnet-spoke-1",
            "lab/vnet-spoke-2",
        ]
        assert hub.reaches == (PLATFORM_RESOLVER,)
        assert spoke.reaches == ("10.0.0.4", PLATFORM_RESOLVER)
        assert spoke.view.endswith("/virtualNetworks/vnet-spoke-1")
        assert set(spoke.address_map) == {"10.0.0.4", PLATFORM_RESOLVER, PUBLIC}
        assert all(address.startswith("127.0.0.1:") for address in spoke.address_map.values())
        assert world.public_resolvers == (PUBLIC,)
    with pytest.raises(RuntimeError, match="with statement"):
        _ = world.vantages


def test_two_networks_of_one_name_have_two_vantages() -> None:
    """The resource group tells them apart."""
    with DnsWorld(estate(network(HUB.replace("/rg/", "/other/")))) as world:
        names = [vantage.name for vantage in world.vantages]
    assert names == ["lab/other/hub", "lab/rg/hub", "lab/spoke"]


def test_an_address_where_nobody_answers_stays_on_loopback_and_silent() -> None:
    """The spoke's list names 10.0.0.4, where no server runs: a timeout, and no packet leaves the machine."""
    with DnsWorld(estate()) as world:
        host, port = world.vantages[1].address_map["10.0.0.4"].split(":")
        assert host == "127.0.0.1"
        with pytest.raises(dns.exception.Timeout):
            dns.query.udp(dns.message.make_query("x.example", "A"), host, port=int(port), timeout=0.1)


def test_one_address_in_two_networks_is_the_server_of_the_own_network() -> None:
    """Addresses are not unique: each network reaches its own 10.0.0.4."""
    in_hub = bind({}, records={Fqdn("who.example"): ("10.0.0.1",)})
    in_spoke = bind({}, records={Fqdn("who.example"): ("10.0.0.2",)}, network="spoke")
    with DnsWorld(estate(servers=(in_hub, in_spoke))) as world:
        hub, spoke = world.vantages
        assert shown(ask(hub, "10.0.0.4", "who.example"))[1] == ["who.example A 10.0.0.1"]
        assert shown(ask(spoke, "10.0.0.4", "who.example"))[1] == ["who.example A 10.0.0.2"]


def test_tcp_gives_the_same_answer_as_udp() -> None:
    """Each responder listens on both."""
    with DnsWorld(build("hub-spoke")) as world:
        spoke = world.vantages[1]
        for server in ("10.0.0.4", PLATFORM_RESOLVER, PUBLIC):
            assert shown(ask(spoke, server, API, tcp=True)) == shown(ask(spoke, server, API))


def test_an_answer_too_large_for_udp_is_cut_and_whole_over_tcp() -> None:
    """The TC bit sends the client to TCP; the limit is the client's own."""
    many = [f"10.{n // 250}.{n % 250}.1" for n in range(300)]
    with DnsWorld(estate(*zone(API_ZONE, {"A/x": a(*many)}, link(API_ZONE, HUB)))) as world:
        hub = world.vantages[0]
        response = ask(hub, PLATFORM_RESOLVER, f"x.{API_ZONE}")
        assert response.flags & dns.flags.TC
        assert not response.answer
        assert len(ask(hub, PLATFORM_RESOLVER, f"x.{API_ZONE}", tcp=True).answer[0]) == 300


def test_several_questions_on_one_connection_in_small_pieces() -> None:
    """A TCP stream has no message borders."""
    query = dns.message.make_query(API, "A").to_wire()
    stream = 2 * (struct.pack("!H", len(query)) + query)
    with DnsWorld(build("hub-spoke")) as world:
        host, port = world.vantages[1].address_map["10.0.0.4"].split(":")
        with socket.create_connection((host, int(port)), timeout=3) as connection:
            for start in range(0, len(stream), 7):
                connection.sendall(stream[start : start + 7])
            with connection.makefile("rb") as received:
                for _ in range(2):
                    (length,) = struct.unpack("!H", received.read(2))
                    assert dns.message.from_wire(received.read(length)).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("spelling", [API.upper(), API + "."])
def test_a_name_is_the_same_in_any_case(spelling: str) -> None:
    """And the answer spells it as it was asked."""
    with DnsWorld(build("hub-spoke")) as world:
        response = ask(world.vantages[1], "10.0.0.4", spelling)
    assert response.answer[0].name.to_text(omit_final_dot=True) == spelling.rstrip(".")
    assert response.answer[-1][0].to_text() == "10.1.0.5"


def test_hostile_messages_get_a_refusal_or_silence_and_the_lab_goes_on() -> None:
    """Nothing that a client sends stops the thread."""
    update = dns.message.make_query("x.example", "A")
    update.set_opcode(dns.opcode.NOTIFY)
    wildcard = f"{GUID}.inference.westeurope.api.azureml.ms"
    too_long = ".".join(["a" * 60, "b" * 60, "c" * (250 - 122 - len(wildcard)), wildcard])
    with DnsWorld(build("hub-spoke")) as world:
        spoke = world.vantages[1]
        host, port = spoke.address_map[PUBLIC].split(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for junk in (b"", b"\0", b"\xff" * 40, b"\0" * 12 + b"\xc0\x0c" * 20):
                udp.sendto(junk, (host, int(port)))
        with socket.create_connection((host, int(port)), timeout=3) as tcp:
            tcp.sendall(b"\0\x05junk!")
            assert tcp.recv(10) == b""
        answer = dns.query.udp(update, host, port=int(port), timeout=3)
        assert answer.rcode() == dns.rcode.NOTIMP
        assert shown(ask(spoke, PUBLIC, "x.example", "AXFR", tcp=True))[0] == "REFUSED"
        assert shown(ask(spoke, PUBLIC, "x.example", "ANY"))[0] == "REFUSED"
        assert shown(ask(spoke, PUBLIC, r"\000\255.example")) == ("NXDOMAIN", [])
        assert shown(ask(spoke, PUBLIC, too_long)) == ("SERVFAIL", [])
        assert shown(ask(spoke, PUBLIC, API))[0] == "NOERROR"


def test_a_closed_world_leaves_no_thread_and_no_socket_and_starts_fast() -> None:
    """Also with connections that somebody left open, one of them hardly accepted."""
    before = threading.active_count()
    started = time.perf_counter()
    with DnsWorld(build("hub-spoke")) as world:
        took = time.perf_counter() - started
        host, port = world.vantages[0].address_map[PUBLIC].split(":")
        used = socket.create_connection((host, int(port)), timeout=3)
        dns.query.tcp(dns.message.make_query(API, "A"), host, sock=used, timeout=3)
        fresh = socket.create_connection((host, int(port)), timeout=3)
    with used, fresh:
        assert used.recv(1) == b""
        with contextlib.suppress(ConnectionResetError):
            assert fresh.recv(1) == b""
    gc.collect()  # a socket that was left open warns here, and warnings are errors
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, int(port)), timeout=3):
        pass
    assert took < 1.0
