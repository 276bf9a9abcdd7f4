"""6xx: servers that fail as a whole: silence, SERVFAIL, refusal, answers that are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from checks.catalogue.servers import server_unknown
from checks.catalogue.told import occurrences_of, server_of, touched_by
from checks.check import Part, check
from checks.context import Context, Observation
from checks.diagnosis.blind import blocking
from checks.diagnosis.foreseen import is_foreseen
from checks.diagnosis.observed import (
    broken_by_validation,
)
from checks.disagreement import observed_proof
from checks.finding import Level, Violation
from checks.follow_ups import is_cut, is_given_up, is_silence, silent
from checks.resolution.path import DeadEnd, Loop
from checks.resolution.places import Unknown, answers_never


@check("PED605", "answer-servfail", Level.ERROR, part=Part.LIVE)
def answer_servfail(context: Context) -> Iterator[Violation]:
    """A server of a required client answers SERVFAIL.

    Why it matters
        The server lives but cannot resolve: its upstream is dead, refuses, or fails validation.

    How it is decided
        1. A vantage that is declared to reach the server got SERVFAIL for a required name.
        2. With checking disabled it fails as well, else it is validation (PED606). What is configured does not
           explain it: a loop, a way that ends and the like have findings of their own.
        3. How long the first answer took tells more: at once, something refuses or cannot be reached; after seconds,
           what the server asks stays silent or asks in a circle.
        4. Where the model foresees the failure, the finding about its cause tells it.

    Remedy
        Ask the server's upstream directly.

    Sources
        RFC 8914: extended DNS errors. Measured: behind a silent upstream BIND answers after 10 s, PowerDNS Recursor
        after 2 s, Knot Resolver after 4 s, Unbound and dnsmasq not at all.
    """
    validated = {observation.answer.question for observation in broken_by_validation(context)}

    def counts(observation: Observation) -> bool:
        failed = observation.answer.rcode == "SERVFAIL" and observation.answer.question not in validated
        return failed and not _is_foreseen(context, observation)

    yield from _failures(context, counts, "answers SERVFAIL", with_vantage=False, why=_timing)


@check("PED608", "server-silent", Level.ERROR, part=Part.LIVE)
def server_silent(context: Context) -> Iterator[Violation]:
    """A server of a required client gives no answer.

    Why it matters
        Clients wait until they give up; nothing resolves.

    How it is decided
        1. A vantage that is declared to reach the server asked, over UDP and again until its patience ended.
        2. A required name, in the form that clients ask, got no valid answer of any kind.
        3. The same question over TCP, and one about the server itself (version.bind), tell more: answered over TCP
           only, UDP is dropped on the way; a connection that is taken, or an answer about itself, shows that the
           server runs and waits for somebody else; neither, and it is not there.
        4. Nothing else explains the silence: the server is known (else PED302), a way leads there (else PED313), and
           it is no firewall whose proxy is off (PED309). A loop, a way that ends and a resolver that failed have
           findings of their own, too.

    Remedy
        See whether the server runs and whether port 53 is open for UDP and TCP between both. One that runs forwards
        to something that stays silent, or in a circle: look at its forwarders.

    Sources
        RFC 1035 section 4.2; measured: BIND answers SERVFAIL after 10 s, others stay silent.
    """
    given_up = {key for key, observations in silent(context).items() if observations}

    def counts(observation: Observation) -> bool:
        key = (observation.server, observation.answer.question.vantage)
        is_one = is_silence(observation) or (key in given_up and is_given_up(observation))
        return is_one and not _is_explained(context, observation)

    yield from _failures(context, counts, "does not answer", why=_why_silent)


def _why_silent(context: Context, observations: Sequence[Observation]) -> str:
    """What tells a dead server from a path that drops UDP, and from one that waits for its upstream."""
    question = observations[0].answer.question
    place = (question.vantage, question.server)
    waits = f"so it runs: what it asks stays silent, or asks in a circle. {_DECIDES}"
    over_tcp = [o.answer for o in context.over_tcp if (o.answer.question.vantage, o.answer.question.server) == place]
    if any(answer.rcode for answer in over_tcp):
        return ". Over TCP it answers: UDP is dropped on the way, or by the server"
    if any(o.answer.rcode for o in context.observations if _asked_at(o) == place):
        return f". It answers other questions, {waits}"
    about = [a for a in context.of_themselves if (a.question.vantage, a.question.server) == place]
    if any(answer.rcode for answer in about):
        return f". It answers what it is asked about itself, {waits}"
    if any(answer.error.startswith("connected over TCP") for answer in over_tcp):
        return f". It takes TCP connections, {waits}"
    return "".join(f". Over TCP neither: {answer.error}" for answer in over_tcp[:1] if answer.tries)


_DECIDES = "Its forwarders, declared in [[dns.server]] as they are and asked from where it stands, tell which"


def _asked_at(observation: Observation) -> tuple[str, str]:
    return observation.answer.question.vantage, observation.answer.question.server


@check("PED610", "tcp-closed", Level.WARNING, part=Part.LIVE)
def tcp_closed(context: Context) -> Iterator[Violation]:
    """A server cuts answers short over UDP and does not give the whole of them over TCP.

    Why it matters
        A large answer, or one of many in a short time, does not fit into UDP. Clients then ask over TCP; where that
        is closed they get nothing, now and then or always.

    How it is decided
        1. A vantage that is declared to reach the server got an answer with the truncation bit set.
        2. Asked over TCP, the server refused or dropped the connection, or its answer was cut short again.

    Remedy
        Open port 53 for TCP between both, and let the server listen on TCP.

    Sources
        RFC 7766 section 5: TCP is required. Measured: dnsmasq passes on truncated answers of its upstream.
    """
    yield from _failures(context, is_cut, "cuts answers short", why=_why_cut)


def _why_cut(_context: Context, observations: Sequence[Observation]) -> str:
    return f": {observations[0].answer.error}"


def _is_explained(context: Context, observation: Observation) -> bool:
    """Whether silence is what clients must expect of what they ask, and a finding of its own says so."""
    place = observation.place
    unknown = isinstance(place, Unknown) and not place.visible and not place.gaps
    told = unknown and not any(blocking(context.estate, server_unknown))
    return (told or answers_never(place)) and bool(context.concerned(observation))


@check("PED609", "server-refuses", Level.ERROR, part=Part.LIVE)
def server_refuses(context: Context) -> Iterator[Violation]:
    """A server refuses to answer, or answers with an error other than SERVFAIL.

    Why it matters
        The server does not serve this client: its access list or its rebinding protection forbids it.

    How it is decided
        1. A vantage that is declared to reach the server got REFUSED, NOTAUTH, FORMERR, NOTIMP or the like for a
           required name.
        2. Where the model foresees the failure, the finding about its cause tells it.

    Remedy
        Allow the client's network on the server.

    Sources
        RFC 1035 section 4.1.1; RFC 8914.
    """

    def counts(observation: Observation) -> bool:
        return observation.answer.rcode not in _OTHERWISE_TOLD and not _is_foreseen(context, observation)

    yield from _failures(context, counts, "refuses to answer")


def _is_foreseen(context: Context, observation: Observation) -> bool:
    """Whether the model says of the same server that it gives an error, so that a client's own finding tells why."""
    question = observation.answer.question
    simulated = context.solver.at(observation.place, question.name, question.type).outcome
    return isinstance(simulated, DeadEnd | Loop) and bool(context.concerned(observation))


_OTHERWISE_TOLD = ("", "NOERROR", "NXDOMAIN", "SERVFAIL")


def _failures(
    context: Context,
    wanted: Callable[[Observation], bool],
    what: str,
    *,
    with_vantage: bool = True,
    why: Callable[[Context, Sequence[Observation]], str] = lambda _context, _observations: "",
) -> Iterator[Violation]:
    groups: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for observation in context.observations:
        counts = observation.direct and observation.reached and observation.seen is None
        if counts and wanted(observation) and not is_foreseen(context, observation):
            vantage = observation.answer.question.vantage
            groups[observation.server, vantage if with_vantage else ""].append(observation)
    for (_, vantage), observations in sorted(groups.items()):
        first = observations[0]
        sent = [o for o in observations if o.answer.tries]
        yield Violation(
            subject=server_of(first),
            discriminator=vantage,
            text=f"DNS server {first.answer.question.server} {what}",
            cause=f"{first.answer.question.server} {what}, asked from {first.answer.question.vantage}"
            f"{why(context, observations)}.",
            occurrences=tuple(line for o in observations for line in occurrences_of(context, o)),
            proofs=tuple(observed_proof(o) for o in sent[:3]),
            touches=tuple(sorted({touched for o in observations for touched in touched_by(context, o)})),
        )


def _timing(_context: Context, observations: Sequence[Observation]) -> str:
    """What the first answer's time proves: later ones may come from a cache of failures."""
    first = min(observations, key=lambda observation: observation.answer.asked_at)
    if first.answer.elapsed < _AT_ONCE:
        return ", at once: what it asks refuses or cannot be reached"
    return f", after {first.answer.elapsed:.0f} s: what it asks stays silent, or asks in a circle. {_DECIDES}"


_AT_ONCE = 1.0  # seconds; the quickest of those that wait for an upstream gives up after 1.5
