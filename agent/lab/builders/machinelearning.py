"""Machine Learning workspaces, with keys and texts that a snapshot must not keep."""

from __future__ import annotations

from agent.lab.builders.common import APPROVED, REGION, TENANT, Body, Group, document, guid
from collectors.graph.documents import Document

_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def workspace_id(group: Group, name: str) -> str:
    """The id of a Machine Learning workspace."""
    return group.id(_WORKSPACE, name)


def notebooks_label(name: str, workspace_guid: str, region: str = REGION) -> str:
    """The first label of the notebooks name: the workspace's name is cut so that the label fits 63 octets."""
    return f"ml-{name[: 22 - len(region)]}-{region}-{workspace_guid}"


def workspace(group: Group, name: str, workspace_guid: str, endpoint: str) -> Document:
    """A private workspace, with the keys and texts that a snapshot must not keep."""
    own = workspace_id(group, name)
    return document(
        "workspace",
        {
            "id": own,
            "name": name,
            "type": _WORKSPACE,
            "location": REGION,
            "tags": {
                "owner": "ml-platform",
                "note": "\x1b[31m<script>alert(1)</script>\u202egnp.exe\r\n=cmd|' /C calc'!A0",
            },
            "etag": None,
            "properties": _workspace_properties(group, own, workspace_guid)
            | {
                "privateLinkCount": 1,
                "privateEndpointConnections": [_workspace_connection(own, endpoint)],
            },
            "identity": {
                "type": "SystemAssigned",
                "principalId": guid(f"principal {own}"),
                "tenantId": TENANT,
            },
            "kind": "Default",
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
    name = own.rpartition("/")[2]
    return {
        "friendlyName": "",
        "description": "",
        "storageAccount": group.id("Microsoft.Storage/storageAccounts", "stmllab"),
        "keyVault": group.id("Microsoft.Keyvault/vaults", "kv-ml-lab"),
        "applicationInsights": group.id("Microsoft.insights/components", "appi-ml-lab"),
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
            "fqdn": f"{notebooks_label(name, workspace_guid)}.{REGION}.notebooks.azure.net",
            "isPrivateLinkEnabled": True,
            "notebookPreparationError": None,
        },
        "storageHnsEnabled": False,
        "workspaceId": workspace_guid,
        "linkedModelInventoryArmId": None,
        "publicNetworkAccess": "Disabled",
        "ipAllowlist": [],
        "networkAcls": {"defaultAction": "Deny", "bypass": "", "ipRules": [], "resourceAccessRules": []},
        "discoveryUrl": f"https://{REGION}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{REGION}.api.azureml.ms/mlflow/v1.0{own}",
        "serverlessComputeSettings": None,
        "EnableSoftwareBillOfMaterials": False,
        "sdkTelemetryAppInsightsKey": guid(f"telemetry {own}"),
        "enableDataIsolation": False,
    }


def _workspace_connection(own: str, endpoint: str) -> Body:
    name = f"{endpoint.rpartition('/')[2]}.{guid(endpoint)}"  # every provider names it otherwise
    return {
        "id": f"{own}/privateEndpointConnections/{name}",
        "name": name,
        "type": f"{_WORKSPACE}/privateEndpointConnections",
        "location": REGION,
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": dict(APPROVED),
        },
    }
