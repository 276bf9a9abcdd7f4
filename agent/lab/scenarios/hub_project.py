"""An AI hub with a private endpoint, and a project that has a GUID of its own but uses the hub's names."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.documents import Document

_PLATFORM = "33333333-0000-4000-8000-00000000d002"
_AI = "44444444-0000-4000-8000-00000000a007"

_NETWORKS = Group(subscription=_AI, name="RG-AI-Network")
_AI_GROUP = Group(subscription=_AI, name="RG-AI-Foundry")
_DNS = Group(subscription=_PLATFORM, name="RG-Private-DNS")
_AI_NETWORK = b.network_id(_NETWORKS, "vnet-ai")
_OFFICE = b.network_id(_NETWORKS, "vnet-virtual-desktops")

_HUB = parts.PrivateWorkspace(
    name="aihub-knowledge",
    guid="5eed0007-0000-4000-8000-0000000041b7",
    group=_AI_GROUP,
    endpoint="pe-aihub-knowledge",
    subnet=f"{_AI_NETWORK}/subnets/snet-endpoints",
    addresses=("10.20.0.10", "10.20.0.11", "10.20.0.12", "10.20.0.13"),
)
_PROJECT = "aiproj-claims-assistant"
_PROJECT_GUID = "5eed0007-0000-4000-8000-0000000094a7"


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({_PLATFORM: "platform", _AI: "ai-prod"}),
        b.virtual_network(
            _NETWORKS,
            "vnet-ai",
            "10.20.0.0/16",
            subnets={"snet-endpoints": "10.20.0.0/24"},
            peers={_OFFICE: "10.21.0.0/16"},
        ),
        b.virtual_network(
            _NETWORKS,
            "vnet-virtual-desktops",
            "10.21.0.0/16",
            subnets={"snet-desktops": "10.21.0.0/24"},
            dns_servers=[],
            peers={_AI_NETWORK: "10.20.0.0/16"},
        ),
        *parts.machine(_NETWORKS, "nic-avd-0", "vm-avd-0", f"{_OFFICE}/subnets/snet-desktops", "10.21.0.4"),
        *_workspaces(),
        *parts.endpoint_of(_HUB, _DNS),
        *parts.linked_zones([_HUB], _DNS, [_AI_NETWORK, _OFFICE]),
    ]
    return parts.estate(documents, ("vnet-ai", "vnet-virtual-desktops"))


def _workspaces() -> Iterator[Document]:
    """The endpoint is the hub's alone. Projects use what the hub was made with."""
    projects = [b.workspace_id(_AI_GROUP, _PROJECT)]
    images = b.registry_id(_AI_GROUP, "craihubknowledge")
    hub = b.hub_workspace(_AI_GROUP, _HUB.name, _HUB.guid, _HUB.endpoint_id, projects, registry=images)
    yield hub
    yield b.project_workspace(_AI_GROUP, _PROJECT, _PROJECT_GUID, hub)
    yield from parts.dependencies(_AI_GROUP, _HUB.name)
    yield b.container_registry(_AI_GROUP, "craihubknowledge")
    yield b.ai_services(_AI_GROUP, "ais-knowledge")
    ais = b.ai_services_id(_AI_GROUP, "ais-knowledge")
    url = "https://ais-knowledge.cognitiveservices.azure.com/"
    for name in (_HUB.name, _PROJECT):
        yield b.workspace_connection(_AI_GROUP, name, "AIServices", ais, url)


_AIM = Aim(endpoint=_HUB.endpoint, zones="rg-private-dns")

HUB_PROJECT = Scenario(
    name="hub-project",
    title="An AI hub has a private endpoint, and its project uses the hub's names",
    build=_build,
    faults=parts.by_name(
        faults.zone_unlinked(_AIM, "vnet-virtual-desktops"),
        *faults.anywhere(_AIM),
    ),
)
