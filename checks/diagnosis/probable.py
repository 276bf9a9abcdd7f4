"""Networks that can reach an endpoint and that nobody named: which of them get something else for its names.

One name stands for all that endpoints of one network have in a zone: what leaves a network out is its view.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checks.context import Context, meets
from checks.requirements import Client, Requirement, Tier
from checks.resolution.path import Opaque
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import PrivateEndpoint, VirtualNetwork


@dataclass(slots=True)
class Sample:
    """A name that stands for those of a zone whose endpoints are in one network, and the services they belong to."""

    zone: Fqdn
    home: ArmId
    requirement: Requirement
    services: set[ArmId] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What the networks that a sample's name leads astray would need of it: at least one."""

    sample: Sample
    requirements: tuple[Requirement, ...]


def left_out(context: Context) -> Iterator[LeftOut]:
    """For each zone and network of endpoints the networks that reach them and would get something else."""
    for (component, _), samples in _by_component(context).items():
        clients = tuple(_probable(context, component))
        failing = _failing(context, clients, [sample.requirement for sample in samples])
        for sample in samples:
            needs = [_needed(context, sample, component, client) for client in failing[sample.requirement.name]]
            missed = tuple(need for need in needs if need and not _is_met(context, need))
            if missed:
                yield LeftOut(sample=sample, requirements=missed)


def _by_component(context: Context) -> Mapping[tuple[frozenset[ArmId], Fqdn], list[Sample]]:
    """The samples, by the networks that reach their endpoints and by zone."""
    found: dict[tuple[frozenset[ArmId], Fqdn], list[Sample]] = defaultdict(list)
    for sample in _samples(context):
        found[context.estate.component(sample.home), sample.zone].append(sample)
    return found


def _samples(context: Context) -> tuple[Sample, ...]:
    """For each zone and network of endpoints the first name that a required client gets rightly.

    Where none does, the zone itself is at fault, which other findings tell.
    """
    found: dict[tuple[Fqdn, ArmId], Sample] = {}
    for requirement in context.required.requirements:
        record = requirement.expected
        endpoint = context.estate.get(PrivateEndpoint, record.endpoint)
        home = endpoint.network if endpoint else None
        if home is None or not _may_stand_for_others(requirement):
            continue
        sample = found.get((record.zone, home))
        if sample is None and _is_met(context, requirement):
            sample = found[record.zone, home] = Sample(record.zone, home, requirement)
        if sample:
            sample.services.add(record.workspace)
    return tuple(found.values())


def _may_stand_for_others(requirement: Requirement) -> bool:
    record = requirement.expected
    plain = requirement.type == "A" and not requirement.name.startswith("*")
    return plain and bool(record.zone) and record.approved and not requirement.has_own_code


def _probable(context: Context, component: frozenset[ArmId]) -> Iterator[Client]:
    """The networks of a component as clients; those in which somebody's DNS servers stand are hops."""
    read = [context.estate.spelt(id) for id in sorted(component) if context.estate.get(VirtualNetwork, id)]
    clients = [Client(id=id.text, network=id) for id in read]
    hops = {network for client in (*context.required.clients, *clients) for network in _asked(context, client)}
    return (client for client in clients if client.network not in hops)


def _asked(context: Context, client: Client) -> Iterator[ArmId | None]:
    """The networks in which the servers of a client stand."""
    site = context.estate.site(client.site) if client.site else None
    for server in context.solver.servers(client):
        if server != PLATFORM_RESOLVER:
            yield context.estate.locate(server, client.network, site)


def _failing(
    context: Context, clients: Sequence[Client], requirements: Sequence[Requirement]
) -> Mapping[Fqdn, list[Client]]:
    """The clients, by the names for which they get something else than the required client, whom it serves rightly."""
    by_asked: dict[Fqdn, list[Requirement]] = defaultdict(list)
    for requirement in requirements:
        by_asked[requirement.expected.asked].append(requirement)
    found: dict[Fqdn, list[Client]] = defaultdict(list)
    for group in context.survey.groups(clients, tuple(by_asked)):
        for name, outcome in group.outcomes():
            for requirement in by_asked[name]:
                if not isinstance(outcome, Opaque) and not meets(outcome, requirement.acceptable):
                    found[requirement.name].extend(group.clients)
    return found


def _needed(context: Context, sample: Sample, component: frozenset[ArmId], client: Client) -> Requirement | None:
    """What a probable client needs of a name: an endpoint that it reaches. None: it is required to have it anyway."""
    of, required = sample.requirement, context.required
    place = of.expected.zone, of.expected.record
    if any(r.client.network == client.network for r in required.requirements_at(*place) if r.name == of.name):
        return None
    addresses = {
        address
        for record in required.records_at(*place)
        if (record.name, record.type) == (of.name, of.type) and record.approved
        if (endpoint := context.estate.get(PrivateEndpoint, record.endpoint)) and endpoint.network in component
        for address in record.addresses
    }
    return replace(of, client=client, acceptable=tuple(sorted(addresses)), tier=Tier.PROBABLE)


def _is_met(context: Context, requirement: Requirement) -> bool:
    return meets(context.outcomes(requirement)[0], requirement.acceptable)
