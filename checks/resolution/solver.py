"""The simulated resolver: follows a question from a client to its outcome by Azure's own rules.

It never guesses: what ARM and the configuration do not tell becomes an opaque outcome with its reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from checks.requirements import Client, servers_of
from checks.resolution import rules
from checks.resolution.azure import azure_step
from checks.resolution.path import (
    INTERNET,
    Addresses,
    Blocked,
    DeadEnd,
    Hop,
    Loop,
    NoData,
    NxDomain,
    Opaque,
    Outcome,
    Path,
    Thing,
)
from checks.resolution.places import (
    PLACING,
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    Unknown,
    place_name,
    server_at,
)
from checks.resolution.policies import pass_policy
from checks.resolution.rules import CLIENT_POLICY_ENDS, Rule, assumed
from checks.resolution.servers import (
    denial_softened,
    firewall_step,
    forwards_to_azure,
    inbound_step,
    no_data_refused,
    public_step,
    rejected,
    server_step,
    silent_step,
    unknown_step,
)
from checks.resolution.steps import Asked, Decision, PublicDnsFacts, Step
from checks.resolution.way import Resumption, Way, interrupts, resumptions
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import NetworkInterface

__all__ = ["Solver", "forwards_to_azure"]

_LONGEST_CHAIN = 16  # BIND gives up after 12 restarts; nothing healthy comes near
_MOST_WAYS = 24  # of the ways that a question may take; what no estate of sense reaches is not followed up


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
        earlier: Solver | None = None,
    ) -> None:
        """`earlier`: the solver of the estate that this one was made from by changes."""
        self.estate = estate
        self.facts = PublicDnsFacts(chains, observed, unknown)
        self._memo: dict[tuple[Place, Fqdn, str], Path] = {}
        self._working: set[tuple[Place, Fqdn, str]] = set()
        same_places = earlier is not None and estate.same(earlier.estate, *PLACING)
        self._places: dict[Client, tuple[Place, ...]] = earlier._places if earlier and same_places else {}

    def changed(self, estate: Estate) -> Solver:
        """The solver of an estate that was made from this one by changes, with the same facts of public DNS."""
        facts = self.facts
        return Solver(estate, facts.chains, facts.observed, facts.unknown, earlier=self)

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
            first = decision.forward(asked, place, "asks").hop
            found.append(_begun_with(first, self._minding_own_policy(client, place, self.at(place, name, type))))
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
            known = self._memo[key] = self._solve(place, Asked(name, type))
        return known

    def _solve(self, place: Place, asked: Asked) -> Path:
        """The way that is taken when every assumption holds and nothing is cached or silent, and unlike others."""
        open_ways = deque([Way(place=place, asked=asked)])
        found: dict[tuple[Outcome, bool], Path] = {}
        first: Path | None = None
        for _ in range(_MOST_WAYS):
            if not open_ways:
                break
            way = open_ways.popleft()
            path = self._walk(way, open_ways)
            first = first or path
            found.setdefault((path.outcome, path.against is None), path)
        assert first is not None  # there is always one way
        others = (path for path in found.values() if path.outcome != first.outcome)
        return replace(first, alternatives=tuple(others))

    def _walk(self, way: Way, open_ways: deque[Way]) -> Path:
        """Step by step to the outcome: every place gives its hop, an alias goes back to who resolves it."""
        while way.ended is None:
            step = way.take() or self._next(way)
            open_ways.extend(way.instead(fork) for fork in step.forks)
            if step.outcome is not None:
                return self._ended(way, step, step.outcome)
            if step.onward is not None:
                way.go_on(step.hop, step.onward)
                continue
            alias = step.hop.result.cname
            assert alias is not None  # a step that neither ends nor hands on gives an alias
            first, *others = resumptions(way.place, way.passed, alias, self.estate.declared.assumptions)
            open_ways.extend(self._resume(way.copy(), step.hop, alias, other) for other in others)
            self._resume(way, step.hop, alias, first)
        return way.ended

    def _resume(self, way: Way, hop: Hop, alias: Fqdn, by: Resumption) -> Way:
        """Somebody looks up the target of an alias: if there is one, for whoever it had asked may fail as a whole.

        A server behind the one that follows does not stop at the alias. It looks the target up by itself, and where
        that fails it answers SERVFAIL: then there is no alias to follow.
        """
        if upstream := by.upstream(way.passed, way.place):
            place, behind = upstream
            whole = self._whole(place, way.asked)
            if whole and isinstance(whole.outcome, DeadEnd | Loop):
                hops = (*way.hops[: len(way.hops) - behind], *whole.hops)
                way.resume(hop, alias, by)
                way.ended = replace(whole, hops=hops, condition=way.condition, against=way.against, alternatives=())
                return way
        return way.resume(hop, alias, by)

    def _whole(self, place: Place, asked: Asked) -> Path | None:
        """What a place answers as a whole; None while that is being worked out: aliases that go in a circle."""
        key = (place, asked.name, asked.type)
        if key in self._working:
            return None
        self._working.add(key)
        try:
            return self.at(*key)
        finally:
            self._working.discard(key)

    def _next(self, way: Way) -> Step:
        if (way.place, way.asked.name) in way.trail or way.aliases > _LONGEST_CHAIN:
            return _endless(way.place, way.asked, list(way.trail))
        return self._step(way)

    def _ended(self, way: Way, step: Step, outcome: Outcome) -> Path:
        """The end of a way: servers on it may make something else of what came, from the last to the first."""
        hops, view = [*way.hops, step.hop], step.view
        for server in (place for place in reversed(way.passed) if isinstance(place, CustomServer)):
            made = self._received(server, way, step, outcome)
            if made and made.outcome is not None:
                hops, outcome, view = [*hops, made.hop], made.outcome, made.view
        return Path(hops=tuple(hops), outcome=outcome, view=view, condition=way.condition, against=way.against)

    def _received(self, server: CustomServer, way: Way, step: Step, outcome: Outcome) -> Step | None:
        """What a server makes of the answer that came to it; None: it passes it on."""
        match outcome:
            case NxDomain():
                return denial_softened(server, way.asked, way.trail, self.estate)
            case NoData():
                return no_data_refused(server, way.asked, step, self.estate)
            case Addresses(addresses):
                return rejected(server, way.asked, addresses, self.estate)
        return None

    def _minding_own_policy(self, client: Client, place: Place, path: Path) -> Path:
        """An inbound endpoint may apply the policy of the client's own network, too: nobody tells."""
        if not isinstance(place, Inbound) or client.network is None or client.network == place.view:
            return path
        own = AzureDns(client.network)
        blocked = next((step for hop in path.hops if (step := _block(self.estate, own, hop))), None)
        if blocked is None or blocked.outcome is None:
            return path
        until = next(i for i, hop in enumerate(path.hops) if hop.name == blocked.hop.name)
        hops = (*path.hops[:until], blocked.hop)
        other = Path(hops=hops, outcome=blocked.outcome, view=path.view)
        if assumed(CLIENT_POLICY_ENDS, self.estate.declared.assumptions):
            other = replace(other, condition=_OWN_POLICY, against=CLIENT_POLICY_ENDS.name)
            return replace(path, alternatives=(*path.alternatives, other))
        return other

    def _step(self, way: Way) -> Step:
        place, asked = way.place, way.asked
        match place:
            case AzureDns():
                return azure_step(self.estate, self.facts, place, asked)
            case Inbound():
                return inbound_step(place, asked)
            case FirewallProxy():
                return firewall_step(self.estate, place, asked)
            case CustomServer():
                met = interrupts(self.facts, way.passed, place, asked.name, self.estate.declared.assumptions)
                return server_step(self.estate, self.facts, place, asked, interrupted=met)
            case PublicDns():
                said = self.estate.declared.assumptions
                met = interrupts(self.facts, way.passed, place, asked.name, said)
                return public_step(self.facts, asked, interrupted=met)
            case Unknown():
                return unknown_step(place, asked)
        return silent_step(place, asked)

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


_OWN_POLICY = "if the policy of the client's own network also matches what it asks an inbound endpoint"


def _block(estate: Estate, own: AzureDns, hop: Hop) -> Step | None:
    step = pass_policy(estate, own, Asked(hop.name, hop.type)).step
    return step if step and step.outcome == Blocked() else None


def _begun_with(hop: Hop, path: Path) -> Path:
    """The path and its alternatives, with the client's own hop in front."""
    others = tuple(replace(other, hops=(hop, *other.hops)) for other in path.alternatives)
    return replace(path, hops=(hop, *path.hops), alternatives=others)


def _endless(place: Place, asked: Asked, trail: Sequence[tuple[Place, Fqdn]]) -> Step:
    """The end of a question that comes back to where it was, or that only ever gives aliases."""
    view = place.view.text if isinstance(place, AzureDns) else INTERNET.id
    if (place, asked.name) not in trail:
        reason = "the chain of aliases is too long"
        return Decision(at=place.thing, rule=rules.CHAIN_TOO_LONG, text=reason, view=view).end(asked, DeadEnd(reason))
    visited = [there for there, _ in trail[trail.index((place, asked.name)) :]]
    cycle = tuple(dict.fromkeys(map(_cycle_name, visited)))
    told = " -> ".join(dict.fromkeys(map(place_name, visited)))
    text = f"the question is back here and goes in a circle: {told} -> {place_name(place)}"
    return Decision(at=place.thing, rule=rules.LOOP, text=text, view=view).end(asked, Loop(cycle))


def _cycle_name(place: Place) -> str:
    return place.id if isinstance(place, CustomServer) else place_name(place)
