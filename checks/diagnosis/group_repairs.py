"""Repairs of an endpoint's zone group: saved again, led to another zone, or its zone made again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from checks.context import Context
from checks.diagnosis import copies, repairs
from checks.finding import Repair
from checks.names.expected import ExpectedRecord
from checks.requirements import Requirement
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateEndpoint, PrivateZone, VirtualNetwork, ZoneConfig, ZoneGroup, ZoneLink


def written_again(context: Context, group: ZoneGroup, zone: ArmId) -> Iterator[Repair]:
    """The group saved as it is, and the records that Azure then writes into one of its zones."""
    yield repairs.save_zone_group(context.estate, group, zone)
    yield from _records(context, group, zone)


def made_again(context: Context, group: ZoneGroup, zone: ArmId, views: Iterable[ArmId]) -> tuple[Repair, ...]:
    """A zone that is gone, made again at its place, written by the group that names it, and linked to networks.

    Linked last: an empty zone that is linked denies every name.
    """
    return (
        repairs.create_zone(zone),
        *written_again(context, group, zone),
        *(repairs.link_zone(context.estate, zone, view) for view in views),
    )


def led_to(context: Context, group: ZoneGroup, config: ZoneConfig, zone: ArmId) -> tuple[Repair, ...]:
    """The group writes into another zone in the place of one of its zones; Azure moves the records."""
    assert config.zone is not None  # the caller found the configuration by its zone
    return (
        _redirected(context.estate, group, {config: zone}),
        *_records(context, group, zone),
        *_withdrawn(context, group, config.zone),
    )


def parted(context: Context, record: ExpectedRecord, zones: Iterable[ArmId], other: ArmId) -> tuple[Repair, ...]:
    """Another endpoint writes into zones of its own from now on, and this one's records are written again.

    The networks that need the other endpoint are answered by those zones; what else they need of the shared ones is
    copied. Where there is no place for such a zone, nothing.
    """
    zones, found = tuple(zones), list[Repair]()
    for group in context.estate.zone_groups_of(other):
        moves = {config: _own_copy(context, group, config.zone) for config in group.configs if config.zone in zones}
        if None in moves.values():
            return ()
        targets = {config: zone for config, zone in moves.items() if zone}
        for config, target in targets.items():
            found.extend(_moved_out(context, group, config, target))
        if targets:
            found.append(_redirected(context.estate, group, targets))
    return (*found, *_written_back(context, record.endpoint, zones))


def _own_copy(context: Context, group: ZoneGroup, zone: ArmId | None) -> ArmId | None:
    """Where an endpoint may write beside a shared zone: into the copy that its clients are linked to, else a new one.

    A new one stands beside the endpoint, its network or what it leads to.
    """
    if zone is None:
        return None
    linked = (link.zone for link in _links_of(context, group.endpoint, zone) if link.zone != zone)
    node = context.estate.get(PrivateEndpoint, group.endpoint)
    targets = (connection.target for connection in (node.connections if node else ()))
    places = (group.endpoint, node.network if node else None, *targets)
    made = (copies.zone_in(place, Fqdn(zone.name)) for place in places if place)
    return next(linked, None) or next((id for id in made if id not in context.estate.documents), None)


def _moved_out(context: Context, group: ZoneGroup, config: ZoneConfig, target: ArmId) -> Iterator[Repair]:
    """The zone to which a group moves, made where it is new, linked to the networks that need it, and written."""
    if context.estate.get(PrivateZone, target) is None:
        assert config.zone is not None  # the caller chose it by its zone
        yield repairs.create_zone(target)
        for link in _links_of(context, group.endpoint, config.zone):
            yield _unlinked(context.estate, link)
        networks = tuple(_own_networks(context, group.endpoint, target))
        for network in networks:
            yield repairs.link_zone(context.estate, target, network)
        yield from _copied(context, group.endpoint, target, {network.text for network in networks})
    yield from _records(context, group, target)


def _written_back(context: Context, endpoint: ArmId, zones: Collection[ArmId]) -> Iterator[Repair]:
    """An endpoint's records in some zones: by its zone group, saved again, else by hand."""
    by_group: set[ArmId] = set()
    for group in context.estate.zone_groups_of(endpoint):
        own = [zone for zone in zones if any(config.zone == zone for config in group.configs)]
        saved = [repairs.save_zone_group(context.estate, group, zone) for zone in own]
        if saved:
            yield replace(saved[0], command="\n".join(repair.command for repair in saved))
        by_group.update(own)
    for zone in zones:
        for record in context.required.records_of(endpoint):
            if record.zone == zone.name.lower():
                consequence = zone in by_group
                yield repairs.write_record(context.estate, zone, record, record.addresses, consequence=consequence)


def _own_networks(context: Context, endpoint: ArmId, zone: ArmId) -> Iterator[ArmId]:
    """The networks whose clients need an endpoint, and no other one, for a name in a zone."""
    views = {
        context.path(requirement).view
        for requirement in context.required.requirements
        if requirement.expected.zone == zone.name.lower() and {r.endpoint for r in requirement.why} == {endpoint}
    }
    networks = (context.estate.get(VirtualNetwork, ArmId(view)) for view in sorted(views) if view[:1] == "/")
    return (network.id for network in networks if network)


def _links_of(context: Context, endpoint: ArmId, zone: ArmId) -> Iterator[ZoneLink]:
    """The links by which those networks are answered from the zone, or from another copy of it."""
    for network in _own_networks(context, endpoint, zone):
        link = context.estate.linked_zones(network).get(Fqdn(zone.name.lower()))
        if link:
            yield link


def _copied(context: Context, endpoint: ArmId, zone: ArmId, views: Collection[str]) -> Iterator[Repair]:
    """What networks need of a zone's name beside an endpoint's own records, typed into another copy."""
    typed: dict[str, Repair] = {}
    for requirement in context.required.requirements:
        record = requirement.expected
        if record.zone != zone.name.lower() or record.endpoint == endpoint or record.record in typed:
            continue
        if context.path(requirement).view in views:
            typed[record.record] = repairs.write_record(context.estate, zone, record, requirement.acceptable)
    yield from typed.values()


def answered_by(context: Context, link: ZoneLink, zone: PrivateZone) -> tuple[Repair, ...]:
    """A network is linked to another copy of a zone: Azure allows one zone of a name, so the former link goes."""
    return _unlinked(context.estate, link), repairs.link_zone(context.estate, zone.id, link.network)


def _unlinked(estate: Estate, link: ZoneLink) -> Repair:
    before, zone = estate.documents[link.id], link.zone
    words = ("az", "network", "private-dns", "link", "vnet", "delete", *repairs.where(zone))
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the link of network {link.network.name} to the copy of {zone.name} in {zone.resource_group}",
        command=repairs.command(*words, "--zone-name", zone.name, "--name", link.id.name),
    )


def needed_by_others(context: Context, requirement: Requirement, zone: ArmId) -> bool:
    """Whether a required client of the same endpoint is answered by a zone: what it holds must stay there then."""
    views = {
        context.path(other).view
        for other in context.required.requirements
        if other.expected.endpoint == requirement.expected.endpoint and other.client != requirement.client
    }
    return any(link.network.text in views for link in context.estate.links_by_zone.get(zone, ()))


def _records(context: Context, group: ZoneGroup, zone: ArmId) -> Iterator[Repair]:
    for record in context.required.records_of(group.endpoint):
        if record.zone == zone.name.lower():
            yield repairs.write_record(context.estate, zone, record, record.addresses, consequence=True)


def _withdrawn(context: Context, group: ZoneGroup, zone: ArmId) -> Iterator[Repair]:
    """What Azure removes from the zone that the group leaves: the records that it wrote there."""
    for record in context.required.records_of(group.endpoint):
        id = zone.child("A", record.record)
        if record.zone == zone.name.lower() and id in context.estate.documents:
            change = Change(id=id, before=context.estate.documents[id], after=None, consequence=True)
            yield Repair(change=change, text=f"Azure then removes {record.private_name} from {zone.resource_group}")


def _redirected(estate: Estate, group: ZoneGroup, targets: Mapping[ZoneConfig, ArmId]) -> Repair:
    before = estate.documents[group.id]
    properties = dict(before.body.get("properties", {}))
    left = {config.name for config in targets}
    kept = [c for c in properties.get("privateDnsZoneConfigs") or () if c.get("name") not in left]
    new = [
        {"name": _config_name(zone), "properties": {"privateDnsZoneId": zone.text, "recordSets": []}}
        for zone in targets.values()
    ]
    properties["privateDnsZoneConfigs"] = [*kept, *new]
    words = ("az", "network", "private-endpoint", "dns-zone-group")
    place = (*repairs.where(group.endpoint), "--endpoint-name", group.endpoint.name, "--name", group.id.name)
    lines = [
        line
        for config, zone in targets.items()
        for line in (
            repairs.command(*words, "remove", *place, "--zone-name", config.name),
            repairs.command(*words, "add", *place, "--private-dns-zone", zone.text, "--zone-name", _config_name(zone)),
        )
    ]
    into = " and ".join(f"{zone.name} in {zone.resource_group}" for zone in targets.values())
    return Repair(
        change=Change(
            id=group.id, before=before, after=replace(before, body={**before.body, "properties": properties})
        ),
        text=f"let the zone group {group.id.name} of endpoint {group.endpoint.name} write into {into}",
        command="\n".join(lines),
    )


def _config_name(zone: ArmId) -> str:
    return zone.name.replace(".", "-")
