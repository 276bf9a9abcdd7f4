"""3xx: links to networks whose clients ask a server elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.catalogue.missing_rules import ruleset_not_linked
from checks.catalogue.zones import zone_not_linked
from checks.check import Check, explains
from checks.context import Context
from checks.disagreement import Disagreement
from checks.finding import Level, Proof, Violation
from checks.resolution.path import Thing
from collectors.graph.ids import ArmId
from collectors.graph.nodes import ForwardingRuleset, PrivateZone, RulesetLink, VirtualNetwork

_PLAIN: tuple[Check, ...] = (zone_not_linked, ruleset_not_linked)


@explains("PED304", "links-without-effect", Level.WARNING, needs=("private-dns-zone", "zone-link"))
def links_without_effect(context: Context, disagreement: Disagreement) -> Violation | None:
    """A network is linked to what its names need, but it asks a server elsewhere, where that link is missing.

    Why it matters
        Links are served to who asks Azure DNS from that network. With custom DNS servers it is the server's network
        that asks: everything looks right in the portal, and has no effect.

    How it is decided
        1. A required client's network asks another server; its questions reach Azure DNS in that one's network.
        2. The zone, or the forwarding ruleset, that the name needs is not linked there (as of PED202 and PED408).
        3. It is linked to the client's own network, or to another one that asks the same way.
        4. With a link to the network that asks the name must resolve, or fail later on its way.

    Remedy
        Link the zone to the network of the server. The other links may stay, and do nothing.

    Sources
        learn.microsoft.com: Azure Private Endpoint DNS integration, virtual networks with custom DNS servers.
    """
    view = disagreement.path.view
    told = next((told for plain in _PLAIN if plain.explain and (told := plain.explain(context, disagreement))), None)
    if told is None:
        return None
    needed, asking = ArmId(told.subject.id), ArmId(view)
    idle = sorted(_asking_elsewhere(context, disagreement) & set(_linked(context, needed, disagreement)))
    if not idle:
        return None
    names = " and ".join(network.name for network in idle)
    return replace(
        told,
        subject=Thing.of(asking),
        discriminator=needed.text,
        text=f"{_what(context, needed)} is linked to {names}, and not to {asking.name}, where their names are resolved",
        cause=f"The DNS server of {names} stands elsewhere: their own links do nothing, and {asking.name} lacks one.",
        related=(*told.related, Thing.of(needed), *map(Thing.of, idle)),
        proofs=(*told.proofs, *(_servers(context, network) for network in idle)),
    )


def _asking_elsewhere(context: Context, disagreement: Disagreement) -> set[ArmId]:
    """The networks that need the name as well and whose questions reach Azure DNS in the same other network."""
    expected, view = disagreement.requirement.expected, disagreement.path.view
    alike = context.required.requirements_at(expected.zone, expected.record)
    networks = (r.client.network for r in alike if context.path(r).view == view)
    return {network for network in networks if network and network.text != view}


def _servers(context: Context, network: ArmId) -> Proof:
    node = context.estate.get(VirtualNetwork, network)
    listed = ", ".join(node.dns_servers) if node else ""
    return Proof(kind="document", text=f"the DNS servers of {network.name}: {listed or 'Azure-provided DNS'}")


def _linked(context: Context, needed: ArmId, disagreement: Disagreement) -> Iterator[ArmId]:
    """The networks that are linked to a ruleset, or to any copy of a zone."""
    if context.estate.get(ForwardingRuleset, needed):
        yield from (link.network for link in context.estate.of_type(RulesetLink) if link.ruleset == needed)
        return
    for zone in context.estate.zones_by_name.get(disagreement.requirement.expected.zone, ()):
        yield from (link.network for link in context.estate.links_by_zone.get(zone.id, ()))


def _what(context: Context, needed: ArmId) -> str:
    return f"{'Zone' if context.estate.get(PrivateZone, needed) else 'Ruleset'} {needed.name}"
