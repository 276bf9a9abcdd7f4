"""6xx: live answers. What servers said, where no configuration explains it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from checks.catalogue.told import occurrences_of, server_of, touched_by
from checks.check import Part, check, explains
from checks.context import Context, Observation, meets
from checks.diagnosis import repairs
from checks.diagnosis.forwarders import declared_server
from checks.diagnosis.observed import (
    failed_assumption,
    public_suffix,
    unexplained_contradictions,
    unexplained_symptoms,
)
from checks.disagreement import Disagreement, observed_proof, occurrence, proofs, seen_of
from checks.finding import Level, Occurrence, Proof, Violation
from checks.requirements import Requirement
from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Public, Thing
from checks.resolution.places import CustomServer
from collectors.graph.connections import Connection


@check("PED613", "answer-contradicts-configuration", Level.WARNING, part=Part.LIVE)
def answer_contradicts_configuration(context: Context) -> Iterator[Violation]:
    """A server's answer differs from what its configuration implies, and nothing visible explains it.

    Why it matters
        Either the configuration that is visible is not the whole truth, or the server serves something old.
        Where the answer is wrong for a required client, that client fails now.

    How it is decided
        1. A vantage that is declared to reach the server got a usable answer.
        2. The simulated answer of the same server is known and differs.
        3. No single change, such as a forwarder that is missing, makes the model give that answer.
        4. Where it is what would follow if an assumption of the model did not hold, that assumption is named.

    Remedy
        Compare the server's real configuration with what is declared of it; ask again after the record's TTL.

    Sources
        RFC 2308: negative caching; measured behaviour of BIND, Unbound, PowerDNS Recursor, dnsmasq, Knot Resolver.
    """
    for observation in unexplained_contradictions(context):
        question = observation.answer.question
        simulated = context.solver.at(observation.place, question.name, question.type)
        said = ", ".join(observation.answer.addresses) or observation.answer.rcode
        meant = ", ".join(simulated.addresses) or simulated.last.result.outcome
        yield Violation(
            subject=server_of(observation),
            discriminator=observation.required,
            text=f"{question.server} answers {said} for {question.name}, its configuration says {meant}",
            cause=_why_contradicted(context, observation),
            occurrences=occurrences_of(context, observation),
            proofs=(observed_proof(observation),),
            path=simulated,
            touches=touched_by(context, observation),
        )


def _why_contradicted(context: Context, observation: Observation) -> str:
    way = failed_assumption(context, observation)
    if way is None:
        return "What is visible of the configuration does not explain the answer."
    return f"It is what follows {way.condition}: the assumption {way.against} may not hold here."


@check("PED601", "answer-public", Level.ERROR, part=Part.LIVE)
def answer_public(context: Context) -> Iterator[Violation]:
    """A server answered with a public address, and no cause was found.

    Why it matters
        The client is sent around the private endpoint and refused.

    How it is decided
        1. A vantage that is declared to reach the server of a required client got a public address.
        2. What the server forwards is not known, and no hypothesis explains the answer.

    Remedy
        Let the server forward the public suffix to Azure DNS, and link the zone to the network it stands in.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, troubleshooting.
    """
    yield from _symptoms(context, lambda o: isinstance(o.seen, Public), "a public address")


@check("PED602", "answer-negative", Level.ERROR, part=Part.LIVE)
def answer_negative(context: Context) -> Iterator[Violation]:
    """A server denied a name, and no cause was found.

    Why it matters
        The client gets no address at all.

    How it is decided
        1. A vantage that is declared to reach the server of a required client got NXDOMAIN or NODATA.
        2. What the server forwards is not known, and no hypothesis explains the answer.

    Remedy
        See whose SOA record the answer carries: that zone lacks the record.

    Sources
        RFC 2308: negative caching.
    """
    yield from _symptoms(context, lambda o: isinstance(o.seen, NxDomain | NoData), "no address")


@check("PED603", "answer-wrong-address", Level.ERROR, part=Part.LIVE)
def answer_wrong_address(context: Context) -> Iterator[Violation]:
    """A server answered with another private address, and no cause was found.

    Why it matters
        The client talks to something else, or to nothing.

    How it is decided
        1. A vantage that is declared to reach the server of a required client got an address that is not acceptable.
        2. What the server forwards is not known, and no hypothesis explains the answer.

    Remedy
        Look for a record of the server's own, or an old one in its cache.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server.
    """
    yield from _symptoms(context, lambda o: isinstance(o.seen, Addresses), "another private address")


@explains("PED606", "dnssec-breaks-private-zone")
def dnssec_breaks_private_zone(context: Context, disagreement: Disagreement) -> Violation | None:
    """A DNS server validates answers and rejects those of a private zone, which are not signed.

    Why it matters
        Private DNS zones cannot be signed. Below a signed parent their answers are bogus to a validating server:
        clients get SERVFAIL while everything in Azure is right.

    How it is decided
        1. The server is declared to reject unsigned answers, and the path ends there. Or: it answers SERVFAIL to a
           name, and with checking disabled (the CD bit) it gives the right address.
        2. Without the validation the name must resolve.

    Remedy
        Exempt the private zone from validation on that server (a negative trust anchor, RFC 7646).

    Sources
        RFC 4035 section 3.2.2; measured: SERVFAIL that CD turns into an answer is validation, on BIND, Unbound and
        PowerDNS Recursor; Knot Resolver where it forwards the public zone.
    """
    last = disagreement.path.last
    server = (
        declared_server(context, last.decided_by.id)
        if last.decided_by and last.rule is rules.REJECTS_UNSIGNED
        else None
    )
    return rejected_by_validation(server, disagreement) if server else None


def rejected_by_validation(server: CustomServer, disagreement: Disagreement) -> Violation:
    """The violation about a server that rejects unsigned answers, for one disagreement."""
    record = disagreement.requirement.expected
    return Violation(
        subject=server.thing,
        text=f"DNS server {server.address} rejects the answers of private DNS zones: they are not signed",
        cause=f"{server.address} validates DNSSEC, and private DNS zones cannot be signed.",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.exempt_from_validation(server, record.zone),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@explains("PED607", "rebinding-protection")
def rebinding_protection(context: Context, disagreement: Disagreement) -> Violation | None:
    """A DNS server takes private addresses out of answers.

    Why it matters
        Protection against DNS rebinding suspects every private address that a public-looking name resolves to, and
        private endpoints are exactly that: clients get an empty answer or an error.

    How it is decided
        1. The server is declared to have the protection, and the path ends there.
        2. Without it the name must resolve.

    Remedy
        Except the suffix from the protection on that server.

    Sources
        Measured: BIND answers SERVFAIL, Unbound an alias without address, dnsmasq nothing with EDE 15, Knot Resolver
        REFUSED with EDE 18.
    """
    last = disagreement.path.last
    server = (
        declared_server(context, last.decided_by.id) if last.decided_by and last.rule is rules.STRIPS_PRIVATE else None
    )
    if server is None:
        return None
    record = disagreement.requirement.expected
    suffix = public_suffix(record.asked) or record.zone
    return Violation(
        subject=server.thing,
        text=f"DNS server {server.address} takes private addresses out of its answers",
        cause=f"The rebinding protection of {server.address} suspects the addresses of private endpoints.",
        related=(Thing.of(record.endpoint),),
        occurrences=(occurrence(disagreement),),
        repairs=(repairs.allow_private_addresses(server, suffix),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(record.workspace.text,),
    )


@check("PED616", "port-closed", Level.WARNING, part=Part.LIVE)
def port_closed(context: Context) -> Iterator[Violation]:
    """DNS is right, but the endpoint's address does not accept a connection on port 443.

    Why it matters
        Names resolve as they must, and still nothing works: a firewall, a network security group or a missing way
        stands between the client's network and the endpoint.

    How it is decided
        1. A vantage stands in the network of a required client, and `probe.connect` is on.
        2. By the model the client gets the right address, and no answer that was seen says otherwise.
        3. Port 443 accepted no connection at that address, for any name that leads there.

    Remedy
        See what filters traffic between the two: security groups, route tables, firewalls, the endpoint's subnet.

    Sources
        learn.microsoft.com: Troubleshoot Azure Private Endpoint connectivity problems.
    """
    tried: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    for connection in context.connections:
        if connection.tried:
            tried[connection.attempt.address, connection.attempt.vantage].append(connection)
    for (address, vantage), connections in sorted(tried.items()):
        names = {connection.attempt.name for connection in connections}
        right = [r for r in _led_to(context, address) if r.expected.asked in names]
        if not right or any(connection.accepted for connection in connections):
            continue
        first, endpoint = connections[0], right[0].expected.endpoint
        yield Violation(
            subject=Thing.of(endpoint),
            discriminator=f"{address} {vantage}",
            text=f"{address} of {endpoint.name} accepts no connection on port 443",
            cause=f"Names lead to it as they must, but a connection from {vantage} fails: {first.error}.",
            occurrences=tuple(_unconnected(context, requirement, vantage) for requirement in right),
            proofs=(
                Proof(
                    kind="observed",
                    text=f"{address} port 443 for {first.attempt.name}: {first.error}",
                    vantage=vantage,
                    time=first.tried_at,
                ),
            ),
            touches=tuple(sorted({requirement.expected.workspace.text for requirement in right})),
        )


def _led_to(context: Context, address: str) -> Iterator[Requirement]:
    """The requirements that lead to an address as they must, as far as anybody knows."""
    for requirement in context.required.requirements:
        seen = (o.seen for o in context.about(requirement) if o.reached and o.seen is not None)
        outcomes = (context.outcomes(requirement)[0], *seen)
        if address in requirement.acceptable and all(meets(o, requirement.acceptable) for o in outcomes):
            yield requirement


def _unconnected(context: Context, requirement: Requirement, vantage: str) -> Occurrence:
    path = context.path(requirement)
    return Occurrence(
        client=requirement.client.id,
        name=requirement.name,
        type=requirement.type,
        view=path.view,
        vantage=vantage,
        expected=requirement.acceptable,
        simulated=seen_of(path.outcome, path),
    )


def _symptoms(context: Context, wanted: Callable[[Observation], bool], what: str) -> Iterator[Violation]:
    for observation in unexplained_symptoms(context):
        if not wanted(observation):
            continue
        question = observation.answer.question
        yield Violation(
            subject=Thing(f"dns:{question.name}", "name", question.name),
            discriminator=f"{observation.server} {question.vantage}",
            text=f"{question.server} answers {what} for {question.name}",
            cause="What the server forwards is not known, so two causes remain: the server, or the zone behind it.",
            related=(server_of(observation),),
            occurrences=occurrences_of(context, observation),
            proofs=(observed_proof(observation),),
            touches=touched_by(context, observation),
        )


def fails_for_a_client(context: Context, observation: Observation) -> bool:
    """Whether a required client gets something unacceptable by this answer."""
    if not observation.direct or observation.seen is None or meets(observation.seen, observation.acceptable):
        return False
    return any(context.concerned(observation))
