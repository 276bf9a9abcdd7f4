"""A virtual hub, which zones cannot be linked to: its firewall asks a resolver in a network beside the hub."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.documents import Document

_CONNECTIVITY = "11111111-0000-4000-8000-00000000c005"
_ML = "22222222-0000-4000-8000-00000000a006"

_WAN_GROUP = Group(subscription=_CONNECTIVITY, name="RG-vWAN")
_SPOKE_GROUP = Group(subscription=_ML, name="RG-Spokes")
_DNS = Group(subscription=_CONNECTIVITY, name="RG-vWAN-DNS")
_WAN = b.wan_id(_WAN_GROUP, "vwan-global")
_HUB = b.hub_id(_WAN_GROUP, "vhub-weu")
_EXTENSION = b.network_id(_WAN_GROUP, "vnet-hub-extension")
_INBOUND = "10.110.1.4"
_FIREWALL = "10.100.0.132"

_ML_NETWORK = b.network_id(_SPOKE_GROUP, "vnet-ml")
_APPS_NETWORK = b.network_id(_SPOKE_GROUP, "vnet-apps")
_YIELD = parts.PrivateWorkspace(
    name="mlw-yield",
    guid="5eed0006-0000-4000-8000-00000000e1d6",
    group=Group(subscription=_ML, name="RG-ML-Yield"),
    endpoint="pe-mlw-yield",
    subnet=f"{_ML_NETWORK}/subnets/snet-endpoints",
    addresses=("10.111.0.5", "10.111.0.6", "10.111.0.7"),
)


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({_CONNECTIVITY: "connectivity", _ML: "ml-prod"}),
        *_hub(),
        *_extension(),
        *_spokes(),
        *(b.hub_connection(_HUB, network) for network in (_EXTENSION, _ML_NETWORK, _APPS_NETWORK)),
        *parts.private_workspace(_YIELD, _DNS),
        *parts.linked_zones([_YIELD], _DNS, [_EXTENSION]),
    ]
    return parts.estate(documents, ("vnet-ml", "vnet-apps"))


def _hub() -> Iterator[Document]:
    """A secured hub; people at home ask its firewall, too."""
    firewall, p2s = b.firewall_id(_WAN_GROUP, "afw-vhub-weu"), b.p2s_gateway_id(_WAN_GROUP, "p2sgw-weu")
    policy = b.firewall_policy_id(_WAN_GROUP, "afwp-vhub")
    yield b.virtual_wan(_WAN_GROUP, "vwan-global", [_HUB])
    yield b.virtual_hub(_WAN_GROUP, "vhub-weu", _WAN, "10.100.0.0/23", firewall=firewall, p2s=p2s)
    yield b.firewall_policy(_WAN_GROUP, "afwp-vhub", proxy=True, servers=[_INBOUND], firewalls=[firewall])
    yield b.hub_firewall(_WAN_GROUP, "afw-vhub-weu", _HUB, _FIREWALL, policy=policy)
    yield b.p2s_gateway(_WAN_GROUP, "p2sgw-weu", _HUB, [_FIREWALL])


def _extension() -> Iterator[Document]:
    """What a virtual hub cannot hold: the resolver, and the network that the zones are linked to."""
    yield b.virtual_network(
        _WAN_GROUP,
        "vnet-hub-extension",
        "10.110.0.0/16",
        subnets={"snet-inbound": "10.110.1.0/28"},
        resolver_subnets=("snet-inbound",),
    )
    yield b.dns_resolver(_WAN_GROUP, "dnspr-extension", _EXTENSION)
    yield b.inbound_endpoint(_WAN_GROUP, "dnspr-extension", "in", f"{_EXTENSION}/subnets/snet-inbound", _INBOUND)


def _spokes() -> Iterator[Document]:
    yield b.virtual_network(
        _SPOKE_GROUP,
        "vnet-ml",
        "10.111.0.0/16",
        subnets={"snet-endpoints": "10.111.0.0/24"},
        dns_servers=[_FIREWALL],
    )
    yield b.virtual_network(
        _SPOKE_GROUP, "vnet-apps", "10.112.0.0/16", subnets={"snet-apps": "10.112.0.0/24"}, dns_servers=[_FIREWALL]
    )
    yield from parts.machine(_SPOKE_GROUP, "nic-app-1", "vm-app-1", f"{_APPS_NETWORK}/subnets/snet-apps", "10.112.0.4")


_AIM = Aim(endpoint="pe-mlw-yield", zones="rg-vwan-dns")

VIRTUAL_WAN = Scenario(
    name="virtual-wan",
    title="Networks of a virtual WAN ask the hub's firewall, which asks an inbound endpoint beside the hub",
    build=_build,
    faults=parts.by_name(*faults.anywhere(_AIM)),
)
