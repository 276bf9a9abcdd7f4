"""Incidents of private zones, their links and records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import REGION, Group, guid
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY, PLATFORM
from collectors.graph.documents import Document
from tests.incidents.endpoints import broken
from tests.incidents.scenes import adding, edited, find, incident, one, without

API, NOTEBOOKS = PUBLIC.api_zone, PUBLIC.notebooks_zone
INSTANCES = "instances.azureml.ms"


def _lab(key: str, scenario: str, fault: str) -> None:
    incident(key)(lambda estate: broken(scenario, fault, estate))


_lab("PED201", "hub-spoke", "zone-deleted")
_lab("PED202", "hub-spoke", "zone-unlinked")
_lab("PED203", "hub-spoke", "record-missing")
_lab("F38", "private-resolver", "record-missing")
_lab("PED204", "hub-spoke", "record-wrong-address")
_lab("F8", "azure-dns", "fallback-hides")
_lab("PED212", "hub-spoke", "fallback-hides")


@incident("F5")
def linked_to_the_spokes(estate: LabEstate) -> LabEstate:
    """It is the hub's server that asks, and the hub lost its link."""
    estate = broken("hub-spoke", "zone-unlinked", estate)
    zone = one(estate, "private-dns-zone", API).body["id"]
    return adding(estate, [b.zone_link(zone, n.body["id"]) for n in find(estate, "virtual-network", "spoke")])


@incident("PED304")
def linked_to_one_spoke(estate: LabEstate) -> LabEstate:
    """The other one is not linked, and asks the hub's server as well."""
    estate = broken("hub-spoke", "zone-unlinked", estate)
    zone = one(estate, "private-dns-zone", API).body["id"]
    return adding(estate, b.zone_link(zone, one(estate, "virtual-network", "vnet-spoke-1").body["id"]))


_lab("F6", "azure-dns", "zone-unlinked")


@incident("F7")
def one_record_missing(estate: LabEstate) -> LabEstate:
    """The api record, and no other."""
    return without(estate, record_of(estate, API, lambda name: ".workspace." in name and not name.endswith(".cert")))


@incident("F34")
def no_inference_wildcard(estate: LabEstate) -> LabEstate:
    """Nobody wrote it."""
    return without(estate, record_of(estate, API, lambda name: name.startswith("*.")))


@incident("F35")
def inference_at_the_api(estate: LabEstate) -> LabEstate:
    """The third address was not copied."""
    return edited(estate, record_of(estate, API, lambda name: name.startswith("*.")), _holding("10.1.0.5"))


@incident("F10")
def endpoint_made_again(estate: LabEstate) -> LabEstate:
    """The api record is that of the former endpoint."""
    api = record_of(estate, API, lambda name: ".workspace." in name and not name.endswith(".cert"))
    return edited(estate, api, former("10.1.0.99", "pe-mlw-former"))


@incident("PED205")
def notebooks_of_a_former_endpoint(estate: LabEstate) -> LabEstate:
    """One record only."""
    (record,) = records_in(estate, NOTEBOOKS)
    return edited(estate, record, former("10.1.0.98", "pe-mlw-old"))


@incident("PED207")
def two_addresses(estate: LabEstate) -> LabEstate:
    """The old one beside the right one."""
    (record,) = records_in(estate, NOTEBOOKS)
    return edited(estate, record, _holding("10.1.0.6", "10.1.0.96"))


@incident("F15")
def zone_of_the_cert_name(estate: LabEstate) -> LabEstate:
    """The cert records belong into the api zone."""
    return _zone(estate, "azure-dns", "privatelink.cert.api.azureml.ms")


@incident("PED209")
def zone_of_inference(estate: LabEstate) -> LabEstate:
    """Linked to the hub, as the right ones are."""
    return _zone(estate, "hub-spoke", "privatelink.inference.ml.azure.com")


@incident("F16")
def zone_over_the_api(estate: LabEstate) -> LabEstate:
    """With the workspace's name, and nothing else of the region; linked to one of the networks."""
    (name,) = {r.id.name for r in records_in(estate, API) if ".workspace." in r.id.name and ".cert" not in r.id.name}
    made = _zone(estate, "azure-dns", "api.azureml.ms", {name: "10.1.0.5"})
    link = next(link for link in find(made, "zone-link", "vnet-ml") if link.id.parent.name == "api.azureml.ms")
    return without(made, link)


@incident("PED210")
def zone_over_notebooks(estate: LabEstate) -> LabEstate:
    """With the workspace's notebooks name."""
    (record,) = records_in(estate, NOTEBOOKS)
    return _zone(estate, "hub-spoke", "notebooks.azure.net", {record.id.name: "10.1.0.6"})


@incident("F18")
def wildcard_of_the_region(estate: LabEstate) -> LabEstate:
    """Every instance of the region."""
    return _zone(estate, "azure-dns", INSTANCES, {f"*.{REGION}": "10.1.0.5"})


@incident("PED211")
def wildcard_over_others(estate: LabEstate) -> LabEstate:
    """The hub of a company with several workspaces."""
    dns = one(estate, "private-dns-zone", NOTEBOOKS)
    zone = f"{dns.body['id'].rpartition('/')[0]}/{INSTANCES}"
    hub = one(estate, "virtual-network", "vnet-hub").body["id"]
    made = [
        _bare(zone),
        b.soa_record(zone),
        b.zone_link(zone, hub),
        b.address_record(zone, "*.northeurope", ["10.1.0.5"]),
    ]
    return adding(estate, made)


@incident("PED214")
def link_in_progress(estate: LabEstate) -> LabEstate:
    """Azure has not finished."""
    link = next(link for link in find(estate, "zone-link", "vnet-apps") if link.id.parent.name == API)

    def edit(body: dict[str, Any]) -> None:
        body["properties"].update(virtualNetworkLinkState="InProgress", provisioningState="Updating")

    return edited(estate, link, edit)


@incident("PED216")
def registration(estate: LabEstate) -> LabEstate:
    """Somebody wanted the machines' names."""
    link = next(link for link in find(estate, "zone-link", "vnet-apps") if link.id.parent.name == API)
    return edited(estate, link, lambda body: body["properties"].update(registrationEnabled=True))


@incident("PED218")
def ttl_of_a_day(estate: LabEstate) -> LabEstate:
    """The address is right."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"].pop("metadata", None)
        body["properties"]["ttl"] = 86400

    return edited(estate, record_of(estate, API, lambda name: name.endswith(".cert")), edit)


@incident("PED217")
def many_links(estate: LabEstate) -> LabEstate:
    """Eight hundred networks of other subscriptions."""
    zone = one(estate, "private-dns-zone", API).body["id"]
    group = Group(subscription=CONNECTIVITY, name="RG-Networks")
    networks = [f"vnet-{number}" for number in range(810)]
    made = [
        b.virtual_network(group, name, f"10.{64 + n // 256}.{n % 256}.0/24", subnets={})
        for n, name in enumerate(networks)
    ]
    return adding(estate, made, [b.zone_link(zone, b.network_id(group, name)) for name in networks])


def records_in(estate: LabEstate, zone: str) -> list[Document]:
    found = (record for record in find(estate, "record-set") if record.id.parent.name == zone)
    return [record for record in found if record.body["properties"].get("aRecords")]


def record_of(estate: LabEstate, zone: str, wanted: Callable[[str], bool]) -> Document:
    (found,) = [record for record in records_in(estate, zone) if wanted(record.id.name)]
    return found


def _holding(*addresses: str) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["properties"].update(aRecords=[{"ipv4Address": address} for address in addresses])


def former(address: str, endpoint: str) -> Callable[[dict[str, Any]], None]:
    """The record as an endpoint that is gone wrote it."""
    stamp = f"created by private endpoint {endpoint} with resource guid {guid(endpoint)}"

    def edit(body: dict[str, Any]) -> None:
        body["properties"].update(metadata={"creator": stamp}, aRecords=[{"ipv4Address": address}])

    return edit


_GROUPS = {
    "azure-dns": (Group(subscription=PLATFORM, name="RG-Private-DNS"), ("vnet-ml", "vnet-apps")),
    "hub-spoke": (Group(subscription=CONNECTIVITY, name="RG-DNS"), ("vnet-hub",)),
}


def _zone(estate: LabEstate, scenario: str, name: str, records: dict[str, str] | None = None) -> LabEstate:
    """One zone more, linked as those of the scenario are."""
    group, networks = _GROUPS[scenario]
    zone, held = b.zone_id(group, name), records or {}
    made = [b.private_zone(group, name, record_sets=len(held) + 1, links=len(networks)), b.soa_record(zone)]
    made += [b.zone_link(zone, one(estate, "virtual-network", network).body["id"]) for network in networks]
    return adding(estate, made, [b.address_record(zone, record, [address]) for record, address in held.items()])


def _bare(zone: str) -> Document:
    parts = zone.split("/")
    return b.private_zone(Group(subscription=parts[2], name=parts[4]), parts[-1], record_sets=2, links=1)
