"""BIND configuration for an estate: Azure DNS with a view for each network, public DNS, the custom servers.

Read from the documents with code of its own; only the made-up public records are the lab's.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER, PUBLIC_ZONES, ROOT_SOA, public_records, soa_of, zone_of
from collectors.graph.answers import Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn

_OPTIONS = """
controls {{ }};
options {{
  directory "."; pid-file "named.pid"; session-keyfile "session.key"; managed-keys-directory ".";
  listen-on port 53 {{ {address}; }}; listen-on-v6 {{ none; }}; query-source address {address};
  recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; allow-query-cache {{ any; }};
  dnssec-validation {validation}; empty-zones-enable no; notify no;
{more}}};
"""
# Nobody holds the key: a server that trusts this anchor finds nothing below the name to be signed by it.
_ANCHOR = 'trust-anchors {{ "{}" static-ds 1 8 2 "' + "00" * 32 + '"; }};\n'
_ROOT_SERVER = ROOT_SOA.split()[0]
_PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One BIND to start: its address and the files of its directory; `named.conf` is one of them."""

    name: str
    address: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A virtual network as the servers need it. `source` is an address of it that nobody else has."""

    id: ArmId
    prefixes: tuple[str, ...]
    source: str


@dataclass(slots=True)
class _Files:
    """The files of one server while they are written."""

    held: dict[str, str] = field(default_factory=dict)

    def add(self, text: str) -> str:
        name = f"zone-{len(self.held)}"
        self.held[name] = text
        return name


def servers_of(estate: LabEstate) -> tuple[Named, ...]:
    """Every BIND of an estate. Raises ValueError for what BIND cannot play."""
    return (
        _public(estate),
        _azure(estate),
        *(_custom(server, f"custom-{number}") for number, server in enumerate(estate.servers)),
    )


def networks_of(estate: LabEstate) -> tuple[Network, ...]:
    """The virtual networks, sorted by name. Raises ValueError when two share addresses: views are told by source."""
    documents = _of_kind(estate, "virtual-network")
    networks = tuple(
        Network(id=document.id, prefixes=prefixes, source=_source(prefixes[0]))
        for document in sorted(documents, key=lambda document: document.id.name)
        if (prefixes := tuple(document.body["properties"]["addressSpace"]["addressPrefixes"]))
    )
    spaces = [ipaddress.ip_network(prefix) for network in networks for prefix in network.prefixes]
    if any(one.overlaps(other) for one in spaces for other in spaces if one is not other):
        raise ValueError("two networks share addresses: one Azure DNS cannot tell their clients apart")
    return networks


def _source(prefix: str) -> str:
    return str(ipaddress.ip_network(prefix)[10])


def _public(estate: LabEstate) -> Named:
    by_zone: dict[Fqdn, list[str]] = {zone: [] for zone in PUBLIC_ZONES}
    by_zone[Fqdn("")].append(f"{_ROOT_SERVER} 60 A {PUBLIC_RESOLVER}")
    for record in public_records(estate):
        by_zone[zone_of(record.name)].append(_public_line(record))
    files = _Files()
    blocks = [_primary(zone, files.add(_zone_file(zone, soa_of(zone), lines))) for zone, lines in by_zone.items()]
    return _named("public", PUBLIC_RESOLVER, "", blocks, files)


def _public_line(record: Record) -> str:
    if record.type == "CNAME" and record.name.startswith("*."):
        # The lab's alias that keeps the labels under a wildcard; in zone files that is a DNAME (RFC 6672).
        return f"{record.name[2:]}. {record.ttl} DNAME {record.value[2:]}."
    value = f"{record.value}." if record.type == "CNAME" else record.value
    return f"{record.name}. {record.ttl} {record.type} {value}"


def _azure(estate: LabEstate) -> Named:
    """168.63.129.16: who asks from a network's address space sees the zones that are linked to it."""
    files = _Files()
    views = [
        f'view "v{number}" {{\n  match-clients {{ {" ".join(f"{p};" for p in network.prefixes)} }};\n'
        f"  forward only; forwarders {{ {PUBLIC_RESOLVER}; }};\n"
        + "".join(_primary(zone, files.add(text)) for zone, text in _linked(estate, network.id))
        + "};\n"
        for number, network in enumerate(networks_of(estate))
    ]
    return _named("azure", PLATFORM_RESOLVER, "", views, files)


def _linked(estate: LabEstate, network: ArmId) -> Iterator[tuple[str, str]]:
    """The name and zone file of every zone that is linked to a network."""
    links = [
        link
        for link in _of_kind(estate, "zone-link")
        if ArmId(link.body["properties"]["virtualNetwork"]["id"]) == network
        and link.body["properties"].get("virtualNetworkLinkState", "Completed") == "Completed"
    ]
    if any(link.body["properties"].get("resolutionPolicy") == "NxDomainRedirect" for link in links):
        raise ValueError("fallback to public DNS is not played with real servers")
    zones = {document.id: document.id.name.lower() for document in _of_kind(estate, "private-dns-zone")}
    linked = sorted((zones[link.id.parent], link.id.parent) for link in links if link.id.parent in zones)
    twice = [name for name, count in Counter(name for name, _ in linked).items() if count > 1]
    if twice:
        raise ValueError(f"Azure refuses a second link to a zone of the same name: {', '.join(twice)}")
    for name, zone in linked:
        yield name, _zone_file(name, _PRIVATE_SOA, _record_lines(estate, zone))


def _record_lines(estate: LabEstate, zone: ArmId) -> Iterator[str]:
    for record_set in _of_kind(estate, "record-set"):
        if record_set.id.parent == zone:
            properties, name = record_set.body["properties"], record_set.body["name"]
            for value in _values(properties):
                yield f"{name} {properties['ttl']} {value}"


def _values(properties: Mapping[str, Any]) -> Iterator[str]:
    for row in properties.get("aRecords", ()):
        yield f"A {row['ipv4Address']}"
    for row in properties.get("aaaaRecords", ()):
        yield f"AAAA {row['ipv6Address']}"
    if "cnameRecord" in properties:
        yield f"CNAME {properties['cnameRecord']['cname'].rstrip('.')}."


def _custom(server: DeclaredServer, name: str) -> Named:
    if server.kind not in ("bind", "unknown"):
        raise ValueError(f"a server of the kind {server.kind} is not played by BIND")
    forwards, files = dict(server.forwards or {}), _Files()
    default = tuple(forwards.pop(Fqdn(""), ()))
    options = f"  forward {server.forward_mode}; {_forwarders(default)}\n" if default else ""
    blocks = [
        f'zone "{suffix}" {{ type forward; forward {server.forward_mode}; {_forwarders(targets)} }};\n'
        for suffix, targets in forwards.items()
    ]
    if not default:
        hints = f". 60 NS {_ROOT_SERVER}\n{_ROOT_SERVER} 60 A {PUBLIC_RESOLVER}\n"
        blocks.append(f'zone "." {{ type hint; file "{files.add(hints)}"; }};\n')
    for owner, values in server.records.items():
        lines = [f"@ 300 {_address_type(value)} {value}" for value in values]
        blocks.append(_primary(owner, files.add(_zone_file(owner, f"{owner}. {owner}. 1 1 1 1 1", lines))))
    anchored = [suffix for suffix in forwards if suffix] if server.rejects_unsigned else []
    blocks = [*map(_ANCHOR.format, anchored), *blocks]
    return _named(name, server.address, options, blocks, files, validation="yes" if anchored else "no")


def _address_type(value: str) -> str:
    return "A" if ipaddress.ip_address(value).version == 4 else "AAAA"


def _forwarders(targets: Iterable[str]) -> str:
    return "forwarders { " + "".join(f"{target.replace(':', ' port ')}; " for target in targets) + "};"


def _primary(zone: str, file: str) -> str:
    return f'zone "{zone or "."}" {{ type primary; file "{file}"; check-names ignore; check-integrity no; }};\n'


def _zone_file(zone: str, soa: str, lines: Iterable[str]) -> str:
    origin = f"{zone}." if zone else "."
    head = [f"$ORIGIN {origin}", "$TTL 3600", f"@ SOA {soa}", f"@ NS {soa.split()[0]}"]
    return "\n".join([*head, *lines, ""])


def _named(
    name: str, address: str, options: str, blocks: Iterable[str], files: _Files, validation: str = "no"
) -> Named:
    conf = _OPTIONS.format(address=address, more=options, validation=validation) + "".join(blocks)
    return Named(name=name, address=address, files={"named.conf": conf, **files.held})


def _of_kind(estate: LabEstate, kind: str) -> list[Document]:
    return [document for document in estate.documents.values() if document.kind == kind]
