"""One workspace with two endpoints in networks that do not know each other, each with zones of its own."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.documents import Document

_EMEA = "55555555-0000-4000-8000-00000000e001"
_APAC = "55555555-0000-4000-8000-00000000e002"

_WORKSPACE_GROUP = Group(subscription=_EMEA, name="RG-ML-Global")


def _endpoint(subscription: str, area: str, region: str, stem: str) -> parts.PrivateWorkspace:
    """The workspace as one area sees it; `stem` begins the addresses of its endpoint."""
    place = Group(subscription=subscription, name=f"RG-Network-{area}", region=region)
    return parts.PrivateWorkspace(
        name="mlw-translation",
        guid="5eed0008-0000-4000-8000-0000000074a8",
        group=_WORKSPACE_GROUP,
        endpoint=f"pe-mlw-translation-{area.lower()}",
        subnet=f"{b.network_id(place, f'vnet-{area.lower()}')}/subnets/snet-endpoints",
        addresses=tuple(f"{stem}.0.{last}" for last in (5, 6, 7)),
        place=place,
    )


_IN_EMEA = _endpoint(_EMEA, "EMEA", b.REGION, "10.10")
_IN_APAC = _endpoint(_APAC, "APAC", "southeastasia", "10.20")


def _build() -> LabEstate:
    it = _IN_EMEA
    documents = [
        *parts.subscriptions({_EMEA: "ml-emea", _APAC: "ml-apac"}),
        b.workspace(it.group, it.name, it.guid, _IN_EMEA.endpoint_id, _IN_APAC.endpoint_id),
        *parts.dependencies(it.group, it.name),
        *_area(_IN_EMEA, "vnet-emea", "10.10", Group(subscription=_EMEA, name="RG-DNS-EMEA")),
        *_area(_IN_APAC, "vnet-apac", "10.20", Group(subscription=_APAC, name="RG-DNS-APAC")),
    ]
    return parts.estate(documents, ("vnet-emea", "vnet-apac"))


def _area(it: parts.PrivateWorkspace, network: str, stem: str, dns: Group) -> Iterator[Document]:
    """A network with the endpoint, a machine, and zones that hold this endpoint's addresses only."""
    group, own = it.endpoint_group, b.network_id(it.endpoint_group, network)
    subnets = {"snet-endpoints": f"{stem}.0.0/24", "snet-work": f"{stem}.1.0/24"}
    yield b.virtual_network(group, network, f"{stem}.0.0/16", subnets=subnets)
    yield from parts.machine(group, "nic-jump", "vm-jump", f"{own}/subnets/snet-work", f"{stem}.1.4")
    yield from parts.endpoint_of(it, dns)
    yield from parts.linked_zones([it], dns, [own])


_AIM = Aim(endpoint=_IN_EMEA.endpoint, zones="rg-dns-emea")

TWO_ENDPOINTS = Scenario(
    name="two-endpoints",
    title="One workspace has an endpoint in each of two networks that are not connected, each with zones of its own",
    build=_build,
    faults=parts.by_name(
        faults.zone_unlinked(_AIM, "vnet-emea"),
        faults.record_missing(_AIM),
        faults.record_wrong_address(_AIM),
        faults.notebooks_zone_left_out(_AIM),
        faults.fallback_hides(_AIM),
        faults.connection_pending(_AIM),
    ),
)
