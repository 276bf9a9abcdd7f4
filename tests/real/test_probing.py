"""What tells look-alikes apart, with the real servers of which it was measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agent.lab.aims import Aim
from agent.lab.scenarios import build
from collectors.graph.declared import DeclaredServer, HeldZone
from collectors.graph.ids import Fqdn
from tests.real.bind import Files, forwarders, named
from tests.real.live import MORE_PROBE, VANTAGES
from tests.real.required import need_program
from tests.real.world import Beside, run_in_real_world, vantages_toml

pytestmark = pytest.mark.real_servers

LIVE = Path(__file__).with_name("live.py")
HUB = "vnet-hub"
"""Where the servers stand."""
BESIDE = Path(__file__).with_name("beside.py")
FORMER = Path(__file__).with_name("former.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A real server instead of the lab's BIND: its program with arguments, and the files of its directory.

    `ready` is the `host:port` that takes connections once it runs, where that is not its port 53.
    """

    command: tuple[str, ...]
    files: Mapping[str, str]
    ready: str = ""


def check_with(
    directory: Path,
    scenario: str,
    fault: str,
    playing: DeclaredServer,
    real: Real,
    *,
    probe: str = "",
    beside: Sequence[Beside] = (),
) -> dict[str, Any]:
    """The report of `agent check` where a real server stands at the address of a declared one."""
    need_program(real.command[0])
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
        beside=[*beside, Beside(command=start, ready=real.ready or f"{playing.address}:53", place=HUB)],
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


def unbound(server: DeclaredServer, *more: str) -> Real:
    """Unbound that forwards as declared, and takes connections for its remote control on loopback."""
    lines = ["server:", 'directory: "."', 'chroot: ""', 'username: ""', "do-ip6: no", "use-syslog: no"]
    lines += [f"interface: {server.address}", "access-control: 0.0.0.0/0 allow", "do-not-query-localhost: no"]
    lines += ['module-config: "iterator"', f"outgoing-interface: {server.address}", *more]
    lines += ["remote-control:", "control-enable: yes", "control-use-cert: no", "control-interface: 127.0.0.1"]
    for suffix, targets in (server.forwards or {}).items():
        lines += ["forward-zone:", f'name: "{suffix}."', *(f"forward-addr: {target}" for target in targets)]
    return Real(
        command=("unbound", "-d", "-p", "-c", "unbound.conf"),
        files={"unbound.conf": "\n".join([*lines, ""])},
        ready="127.0.0.1:8953",
    )


def recursor(server: DeclaredServer) -> Real:
    """PowerDNS Recursor that forwards as declared."""
    rules = (f"{suffix or '.'}={';'.join(targets)}" for suffix, targets in (server.forwards or {}).items())
    lines = ["config-dir=.", "socket-dir=.", f"local-address={server.address}", "allow-from=0.0.0.0/0", "dont-query="]
    lines += ["security-poll-suffix=", "dnssec=off", "threads=1", f"query-local-address={server.address}"]
    lines += ["forward-zones-recurse=" + ",".join(rules)]
    return Real(
        command=("pdns_recursor", "--config-dir=.", "--daemon=no"),
        files={"recursor.conf": "\n".join([*lines, ""])},
    )


def bind(server: DeclaredServer) -> Real:
    """BIND that forwards everything."""
    (targets,) = (server.forwards or {}).values()
    made = named("hub", HUB, [server.address], [], Files(), more=f"  forward only; {forwarders(targets)}\n")
    return Real(command=("named", "-g", "-4", "-c", "named.conf"), files=made.files)


def knot_resolver(server: DeclaredServer) -> Real:
    """Knot Resolver that forwards everything."""
    (targets,) = (server.forwards or {}).values()
    lines = ["net.ipv6 = false", f"net.listen('{server.address}', 53, {{ kind = 'dns' }})"]
    lines += ["trust_anchors.remove('.')", "cache.size = 10 * MB"]
    lines += [
        f"modules.unload('{name}')"
        for name in ("ta_update", "ta_signal_query", "priming", "detect_time_skew", "detect_time_jump")
    ]
    lines += [f"policy.add(policy.all(policy.FORWARD({{{', '.join(map(repr, targets))}}})))"]
    return Real(command=("kresd", "-n", "-c", "kresd.conf", "."), files={"kresd.conf": "\n".join([*lines, ""])})


SILENT = "10.0.0.99"
_SAY_NOTHING = (
    "import socket, subprocess, time; subprocess.run(['ip', 'addr', 'add', '10.0.0.99/32', 'dev', 'lo'], check=True); "
    "udp = socket.socket(type=socket.SOCK_DGRAM); udp.bind(('10.0.0.99', 53)); "
    "tcp = socket.create_server(('10.0.0.99', 53)); time.sleep(600)"
)
NOBODY = Beside(command=[sys.executable, "-c", _SAY_NOTHING], ready=f"{SILENT}:53")
"""What stands at `SILENT`: it hears everything and says nothing."""
IMPATIENT = "timeout = 0.5\npatience = 2.0\n"


def hub_server(**other: Any) -> DeclaredServer:
    """The server of the hub, as it really runs."""
    (server,) = build("hub-spoke").servers
    return replace(server, **other)


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


@pytest.mark.parametrize("play", [dnsmasq, unbound])
def test_a_server_that_waits_for_a_silent_upstream_is_told_from_a_dead_one(
    play: Callable[[DeclaredServer], Real], tmp_path: Path
) -> None:
    """dnsmasq and Unbound leave the question unanswered, but say who they are."""
    server = hub_server(forwards={Fqdn(""): (SILENT,)})
    report = check_with(tmp_path, "hub-spoke", "", server, play(server), probe=IMPATIENT, beside=[NOBODY])
    assert {code for code, _ in told(report)} == {"PED608"}
    runs = "It answers what it is asked about itself, so it runs: what it asks stays silent, or asks in a circle. "
    runs += "Its forwarders, declared in [[dns.server]] as they are and asked from where it stands, tell which."
    assert all(finding["cause"].endswith(runs) for finding in report["findings"])
    assert all(len(finding["names"]) == 4 for finding in report["findings"])


def test_answers_that_do_not_fit_into_udp_where_tcp_is_closed(tmp_path: Path) -> None:
    """Unbound without TCP, which cuts every answer longer than 160 bytes."""
    server = hub_server()
    report = check_with(tmp_path, "hub-spoke", "", server, unbound(server, "do-tcp: no", "max-udp-size: 160"))
    assert set(told(report)) == {("PED610", "error")}
    assert "over TCP: connection refused" in report["findings"][0]["cause"]


def test_a_zone_over_the_public_suffix_on_a_server_of_ones_own(tmp_path: Path) -> None:
    """BIND is authoritative for api.azureml.ms and holds the workspace's names: the region's own name is denied."""
    estate = build("hub-spoke")
    guid = "5eed0001-0000-4000-8000-00000000f0a1"
    held = {
        f"{guid}.workspace.westeurope": "10.1.0.5",
        f"{guid}.workspace.westeurope.cert": "10.1.0.5",
        f"*.{guid}.inference.westeurope": "10.1.0.7",
    }
    suffix = Fqdn("api.azureml.ms")
    zone = HeldZone(name=suffix, serial=1, records={Fqdn(f"{name}.{suffix}"): (ip,) for name, ip in held.items()})
    (server,) = estate.servers
    forwards = {name: targets for name, targets in (server.forwards or {}).items() if name != suffix}
    playing = replace(server, zones=(zone,), forwards=forwards)
    (tmp_path / VANTAGES).write_text(vantages_toml(estate), encoding="utf-8")
    done = run_in_real_world(
        replace(estate, servers=(playing,)), [sys.executable, str(LIVE), str(tmp_path), "hub-spoke"]
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    # The zone takes the private-link forms as well, which nothing visible explains.
    assert set(told(report)) == {("PED615", "warning")}
    (finding,) = [finding for finding in report["findings"] if finding["code"] == "PED615"]
    assert "by the SOA record of zone api.azureml.ms: ns.invalid." in str(finding["evidence"])


@pytest.mark.parametrize("play", [bind, dnsmasq, knot_resolver, recursor, unbound])
def test_an_address_from_a_cache_is_told_from_a_wrong_one(
    play: Callable[[DeclaredServer], Real], tmp_path: Path
) -> None:
    """Azure DNS has a new address; the server still holds the former one for four seconds."""
    aim = Aim(endpoint="pe-mlw-prod", zones="rg-dns")
    name = aim.notebooks_name(build("hub-spoke"))
    before = Beside(command=[sys.executable, str(FORMER), SILENT, name, "10.1.0.99", "4"], ready=f"{SILENT}:53")
    server = hub_server(forwards={Fqdn(""): (SILENT,)})
    report = check_with(tmp_path, "hub-spoke", "", server, play(server), beside=[before])
    assert told(report) == [("PED604", "warning")]
    (finding,) = report["findings"]
    assert "10.1.0.99" in finding["evidence"][0]["text"]
