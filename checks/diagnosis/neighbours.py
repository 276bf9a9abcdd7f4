"""Zones over whole public suffixes, told by the neighbours that they deny."""

from __future__ import annotations

from checks.context import Context, Observation
from checks.resolution.path import NoData, NxDomain
from collectors.graph.answers import Record
from collectors.graph.ids import is_under

PRIVATE_ZONES = "azureprivatedns.net"
"""In the SOA record of every private DNS zone."""


def denying_zone(context: Context, observation: Observation) -> Record | None:
    """The SOA record of a denial that takes a public name from public DNS; None: it is none, or nobody can tell."""
    soa = _denied_by(observation)
    if soa is None:
        return None
    public = observation.answer.question.name in context.public_controls
    return soa if public or PRIVATE_ZONES in soa.value.partition(" ")[0] else None


def denied_with_neighbours(context: Context, observation: Observation) -> bool:
    """Whether the private-link form of a name, which is asked for proof, is denied by such a zone of the server.

    The name that clients ask is answered by the same zone: nobody suffers from it.
    """
    soa = None if observation.direct else _denied_by(observation)
    if soa is None:
        return False
    controls = (o for answered in context.controls.values() for o in answered if o.server == observation.server)
    zones = (denying_zone(context, control) for control in controls if control.reached)
    return any(zone is not None and (zone.name, zone.value) == (soa.name, soa.value) for zone in zones)


def _denied_by(observation: Observation) -> Record | None:
    """The SOA record of a denial without an alias before it."""
    answer = observation.answer
    if not isinstance(observation.seen, NoData | NxDomain) or answer.chain:
        return None
    soa = next((record for record in answer.authority if record.type == "SOA"), None)
    return soa if soa and is_under(answer.question.name, soa.name) else None
