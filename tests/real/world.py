"""An estate with real DNS servers, in network namespaces inside one user namespace that nothing leaves.

A namespace for each virtual network, virtual hub and site, and for the internet; a router joins those that the
documents join. No rights are needed but unprivileged user namespaces.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from tests.real.azure import azure_servers, fabric_addresses
from tests.real.bind import Server, custom_servers, proxies, public_server
from tests.real.network import EVERYWHERE, FABRIC
from tests.real.places import Place, network_plan, networks_of, place_of, places_of

PUBLIC_RESOLVERS = (PUBLIC_RESOLVER,)

_ROOT = Path(__file__).parents[2]
_SYSTEM = ":/usr/sbin:/sbin"
_PROGRAMS = {"named": "bind9", "ip": "iproute2", "unshare": "util-linux"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A process that must run beside the command; `ready` is the `host:port` that takes connections once it does.

    It runs in `place`, or in the network that the host's address is of, or where the command runs.
    """

    command: Sequence[str]
    ready: str
    place: str = ""


def enter_namespace_command(argv: Sequence[str]) -> list[str]:
    """The command line that runs another in a fresh user, network, mount and process namespace.

    Inside, the caller is root over the network and nothing else. All processes end with the first one, and
    that one ends when this command is killed.
    """
    return [_which("unshare") or "unshare", "-Urnm", "--kill-child", "-pf", "--", *argv]


@cache
def missing() -> str:
    """Why real servers cannot run here; `""` when they can."""
    absent = [f"{name} (package {package})" for name, package in _PROGRAMS.items() if not _which(name)]
    if absent:
        return f"not installed: {', '.join(absent)}"
    ip = _which("ip") or "ip"
    script = f"mount -t tmpfs tmpfs /run && {ip} netns add probe && {ip} netns exec probe {ip} link set lo up"
    done = subprocess.run(
        enter_namespace_command(["sh", "-c", script]), capture_output=True, text=True, check=False, timeout=20
    )
    return f"no user and network namespaces: {done.stderr.strip()}" if done.returncode else ""


def servers_of(estate: LabEstate) -> tuple[Server, ...]:
    """Every server of an estate. Raises ValueError for what real servers cannot play."""
    return (public_server(estate), *azure_servers(estate), *custom_servers(estate), *proxies(estate))


def run_in_real_world(
    estate: LabEstate,
    argv: Sequence[str],
    *,
    place: str = EVERYWHERE,
    beside: Iterable[Beside] = (),
    more: Sequence[Server] = (),
    timeout: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace where the estate's DNS is real; its output and exit code come back.

    `place` is a virtual network, a site, or one of the machines of `network`; `more` are further servers.
    `inside.FAILED_TO_START` is the exit code when a server does not start, with its log on stderr. Raises
    ValueError for an estate that the servers cannot play, subprocess.TimeoutExpired after ending everything.
    """
    return _play([estate], argv, place, list(beside), [more], numbered=False, timeout=timeout)


def play_in_real_world(
    estates: Sequence[LabEstate],
    argv: Sequence[str],
    *,
    place: str = EVERYWHERE,
    more: Sequence[Sequence[Server]] = (),
    timeout: float = 300.0,
) -> subprocess.CompletedProcess[str]:
    """The same for several estates with the same networks, one after the other in one world; `more` for each of them.

    The command runs once. It reads the number of each estate from stdin, and writes it to stdout when it is done with
    that estate.
    """
    return _play(estates, argv, place, [], more or [()] * len(estates), numbered=True, timeout=timeout)


def _play(
    estates: Sequence[LabEstate],
    argv: Sequence[str],
    place: str,
    beside: Iterable[Beside],
    more: Sequence[Sequence[Server]],
    *,
    numbered: bool,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    cases = [[*servers_of(estate), *others] for estate, others in zip(estates, more, strict=True)]
    servers = [server for case in cases for server in case]
    with tempfile.TemporaryDirectory(prefix="real-dns-") as directory:
        standing = [address for server in servers for address in server.addresses]
        plan = {
            "network": network_plan(estates[0], fabric_addresses(servers), standing),
            "cases": [[server.plan() for server in case] for case in cases],
            "beside": [_beside(service, places_of(estates[0]), place) for service in beside],
            "numbered": numbered,
            "place": place,
            "command": list(argv),
        }
        plan_file = Path(directory) / "plan.json"
        plan_file.write_text(json.dumps(plan), encoding="utf-8")
        return subprocess.run(
            enter_namespace_command([sys.executable, "-m", "tests.real.inside", str(plan_file)]),
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )


def _beside(service: Beside, places: Sequence[Place], place: str) -> dict[str, object]:
    near = place_of(places, service.ready.rpartition(":")[0])
    where = service.place or (place if near == FABRIC else near)
    return {"command": list(service.command), "ready": service.ready, "place": where}


def vantages_of(estate: LabEstate) -> tuple[Vantage, ...]:
    """The vantages of EVERYWHERE: `lab/<network>`, asking from an address of that network, real addresses and ports."""
    networks = networks_of(estate)
    twice = [name for name, count in Counter(n.name for n in networks).items() if count > 1]
    if twice:
        raise ValueError(f"two networks have one name: {', '.join(twice)}")
    return tuple(
        Vantage(
            name=f"lab/{network.name}",
            view=network.id.text,
            source=network.source,
            reaches=tuple(dict.fromkeys([*_servers(estate, network.id.key), PLATFORM_RESOLVER])),
        )
        for network in networks
        if network.id
    )


def vantages_toml(estate: LabEstate) -> str:
    """The same as tables of `agent.toml`."""
    return "\n".join(
        "[[vantage]]\n"
        f"name = {json.dumps(vantage.name)}\n"
        f"view = {json.dumps(vantage.view)}\n"
        f"source = {json.dumps(vantage.source)}\n"
        f"reaches = {json.dumps(vantage.reaches)}\n"
        for vantage in vantages_of(estate)
    )


def _servers(estate: LabEstate, network: str) -> list[str]:
    body = next(document.body for id, document in estate.documents.items() if id.key == network)
    return list(body["properties"].get("dhcpOptions", {}).get("dnsServers", ()))


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + _SYSTEM)
