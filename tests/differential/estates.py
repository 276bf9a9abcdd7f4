"""Random estates for the comparison: ARM documents and declared servers, always the same for a seed and a slot.

No question goes in a circle: a network's place in the row is its rank, and only lower ones are forwarded to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.lab.builders import (
    Group,
    address_record,
    dns_resolver,
    forwarding_rule,
    forwarding_ruleset,
    inbound_endpoint,
    network_id,
    outbound_endpoint,
    outbound_endpoint_id,
    private_zone,
    ruleset_id,
    ruleset_link,
    virtual_network,
    zone_id,
    zone_link,
)
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn
from tests.differential.internet import NAMES, RESOLVER

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
GROUPS = tuple(Group(subscription=SUBSCRIPTION, name=name) for name in ("RG-One", "RG-Two"))
NETWORKS = 5
KINDS = ("bind", "unbound", "pdns-recursor", "dnsmasq", "knot-resolver")
MOST_SLOTS = 40  # each estate has a /16 of 10/8 for each of its networks

FINAL = "forwarded-answers-are-final"
"""The assumption that is tried both ways: what a rule's target answers is final, or its aliases are looked up anew."""

_ZONES = (
    ("privatelink.api.azureml.ms", 0.9),
    ("we.privatelink.api.azureml.ms", 0.7),
    ("privatelink.vaultcore.azure.net", 0.95),
    ("privatelink.blob.core.windows.net", 0.95),
    ("blob.core.windows.net", 0.2),
    ("corp.example.com", 0.8),
    ("dev.corp.example.com", 0.75),
    ("lan", 0.4),
)
_RULE_DOMAINS = (
    "",
    "ms",
    "azureml.ms",
    "api.azureml.ms",
    "privatelink.api.azureml.ms",
    "we.privatelink.api.azureml.ms",
    "vault.azure.net",
    "privatelink.vaultcore.azure.net",
    "windows.net",
    "core.windows.net",
    "blob.core.windows.net",
    "privatelink.blob.core.windows.net",
    "corp.example.com",
    "dev.corp.example.com",
    "example.com",
    "cluster.example.org",
    "lan",
)
_NEVER_BELOW_A_ZONE = tuple(
    domain for domain in _RULE_DOMAINS if not any(domain.endswith(f".{zone}") for zone, _ in _ZONES)
)
"""Where BIND forwards as Azure it must not be told "no data" from above the forwarded domain."""
_LEAVES = tuple(name for name in NAMES if not any(other.endswith(f".{name}") for other in NAMES))
"""Names that a server may hold a record of: BIND and Recursor do so with a zone, which denies all names below."""

_WILD = (("*", 0.55), ("*.we", 0.5), ("*.w4.we", 0.4), ("*.app", 0.4), ("q.gone", 0.15))
"""Wildcards and a name that makes another one exist without records, with their chances in a zone."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as a client in a network asks it, of the first server of the network's list."""

    network: str
    server: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomEstate:
    """Documents, declared servers, the assumptions that are switched, and what is asked."""

    seed: int
    slot: int
    documents: tuple[Document, ...]
    servers: tuple[DeclaredServer, ...]
    assumptions: dict[str, bool]
    askings: tuple[Asking, ...]


def network_name(index: int) -> str:
    """The name of a network by its rank."""
    return f"vnet-{index}"


def random_estate(seed: int, slot: int = 0) -> RandomEstate:
    """The estate of a seed, with the addresses of a slot."""
    if not 0 <= slot < MOST_SLOTS:
        raise ValueError(f"slot {slot}: there are {MOST_SLOTS}")
    return _Maker(random.Random(f"estate {seed}"), seed, slot).make()


@dataclass(slots=True)
class _Maker:
    random: random.Random
    seed: int
    slot: int
    documents: list[Document] = field(default_factory=list)
    servers: list[DeclaredServer] = field(default_factory=list)
    records: int = 0
    final: bool = True

    def make(self) -> RandomEstate:
        self.final = self.random.random() < 0.6
        resolvers = [index for index in range(NETWORKS) if self.random.random() < (0.9 if index < 2 else 0.5)]
        self._servers(resolvers)
        lists = self._server_lists(resolvers)
        for index in range(NETWORKS):
            self.documents.append(self._network(index, lists[index]))
        for zone, chance in _ZONES:
            if self.random.random() < chance:
                self._zone(zone)
        self._rulesets(resolvers)
        return RandomEstate(
            seed=self.seed,
            slot=self.slot,
            documents=tuple(self.documents),
            servers=tuple(self.servers),
            assumptions={} if self.final else {FINAL: False},
            askings=tuple(self._askings(lists)),
        )

    # Networks and servers

    def _prefix(self, index: int) -> str:
        return f"10.{self.slot * NETWORKS + index}"

    def _inbound(self, index: int) -> str:
        return f"{self._prefix(index)}.0.36"

    def _network(self, index: int, servers: list[str]) -> Document:
        peers = {
            network_id(GROUPS[0], network_name(other)): f"{self._prefix(other)}.0.0/16"
            for other in range(NETWORKS)
            if other != index
        }
        prefix = f"{self._prefix(index)}.0.0/16"
        return virtual_network(
            GROUPS[0], network_name(index), prefix, subnets={"default": prefix}, dns_servers=servers, peers=peers
        )

    def _server_lists(self, resolvers: list[int]) -> list[list[str]]:
        """The first networks ask Azure DNS or an inbound endpoint, the last two a server of one's own."""
        lists: list[list[str]] = []
        for _ in range(NETWORKS - len(self.servers)):
            doors = [self._inbound(other) for other in resolvers]
            lists.append([self.random.choice(doors)] if doors and self.random.random() < 0.2 else [])
        return [*lists, *([server.address] for server in self.servers)]

    def _servers(self, resolvers: list[int]) -> None:
        for number in range(2):
            home = self.random.randrange(NETWORKS)
            kind = self.random.choice(KINDS)
            below = [server for server in self.servers if self._rank(server) <= home]
            doors = [self._inbound(index) for index in resolvers if index <= home]
            targets = [PLATFORM_RESOLVER, PLATFORM_RESOLVER, *doors, *(server.address for server in below)]
            forwards: dict[Fqdn, tuple[str, ...]] = {}
            for domain in self.random.sample(_RULE_DOMAINS[1:], self.random.randrange(5)):
                targets_here = [*targets, RESOLVER] if self.random.random() < 0.2 else targets
                forwards[Fqdn(domain)] = (self.random.choice(targets_here),)
            if kind == "dnsmasq" or self.random.random() < 0.75:  # dnsmasq asks nobody by itself
                forwards[Fqdn("")] = (self.random.choice([RESOLVER, RESOLVER, *targets]),)
            self.servers.append(
                DeclaredServer(
                    address=f"{self._prefix(home)}.0.{4 + number}",
                    network=network_name(home),
                    kind=kind,
                    forwards=forwards,
                    forward_mode="first" if kind == "bind" and self.random.random() < 0.2 else "only",
                    records=self._own_records(),
                )
            )

    def _own_records(self) -> dict[Fqdn, tuple[str, ...]]:
        if self.random.random() < 0.65:
            return {}
        return {Fqdn(name): (self._address(),) for name in self.random.sample(_LEAVES, self.random.randint(1, 2))}

    @staticmethod
    def _rank(server: DeclaredServer) -> int:
        return int(server.network.rpartition("-")[2])

    # Zones

    def _zone(self, name: str) -> None:
        """One zone, or two of the same name, each linked to its own networks."""
        networks = [index for index in range(NETWORKS) if self.random.random() < 0.7]
        copies = 2 if self.random.random() < 0.25 else 1
        for group in GROUPS[:copies]:
            own = zone_id(group, name)
            linked = networks if copies == 1 else [n for n in networks if (n % 2 == 0) == (group is GROUPS[0])]
            links = [self._link(own, index, name) for index in linked]
            records = list(self._records(own, name))
            self.documents += [private_zone(group, name, record_sets=len(records), links=len(links)), *links, *records]

    def _link(self, zone: str, index: int, name: str) -> Document:
        document = zone_link(zone, network_id(GROUPS[0], network_name(index)))
        if "privatelink" not in name.split(".") or self.random.random() < 0.08:
            return document
        properties = document.body["properties"] | {"resolutionPolicy": "NxDomainRedirect"}
        return Document(kind=document.kind, id=document.id, body={**document.body, "properties": properties})

    def _records(self, zone: str, name: str) -> Iterator[Document]:
        for number, full in enumerate(NAMES):
            label = full.removesuffix(f".{name}")
            if full.endswith(f".{name}") and self.random.random() < 0.4:
                yield from self._sets(zone, label, number)
        for label, chance in _WILD:
            if self.random.random() < chance:
                yield from self._sets(zone, label, len(NAMES) - 2)
        if self.random.random() < 0.1:
            yield from self._sets(zone, "@", len(NAMES))

    def _sets(self, zone: str, label: str, number: int) -> Iterator[Document]:
        """The record sets of a name; an alias leads to a later name only, and stands alone."""
        chance = self.random.random()
        later = NAMES[number + 1 :]
        if chance < 0.2 and later:
            yield _record(zone, "CNAME", label, {"cnameRecord": {"cname": self.random.choice(later)}})
        elif chance < 0.3:
            yield _record(zone, "AAAA", label, {"aaaaRecords": [{"ipv6Address": self._address6()}]})
        elif chance < 0.37:
            yield _record(zone, "TXT", label, {"txtRecords": [{"value": ["text"]}]})
        else:
            count = 2 if self.random.random() < 0.15 else 1
            yield address_record(zone, label, [self._address() for _ in range(count)])
            if self.random.random() < 0.2:
                yield _record(zone, "AAAA", label, {"aaaaRecords": [{"ipv6Address": self._address6()}]})

    def _address(self) -> str:
        """An address that no other record of the estate has: it tells where an answer comes from."""
        self.records += 1
        return f"{self._prefix(0)}.{100 + self.records // 250}.{1 + self.records % 250}"

    def _address6(self) -> str:
        self.records += 1
        return f"fd00::{self.slot + 1:x}:{self.records:x}"

    # Rulesets

    def _rulesets(self, resolvers: list[int]) -> None:
        for index in resolvers:
            network = network_id(GROUPS[0], network_name(index))
            resolver, subnet = f"dnspr-{index}", f"{network}/subnets/default"
            self.documents += [
                dns_resolver(GROUPS[0], resolver, network),
                inbound_endpoint(GROUPS[0], resolver, "in", subnet, self._inbound(index)),
            ]
        if not resolvers:
            return
        home = resolvers[0]
        outbound = f"{network_id(GROUPS[0], network_name(home))}/subnets/default"
        self.documents.append(outbound_endpoint(GROUPS[0], f"dnspr-{home}", "out", outbound))
        for index in range(1, NETWORKS):
            if self.random.random() < 0.92:
                self._ruleset(index, home, resolvers)

    def _ruleset(self, index: int, home: int, resolvers: list[int]) -> None:
        """The ruleset of one network: its rules lead to inbound endpoints and servers of lower rank, or outside."""
        own, name = ruleset_id(GROUPS[0], f"rules-{index}"), f"rules-{index}"
        outbound = [outbound_endpoint_id(GROUPS[0], f"dnspr-{home}", "out")]
        self.documents.append(forwarding_ruleset(GROUPS[0], name, outbound))
        below = [self._inbound(other) for other in resolvers if other < index]
        targets = [*below, *below, *below, *(s.address for s in self.servers if self._rank(s) < index)] or [RESOLVER]
        domains = _RULE_DOMAINS if self.final else _NEVER_BELOW_A_ZONE
        for domain in self.random.sample(domains, self.random.randint(4, 8)):
            target = RESOLVER if self.random.random() < 0.1 else self.random.choice(targets)
            made = f"rule-{domain.replace('.', '-') or 'root'}"
            enabled = self.random.random() < 0.92
            self.documents.append(forwarding_rule(own, made, domain, [target], enabled=enabled))
        self.documents.append(ruleset_link(own, network_id(GROUPS[0], network_name(index))))

    # Questions

    def _askings(self, lists: list[list[str]]) -> Iterator[Asking]:
        names = [*self.random.sample(NAMES[:13], 4), *self.random.sample(NAMES[13:-5], 9)]
        for index in range(NETWORKS):
            server = lists[index][0] if lists[index] else PLATFORM_RESOLVER
            for name in names:
                types = ["A", *self.random.choices(("AAAA", "TXT", ""), (6, 1, 3))]
                yield from (Asking(network_name(index), server, name, type) for type in types if type)


def _record(zone: str, type: str, label: str, properties: dict[str, Any]) -> Document:
    own = f"{zone}/{type}/{label}"
    body = {
        "id": own,
        "name": label,
        "type": f"Microsoft.Network/privateDnsZones/{type}",
        "properties": {"ttl": 3600, **properties},
    }
    return Document(kind="record-set", id=ArmId(own), body=body)
