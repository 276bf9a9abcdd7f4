"""How one name resolves from everywhere: clients that get the same by the same steps are one view class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.context import Context, Observation
from checks.names.expected import ExpectedRecord, all_services, expect_records
from checks.names.tables import PROBE_LABEL
from checks.questions import view_of
from checks.requirements import Client, Tier
from checks.resolution.path import Hop, Path
from checks.resolution.places import CustomServer, FirewallProxy, Inbound, Place
from collectors.graph.ids import ArmId, Fqdn, is_under
from collectors.graph.nodes import PrivateEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewClass:
    """Clients that ask the same servers and get the same answer by the same steps.

    `expected` is empty for a name that nobody expects.
    """

    view: str
    servers: tuple[str, ...]
    clients: tuple[Client, ...]
    tier: Tier
    expected: tuple[str, ...]
    path: Path
    observed: tuple[Observation, ...]


def asked_form(name: Fqdn) -> Fqdn:
    """The name to ask for: a wildcard stands for one label under it."""
    return Fqdn(PROBE_LABEL + name[1:]) if name.startswith("*.") else name


def records_for(context: Context, name: Fqdn) -> tuple[ExpectedRecord, ...]:
    """The expected records that a name means, in its public or its private-link form, wildcards included."""
    return tuple(
        record
        for workspace in all_services(context.estate)
        for record in expect_records(context.estate, workspace)
        if _means(name, record.name) or _means(name, record.private_name)
    )


def _means(name: str, expected: str) -> bool:
    if expected.startswith("*."):
        return name == expected or (is_under(name, expected[2:]) and name != expected[2:])
    return name == expected


def view_classes(
    context: Context, name: Fqdn, type: str, clients: Sequence[Client], observations: Sequence[Observation] = ()
) -> tuple[ViewClass, ...]:
    """One entry per way in which the clients get the name, required clients first, with what was observed of it."""
    asked = asked_form(name)
    records = records_for(context, name)
    expected = tuple(sorted({a for r in records if r.approved or len(records) == 1 for a in r.addresses}))
    required = _required_clients(context, records)
    groups: dict[tuple[Tier, tuple[str, ...], tuple[Hop, ...], str], list[tuple[Client, Path]]] = {}
    for client in clients:
        path = context.solver.path(client, asked, type)
        servers = context.solver.servers(client)
        tier = Tier.REQUIRED if client in required else _tier(context, client, records)
        groups.setdefault((tier, servers, path.hops[1:], path.view), []).append((client, path))
    classes = [
        ViewClass(
            view=members[0][1].view,
            servers=servers,
            clients=tuple(client for client, _ in members),
            tier=tier,
            expected=expected,
            path=members[0][1],
            observed=_observed(context, observations, members[0][0]),
        )
        for (tier, servers, *_), members in groups.items()
    ]
    return tuple(sorted(classes, key=lambda c: (list(Tier).index(c.tier), c.view.lower(), c.clients[0])))


def _tier(context: Context, client: Client, records: Sequence[ExpectedRecord]) -> Tier:
    """Probable: networks from which an endpoint of the name can be reached. A DNS server's network is only a hop."""
    if any(_stands_in(place) == client.network for place in _servers(context)):
        return Tier.POSSIBLE
    endpoints = (context.estate.get(PrivateEndpoint, record.endpoint) for record in records)
    networks = {endpoint.network for endpoint in endpoints if endpoint}
    reached = context.estate.component(client.network) if client.network else frozenset()
    return Tier.PROBABLE if networks & reached else Tier.POSSIBLE


def _stands_in(place: Place) -> ArmId | str:
    """The network that a server stands in; `""` where it is in none."""
    match place:
        case CustomServer(network=network) | Inbound(view=network) | FirewallProxy(view=network):
            return network or ""
    return ""


def _servers(context: Context) -> Iterator[Place]:
    """What the required clients ask."""
    return (place for client in context.required.clients for place in context.places(client))


def _required_clients(context: Context, records: Sequence[ExpectedRecord]) -> frozenset[Client]:
    names = {record.name for record in records}
    return frozenset(r.client for r in context.required.requirements if r.name in names)


def _observed(context: Context, observations: Sequence[Observation], client: Client) -> tuple[Observation, ...]:
    server = next(iter(context.solver.servers(client)), "")
    about = [o for o in observations if o.reached and o.answer.question.server == server]
    vantages = {vantage.name: vantage for vantage in context.estate.declared.vantages}
    own = [o for o in about if view_of(context.estate, vantages[o.answer.question.vantage]) == client.network]
    return tuple(own or about)
