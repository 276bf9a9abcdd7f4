"""Random small worlds for properties: networks, zones with links and records, and servers that forward anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from checks.resolution.path import Path
from checks.resolution.solver import Solver
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.estates import AZURE_DNS, client, flat, network, server, small_estate, zone

NETWORKS = ("hub", "spoke", "twin")
ADDRESSES = ("10.0.0.4", "10.0.0.5", "10.1.0.4", "192.168.1.53")
TARGETS = (*ADDRESSES, AZURE_DNS, "198.51.100.53")
ZONES = ("example.com", "privatelink.example.com", "a.privatelink.example.com", "other.net")
LABELS = ("@", "x", "y.x", "*", "*.x", "a", "x.a")
NAMES = ("x.example.com", "x.privatelink.example.com", "y.x.privatelink.example.com", "x.a.privatelink.example.com")
CHAINS = {Fqdn("x.example.com"): Fqdn("x.privatelink.example.com"), Fqdn("y.other.net"): Fqdn("x.example.com")}
KINDS = ("bind", "unbound", "dnsmasq", "knot-resolver", "unknown")

names = st.sampled_from((*NAMES, "privatelink.example.com", "y.other.net", "nowhere.org")).map(Fqdn)
types = st.sampled_from(("A", "AAAA", "TXT"))


@dataclass(frozen=True)
class World:
    """Documents in some order, and what is declared."""

    documents: tuple[Document, ...]
    servers: tuple[DeclaredServer, ...]

    def estate(self, *gaps: Gap) -> Estate:
        return small_estate(self.documents, gaps=gaps, servers=self.servers)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world; prefixes may overlap, forwarders may lead in circles, aliases too."""
    lists = st.lists(st.sampled_from(TARGETS), max_size=2, unique=True)
    spaces = st.sampled_from(("10.0.0.0/16", "10.1.0.0/16"))
    parts: list[Any] = []
    for name in NETWORKS:
        peers = draw(st.sets(st.sampled_from(NETWORKS))) - {name}
        parts.append(network(name, draw(spaces), *draw(lists), peers=dict.fromkeys(sorted(peers), "10.9.0.0/16")))
    for name in sorted(draw(st.sets(st.sampled_from(ZONES)))):
        links = sorted(draw(st.sets(st.sampled_from(NETWORKS))))
        parts.append(zone(name, draw(_records()), *links, fallback=draw(st.booleans())))
    servers = draw(st.lists(_servers(), max_size=4, unique_by=lambda s: (s.address, s.network)))
    return World(tuple(flat(parts)), tuple(servers))


@st.composite
def _records(draw: st.DrawFn) -> dict[str, Any]:
    records: dict[str, Any] = {}
    for label in sorted(draw(st.sets(st.sampled_from(LABELS), max_size=4))):
        match draw(st.sampled_from(("A", "AAAA", "CNAME", "TXT"))):
            case "A":
                records[f"A/{label}"] = ["10.0.0.99"]
            case "AAAA":
                records[f"AAAA/{label}"] = ["fd00::99"]
            case "CNAME":
                records[f"CNAME/{label}"] = draw(names)
            case _:
                records[f"TXT/{label}"] = "text"
    return records


@st.composite
def _servers(draw: st.DrawFn) -> DeclaredServer:
    suffixes = st.sampled_from(("", "com", "example.com", "privatelink.example.com"))
    forwards = draw(st.none() | st.dictionaries(suffixes, st.sampled_from(TARGETS), max_size=3))
    place = draw(st.sampled_from(NETWORKS))
    return server(draw(st.sampled_from(ADDRESSES)), forwards, network=place, kind=draw(st.sampled_from(KINDS)))


def every_path(estate: Estate, name: Fqdn, type: str) -> list[Path]:
    """What each network gets from each of its servers."""
    solver = Solver(estate, CHAINS)
    return [path for one in NETWORKS for path in solver.paths(client(one), name, type)]
