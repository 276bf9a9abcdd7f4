"""A hub whose Azure firewall is the DNS proxy of the spokes; Azure DNS in the firewall's network answers it."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document

_CONNECTIVITY = "11111111-0000-4000-8000-00000000c004"
_ML = "22222222-0000-4000-8000-00000000a005"

_HUB_GROUP = Group(subscription=_CONNECTIVITY, name="RG-Secured-Hub")
_POLICIES = Group(subscription=_CONNECTIVITY, name="RG-Firewall-Policies")
_SPOKE_GROUP = Group(subscription=_ML, name="RG-Networks")
_DNS = Group(subscription=_CONNECTIVITY, name="RG-Zones")
_HUB = b.network_id(_HUB_GROUP, "vnet-hub")
_FIREWALL = "10.0.3.4"

_CREDIT = parts.PrivateWorkspace(
    name="mlw-credit-scoring",
    guid="5eed0005-0000-4000-8000-00000000c4ed",
    group=Group(subscription=_ML, name="RG-Credit-Scoring"),
    endpoint="pe-mlw-credit-scoring",
    subnet=parts.endpoint_subnet(_SPOKE_GROUP),
    addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
)


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({_CONNECTIVITY: "connectivity", _ML: "ml-prod"}),
        b.virtual_network(
            _HUB_GROUP,
            "vnet-hub",
            parts.HUB_PREFIX,
            subnets={"AzureFirewallSubnet": "10.0.3.0/26"},
            peers=parts.spoke_peers(_SPOKE_GROUP),
        ),
        *_firewall(),
        *parts.spokes(_SPOKE_GROUP, _HUB, [_FIREWALL]),
        *parts.private_workspace(_CREDIT, _DNS),
        *parts.linked_zones([_CREDIT], _DNS, [_HUB]),
    ]
    return parts.estate(documents, ("vnet-spoke-1", "vnet-spoke-2"))


def _firewall() -> Iterator[Document]:
    """The company's base policy holds the rules for everybody; the hub's own policy inherits them."""
    base = b.firewall_policy_id(_POLICIES, "afwp-base")
    own = b.firewall_policy_id(_POLICIES, "afwp-hub")
    yield b.firewall_policy(_POLICIES, "afwp-base", proxy=True, children=[own])
    yield b.firewall_policy(
        _POLICIES, "afwp-hub", proxy=True, base=base, firewalls=[b.firewall_id(_HUB_GROUP, "afw-hub")]
    )
    yield b.firewall(_HUB_GROUP, "afw-hub", f"{_HUB}/subnets/AzureFirewallSubnet", _FIREWALL, policy=own)


_AIM = Aim(endpoint="pe-mlw-credit-scoring", zones="rg-zones")

FIREWALL = Scenario(
    name="firewall",
    title="Two spokes ask the DNS proxy of the hub's Azure firewall, which asks Azure DNS in its own network",
    build=_build,
    faults=parts.by_name(
        *faults.anywhere(_AIM),
        faults.server_added("vnet-spoke-2", PLATFORM_RESOLVER),
    ),
)
