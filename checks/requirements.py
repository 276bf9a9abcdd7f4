"""Who must get which address for which name: clients in tiers, and the acceptable addresses of each name.

Only required clients are turned into requirements; pairs of everybody with everything are never made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from checks.names.expected import (
    ExpectedRecord,
    Need,
    Role,
    Service,
    Target,
    UnderivedEndpoint,
    expect_records,
    services,
    targets,
    underived_endpoints,
    unjudged_names,
    workspace_endpoints,
)
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import (
    AksCluster,
    Dependency,
    MlRegistry,
    NetworkInterface,
    PrivateEndpoint,
    Subscription,
    VirtualNetwork,
    Workspace,
)


class Tier(StrEnum):
    """How sure it is that a client needs a name."""

    REQUIRED = "required"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run is asked to look at. Empty tuples mean everything; `networks` are required clients.

    `services`: every private endpoint, or Machine Learning with what it depends on. `legacy_names`: whether the
    names of the first API are required; auto: of workspaces that still use it, in the regions that had them.
    """

    workspaces: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    services: Literal["all", "aml"] = "all"
    legacy_names: Literal["auto", "required", "off"] = "auto"


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
    def has_own_code(self) -> bool:
        """Whether a finding of its own tells what is wrong with the name, and no other one does."""
        return self.role in (Role.INSTANCE, Role.LEGACY)

    @property
    def expected(self) -> ExpectedRecord:
        """The record that speaks for all: of an approved endpoint if there is one."""
        return next((record for record in self.why if record.approved), self.why[0])


@dataclass(frozen=True, kw_only=True)
class Required:
    """Everything that a run has to judge."""

    workspaces: tuple[Workspace | MlRegistry, ...]
    targets: tuple[Target, ...]
    """Other services behind private endpoints."""
    records: tuple[ExpectedRecord, ...]
    requirements: tuple[Requirement, ...]
    clients: tuple[Client, ...]
    underived: tuple[UnderivedEndpoint, ...]
    unjudged: tuple[Fqdn, ...]
    """Names that endpoints list and that the tables cannot place: nobody can tell whether they are right."""
    unknown: tuple[str, ...]
    """Names that the scope mentions and the estate does not hold, each as `kind "name"`."""

    def records_of(self, endpoint: ArmId) -> tuple[ExpectedRecord, ...]:
        """The expected records of one endpoint."""
        return self._by_endpoint.get(endpoint, ())

    def records_at(self, zone: Fqdn, record: str) -> tuple[ExpectedRecord, ...]:
        """The expected records of one name in a private-link zone; endpoints of one service share names."""
        return self._by_place.get((zone, record), ())

    def requirements_at(self, zone: Fqdn, record: str) -> tuple[Requirement, ...]:
        """What is required of one name in a private-link zone, for every client."""
        return self._requirements_by_place.get((zone, record), ())

    @cached_property
    def _requirements_by_place(self) -> Mapping[tuple[Fqdn, str], tuple[Requirement, ...]]:
        found: dict[tuple[Fqdn, str], list[Requirement]] = {}
        for requirement in self.requirements:
            expected = requirement.expected
            found.setdefault((expected.zone, expected.record), []).append(requirement)
        return {place: tuple(requirements) for place, requirements in found.items()}

    @cached_property
    def _by_place(self) -> Mapping[tuple[Fqdn, str], tuple[ExpectedRecord, ...]]:
        found: dict[tuple[Fqdn, str], list[ExpectedRecord]] = {}
        for record in self.records:
            found.setdefault((record.zone, record.record), []).append(record)
        return {place: tuple(records) for place, records in found.items()}

    @cached_property
    def _by_endpoint(self) -> Mapping[ArmId, tuple[ExpectedRecord, ...]]:
        found: dict[ArmId, list[ExpectedRecord]] = {}
        for record in self.records:
            found.setdefault(record.endpoint, []).append(record)
        return {endpoint: tuple(records) for endpoint, records in found.items()}

    @property
    def only_ipv4(self) -> tuple[Requirement, ...]:
        """What is required of names that no endpoint has an IPv6 address for; those with a finding of their own not."""
        both = {requirement.expected.asked for requirement in self.requirements if requirement.type == "AAAA"}
        return tuple(r for r in self.requirements if r.expected.asked not in both and not r.has_own_code)


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
    """The requirements of the services in scope, for every required client."""
    workspaces = tuple(w for w in services(estate) if _in_scope(estate, w, scope))
    needed = _dependents(estate, workspaces)
    others = tuple(t for t in targets(estate) if _is_looked_at(estate, t, scope, needed))
    overriding = _overriding_interfaces(estate)
    records: list[ExpectedRecord] = []
    requirements: list[Requirement] = []
    underived: list[UnderivedEndpoint] = []
    unjudged: set[Fqdn] = set()
    everything: tuple[Service, ...] = (*workspaces, *others)
    for service in everything:
        expected = tuple(_minding_legacy(expect_records(estate, service), scope))
        records.extend(expected)
        underived.extend(underived_endpoints(estate, service))
        unjudged.update(unjudged_names(estate, service))
        required = [record for record in expected if record.need is Need.REQUIRED]
        for client in _required_clients(estate, service, scope, needed, overriding):
            requirements.extend(_requirements(estate, client, required))
    return Required(
        workspaces=workspaces,
        targets=others,
        records=tuple(records),
        requirements=tuple(sorted(_joined(estate, requirements), key=lambda r: (r.client.id.lower(), r.name, r.type))),
        clients=tuple(sorted({r.client for r in requirements})),
        underived=tuple(underived),
        unjudged=tuple(sorted(unjudged)),
        unknown=tuple(_unknown(estate, scope)),
    )


def _minding_legacy(records: Iterable[ExpectedRecord], scope: Scope) -> Iterator[ExpectedRecord]:
    """The records, with what the configuration says of the names of the first API."""
    for record in records:
        if record.role is not Role.LEGACY or scope.legacy_names == "auto":
            yield record
        elif scope.legacy_names == "required":
            yield replace(record, need=Need.REQUIRED)


def _dependents(
    estate: Estate, workspaces: Iterable[Workspace | MlRegistry]
) -> Mapping[ArmId, tuple[Workspace | MlRegistry, ...]]:
    """What the services in scope depend on, each with those that need it."""
    found: dict[ArmId, list[Workspace | MlRegistry]] = {}
    for workspace in workspaces:
        for id in sorted(set(dependencies_of(estate, workspace))):
            found.setdefault(id, []).append(workspace)
    return {id: tuple(those) for id, those in found.items()}


def dependencies_of(estate: Estate, service: Workspace | MlRegistry) -> Iterator[ArmId]:
    """Storage, vault, registry, and the private link scopes of what is monitored; connections to other services."""
    for id in service.dependencies:
        yield id
        node = estate.get(Dependency, id)
        yield from node.scopes if node else ()
    yield from (c.target for c in estate.connections_of(service.id) if c.target)


def _is_looked_at(
    estate: Estate, target: Target, scope: Scope, needed: Mapping[ArmId, tuple[Workspace | MlRegistry, ...]]
) -> bool:
    """Whether another service is in scope: what those in scope depend on always is."""
    if target.id in needed:
        return True
    if scope.workspaces or scope.services == "aml":
        return False
    meant = {id for text in scope.subscriptions for id in _subscriptions(estate, text)}
    places = {target.id.subscription, *(e.id.subscription for e in workspace_endpoints(estate, target.id))}
    return not scope.subscriptions or bool(meant & places)


def matches(text: str, id: ArmId) -> bool:
    """Whether a person's text (name, id, `*`, or a glob over the name) means a resource."""
    wanted = text.strip().rstrip("/").lower()
    return wanted == id.key or fnmatchcase(id.name.lower(), wanted)


def _in_scope(estate: Estate, workspace: Workspace | MlRegistry, scope: Scope) -> bool:
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


def _required_clients(
    estate: Estate,
    service: Service,
    scope: Scope,
    needed: Mapping[ArmId, tuple[Workspace | MlRegistry, ...]],
    overriding: Mapping[ArmId, tuple[Client, ...]],
) -> list[Client]:
    """Networks that hold an endpoint or a compute of the service, those configured, and interfaces that override them.

    What a workspace depends on is needed where that workspace stands and computes, if it refuses the public: there
    jobs mount it. Users elsewhere may do without it, so they are not required to resolve it.
    """
    networks = _home_networks(estate, service)
    sites: set[str] = set()
    if isinstance(service, Target):
        dependency = estate.get(Dependency, service.id)
        if dependency and dependency.public_access is False:
            homes = {id for it in needed.get(service.id, ()) for id in _home_networks(estate, it)}
            networks |= {id for id in homes if _reaches(estate, id, service)}
    else:
        for declared in estate.declared.clients:
            if matches(declared.workspace, service.id):
                networks.update(n.id for text in declared.networks for n in estate.find_networks(text))
                sites.update(declared.sites)
    asked = {network.id for text in scope.networks for network in estate.find_networks(text)}
    networks |= {id for id in asked if not isinstance(service, Target) or _reaches(estate, id, service)}
    clients = {Client(id=id.text, network=id) for id in networks}
    clients.update(Client(id=f"site:{name}", site=name) for name in sites)
    clients.update(client for id in networks for client in overriding.get(id, ()))
    return sorted(clients)


def _home_networks(estate: Estate, service: Service) -> set[ArmId]:
    """The networks of a service's endpoints and, of a workspace, of its computes; attached clusters by their nodes."""
    networks = {e.network for e in workspace_endpoints(estate, service.id) if e.network}
    for compute in estate.computes_of(service.id) if networks else ():
        cluster = estate.get(AksCluster, compute.attached)
        subnets = (compute.subnet, *(cluster.subnets if cluster else ()))
        networks.update(subnet.parent for subnet in subnets if subnet)
    return {estate.spelt(id) for id in networks}


def _reaches(estate: Estate, network: ArmId, service: Target) -> bool:
    """Whether a network may reach an endpoint of a service."""
    homes = (endpoint.network for endpoint in workspace_endpoints(estate, service.id))
    return any(home and not estate.apart(network, home) for home in homes)


def probable_clients(estate: Estate, service: Service, required: Collection[Client]) -> Iterator[Client]:
    """The networks that reach an endpoint of a service for certain and of which nobody said that they need it."""
    known = {client.network for client in required}
    homes = {endpoint.network for endpoint in workspace_endpoints(estate, service.id) if endpoint.network}
    reaching = {id for home in homes for id in estate.component(home)}
    for id in sorted(reaching - known):
        if estate.get(VirtualNetwork, id):
            yield Client(id=estate.spelt(id).text, network=estate.spelt(id))


def _overriding_interfaces(estate: Estate) -> Mapping[ArmId, tuple[Client, ...]]:
    """The interfaces with DNS servers of their own, by their network; those of endpoints ask nothing."""
    found: dict[ArmId, list[Client]] = {}
    for nic in estate.of_type(NetworkInterface):
        if not nic.dns_servers or nic.endpoint:
            continue
        for network in {c.subnet.parent for c in nic.ip_configurations if c.subnet}:
            spelt = estate.spelt(network)
            found.setdefault(spelt, []).append(Client(id=nic.id.text, network=spelt, interface=nic.id))
    return {network: tuple(clients) for network, clients in found.items()}


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


def _joined(estate: Estate, requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """The requirements, where services have a name in common as Azure Monitor's have: any of their endpoints will do.

    What a client cannot reach is acceptable only where it can reach no endpoint at all.
    """
    by_name: dict[tuple[Client, Fqdn, str], list[Requirement]] = {}
    for requirement in requirements:
        by_name.setdefault((requirement.client, requirement.name, requirement.type), []).append(requirement)
    for (client, _, _), those in by_name.items():
        if len({requirement.acceptable for requirement in those}) == 1:
            yield from those
            continue
        usable = [r for those_of in those for r in those_of.why if r.approved and _reachable(estate, client, r)]
        addresses = {address for record in usable for address in record.addresses}
        for requirement in those:
            yield replace(requirement, acceptable=tuple(sorted(addresses or requirement.acceptable)))


def _reachable(estate: Estate, client: Client, record: ExpectedRecord) -> bool:
    """Whether the client may reach the endpoint. A site that says which networks it reaches reaches no others."""
    endpoint = estate.get(PrivateEndpoint, record.endpoint)
    if endpoint is None or endpoint.network is None:
        return True
    if client.network is None:
        reached = estate.reached_from(estate.site(client.site))
        return not reached or any(not estate.apart(network, endpoint.network) for network in reached)
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
