"""The simulated resolver: follows a question from a client to its outcome by Azure's own rules.

It never guesses: what ARM and the configuration do not tell becomes an opaque outcome with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from checks.requirements import Client, servers_of
from checks.resolution import rules
from checks.resolution.path import (
    INTERNET,
    Addresses,
    DeadEnd,
    Hop,
    Loop,
    NoData,
    NxDomain,
    Opaque,
    Outcome,
    Path,
    Public,
    Result,
    Thing,
    label,
)
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    Place,
    PublicDns,
    Unknown,
    Unreachable,
    network_gaps,
    server_at,
)
from checks.resolution.rules import Rule
from checks.resolution.zones import Alias, Found, Nothing, look_up
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, suffixes
from collectors.graph.nodes import NetworkInterface, PrivateZone, ZoneLink

_LONGEST_CHAIN = 16  # BIND gives up after 12 restarts; nothing healthy comes near
_FALLBACK_TYPES = frozenset({"A", "AAAA", "CNAME"})  # documented: no other type falls back

_Trail = tuple[tuple[str, Fqdn], ...]


class Solver:
    """Simulates questions on one estate.

    `chains` maps public names to the private-link names they are aliases of; `observed` are those that an
    answer proved, the rest rests on the assumption that the table is right.
    """

    def __init__(
        self,
        estate: Estate,
        chains: Mapping[Fqdn, Fqdn],
        observed: frozenset[Fqdn] = frozenset(),
    ) -> None:
        self.estate = estate
        self.chains = chains
        self.observed = observed
        self._memo: dict[tuple[Place, Fqdn, str], Path] = {}

    # Entrances

    def paths(self, client: Client, name: Fqdn, type: str = "A") -> tuple[Path, ...]:
        """One path per server of the client's list, in order; clients ask the next only when one is silent."""
        near, site = client.network, client.site
        servers = servers_of(self.estate, client)
        if not servers:
            return (self._no_server(client, name, type),)
        first = self._choice(client)
        found = []
        for server in servers:
            place = server_at(self.estate, server, near, site)
            hop = Hop(
                at=self._client_thing(client),
                name=name,
                type=type,
                decided_by=first[1],
                rule=first[0],
                result=Result(outcome="asks"),
                text=f"asks {_place_name(place)}",
            )
            path = self.at(place, name, type)
            found.append(replace(path, hops=(hop, *path.hops)))
        return tuple(found)

    def path(self, client: Client, name: Fqdn, type: str = "A") -> Path:
        """What the client gets: from the first server of its list."""
        return self.paths(client, name, type)[0]

    def servers(self, client: Client) -> tuple[str, ...]:
        """The servers a client asks, in order."""
        return servers_of(self.estate, client)

    def at(self, place: Place, name: Fqdn, type: str = "A") -> Path:
        """What a question gets at a place."""
        key = (place, name, type)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._resolve(place, name, type, ())
        return known

    # Steps

    def _resolve(self, place: Place, name: Fqdn, type: str, trail: _Trail) -> Path:
        here = (_place_key(place), name)
        if here in trail:
            cycle = tuple(dict.fromkeys(place for place, _ in trail[trail.index(here) :]))
            return self._end(_thing(place), name, type, None, rules.LOOP, Loop(cycle), "the question is back here")
        if len(trail) > 4 * _LONGEST_CHAIN:
            reason = "the chain of aliases and forwarders is too long"
            return self._end(_thing(place), name, type, None, rules.CHAIN_TOO_LONG, DeadEnd(reason), reason)
        trail = (*trail, here)
        match place:
            case AzureDns():
                return self._azure(place, name, type, trail)
            case CustomServer():
                return self._custom(place, name, type, trail)
            case PublicDns():
                return self._public(INTERNET, None, name, type, trail)
            case Unknown():
                return self._unknown(place, name, type)
            case Unreachable():
                reason = "168.63.129.16 answers only from inside a virtual network"
                return self._end(INTERNET, name, type, None, rules.PLATFORM_OUTSIDE, DeadEnd(reason), reason)

    def _azure(self, place: AzureDns, name: Fqdn, type: str, trail: _Trail) -> Path:
        links = self.estate.linked_zones(place.view)
        link = next((links[suffix] for suffix in suffixes(name) if suffix in links), None)
        if link is not None:
            return self._linked_zone(place, link, name, type, trail)
        alias = self._alias(place.thing, None, rules.PUBLIC_ALIAS, name, type)
        if alias is not None and alias.result.cname is not None:
            return self._then(alias, self._resolve(place, alias.result.cname, type, trail), place.view.text)
        gaps = self.estate.zones_unseen(name)
        if gaps:
            text = "a zone that could not be read may answer here"
            outcome = Opaque(text, gaps)
            return self._end(place.thing, name, type, None, rules.ZONES_UNREAD, outcome, text, place.view.text)
        zone = self._unlinked_zone(name)
        if zone:
            text = f"zone {zone.name} is not linked to {place.view.name}: public DNS answers"
            decided, rule = Thing.of(zone.id), rules.ZONE_NOT_LINKED
        else:
            text, decided, rule = "no private zone holds this name: public DNS answers", None, rules.NO_ZONE
        return self._end(place.thing, name, type, decided, rule, Public(), text, place.view.text)

    def _linked_zone(self, place: AzureDns, link: ZoneLink, name: Fqdn, type: str, trail: _Trail) -> Path:
        zone = self.estate.get(PrivateZone, link.zone)
        assert zone is not None  # linked_zones only lists links whose zone was read
        view = place.view.text
        match look_up(self.estate.records_of(zone.id), zone.name, name, type):
            case Found(record):
                text = f"zone {zone.name} answers {', '.join(record.addresses)}"
                outcome: Outcome = Addresses(record.addresses)
                return self._end(place.thing, name, type, Thing.of(record.id), rules.ZONE_ANSWERS, outcome, text, view)
            case Alias(record, target):
                hop = Hop(
                    at=place.thing,
                    name=name,
                    type=type,
                    decided_by=Thing.of(record.id),
                    rule=rules.ZONE_ALIAS,
                    result=Result(outcome="alias", cname=target),
                    text=f"zone {zone.name} holds an alias of {target}",
                )
                return self._then(hop, self._resolve(place, target, type, trail), view)
            case Nothing() as nothing:
                return self._negative(place, zone, link, nothing.exists, name, type)

    def _negative(
        self, place: AzureDns, zone: PrivateZone, link: ZoneLink, exists: bool, name: Fqdn, type: str
    ) -> Path:
        """A linked zone has nothing to say: unread, NODATA, fallback, or NXDOMAIN. No other zone is asked."""
        view, decided = place.view.text, Thing.of(zone.id)
        unseen = self.estate.records_unseen(zone.id)
        if unseen:
            text = f"the records of zone {zone.name} could not be read"
            unread = Opaque(text, unseen)
            return self._end(place.thing, name, type, decided, rules.RECORDS_UNREAD, unread, text, view)
        if exists:
            text = f"zone {zone.name} knows the name, but no {type} record"
            return self._end(place.thing, name, type, decided, rules.ZONE_NO_DATA, NoData(), text, view)
        if link.fallback and type in _FALLBACK_TYPES and "privatelink" in zone.name.split("."):
            text = f"zone {zone.name} lacks the name; its link falls back to the internet: public DNS answers"
            rule, by = rules.FALLBACK_TO_INTERNET, Thing.of(link.id)
            return self._end(place.thing, name, type, by, rule, Public(), text, view)
        text = f"zone {zone.name} lacks the name and denies it"
        return self._end(place.thing, name, type, decided, rules.ZONE_DENIES, NxDomain(), text, view)

    def _custom(self, server: CustomServer, name: Fqdn, type: str, trail: _Trail) -> Path:
        declared, thing = server.declared, server.thing
        gaps = network_gaps(self.estate, server)
        if gaps:
            text = f"the network {declared.network} of server {server.address} could not be read"
            outcome: Outcome = Opaque(text, gaps)
            return self._end(thing, name, type, thing, rules.NETWORK_UNREAD, outcome, text, server.id)
        if name in declared.records:
            outcome = Addresses(tuple(sorted(declared.records[name])))
            text = f"{server.address} holds a record of its own"
            return self._end(thing, name, type, thing, rules.SERVER_RECORDS, outcome, text, server.id)
        if declared.forwards is None:
            text = f"what {server.address} forwards is not declared"
            return self._end(thing, name, type, thing, rules.SERVER_OPAQUE, Opaque(text), text, server.id)
        suffix = next((s for s in (*suffixes(name), Fqdn("")) if s in declared.forwards), None)
        targets = declared.forwards[suffix] if suffix is not None else ()
        if suffix is None or not targets:
            text = f"{server.address} forwards nothing for this name and asks the internet itself"
            return self._public(thing, server, name, type, trail, rules.ITERATES, text)
        target = server_at(self.estate, targets[0], server.network, declared.site)
        shown = suffix or "everything else"
        if isinstance(target, PublicDns):
            text = f"{server.address} forwards {shown} to {targets[0]}, a public resolver"
            rule = rules.FORWARDER if suffix else rules.DEFAULT_FORWARDER
            return self._public(thing, server, name, type, trail, rule, text)
        hop = Hop(
            at=thing,
            name=name,
            type=type,
            decided_by=thing,
            rule=rules.FORWARDER if suffix else rules.DEFAULT_FORWARDER,
            result=Result(outcome="forwarded"),
            text=f"{server.address} forwards {shown} to {_place_name(target)}",
        )
        onward = self._resolve(target, name, type, trail)
        return self._reapplied(server, hop, onward, type, trail)

    def _reapplied(self, server: CustomServer, hop: Hop, onward: Path, type: str, trail: _Trail) -> Path:
        """A server that re-applies its forwarders takes only the first alias from its upstream."""
        if not (server.reapplies and onward.chain):
            return self._then(hop, onward, "")
        cut = next(index for index, step in enumerate(onward.hops) if step.result.cname)
        alias = onward.hops[cut].result.cname
        assert alias is not None  # the chain is not empty
        rest = self._resolve(server, alias, type, trail)
        return replace(rest, hops=(hop, *onward.hops[: cut + 1], *rest.hops))

    def _public(
        self,
        thing: Thing,
        server: CustomServer | None,
        name: Fqdn,
        type: str,
        trail: _Trail,
        rule: Rule = rules.PUBLIC_RESOLVER,
        text: str = "public DNS answers",
    ) -> Path:
        """The internet answers; a server that re-applies its forwarders asks itself for the alias."""
        decided = server.thing if server else None
        view = server.id if server else INTERNET.id
        alias = self._alias(thing, decided, rule, name, type, text)
        if alias is None or alias.result.cname is None:
            return self._end(thing, name, type, decided, rule, Public(), text, view)
        if server and server.reapplies:
            return self._then(alias, self._resolve(server, alias.result.cname, type, trail), "")
        return self._end(thing, name, type, decided, rule, Public(), text, view)

    def _alias(
        self, thing: Thing, decided: Thing | None, rule: Rule, name: Fqdn, type: str, text: str = ""
    ) -> Hop | None:
        target = self.chains.get(name)
        if target is None:
            return None
        assumption = None if name in self.observed else rules.PUBLIC_CHAIN_FROM_TABLE.name
        said = f"{text}: an alias of {target}" if text else f"public DNS: an alias of {target}"
        result = Result(outcome="alias", cname=target)
        return Hop(
            at=thing,
            name=name,
            type=type,
            decided_by=decided,
            rule=rule,
            result=result,
            text=said,
            assumption=assumption,
        )

    def _unknown(self, place: Unknown, name: Fqdn, type: str) -> Path:
        if place.gaps:
            text = f"server {place.address} belongs to something that could not be read"
            rule = rules.NETWORK_UNREAD
        elif place.visible:
            text, rule = f"what server {place.address} forwards is not declared", rules.SERVER_OPAQUE
        else:
            text = f"server {place.address} belongs to nothing visible and nothing declared"
            rule = rules.SERVER_UNKNOWN
        outcome = Opaque(text, place.gaps)
        return self._end(place.thing, name, type, place.thing, rule, outcome, text, place.id)

    # Building blocks

    def _no_server(self, client: Client, name: Fqdn, type: str) -> Path:
        text = "no DNS server is declared for this site"
        thing = self._client_thing(client)
        return self._end(thing, name, type, thing, rules.NO_SERVER, Opaque(text), text, client.id)

    def _unlinked_zone(self, name: Fqdn) -> PrivateZone | None:
        """The zone that would answer if it were linked: a private-link zone by longest suffix."""
        for suffix in suffixes(name):
            zones = self.estate.zones_by_name.get(suffix)
            if zones and "privatelink" in suffix.split("."):
                return max(zones, key=lambda zone: (len(self.estate.records_of(zone.id)), zone.id))
        return None

    def _choice(self, client: Client) -> tuple[Rule, Thing]:
        if client.site:
            return rules.SITE_SERVERS, self._client_thing(client)
        nic = self.estate.get(NetworkInterface, client.interface)
        if nic and nic.dns_servers:
            return rules.INTERFACE_SERVERS, Thing.of(nic.id)
        assert client.network is not None  # a client without a site stands in a network
        own = servers_of(self.estate, Client(id=client.network.text, network=client.network))
        custom = own and own[0] != PLATFORM_RESOLVER
        return (rules.NETWORK_SERVERS if custom else rules.AZURE_PROVIDED), Thing.of(client.network)

    @staticmethod
    def _client_thing(client: Client) -> Thing:
        if client.site:
            return Thing(client.id, "site", client.site)
        return Thing.of(ArmId(client.id))

    @staticmethod
    def _end(
        at: Thing,
        name: Fqdn,
        type: str,
        decided_by: Thing | None,
        rule: Rule,
        outcome: Outcome,
        text: str,
        view: str = INTERNET.id,
    ) -> Path:
        addresses = outcome.addresses if isinstance(outcome, Addresses) else ()
        hop = Hop(
            at=at,
            name=name,
            type=type,
            decided_by=decided_by,
            rule=rule,
            result=Result(outcome=label(outcome), addresses=addresses),
            text=text,
        )
        return Path(hops=(hop,), outcome=outcome, view=view)

    @staticmethod
    def _then(hop: Hop, rest: Path, view: str) -> Path:
        """A hop before a path; the view where Azure DNS was entered last stays the path's."""
        kept = rest.view if rest.view != INTERNET.id or not view else view
        return replace(rest, hops=(hop, *rest.hops), view=kept)


def _place_key(place: Place) -> str:
    match place:
        case AzureDns(view=view):
            return f"Azure DNS in {view.name}"
        case CustomServer(id=id) | Unknown(id=id):
            return id
        case PublicDns() | Unreachable():
            return INTERNET.id


def _thing(place: Place) -> Thing:
    match place:
        case AzureDns() | CustomServer() | Unknown():
            return place.thing
        case PublicDns() | Unreachable():
            return INTERNET


def _place_name(place: Place) -> str:
    match place:
        case AzureDns(view=view):
            return f"Azure DNS in {view.name}"
        case CustomServer(address=address) | Unknown(address=address):
            return f"server {address}"
        case PublicDns(address=address):
            return f"public resolver {address}"
        case Unreachable(address=address):
            return address


def forwards_to_azure(server: CustomServer) -> bool:
    """Whether a declared server forwards anything to Azure DNS."""
    targets = (target for group in (server.declared.forwards or {}).values() for target in group)
    return any(target.partition(":")[0] == PLATFORM_RESOLVER for target in targets)
