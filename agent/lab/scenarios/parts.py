"""What the scenarios are put together from: workspaces with their endpoints and zones, networks, machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from agent.lab import builders as b
from agent.lab.builders import Group, Member, Zone
from agent.lab.builders.machinelearning import dependency_stem
from agent.lab.clouds import PUBLIC, CloudNames
from agent.lab.estate import Fault, LabEstate
from collectors.graph.declared import DeclaredClient, DeclaredServer
from collectors.graph.documents import Document

HUB_PREFIX = "10.0.0.0/16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A network beside others; `subnets` maps names to prefixes."""

    name: str
    prefix: str
    subnets: Mapping[str, str]


ML_SPOKE = Spoke(
    name="vnet-spoke-1",
    prefix="10.1.0.0/16",
    subnets={"snet-endpoints": "10.1.0.0/24", "snet-compute": "10.1.1.0/24"},
)
APPS_SPOKE = Spoke(name="vnet-spoke-2", prefix="10.2.0.0/16", subnets={"snet-apps": "10.2.0.0/24"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWorkspace:
    """A workspace and one endpoint of it.

    `addresses` are those of api, notebooks, inference and, on a hub, models. `place` is the endpoint's group where
    it is not the workspace's own.
    """

    name: str
    guid: str
    group: Group
    endpoint: str
    subnet: str
    addresses: Sequence[str]
    place: Group | None = None

    @property
    def id(self) -> str:
        """The id of the workspace."""
        return b.workspace_id(self.group, self.name)

    @property
    def endpoint_group(self) -> Group:
        """The resource group of the endpoint."""
        return self.place or self.group

    @property
    def endpoint_id(self) -> str:
        """The id of the endpoint."""
        return b.endpoint_id(self.endpoint_group, self.endpoint)

    @property
    def records(self) -> tuple[tuple[str, str, str], ...]:
        """Public suffix, relative name and address of each name of the endpoint."""
        names, region = self.group.names, self.group.region
        api, notebooks, inference, *models = self.addresses
        return (
            (names.api, f"{self.guid}.workspace.{region}", api),
            (names.api, f"{self.guid}.workspace.{region}.cert", api),
            (names.notebooks, f"{b.notebooks_label(self.name, self.guid, region)}.{region}", notebooks),
            (names.api, f"*.{self.guid}.inference.{region}", inference),
            *((names.api, f"*.{self.guid}.models.{region}", address) for address in models),
        )

    def members(self) -> tuple[Member, ...]:
        """The endpoint's addresses and names, as its interface lists them."""
        roles = ("default", "notebook", "inference", "models")
        return tuple(
            Member(name=role, address=own, fqdns=tuple(f"{n}.{suffix}" for suffix, n, at in self.records if at == own))
            for role, own in zip(roles, self.addresses, strict=False)
        )

    def zones(self, dns: Group) -> tuple[Zone, ...]:
        """What its zone group writes, and into which zones."""
        names = self.group.names
        return tuple(
            Zone(
                name=zone,
                id=b.zone_id(dns, zone),
                records={record: address for suffix, record, address in self.records if suffix == public},
            )
            for public, zone in ((names.api, names.api_zone), (names.notebooks, names.notebooks_zone))
        )


def private_workspace(it: PrivateWorkspace, dns: Group) -> Iterator[Document]:
    """The workspace with all that it was made with, its endpoint, interface and zone group."""
    yield b.workspace(it.group, it.name, it.guid, it.endpoint_id)
    yield from dependencies(it.group, it.name)
    yield from endpoint_of(it, dns)


def endpoint_of(it: PrivateWorkspace, dns: Group) -> Iterator[Document]:
    """The endpoint with its interface and zone group."""
    yield b.private_endpoint(it.endpoint_group, it.endpoint, it.subnet, it.id)
    yield b.endpoint_interface(it.endpoint_group, it.endpoint, it.subnet, it.members())
    yield b.zone_group(it.endpoint_id, it.zones(dns))


def dependencies(group: Group, workspace: str) -> Iterator[Document]:
    """What Azure makes a workspace with."""
    stem = dependency_stem(workspace)
    yield b.storage_account(group, f"st{stem}")
    yield b.key_vault(group, f"kv-{stem}")
    yield b.application_insights(group, f"appi-{stem}")


def linked_zones(workspaces: Sequence[PrivateWorkspace], dns: Group, networks: Sequence[str]) -> Iterator[Document]:
    """The zones that the workspaces share, with their records, linked to networks."""
    for zones in zip(*(it.zones(dns) for it in workspaces), strict=True):
        zone = zones[0]
        records = sum(len(of_one.records) for of_one in zones)
        yield b.private_zone(dns, zone.name, record_sets=records + 1, links=len(networks))
        for network in networks:
            yield b.zone_link(zone.id, network)
        yield b.soa_record(zone.id)
        for it, of_one in zip(workspaces, zones, strict=True):
            for record, address in of_one.records.items():
                yield b.address_record(zone.id, record, [address], it.endpoint_id)


def subscriptions(names: Mapping[str, str]) -> Iterator[Document]:
    """Subscriptions, id to name, in which the identity may read everything."""
    for id, name in names.items():
        yield b.subscription(id, name)
    for id in names:
        yield b.permissions(id)


def machine(group: Group, interface: str, name: str, subnet: str, address: str) -> Iterator[Document]:
    """A virtual machine with its interface."""
    yield b.vm_interface(group, interface, name, subnet, address)
    yield b.virtual_machine(group, name, interface)


def spoke_network(group: Group, spoke: Spoke, hub: str, servers: Sequence[str]) -> Document:
    """A network that is peered with the hub and asks `servers`."""
    return b.virtual_network(
        group, spoke.name, spoke.prefix, subnets=spoke.subnets, dns_servers=servers, peers={hub: HUB_PREFIX}
    )


def spokes(group: Group, hub: str, servers: Sequence[str]) -> Iterator[Document]:
    """The network of the workspaces and that of the applications, with a machine in it."""
    yield spoke_network(group, ML_SPOKE, hub, servers)
    yield spoke_network(group, APPS_SPOKE, hub, servers)
    apps = f"{b.network_id(group, APPS_SPOKE.name)}/subnets/snet-apps"
    yield from machine(group, "nic-app-1", "vm-app-1", apps, "10.2.0.4")


def spoke_peers(group: Group) -> dict[str, str]:
    """What a hub network is peered with: ids to prefixes."""
    return {b.network_id(group, spoke.name): spoke.prefix for spoke in (ML_SPOKE, APPS_SPOKE)}


def endpoint_subnet(group: Group) -> str:
    """The subnet of the workspaces' endpoints."""
    return f"{b.network_id(group, ML_SPOKE.name)}/subnets/snet-endpoints"


def estate(
    documents: Iterable[Document],
    clients: tuple[str, ...],
    servers: tuple[DeclaredServer, ...] = (),
    cloud: CloudNames = PUBLIC,
) -> LabEstate:
    """An estate whose workspaces must serve the clients (names of networks)."""
    return LabEstate(
        documents={document.id: document for document in documents},
        servers=servers,
        declared=servers,
        clients=(DeclaredClient(workspace="*", networks=clients),),
        cloud=cloud.name,
    )


def by_name(*of: Fault) -> Mapping[str, Fault]:
    """Faults by their names, in this order."""
    return MappingProxyType({fault.name: fault for fault in of})
