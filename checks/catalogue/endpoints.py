"""1xx: the private endpoint itself, its connection and its zone group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.check import Claim, check, explains
from checks.context import Context
from checks.diagnosis import repairs
from checks.diagnosis.copies import serves_others
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.names.expected import ExpectedRecord, Service, Target, owner
from checks.resolution import rules
from checks.resolution.path import Thing
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateZone, ZoneGroup

_NEGATIVE = (rules.ZONE_DENIES, rules.FALLBACK_TO_INTERNET)


@check("PED101", "connection-not-approved", Level.ERROR, needs=("private-endpoint",))
def connection_not_approved(context: Context) -> Iterator[Violation]:
    """The connection of a private endpoint is not approved: right DNS leads nowhere.

    Why it matters
        No traffic passes until the owner of the target approves, and public DNS has no alias for the target's
        names. People see a 403 or a public address and look for a fault in DNS.

    How it is decided
        1. The endpoint connects to a service in scope.
        2. The status of one of its connections is not Approved (Pending, Rejected or Disconnected).
        3. Names that fail because of it are folded in: approving must let them resolve.

    Remedy
        The owner of the target approves the connection, or the endpoint is removed.

    Sources
        learn.microsoft.com: Manage Azure private endpoints, private endpoint connections.
    """
    everything: tuple[Service, ...] = (*context.required.workspaces, *context.required.targets)
    unapproved = [endpoint for endpoint in context.estate.endpoints if not endpoint.approved]
    named = {(record.workspace, record.endpoint) for record in context.required.records if not record.approved}
    for workspace in everything if unapproved else ():
        used = owner(context.estate, workspace)
        for endpoint in unapproved:
            connections = [c for c in endpoint.connections if c.target in (workspace.id, used.id)]
            if not (connections or (workspace.id, endpoint.id) in named):
                continue
            status = next((c.status for c in connections if c.status.lower() != "approved"), "") or "unknown"
            said = next((c.description for c in connections if c.description), "")
            yield Violation(
                subject=Thing.of(endpoint.id),
                text=f"The connection of endpoint {endpoint.id.name} to {used.id.name} is {status}",
                cause=f"Nobody approved the connection of {endpoint.id.name}; its status is {status}.",
                related=(Thing.of(used.id),),
                repairs=(repairs.approve_connection(context.estate, endpoint.id),),
                proofs=(Proof(kind="document", text=f"connection state {status}: {said or 'no description'}"),),
                touches=(workspace.id.text,),
            )


@check(
    "PED109",
    "private-without-endpoint",
    Level.WARNING,
    claim=Claim.ABSENCE,
    needs=("private-endpoint", "workspace"),
)
def private_without_endpoint(context: Context) -> Iterator[Violation]:
    """Public access is disabled and no approved endpoint is left: nobody can reach it.

    Why it matters
        Deleting the last endpoint does not enable public access again: the workspace is dead for everybody, and
        its names resolve to addresses that refuse.

    How it is decided
        1. The workspace in scope has public network access disabled.
        2. No endpoint that was read connects to it, or to the hub of a project, and every endpoint that it names
           itself was read or is gone.

    Remedy
        Give it a private endpoint, or enable public access.

    Sources
        learn.microsoft.com: Configure a private endpoint for an Azure Machine Learning workspace.
    """
    targets = {c.target for endpoint in context.estate.endpoints for c in endpoint.connections}
    unseen = {item.endpoint for item in context.required.underived}
    for workspace in context.required.workspaces:
        used = owner(context.estate, workspace)
        if isinstance(used, Target) or workspace.public_access is not False or targets & {workspace.id, used.id}:
            continue
        if unseen & {used.id, *used.endpoints, *workspace.endpoints}:
            continue
        gone = ", ".join(endpoint.name for endpoint in workspace.endpoints)
        yield Violation(
            subject=Thing.of(workspace.id),
            text=f"{workspace.id.name} is private, and no endpoint is left that leads to it",
            cause=f"Public access is disabled; {f'{gone} is gone' if gone else 'there is no private endpoint'}.",
            proofs=(Proof(kind="document", text="publicNetworkAccess is Disabled"),),
            touches=(workspace.id.text,),
        )


@explains("PED103", "zone-group-incomplete")
def zone_group_incomplete(context: Context, disagreement: Disagreement) -> Violation | None:
    """The zone group lacks a zone that this service needs.

    Why it matters
        Azure writes the endpoint's records only into the zones of its zone group. A workspace needs two; with
        one left out the notebooks (or everything else) do not resolve, while the rest works.

    How it is decided
        1. A linked zone denies the name, or its link falls back to the internet.
        2. The endpoint has a zone group, and none of its configurations is a zone of that name.
        3. With the zone added, and the record that Azure then writes, the name must resolve.

    Remedy
        Add the zone to the zone group; Azure writes the records within seconds.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server; github.com/Azure/azure-policy issue 1049.
    """
    record, zone = disagreement.requirement.expected, _denying_zone(context, disagreement)
    if zone is None:
        return None
    group = next(iter(context.estate.zone_groups_of(record.endpoint)), None)
    if group is None or not group.configs or record.zone in _group_zones(group):
        return None
    acceptable = disagreement.requirement.acceptable
    return Violation(
        subject=Thing.of(group.id),
        discriminator=record.zone,
        text=f"The zone group of endpoint {record.endpoint.name} lacks zone {record.zone}",
        cause=f"Azure writes no record into {record.zone}, because the zone group does not name it.",
        related=(Thing.of(record.endpoint), Thing.of(zone.id)),
        occurrences=(occurrence(disagreement),),
        repairs=(
            repairs.add_to_zone_group(context.estate, group, zone.id),
            repairs.write_record(context.estate, zone.id, record, acceptable, consequence=True),
        ),
        proofs=(
            *proofs(disagreement),
            Proof(kind="document", text=f"the zone group names {', '.join(sorted(_group_zones(group)))} only"),
        ),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@explains(
    "PED102",
    "endpoint-without-dns",
    claim=Claim.ABSENCE,
    needs=("private-endpoint", "private-dns-zone-group", "private-dns-zone", "record-set"),
)
def endpoint_without_dns(context: Context, disagreement: Disagreement) -> Violation | None:
    """The endpoint has no zone group, and no visible zone holds a record of it.

    Why it matters
        Nobody has connected the endpoint to DNS: every name of the service fails for every client.

    How it is decided
        1. A linked zone denies the name, or its link falls back to the internet.
        2. The endpoint has no zone group with configurations.
        3. No zone in sight holds one of the endpoint's addresses under one of its names.
        4. With a zone group over the needed zones, and the records that Azure then writes, the name must resolve.

    Remedy
        Give the endpoint a DNS zone group over the zones that the service needs.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration.
    """
    record, zone = disagreement.requirement.expected, _denying_zone(context, disagreement)
    groups = context.estate.zone_groups_of(record.endpoint)
    if zone is None or any(group.configs for group in groups):
        return None
    siblings = context.required.records_of(record.endpoint)
    if any(_is_held(context.estate, sibling) for sibling in siblings):
        return None
    zones = _chosen_zones(context, siblings, zone)
    written = [
        repairs.write_record(context.estate, zones[r.zone].id, r, r.addresses, consequence=True)
        for r in siblings
        if r.zone in zones
    ]
    return Violation(
        subject=Thing.of(record.endpoint),
        text=f"Endpoint {record.endpoint.name} is not connected to DNS",
        cause=f"{record.endpoint.name} has no DNS zone group, and no zone holds a record of it.",
        related=(Thing.of(zone.id), Thing.of(record.workspace)),
        occurrences=(occurrence(disagreement),),
        repairs=(*repairs.create_zone_group(record.endpoint, zones.values()), *written),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _denying_zone(context: Context, disagreement: Disagreement) -> PrivateZone | None:
    """The linked zone that should have held the record and did not."""
    if disagreement.path.last.rule not in _NEGATIVE:
        return None
    record = disagreement.requirement.expected
    link = context.estate.linked_zones(ArmId(disagreement.path.view)).get(record.zone)
    return context.estate.get(PrivateZone, link.zone) if link else None


def _group_zones(group: ZoneGroup) -> set[Fqdn]:
    return {Fqdn(config.zone.name.lower()) for config in group.configs if config.zone}


def _is_held(estate: Estate, record: ExpectedRecord) -> bool:
    """Whether any visible zone holds a right record, by hand or by a group that is gone."""
    for zone in estate.zones_by_name.get(record.zone, ()):
        held = estate.record(zone.id, record.record, record.type)
        if held and set(held.addresses) & set(record.addresses):
            return True
    return False


def _chosen_zones(context: Context, records: Sequence[ExpectedRecord], known: PrivateZone) -> dict[Fqdn, PrivateZone]:
    """One zone of each needed name: the one that answers here, else the copy beside it, else any that is free.

    A copy that holds another endpoint's address under one of the names serves that endpoint's clients.
    """
    chosen = {known.name: known}
    for name in {record.zone for record in records} - chosen.keys():
        copies = [
            zone for zone in context.estate.zones_by_name.get(name, ()) if not serves_others(context, zone, records)
        ]
        beside = [zone for zone in copies if zone.id.parent == known.id.parent]
        if copies:
            chosen[name] = (beside or copies)[0]
    return chosen
