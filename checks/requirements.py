"""Who must get which address for which name: clients in tiers, and the acceptable addresses of each name.

Only required clients are turned into requirements; pairs of everybody with everything are never made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from checks.names.expected import (
    ExpectedRecord,
    Role,
    Service,
    UnderivedEndpoint,
    expect_records,
    services,
    underived_endpoints,
    unjudged_names,
    workspace_endpoints,
)
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import NetworkInterface, PrivateEndpoint, Subscription, VirtualNetwork


class Tier(StrEnum):
    """How sure it is that a client needs a name."""

    REQUIRED = "required"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run is asked to look at. Empty tuples mean everything; `networks` are required clients."""

    workspaces: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """Who asks: a network, an interface that overrides its network's servers, or a declared site.

    `id` is the network's or interface's ARM id, or `site:<name>`.
    """

    id: str
    network: ArmId | None = None
    interface: ArmId | None = None
    site: str = ""

    @property
    def name(self) -> str:
        """The short name people use."""
        return self.site or (self.interface or self.network or ArmId(self.id)).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """This client must get one of these addresses for this name, because of these expected records."""

    client: Client
    name: Fqdn
    type: str
    acceptable: tuple[str, ...]
    role: Role
    tier: Tier
    why: tuple[ExpectedRecord, ...]

    @property
    def expected(self) -> ExpectedRecord:
        """The record that speaks for all: of an approved endpoint if there is one."""
        return next((record for record in self.why if record.approved), self.why[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """Everything that a run has to judge."""

    workspaces: tuple[Service, ...]
    records: tuple[ExpectedRecord, ...]
    requirements: tuple[Requirement, ...]
    clients: tuple[Client, ...]
    underived: tuple[UnderivedEndpoint, ...]
    unjudged: tuple[Fqdn, ...]
    """Names that endpoints list and that the tables cannot place: nobody can tell whether they are right."""
    unknown: tuple[str, ...]
    """Names that the scope mentions and the estate does not hold, each as `kind "name"`."""


def servers_of(estate: Estate, client: Client) -> tuple[str, ...]:
    """The DNS servers a client asks, in order: interface before network before Azure-provided DNS.

    Empty: a site without servers, or a network that was not read.
    """
    if client.site:
        site = estate.site(client.site)
        return site.servers if site else ()
    nic = estate.get(NetworkInterface, client.interface)
    network = estate.get(VirtualNetwork, client.network)
    if nic and nic.dns_servers:
        return nic.dns_servers
    return (network.dns_servers or (PLATFORM_RESOLVER,)) if network else ()


def derive_requirements(estate: Estate, scope: Scope) -> Required:
    """The requirements of the workspaces in scope, for every required client."""
    workspaces = tuple(w for w in services(estate) if _in_scope(estate, w, scope))
    records: list[ExpectedRecord] = []
    requirements: list[Requirement] = []
    underived: list[UnderivedEndpoint] = []
    unjudged: set[Fqdn] = set()
    for workspace in workspaces:
        expected = expect_records(estate, workspace)
        records.extend(expected)
        underived.extend(underived_endpoints(estate, workspace))
        unjudged.update(unjudged_names(estate, workspace))
        for client in _required_clients(estate, workspace, scope):
            requirements.extend(_requirements(estate, client, expected))
    return Required(
        workspaces=workspaces,
        records=tuple(records),
        requirements=tuple(sorted(requirements, key=lambda r: (r.client.id.lower(), r.name))),
        clients=tuple(sorted({r.client for r in requirements})),
        underived=tuple(underived),
        unjudged=tuple(sorted(unjudged)),
        unknown=tuple(_unknown(estate, scope)),
    )


def matches(text: str, id: ArmId) -> bool:
    """Whether a person's text (name, id, `*`, or a glob over the name) means a resource."""
    wanted = text.strip().rstrip("/").lower()
    return wanted == id.key or fnmatchcase(id.name.lower(), wanted)


def _in_scope(estate: Estate, workspace: Service, scope: Scope) -> bool:
    meant = {id for text in scope.subscriptions for id in _subscriptions(estate, text)}
    if scope.subscriptions and workspace.id.subscription not in meant:
        return False
    return not scope.workspaces or any(matches(text, workspace.id) for text in scope.workspaces)


def _subscriptions(estate: Estate, text: str) -> Iterator[str]:
    """The subscriptions that a person means by a GUID, an id or a name."""
    wanted = text.strip().rstrip("/").lower()
    for subscription in estate.of_type(Subscription):
        if wanted in (subscription.id.subscription, subscription.id.key, subscription.name.lower()):
            yield subscription.id.subscription


def _required_clients(estate: Estate, workspace: Service, scope: Scope) -> list[Client]:
    """Networks that hold an endpoint of the workspace, those configured, and interfaces that override them."""
    networks = {estate.spelt(e.network) for e in workspace_endpoints(estate, workspace.id) if e.network}
    sites: set[str] = set()
    for declared in estate.declared.clients:
        if matches(declared.workspace, workspace.id):
            networks.update(n.id for text in declared.networks for n in estate.find_networks(text))
            sites.update(declared.sites)
    networks.update(n.id for text in scope.networks for n in estate.find_networks(text))
    clients = {Client(id=id.text, network=id) for id in networks}
    clients.update(Client(id=f"site:{name}", site=name) for name in sites)
    clients.update(_overriding_interfaces(estate, networks))
    return sorted(clients)


def _overriding_interfaces(estate: Estate, networks: set[ArmId]) -> Iterator[Client]:
    for nic in estate.of_type(NetworkInterface):
        if not nic.dns_servers or nic.endpoint:
            continue
        for network in {c.subnet.parent for c in nic.ip_configurations if c.subnet}:
            if network in networks:
                yield Client(id=nic.id.text, network=estate.spelt(network), interface=nic.id)


def _requirements(estate: Estate, client: Client, expected: Iterable[ExpectedRecord]) -> Iterator[Requirement]:
    by_name: dict[tuple[Fqdn, str], list[ExpectedRecord]] = {}
    for record in expected:
        by_name.setdefault((record.name, record.type), []).append(record)
    for (name, type), records in by_name.items():
        usable = [r for r in records if _reachable(estate, client, r)] or records
        chosen = tuple([r for r in usable if r.approved] or usable)
        yield Requirement(
            client=client,
            name=name,
            type=type,
            acceptable=tuple(sorted({address for record in chosen for address in record.addresses})),
            role=chosen[0].role,
            tier=Tier.REQUIRED,
            why=chosen,
        )


def _reachable(estate: Estate, client: Client, record: ExpectedRecord) -> bool:
    """Whether the client may reach the endpoint; sites are taken to reach everything."""
    endpoint = estate.get(PrivateEndpoint, record.endpoint)
    if client.network is None or endpoint is None or endpoint.network is None:
        return True
    return not estate.apart(client.network, endpoint.network)


def _unknown(estate: Estate, scope: Scope) -> Iterator[str]:
    for text in scope.subscriptions:
        if not any(_subscriptions(estate, text)):
            yield f'subscription "{text}"'
    for text in scope.workspaces:
        if not any(matches(text, workspace.id) for workspace in services(estate)):
            yield f'workspace "{text}"'
    for client in estate.declared.clients:
        if client.workspace != "*" and not any(matches(client.workspace, w.id) for w in services(estate)):
            yield f'workspace "{client.workspace}" (of scope.clients)'
    named = [(text, "network") for text in scope.networks]
    named += [(text, "network") for client in estate.declared.clients for text in client.networks]
    named += [(server.network, "network") for server in estate.declared.servers if server.network]
    for text, kind in sorted(set(named)):
        if not estate.find_networks(text):
            yield f'{kind} "{text}"'
    for site in sorted({site for client in estate.declared.clients for site in client.sites}):
        if estate.site(site) is None:
            yield f'site "{site}"'
