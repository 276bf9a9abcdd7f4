"""Machine Learning workspaces, what they are made of, and what they depend on."""

from __future__ import annotations

from collectors.arm.kind import Kind, properties, under

_MACHINE_LEARNING = "2024-10-01"  # kind, hub, public access, managed network; the SDK's own 2020-08-01 has none

_CONNECTIONS = under(
    "privateEndpointConnections",
    "id",
    "properties.privateEndpoint.id",
    "properties.privateLinkServiceConnectionState.status",  # not what people wrote beside it
)


def _ml(name: str, title: str, type: str, keep: tuple[str, ...], parent: str = "subscription") -> Kind:
    return Kind(
        name=name,
        title=title,
        type=f"Microsoft.MachineLearningServices/{type}",
        client="machinelearning",
        api_version=_MACHINE_LEARNING,
        parent=parent,
        keep=keep,
    )


def _dependency(name: str, title: str, type: str, api_version: str, *paths: str) -> Kind:
    """Read only where a workspace, a registry or one of their parts points to it."""
    return Kind(
        name=name,
        title=title,
        type=type,
        client="privatedns",  # any ARM pipeline can ask; this is the one that imports fastest
        api_version=api_version,
        parent="subscription",
        keep=properties("publicNetworkAccess", *_CONNECTIONS, *paths),
        by_reference=True,
    )


MACHINE_LEARNING = (
    _ml(
        "workspace",
        "Machine Learning workspaces",
        "workspaces",
        (
            *properties(
                "workspaceId",
                "publicNetworkAccess",
                "allowPublicAccessWhenBehindVnet",
                "notebookInfo.fqdn",
                "discoveryUrl",
                "hubResourceId",
                "associatedWorkspaces",
                "v1LegacyMode",
                "managedNetwork.isolationMode",
                "managedNetwork.status.status",
                "storageAccount",
                "keyVault",
                "containerRegistry",
                "applicationInsights",
                *_CONNECTIONS,
            ),
            "kind",
        ),
    ),
    _ml(
        "compute",
        "computes",
        "workspaces/computes",
        properties(
            "computeType",
            "resourceId",
            *under(
                "properties",
                "state",
                "subnet.id",
                "connectivityEndpoints.privateIpAddress",
                "sshSettings.sshPublicAccess",
                "applications.displayName",
                "applications.endpointUri",
            ),
        ),
        parent="workspace",
    ),
    _ml(
        "online-endpoint",
        "online endpoints",
        "workspaces/onlineEndpoints",
        (*properties("scoringUri", "publicNetworkAccess", "compute"), "kind"),
        parent="workspace",
    ),
    _ml(
        "workspace-connection",
        "connections of workspaces",
        "workspaces/connections",
        properties("category", "metadata.ResourceId"),  # not the target: some are URLs with a signature
        parent="workspace",
    ),
    _ml(
        "ml-registry",
        "Machine Learning registries",
        "registries",
        properties(
            "discoveryUrl",
            "publicNetworkAccess",
            *under(
                "registryPrivateEndpointConnections",
                "id",
                "properties.privateEndpoint.id",
                "properties.registryPrivateLinkServiceConnectionState.status",
            ),
            "regionDetails.location",
            "regionDetails.acrDetails.systemCreatedAcrAccount.armResourceId.resourceId",
            "regionDetails.acrDetails.userCreatedAcrAccount.armResourceId.resourceId",
            "regionDetails.storageAccountDetails.systemCreatedStorageAccount.armResourceId.resourceId",
            "regionDetails.storageAccountDetails.userCreatedStorageAccount.armResourceId.resourceId",
        ),
    ),
)

DEPENDENCIES = (
    _dependency(
        "storage-account",
        "storage accounts",
        "Microsoft.Storage/storageAccounts",
        "2023-05-01",
        "primaryEndpoints",
        "networkAcls.defaultAction",
    ),
    _dependency(
        "key-vault",
        "key vaults",
        "Microsoft.KeyVault/vaults",
        "2023-07-01",
        "vaultUri",
        "networkAcls.defaultAction",
    ),
    _dependency(
        "container-registry",
        "container registries",
        "Microsoft.ContainerRegistry/registries",
        "2023-07-01",
        "loginServer",
        "dataEndpointEnabled",
        "dataEndpointHostNames",
        "networkRuleSet.defaultAction",
    ),
    Kind(
        name="container-registry-replica",
        title="replicas of container registries",
        type="Microsoft.ContainerRegistry/registries/replications",
        client="privatedns",
        api_version="2023-07-01",
        parent="container-registry",
        keep=properties("regionEndpointEnabled"),
    ),
    _dependency(
        "application-insights",
        "Application Insights components",
        "Microsoft.Insights/components",
        "2020-02-02",
        "publicNetworkAccessForIngestion",
        "publicNetworkAccessForQuery",
        "PrivateLinkScopedResources",
    ),
    _dependency(
        "monitor-scope",
        "Azure Monitor private link scopes",
        "Microsoft.Insights/privateLinkScopes",
        "2021-07-01-preview",
        "accessModeSettings",
    ),
    _dependency(
        "ai-services",
        "AI services accounts",
        "Microsoft.CognitiveServices/accounts",
        "2023-05-01",
        "endpoint",
        "customSubDomainName",
        "networkAcls.defaultAction",
    ),
    _dependency("search-service", "search services", "Microsoft.Search/searchServices", "2023-11-01"),
    Kind(
        name="aks-cluster",
        title="AKS clusters",
        type="Microsoft.ContainerService/managedClusters",
        client="privatedns",
        api_version="2024-09-01",
        parent="subscription",
        keep=properties("agentPoolProfiles.name", "agentPoolProfiles.vnetSubnetID"),
        by_reference=True,
    ),
)
