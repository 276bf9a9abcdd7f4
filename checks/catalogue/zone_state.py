"""2xx: what is wrong with zones, links and records by themselves, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from checks.check import check, explains
from checks.context import Context
from checks.diagnosis import link_repairs, record_repairs
from checks.diagnosis.held import answering_record, is_free
from checks.diagnosis.orphans import may_live
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.names.services import service_suffixes, suffix_of_zone
from checks.names.tables import TABLES
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId, Fqdn, is_under, suffixes
from collectors.graph.nodes import (
    PrivateEndpoint,
    PrivateZone,
    RecordSet,
    VirtualNetwork,
    ZoneGroup,
    ZoneLink,
)

LONG = 3600  # seconds
_HOLDING = ("A", "AAAA", "CNAME")


@check("PED214", "link-not-ready", Level.WARNING)
def link_not_ready(context: Context) -> Iterator[Violation]:
    """A virtual network link is not complete: the zone does not answer there yet.

    Why it matters
        Azure serves a zone in a network only when the link is complete. Until then public DNS answers, and whoever
        looks at the list of links sees one.

    How it is decided
        1. The state of a link is something else than Completed.
        2. Names that fail because of it are folded in: with the link complete they resolve.

    Remedy
        Wait a few minutes. A link that stays as it is: delete it and make it again.

    Sources
        learn.microsoft.com: What is a virtual network link.
    """
    for link in context.estate.of_type(ZoneLink):
        if not link.ready:
            yield Violation(
                subject=Thing.of(link.id),
                text=f"The link of zone {link.zone.name} to {link.network.name} is {link.state}",
                cause=f"Azure shows the link {link.id.name} as {link.state}, not as Completed.",
                related=(Thing.of(link.zone), Thing.of(link.network)),
                repairs=(link_repairs.completed(context.estate, link),),
                proofs=(Proof(kind="document", text=f"virtualNetworkLinkState {link.state}"),),
            )


@check("PED216", "registration-on-private-link-zone", Level.WARNING)
def registration_on_private_link_zone(context: Context) -> Iterator[Violation]:
    """Auto-registration is on for a private-link zone.

    Why it matters
        Every machine of the network writes its name into the zone that is for endpoints, and a network registers in
        one zone only: the one that was meant for machines stays empty.

    How it is decided
        1. A link of a zone with the label privatelink has auto-registration switched on.

    Remedy
        Switch it off for this link.

    Sources
        learn.microsoft.com: What is the auto registration feature in Azure DNS private zones.
    """
    for link in context.estate.of_type(ZoneLink):
        if link.registration and "privatelink" in link.zone.name.lower().split("."):
            yield Violation(
                subject=Thing.of(link.id),
                text=f"Machines of {link.network.name} register in {link.zone.name}, which is for endpoints",
                cause=f"The link {link.id.name} has auto-registration on.",
                related=(Thing.of(link.zone), Thing.of(link.network)),
                repairs=(link_repairs.without_registration(context.estate, link),),
                proofs=(Proof(kind="document", text="registrationEnabled is true"),),
            )


@check("PED218", "ttl-long", Level.NOTE)
def ttl_long(context: Context) -> Iterator[Violation]:
    """A record that was typed by hand lives longer than an hour.

    Why it matters
        When the endpoint gets another address, servers and clients keep the old one for as long as that. Records of
        zone groups live ten seconds.

    How it is decided
        1. A record set of a private-link zone holds addresses or an alias, and no endpoint's stamp.
        2. Its TTL is above 3600 seconds.

    Remedy
        Let a zone group write it, or give it a TTL of seconds.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration; RFC 1035 section 3.2.1.
    """
    for record in context.estate.of_type(RecordSet):
        by_hand = record.owner is None and not record.auto_registered and record.type in _HOLDING
        if by_hand and record.ttl > LONG and "privatelink" in record.zone.name.lower().split("."):
            yield Violation(
                subject=Thing.of(record.zone),
                discriminator=f"{record.type}/{record.name}",
                text=f"Record {context.estate.fqdn_of(record)} lives for {record.ttl} seconds",
                cause=f"Somebody typed {record.name} into {record.zone.name} with a TTL of {record.ttl} seconds.",
                related=(Thing.of(record.id),),
                proofs=(Proof(kind="document", text=f"ttl {record.ttl}, no endpoint's stamp"),),
            )


@explains("PED205", "record-stale", needs=("record-set",))
def record_stale(context: Context, disagreement: Disagreement) -> Violation | None:
    """The record was written by an endpoint that is gone.

    Why it matters
        Clients are led to an address that nothing has any more, or that Azure has given to something else.

    How it is decided
        1. A record set decides the answer, and no address of it is acceptable.
        2. Its stamp names an endpoint by its GUID; nothing says that one was not read, and none has that GUID, nor may
           one of that name have it.
        3. The address lies in a network that was read, and nothing there has it.
        4. With the right address in it the name must resolve.

    Remedy
        Save the zone group of the endpoint that is there now, or put its address into the record.

    Sources
        github.com/microsoft/AzureTRE issue 3767: the stamp of zone groups.
    """
    requirement, held = disagreement.requirement, answering_record(context, disagreement)
    if held is None or held.owner is None or set(held.addresses) & set(requirement.acceptable):
        return None
    endpoint = context.estate.get(PrivateEndpoint, requirement.expected.endpoint)
    near = endpoint.network if endpoint else None
    if may_live(context.estate, held.owner) or not all(is_free(context.estate, a, near) for a in held.addresses):
        return None
    addresses = ", ".join(held.addresses)
    return Violation(
        subject=Thing.of(held.zone),
        discriminator=f"{held.type}/{held.name}",
        text=f"Record {context.estate.fqdn_of(held)} holds {addresses} of {held.owner.endpoint}, which is gone",
        cause=f"Endpoint {held.owner.endpoint} wrote the record and is gone; nobody wrote the present one's address.",
        related=(Thing.of(held.id), Thing.of(requirement.expected.endpoint)),
        occurrences=(occurrence(disagreement),),
        repairs=(
            record_repairs.written_at(
                context.estate, held.zone, held.name, requirement.expected, requirement.acceptable
            ),
        ),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"stamp of {held.owner.endpoint}, GUID {held.owner.resource_guid}"),
        ),
        path=disagreement.path,
        touches=(requirement.expected.workspace.text,),
    )


@check("PED209", "zone-name-wrong", Level.WARNING)
def zone_name_wrong(context: Context) -> Iterator[Violation]:
    """The zone is named nearly as a private-link zone, and no name leads to it.

    Why it matters
        What is written there is read by nobody. It looks like the zone that is needed, and people stop looking.

    How it is decided
        1. The name begins with privatelink, and neither it nor a zone above it is documented, in any cloud.
        2. No expected name and no alias in public DNS lies below it, and no override names it.
        3. It is close to a documented one: by its letters, or because it names a part of a documented suffix.

    Remedy
        Write the records into the documented zone, and remove this one.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values; github.com/MicrosoftDocs/azure-docs
        pull 105120.
    """
    for zone in context.estate.of_type(PrivateZone):
        if zone.name.startswith("privatelink.") and (meant := _meant(zone.name)) and not _is_used(context, zone):
            yield Violation(
                subject=Thing.of(zone.id),
                text=f"No documented name leads to zone {zone.name}; the nearest documented one is {meant}",
                cause=f"{zone.name} is in no table of private-link zones, in no cloud.",
                proofs=(Proof(kind="document", text=f"close to {meant}"),),
            )


_FORMER = frozenset({"privatelink.tip1.powerquery.microsoft.com"})
"""Zones that former editions of the table had: nobody has to remove them."""


@cache
def _documented() -> frozenset[str]:
    """Every zone of the tables that has no label left open, and those of former tables."""
    services = (row.zone for row in service_suffixes() if "{}" not in row.zone)
    return frozenset((*_FORMER, *services, *(zone for table in TABLES.values() for zone in table.zones)))


def _meant(name: Fqdn) -> str | None:
    """The documented zone that a wrong name is nearly; None for right ones and for those like nothing known."""
    known = _documented()
    if any(suffix in known for suffix in suffixes(name)) or suffix_of_zone(Fqdn(f"x.{name}")):
        return None
    public = name.removeprefix("privatelink.")
    for table in TABLES.values():
        for suffix in (*table.publics, table.inference):
            if is_under(public, suffix):
                return table.zones[0] if suffix == table.inference else f"privatelink.{suffix}"
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.85)), None)


def _is_used(context: Context, zone: PrivateZone) -> bool:
    if any(config.zone == zone.id for group in context.estate.of_type(ZoneGroup) for config in group.configs):
        return True  # a group that writes there is told by itself (PED104)
    named = (record.private_name for record in context.required.records)
    aliases = (*context.public.aliases.values(), *context.aliases.seen.values())
    return any(is_under(name, zone.name) for name in (*named, *aliases))


@check("PED210", "zone-shadows-public", Level.ERROR)
def zone_shadows_public(context: Context) -> Iterator[Violation]:
    """A zone over a service's public suffix hides every name that it does not hold.

    Why it matters
        A private zone denies what it lacks. Over a public suffix it denies everybody else's names, the service's own
        regional ones among them: sign-in, discovery and other tenants' resources fail where it is linked.

    How it is decided
        1. The zone's name is a documented public suffix of a service; zones of exactly one name are none.
        2. It is linked to a network where a required client's names are resolved.
        3. Names that fail because of it are folded in: without the link they resolve.

    Remedy
        Move the records into the private-link zone, or into a zone of exactly the name, and remove the link.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, caution.
    """
    yield from _over(context, _publics(), "every name below it that it does not hold is denied there")


@check("PED211", "wildcard-captures-others", Level.WARNING)
def wildcard_captures_others(context: Context) -> Iterator[Violation]:
    """A zone over the shared suffix of compute instances answers for other people's instances.

    Why it matters
        All instances of a region share one suffix. A wildcard leads those of other workspaces to this workspace's
        endpoint, and what the zone does not hold is denied.

    How it is decided
        1. The zone's name is the suffix of compute instances.
        2. It is linked to a network where a required client's names are resolved.

    Remedy
        Give each instance a zone of exactly its name, with one record at its top.

    Sources
        github.com/MicrosoftDocs/azure-docs issue 87505.
    """
    instances = frozenset(suffix for table in TABLES.values() for suffix in table.instances)
    for told in _over(context, instances, "it answers there for the instances of every workspace"):
        zone = ArmId(told.subject.id)
        wild = sorted(name for name in context.estate.records_of(zone) if name.startswith("*"))
        yield Violation(
            subject=told.subject,
            discriminator=wild[0] if wild else "",
            text=told.text,
            cause=told.cause,
            related=told.related,
            proofs=told.proofs,
            touches=told.touches,
        )


@cache
def _publics() -> frozenset[Fqdn]:
    """The public suffixes that services share, of all clouds; the widest of them are nobody's zone."""
    services = (Fqdn(row.public) for row in service_suffixes() if "{}" not in row.public and row.public.count(".") > 1)
    tables = (suffix for table in TABLES.values() for suffix in (*table.publics, table.inference))
    return frozenset((*services, *tables))


def _over(context: Context, names: frozenset[Fqdn], what: str) -> Iterator[Violation]:
    """Zones of some names that are linked to a view of a required client: one finding for each pair.

    Where the records of a zone were not read nobody knows who lives on them, so nothing is proposed to be removed.
    """
    views: dict[str, set[str]] = {}
    for requirement in context.required.requirements:
        views.setdefault(context.path(requirement).view, set()).add(requirement.expected.workspace.text)
    for view in sorted(view for view in views if view.startswith("/")):
        network = context.estate.get(VirtualNetwork, ArmId(view))
        linked = context.estate.linked_zones(network.id) if network else {}
        for name, link in sorted(linked.items()):
            if network and name in names:
                yield Violation(
                    subject=Thing.of(link.zone),
                    discriminator=network.id.text,
                    text=f"Zone {name} lies over a public suffix and is linked to {network.id.name}",
                    cause=f"{name} is linked to {network.id.name}: {what}.",
                    related=(Thing.of(network.id), Thing.of(link.id)),
                    repairs=() if _hides_records(context, link.zone) else (link_repairs.removed(context.estate, link),),
                    proofs=(Proof(kind="document", text=f"link {link.id.name} of zone {name}"),),
                    touches=tuple(sorted(views[view])),
                )


def _hides_records(context: Context, zone: ArmId) -> bool:
    """Whether some records of a zone may not have been read."""
    return bool(context.estate.unread("record-set", zone))
