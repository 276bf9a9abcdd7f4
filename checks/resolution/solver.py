"""The simulated resolver: follows a question from a client to its outcome by Azure's own rules.

It never guesses: what ARM and the configuration do not tell becomes an opaque outcome with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checks.requirements import Client, servers_of
from checks.resolution import rules
from checks.resolution.azure import azure_step
from checks.resolution.path import INTERNET, DeadEnd, Hop, Loop, Opaque, Path, Thing
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    Unknown,
    Unreachable,
    place_name,
    server_at,
)
from checks.resolution.rules import Rule
from checks.resolution.servers import (
    firewall_step,
    forwards_to_azure,
    inbound_step,
    public_step,
    server_step,
    unknown_step,
    unreachable_step,
)
from checks.resolution.steps import Asked, Decision, PublicDnsFacts, Step
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import NetworkInterface

__all__ = ["Solver", "forwards_to_azure"]

_LONGEST_CHAIN = 16  # BIND gives up after 12 restarts; nothing healthy comes near


class Solver:
    """Simulates questions on one estate.

    `chains` maps public names to the private-link names they are aliases of; `observed` are those that an
    answer proved, the rest rests on the assumption that the table is right. `unknown` names may have an alias.
    """

    def __init__(
        self,
        estate: Estate,
        chains: Mapping[Fqdn, Fqdn],
        observed: frozenset[Fqdn] = frozenset(),
        unknown: frozenset[Fqdn] = frozenset(),
    ) -> None:
        self.estate = estate
        self._facts = PublicDnsFacts(chains, observed, unknown)
        self._memo: dict[tuple[Place, Fqdn, str], Path] = {}
        self._places: dict[Client, tuple[Place, ...]] = {}

    def paths(self, client: Client, name: Fqdn, type: str = "A") -> tuple[Path, ...]:
        """One path per server of the client's list, in order; clients ask the next only when one is silent."""
        asked = Asked(name, type)
        servers = self.servers(client)
        if not servers:
            return (self._no_server(client, asked),)
        at, rule, decided_by = self._choice(client)
        found = []
        for place in self.places(client):
            decision = Decision(at=at, rule=rule, decided_by=decided_by, text=f"asks {place_name(place)}")
            path = self.at(place, name, type)
            found.append(replace(path, hops=(decision.forward(asked, place, "asks").hop, *path.hops)))
        return tuple(found)

    def path(self, client: Client, name: Fqdn, type: str = "A") -> Path:
        """What the client gets: from the first server of its list."""
        return self.paths(client, name, type)[0]

    def servers(self, client: Client) -> tuple[str, ...]:
        """The servers a client asks, in order."""
        return servers_of(self.estate, client)

    def places(self, client: Client) -> tuple[Place, ...]:
        """What stands at the addresses that a client asks, in order."""
        known = self._places.get(client)
        if known is None:
            servers = self.servers(client)
            known = tuple(server_at(self.estate, server, client.network, client.site) for server in servers)
            self._places[client] = known
        return known

    def at(self, place: Place, name: Fqdn, type: str = "A") -> Path:
        """What a question gets at a place."""
        key = (place, name, type)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._follow(place, Asked(name, type))
        return known

    def _follow(self, place: Place, asked: Asked) -> Path:
        """Step by step to the outcome: every place gives its hop, an alias goes back to who resolves it."""
        hops: list[Hop] = []
        trail: dict[tuple[Place, Fqdn], None] = {}
        passed: list[Place] = []
        aliases = 0
        while True:
            if (place, asked.name) in trail or aliases > _LONGEST_CHAIN:
                step = _endless(place, asked, list(trail))
            else:
                step = self._step(place, asked)
            trail[place, asked.name] = None
            hops.append(step.hop)
            if step.outcome is not None:
                return Path(hops=tuple(hops), outcome=step.outcome, view=step.view)
            if step.onward is not None:
                passed.append(place)
                place = step.onward
                continue
            alias = step.hop.result.cname
            assert alias is not None  # a step that neither ends nor hands on gives an alias
            asked = Asked(alias, asked.type, followed=True)
            place, passed = _resumed(place, passed)
            aliases += 1

    def _step(self, place: Place, asked: Asked) -> Step:
        match place:
            case AzureDns():
                return azure_step(self.estate, self._facts, place, asked)
            case Inbound():
                return inbound_step(place, asked)
            case FirewallProxy():
                return firewall_step(self.estate, place, asked)
            case CustomServer():
                return server_step(self.estate, self._facts, place, asked)
            case PublicDns():
                return public_step(asked)
            case Unknown():
                return unknown_step(place, asked)
        return unreachable_step(asked)

    def _no_server(self, client: Client, asked: Asked) -> Path:
        """Nobody said what a site asks, or the network that would tell was not read."""
        thing = _client_thing(client)
        if client.network:
            gaps = self.estate.unread("virtual-network", client.network)
            rule, text = rules.NETWORK_UNREAD, f"which servers {client.network.name} asks could not be read"
        else:
            gaps, rule, text = (), rules.NO_SERVER, "no DNS server is declared for this site"
        decision = Decision(at=thing, decided_by=thing, rule=rule, text=text, view=client.id)
        step = decision.end(asked, outcome := Opaque(text, gaps))
        return Path(hops=(step.hop,), outcome=outcome, view=step.view)

    def _choice(self, client: Client) -> tuple[Thing, Rule, Thing]:
        """The client, and the object by which it asks the servers that it asks."""
        at = _client_thing(client)
        if client.network is None:
            return at, rules.SITE_SERVERS, at
        nic = self.estate.get(NetworkInterface, client.interface)
        if nic and nic.dns_servers:
            return at, rules.INTERFACE_SERVERS, Thing.of(nic.id)
        own = self.servers(client)[0] != PLATFORM_RESOLVER
        return at, rules.NETWORK_SERVERS if own else rules.AZURE_PROVIDED, Thing.of(client.network)


def _client_thing(client: Client) -> Thing:
    return Thing(client.id, "site", client.site) if client.site else Thing.of(ArmId(client.id))


def _resumed(place: Place, passed: list[Place]) -> tuple[Place, list[Place]]:
    """Who resolves an alias: the first server that re-applies its forwarders, else whoever gave it."""
    for index, server in enumerate(passed):
        if isinstance(server, CustomServer) and server.reapplies:
            return server, passed[:index]
    return place, passed


def _endless(place: Place, asked: Asked, trail: Sequence[tuple[Place, Fqdn]]) -> Step:
    """The end of a question that comes back to where it was, or that only ever gives aliases."""
    at = INTERNET if isinstance(place, PublicDns | Unreachable) else place.thing
    view = place.view.text if isinstance(place, AzureDns) else INTERNET.id
    if (place, asked.name) not in trail:
        reason = "the chain of aliases is too long"
        return Decision(at=at, rule=rules.CHAIN_TOO_LONG, text=reason, view=view).end(asked, DeadEnd(reason))
    visited = [there for there, _ in trail[trail.index((place, asked.name)) :]]
    cycle = tuple(dict.fromkeys(map(_cycle_name, visited)))
    return Decision(at=at, rule=rules.LOOP, text="the question is back here", view=view).end(asked, Loop(cycle))


def _cycle_name(place: Place) -> str:
    return place.id if isinstance(place, CustomServer) else place_name(place)
