"""Machine Learning workspaces, with keys and texts that a snapshot must not keep."""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab.builders.common import APPROVED, REGION, TENANT, Body, Group, document, guid, name_of
from agent.lab.builders.dependencies import insights_id, key_vault_id, storage_id
from collectors.graph.documents import Document

_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def workspace_id(group: Group, name: str) -> str:
    """The id of a Machine Learning workspace."""
    return group.id(_WORKSPACE, name)


def notebooks_label(name: str, workspace_guid: str, region: str = REGION) -> str:
    """The first label of the notebooks name: the workspace's name is cut so that the label fits 63 octets."""
    return f"ml-{name[: 22 - len(region)]}-{region}-{workspace_guid}"


def dependency_stem(workspace: str) -> str:
    """What the names of the resources that a workspace was made with have in common: letters and digits only."""
    return "".join(filter(str.isalnum, workspace.lower()))[:16]


def workspace(group: Group, name: str, workspace_guid: str, *endpoints: str, registry: str = "") -> Document:
    """A workspace behind private endpoints (ids). `registry` is the id of its container registry, once it has one."""
    own = workspace_id(group, name)
    properties = _workspace_properties(group, own, workspace_guid) | _connections(group, own, endpoints)
    if registry:  # missing, not null, until there is one
        properties["containerRegistry"] = registry
    return _workspace(group, own, "Default", properties)


def hub_workspace(
    group: Group, name: str, workspace_guid: str, endpoint: str, projects: Sequence[str], registry: str = ""
) -> Document:
    """An AI hub: a workspace whose endpoint serves its projects (ids), too."""
    made = workspace(group, name, workspace_guid, endpoint, registry=registry)
    of_hub: Body = {"associatedWorkspaces": list(projects), "managedNetwork": _managed_network()}
    return _workspace(group, made.body["id"], "Hub", made.body["properties"] | of_hub)


def project_workspace(group: Group, name: str, workspace_guid: str, hub: Document) -> Document:
    """A project: its own GUID, but the hub's notebooks name and discovery address, and no endpoint."""
    own, of_hub = workspace_id(group, name), hub.body["properties"]
    shared = ("storageAccount", "keyVault", "applicationInsights", "notebookInfo", "publicNetworkAccess")
    api = f"{of_hub['workspaceId']}.workspace.{group.region}.{group.names.api}"
    properties = _workspace_properties(group, own, workspace_guid) | {key: of_hub[key] for key in shared}
    properties |= {"hubResourceId": hub.body["id"], "discoveryUrl": f"https://{api}/discovery"}
    return _workspace(group, own, "Project", properties)


def _connections(group: Group, own: str, endpoints: Sequence[str]) -> Body:
    """The keys are missing where there is no endpoint."""
    if not endpoints:
        return {}
    made = [_connection(own, endpoint, group.region) for endpoint in endpoints]
    return {"privateLinkCount": len(made), "privateEndpointConnections": made}


def _workspace(group: Group, own: str, kind: str, properties: Body) -> Document:
    return document(
        "workspace",
        {
            "id": own,
            "name": name_of(own),
            "type": _WORKSPACE,
            "location": group.region,
            "tags": {
                "owner": "ml-platform",
                "note": "\x1b[31m<script>alert(1)</script>\u202egnp.exe\r\n=cmd|' /C calc'!A0",
            },
            "etag": None,
            "properties": properties,
            "identity": {
                "type": "SystemAssigned",
                "principalId": guid(f"principal {own}"),
                "tenantId": TENANT,
            },
            "kind": kind,
            "sku": {"name": "Basic", "tier": "Basic"},
            "systemData": {
                "createdAt": "2026-01-12T08:15:30.7028648Z",
                "createdBy": "someone@example.com",
                "createdByType": "User",
                "lastModifiedAt": "2026-01-12T08:16:02.1096107Z",
                "lastModifiedBy": "someone@example.com",
                "lastModifiedByType": "User",
            },
        },
    )


def _workspace_properties(group: Group, own: str, workspace_guid: str) -> Body:
    name, region, names = name_of(own), group.region, group.names
    stem = dependency_stem(name)
    label = notebooks_label(name, workspace_guid, region)
    return {
        "friendlyName": "",
        "description": "",
        "storageAccount": storage_id(group, f"st{stem}"),
        "keyVault": key_vault_id(group, f"kv-{stem}", provider="Microsoft.Keyvault"),
        "applicationInsights": insights_id(group, f"appi-{stem}", provider="Microsoft.insights"),
        "hbiWorkspace": False,
        "tenantId": TENANT,
        "imageBuildCompute": None,
        "provisioningState": "Succeeded",
        "allowRoleAssignmentOnRG": True,
        "v1LegacyMode": False,
        "softDeleteEnabled": True,
        "creationTime": "2026-01-12T08:15:30.7028648Z",
        "notebookInfo": {
            "resourceId": guid(f"notebooks {own}").replace("-", ""),
            "fqdn": f"{label}.{region}.{names.notebooks}",
            "isPrivateLinkEnabled": True,
            "notebookPreparationError": None,
        },
        "storageHnsEnabled": False,
        "workspaceId": workspace_guid,
        "linkedModelInventoryArmId": None,
        "publicNetworkAccess": "Disabled",
        "ipAllowlist": [],
        "networkAcls": {"defaultAction": "Deny", "bypass": "", "ipRules": [], "resourceAccessRules": []},
        "discoveryUrl": f"https://{region}.{names.api}/discovery",
        "mlFlowTrackingUri": f"azureml://{region}.{names.api}/mlflow/v1.0{own}",
        "serverlessComputeSettings": None,
        "EnableSoftwareBillOfMaterials": False,
        "sdkTelemetryAppInsightsKey": guid(f"telemetry {own}"),
        "enableDataIsolation": False,
    }


def _connection(own: str, endpoint: str, region: str) -> Body:
    name = f"{name_of(endpoint)}.{guid(endpoint)}"  # every provider names it otherwise
    return {
        "id": f"{own}/privateEndpointConnections/{name}",
        "name": name,
        "type": f"{_WORKSPACE}/privateEndpointConnections",
        "location": region,
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": dict(APPROVED),
        },
    }


def _managed_network() -> Body:
    return {
        "isolationMode": "AllowInternetOutbound",
        "outboundRules": {},
        "status": {"status": "Active", "sparkReady": False},
    }
