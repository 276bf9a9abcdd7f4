"""Runs inside the namespace, as its first process: addresses, servers, the front, then all questions.

Takes the path of a plan (JSON), prints the answers as JSON. When it ends, the kernel ends everything in there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

FAILED_TO_START = 70
_PATIENCE = 60.0  # seconds for all servers to be ready
_ANSWER = 6.0  # seconds for one answer; what takes longer is none
_FORGOTTEN = 1.1  # seconds until servers have forgotten a TTL of zero
_FAILURES = ("none", "SERVFAIL")
COMMANDS = {
    "bind": ["named", "-g", "-n", "1", "-U", "1", "-4", "-c", "named.conf"],
    "unbound": ["unbound", "-d", "-p", "-c", "unbound.conf"],
    "pdns-recursor": ["pdns_recursor", "--config-dir=.", "--daemon=no", "--write-pid=no", "--disable-syslog=yes"],
    "dnsmasq": ["dnsmasq", "-k", "-C", "dnsmasq.conf"],
    "knot-resolver": ["kresd", "-n", "-c", "kresd.conf", "."],
}


class StartError(Exception):
    """Something did not start; says what, and what it logged."""


def main(plan_file: str) -> int:
    """Start everything, ask everything, print the answers."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    directory = Path(plan_file).parent
    try:
        _add_addresses(plan["addresses"])
        running = [(process, _start(process, directory / process["name"])) for process in plan["processes"]]
        front = _start_front(directory, plan["front"])
        deadline = time.monotonic() + _PATIENCE
        for process, handle in running:
            _wait(process, handle, directory / process["name"], deadline)
        if front.stdout is None or front.stdout.readline() != b"ready\n":
            raise StartError("the front")
    except StartError as error:
        sys.stderr.write(f"the real servers did not start: {error}\n")
        return FAILED_TO_START
    sys.stdout.write(json.dumps(_ask_all(plan["questions"])) + "\n")
    return 0


def _ask_all(groups: list[list[list[str]]]) -> list[list[Any]]:
    """TXT after everything else was forgotten: what falls back for A is denied for TXT, and servers keep both.

    Groups side by side, the questions of each in order: Knot Resolver joins what is in flight by name. What failed is
    asked once more: on a busy machine servers give up on each other, and a failure that means something comes again.
    """
    answers: list[list[Any]] = [[None] * len(group) for group in groups]

    def ask_some(number: int, late: bool, wanted: tuple[str, ...]) -> None:
        for place, question in enumerate(groups[number]):
            known = answers[number][place]
            if (question[2] == "TXT") == late and (known[0] if known else "") in wanted:
                answers[number][place] = ask_one(*question)

    for late in (False, True):
        for wanted in (("",), _FAILURES):
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(partial(ask_some, late=late, wanted=wanted), range(len(groups))))
            time.sleep(_FORGOTTEN)
    return answers


def ask_one(server: str, name: str, rdtype: str) -> list[Any]:
    """Response code (`none`: no answer), the CNAME targets in order, the records of the type, sorted."""
    try:
        response = dns.query.udp(dns.message.make_query(name, rdtype), server, timeout=_ANSWER)
    except (dns.exception.DNSException, OSError):
        return ["none", [], []]
    wanted = dns.rdatatype.from_text(rdtype)
    rows = [(rrset.rdtype, record.to_text()) for rrset in response.answer for record in rrset]
    chain = [text.rstrip(".").lower() for found, text in rows if found == dns.rdatatype.CNAME]
    records = sorted(text for found, text in rows if found == wanted)
    return [dns.rcode.to_text(response.rcode()), chain, records]


def _add_addresses(addresses: list[str]) -> None:
    batch = "link set lo up\n" + "".join(f"addr add {address}/32 dev lo\n" for address in addresses)
    done = subprocess.run([_program("ip"), "-batch", "-"], input=batch, text=True, capture_output=True, check=False)
    if done.returncode:
        raise StartError(f"ip: {done.stderr.strip()}")


def _start(process: dict[str, Any], directory: Path) -> subprocess.Popen[bytes]:
    directory.mkdir()
    for name, text in process["files"].items():
        (directory / name).write_text(text, encoding="utf-8")
    program, *arguments = COMMANDS[process["kind"]]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [_program(program), *arguments], cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _start_front(directory: Path, front: dict[str, Any]) -> subprocess.Popen[bytes]:
    plan = directory / "front.json"
    plan.write_text(json.dumps(front), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).parents[1] / "real" / "front.py"), str(plan)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def _wait(process: dict[str, Any], handle: subprocess.Popen[bytes], directory: Path, deadline: float) -> None:
    """Until all zones are loaded and the addresses answer."""
    while True:
        log = (directory / "log").read_text(encoding="utf-8", errors="replace")
        if handle.poll() is not None or "not loaded due to errors" in log or time.monotonic() > deadline:
            tail = "\n".join(log.splitlines()[-15:])
            raise StartError(f"{process['name']}:\n{tail}")
        if (process["kind"] != "bind" or "all zones loaded" in log) and _answers(process["addresses"][-1]):
            return
        time.sleep(0.02)


def _answers(address: str) -> bool:
    query = dns.message.make_query("version.bind", "TXT", "CH")
    try:
        dns.query.udp(query, address, timeout=0.3)
    except (dns.exception.DNSException, OSError):
        return False
    return True


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
