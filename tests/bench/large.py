"""Estates of the size that large companies have, from the lab's own builders."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab.builders import (
    REGION,
    Group,
    Member,
    Zone,
    address_record,
    application_insights,
    behind,
    dependency_stem,
    endpoint_id,
    endpoint_interface,
    guid,
    key_vault,
    key_vault_id,
    network_id,
    notebooks_label,
    permissions,
    private_endpoint,
    private_zone,
    soa_record,
    storage_account,
    subscription,
    virtual_network,
    workspace,
    workspace_id,
    zone_group,
    zone_id,
    zone_link,
)
from agent.lab.estate import LabEstate
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document

HUB = Group(subscription=guid("subscription of the hub"), name="RG-Hub")
API, NOTEBOOKS = "privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"
VAULTS = "privatelink.vaultcore.azure.net"
ZONES = (API, NOTEBOOKS, *(f"privatelink.service{number}.example.net" for number in range(58)))
"""What a hub typically holds: one zone per service that somebody uses."""


def endpoints(count: int) -> LabEstate:
    """One subscription with that many private endpoints."""
    group = Group(subscription=guid("subscription"), name="RG-Endpoints")
    subnet = f"{network_id(group, 'vnet')}/subnets/snet"
    made = (private_endpoint(group, f"pe-{n}", subnet, workspace_id(group, f"mlw-{n}")) for n in range(count))
    return _estate([*_subscription(group.subscription, "sub"), *made])


def records(zones: int, each: int) -> LabEstate:
    """One subscription with zones of that many record sets each."""
    group = Group(subscription=guid("subscription"), name="RG-DNS")
    documents = list(_subscription(group.subscription, "sub"))
    for number in range(zones):
        name = f"privatelink.zone{number}.example.net"
        zone = zone_id(group, name)
        documents.append(private_zone(group, name, record_sets=each, links=0))
        documents += (
            address_record(zone, f"host-{n}", [_address(n)], endpoint_id(group, f"pe-{n}")) for n in range(each)
        )
    return _estate(documents)


def tenant(subscriptions: int, each: int) -> LabEstate:
    """A hub with the zones, and subscriptions with a workspace, a peered network and `each` endpoints."""
    hub_network = network_id(HUB, "vnet-hub")
    spokes = [Group(subscription=guid(f"subscription {n}"), name=f"RG-Spoke-{n}") for n in range(subscriptions - 1)]
    documents = list(_subscription(HUB.subscription, "sub-hub"))
    peers = {network_id(spoke, "vnet-spoke"): _prefix(n) for n, spoke in enumerate(spokes)}
    documents.append(
        virtual_network(
            HUB, "vnet-hub", "10.0.0.0/16", subnets={"snet": "10.0.0.0/24"}, peers=dict(list(peers.items())[:500])
        )
    )
    for name in ZONES:
        zone = zone_id(HUB, name)
        documents += [private_zone(HUB, name, record_sets=1, links=1), soa_record(zone), zone_link(zone, hub_network)]
    for number, spoke in enumerate(spokes):
        documents += _spoke(spoke, number, each)
    return _estate(documents)


def vaults(subscriptions: int, each: int) -> LabEstate:
    """A hub with the zone of vaults, and subscriptions with a peered network and `each` vaults behind endpoints."""
    hub, zone = network_id(HUB, "vnet-hub"), zone_id(HUB, VAULTS)
    spokes = [Group(subscription=guid(f"subscription {n}"), name=f"RG-Spoke-{n}") for n in range(subscriptions)]
    peers = {network_id(spoke, f"vnet-spoke-{n}"): f"{_address(n * 256)}/24" for n, spoke in enumerate(spokes)}
    documents = [
        *_subscription(HUB.subscription, "sub-hub"),
        virtual_network(HUB, "vnet-hub", "10.0.0.0/16", subnets={"snet": "10.0.0.0/24"}, peers=peers),
        private_zone(HUB, VAULTS, record_sets=subscriptions * each + 1, links=subscriptions + 1),
        soa_record(zone),
        *(zone_link(zone, network) for network in (hub, *peers)),
    ]
    for number, spoke in enumerate(spokes):
        documents += _vaults(spoke, number, each)
    return _estate(documents)


def _vaults(group: Group, number: int, each: int) -> Iterator[Document]:
    yield from _subscription(group.subscription, f"sub-{number}")
    name = f"vnet-spoke-{number}"
    network, prefix = network_id(group, name), f"{_address(number * 256)}/24"
    peers = {network_id(HUB, "vnet-hub"): "10.0.0.0/16"}
    yield virtual_network(group, name, prefix, subnets={"snet": prefix}, peers=peers)
    zone = zone_id(HUB, VAULTS)
    for place in range(each):
        own, record, address = f"pe-{place}", f"kv-{number}-{place}", _address(number * 256 + place + 4)
        endpoint, subnet = endpoint_id(group, own), f"{network}/subnets/snet"
        yield behind(key_vault(group, record, public=False), [endpoint])
        yield private_endpoint(group, own, subnet, key_vault_id(group, record), "vault")
        members = [Member(name="default", address=address, fqdns=(f"{record}.vault.azure.net",))]
        yield endpoint_interface(group, own, subnet, members, "vault")
        yield zone_group(endpoint, [Zone(name=VAULTS, id=zone, records={record: address})])
        yield address_record(zone, record, [address], endpoint)


def _spoke(group: Group, number: int, each: int) -> Iterator[Document]:
    yield from _subscription(group.subscription, f"sub-{number}")
    prefix = _prefix(number)
    peers = {network_id(HUB, "vnet-hub"): "10.0.0.0/16"}
    yield virtual_network(
        group, "vnet-spoke", prefix, subnets={"snet": prefix}, dns_servers=[PLATFORM_RESOLVER], peers=peers
    )
    name, own = f"mlw-{number}", guid(f"workspace {number}")
    yield workspace(group, name, own, endpoint_id(group, "pe-0"))
    stem = dependency_stem(name)
    yield storage_account(group, f"st{stem}")
    yield key_vault(group, f"kv-{stem}")
    yield application_insights(group, f"appi-{stem}")
    subnet = f"{network_id(group, 'vnet-spoke')}/subnets/snet"
    yield from (zone_link(zone_id(HUB, zone), network_id(group, "vnet-spoke")) for zone in (API, NOTEBOOKS))
    for place in range(each):
        yield from _endpoint(group, place, number, subnet, name if place == 0 else f"other-{place}", own)


def _endpoint(group: Group, place: int, number: int, subnet: str, target: str, own: str) -> Iterator[Document]:
    name, address = f"pe-{place}", _address(number * 64 + place + 4)
    stem = f"{guid(own + str(place)) if place else own}.workspace.{REGION}"
    books = f"{notebooks_label(target, own)}.{REGION}" if not place else f"{stem}.books"
    fqdns = (f"{stem}.api.azureml.ms", f"{books}.notebooks.azure.net")
    members = [
        Member(name=label, address=address, fqdns=(fqdn,)) for label, fqdn in zip(("a", "b"), fqdns, strict=True)
    ]
    zones = [
        Zone(name=zone, id=zone_id(HUB, zone), records={record: address})
        for zone, record in ((API, stem), (NOTEBOOKS, books))
    ]
    endpoint = endpoint_id(group, name)
    yield private_endpoint(group, name, subnet, workspace_id(group, target))
    yield endpoint_interface(group, name, subnet, members)
    yield zone_group(endpoint, zones)
    for zone in zones:
        yield from (address_record(zone.id, record, [address], endpoint) for record in zone.records)


def _subscription(id: str, name: str) -> tuple[Document, ...]:
    return subscription(id, name), permissions(id)


def _prefix(number: int) -> str:
    return f"{_address(number * 64)}/26"


def _address(number: int) -> str:
    return f"10.{1 + number // 65536}.{number // 256 % 256}.{number % 256}"


def _estate(documents: list[Document]) -> LabEstate:
    return LabEstate(documents={document.id: document for document in documents})
