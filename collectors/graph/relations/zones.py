"""Private zones: who is linked to them, what they hold, and what of that may be unseen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId, Fqdn, absolute, is_under, suffixes
from collectors.graph.nodes import Node, PrivateZone, RecordSet, ZoneLink
from collectors.graph.relations.base import Graph, covers, grouped, relation

_Linked = dict[ArmId, Mapping[Fqdn, ZoneLink]]
_Contents = dict[ArmId, Mapping[str, tuple[RecordSet, ...]]]


def _without_the_linked(_: Graph, before: _Linked, removed: Collection[Node], added: Collection[Node]) -> _Linked:
    """What is known of the networks whose links stayed; all of them, unless a zone came or went."""
    changed = (*removed, *added)
    if any(isinstance(node, PrivateZone) for node in changed):
        return {}
    touched = {node.network for node in changed if isinstance(node, ZoneLink)}
    return {network: zones for network, zones in before.items() if network not in touched}


def _with_other_records(_: Graph, before: _Contents, removed: Collection[Node], added: Collection[Node]) -> _Contents:
    """The contents of zones with the sets that came; a zone that lost a name is left to be read anew."""
    gone = {id(node) for node in removed}
    came = [node for node in added if isinstance(node, RecordSet)]
    names = {(node.zone, node.name) for node in came}
    lost = {node.zone for node in removed if isinstance(node, RecordSet) and (node.zone, node.name) not in names}
    after = {zone: contents for zone, contents in before.items() if zone not in lost}
    for zone in {node.zone for node in came} & after.keys():
        contents = dict(after[zone])
        for name in {node.name for node in came if node.zone == zone}:
            kept = (record for record in contents.get(name, ()) if id(record) not in gone)
            new = (node for node in came if node.zone == zone and node.name == name)
            contents[name] = tuple(sorted((*kept, *new), key=lambda record: record.id.key))
            for ancestor in suffixes(name)[1:]:
                contents.setdefault(ancestor, ())
        after[zone] = MappingProxyType(contents)
    return after


class Zones(Graph):
    """Private zones, their links and record sets."""

    zones_by_name = grouped(PrivateZone, lambda zone: zone.name)
    """The private zones of each name: there may be several copies."""

    links_by_zone = grouped(ZoneLink, lambda link: link.zone)
    """The links of each zone."""

    _links_by_network = grouped(ZoneLink, lambda link: link.network)

    @relation(ZoneLink, PrivateZone)
    def _linked_zones(self) -> _Linked:
        return {}

    _linked_zones.patched_by(_without_the_linked)

    def linked_zones(self, network: ArmId) -> Mapping[Fqdn, ZoneLink]:
        """The zones that Azure DNS serves in a network, by name, as their links: those that are complete."""
        known = self._linked_zones.get(network)
        if known is None:
            links = (link for link in self._links_by_network.get(network, ()) if link.ready)
            zones = ((self.get(PrivateZone, link.zone), link) for link in links)
            known = MappingProxyType({zone.name: link for zone, link in zones if zone})
            self._linked_zones[network] = known
        return known

    _records_by_zone = grouped(RecordSet, lambda record: record.zone)

    @relation(RecordSet)
    def _zone_contents(self) -> _Contents:
        return {}

    _zone_contents.patched_by(_with_other_records)

    def records_of(self, zone: ArmId) -> Mapping[str, tuple[RecordSet, ...]]:
        """The record sets of a zone by relative name; empty non-terminals are there, without sets (RFC 4592)."""
        contents = self._zone_contents.get(zone)
        if contents is None:
            by_name: dict[str, list[RecordSet]] = defaultdict(list, {"@": []})
            for record in self._records_by_zone.get(zone, ()):
                by_name[record.name].append(record)
                for ancestor in suffixes(record.name)[1:]:
                    by_name[ancestor]
            contents = MappingProxyType({name: tuple(sets) for name, sets in by_name.items()})
            self._zone_contents[zone] = contents
        return contents

    def record(self, zone: ArmId, name: str, type: str = "A") -> RecordSet | None:
        """One record set by its relative name."""
        return next((r for r in self.records_of(zone).get(name.lower(), ()) if r.type == type.upper()), None)

    def fqdn_of(self, record: RecordSet) -> Fqdn:
        """The full name of a record set."""
        zone = self.get(PrivateZone, record.zone)
        return absolute(record.name, zone.name if zone else record.zone.name.lower())

    @relation(Gap)
    def _zones_unseen(self) -> Mapping[Fqdn, list[Gap]]:
        """Gaps that may hide a zone or its links, by the suffix they are about (the root: any name)."""
        found: dict[Fqdn, list[Gap]] = {}
        for gap in self.gaps:
            if gap.kind in ("subscription", "private-dns-zone", "zone-link"):
                found.setdefault(_zone_of(gap.scope), []).append(gap)
        return found

    def zones_unseen(self, name: Fqdn) -> tuple[Gap, ...]:
        """The gaps that may hide a zone, or a zone's link, that would answer for a name."""
        return self._about_zones((*suffixes(name), Fqdn("")))

    def nearer_zones_unseen(self, name: Fqdn, zone: Fqdn) -> tuple[Gap, ...]:
        """The gaps about a known zone that would answer for a name instead of a shorter one (the root: any).

        Gaps that name no zone are left out: one hidden subscription would leave nothing to be told anywhere.
        """
        return self._about_zones(suffix for suffix in suffixes(name) if len(suffix) > len(zone))

    def _about_zones(self, names: Iterable[Fqdn]) -> tuple[Gap, ...]:
        return tuple(sorted(gap for name in names for gap in self._zones_unseen.get(name, ())))

    @relation(Gap)
    def _records_unseen(self) -> Mapping[str, list[Gap]]:
        """Gaps that may hide record sets, by the zone they are in or the scope above zones: there may be thousands."""
        found: dict[str, list[Gap]] = {}
        for gap in self.gaps:
            if gap.kind == "record-set":
                above, zones, below = gap.scope.lower().rstrip("/").partition("/privatednszones/")
                found.setdefault(above + zones + below.partition("/")[0], []).append(gap)
        return found

    def records_unseen(self, zone: ArmId, name: str | None = None) -> tuple[Gap, ...]:
        """The gaps that may hide record sets of a zone: all, or those that bear on one relative name."""
        segments = zone.key.split("/")
        above = ("/".join(segments[:count]) for count in range(1, len(segments) + 1))
        near = (gap for scope in above for gap in self._records_unseen.get(scope, ()))
        return tuple(sorted(gap for gap in near if covers(gap.scope, zone) or _hides_record(gap.scope, zone, name)))


def _zone_of(scope: str) -> Fqdn:
    """The zone's name when a gap's scope is a zone or below it, else the root."""
    parts = scope.lower().split("/privatednszones/")
    return Fqdn(parts[1].split("/")[0] if len(parts) == 2 else "")


def _hides_record(scope: str, zone: ArmId, name: str | None) -> bool:
    """Whether an unread record set of a zone may decide about a name: it stands there, below it, or as a wildcard."""
    if not scope.lower().startswith(zone.key + "/"):
        return False
    _, one, hidden = scope.lower()[len(zone.key) + 1 :].partition("/")
    if not one or name is None or is_under(hidden, name):
        return True
    label, _, base = hidden.partition(".")
    return label == "*" and is_under(name, base)
