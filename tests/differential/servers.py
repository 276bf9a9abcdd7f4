"""Asks real servers what the questions of a batch of estates get, in a network namespace that nothing leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.differential.configuration import Batch, batch_of, wire_address
from tests.differential.estates import RandomEstate
from tests.differential.internet import NAMES, RESOLVER
from tests.real.world import enter_namespace_command, missing

Question = tuple[str, str, str]
"""The address of a server, a name and a type."""

TYPES = ("A", "AAAA", "TXT")
PACKAGES = {
    "named": "bind9",
    "unbound": "unbound",
    "pdns_recursor": "pdns-recursor",
    "dnsmasq": "dnsmasq-base",
    "kresd": "knot-resolver",
}
_VERSIONS = {
    "bind": ("named", "-v"),
    "unbound": ("unbound", "-V"),
    "pdns-recursor": ("pdns_recursor", "--version"),
    "dnsmasq": ("dnsmasq", "--version"),
    "knot-resolver": ("kresd", "--version"),
}


class StartError(Exception):
    """A server did not start; says which, and what it logged."""


@dataclass(frozen=True, slots=True)
class Got:
    """What a server answered; `rcode` is `none` where no answer came."""

    rcode: str
    chain: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to each estate's questions, in their order, and what public DNS says of each name and type."""

    by_estate: tuple[tuple[Got, ...], ...]
    public: dict[tuple[str, str], Got]


def ask_real_servers(estates: Sequence[RandomEstate]) -> Answers:
    """Start the servers of a batch, ask every question. Raises StartError when a server does not start."""
    batch = batch_of(estates)
    public = [(RESOLVER, name, type) for name in NAMES for type in TYPES]
    asked = [
        [(wire_address(estate, one.network, one.server), one.name, one.type) for one in estate.askings]
        for estate in estates
    ]
    got, *by_estate = ask(batch, [public, *asked])
    return Answers(
        by_estate=tuple(by_estate),
        public={(name, type): answer for (_, name, type), answer in zip(public, got, strict=True)},
    )


def ask(batch: Batch, groups: Sequence[Sequence[Question]], timeout: float = 300.0) -> list[tuple[Got, ...]]:
    """What servers answer, started for this alone; the questions of a group one after the other. Raises StartError."""
    doors = [address for view in batch.front["views"] for address in view["addresses"]]
    served = [address for process in batch.processes for address in process.addresses]
    plan = {
        "addresses": sorted({*served, *doors, *batch.front["markers"]}),
        "processes": [process.plan() for process in batch.processes],
        "front": batch.front,
        "questions": [list(group) for group in groups],
    }
    with tempfile.TemporaryDirectory(prefix="differential-") as directory:
        file = Path(directory) / "plan.json"
        file.write_text(json.dumps(plan), encoding="utf-8")
        command = [sys.executable, str(Path(__file__).with_name("inside.py")), str(file)]
        done = subprocess.run(
            enter_namespace_command(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    if done.returncode:
        raise StartError(done.stderr.strip())
    return [
        tuple(Got(rcode, tuple(chain), tuple(records)) for rcode, chain, records in group)
        for group in json.loads(done.stdout)
    ]


def missing_servers() -> str:
    """Why the servers cannot run here; `""` when they can."""
    absent = [f"{name} (package {PACKAGES[name]})" for name in PACKAGES if not _which(name)]
    return f"not installed: {', '.join(absent)}" if absent else missing()


def versions() -> dict[str, str]:
    """The version of each kind of server that is installed here."""
    return {kind: _version([_which(command[0]) or command[0], *command[1:]]) for kind, command in _VERSIONS.items()}


def _version(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found.group() if found else "unknown"


def _which(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
