"""Random worlds with everything between a client and a zone: resolvers, rulesets, firewalls, policies, odd aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from agent.lab.builders import (
    dns_resolver,
    domain_list,
    domain_list_id,
    firewall,
    firewall_policy,
    firewall_policy_id,
    forwarding_rule,
    forwarding_ruleset,
    hub_connection,
    hub_firewall,
    hub_id,
    inbound_endpoint,
    outbound_endpoint,
    outbound_endpoint_id,
    ruleset_id,
    ruleset_link,
    security_policy,
    security_policy_link,
    security_rule,
    virtual_hub,
    virtual_wan,
    wan_id,
)
from checks.resolution.path import Path
from checks.resolution.rules import ASSUMPTIONS
from checks.resolution.solver import Solver
from collectors.arm.nodes import parse_document
from collectors.graph.declared import Declared, DeclaredServer
from collectors.graph.documents import Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.estates import AZURE_DNS, GROUP, client, flat, network, nid, server, small_estate, trimmed, zone

PREFIXES = {"hub": "10.0", "spoke": "10.1", "twin": "10.0", "far": "10.2"}
NETWORKS = tuple(PREFIXES)
SERVERS = ("10.0.0.4", "10.1.0.4", "192.168.1.53")
DOORS = ("10.0.0.36", "10.1.0.36", "10.2.0.36")
FIREWALLS = ("10.0.0.68", "10.100.0.132")
TARGETS = (*SERVERS, *DOORS, *FIREWALLS, AZURE_DNS, "198.51.100.53", "10.7.7.7")
ZONES = ("example.com", "privatelink.example.com", "a.privatelink.example.com", "azure.net")
DOMAINS = ("", "com", *ZONES)
LABELS = ("@", "x", "y.x", "*", "a")
NAMES = (
    "x.example.com",
    "x.privatelink.example.com",
    "y.x.privatelink.example.com",
    "x.a.privatelink.example.com",
    "x.azure.net",
)
CHAINS = {
    Fqdn("x.example.com"): Fqdn("x.privatelink.example.com"),
    Fqdn("x.azure.net"): Fqdn("x.example.com"),
    Fqdn("round.org"): Fqdn("about.org"),
    Fqdn("about.org"): Fqdn("round.org"),
}
KINDS = ("bind", "dnsmasq", "windows", "unknown")

names = st.sampled_from((*NAMES, "privatelink.example.com", "round.org", "nowhere.org")).map(Fqdn)
types = st.sampled_from(("A", "AAAA", "CNAME", "PTR"))
_targets = st.lists(st.sampled_from(TARGETS), max_size=2, unique=True)


@dataclass(frozen=True)
class WideWorld:
    """Documents in some order, what is declared of servers, and which assumptions are switched."""

    documents: tuple[Document, ...]
    servers: tuple[DeclaredServer, ...]
    assumptions: Mapping[str, bool]

    @property
    def declared(self) -> Declared:
        return Declared(servers=self.servers, assumptions=dict(self.assumptions))

    def estate(self, *gaps: Gap) -> Estate:
        """The estate as a run reads it, with the gaps that the closure rule adds."""
        return small_estate(self.documents, gaps=gaps, declared=self.declared)

    def built_anew(self, like: Estate) -> Estate:
        """These documents, knowing of the same gaps as another estate and of no more."""
        return Estate.from_documents(map(trimmed, self.documents), like.gaps, like.declared, parse_document)


@st.composite
def wide_worlds(draw: st.DrawFn) -> WideWorld:
    """A world of four networks, two of which share their address space."""
    parts: list[Any] = [_network(draw, name) for name in NETWORKS]
    for name in sorted(draw(st.sets(st.sampled_from(ZONES)))):
        links = sorted(draw(st.sets(st.sampled_from(NETWORKS))))
        parts.append(zone(name, draw(_records()), *links, fallback=draw(st.booleans())))
    unlinked = set(NETWORKS)  # a network has one ruleset at most
    for name in sorted(draw(st.sets(st.sampled_from(NETWORKS)))):
        served = draw(st.sets(st.sampled_from(NETWORKS), max_size=2)) & unlinked
        unlinked -= served
        parts.append(list(_resolver(draw, name, sorted(served))))
    parts += [list(made(draw)) for made in (_network_firewall, _hub_firewall, _policies) if draw(st.booleans())]
    servers = draw(st.lists(_servers(), max_size=3, unique_by=lambda s: (s.address, s.network)))
    switched = draw(st.dictionaries(st.sampled_from([a.name for a in ASSUMPTIONS]), st.booleans(), max_size=3))
    return WideWorld(tuple(flat(parts)), tuple(servers), switched)


def _network(draw: st.DrawFn, name: str) -> Document:
    peers = draw(st.sets(st.sampled_from(NETWORKS))) - {name}
    prefixes = {peer: f"{PREFIXES[peer]}.0.0/16" for peer in sorted(peers)}
    return network(name, f"{PREFIXES[name]}.0.0/16", *draw(_targets), peers=prefixes)


@st.composite
def _records(draw: st.DrawFn) -> dict[str, Any]:
    """Records whose aliases may lead in circles and out of the zone."""
    records: dict[str, Any] = {}
    for label in sorted(draw(st.sets(st.sampled_from(LABELS), max_size=3))):
        kind = draw(st.sampled_from(("A", "AAAA", "CNAME", "TXT")))
        value = {"A": ["10.0.0.99"], "AAAA": ["fd00::99"], "TXT": "text"}
        records[f"{kind}/{label}"] = draw(names) if kind == "CNAME" else value[kind]
    return records


def _resolver(draw: st.DrawFn, name: str, links: list[str]) -> Iterator[Document]:
    """The resolver of a network with its ruleset, whose rules may lead back to where they came from."""
    subnet = f"{nid(name)}/subnets/default"
    yield dns_resolver(GROUP, f"dnspr-{name}", str(nid(name)))
    yield inbound_endpoint(GROUP, f"dnspr-{name}", "in", subnet, f"{PREFIXES[name]}.0.36")
    yield outbound_endpoint(GROUP, f"dnspr-{name}", "out", subnet)
    own = ruleset_id(GROUP, f"rules-{name}")
    yield forwarding_ruleset(GROUP, f"rules-{name}", [outbound_endpoint_id(GROUP, f"dnspr-{name}", "out")])
    for domain in sorted(draw(st.sets(st.sampled_from(DOMAINS), max_size=2))):
        made = f"rule-{domain.replace('.', '-') or 'root'}"
        yield forwarding_rule(own, made, domain, draw(_targets), enabled=draw(st.booleans()))
    for linked in links:
        yield ruleset_link(own, str(nid(linked)))


def _network_firewall(draw: st.DrawFn) -> Iterator[Document]:
    policy = firewall_policy_id(GROUP, "afwp")
    yield firewall(GROUP, "afw", f"{nid('hub')}/subnets/default", FIREWALLS[0], policy=policy)
    yield firewall_policy(GROUP, "afwp", proxy=draw(st.sampled_from((True, False, None))), servers=draw(_targets))


def _hub_firewall(draw: st.DrawFn) -> Iterator[Document]:
    own = hub_id(GROUP, "vhub")
    yield virtual_wan(GROUP, "wan", [own])
    yield virtual_hub(GROUP, "vhub", wan_id(GROUP, "wan"), "10.100.0.0/23")
    yield hub_firewall(GROUP, "afw-hub", own, FIREWALLS[1], policy=firewall_policy_id(GROUP, "afwp-hub"))
    yield firewall_policy(GROUP, "afwp-hub", proxy=True, servers=draw(_targets))
    for connected in sorted(draw(st.sets(st.sampled_from(NETWORKS), max_size=2))):
        yield hub_connection(own, str(nid(connected)))


def _policies(draw: st.DrawFn) -> Iterator[Document]:
    """A security policy of a network; of two rules the one with the lower number counts first."""
    yield security_policy(GROUP, "guard")
    yield security_policy_link(GROUP, "guard", str(nid(draw(st.sampled_from(NETWORKS)))))
    for priority in (100, 200):
        yield domain_list(GROUP, f"list-{priority}", draw(st.lists(st.sampled_from(DOMAINS), max_size=2, unique=True)))
        action, managed = draw(st.sampled_from(("Allow", "Alert", "Block"))), draw(st.sampled_from(((), ("threats",))))
        held = [domain_list_id(GROUP, f"list-{priority}")]
        yield security_rule(GROUP, "guard", f"rule-{priority}", priority, action, held, managed)


@st.composite
def _servers(draw: st.DrawFn) -> DeclaredServer:
    forwards = draw(st.none() | st.dictionaries(st.sampled_from(DOMAINS), st.sampled_from(TARGETS), max_size=3))
    held = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((("10.9.9.9",), ("x.example.com",))), max_size=1)
    kind, place = draw(st.sampled_from(KINDS)), draw(st.sampled_from(("", *NETWORKS)))
    return server(draw(st.sampled_from(SERVERS)), forwards, network=place, kind=kind, records=draw(held))


def every_path(estate: Estate, name: Fqdn, type: str) -> list[Path]:
    """What each network gets from each of its servers."""
    solver = Solver(estate, CHAINS)
    return [path for one in NETWORKS for path in solver.paths(client(one), name, type)]
