"""Records in the zones that a server gave by transfer: the one that decided a path, and what would put it right."""

from __future__ import annotations

from dataclasses import dataclass

from checks.context import Context
from checks.diagnosis import repairs
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Proof, Violation
from checks.resolution.held import look_up, zone_for
from checks.resolution.path import Thing
from checks.resolution.places import CustomServer, custom_server
from checks.resolution.rules import Rule
from collectors.graph.declared import HeldZone
from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A record that a server's own zone holds, or lacks: its name, and the addresses that it has now."""

    server: CustomServer
    zone: HeldZone
    name: Fqdn
    addresses: tuple[str, ...]


def deciding_record(context: Context, disagreement: Disagreement, *decided_by: Rule) -> HeldRecord | None:
    """The record of a server's own zone that decided a path by one of some rules, under the name that it should have.

    A wildcard that caught the name is not touched: others may live on it.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule not in decided_by:
        return None
    for declared in context.estate.declared.servers:
        server, zone = custom_server(context.estate, declared), zone_for(declared, last.name)
        if zone and last.decided_by == server.thing:
            names = {record.asked_private: record.private_name, record.asked: record.name}
            addresses = look_up(zone, last.name).values or ()
            return HeldRecord(server=server, zone=zone, name=names.get(last.name, last.name), addresses=addresses)
    return None


def violation_about(disagreement: Disagreement, held: HeldRecord, text: str, cause: str) -> Violation:
    """What the findings about a server's own records share: server, record, and the record written."""
    record, acceptable = disagreement.requirement.expected, disagreement.requirement.acceptable
    listed = f"{record.source} of {record.endpoint.name} lists {', '.join(acceptable)} for {record.name}"
    return Violation(
        subject=held.server.thing,
        discriminator=f"A/{held.name}",
        text=text,
        cause=cause,
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.write_held_record(held.server, held.zone, held.name, acceptable),),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"{held.zone.name} was transferred with serial {held.zone.serial}"),
            Proof(kind="document", text=listed),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )
