"""Several zones of one name: which copy is whose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.context import Context
from checks.diagnosis.sharing import answered_from
from checks.names.expected import ExpectedRecord
from checks.requirements import Requirement
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateZone, ZoneGroup


def records_of(context: Context, record: ExpectedRecord) -> Sequence[ExpectedRecord]:
    """All records of an endpoint that belong into the zone of one of them."""
    return [other for other in context.required.records_of(record.endpoint) if other.zone == record.zone]


def serves_others(context: Context, zone: PrivateZone, records: Iterable[ExpectedRecord]) -> bool:
    """Whether a zone is for another endpoint's clients under one of these names, whatever it holds of it today.

    It is where it holds the other one's address, where it answers a client who must get no address of this one, and
    where it stands beside what answers such clients only.
    """
    return any(
        record.zone == zone.name
        and (_holds_another(context, zone, record) or _is_for(context, zone, _rivals(context, record), record))
        for record in records
    )


def _holds_another(context: Context, zone: PrivateZone, record: ExpectedRecord) -> bool:
    held = context.estate.record(zone.id, record.record, record.type)
    if held is None or not set(held.addresses).isdisjoint(record.addresses):
        return False
    theirs = context.required.records_at(record.zone, record.record)
    return any(set(held.addresses) & set(other.addresses) for other in theirs if other.endpoint != record.endpoint)


def _rivals(context: Context, record: ExpectedRecord) -> tuple[Requirement, ...]:
    """Who needs the record's name and must get no address of its endpoint."""
    return tuple(
        requirement
        for requirement in context.required.requirements_at(record.zone, record.record)
        if requirement.type == record.type and set(requirement.acceptable).isdisjoint(record.addresses)
    )


def _is_for(context: Context, zone: PrivateZone, rivals: Sequence[Requirement], record: ExpectedRecord) -> bool:
    if any(answered_from(context, rival, zone.id) for rival in rivals):
        return True
    if not rivals or not any(zone.id.parent in _places(context, rival) for rival in rivals):
        return False
    own = (r for r in context.required.requirements_at(record.zone, record.record) if r not in rivals)
    return not any(zone.id.parent in _places(context, requirement) for requirement in own)


def _places(context: Context, requirement: Requirement) -> frozenset[ArmId]:
    """Where the zones stand that the view of a requirement is linked to."""
    view = context.path(requirement).view
    linked = context.estate.linked_zones(ArmId(view)) if view[:1] == "/" else {}
    return frozenset(link.zone.parent for link in linked.values())


def is_taken(context: Context, record: ExpectedRecord) -> bool:
    """Whether every copy of a zone is linked somewhere and serves another endpoint."""
    estate, own = context.estate, records_of(context, record)
    copies = estate.zones_by_name.get(record.zone, ())
    return all(serves_others(context, zone, own) for zone in copies)


def place_for_zone(context: Context, record: ExpectedRecord, view: ArmId) -> ArmId:
    """Where a missing zone belongs: where a zone group still looks for it, else beside those that the view has.

    A group of another endpoint counts only where both can share a zone: where they have no name in common.
    """
    estate, name = context.estate, record.zone
    own = {other.record for other in records_of(context, record)}
    for group in sorted(estate.of_type(ZoneGroup), key=lambda group: group.endpoint != record.endpoint):
        wanted = (config.zone for config in group.configs if config.zone and config.zone.name.lower() == name)
        theirs = {other.record for other in context.required.records_of(group.endpoint) if other.zone == name}
        for zone in wanted:
            if zone not in estate.documents and (group.endpoint == record.endpoint or own.isdisjoint(theirs)):
                return zone
    linked = sorted(estate.linked_zones(view).items())
    beside = next((link.zone for zone, link in linked if zone.startswith("privatelink.")), record.endpoint)
    places = [zone_in(place, name) for place in (beside, record.endpoint, view)]
    return next((zone for zone in places if zone not in estate.documents), places[1])


def zone_in(place: ArmId, name: Fqdn) -> ArmId:
    """The id of a zone in the resource group of something."""
    group = f"/subscriptions/{place.subscription}/resourceGroups/{place.resource_group}"
    return ArmId(f"{group}/providers/Microsoft.Network/privateDnsZones/{name}")
