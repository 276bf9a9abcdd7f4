"""Configuration of every kind of custom server but BIND, whose views belong to those who use them.

Written from what a server holds and forwards. It shares nothing with the model that real servers are compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.graph.declared import DeclaredServer

Files = dict[str, str]
Forwards = Mapping[str, Sequence[str]]
"""Suffix (`""`: everything) -> addresses."""

KINDS = ("bind", "unbound", "pdns-recursor", "dnsmasq", "knot-resolver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The only root server: its name with a trailing dot, and its address."""

    name: str
    address: str

    @property
    def hints(self) -> str:
        """A hints file."""
        return f". 3600000 IN NS {self.name}\n{self.name} 3600000 IN A {self.address}\n"


def files_of(server: DeclaredServer, forwards: Forwards, root: Root) -> Files:
    """The files of its directory. Raises KeyError for a kind that has no writer here."""
    return _WRITERS[server.kind](server, forwards, root)


def zone_text(zone: str, soa: str, lines: Iterable[str]) -> str:
    """A zone file in which every record but the name servers has TTL 0."""
    origin = f"{zone}." if zone else "."
    return "\n".join([f"$ORIGIN {origin}", "$TTL 0", f"@ SOA {soa}", f"@ 3600 NS {soa.split()[0]}", *lines, ""])


_NOBODYS_KEY = "1 8 2 " + "00" * 32
"""Whoever trusts it finds nothing below the name to be signed by it."""


def _anchored(server: DeclaredServer, forwards: Forwards) -> list[str]:
    """The suffixes whose answers a server must find signed; dnsmasq is not asked to."""
    return [suffix for suffix in forwards if suffix] if server.rejects_unsigned else []


def _unbound(server: DeclaredServer, forwards: Forwards, root: Root) -> Files:
    lines = [
        "server:",
        '  directory: "."',
        '  chroot: ""',
        '  username: ""',
        '  pidfile: ""',
        f"  interface: {server.address}",
        "  do-ip6: no",
        "  use-syslog: no",
        '  logfile: ""',
        "  num-threads: 1",
        "  access-control: 0.0.0.0/0 allow",
        "  do-not-query-localhost: no",
        f'  module-config: "{"validator iterator" if server.rejects_unsigned else "iterator"}"',
        *(f'  trust-anchor: "{suffix}. DS {_NOBODYS_KEY}"' for suffix in _anchored(server, forwards)),
        '  root-hints: "hints"',
    ]
    for name, values in server.records.items():
        lines += [f'  local-data: "{name}. 0 A {value}"' for value in values]
    lines += ["remote-control:", "  control-enable: no"]
    for zone, targets in forwards.items():
        lines += ["forward-zone:", f'  name: "{zone}."', *(f"  forward-addr: {target}" for target in targets)]
    return {"unbound.conf": "\n".join([*lines, ""]), "hints": root.hints}


def _recursor(server: DeclaredServer, forwards: Forwards, root: Root) -> Files:
    anchors = [f'addTA("{suffix}", "{_NOBODYS_KEY}")\n' for suffix in _anchored(server, forwards)]
    files = {"hints": root.hints, "anchors.lua": "".join(anchors)}
    lines = [
        "config-dir=.",
        "socket-dir=.",
        f"local-address={server.address}",
        "allow-from=0.0.0.0/0",
        "dont-query=",
        "security-poll-suffix=",
        f"dnssec={'validate' if server.rejects_unsigned else 'off'}",
        "lua-config-file=anchors.lua",
        "threads=1",
        "hint-file=hints",
        "disable-packetcache=yes",
        "minimum-ttl-override=0",
        "max-negative-ttl=0",
        "extended-resolution-errors=yes",
    ]
    if forwards:
        rules = (f"{zone or '.'}={';'.join(targets)}" for zone, targets in forwards.items())
        lines.append("forward-zones-recurse=" + ",".join(rules))
    zones = []
    for number, (name, values) in enumerate(server.records.items()):
        files[f"own-{number}"] = zone_text(name, f"{name}. {name}. 1 60 60 60 0", [f"@ A {v}" for v in values])
        zones.append(f"{name}=own-{number}")
    if zones:
        lines.append("auth-zones=" + ",".join(zones))
    return {"recursor.conf": "\n".join([*lines, ""]), **files}


def _dnsmasq(server: DeclaredServer, forwards: Forwards, root: Root) -> Files:
    del root  # it asks nobody by itself
    lines = [
        f"listen-address={server.address}",
        "bind-interfaces",
        "no-resolv",
        "no-hosts",
        "pid-file=",
        "user=",
        "group=",
        "log-facility=-",
        "cache-size=0",
        "dns-forward-max=10000",
    ]
    for zone, targets in forwards.items():
        lines += [f"server=/{zone}/{target}" if zone else f"server={target}" for target in targets]
    lines += [f"host-record={name},{value}" for name, values in server.records.items() for value in values]
    return {"dnsmasq.conf": "\n".join([*lines, ""])}


def _knot_resolver(server: DeclaredServer, forwards: Forwards, root: Root) -> Files:
    lines = [
        "net.ipv6 = false",
        f"net.listen('{server.address}', 53, {{ kind = 'dns' }})",
        "trust_anchors.remove('.')",
        *(f"trust_anchors.add('{suffix}. DS {_NOBODYS_KEY}')" for suffix in _anchored(server, forwards)),
        *(
            f"modules.unload('{name}')"
            for name in ("ta_update", "ta_signal_query", "priming", "detect_time_skew", "detect_time_jump")
        ),
        "cache.size = 10 * MB",
        "cache.min_ttl(0)",
        "cache.max_ttl(1)",
        "modules.load('hints > iterate')",
        "hints.root_file('hints')",
    ]
    if server.records:
        lines += [f"hints.set('{name} {value}')" for name, values in server.records.items() for value in values]
        lines.append("hints.ttl(0)")
    lines.append("policy.add(policy.all(policy.FLAGS({'NO_CACHE'})))")
    # the first policy that fits decides: longest suffix first
    for zone in sorted(forwards, key=lambda zone: -len(zone.split(".")) if zone else 0):
        targets = ", ".join(f"'{target}'" for target in forwards[zone])
        action = f"policy.FORWARD({{{targets}}})"
        lines.append(
            f"policy.add(policy.suffix({action}, policy.todnames({{'{zone}.'}})))"
            if zone
            else f"policy.add(policy.all({action}))"
        )
    return {"kresd.conf": "\n".join([*lines, ""]), "hints": root.hints}


_WRITERS = {
    "unbound": _unbound,
    "pdns-recursor": _recursor,
    "dnsmasq": _dnsmasq,
    "knot-resolver": _knot_resolver,
}
