"""BIND for an estate: public DNS, custom servers and the DNS proxies of firewalls.

Read from the documents with code of its own; only the made-up public records are the lab's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER, PUBLIC_ZONES, ROOT_SOA, public_records, soa_of, zone_of
from collectors.graph.answers import Record
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer, HeldZone
from collectors.graph.ids import Fqdn
from tests.real.kinds import Root, files_of
from tests.real.places import INTERNET, of_kind, place_of, places_of

_OPTIONS = """
controls {{ }};
options {{
  directory "."; pid-file "named.pid"; session-keyfile "session.key"; managed-keys-directory ".";
  listen-on port 53 {{ {addresses} }}; listen-on-v6 {{ none; }}; query-source address {source};
  recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; allow-query-cache {{ any; }};
  dnssec-validation {validation}; empty-zones-enable no; notify no; servfail-ttl 0; prefetch 0;
{more}}};
"""
# Nobody holds the key: a server that trusts this anchor finds nothing below the name to be signed by it.
_ANCHOR = 'trust-anchors {{ "{}" static-ds 1 8 2 "' + "00" * 32 + '"; }};\n'
TRANSFER_KEY = ("xfr", "dGhlIGtleSBvZiB0aGUgbGFiLCBubyBzZWNyZXQgYXQgYWxs")
"""Name and secret (HMAC-SHA256) of the key by which custom servers give the zones that they hold."""
LONGEST_TTL = 2
"""Seconds: whoever asks again after that is answered anew."""
_ROOT = Root(name=ROOT_SOA.split()[0], address=PUBLIC_RESOLVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One process to start: where, of which kind, the files of its directory, and the addresses that must answer."""

    name: str
    kind: str
    place: str
    addresses: tuple[str, ...]
    files: Mapping[str, str]

    def plan(self) -> dict[str, Any]:
        """What `processes` needs, as JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "place": self.place,
            "addresses": list(self.addresses),
            "files": dict(self.files),
        }


@dataclass(slots=True)
class Files:
    """The files of one server while they are written."""

    held: dict[str, str] = field(default_factory=dict)

    def add(self, text: str) -> str:
        """Keep a text under a name of its own, which is returned."""
        name = f"zone-{len(self.held)}"
        self.held[name] = text
        return name


def public_server(estate: LabEstate) -> Server:
    """Public DNS: the root, every public zone, and recursion for whoever asks."""
    by_zone: dict[Fqdn, list[str]] = {zone: [] for zone in PUBLIC_ZONES}
    by_zone[Fqdn("")].append(f"{_ROOT.name} A {PUBLIC_RESOLVER}")
    for zone in PUBLIC_ZONES[1:]:
        by_zone[zone_of(Fqdn(zone.partition(".")[2]))].append(f"{zone}. NS {_ROOT.name}")
    for record in public_records(estate):
        by_zone[zone_of(record.name)].append(_public_line(record))
    files = Files()
    blocks = [
        primary(zone, files.add(zone_file(zone, soa_of(zone), lines, _ROOT.name))) for zone, lines in by_zone.items()
    ]
    return named("public", INTERNET, [PUBLIC_RESOLVER], blocks, files)


def _public_line(record: Record) -> str:
    ttl = min(record.ttl, LONGEST_TTL)
    if record.type == "CNAME" and record.name.startswith("*."):
        # The lab's alias that keeps the labels under a wildcard; in zone files that is a DNAME (RFC 6672).
        return f"{record.name[2:]}. {ttl} DNAME {record.value[2:]}."
    value = f"{record.value}." if record.type == "CNAME" else record.value
    return f"{record.name}. {ttl} {record.type} {value}"


def custom_servers(estate: LabEstate) -> Iterator[Server]:
    """The custom servers, each of its kind; one of unknown kind is a BIND."""
    places = places_of(estate)
    for number, server in enumerate(estate.servers):
        name, place = f"custom-{number}", place_of(places, server.address)
        if server.kind in ("bind", "unknown"):
            yield _custom_bind(server, name, place)
        else:
            forwards = {str(suffix): targets for suffix, targets in (server.forwards or {}).items()}
            files = files_of(server, forwards, _ROOT)
            yield Server(name=name, kind=server.kind, place=place, addresses=(server.address,), files=files)


def _custom_bind(server: DeclaredServer, name: str, place: str) -> Server:
    forwards, files = dict(server.forwards or {}), Files()
    default = tuple(forwards.pop(Fqdn(""), ()))
    options = f"  forward {server.forward_mode}; {forwarders(default)}\n" if default else ""
    blocks = [
        f'zone "{suffix}" {{ type forward; forward {server.forward_mode}; {forwarders(targets)} }};\n'
        for suffix, targets in forwards.items()
    ]
    if not default:
        blocks.append(f'zone "." {{ type hint; file "{files.add(_ROOT.hints)}"; }};\n')
    for owner, values in server.records.items():
        lines = [f"@ {LONGEST_TTL} {_address_type(value)} {value}" for value in values]
        blocks.append(primary(owner, files.add(zone_file(owner, f"{owner}. {owner}. 1 1 1 1 1", lines))))
    if server.zones:
        blocks.append(f'key "{TRANSFER_KEY[0]}" {{ algorithm hmac-sha256; secret "{TRANSFER_KEY[1]}"; }};\n')
    for zone in server.zones:
        file = files.add(zone_file(zone.name, f"ns.invalid. h.invalid. {zone.serial} 1 1 1 1", _held(zone)))
        blocks.append(primary(zone.name, file, f'allow-transfer {{ key "{TRANSFER_KEY[0]}"; }}; '))
    anchored = [suffix for suffix in forwards if suffix] if server.rejects_unsigned else []
    blocks = [*map(_ANCHOR.format, anchored), *blocks]
    return named(name, place, [server.address], blocks, files, more=options, validation="yes" if anchored else "no")


def _held(zone: HeldZone) -> Iterator[str]:
    for owner, values in zone.records.items():
        yield from (f"{owner}. {LONGEST_TTL} {_address_type(value)} {value}" for value in values)


def _address_type(value: str) -> str:
    return "A" if ipaddress.ip_address(value).version == 4 else "AAAA"


def proxies(estate: LabEstate) -> Iterator[Server]:
    """Firewalls whose DNS proxy is on: they hand every question on, to Azure DNS where nothing else is said."""
    places = places_of(estate)
    policies = {d.id.key: d.body["properties"].get("dnsSettings", {}) for d in of_kind(estate, "firewall-policy")}
    for number, document in enumerate(of_kind(estate, "firewall")):
        properties = document.body["properties"]
        policy = properties.get("firewallPolicy", {}).get("id", "").lower()
        settings = policies.get(policy, {})
        if not settings.get("enableProxy"):
            continue
        targets = tuple(settings.get("servers") or (PLATFORM_RESOLVER,))
        for address in _firewall_addresses(properties):
            options = f"  forward only; {forwarders(targets)}\n"
            yield named(f"firewall-{number}", place_of(places, address), [address], [], Files(), more=options)


def _firewall_addresses(properties: Mapping[str, Any]) -> Iterator[str]:
    if address := properties.get("hubIPAddresses", {}).get("privateIPAddress"):
        yield address
    for configuration in properties.get("ipConfigurations", ()):
        if address := configuration["properties"].get("privateIPAddress"):
            yield address


def forwarders(targets: Iterable[str]) -> str:
    """The statement that names where questions go, an address or `address:port` each."""
    return "forwarders { " + "".join(f"{target.replace(':', ' port ')}; " for target in targets) + "};"


def primary(zone: str, file: str, more: str = "") -> str:
    """A zone that the server holds."""
    return f'zone "{zone or "."}" {{ type primary; file "{file}"; check-names ignore; check-integrity no; {more}}};\n'


def zone_file(zone: str, soa: str, lines: Iterable[str], server: str = "") -> str:
    """The text of a zone; a denial is kept no longer than LONGEST_TTL. `server` holds it, if not who the SOA says."""
    origin = f"{zone}." if zone else "."
    head = [f"$ORIGIN {origin}", "$TTL 3600", f"@ {LONGEST_TTL} SOA {soa}", f"@ NS {server or soa.split()[0]}"]
    return "\n".join([*head, *lines, ""])


def named(
    name: str,
    place: str,
    addresses: Sequence[str],
    blocks: Iterable[str],
    files: Files,
    *,
    more: str = "",
    source: str = "",
    validation: str = "no",
) -> Server:
    """One BIND that listens on some addresses and asks from the first, or from `source`."""
    listen = " ".join(f"{address};" for address in addresses)
    conf = _OPTIONS.format(addresses=listen, source=source or addresses[0], more=more, validation=validation)
    held = {"named.conf": conf + "".join(blocks), **files.held}
    return Server(name=name, kind="bind", place=place, addresses=tuple(addresses), files=held)
