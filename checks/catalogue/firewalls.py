"""3xx: the DNS proxy of a firewall as the server that clients ask."""

from __future__ import annotations

from dataclasses import replace

from checks.catalogue.zones import zone_not_linked
from checks.check import Claim, explains
from checks.context import Context, meets
from checks.diagnosis import server_repairs
from checks.diagnosis.forwarders import ways_in
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Violation
from checks.resolution import rules
from checks.resolution.path import Thing
from checks.resolution.places import Inbound, is_hub, server_at
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Firewall


@explains("PED309", "firewall-proxy-off")
def firewall_proxy_off(context: Context, disagreement: Disagreement) -> Violation | None:
    """The DNS server of a network is a firewall whose DNS proxy is off.

    Why it matters
        Nobody listens at port 53 of the firewall, so no name resolves at all.

    How it is decided
        1. The path ends at the private address of a firewall that was read, with the policy that decides.
        2. Its DNS proxy is off, or its policy says nothing of DNS.
        3. With the proxy the name must resolve, or fail later on its way. The Basic tier has no proxy.

    Remedy
        Switch the DNS proxy on, or let the network ask another server.

    Sources
        learn.microsoft.com: Azure Firewall DNS settings.
    """
    last = disagreement.path.last
    if last.rule is not rules.FIREWALL_PROXY_OFF:
        return None
    firewall = context.estate.get(Firewall, ArmId(last.at.id))
    repair = server_repairs.enable_proxy(context.estate, firewall) if firewall else None
    if firewall is None or repair is None:
        return None
    record = disagreement.requirement.expected
    return Violation(
        subject=Thing.of(firewall.id),
        text=f"The DNS proxy of firewall {firewall.id.name} is off, and it is asked for names",
        cause=f"{last.text[:1].upper()}{last.text[1:]}.",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repair,),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@explains(
    "PED310",
    "firewall-view-unlinked",
    claim=Claim.ABSENCE,
    needs=("private-dns-zone", "zone-link"),
)
def firewall_view_unlinked(context: Context, disagreement: Disagreement) -> Violation | None:
    """The firewall that is asked for names asks Azure DNS where the needed zone is not linked.

    Why it matters
        The network of the firewall decides which zones count, not those of its clients: their links have no effect.
        To a virtual hub nothing can be linked at all.

    How it is decided
        1. A firewall's DNS proxy has no server of its own and asks Azure DNS where it stands.
        2. In a network: the needed zone exists and is not linked there. With the link the name must resolve, or
           fail later on its way.
        3. In a virtual hub: with an inbound endpoint as the firewall's server the name must resolve.

    Remedy
        Link the zone to the firewall's network. In a virtual hub, name an inbound endpoint as the DNS server of the
        firewall's policy.

    Sources
        learn.microsoft.com: Azure Firewall DNS settings; Guide to Private Link and DNS in Azure Virtual WAN.
    """
    asking = next((hop for hop in disagreement.path.hops if hop.rule is rules.FIREWALL_OWN_DNS), None)
    firewall = context.estate.get(Firewall, ArmId(asking.at.id)) if asking else None
    if firewall is None:
        return None
    if is_hub(ArmId(disagreement.path.view)):
        return _in_hub(context, disagreement, firewall)
    explain = zone_not_linked.explain
    told = explain(context, disagreement) if explain else None
    if told is None:
        return None
    zone, view = told.subject, ArmId(told.discriminator)
    return replace(
        told,
        subject=Thing.of(firewall.id),
        discriminator=zone.id,
        text=f"Firewall {firewall.id.name} is asked for names of {zone.name}, which is not linked to its network",
        cause=f"It asks Azure DNS in {view.name}, where {zone.name} is not linked; its clients' links do not count.",
        related=(zone, *told.related),
    )


def _in_hub(context: Context, disagreement: Disagreement, firewall: Firewall) -> Violation | None:
    """One repair mends all zones there, so the finding is about the firewall as a whole."""
    record, type = disagreement.requirement.expected, disagreement.requirement.type
    doors = (place for place in ways_in(context) if isinstance(place, Inbound))
    right = (
        door
        for door in doors
        if _reaches(context, firewall, door)
        and meets(context.solver.at(door, record.asked, type).outcome, disagreement.requirement.acceptable)
    )
    door = next(right, None)
    repair = server_repairs.ask_upstream(context.estate, firewall, door.address) if door else None
    if door is None or repair is None:
        return None
    return Violation(
        subject=Thing.of(firewall.id),
        text=f"Firewall {firewall.id.name} asks Azure DNS in a virtual hub, to which no zone can be linked",
        cause=f"{firewall.id.name} names no DNS server; inbound endpoint {door.id.name} would answer rightly.",
        related=(door.thing, Thing.of(record.endpoint)),
        occurrences=(occurrence(disagreement),),
        repairs=(repair,),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


def _reaches(context: Context, firewall: Firewall, door: Inbound) -> bool:
    """Whether the firewall, asking that address from its hub, comes to that very endpoint."""
    return firewall.hub is not None and server_at(context.estate, door.address, firewall.hub) == door
