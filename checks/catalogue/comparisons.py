"""6xx as well: live answers that say something wrong only beside one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from checks.catalogue.told import occurrences_of, server_of, touched_by
from checks.check import Part, check
from checks.context import Context, Observation, meets
from checks.disagreement import observed_proof
from checks.finding import Level, Occurrence, Proof, Violation
from checks.resolution.path import Public


@check("PED614", "public-address-over-ipv6", Level.WARNING, part=Part.LIVE)
def public_address_over_ipv6(context: Context) -> Iterator[Violation]:
    """A server gives the right IPv4 address of a name, and a public IPv6 address beside it.

    Why it matters
        Clients prefer IPv6 where they have it: some work and some are sent around the private endpoint, by what
        their network happens to offer.

    How it is decided
        1. The endpoint has IPv4 addresses only.
        2. A vantage that is declared to reach the server of a required client got the right IPv4 address from it.
        3. Asked for IPv6 addresses of the same name, the same server answered with public ones.

    Remedy
        Let the server forward the public suffix instead of holding a single record of the name: a private DNS zone
        denies the IPv6 address as it should.

    Sources
        RFC 6724 section 2.1: IPv6 is preferred. Measured: dnsmasq with a host record, Unbound with a typetransparent
        zone, and dnsmasq and Knot Resolver that forward only the private zone ask the internet for the other type.
    """
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in context.over_ipv6:
        if observation.reached and isinstance(observation.seen, Public) and _right_over_ipv4(context, observation):
            groups[observation.server].append(observation)
    for _, observations in sorted(groups.items()):
        first = observations[0]
        yield Violation(
            subject=server_of(first),
            text=f"{first.answer.question.server} leads clients outside over IPv6",
            cause=f"It gives the right IPv4 address of {first.required} and a public IPv6 address beside it.",
            occurrences=tuple(line for o in observations for line in _over_ipv6(context, o)),
            proofs=tuple(proof for o in observations[:3] for proof in _both_families(context, o)),
            touches=tuple(sorted({touched for o in observations for touched in touched_by(context, o)})),
        )


def _over_ipv6(context: Context, observation: Observation) -> Iterator[Occurrence]:
    return (replace(line, type="AAAA") for line in occurrences_of(context, observation))


def _over_ipv4(context: Context, observation: Observation) -> Iterator[Observation]:
    """What the same server said of the IPv4 address, asked from the same vantage."""
    question = replace(observation.answer.question, type="A")
    return (o for o in context.by_name.get(question.name, ()) if o.answer.question == question)


def _right_over_ipv4(context: Context, observation: Observation) -> bool:
    return any(o.seen is not None and meets(o.seen, o.acceptable) for o in _over_ipv4(context, observation))


def _both_families(context: Context, observation: Observation) -> Iterator[Proof]:
    yield from map(observed_proof, _over_ipv4(context, observation))
    yield observed_proof(observation)
