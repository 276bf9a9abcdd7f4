"""2xx: how far zones reach: networks that they leave out, and names of others that they deny."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.check import check
from checks.context import Context
from checks.diagnosis import link_repairs
from checks.diagnosis.foreign import denials
from checks.diagnosis.probable import left_out
from checks.disagreement import Disagreement, occurrence, seen_of
from checks.finding import Level, Occurrence, Proof, Violation
from checks.resolution.path import Path, Thing, label
from collectors.graph.ids import ArmId, Fqdn

_SHOWN = 3


@check("PED220", "reachable-but-not-resolvable", Level.NOTE)
def reachable_but_not_resolvable(context: Context) -> Iterator[Violation]:
    """Networks can reach an endpoint, and would get something else for its names.

    Why it matters
        Peering a network opens the way to the endpoint, but brings no DNS: whoever works there is sent to the public
        address and refused, or gets nothing. Nobody said that these networks need the name, so this is a note. It is a
        warning where one of them holds interfaces of machines: somebody is probably there.

    How it is decided
        1. A network is connected with that of an approved endpoint by peerings or virtual hubs, it is no required
           client, and no DNS server that somebody asks stands in it.
        2. Of each service zone and each network of endpoints one name is asked for, one that required clients get.
        3. What the network would get holds no address of an endpoint that it can reach, or others beside.

    Remedy
        Link the zone to the network that resolves for these clients, or let them ask a DNS server that serves the
        others. Where nobody needs the name there, leave it.

    Sources
        learn.microsoft.com: What is a virtual network link; Azure Private Endpoint DNS integration scenarios.
    """
    for found in left_out(context):
        sample, name = found.sample, found.sample.requirement.name
        missed = [Disagreement(requirement=need, path=context.path(need)) for need in found.requirements]
        networks = [need.client.network for need in found.requirements if need.client.network]
        got = ", ".join(sorted({label(disagreement.path.outcome) for disagreement in missed}))
        yield Violation(
            subject=Thing(f"dns:{sample.zone}", "name", sample.zone),
            discriminator=context.estate.spelt(sample.home).text,
            text=f"{_listed(networks)} can reach endpoints in {sample.home.name}, but not by names in {sample.zone}",
            cause=f"Asked for {name} there, DNS gives {got} instead of {', '.join(sample.requirement.acceptable)}.",
            related=(Thing.of(context.estate.spelt(sample.home)), *map(Thing.of, networks)),
            occurrences=tuple(map(occurrence, missed)),
            proofs=(Proof(kind="simulated", text=f"{missed[0].path.last.name}: {missed[0].path.last.text}"),),
            path=missed[0].path,
            touches=tuple(sorted(service.text for service in sample.services)),
        )


def _listed(networks: Sequence[ArmId]) -> str:
    names = ", ".join(network.name for network in networks[:_SHOWN])
    more = len(networks) - _SHOWN
    return f"{names} and {more} more" if more > 0 else names


@check("PED213", "zone-blackholes-foreign-names", Level.WARNING)
def zone_blackholes_foreign_names(context: Context) -> Iterator[Violation]:
    """A linked zone denies the name of somebody else's resource.

    Why it matters
        A resource with a private endpoint anywhere is an alias of a private-link name, for everybody. A linked zone of
        that name denies what it does not hold, so a partner's or supplier's resource does not resolve at all, although
        public DNS knows it.

    How it is decided
        1. The configuration names the resource (`names.foreign`), or somebody asked a public resolver for it; no
           endpoint in sight has the name.
        2. Public DNS was seen to give an alias for it, and a public address.
        3. A required client gets NXDOMAIN for it from a linked private-link zone without fallback.

    Remedy
        Switch on fallback to internet for the link. Or make an endpoint to the resource, or write the record by hand,
        where its owner gives you a private way. With fallback a record of your own that is missing becomes a public
        answer instead of a failure.

    Sources
        learn.microsoft.com: Fallback to internet for Azure Private DNS zones; Azure Private Endpoint private DNS zone
        values, caution on existing zones.
    """
    for denial in denials(context):
        zone, name, path, view = denial.link.zone, denial.name, denial.path, denial.link.network.name
        yield Violation(
            subject=Thing.of(zone),
            discriminator=name,
            text=f"Zone {zone.name} denies {name}, which is somebody else's",
            cause=f"Public DNS leads to {path.last.name}, and {zone.name}, linked to {view}, does not fall back.",
            related=(Thing.of(denial.link.id),),
            occurrences=tuple(_occurrence(client.id, name, path) for client in denial.clients),
            repairs=(link_repairs.falling_back(context.estate, denial.link),),
            proofs=(
                Proof(kind="simulated", text=f"{path.last.name}: {path.last.text}"),
                Proof(kind="observed", text=f"public DNS answers {name} by the alias {context.aliases.seen[name]}"),
            ),
            path=path,
        )


def _occurrence(client: str, name: Fqdn, path: Path) -> Occurrence:
    return Occurrence(client=client, name=name, type="A", view=path.view, simulated=seen_of(path.outcome, path))
