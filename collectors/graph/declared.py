"""What a person says because ARM cannot: custom DNS servers, sites outside Azure, who must be served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldZone:
    """A zone as the server that is authoritative for it gave it.

    `records` maps every name that exists to its addresses or to the one name it is an alias of; empty: records of
    other types, or only names below it. Names at and below `delegated` are answered by somebody else. `edits` are
    what a repair writes over `records`.
    """

    name: Fqdn
    serial: int
    records: Mapping[Fqdn, tuple[str, ...]] = field(default_factory=dict, repr=False)
    delegated: tuple[Fqdn, ...] = ()
    edits: Mapping[Fqdn, tuple[str, ...]] = field(default_factory=dict)

    def values(self, name: Fqdn) -> tuple[str, ...] | None:
        """What stands at a name itself; None: it does not exist."""
        return self.edits.get(name, self.records.get(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredServer:
    """A custom DNS server.

    `forwards` maps a suffix (`""` is the root) to targets (`address` or `address:port`). None: unknown, the
    server is opaque. Empty: it iterates from the root. `network` (name or id) or `site` tells where it stands.
    `rebinding_protection`: it takes private addresses out of its upstreams' answers. `rejects_unsigned`: it
    validates, and the public parent of the private zones is signed. `zones` are not declared: a transfer showed them.
    """

    address: str
    network: str = ""
    site: str = ""
    kind: str = "unknown"
    forwards: Mapping[Fqdn, tuple[str, ...]] | None = None
    forward_mode: str = "only"
    records: Mapping[Fqdn, tuple[str, ...]] = field(default_factory=dict)
    rebinding_protection: bool = False
    rejects_unsigned: bool = False
    zones: tuple[HeldZone, ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells one declared server from another: its address, and where it stands."""
        return self.address, self.network.lower(), self.site


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Clients outside Azure: their address space, the servers they ask, the networks they reach."""

    name: str
    address_space: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredClient:
    """Networks (names or ids) and sites that must be able to use a workspace (`*`: every workspace)."""

    workspace: str = "*"
    networks: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """Where a question is asked from; part of the key of every answer.

    `view` is the network we stand in (name or id; `""`: none, then 168.63.129.16 is never asked). `reaches`
    are servers that must answer from here: silence or answers of any other server only inform. `address_map`
    replaces a server's address by `host:port` on the wire. `elsewhere`: this machine does not stand there, and
    only a question plan asks from it.
    """

    name: str
    view: str = ""
    source: str = ""
    servers: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    address_map: Mapping[str, str] = field(default_factory=dict)
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePlace:
    """Names below a public suffix have their private records in a zone, whatever the tables say."""

    public: Fqdn
    zone: Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Everything declared for one run."""

    servers: tuple[DeclaredServer, ...] = ()
    sites: tuple[Site, ...] = ()
    clients: tuple[DeclaredClient, ...] = ()
    vantages: tuple[Vantage, ...] = ()
    public_resolvers: tuple[str, ...] = ()
    assumptions: Mapping[str, bool] = field(default_factory=dict)
    names: tuple[NamePlace, ...] = ()
    foreign: tuple[Fqdn, ...] = ()
    """Names of resources elsewhere, of which ARM tells nothing here and which clients must be able to use."""
