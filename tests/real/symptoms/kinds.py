"""Configuration of the custom DNS server of a cell, for each of the five kinds: as shipped but for what a lab needs.

Caches, retries and timeouts are left as they come: they are what the table is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.differential.configuration import Process

BIND, UNBOUND, RECURSOR, DNSMASQ, KRESD = "bind", "unbound", "pdns-recursor", "dnsmasq", "knot-resolver"
KINDS = (BIND, UNBOUND, RECURSOR, DNSMASQ, KRESD)
ROOT_SERVER = "ns.example.org."
Files = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """A custom server before it has an address.

    `forwards` maps zones (`""` is the root) to addresses; `root` is the root server's address, `""` for none.
    `settings` are lines of its own language: among the options, and (`blocks`) after them. `{self}` is its address.
    """

    kind: str
    forwards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    root: str = ""
    first: bool = False
    settings: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    validates: bool = False


def process_of(custom: Custom, address: str, name: str) -> Process:
    """The process of a custom server at an address."""
    files = {file: text.replace("{self}", address) for file, text in _WRITERS[custom.kind](custom).items()}
    if custom.root:
        files["hints"] = f". 3600000 IN NS {ROOT_SERVER}\n{ROOT_SERVER} 3600000 IN A {custom.root}\n"
    return Process(name=name, kind=custom.kind, files={**files, **custom.files}, addresses=(address,))


def _bind(custom: Custom) -> Files:
    mode = "first" if custom.first else "only"
    options = [
        'directory "."; pid-file "named.pid"; session-keyfile "session.key"; managed-keys-directory ".";',
        "listen-on port 53 { {self}; }; listen-on-v6 { none; }; recursion yes; notify no;",
        *([] if custom.validates else ["dnssec-validation no;"]),
        *custom.settings,
    ]
    if not any("allow-query" in line for line in custom.settings):
        options.append("allow-query { any; }; allow-recursion { any; }; allow-query-cache { any; };")
    blocks = list(custom.blocks)
    for zone, targets in custom.forwards.items():
        to = f"forward {mode}; forwarders {{ {' '.join(f'{target};' for target in targets)} }};"
        if zone:
            blocks.append(f'zone "{zone}" {{ type forward; {to} }};')
        else:
            options.append(to)
    if custom.root:
        blocks.append('zone "." { type hint; file "hints"; };')
    return {"named.conf": "\n".join(["controls { };", "options {", *options, "};", *blocks, ""])}


def _unbound(custom: Custom) -> Files:
    lines = [
        "server:",
        'directory: "."',
        'chroot: ""',
        'username: ""',
        'pidfile: ""',
        "interface: {self}",
        "do-ip6: no",
        "use-syslog: no",
        'logfile: ""',
        "do-not-query-localhost: no",
        "ede: yes",
        f'module-config: "{"validator iterator" if custom.validates else "iterator"}"',
        *(['root-hints: "hints"'] if custom.root else []),
        *custom.settings,
    ]
    if not any("access-control" in line for line in custom.settings):
        lines.append("access-control: 0.0.0.0/0 allow")
    for zone, targets in custom.forwards.items():
        lines += ["forward-zone:", f'name: "{zone}."', *(f"forward-addr: {target}" for target in targets)]
        lines += ["forward-first: yes"] if custom.first else []
    return {"unbound.conf": "\n".join([*lines, *custom.blocks, "remote-control:", "control-enable: no", ""])}


def _recursor(custom: Custom) -> Files:
    lines = [
        "config-dir=.",
        "socket-dir=.",
        "local-address={self}",
        "dont-query=",
        "security-poll-suffix=",
        "extended-resolution-errors=yes",
        "threads=1",
        *([] if custom.validates else ["dnssec=off"]),
        *(["hint-file=hints"] if custom.root else []),
        *custom.settings,
    ]
    if not any(line.startswith("allow-from") for line in custom.settings):
        lines.append("allow-from=0.0.0.0/0")
    if custom.forwards:
        rules = (f"{zone or '.'}={';'.join(targets)}" for zone, targets in custom.forwards.items())
        lines.append("forward-zones-recurse=" + ",".join(rules))
    return {"recursor.conf": "\n".join([*lines, ""])}


def _dnsmasq(custom: Custom) -> Files:
    lines = ["listen-address={self}", "bind-interfaces", "no-resolv", "no-hosts", "pid-file=", "user=", "group="]
    lines += ["log-facility=-", *custom.settings]
    for zone, targets in custom.forwards.items():
        lines += [f"server=/{zone}/{target}" if zone else f"server={target}" for target in targets]
    return {"dnsmasq.conf": "\n".join([*lines, ""])}


def _knot_resolver(custom: Custom) -> Files:
    unwanted = ("ta_update", "ta_signal_query", "priming", "detect_time_skew", "detect_time_jump")
    lines = [
        "net.ipv6 = false",
        "net.listen('{self}', 53, { kind = 'dns' })",
        *([] if custom.validates else ["trust_anchors.remove('.')"]),
        *(f"modules.unload('{name}')" for name in unwanted),
        "cache.size = 10 * MB",
        *(["modules.load('hints > iterate')", "hints.root_file('hints')"] if custom.root else []),
        *custom.settings,
    ]
    # the first policy that fits decides: longest suffix first
    for zone in sorted(custom.forwards, key=len, reverse=True):
        to = "policy.FORWARD({" + ", ".join(f"'{target}'" for target in custom.forwards[zone]) + "})"
        lines.append(
            f"policy.add(policy.suffix({to}, policy.todnames({{'{zone}.'}})))"
            if zone
            else f"policy.add(policy.all({to}))"
        )
    return {"kresd.conf": "\n".join([*lines, *custom.blocks, ""])}


_WRITERS = {BIND: _bind, UNBOUND: _unbound, RECURSOR: _recursor, DNSMASQ: _dnsmasq, KRESD: _knot_resolver}
