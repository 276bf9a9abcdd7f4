"""Azure firewalls and their policies: either may tell whether the firewall answers DNS, and whom it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.arm.nodes.reading import addresses_of, id_of, ids_of, properties, region, resource
from collectors.arm.shapes import networks as shapes
from collectors.graph.documents import Document
from collectors.graph.nodes import Firewall, FirewallPolicy

_PROXY, _SERVERS = "network.dns.enableproxy", "network.dns.servers"


def _addresses(firewall: shapes.FirewallShape) -> tuple[str, ...]:
    in_hub = firewall.hub_ip_addresses.private_ip_address if firewall.hub_ip_addresses else None
    in_network = (c.properties.private_ip_address for c in firewall.ip_configurations or () if c.properties)
    return tuple(dict.fromkeys(addresses_of((in_hub, *in_network))))


def _classic_dns(settings: Mapping[str, Any] | None) -> tuple[bool, tuple[str, ...]]:
    """Proxy and servers of a firewall without a policy: people's templates write the keys and values in any case."""
    by_key = {key.lower(): value for key, value in (settings or {}).items()}
    servers = by_key.get(_SERVERS) or ""
    if not isinstance(servers, str):
        raise ValueError(f"{_SERVERS} is not text")
    return str(by_key.get(_PROXY)).lower() == "true", addresses_of(text.strip() for text in servers.split(","))


def parse_firewall(document: Document) -> Firewall:
    """A firewall in a network or in a virtual hub."""
    body, firewall = resource(document, shapes.FirewallShape)
    subnets = ids_of(c.properties.subnet for c in firewall.ip_configurations or () if c.properties)
    proxy, servers = _classic_dns(firewall.additional_properties)
    return Firewall(
        id=document.id,
        location=region(body.location),
        addresses=_addresses(firewall),
        subnet=next(iter(subnets), None),
        hub=id_of(firewall.virtual_hub),
        policy=id_of(firewall.firewall_policy),
        tier=(firewall.sku.tier if firewall.sku else None) or "",
        proxy=proxy,
        dns_servers=servers,
    )


def parse_policy(document: Document) -> FirewallPolicy:
    """A firewall policy. Settings that name neither a proxy nor a server say nothing of DNS, like missing ones."""
    policy = properties(document, shapes.FirewallPolicyShape)
    dns = policy.dns_settings or shapes.PolicyDnsShape()
    servers = addresses_of(dns.servers)
    silent = dns.enable_proxy is None and not servers
    return FirewallPolicy(
        id=document.id,
        base=id_of(policy.base_policy),
        tier=(policy.sku.tier if policy.sku else None) or "",
        proxy=None if silent else bool(dns.enable_proxy),
        dns_servers=servers,
    )
