"""Incidents of the server that a client asks: lists of servers, forwarders, firewalls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.scenarios import PLATFORM, parts
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site
from collectors.graph.ids import ArmId, Fqdn
from tests.incidents.endpoints import broken
from tests.incidents.scenes import adding, edited, find, healthy, incident, one, without

INSIDE, OUTSIDE = (PLATFORM_RESOLVER,), (PUBLIC_RESOLVER,)
REST = {Fqdn(""): OUTSIDE}
PRIVATE = dict.fromkeys((PUBLIC.api_zone, PUBLIC.notebooks_zone), INSIDE)

incident("PED305")(lambda estate: broken("hub-spoke", "forwarder-removed-silently", estate))


def redeclared(estate: LabEstate, edit: Callable[[DeclaredServer], DeclaredServer]) -> LabEstate:
    """The estate whose server does, and is said to do, something else."""
    servers = tuple(map(edit, estate.servers))
    return replace(estate, servers=servers, declared=servers)


def forwarding(estate: LabEstate, forwards: Mapping[Fqdn, tuple[str, ...]], kind: str = "bind") -> LabEstate:
    """The estate whose server forwards these suffixes, and everything else to the internet."""
    return redeclared(estate, lambda server: replace(server, kind=kind, forwards={**forwards, **REST}))


def forgotten(estate: LabEstate, suffix: Fqdn) -> LabEstate:
    """The server forwards all public suffixes except one."""
    return forwarding(estate, {kept: INSIDE for kept in PUBLIC.forwarded if kept != suffix})


incident("F21")(lambda estate: forwarding(estate, {PUBLIC.api: INSIDE}))
incident("PED306")(lambda estate: forgotten(estate, PUBLIC.notebooks))
incident("F23")(lambda estate: forwarding(estate, PRIVATE, "dnsmasq"))
incident("PED307")(lambda estate: forwarding(estate, PRIVATE, "knot-resolver"))
incident("F25")(lambda estate: forwarding(estate, dict.fromkeys(PUBLIC.forwarded, OUTSIDE)))
incident("PED312")(
    lambda estate: forwarding(estate, dict.fromkeys(PUBLIC.forwarded, INSIDE) | {PUBLIC.api: (*INSIDE, *OUTSIDE)})
)


def office(estate: LabEstate) -> LabEstate:
    """An office whose own server forwards to the address that only works inside Azure."""
    own = DeclaredServer(
        address="192.168.10.53",
        site="office",
        kind="bind",
        forwards=dict.fromkeys(PUBLIC.forwarded, INSIDE) | REST,
        forward_mode="only",
    )
    site = Site(name="office", address_space=("192.168.0.0/16",), servers=(own.address,), reaches=("vnet-hub",))
    return replace(
        estate,
        servers=(*estate.servers, own),
        declared=(*estate.declared, own),
        sites=(site,),
        clients=(*estate.clients, DeclaredClient(workspace="*", sites=("office",))),
    )


incident("F24")(office)
incident("PED308")(office)


def asking(network: str, *servers: str) -> Callable[[LabEstate], LabEstate]:
    """A network lists these DNS servers."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["dhcpOptions"] = {"dnsServers": list(servers)}

    return lambda estate: edited(estate, one(estate, "virtual-network", network), edit)


incident("PED301")(asking("vnet-spoke-1", "10.0.0.4", PUBLIC_RESOLVER))


@incident("PED611")
def one_of_two_knows_a_former_address(estate: LabEstate) -> LabEstate:
    """Nobody wrote down what either of them does; the second one has a line for the notebooks in a local file."""
    (name,) = (
        fqdn
        for nic in find(estate, "network-interface")
        for configuration in nic.body["properties"]["ipConfigurations"]
        for fqdn in configuration["properties"].get("privateLinkConnectionProperties", {}).get("fqdns", ())
        if PUBLIC.notebooks in fqdn
    )
    return _two_closed_servers(estate, records={Fqdn(name.lower()): ("10.1.0.66",)})


def _two_closed_servers(estate: LabEstate, **second: Any) -> LabEstate:
    """Two servers alike but for one thing, of which nothing is declared; the first spoke lists both."""
    (first,) = estate.servers
    other = replace(first, address="10.0.0.5", **second)
    closed = tuple(replace(first, address=s.address, kind="unknown", forwards=None) for s in (first, other))
    estate = asking("vnet-spoke-1", first.address, other.address)(estate)
    return replace(estate, servers=(first, other), declared=closed)


@healthy("two DNS servers into which nobody can see, and that answer alike", "hub-spoke")
def two_closed_servers(estate: LabEstate) -> LabEstate:
    """What they answer is all that is known of them."""
    return _two_closed_servers(estate)


incident("PED302")(asking("vnet-spoke-1", "10.0.0.99"))


@incident("PED314")
def machine_that_was_not_restarted(estate: LabEstate) -> LabEstate:
    """The spoke was led to the hub's server a moment ago; Azure shows what its machine was told at its start."""
    return _with_machine(estate, PLATFORM_RESOLVER)


@healthy("a machine of an availability set whose other machines have servers of their own", "hub-spoke")
def machine_of_a_set(estate: LabEstate) -> LabEstate:
    """Azure shows the servers of all of them together."""
    return _with_machine(estate, "10.0.0.4", "10.9.9.9")


def _with_machine(estate: LabEstate, *applied: str) -> LabEstate:
    network = one(estate, "virtual-network", "vnet-spoke-1").body["id"]
    group = Group(subscription=network.split("/")[2], name="RG-Machines")
    subnet = one(estate, "virtual-network", "vnet-spoke-1").body["properties"]["subnets"][0]["id"]
    nic = b.vm_interface(group, "nic-batch", "vm-batch", subnet, "10.1.0.200")
    estate = adding(estate, nic, b.virtual_machine(group, "vm-batch", "nic-batch"))
    return edited(estate, nic, lambda body: body["properties"]["dnsSettings"].update(appliedDnsServers=list(applied)))


@incident("PED313")
def peering_deleted(estate: LabEstate) -> LabEstate:
    """Azure shows the other half as disconnected."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["virtualNetworkPeerings"] = []

    estate = edited(estate, one(estate, "virtual-network", "vnet-spoke-1"), edit)
    spoke = one(estate, "virtual-network", "vnet-spoke-1").id

    def disconnect(body: dict[str, Any]) -> None:
        for peering in body["properties"]["virtualNetworkPeerings"]:
            if ArmId(peering["properties"]["remoteVirtualNetwork"]["id"]) == spoke:
                peering["properties"]["peeringState"] = "Disconnected"

    return edited(estate, one(estate, "virtual-network", "vnet-hub"), disconnect)


def proxy_off(estate: LabEstate) -> LabEstate:
    """In the firewall's own policy, which decides."""
    policy = one(estate, "firewall-policy", "afwp-hub")
    return edited(estate, policy, lambda body: body["properties"]["dnsSettings"].update(enableProxy=False))


incident("PED309")(proxy_off)


def linked_to_the_spokes_only(estate: LabEstate) -> LabEstate:
    """The api zone; the other one stays linked to the hub as well."""
    (link,) = (link for link in find(estate, "zone-link", "hub") if link.id.parent.name == PUBLIC.api_zone)
    networks = find(estate, "virtual-network", "spoke")
    return adding(without(estate, link), [b.zone_link(link.id.parent.text, network.id.text) for network in networks])


incident("PED310")(linked_to_the_spokes_only)


def overridden(name: str, server: str) -> Callable[[LabEstate], LabEstate]:
    """An interface has a DNS server of its own."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["dnsSettings"].update(dnsServers=[server], appliedDnsServers=[server])

    return lambda estate: edited(estate, one(estate, "network-interface", name), edit)


incident("F29")(overridden("nic-app-1", PUBLIC_RESOLVER))


@incident("PED303")
def interface_asks_a_forwarder(estate: LabEstate) -> LabEstate:
    """The forwarder is older than the zones and sends everything to the internet."""
    group = Group(subscription=PLATFORM, name="RG-Apps")
    subnet = f"{one(estate, 'virtual-network', 'vnet-apps').id}/subnets/snet-apps"
    old = DeclaredServer(address="10.2.0.53", network="vnet-apps", kind="bind", forwards=REST, forward_mode="only")
    machines = (
        *parts.machine(group, "nic-old-dns", "vm-old-dns", subnet, old.address),
        *parts.machine(group, "nic-batch", "vm-batch", subnet, "10.2.0.9"),
    )
    estate = replace(adding(estate, machines), servers=(old,), declared=(old,))
    return overridden("nic-batch", old.address)(estate)


@incident("F28")
def gateway_beside_custom_servers(estate: LabEstate) -> LabEstate:
    """The hub asks its own BIND, and got a VPN gateway."""
    hub = one(estate, "virtual-network", "vnet-hub")
    group = Group(subscription=hub.id.subscription, name=hub.id.resource_group)
    configuration = b.gateway_configuration_id(group, "vgw-hub")
    subnet = b.gateway_subnet(hub.id.text, "10.0.2.0/27", [configuration])
    gateway = b.network_gateway(group, "vgw-hub", subnet.id.text, ["172.16.0.0/24"])

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["subnets"].append(dict(subnet.body))

    estate = adding(edited(estate, hub, edit), subnet, gateway)
    return asking("vnet-hub", "10.0.0.4")(estate)


incident("PED315")(asking("vnet-hub", "10.0.1.4"))
