"""Private endpoints, their zone groups and interfaces."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import ArmId, Fqdn


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
    """A network interface; `dns_servers` override those of its network.

    `applied_servers`: what a running machine uses, where Azure tells; of an availability set those of all its machines.
    """

    id: ArmId
    endpoint: ArmId | None
    dns_servers: tuple[str, ...]
    ip_configurations: tuple[IpConfiguration, ...]
    machine: ArmId | None = None
    applied_servers: tuple[str, ...] = ()
