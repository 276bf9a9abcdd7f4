"""Runs as the first process of the user namespace: makes the networks, then plays cases, one after the other.

A case is servers and what to do while they run. Takes the path of a plan (JSON); standard library only. When it ends,
the kernel ends everything in there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.real import network
from tests.real.network import StartError as StartError
from tests.real.network import inside
from tests.real.network import program as program
from tests.real.processes import Running
from tests.real.processes import answers as answers

FAILED_TO_START = 70
_PATIENCE = 20.0  # seconds until what runs beside the command listens


def main(plan_file: str) -> int:
    """Play the plan; the exit code is that of its command."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    directory = Path(plan_file).parent
    try:
        network.build(plan["network"])
        return play(plan, directory)
    except StartError as error:
        sys.stderr.write(f"the real servers did not start: {error}\n")
        return FAILED_TO_START


def play(plan: dict[str, Any], directory: Path) -> int:
    """The command runs once. Numbered cases: it gets a line for each, and answers with one when done."""
    command = inside(plan["place"], plan["command"])
    if not plan["numbered"]:
        with Running(plan["cases"][0], directory / "0"):
            for service in plan["beside"]:
                _start_service(service)
            return subprocess.run(command, check=False).returncode
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as player:
        for number, servers in enumerate(plan["cases"]):
            with Running(servers, directory / str(number)):
                _play_one(player, number)
        if player.stdin:
            player.stdin.close()
        return player.wait()


def _play_one(player: subprocess.Popen[bytes], number: int) -> None:
    assert player.stdin
    assert player.stdout
    player.stdin.write(b"%d\n" % number)
    player.stdin.flush()
    if player.stdout.readline() != b"%d\n" % number:
        raise StartError(f"the command ended in case {number}, with exit code {player.wait()}")


def _start_service(service: dict[str, Any]) -> None:
    deadline, place = time.monotonic() + _PATIENCE, service["place"]
    process = subprocess.Popen(inside(place, service["command"]), stdin=subprocess.DEVNULL, stdout=sys.stderr)
    host, _, port = service["ready"].rpartition(":")
    probe = f"import socket; socket.create_connection(({host!r}, {int(port)}), timeout=0.2)"
    while subprocess.run(inside(place, [sys.executable, "-c", probe]), capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartError(f"{service['command'][0]} does not listen on {service['ready']}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
