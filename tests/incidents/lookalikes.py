"""Healthy estates that look like incidents: whatever a check says here as an error or warning is a false alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group, Member, Zone
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.scenarios import CONNECTIVITY, ML_PROD, ML_PROD_LINKS, PLATFORM
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Declared, DeclaredServer, Vantage
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn
from tests.incidents.scenes import Scene, adding, edited, find, healthy, one, without
from tests.incidents.zone_reach import (
    PARTNERS_API,
    SUPPLIERS,
    blobs,
    linked,
    machine,
    partner,
    peered,
    supplier,
    using,
)

FOREIGN = "99999999-0000-4000-8000-0000000000ff"
API, NOTEBOOKS = PUBLIC.api_zone, PUBLIC.notebooks_zone
_PLAIN = ("hub-spoke", "azure-dns", "private-resolver", "ruleset", "firewall")
_MORE = ("virtual-wan", "hub-project", "two-endpoints", "multi-subscription", "private-dependencies")


def _as_built(estate: LabEstate) -> LabEstate:
    return estate


for _name in (*_PLAIN, *_MORE, "us-government", "china"):
    healthy(f"the architecture {_name}", _name)(_as_built)


def falling_back(estate: LabEstate) -> LabEstate:
    """The estate whose links fall back to the internet."""
    for link in find(estate, "zone-link"):
        estate = edited(estate, link, lambda body: body["properties"].update(resolutionPolicy="NxDomainRedirect"))
    return estate


@healthy("fallback is on and every record is right", "azure-dns")
def fallback_with_right_records(estate: LabEstate) -> LabEstate:
    """Every link falls back to the internet."""
    return falling_back(estate)


@healthy("a zone is linked to a network of another tenant", "azure-dns")
def foreign_link(estate: LabEstate) -> LabEstate:
    """Nobody here can read that network, and nobody here needs it."""
    zone = one(estate, "private-dns-zone", API)
    foreign = b.network_id(Group(subscription=FOREIGN, name="RG-Partner"), "vnet-partner")
    return adding(estate, b.zone_link(zone.body["id"], foreign))


@healthy("a network with machines merely exists", "azure-dns")
def unconnected_network(estate: LabEstate) -> LabEstate:
    """Full of machines and connected to nothing."""
    group = Group(subscription=PLATFORM, name="RG-Elsewhere")
    network = b.network_id(group, "vnet-elsewhere")
    return adding(
        estate,
        b.virtual_network(group, "vnet-elsewhere", "10.50.0.0/16", subnets={"snet": "10.50.0.0/24"}),
        b.vm_interface(group, "nic-else", "vm-else", f"{network}/subnets/snet", "10.50.0.4"),
        b.virtual_machine(group, "vm-else", "nic-else"),
    )


@healthy("a peered network is empty", "azure-dns")
def empty_peered_network(estate: LabEstate) -> LabEstate:
    """Peered with the endpoint's network; nobody lives there yet."""
    return peered(estate, "vnet-empty", "10.60.0.0/16")


@healthy("a peered network with machines is linked to the zones", "azure-dns")
def linked_peered_network(estate: LabEstate) -> LabEstate:
    """It gets what it can reach."""
    estate = peered(estate, "vnet-build", "10.60.0.0/16", *machine("vnet-build", "vm-build", "10.60.0.4"))
    return linked(estate, "vnet-build", API, NOTEBOOKS)


@healthy("a partner's workspace is looked up where the zone falls back", "azure-dns")
def partner_with_fallback(estate: LabEstate) -> Scene:
    """Public DNS knows it."""
    return using(falling_back(partner(estate)), PARTNERS_API)


@healthy("a supplier's storage account is looked up where no zone is in the way", "hub-spoke")
def supplier_without_zone(estate: LabEstate) -> Scene:
    """Its owner lets our addresses in."""
    return using(supplier(estate), SUPPLIERS)


@healthy("a supplier's storage account is looked up where the zone falls back", "hub-spoke")
def supplier_with_fallback(estate: LabEstate) -> Scene:
    """The platform team knew."""
    return using(blobs(supplier(estate), fallback=True), SUPPLIERS)


@healthy("a supplier's storage account is looked up on the internet, whatever the hub holds", "hub-spoke")
def supplier_not_forwarded(estate: LabEstate) -> Scene:
    """The hub's server does not ask Azure DNS for it."""
    return using(blobs(supplier(estate), forwarded=False), SUPPLIERS)


@healthy("a supplier's storage account is gone", "hub-spoke")
def supplier_gone(estate: LabEstate) -> Scene:
    """The zone denies a name that public DNS denies, too."""
    return using(blobs(estate), SUPPLIERS)


@healthy("a name of one's own is listed as a partner's", "azure-dns")
def own_name_as_foreign(estate: LabEstate) -> Scene:
    """It is judged as our own."""
    books = one(estate, "workspace").body["properties"]["notebookInfo"]["fqdn"]
    return using(estate, Fqdn(books))


@healthy("an endpoint's interface is all that a peered network holds", "azure-dns")
def peered_network_with_an_endpoint(estate: LabEstate) -> LabEstate:
    """To a customer's own service: nobody works there."""
    service = f"/subscriptions/{PLATFORM}/resourceGroups/RG-Pls/providers/Microsoft.Network/privateLinkServices/pls-crm"
    group = Group(subscription=ML_PROD_LINKS, name="RG-ML-Network")
    subnet = f"{b.network_id(group, 'vnet-crm')}/subnets/snet"
    endpoint = b.private_endpoint(group, "pe-crm", subnet, service, "")
    endpoint.body["properties"]["privateLinkServiceConnections"][0]["properties"]["groupIds"] = []
    interface = b.endpoint_interface(group, "pe-crm", subnet, [Member(name="", address="10.61.0.4", fqdns=())], "")
    return peered(estate, "vnet-crm", "10.61.0.0/16", endpoint, interface)


@healthy("a custom server forwards everything to Azure DNS", "hub-spoke")
def server_forwards_everything(estate: LabEstate) -> LabEstate:
    """No conditional forwarders are needed then, not even for the public suffixes."""
    return _with_server(estate, forwards={Fqdn(""): (PLATFORM_RESOLVER,)})


@healthy("a BIND forwards the privatelink zones only, and follows aliases anew", "hub-spoke")
def bind_forwards_privatelink_only(estate: LabEstate) -> LabEstate:
    """As the guide says, and right with this kind of server."""
    zones = dict.fromkeys((API, NOTEBOOKS), (PLATFORM_RESOLVER,))
    return _with_server(estate, forwards={**zones, Fqdn(""): (PUBLIC_RESOLVER,)})


@healthy("a dnsmasq forwards the public suffixes", "hub-spoke")
def dnsmasq_forwards_public_suffixes(estate: LabEstate) -> LabEstate:
    """The kind that gives whole answers is right as long as the public suffixes are forwarded."""
    return _with_server(estate, kind="dnsmasq")


@healthy("a zone is named as one whole name", "azure-dns")
def exact_name_zones(estate: LabEstate) -> LabEstate:
    """Kept by hand: each name is a zone with one record at its top; the shared zones and the group are gone."""
    networks = [document.body["id"] for document in find(estate, "virtual-network")]
    group = Group(subscription=PLATFORM, name="RG-Private-DNS")
    made: list[Document] = []
    for record in find(estate, "record-set"):
        values = [row["ipv4Address"] for row in record.body["properties"].get("aRecords", ())]
        if values and not record.id.name.startswith("*"):
            name = f"{record.id.name}.{record.id.parent.name}"
            zone = b.zone_id(group, name)
            made += [b.private_zone(group, name, record_sets=2, links=len(networks)), b.soa_record(zone)]
            made += [b.address_record(zone, "@", values), *(b.zone_link(zone, network) for network in networks)]
    return adding(estate, made)


@healthy("a ruleset has seven hundred rules", "ruleset")
def many_rules(estate: LabEstate) -> LabEstate:
    """Below four fifths of what Azure allows; none of them concerns a private-link name."""
    ruleset = one(estate, "forwarding-ruleset").body["id"]
    rules = (b.forwarding_rule(ruleset, f"r-{n}", f"d{n}.corp.example.com", ["10.0.0.9"]) for n in range(700))
    return adding(estate, rules)


@healthy("two unconnected networks have the same addresses", "hub-spoke")
def same_addresses(estate: LabEstate) -> LabEstate:
    """A copy of the hub elsewhere, with a machine at the DNS server's address."""
    group = Group(subscription=ML_PROD, name="RG-Copy")
    network = b.network_id(group, "vnet-copy")
    return adding(
        estate,
        b.virtual_network(group, "vnet-copy", "10.0.0.0/16", subnets={"snet": "10.0.0.0/24"}),
        b.vm_interface(group, "nic-copy", "vm-copy", f"{network}/subnets/snet", "10.0.0.4"),
        b.virtual_machine(group, "vm-copy", "nic-copy"),
    )


@healthy("a public range is used privately", "azure-dns")
def public_range(estate: LabEstate) -> LabEstate:
    """The company owns the range and routes it inside: the endpoint's addresses look public."""
    moved = {"10.1.0.5": "172.200.0.5", "10.1.0.6": "172.200.0.6", "10.1.0.7": "172.200.0.7"}
    return replace(estate, documents={id: _readdressed(d, moved) for id, d in estate.documents.items()})


@healthy("an endpoint leads to a customer's own private link service", "azure-dns")
def own_service(estate: LabEstate) -> LabEstate:
    """Azure has no zone for it, and whoever made it names it as he likes."""
    group = Group(subscription=ML_PROD_LINKS, name="RG-ML-Network")
    service = f"/subscriptions/{PLATFORM}/resourceGroups/RG-Pls/providers/Microsoft.Network/privateLinkServices/pls-erp"
    subnet = f"{b.network_id(group, 'vnet-ml')}/subnets/snet-endpoints"
    endpoint = b.private_endpoint(group, "pe-erp", subnet, service, "")
    endpoint.body["properties"]["privateLinkServiceConnections"][0]["properties"]["groupIds"] = []
    return adding(
        estate,
        endpoint,
        b.endpoint_interface(group, "pe-erp", subnet, [Member(name="", address="10.1.0.40", fqdns=())], ""),
    )


@healthy("dynamic zones of AKS and PostgreSQL", "azure-dns")
def dynamic_zones(estate: LabEstate) -> LabEstate:
    """Their names are right although no table lists them."""
    group = Group(subscription=PLATFORM, name="RG-Private-DNS")
    network = one(estate, "virtual-network", "vnet-ml").body["id"]
    names = ("5f1a.privatelink.westeurope.azmk8s.io", "orders.private.postgres.database.azure.com")
    for name in names:
        zone = b.zone_id(group, name)
        record = b.address_record(zone, "db", ["10.1.0.60"])
        made = [b.private_zone(group, name, record_sets=2, links=1), b.soa_record(zone), record]
        estate = adding(estate, made, b.zone_link(zone, network))
    return estate


@healthy("internal zones of two labels", "azure-dns")
def internal_zones(estate: LabEstate) -> LabEstate:
    """corp.local and its like hide nothing that anybody needs."""
    group = Group(subscription=PLATFORM, name="RG-Private-DNS")
    network = one(estate, "virtual-network", "vnet-ml").body["id"]
    for name in ("corp.local", "contoso.internal"):
        zone = b.zone_id(group, name)
        made = [b.private_zone(group, name, record_sets=2, links=1), b.soa_record(zone), b.zone_link(zone, network)]
        estate = adding(estate, made, b.address_record(zone, "intranet", ["10.2.0.80"]))
    return estate


@healthy("a zone that nobody needs is linked nowhere", "azure-dns")
def unlinked_zone(estate: LabEstate) -> LabEstate:
    """Made for later: the company has no endpoint of the kind yet."""
    group = Group(subscription=PLATFORM, name="RG-Private-DNS")
    zone = b.zone_id(group, "privatelink.vaultcore.azure.net")
    return adding(estate, b.private_zone(group, ArmId(zone).name, record_sets=1, links=0), b.soa_record(zone))


@healthy("a laptop that reaches nothing asks", "hub-spoke")
def laptop(estate: LabEstate) -> Scene:
    """Nobody answers it; what the model knows stands."""
    here = Vantage(name="laptop", servers=("10.0.0.4",), address_map={"10.0.0.4": "127.0.0.1:9"})

    def said(declared: Declared) -> Declared:
        return replace(declared, vantages=(here,), public_resolvers=())

    return Scene(estate=estate, declared=said)


@healthy("links spell their networks in capitals", "azure-dns")
def capitals(estate: LabEstate) -> LabEstate:
    """ARM gives ids in whatever case; DNS does not care."""
    for link in find(estate, "zone-link"):
        estate = edited(estate, link, _shout)
    return estate


@healthy("records are shared by a second endpoint of another service", "private-dependencies")
def second_service(estate: LabEstate) -> LabEstate:
    """Two vaults behind two endpoints write different names into one zone."""
    group = Group(subscription="22222222-0000-4000-8000-00000000a009", name="rg-ml")
    dns = one(estate, "private-dns-zone", "vaultcore")
    networks = Group(subscription=group.subscription, name="rg-networks")
    subnet = f"{b.network_id(networks, 'vnet-spoke-1')}/subnets/snet-endpoints"
    endpoint, record = b.endpoint_id(group, "pe-kv-2"), "kv-second"
    return adding(
        estate,
        b.behind(b.key_vault(group, record, public=False), [endpoint]),
        b.private_endpoint(group, "pe-kv-2", subnet, b.key_vault_id(group, record), "vault"),
        b.endpoint_interface(
            group,
            "pe-kv-2",
            subnet,
            [Member(name="d", address="10.1.0.90", fqdns=(f"{record}.vault.azure.net",))],
            "vault",
        ),
        b.zone_group(endpoint, [Zone(name=dns.id.name, id=dns.body["id"], records={record: "10.1.0.90"})]),
        b.address_record(dns.body["id"], record, ["10.1.0.90"], endpoint),
    )


@healthy("the storage's endpoint stands in a network beside the workspace's", "private-dependencies")
def endpoint_in_a_peered_network(estate: LabEstate) -> LabEstate:
    """Both spokes reach each other over the hub as far as peerings show."""
    there = f"{one(estate, 'virtual-network', 'vnet-spoke-2').body['id']}/subnets/snet-apps"

    def move(body: dict[str, Any]) -> None:
        if "subnet" in body["properties"]:
            body["properties"]["subnet"] = {"id": there}
        for configuration in body["properties"]["ipConfigurations"]:
            configuration["properties"]["subnet"] = {"id": there}

    for document in (one(estate, "private-endpoint", "pe-st-blob"), one(estate, "network-interface", "pe-st-blob")):
        estate = edited(estate, document, move)
    return estate


@healthy("a policy is still at work on an endpoint", "azure-dns")
def endpoint_updating(estate: LabEstate) -> LabEstate:
    """Neither failed nor done."""
    endpoint = one(estate, "private-endpoint")
    return edited(estate, endpoint, lambda body: body["properties"].update(provisioningState="Updating"))


@healthy("a spoke behind the hub's server is linked as well", "hub-spoke")
def spokes_linked_too(estate: LabEstate) -> LabEstate:
    """The links of the spokes have no effect, and no harm is done."""
    for zone in find(estate, "private-dns-zone"):
        for network in find(estate, "virtual-network", "spoke"):
            estate = adding(estate, b.zone_link(zone.body["id"], network.body["id"]))
    return estate


@healthy("the list of servers holds two that answer alike", "hub-spoke")
def two_alike(estate: LabEstate) -> LabEstate:
    """A second BIND, made from the same image."""
    (first,) = estate.servers
    second = replace(first, address="10.0.0.5")
    for network in find(estate, "virtual-network", "spoke"):
        estate = edited(
            estate,
            network,
            lambda body: body["properties"].update(dhcpOptions={"dnsServers": ["10.0.0.4", "10.0.0.5"]}),
        )
    group = Group(subscription=CONNECTIVITY, name="RG-Hub-Network")
    subnet = f"{b.network_id(group, 'vnet-hub')}/subnets/snet-dns"
    machine = (
        b.vm_interface(group, "nic-bind-2", "vm-bind-2", subnet, "10.0.0.5"),
        b.virtual_machine(group, "vm-bind-2", "nic-bind-2"),
    )
    servers = (first, second)
    return replace(adding(estate, machine), servers=servers, declared=servers)


def _shout(body: dict[str, Any]) -> None:
    network = body["properties"]["virtualNetwork"]
    network["id"] = network["id"].upper()


def _with_server(estate: LabEstate, **said: object) -> LabEstate:
    """The one custom server, running and declared, with something else said of it."""
    servers: tuple[DeclaredServer, ...] = tuple(replace(server, **said) for server in estate.servers)  # type: ignore[arg-type]
    return replace(estate, servers=servers, declared=servers)


def _readdressed(document: Document, moved: dict[str, str]) -> Document:
    text = json.dumps(dict(document.body))
    for former, now in moved.items():
        text = text.replace(f'"{former}"', f'"{now}"')
    text = text.replace("10.1.0.0/16", "172.200.0.0/16").replace("10.1.0.0/24", "172.200.0.0/24")
    return replace(document, body=json.loads(text))


@healthy("an endpoint was created seconds ago and nobody has approved it yet", "azure-dns")
def endpoint_seconds_old(estate: LabEstate) -> LabEstate:
    """Azure is still at work on it, and its zone group has written nothing."""
    endpoint = one(estate, "private-endpoint", "pe-mlw")
    group = find(estate, "private-dns-zone-group", "default")

    def fresh(body: dict[str, Any]) -> None:
        properties = body["properties"]
        properties["provisioningState"] = "Updating"
        for connection in properties["privateLinkServiceConnections"]:
            connection["properties"]["privateLinkServiceConnectionState"]["status"] = "Pending"

    records = [d for d in find(estate, "record-set") if d.body["properties"].get("metadata")]
    return edited(without(estate, *records, *group), endpoint, fresh)


@healthy("zones are linked to the hub and, without effect, to its spokes", "hub-spoke")
def linked_everywhere(estate: LabEstate) -> LabEstate:
    """Whoever asks the hub's server is answered there."""
    zones = [zone.body["id"] for zone in find(estate, "private-dns-zone")]
    spokes = [network.body["id"] for network in find(estate, "virtual-network", "spoke")]
    return adding(estate, (b.zone_link(zone, spoke) for zone in zones for spoke in spokes))
