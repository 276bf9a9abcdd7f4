"""2xx: copies of one zone that do not agree."""

from __future__ import annotations

from collections.abc import Sequence

from checks.check import explains
from checks.context import Context
from checks.diagnosis import group_repairs as groups
from checks.diagnosis.copies import records_of, serves_others
from checks.diagnosis.sharing import zones_written
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.names.expected import ExpectedRecord
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateZone


@explains("PED208", "zone-duplicated", Level.WARNING, needs=("private-dns-zone", "zone-link"))
def zone_duplicated(context: Context, disagreement: Disagreement) -> Violation | None:
    """Clients of one endpoint are answered by different copies of a zone, and not all of them rightly.

    Why it matters
        Whoever keeps the records by hand keeps one copy and forgets the other: the same name is right in one network
        and wrong in the next, and whoever looks into the zone sees the right record.

    How it is decided
        1. The view is linked to a copy of the zone that holds none of the endpoint's records rightly, and that is
           not for another endpoint's clients.
        2. Another copy holds all of them rightly, and is linked to a network. No zone group writes into either.
        3. What else the view needs of such a zone is right in the other copy, too.
        4. With the view linked to that copy the name must resolve.

    Remedy
        Keep one copy of each zone, linked to every network that needs it; or let zone groups write into each.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration, virtual network links.
    """
    record, view = disagreement.requirement.expected, disagreement.path.view
    link = context.estate.linked_zones(ArmId(view)).get(record.zone) if view[:1] == "/" else None
    asked = context.estate.get(PrivateZone, link.zone) if link else None
    own = records_of(context, record)
    if link is None or asked is None or _is_written(context, record) or _holds_any(context, asked, own):
        return None
    needed = [r.expected for r in context.required.requirements if context.path(r).view == view]
    kept = next((copy for copy in _linked_copies(context, asked) if _holds_all(context, copy, (*own, *needed))), None)
    if kept is None or serves_others(context, asked, own):
        return None
    places = " and ".join(sorted({asked.id.resource_group, kept.id.resource_group}))
    right = ", ".join(disagreement.requirement.acceptable)
    return Violation(
        subject=Thing(f"dns:{record.zone}", "zone name", record.zone),
        text=f"There are copies of zone {record.zone} in {places}, and one lacks what the other holds",
        cause=f"{link.network.name} is linked to the copy in {asked.id.resource_group}; the one in "
        f"{kept.id.resource_group} holds {right} for {record.record}.",
        related=tuple(map(Thing.of, (asked.id, kept.id, record.endpoint))),
        occurrences=(occurrence(disagreement),),
        repairs=groups.answered_by(context, link, kept),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"{kept.id.text} holds every record of {record.endpoint.name}"),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _is_written(context: Context, record: ExpectedRecord) -> bool:
    """Whether a zone group writes the record somewhere, or may do so unseen."""
    hidden = context.estate.unread("private-dns-zone-group", record.endpoint)
    return bool(hidden or zones_written(context.estate, record))


def _linked_copies(context: Context, zone: PrivateZone) -> list[PrivateZone]:
    copies = context.estate.zones_by_name.get(zone.name, ())
    return [copy for copy in copies if copy.id != zone.id and copy.id in context.estate.links_by_zone]


def _holds_any(context: Context, zone: PrivateZone, records: Sequence[ExpectedRecord]) -> bool:
    return any(_is_right(context, zone, record) for record in records if record.zone == zone.name)


def _holds_all(context: Context, zone: PrivateZone, records: Sequence[ExpectedRecord]) -> bool:
    return all(_is_right(context, zone, record) for record in records if record.zone == zone.name)


def _is_right(context: Context, zone: PrivateZone, record: ExpectedRecord) -> bool:
    held = context.estate.record(zone.id, record.record, record.type)
    return held is not None and set(held.addresses) == set(record.addresses)
