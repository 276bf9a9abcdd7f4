"""Which resolver of the lab stands at which address, and who reaches it: addresses repeat, networks are separate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.lab.azure import AzureDns, FirewallProxy, InboundEndpoint
from agent.lab.conduct import Misbehaving, Misled
from agent.lab.custom import CustomServer
from agent.lab.estate import LabEstate
from agent.lab.firewalls import firewalls
from agent.lab.internet import PUBLIC_RESOLVER, public_zones
from agent.lab.reach import Components
from agent.lab.resolvers import PublicDns, Resolver
from agent.lab.rulesets import is_working, rulesets, security_policies
from agent.lab.zones import arm_id, branch, linked_zones, of_kind, rows, text
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """A resolver at an address of a virtual network or virtual hub; `place` None: outside Azure."""

    address: str
    place: ArmId | None
    resolver: Resolver


@dataclass(slots=True, kw_only=True, eq=False)
class Wiring:
    """The resolvers of an estate, connected to each other; nothing listens yet.

    `views` are Azure DNS by virtual network and by virtual hub.
    """

    public: PublicDns
    components: Components
    views: dict[ArmId, AzureDns] = field(default_factory=dict)
    standing: list[Standing] = field(default_factory=list)

    def reach(self, address: str, near: ArmId | None) -> Resolver | None:
        """The resolver at an address, None where nothing answers somebody who stands there."""
        if address == PLATFORM_RESOLVER:
            return self.views.get(near) if near else None
        return self.public if address == PUBLIC_RESOLVER else self.at(address, near)

    def at(self, address: str, near: ArmId | None) -> Resolver | None:
        """What stands at an address: in the same network first, then wherever there is a way to."""
        there = [it for it in self.standing if it.address == address and self._is_way(near, it.place)]
        first = min(there, key=lambda it: it.place != near, default=None)
        return first.resolver if first else None

    def _is_way(self, one: ArmId | None, other: ArmId | None) -> bool:
        """How sites outside Azure are connected is not in ARM: they reach everything and are reached."""
        return one is None or other is None or self.components.joined(one, other)


def wire(estate: LabEstate) -> Wiring:
    """The resolvers of an estate."""
    wiring = Wiring(public=PublicDns(zones=public_zones(estate)), components=Components(estate))
    zones, rules, policies = linked_zones(estate), rulesets(estate), security_policies(estate)
    for network in of_kind(estate, "virtual-network"):
        wiring.views[network.id] = AzureDns(
            wires=wiring,
            zones=zones.get(network.id, {}),
            ruleset=rules.get(network.id),
            policy=policies.get(network.id),
        )
    wiring.views.update({hub.id: AzureDns(wires=wiring, zones={}) for hub in of_kind(estate, "virtual-hub")})
    wiring.standing.extend([*_custom_servers(estate, wiring), *_inbound_endpoints(estate, wiring)])
    wiring.standing.extend(_firewall_proxies(estate, wiring))
    return wiring


def _custom_servers(estate: LabEstate, wiring: Wiring) -> Iterator[Standing]:
    for server in estate.servers:
        place = _network_of(estate, server)
        resolver = CustomServer(server=server, place=place, wires=wiring)
        misled = Misled(resolver, server) if isinstance(server, Misbehaving) else None
        yield Standing(address=server.address, place=place, resolver=misled or resolver)


def _network_of(estate: LabEstate, server: DeclaredServer) -> ArmId | None:
    """The virtual network that a server stands in, given by id or by name; None outside Azure."""
    wanted = server.network.lower()
    networks = [network.id for network in of_kind(estate, "virtual-network")]
    matching = [network for network in networks if wanted in (network.key, network.name.lower())]
    return matching[0] if len(matching) == 1 else None


def _inbound_endpoints(estate: LabEstate, wiring: Wiring) -> Iterator[Standing]:
    for endpoint in of_kind(estate, "inbound-endpoint"):
        resolver = estate.documents.get(endpoint.id.parent)
        network = arm_id(branch(resolver.body, "properties", "virtualNetwork").get("id")) if resolver else None
        view = wiring.views.get(network) if network else None
        if view is None or not is_working(endpoint):
            continue
        for configuration in rows(branch(endpoint.body, "properties"), "ipConfigurations"):
            if address := text(configuration.get("privateIpAddress")):
                yield Standing(address=address, place=network, resolver=InboundEndpoint(view=view))


def _firewall_proxies(estate: LabEstate, wiring: Wiring) -> Iterator[Standing]:
    for it in firewalls(estate):
        if it.proxy:
            proxy = FirewallProxy(place=it.place, servers=it.servers, wires=wiring)
            yield Standing(address=it.address, place=it.place, resolver=proxy)
