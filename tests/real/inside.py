"""Runs inside the namespace, as its first process: addresses, BIND servers, then one command.

Takes the path of a plan (JSON); standard library only. When it ends, the kernel ends everything in the namespace.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FAILED_TO_START = 70
_PATIENCE = 20.0  # seconds for everything to be ready; BIND takes a tenth of one
# version.bind CH TXT: answered by the server itself, so nothing is forwarded or cached by asking.
_VERSION_QUERY = b"\x0e\x0e\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03"


class StartError(Exception):
    """Something of the world did not start; says what, and what it logged."""


def main(plan_file: str) -> int:
    """Play the plan; the exit code is that of its command."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    deadline = time.monotonic() + _PATIENCE
    try:
        add_addresses(plan["addresses"])
        started = [(server, start_named(server)) for server in plan["servers"]]
        for server, process in started:
            wait_for_named(server, process, deadline)
        for service in plan["beside"]:
            start_service(service, deadline)
    except StartError as error:
        sys.stderr.write(f"the real servers did not start: {error}\n")
        return FAILED_TO_START
    return subprocess.run(plan["command"], check=False).returncode


def add_addresses(addresses: list[str]) -> None:
    """Put every documented address on lo: source and destination of all traffic, none of which can leave."""
    batch = "link set lo up\n" + "".join(f"addr add {address}/32 dev lo\n" for address in addresses)
    done = subprocess.run([program("ip"), "-batch", "-"], input=batch, text=True, capture_output=True, check=False)
    if done.returncode:
        raise StartError(f"ip: {done.stderr.strip()}")


def start_named(server: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start one BIND in its directory, its log beside its configuration."""
    with log_of(server).open("wb") as log:
        return subprocess.Popen(
            [program("named"), "-g", "-n", "1", "-4", "-c", "named.conf"],
            cwd=server["directory"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def wait_for_named(server: dict[str, Any], process: subprocess.Popen[bytes], deadline: float) -> None:
    """Until all zones are loaded and the address answers."""
    while True:
        log = log_of(server).read_text(encoding="utf-8", errors="replace")
        if process.poll() is not None or "not loaded due to errors" in log or time.monotonic() > deadline:
            tail = "\n".join(log.splitlines()[-15:])
            raise StartError(f"named {server['name']} at {server['address']}:\n{tail}")
        if "all zones loaded" in log and answers(server["address"]):
            return
        time.sleep(0.01)


def answers(address: str) -> bool:
    """Whether a DNS server answers there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.2)
        try:
            udp.connect((address, 53))
            udp.send(_VERSION_QUERY)
            return udp.recv(512)[:2] == _VERSION_QUERY[:2]
        except OSError:
            return False


def start_service(service: dict[str, Any], deadline: float) -> None:
    """Start something that runs beside the command, and wait until its port takes connections."""
    process = subprocess.Popen(service["command"], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    host, _, port = service["ready"].rpartition(":")
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=0.2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{service['command'][0]} does not listen on {service['ready']}") from None
            time.sleep(0.02)
        else:
            return


def log_of(server: dict[str, Any]) -> Path:
    """The file that a server logs to."""
    return Path(server["directory"]) / "named.log"


def program(name: str) -> str:
    """The path of a program; an ordinary user's PATH often lacks the system directories."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
