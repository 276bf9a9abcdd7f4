"""Azure firewalls and their policies. A classic firewall keeps its DNS settings in `additionalProperties`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.lab.builders.common import Body, Group, bare_etag, document, name_of, weak_etag
from collectors.graph.documents import Document

_FIREWALL = "Microsoft.Network/azureFirewalls"
_POLICY = "Microsoft.Network/firewallPolicies"


def firewall_id(group: Group, name: str) -> str:
    """The id of an Azure firewall."""
    return group.id(_FIREWALL, name)


def firewall_policy_id(group: Group, name: str) -> str:
    """The id of a firewall policy."""
    return group.id(_POLICY, name)


def firewall(group: Group, name: str, subnet: str, address: str, *, policy: str) -> Document:
    """A firewall in a network, ruled by a policy (an id)."""
    own = firewall_id(group, name)
    properties = _in_network(own, subnet, address) | {"firewallPolicy": {"id": policy}, "additionalProperties": {}}
    return _firewall(group, own, properties)


def classic_firewall(
    group: Group, name: str, subnet: str, address: str, settings: Mapping[str, str] | None = None
) -> Document:
    """A firewall in a network with rules and `settings` of its own, as `Network.DNS.EnableProxy`."""
    own = firewall_id(group, name)
    rules: Body = {f"{kind}RuleCollections": [] for kind in ("network", "application", "nat")}
    properties = _in_network(own, subnet, address) | {"additionalProperties": dict(settings or {})} | rules
    return _firewall(group, own, properties)


def hub_firewall(group: Group, name: str, hub: str, address: str, *, policy: str) -> Document:
    """The firewall of a virtual hub (an id), ruled by a policy (an id)."""
    properties: Body = {
        "sku": {"name": "AZFW_Hub", "tier": "Standard"},
        "threatIntelMode": "Alert",
        "virtualHub": {"id": hub},
        "firewallPolicy": {"id": policy},
        "hubIPAddresses": {
            "publicIPs": {"addresses": [{"address": "203.0.113.250"}], "count": 1},
            "privateIPAddress": address,
        },
        "additionalProperties": {},
    }
    return _firewall(group, firewall_id(group, name), properties)


def _in_network(own: str, subnet: str, address: str) -> Body:
    configuration = {
        "name": "ipconfig1",
        "id": f"{own}/azureFirewallIpConfigurations/ipconfig1",
        "etag": weak_etag(own),
        "type": f"{_FIREWALL}/azureFirewallIpConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": subnet},
        },
    }
    return {
        "sku": {"name": "AZFW_VNet", "tier": "Standard"},
        "threatIntelMode": "Alert",
        "ipConfigurations": [configuration],
    }


def _firewall(group: Group, own: str, properties: Body) -> Document:
    return document(
        "firewall",
        {
            "name": name_of(own),
            "id": own,
            "etag": weak_etag(own),
            "type": _FIREWALL,
            "location": group.region,
            "properties": {"provisioningState": "Succeeded"} | properties,
        },
    )


def firewall_policy(
    group: Group,
    name: str,
    *,
    proxy: bool | None = None,
    servers: Sequence[str] = (),
    base: str = "",
    children: Sequence[str] = (),
    firewalls: Sequence[str] = (),
) -> Document:
    """A policy; `proxy` None: it has no DNS settings at all. `base`, `children`, `firewalls` are ids."""
    own = firewall_policy_id(group, name)
    properties: Body = {"sku": {"tier": "Standard"}, "threatIntelMode": "Alert"}
    if base:
        properties["basePolicy"] = {"id": base}
    properties["childPolicies"] = [{"id": id} for id in children]
    properties["ruleCollectionGroups"] = []
    properties["firewalls"] = [{"id": id} for id in firewalls]
    if proxy is not None:
        properties["dnsSettings"] = {"servers": list(servers), "enableProxy": proxy}
    return document(
        "firewall-policy",
        {
            "properties": properties | {"provisioningState": "Succeeded"},
            "id": own,
            "name": name,
            "type": "Microsoft.Network/FirewallPolicies",  # not as in the id
            "etag": bare_etag(own),
            "location": group.region,
        },
    )
