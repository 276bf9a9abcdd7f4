"""1xx: zone groups that write into the wrong zone, into another copy, or into one that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.check import check, explains
from checks.context import Context
from checks.diagnosis import group_repairs as groups
from checks.diagnosis import repairs
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Repair, Violation
from checks.resolution import rules
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateZone, VirtualNetwork, ZoneConfig, ZoneGroup, ZoneLink

_UNANSWERED = (rules.NO_ZONE, rules.ZONE_NOT_LINKED)
_DENIED = (rules.ZONE_DENIES, rules.ZONE_NO_DATA, rules.FALLBACK_TO_INTERNET)


@check("PED115", "zone-group-dangling", Level.ERROR, needs=("private-dns-zone",))
def zone_group_dangling(context: Context) -> Iterator[Violation]:
    """The zone group failed, or a zone that it names no longer exists.

    Why it matters
        Azure writes an endpoint's records only into the zones that its zone group names by id. A zone that was moved
        or deleted leaves the group behind: the next address is written nowhere, whatever other zone has that name.

    How it is decided
        1. The zone group of an endpoint in scope failed to provision. Or:
        2. it names a zone at an id where nothing is, and nothing can be hidden there, while another zone of that name
           exists. Where none exists, the zone is missing (PED201).
        3. Names that fail because of it are folded in: with the zone that is linked, or made again, they resolve.

    Remedy
        Lead the group to the zone that took the place of its own, or make that zone again.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, DNS zone group.
    """
    for endpoint in sorted({record.endpoint for record in context.required.records}):
        for group in context.estate.zone_groups_of(endpoint):
            for config in group.configs:
                if config.zone is None:
                    continue
                if group.provisioning_state.lower() == "failed":
                    text = f"The zone group of endpoint {endpoint.name} failed to provision"
                    cause = f"The zone group {group.id.name} is in the state Failed: nothing keeps its records."
                    chosen = tuple(groups.written_again(context, group, config.zone))
                    yield _state(group, config.zone, text, cause, chosen)
                elif _is_gone(context, config.zone):
                    text = f"The zone group of endpoint {endpoint.name} names a zone {config.zone.name} that is gone"
                    cause = f"There is no {config.zone.name} in {config.zone.resource_group} any more."
                    yield _state(group, config.zone, text, cause, _found_again(context, group, config))


def _found_again(context: Context, group: ZoneGroup, config: ZoneConfig) -> tuple[Repair, ...]:
    """The group led to the zone that its clients are linked to, else its own zone made again for them."""
    assert config.zone is not None  # the caller looked at it
    views = _views_of(context, group.endpoint, _name(config))
    for view in views:
        link = context.estate.linked_zones(view).get(_name(config))
        if link:
            return groups.led_to(context, group, config, link.zone)
    return groups.made_again(context, group, config.zone, views)


def _views_of(context: Context, endpoint: ArmId, zone: Fqdn) -> tuple[ArmId, ...]:
    """The networks in which the names of an endpoint in a zone are resolved."""
    wanted = (
        context.path(requirement).view
        for requirement in context.required.requirements
        if any(record.endpoint == endpoint and record.zone == zone for record in requirement.why)
    )
    networks = (context.estate.get(VirtualNetwork, ArmId(view)) for view in sorted(set(wanted)) if view[:1] == "/")
    return tuple(network.id for network in networks if network)


@explains("PED104", "zone-group-wrong-zone")
def zone_group_wrong_zone(context: Context, disagreement: Disagreement) -> Violation | None:
    """The zone group writes into a zone whose name this service never asks for.

    Why it matters
        The records stand in a zone that no public name leads to. Everything looks connected, and nothing resolves.

    How it is decided
        1. The name's own zone does not answer it.
        2. The endpoint's zone group names no zone of the needed name, but one that none of its names needs.
        3. With the group led to the needed zone, made and linked where it is not, the name must resolve.

    Remedy
        Let the zone group write into the zone of the service's own name.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values; github.com/MicrosoftDocs/azure-docs
        pull 105120.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule not in (*_UNANSWERED, *_DENIED):
        return None
    needed = {other.zone for other in context.required.records_of(record.endpoint)}
    view = ArmId(disagreement.path.view)
    for group in context.estate.zone_groups_of(record.endpoint):
        named = [config for config in group.configs if config.zone]
        if any(_name(config) == record.zone for config in named):
            return None
        wrong = [config for config in named if _name(config) not in needed]
        config = next((c for c in wrong if _seems_meant(_name(c), record.zone)), next(iter(wrong), None))
        if config is None or config.zone is None:
            continue
        chosen = tuple(_with_zone(context, group, config, record.zone, view))
        return _about(
            disagreement,
            group,
            config.zone,
            f"The zone group of endpoint {record.endpoint.name} writes into {_name(config)}, where no name leads",
            f"{record.name} leads to {record.zone}; the group writes into {_name(config)}.",
            chosen,
        )
    return None


@explains("PED114", "zone-group-writes-elsewhere")
def zone_group_writes_elsewhere(context: Context, disagreement: Disagreement) -> Violation | None:
    """The zone group writes into another copy of the zone than the one that answers a client.

    Why it matters
        Two zones of one name are two zones. Only the copy that the group names follows the endpoint; clients of the
        other one are denied, or get what somebody typed there.

    How it is decided
        1. A linked zone of the needed name decides the answer.
        2. The endpoint's zone group names another zone of the same name, which exists.
        3. With the group led to the copy that answers, or, where other clients need what the group wrote, with the
           network linked to the group's copy, the name must resolve.

    Remedy
        Keep one zone of each name for all that share a view, and let zone groups write into that one.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration, a single zone of each name.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule not in (*_DENIED, rules.ZONE_ANSWERS):
        return None
    link = context.estate.linked_zones(ArmId(disagreement.path.view)).get(record.zone)
    if link is None:
        return None
    for group in context.estate.zone_groups_of(record.endpoint):
        configs = list(_configs(group, record.zone))
        if any(config.zone == link.zone for config in configs):
            return None
        for config in configs:
            copy = context.estate.get(PrivateZone, config.zone)
            if copy is None:
                continue
            chosen = _joined(context, disagreement, group, config, link, copy)
            return _about(
                disagreement,
                group,
                link.zone,
                f"The zone group of endpoint {record.endpoint.name} writes into another copy of {record.zone}",
                f"{link.network.name} is linked to the copy in {link.zone.resource_group}; the group writes into "
                f"that in {copy.id.resource_group}.",
                chosen,
            )
    return None


def _joined(
    context: Context,
    disagreement: Disagreement,
    group: ZoneGroup,
    config: ZoneConfig,
    link: ZoneLink,
    copy: PrivateZone,
) -> tuple[Repair, ...]:
    """The group and the view brought together, by what nobody else suffers from."""
    if groups.needed_by_others(context, disagreement.requirement, copy.id):
        return groups.answered_by(context, link, copy)
    return groups.led_to(context, group, config, link.zone)


def _with_zone(context: Context, group: ZoneGroup, config: ZoneConfig, name: Fqdn, view: ArmId) -> Iterator[Repair]:
    """The group led to the zone of a name: the one that is linked to the view, else a copy, else a new one."""
    linked = context.estate.linked_zones(view).get(name)
    copies = context.estate.zones_by_name.get(name, ())
    assert config.zone is not None  # the caller chose it by its zone
    if linked:
        yield from groups.led_to(context, group, config, linked.zone)
        return
    zone = copies[0].id if copies else ArmId(f"{config.zone.text.rpartition(chr(47))[0]}/{name}")
    if not copies:
        yield repairs.create_zone(zone)
    yield from groups.led_to(context, group, config, zone)
    yield repairs.link_zone(context.estate, zone, view)  # the last: an empty zone that is linked denies every name


def _is_gone(context: Context, zone: ArmId) -> bool:
    """Whether nothing is at an id, nothing can be hidden there, and a namesake exists elsewhere."""
    estate = context.estate
    if estate.get(PrivateZone, zone) is not None or estate.unread("private-dns-zone", zone):
        return False
    return bool(estate.zones_by_name.get(Fqdn(zone.name.lower())))


def _configs(group: ZoneGroup, name: Fqdn) -> Iterator[ZoneConfig]:
    return (config for config in group.configs if config.zone and _name(config) == name)


def _name(config: ZoneConfig) -> Fqdn:
    return Fqdn(config.zone.name.lower()) if config.zone else Fqdn("")


def _seems_meant(wrong: Fqdn, right: Fqdn) -> bool:
    """Whether two zone names share their first two labels, as privatelink.api.azureml.us and .ml.azure.us do."""
    return wrong.split(".")[:2] == right.split(".")[:2]


def _about(
    disagreement: Disagreement, group: ZoneGroup, zone: ArmId, text: str, cause: str, chosen: tuple[Repair, ...]
) -> Violation:
    """A finding about a zone group, told for one disagreement."""
    told = _state(group, zone, text, cause, chosen)
    return replace(
        told,
        occurrences=(occurrence(disagreement),),
        proofs=(*proofs(disagreement), *told.proofs),
        path=disagreement.path,
        touches=(disagreement.requirement.expected.workspace.text,),
    )


def _state(group: ZoneGroup, zone: ArmId, text: str, cause: str, chosen: tuple[Repair, ...]) -> Violation:
    """What the findings about zone groups share: the group, and the zone that it names."""
    return Violation(
        subject=Thing.of(group.id),
        discriminator=zone.text,
        text=text,
        cause=cause,
        related=(Thing.of(group.endpoint), Thing.of(zone)),
        repairs=chosen,
        proofs=(Proof(kind="document", text=f"the zone group {group.id.name} names {zone.text}"),),
    )
