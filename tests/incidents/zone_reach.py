"""Incidents of networks that zones leave out, and of names that they deny."""

from __future__ import annotations

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.estate import LabEstate
from agent.lab.scenarios import ML_PROD_LINKS
from collectors.graph.documents import Document
from tests.incidents.scenes import adding, edited, incident, one

GROUP = Group(subscription=ML_PROD_LINKS, name="RG-ML-Network")


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
