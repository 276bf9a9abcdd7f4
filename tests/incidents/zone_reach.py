"""Incidents of networks that zones leave out, and of names that they deny."""

from __future__ import annotations

from dataclasses import replace

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY, ML_PROD_LINKS
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.ids import Fqdn
from tests.incidents.scenes import Scene, adding, edited, incident, one

GROUP = Group(subscription=ML_PROD_LINKS, name="RG-ML-Network")
ABROAD = Group(subscription="99999999-0000-4000-8000-0000000000ff", name="RG-Partner")
"""A subscription of another tenant: nobody here can list it, but public DNS knows what is in it."""
PARTNER = b.guid("the partner's workspace")
PARTNERS_API = Fqdn(f"{PARTNER}.workspace.{b.REGION}.api.azureml.ms")
SUPPLIERS = Fqdn("stsupplier.blob.core.windows.net")
BLOBS = "privatelink.blob.core.windows.net"


def peered(estate: LabEstate, name: str, prefix: str, *more: Document) -> LabEstate:
    """One network more, peered both ways with the endpoint's, and what stands in it."""
    ml = one(estate, "virtual-network", "vnet-ml")
    own = b.virtual_network(GROUP, name, prefix, subnets={"snet": prefix}, peers={ml.body["id"]: "10.1.0.0/16"})
    back = b.virtual_network(GROUP, "x", "10.1.0.0/16", subnets={}, peers={own.body["id"]: prefix})
    (peering,) = back.body["properties"]["virtualNetworkPeerings"]
    estate = edited(estate, ml, lambda body: body["properties"]["virtualNetworkPeerings"].append(peering))
    return adding(estate, own, more)


def machine(network: str, name: str, address: str) -> tuple[Document, ...]:
    """A machine in the subnet of a network."""
    subnet = f"{b.network_id(GROUP, network)}/subnets/snet"
    return (
        b.vm_interface(GROUP, f"nic-{name}", name, subnet, address),
        b.virtual_machine(GROUP, name, f"nic-{name}"),
    )


def linked(estate: LabEstate, network: str, *zones: str) -> LabEstate:
    """The estate with zones linked to a network."""
    id = b.network_id(GROUP, network)
    return adding(estate, [b.zone_link(one(estate, "private-dns-zone", zone).body["id"], id) for zone in zones])


@incident("PED220")
def peered_network_with_machines(estate: LabEstate) -> LabEstate:
    """Neither of the zones was linked to it."""
    return peered(estate, "vnet-build", "10.60.0.0/16", *machine("vnet-build", "vm-build", "10.60.0.4"))


def partner(estate: LabEstate) -> LabEstate:
    """A workspace of another tenant, behind an endpoint there."""
    return adding(estate, b.workspace(ABROAD, "mlw-partner", PARTNER, b.endpoint_id(ABROAD, "pe-partner")))


def supplier(estate: LabEstate) -> LabEstate:
    """A storage account of another tenant, behind an endpoint there."""
    subnet = f"{b.network_id(ABROAD, 'vnet-supplier')}/subnets/snet"
    account = b.storage_account(ABROAD, "stsupplier").body["id"]
    members = [b.Member(name="blob", address="10.200.0.4", fqdns=(SUPPLIERS,))]
    return adding(
        estate,
        b.private_endpoint(ABROAD, "pe-supplier", subnet, account, "blob"),
        b.endpoint_interface(ABROAD, "pe-supplier", subnet, members, "blob"),
    )


def blobs(estate: LabEstate, *, fallback: bool = False, forwarded: bool = True) -> LabEstate:
    """A zone for blobs, linked to the hub, that holds nothing yet; the hub's server forwards their names."""
    group = Group(subscription=CONNECTIVITY, name="RG-DNS")
    zone, hub = b.zone_id(group, BLOBS), one(estate, "virtual-network", "vnet-hub").body["id"]
    link = b.zone_link(zone, hub)
    link.body["properties"]["resolutionPolicy"] = "NxDomainRedirect" if fallback else "Default"
    estate = adding(estate, b.private_zone(group, BLOBS, record_sets=1, links=1), b.soa_record(zone), link)
    (server,) = estate.servers
    more = {Fqdn("blob.core.windows.net"): (PLATFORM_RESOLVER,)} if forwarded else {}
    servers = (replace(server, forwards={**(server.forwards or {}), **more}),)
    return replace(estate, servers=servers, declared=servers)


def using(estate: LabEstate, *names: Fqdn) -> Scene:
    """The configuration says that clients use names of others."""

    def said(declared: Declared) -> Declared:
        return replace(declared, foreign=names)

    return Scene(estate=estate, declared=said)


@incident("F9")
def partners_workspace(estate: LabEstate) -> Scene:
    """The zone that is here for our own workspace."""
    return using(partner(estate), PARTNERS_API)


@incident("PED213")
def suppliers_storage(estate: LabEstate) -> Scene:
    """The platform team made all zones at once."""
    return using(blobs(supplier(estate)), SUPPLIERS)
