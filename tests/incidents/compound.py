"""Estates with two to four mishaps at once, and an oracle that knows nothing of the diagnosis.

The oracle asks the lab's own DNS, which reads the documents with code of its own, what each required client gets
before and after each subset of the repairs that were reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from random import Random

from agent.lab.estate import LabEstate
from agent.lab.resolvers import Budget
from agent.lab.scenarios import SCENARIOS
from agent.lab.wiring import Wiring, wire
from checks.finding import Finding, Level
from checks.requirements import Required, Requirement
from collectors.graph.ids import ArmId, Fqdn
from tests.agent.lab_runs import run_estate
from tests.checks import judging
from tests.estates import estate_of, required
from tests.incidents.mishaps import MISHAPS, Mishap

Pair = tuple[str, Fqdn]
"""The id of a client and a name that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """An estate after some mishaps. `alone` are the estates after each of them only."""

    scenario: str
    mishaps: tuple[str, ...]
    estate: LabEstate
    alone: tuple[LabEstate, ...]


def compound(seed: int) -> Compound:
    """The estate of a seed: a random architecture, and mishaps of which each changes what somebody gets."""
    random = Random(seed)
    scenario = random.choice(sorted(SCENARIOS))
    estate = SCENARIOS[scenario].build()
    names, alone = [], []
    for _ in range(random.randint(2, 4)):
        mishap, number = random.choice(MISHAPS), random.getrandbits(32)
        after = _after(mishap, number, estate)
        healthy = _after(mishap, number, SCENARIOS[scenario].build())
        if after is None or healthy is None or _answers(scenario, after) == _answers(scenario, estate):
            continue
        names.append(mishap.__name__)
        alone.append(healthy)
        estate = after
    return Compound(scenario=scenario, mishaps=tuple(names), estate=estate, alone=tuple(alone))


def _after(mishap: Mishap, number: int, estate: LabEstate) -> LabEstate | None:
    try:
        return mishap(Random(number), estate)
    except LookupError:
        return None  # the estate has nothing of the kind (any more)


@cache
def needs(scenario: str) -> Required:
    """What is required of a scenario while it is healthy."""
    return required(estate_of(SCENARIOS[scenario].build()))


def _answers(scenario: str, estate: LabEstate) -> list[tuple[str, ...]]:
    wiring = wire(estate)
    return [got(wiring, estate, requirement) for requirement in needs(scenario).requirements]


def got(wiring: Wiring, estate: LabEstate, requirement: Requirement) -> tuple[str, ...]:
    """The addresses that a client's first server gives for a name; none when it fails."""
    network = requirement.client.network
    if network is None:
        return ()
    body = estate.documents[ArmId(network.text)].body["properties"]
    first = next(iter(body.get("dhcpOptions", {}).get("dnsServers", ())), "168.63.129.16")
    resolver = wiring.reach(first, network)
    if resolver is None:
        return ()
    reply = resolver.resolve(requirement.expected.asked, requirement.type, Budget())
    return tuple(sorted(record.value for record in reply.answers if record.type == requirement.type))


def failing(scenario: str, estate: LabEstate, *, own: bool = True) -> set[Pair]:
    """The pairs that do not get what they need, by the lab's DNS; `own`: those with a finding of their own as well."""
    wiring = wire(estate)
    return {
        (requirement.client.id, requirement.name)
        for requirement in needs(scenario).requirements
        if (own or not requirement.has_own_code)
        and (not (addresses := got(wiring, estate, requirement)) or not set(addresses) <= set(requirement.acceptable))
    }


def wrongs(made: Compound, *, live: bool = False) -> Iterator[str]:
    """Everything in a judgement of the estate that the oracle contradicts.

    `live`: by whole runs over http and DNS. Else from the documents alone, where nobody can tell of names whose public
    alias is documented nowhere: those of compute instances are left out then.
    """
    judged = judged_live if live else judged_offline
    findings = judged(made.estate)
    errors = _errors(findings)
    broken, suffering = (failing(made.scenario, made.estate, own=own) for own in (live, True))
    for pair in sorted(broken):
        yield from _about_pair(made, errors, pair)
    for finding in errors:
        if not suffering & _pairs(finding):
            yield f"{finding.code} {finding.violation.text}: nobody suffers from it"
    after = repaired(made.estate, errors)
    yield from (f"{pair} still fails after all repairs" for pair in sorted(failing(made.scenario, after, own=live)))
    for finding in _errors(judged(after)):
        yield f"{finding.code} {finding.violation.text}: is left after all repairs"
    shown = {code for alone in made.alone for code in _warnings(judged(alone))}
    yield from (f"{code} is shown by no mishap alone" for code in _warnings(findings) if code not in shown)


def judged_live(estate: LabEstate) -> tuple[Finding, ...]:
    """What a whole run finds: documents over http, answers of the lab's servers."""
    return run_estate(estate).finished.judgement.findings


def judged_offline(estate: LabEstate) -> tuple[Finding, ...]:
    """What the documents alone show."""
    return judging.judged(estate_of(estate)).findings


def _about_pair(made: Compound, errors: Sequence[Finding], pair: Pair) -> Iterator[str]:
    telling = [finding for finding in errors if pair in _pairs(finding)]
    masked = {mask for finding in telling for mask in finding.masks}
    heads = [finding for finding in telling if finding.fingerprint not in masked]
    if len(heads) != 1:
        yield f"{pair} fails and is told by {[finding.code for finding in heads]}"
    healing = list(_healing(made, telling, pair))
    for finding in telling:
        if not any(finding.fingerprint in subset for subset in healing):
            yield f"{pair}: the repair of {finding.code} ({finding.violation.text}) is in no smallest set that heals it"


def _healing(made: Compound, findings: Sequence[Finding], pair: Pair) -> Iterator[frozenset[str]]:
    """The smallest sets of findings whose repairs together give a pair what it needs."""
    found: list[frozenset[str]] = []
    for size in range(1, len(findings) + 1):
        for chosen in combinations(findings, size):
            keys = frozenset(finding.fingerprint for finding in chosen)
            if any(known <= keys for known in found):
                continue
            if pair not in failing(made.scenario, repaired(made.estate, chosen)):
                found.append(keys)
                yield keys


def repaired(estate: LabEstate, findings: Iterable[Finding]) -> LabEstate:
    """The estate after the repairs of some findings, with what Azure does by itself then."""
    for finding in findings:
        estate = estate.with_changes(finding.violation.changes)
    return estate


def _pairs(finding: Finding) -> set[Pair]:
    return {(occurrence.client, occurrence.name) for occurrence in finding.occurrences}


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is Level.ERROR]


def _warnings(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.level is Level.WARNING]
