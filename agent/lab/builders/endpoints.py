"""Private endpoints with their interfaces and zone groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.lab.builders.common import APPROVED, Body, Group, document, guid, name_of, weak_etag
from agent.lab.builders.network import interface, interface_id, ip_configuration
from collectors.graph.documents import Document

_ENDPOINT = "Microsoft.Network/privateEndpoints"

WORKSPACE_GROUP = "amlworkspace"
"""The private-link group of workspaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One address of a private endpoint and the names that belong to it; `name` is ARM's member name."""

    name: str
    address: str
    fqdns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What a zone group writes into one zone: relative record names and their addresses."""

    name: str
    id: str
    records: Mapping[str, str]


def endpoint_id(group: Group, name: str) -> str:
    """The id of a private endpoint."""
    return group.id(_ENDPOINT, name)


def endpoint_interface_id(group: Group, endpoint: str) -> str:
    """The id of the interface that Azure makes for a private endpoint; its name has dots."""
    return interface_id(group, f"{endpoint}.nic.{guid('nic ' + endpoint_id(group, endpoint))}")


def endpoint_interface(
    group: Group, endpoint: str, subnet: str, members: Iterable[Member], group_id: str = WORKSPACE_GROUP
) -> Document:
    """The interface of a private endpoint: the authority for names and addresses."""
    own = endpoint_interface_id(group, endpoint)
    configurations = []
    for position, member in enumerate(members):
        name = f"privateEndpointIpConfig.{guid(own + member.name)}"
        configuration = ip_configuration(own, name, member.address, subnet, primary=position == 0)
        configuration["properties"]["privateLinkConnectionProperties"] = {
            "groupId": group_id,
            "requiredMemberName": member.name,
            "fqdns": list(member.fqdns),
        }
        configurations.append(configuration)
    body = interface(own, configurations, group.region)
    body["properties"]["privateEndpoint"] = {"id": endpoint_id(group, endpoint)}
    return document("network-interface", body)


def private_endpoint(group: Group, name: str, subnet: str, target: str, group_id: str = WORKSPACE_GROUP) -> Document:
    """An approved private endpoint with a zone group: customDnsConfigs is therefore empty."""
    own = endpoint_id(group, name)
    return document(
        "private-endpoint",
        {
            "name": name,
            "id": own,
            "etag": weak_etag(own),
            "type": _ENDPOINT,
            "location": group.region,
            "tags": {"owner": "ml-platform"},
            "properties": {
                "provisioningState": "Succeeded",
                "resourceGuid": guid(own),
                "privateLinkServiceConnections": [endpoint_connection(own, target, group_id=group_id)],
                "manualPrivateLinkServiceConnections": [],
                "customNetworkInterfaceName": "",
                "subnet": {"id": subnet},
                "ipConfigurations": [],
                "networkInterfaces": [{"id": endpoint_interface_id(group, name)}],
                "customDnsConfigs": [],
                "isIPv6EnabledPrivateEndpoint": False,
            },
        },
    )


def endpoint_connection(
    endpoint: str,
    target: str,
    listed_in: str = "privateLinkServiceConnections",
    state: Mapping[str, str] = APPROVED,
    group_id: str = WORKSPACE_GROUP,
) -> Body:
    """One connection of a private endpoint; `listed_in` is the property that holds it and part of its id."""
    name = name_of(endpoint)
    return {
        "name": name,
        "id": f"{endpoint}/{listed_in}/{name}",
        "etag": weak_etag(endpoint),
        "properties": {
            "provisioningState": "Succeeded",
            "privateLinkServiceId": target,
            "groupIds": [group_id],
            "privateLinkServiceConnectionState": dict(state),
        },
        "type": f"{_ENDPOINT}/{listed_in}",
    }


def zone_group(endpoint: str, zones: Iterable[Zone], name: str = "default") -> Document:
    """A zone group; the zone ids in it are private DNS's own spelling."""
    own = f"{endpoint}/privateDnsZoneGroups/{name}"
    return document(
        "private-dns-zone-group",
        {
            "name": name,
            "id": own,
            "etag": weak_etag(own),
            "type": f"{_ENDPOINT}/privateDnsZoneGroups",
            "properties": {
                "provisioningState": "Succeeded",
                "privateDnsZoneConfigs": [_zone_config(own, zone) for zone in zones],
            },
        },
    )


def _zone_config(group: str, zone: Zone) -> Body:
    name = zone.name.replace(".", "-")
    return {
        "name": name,
        "id": f"{group}/privateDnsZoneConfigs/{name}",
        "etag": weak_etag(group),
        "type": f"{_ENDPOINT}/privateDnsZoneGroups/privateDnsZoneConfigs",
        "properties": {
            "provisioningState": "Succeeded",
            "privateDnsZoneId": zone.id,
            "recordSets": [
                {
                    "recordType": "A",
                    "recordSetName": record,
                    "fqdn": f"{record}.{zone.name}",
                    "ttl": 10,
                    "ipAddresses": [address],
                    "provisioningState": "Succeeded",
                }
                for record, address in zone.records.items()
            ],
        },
    }
