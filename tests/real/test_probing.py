"""What tells look-alikes apart, with the real servers of which it was measured."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agent.lab.scenarios import build
from collectors.graph.declared import DeclaredServer
from tests.real.live import MORE_PROBE, VANTAGES
from tests.real.world import Beside, run_in_real_world, vantages_toml

pytestmark = pytest.mark.real_servers

LIVE = Path(__file__).with_name("live.py")
BESIDE = Path(__file__).with_name("beside.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A real server instead of the lab's BIND: its program with arguments, and the files of its directory."""

    command: tuple[str, ...]
    files: Mapping[str, str]


def check_with(
    directory: Path, scenario: str, fault: str, playing: DeclaredServer, real: Real, *, probe: str = ""
) -> dict[str, Any]:
    """The report of `agent check` where a real server stands at the address of a declared one."""
    if not shutil.which(real.command[0], path="/usr/bin:/usr/sbin:/sbin"):
        pytest.skip(f"{real.command[0]} is not installed")
    breaks = [fault] if fault else []
    estate = build(scenario, breaks)
    (directory / VANTAGES).write_text(vantages_toml(estate), encoding="utf-8")
    (directory / MORE_PROBE).write_text(probe, encoding="utf-8")
    at = directory / "server"
    at.mkdir()
    for name, text in real.files.items():
        (at / name).write_text(text, encoding="utf-8")
    start = [sys.executable, str(BESIDE), playing.address, str(at), *real.command]
    done = run_in_real_world(
        replace(estate, servers=()),
        [sys.executable, str(LIVE), str(directory), scenario, *breaks],
        beside=[Beside(command=start, ready=f"{playing.address}:53")],
    )
    assert done.stdout, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def dnsmasq(server: DeclaredServer, *more: str) -> Real:
    """dnsmasq, configured as declared; it asks from its own address, by which Azure DNS knows its network."""
    lines = [f"listen-address={server.address}", "bind-interfaces", "no-resolv", "no-hosts", "pid-file="]
    lines += ["user=", "group=", "log-facility=-", *more]
    for suffix, targets in (server.forwards or {}).items():
        lines += [f"server=/{suffix or '#'}/{target}@{server.address}" for target in targets]
    lines += [f"host-record={name},{value}" for name, values in server.records.items() for value in values]
    return Real(command=("dnsmasq", "-k", "-C", "dnsmasq.conf"), files={"dnsmasq.conf": "\n".join([*lines, ""])})


def told(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Code and level of every finding."""
    return [(finding["code"], finding["level"]) for finding in report["findings"]]


def test_a_host_record_of_dnsmasq_leads_outside_over_ipv6(tmp_path: Path) -> None:
    """It answers for the IPv4 address itself and asks the internet for the IPv6 address."""
    (server,) = build("multi-subscription", ["ipv6-leads-outside"]).servers
    report = check_with(tmp_path, "multi-subscription", "ipv6-leads-outside", server, dnsmasq(server))
    assert told(report) == [("PED614", "warning")]
    (finding,) = report["findings"]
    assert {line["type"] for line in finding["occurrences"]} == {"AAAA"}
    assert "2001:db8::" in str(finding["evidence"])
    assert (report["gaps"], report["not_evaluated"]) == ([], [])
