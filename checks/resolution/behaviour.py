"""What places make of a class of names, as keys by content: places with equal keys give equal outcomes.

A key holds everything that a resolution reads about the names of a class, but for the records of zones: of those it
names the zones that may be consulted, in a fixed order. What goes in a circle has no key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.resolution.nameclasses import Classed
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    is_hub,
    misplaced,
    server_at,
)
from checks.resolution.policies import ListContents
from checks.resolution.rulesets import catching_rule, outbound_network
from checks.resolution.servers import behind_firewall, forwarder_for
from checks.resolution.steps import Asked
from checks.resolution.traits import traits_of
from checks.resolution.unseen import policies_unseen, rules_unproved, rules_unseen
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under
from collectors.graph.nodes import ForwardingRule, SecurityRule

Key = tuple[object, ...]
Consulted = tuple[str, int]
"""The key of a zone's id, and the position in the chain of the name that is looked up there."""


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """What a place makes of a class of names: one object for each content.

    `consults` are the zones whose records the key leaves out. `verdicts` is for whoever works them out.
    """

    key: Key
    consults: tuple[Consulted, ...]
    verdicts: dict[object, tuple[Any, ...]] = field(default_factory=dict)


_Table = dict[int, Behaviour | None]
"""What one place makes of each class of names, by number; None where it may go in a circle."""


class Behaviours:
    """The behaviours of one estate's places, worked out when first asked for."""

    def __init__(self, estate: Estate, earlier: Behaviours | None = None) -> None:
        """`earlier`: those of an estate with the same switches, where numbers stand for the same classes of names."""
        self._estate = estate
        self._said = estate.declared.assumptions
        self._all: dict[tuple[Key, tuple[Consulted, ...]], Behaviour] = earlier._all if earlier else {}
        self._by_content: dict[tuple[object, ...], _Table] = earlier._by_content if earlier else {}
        self._tables: dict[Place, _Table] = {}
        self._views: dict[ArmId, _View] = {}
        self._stand_ins: dict[tuple[object, ...], AzureDns] = {}
        self._targets: dict[ArmId, tuple[Place, ...]] = {}

    def of(self, place: Place, classed: Classed) -> Behaviour | None:
        """The behaviour of a place; None where it may go in a circle."""
        return self._of(place, classed, ())

    def stand_in(self, place: Place) -> Place:
        """A place that behaves alike for all names: the first view that has the same zones, rules and policies."""
        if not isinstance(place, AzureDns):
            return place
        return self._stand_ins.setdefault(self._view(place.view).content, place)

    def table(self, place: Place) -> Mapping[int, Behaviour | None]:
        """What is known already of a place's behaviours."""
        return self._table(place)

    def _table(self, place: Place) -> _Table:
        table = self._tables.get(place)
        if table is None:
            view = self._view(place.view) if isinstance(place, AzureDns) else None
            plain = view is not None and not view.rules and not view.policies
            table = self._by_content.setdefault(view.content, {}) if view and plain else {}
            self._tables[place] = table
        return table

    def _view(self, id: ArmId) -> _View:
        view = self._views.get(id)
        if view is None:
            view = self._views[id] = _View(self._estate, id)
        return view

    def _of(self, place: Place, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        if place in passing:
            return None
        table = self._table(place)
        if classed.number not in table:
            # What leads into a circle does so wherever one comes from.
            table[classed.number] = self._work_out(place, classed, (*passing, place))
        return table[classed.number]

    def _made(self, key: Key, consults: tuple[Consulted, ...] = ()) -> Behaviour:
        content = (key, consults)
        known = self._all.get(content)
        if known is None:
            known = self._all[content] = Behaviour(key, consults)
        return known

    def _work_out(self, place: Place, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        match place:
            case AzureDns(view):
                return self._azure(view, classed, passing)
            case Inbound(view=ArmId() as view):
                return self._onward("inbound", (AzureDns(view),), classed, passing)
            case FirewallProxy():
                return self._firewall(place, classed, passing)
            case CustomServer():
                return self._server(place, classed, passing)
            case PublicDns():
                return self._made(("public",))
        return self._made((place,))

    def _onward(
        self, word: object, places: tuple[Place, ...], classed: Classed, passing: tuple[Place, ...]
    ) -> Behaviour | None:
        """The behaviour of something that asks other places."""
        found = [self._of(place, classed, passing) for place in places]
        parts = [part for part in found if part is not None]
        if len(parts) < len(found):
            return None
        return self._made((word, *(p.key for p in parts)), tuple(c for p in parts for c in p.consults))

    # Azure DNS

    def _azure(self, id: ArmId, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        view = self._view(id)
        if view.is_hub:
            return self._made(("hub",))
        keys: list[object] = [view.gaps]
        consults: list[Consulted] = []
        for number, position in enumerate(classed.of.chain):
            zone, held = view.zone_for(position.suffixes)
            if held is not None:
                keys.append((zone, held[1]))
                consults.append((held[0], number))
            rule = (
                catching_rule(self._estate, id, Asked(classed.chain[number], classed.of.type)) if view.rules else None
            )
            if rule and (held is None or len(rule.domain) > len(zone)):
                onward = self._rule(rule, classed, passing)
                if onward is None:
                    return None
                keys.append(onward.key)
                consults += onward.consults
            policy = tuple(_policy(self._estate, id, classed.chain[number])) if view.policies else ()
            keys.append((held is None, rule is None, policy))
        return self._made(tuple(keys), tuple(consults))

    def _rule(self, rule: ForwardingRule, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        said = (rule.domain, rule.id.name, rule.ruleset.name)
        near = outbound_network(self._estate, rule.ruleset)
        gaps = () if near else self._estate.outbound_unseen(rule.ruleset)
        if gaps or not rule.targets:
            return self._made((*said, bool(rule.targets), gaps))
        places = self._targets.get(rule.id)
        if places is None:
            places = tuple(server_at(self._estate, target, near) for target in rule.targets)
            self._targets[rule.id] = places
        return self._onward(rule.domain, places, classed, passing)

    # Other servers

    def _firewall(self, place: FirewallProxy, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        if not place.proxy:
            return self._made((place,))
        if set(place.servers) <= {PLATFORM_RESOLVER}:
            return self._onward((place.id.name, is_hub(place.view)), (AzureDns(place.view),), classed, passing)
        places = tuple(behind_firewall(self._estate, place, server) for server in place.servers)
        return self._onward("firewall", places, classed, passing)

    def _server(self, server: CustomServer, classed: Classed, passing: tuple[Place, ...]) -> Behaviour | None:
        doubt = misplaced(self._estate, server)
        keys: list[object] = [server, doubt]
        consults: list[Consulted] = []
        forwards = server.declared.forwards or {}
        traits = traits_of(server.declared, self._said)
        for name in classed.chain:
            suffix, targets = forwarder_for(server, forwards, traits, name)
            site = server.declared.site
            places = tuple(server_at(self._estate, target, server.network, site) for target in targets)
            onward = self._onward(suffix, places, classed, passing)
            if onward is None:
                return None
            keys.append(onward.key)
            consults += onward.consults
        return self._made(tuple(keys), tuple(consults))


class _View:
    """What is the same for all names in one view; `content` is all of that but the addresses of its network."""

    def __init__(self, estate: Estate, id: ArmId) -> None:
        self._zones = {zone: (link.zone.key, link.fallback) for zone, link in estate.linked_zones(id).items()}
        self.rules = tuple(rule.id.key for rule in estate.rules_for(id).values())
        self.policies = estate.security_rules_for(id)
        self.is_hub = is_hub(id)
        self.gaps: tuple[tuple[Gap, ...], ...] = (
            policies_unseen(estate, id),
            rules_unseen(estate, id),
            rules_unproved(estate, id),
        )
        self.content = (self.is_hub, frozenset(self._zones.values()), self.rules, self.policies, self.gaps)

    def zone_for(self, suffixes: tuple[Fqdn, ...]) -> tuple[Fqdn, tuple[str, bool] | None]:
        """The longest linked zone that covers a name: its name, the key of its id, and whether its link falls back."""
        for suffix in suffixes:
            held = self._zones.get(suffix)
            if held is not None:
                return suffix, held
        return Fqdn(""), None


def _policy(estate: Estate, view: ArmId, name: Fqdn) -> Iterator[Key]:
    """What the policies of a view hold about a name, by priority."""
    for ordered in estate.security_rules_for(view):
        yield tuple(_security_rule(estate, rule, name) for rule in ordered)


def _security_rule(estate: Estate, rule: SecurityRule, name: Fqdn) -> Key:
    lists = [ListContents(estate, id) for id in rule.domain_lists]
    matches = any(is_under(name, domain) for held in lists for domain in held.domains)
    known = tuple((held.known, held.gaps) for held in lists)
    return rule.id.name, rule.policy.name, rule.action, bool(rule.managed_lists), matches, known
