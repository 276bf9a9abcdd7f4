"""1xx and 2xx: endpoints that write the same records of one zone, where the last writer wins."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import check, explains
from checks.context import Context
from checks.diagnosis import group_repairs as groups
from checks.diagnosis.sharing import Shared, by_name, overwriter, shared_records, suffers
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.names.expected import ExpectedRecord
from checks.resolution import rules
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateEndpoint, RecordSet


@check("PED107", "endpoints-share-records", Level.WARNING)
def endpoints_share_records(context: Context) -> Iterator[Violation]:
    """The zone groups of several endpoints write the same records of one zone: the last writer wins.

    Why it matters
        All works today, as everybody can reach the address that won. Deleting either endpoint removes the records
        of both, and each deployment may change which one is used.

    How it is decided
        1. The zone groups of two or more endpoints in scope name one zone, and the endpoints have a name in common.
        2. The record holds the address of one of them.
        3. Every required client that is answered from the zone can use that address; else the record was
           overwritten (PED206).
        4. What the same endpoints share is told once, about the first of the zones.

    Remedy
        Keep one endpoint for each view, or give each endpoint zones of its own, linked to its own networks.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, caution on existing zones;
        github.com/MicrosoftDocs/azure-docs issues 58044 and 122192.
    """
    by_endpoints: dict[tuple[ArmId, ...], list[Shared]] = {}
    for shared in shared_records(context):
        by_endpoints.setdefault(shared.endpoints, []).append(shared)
    requirements = by_name(context) if by_endpoints else {}
    for endpoints, found in sorted(by_endpoints.items()):
        won = [shared for shared in found if shared.winner]
        if won and not any(suffers(context, shared, requirements) for shared in won):
            yield _shared(context, endpoints, won)


def _shared(context: Context, endpoints: tuple[ArmId, ...], found: list[Shared]) -> Violation:
    zones = sorted({shared.held.zone for shared in found}, key=lambda zone: (zone.name.lower(), zone))
    names = " and ".join(endpoint.name for endpoint in endpoints)
    held = ", ".join(sorted({context.estate.fqdn_of(shared.held) for shared in found}))
    winners = sorted({shared.winner.endpoint.name for shared in found if shared.winner})
    return Violation(
        subject=Thing.of(zones[0]),
        discriminator=" ".join(endpoint.text for endpoint in endpoints),
        text=f"Endpoints {names} write the same records into {' and '.join(zone.name for zone in zones)}",
        cause=f"{held}: each zone group writes its own address there; {' and '.join(winners)} wrote last.",
        related=tuple(map(Thing.of, (*endpoints, *zones[1:]))),
        proofs=tuple(
            Proof(kind="document", text=f"the zone group of {endpoint.name} writes into {zone.text}")
            for endpoint in endpoints
            for zone in zones
        ),
        touches=tuple(sorted({writer.workspace.text for shared in found for writer in shared.writers})),
    )


@explains("PED206", "record-overwritten", needs=("record-set",))
def record_overwritten(context: Context, disagreement: Disagreement) -> Violation | None:
    """The record was overwritten by another endpoint, which a client of this one cannot use.

    Why it matters
        Two endpoints that write one name into one zone take turns. The clients of the endpoint that lost are sent
        into a network that they have no way to, although nobody changed anything of theirs.

    How it is decided
        1. A record set of a private zone decides the answer, and no address of it is acceptable.
        2. Its stamp names another endpoint, which exists and has the address.
        3. With the other endpoint's zone group led to a zone of its own, and the records of this one written again,
           the name must resolve.
        4. What one endpoint overwrote of another is told once, about the first of the zones.

    Remedy
        Give each endpoint zones of its own, linked to the networks that can reach it.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values, caution on existing zones;
        github.com/MicrosoftDocs/azure-docs issue 58044; github.com/microsoft/AzureTRE issue 3767.
    """
    record, last = disagreement.requirement.expected, disagreement.path.last
    if last.rule is not rules.ZONE_ANSWERS or last.decided_by is None:
        return None
    held = context.estate.get(RecordSet, ArmId(last.decided_by.id))
    if held is None or set(held.addresses) & set(disagreement.requirement.acceptable):
        return None
    winner = overwriter(context.estate, held, record.endpoint)
    if winner is None:
        return None
    zones = _overwritten(context, record, winner, held.zone)
    return Violation(
        subject=Thing.of(zones[0]),
        discriminator=f"{winner.id.text} {record.endpoint.text}",
        text=f"Endpoint {winner.id.name} overwrote the records of {record.endpoint.name} in "
        f"{' and '.join(zone.name for zone in zones)}",
        cause=f"{winner.id.name} and {record.endpoint.name} write the same names; {winner.id.name} wrote last, and "
        f"{disagreement.requirement.client.name} cannot reach it.",
        related=tuple(map(Thing.of, (winner.id, record.endpoint, *zones[1:]))),
        occurrences=(occurrence(disagreement),),
        repairs=groups.parted(context, record, zones, winner.id),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"the record {held.name} bears the stamp of {winner.id.name}"),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _overwritten(
    context: Context, record: ExpectedRecord, winner: PrivateEndpoint, answering: ArmId
) -> tuple[ArmId, ...]:
    """The zones in which records of an endpoint bear another one's stamp, by name."""
    found = {answering}
    for sibling in context.required.records_of(record.endpoint):
        for zone in context.estate.zones_by_name.get(sibling.zone, ()):
            held = context.estate.record(zone.id, sibling.record, sibling.type)
            if held and set(held.addresses).isdisjoint(sibling.addresses):
                other = overwriter(context.estate, held, record.endpoint)
                found.update({zone.id} if other and other.id == winner.id else ())
    return tuple(sorted(found, key=lambda zone: (zone.name.lower(), zone)))
