"""Compares what real servers answered with what the model simulates. The only module here that knows the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agent.lab.builders import permissions, subscription
from checks.requirements import Client
from checks.resolution.path import Addresses, DeadEnd, Hop, Loop, NoData, NxDomain, Opaque, Path, Public
from checks.resolution.solver import Solver
from collectors.arm.kinds import KINDS, trim
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn
from tests.differential.estates import SUBSCRIPTION, Asking, RandomEstate
from tests.differential.internet import ALIASES
from tests.differential.servers import Answers, Got

_FAILED = Got("failed", (), ())
_ANSWERED = ("NOERROR", "NXDOMAIN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A question that the real servers and the model answer differently."""

    seed: int
    asking: Asking
    kind: str
    real: Got
    model: Got
    hops: tuple[str, ...]

    @property
    def real_failed(self) -> bool:
        """Whether the servers gave no usable answer."""
        return self.real.rcode not in _ANSWERED

    def told(self) -> str:
        """In a few lines."""
        asking = self.asking
        head = f"seed {self.seed}: {asking.name} {asking.type} from {asking.network} at {asking.server} ({self.kind})"
        return "\n".join([head, f"  real  {self.real}", f"  model {self.model}", *(f"    {hop}" for hop in self.hops)])


@dataclass(slots=True)
class Outcome:
    """What came of some estates: disagreements, and counts of questions by feature, by kind of server and by rule."""

    disagreements: list[Disagreement] = field(default_factory=list)
    questions: Counter[str] = field(default_factory=Counter)
    estates: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, other: Outcome) -> None:
        """Count another outcome in."""
        self.disagreements += other.disagreements
        self.questions += other.questions
        self.estates += other.estates
        self.rules += other.rules


def compare(estates: Sequence[RandomEstate], answers: Answers) -> Outcome:
    """Compare every question of some estates."""
    outcome = Outcome()
    for estate, answered in zip(estates, answers.by_estate, strict=True):
        outcome.estates["all"] += 1
        seen: set[str] = set()
        solver = solver_of(estate)
        kinds = {server.address: server.kind for server in estate.servers}
        for asking, real in zip(estate.askings, answered, strict=True):
            paths = solver.paths(_client(estate, asking.network), Fqdn(asking.name), asking.type)
            path = paths[0]
            features = set(_features(estate, path, kinds))
            outcome.questions.update(["all", *features])
            outcome.rules.update({hop.rule.name for hop in path.hops})
            seen |= features
            expected = [_expected(way, asking, answers, estate) for way in path.certain]
            if _seen(real) not in expected:
                hops = tuple(f"{hop.at.name}: {hop.name} {hop.text} [{hop.rule.name}]" for hop in path.hops)
                kind = kinds.get(asking.server, "Azure DNS")
                outcome.disagreements.append(
                    Disagreement(seed=estate.seed, asking=asking, kind=kind, real=real, model=expected[0], hops=hops)
                )
        outcome.estates.update(seen)
    return outcome


def solver_of(estate: RandomEstate) -> Solver:
    """The model of an estate, as a run makes it, knowing all public aliases."""
    held = [subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION), *estate.documents]
    documents = [_trimmed(document) for document in held]
    declared = Declared(servers=estate.servers, assumptions=estate.assumptions)
    chains = {Fqdn(name): Fqdn(target) for name, target in ALIASES.items()}
    return Solver(build_estate(documents, (), declared), chains, observed=frozenset(chains))


def _trimmed(document: Document) -> Document:
    return Document(kind=document.kind, id=document.id, body=trim(KINDS[document.kind], document.body)[0])


def _client(estate: RandomEstate, network: str) -> Client:
    id = next(d.id for d in estate.documents if d.kind == "virtual-network" and d.id.name == network)
    return Client(id=id.text, network=ArmId(id.text))


def _expected(path: Path, asking: Asking, answers: Answers, estate: RandomEstate) -> Got:
    chain = tuple(map(str, path.chain))
    match path.outcome:
        case Addresses(addresses):
            return Got("NOERROR", chain, tuple(sorted(addresses)))
        case NoData():
            return Got("NOERROR", chain, ())
        case NxDomain():
            return Got("NXDOMAIN", chain, ())
        case Public():
            public = answers.public[chain[-1] if chain else asking.name, asking.type]
            rcode = "NOERROR" if _known(path, estate) else public.rcode
            return Got(rcode, chain + public.chain, public.records)
        case DeadEnd() | Loop():
            return _FAILED
    assert isinstance(path.outcome, Opaque), path.outcome
    return Got(f"opaque: {path.outcome.reason}", (), ())


def _known(path: Path, estate: RandomEstate) -> bool:
    """Whether the answer comes through a dnsmasq that holds another record of the name, or one below: it denies none.

    The model has one outcome for all that the internet answers, a denial included.
    """
    holders = {server.address: server.records for server in estate.servers if server.kind == "dnsmasq"}
    return any(f".{held}".endswith(f".{name}") for at, name in _answering(path.hops) for held in holders.get(at, ()))


def _answering(hops: Sequence[Hop]) -> list[tuple[str, Fqdn]]:
    """The places that the last answer comes through, each with what it was asked.

    Who follows an alias asks anew: whatever it had asked for the former name has no part in the answer.
    """
    standing: list[tuple[str, Fqdn]] = []
    for hop in hops:
        asked = [number for number, (at, name) in enumerate(standing) if at == hop.at.name and name != hop.name]
        del standing[asked[-1] if asked else len(standing) :]
        standing.append((hop.at.name, hop.name))
    return standing


def _seen(real: Got) -> Got:
    """The answer in the model's terms: all failures are one; what a text says is not simulated."""
    if real.rcode not in _ANSWERED:
        return _FAILED
    return Got(real.rcode, real.chain, tuple(text for text in real.records if not text.startswith('"')))


def _features(estate: RandomEstate, path: Path, kinds: dict[str, str]) -> Iterator[str]:
    names = [hop.rule.name for hop in path.hops]
    rules = sum(name.startswith("forwarding-rule") for name in names)
    if rules:
        yield "ruleset"
    if any(a.startswith("forwarding-rule") and b == "inbound-endpoint" for a, b in pairwise(names)):
        yield "ruleset chain"
    if rules > 1:
        yield "several rulesets"
    if "fallback-to-internet" in names:
        yield "fallback"
    if {"zone-denies", "zone-no-data", "fallback-to-internet"} & set(names):
        yield "missing record"
    if "no-data-from-above" in names:
        yield "denial from above"
    if any(hop.rule.name.startswith("zone-") and _has_relatives(estate, hop) for hop in path.hops):
        yield "parent and child zones"
    deciders = [hop.decided_by for hop in path.hops if hop.decided_by]
    if any("/*" in thing.id for thing in deciders):
        yield "wildcard"
    if "zone-alias" in names:
        yield "private alias"
    yield from {f"server {kinds[thing.name]}" for thing in deciders if thing.name in kinds}
    yield f"outcome {path.last.result.outcome}"


def _has_relatives(estate: RandomEstate, hop: Hop) -> bool:
    """Whether the zone that decided stands above or below another one that is linked to the same network."""
    if hop.decided_by is None:
        return False
    zone = zone_name(hop.decided_by.id)
    others = {
        zone_name(document.id.text)
        for document in estate.documents
        if document.kind == "zone-link" and document.body["properties"]["virtualNetwork"]["id"] == hop.at.id
    }
    return any(zone.endswith(f".{other}") or other.endswith(f".{zone}") for other in others)


def zone_name(id: str) -> str:
    """The name of the zone in an id of it or of something in it."""
    return id.lower().partition("/privatednszones/")[2].partition("/")[0]
