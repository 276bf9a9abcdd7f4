"""1xx: endpoints that failed, that lead nowhere, that list nothing, and whose records nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Claim, check
from checks.context import Context
from checks.diagnosis import endpoint_repairs, repairs
from checks.diagnosis.orphans import LISTED, orphans
from checks.finding import Level, Proof, Violation
from checks.names.expected import ExpectedRecord, Need, Service, workspace_endpoints
from checks.names.services import is_documented
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId
from collectors.graph.nodes import PrivateEndpoint, PrivateZone


@check("PED105", "endpoint-target-gone", Level.WARNING, claim=Claim.ABSENCE, needs=("workspace", "ml-registry"))
def endpoint_target_gone(context: Context) -> Iterator[Violation]:
    """The workspace or registry that the endpoint leads to no longer exists.

    Why it matters
        The endpoint costs money, and its records may stand in the way of a workspace that is made again.

    How it is decided
        1. The run looks at every workspace, and the endpoint has a connection to one that is not approved any more.
        2. The workspaces of its subscription were read, and it is not among them. Other services are not listed, so
           nothing is said of them; a refusal is never taken for "gone".

    Remedy
        Delete the endpoint; its zone group removes the records.

    Sources
        learn.microsoft.com: Manage Azure private endpoints, private endpoint connections.
    """
    for endpoint, connection, target in orphans(context.estate, context.required):
        yield Violation(
            subject=Thing.of(endpoint.id),
            text=f"Endpoint {endpoint.id.name} leads to {target.name}, which no longer exists",
            cause=f"There is no {target.name} in {target.resource_group}; the connection is {connection.status}.",
            related=(Thing.of(target),),
            repairs=(endpoint_repairs.delete_endpoint(context.estate, endpoint.id),),
            proofs=(Proof(kind="document", text=f"the endpoint names {target.text}"),),
        )


@check("PED106", "endpoint-failed", Level.ERROR)
def endpoint_failed(context: Context) -> Iterator[Violation]:
    """Azure failed to provision the private endpoint.

    Why it matters
        Its addresses, its connection and its records may be those of an earlier state, or of none.

    How it is decided
        1. The endpoint leads to a service in scope.
        2. Its provisioning state is Failed.

    Remedy
        Save the endpoint again; where that fails too, the activity log says why.

    Sources
        learn.microsoft.com: Manage Azure private endpoints.
    """
    for endpoint, of in _endpoints(context):
        if endpoint.provisioning_state.lower() == "failed":
            yield Violation(
                subject=Thing.of(endpoint.id),
                text=f"Endpoint {endpoint.id.name} failed to provision",
                cause=f"The last update of {endpoint.id.name} ended in the state Failed.",
                repairs=(endpoint_repairs.save_endpoint(context.estate, endpoint.id),),
                proofs=(Proof(kind="document", text="provisioningState is Failed"),),
                touches=of,
            )


@check("PED110", "endpoint-without-names", Level.WARNING)
def endpoint_without_names(context: Context) -> Iterator[Violation]:
    """The interface of an approved endpoint to an Azure service lists no names.

    Why it matters
        Nobody, Azure's zone group included, can tell then which address belongs to which name.

    How it is decided
        1. The endpoint is approved and leads to a service in scope whose private-link names Azure documents.
        2. Its interfaces were all read, and neither they nor the endpoint itself list a name.

    Remedy
        Save the endpoint again; where the names do not come, make it anew.

    Sources
        learn.microsoft.com: Azure Private Endpoint private DNS zone values.
    """
    for endpoint, of in _endpoints(context):
        known = any(c.target and _has_names(c.target) for c in endpoint.connections)
        if not known or not endpoint.approved or endpoint.custom_dns or not endpoint.interfaces:
            continue
        nics = context.estate.interfaces_of(endpoint)
        if {nic.id for nic in nics} < set(endpoint.interfaces) or not any(nic.ip_configurations for nic in nics):
            continue
        if not any(configuration.fqdns for nic in nics for configuration in nic.ip_configurations):
            addresses = ", ".join(c.address for nic in nics for c in nic.ip_configurations)
            yield Violation(
                subject=Thing.of(endpoint.id),
                text=f"Endpoint {endpoint.id.name} lists no names",
                cause=f"{endpoint.id.name} has {addresses}, and its interface names nothing that should lead there.",
                related=tuple(Thing.of(nic.id) for nic in nics),
                proofs=(Proof(kind="document", text="no privateLinkConnectionProperties with fqdns"),),
                touches=of,
            )


@check(
    "PED111",
    "zone-group-absent",
    Level.NOTE,
    claim=Claim.ABSENCE,
    needs=("private-endpoint", "private-dns-zone-group"),
)
def zone_group_absent(context: Context) -> Iterator[Violation]:
    """The endpoint's records are right, but kept by hand: nothing follows the next address change.

    Why it matters
        An endpoint that is made again gets other addresses. Without a zone group the old ones stay in the zone.

    How it is decided
        1. The endpoint is approved, leads to a service in scope and has no zone group with zones.
        2. A private zone in sight holds a right record for each of its required names.

    Remedy
        Give the endpoint a zone group over the zones that hold its records.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration, private DNS zone group.
    """
    for endpoint, of in _endpoints(context):
        if not endpoint.approved or any(group.configs for group in context.estate.zone_groups_of(endpoint.id)):
            continue
        records = [r for r in context.required.records_of(endpoint.id) if r.zone and r.need is Need.REQUIRED]
        holding = [_held_in(context, record) for record in records]
        zones = {zone.name: zone for zone in holding if zone}
        if not records or None in holding:
            continue
        yield Violation(
            subject=Thing.of(endpoint.id),
            text=f"The records of endpoint {endpoint.id.name} are kept by hand",
            cause=f"{endpoint.id.name} has no DNS zone group; its records stand in {', '.join(sorted(zones))}.",
            related=tuple(Thing.of(zone.id) for _, zone in sorted(zones.items())),
            repairs=repairs.create_zone_group(endpoint.id, zones.values()),
            proofs=(Proof(kind="document", text="the endpoint has no privateDnsZoneGroups"),),
            touches=of,
        )


@check("PED116", "zone-group-contested", Level.NOTE)
def zone_group_contested(context: Context) -> Iterator[Violation]:
    """Two automations give this endpoint zone groups of their own.

    Why it matters
        Azure keeps one zone group of an endpoint. A policy and a template that each want their own replace each
        other's at every deployment, and the records with it.

    How it is decided
        1. The endpoint leads to a service in scope.
        2. More than one zone group of it was read.

    Remedy
        Let one automation own the zone group: take it out of the template, or exempt the endpoint from the policy.

    Sources
        learn.microsoft.com: Private Link and DNS integration at scale.
    """
    for endpoint, of in _endpoints(context):
        groups = context.estate.zone_groups_of(endpoint.id)
        if len(groups) > 1:
            names = " and ".join(group.id.name for group in groups)
            yield Violation(
                subject=Thing.of(endpoint.id),
                text=f"Endpoint {endpoint.id.name} was given the zone groups {names}",
                cause=f"{names} were made for one endpoint, each by somebody who does not know of the other.",
                related=tuple(Thing.of(group.id) for group in groups),
                proofs=tuple(Proof(kind="document", text=f"the zone group {group.id.text}") for group in groups),
                touches=of,
            )


def _endpoints(context: Context) -> Iterator[tuple[PrivateEndpoint, tuple[str, ...]]]:
    """The endpoints of the services in scope, each with the ids of those services."""
    found: dict[ArmId, tuple[PrivateEndpoint, set[str]]] = {}
    everything: tuple[Service, ...] = (*context.required.workspaces, *context.required.targets)
    for service in everything:
        for endpoint in workspace_endpoints(context.estate, service.id):
            found.setdefault(endpoint.id, (endpoint, set()))[1].add(service.id.text)
    for _, (endpoint, of) in sorted(found.items()):
        yield endpoint, tuple(sorted(of))


def _has_names(target: ArmId) -> bool:
    return target.type.lower() in LISTED or is_documented(target.type)


def _held_in(context: Context, record: ExpectedRecord) -> PrivateZone | None:
    """A visible zone that holds a right record."""
    for zone in context.estate.zones_by_name.get(record.zone, ()):
        held = context.estate.record(zone.id, record.record, record.type)
        if held and set(held.addresses) & set(record.addresses):
            return zone
    return None
