"""One body of each kind with every property that we read, pointing to each other; written as Azure writes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from collectors.arm.kinds import KINDS
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-00000000000a"
GROUP = f"{SUBSCRIPTION}/resourceGroups/RG-One"
_NETWORK = f"{GROUP}/providers/Microsoft.Network"
_LEARNING = f"{GROUP}/providers/Microsoft.MachineLearningServices"
GUID = "0b1c0000-0000-4000-8000-00000000aaaa"
STATE = {"provisioningState": "Succeeded"}


def named(kind: str, name: str, parent: str = "") -> str:
    """The id of a resource of a kind, below its parent or in the group."""
    type = KINDS[kind].type
    return f"{parent}/{type.rpartition('/')[2]}/{name}" if parent else f"{GROUP}/providers/{type}/{name}"


def ref(id: str) -> dict[str, str]:
    """How ARM points to something."""
    return {"id": id}


VNET = named("virtual-network", "vnet")
SUBNET = f"{VNET}/subnets/default"
ENDPOINT = named("private-endpoint", "pe")
NIC = named("network-interface", "pe.nic.1")
ZONE = named("private-dns-zone", "privatelink.api.azureml.ms")
FIREWALL = named("firewall", "fw")
FIREWALL_POLICY = named("firewall-policy", "fwp")
WAN = named("virtual-wan", "wan")
HUB = named("virtual-hub", "vhub")
GATEWAY = named("virtual-network-gateway", "gw")
MANAGER = named("network-manager", "avnm")
NETWORK_GROUP = named("network-group", "spokes", MANAGER)
RESOLVER = named("dns-resolver", "resolver")
OUTBOUND = named("outbound-endpoint", "out", RESOLVER)
RULESET = named("forwarding-ruleset", "ruleset")
POLICY = named("security-policy", "policy")
DOMAINS = named("domain-list", "domains")
WORKSPACE = named("workspace", "mlw")
STORAGE = named("storage-account", "st")
VAULT = named("key-vault", "kv")
ACR = named("container-registry", "acr")
INSIGHTS = named("application-insights", "appi")
SCOPE = named("monitor-scope", "ampls")
AI = named("ai-services", "ai")
AKS = named("aks-cluster", "aks")

CONNECTED = {
    "properties": {"privateEndpoint": ref(ENDPOINT), "privateLinkServiceConnectionState": {"status": "Approved"}}
}
CONNECTION = {
    "name": "pe",
    "properties": {
        "privateLinkServiceId": WORKSPACE,
        "groupIds": ["amlworkspace"],
        "privateLinkServiceConnectionState": {"status": "Approved", "description": "Auto-approved"},
    },
}
DEPENDENCY = {"publicNetworkAccess": "Disabled", "privateEndpointConnections": [CONNECTED]}


def _account(kind: str, id: str) -> dict[str, Any]:
    return {kind: {"armResourceId": {"resourceId": id}}}


_NETWORKS: Mapping[str, tuple[str, Any]] = {
    "private-endpoint": (
        ENDPOINT,
        {
            "resourceGuid": GUID,
            "subnet": ref(SUBNET),
            "networkInterfaces": [ref(NIC)],
            "customDnsConfigs": [{"fqdn": "a.api.azureml.ms", "ipAddresses": ["10.0.0.5"]}],
            "privateLinkServiceConnections": [CONNECTION],
            "manualPrivateLinkServiceConnections": [],
        },
    ),
    "private-dns-zone-group": (
        named("private-dns-zone-group", "default", ENDPOINT),
        {
            "privateDnsZoneConfigs": [
                {
                    "name": "api",
                    "properties": {
                        "privateDnsZoneId": ZONE,
                        "recordSets": [
                            {
                                "recordType": "A",
                                "recordSetName": "a",
                                "fqdn": "a.example.com",
                                "ipAddresses": ["10.0.0.5"],
                            }
                        ],
                    },
                }
            ]
        },
    ),
    "network-interface": (
        NIC,
        {
            "privateEndpoint": ref(ENDPOINT),
            "virtualMachine": ref(named("virtual-machine", "vm")),
            "dnsSettings": {"dnsServers": ["10.0.0.4"], "appliedDnsServers": ["10.0.0.4"]},
            "ipConfigurations": [
                {
                    "name": "ip",
                    "properties": {
                        "privateIPAddress": "10.0.0.5",
                        "subnet": ref(SUBNET),
                        "privateLinkConnectionProperties": {
                            "groupId": "amlworkspace",
                            "requiredMemberName": "default",
                            "fqdns": ["a.api.azureml.ms"],
                        },
                    },
                }
            ],
        },
    ),
    "virtual-network": (
        VNET,
        {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "dhcpOptions": {"dnsServers": ["10.0.0.4"]},
            "encryption": {"enabled": True},
            "subnets": [
                {
                    "id": SUBNET,
                    "name": "default",
                    "properties": {
                        "addressPrefix": "10.0.0.0/24",
                        "addressPrefixes": ["10.0.0.0/24"],
                        "delegations": [{"properties": {"serviceName": "Microsoft.Network/dnsResolvers"}}],
                    },
                },
                {"id": f"{VNET}/subnets/GatewaySubnet", "properties": {"addressPrefix": "10.0.255.0/24"}},
            ],
            "virtualNetworkPeerings": [
                {
                    "name": "to-other",
                    "properties": {
                        "remoteVirtualNetwork": ref(named("virtual-network", "other")),
                        "peeringState": "Connected",
                        "allowGatewayTransit": True,
                        "useRemoteGateways": False,
                    },
                }
            ],
        },
    ),
    "firewall": (
        FIREWALL,
        {
            "sku": {"name": "AZFW_VNet", "tier": "Standard"},
            "firewallPolicy": ref(FIREWALL_POLICY),
            "virtualHub": ref(HUB),
            "hubIPAddresses": {"privateIPAddress": "10.9.0.132"},
            "ipConfigurations": [
                {"properties": {"privateIPAddress": "10.0.1.4", "subnet": ref(f"{VNET}/subnets/AzureFirewallSubnet")}}
            ],
            "additionalProperties": {"Network.DNS.EnableProxy": "true", "Network.DNS.Servers": "10.0.0.4,10.0.0.5"},
        },
    ),
    "firewall-policy": (
        FIREWALL_POLICY,
        {
            "sku": {"tier": "Premium"},
            "basePolicy": ref(named("firewall-policy", "base")),
            "dnsSettings": {"servers": ["10.0.0.4"], "enableProxy": True},
        },
    ),
    "virtual-wan": (WAN, {"type": "Standard"}),
    "virtual-hub": (
        HUB,
        {
            "virtualWan": ref(WAN),
            "addressPrefix": "10.9.0.0/23",
            "azureFirewall": ref(FIREWALL),
            "expressRouteGateway": ref(named("virtual-hub", "er").replace("virtualHubs", "expressRouteGateways")),
        },
    ),
    "hub-connection": (
        f"{HUB}/hubVirtualNetworkConnections/to-vnet",
        {"remoteVirtualNetwork": ref(VNET)},
    ),
    "p2s-gateway": (named("p2s-gateway", "p2s"), {"virtualHub": ref(HUB), "customDnsServers": ["10.0.0.4"]}),
    "network-manager": (MANAGER, {}),
    "connectivity-configuration": (
        named("connectivity-configuration", "mesh", MANAGER),
        {
            "connectivityTopology": "HubAndSpoke",
            "hubs": [{"resourceId": VNET}],
            "appliesToGroups": [{"networkGroupId": NETWORK_GROUP, "groupConnectivity": "DirectlyConnected"}],
        },
    ),
    "network-group": (NETWORK_GROUP, {}),
    "static-member": (named("static-member", "vnet", NETWORK_GROUP), {"resourceId": VNET}),
    "gateway-subnet": (
        f"{VNET}/subnets/GatewaySubnet",
        {"ipConfigurations": [ref(f"{GATEWAY}/ipConfigurations/default")]},
    ),
    "virtual-network-gateway": (
        GATEWAY,
        {
            "gatewayType": "Vpn",
            "ipConfigurations": [{"properties": {"subnet": ref(f"{VNET}/subnets/GatewaySubnet")}}],
            "vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": ["172.16.0.0/24"]}},
        },
    ),
}

_DNS: Mapping[str, tuple[str, Any]] = {
    "private-dns-zone": (ZONE, {"numberOfRecordSets": 2, "numberOfVirtualNetworkLinks": 1}),
    "zone-link": (
        named("zone-link", "link", ZONE),
        {
            "virtualNetwork": ref(VNET),
            "virtualNetworkLinkState": "Completed",
            "registrationEnabled": True,
            "resolutionPolicy": "NxDomainRedirect",
        },
    ),
    "record-set": (
        f"{ZONE}/A/a",
        {
            "fqdn": "a.privatelink.api.azureml.ms.",
            "ttl": 10,
            "isAutoRegistered": True,
            "metadata": {"creator": f"created by private endpoint pe with resource guid {GUID}"},
            "aRecords": [{"ipv4Address": "10.0.0.5"}],
            "aaaaRecords": [{"ipv6Address": "fd00::5"}],
            "cnameRecord": {"cname": "b.example.com"},
            "ptrRecords": [{"ptrdname": "b.example.com"}],
        },
    ),
    "dns-resolver": (RESOLVER, {"dnsResolverState": "Connected", "virtualNetwork": ref(VNET)}),
    "inbound-endpoint": (
        named("inbound-endpoint", "in", RESOLVER),
        {
            "ipConfigurations": [
                {"privateIpAddress": "10.0.0.4", "privateIpAllocationMethod": "Static", "subnet": ref(SUBNET)}
            ]
        },
    ),
    "outbound-endpoint": (OUTBOUND, {"subnet": ref(SUBNET)}),
    "forwarding-ruleset": (RULESET, {"dnsResolverOutboundEndpoints": [ref(OUTBOUND)]}),
    "forwarding-rule": (
        named("forwarding-rule", "rule", RULESET),
        {
            "domainName": "api.azureml.ms.",
            "forwardingRuleState": "Enabled",
            "targetDnsServers": [{"ipAddress": "10.0.0.4", "port": 53}, {"ipAddress": "fd00::4", "port": 5353}],
        },
    ),
    "ruleset-link": (named("ruleset-link", "link", RULESET), {"virtualNetwork": ref(VNET)}),
    "security-policy": (POLICY, {}),
    "security-rule": (
        named("security-rule", "rule", POLICY),
        {
            "priority": 100,
            "action": {"actionType": "Block"},
            "dnsResolverDomainLists": [ref(DOMAINS)],
            "managedDomainLists": ["AzureDnsThreatIntel"],
            "dnsSecurityRuleState": "Enabled",
        },
    ),
    "security-policy-link": (named("security-policy-link", "link", POLICY), {"virtualNetwork": ref(VNET)}),
    "domain-list": (DOMAINS, {"domains": ["contoso.com.", "."]}),
}

_LEARNING_PARTS: Mapping[str, tuple[str, Any]] = {
    "workspace": (
        WORKSPACE,
        {
            "workspaceId": GUID,
            "publicNetworkAccess": "Disabled",
            "allowPublicAccessWhenBehindVnet": False,
            "notebookInfo": {"fqdn": "ml-mlw-westeurope.westeurope.notebooks.azure.net"},
            "discoveryUrl": "https://guid.workspace.westeurope.api.azureml.ms/discovery",
            "hubResourceId": named("workspace", "hub"),
            "associatedWorkspaces": [named("workspace", "project")],
            "v1LegacyMode": True,
            "managedNetwork": {"isolationMode": "AllowInternetOutbound"},
            "storageAccount": STORAGE,
            "keyVault": VAULT,
            "containerRegistry": ACR,
            "applicationInsights": INSIGHTS,
            "privateEndpointConnections": [CONNECTED],
        },
    ),
    "compute": (
        named("compute", "ci", WORKSPACE),
        {
            "computeType": "ComputeInstance",
            "resourceId": AKS,
            "properties": {
                "state": "Running",
                "subnet": ref(SUBNET),
                "connectivityEndpoints": {"privateIpAddress": "10.0.0.9"},
                "applications": [{"endpointUri": "https://ci.westeurope.instances.azureml.ms/tree/"}],
            },
        },
    ),
    "online-endpoint": (
        named("online-endpoint", "score", WORKSPACE),
        {"scoringUri": "https://score.westeurope.inference.ml.azure.com/score", "publicNetworkAccess": "Enabled"},
    ),
    "workspace-connection": (
        named("workspace-connection", "ai", WORKSPACE),
        {"category": "AIServices", "metadata": {"ResourceId": AI}},
    ),
    "ml-registry": (
        named("ml-registry", "registry"),
        {
            "discoveryUrl": "https://westeurope.api.azureml.ms/registrymanagement/v1.0/registries/registry/discovery",
            "publicNetworkAccess": "Disabled",
            "registryPrivateEndpointConnections": [CONNECTED],
            "regionDetails": [
                {
                    "location": "West Europe",
                    "acrDetails": [_account("systemCreatedAcrAccount", ACR), _account("userCreatedAcrAccount", ACR)],
                    "storageAccountDetails": [
                        _account("systemCreatedStorageAccount", STORAGE),
                        _account("userCreatedStorageAccount", STORAGE),
                    ],
                }
            ],
        },
    ),
    "storage-account": (
        STORAGE,
        {
            **DEPENDENCY,
            "networkAcls": {"defaultAction": "Deny"},
            "primaryEndpoints": {
                "blob": "https://st.blob.core.windows.net/",
                "dfs": "https://st.dfs.core.windows.net/",
                "web": "https://st.z6.web.core.windows.net/",
                "internetEndpoints": {"blob": "https://st-internetrouting.blob.core.windows.net/"},
            },
        },
    ),
    "key-vault": (VAULT, {**DEPENDENCY, "vaultUri": "https://kv.vault.azure.net/"}),
    "container-registry": (
        ACR,
        {
            **DEPENDENCY,
            "loginServer": "acr.azurecr.io",
            "dataEndpointHostNames": ["acr.westeurope.data.azurecr.io"],
            "networkRuleSet": {"defaultAction": "Deny"},
        },
    ),
    "container-registry-replica": (
        named("container-registry-replica", "northeurope", ACR),
        {"regionEndpointEnabled": True},
    ),
    "application-insights": (
        INSIGHTS,
        {
            "publicNetworkAccessForIngestion": "Disabled",
            "PrivateLinkScopedResources": [{"ResourceId": f"{SCOPE}/scopedResources/appi", "ScopeId": GUID}],
        },
    ),
    "monitor-scope": (
        SCOPE,
        {**DEPENDENCY, "accessModeSettings": {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "Open"}},
    ),
    "ai-services": (
        AI,
        {**DEPENDENCY, "endpoint": "https://ai-one.cognitiveservices.azure.com/", "customSubDomainName": "ai-one"},
    ),
    "search-service": (named("search-service", "search"), {**DEPENDENCY, "publicNetworkAccess": "enabled"}),
    "aks-cluster": (AKS, {"agentPoolProfiles": [{"name": "one", "vnetSubnetID": SUBNET}]}),
    "virtual-machine": (
        named("virtual-machine", "vm"),
        {"osProfile": {"computerName": "vm01"}, "networkProfile": {"networkInterfaces": [ref(NIC)]}},
    ),
}


def _resource(kind: str, id: str, properties: Any) -> Document:
    around = {"location": "West Europe", "type": KINDS[kind].type, "etag": '"1"', "kind": "Default"}
    if kind == "record-set":
        around["type"] = "Microsoft.Network/privateDnsZones/A"
    body = {"id": id, "name": id.rpartition("/")[2], **around, "properties": {**properties, **STATE}}
    return Document(kind=kind, id=ArmId(id), body=body)


_TENANT = (
    Document(
        kind="subscription",
        id=ArmId(SUBSCRIPTION),
        body={"id": SUBSCRIPTION, "displayName": "one", "state": "Enabled", "tenantId": GUID},
    ),
    Document(
        kind="permissions",
        id=ArmId(f"{SUBSCRIPTION}/providers/Microsoft.Authorization/permissions"),
        body={"value": [{"actions": ["*/read"], "notActions": ["Microsoft.Network/virtualWans/*"]}]},
    ),
)

FULL: Mapping[str, Document] = MappingProxyType(
    {document.kind: document for document in _TENANT}
    | {
        kind: _resource(kind, id, properties)
        for part in (_NETWORKS, _DNS, _LEARNING_PARTS)
        for kind, (id, properties) in part.items()
    }
)
"""A whole body of every kind."""
