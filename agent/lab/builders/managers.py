"""Network managers: what they may connect, which ARM shows without telling whether it was deployed."""

from __future__ import annotations

from agent.lab.builders.common import Body, Group, document, guid, name_of, weak_etag
from collectors.graph.documents import Document

_MANAGER = "Microsoft.Network/networkManagers"


def manager_id(group: Group, name: str) -> str:
    """The id of a network manager."""
    return group.id(_MANAGER, name)


def network_manager(group: Group, name: str) -> Document:
    """A network manager over the subscription of its group."""
    properties: Body = {
        "description": "",
        "networkManagerScopes": {"managementGroups": [], "subscriptions": [f"/subscriptions/{group.subscription}"]},
        "networkManagerScopeAccesses": ["Connectivity"],
    }
    return _managed("network-manager", manager_id(group, name), "", properties, location=group.region)


def network_group(manager: str, name: str) -> Document:
    """A group of networks."""
    return _managed("network-group", f"{manager}/networkGroups/{name}", "/networkGroups", {"description": ""})


def static_member(network_group: str, network: str) -> Document:
    """A network that was put into a group by hand."""
    own = f"{network_group}/staticMembers/{name_of(network)}"
    return _managed("static-member", own, "/networkGroups/staticMembers", {"resourceId": network})


def connectivity_configuration(manager: str, name: str, hub: str, network_group: str) -> Document:
    """Hub and spoke: the networks of a group are to be peered with a hub network."""
    properties: Body = {
        "description": "",
        "connectivityTopology": "HubAndSpoke",
        "hubs": [{"resourceId": hub, "resourceType": "Microsoft.Network/virtualNetworks"}],
        "appliesToGroups": [
            {
                "networkGroupId": network_group,
                "useHubGateway": "False",
                "isGlobal": "False",
                "groupConnectivity": "None",
            }
        ],
        "isGlobal": "False",
        "deleteExistingPeering": "False",
    }
    own = f"{manager}/connectivityConfigurations/{name}"
    return _managed("connectivity-configuration", own, "/connectivityConfigurations", properties)


def _managed(kind: str, own: str, below: str, properties: Body, location: str = "") -> Document:
    body: Body = {
        "id": own,
        "name": name_of(own),
        "type": f"{_MANAGER}{below}",
        "etag": weak_etag(own),
        "properties": properties | {"provisioningState": "Succeeded", "resourceGuid": guid(own)},
    }
    if location:
        body["location"] = location
    return document(kind, body)
