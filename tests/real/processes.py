"""Starts real DNS servers in their namespaces and waits until they answer. Standard library only."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.real.network import ROUTER, StartError, inside, program

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "bind": ("named", "-g", "-n", "1", "-U", "1", "-4", "-c", "named.conf"),
    "unbound": ("unbound", "-d", "-p", "-c", "unbound.conf"),
    "pdns-recursor": ("pdns_recursor", "--config-dir=.", "--daemon=no", "--write-pid=no", "--disable-syslog=yes"),
    "dnsmasq": ("dnsmasq", "-k", "-C", "dnsmasq.conf"),
    "knot-resolver": ("kresd", "-n", "-c", "kresd.conf", "."),
    "front": (sys.executable, "-m", "tests.real.front", "front.json"),
    "faults": (sys.executable, "-m", "tests.real.faults", "faults.json"),
}
"""Kind of process -> its command in its directory."""
_OURS = ("front", "faults")
_PATIENCE = 30.0  # seconds for everything to be ready; BIND takes a tenth of one
# version.bind CH TXT: answered by the server itself, so nothing is forwarded or cached by asking.
_VERSION_QUERY = b"\x0e\x0e\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03"


class Running:
    """Servers that run, as a context manager. A server is a dict: name, kind, place, addresses, files.

    Raises StartError with the log of a server that does not start.
    """

    def __init__(self, servers: Sequence[dict[str, Any]], directory: Path) -> None:
        self._servers = servers
        self._directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> None:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def _start(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        for server in self._servers:
            self._processes.append(_started(server, self._directory / server["name"]))
        for server, process in zip(self._servers, self._processes, strict=True):
            _wait(server, process, self._directory / server["name"], deadline)


def _started(server: dict[str, Any], directory: Path) -> subprocess.Popen[bytes]:
    directory.mkdir(parents=True)
    for name, text in server["files"].items():
        (directory / name).write_text(text, encoding="utf-8")
    first, *arguments = COMMANDS[server["kind"]]
    ours = server["kind"] in _OURS
    last = [str(directory / arguments.pop())] if ours else []
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            inside(server["place"], [program(first), *arguments, *last]),
            cwd=None if ours else directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _wait(server: dict[str, Any], process: subprocess.Popen[bytes], directory: Path, deadline: float) -> None:
    """Until all zones are loaded and the addresses answer."""
    while True:
        log = (directory / "log").read_text(encoding="utf-8", errors="replace")
        if process.poll() is not None or "not loaded due to errors" in log or time.monotonic() > deadline:
            tail = "\n".join(log.splitlines()[-15:])
            raise StartError(f"{server['name']} at {', '.join(server['addresses'])}:\n{tail}")
        if _is_ready(server, log):
            return
        time.sleep(0.01)


def _is_ready(server: dict[str, Any], log: str) -> bool:
    if server["kind"] in _OURS:
        return log.startswith("ready")
    return (server["kind"] != "bind" or "all zones loaded" in log) and answers(server["addresses"][-1], ROUTER)


def answers(address: str, source: str = "") -> bool:
    """Whether a DNS server answers there, asked from an address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.2)
        try:
            udp.bind((source, 0))
            udp.connect((address, 53))
            udp.send(_VERSION_QUERY)
            return udp.recv(512)[:2] == _VERSION_QUERY[:2]
        except OSError:
            return False
