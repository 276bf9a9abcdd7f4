"""Names of other people's resources: which of them a zone that is linked here denies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.requirements import Client
from checks.resolution import rules
from checks.resolution.path import NxDomain, Path
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import ZoneLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A foreign name that a linked zone denies: the link by which clients come to it, and how the first does."""

    name: Fqdn
    link: ZoneLink
    path: Path
    clients: tuple[Client, ...]


def denials(context: Context) -> Iterator[Denial]:
    """One for each foreign name and link of a private-link zone."""
    for name in foreign_names(context):
        found: dict[ArmId, tuple[ZoneLink, list[tuple[Client, Path]]]] = {}
        for client in context.required.clients:
            path = context.solver.path(client, name)
            link = _denying(context.estate, path)
            if link:
                found.setdefault(link.id, (link, []))[1].append((client, path))
        for _, (link, those) in sorted(found.items()):
            yield Denial(name=name, link=link, path=those[0][1], clients=tuple(client for client, _ in those))


def foreign_names(context: Context) -> tuple[Fqdn, ...]:
    """The names that public DNS leads over an alias to a public address, and that nothing in sight has, sorted."""
    own = {record.name for record in context.required.records}
    own.update(context.public.aliases, context.public.aliases.values(), context.public.unknown)
    return tuple(sorted(context.aliases.resolved - own))


def _denying(estate: Estate, path: Path) -> ZoneLink | None:
    """The link of the private-link zone that ends a path in NXDOMAIN."""
    last = path.last
    if not isinstance(path.outcome, NxDomain) or last.rule is not rules.ZONE_DENIES or last.decided_by is None:
        return None
    zone = ArmId(last.decided_by.id)
    link = estate.linked_zones(ArmId(path.view)).get(Fqdn(zone.name.lower()))
    return link if link and "privatelink" in zone.name.lower().split(".") else None
