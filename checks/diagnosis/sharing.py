"""Records that zone groups of several endpoints write: who writes them, who won, and who suffers from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.names.expected import ExpectedRecord
from checks.requirements import Requirement
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateEndpoint, PrivateZone, RecordSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A record set that the zone groups of several endpoints write; `held` is what stands there now."""

    held: RecordSet
    writers: tuple[ExpectedRecord, ...]
    """What each of them wants there, one of each endpoint, by the endpoint's id."""

    @property
    def endpoints(self) -> tuple[ArmId, ...]:
        """The endpoints, sorted by id."""
        return tuple(writer.endpoint for writer in self.writers)

    @property
    def winner(self) -> ExpectedRecord | None:
        """Whose addresses stand there."""
        return next((w for w in self.writers if set(w.addresses) & set(self.held.addresses)), None)


def shared_records(context: Context) -> Iterator[Shared]:
    """Every record set that exists and that zone groups of more than one endpoint write."""
    wanted: dict[tuple[ArmId, str, str], dict[ArmId, ExpectedRecord]] = {}
    for record in context.required.records:
        for zone in zones_written(context.estate, record):
            wanted.setdefault((zone, record.record, record.type), {})[record.endpoint] = record
    for (zone, name, type), by_endpoint in wanted.items():
        held = context.estate.record(zone, name, type) if len(by_endpoint) > 1 else None
        if held and context.estate.get(PrivateZone, zone):
            yield Shared(held=held, writers=tuple(record for _, record in sorted(by_endpoint.items())))


def zones_written(estate: Estate, record: ExpectedRecord) -> set[ArmId]:
    """The zones into which the endpoint's zone group writes a record."""
    return {
        config.zone
        for group in estate.zone_groups_of(record.endpoint)
        for config in group.configs
        if config.zone and record.zone and config.zone.name.lower() == record.zone
    }


def by_name(context: Context) -> Mapping[Fqdn, tuple[Requirement, ...]]:
    """The requirements of each name."""
    found: dict[Fqdn, list[Requirement]] = {}
    for requirement in context.required.requirements:
        found.setdefault(requirement.name, []).append(requirement)
    return {name: tuple(those) for name, those in found.items()}


def suffers(context: Context, shared: Shared, requirements: Mapping[Fqdn, tuple[Requirement, ...]]) -> bool:
    """Whether a required client is answered from the record and cannot use the addresses that won."""
    return any(
        answered_from(context, requirement, shared.held.zone)
        and not set(requirement.acceptable) & set(shared.held.addresses)
        for name in {writer.name for writer in shared.writers}
        for requirement in requirements.get(name, ())
    )


def answered_from(context: Context, requirement: Requirement, zone: ArmId) -> bool:
    """Whether the view in which a requirement's name is resolved is linked to a zone."""
    view = context.path(requirement).view
    link = context.estate.linked_zones(ArmId(view)).get(Fqdn(zone.name.lower())) if view[:1] == "/" else None
    return link is not None and link.zone == zone


def overwriter(estate: Estate, held: RecordSet, endpoint: ArmId) -> PrivateEndpoint | None:
    """The other endpoint, which exists, that a record's stamp names and whose addresses it holds."""
    if held.owner is None:
        return None
    for other in estate.endpoints_by_name.get(held.owner.endpoint.lower(), ()):
        own = {c.address for nic in estate.interfaces_of(other) for c in nic.ip_configurations}
        same = "" in (held.owner.resource_guid, other.resource_guid) or (
            held.owner.resource_guid.lower() == other.resource_guid.lower()
        )
        if other.id != endpoint and same and own & set(held.addresses):
            return other
    return None
