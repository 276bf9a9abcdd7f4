"""Which kind of server answers: by what it says of itself, and by what it does with aliases.

Evidence only: nothing here overrules what is declared, and what contradicts it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context, Observation, place_from
from checks.diagnosis.changing import is_right
from checks.resolution.path import Public
from checks.resolution.places import CustomServer
from collectors.graph.ids import Fqdn

_KINDS = (
    ("dnsmasq", re.compile(r"dnsmasq")),
    ("unbound", re.compile(r"unbound\b", re.IGNORECASE)),
    ("pdns-recursor", re.compile(r"PowerDNS Recursor", re.IGNORECASE)),
    ("knot-resolver", re.compile(r"Knot Resolver", re.IGNORECASE)),
    ("coredns", re.compile(r"CoreDNS", re.IGNORECASE)),
    ("bind", re.compile(r"(?:BIND )?9\.\d+")),
)
"""How the version of each kind begins, measured for the first three and BIND; it may be hidden or made up."""

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a server says of itself: its words, and the kind that they mean (`""`: none that is known)."""

    text: str
    kind: str


def spoken(context: Context, server: CustomServer) -> Spoken | None:
    """What a server answered to `version.bind`; None: nothing usable."""
    vantages = {vantage.name: vantage for vantage in context.estate.declared.vantages}
    for answer in context.of_themselves:
        vantage = vantages.get(answer.question.vantage)
        if vantage is None or answer.question.server != server.address:
            continue
        place = place_from(context.estate, vantage, answer.question.server)
        if isinstance(place, CustomServer) and place.id == server.id:
            for record in answer.answers:
                text = record.value.strip('"')[:_LONGEST]
                return Spoken(text, next((kind for kind, begins in _KINDS if begins.match(text)), ""))
    return None


def not_applied_to_aliases(context: Context, server: CustomServer) -> Iterator[tuple[Observation, Observation]]:
    """A public answer for a name and a right one for its private-link form, by the same server from one vantage.

    So the forwarder of the private-link zone works, and the server does not apply it to the target of the alias.
    """
    for observation in context.observations:
        if observation.place != server or not leads_out_by_alias(context, observation):
            continue
        vantage = observation.answer.question.vantage
        for other in context.by_name.get(_private_form(context, observation) or Fqdn(""), ()):
            if other.answer.question.vantage == vantage and other.place == server and is_right(other):
                yield observation, other


def leads_out_by_alias(context: Context, observation: Observation) -> bool:
    """Whether a public address stands at the end of the alias to the private-link form."""
    public = observation.direct and isinstance(observation.seen, Public)
    return public and _private_form(context, observation) in observation.answer.chain


def _private_form(context: Context, observation: Observation) -> Fqdn | None:
    """The private-link form of the name that was asked; None where it has no other."""
    name = observation.answer.question.name
    forms = (r.expected for r in context.required.requirements if r.expected.asked == name)
    return next((form.asked_private for form in forms if form.asked_private != name), None)
