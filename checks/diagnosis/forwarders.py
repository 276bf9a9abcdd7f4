"""Which forwarders a declared server lacks for a name, where they should lead to, and what it forwards already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from checks.context import Context, meets
from checks.diagnosis import repairs
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Violation
from checks.names.expected import ExpectedRecord
from checks.names.services import suffix_of_zone
from checks.names.tables import table_of
from checks.requirements import Requirement
from checks.resolution import rules
from checks.resolution.path import Thing
from checks.resolution.places import CustomServer, Inbound, custom_server, inbound_door
from checks.resolution.solver import forwards_to_azure
from collectors.graph.addresses import split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import Fqdn, suffixes
from collectors.graph.nodes import InboundEndpoint

_BY_RULE = (rules.FORWARDING_RULE, rules.RULE_OF_ALIAS)
_TO_THE_INTERNET = (rules.DEFAULT_FORWARDER, rules.ITERATES, rules.FORWARDER)


class Forwarded(Enum):
    """What a server forwards to Azure DNS of the service that a name belongs to."""

    NOTHING = "nothing"
    PRIVATE_ONLY = "the private-link form of the name"
    SOME = "other public suffixes of the service"


@dataclass(frozen=True, slots=True)
class MissingForwarder:
    """A server that lacks forwarders for a name: for which suffixes, to what, and what it forwards already."""

    server: CustomServer
    needed: tuple[Fqdn, ...]
    target: str
    already: Forwarded = Forwarded.NOTHING


def lacking_forwarder(context: Context, disagreement: Disagreement) -> MissingForwarder | None:
    """The declared server that sends a name to the internet, unless a forwarding rule of Azure led there."""
    last, record = disagreement.path.last, disagreement.requirement.expected
    if last.rule not in _TO_THE_INTERNET or last.decided_by is None or last.decided_by.type != "server":
        return None
    if any(hop.rule in _BY_RULE for hop in disagreement.path.hops):
        return None
    server = declared_server(context, last.decided_by.id)
    target = forwarding_target(context, server, disagreement.requirement) if server else None
    if server is None or target is None:
        return None
    needed = needed_suffixes(server, record)
    if last.rule is rules.FORWARDER:  # there is one, and it leads to the internet
        needed = tuple(dict.fromkeys((*_used_forwarder(server, last.name), *needed)))
    if not needed:
        return None
    already = Forwarded.NOTHING if last.rule is rules.FORWARDER else _forwarded(context, server, record)
    return MissingForwarder(server, needed, target, already)


def _forwarded(context: Context, server: CustomServer, record: ExpectedRecord) -> Forwarded:
    inward = {
        suffix
        for suffix, targets in (server.declared.forwards or {}).items()
        if suffix and not any(_leads_outside(context, target) for target in targets)
    }
    private = set(suffixes(record.asked_private)) - set(suffixes(record.asked))
    if inward & private:
        return Forwarded.PRIVATE_ONLY
    return Forwarded.SOME if inward & set(_public_suffixes(record)) else Forwarded.NOTHING


def _leads_outside(context: Context, target: str) -> bool:
    address, _ = split_target(target)
    return address != PLATFORM_RESOLVER and context.estate.is_public(address)


def _used_forwarder(server: CustomServer, name: Fqdn) -> tuple[Fqdn, ...]:
    return tuple(suffix for suffix in suffixes(name) if suffix in (server.declared.forwards or {}))[:1]


def missing_forwarder(lacking: MissingForwarder, disagreement: Disagreement) -> Violation:
    """The violation about a server that lacks forwarders, for one disagreement."""
    record, server = disagreement.requirement.expected, lacking.server
    names = " and ".join(lacking.needed)
    return Violation(
        subject=server.thing,
        text=f"DNS server {server.address} does not forward {names} to Azure DNS",
        cause=f"{server.address} sends questions for {names} to the internet instead of to Azure DNS.",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.add_forwarder(server, lacking.needed, lacking.target),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def needed_suffixes(server: CustomServer, record: ExpectedRecord) -> tuple[Fqdn, ...]:
    """The public suffixes of a name, and of the rest of its service, that the server does not forward yet."""
    return tuple(suffix for suffix in _public_suffixes(record) if suffix not in (server.declared.forwards or {}))


def _public_suffixes(record: ExpectedRecord) -> tuple[Fqdn, ...]:
    table = table_of(record.public_form)
    if table and table.private_form(record.public_form):
        return table.publics
    own = suffix_of_zone(record.name), suffix_of_zone(record.private_name)  # some services change it on the way
    return tuple(dict.fromkeys(suffix for suffix in own if suffix))


def forwarding_target(context: Context, server: CustomServer, requirement: Requirement) -> str | None:
    """Where a server should forward to: Azure DNS from inside a network, else what reaches it and answers best."""
    if server.network:
        return PLATFORM_RESOLVER
    found = [place for place in ways_in(context) if isinstance(place, Inbound) or place.id != server.id]
    asked = requirement.expected.asked
    right = (p for p in found if meets(context.solver.at(p, asked, requirement.type).outcome, requirement.acceptable))
    chosen = next(right, None) or next(iter(found), None)
    return chosen.address if chosen else None


def ways_in(context: Context) -> Iterator[CustomServer | Inbound]:
    """What brings questions from outside to Azure DNS: servers that forward to it, inbound endpoints."""
    for declared in context.estate.declared.servers:
        other = custom_server(context.estate, declared)
        if other.network and forwards_to_azure(other):
            yield other
    for endpoint in context.estate.of_type(InboundEndpoint):
        doors = (inbound_door(context.estate, endpoint, held.address) for held in endpoint.addresses)
        yield from (door for door in doors if door.view)


def declared_server(context: Context, id: str) -> CustomServer | None:
    """The declared server of an id, where one is."""
    servers = (custom_server(context.estate, declared) for declared in context.estate.declared.servers)
    return next((server for server in servers if server.id == id), None)
