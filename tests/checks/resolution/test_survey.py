"""The survey says of every pair of client and name what the solver says, whatever was worked out before."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lab.builders import (
    Group,
    forwarding_rule,
    forwarding_ruleset,
    outbound_endpoint_id,
    ruleset_id,
    ruleset_link,
)
from checks.requirements import Client
from checks.resolution.path import Addresses, Blocked, DeadEnd, NoData, NxDomain, Opaque, Outcome, Path, Public
from checks.resolution.places import AzureDns, Place
from checks.resolution.rules import ASSUMPTIONS
from checks.resolution.solver import Solver
from checks.resolution.survey import Memo, Survey
from collectors.graph.declared import Declared
from collectors.graph.documents import AnyChange, Change, Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import ZoneLink
from tests import estates
from tests.checks.resolution.around import INBOUND, policy, resolver
from tests.checks.resolution.small import ZONE, bind, hub, private_zone, spoke
from tests.checks.resolution.wide_worlds import CHAINS, DOMAINS, NAMES, NETWORKS, TARGETS, WideWorld, types, wide_worlds
from tests.estates import AZURE_DNS, GROUP, SUBSCRIPTION, gap, network, server, small_estate, trimmed, zid, zone

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
    """Of two networks one loses its link; for the other no path is solved again."""
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


def survey_of(estate: Estate) -> Survey:
    return Survey(Solver(estate, {}))


def certain(estate: Estate, name: str) -> tuple[Outcome, ...]:
    """What the spoke may get by the solver; the survey, asked of the other name before, must say the same."""
    asker = estates.client("spoke")
    survey = survey_of(estate)
    for one in (f"y.{ZONE}", f"x.{ZONE}"):
        expected = tuple(way.outcome for way in Solver(estate, {}).path(asker, Fqdn(one)).certain)
        assert survey.outcomes(asker, Fqdn(one)) == expected
    return survey.outcomes(asker, Fqdn(name))


def test_of_names_of_one_class_private_and_public_addresses_may_fare_differently() -> None:
    """The server takes private addresses out of answers, public ones it lets through."""
    filter = bind({"": AZURE_DNS}, rebinding_protection=True)
    records = {"A/x": ["10.0.0.5"], "A/y": ["203.0.113.9"]}
    estate = small_estate(hub(), spoke("10.0.0.4"), zone(ZONE, records, "hub"), servers=(filter,))
    assert certain(estate, f"y.{ZONE}") == (Addresses(("203.0.113.9",)),)
    assert isinstance(certain(estate, f"x.{ZONE}")[0], DeadEnd)


def test_copies_of_a_zone_may_agree_about_one_name_and_not_about_another() -> None:
    """The server asks two views by turns: where both hold the same there is one outcome, else there are two."""
    there = {"A/x": ["10.0.0.5"], "A/y": ["10.0.0.6"]}
    copy = zone(
        ZONE, {"A/x": ["10.0.0.5"], "A/y": ["10.0.0.7"]}, "far", group=Group(subscription=SUBSCRIPTION, name="RG-Copy")
    )
    estate = small_estate(
        hub(),
        spoke("10.0.0.4"),
        network("far", "10.2.0.0/16", peers={"hub": "10.0.0.0/16"}),
        resolver("far", "10.2.0.36"),
        zone(ZONE, there, "hub"),
        copy,
        servers=(bind({"": f"{AZURE_DNS} 10.2.0.36"}),),
    )
    assert certain(estate, f"x.{ZONE}") == (Addresses(("10.0.0.5",)),)
    assert certain(estate, f"y.{ZONE}") == (Addresses(("10.0.0.6",)), Addresses(("10.0.0.7",)))


def test_clients_of_one_inbound_endpoint_may_have_policies_of_their_own() -> None:
    """Where the client's policy is not assumed to end at the endpoint, it blocks what the endpoint would answer."""
    estate = small_estate(
        hub(),
        spoke(INBOUND),
        network("other", "10.3.0.0/16", INBOUND, peers={"hub": "10.0.0.0/16"}),
        resolver(),
        private_zone("hub"),
        policy((100, "block", [ZONE]), network="spoke"),
        declared=Declared(assumptions={"client-policy-ends-at-inbound-endpoints": False}),
    )
    survey, name = survey_of(estate), Fqdn(f"x.{ZONE}")
    assert survey.outcome(estates.client("other"), name) == Addresses(("10.0.0.5",))
    assert survey.outcome(estates.client("spoke"), name) == Blocked()


def after(survey: Survey, estate: Estate, *changes: AnyChange) -> Survey:
    changed = estate.with_changes(*changes)
    return Survey(survey.solver.changed(changed), survey.memo, survey)


def test_a_zone_that_comes_decides_about_names_that_were_known_before() -> None:
    estate = small_estate(spoke(), private_zone("spoke"))
    survey, asker, name = survey_of(estate), estates.client("spoke"), Fqdn(f"x.{ZONE}")
    assert survey.outcome(asker, name) == Addresses(("10.0.0.5",))
    nearer = [Change(id=document.id, before=None, after=trimmed(document)) for document in zone(name, {}, "spoke")]
    assert after(survey, estate, *nearer).outcome(asker, name) == NoData()


def test_a_zone_that_can_no_longer_be_read_leaves_names_open_that_were_known_before() -> None:
    """Also for a network that was known not to be linked: whose links those are nobody knows any more."""
    estate = small_estate(spoke(), hub(), zone("else.where", {}, "spoke"), private_zone("spoke"))
    survey, name = survey_of(estate), Fqdn("x.else.where")
    askers = [estates.client("spoke"), estates.client("hub")]
    assert [survey.outcome(asker, name) for asker in askers] == [NxDomain(), Public()]
    id = zid("else.where")
    unreadable = Document(kind="private-dns-zone", id=id, body={"name": 7})
    broken = after(survey, estate, Change(id=id, before=estate.documents[id], after=unreadable))
    assert [type(broken.outcome(asker, name)) for asker in askers] == [Opaque, Opaque]


def test_why_nobody_knows_where_a_server_stands_differs_from_estate_to_estate() -> None:
    lost = bind({"": AZURE_DNS}, network="gone")
    memo, told = Memo(), []
    for gaps in ((), (gap("virtual-network", f"/subscriptions/{SUBSCRIPTION}"),)):
        estate = small_estate(hub(), spoke("10.0.0.4"), gaps=gaps, servers=(lost,))
        outcome = Survey(Solver(estate, {}), memo).outcome(estates.client("spoke"), Fqdn(f"x.{ZONE}"))
        assert isinstance(outcome, Opaque)
        told.append((outcome.reason, outcome.gaps))
    assert told == [
        ("the network gone of server 10.0.0.4 does not exist", ()),
        ("the network gone of server 10.0.0.4 could not be read", gaps),
    ]


def test_servers_with_the_same_forwarders_may_treat_aliases_differently() -> None:
    """BIND asks for the alias's target itself, dnsmasq gives what the internet said."""
    forwards = {ZONE: AZURE_DNS}
    unlike = (bind(forwards), server("10.0.0.5", forwards, network="hub", kind="dnsmasq"))
    other = network("other", "10.3.0.0/16", "10.0.0.5", peers={"hub": "10.0.0.0/16"})
    estate = small_estate(hub(), spoke("10.0.0.4"), other, private_zone("hub"), servers=unlike)
    survey = Survey(Solver(estate, {Fqdn("x.example.com"): Fqdn(f"x.{ZONE}")}))
    told = [survey.outcome(estates.client(asker), Fqdn("x.example.com")) for asker in ("spoke", "other")]
    assert told == [Addresses(("10.0.0.5",)), Public()]


def test_a_rule_that_leads_nowhere_is_named_in_each_view() -> None:
    """Two networks, each with a ruleset of its own whose rule has no target."""
    parts = [resolver("hub"), resolver("far", "10.2.0.36", "dnspr-far")]
    for number, network_name in ((1, "spoke"), (2, "other")):
        own = ruleset_id(GROUP, f"rules-{number}")
        outbound = [outbound_endpoint_id(GROUP, "dnspr", "out")]
        parts.append(
            [
                forwarding_ruleset(GROUP, f"rules-{number}", outbound),
                forwarding_rule(own, "nowhere", "example.com", []),
                ruleset_link(own, str(estates.nid(network_name))),
            ]
        )
    estate = small_estate(hub(), network("far", "10.2.0.0/16"), spoke(), network("other", "10.3.0.0/16"), *parts)
    survey = survey_of(estate)
    told = [survey.outcome(estates.client(asker), Fqdn("x.example.com")) for asker in ("spoke", "other")]
    assert [outcome.reason for outcome in told if isinstance(outcome, DeadEnd)] == [
        f"rule nowhere of ruleset rules-{number} sends example.com nowhere: it has no target" for number in (1, 2)
    ]
