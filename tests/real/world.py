"""An estate with real DNS servers, in a network namespace of its own that nothing leaves.

Every documented address is on its loopback interface; no rights are needed but unprivileged user namespaces.
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
from tests.real.bind import Named, networks_of, servers_of

PUBLIC_RESOLVERS = (PUBLIC_RESOLVER,)
REQUIRED = "REQUIRE_DNS_SERVERS"
"""The environment variable that turns the skip of these tests into a failure when it is `1`."""

_SYSTEM = ":/usr/sbin:/sbin"
_PROGRAMS = {"named": "bind9", "ip": "iproute2", "unshare": "util-linux"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A server that must run beside the command inside the namespace; `ready` is its `host:port`."""

    command: Sequence[str]
    ready: str


def enter_namespace_command(argv: Sequence[str]) -> list[str]:
    """The command line that runs another in a fresh user, network and process namespace.

    Inside, the caller is root over the network and nothing else. All processes end with the first one, and
    that one ends when this command is killed.
    """
    return [_which("unshare") or "unshare", "-Urn", "--kill-child", "-pf", "--", *argv]


@cache
def missing() -> str:
    """Why real servers cannot run here; `""` when they can."""
    absent = [f"{name} (package {package})" for name, package in _PROGRAMS.items() if not _which(name)]
    if absent:
        return f"not installed: {', '.join(absent)}"
    probe = enter_namespace_command([_which("ip") or "ip", "link", "set", "lo", "up"])
    done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=20)
    return f"no user namespaces: {done.stderr.strip()}" if done.returncode else ""


def run_in_real_world(
    estate: LabEstate, argv: Sequence[str], *, beside: Iterable[Beside] = (), timeout: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run a command where the estate's DNS is real; its output and exit code come back.

    `inside.FAILED_TO_START` is the exit code when a server does not start, with its log on stderr. Raises
    ValueError for an estate that the servers cannot play, subprocess.TimeoutExpired after ending everything.
    """
    servers = servers_of(estate)
    with tempfile.TemporaryDirectory(prefix="real-dns-") as directory:
        plan = {
            "addresses": _addresses(estate, servers),
            "servers": [_written(server, Path(directory) / server.name) for server in servers],
            "beside": [{"command": list(service.command), "ready": service.ready} for service in beside],
            "command": list(argv),
        }
        plan_file = Path(directory) / "plan.json"
        plan_file.write_text(json.dumps(plan), encoding="utf-8")
        inside = [sys.executable, str(Path(__file__).with_name("inside.py")), str(plan_file)]
        return subprocess.run(
            enter_namespace_command(inside),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )


def vantages_of(estate: LabEstate) -> tuple[Vantage, ...]:
    """The vantages inside: `lab/<network>`, asking from an address of that network, real addresses and ports."""
    networks = networks_of(estate)
    twice = [name for name, count in Counter(n.id.name for n in networks).items() if count > 1]
    if twice:
        raise ValueError(f"two networks have one name: {', '.join(twice)}")
    return tuple(
        Vantage(
            name=f"lab/{network.id.name}",
            view=network.id.text,
            source=network.source,
            reaches=(*_servers(estate, network.id.key), PLATFORM_RESOLVER),
        )
        for network in networks
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


def _addresses(estate: LabEstate, servers: Iterable[Named]) -> list[str]:
    return sorted({*(server.address for server in servers), *(network.source for network in networks_of(estate))})


def _written(server: Named, directory: Path) -> dict[str, str]:
    directory.mkdir()
    for name, text in server.files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return {"name": server.name, "address": server.address, "directory": str(directory)}


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + _SYSTEM)
