"""Incidents of what a workspace depends on."""

from __future__ import annotations

from agent.lab import builders as b
from agent.lab.builders import Group, Member, Zone
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.incidents.endpoint_states import left
from tests.incidents.scenes import adding, edited, find, incident, one, without

_ML = "22222222-0000-4000-8000-00000000a009"
_CONNECTIVITY = "11111111-0000-4000-8000-00000000c009"
_GROUP = Group(subscription=_ML, name="rg-ml")
_DNS = Group(subscription=_CONNECTIVITY, name="rg-dns")


@incident("F42")
def storage_without_files(estate: LabEstate) -> LabEstate:
    """The endpoint for files was deleted; blobs still work."""
    return left(estate, "pe-st-file")


@incident("F43")
def registry_without_its_data_record(estate: LabEstate) -> LabEstate:
    """Somebody who wrote the records by hand knew of the login server only."""
    (record,) = find(estate, "record-set", ".data")
    return without(estate, record)


@incident("PED113")
def vault_without_endpoint(estate: LabEstate) -> LabEstate:
    """The vault's endpoint was deleted, and public access stayed disabled."""
    return left(estate, "pe-kv")


@incident("PED112")
def storage_elsewhere(estate: LabEstate) -> LabEstate:
    """The endpoint for blobs was made again in a network of its own, which is linked to the zones of storage."""
    account = one(estate, "storage-account")
    former = one(estate, "private-endpoint", "pe-st-blob")
    estate = left(estate, "pe-st-blob")
    network = b.virtual_network(_GROUP, "vnet-storage", "10.90.0.0/16", subnets={"snet": "10.90.0.0/24"})
    subnet, zone = f"{network.body['id']}/subnets/snet", one(estate, "private-dns-zone", "blob")
    name = account.id.name
    links = [
        b.zone_link(zone.body["id"], network.body["id"]) for zone in find(estate, "private-dns-zone", "core.windows")
    ]
    made = _endpoint(
        former.id.name, subnet, account, "blob", {f"{name}.blob.core.windows.net": "10.90.0.5"}, zone, name
    )
    behind = [ArmId(c["properties"]["privateEndpoint"]["id"]).text for c in _connections(one(estate, account.kind))]
    return adding(
        estate,
        network,
        links,
        made,
        b.behind(account, [*behind, b.endpoint_id(_GROUP, former.id.name)]),
    )


@incident("F45")
def registry_in_another_subnet(estate: LabEstate) -> LabEstate:
    """A registry for models; its endpoint stands beside the computes, not beside the workspace's."""
    registry = b.ml_registry(_GROUP, "mlr-shared", "stmlrshared", "crmlrshared")
    managed = b.ml_registry_group(_GROUP, "mlr-shared")
    network = one(estate, "virtual-network", "vnet-spoke-1").body["id"]
    zone, label = one(estate, "private-dns-zone", PUBLIC.api_zone), "5eed0045-0000-4000-8000-0000000000f4.registry"
    names = {f"{label}.{b.REGION}.{PUBLIC.api}": "10.1.1.45"}
    record, subnet = f"{label}.{b.REGION}", f"{network}/subnets/snet-compute"
    made = _endpoint("pe-mlr", subnet, registry, "amlregistry", names, zone, record)
    estate = adding(estate, registry, made, b.storage_account(managed, "stmlrshared"))
    known = {
        "publicNetworkAccess": "Disabled",
        "registryPrivateEndpointConnections": [
            {"id": f"{registry.id}/privateEndpointConnections/pe-mlr", "properties": connection}
            for connection in [{"privateEndpoint": {"id": b.endpoint_id(_GROUP, "pe-mlr")}}]
        ],
    }
    estate = edited(estate, registry, lambda body: body["properties"].update(known))
    return adding(estate, b.container_registry(managed, "crmlrshared"))


def _endpoint(
    name: str, subnet: str, target: Document, group: str, names: dict[str, str], zone: Document, record: str
) -> list[Document]:
    """An endpoint with one name, whose zone group writes it into a zone."""
    id, (address,) = b.endpoint_id(_GROUP, name), names.values()
    member = Member(name=group, address=address, fqdns=tuple(names))
    return [
        b.private_endpoint(_GROUP, name, subnet, target.body["id"], group),
        b.endpoint_interface(_GROUP, name, subnet, [member], group),
        b.zone_group(id, [Zone(name=zone.id.name, id=zone.body["id"], records={record: address})]),
        b.address_record(zone.body["id"], record, [address], id),
    ]


def _connections(document: Document) -> list[dict[str, dict[str, dict[str, str]]]]:
    found: list[dict[str, dict[str, dict[str, str]]]] = document.body["properties"]["privateEndpointConnections"]
    return found
