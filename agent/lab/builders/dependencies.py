"""What workspaces depend on: storage, key vault, container registry, monitoring, AI services, search, clusters.

Each provider has a spelling of its own; all of them still accept public traffic, so they need no endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab.builders.common import APPROVED, TENANT, Body, Group, document, guid, name_of
from collectors.graph.documents import Document

_REGISTRY = "Microsoft.ContainerRegistry/registries"
_INSIGHTS = "microsoft.insights/components"
_SCOPE = "microsoft.insights/privateLinkScopes"
_ACCOUNT = "Microsoft.CognitiveServices/accounts"
_SEARCH = "Microsoft.Search/searchServices"
_CLUSTER = "Microsoft.ContainerService/managedClusters"

_ACLS = {"bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "defaultAction": "Allow"}


def storage_id(group: Group, name: str) -> str:
    """The id of a storage account."""
    return group.id("Microsoft.Storage/storageAccounts", name)


def key_vault_id(group: Group, name: str, provider: str = "Microsoft.KeyVault") -> str:
    """The id of a key vault; workspaces spell its provider otherwise than it does itself."""
    return group.id(f"{provider}/vaults", name)


def insights_id(group: Group, name: str, provider: str = "microsoft.insights") -> str:
    """The id of an Application Insights component, whose provider is spelt in two ways, too."""
    return group.id(f"{provider}/components", name)


def registry_id(group: Group, name: str) -> str:
    """The id of a container registry."""
    return group.id(_REGISTRY, name)


def monitor_scope_id(group: Group, name: str) -> str:
    """The id of an Azure Monitor private link scope."""
    return group.id(_SCOPE, name)


def ai_services_id(group: Group, name: str) -> str:
    """The id of an AI services account."""
    return group.id(_ACCOUNT, name)


def search_id(group: Group, name: str) -> str:
    """The id of a search service."""
    return group.id(_SEARCH, name)


def cluster_id(group: Group, name: str) -> str:
    """The id of an AKS cluster."""
    return group.id(_CLUSTER, name)


def storage_account(group: Group, name: str, *, public: bool = True) -> Document:
    """A storage account."""
    services = ("dfs", "web", "blob", "queue", "table", "file")
    properties: Body = {
        "keyCreationTime": {"key1": "2026-01-12T08:14:11.1234567Z", "key2": "2026-01-12T08:14:11.1234567Z"},
        "privateEndpointConnections": [],
        "publicNetworkAccess": _access(public),
        "networkAcls": dict(_ACLS),
        "supportsHttpsTrafficOnly": True,
        "primaryEndpoints": {s: f"https://{name}.{s}.{group.names.storage}/" for s in services},
        "primaryLocation": group.region,
        "statusOfPrimary": "available",
    }
    more: Body = {"sku": {"name": "Standard_LRS", "tier": "Standard"}, "kind": "StorageV2"}
    return _resource("storage-account", group, storage_id(group, name), properties, more)


def key_vault(group: Group, name: str, *, public: bool = True) -> Document:
    """A key vault."""
    properties: Body = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": TENANT,
        "networkAcls": dict(_ACLS),
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "enableRbacAuthorization": True,
        "vaultUri": f"https://{name}.{group.names.vault}/",
        "publicNetworkAccess": _access(public),
    }
    return _resource("key-vault", group, key_vault_id(group, name), properties)


def container_registry(group: Group, name: str, replicas: Sequence[str] = (), *, public: bool = True) -> Document:
    """A premium container registry; `replicas` are the further regions that it stands in."""
    login, suffix = f"{name}.{group.names.registry}", group.names.registry
    properties: Body = {
        "loginServer": login,
        "creationDate": "2026-01-12T08:14:11.1234567Z",
        "adminUserEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
        "dataEndpointEnabled": True,
        "dataEndpointHostNames": [f"{name}.{region}.data.{suffix}" for region in (group.region, *replicas)],
        "privateEndpointConnections": [],
        "publicNetworkAccess": _access(public),
        "networkRuleBypassOptions": "AzureServices",
        "zoneRedundancy": "Disabled",
    }
    more: Body = {"sku": {"name": "Premium", "tier": "Premium"}}
    return _resource("container-registry", group, registry_id(group, name), properties, more)


def container_registry_replica(registry: str, region: str) -> Document:
    """A replica of a container registry (an id) in another region."""
    properties: Body = {
        "status": {"displayStatus": "Ready", "timestamp": "2026-01-12T08:15:11.1234567Z"},
        "regionEndpointEnabled": True,
        "zoneRedundancy": "Disabled",
        "provisioningState": "Succeeded",
    }
    own = f"{registry}/replications/{region}"
    return document(
        "container-registry-replica",
        {
            "type": f"{_REGISTRY}/replications",
            "id": own,
            "name": region,
            "location": region,
            "tags": {},
            "properties": properties,
        },
    )


def application_insights(group: Group, name: str, scopes: Sequence[str] = ()) -> Document:
    """An Application Insights component; `scopes` are ids of private link scopes that it is in."""
    own = insights_id(group, name)
    properties: Body = {
        "ApplicationId": name,
        "AppId": guid(f"app {own}"),
        "Application_Type": "web",
        "InstrumentationKey": guid(f"key {own}"),
        "ConnectionString": f"InstrumentationKey={guid(f'key {own}')}",
        "RetentionInDays": 90,
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled",
    }
    if scopes:
        properties["PrivateLinkScopedResources"] = [
            {"ResourceId": f"{scope}/scopedResources/{name}", "ScopeId": guid(scope)} for scope in scopes
        ]
    return _resource("application-insights", group, own, properties, {"kind": "web"})


def monitor_scope(group: Group, name: str) -> Document:
    """An Azure Monitor private link scope in open mode, the only one that Machine Learning works with."""
    properties: Body = {
        "accessModeSettings": {"exclusions": [], "queryAccessMode": "Open", "ingestionAccessMode": "Open"},
        "privateEndpointConnections": [],
    }
    own = monitor_scope_id(group, name)
    return _resource("monitor-scope", group, own, properties, {"location": "global"})


def ai_services(group: Group, name: str, *, public: bool = True) -> Document:
    """An AI services account."""
    properties: Body = {
        "endpoint": f"https://{name}.{group.names.cognitive}/",
        "internalId": guid(f"internal {name}").replace("-", ""),
        "customSubDomainName": name,
        "networkAcls": {"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []},
        "privateEndpointConnections": [],
        "publicNetworkAccess": _access(public),
    }
    return _resource("ai-services", group, ai_services_id(group, name), properties, {"kind": "AIServices"})


def search_service(group: Group, name: str, *, public: bool = True) -> Document:
    """A search service, which spells its public access in lower case."""
    properties: Body = {
        "replicaCount": 1,
        "partitionCount": 1,
        "hostingMode": "default",
        "publicNetworkAccess": _access(public).lower(),
        "networkRuleSet": {"ipRules": [], "bypass": "None"},
        "privateEndpointConnections": [],
        "status": "running",
    }
    return _resource("search-service", group, search_id(group, name), properties, {"sku": {"name": "basic"}})


def aks_cluster(group: Group, name: str, subnet: str) -> Document:
    """An AKS cluster whose nodes stand in a subnet."""
    pool: Body = {
        "name": "nodepool1",
        "count": 3,
        "vmSize": "Standard_D4s_v5",
        "vnetSubnetID": subnet,
        "mode": "System",
        "osType": "Linux",
        "provisioningState": "Succeeded",
    }
    properties: Body = {
        "powerState": {"code": "Running"},
        "kubernetesVersion": "1.31",
        "dnsPrefix": name,
        "agentPoolProfiles": [pool],
        "nodeResourceGroup": f"MC_{group.name}_{name}_{group.region}",
        "networkProfile": {"networkPlugin": "azure", "dnsServiceIP": "172.20.0.10"},
    }
    return _resource("aks-cluster", group, cluster_id(group, name), properties)


def _resource(kind: str, group: Group, own: str, properties: Body, more: Body | None = None) -> Document:
    return document(
        kind,
        {
            "id": own,
            "name": name_of(own),
            "type": own.partition("/providers/")[2].rpartition("/")[0],
            "location": group.region,
            "tags": {},
            "properties": {"provisioningState": "Succeeded"} | properties,
        }
        | (more or {}),
    )


def behind(resource: Document, endpoints: Sequence[str]) -> Document:
    """A dependency that private endpoints (ids) connect to."""
    own = str(resource.id)
    made = [
        {
            "id": f"{own}/privateEndpointConnections/{name_of(endpoint)}.{guid(endpoint)}",
            "name": f"{name_of(endpoint)}.{guid(endpoint)}",
            "properties": {
                "provisioningState": "Succeeded",
                "privateEndpoint": {"id": endpoint},
                "privateLinkServiceConnectionState": dict(APPROVED),
            },
        }
        for endpoint in endpoints
    ]
    properties = resource.body["properties"] | {"privateEndpointConnections": made}
    return document(resource.kind, {**resource.body, "properties": properties})


def _access(public: bool) -> str:
    return "Enabled" if public else "Disabled"
