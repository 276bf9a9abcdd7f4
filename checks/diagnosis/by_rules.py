"""What the findings about forwarding rules and policies share."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import Context, meets
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Repair, Violation
from checks.resolution.path import Hop, Thing
from collectors.graph.ids import ArmId


def in_networks(disagreement: Disagreement) -> Iterator[Hop]:
    """The hops at which Azure DNS decides in a network."""
    return (hop for hop in disagreement.path.hops if hop.at.type.lower() == "microsoft.network/virtualnetworks")


def mends(context: Context, disagreement: Disagreement, repair: Repair) -> bool:
    """Whether a repair alone gives the client what it needs."""
    after = context.after(repair.change)
    return meets(after.path(disagreement.requirement).outcome, disagreement.requirement.acceptable)


def told_by(
    disagreement: Disagreement,
    subject: ArmId,
    text: str,
    cause: str,
    repair: Repair,
    *,
    discriminator: str = "",
    related: tuple[Thing, ...] = (),
) -> Violation:
    """A finding about an object that decides where names go, told for one disagreement."""
    record = disagreement.requirement.expected
    return Violation(
        subject=Thing.of(subject),
        discriminator=discriminator,
        text=text,
        cause=cause,
        related=(*related, Thing.of(record.endpoint)),
        occurrences=(occurrence(disagreement),),
        repairs=(repair,),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )
