"""Records in the zones that a server gave by transfer: the one that decided a path, and what would put it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.diagnosis import repairs
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Proof, Violation
from checks.names.expected import ExpectedRecord
from checks.resolution.held import delegation, look_up, zone_for
from checks.resolution.path import Thing
from checks.resolution.places import CustomServer, custom_server
from checks.resolution.rules import SERVER_RECORDS, ZONE_ANSWERS, Rule
from checks.resolution.unseen import servers_unseen
from collectors.graph.addresses import is_address
from collectors.graph.declared import HeldZone
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, absolute, is_under
from collectors.graph.nodes import RecordSet


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
            addresses = look_up(zone, last.name).values or ()
            return HeldRecord(server=server, zone=zone, name=_owner(record, zone, last.name), addresses=addresses)
    return None


def answering_record(context: Context, disagreement: Disagreement) -> RecordSet | None:
    """The record set of a private zone that answers for the name itself: what an alias leads to belongs to others."""
    record, last = disagreement.requirement.expected, disagreement.path.last
    own = last.rule is ZONE_ANSWERS and last.name in (record.asked, record.asked_private)
    return context.estate.get(RecordSet, ArmId(last.decided_by.id)) if own and last.decided_by else None


def local_record(context: Context, disagreement: Disagreement) -> tuple[CustomServer, tuple[str, ...]] | None:
    """The server whose own record under the very name decided a path, and the addresses that it holds there."""
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule is not SERVER_RECORDS or last.name not in (record.asked, record.asked_private):
        return None
    for declared in context.estate.declared.servers:
        server = custom_server(context.estate, declared)
        if last.decided_by == server.thing and last.name in declared.records:
            return server, tuple(filter(is_address, declared.records[last.name]))
    return None


def _owner(record: ExpectedRecord, zone: HeldZone, asked: Fqdn) -> Fqdn:
    """Where the record belongs that answers for a name: at the wildcard, where the name stands for one."""
    if asked == record.asked_private and record.zone:
        owner = absolute(record.record, record.zone)
    else:
        owner = record.name if asked == record.asked else asked
    return owner if is_under(owner, zone.name) else asked


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
            transfer_proof(held.zone),
            Proof(kind="document", text=listed),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def transfer_proof(zone: HeldZone) -> Proof:
    """The zone as evidence."""
    return Proof(kind="document", text=f"{zone.name} was transferred with serial {zone.serial}")


def held_addresses(estate: Estate) -> Iterator[HeldRecord]:
    """Every name with addresses in the private-link zones that servers gave."""
    for declared in estate.declared.servers:
        server = custom_server(estate, declared)
        for zone in declared.zones:
            for name, values in zone.records.items() if "privatelink" in zone.name.split(".") else ():
                addresses = tuple(value for value in values if is_address(value))
                if addresses and delegation(zone, name) is None:
                    yield HeldRecord(server=server, zone=zone, name=name, addresses=addresses)


def is_free(estate: Estate, address: str, near: ArmId | None) -> bool:
    """Whether an address, seen from a network, lies in one that was read, and it is certain that nothing has it."""
    network = estate.locate(address, near)
    if network is None or servers_unseen(estate, address, network):
        return False
    holders = (estate.interface_at, estate.inbound_at, estate.firewall_at)
    return not any(held_by(address, network) for held_by in holders)
