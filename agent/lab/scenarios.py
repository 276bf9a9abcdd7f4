"""The estates of the lab: one healthy architecture each, and the faults that make sense in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from agent.lab import faults
from agent.lab.builders import (
    REGION,
    Group,
    Member,
    Zone,
    address_record,
    endpoint_id,
    endpoint_interface,
    network_id,
    notebooks_label,
    permissions,
    private_endpoint,
    private_zone,
    soa_record,
    subscription,
    virtual_network,
    vm_interface,
    workspace,
    workspace_id,
    zone_group,
    zone_id,
    zone_link,
)
from agent.lab.estate import Fault, LabEstate, Scenario
from agent.lab.internet import PUBLIC_RESOLVER
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredClient, DeclaredServer
from collectors.graph.documents import Document
from collectors.graph.errors import UsageError
from collectors.graph.ids import Fqdn

FORWARDED_SUFFIXES = (
    "api.azureml.ms",
    "notebooks.azure.net",
    "instances.azureml.ms",
    "aznbcontent.net",
    "inference.ml.azure.com",
)

CONNECTIVITY = "11111111-0000-4000-8000-00000000c001"
ML_PROD = "22222222-0000-4000-8000-00000000a001"
PLATFORM = "33333333-0000-4000-8000-00000000d001"
ML_PROD_LINKS = "44444444-0000-4000-8000-00000000a002"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWorkspace:
    """A workspace and the place of its endpoint; `addresses` are those of api, notebooks and inference."""

    name: str
    guid: str
    group: Group
    endpoint: str
    subnet: str
    addresses: tuple[str, str, str]

    def members(self) -> tuple[Member, ...]:
        """The endpoint's addresses and names, as its interface lists them."""
        api, notebooks, inference = self.addresses
        stem = f"{self.guid}.workspace.{REGION}"
        return (
            Member(name="default", address=api, fqdns=(f"{stem}.api.azureml.ms", f"{stem}.cert.api.azureml.ms")),
            Member(
                name="notebook",
                address=notebooks,
                fqdns=(f"{notebooks_label(self.name, self.guid)}.{REGION}.notebooks.azure.net",),
            ),
            Member(
                name="inference",
                address=inference,
                fqdns=(f"*.{self.guid}.inference.{REGION}.api.azureml.ms",),
            ),
        )

    def zones(self, dns: Group) -> tuple[Zone, ...]:
        """What its zone group writes, and into which zones."""
        api, notebooks, inference = self.addresses
        stem = f"{self.guid}.workspace.{REGION}"
        return (
            Zone(
                name=faults.API_ZONE,
                id=zone_id(dns, faults.API_ZONE),
                records={
                    stem: api,
                    f"{stem}.cert": api,
                    f"*.{self.guid}.inference.{REGION}": inference,
                },
            ),
            Zone(
                name=faults.NOTEBOOKS_ZONE,
                id=zone_id(dns, faults.NOTEBOOKS_ZONE),
                records={f"{notebooks_label(self.name, self.guid)}.{REGION}": notebooks},
            ),
        )


def _private_workspace(it: PrivateWorkspace, dns: Group) -> Iterator[Document]:
    endpoint = endpoint_id(it.group, it.endpoint)
    yield workspace(it.group, it.name, it.guid, endpoint)
    yield private_endpoint(it.group, it.endpoint, it.subnet, workspace_id(it.group, it.name))
    yield endpoint_interface(it.group, it.endpoint, it.subnet, it.members())
    yield zone_group(endpoint, it.zones(dns))


def _linked_zones(it: PrivateWorkspace, dns: Group, networks: Iterable[str]) -> Iterator[Document]:
    networks = tuple(networks)
    for zone in it.zones(dns):
        yield private_zone(dns, zone.name, record_sets=len(zone.records) + 1, links=len(networks))
        for network in networks:
            yield zone_link(zone.id, network)
        yield soa_record(zone.id)
        for record, address in zone.records.items():
            yield address_record(zone.id, record, [address], endpoint_id(it.group, it.endpoint))


def _estate(
    documents: Iterable[Document], clients: tuple[str, ...], servers: tuple[DeclaredServer, ...] = ()
) -> LabEstate:
    return LabEstate(
        documents={document.id: document for document in documents},
        servers=servers,
        declared=servers,
        clients=(DeclaredClient(workspace="*", networks=clients),),
    )


def _hub_spoke() -> LabEstate:
    dns = Group(subscription=CONNECTIVITY, name="RG-DNS")
    ml = Group(subscription=ML_PROD, name="RG-ML-Prod")
    spokes = Group(subscription=ML_PROD, name="RG-Spoke-Networks")
    fraud = PrivateWorkspace(
        name="mlw-fraud-detection-prod",
        guid="5eed0001-0000-4000-8000-00000000f0a1",
        group=ml,
        endpoint="pe-mlw-prod",
        subnet=f"{network_id(spokes, 'vnet-spoke-1')}/subnets/snet-endpoints",
        addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
    )
    hub = network_id(Group(subscription=CONNECTIVITY, name="RG-Hub-Network"), "vnet-hub")
    bind = DeclaredServer(
        address="10.0.0.4",
        network="vnet-hub",
        kind="bind",
        forwards={Fqdn(suffix): (PLATFORM_RESOLVER,) for suffix in FORWARDED_SUFFIXES} | {Fqdn(""): (PUBLIC_RESOLVER,)},
        forward_mode="only",
    )
    documents = [
        subscription(CONNECTIVITY, "connectivity"),
        subscription(ML_PROD, "ml-prod"),
        permissions(CONNECTIVITY),
        permissions(ML_PROD),
        *_hub_spoke_networks(Group(subscription=CONNECTIVITY, name="RG-Hub-Network"), spokes),
        *_private_workspace(fraud, dns),
        *_linked_zones(fraud, dns, [hub]),
    ]
    return _estate(documents, ("vnet-spoke-1", "vnet-spoke-2"), (bind,))


def _hub_spoke_networks(hub_group: Group, spoke_group: Group) -> Iterator[Document]:
    hub = network_id(hub_group, "vnet-hub")
    prefixes = {"vnet-spoke-1": "10.1.0.0/16", "vnet-spoke-2": "10.2.0.0/16"}
    subnets = {
        "vnet-spoke-1": {"snet-endpoints": "10.1.0.0/24", "snet-compute": "10.1.1.0/24"},
        "vnet-spoke-2": {"snet-apps": "10.2.0.0/24"},
    }
    yield virtual_network(
        hub_group,
        "vnet-hub",
        "10.0.0.0/16",
        subnets={"snet-dns": "10.0.0.0/24"},
        peers={network_id(spoke_group, name): prefix for name, prefix in prefixes.items()},
    )
    for name, prefix in prefixes.items():
        yield virtual_network(
            spoke_group,
            name,
            prefix,
            subnets=subnets[name],
            dns_servers=["10.0.0.4"],
            peers={hub: "10.0.0.0/16"},
        )
    yield vm_interface(hub_group, "nic-bind-1", "vm-bind-1", f"{hub}/subnets/snet-dns", "10.0.0.4")
    apps = f"{network_id(spoke_group, 'vnet-spoke-2')}/subnets/snet-apps"
    yield vm_interface(spoke_group, "nic-app-1", "vm-app-1", apps, "10.2.0.4")


def _azure_dns() -> LabEstate:
    dns = Group(subscription=PLATFORM, name="RG-Private-DNS")
    network_group = Group(subscription=ML_PROD_LINKS, name="RG-ML-Network")
    ml, apps = network_id(network_group, "vnet-ml"), network_id(network_group, "vnet-apps")
    churn = PrivateWorkspace(
        name="mlw-churn",
        guid="5eed0002-0000-4000-8000-00000000c4a2",
        group=Group(subscription=ML_PROD_LINKS, name="RG-ML-Workspace"),
        endpoint="pe-mlw-churn",
        subnet=f"{ml}/subnets/snet-endpoints",
        addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
    )
    documents = [
        subscription(PLATFORM, "platform"),
        subscription(ML_PROD_LINKS, "ml-prod"),
        permissions(PLATFORM),
        permissions(ML_PROD_LINKS),
        virtual_network(
            network_group,
            "vnet-ml",
            "10.1.0.0/16",
            subnets={"snet-endpoints": "10.1.0.0/24"},
            peers={apps: "10.2.0.0/16"},
        ),
        virtual_network(
            network_group,
            "vnet-apps",
            "10.2.0.0/16",
            subnets={"snet-apps": "10.2.0.0/24"},
            dns_servers=[],
            peers={ml: "10.1.0.0/16"},
        ),
        vm_interface(network_group, "nic-app-1", "vm-app-1", f"{apps}/subnets/snet-apps", "10.2.0.4"),
        *_private_workspace(churn, dns),
        *_linked_zones(churn, dns, [ml, apps]),
    ]
    return _estate(documents, ("vnet-ml", "vnet-apps"))


def _by_name(*of: Fault) -> Mapping[str, Fault]:
    return MappingProxyType({fault.name: fault for fault in of})


_ANYWHERE = (
    faults.record_missing(),
    faults.record_wrong_address(),
    faults.notebooks_zone_left_out(),
    faults.fallback_hides(),
    faults.zone_deleted(),
    faults.connection_pending(),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.name: scenario
        for scenario in (
            Scenario(
                name="hub-spoke",
                title="Two spokes ask a BIND server in the hub, which forwards the public suffixes to Azure DNS",
                build=_hub_spoke,
                faults=_by_name(
                    faults.zone_unlinked("vnet-hub"),
                    *_ANYWHERE,
                    faults.forwarder_removed(),
                    faults.forwarder_removed_silently(),
                ),
            ),
            Scenario(
                name="azure-dns",
                title="Two peered networks ask Azure DNS themselves and are linked to the zones",
                build=_azure_dns,
                faults=_by_name(faults.zone_unlinked("vnet-apps"), *_ANYWHERE),
            ),
        )
    }
)
"""Every scenario by name."""


def build(scenario: str, breaks: Iterable[str] = ()) -> LabEstate:
    """The estate of a scenario after the named faults, in their order. Raises UsageError for unknown names."""
    found = SCENARIOS.get(scenario)
    if found is None:
        raise UsageError(_unknown("lab scenario", scenario, SCENARIOS))
    estate = found.build()
    for name in breaks:
        fault = found.faults.get(name)
        if fault is None:
            raise UsageError(_unknown(f"change in the scenario {scenario}", name, found.faults))
        estate = estate.with_changes(fault.changes(estate), fault.side)
    return estate


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
    return f"There is no {what} named {name!r}: {hint}"
