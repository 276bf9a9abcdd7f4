"""A hub with a BIND server that forwards the public suffixes to Azure DNS, and two spokes that ask it."""

from __future__ import annotations

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate, Scenario
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.scenarios import parts
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import Fqdn

CONNECTIVITY = "11111111-0000-4000-8000-00000000c001"
ML_PROD = "22222222-0000-4000-8000-00000000a001"

_HUB_GROUP = Group(subscription=CONNECTIVITY, name="RG-Hub-Network")
_SPOKE_GROUP = Group(subscription=ML_PROD, name="RG-Spoke-Networks")
_DNS = Group(subscription=CONNECTIVITY, name="RG-DNS")
_HUB = b.network_id(_HUB_GROUP, "vnet-hub")
_FRAUD = parts.PrivateWorkspace(
    name="mlw-fraud-detection-prod",
    guid="5eed0001-0000-4000-8000-00000000f0a1",
    group=Group(subscription=ML_PROD, name="RG-ML-Prod"),
    endpoint="pe-mlw-prod",
    subnet=parts.endpoint_subnet(_SPOKE_GROUP),
    addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
)


def bind_server(network: str, address: str) -> DeclaredServer:
    """A BIND that forwards the public suffixes to Azure DNS and all else to the internet."""
    return DeclaredServer(
        address=address,
        network=network,
        kind="bind",
        forwards=dict.fromkeys(PUBLIC.forwarded, (PLATFORM_RESOLVER,)) | {Fqdn(""): (PUBLIC_RESOLVER,)},
        forward_mode="only",
    )


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({CONNECTIVITY: "connectivity", ML_PROD: "ml-prod"}),
        b.virtual_network(
            _HUB_GROUP,
            "vnet-hub",
            parts.HUB_PREFIX,
            subnets={"snet-dns": "10.0.0.0/24"},
            peers=parts.spoke_peers(_SPOKE_GROUP),
        ),
        *parts.machine(_HUB_GROUP, "nic-bind-1", "vm-bind-1", f"{_HUB}/subnets/snet-dns", "10.0.0.4"),
        *parts.spokes(_SPOKE_GROUP, _HUB, ["10.0.0.4"]),
        *parts.private_workspace(_FRAUD, _DNS),
        *parts.linked_zones([_FRAUD], _DNS, [_HUB]),
    ]
    return parts.estate(documents, ("vnet-spoke-1", "vnet-spoke-2"), (bind_server("vnet-hub", "10.0.0.4"),))


_AIM = Aim(endpoint="pe-mlw-prod", zones="rg-dns")

HUB_SPOKE = Scenario(
    name="hub-spoke",
    title="Two spokes ask a BIND server in the hub, which forwards the public suffixes to Azure DNS",
    build=_build,
    faults=parts.by_name(
        faults.zone_unlinked(_AIM, "vnet-hub"),
        *faults.anywhere(_AIM),
        faults.forwarder_removed(_AIM),
        faults.forwarder_removed_silently(_AIM),
    ),
)
