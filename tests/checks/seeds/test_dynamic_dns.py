"""Dynamic DNS: what the page on registering host names (2016) says of who holds the names of machines.

Nothing is registered here: the tests hold what the simulated resolver makes of records that somebody registered, and
of machines whose names nobody did. Each test names the place and what is said there in our words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.lab.builders import virtual_machine
from checks.resolution import rules
from checks.resolution.path import Addresses, DeadEnd, NoData, NxDomain, Opaque, Public
from checks.resolution.places import custom_server
from collectors.graph.declared import DeclaredServer, Site
from collectors.graph.documents import Change, Document, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import RecordSet
from tests.checks.resolution.small import PUBLIC_RESOLVER
from tests.checks.seeds.edits import edited, interface_id, registered, registers
from tests.estates import AZURE_DNS, GROUP, link, machine, network, nid, record, server, small_estate, solve, zid, zone

OWN = "mydomain.local"
MACHINE = f"vm-1.{OWN}"
ADDRESS = "10.0.0.20"
FOUND = Addresses((ADDRESS,))
SERVER = "10.0.0.4"
PLATFORM = "internal.cloudapp.net"
PLATFORM_NAME = f"vm-1.abcdefghijklmnopqrstuvwxyz.bx.{PLATFORM}"
ZONE = "vms.example"
REVERSE = "20.0.0.10.in-addr.arpa"


def the_machine(address: str = ADDRESS) -> list[Document]:
    """A machine with its interface, as ARM shows it whatever its guest registers."""
    return [
        machine("vm-1", "hub", address),
        virtual_machine(GROUP, "vm-1", str(interface_id("vm-1")), computer_name="vm-1"),
    ]


def dns_server(forwards: dict[str, str] | None = None, **more: Any) -> DeclaredServer:
    """The custom server in the hub; it has a record of the machine unless told otherwise."""
    settings: dict[str, Any] = {"network": "hub", "records": {MACHINE: (ADDRESS,)}}
    return server(SERVER, forwards or {}, **(settings | more))


def hub(*servers: str) -> Document:
    return network("hub", "10.0.0.0/16", *servers)


def asked(estate: Estate, name: str = MACHINE, type: str = "A", view: str = "hub") -> Any:
    """What a network gets."""
    return solve(estate, view, name, type, chains={}).outcome


def with_own_server(*parts: Any, **settings: Any) -> Estate:
    """The hub, whose machines ask the custom server."""
    return small_estate(hub(SERVER), the_machine(), *parts, servers=(dns_server(**settings),))


def registering(*networks: str, records: tuple[Document, ...] = ()) -> list[Document]:
    """A zone in which machines of networks are registered."""
    links = [registers(link(str(zid(ZONE)), name)) for name in networks]
    return [*zone(ZONE), *links, *records]


def pointer(zone: str, name: str, target: str) -> Document:
    """A PTR record set."""
    made = record(str(zid(zone)), f"PTR/{name}", "")
    return edited(made, txtRecords=None, ptrRecords=[{"ptrdname": target}])


# Introduction


def test_azure_resolves_the_names_of_machines_by_itself() -> None:
    """Introduction, 1: Azure has names of machines of its own; public DNS never answers for them."""
    assert asked(small_estate(hub(), the_machine()), PLATFORM_NAME) != Public()


def test_servers_of_ones_own_take_the_place_of_azures() -> None:
    """Introduction, 2: with a server of one's own Azure's resolution is no longer asked."""
    estate = with_own_server(zone(OWN, {"A/vm-1": ["10.0.0.99"]}, "hub"))
    path = solve(estate, "hub", MACHINE)
    assert (path.outcome, path.last.rule) == (FOUND, rules.SERVER_RECORDS)


def test_names_on_premises_are_answered_by_the_domain_controller() -> None:
    """Introduction, 3: through the server of one's own the domain controller answers for names on premises."""
    controller = server("192.168.1.53", {}, site="office", records={"dc.corp.example": ("192.168.1.10",)})
    own = dns_server({"corp.example": "192.168.1.53"})
    site = Site(name="office", address_space=("192.168.0.0/16",))
    estate = small_estate(hub(SERVER), servers=(own, controller), sites=(site,))
    assert asked(estate, "dc.corp.example") == Addresses(("192.168.1.10",))


def test_a_server_in_azure_forwards_host_names_to_azure_dns_of_its_own_network() -> None:
    """Introduction, 4: a server on a machine in Azure forwards names of the same network to Azure."""
    path = solve(with_own_server(forwards={PLATFORM: AZURE_DNS}), "hub", PLATFORM_NAME)
    assert [hop.rule for hop in path.hops[:2]] == [rules.NETWORK_SERVERS, rules.FORWARDER]
    assert path.view == str(nid("hub"))


def test_host_names_of_another_network_are_not_the_servers_to_forward() -> None:
    """Introduction, 4: only names of the same network; a server elsewhere gets the view of where it stands."""
    spoke = network("spoke", "10.1.0.0/16", SERVER, peers={"hub": "10.0.0.0/16"})
    estate = small_estate(hub(), spoke, servers=(dns_server({PLATFORM: AZURE_DNS}),))
    assert solve(estate, "spoke", PLATFORM_NAME).view == str(nid("hub"))


def test_a_server_outside_azure_cannot_forward_host_names() -> None:
    """Introduction, 4: the platform's address answers servers in Azure only."""
    outside = server("192.168.1.53", {PLATFORM: AZURE_DNS}, site="office")
    site = Site(name="office", address_space=("192.168.0.0/16",))
    estate = small_estate(network("hub", "10.0.0.0/16", "192.168.1.53"), servers=(outside,), sites=(site,))
    assert isinstance(asked(estate, PLATFORM_NAME), DeadEnd)


def test_a_host_name_that_was_registered_is_answered_by_the_server() -> None:
    """Introduction, 5: instead of forwarding, host names are registered in the server."""
    assert asked(with_own_server()) == FOUND


def test_azure_writes_nothing_into_servers_of_ones_own() -> None:
    """Introduction, 6: Azure has no right to, so a zone in which machines register fills no custom server."""
    filled = registering("hub", records=(registered(ZONE, "vm-1", ADDRESS),))
    estate = with_own_server(filled, forwards={"": PUBLIC_RESOLVER})
    assert asked(estate, f"vm-1.{ZONE}") == Public()


def test_what_a_server_holds_is_never_guessed_from_the_machines_of_its_network() -> None:
    """Introduction, 6: a machine that ARM shows has no record unless somebody says so."""
    assert asked(with_own_server(records={})) == Public()
    undeclared = small_estate(hub(SERVER), the_machine(), servers=(DeclaredServer(address=SERVER, network="hub"),))
    assert isinstance(asked(undeclared), Opaque)


# Windows clients


def test_a_machine_with_a_new_address_keeps_its_old_record_until_it_registers_again() -> None:
    """Windows clients, 1: clients register at start and when their address changes, so a record may be behind."""
    moved = small_estate(hub(SERVER), the_machine("10.0.0.21"), servers=(dns_server(),))
    assert asked(moved) == FOUND


@pytest.mark.parametrize(
    ("name", "outcome"),
    [(f"vm-1.{OWN}", FOUND), ("vm-1.corp.example", Public()), ("vm-1", Public()), (f"x.vm-1.{OWN}", Public())],
)
def test_the_name_is_the_host_name_with_the_suffix_it_was_registered_under(name: str, outcome: object) -> None:
    """Windows clients, 2: the name is host name and primary suffix, under no other suffix it is known."""
    assert asked(with_own_server(), name) == outcome


def test_without_a_suffix_only_the_bare_name_could_be_registered() -> None:
    """Windows clients, 3: Azure leaves the primary suffix blank, so the domain's name stays unknown."""
    estate = with_own_server(records={"vm-1": (ADDRESS,)})
    assert (asked(estate, "vm-1"), asked(estate)) == (FOUND, Public())


def test_clients_of_a_domain_are_found_at_the_domain_controller() -> None:
    """Windows clients, 4: clients in a domain register with the domain controller, which answers for them."""
    controller = dns_server(kind="windows")
    assert asked(small_estate(hub(SERVER), the_machine(), servers=(controller,))) == FOUND


# Linux clients


def test_a_linux_machine_that_registers_nothing_is_not_found() -> None:
    """Linux clients, 1 and 2: neither the client nor Azure's DHCP server registers a name."""
    assert asked(with_own_server(records={}, forwards={"": PUBLIC_RESOLVER})) == Public()


@pytest.mark.parametrize("kind", ["bind", "unbound", "dnsmasq", "pdns-recursor", "knot-resolver", "windows", "unknown"])
def test_registered_names_are_answered_by_servers_of_every_kind(kind: str) -> None:
    """Linux clients, 3 and 4: updates are a standard, whatever the server is."""
    assert asked(with_own_server(kind=kind)) == FOUND


def test_a_renewed_registration_replaces_the_address() -> None:
    """Linux clients, 6, the script: the old address is deleted before the new one is added."""
    before = with_own_server()
    old, new = dns_server(), dns_server(records={MACHINE: ("10.0.0.21",)})
    change = ServerChange(id=custom_server(before, old).id, before=old, after=new)
    assert asked(before.with_changes(change)) == Addresses(("10.0.0.21",))
    assert asked(before) == FOUND


def test_a_deleted_registration_leaves_nothing() -> None:
    """Linux clients, 6, the script: between delete and add the name is not there."""
    before = with_own_server()
    old = dns_server()
    change = ServerChange(id=custom_server(before, old).id, before=old, after=replace(old, records={}))
    assert asked(before.with_changes(change)) == Public()


def test_only_addresses_of_version_4_are_registered() -> None:
    """Linux clients, 6, the script: it adds A records, so the name exists without an AAAA record."""
    assert asked(with_own_server(), type="AAAA") == NoData()


def test_only_the_primary_interface_is_registered() -> None:
    """Linux clients, 5, the script: other interfaces of the machine have no record."""
    second = machine("vm-1-second", "hub", "10.0.0.30")
    assert asked(with_own_server(second)) == FOUND


def test_no_search_suffix_is_added_to_a_name() -> None:
    """Linux clients, 9: a suffix is the client's own matter; a question is always for a full name."""
    assert asked(with_own_server(), "vm-1") == Public()
    assert asked(small_estate(hub(), zone(OWN, {"A/vm-1": [ADDRESS]}, "hub")), "vm-1") == Public()


# What took the place of registering by hand: zones in which Azure registers machines


@pytest.mark.parametrize("view", ["hub", "spoke"])
def test_records_that_azure_registered_answer_in_every_linked_network(view: str) -> None:
    """Introduction, 1, today: machines are registered from one network and resolved from every linked one."""
    parts = registering("hub", records=(registered(ZONE, "vm-1", ADDRESS),))
    estate = small_estate(hub(), network("spoke", "10.1.0.0/16"), parts, link(str(zid(ZONE)), "spoke"))
    assert asked(estate, f"vm-1.{ZONE}", view=view) == FOUND
    (held,) = estate.of_type(RecordSet)
    assert (held.auto_registered, held.ttl) == (True, 10)


def test_a_registration_link_resolves_as_any_link() -> None:
    """Introduction, 1, today: entries made by hand in a registration zone answer, too."""
    estate = small_estate(hub(), registering("hub", records=(record(str(zid(ZONE)), "A/db", ["10.0.0.50"]),)))
    assert asked(estate, f"db.{ZONE}") == Addresses(("10.0.0.50",))


def test_a_machine_that_azure_did_not_register_is_denied() -> None:
    """Introduction, 6, today: only what the zone holds counts, though the machine is there (a static address, say)."""
    assert asked(small_estate(hub(), the_machine(), registering("hub")), f"vm-1.{ZONE}") == NxDomain()


def test_zones_of_azure_ignore_what_clients_register() -> None:
    """Linux clients, 3, today: private zones take no updates from clients; the guest's own name changes nothing."""
    renamed = virtual_machine(GROUP, "vm-1", str(interface_id("vm-1")), computer_name="other")
    parts: list[Any] = [hub(), machine("vm-1", "hub", ADDRESS), renamed]
    estate = small_estate(*parts, registering("hub", records=(registered(ZONE, "vm-1", ADDRESS),)))
    assert (asked(estate, f"vm-1.{ZONE}"), asked(estate, f"other.{ZONE}")) == (FOUND, NxDomain())


def test_a_removed_registration_is_denied() -> None:
    """Windows clients, 1, today: Azure takes the record away with the machine."""
    held = registered(ZONE, "vm-1", ADDRESS)
    before = small_estate(hub(), registering("hub", records=(held,)))
    (node,) = before.of_type(RecordSet)
    after = before.with_changes(Change(id=node.id, before=before.documents[node.id], after=None))
    assert (asked(before, f"vm-1.{ZONE}"), asked(after, f"vm-1.{ZONE}")) == (FOUND, NxDomain())


def test_a_registration_zone_does_not_take_the_place_of_the_platforms_names() -> None:
    """Introduction, 1, today: a linked zone neither holds nor denies the names that Azure keeps for the network."""
    path = solve(small_estate(hub(), registering("hub")), "hub", PLATFORM_NAME)
    assert path.last.decided_by is None or path.last.decided_by.name != ZONE


def test_the_pointer_of_a_registered_machine_is_not_public() -> None:
    """Introduction, 1, today: Azure registers pointers as well, in the registration network only."""
    estate = small_estate(hub(), the_machine(), registering("hub", records=(registered(ZONE, "vm-1", ADDRESS),)))
    assert asked(estate, REVERSE, "PTR") != Public()


def test_a_pointer_in_a_linked_reverse_zone_answers() -> None:
    """Introduction, 5, today: who wants pointers of one's own makes a reverse zone."""
    made = [*zone("0.10.in-addr.arpa", {}, "hub"), pointer("0.10.in-addr.arpa", "20.0", MACHINE)]
    path = solve(small_estate(hub(), made), "hub", REVERSE, "PTR")
    assert path.last.rule is rules.ZONE_ANSWERS
    assert path.last.decided_by is not None
    assert ArmId(path.last.decided_by.id) == zid("0.10.in-addr.arpa").child("PTR", "20.0")


def test_a_linked_reverse_zone_denies_pointers_it_lacks() -> None:
    """Introduction, 5, today: a reverse zone is a zone; what it lacks does not exist."""
    assert asked(small_estate(hub(), zone("0.10.in-addr.arpa", {}, "hub")), REVERSE, "PTR") == NxDomain()
