"""What a workspace is made of: computes, online endpoints, connections."""

from __future__ import annotations

from agent.lab.builders.common import TENANT, Body, Group, document, guid, name_of
from agent.lab.builders.machinelearning import workspace_id
from collectors.graph.documents import Document

_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def instance_host(group: Group, name: str) -> str:
    """The name of a compute instance: everybody's instances of a region share its suffix."""
    return f"{name}.{group.region}.{group.names.instances}"


def scoring_host(group: Group, name: str) -> str:
    """The name of a managed online endpoint."""
    return f"{name}.{group.region}.{group.names.inference}"


def compute_instance(group: Group, workspace: str, name: str, subnet: str, address: str) -> Document:
    """A compute instance in a subnet; `address` is its own, not the one that its name must lead to."""
    host = instance_host(group, name)
    properties: Body = {
        "vmSize": "STANDARD_DS3_V2",
        "imageVersion": None,
        "subnet": {"id": subnet},
        "sshSettings": {
            "sshPublicAccess": "Disabled",
            "adminUserName": "azureuser",
            "sshPort": 50000,
            "adminPublicKey": None,
        },
        "autologgerSettings": None,
        "errors": [],
        "connectivityEndpoints": {"publicIpAddress": None, "privateIpAddress": address},
        "applications": [
            {"displayName": "Jupyter", "endpointUri": f"https://{host}/tree/"},
            {"displayName": "Jupyter Lab", "endpointUri": f"https://{host}/lab"},
        ],
        "state": "Running",
        "createdBy": {"userOrgId": TENANT, "userId": guid(f"user of {name}")},
        "applicationSharingPolicy": "Personal",
        "schedules": {"computeStartStop": []},
        "enableNodePublicIp": False,
        "versions": {"runtime": "3.0.02755.0006"},
        "customServices": [],
    }
    return _compute(group, workspace, name, "ComputeInstance", properties=properties)


def aml_compute(group: Group, workspace: str, name: str, subnet: str) -> Document:
    """A cluster of nodes in a subnet, at the moment without any."""
    properties: Body = {
        "vmSize": "STANDARD_D2_V2",
        "vmPriority": "Dedicated",
        "osType": "Linux",
        "virtualMachineImage": None,
        "isolatedNetwork": False,
        "subnet": {"id": subnet},
        "scaleSettings": {"maxNodeCount": 4, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT5M"},
        "remoteLoginPortPublicAccess": "Disabled",
        "allocationState": "Steady",
        "allocationStateTransitionTime": "2026-01-12T08:28:08.998+00:00",
        "errors": None,
        "currentNodeCount": 0,
        "targetNodeCount": 0,
        "enableNodePublicIp": False,
    }
    return _compute(group, workspace, name, "AmlCompute", properties=properties)


def attached_cluster(group: Group, workspace: str, name: str, cluster: str) -> Document:
    """An AKS cluster (an id) that was attached to a workspace."""
    properties: Body = {"clusterFqdn": None, "agentCount": 3, "clusterPurpose": "FastProd", "systemServices": None}
    return _compute(group, workspace, name, "AKS", attached=cluster, properties=properties)


def _compute(
    group: Group, workspace: str, name: str, type: str, *, properties: Body, attached: str | None = None
) -> Document:
    own = f"{workspace_id(group, workspace)}/computes/{name}"
    return document(
        "compute",
        {
            "id": own,
            "name": name,
            "type": f"{_WORKSPACE}/computes",
            "location": group.region,
            "tags": {},
            "properties": {
                "createdOn": "2026-01-12T08:42:28.3934092+00:00",
                "modifiedOn": "2026-01-12T08:44:35.9151617+00:00",
                "disableLocalAuth": False,
                "description": None,
                "resourceId": attached,
                "computeType": type,
                "computeLocation": group.region,
                "provisioningState": "Succeeded",
                "provisioningErrors": None,
                "isAttachedCompute": attached is not None,
                "properties": properties,
            },
        },
    )


def online_endpoint(group: Group, workspace: str, name: str) -> Document:
    """A managed online endpoint that only private clients may call."""
    own = f"{workspace_id(group, workspace)}/onlineEndpoints/{name}"
    host = scoring_host(group, name)
    return document(
        "online-endpoint",
        {
            "id": own,
            "name": name,
            "type": f"{_WORKSPACE}/onlineEndpoints",
            "properties": {
                "description": None,
                "properties": {"azureml.onlineendpointid": own.lower()},
                "scoringUri": f"https://{host}/score",
                "swaggerUri": f"https://{host}/swagger.json",
                "authMode": "AADToken",
                "provisioningState": "Succeeded",
                "compute": None,
                "publicNetworkAccess": "Disabled",
                "traffic": {"blue": 100},
                "mirrorTraffic": {},
            },
            "systemData": {
                "createdAt": "2026-01-12T06:35:43.8986223+00:00",
                "createdBy": "someone@example.com",
                "lastModifiedAt": "2026-01-12T06:35:43.8986223+00:00",
            },
            "tags": {},
            "location": group.region,
            "kind": "Managed",
            "identity": {"type": "SystemAssigned", "principalId": guid(f"principal {own}"), "tenantId": TENANT},
        },
    )


def workspace_connection(group: Group, workspace: str, category: str, target: str, url: str) -> Document:
    """A connection from a workspace to another Azure resource (an id) at a URL."""
    name = f"con-{name_of(target)}"
    own = f"{workspace_id(group, workspace)}/connections/{name}"
    return document(
        "workspace-connection",
        {
            "tags": None,
            "location": None,
            "id": own,
            "name": name,
            "type": f"{_WORKSPACE}/connections",
            "properties": {
                "authType": "AAD",
                "group": "AzureAI",
                "category": category,
                "expiryTime": None,
                "target": url,
                "isSharedToAll": True,
                "sharedUserList": [],
                "metadata": {"ApiType": "Azure", "ResourceId": target},
            },
        },
    )
