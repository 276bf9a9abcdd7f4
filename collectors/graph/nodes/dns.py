"""Private zones, resolvers, rulesets and security policies."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import ArmId, Fqdn


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

    @property
    def ready(self) -> bool:
        """Whether Azure serves the zone in the network; where it tells no state, it does."""
        return self.state.lower() in ("", "completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerStamp:
    """Who wrote a record: parsed from the metadata that zone groups leave."""

    endpoint: str
    resource_guid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """A record set; `name` is relative to its zone in lower case, `@` at the apex, `ttl` in seconds.

    `pointers` are the names that a PTR set points to.
    """

    id: ArmId
    zone: ArmId
    name: str
    type: str
    ttl: int
    addresses: tuple[str, ...]
    cname: Fqdn | None
    owner: OwnerStamp | None
    auto_registered: bool
    pointers: tuple[Fqdn, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """What an answer out of the set holds: addresses, or the names of a pointer."""
        return self.addresses or self.pointers


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsResolver:
    """A DNS private resolver: its network is the view of whatever reaches its inbound endpoints."""

    id: ArmId
    location: str
    network: ArmId | None
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAddress:
    """One address of an inbound endpoint; `static` ones survive a redeployment."""

    address: str
    static: bool
    subnet: ArmId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEndpoint:
    """Where questions enter a resolver; `addresses` may be empty while it is being created."""

    id: ArmId
    resolver: ArmId
    addresses: tuple[InboundAddress, ...]
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundEndpoint:
    """Where forwarded questions leave a resolver."""

    id: ArmId
    resolver: ArmId
    subnet: ArmId | None
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingRuleset:
    """A DNS forwarding ruleset."""

    id: ArmId
    location: str
    outbound_endpoints: tuple[ArmId, ...]
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingRule:
    """A rule: names at or below `domain` (the root: `""`) go to the targets, `ip` or `ip:port`, in order."""

    id: ArmId
    ruleset: ArmId
    domain: Fqdn
    targets: tuple[str, ...]
    enabled: bool
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetLink:
    """The rules of a ruleset apply to questions that enter Azure DNS from this network."""

    id: ArmId
    ruleset: ArmId
    network: ArmId
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPolicy:
    """A DNS security policy (`dnsResolverPolicies`)."""

    id: ArmId
    location: str
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityRule:
    """A rule of a policy, lowest `priority` first; `action` is `allow`, `alert` or `block`.

    `managed_lists` are Azure's own lists, whose content nobody can read.
    """

    id: ArmId
    policy: ArmId
    priority: int
    action: str
    domain_lists: tuple[ArmId, ...]
    managed_lists: tuple[str, ...]
    enabled: bool
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPolicyLink:
    """A policy applies to questions that enter Azure DNS from this network."""

    id: ArmId
    policy: ArmId
    network: ArmId
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainList:
    """Domains that security rules name; the root (`""`) means every name.

    `complete` is false where the answer held no domains at all: lists uploaded as a file do not show them.
    """

    id: ArmId
    domains: tuple[Fqdn, ...]
    complete: bool
