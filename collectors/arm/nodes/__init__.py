"""Documents to nodes, pure. A document that cannot be understood becomes a gap and stays in the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from collectors.arm.nodes import (
    dependencies,
    endpoints,
    firewalls,
    machinelearning,
    networks,
    resolvers,
    sight,
    zones,
)
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.nodes import Node

PARSERS: Mapping[str, Callable[[Document], Node]] = MappingProxyType(
    {
        "subscription": sight.parse_subscription,
        "permissions": sight.parse_permissions,
        "private-endpoint": endpoints.parse_endpoint,
        "private-dns-zone-group": endpoints.parse_zone_group,
        "network-interface": endpoints.parse_interface,
        "virtual-network": networks.parse_network,
        "firewall": firewalls.parse_firewall,
        "firewall-policy": firewalls.parse_policy,
        "virtual-wan": networks.parse_wan,
        "virtual-hub": networks.parse_hub,
        "hub-connection": networks.parse_hub_connection,
        "p2s-gateway": networks.parse_p2s_gateway,
        "network-manager": networks.parse_manager,
        "connectivity-configuration": networks.parse_connectivity,
        "network-group": networks.parse_group,
        "static-member": networks.parse_static_member,
        "gateway-subnet": networks.parse_gateway_subnet,
        "virtual-network-gateway": networks.parse_gateway,
        "private-dns-zone": zones.parse_zone,
        "zone-link": zones.parse_link,
        "record-set": zones.parse_record_set,
        "dns-resolver": resolvers.parse_resolver,
        "inbound-endpoint": resolvers.parse_inbound,
        "outbound-endpoint": resolvers.parse_outbound,
        "forwarding-ruleset": resolvers.parse_ruleset,
        "forwarding-rule": resolvers.parse_rule,
        "ruleset-link": resolvers.parse_ruleset_link,
        "security-policy": resolvers.parse_security_policy,
        "security-rule": resolvers.parse_security_rule,
        "security-policy-link": resolvers.parse_security_link,
        "domain-list": resolvers.parse_domain_list,
        "workspace": machinelearning.parse_workspace,
        "compute": machinelearning.parse_compute,
        "online-endpoint": machinelearning.parse_online_endpoint,
        "workspace-connection": machinelearning.parse_connection,
        "ml-registry": machinelearning.parse_registry,
        "storage-account": dependencies.parse_storage,
        "key-vault": dependencies.parse_vault,
        "container-registry": dependencies.parse_container_registry,
        "container-registry-replica": dependencies.parse_replica,
        "application-insights": dependencies.parse_insights,
        "monitor-scope": dependencies.parse_monitor_scope,
        "ai-services": dependencies.parse_ai_services,
        "search-service": dependencies.parse_search,
        "aks-cluster": dependencies.parse_cluster,
        "virtual-machine": networks.parse_machine,
    }
)
"""How a document of each kind is read."""


def parse_document(document: Document) -> Node | Gap | None:
    """The node of a document; a gap when its shape is wrong; None for a kind that this version does not know."""
    parse = PARSERS.get(document.kind)
    if parse is None:
        return None
    try:
        return parse(document)
    except (msgspec.ValidationError, ValueError) as error:
        return Gap(
            kind=document.kind,
            scope=document.id.text,
            reason=Reason.MALFORMED,
            detail=f"the resource was read but not understood: {error}"[:300],
            action="keep the snapshot and report it",
        )
