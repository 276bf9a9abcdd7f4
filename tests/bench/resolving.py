"""How every network gets every name: the survey against the same model asked pair by pair, in one run.

`python -m tests.bench.resolving` prints ratios; exit code 1 when a bar is missed. The naive loop asks a fresh solver
for each pair of a sample; its time for all pairs is that of a pair times their number.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from agent.lab.builders import (
    Group,
    address_record,
    dns_resolver,
    forwarding_rule,
    forwarding_ruleset,
    guid,
    inbound_endpoint,
    network_id,
    outbound_endpoint,
    outbound_endpoint_id,
    private_zone,
    ruleset_link,
    virtual_network,
    zone_id,
    zone_link,
)
from checks.requirements import Client
from checks.resolution.path import label
from checks.resolution.solver import Solver
from checks.resolution.survey import Memo, Survey
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared
from collectors.graph.documents import Change, Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import ZoneLink

HUBS = 20
SERVICES = 60
NAMES = 10_000  # times three: what people type is an alias of the public name, which is one of the private-link name
ADDRESS = "10.{}.0.4"  # of the inbound endpoint of each hub


@dataclass(frozen=True)
class World:
    """An estate, who asks, and what: `chains` are the aliases in public DNS."""

    estate: Estate
    clients: tuple[Client, ...]
    names: tuple[Fqdn, ...]
    chains: Mapping[Fqdn, Fqdn]

    @property
    def pairs(self) -> int:
        return len(self.clients) * len(self.names)


def company(networks: int) -> World:
    """Hubs with a copy of each private-link zone; of the spokes nine of ten ask their hub's resolver.

    The others ask Azure DNS: they link 10, 30 or 60 zones of their hub, a few of them an odd choice and its ruleset.
    """
    chance = random.Random(1)
    documents = list(_zones(HUBS))
    documents += [document for hub in range(HUBS) for document in _hub(hub, networks)]
    for number in range(networks):
        hub = number % HUBS
        own = chance.random() < 0.1
        name = f"spoke-{number}"
        server = () if own else (ADDRESS.format(hub),)
        documents.append(_network(name, _prefix(number), server, hub))
        if own:
            odd = chance.random() < 0.02
            some = chance.sample(range(SERVICES), 17) if odd else range(chance.choice((10, 30, 60)))
            documents += [zone_link(_zone(hub, service), network_id(GROUP, name)) for service in some]
            documents += [ruleset_link(_ruleset(hub), network_id(GROUP, name))] if odd and chance.random() < 0.5 else []
    return _world(documents, networks)


def unlike(networks: int) -> World:
    """Every network asks Azure DNS, and each links a choice of zones that no other one links."""
    chance = random.Random(2)
    documents = list(_zones(HUBS))
    for number in range(networks):
        name = f"spoke-{number}"
        documents.append(_network(name, _prefix(number), (), None))
        some = chance.sample(range(SERVICES), chance.randint(20, 40))
        documents += [zone_link(_zone(number % HUBS, service), network_id(GROUP, name)) for service in some]
    return _world(documents, networks)


GROUP = Group(subscription=guid("subscription of the bench"), name="RG-Bench")


def _private(service: int) -> str:
    return f"privatelink.service{service}.example.net"


def _zone(hub: int, service: int) -> str:
    return zone_id(Group(subscription=GROUP.subscription, name=f"RG-Zones-{hub}"), _private(service))


def _ruleset(hub: int) -> str:
    return f"{GROUP.id('Microsoft.Network/dnsForwardingRulesets', f'ruleset-{hub}')}"


def _zones(hubs: int) -> Iterator[Document]:
    """Each hub's copies; a name stands in the copies of one hub only."""
    for hub in range(hubs):
        group = Group(subscription=GROUP.subscription, name=f"RG-Zones-{hub}")
        for service in range(SERVICES):
            yield private_zone(group, _private(service), record_sets=1, links=0)
    for number in range(NAMES):
        address = f"10.{100 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
        yield address_record(_zone(number % hubs, number // hubs % SERVICES), f"name{number}", [address])


def _prefix(number: int) -> str:
    return f"100.{64 + number // 256}.{number % 256}.0/24"


def _network(name: str, prefix: str, servers: tuple[str, ...], hub: int | None) -> Document:
    peers = {} if hub is None else {network_id(GROUP, f"hub-{hub}"): f"10.{hub}.0.0/16"}
    return virtual_network(GROUP, name, prefix, subnets={"default": prefix}, dns_servers=servers, peers=peers)


def _hub(hub: int, networks: int) -> Iterator[Document]:
    name, resolver = f"hub-{hub}", f"resolver-{hub}"
    own = network_id(GROUP, name)
    spokes = {network_id(GROUP, f"spoke-{number}"): _prefix(number) for number in range(hub, networks, HUBS)}
    subnets = {"in": f"10.{hub}.0.0/24", "out": f"10.{hub}.1.0/24"}
    yield virtual_network(
        GROUP, name, f"10.{hub}.0.0/16", subnets=subnets, peers=spokes, resolver_subnets=tuple(subnets)
    )
    yield dns_resolver(GROUP, resolver, own)
    yield inbound_endpoint(GROUP, resolver, "in", f"{own}/subnets/in", ADDRESS.format(hub))
    yield outbound_endpoint(GROUP, resolver, "out", f"{own}/subnets/out")
    yield forwarding_ruleset(GROUP, f"ruleset-{hub}", [outbound_endpoint_id(GROUP, resolver, "out")])
    for number in range(50):
        yield forwarding_rule(_ruleset(hub), f"rule-{number}", f"part{number}.corp.example", ["192.0.2.53"])
    yield ruleset_link(_ruleset(hub), own)
    yield from (zone_link(_zone(hub, service), own) for service in range(SERVICES))


def _world(documents: list[Document], networks: int) -> World:
    chains: dict[Fqdn, Fqdn] = {}
    for number in range(NAMES):
        service = number // HUBS % SERVICES
        typed = Fqdn(f"name{number}.part{service % 50}.corp.example")
        public = Fqdn(f"name{number}.service{service}.example.net")
        chains |= {typed: public, public: Fqdn(f"name{number}.{_private(service)}")}
    names = tuple(sorted({*chains, *chains.values()}))
    estate = Estate.from_documents(documents, (), Declared(), parse_document)
    ids = [ArmId(network_id(GROUP, f"spoke-{number}")) for number in range(networks)]
    return World(estate, tuple(Client(id=id.text, network=id) for id in ids), names, chains)


def survey(world: World, memo: Memo | None = None, earlier: Survey | None = None) -> tuple[Survey, Counter[str]]:
    """Every pair, counted by outcome."""
    solver = Solver(world.estate, world.chains, earlier=earlier.solver if earlier else None)
    made = Survey(solver, memo, earlier)
    counted: Counter[str] = Counter()
    for group in made.groups(world.clients, world.names):
        counted[label(group.verdict.outcome)] += len(group)
    return made, counted


def fresh(world: World) -> World:
    """The same estate, with no index made."""
    estate = Estate(world.estate.documents, world.estate.nodes, (), Declared(), parse_document)
    return World(estate, world.clients, world.names, world.chains)


def without_a_link(world: World) -> World:
    """The estate after one link was lost, made from the one before."""
    link = world.estate.of_type(ZoneLink)[0].id
    estate = world.estate.with_changes(Change(id=link, before=world.estate.documents[link], after=None))
    return World(estate, world.clients, world.names, world.chains)


def naive_seconds_per_pair(world: World, pairs: int = 3_000) -> float:
    """The time of a pair when every question is solved for itself; indexes are warm. Its answers are compared, too."""
    chance = random.Random(3)
    sample = [(chance.choice(world.clients), chance.choice(world.names)) for _ in range(pairs)]
    asked = Survey(Solver(world.estate, world.chains))
    for client, name in sample:
        assert asked.outcome(client, name) == Solver(world.estate, world.chains).path(client, name).outcome
    started = time.process_time()
    for client, name in sample:
        Solver(world.estate, world.chains).path(client, name)
    return (time.process_time() - started) / pairs


def seconds(work: Callable[[], object]) -> float:
    """CPU time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def median(work: Callable[[], float], rounds: int = 3) -> float:
    """Of some rounds."""
    return statistics.median(work() for _ in range(rounds))


def full_run(world: World) -> float:
    """CPU seconds of a survey of an estate of which nothing is known."""
    new = fresh(world)
    return seconds(lambda: survey(new))


def peak_megabytes(world: World) -> float:
    """What a survey of an estate of which nothing is known allocates at most."""
    new = fresh(world)
    tracemalloc.start()
    survey(new)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak / 1e6)


def changed_run(world: World) -> float:
    """CPU seconds of a survey after one lost link, the change included, when all was surveyed before."""
    new = fresh(world)
    memo = Memo()
    before, _ = survey(new, memo)
    return seconds(lambda: survey(without_a_link(new), memo, before))


def tell(line: str) -> None:
    """On standard output, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Print the figures; 1 when a bar is missed."""
    missed = []

    def judge(what: str, value: float, bar: float, unit: str = "") -> None:
        missed.extend([what] if value > bar else [])
        tell(f"{what:<66} {value:>9.4f}{unit}  at most {bar:g}{unit}  {'MISSED' if value > bar else 'ok'}")

    large, small, odd = company(10_000), company(1_000), unlike(1_000)
    for name, world in (("10,000 networks", large), ("1,000 networks", small), ("1,000 unlike networks", odd)):
        counted = survey(world)[1]
        assert counted.total() == world.pairs
        tell(f"{name}: {world.pairs:,} pairs: {dict(sorted(counted.items()))}")
    took, naive = median(lambda: full_run(large)), naive_seconds_per_pair(large) * large.pairs
    judge("10,000 networks x 30,000 names, of the naive loop", took / naive, 1 / 100)
    judge("10,000 networks x 30,000 names", took, 3, " s")
    judge("10,000 networks x 30,000 names, at the peak", peak_megabytes(large), 300, " MB")
    judge("one lost link among 10,000 networks, of a full run", median(lambda: changed_run(large)) / took, 1 / 5)
    judge("ten times the networks", took / median(lambda: full_run(small)), 1.6)
    took, naive = median(lambda: full_run(odd)), naive_seconds_per_pair(odd) * odd.pairs
    judge("1,000 unlike networks x 30,000 names, of the naive loop", took / naive, 1 / 20)
    tell(f"1,000 unlike networks: {took:.2f} s")
    judge("one lost link among 1,000 unlike networks, of a full run", median(lambda: changed_run(odd)) / took, 1 / 5)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
