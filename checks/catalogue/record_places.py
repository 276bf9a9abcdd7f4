"""2xx: records in the way of others, in a zone that takes over, beside what a zone group wrote, or left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.check import Claim, check, explains
from checks.context import Context
from checks.diagnosis import record_repairs
from checks.diagnosis.held import held_addresses, is_free, transfer_proof
from checks.diagnosis.orphans import may_live
from checks.diagnosis.sharing import answered_from
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Repair, Violation
from checks.requirements import Requirement
from checks.resolution import rules
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId, Fqdn, is_under, relative, suffixes
from collectors.graph.nodes import GroupRecord, PrivateZone, RecordSet, ZoneGroup

_NEGATIVE = (rules.ZONE_DENIES, rules.ZONE_NO_DATA, rules.FALLBACK_TO_INTERNET)


@explains("PED219", "record-kind-conflict", Level.WARNING)
def record_kind_conflict(context: Context, disagreement: Disagreement) -> Violation | None:
    """A CNAME, or a closer name, stands in the way of the record or wildcard that should answer.

    Why it matters
        Beside a CNAME there can be no address, so no zone group can write its record. And a name that exists, were
        it only for a TXT record or for a name below it, takes itself out of the wildcard above it: the wildcard is
        there for everybody to see, and does not answer.

    How it is decided
        1. In a linked zone a CNAME stands under the private-link name and leads elsewhere. Or: the zone has no
           address for the name although a wildcard above it holds a right one, as the name exists otherwise.
        2. With the address written under that very name, in the place of the CNAME, the name must resolve.

    Remedy
        Replace the CNAME by the endpoint's address. Give the closer name the address too, or take it away.

    Sources
        RFC 1034 section 3.6.2; RFC 4592 section 2.2.1; learn.microsoft.com: DNS zones and records, Azure DNS.
    """
    return _alias_in_the_way(context, disagreement) or _name_in_the_way(context, disagreement)


def _alias_in_the_way(context: Context, disagreement: Disagreement) -> Violation | None:
    record, right = disagreement.requirement.expected, disagreement.requirement.acceptable
    for hop in disagreement.path.hops:
        if hop.rule is not rules.ZONE_ALIAS or hop.decided_by is None or hop.name != record.asked_private:
            continue
        held = context.estate.get(RecordSet, ArmId(hop.decided_by.id))
        if held:
            removed = record_repairs.removed(context.estate, held)
            written = record_repairs.written_at(context.estate, held.zone, held.name, record, right)
            text = f"A CNAME stands where the address of {context.estate.fqdn_of(held)} should be"
            cause = f"{held.name} in {held.zone.name} is an alias of {held.cname}, which leads elsewhere."
            return _about_record(disagreement, held.zone, held.name, (removed, written), text, cause)
    return None


def _name_in_the_way(context: Context, disagreement: Disagreement) -> Violation | None:
    requirement, last, zone = disagreement.requirement, disagreement.path.last, _denying_zone(context, disagreement)
    record, right = requirement.expected, requirement.acceptable
    if zone is None or last.rule is not rules.ZONE_NO_DATA:
        return None
    name, contents = relative(last.name, zone.name), context.estate.records_of(zone.id)
    above = _wildcard_above(contents, name, record.type)
    if name not in contents or above is None or set(above.addresses).isdisjoint(right):
        return None
    types = sorted({held.type for held in contents[name]})
    why = f"is there as {' and '.join(types)}" if types else "has names below it"
    written = record_repairs.written_at(context.estate, zone.id, name, record, right)
    text = f"{last.name} exists without an address, so the wildcard above it does not answer"
    cause = f"{name} {why} in {zone.name}; {above.name} answers only for names that do not exist."
    return _about_record(disagreement, zone.id, name, (written,), text, cause)


def _wildcard_above(contents: Mapping[str, tuple[RecordSet, ...]], name: str, type: str) -> RecordSet | None:
    """The nearest wildcard that would answer for a name if the name did not exist."""
    wildcards = (f"*.{ancestor}" for ancestor in suffixes(name)[1:])
    return next((held for wildcard in wildcards for held in contents.get(wildcard, ()) if held.type == type), None)


@explains("PED222", "child-zone-takes-over")
def child_zone_takes_over(context: Context, disagreement: Disagreement) -> Violation | None:
    """A more specific linked zone answers, and the record is missing there while the parent holds it.

    Why it matters
        Azure DNS asks the linked zone with the longest matching name and no other: what the parent zone holds below
        the child's name is as good as gone from the moment at which the child is linked.

    How it is decided
        1. A linked zone denies the private-link name, and its own name is longer than that of the zone in which the
           record belongs.
        2. With the record written into that zone the name must resolve.

    Remedy
        Write the record into the child zone, or remove the child zone's link where nothing needs it.

    Sources
        github.com/Azure/Azure-Landing-Zones issue 2846; github.com/MicrosoftDocs/azure-docs issue 118221.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    zone = _denying_zone(context, disagreement)
    if zone is None or zone.name == record.zone or not is_under(zone.name, record.zone):
        return None
    name, right = _placed(record.record, record.zone, zone.name, last.name), disagreement.requirement.acceptable
    parents = context.estate.zones_by_name.get(record.zone, ())
    holders = (context.estate.record(parent.id, record.record, record.type) for parent in parents)
    beside = any(held and set(held.addresses) & set(right) for held in holders)
    whole = f"{record.zone} holds the record and is not asked" if beside else f"{record.zone} is not asked"
    text = f"Zone {zone.name} answers instead of {record.zone} and lacks {name}"
    cause = f"{zone.name} is linked and has the longer name, so {whole}."
    written = record_repairs.written_at(context.estate, zone.id, name, record, right)
    return _about_record(disagreement, zone.id, name, (written,), text, cause)


def _placed(record: str, zone: Fqdn, child: Fqdn, asked: Fqdn) -> str:
    """A record's name relative to a zone below its own: a wildcard stays one where it fits."""
    whole = f"{record}.{zone}"
    return relative(whole if is_under(whole, child) else asked, child)


def _denying_zone(context: Context, disagreement: Disagreement) -> PrivateZone | None:
    """The linked zone that denied the private-link name."""
    last, view = disagreement.path.last, disagreement.path.view
    if last.rule not in _NEGATIVE or view[:1] != "/":
        return None
    linked = context.estate.linked_zones(ArmId(view))
    link = next((linked[suffix] for suffix in suffixes(last.name) if suffix in linked), None)
    return context.estate.get(PrivateZone, link.zone) if link else None


def _about_record(
    disagreement: Disagreement, zone: ArmId, name: str, repairs: tuple[Repair, ...], text: str, cause: str
) -> Violation:
    record = disagreement.requirement.expected
    listed = f"{record.source} of {record.endpoint.name} lists {', '.join(disagreement.requirement.acceptable)}"
    return Violation(
        subject=Thing.of(zone),
        discriminator=f"{record.type}/{name}",
        text=text,
        cause=cause,
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=repairs,
        proofs=(*proofs(disagreement), Proof(kind="document", text=f"{listed} for {record.name}")),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@check("PED221", "recordsets-differ", Level.WARNING)
def recordsets_differ(context: Context) -> Iterator[Violation]:
    """What a zone group says it wrote is not what the zone holds, although everybody gets an address that is right.

    Why it matters
        Somebody edited a record that Azure keeps. When the zone group is saved, or the endpoint's addresses change,
        Azure writes its own again; and when the endpoint goes, the record goes.

    How it is decided
        1. A zone group lists a record with its addresses; the zone holds other addresses under that name.
        2. No other endpoint's zone group writes that record (then PED107 or PED206 tells of it).
        3. Every required client that needs the endpoint's name, or is answered from the zone, accepts what it holds;
           else the fault of the record is told instead.

    Remedy
        Save the zone group again, or give the record a name or a zone of its own.

    Sources
        learn.microsoft.com: Private DNS Zone Groups REST API, recordSets.
    """
    writers = _writers(context)
    for group, zone, said in _said(context):
        held = context.estate.record(zone, said.name, said.type)
        if held is None or set(held.addresses) == set(said.addresses) or len(writers[zone, said.name]) > 1:
            continue
        if not said.addresses or not _suits_everybody(context, held, group.endpoint):
            continue
        got, wanted = ", ".join(held.addresses) or "nothing", ", ".join(said.addresses)
        yield Violation(
            subject=Thing.of(group.id),
            discriminator=f"{said.type}/{said.name}",
            text=f"Record {context.estate.fqdn_of(held)} is not what the zone group of {group.endpoint.name} wrote",
            cause=f"The zone group says {wanted}; {held.zone.name} holds {got}.",
            related=(Thing.of(held.id),),
            proofs=(
                Proof(
                    kind="document", text=f"the zone group {group.id.name} lists {said.fqdn or said.name} = {wanted}"
                ),
            ),
            touches=tuple(sorted({r.workspace.text for r in context.required.records_of(group.endpoint)})),
        )


def _said(context: Context) -> Iterator[tuple[ZoneGroup, ArmId, GroupRecord]]:
    """Every record that a zone group says it wrote, with the zone."""
    for group in context.estate.of_type(ZoneGroup):
        for config in group.configs:
            for said in config.records if config.zone else ():
                if config.zone:
                    yield group, config.zone, said


def _writers(context: Context) -> Mapping[tuple[ArmId, str], set[ArmId]]:
    """The endpoints whose zone groups write a record."""
    found: dict[tuple[ArmId, str], set[ArmId]] = {}
    for group, zone, said in _said(context):
        found.setdefault((zone, said.name), set()).add(group.endpoint)
    return found


def _suits_everybody(context: Context, held: RecordSet, endpoint: ArmId) -> bool:
    """Whether all clients that need the endpoint's name, or are answered from the record, accept all that it holds."""
    concerned = [
        requirement
        for requirement in context.required.requirements_at(Fqdn(held.zone.name.lower()), held.name)
        if requirement.type == held.type
        and (endpoint in _endpoints(requirement) or answered_from(context, requirement, held.zone))
    ]
    return bool(concerned and held.addresses) and all(
        set(held.addresses) <= set(requirement.acceptable) for requirement in concerned
    )


def _endpoints(requirement: Requirement) -> set[ArmId]:
    return {record.endpoint for record in requirement.why}


@check(
    "PED215",
    "record-orphaned",
    Level.NOTE,
    claim=Claim.ABSENCE,
    needs=("private-endpoint", "network-interface"),
)
def record_orphaned(context: Context) -> Iterator[Violation]:
    """A private-link record is left over: nobody expects the name, and nothing has its address any more.

    Why it matters
        Nobody misses it today. When Azure gives the address to something else, the name leads there.

    How it is decided
        1. A record of a private-link zone bears the stamp of an endpoint that is gone: all endpoints could be read
           and none is the one. Or: a server gave its private-link zone by transfer.
        2. No endpoint has the name.
        3. Each of its addresses lies in one network that was read, and no interface, inbound endpoint or firewall
           holds it.

    Remedy
        Remove the record from the zone.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, caution on existing zones.
    """
    expected = {name for record in context.required.records for name in (record.name, record.private_name)}
    expected.update(context.public.aliases, context.public.aliases.values())
    yield from _left_in_zones(context, expected)
    yield from _left_on_servers(context, expected)


def _left_in_zones(context: Context, expected: set[Fqdn]) -> Iterator[Violation]:
    for held in context.estate.of_type(RecordSet):
        owner, name = held.owner, context.estate.fqdn_of(held)
        if owner is None or name in expected or may_live(context.estate, owner) or not _is_nobodys(context, held):
            continue
        stamp = f"stamped by {owner.endpoint} with the GUID {owner.resource_guid}, which no endpoint has"
        yield Violation(
            subject=Thing.of(held.zone),
            discriminator=f"{held.type}/{held.name}",
            text=f"Record {name} is left over from endpoint {owner.endpoint}",
            cause=f"{owner.endpoint} is gone, and nothing has {', '.join(held.addresses)} any more.",
            related=(Thing.of(held.id),),
            repairs=(record_repairs.removed(context.estate, held),),
            proofs=(Proof(kind="document", text=stamp),),
        )


def _is_nobodys(context: Context, held: RecordSet) -> bool:
    """Whether it is certain, from every network that is answered from a record, that nothing has its addresses."""
    links = context.estate.links_by_zone.get(held.zone, ())
    networks: list[ArmId | None] = [link.network for link in links]
    return bool(held.addresses) and all(
        is_free(context.estate, address, network) for address in held.addresses for network in networks or [None]
    )


def _left_on_servers(context: Context, expected: set[Fqdn]) -> Iterator[Violation]:
    for held in held_addresses(context.estate):
        if held.name not in expected and all(is_free(context.estate, a, held.server.network) for a in held.addresses):
            yield Violation(
                subject=held.server.thing,
                discriminator=f"A/{held.name}",
                text=f"Record {held.name} of server {held.server.address} is left over",
                cause=f"Nothing has {', '.join(held.addresses)} any more, and no endpoint lists the name.",
                proofs=(transfer_proof(held.zone),),
            )
