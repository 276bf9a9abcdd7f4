"""THE table: every kind of ARM resource that is read, how it is listed, which right that needs, what is kept.

Collectors walk it, snapshots trim by it, roles are generated from it, the lab serves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind.

    `type` is ARM's resource type. `client` names the management client whose pipeline asks. `path` is what a
    GET lists, with `{scope}` for the parent's id. `parent` is the kind whose every resource is a scope (None:
    the tenant). `action` is the right the read needs. `keep` are dotted JSON paths kept of a body: lists are
    walked through, everything below a kept path stays. `page_size` is sent as `$top` where the API has it.
    `single`: the answer is one resource's worth of rows, not a list of resources.
    """

    name: str
    title: str
    type: str
    client: str
    api_version: str
    path: str
    parent: str | None
    action: str
    keep: tuple[str, ...]
    page_size: int | None = None
    single: bool = False


_ENVELOPE = ("id", "name", "type", "location", "etag")
_NETWORK = "2025-05-01"  # first with resourceGuid, privateLinkConnectionProperties and peering sync level all present
_PRIVATE_DNS = "2024-06-01"  # first with resolutionPolicy on links; older versions hide it
_MACHINE_LEARNING = "2024-10-01"  # kind, hub, public access, managed network; the SDK's own 2020-08-01 has none

_TABLE = (
    Kind(
        name="subscription",
        title="subscriptions",
        type="Microsoft.Resources/subscriptions",
        client="privatedns",  # any ARM pipeline can ask at tenant level; this is the one that imports fastest
        api_version="2022-12-01",
        path="/subscriptions",
        parent=None,
        action="Microsoft.Resources/subscriptions/read",
        keep=("id", "subscriptionId", "displayName", "state", "tenantId"),
    ),
    Kind(
        name="permissions",
        title="permissions",
        type="Microsoft.Authorization/permissions",
        client="privatedns",
        api_version="2022-04-01",
        path="{scope}/providers/Microsoft.Authorization/permissions",
        parent="subscription",
        action="Microsoft.Authorization/permissions/read",
        keep=("value.actions", "value.notActions"),
        single=True,
    ),
    Kind(
        name="private-endpoint",
        title="private endpoints",
        type="Microsoft.Network/privateEndpoints",
        client="network",
        api_version=_NETWORK,
        path="{scope}/providers/Microsoft.Network/privateEndpoints",
        parent="subscription",
        action="Microsoft.Network/privateEndpoints/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.resourceGuid",
            "properties.subnet.id",
            "properties.networkInterfaces.id",
            "properties.customDnsConfigs.fqdn",
            "properties.customDnsConfigs.ipAddresses",
            *(
                f"properties.{connections}.{field}"
                for connections in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
                for field in (
                    "id",
                    "name",
                    "properties.privateLinkServiceId",
                    "properties.groupIds",
                    "properties.provisioningState",
                    "properties.privateLinkServiceConnectionState",
                )
            ),
        ),
    ),
    Kind(
        name="private-dns-zone-group",
        title="private DNS zone groups",
        type="Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        client="network",
        api_version=_NETWORK,
        path="{scope}/privateDnsZoneGroups",
        parent="private-endpoint",
        action="Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.privateDnsZoneConfigs.name",
            "properties.privateDnsZoneConfigs.properties.privateDnsZoneId",
            "properties.privateDnsZoneConfigs.properties.recordSets",
        ),
    ),
    Kind(
        name="network-interface",
        title="network interfaces",
        type="Microsoft.Network/networkInterfaces",
        client="network",
        api_version=_NETWORK,
        path="{scope}/providers/Microsoft.Network/networkInterfaces",
        parent="subscription",
        action="Microsoft.Network/networkInterfaces/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.privateEndpoint.id",
            "properties.virtualMachine.id",
            "properties.dnsSettings.dnsServers",
            "properties.ipConfigurations.name",
            "properties.ipConfigurations.properties.privateIPAddress",
            "properties.ipConfigurations.properties.subnet.id",
            "properties.ipConfigurations.properties.privateLinkConnectionProperties",
        ),
    ),
    Kind(
        name="virtual-network",
        title="virtual networks",
        type="Microsoft.Network/virtualNetworks",
        client="network",
        api_version=_NETWORK,
        path="{scope}/providers/Microsoft.Network/virtualNetworks",
        parent="subscription",
        action="Microsoft.Network/virtualNetworks/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.addressSpace.addressPrefixes",
            "properties.dhcpOptions.dnsServers",
            "properties.subnets.id",
            "properties.subnets.name",
            "properties.subnets.properties.addressPrefix",
            "properties.subnets.properties.addressPrefixes",
            "properties.virtualNetworkPeerings.name",
            "properties.virtualNetworkPeerings.properties.remoteVirtualNetwork.id",
            "properties.virtualNetworkPeerings.properties.peeringState",
        ),
    ),
    Kind(
        name="private-dns-zone",
        title="private DNS zones",
        type="Microsoft.Network/privateDnsZones",
        client="privatedns",
        api_version=_PRIVATE_DNS,
        path="{scope}/providers/Microsoft.Network/privateDnsZones",
        parent="subscription",
        action="Microsoft.Network/privateDnsZones/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.numberOfRecordSets",
            "properties.numberOfVirtualNetworkLinks",
        ),
        page_size=1000,
    ),
    Kind(
        name="zone-link",
        title="virtual network links",
        type="Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        client="privatedns",
        api_version=_PRIVATE_DNS,
        path="{scope}/virtualNetworkLinks",
        parent="private-dns-zone",
        action="Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
        keep=(
            *_ENVELOPE,
            "properties.provisioningState",
            "properties.virtualNetwork.id",
            "properties.virtualNetworkLinkState",
            "properties.registrationEnabled",
            "properties.resolutionPolicy",
        ),
        page_size=1000,
    ),
    Kind(
        name="record-set",
        title="record sets",
        type="Microsoft.Network/privateDnsZones/ALL",
        client="privatedns",
        api_version=_PRIVATE_DNS,
        path="{scope}/ALL",
        parent="private-dns-zone",
        action="Microsoft.Network/privateDnsZones/ALL/read",
        keep=(
            "id",
            "name",
            "type",
            "etag",
            "properties.fqdn",
            "properties.ttl",
            "properties.isAutoRegistered",
            "properties.metadata.creator",
            "properties.aRecords",
            "properties.aaaaRecords",
            "properties.cnameRecord",
        ),
        page_size=1000,
    ),
    Kind(
        name="workspace",
        title="Machine Learning workspaces",
        type="Microsoft.MachineLearningServices/workspaces",
        client="machinelearning",
        api_version=_MACHINE_LEARNING,
        path="{scope}/providers/Microsoft.MachineLearningServices/workspaces",
        parent="subscription",
        action="Microsoft.MachineLearningServices/workspaces/read",
        keep=(
            *_ENVELOPE,
            "kind",
            "properties.workspaceId",
            "properties.provisioningState",
            "properties.publicNetworkAccess",
            "properties.allowPublicAccessWhenBehindVnet",
            "properties.notebookInfo.fqdn",
            "properties.discoveryUrl",
            "properties.hubResourceId",
            "properties.v1LegacyMode",
            "properties.privateEndpointConnections.id",
            "properties.privateEndpointConnections.properties.privateEndpoint.id",
            "properties.privateEndpointConnections.properties.privateLinkServiceConnectionState",
        ),
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _TABLE})
"""Every kind by name, parents before children."""


def children(parent: str | None) -> Iterator[Kind]:
    """The kinds read below a parent kind, in the order of the table."""
    return (kind for kind in KINDS.values() if kind.parent == parent)


def kind_of_type(arm_type: str) -> Kind | None:
    """The kind of an ARM type, compared without case; record sets carry their record type in theirs."""
    wanted = arm_type.lower()
    for kind in KINDS.values():
        if kind.type.lower() == wanted:
            return kind
    if wanted.startswith("microsoft.network/privatednszones/") and wanted.count("/") == 2:
        return KINDS["record-set"]
    return None


def trim(kind: Kind, body: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """What is kept of a body, and the dotted paths of what was removed. Property names compare without case."""
    removed: set[str] = set()
    kept = _trim(body, _tree(kind.keep), "", removed)
    return (kept if isinstance(kept, dict) else {}), frozenset(removed)


_Tree = dict[str, "_Tree"]


@cache  # the same few tables for every one of many thousand documents
def _tree(paths: tuple[str, ...]) -> _Tree:
    root: _Tree = {}
    for path in paths:
        branch = root
        for part in path.lower().split("."):
            branch = branch.setdefault(part, {})
    return root


def _trim(value: Any, tree: _Tree, path: str, removed: set[str]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):  # ARM has none; as deep as somebody likes, so not walked
            removed.add(path)
        return [_trim(item, tree, path, removed) for item in value if not isinstance(item, list)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        here = f"{path}.{key}" if path else str(key)
        branch = tree.get(str(key).lower())
        if branch is None:
            removed.add(here)
        else:
            kept[key] = _trim(item, branch, here, removed)
    return kept
