"""A workspace all of whose dependencies are private, too: storage, vault, registry, monitor, search, AI services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group, Member, Zone
from agent.lab.builders.machinelearning import dependency_stem
from agent.lab.clouds import SERVICE_ZONES
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn

_CONNECTIVITY = "11111111-0000-4000-8000-00000000c009"
_ML = "22222222-0000-4000-8000-00000000a009"
_HUB_GROUP = Group(subscription=_CONNECTIVITY, name="rg-hub")
_SPOKE_GROUP = Group(subscription=_ML, name="rg-networks")
_ML_GROUP = Group(subscription=_ML, name="rg-ml")
_DNS = Group(subscription=_CONNECTIVITY, name="rg-dns")
_SUBNET = parts.endpoint_subnet(_SPOKE_GROUP)
_DEMAND = parts.PrivateWorkspace(
    name="mlw-demand",
    guid="5eed0012-0000-4000-8000-00000000f0ad",
    group=_ML_GROUP,
    endpoint="pe-mlw-demand",
    subnet=_SUBNET,
    addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
)
_STEM = dependency_stem(_DEMAND.name)
_STORAGE = b.storage_id(_ML_GROUP, f"st{_STEM}")
_REGISTRY = b.registry_id(_ML_GROUP, f"cr{_STEM}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    """An endpoint of a dependency: its private-link group, and its names with their addresses."""

    name: str
    target: str
    group: str
    names: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id of the endpoint."""
        return b.endpoint_id(_ML_GROUP, self.name)

    def zones(self) -> tuple[Zone, ...]:
        """What its zone group writes, and into which zones."""
        held: dict[Fqdn, dict[str, str]] = {}
        for name, address in self.names.items():
            public = max((suffix for suffix in SERVICE_ZONES if name.endswith(f".{suffix}")), key=len)
            held.setdefault(SERVICE_ZONES[public], {})[name.removesuffix(f".{public}")] = address
        return tuple(Zone(name=zone, id=b.zone_id(_DNS, zone), records=records) for zone, records in held.items())


def _endpoints() -> Sequence[_Endpoint]:
    storage = {
        kind: {f"st{_STEM}.{kind}.core.windows.net": f"10.1.0.{20 + position}"}
        for position, kind in enumerate(("blob", "file", "queue", "table", "dfs"))
    }
    images = {f"cr{_STEM}.azurecr.io": "10.1.0.31", f"cr{_STEM}.{b.REGION}.data.azurecr.io": "10.1.0.30"}
    ingestion = "westeurope-handler.control.monitor.azure.com"
    monitor = {
        ingestion: "10.1.0.40",
        "4a5e.oms.opinsights.azure.com": "10.1.0.41",
        "4a5e.ods.opinsights.azure.com": "10.1.0.42",
        "4a5e.agentsvc.azure-automation.net": "10.1.0.43",
    }
    models = {f"ais-{_STEM}.{kind}": "10.1.0.51" for kind in ("cognitiveservices.azure.com", "openai.azure.com")}
    scope = b.monitor_scope_id(_ML_GROUP, "ampls")
    return (
        *(_Endpoint(name=f"pe-st-{kind}", target=_STORAGE, group=kind, names=names) for kind, names in storage.items()),
        _Endpoint(
            name="pe-kv",
            target=b.key_vault_id(_ML_GROUP, f"kv-{_STEM}"),
            group="vault",
            names={f"kv-{_STEM}.vault.azure.net": "10.1.0.25"},
        ),
        _Endpoint(name="pe-cr", target=_REGISTRY, group="registry", names=images),
        _Endpoint(name="pe-ampls", target=scope, group="azuremonitor", names=monitor),
        _Endpoint(
            name="pe-srch",
            target=b.search_id(_ML_GROUP, f"srch-{_STEM}"),
            group="searchService",
            names={f"srch-{_STEM}.search.windows.net": "10.1.0.50"},
        ),
        _Endpoint(name="pe-ais", target=b.ai_services_id(_ML_GROUP, f"ais-{_STEM}"), group="account", names=models),
    )


def _build() -> LabEstate:
    hub = b.network_id(_HUB_GROUP, "vnet-hub")
    spokes = [b.network_id(_SPOKE_GROUP, spoke.name) for spoke in (parts.ML_SPOKE, parts.APPS_SPOKE)]
    networks = [hub, *spokes]
    documents = [
        *parts.subscriptions({_CONNECTIVITY: "connectivity", _ML: "ml-prod"}),
        b.virtual_network(
            _HUB_GROUP,
            "vnet-hub",
            parts.HUB_PREFIX,
            subnets={"snet-shared": "10.0.0.0/24"},
            peers=parts.spoke_peers(_SPOKE_GROUP),
        ),
        *parts.spokes(_SPOKE_GROUP, hub, []),
        *_workspace(),
        *parts.linked_zones([_DEMAND], _DNS, networks),
        *_dependencies(networks),
    ]
    return parts.estate(documents, ("vnet-spoke-1", "vnet-spoke-2"))


def _workspace() -> Iterator[Document]:
    yield b.workspace(_ML_GROUP, _DEMAND.name, _DEMAND.guid, _DEMAND.endpoint_id, registry=_REGISTRY)
    yield b.application_insights(_ML_GROUP, f"appi-{_STEM}", scopes=[b.monitor_scope_id(_ML_GROUP, "ampls")])
    for resource in (
        b.storage_account(_ML_GROUP, f"st{_STEM}", public=False),
        b.key_vault(_ML_GROUP, f"kv-{_STEM}", public=False),
        b.container_registry(_ML_GROUP, f"cr{_STEM}", public=False),
        b.monitor_scope(_ML_GROUP, "ampls"),
        b.search_service(_ML_GROUP, f"srch-{_STEM}", public=False),
        b.ai_services(_ML_GROUP, f"ais-{_STEM}", public=False),
    ):
        yield b.behind(resource, [it.id for it in _endpoints() if ArmId(it.target) == resource.id])
    for category, id, url in (
        ("CognitiveSearch", b.search_id(_ML_GROUP, f"srch-{_STEM}"), f"https://srch-{_STEM}.search.windows.net/"),
        (
            "AIServices",
            b.ai_services_id(_ML_GROUP, f"ais-{_STEM}"),
            f"https://ais-{_STEM}.cognitiveservices.azure.com/",
        ),
    ):
        yield b.workspace_connection(_ML_GROUP, _DEMAND.name, category, id, url)
    compute = f"{b.network_id(_SPOKE_GROUP, parts.ML_SPOKE.name)}/subnets/snet-compute"
    yield b.aml_compute(_ML_GROUP, _DEMAND.name, "cpu-cluster", compute)
    yield b.online_endpoint(_ML_GROUP, _DEMAND.name, "demand-live")
    yield from parts.endpoint_of(_DEMAND, _DNS)


def _dependencies(networks: Sequence[str]) -> Iterator[Document]:
    """The endpoints of the dependencies, and their zones, each linked to all networks."""
    records: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for endpoint in _endpoints():
        members = [
            Member(name=f"m{n}", address=address, fqdns=(name,))
            for n, (name, address) in enumerate(endpoint.names.items())
        ]
        yield b.private_endpoint(_ML_GROUP, endpoint.name, _SUBNET, endpoint.target, endpoint.group)
        yield b.endpoint_interface(_ML_GROUP, endpoint.name, _SUBNET, members, endpoint.group)
        yield b.zone_group(endpoint.id, endpoint.zones())
        for zone in endpoint.zones():
            held = records.setdefault((zone.name, zone.id), {})
            held.update({record: (address, endpoint.id) for record, address in zone.records.items()})
    for (name, id), held in records.items():
        yield b.private_zone(_DNS, name, record_sets=len(held) + 1, links=len(networks))
        yield from (b.zone_link(id, network) for network in networks)
        yield b.soa_record(id)
        yield from (b.address_record(id, record, [address], owner) for record, (address, owner) in held.items())


_AIM = Aim(endpoint="pe-mlw-demand", zones="rg-dns")

PRIVATE_DEPENDENCIES = Scenario(
    name="private-dependencies",
    title="A workspace whose storage, vault, registry, monitor scope, search and AI services are private, too",
    build=_build,
    faults=parts.by_name(faults.zone_unlinked(_AIM, "vnet-spoke-2"), *faults.anywhere(_AIM)),
)
