"""A company with six subscriptions: hub, zones, workspaces, networks, data and monitoring belong to other teams.

The spellings differ from team to team: what one made with an id in lower case stays so.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.builders.machinelearning import dependency_stem
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from agent.lab.scenarios.hub_spoke import bind_server
from collectors.graph.documents import Document
from collectors.graph.ids import Fqdn

_CONNECTIVITY = "66666666-0000-4000-8000-00000000f001"
_ZONES = "66666666-0000-4000-8000-00000000f002"
_ML = "66666666-0000-4000-8000-00000000f003"
_NETWORKS = "66666666-0000-4000-8000-00000000f004"
_DATA = "66666666-0000-4000-8000-00000000f005"
_MONITORING = "66666666-0000-4000-8000-00000000f006"

_HUB_GROUP = Group(subscription=_CONNECTIVITY, name="RG-Connectivity")
_DNS = Group(subscription=_ZONES, name="RG-PrivateLink-Zones")
_ML_GROUP = Group(subscription=_ML, name="RG-ML-Workspaces")
_SPOKE_GROUP = Group(subscription=_NETWORKS, name="RG-Spoke-Networks")
_ENDPOINTS = Group(subscription=_NETWORKS, name="RG-Private-Endpoints")
_DATA_GROUP = Group(subscription=_DATA, name="RG-Data-Platform")
_MONITOR_GROUP = Group(subscription=_MONITORING, name="RG-Monitoring")

_HUB = b.network_id(_HUB_GROUP, "vnet-hub")
_BIND = "10.0.0.4"
_CLUSTERS = parts.Spoke(name="vnet-aks", prefix="10.3.0.0/16", subnets={"snet-nodes": "10.3.0.0/22"})
_AKS_NETWORK = b.network_id(_DATA_GROUP, _CLUSTERS.name)


def _workspace(name: str, guid: str, first: int) -> parts.PrivateWorkspace:
    return parts.PrivateWorkspace(
        name=name,
        guid=guid,
        group=_ML_GROUP,
        endpoint=f"pe-{name}",
        subnet=parts.endpoint_subnet(_SPOKE_GROUP).lower(),
        addresses=tuple(f"10.1.0.{first + position}" for position in range(3)),
        place=_ENDPOINTS,
    )


_FORECAST = _workspace("mlw-forecast", "5eed000b-0000-4000-8000-0000000f04c1", 10)
_RECOMMENDER = _workspace("mlw-recommender", "5eed000b-0000-4000-8000-00000000ec02", 20)
_VISION = _workspace("mlw-vision", "5eed000b-0000-4000-8000-000000051503", 30)
_WORKSPACES = (_FORECAST, _RECOMMENDER, _VISION)


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions(
            {
                _CONNECTIVITY: "connectivity",
                _ZONES: "private-dns",
                _ML: "ml-prod",
                _NETWORKS: "landing-zones",
                _DATA: "data-platform",
                _MONITORING: "monitoring",
            }
        ),
        *_hub(),
        *parts.spokes(_SPOKE_GROUP, _HUB.lower(), [_BIND]),
        parts.spoke_network(_DATA_GROUP, _CLUSTERS, _HUB, [_BIND]),
        *_network_manager(),
        *_workspaces(),
        *_parts_of_forecast(),
        *_shared_services(),
        *parts.linked_zones(_WORKSPACES, _DNS, [_HUB.lower()]),
        *_instance_zone(),
    ]
    clients = ("vnet-spoke-1", "vnet-spoke-2", "vnet-aks")
    return parts.estate(documents, clients, (bind_server("vnet-hub", _BIND),))


def _hub() -> Iterator[Document]:
    """The firewall filters and does nothing else: it has no DNS settings."""
    yield b.virtual_network(
        _HUB_GROUP,
        "vnet-hub",
        parts.HUB_PREFIX,
        subnets={"snet-dns": "10.0.0.0/24", "AzureFirewallSubnet": "10.0.3.0/26"},
        peers=parts.spoke_peers(_SPOKE_GROUP) | {_AKS_NETWORK: _CLUSTERS.prefix},
    )
    yield from parts.machine(_HUB_GROUP, "nic-bind-1", "vm-bind-1", f"{_HUB}/subnets/snet-dns", _BIND)
    yield b.classic_firewall(_HUB_GROUP, "afw-hub", f"{_HUB}/subnets/AzureFirewallSubnet", "10.0.3.4")


def _network_manager() -> Iterator[Document]:
    manager = b.manager_id(_HUB_GROUP, "vnm-global")
    group = f"{manager}/networkGroups/ng-spokes"
    yield b.network_manager(_HUB_GROUP, "vnm-global")
    yield b.network_group(manager, "ng-spokes")
    for network in parts.spoke_peers(_SPOKE_GROUP):
        yield b.static_member(group, network)
    yield b.connectivity_configuration(manager, "hub-and-spoke", _HUB, group)


def _workspaces() -> Iterator[Document]:
    """Zone groups and connections carry the ids that a template wrote in lower case."""
    registry = b.registry_id(_DATA_GROUP, "crdataplatform")
    for it in _WORKSPACES:
        yield b.workspace(it.group, it.name, it.guid, it.endpoint_id.lower(), registry=registry)
        stem = dependency_stem(it.name)
        yield b.storage_account(it.group, f"st{stem}")
        yield b.key_vault(it.group, f"kv-{stem}")
        yield b.application_insights(it.group, f"appi-{stem}", scopes=[b.monitor_scope_id(_MONITOR_GROUP, "ampls")])
        yield from parts.endpoint_of(it, _DNS)
    yield b.monitor_scope(_MONITOR_GROUP, "ampls")


def _parts_of_forecast() -> Iterator[Document]:
    """Everything that one workspace can be made of."""
    compute = f"{b.network_id(_SPOKE_GROUP, parts.ML_SPOKE.name)}/subnets/snet-compute"
    group, name = _ML_GROUP, _FORECAST.name
    yield b.compute_instance(group, name, "ci-anna", compute, "10.1.1.4")
    yield b.aml_compute(group, name, "cpu-cluster", compute)
    yield b.attached_cluster(group, name, "inference-aks", b.cluster_id(_DATA_GROUP, "aks-scoring").lower())
    yield b.online_endpoint(group, name, "forecast-live")
    search, ais = b.search_id(_DATA_GROUP, "srch-catalogue"), b.ai_services_id(_DATA_GROUP, "ais-vision")
    yield b.workspace_connection(group, name, "CognitiveSearch", search, "https://srch-catalogue.search.windows.net/")
    yield b.workspace_connection(group, name, "AIServices", ais, "https://ais-vision.cognitiveservices.azure.com/")


def _shared_services() -> Iterator[Document]:
    yield b.container_registry(_DATA_GROUP, "crdataplatform", replicas=["northeurope"])
    yield b.container_registry_replica(b.registry_id(_DATA_GROUP, "crdataplatform"), b.REGION)
    yield b.container_registry_replica(b.registry_id(_DATA_GROUP, "crdataplatform"), "northeurope")
    yield b.search_service(_DATA_GROUP, "srch-catalogue")
    yield b.ai_services(_DATA_GROUP, "ais-vision")
    yield b.aks_cluster(_DATA_GROUP, "aks-scoring", f"{_AKS_NETWORK}/subnets/snet-nodes")
    yield b.ml_registry(_DATA_GROUP, "mlr-models", "stmlrmodels", "crmlrmodels")
    managed = b.ml_registry_group(_DATA_GROUP, "mlr-models")
    yield b.storage_account(managed, "stmlrmodels")
    yield b.container_registry(managed, "crmlrmodels")


def _instance_zone() -> Iterator[Document]:
    """Instances have no private-link name: a zone of exactly the name hides nobody else's instance."""
    zone = b.instance_host(_ML_GROUP, "ci-anna")
    yield b.private_zone(_DNS, zone, record_sets=2, links=1)
    yield b.zone_link(b.zone_id(_DNS, zone), _HUB)
    yield b.soa_record(b.zone_id(_DNS, zone))
    yield b.address_record(b.zone_id(_DNS, zone), "@", [_FORECAST.addresses[0]])


_AIM = Aim(endpoint=_FORECAST.endpoint, zones="rg-privatelink-zones")
_NOTEBOOKS = Fqdn(f"ml-{_FORECAST.name}-westeurope-{_FORECAST.guid}.westeurope.notebooks.azure.net")

MULTI_SUBSCRIPTION = Scenario(
    name="multi-subscription",
    title="Six subscriptions share three workspaces, one hub with a BIND server, and the zones of a platform team",
    build=_build,
    faults=parts.by_name(
        faults.zone_unlinked(_AIM, "vnet-hub"),
        *faults.anywhere(_AIM),
        faults.endpoint_deleted(_AIM),
        faults.forwarder_removed(_AIM),
        faults.forwarder_removed_silently(_AIM),
        faults.ipv6_leads_outside(_NOTEBOOKS, _FORECAST.addresses[1]),
        faults.stale_cache(_NOTEBOOKS, "10.1.0.99"),
        faults.forwarder_added_silently(_NOTEBOOKS),
        faults.server_unreachable(),
        faults.tcp_blocked(),
    ),
)
