"""Incidents of endpoints that failed, lead nowhere, list nothing, or whose records nobody keeps."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.estate import LabEstate
from collectors.graph.ids import ArmId
from tests.incidents.scenes import adding, edited, find, incident, one, without


@incident("PED105")
def workspace_deleted(estate: LabEstate) -> LabEstate:
    """Its endpoint stays, with the connection Disconnected; what the workspace was made with stays, too."""

    def edit(body: dict[str, Any]) -> None:
        (connection,) = body["properties"]["privateLinkServiceConnections"]
        state = connection["properties"]["privateLinkServiceConnectionState"]
        state.update(status="Disconnected", description="Deleted")

    return edited(without(estate, one(estate, "workspace")), one(estate, "private-endpoint"), edit)


@incident("PED106")
def last_update_failed(estate: LabEstate) -> LabEstate:
    """Its addresses and names are what they were."""
    endpoint = one(estate, "private-endpoint", "pe-mlw")
    return edited(estate, endpoint, lambda body: body["properties"].update(provisioningState="Failed"))


@incident("PED108")
def public_access_left_on(estate: LabEstate) -> LabEstate:
    """Everybody gets in, by whatever name server."""
    workspace = one(estate, "workspace")
    return edited(estate, workspace, lambda body: body["properties"].update(publicNetworkAccess="Enabled"))


@incident("PED110")
def no_names(estate: LabEstate) -> LabEstate:
    """The addresses are there, and the zone group says what it wrote."""

    def edit(body: dict[str, Any]) -> None:
        for configuration in body["properties"]["ipConfigurations"]:
            configuration["properties"]["privateLinkConnectionProperties"]["fqdns"] = []

    return edited(estate, one(estate, "network-interface", "pe-mlw"), edit)


@incident("PED111")
def typed_by_hand(estate: LabEstate) -> LabEstate:
    """The zone group is gone with what it wrote; somebody typed the same records, which bear no stamp."""
    aim = Aim(endpoint="pe-mlw-prod", zones="rg-dns")
    for record in aim.records(estate):
        body = deepcopy(dict(record.body))
        del body["properties"]["metadata"]
        body["properties"]["ttl"] = 3600
        estate = adding(estate, replace(record, body=body))
    fault = faults.zone_group_removed(aim)
    return estate.with_changes(fault.changes(estate), fault.side)


@incident("PED116")
def two_automations(estate: LabEstate) -> LabEstate:
    """The policy made its own group over the same zones while the template's stood."""
    group = one(estate, "private-dns-zone-group")
    text = group.body["id"].replace("/default", "/deployedByPolicy")
    body = {**group.body, "id": text, "name": "deployedByPolicy"}
    return adding(estate, replace(group, id=ArmId(text), body=body))


def left(estate: LabEstate, endpoint: str) -> LabEstate:
    """The estate after an endpoint (a name) of a dependency was deleted, with what Azure removes with it."""
    gone = one(estate, "private-endpoint", endpoint)
    stamp = f"created by private endpoint {gone.id.name} with "
    written = [
        record
        for record in find(estate, "record-set")
        if record.body["properties"].get("metadata", {}).get("creator", "").startswith(stamp)
    ]
    for target in estate.documents.values():
        connections = target.body.get("properties", {}).get("privateEndpointConnections") or ()
        kept = [c for c in connections if ArmId(c["properties"]["privateEndpoint"]["id"]) != gone.id]
        if len(kept) < len(connections):
            properties = {**target.body["properties"], "privateEndpointConnections": kept}
            estate = adding(estate, replace(target, body={**target.body, "properties": properties}))
    return without(estate, gone, find(estate, "network-interface", f"{endpoint}.nic"), written)
