"""2xx: private DNS zones, their links and records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks import limits
from checks.check import Claim, check, explains
from checks.context import Context
from checks.diagnosis import record_repairs, repairs, server_repairs
from checks.diagnosis.copies import is_taken, place_for_zone, records_of, serves_others
from checks.diagnosis.held import answering_record, deciding_record, local_record, violation_about
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Repair, Violation
from checks.resolution import rules
from checks.resolution.path import Thing
from checks.resolution.places import CustomServer
from collectors.graph.ids import ArmId, absolute, is_under, relative
from collectors.graph.nodes import (
    PrivateZone,
    RecordSet,
    Subscription,
    VirtualNetwork,
    ZoneLink,
)


@explains("PED201", "zone-missing", claim=Claim.ABSENCE, needs=("private-dns-zone",))
def zone_missing(context: Context, disagreement: Disagreement) -> Violation | None:
    """No private zone of the needed name exists.

    Why it matters
        Public DNS answers for the private-link name, so every client is sent to the public address and refused.

    How it is decided
        1. Azure DNS, asked for the private-link name, finds no linked zone.
        2. No subscription that can be seen holds a zone of that name, linked or not; or each that does serves
           another endpoint's clients with another address under the same name.
        3. With the zone, a link to the view, and the records of zone groups that still name it, the name must
           resolve, or fail later on its way.

    Remedy
        Create the zone, link it to the network that resolves, and save the endpoint's zone group, so that Azure
        writes its records again.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    taken = last.rule is rules.ZONE_NOT_LINKED and is_taken(context, disagreement.requirement.expected)
    if not (last.rule is rules.NO_ZONE or taken) or not is_under(last.name, record.zone):
        return None
    view = ArmId(disagreement.path.view)
    zone = place_for_zone(context, record, view)
    none = f"None of {_subscriptions(context)} in sight holds a private DNS zone {record.zone}."
    others = f"Every zone {record.zone} in sight holds another endpoint's address for {record.record}."
    return Violation(
        subject=Thing.of(view),
        discriminator=record.zone,
        text=f"Zone {record.zone} does not exist{' for this endpoint' if taken else ''}, and {view.name} needs it",
        cause=others if taken else none,
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(
            repairs.create_zone(zone),
            *_saved_groups(context, zone),
            repairs.link_zone(context.estate, zone, view),  # the last: an empty zone that is linked denies every name
        ),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _subscriptions(context: Context) -> str:
    seen = len(context.estate.of_type(Subscription))
    return f"the {seen} subscriptions" if seen > 1 else "the subscriptions"


@explains("PED202", "zone-not-linked", claim=Claim.ABSENCE, needs=("private-dns-zone", "zone-link"))
def zone_not_linked(context: Context, disagreement: Disagreement) -> Violation | None:
    """The zone exists but is not linked to the network that resolves for a required client.

    Why it matters
        Azure DNS serves a private zone only to networks that it is linked to; peering does not help. What counts
        is the network from which the question reaches Azure DNS: the DNS server's, not the client's.

    How it is decided
        1. Azure DNS in the view finds no linked zone for the private-link name.
        2. A zone of the needed name exists.
        3. With a link to the view the name must resolve, or fail later on its way.

    Remedy
        Link the zone to the network that resolves.

    Sources
        learn.microsoft.com: What is an Azure Private DNS zone; What is a virtual network link.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule is not rules.ZONE_NOT_LINKED or last.decided_by is None:
        return None
    if ArmId(last.decided_by.id).name.lower() != record.zone or is_taken(context, disagreement.requirement.expected):
        return None
    zone = _copy_to_link(context, disagreement, ArmId(last.decided_by.id))
    view = context.estate.get(VirtualNetwork, ArmId(disagreement.path.view))
    if zone is None or view is None:
        return None
    linked = [link.network for link in context.estate.of_type(ZoneLink) if link.zone == zone.id]
    namesakes = any(network.name.lower() == view.id.name.lower() for network in linked)
    shown = sorted(network.text if namesakes else network.name for network in linked)
    return Violation(
        subject=Thing.of(zone.id),
        discriminator=view.id.text,
        text=f"Zone {zone.name} is not linked to {view.id.name}, where its names are resolved",
        cause=f"Questions reach Azure DNS in {view.id.name}, and {zone.name} is not linked there.",
        related=(Thing.of(view.id), Thing.of(record.endpoint)),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.link_zone(context.estate, zone.id, view.id),),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"links of the zone: {', '.join(shown) or 'none'}"),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _copy_to_link(context: Context, disagreement: Disagreement, named: ArmId) -> PrivateZone | None:
    """Of several copies of a zone the one that would answer rightly, else the one that the zone group writes into.

    Else one that is not for another endpoint's clients, first of those beside what the view is linked to already.
    """
    estate, record = context.estate, disagreement.requirement.expected
    beside = {link.zone.parent for link in estate.linked_zones(ArmId(disagreement.path.view)).values()}
    copies = sorted(estate.zones_by_name.get(record.zone, ()), key=lambda zone: zone.id.parent not in beside)
    acceptable = set(disagreement.requirement.acceptable)
    held = [(zone, estate.record(zone.id, record.record, record.type)) for zone in copies]
    own = records_of(context, record)
    free = [zone for zone in copies if not serves_others(context, zone, own)]
    right = [zone for zone, record_set in held if record_set and acceptable.issuperset(record_set.addresses)]
    configs = (config for group in estate.zone_groups_of(record.endpoint) for config in group.configs)
    written = {config.zone for config in configs}
    grouped = [zone for zone in copies if zone.id in written]
    both = [zone for zone in right if zone in grouped]
    return next(iter(both or right or grouped or free), estate.get(PrivateZone, named))


@explains("PED212", "fallback-hides-missing-record", claim=Claim.ABSENCE, needs=("private-dns-zone", "record-set"))
def fallback_hides_missing_record(context: Context, disagreement: Disagreement) -> Violation | None:
    """Fallback to internet turns the missing record into a public answer.

    Why it matters
        Without fallback the missing record would be an NXDOMAIN that everybody notices; with it clients are sent
        to the public address and get a 403, far from the cause.

    How it is decided
        1. The linked zone lacks the name, and its link has the resolution policy NxDomainRedirect.
        2. With the record written the name must resolve.

    Remedy
        Write the record, best by saving the endpoint's zone group again. The fallback itself may stay.

    Sources
        learn.microsoft.com: Fallback to internet for Azure Private DNS zones.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule is not rules.FALLBACK_TO_INTERNET or last.decided_by is None:
        return None
    link = ArmId(last.decided_by.id)
    violation = _missing(context, disagreement, link.parent)
    text = f"{record.private_name} is missing, and the link's fallback to the internet hides it"
    return _told(violation, text, f"{link.parent.name} lacks the record; the link falls back to public DNS.", link)


@explains("PED203", "record-missing", claim=Claim.ABSENCE, needs=("private-dns-zone", "record-set"))
def record_missing(context: Context, disagreement: Disagreement) -> Violation | None:
    """The linked zone lacks the record.

    Why it matters
        A private zone that is linked denies every name it does not hold: the name does not resolve at all.

    How it is decided
        1. The linked zone that is asked for the private-link name holds neither the name nor a wildcard for it. Or:
           a server that gave its zone by transfer answers from that zone, which does not hold it.
        2. With the record written the name must resolve.

    Remedy
        Save the endpoint's zone group again, which writes all its records, or write the record by hand. In a zone of
        a server's own nobody but you writes it.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, caution on existing zones.
    """
    held = deciding_record(context, disagreement, rules.SERVER_ZONE_DENIES, rules.SERVER_ZONE_NO_DATA)
    if held:
        text = f"Zone {held.zone.name} of server {held.server.address} lacks {held.name}"
        cause = f"{held.server.address} is authoritative for {held.zone.name} and denies {held.name}."
        return violation_about(disagreement, held, text, cause)
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.decided_by is None or last.rule not in (rules.ZONE_DENIES, rules.FALLBACK_TO_INTERNET, rules.ZONE_NO_DATA):
        return None
    decided = ArmId(last.decided_by.id)
    zone = decided.parent if last.rule is rules.FALLBACK_TO_INTERNET else decided
    if zone.name.lower() != record.zone:
        return None
    text = f"Zone {record.zone} lacks the record {record.record}"
    return _told(_missing(context, disagreement, zone), text, f"{record.zone} is linked and denies {record.record}.")


@explains("PED204", "record-wrong-address", needs=("record-set",))
def record_wrong_address(context: Context, disagreement: Disagreement) -> Violation | None:
    """The address in the record is not the endpoint's address for that very name.

    Why it matters
        The client reaches something else, or nothing. An address of the same endpoint for another role is wrong
        too: the api, notebooks and inference services listen on different addresses.

    How it is decided
        1. A record set of a private zone decides the answer, a record in a zone that a server gave by transfer, or
           a record that is declared to be a server's own (a hosts file); no address of it is acceptable.
        2. With the right address in it the name must resolve.

    Remedy
        Put the endpoint's address for this name into the record, best by saving the zone group again.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server.
    """
    own, acceptable = deciding_record(context, disagreement, rules.SERVER_ZONE_ANSWERS), _acceptable(disagreement)
    if own and not acceptable.intersection(own.addresses):
        right, wrong = ", ".join(sorted(acceptable)), ", ".join(own.addresses)
        text = f"Record {own.name} of server {own.server.address} holds {wrong} instead of {right}"
        cause = f"{own.server.address} is authoritative for {own.zone.name}, where {own.name} holds {wrong}."
        return violation_about(disagreement, own, text, cause)
    if local := local_record(context, disagreement):
        return _local_wrongly(disagreement, *local)
    held = answering_record(context, disagreement)
    if held is None or acceptable.intersection(held.addresses):
        return None
    right, wrong = ", ".join(disagreement.requirement.acceptable), ", ".join(held.addresses)
    return _held_wrongly(
        context,
        disagreement,
        held,
        text=f"Record {context.estate.fqdn_of(held)} holds {wrong} instead of {right}",
        cause=f"The record {held.name} in {held.zone.name} holds {wrong}{_whose(context, held)}.",
    )


@explains("PED207", "record-mixed-addresses", needs=("record-set",))
def record_mixed_addresses(context: Context, disagreement: Disagreement) -> Violation | None:
    """A record set holds right and wrong addresses.

    Why it matters
        Answers rotate: the client reaches the service now and then, and nobody can reproduce the fault.

    How it is decided
        1. A record set of a private zone decides the answer, or a record in a zone that a server gave by transfer;
           some of its addresses are acceptable, others are not.
        2. With only the acceptable ones in it the name must resolve.

    Remedy
        Take the wrong addresses out of the record.

    Sources
        Measured: BIND, Unbound and PowerDNS Recursor hand on all records of a set, in changing order.
    """
    own, acceptable = deciding_record(context, disagreement, rules.SERVER_ZONE_ANSWERS), _acceptable(disagreement)
    if own and acceptable.intersection(own.addresses):
        wrong = ", ".join(address for address in own.addresses if address not in acceptable)
        text = f"Record {own.name} of server {own.server.address} also holds {wrong}, which is not right"
        cause = f"{own.server.address} is authoritative for {own.zone.name}, where {own.name} holds both."
        return violation_about(disagreement, own, text, cause)
    record, held = disagreement.requirement.expected, answering_record(context, disagreement)
    if held is None or not set(held.addresses) & acceptable:
        return None
    wrong = ", ".join(address for address in held.addresses if address not in acceptable)
    return _held_wrongly(
        context,
        disagreement,
        held,
        text=f"Record {context.estate.fqdn_of(held)} also holds {wrong}, which is not of {record.endpoint.name}",
        cause=f"The record {held.name} in {held.zone.name} holds right and wrong addresses.",
    )


def _acceptable(disagreement: Disagreement) -> frozenset[str]:
    return frozenset(disagreement.requirement.acceptable)


def _local_wrongly(disagreement: Disagreement, server: CustomServer, addresses: tuple[str, ...]) -> Violation | None:
    """A server's own record for the name holds something else."""
    requirement, name = disagreement.requirement, disagreement.path.last.name
    if set(addresses) & set(requirement.acceptable):
        return None
    right, wrong = ", ".join(requirement.acceptable), ", ".join(addresses) or "no address"
    listed = f"{requirement.expected.source} of {requirement.expected.endpoint.name} lists {right} for {name}"
    return Violation(
        subject=server.thing,
        discriminator=f"A/{name}",
        text=f"Server {server.address} has a local record {name} that holds {wrong} instead of {right}",
        cause=f"{server.address} answers from its own records, whatever the private zones hold.",
        related=(Thing.of(requirement.expected.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(server_repairs.write_local_record(server, name, requirement.acceptable),),
        proofs=(*proofs(disagreement), Proof(kind="document", text=listed)),
        path=disagreement.path,
        touches=(requirement.expected.workspace.text,),
    )


def _held_wrongly(context: Context, disagreement: Disagreement, held: RecordSet, *, text: str, cause: str) -> Violation:
    """What the findings about a record's addresses share."""
    record, acceptable = disagreement.requirement.expected, disagreement.requirement.acceptable
    right, name = ", ".join(acceptable), _place(context, disagreement, held)
    return Violation(
        subject=Thing.of(held.zone),
        discriminator=f"A/{held.name}",
        text=text,
        cause=cause,
        related=(Thing.of(held.id), Thing.of(record.endpoint)),
        occurrences=(occurrence(disagreement),),
        repairs=(record_repairs.written_at(context.estate, held.zone, name, record, acceptable),),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"{record.source} of {record.endpoint.name} lists {right} for {record.name}"),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _place(context: Context, disagreement: Disagreement, held: RecordSet) -> str:
    """Where the right address belongs: at the record itself, or at the very name where others' wildcard caught it."""
    record, asked = disagreement.requirement.expected, disagreement.path.last.name
    own = context.estate.fqdn_of(held) in (asked, absolute(record.record, record.zone))
    return held.name if own else relative(asked, held.zone.name.lower())


def _whose(context: Context, held: RecordSet) -> str:
    """Which other expected name a wrong address belongs to, or who wrote it that nobody can see."""
    for record in context.required.records:
        if set(record.addresses) & set(held.addresses):
            return f", the address of {record.role} ({record.name})"
    owner = held.owner
    if owner and not any(owner.endpoint.lower() == endpoint.id.name.lower() for endpoint in context.estate.endpoints):
        return f"; endpoint {owner.endpoint}, which is not in sight, wrote it and may need it for others"
    return ""


def _missing(context: Context, disagreement: Disagreement, zone: ArmId) -> Violation:
    """What the findings about a missing record share: the zone, the record, and the record written."""
    record = disagreement.requirement.expected
    acceptable = disagreement.requirement.acceptable
    return Violation(
        subject=Thing.of(zone),
        discriminator=f"A/{record.record}",
        text="",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.write_record(context.estate, zone, record, acceptable),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _told(violation: Violation, text: str, cause: str, *related: ArmId) -> Violation:
    things = (*violation.related, *(Thing.of(id) for id in related))
    return replace(violation, text=text, cause=cause, related=things)


def _saved_groups(context: Context, zone: ArmId) -> tuple[Repair, ...]:
    """The zone groups that still name a zone, saved again, and the records that Azure then writes."""
    found: list[Repair] = []
    for endpoint in sorted({record.endpoint for record in context.required.records}):
        for group in context.estate.zone_groups_of(endpoint):
            if any(config.zone == zone for config in group.configs):
                found.append(repairs.save_zone_group(context.estate, group, zone))
                found.extend(
                    repairs.write_record(context.estate, zone, record, record.addresses, consequence=True)
                    for record in context.required.records
                    if record.endpoint == endpoint and record.zone == zone.name.lower()
                )
    return tuple(found)


@check("PED217", "capacity-near", Level.WARNING)
def capacity_near(context: Context) -> Iterator[Violation]:
    """Four fifths of a documented limit are used.

    Why it matters
        The next link, rule or zone may be refused, in the middle of a deployment.

    How it is decided
        1. What was read of a zone, network, ruleset or subscription is counted.
        2. The count reaches four fifths of the limit that Azure documents. Small limits are left out.

    Remedy
        Ask Azure for more where the limit can be raised, or divide what there is.

    Sources
        learn.microsoft.com: Azure subscription and service limits, Azure DNS.
    """
    for subject, limit, used in limits.usage(context.estate):
        if limit.near(used):
            yield Violation(
                subject=subject,
                discriminator=limit.what,
                text=f"{subject.name} has {used} of at most {limit.number} {limit.what}",
                cause=f"{used} {limit.what} were read; Azure documents a limit of {limit.number}.",
                proofs=(Proof(kind="document", text=f"{limit.source}"),),
            )
