"""What all cells share: public DNS, Azure DNS with one address for each state of the zone, the faulty servers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.differential.configuration import Process, named_process
from tests.real.symptoms.kinds import ROOT_SERVER, Files
from tests.real.symptoms.outcome import PRIVATE, PUBLIC, PUBLIC6, WRONG

PARENT = "api.azureml.ms"
ZONE = f"privatelink.{PARENT}"
HOSTS = tuple(f"{number:08x}-0000-4000-8000-000000000000.workspace.eastus" for number in range(60))
API, PAPI = f"{HOSTS[0]}.{PARENT}", f"{HOSTS[0]}.{ZONE}"
"""The name that clients ask for, and its alias in the private zone."""

RESOLVER, SIGNED_RESOLVER = "198.51.100.1", "198.51.100.2"
"""Public resolvers: of unsigned public DNS, and of one that is signed."""
OPEN, SIGNED, DELEGATING, INSECURE = "198.51.100.10", "198.51.100.20", "198.51.100.30", "198.51.100.40"
"""Root servers. Unsigned; parent signed with the private names in it; with them delegated unsigned; parent unsigned."""
ROOTS = (OPEN, SIGNED, DELEGATING, INSECURE)

HOLES = "10.55.0.0/24"
_REST = "host.example.org. 1 60 60 60 60"
_PARENT_SERVER, _ZONE_SERVER = "ns1.example.org.", "ns2.example.org."
_PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200"

_FAULTS = (
    *("refused", "servfail", "formerr", "referral", "referral:up", "other-name", "no-edns", "no-ra", "lower-case"),
    *("wrong-id", "slow", "truncated", "truncated!", "200-records", "ttl-0", "steps:10", "steps:12"),
    *("chain:8", "chain:10", "chain:12", "chain:20", "chain:40", "loop", "once", "udp-dropped"),
)
_STATES: Mapping[str, tuple[str, ...] | None] = {
    "linked": tuple(f"{host} 10 A {PRIVATE}" for host in HOSTS),
    "linked, public DNS signed": tuple(f"{host} 10 A {PRIVATE}" for host in HOSTS),
    "unlinked": None,
    "without-record": (f"other 10 A {PRIVATE}",),
    "wrong": (f"{HOSTS[0]} 10 A {WRONG}",),
    "both": (f"{HOSTS[0]} 10 A {PRIVATE}", f"{HOSTS[0]} 10 A {PUBLIC}"),
}
AT = {
    "closed": "10.54.1.1",
    "black-hole": "10.55.0.1",
    "outsider": "10.99.0.1",
    **{name: f"10.54.0.{number}" for number, name in enumerate(_FAULTS, 1)},
    **{name: f"10.53.0.{number}" for number, name in enumerate(_STATES, 1)},
}
"""The address of everything that a custom server may forward to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The servers that all cells share, as `inside` wants them."""

    processes: tuple[Process, ...]
    faults: dict[str, str]
    addresses: tuple[str, ...]


def shared(signed: Mapping[str, Files]) -> World:
    """The world; `signed` holds the zone files `root` and `parent` of each signed public DNS by its address."""
    faults = {AT[name]: name for name in _FAULTS}
    processes = (_public(signed), _azure())
    addresses = [address for process in processes for address in process.addresses]
    return World(processes=processes, faults=faults, addresses=(*addresses, *faults, AT["closed"], AT["outsider"]))


def root_zone(root: str, ds: str = "") -> str:
    """The root, which delegates the parent zone to the next address."""
    lines = [f"{ROOT_SERVER} 3600 A {root}", f"{PARENT}. 3600 NS {_PARENT_SERVER}", ds]
    return _zone_text(
        "",
        f"{ROOT_SERVER} {_REST}",
        [*lines, f"{_PARENT_SERVER} 3600 A {_after(root, 1)}", f"{_ZONE_SERVER} 3600 A {_after(root, 2)}"],
    )


def parent_zone(root: str) -> str:
    """The parent zone with the public side of every name; what delegates has the private names elsewhere."""
    lines = [f"{host} 60 CNAME {host}.{ZONE}." for host in HOSTS]
    lines += [f"{ZONE}. 3600 NS {_ZONE_SERVER}"] if root == DELEGATING else _fallback(ZONE)
    return _zone_text(PARENT, f"{_PARENT_SERVER} {_REST}", lines)


def _after(root: str, number: int) -> str:
    return str(ipaddress.ip_address(root) + number)


def _fallback(zone: str) -> list[str]:
    hosts = [f"{host}.{zone}." for host in HOSTS]
    return [f"{host} 60 A {PUBLIC}" for host in hosts] + [f"{host} 60 AAAA {PUBLIC6}" for host in hosts]


def _public(signed: Mapping[str, Files]) -> Process:
    """Each zone has a server of its own: one that holds parent and child hides the zone cut from validators."""
    files: Files = {"delegated": _zone_text(ZONE, f"{_ZONE_SERVER} {_REST}", _fallback(ZONE))}
    views: dict[str, str] = {}
    for root in ROOTS:
        held = {"root": root_zone(root), "parent": parent_zone(root), **signed.get(root, {})}
        files |= {f"{name}-{root}": text for name, text in held.items()}
        views[root] = _primary(".", f"root-{root}")
        views[_after(root, 1)] = _primary(PARENT, f"parent-{root}")
    views[_after(DELEGATING, 2)] = _primary(ZONE, "delegated")
    for resolver, root in ((RESOLVER, OPEN), (SIGNED_RESOLVER, SIGNED)):
        views[resolver] = views[root] + views[_after(root, 1)]
    return named_process("public", views, "".join(map(_view, views, views.values())), files)


def _azure() -> Process:
    files: Files = {}
    body = ""
    for state, lines in _STATES.items():
        resolver = SIGNED_RESOLVER if "signed" in state else RESOLVER
        zones = f"forward only; forwarders {{ {resolver}; }};\n"
        if lines is not None:
            files[state] = private_zone(lines)
            zones += _primary(ZONE, state)
        body += _view(AT[state], zones)
    return named_process("azure", [AT[state] for state in _STATES], body, files)


def private_zone(lines: Iterable[str], minimum: int = 10) -> str:
    """The private zone with some records."""
    return _zone_text(ZONE, f"{_PRIVATE_SOA} {minimum}", lines, minimum)


def changing(address: str, lines: Iterable[str], minimum: int) -> Process:
    """Azure DNS of one cell alone, whose records change while the cell runs."""
    zone = f'zone "{ZONE}" {{ type primary; file "zone"; allow-update {{ any; }}; }};\n'
    body = f"forward only; forwarders {{ {RESOLVER}; }};\n" + zone
    return named_process("changing", [address], _view(address, body), {"zone": private_zone(lines, minimum)})


def _zone_text(zone: str, soa: str, lines: Iterable[str], ttl: int = 60) -> str:
    return "\n".join([f"$ORIGIN {zone}.", f"$TTL {ttl}", f"@ SOA {soa}", f"@ NS {soa.split()[0]}", *lines, ""])


def _primary(zone: str, file: str) -> str:
    return f'zone "{zone}" {{ type primary; file "{file}"; check-names ignore; check-integrity no; }};\n'


def _view(address: str, body: str) -> str:
    return f'view "{address}" {{ match-destinations {{ {address}; }};\n{body}}};\n'
