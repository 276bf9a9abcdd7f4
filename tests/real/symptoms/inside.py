"""Runs inside the namespace: the shared servers, then the cells, some side by side, asked through our own prober.

Takes the path of a plan (JSON), prints the outcomes of every cell's questions. The kernel ends what is left running.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.update

from collectors.dns.ask import ask
from collectors.dns.limits import Limits
from collectors.graph.answers import Question
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn
from tests.differential.inside import COMMANDS, StartError
from tests.real.inside import program
from tests.real.symptoms.cell import AND
from tests.real.symptoms.outcome import told
from tests.real.symptoms.world import ZONE

FAILED_TO_START = 70
_PATIENCE = 30.0
_LIMITS = Limits()
_MANY = Limits(queries_per_second=1000.0, burst=1000)


def main(plan_file: str) -> int:
    """Play the plan."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    directory = Path(plan_file).parent
    try:
        _prepare(plan["addresses"], plan["holes"])
        start_all(plan["shared"], directory / "shared")
        _start_faults(plan["faults"])
    except StartError as error:
        sys.stderr.write(f"the shared servers did not start: {error}\n")
        return FAILED_TO_START
    starting = threading.Semaphore(3)  # more at once only take processor time from questions that are timed
    with ThreadPoolExecutor(plan["side_by_side"]) as pool:
        running = {
            name: pool.submit(play, cell, directory / f"cell-{number}", starting)
            for number, (name, cell) in enumerate(plan["cells"].items())
        }
        outcomes = {name: cell.result() for name, cell in running.items()}
    sys.stdout.write(json.dumps(outcomes) + "\n")
    return 0


def play(cell: dict[str, Any], directory: Path, starting: threading.Semaphore) -> list[str]:
    """Start the cell's servers, take its steps, end the servers; a server that does not start is an outcome, too."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        with starting:
            running = start_all(cell["processes"], directory)
        return [outcome for step in cell["steps"] if (outcome := _take(step)) is not None]
    except StartError as error:
        return [f"did not start: {error}"]
    finally:
        for process in running:
            process.kill()
            process.wait()


def _take(step: dict[str, Any]) -> str | None:
    if "wait" in step:
        time.sleep(step["wait"])
        return None
    if "change" in step:
        _change(*step["change"])
        return None
    vantage = Vantage(name="cell", view="cell", source=step["source"])
    questions = [
        Question(
            vantage=vantage.name,
            server=step["server"],
            name=Fqdn(name),
            type=step["type"],
            checking_disabled=step["checking_disabled"],
        )
        for name in step["ask"]
    ]
    limits = _LIMITS if len(questions) == 1 else _MANY
    got = ask(questions, [vantage], limits, lambda: datetime.now(UTC), lambda _done, _of: None)
    return AND.join(sorted({told(answer, ttl=step["ttl"], time=len(got) == 1) for answer in got}))


def _change(server: str, name: str, address: str, ttl: int) -> None:
    update = dns.update.UpdateMessage(ZONE)
    update.replace(f"{name}.", ttl, "A", address)
    response = dns.query.tcp(update, server, timeout=5)
    if response.rcode() != dns.rcode.NOERROR:
        raise RuntimeError(f"update of {name} at {server}: {dns.rcode.to_text(response.rcode())}")


def _prepare(addresses: list[str], holes: str) -> None:
    """Every address on lo. What goes to a hole is routed to lo, where nobody has the address: dropped unseen."""
    lines = ["link set lo up", *(f"addr add {address}/32 dev lo" for address in addresses), f"route add {holes} dev lo"]
    done = subprocess.run(
        [program("ip"), "-batch", "-"], input="\n".join([*lines, ""]), text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise StartError(f"ip: {done.stderr.strip()}")


def start_all(processes: list[dict[str, Any]], directory: Path) -> list[subprocess.Popen[bytes]]:
    """Start servers and wait until all answer. Raises StartError after ending what did start."""
    started: list[subprocess.Popen[bytes]] = []
    deadline = time.monotonic() + _PATIENCE
    try:
        for process in processes:
            started.append(_start(process, directory / process["name"]))
        for process, handle in zip(processes, started, strict=True):
            _wait(process, handle, directory / process["name"] / "log", deadline)
    except StartError:
        for handle in started:
            handle.kill()
            handle.wait()
        raise
    return started


def _start(process: dict[str, Any], directory: Path) -> subprocess.Popen[bytes]:
    directory.mkdir(parents=True)
    for name, text in process["files"].items():
        (directory / name).write_text(text, encoding="utf-8")
    name, *arguments = COMMANDS[process["kind"]]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [program(name), *arguments], cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _wait(process: dict[str, Any], handle: subprocess.Popen[bytes], log: Path, deadline: float) -> None:
    """Until all zones are loaded and the last address answers for itself: nothing is resolved by asking."""
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        if handle.poll() is not None or "not loaded due to errors" in said or time.monotonic() > deadline:
            tail = "\n".join(said.splitlines()[-15:])
            raise StartError(f"{process['name']} ({process['kind']}):\n{tail}")
        if (process["kind"] != "bind" or "all zones loaded" in said) and _answers(process["addresses"][-1]):
            return
        time.sleep(0.02)


def _answers(address: str) -> bool:
    query = dns.message.make_query("version.bind", "TXT", "CH")
    try:
        dns.query.udp(query, address, timeout=0.3)
    except (dns.exception.DNSException, OSError):
        return False
    return True


def _start_faults(faults: dict[str, str]) -> None:
    command = [sys.executable, str(Path(__file__).with_name("faults.py")), json.dumps(faults)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if process.stdout is None or process.stdout.readline() != b"ready\n":
        raise StartError("the faulty servers")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
