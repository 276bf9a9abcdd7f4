"""A hub with a DNS private resolver, whose inbound endpoint the spokes and the VPN users ask."""

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

_CONNECTIVITY = "11111111-0000-4000-8000-00000000c002"
_ML = "22222222-0000-4000-8000-00000000a003"

_HUB_GROUP = Group(subscription=_CONNECTIVITY, name="RG-Hub")
_SPOKE_GROUP = Group(subscription=_ML, name="RG-Landing-Zone")
_DNS = Group(subscription=_CONNECTIVITY, name="RG-PrivateDns")
_HUB = b.network_id(_HUB_GROUP, "vnet-hub")
_INBOUND = "10.0.1.4"
_ON_PREMISES = "192.168.10.53"

_PRICING = parts.PrivateWorkspace(
    name="mlw-pricing",
    guid="5eed0003-0000-4000-8000-0000000091c3",
    group=Group(subscription=_ML, name="RG-ML"),
    endpoint="pe-mlw-pricing",
    subnet=parts.endpoint_subnet(_SPOKE_GROUP),
    addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
)


def _build() -> LabEstate:
    documents = [
        *parts.subscriptions({_CONNECTIVITY: "connectivity", _ML: "ml-prod"}),
        *_hub_network(),
        *_resolver(),
        *_corporate_ruleset(),
        *_security_policy(),
        *parts.spokes(_SPOKE_GROUP, _HUB, [_INBOUND]),
        *parts.private_workspace(_PRICING, _DNS),
        *parts.linked_zones([_PRICING], _DNS, [_HUB]),
    ]
    return parts.estate(documents, ("vnet-spoke-1", "vnet-spoke-2"))


def _hub_network() -> Iterator[Document]:
    """The hub, with a gateway for people at home."""
    configuration = b.gateway_configuration_id(_HUB_GROUP, "vgw-hub")
    yield b.virtual_network(
        _HUB_GROUP,
        "vnet-hub",
        parts.HUB_PREFIX,
        subnets={
            "snet-dns-inbound": "10.0.1.0/28",
            "snet-dns-outbound": "10.0.1.16/28",
            "GatewaySubnet": "10.0.2.0/27",
        },
        peers=parts.spoke_peers(_SPOKE_GROUP),
        resolver_subnets=("snet-dns-inbound", "snet-dns-outbound"),
        occupants={"GatewaySubnet": [configuration]},
    )
    yield b.gateway_subnet(_HUB, "10.0.2.0/27", [configuration])
    yield b.network_gateway(_HUB_GROUP, "vgw-hub", f"{_HUB}/subnets/GatewaySubnet", ["172.16.0.0/24"])


def _resolver() -> Iterator[Document]:
    yield b.dns_resolver(_HUB_GROUP, "dnspr-hub", _HUB)
    yield b.inbound_endpoint(_HUB_GROUP, "dnspr-hub", "in", f"{_HUB}/subnets/snet-dns-inbound", _INBOUND)
    yield b.outbound_endpoint(_HUB_GROUP, "dnspr-hub", "out", f"{_HUB}/subnets/snet-dns-outbound")


def _corporate_ruleset() -> Iterator[Document]:
    """The company's own names are answered on premises, for whoever asks in the hub."""
    ruleset = b.ruleset_id(_HUB_GROUP, "dnsfrs-hub")
    yield b.forwarding_ruleset(_HUB_GROUP, "dnsfrs-hub", [b.outbound_endpoint_id(_HUB_GROUP, "dnspr-hub", "out")])
    yield b.forwarding_rule(ruleset, "corp", "corp.fabrikam.example", [_ON_PREMISES])
    yield b.forwarding_rule(ruleset, "former-lab", "lab.fabrikam.example", ["192.168.99.53"], enabled=False)
    yield b.ruleset_link(ruleset, _HUB)


def _security_policy() -> Iterator[Document]:
    """Known bad names are blocked for whoever asks in the hub."""
    blocked = b.domain_list_id(_HUB_GROUP, "dnsdl-blocked")
    yield b.security_policy(_HUB_GROUP, "dnssp-hub")
    yield b.domain_list(_HUB_GROUP, "dnsdl-blocked", ["malware.example", "phishing.example"])
    yield b.security_rule(
        _HUB_GROUP, "dnssp-hub", "block-known-bad", 100, "Block", [blocked], managed=["AzureDnsThreatIntel"]
    )
    yield b.security_policy_link(_HUB_GROUP, "dnssp-hub", _HUB)


_AIM = Aim(endpoint="pe-mlw-pricing", zones="rg-privatedns")

PRIVATE_RESOLVER = Scenario(
    name="private-resolver",
    title="Two spokes ask the inbound endpoint of a DNS private resolver in the hub, which the zones are linked to",
    build=_build,
    faults=parts.by_name(
        faults.zone_unlinked(_AIM, "vnet-hub"),
        *faults.anywhere(_AIM),
        faults.record_mixed(_AIM, "10.1.0.99"),
        faults.zone_group_removed(_AIM),
        faults.public_suffix_zone(_AIM, "vnet-hub"),
        faults.server_added("vnet-spoke-2", PLATFORM_RESOLVER),
    ),
)
