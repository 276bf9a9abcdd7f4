"""The nodes of the graph: one frozen dataclass per ARM resource, in Azure's terms, without raw JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.graph.ids import ArmId, Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription that the identity sees."""

    id: ArmId
    name: str
    state: str
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """The rights of one role at a scope: granted are `actions` less this row's own `not_actions`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What the identity may do at a scope."""

    id: ArmId
    scope: ArmId
    rows: tuple[PermissionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a private endpoint connects to, and whether the owner of the target has agreed."""

    target: ArmId | None
    group_ids: tuple[str, ...]
    status: str
    description: str
    manual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAddresses:
    """An FQDN and the addresses it should have."""

    name: Fqdn
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateEndpoint:
    """A private endpoint."""

    id: ArmId
    location: str
    subnet: ArmId | None
    interfaces: tuple[ArmId, ...]
    connections: tuple[Connection, ...]
    custom_dns: tuple[NamedAddresses, ...]
    provisioning_state: str
    resource_guid: str

    @property
    def network(self) -> ArmId | None:
        """The virtual network it stands in."""
        return self.subnet.parent if self.subnet else None

    @property
    def approved(self) -> bool:
        """Whether traffic flows: every connection is Approved."""
        return bool(self.connections) and all(c.status.lower() == "approved" for c in self.connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRecord:
    """A record that a zone group says it wrote."""

    type: str
    name: str
    fqdn: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneConfig:
    """One zone that a zone group keeps up to date."""

    name: str
    zone: ArmId | None
    records: tuple[GroupRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneGroup:
    """A private DNS zone group: ties the records of an endpoint to zones."""

    id: ArmId
    endpoint: ArmId
    configs: tuple[ZoneConfig, ...]
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IpConfiguration:
    """One address of an interface; on a private endpoint's with the FQDNs that should lead to it."""

    name: str
    address: str
    subnet: ArmId | None
    group_id: str
    member: str
    fqdns: tuple[Fqdn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """A network interface; `dns_servers` override those of its network."""

    id: ArmId
    endpoint: ArmId | None
    dns_servers: tuple[str, ...]
    ip_configurations: tuple[IpConfiguration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet, embedded in its network."""

    id: ArmId
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """One direction of a peering, embedded in its network."""

    name: str
    remote: ArmId | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A virtual network; empty `dns_servers` mean Azure-provided DNS."""

    id: ArmId
    location: str
    prefixes: tuple[str, ...]
    dns_servers: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    peerings: tuple[Peering, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateZone:
    """A private DNS zone."""

    id: ArmId
    name: Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneLink:
    """A virtual network link of a private DNS zone; `fallback` is its resolution policy NxDomainRedirect."""

    id: ArmId
    zone: ArmId
    network: ArmId
    registration: bool
    fallback: bool
    state: str
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerStamp:
    """Who wrote a record: parsed from the metadata that zone groups leave."""

    endpoint: str
    resource_guid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """A record set; `name` is relative to its zone in lower case, `@` at the apex, `ttl` in seconds."""

    id: ArmId
    zone: ArmId
    name: str
    type: str
    ttl: int
    addresses: tuple[str, ...]
    cname: Fqdn | None
    owner: OwnerStamp | None
    auto_registered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Machine Learning workspace; `guid` is its `workspaceId`, the stem of its names."""

    id: ArmId
    guid: str
    location: str
    kind: str
    notebook_fqdn: Fqdn | None
    public_access: bool | None
    endpoints: tuple[ArmId, ...]


Node = (
    Subscription
    | Permissions
    | PrivateEndpoint
    | ZoneGroup
    | NetworkInterface
    | VirtualNetwork
    | PrivateZone
    | ZoneLink
    | RecordSet
    | Workspace
)

NodesById = Mapping[ArmId, Node]
