"""Repairs of an endpoint's zone group: saved again, led to another zone, or its zone made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checks.context import Context
from checks.diagnosis import repairs
from checks.finding import Repair
from checks.requirements import Requirement
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateZone, ZoneConfig, ZoneGroup, ZoneLink


def written_again(context: Context, group: ZoneGroup, zone: ArmId) -> Iterator[Repair]:
    """The group saved as it is, and the records that Azure then writes into one of its zones."""
    yield repairs.save_zone_group(context.estate, group, zone)
    yield from _records(context, group, zone)


def made_again(context: Context, group: ZoneGroup, zone: ArmId, views: Iterable[ArmId]) -> tuple[Repair, ...]:
    """A zone that is gone, made again at its place, linked to networks, and written by the group that names it."""
    return (
        repairs.create_zone(zone),
        *(repairs.link_zone(context.estate, zone, view) for view in views),
        *written_again(context, group, zone),
    )


def led_to(context: Context, group: ZoneGroup, config: ZoneConfig, zone: ArmId) -> tuple[Repair, ...]:
    """The group writes into another zone in the place of one of its zones; Azure moves the records."""
    assert config.zone is not None  # the caller found the configuration by its zone
    return (
        _redirected(context.estate, group, config, zone),
        *_records(context, group, zone),
        *_withdrawn(context, group, config.zone),
    )


def answered_by(context: Context, link: ZoneLink, zone: PrivateZone) -> tuple[Repair, ...]:
    """A network is linked to another copy of a zone: Azure allows one zone of a name, so the former link goes."""
    before = context.estate.documents[link.id]
    words = ("az", "network", "private-dns", "link", "vnet", "delete", *repairs.where(link.zone))
    unlinked = Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the link of network {link.network.name} to the copy of {zone.name} in {link.zone.resource_group}",
        command=repairs.command(*words, "--zone-name", link.zone.name, "--name", link.id.name),
    )
    return unlinked, repairs.link_zone(context.estate, zone.id, link.network)


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


def _redirected(estate: Estate, group: ZoneGroup, config: ZoneConfig, zone: ArmId) -> Repair:
    before = estate.documents[group.id]
    properties = dict(before.body.get("properties", {}))
    name = zone.name.replace(".", "-")
    kept = [c for c in properties.get("privateDnsZoneConfigs") or () if c.get("name") != config.name]
    new = {"name": name, "properties": {"privateDnsZoneId": zone.text, "recordSets": []}}
    properties["privateDnsZoneConfigs"] = [*kept, new]
    after = replace(before, body={**before.body, "properties": properties})
    words = ("az", "network", "private-endpoint", "dns-zone-group")
    place = (*repairs.where(group.endpoint), "--endpoint-name", group.endpoint.name, "--name", group.id.name)
    lines = (
        repairs.command(*words, "remove", *place, "--zone-name", config.name),
        repairs.command(*words, "add", *place, "--private-dns-zone", zone.text, "--zone-name", name),
    )
    return Repair(
        change=Change(id=group.id, before=before, after=after),
        text=f"let the zone group {group.id.name} of endpoint {group.endpoint.name} write into {zone.name} in "
        f"{zone.resource_group}",
        command="\n".join(lines),
    )
