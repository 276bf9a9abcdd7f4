"""The configuration contract: every table and key with its default, and what they declare of the world."""

# No `from __future__ import annotations`: cattrs must see the annotated types themselves, not their text.

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from agent.config.values import (
    Address,
    AddressOrNone,
    Audience,
    Below,
    Cidr,
    Code,
    Count,
    Day,
    Duration,
    Endpoint,
    Fingerprint,
    Guid,
    HistoryUrl,
    Listener,
    Name,
    Rate,
    RecordValue,
    Schedule,
    Seconds,
    SecondsOrNone,
    SecretUrl,
    Suffix,
    Target,
    Tenant,
)
from checks.waivers import Acknowledgement, Waiver, Waivers
from collectors.graph.declared import Declared, DeclaredClient, DeclaredServer, NamePlace, Site, Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureTable:
    """`[azure]`: which control plane is read, and how much of it. Empty texts mean the cloud's own."""

    cloud: Literal["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"] = "AzureCloud"
    endpoint: Endpoint = ""
    audience: Audience = ""
    tenant: Tenant = ""
    subscriptions: tuple[Guid, ...] = ()
    exclude: tuple[Name, ...] = ()
    management_group: str = ""
    use_resource_graph: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTable:
    """`[[scope.clients]]`: who must be able to use a workspace (`*`: every workspace)."""

    workspace: Name = "*"
    networks: tuple[Name, ...] = ()
    sites: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeTable:
    """`[scope]`: what is judged."""

    workspaces: tuple[Name, ...] = ()
    services: Literal["all", "aml"] = "all"
    legacy_names: Literal["auto", "required", "off"] = "auto"
    clients: tuple[ClientTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTable:
    """`[[site]]`: clients outside Azure."""

    name: Name
    address_space: tuple[Cidr, ...] = ()
    servers: tuple[Address, ...] = ()
    reaches: tuple[Name, ...] = ()


ServerKind = Literal[
    "unknown",
    "bind",
    "windows",
    "unbound",
    "dnsmasq",
    "pdns-recursor",
    "knot-resolver",
    "coredns",
    "systemd-resolved",
    "infoblox",
]
"""The software of a DNS server: it decides what becomes of aliases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTable:
    """`[[dns.server]]`: a DNS server of which ARM knows nothing. No `forwards`: unknown; `{}`: it iterates.

    `rebinding_protection`: it takes private addresses out of answers. `rejects_unsigned`: it validates, and the
    public parent of the private zones is signed. `transfer`: zones that it gives whole, signed with the key in the
    file `tsig_file` or in the variable `tsig_env`.
    """

    address: Address
    network: str = ""
    site: str = ""
    kind: ServerKind = "unknown"
    forwards: Mapping[Suffix, tuple[Target, ...]] | None = None
    forward_mode: Literal["only", "first"] = "only"
    records: Mapping[Suffix, tuple[RecordValue, ...]] = field(default_factory=dict)
    rebinding_protection: bool = False
    rejects_unsigned: bool = False
    transfer: tuple[Suffix, ...] = ()
    tsig_file: str = ""
    tsig_env: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsTable:
    """`[dns]`: resolvers for public chains (none: this machine's) and declared servers."""

    public: tuple[Address, ...] = ()
    server: tuple[ServerTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VantageTable:
    """`[[vantage]]`: where questions are asked from. `elsewhere`: not by this machine, only by a question plan."""

    name: Name = "here"
    view: str = ""
    source: AddressOrNone = ""
    servers: tuple[Address, ...] = ()
    reaches: tuple[Address, ...] = ()
    address_map: Mapping[Address, Target] = field(default_factory=dict)
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTable:
    """`[probe]`: how questions are asked. Times in seconds."""

    enabled: bool = True
    timeout: Seconds = 2.0
    patience: Seconds = 12.0
    recheck_within: SecondsOrNone = 15.0
    budget: Count = 3000
    queries_per_second: Rate = 20.0
    connect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """`[names] override`: names below a public suffix have their private records in a zone, whatever the tables say."""

    public: Below
    zone: Below


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesTable:
    """`[names]`: rows that replace or extend the name tables; names of other people's resources that clients use."""

    override: tuple[NameRow, ...] = ()
    foreign: tuple[Below, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgedTable:
    """`[[acknowledged]]`: a gap that one lives with."""

    kind: Name
    scope: Name
    reason: Name
    expires: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverTable:
    """`[[waiver]]`: a finding that one lives with, by fingerprint or by code and a glob over its subject."""

    fingerprint: Fingerprint = ""
    code: Code = ""
    subject: str = ""
    reason: str = ""
    owner: str = ""
    expires: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTable:
    """`[watch]`: long runs. Times in seconds."""

    check: Schedule = "*/30 * * * *"
    ask: Seconds = 300.0
    jitter: SecondsOrNone = 60.0
    new_after: Count = 2
    resolved_after: Count = 2
    health: Listener = "0.0.0.0:8080"  # a container's probe comes from outside it
    metrics: Listener = "127.0.0.1:9090"
    grace: SecondsOrNone = 20.0
    ready_periods: Count = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTable:
    """`[history]`: where runs are remembered. `copy`: the file in which a copy of a blob is worked on."""

    url: HistoryUrl = "sqlite:///agent.db"
    keep: Duration = "90d"
    copy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnalyticsTable:
    """`[sinks.log_analytics]`."""

    endpoint: SecretUrl = ""
    rule_id: str = ""
    stream: Name = "Custom-PrivateDnsFindings_CL"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTable:
    """`[sinks.webhook]`."""

    url: SecretUrl = ""
    kind: Literal["generic", "slack", "teams"] = "generic"
    secret_env: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """`[sinks.file]`."""

    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinksTable:
    """`[sinks]`: where events go."""

    log_analytics: LogAnalyticsTable = LogAnalyticsTable()
    webhook: WebhookTable = WebhookTable()
    file: FileTable = FileTable()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTable:
    """`[fix]`."""

    most_changes: Count = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be configured."""

    azure: AzureTable = AzureTable()
    scope: ScopeTable = ScopeTable()
    site: tuple[SiteTable, ...] = ()
    dns: DnsTable = DnsTable()
    vantage: tuple[VantageTable, ...] = ()
    probe: ProbeTable = ProbeTable()
    names: NamesTable = NamesTable()
    acknowledged: tuple[AcknowledgedTable, ...] = ()
    waiver: tuple[WaiverTable, ...] = ()
    assumptions: Mapping[Name, bool] = field(default_factory=dict)
    watch: WatchTable = WatchTable()
    history: HistoryTable = HistoryTable()
    sinks: SinksTable = SinksTable()
    fix: FixTable = FixTable()


def declared(config: Config) -> Declared:
    """What the configuration says of the world. Without a vantage there is one, `here`, that reaches nothing.

    `public_resolvers` stays empty where none is configured: an offline run has no use for this machine's.
    """
    return Declared(
        servers=tuple(_server(row) for row in config.dns.server),
        sites=tuple(
            Site(name=row.name, address_space=row.address_space, servers=row.servers, reaches=row.reaches)
            for row in config.site
        ),
        clients=tuple(
            DeclaredClient(workspace=row.workspace, networks=row.networks, sites=row.sites)
            for row in config.scope.clients
        ),
        vantages=tuple(_vantage(row) for row in config.vantage or (VantageTable(),)),
        public_resolvers=config.dns.public,
        assumptions=config.assumptions,
        names=tuple(NamePlace(public=row.public, zone=row.zone) for row in config.names.override),
        foreign=tuple(dict.fromkeys(config.names.foreign)),
    )


def waivers(config: Config, day: date) -> Waivers:
    """What the configuration says to live with, as it holds on a day."""
    return Waivers(
        day=day,
        waivers=tuple(
            Waiver(
                number=number,
                fingerprint=row.fingerprint,
                code=row.code,
                subject=row.subject,
                reason=row.reason,
                owner=row.owner,
                expires=row.expires,
            )
            for number, row in enumerate(config.waiver, start=1)
        ),
        acknowledgements=tuple(
            Acknowledgement(number=number, kind=row.kind, scope=row.scope, reason=row.reason, expires=row.expires)
            for number, row in enumerate(config.acknowledged, start=1)
        ),
    )


def _server(row: ServerTable) -> DeclaredServer:
    return DeclaredServer(
        address=row.address,
        network=row.network,
        site=row.site,
        kind=row.kind,
        forwards=row.forwards,
        forward_mode=row.forward_mode,
        records=row.records,
        rebinding_protection=row.rebinding_protection,
        rejects_unsigned=row.rejects_unsigned,
    )


def _vantage(row: VantageTable) -> Vantage:
    return Vantage(
        name=row.name,
        view=row.view,
        source=row.source,
        servers=row.servers,
        reaches=row.reaches,
        address_map=row.address_map,
        elsewhere=row.elsewhere,
    )
