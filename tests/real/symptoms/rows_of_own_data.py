"""Zones and records that somebody made by hand on the custom server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.real.symptoms.build import row
from tests.real.symptoms.cell import Ask, Cell
from tests.real.symptoms.kinds import BIND, DNSMASQ, KRESD, RECURSOR, UNBOUND
from tests.real.symptoms.outcome import PRIVATE
from tests.real.symptoms.world import API, HOSTS, PAPI, PARENT

_OTHER = f"{HOSTS[1]}.{PARENT}"
_CERTIFICATE = f"{HOSTS[0].replace('.workspace.', '.cert.workspace.', 1)}.{PARENT}"


def own_data_rows() -> Iterator[Cell]:
    """The rows."""
    denied = "NXDOMAIN soa:public aa"
    yield from row(
        "own zone of the public parent",
        "linked",
        {BIND: ("NOERROR private aa", denied, denied)},
        [Ask(), Ask(names=(_OTHER,)), Ask(names=(_CERTIFICATE,))],
        own={BIND: _bind_zone(PARENT, HOSTS[0])},
    )
    yield from row(
        "own zone of the very name",
        "",
        {BIND: ("NOERROR private aa", f"NOERROR soa:{API} aa", "NOERROR cname public")},
        [Ask(), Ask(type="AAAA"), Ask(names=(_OTHER,))],
        own={BIND: _bind_zone(API, "@")},
    )
    yield from _own_record()


def _own_record() -> Iterator[Cell]:
    both = [Ask(), Ask(type="AAAA")]
    record, public = f'local-data: "{API}. 60 A {PRIVATE}"', "NOERROR cname public6"
    yield from row(
        "own record of the public name",
        "",
        {UNBOUND: ("NOERROR private aa", "NOERROR aa"), DNSMASQ: ("NOERROR private aa", f"{public} aa")},
        both,
        own={UNBOUND: {"settings": (record,)}, DNSMASQ: {"settings": (f"host-record={API},{PRIVATE}",)}},
    )
    yield from row(
        "own record of the public name, other words",
        "",
        {UNBOUND: ("NOERROR private aa", public), DNSMASQ: ("NOERROR private aa", f"{public} aa")},
        both,
        own={
            UNBOUND: {"settings": (f'local-zone: "{API}." typetransparent', record)},
            DNSMASQ: {"settings": (f"address=/{API}/{PRIVATE}",)},
        },
    )
    private = "NOERROR cname private"
    yield from row(
        "own record of the private name",
        "",
        {
            BIND: private,
            UNBOUND: "NOERROR cname public",
            RECURSOR: private,
            DNSMASQ: "NOERROR cname public aa",
            KRESD: private,
        },
        own={
            BIND: _bind_zone(PAPI, "@"),
            UNBOUND: {"settings": (f'local-data: "{PAPI}. 60 A {PRIVATE}"',)},
            RECURSOR: {"settings": (f"auth-zones={PAPI}=own",), "files": {"own": _zone(PAPI, "@")}},
            DNSMASQ: {"settings": (f"host-record={PAPI},{PRIVATE}",)},
            KRESD: {"settings": (f"hints.set('{PAPI} {PRIVATE}')",)},
        },
    )


def _bind_zone(name: str, owner: str) -> Mapping[str, Any]:
    return {
        "blocks": (f'zone "{name}" {{ type primary; file "own"; }};',),
        "files": {"own": _zone(name, owner)},
    }


def _zone(name: str, owner: str) -> str:
    lines = [f"$ORIGIN {name}.", "$TTL 60", "@ SOA ns.invalid. h.invalid. 1 60 60 60 60", "@ NS ns.invalid."]
    return "\n".join([*lines, f"{owner} A {PRIVATE}", ""])
