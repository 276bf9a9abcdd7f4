"""Network namespaces joined by a router; runs in the user namespace. Standard library only.

The namespace that it is called in becomes the router, `fabric`. Every place is a namespace with one way out, to the
router, which knows for each place where its packets may go: anything else is dropped without a word, as in Azure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FABRIC = "fabric"
EVERYWHERE = "everywhere"
"""A machine with a leg in every network: it asks with the source address of the network that it speaks for."""
LAPTOP = "laptop"
"""A machine that reaches nothing."""
ROUTER = "169.254.1.1"
_FIRST_TABLE = 100


class StartError(Exception):
    """Something of the world did not start; says what, and what it logged."""


def build(network: dict[str, Any]) -> None:
    """Make all namespaces. Raises StartError.

    `fabric`: addresses of the router itself. `places`: name, prefixes, addresses, `leg` (the address of EVERYWHERE
    there, or ""), `reaches` (names of places), `doors` (addresses of the router that the place reaches).
    """
    places = network["places"]
    _run([program("mount"), "-t", "tmpfs", "tmpfs", "/run"])
    for name in (EVERYWHERE, LAPTOP, *(place["name"] for place in places)):
        _run([program("ip"), "netns", "add", name])
        _batch(["link set lo up"], name)
    _batch(_links(network["fabric"], places))
    _batch(_rules(places))
    for number, place in enumerate(places):
        _batch(_inside_place(place), place["name"])
        if place["leg"]:
            _batch(_inside_leg(number, place["leg"]), EVERYWHERE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


def inside(name: str, command: list[str]) -> list[str]:
    """The command line that runs another in one of the namespaces."""
    return command if name == FABRIC else [program("ip"), "netns", "exec", name, *command]


def _links(own: list[str], places: list[dict[str, Any]]) -> Iterator[str]:
    yield "link set lo up"
    for address in (ROUTER, *own):
        yield f"addr add {address}/32 dev lo"
    for number, place in enumerate(places):
        yield f"link add p{number} type veth peer name e0 netns {place['name']}"
        yield f"link set p{number} up"
        for prefix in place["prefixes"]:
            yield f"route add {prefix} dev p{number}"
        if place["leg"]:
            yield f"link add l{number} type veth peer name l{number} netns {EVERYWHERE}"
            yield f"link set l{number} up"
            yield f"route add {place['leg']}/32 dev l{number}"


def _rules(places: list[dict[str, Any]]) -> Iterator[str]:
    """What comes from a place goes by the place's own table, before the router looks at its own addresses."""
    by_name = {place["name"]: (number, place) for number, place in enumerate(places)}
    for number, place in enumerate(places):
        table = _FIRST_TABLE + number
        yield f"rule add pref 10 iif p{number} lookup {table}"
        if place["leg"]:
            yield f"rule add pref 10 iif l{number} lookup {table}"
        yield f"route add blackhole default table {table}"
        for address in (ROUTER, *place["doors"]):
            yield f"route add local {address} dev lo table {table}"
        for reached in (place["name"], *place["reaches"]):
            other, it = by_name[reached]
            for prefix in it["prefixes"]:
                yield f"route add {prefix} dev p{other} table {table}"
            if it["leg"]:
                yield f"route add {it['leg']}/32 dev l{other} table {table}"
    yield "rule add pref 50 lookup local"
    yield "rule del pref 0"


def _inside_place(place: dict[str, Any]) -> Iterator[str]:
    yield "link set e0 up"
    for address in place["addresses"]:
        yield f"addr add {address}/32 dev e0"
    yield f"route add {ROUTER} dev e0"
    yield f"route add default via {ROUTER} dev e0"


def _inside_leg(number: int, address: str) -> Iterator[str]:
    table = _FIRST_TABLE + number
    yield f"link set l{number} up"
    yield f"addr add {address}/32 dev l{number}"
    yield f"route add {ROUTER} dev l{number} table {table}"
    yield f"route add default via {ROUTER} dev l{number} table {table}"
    yield f"rule add from {address} lookup {table}"


def _batch(lines: Iterator[str] | list[str], namespace: str = FABRIC) -> None:
    where = [] if namespace == FABRIC else ["-n", namespace]
    _run([program("ip"), *where, "-batch", "-"], "\n".join([*lines, ""]))


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise StartError(f"{' '.join(command)}: {done.stderr.strip()}")


def program(name: str) -> str:
    """The path of a program; an ordinary user's PATH often lacks the system directories."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or name
