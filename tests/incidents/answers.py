"""Incidents that only answers show: what a DNS server does, whatever the documents say."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.lab import faults
from agent.lab.clouds import PUBLIC
from agent.lab.conduct import misbehaving
from agent.lab.estate import Fault, LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from collectors.graph.connections import Attempt, Connection
from collectors.graph.declared import Declared, DeclaredClient, DeclaredServer, HeldZone, Site, Vantage
from collectors.graph.ids import Fqdn, fqdn, is_under
from collectors.tls.connect import ConnectLimits, connect
from tests.incidents.scenes import Scene, find, incident

OFFICE = "192.168.10.53"
FORMER = "10.9.0.6"
RECHECK = 15.0
SPOKE = "lab/vnet-spoke-1"


@incident("F1")
def office_asks_the_internet(estate: LabEstate) -> Scene:
    """The office's server resolves everything in public DNS; that there is one is all that is known."""
    return _office(estate, forwards={Fqdn(""): (PUBLIC_RESOLVER,)})


@incident("PED601")
def office_without_one_forwarder(estate: LabEstate) -> Scene:
    """The administrators of the office forgot the notebooks suffix."""
    return _office(estate, forwards=_office_forwards(without=PUBLIC.notebooks))


@incident("PED602")
def office_denies_a_name(estate: LabEstate) -> Scene:
    """The office holds an empty zone over the notebooks suffix."""
    zone = HeldZone(name=fqdn(PUBLIC.notebooks), serial=2026112101, records={fqdn(PUBLIC.notebooks): ()})
    return _office(estate, forwards=_office_forwards(), zones=(zone,))


@incident("PED603")
def office_knows_a_former_address(estate: LabEstate) -> Scene:
    """Somebody typed the notebooks name into the office's server, years ago."""
    return _office(estate, forwards=_office_forwards(), records={_notebooks(estate): (FORMER,)})


@incident("PED604")
def old_answer_in_the_cache(estate: LabEstate) -> Scene:
    """Azure has the right record, the server still the former one, for two seconds."""
    return _rechecked(_after(estate, faults.stale_cache(_notebooks(estate), FORMER)))


@incident("PED605")
def upstream_is_dead(estate: LabEstate) -> LabEstate:
    """The server forwards to an address where nothing stands any more, and nobody wrote that down."""
    dead = dict.fromkeys(PUBLIC.forwarded, ("10.0.0.99",))
    return _running(estate, forwards=dead | {Fqdn(""): (PUBLIC_RESOLVER,)})


@incident("PED606")
def server_validates(estate: LabEstate) -> LabEstate:
    """Somebody switched DNSSEC validation on; nobody wrote that down."""
    return _running(estate, rejects_unsigned=True)


@incident("PED607")
def server_takes_private_addresses_out(estate: LabEstate) -> LabEstate:
    """The protection is known, that it hits private endpoints is not."""
    estate = _running(estate, rebinding_protection=True)
    return replace(estate, declared=estate.servers)


@incident("PED608")
def server_has_ended(estate: LabEstate) -> Scene:
    """Nothing listens at its address any more, over UDP and TCP; one machine in a spoke asks."""
    return _from_spoke(_misbehaving(estate, deaf=frozenset({"udp", "tcp"})))


@incident("PED609")
def server_refuses(estate: LabEstate) -> Scene:
    """Its access list lacks the spokes."""
    return _from_spoke(_misbehaving(estate, refuses=True))


@incident("PED610")
def answers_are_cut(estate: LabEstate) -> Scene:
    """What does not fit into UDP cannot be had."""
    return _from_spoke(_misbehaving(estate, cuts=True, deaf=frozenset({"tcp"})))


def flaps(estate: LabEstate) -> LabEstate:
    """A public resolver stands beside Azure DNS as a forwarder of the notebooks name."""
    return _after(estate, faults.forwarder_added_silently(_notebooks(estate)))


@incident("F22")
def undeclared_server_flaps(estate: LabEstate) -> Scene:
    """The interface of a machine shows that the server is there; nobody declared what it forwards."""
    return _rechecked(replace(flaps(estate), declared=()))


@incident("PED612")
def declared_server_flaps(estate: LabEstate) -> Scene:
    """What is declared of the server would be right."""
    return _rechecked(flaps(estate))


@incident("PED613")
def server_has_a_record_of_its_own(estate: LabEstate) -> LabEstate:
    """Somebody typed the notebooks name with a former address into the server, and told nobody."""
    return _running(estate, records={_notebooks(estate): (FORMER,)})


@incident("PED614")
def ipv6_leads_outside(estate: LabEstate) -> LabEstate:
    """dnsmasq holds the IPv4 address and asks the internet for the other."""
    estate = _after(estate, faults.ipv6_leads_outside(_notebooks(estate), "10.1.0.6"))
    return replace(estate, declared=estate.servers)


@incident("PED615")
def zone_over_the_suffix(estate: LabEstate) -> LabEstate:
    """The server holds all names of the workspace in a zone of its own over the whole suffix."""
    suffix = fqdn(PUBLIC.api)
    records = {
        fqdn(name): tuple(row["ipv4Address"] for row in record.body["properties"]["aRecords"])
        for record in find(estate, "record-set")
        if record.body["properties"].get("aRecords")
        and is_under(fqdn(name := f"{record.id.name}.{suffix}"), suffix)
        and record.id.parent.name == PUBLIC.api_zone
    }
    return _running(estate, zones=(HeldZone(name=suffix, serial=2026112101, records=records),))


@incident("PED616")
def firewall_closes_the_port(estate: LabEstate) -> Scene:
    """From the applications' network the address of the api takes no connection, the others do."""
    return Scene(estate=estate, connect=_connecting("lab/vnet-apps", "10.1.0.5"))


def _connecting(vantage: str, closed: str) -> Callable[[Sequence[Attempt], Sequence[Vantage]], tuple[Connection, ...]]:
    """Real connections to ports of loopback, of which one address takes none from a vantage."""

    def connecting(attempts: Sequence[Attempt], vantages: Sequence[Vantage]) -> tuple[Connection, ...]:
        with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as shut:
            shut.bind(("127.0.0.1", 0))  # and never listens: connections are refused
            ports = {at: f"127.0.0.1:{at.getsockname()[1]}" for at in (listening, shut)}
            mapped = []
            for it in vantages:
                places = {attempt.address: ports[listening] for attempt in attempts}
                if it.name == vantage:
                    places[closed] = ports[shut]
                mapped.append(replace(it, address_map=places))
            return connect(attempts, mapped, ConnectLimits(timeout=0.2), lambda: datetime.now(UTC))

    return connecting


def _office(estate: LabEstate, **runs: Any) -> Scene:
    """People in the office need the workspace too; their server is listed, and nothing is said of what it does."""
    known = DeclaredServer(address=OFFICE, site="office")
    running = replace(known, kind="bind", **runs)
    site = Site(
        name="office",
        address_space=("192.168.10.0/24",),
        servers=(OFFICE,),
        reaches=("vnet-hub", "vnet-spoke-1", "vnet-spoke-2"),
    )
    estate = replace(
        estate,
        servers=(*estate.servers, running),
        declared=(*estate.declared, known),
        sites=(site,),
        clients=(*estate.clients, DeclaredClient(workspace="*", sites=("office",))),
    )

    def said(declared: Declared) -> Declared:
        """One more vantage: a laptop in the office."""
        places = declared.vantages[0].address_map
        there = Vantage(name="office", servers=(OFFICE,), reaches=(OFFICE,), address_map={OFFICE: places[OFFICE]})
        return replace(declared, vantages=(*declared.vantages, there))

    return Scene(estate=estate, declared=said)


def _office_forwards(*, without: str = "") -> dict[Fqdn, tuple[str, ...]]:
    """The office forwards to the hub's server, as it should."""
    suffixes = [suffix for suffix in PUBLIC.forwarded if suffix != without]
    return {**dict.fromkeys(suffixes, ("10.0.0.4",)), Fqdn(""): (PUBLIC_RESOLVER,)}


def _notebooks(estate: LabEstate) -> Fqdn:
    """The public notebooks name of the one workspace."""
    (record,) = [
        record
        for record in find(estate, "record-set")
        if record.id.parent.name == PUBLIC.notebooks_zone and record.body["properties"].get("aRecords")
    ]
    return fqdn(f"{record.id.name}.{PUBLIC.notebooks}")


def _after(estate: LabEstate, fault: Fault) -> LabEstate:
    return estate.with_changes(fault.changes(estate), fault.side)


def _running(estate: LabEstate, **runs: Any) -> LabEstate:
    """The one custom server runs otherwise than it is declared."""
    (server,) = estate.servers
    return replace(estate, servers=(replace(server, **runs),))


def _misbehaving(estate: LabEstate, **conduct: Any) -> LabEstate:
    (server,) = estate.servers
    return replace(estate, servers=(misbehaving(server, **conduct),))


def _rechecked(estate: LabEstate) -> Scene:
    """A run that waits until no cache can hold what it was told."""
    return Scene(estate=estate, recheck_within=RECHECK)


def _from_spoke(estate: LabEstate) -> Scene:
    """One machine in a spoke asks."""

    def said(declared: Declared) -> Declared:
        return replace(declared, vantages=tuple(v for v in declared.vantages if v.name == SPOKE))

    return Scene(estate=estate, declared=said)
