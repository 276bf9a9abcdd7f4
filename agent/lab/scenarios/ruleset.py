"""Spokes that ask Azure DNS themselves and share a forwarding ruleset, which leads to the hub's inbound endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts
from collectors.graph.documents import Document

_CONNECTIVITY = "11111111-0000-4000-8000-00000000c003"
_ML = "22222222-0000-4000-8000-00000000a004"

_HUB_GROUP = Group(subscription=_CONNECTIVITY, name="rg-hub-weu")
_SPOKE_GROUP = Group(subscription=_ML, name="rg-spokes-weu")
_DNS = Group(subscription=_CONNECTIVITY, name="rg-dns-weu")
_HUB = b.network_id(_HUB_GROUP, "vnet-hub")
_INBOUND = "10.0.1.4"

_ROUTING = parts.PrivateWorkspace(
    name="mlw-route-planning",
    guid="5eed0004-0000-4000-8000-000000004075",
    group=Group(subscription=_ML, name="rg-ml-weu"),
    endpoint="pe-mlw-route-planning",
    subnet=parts.endpoint_subnet(_SPOKE_GROUP),
    addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
)


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({_CONNECTIVITY: "connectivity", _ML: "ml-prod"}),
        *_hub(),
        *_ruleset(),
        *parts.spokes(_SPOKE_GROUP, _HUB, []),
        *parts.private_workspace(_ROUTING, _DNS),
        *parts.linked_zones([_ROUTING], _DNS, [_HUB]),
    ]
    return parts.estate(documents, ("vnet-spoke-1", "vnet-spoke-2"))


def _hub() -> Iterator[Document]:
    yield b.virtual_network(
        _HUB_GROUP,
        "vnet-hub",
        parts.HUB_PREFIX,
        subnets={"snet-inbound": "10.0.1.0/28", "snet-outbound": "10.0.1.16/28"},
        peers=parts.spoke_peers(_SPOKE_GROUP),
        resolver_subnets=("snet-inbound", "snet-outbound"),
    )
    yield b.dns_resolver(_HUB_GROUP, "dnspr-hub", _HUB)
    yield b.inbound_endpoint(_HUB_GROUP, "dnspr-hub", "in", f"{_HUB}/subnets/snet-inbound", _INBOUND)
    yield b.outbound_endpoint(_HUB_GROUP, "dnspr-hub", "out", f"{_HUB}/subnets/snet-outbound")


def _ruleset() -> Iterator[Document]:
    """Linked to the spokes alone: linked to the hub as well, its rules would lead back to where they came from."""
    ruleset = b.ruleset_id(_HUB_GROUP, "dnsfrs-spokes")
    yield b.forwarding_ruleset(_HUB_GROUP, "dnsfrs-spokes", [b.outbound_endpoint_id(_HUB_GROUP, "dnspr-hub", "out")])
    for suffix in PUBLIC.forwarded:
        yield b.forwarding_rule(ruleset, suffix.replace(".", "-"), suffix, [_INBOUND])
    for spoke in (parts.ML_SPOKE, parts.APPS_SPOKE):
        yield b.ruleset_link(ruleset, b.network_id(_SPOKE_GROUP, spoke.name))


_AIM = Aim(endpoint="pe-mlw-route-planning", zones="rg-dns-weu")

RULESET = Scenario(
    name="ruleset",
    title="Two spokes ask Azure DNS, where a ruleset leads the public suffixes to the hub's inbound endpoint",
    build=_build,
    faults=parts.by_name(*faults.anywhere(_AIM)),
)
