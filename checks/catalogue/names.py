"""5xx: names. The symptoms that stand when no cause explains them."""

from __future__ import annotations

from checks.check import Part, explains
from checks.context import Context
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Violation
from checks.resolution.path import Addresses, Opaque, Public, Thing, label


@explains("PED501", "name-public", part=Part.SYMPTOM)
def name_public(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name that must be private resolves to a public address, and no cause was found.

    Why it matters
        The client is sent around the private endpoint and refused.

    How it is decided
        1. The simulated resolution ends in public DNS.
        2. No repair that the checks know makes the name resolve.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, troubleshooting.
    """
    return _symptom(disagreement) if isinstance(disagreement.path.outcome, Public) else None


@explains("PED502", "name-unresolved", part=Part.SYMPTOM)
def name_unresolved(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name does not resolve, and no cause was found.

    Why it matters
        The client gets no address at all.

    How it is decided
        1. The simulated resolution ends in NXDOMAIN, NODATA, a block, a loop or a dead end.
        2. No repair that the checks know makes the name resolve.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        RFC 9499: DNS terminology.
    """
    if isinstance(disagreement.path.outcome, Public | Addresses | Opaque):
        return None
    return _symptom(disagreement)


@explains("PED503", "name-wrong-address", part=Part.SYMPTOM)
def name_wrong_address(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name resolves to another private address, and no cause was found.

    Why it matters
        The client talks to something else, or to nothing.

    How it is decided
        1. The simulated resolution ends in an address that is not acceptable for the name.
        2. No repair that the checks know makes the name resolve rightly.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server.
    """
    return _symptom(disagreement) if isinstance(disagreement.path.outcome, Addresses) else None


def _symptom(disagreement: Disagreement) -> Violation:
    requirement, path = disagreement.requirement, disagreement.path
    outcome = label(path.outcome)
    got = ", ".join(path.addresses) or outcome
    return Violation(
        subject=Thing(f"dns:{requirement.name}", "name", requirement.name),
        discriminator=path.view,
        text=f"{requirement.name} gives {got} instead of {', '.join(requirement.acceptable)}",
        cause=f"No single repair was found. The last step: {path.last.text}.",
        related=(Thing.of(requirement.expected.endpoint),),
        occurrences=(occurrence(disagreement),),
        proofs=proofs(disagreement),
        path=path,
        touches=(requirement.expected.workspace.text,),
    )
