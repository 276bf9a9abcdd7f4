"""Calls of `az` that make what experiments need.

A resource is put whole, as ARM has it: other calls add a location to children, which have none, or need extensions.
"""

from __future__ import annotations

import json
from typing import Any

from tests.experiments.model import Step

GROUP = "/subscriptions/$subscription/resourceGroups/$group/providers"
NETWORK, DNS = f"{GROUP}/Microsoft.Network", "2025-05-01"
FAR = f"{NETWORK}/virtualNetworks/far"
FAR_SPACE = "172.31.240.0/24"
FAR_INBOUND = "172.31.240.4"
NOBODY = "172.31.240.250"
_NETWORKS, _ZONES = "2024-05-01", "2024-06-01"
_RESOLVER = f"{NETWORK}/dnsResolvers/far"
_STORAGE = f"{GROUP}/Microsoft.Storage/storageAccounts/dnsx$token"


def made(
    why: str, id: str, version: str, properties: Any, location: str = "$location", key: str = ""
) -> tuple[Step, ...]:
    """One resource, stated as ARM has it, and the wait until it is there; children of others have no location."""
    body = ({"location": location} if location else {}) | {"properties": properties}
    put = ("rest", "--method", "put", "--url", f"{id}?api-version={version}", "--body", json.dumps(body))
    wait = ("resource", "wait", "--created", "--ids", id, "--api-version", version)
    waits = Step(why=f"{why}: until it is there", words=wait, key=f"{key}-state" if key else "")
    return Step(why=why, words=put, key=key), waits


def shown(why: str, key: str, id: str, version: str = _ZONES) -> Step:
    """What ARM says of a resource, as an observation."""
    return Step(why=why, words=("resource", "show", "--ids", id, "--api-version", version), key=key)


def removed(why: str, id: str, version: str = _NETWORKS) -> Step:
    """A resource is deleted."""
    return Step(why=why, words=("resource", "delete", "--ids", id, "--api-version", version))


def zone(name: str, records: dict[str, Any], *networks: str, fallback: bool = False) -> tuple[Step, ...]:
    """A private zone with record sets (`TYPE/name` to properties), linked to networks (`$here` or FAR)."""
    own = f"{NETWORK}/privateDnsZones/{name}"
    policy = {"resolutionPolicy": "NxDomainRedirect"} if fallback else {}
    links = [
        step
        for network in networks
        for step in made(
            f"link {name} to {_short(network)}",
            f"{own}/virtualNetworkLinks/{_short(network)}",
            _ZONES,
            {"virtualNetwork": {"id": network}, "registrationEnabled": False} | policy,
            "global",
        )
    ]
    sets = [  # a record set is there at once and has no state to wait for
        made(f"record {key} of {name}", f"{own}/{key}", _ZONES, {"ttl": 10} | held, "")[0]
        for key, held in records.items()
    ]
    return (*made(f"zone {name}", own, _ZONES, {}, "global"), *sets, *links)


def _short(network: str) -> str:
    return "far" if network == FAR else "here"


def a(address: str) -> dict[str, Any]:
    """The properties of an A record set."""
    return {"aRecords": [{"ipv4Address": address}]}


def cname(target: str) -> dict[str, Any]:
    """The properties of a CNAME record set."""
    return {"cnameRecord": {"cname": target}}


def far_network() -> tuple[Step, ...]:
    """A second network with a resolver: its view is another than this machine's."""
    delegation = [{"name": "dns", "properties": {"serviceName": "Microsoft.Network/dnsResolvers"}}]
    subnets = [
        {"name": "in", "properties": {"addressPrefix": "172.31.240.0/28", "delegations": delegation}},
        {"name": "out", "properties": {"addressPrefix": "172.31.240.16/28", "delegations": delegation}},
        {"name": "endpoints", "properties": {"addressPrefix": "172.31.240.32/27"}},
    ]
    space = {"addressSpace": {"addressPrefixes": [FAR_SPACE]}, "subnets": subnets}
    door = {
        "subnet": {"id": f"{FAR}/subnets/in"},
        "privateIpAddress": FAR_INBOUND,
        "privateIpAllocationMethod": "Static",
    }
    return (
        *made("the second network", FAR, _NETWORKS, space),
        *made("its resolver", _RESOLVER, DNS, {"virtualNetwork": {"id": FAR}}),
        *made("where questions enter", f"{_RESOLVER}/inboundEndpoints/in", DNS, {"ipConfigurations": [door]}),
        *made("where they leave", f"{_RESOLVER}/outboundEndpoints/out", DNS, {"subnet": {"id": f"{FAR}/subnets/out"}}),
    )


def ruleset(name: str, rules: dict[str, tuple[str, int]], key: str = "") -> tuple[Step, ...]:
    """A forwarding ruleset, linked to this machine's network; `rules` maps domains to an address and a port.

    With a `key` the link is an observation.
    """
    own = f"{NETWORK}/dnsForwardingRulesets/{name}"
    leaves = {"dnsResolverOutboundEndpoints": [{"id": f"{_RESOLVER}/outboundEndpoints/out"}]}
    sent = [
        step
        for number, (domain, (address, port)) in enumerate(rules.items())
        for step in made(
            f"rule for {domain}",
            f"{own}/forwardingRules/rule-{number}",
            DNS,
            {
                "domainName": domain,
                "targetDnsServers": [{"ipAddress": address, "port": port}],
                "forwardingRuleState": "Enabled",
            },
            "",
        )
    ]
    link = {"virtualNetwork": {"id": "$here"}}
    linked = made(f"link ruleset {name} to here", f"{own}/virtualNetworkLinks/here", DNS, link, "", key)
    return (*made(f"ruleset {name}", own, DNS, leaves), *sent, *linked)


def peering() -> tuple[Step, ...]:
    """Both networks become peers. The half in this machine's network lies outside the group: see `unpeering`."""
    ways = {"the second network": (FAR, "$here"), "this machine's network": ("$here", FAR)}
    return tuple(
        step
        for told, (start, end) in ways.items()
        for step in made(
            f"peering from {told}",
            f"{start}/virtualNetworkPeerings/dnsx-$token",
            _NETWORKS,
            {"remoteVirtualNetwork": {"id": end}, "allowVirtualNetworkAccess": True, "allowForwardedTraffic": True},
            "",
        )
    )


def unpeering() -> tuple[Step, ...]:
    """The half of the peering that does not go with the group."""
    return (removed("remove the peering from this machine's network", "$here/virtualNetworkPeerings/dnsx-$token"),)


def policy(name: str, domain: str, network: str) -> tuple[Step, ...]:
    """A DNS security policy of a network that blocks one domain and what is below it."""
    own, listed = f"{NETWORK}/dnsResolverPolicies/{name}", f"{NETWORK}/dnsResolverDomainLists/{name}"
    rule = {
        "priority": 100,
        "action": {"actionType": "Block"},
        "dnsResolverDomainLists": [{"id": listed}],
        "dnsSecurityRuleState": "Enabled",
    }
    return (
        *made(f"list of {domain}", listed, DNS, {"domains": [domain]}),
        *made(f"security policy {name}", own, DNS, {}),
        *made(f"block {domain}", f"{own}/dnsSecurityRules/block", DNS, rule),
        *made(
            f"link {name} to {_short(network)}",
            f"{own}/virtualNetworkLinks/{_short(network)}",
            DNS,
            {"virtualNetwork": {"id": network}},
        ),
    )


def storage() -> Step:
    """A service whose public name becomes an alias as soon as it has a private endpoint."""
    words = ("--name", "dnsx$token", "--resource-group", "$group", "--location", "$location", "--sku", "Standard_LRS")
    access = ("--allow-blob-public-access", "false", "--subscription", "$subscription")
    return Step(why="a storage account", words=("storage", "account", "create", *words, *access))


def endpoint(name: str, address: str, zone: str) -> tuple[Step, ...]:
    """A private endpoint of the storage account in the second network, and its zone group."""
    own = f"{NETWORK}/privateEndpoints/{name}"
    connection = {"name": name, "properties": {"privateLinkServiceId": _STORAGE, "groupIds": ["blob"]}}
    chosen = {"groupId": "blob", "memberName": "blob", "privateIPAddress": address}
    properties = {
        "subnet": {"id": f"{FAR}/subnets/endpoints"},
        "privateLinkServiceConnections": [connection],
        "ipConfigurations": [{"name": name, "properties": chosen}],
    }
    config = {"name": "blob", "properties": {"privateDnsZoneId": f"{NETWORK}/privateDnsZones/{zone}"}}
    group = {"privateDnsZoneConfigs": [config]}
    return (
        *made(f"private endpoint {name}", own, _NETWORKS, properties),
        *made(f"zone group of {name}", f"{own}/privateDnsZoneGroups/default", _NETWORKS, group, ""),
    )
