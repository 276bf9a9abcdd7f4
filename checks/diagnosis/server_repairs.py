"""Repairs of what stands between a client and Azure DNS: forwarders, lists of servers, proxies of firewalls."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from checks.diagnosis.repairs import add_forwarder, command, where
from checks.finding import Repair
from checks.resolution.places import CustomServer
from collectors.graph.addresses import split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Change, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import Firewall, FirewallPolicy, NetworkInterface, VirtualNetwork


def redirect_forwarders(server: CustomServer, target: str) -> Repair:
    """Send to `target` whatever a server forwards to 168.63.129.16."""
    forwards = server.declared.forwards or {}
    led = [s for s, targets in forwards.items() if PLATFORM_RESOLVER in {split_target(t)[0] for t in targets}]
    named = add_forwarder(server, led, target)
    names = ", ".join(suffix or "everything else" for suffix in sorted(led))
    text = f"let server {server.address} forward {names} to {target} instead of {PLATFORM_RESOLVER}"
    return replace(named, text=text)


def keep_forwarders(server: CustomServer, suffix: Fqdn, targets: tuple[str, ...]) -> Repair:
    """Let a server forward a suffix to these targets only, and never ask the internet after them."""
    declared = server.declared
    after = replace(declared, forwards={**(declared.forwards or {}), suffix: targets}, forward_mode="only")
    one = add_forwarder(server, (suffix,), targets[0]).command if len(targets) == 1 else ""
    return Repair(
        change=ServerChange(id=server.id, before=declared, after=after),
        text=f"let server {server.address} forward {suffix or 'everything else'} to {', '.join(targets)} only",
        command=one,
    )


def write_local_record(server: CustomServer, name: Fqdn, addresses: tuple[str, ...]) -> Repair:
    """Let a server's own record (a line of a hosts file, local data) hold the right addresses."""
    declared = server.declared
    after = replace(declared, records={**declared.records, name: addresses})
    form = _LOCAL.get(declared.kind, "{0}. 10 IN A {1}")
    return Repair(
        change=ServerChange(id=server.id, before=declared, after=after),
        text=f"let the local record of server {server.address} for {name} hold {', '.join(addresses)}, "
        "or take it away where the server asks Azure DNS",
        command="\n".join(form.format(name, address) for address in addresses),
    )


_LOCAL = {
    "dnsmasq": "host-record={0},{1}",
    "unbound": 'local-data: "{0}. A {1}"',
    "knot-resolver": "hints['{0}'] = '{1}'",
    "coredns": "hosts {{ {1} {0} }}",
    "windows": "Add-DnsServerResourceRecord -A -Name {0} -IPv4Address {1}",
}


def use_servers_of_network(estate: Estate, interface: NetworkInterface) -> Repair:
    """Take an interface's own DNS servers away, so that those of its network count."""
    before = estate.documents[interface.id]
    body: dict[str, Any] = deepcopy(dict(before.body))
    body["properties"]["dnsSettings"] = {**body["properties"].get("dnsSettings", {}), "dnsServers": []}
    return Repair(
        change=Change(id=before.id, before=before, after=replace(before, body=body)),
        text=f"take the DNS servers of interface {interface.id.name} away and restart its machine",
        command=command(
            *("az", "network", "nic", "update", *where(interface.id), "--name", interface.id.name),
            *("--dns-servers", ""),
        ),
    )


def add_platform_server(estate: Estate, network: VirtualNetwork) -> Repair:
    """Let a network's list of DNS servers end with 168.63.129.16."""
    before = estate.documents[network.id]
    servers = [*network.dns_servers, PLATFORM_RESOLVER]
    body: dict[str, Any] = deepcopy(dict(before.body))
    body["properties"]["dhcpOptions"] = {"dnsServers": servers}
    return Repair(
        change=Change(id=before.id, before=before, after=replace(before, body=body)),
        text=f"add {PLATFORM_RESOLVER} as the last DNS server of {network.id.name}",
        command=command(
            *("az", "network", "vnet", "update", *where(network.id), "--name", network.id.name),
            *("--dns-servers", *servers),
        ),
    )


def enable_proxy(estate: Estate, firewall: Firewall) -> Repair | None:
    """Switch a firewall's DNS proxy on; None where its settings were not read, or where its tier has no proxy."""
    if firewall.policy is None:
        return _enable_classic_proxy(estate, firewall)
    policy = estate.get(FirewallPolicy, firewall.policy)
    if policy is None or policy.tier.lower() == "basic":
        return None
    return _with_policy_dns(
        estate,
        policy,
        {"enableProxy": True},
        text=f"switch the DNS proxy of firewall policy {policy.id.name} on",
        options=("--enable-dns-proxy", "true"),
    )


def _enable_classic_proxy(estate: Estate, firewall: Firewall) -> Repair | None:
    if firewall.tier.lower() == "basic":
        return None
    before = estate.documents[firewall.id]
    body: dict[str, Any] = deepcopy(dict(before.body))
    own = body["properties"].get("additionalProperties") or {}
    kept = {key: value for key, value in own.items() if key.lower() != "network.dns.enableproxy"}
    body["properties"]["additionalProperties"] = {**kept, "Network.DNS.EnableProxy": "true"}
    return Repair(
        change=Change(id=before.id, before=before, after=replace(before, body=body)),
        text=f"switch the DNS proxy of firewall {firewall.id.name} on",
        command=command(
            *("az", "network", "firewall", "update", *where(firewall.id), "--name", firewall.id.name),
            *("--enable-dns-proxy", "true"),
        ),
    )


def ask_upstream(estate: Estate, firewall: Firewall, address: str) -> Repair | None:
    """Let a firewall's proxy ask one server instead of Azure DNS; None where no policy of its own was read."""
    policy = estate.get(FirewallPolicy, firewall.policy)
    if policy is None:
        return None
    return _with_policy_dns(
        estate,
        policy,
        {"enableProxy": True, "servers": [address]},
        text=f"let firewall policy {policy.id.name} name {address} as its DNS server",
        options=("--enable-dns-proxy", "true", "--dns-servers", address),
    )


def _with_policy_dns(
    estate: Estate, policy: FirewallPolicy, settings: dict[str, Any], *, text: str, options: Iterable[str]
) -> Repair:
    before = estate.documents[policy.id]
    body: dict[str, Any] = deepcopy(dict(before.body))
    body["properties"]["dnsSettings"] = {"servers": [], **(body["properties"].get("dnsSettings") or {}), **settings}
    return Repair(
        change=Change(id=before.id, before=before, after=replace(before, body=body)),
        text=text,
        command=command(
            *("az", "network", "firewall", "policy", "update", *where(policy.id), "--name", policy.id.name), *options
        ),
    )
