"""What the simulated resolver predicts for each experiment, from the very bodies that the experiment would put.

So an experiment asks what the model answers, its bodies are ones that we can read, and a switched assumption ends in
the other reading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from checks.resolution import rules
from checks.resolution.path import Addresses, Blocked, NoData, NxDomain, Path, Public
from checks.resolution.places import server_at
from checks.resolution.solver import Solver
from collectors.arm.kinds import kind_of_type
from collectors.graph.declared import Declared
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from tests.estates import AZURE_DNS, GROUP, SUBSCRIPTION, network, nid, record, small_estate
from tests.experiments.model import NO_ANSWER, Experiment, Question, Reading, Seen
from tests.experiments.parts import FAR
from tests.experiments.plans import BLOB, EXPERIMENTS, X1, X2, X4, X5, X8, X9
from tests.experiments.run import Run

RUN = Run(subscription=SUBSCRIPTION, location=GROUP.region, here=str(nid("here")), token="t0")
VALUES = RUN.values("10.50.0.4")
CHAINS = {"dnsxt0.blob.core.windows.net": f"dnsxt0.{BLOB}"}


def documents(experiment: Experiment) -> list[Document]:
    """What ARM would hold once the steps were done, as far as the model reads it."""
    found = []
    for step in experiment.steps:
        words = step.filled(VALUES)
        if words[0] != "rest":
            continue
        id = ArmId(words[4].partition("?")[0])
        kind = kind_of_type(id.type)
        if kind is not None:
            body = {"id": str(id), "name": id.name, "type": id.type, **json.loads(words[-1])}
            found.append(Document(kind=kind.name, id=id, body=body))
    return found


def made(experiment: Experiment, *more: Document, assumptions: Mapping[str, bool] | None = None) -> Estate:
    """The estate of an experiment around this machine's network."""
    peered = {rules.NO_OTHER_WAY.name: False}  # by a step that is no document of its own
    declared = Declared(assumptions=peered | dict(assumptions or {}))
    return small_estate(network("here", "10.50.0.0/16"), documents(experiment), *more, declared=declared)


def predicted(estate: Estate, question: Question) -> Seen:
    """What the model says would be seen."""
    filled = question.filled(VALUES)
    solver = Solver(estate, {Fqdn(name): Fqdn(target) for name, target in CHAINS.items()})
    name = Fqdn(filled.name)
    return as_seen(name, solver.at(server_at(estate, filled.server, nid("here")), name, filled.type))


def as_seen(name: Fqdn, path: Path) -> Seen:
    """An outcome as it shows on the wire."""
    aliases = tuple(f"{hop.name} CNAME {hop.result.cname}" for hop in path.hops if hop.result.cname)
    match path.outcome:
        case Addresses(addresses):
            return Seen(outcome="NOERROR", values=(*aliases, *(f"{name} A {address}" for address in addresses)))
        case Blocked():
            return Seen(outcome="NOERROR", values=(*aliases, f"{name} CNAME blockpolicy.azuredns.invalid"))
        case Public():
            return Seen(outcome="NOERROR", values=(*aliases, f"{name} A 203.0.113.1"))
        case NoData():
            return Seen(outcome="NOERROR", values=aliases)
        case NxDomain():
            return Seen(outcome="NXDOMAIN", values=aliases)
    return Seen(outcome=NO_ANSWER)


def reading(experiment: Experiment, key: str, estate: Estate) -> Reading:
    """How the predicted outcome of a question would be read."""
    (question,) = [question for question in experiment.questions if question.key == key]
    found = experiment.read(key, predicted(estate, question))
    assert found is not None
    return found


def written(experiment: Experiment) -> Document:
    """The record that the zone group of the first endpoint writes."""
    zone = f"{FAR.rpartition('/virtualNetworks/')[0]}/privateDnsZones/{BLOB}"
    for name, value in VALUES.items():
        zone = zone.replace(f"${name}", value)
    return record(zone, "A/dnsxt0", ["172.31.240.40"])


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=[e.number for e in EXPERIMENTS])
def test_every_body_that_is_put_is_one_that_we_can_read(experiment: Experiment) -> None:
    estate = made(experiment)
    unread = [document.id.text for document in documents(experiment) if document.id not in estate.nodes]
    assert unread == []
    assert [gap for gap in estate.gaps if gap.kind in {document.kind for document in documents(experiment)}] == []


@pytest.mark.parametrize("holds", [True, False])
def test_a_longer_rule_below_a_linked_zone_is_read_as_the_assumption_says(holds: bool) -> None:
    estate = made(X1, assumptions={rules.ZONE_BEFORE_LONGER_RULE.name: holds})
    assert reading(X1, "below", estate).holds is holds


@pytest.mark.parametrize("holds", [True, False])
def test_a_rule_for_an_alias_is_read_as_the_assumption_says(holds: bool) -> None:
    estate = made(X2, written(X2), assumptions={rules.RULES_FOR_ALIASES.name: holds})
    assert reading(X2, "alias", estate).means == "the rule is in force for the name itself"
    assert reading(X2, "public", estate).holds is holds


@pytest.mark.parametrize("holds", [True, False])
def test_reserved_names_are_read_as_the_assumption_says(holds: bool) -> None:
    estate = made(X4, assumptions={rules.RESERVED_NAMES.name: holds})
    reserved = [question.key for question in X4.questions if question.key.startswith("reserved/")]
    assert {reading(X4, key, estate).holds for key in reserved} == {holds}
    assert reading(X4, "control", estate).means == "the root rule is in force"


@pytest.mark.parametrize(
    ("key", "means"),
    [
        ("other-type", "no data, and no fallback, as the model has it"),
        ("fallback-empty", "an empty name does not fall back, as modelled"),
        ("empty", "an empty name has no data, by RFC 4592 and the model"),
        ("below-empty", "the closest encloser counts, as modelled"),
        ("wildcard", "the wildcard is in force"),
    ],
)
def test_names_without_data_are_read_as_modelled(key: str, means: str) -> None:
    assert reading(X5, key, made(X5)).means == means


@pytest.mark.parametrize("key", ["name", "hop"])
def test_blocked_names_are_read_as_modelled(key: str) -> None:
    assert reading(X8, key, made(X8)).means == "blocked, told as an alias, as the model has it"


def test_the_policy_of_the_resolvers_network_is_read_as_modelled() -> None:
    assert reading(X9, "resolver", made(X9)).means == "the policy of the resolver's network counts, as modelled"


def test_the_platforms_address_is_this_machines_own_view() -> None:
    assert {question.server for question in X1.questions} == {AZURE_DNS}
    assert made(X1).linked_zones(nid("here")).keys() == {"x1.test"}
