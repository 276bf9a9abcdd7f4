"""Endpoints whose target no longer exists, and records whose endpoint no longer does."""

from __future__ import annotations

from collections.abc import Iterator

from checks.names.expected import services
from checks.requirements import Required
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Connection, OwnerStamp, PrivateEndpoint

LISTED = {
    "microsoft.machinelearningservices/workspaces": "workspace",
    "microsoft.machinelearningservices/registries": "ml-registry",
}
"""Types whose resources are listed whole, with their kinds: one that is not in the list does not exist."""


def orphans(estate: Estate, required: Required) -> Iterator[tuple[PrivateEndpoint, Connection, ArmId]]:
    """Endpoints, each with a connection and its target, which was looked for where it must be and is not there.

    Azure disconnects what led to a deleted resource; behind an approved connection stands one that nobody shows us.
    Nothing where some workspaces are out of scope: the target may have been one of those.
    """
    if len(required.workspaces) < len(services(estate)):
        return
    for endpoint in estate.endpoints:
        for connection in endpoint.connections:
            target = connection.target if connection.status.lower() != "approved" else None
            kind = LISTED.get(target.type.lower()) if target else None
            if target and kind and target not in estate.documents and not estate.unread(kind, target):
                yield endpoint, connection, target


def may_live(estate: Estate, owner: OwnerStamp) -> bool:
    """Whether an endpoint is the one of a stamp, or may be: its GUID was not told, or it could not be read."""
    if not owner.resource_guid or any(gap.kind in ("private-endpoint", "subscription") for gap in estate.gaps):
        return True
    namesakes = estate.endpoints_by_name.get(owner.endpoint.lower(), ())
    guids = {endpoint.resource_guid.lower() for endpoint in estate.endpoints}
    return owner.resource_guid.lower() in guids or any(not endpoint.resource_guid for endpoint in namesakes)
