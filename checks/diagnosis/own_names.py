"""Names that no zone group writes: how a wrong one is told, and what mends it.

A record in the zone that answers for the name, the link of that zone, or a forwarder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.context import Context, Observation, meets
from checks.diagnosis import repairs
from checks.disagreement import answer_seen, observed_proof, seen_of
from checks.finding import Occurrence, Proof, Repair, Violation
from checks.names.expected import ExpectedRecord
from checks.requirements import Client, Requirement
from checks.resolution.path import Path, Thing, label
from checks.resolution.places import CustomServer
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import ArmId, relative, suffixes
from collectors.graph.nodes import PrivateZone, VirtualNetwork


def mending(context: Context, requirement: Requirement, path: Path) -> tuple[Repair, ...]:
    """The fewest repairs with which a client gets what it needs; none when these do not do."""
    tried: list[tuple[Repair, ...]] = [(repair,) for repair in _forwarding(context, requirement, path)]
    if zoned := _in_zone(context, requirement, path):
        link, write = zoned
        tried += [(link,), (write,), (link, write)]
    for chosen in tried:
        after = context.after(*(repair.change for repair in chosen))
        if meets(after.path(requirement).outcome, requirement.acceptable):
            return chosen
    return ()


def _in_zone(context: Context, requirement: Requirement, path: Path) -> tuple[Repair, Repair] | None:
    view = context.estate.get(VirtualNetwork, ArmId(path.view)) if path.view.startswith("/") else None
    zone = _zone_for(context, requirement, view) if view else None
    if view is None or zone is None:
        return None
    record = replace(requirement.expected, zone=zone.name, record=relative(requirement.name, zone.name), covered="")
    return (
        repairs.link_zone(context.estate, zone.id, view.id),
        repairs.write_record(context.estate, zone.id, record, requirement.acceptable),
    )


def _forwarding(context: Context, requirement: Requirement, path: Path) -> Iterator[Repair]:
    """Let the server that sent the name to the internet ask Azure DNS for the suffix of all instances."""
    suffix = next((suffix for suffix in suffixes(requirement.name) if suffix.startswith("instances.")), None)
    decided = path.last.decided_by
    if suffix and decided and decided.type == "server":
        for place in context.solver.places(requirement.client):
            if isinstance(place, CustomServer) and place.id == decided.id and place.declared.network:
                yield repairs.add_forwarder(place, (suffix,), PLATFORM_RESOLVER)


def _zone_for(context: Context, requirement: Requirement, view: VirtualNetwork) -> PrivateZone | None:
    """The zone that answers for a name in a view, else one that would if it were linked there; the closest one."""
    estate = context.estate
    linked = {link.zone for link in estate.linked_zones(view.id).values()}
    zones = list(_covering(context, requirement))
    return next((zone for zone in zones if zone.id in linked), next(iter(zones), None))


def _covering(context: Context, requirement: Requirement) -> Iterator[PrivateZone]:
    for suffix in suffixes(requirement.name):
        yield from context.estate.zones_by_name.get(suffix, ())


def told_wrong(
    client: Client,
    record: ExpectedRecord,
    path: Path,
    seen: Observation | None,
    acceptable: tuple[str, ...] = (),
) -> Violation:
    """A name without a private zone that leads a client to something else."""
    wanted = acceptable or record.addresses
    got = ", ".join(seen.answer.addresses) or seen.answer.rcode if seen else ", ".join(path.addresses)
    told = got or label(path.outcome)
    return Violation(
        subject=Thing(f"dns:{record.name}", "name", record.name),
        text=f"{record.name} gives {told} instead of {', '.join(wanted)}",
        cause=f"The last step: {path.last.text}." if seen is None else "A live answer shows it.",
        related=(Thing.of(record.endpoint),),
        occurrences=(
            Occurrence(
                client=client.id,
                name=record.name,
                type=record.type,
                view=path.view,
                vantage=seen.answer.question.vantage if seen else "",
                expected=wanted,
                simulated=seen_of(path.outcome, path),
                observed=answer_seen(seen.answer, seen.seen) if seen else None,
            ),
        ),
        proofs=(observed_proof(seen),) if seen else (Proof(kind="simulated", text=f"{record.name}: {path.last.text}"),),
        path=path,
        touches=(record.workspace.text,),
    )
