"""The nodes of the graph: one frozen dataclass per ARM resource, in Azure's terms, without raw JSON."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.graph.ids import ArmId
from collectors.graph.nodes.dns import (
    DnsResolver,
    DomainList,
    ForwardingRule,
    ForwardingRuleset,
    InboundAddress,
    InboundEndpoint,
    OutboundEndpoint,
    OwnerStamp,
    PrivateZone,
    RecordSet,
    RulesetLink,
    SecurityPolicy,
    SecurityPolicyLink,
    SecurityRule,
    ZoneLink,
)
from collectors.graph.nodes.endpoints import (
    Connection,
    GroupRecord,
    IpConfiguration,
    NamedAddresses,
    NetworkInterface,
    PrivateEndpoint,
    ZoneConfig,
    ZoneGroup,
)
from collectors.graph.nodes.machinelearning import (
    AksCluster,
    Compute,
    Dependency,
    MlRegistry,
    OnlineEndpoint,
    RegistryReplica,
    Workspace,
    WorkspaceConnection,
)
from collectors.graph.nodes.networks import (
    ConnectivityConfiguration,
    Firewall,
    FirewallPolicy,
    GatewaySubnet,
    HubConnection,
    NetworkGateway,
    NetworkGroup,
    NetworkManager,
    Peering,
    PointToSiteGateway,
    StaticMember,
    Subnet,
    VirtualHub,
    VirtualMachine,
    VirtualNetwork,
    VirtualWan,
)
from collectors.graph.nodes.sight import PermissionRow, Permissions, Subscription

__all__ = [
    "AksCluster",
    "Compute",
    "Connection",
    "ConnectivityConfiguration",
    "Dependency",
    "DnsResolver",
    "DomainList",
    "Firewall",
    "FirewallPolicy",
    "ForwardingRule",
    "ForwardingRuleset",
    "GatewaySubnet",
    "GroupRecord",
    "HubConnection",
    "InboundAddress",
    "InboundEndpoint",
    "IpConfiguration",
    "MlRegistry",
    "NamedAddresses",
    "NetworkGateway",
    "NetworkGroup",
    "NetworkInterface",
    "NetworkManager",
    "Node",
    "NodesById",
    "OnlineEndpoint",
    "OutboundEndpoint",
    "OwnerStamp",
    "Peering",
    "PermissionRow",
    "Permissions",
    "PointToSiteGateway",
    "PrivateEndpoint",
    "PrivateZone",
    "RecordSet",
    "RegistryReplica",
    "RulesetLink",
    "SecurityPolicy",
    "SecurityPolicyLink",
    "SecurityRule",
    "StaticMember",
    "Subnet",
    "Subscription",
    "VirtualHub",
    "VirtualMachine",
    "VirtualNetwork",
    "VirtualWan",
    "Workspace",
    "WorkspaceConnection",
    "ZoneConfig",
    "ZoneGroup",
    "ZoneLink",
]

Node = (
    Subscription
    | Permissions
    | PrivateEndpoint
    | ZoneGroup
    | NetworkInterface
    | VirtualNetwork
    | Firewall
    | FirewallPolicy
    | VirtualWan
    | VirtualHub
    | HubConnection
    | PointToSiteGateway
    | GatewaySubnet
    | NetworkGateway
    | NetworkManager
    | ConnectivityConfiguration
    | NetworkGroup
    | StaticMember
    | VirtualMachine
    | PrivateZone
    | ZoneLink
    | RecordSet
    | DnsResolver
    | InboundEndpoint
    | OutboundEndpoint
    | ForwardingRuleset
    | ForwardingRule
    | RulesetLink
    | SecurityPolicy
    | SecurityRule
    | SecurityPolicyLink
    | DomainList
    | Workspace
    | Compute
    | OnlineEndpoint
    | WorkspaceConnection
    | MlRegistry
    | Dependency
    | RegistryReplica
    | AksCluster
)

NodesById = Mapping[ArmId, Node]
