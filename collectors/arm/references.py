"""Every way in which one resource points to another, so that nothing that matters is missing unnoticed.

Ids whose type is no kind of ours lead nowhere: what they are says nothing about names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from collectors.arm.kinds import kind_of_type
from collectors.graph import nodes
from collectors.graph.ids import ArmId

_Ends = Iterator[tuple[str, ArmId | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Something is pointed to: its kind, its id, and a few words on what points there."""

    kind: str
    id: ArmId
    because: str


def references(node: nodes.Node) -> Iterator[Reference]:
    """All that a node points to. Ids are as the pointing resource spells them, and may come more than once."""
    ends, because = _WAYS.get(type(node), _NOWHERE)
    for kind, id in ends(node):
        if id is not None:
            yield Reference(kind=kind, id=id, because=because(node))


def _all(kind: str, ids: Iterable[ArmId | None]) -> _Ends:
    return ((kind, id) for id in ids)


def _typed(ids: Iterable[ArmId | None]) -> _Ends:
    """Ids that may be of several kinds: their types tell."""
    for id in ids:
        kind = kind_of_type(id.type) if id else None
        if kind:
            yield kind.name, id


def _network_of(*subnets: ArmId | None) -> _Ends:
    """Subnets are embedded in their network."""
    return (("virtual-network", subnet.parent) for subnet in subnets if subnet)


def _endpoint(node: nodes.PrivateEndpoint) -> _Ends:
    yield from _all("network-interface", node.interfaces)
    yield from _network_of(node.subnet)
    yield from _typed(connection.target for connection in node.connections)


def _interface(node: nodes.NetworkInterface) -> _Ends:
    yield "private-endpoint", node.endpoint
    yield from _network_of(*dict.fromkeys(configuration.subnet for configuration in node.ip_configurations))


def _network(node: nodes.VirtualNetwork) -> _Ends:
    yield from _all("virtual-network", (peering.remote for peering in node.peerings))
    yield "gateway-subnet", node.gateway_subnet


def _firewall(node: nodes.Firewall) -> _Ends:
    yield from _network_of(node.subnet)
    yield "virtual-hub", node.hub
    yield "firewall-policy", node.policy


def _hub(node: nodes.VirtualHub) -> _Ends:
    yield "virtual-wan", node.wan
    yield "firewall", node.firewall


def _connectivity(node: nodes.ConnectivityConfiguration) -> _Ends:
    yield from _typed(node.hubs)
    yield from _all("network-group", node.groups)


def _inbound(node: nodes.InboundEndpoint) -> _Ends:
    yield "dns-resolver", node.resolver
    yield from _network_of(*dict.fromkeys(held.subnet for held in node.addresses))


def _outbound(node: nodes.OutboundEndpoint) -> _Ends:
    yield "dns-resolver", node.resolver
    yield from _network_of(node.subnet)


def _workspace(node: nodes.Workspace) -> _Ends:
    yield from _all("private-endpoint", node.endpoints)
    yield "workspace", node.hub
    yield from _all("workspace", node.projects)
    yield from _typed(node.dependencies)


def _compute(node: nodes.Compute) -> _Ends:
    yield from _typed([node.attached])
    yield from _network_of(node.subnet)


def _registry(node: nodes.MlRegistry) -> _Ends:
    yield from _all("private-endpoint", node.endpoints)
    yield from _typed(node.dependencies)


def _dependency(node: nodes.Dependency) -> _Ends:
    yield from _all("private-endpoint", node.endpoints)
    yield from _all("monitor-scope", node.scopes)


def _name(word: str) -> Callable[[Any], str]:
    return lambda node: f"{word} {node.id.name}"


def _of(word: str, whole: str) -> Callable[[Any], str]:
    return lambda node: f"{word} {node.id.name} of {whole} {node.id.parent.name}"


_Way = tuple[Callable[[Any], _Ends], Callable[[Any], str]]

_NOWHERE: _Way = (lambda _: iter(()), lambda _: "")

# Machines point to interfaces, but nothing about names is lost with one that was not read.
_WAYS: Mapping[type, _Way] = MappingProxyType(
    {
        nodes.PrivateEndpoint: (_endpoint, _name("endpoint")),
        nodes.ZoneGroup: (
            lambda node: _all("private-dns-zone", (config.zone for config in node.configs)),
            lambda node: f"zone group of {node.endpoint.name}",
        ),
        nodes.NetworkInterface: (_interface, _name("interface")),
        nodes.VirtualNetwork: (_network, _name("network")),
        nodes.Firewall: (_firewall, _name("firewall")),
        nodes.FirewallPolicy: (lambda node: _all("firewall-policy", [node.base]), _name("firewall policy")),
        nodes.VirtualHub: (_hub, _name("virtual hub")),
        nodes.HubConnection: (
            lambda node: _all("virtual-network", [node.network]),
            _of("connection", "virtual hub"),
        ),
        nodes.PointToSiteGateway: (lambda node: _all("virtual-hub", [node.hub]), _name("point-to-site gateway")),
        nodes.GatewaySubnet: (
            lambda node: _all("virtual-network-gateway", node.gateways),
            lambda node: f"the gateway subnet of network {node.id.parent.name}",
        ),
        nodes.NetworkGateway: (lambda node: _all("virtual-network", node.networks), _name("gateway")),
        nodes.ConnectivityConfiguration: (_connectivity, _name("connectivity configuration")),
        nodes.StaticMember: (
            lambda node: _all("virtual-network", [node.network]),
            _of("member", "network group"),
        ),
        nodes.ZoneLink: (lambda node: _all("virtual-network", [node.network]), _of("link", "zone")),
        nodes.DnsResolver: (lambda node: _all("virtual-network", [node.network]), _name("resolver")),
        nodes.InboundEndpoint: (_inbound, _of("inbound endpoint", "resolver")),
        nodes.OutboundEndpoint: (_outbound, _of("outbound endpoint", "resolver")),
        nodes.ForwardingRuleset: (
            lambda node: _all("outbound-endpoint", node.outbound_endpoints),
            _name("ruleset"),
        ),
        nodes.RulesetLink: (lambda node: _all("virtual-network", [node.network]), _of("link", "ruleset")),
        nodes.SecurityRule: (
            lambda node: _all("domain-list", node.domain_lists),
            _of("security rule", "policy"),
        ),
        nodes.SecurityPolicyLink: (
            lambda node: _all("virtual-network", [node.network]),
            _of("link", "security policy"),
        ),
        nodes.Workspace: (_workspace, _name("workspace")),
        nodes.Compute: (_compute, _of("compute", "workspace")),
        nodes.WorkspaceConnection: (lambda node: _typed([node.target]), _of("connection", "workspace")),
        nodes.MlRegistry: (_registry, _name("registry")),
        nodes.Dependency: (_dependency, lambda node: f"{node.id.name} ({node.kind})"),
        nodes.AksCluster: (lambda node: _network_of(*node.subnets), _name("cluster")),
    }
)
