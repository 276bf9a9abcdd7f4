"""Incidents of the private endpoint itself and of its zone group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY, PLATFORM, SCENARIOS
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.incidents.scenes import adding, edited, find, incident, one, without

API, NOTEBOOKS = PUBLIC.api_zone, PUBLIC.notebooks_zone
CHURN = Aim(endpoint="pe-mlw-churn", zones="rg-private-dns")


def broken(scenario: str, fault: str, estate: LabEstate) -> LabEstate:
    """The estate after one of the lab's own changes."""
    change = SCENARIOS[scenario].faults[fault]
    return estate.with_changes(change.changes(estate), change.side)


def api_zone_only(scenario: str, estate: LabEstate) -> LabEstate:
    """The zone group holds one of two zones."""
    return broken(scenario, "notebooks-zone-left-out", estate)


incident("F2")(lambda estate: api_zone_only("azure-dns", estate))
incident("F4")(lambda estate: api_zone_only("hub-project", estate))
incident("PED103")(lambda estate: api_zone_only("hub-spoke", estate))
incident("PED101")(lambda estate: broken("hub-spoke", "connection-pending", estate))


@incident("F3")
def policy_with_one_zone(estate: LabEstate) -> LabEstate:
    """The policy's own name for the group, and its own for the one zone."""
    estate = api_zone_only("private-resolver", estate)
    former = one(estate, "private-dns-zone-group")
    text = former.body["id"].replace("/default", "/deployedByPolicy")
    (config,) = former.body["properties"]["privateDnsZoneConfigs"]
    properties = {**former.body["properties"]}
    properties["privateDnsZoneConfigs"] = [{**config, "name": "amlworkspace-privateDnsZone"}]
    body = {**former.body, "id": text, "name": "deployedByPolicy", "properties": properties}
    return adding(without(estate, former), Document(kind=former.kind, id=ArmId(text), body=body))


@incident("F50")
def rejected(estate: LabEstate) -> LabEstate:
    """The owner of the workspace said no."""
    estate = broken("azure-dns", "connection-pending", estate)

    def edit(body: dict[str, Any]) -> None:
        for connection in body["properties"]["manualPrivateLinkServiceConnections"]:
            state = connection["properties"]["privateLinkServiceConnectionState"]
            state.update(status="Rejected", description="who are you?")

    return edited(estate, one(estate, "private-endpoint"), edit)


@incident("PED102")
def nobody_wrote_records(estate: LabEstate) -> LabEstate:
    """No zone group, and no record of the endpoint."""
    fault = faults.zone_group_removed(CHURN)
    return estate.with_changes(fault.changes(estate), fault.side)


@incident("F48")
def endpoint_deleted(estate: LabEstate) -> LabEstate:
    """Azure does not switch public access on again."""
    fault = faults.endpoint_deleted(CHURN)
    return estate.with_changes(fault.changes(estate), fault.side)


@incident("PED109")
def endpoint_deleted_behind_a_server(estate: LabEstate) -> LabEstate:
    """The same where a DNS server stands between."""
    fault = faults.endpoint_deleted(Aim(endpoint="pe-mlw-prod", zones="rg-dns"))
    return estate.with_changes(fault.changes(estate), fault.side)


@incident("PED104")
def invented_zone(estate: LabEstate) -> LabEstate:
    """The notebooks records stand in a zone that no name leads to; Azure took them out of the right one."""
    return _written_into(estate, NOTEBOOKS, "privatelink.ml.azure.net")


@incident("F14")
def zone_of_the_old_table(estate: LabEstate) -> LabEstate:
    """The right zone was never made."""
    right = "privatelink.api.ml.azure.us"
    estate = _written_into(estate, right, "privatelink.api.azureml.us")
    return without(estate, one(estate, "private-dns-zone", right))


@incident("PED114")
def group_writes_into_a_copy(estate: LabEstate) -> LabEstate:
    """The hub is linked to the platform team's zone; the group writes into one that the data scientists made."""
    group = Group(subscription=CONNECTIVITY, name="RG-Data-Science")
    estate, _ = _copied(estate, API, group)
    return _grouped_into(estate, API, group)


@incident("F13")
def a_zone_for_each_network(estate: LabEstate) -> LabEstate:
    """vnet-apps is linked to a zone of its own, which nobody writes into."""
    group = Group(subscription=PLATFORM, name="RG-Apps-DNS")
    zone = b.zone_id(group, API)
    link = next(link for link in find(estate, "zone-link", "vnet-apps") if link.id.parent.name == API)
    network = link.body["properties"]["virtualNetwork"]["id"]
    own = [b.private_zone(group, API, record_sets=1, links=1), b.soa_record(zone), b.zone_link(zone, network)]
    return adding(without(estate, link), own)


@incident("PED115")
def zone_moved(estate: LabEstate) -> LabEstate:
    """Its records and links went with it; the group still names the former id."""
    group = Group(subscription=PLATFORM, name="RG-DNS-New")
    former = one(estate, "private-dns-zone", API)
    moved = [_moved(document, former.id, b.zone_id(group, API)) for document in _inside(estate, former.id)]
    return adding(without(estate, former), moved)


def _written_into(estate: LabEstate, right: str, wrong: str) -> LabEstate:
    """The zone group names a wrong zone in the place of the right one, which is linked to the same networks."""
    former = one(estate, "private-dns-zone", right)
    zone = ArmId(f"{former.id.text.rpartition('/')[0]}/{wrong}")
    copies = [_moved(document, former.id, zone.text) for document in _inside(estate, former.id)]
    written = [d for d in find(estate, "record-set") if d.id.parent == former.id and "aRecords" in d.body["properties"]]
    return _group_names(adding(without(estate, written), copies), former.id, zone)


def _copied(estate: LabEstate, name: str, group: Group) -> tuple[LabEstate, ArmId]:
    """A copy of a zone in another group, with its records and without its links; the first one loses its records."""
    former = one(estate, "private-dns-zone", name)
    zone = ArmId(b.zone_id(group, name))
    inside = [document for document in _inside(estate, former.id) if document.kind != "zone-link"]
    written = [d for d in inside if "aRecords" in d.body.get("properties", {})]
    copies = [_moved(document, former.id, zone.text) for document in inside]
    return adding(without(estate, written), copies), zone


def _grouped_into(estate: LabEstate, name: str, group: Group) -> LabEstate:
    return _group_names(estate, one_of(estate, name, other_than=group), ArmId(b.zone_id(group, name)))


def one_of(estate: LabEstate, name: str, *, other_than: Group) -> ArmId:
    """The zone of a name that is not in a resource group."""
    (found,) = [
        z.id for z in find(estate, "private-dns-zone", name) if z.id.resource_group.lower() != other_than.name.lower()
    ]
    return found


def _group_names(estate: LabEstate, former: ArmId, zone: ArmId) -> LabEstate:
    for group in find(estate, "private-dns-zone-group"):

        def edit(body: dict[str, Any]) -> None:
            for config in body["properties"]["privateDnsZoneConfigs"]:
                if ArmId(config["properties"]["privateDnsZoneId"]) == former:
                    config["properties"]["privateDnsZoneId"] = zone.text

        estate = edited(estate, group, edit)
    return estate


def _inside(estate: LabEstate, zone: ArmId) -> list[Document]:
    return [d for d in estate.documents.values() if d.id == zone or d.id.key.startswith(f"{zone.key}/")]


def _moved(document: Document, former: ArmId, now: str) -> Document:
    """A zone or something in it, at another place."""
    id = ArmId(now + document.id.text[len(former.text) :])
    body = {**document.body, "id": id.text}
    if document.id == former:
        body["name"] = id.name
    return replace(document, id=id, body=body)
