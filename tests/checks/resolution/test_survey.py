"""The survey says of every pair of client and name what the solver says, whatever was worked out before."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.requirements import Client
from checks.resolution.path import Addresses, Outcome, Path, Public
from checks.resolution.places import AzureDns, Place
from checks.resolution.rules import ASSUMPTIONS
from checks.resolution.solver import Solver
from checks.resolution.survey import Memo, Survey
from collectors.graph.documents import AnyChange, Change, Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import ZoneLink
from tests import estates
from tests.checks.resolution.small import ZONE, hub, private_zone, spoke
from tests.checks.resolution.wide_worlds import CHAINS, DOMAINS, NAMES, NETWORKS, TARGETS, WideWorld, types, wide_worlds
from tests.estates import gap, network, small_estate, trimmed, zone

MORE = (
    "privatelink.example.com",
    "round.org",
    "nowhere.org",
    "w.nowhere.org",
    "4.0.0.10.in-addr.arpa",
    "vm.internal.cloudapp.net",
)
TWINS = ("v.example.com", "w.example.com", "y.example.com")
NAMES_ASKED = tuple(map(Fqdn, (*NAMES, *MORE, *TWINS)))
CLIENTS = tuple(map(estates.client, NETWORKS))


def solver_of(estate: Estate) -> Solver:
    twins = {Fqdn(name): Fqdn(name.replace("example", "privatelink.example")) for name in TWINS}
    return Solver(estate, {**CHAINS, **twins}, unknown=frozenset({Fqdn("nowhere.org"), Fqdn("w.nowhere.org")}))


def everything(survey: Survey, type: str) -> dict[tuple[Client, Fqdn], Outcome]:
    """Every pair, written out of the groups; each must be in one group only."""
    found: dict[tuple[Client, Fqdn], Outcome] = {}
    for group in survey.groups(CLIENTS, NAMES_ASKED, type):
        for name, outcome in group.outcomes():
            for client in group.clients:
                assert (client, name) not in found
                found[client, name] = outcome
    return found


def agrees_with_the_solver(survey: Survey, estate: Estate, type: str) -> bool:
    solver = solver_of(estate)
    pairs = [(client, name) for client in CLIENTS for name in NAMES_ASKED]
    for client, name in pairs:
        path = solver.path(client, name, type)
        assert survey.outcomes(client, name, type) == tuple(way.outcome for way in path.certain)
    return everything(survey, type) == {(c, n): solver.path(c, n, type).outcome for c, n in pairs}


def bend(document: Document, chance: random.Random) -> Document:
    """The same document with one thing set otherwise that decides about names."""
    properties = dict(document.body.get("properties") or {})
    targets = [{"ipAddress": target, "port": 53} for target in chance.sample(TARGETS, k=chance.randint(0, 2))]
    match document.kind:
        case "zone-link":
            properties["resolutionPolicy"] = chance.choice(("Default", "NxDomainRedirect"))
        case "record-set" if "aRecords" in properties:
            held = chance.choice((["10.0.0.98"], ["10.0.0.99"], ["203.0.113.9"], ["203.0.113.9", "10.0.0.99"], []))
            properties["aRecords"] = [{"ipv4Address": address} for address in held]
        case "forwarding-rule":
            properties |= {"targetDnsServers": targets, "forwardingRuleState": chance.choice(("Enabled", "Disabled"))}
        case "security-rule":
            properties["action"] = {"actionType": chance.choice(("Allow", "Block"))}
            properties["managedDomainLists"] = chance.choice(([], ["threats"]))
        case "domain-list":
            properties["domains"] = [f"{domain}." for domain in chance.sample(DOMAINS, k=chance.randint(0, 2))]
        case "virtual-network":
            properties["dhcpOptions"] = {"dnsServers": [target["ipAddress"] for target in targets]}
        case "firewall-policy":
            settings = {"enableProxy": chance.random() < 0.7, "servers": [target["ipAddress"] for target in targets]}
            properties["dnsSettings"] = settings
    return replace(document, body={**document.body, "properties": properties})


def bent(world: WideWorld, seed: int) -> WideWorld:
    """A world that differs in some details only, so that much of it must come out alike."""
    chance = random.Random(seed)
    kept = (document for document in world.documents if chance.random() > 0.03)
    documents = tuple(bend(document, chance) if chance.random() < 0.3 else document for document in kept)
    servers = tuple(
        replace(server, rebinding_protection=chance.random() < 0.5) if chance.random() < 0.2 else server
        for server in world.servers
    )
    switched = {**world.assumptions}
    if chance.random() < 0.3:
        switched[chance.choice(ASSUMPTIONS).name] = chance.random() < 0.5
    return WideWorld(documents, servers, switched)


def unread(world: WideWorld, seed: int) -> tuple[Gap, ...]:
    """Sometimes a part of what is there could not be read."""
    chance = random.Random(seed)
    kinds = ("zone-link", "record-set", "forwarding-rule", "security-rule", "security-policy-link", "inbound-endpoint")
    found = [document for document in world.documents if document.kind in kinds]
    some = chance.sample(found, k=min(2, len(found))) if chance.random() < 0.4 else []
    return tuple(gap(document.kind, chance.choice((document.id, document.id.parent)).text) for document in some)


@settings(max_examples=150, deadline=None)
@given(wide_worlds(), types, st.integers(0, 1000))
def test_a_survey_gives_for_every_pair_what_the_solver_gives(world: WideWorld, type: str, seed: int) -> None:
    varied = bent(world, seed)
    estate = varied.estate(*unread(varied, seed))
    assert agrees_with_the_solver(Survey(solver_of(estate)), estate, type)


@settings(max_examples=120, deadline=None)
@given(wide_worlds(), types, st.integers(0, 1000))
def test_what_was_worked_out_elsewhere_makes_no_difference(world: WideWorld, type: str, seed: int) -> None:
    """One memo serves worlds that differ in details, read anew and then made from the one before by changes."""
    memo = Memo()
    for round in range(3):
        one, two = bent(world, seed + 2 * round), bent(world, seed + 2 * round + 1)
        before = one.estate(*unread(one, seed + round))
        survey = Survey(solver_of(before), memo)
        assert agrees_with_the_solver(survey, before, type)
        goal = {document.id: trimmed(document) for document in two.documents}
        ids = [id for id in sorted({*before.documents, *goal}) if "authorization" not in id.key]
        changes: list[AnyChange] = [
            Change(id=id, before=before.documents.get(id), after=goal.get(id))
            for id in ids
            if before.documents.get(id) != goal.get(id) and "/providers/" in id.key
        ]
        after = before.with_changes(*changes)
        earlier = survey.solver
        changed = Solver(after, earlier.facts.chains, unknown=earlier.facts.unknown, earlier=earlier)
        assert agrees_with_the_solver(Survey(changed, memo, survey), after, type)


def test_a_pair_alone_and_a_group_say_the_same() -> None:
    estate = small_estate(spoke("10.0.0.4"), hub(), private_zone())
    survey = Survey(Solver(estate, {}))
    asker, names = estates.client("spoke"), (Fqdn(f"x.{ZONE}"), Fqdn(f"other.{ZONE}"), Fqdn("www.example.org"))
    groups = list(survey.groups([asker], names))
    assert sum(map(len, groups)) == 3
    assert {c for group in groups for c in group.clients} == {asker}
    told = {name: outcome for group in groups for name, outcome in group.outcomes()}
    assert told == {name: survey.outcome(asker, name) for name in names}


def test_names_that_were_put_into_classes_are_asked_for_again_as_the_same_sequence() -> None:
    survey = Survey(Solver(small_estate(spoke(), private_zone("spoke")), {}))
    names, others = [Fqdn(f"x.{ZONE}")], [Fqdn(f"y.{ZONE}"), Fqdn(f"x.{ZONE}")]
    one = estates.client("spoke")
    first = [list(group.outcomes()) for group in survey.groups([one], names)]
    assert [list(group.outcomes()) for group in survey.groups([one], names)] == first
    assert sum(map(len, survey.groups([one], others))) == 2
    assert [list(group.outcomes()) for group in survey.groups([one], names)] == first
    assert sum(map(len, survey.groups([one], names, "AAAA"))) == 1


def test_a_memo_drops_what_two_runs_did_not_use() -> None:
    memo, estate = Memo(), small_estate(spoke(), private_zone("spoke"))

    def run(name: str) -> int:
        memo.next_run()
        Survey(Solver(estate, {}), memo).outcome(estates.client("spoke"), Fqdn(name))
        return len(memo)

    assert run("a.example.org") == 1
    assert run(f"x.{ZONE}") == 2
    assert run(f"x.{ZONE}") == 1  # the first name was last asked for two runs ago
    assert run("a.example.org") == 2


def test_a_changed_estate_solves_only_what_the_change_touches() -> None:
    """Of two networks one loses its link; the memo then holds one verdict more, and no path is solved for the other."""
    estate = small_estate(network("one"), network("two"), zone(ZONE, {"A/x": ["10.0.0.5"]}, "one", "two"))
    survey, name = Survey(Solver(estate, {})), Fqdn(f"x.{ZONE}")
    one, two = estates.client("one"), estates.client("two")
    assert survey.outcome(one, name) == survey.outcome(two, name) == Addresses(("10.0.0.5",))
    assert len(survey.memo) == 1
    link = next(link for link in estate.of_type(ZoneLink) if link.network == one.network)
    after = estate.with_changes(Change(id=link.id, before=estate.documents[link.id], after=None))
    solver = Counting(after, {}, earlier=survey.solver)
    changed = Survey(solver, survey.memo, survey)
    assert changed.outcome(two, name) == Addresses(("10.0.0.5",))
    assert solver.asked == []
    assert changed.outcome(one, name) == Public()
    assert [(place.view, asked) for place, asked in solver.asked if isinstance(place, AzureDns)] == [
        (one.network, name)
    ]


class Counting(Solver):
    """A solver that notes what it is asked to solve."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: list[tuple[Place, Fqdn]] = []

    def at(self, place: Place, name: Fqdn, type: str = "A") -> Path:
        self.asked.append((place, name))
        return super().at(place, name, type)
