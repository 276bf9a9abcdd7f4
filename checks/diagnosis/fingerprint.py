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
    forms = {r.expected.asked: r.expected.asked_private for r in context.required.requirements}
    for observation in context.observations:
        if observation.place != server or not observation.direct or not isinstance(observation.seen, Public):
            continue
        question = observation.answer.question
        for other in context.by_name.get(forms.get(question.name, question.name), ()):
            same = other.answer.question.vantage == question.vantage and other.place == server
            if same and not other.direct and is_right(other):
                yield observation, other
