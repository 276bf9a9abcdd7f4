"""3xx: forwarders that are there and do not help."""

from __future__ import annotations

from dataclasses import replace

from checks.check import explains
from checks.context import Context
from checks.diagnosis import server_repairs
from checks.diagnosis.forwarders import (
    Forwarded,
    declared_server,
    forwarding_target,
    lacking_forwarder,
    missing_forwarder,
)
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Violation
from checks.resolution import rules
from checks.resolution.path import Thing
from collectors.graph.clouds import PLATFORM_RESOLVER


@explains("PED308", "platform-address-from-outside")
def platform_address_from_outside(context: Context, disagreement: Disagreement) -> Violation | None:
    """A server outside Azure forwards to Azure DNS, whose address answers only inside of virtual networks.

    Why it matters
        Every question for these names times out: clients see SERVFAIL, or whatever a fallback finds on the internet.

    How it is decided
        1. The path ends at 168.63.129.16, and the server that forwards there stands in no virtual network.
        2. A server or an inbound endpoint that brings questions to Azure DNS is known.
        3. With that as the target the name must resolve, or fail later on its way.

    Remedy
        Forward to an inbound endpoint of a DNS private resolver, or to a DNS server inside of a virtual network.

    Sources
        learn.microsoft.com: What is IP address 168.63.129.16; Use your workspace with a custom DNS server.
    """
    if disagreement.path.last.rule is not rules.PLATFORM_OUTSIDE:
        return None
    asking = [hop.decided_by for hop in disagreement.path.hops if hop.decided_by and hop.decided_by.type == "server"]
    server = declared_server(context, asking[-1].id) if asking else None
    target = forwarding_target(context, server, disagreement.requirement) if server else None
    if server is None or target is None or target == PLATFORM_RESOLVER:
        return None
    record = disagreement.requirement.expected
    return Violation(
        subject=server.thing,
        text=f"DNS server {server.address} forwards to {PLATFORM_RESOLVER}, which it cannot reach",
        cause=f"{PLATFORM_RESOLVER} answers only inside of virtual networks, and {server.address} stands in none.",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(server_repairs.redirect_forwarders(server, target),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@explains("PED307", "forwarder-not-reapplied")
def forwarder_not_reapplied(context: Context, disagreement: Disagreement) -> Violation | None:
    """The server forwards the private-link zone only, and its kind does not apply that to the target of an alias.

    Why it matters
        Clients ask for the public name. Public DNS answers with an alias into the private-link zone and its public
        address at once; dnsmasq, Knot Resolver, CoreDNS and systemd-resolved pass that on and never use the
        forwarder. BIND, Unbound and PowerDNS resolve the alias's target themselves and are right.

    How it is decided
        1. The path ends at a declared server that sends the public name to the internet.
        2. Of the suffixes of the name the server forwards the private-link one, and no public one.
        3. With forwarders for the public suffixes the name must resolve, or fail later on its way.
        4. What is only reported of a kind (Windows, CoreDNS, systemd-resolved) is told as an assumption.

    Remedy
        Forward the public suffixes, not only the private-link zones: that is right for every kind of server.

    Sources
        Measured: BIND, Unbound, PowerDNS Recursor, dnsmasq, Knot Resolver; github.com/dmauser/PrivateLink pull 6;
        learn.microsoft.com: Azure Private Endpoint DNS integration scenarios.
    """
    lacking = lacking_forwarder(context, disagreement)
    if lacking is None or lacking.already is not Forwarded.PRIVATE_ONLY:
        return None
    zone, server = disagreement.requirement.expected.zone, lacking.server
    kind = server.declared.kind
    who = f"{server.address} ({kind})" if kind and kind != "unknown" else server.address
    return replace(
        missing_forwarder(lacking, disagreement),
        text=f"DNS server {server.address} forwards private-link names only, which has no effect there",
        cause=f"{who} passes public DNS's whole answer on and does not use its forwarder for {zone}.",
    )


@explains("PED306", "forwarders-incomplete", Level.WARNING)
def forwarders_incomplete(context: Context, disagreement: Disagreement) -> Violation | None:
    """The server forwards some of the service's public zones to Azure DNS, and others not.

    Why it matters
        A part of the service works, which hides the cause: the workspace opens and its notebooks do not, or the
        other way round.

    How it is decided
        1. The path ends at a declared server that sends the name to the internet.
        2. Another public suffix of the same service is forwarded, and not to the internet.
        3. With the missing forwarders the name must resolve, or fail later on its way.

    Remedy
        Forward every public suffix of the service. aznbcontent.net is public and needs none.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, conditional forwarders.
    """
    lacking = lacking_forwarder(context, disagreement)
    if lacking is None or lacking.already is not Forwarded.SOME:
        return None
    names = " and ".join(lacking.needed)
    return replace(
        missing_forwarder(lacking, disagreement),
        text=f"DNS server {lacking.server.address} forwards some public suffixes of the service and not {names}",
        cause=f"{lacking.server.address} sends questions for {names} to the internet, the others to Azure DNS.",
    )
