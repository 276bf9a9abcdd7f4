"""Configuration of real servers for a batch of estates, from their documents alone.

It shares nothing with the model that it is compared with: no module of `checks` is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Document
from tests.differential.estates import FINAL, RandomEstate
from tests.differential.internet import RECORDS, RESOLVER, ZONES
from tests.real.kinds import Files, Root, files_of
from tests.real.kinds import zone_text as zone_text

ROOT_SERVER = "ns.example.org."
_ROOT = Root(name=ROOT_SERVER, address=RESOLVER)
_SOA = f"{ROOT_SERVER} host.example.org. 1 60 60 60 0"
_PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 60 60 60 0"
RESERVED = ("azureml.ms", "azure.net", "windows.net", "core.windows.net")
"""Of the names that Azure reserves those that the estates use: a rule must be at least as long."""

_OPTIONS = """
controls {{ }};
options {{
  directory "."; pid-file "named.pid"; session-keyfile "session.key"; managed-keys-directory ".";
  listen-on port 53 {{ {addresses} }}; listen-on-v6 {{ none; }};
  recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; allow-query-cache {{ any; }};
  dnssec-validation no; empty-zones-enable no; notify no; recursive-clients 100000; max-cache-size 4M;
  prefetch 0; servfail-ttl 0; send-cookie no; tcp-clients 1000; clients-per-query 0;
}};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One server process: its kind, the files of its directory, the addresses that must answer."""

    name: str
    kind: str
    files: Files
    addresses: tuple[str, ...]

    def plan(self) -> dict[str, Any]:
        """What `inside` needs, as JSON."""
        return {"name": self.name, "kind": self.kind, "files": self.files, "addresses": list(self.addresses)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A forwarding rule as the servers play it."""

    domain: str
    target: str


@dataclass(slots=True, kw_only=True)
class View:
    """Azure DNS in one network: its zones (name and file), rules, zones that fall back, and addresses.

    `backend` is where BIND answers as this view; `addresses` is where questions to the view are sent.
    """

    name: str
    backend: str
    addresses: list[str]
    zones: list[tuple[str, str]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    fallback: list[str] = field(default_factory=list)
    final: bool = True

    @property
    def fronted(self) -> bool:
        """Whether BIND alone cannot play it: it knows neither fallback nor final answers of a forwarder."""
        return bool(self.fallback) or (self.final and bool(self.rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything to start for some estates: processes, and the plan of the front before Azure's views."""

    processes: tuple[Process, ...]
    front: dict[str, Any]


MARKERS = "100.64."
"""Answers that tell that a rule decides: the front asks the rule's target then."""


def batch_of(estates: Iterable[RandomEstate]) -> Batch:
    """The servers of some estates, which have different slots."""
    estates = list(estates)
    views = [view for estate in estates for view in views_of(estate).values()]
    markers: list[tuple[str, str]] = []  # address of the marker, target of its rule
    azure = _azure(views, markers)
    custom = [(estate, server) for estate in estates for server in estate.servers]
    binds = [(server, _forwards(estate, server)) for estate, server in custom if server.kind == "bind"]
    processes = [public_process(), azure]
    if binds:
        processes.append(_custom_bind(binds))
    for estate, server in custom:
        if server.kind != "bind":
            processes.append(custom_process(server, _forwards(estate, server)))
    front = {
        "public": RESOLVER,
        "markers": dict(markers),
        "views": [
            {"addresses": view.addresses, "backend": view.backend, "fallback": view.fallback}
            for view in views
            if view.fronted
        ],
    }
    return Batch(processes=tuple(processes), front=front)


def wire_address(estate: RandomEstate, network: str, server: str) -> str:
    """Where a question of a client in a network goes: Azure DNS has one address for each view here."""
    return _view_address(estate, network) if server == PLATFORM_RESOLVER else server


# From documents


def views_of(estate: RandomEstate) -> dict[str, View]:
    """Azure DNS as each network sees it, by the network's id in lower case."""
    views: dict[str, View] = {}
    for document in _kind(estate, "virtual-network"):
        prefix = _prefix_of(document)
        name = f"e{estate.slot}-{document.id.name}"
        view = View(name=name, backend=f"{prefix}.255.1", addresses=[f"{prefix}.255.2"])
        view.final = estate.assumptions.get(FINAL, True)
        views[document.id.key] = view
    _add_doors(estate, views)
    _add_zones(estate, views)
    _add_rules(estate, views)
    return views


def _kind(estate: RandomEstate, kind: str) -> Iterator[Document]:
    return (document for document in estate.documents if document.kind == kind)


def _prefix_of(network: Document) -> str:
    first = network.body["properties"]["addressSpace"]["addressPrefixes"][0]
    return ".".join(first.split(".")[:2])


def _view_address(estate: RandomEstate, network: str) -> str:
    named = next(d for d in _kind(estate, "virtual-network") if network in (d.id.name, d.id.key))
    return f"{_prefix_of(named)}.255.2"


def _add_doors(estate: RandomEstate, views: Mapping[str, View]) -> None:
    networks = {d.id.key: d.body["properties"]["virtualNetwork"]["id"].lower() for d in _kind(estate, "dns-resolver")}
    for door in _kind(estate, "inbound-endpoint"):
        resolver = door.body["id"].lower().rpartition("/inboundendpoints/")[0]
        for configuration in door.body["properties"]["ipConfigurations"]:
            views[networks[resolver]].addresses.append(configuration["privateIpAddress"])


def _add_zones(estate: RandomEstate, views: Mapping[str, View]) -> None:
    records: dict[str, list[str]] = {}
    for record_set in _kind(estate, "record-set"):
        zone = "/".join(record_set.body["id"].lower().split("/")[:-2])
        records.setdefault(zone, []).extend(_lines(record_set))
    for link in _kind(estate, "zone-link"):
        properties = link.body["properties"]
        zone = link.body["id"].lower().rpartition("/virtualnetworklinks/")[0]
        name = zone.rpartition("/")[2]
        view = views[properties["virtualNetwork"]["id"].lower()]
        view.zones.append((name, zone_text(name, _PRIVATE_SOA, records.get(zone, ()))))
        if properties.get("resolutionPolicy") == "NxDomainRedirect":
            view.fallback.append(name)


def _lines(record_set: Document) -> Iterator[str]:
    name, properties = record_set.body["name"], record_set.body["properties"]
    for row in properties.get("aRecords", ()):
        yield f"{name} A {row['ipv4Address']}"
    for row in properties.get("aaaaRecords", ()):
        yield f"{name} AAAA {row['ipv6Address']}"
    for row in properties.get("txtRecords", ()):
        yield f'{name} TXT "{row["value"][0]}"'
    if "cnameRecord" in properties:
        yield f"{name} CNAME {properties['cnameRecord']['cname']}."


def _add_rules(estate: RandomEstate, views: Mapping[str, View]) -> None:
    rules: dict[str, list[Rule]] = {}
    for rule in _kind(estate, "forwarding-rule"):
        properties = rule.body["properties"]
        if properties["forwardingRuleState"] == "Enabled":
            ruleset = rule.body["id"].lower().rpartition("/forwardingrules/")[0]
            made = Rule(
                domain=properties["domainName"].rstrip("."), target=properties["targetDnsServers"][0]["ipAddress"]
            )
            rules.setdefault(ruleset, []).append(made)
    for link in _kind(estate, "ruleset-link"):
        ruleset = link.body["id"].lower().rpartition("/virtualnetworklinks/")[0]
        views[link.body["properties"]["virtualNetwork"]["id"].lower()].rules += rules.get(ruleset, [])


def _forwards(estate: RandomEstate, server: DeclaredServer) -> dict[str, str]:
    """Suffix and address of each forwarder of a declared server."""
    return {
        str(suffix): wire_address(estate, server.network, targets[0])
        for suffix, targets in (server.forwards or {}).items()
    }


# BIND


def _primary(zone: str, file: str) -> str:
    return f'  zone "{zone or "."}" {{ type primary; file "{file}"; check-names ignore; check-integrity no; }};\n'


def _forward(zone: str, target: str, mode: str = "only") -> str:
    return f'  zone "{zone}" {{ type forward; forward {mode}; forwarders {{ {target}; }}; }};\n'


def _default(target: str, mode: str = "only") -> str:
    return f"  forward {mode}; forwarders {{ {target}; }};\n"


def named_process(name: str, addresses: Iterable[str], body: str, files: Files) -> Process:
    """One BIND that listens on some addresses."""
    held = tuple(addresses)
    options = _OPTIONS.format(addresses=" ".join(f"{address};" for address in held))
    return Process(name=name, kind="bind", files={"named.conf": options + body, **files}, addresses=held)


def public_process() -> Process:
    """Public DNS: the root, every public zone, and recursion for whoever asks."""
    files: Files = {}
    by_zone: dict[str, list[str]] = {zone: [] for zone in ZONES}
    for record in RECORDS:
        zone = next(zone for zone in ZONES if record.name.endswith(f".{zone}"))
        value = f"{record.value}." if record.type == "CNAME" else record.value
        by_zone[zone].append(f"{record.name}. {record.type} {value}")
    by_zone["example.org"].append(f"{ROOT_SERVER} 3600 A {RESOLVER}")
    by_zone[""] = [f"{ROOT_SERVER} 3600 A {RESOLVER}"]
    for zone in ZONES:
        parent = next((other for other in ZONES if zone.endswith(f".{other}")), "")
        by_zone[parent].append(f"{zone}. 3600 NS {ROOT_SERVER}")
    body = ""
    for number, (zone, lines) in enumerate(by_zone.items()):
        files[f"zone-{number}"] = zone_text(zone, _SOA, lines)
        body += _primary(zone, f"zone-{number}")
    return named_process("public", [RESOLVER], body, files)


def _azure(views: Iterable[View], markers: list[tuple[str, str]]) -> Process:
    """168.63.129.16: a view for each network, told by the address that is asked."""
    files: Files = {}
    body, addresses = "", []
    for view in views:
        asked = [view.backend] if view.fronted else [view.backend, *view.addresses]
        addresses += asked
        root = RESOLVER
        blocks = ""
        for zone, text in view.zones:
            file = f"zone-{len(files)}"
            files[file] = text
            blocks += _primary(zone, file)
        held = {zone for zone, _ in view.zones}
        for rule in view.rules:
            if rule.domain in held:
                continue  # a linked zone answers before a rule of the same name, and BIND takes only one of them
            target = rule.target
            if view.final:
                target = f"100.65.{len(markers) // 250}.{1 + len(markers) % 250}"
                markers.append((target, rule.target))
            if rule.domain:
                blocks += _forward(rule.domain, target)
            else:
                root = target
        ruled = {rule.domain for rule in view.rules} | held
        blocks += "".join(_forward(name, RESOLVER) for name in RESERVED if name not in ruled)
        match = " ".join(f"{address};" for address in asked)
        body += f'view "{view.name}" {{\n  match-destinations {{ {match} }};\n{_default(root)}{blocks}}};\n'
    return named_process("azure", addresses, body, files)


def custom_process(server: DeclaredServer, forwards: Mapping[str, str]) -> Process:
    """A custom server of any kind; `forwards` maps suffixes to addresses."""
    if server.kind == "bind":
        return _custom_bind([(server, forwards)], f"bind-{server.address}")
    files = files_of(server, {suffix: [target] for suffix, target in forwards.items()}, _ROOT)
    return Process(name=f"{server.kind}-{server.address}", kind=server.kind, files=files, addresses=(server.address,))


def _custom_bind(servers: Iterable[tuple[DeclaredServer, Mapping[str, str]]], name: str = "custom-bind") -> Process:
    """All custom servers of the kind BIND: one process, a view for each."""
    files: Files = {"hints": _ROOT.hints}
    body, addresses = "", []
    for server, forwards in servers:
        addresses.append(server.address)
        root = forwards.get("")
        blocks = _default(root, server.forward_mode) if root else ""
        blocks += '  zone "." { type hint; file "hints"; };\n'
        held = set(server.records)
        for owner, values in server.records.items():
            file = f"zone-{len(files)}"
            files[file] = zone_text(owner, f"{owner}. {owner}. 1 60 60 60 0", [f"@ A {value}" for value in values])
            blocks += _primary(owner, file)
        for zone, target in forwards.items():
            if zone and zone not in held:
                blocks += _forward(zone, target, server.forward_mode)
        body += f'view "s{server.address}" {{\n  match-destinations {{ {server.address}; }};\n{blocks}}};\n'
    return named_process(name, addresses, body, files)
