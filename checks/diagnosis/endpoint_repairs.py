"""Repairs of private endpoints themselves and of what they lead to."""

from __future__ import annotations

from dataclasses import replace

from checks.diagnosis import repairs
from checks.finding import Repair
from collectors.graph.documents import Change, Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateEndpoint

_WORDS = ("az", "network", "private-endpoint")


def save_endpoint(estate: Estate, endpoint: ArmId) -> Repair:
    """Let Azure provision an endpoint again as it is."""
    before = estate.documents[endpoint]
    properties = {**before.body.get("properties", {}), "provisioningState": "Succeeded"}
    return Repair(
        change=Change(
            id=before.id, before=before, after=replace(before, body={**before.body, "properties": properties})
        ),
        text=f"save the endpoint {endpoint.name} again",
        command=repairs.command(*_WORDS, "update", *repairs.where(endpoint), "--name", endpoint.name),
    )


def delete_endpoint(estate: Estate, endpoint: ArmId) -> Repair:
    """Remove an endpoint; its zone group and interface go with it."""
    before = estate.documents[endpoint]
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"delete the endpoint {endpoint.name}",
        command=repairs.command(*_WORDS, "delete", *repairs.where(endpoint), "--name", endpoint.name),
    )


def create_endpoint(estate: Estate, target: ArmId, group: str, beside: PrivateEndpoint) -> Repair:
    """Give a resource an endpoint for one of its private-link groups, in the subnet of another endpoint."""
    assert beside.subnet is not None  # the caller chose one that has a place
    name = f"pe-{target.name}-{group}"[:80]
    id = ArmId(f"{beside.id.text.rpartition('/')[0]}/{name}")
    properties = {
        "provisioningState": "Succeeded",
        "subnet": {"id": beside.subnet.text},
        "networkInterfaces": [],
        "manualPrivateLinkServiceConnections": [],
        "privateLinkServiceConnections": [
            {
                "name": name,
                "properties": {
                    "privateLinkServiceId": target.text,
                    "groupIds": [group],
                    "privateLinkServiceConnectionState": {"status": "Approved", "description": ""},
                },
            }
        ],
    }
    body = {"id": id.text, "name": name, "location": beside.location, "properties": properties}
    return Repair(
        change=Change(
            id=id, before=estate.documents.get(id), after=Document(kind="private-endpoint", id=id, body=body)
        ),
        text=f"give {target.name} a private endpoint for {group} beside {beside.id.name}, and then a DNS zone group",
        command=repairs.command(
            *(*_WORDS, "create", *repairs.where(id), "--name", name, "--connection-name", name),
            *("--private-connection-resource-id", target.text, "--group-id", group),
            *("--subnet", beside.subnet.text, "--location", beside.location),
        ),
    )
