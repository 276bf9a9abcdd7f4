"""6xx as well: live answers that say something wrong only beside one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from checks.catalogue.told import occurrences_of, server_of, touched_by
from checks.check import Part, check
from checks.context import Context, Observation, meets
from checks.controls import control_of
from checks.diagnosis.changing import ended, flapping, is_flapping
from checks.diagnosis.neighbours import denying_zone
from checks.disagreement import answer_seen, observed_proof
from checks.finding import Level, Occurrence, Proof, Violation
from checks.requirements import Requirement
from checks.resolution.path import Public
from collectors.graph.ids import Fqdn


@check("PED604", "answer-cached-stale", Level.WARNING, part=Part.LIVE)
def answer_cached_stale(context: Context) -> Iterator[Violation]:
    """A server served an older answer from its cache, wrong for a required client, until the TTL ended.

    Why it matters
        Everything is configured rightly and clients still failed. Other names, and caches of clients and of servers
        in between, may hold the same old answer for as long as its TTL says.

    How it is decided
        1. A vantage that is declared to reach the server got an answer that is wrong.
        2. The rest of its TTL was shorter than `probe.recheck_within`, so the same was asked again after it.
        3. From then on every answer was right.

    Remedy
        Nothing on this server; where clients still fail, flush their caches. Lower the TTL before the next change.

    Sources
        RFC 1035 section 7.4 and RFC 2308 section 5: positive and negative caching. Measured: BIND, Unbound, dnsmasq,
        PowerDNS Recursor and Knot Resolver give an old answer with a falling TTL while Azure DNS gives the new one.
    """
    for history in ended(context):
        first, last = history[0], history[-1]
        ttl = max((record.ttl for record in (*first.answer.answers, *first.answer.authority)), default=0)
        yield Violation(
            subject=server_of(first),
            discriminator=first.required,
            text=f"{first.answer.question.server} served an older answer for {first.answer.question.name}",
            cause=f"Its cache held it for at most {ttl} s more; asked again after that, the server answers rightly.",
            occurrences=occurrences_of(context, last),
            proofs=tuple(map(observed_proof, history)),
            touches=touched_by(context, last),
        )


@check("PED612", "answer-flaps", Level.ERROR, part=Part.LIVE)
def answer_flaps(context: Context) -> Iterator[Violation]:
    """Asked again and again, a server gives the right answer to a name and a wrong one.

    Why it matters
        Clients work and fail by turns, and every single test may come out well.

    How it is decided
        1. A vantage that is declared to reach the server got a wrong answer that its configuration does not explain.
        2. Right answers of the same server were asked again after their TTL, as far as `probe.recheck_within` allows.
        3. A right answer was followed by a wrong one.

    Remedy
        Look for two forwarders, one of which leads to the internet, or for several servers behind one address.

    Sources
        Measured: with one private and one public forwarder BIND, Unbound, PowerDNS Recursor, dnsmasq and Knot
        Resolver answer between 1 and 52 of 60 names privately.
    """
    groups: dict[tuple[str, str], list[tuple[Observation, ...]]] = defaultdict(list)
    for history in flapping(context):
        groups[history[0].server, history[0].required].append(history)
    for (_, name), histories in sorted(groups.items()):
        first, *_ = histories[0]
        lasts = [history[-1] for history in histories]
        yield Violation(
            subject=server_of(first),
            discriminator=name,
            text=f"{first.answer.question.server} answers {first.answer.question.name} now rightly, now wrongly",
            cause="The same question to the same server was answered in two ways: it has two sources, or is two.",
            occurrences=tuple(line for o in lasts for line in occurrences_of(context, o)),
            proofs=tuple(observed_proof(o) for history in histories[:2] for o in history),
            touches=tuple(sorted({touched for o in lasts for touched in touched_by(context, o)})),
        )


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
        if not observation.reached or is_flapping(context, observation):
            continue
        if isinstance(observation.seen, Public) and _right_over_ipv4(context, observation):
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


@check("PED615", "public-neighbour-broken", Level.WARNING, part=Part.LIVE)
def public_neighbour_broken(context: Context) -> Iterator[Violation]:
    """A zone over a whole public suffix answers a required name, and denies the names of everybody else.

    Why it matters
        Whoever keeps the public suffix itself as a private zone takes all names below it from clients: those of the
        region, of other workspaces, and those that Azure will need tomorrow.

    How it is decided
        1. A server, which a vantage is declared to reach, gives the address of a required name without the alias that
           public DNS has: a record or a zone over the public name answers.
        2. The region's own name below the same suffix, which only public DNS holds, is denied by the same server:
           NXDOMAIN, or no data where the required name makes it an empty name of that zone.
        3. The SOA record of the denial names the zone. Public DNS has an address, or the zone is a private one of
           Azure's.

    Remedy
        Keep the records in the privatelink zone. Where the public name must be answered, make a zone of exactly it.

    Sources
        RFC 2308 section 3. Measured: with a zone over the suffix every other workspace is NXDOMAIN; with a zone of
        exactly the name all others resolve publicly.
    """
    groups: dict[tuple[str, Fqdn], list[Observation]] = defaultdict(list)
    for control, answered in sorted(context.controls.items()):
        for observation in answered:
            if observation.reached and denying_zone(context, observation):
                groups[observation.server, control].append(observation)
    for (_, control), observations in sorted(groups.items()):
        first = observations[0]
        soa = denying_zone(context, first)
        if soa and _is_linked(context, soa.name):
            continue
        needing = [r for r in context.required.requirements if control_of(r) == control]
        concerned = [r for r in needing if any(o.place in context.places(r.client) for o in observations)]
        yield Violation(
            subject=server_of(first),
            discriminator=control,
            text=f"{first.answer.question.server} denies {control}, which is public",
            cause=f"Zone {soa.name if soa else ''} answers for all names of that suffix, and does not hold this one.",
            occurrences=tuple(_neighbour(context, requirement, first) for requirement in concerned),
            proofs=tuple(_denial(context, observation) for observation in observations[:3]),
            touches=tuple(sorted({requirement.expected.workspace.text for requirement in needing})),
        )


def _is_linked(context: Context, name: Fqdn) -> bool:
    """Whether the zone is one of Azure's that is linked somewhere: PED210 tells of it then."""
    return any(zone.id in context.estate.links_by_zone for zone in context.estate.zones_by_name.get(name, ()))


def _denial(context: Context, observation: Observation) -> Proof:
    told, soa = observed_proof(observation), denying_zone(context, observation)
    return replace(told, text=f"{told.text}: {soa.value}") if soa else told


def _neighbour(context: Context, requirement: Requirement, observation: Observation) -> Occurrence:
    """The line of a client that does not get the control."""
    question = observation.answer.question
    return Occurrence(
        client=requirement.client.id,
        name=question.name,
        type=question.type,
        view=context.path(requirement).view,
        vantage=question.vantage,
        expected=context.public_controls.get(question.name, ()),
        observed=answer_seen(observation.answer, observation.seen),
    )
