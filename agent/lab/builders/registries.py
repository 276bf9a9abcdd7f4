"""Machine Learning registries: models that several workspaces share, with storage and images of their own."""

from __future__ import annotations

from agent.lab.builders.common import TENANT, Body, Group, document, guid
from agent.lab.builders.dependencies import registry_id, storage_id
from collectors.graph.documents import Document

_REGISTRY = "Microsoft.MachineLearningServices/registries"


def ml_registry_id(group: Group, name: str) -> str:
    """The id of a Machine Learning registry."""
    return group.id(_REGISTRY, name)


def ml_registry_group(group: Group, name: str) -> Group:
    """The managed resource group that holds a registry's storage account and container registry."""
    own = ml_registry_id(group, name)
    return Group(subscription=group.subscription, name=f"azureml-rg-{name}_{guid(own)}", region=group.region)


def ml_registry(group: Group, name: str, storage: str, images: str) -> Document:
    """A registry in one region; `storage` and `images` are the names of what Azure made for it."""
    own, managed = ml_registry_id(group, name), ml_registry_group(group, name)
    account: Body = {
        "storageAccountName": storage,
        "storageAccountType": "Standard_LRS",
        "storageAccountHnsEnabled": False,
        "armResourceId": {"resourceId": storage_id(managed, storage)},
        "allowBlobPublicAccess": False,
    }
    images_account: Body = {
        "acrAccountName": images,
        "acrAccountSku": "Premium",
        "armResourceId": {"resourceId": registry_id(managed, images)},
    }
    return document(
        "ml-registry",
        {
            "tags": {},
            "location": group.region,
            "identity": {"type": "SystemAssigned", "principalId": guid(f"principal {own}"), "tenantId": TENANT},
            "id": own,
            "name": name,
            "type": _REGISTRY,
            "properties": {
                "regionDetails": [
                    {
                        "location": group.region,
                        "storageAccountDetails": [{"systemCreatedStorageAccount": account}],
                        "acrDetails": [{"systemCreatedAcrAccount": images_account}],
                    }
                ],
                "intellectualPropertyPublisher": None,
                "publicNetworkAccess": "Enabled",
                "discoveryUrl": f"https://{group.region}.{group.names.api}/registrymanagement/v1.0/{name}/discovery",
                "managedResourceGroup": {
                    "resourceId": f"/subscriptions/{managed.subscription}/resourceGroups/{managed.name}"
                },
                "mlFlowRegistryUri": f"azureml://{group.region}.{group.names.api}/mlflow/v1.0{own}",
                "registryPrivateEndpointConnections": [],
            },
            "systemData": {
                "createdAt": "2026-01-12T08:15:30.7028648+00:00",
                "createdBy": "someone@example.com",
                "createdByType": "User",
            },
        },
    )
