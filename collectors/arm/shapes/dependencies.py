"""The shapes of what workspaces depend on: each provider has its own words for names and for the public."""

from __future__ import annotations

from typing import Any

import msgspec

from collectors.arm.shapes.common import EndpointConnectionShape, Shape


class NetworkRulesShape(Shape):
    """The firewall of a service: what happens to traffic that no rule names."""

    default_action: str | None = None


class DependencyShape(Shape):
    """What all of them share."""

    public_network_access: str | None = None
    private_endpoint_connections: list[EndpointConnectionShape] | None = None
    network_acls: NetworkRulesShape | None = None


class StorageShape(DependencyShape):
    """A storage account: a URL for each service, and objects of more URLs beside them."""

    primary_endpoints: dict[str, Any] | None = None


class VaultShape(DependencyShape):
    """A key vault."""

    vault_uri: str | None = None


class ContainerRegistryShape(DependencyShape):
    """A container registry; without dedicated data endpoints the list of their names is empty or missing."""

    login_server: str | None = None
    data_endpoint_host_names: list[str] | None = None
    network_rule_set: NetworkRulesShape | None = None


class AiServicesShape(DependencyShape):
    """An AI services account; without a subdomain of its own, its endpoint is the one that everybody shares."""

    endpoint: str | None = None
    custom_sub_domain_name: str | None = None


class ScopedResourceShape(Shape):
    """Membership in a private link scope; capital letters as Application Insights writes them."""

    resource_id: str | None = msgspec.field(default=None, name="ResourceId")
    scope_id: str | None = msgspec.field(default=None, name="ScopeId")


class InsightsShape(Shape):
    """An Application Insights component."""

    public_network_access_for_ingestion: str | None = None
    private_link_scoped_resources: list[ScopedResourceShape] | None = msgspec.field(
        default=None, name="PrivateLinkScopedResources"
    )


class AccessModesShape(Shape):
    """Whether networks with the scope still reach what is outside of it."""

    ingestion_access_mode: str | None = None
    query_access_mode: str | None = None


class MonitorScopeShape(DependencyShape):
    """An Azure Monitor private link scope."""

    access_mode_settings: AccessModesShape | None = None


class AgentPoolShape(Shape):
    """A node pool; the subnet is null where the service made the network."""

    vnet_subnet_id: str | None = msgspec.field(default=None, name="vnetSubnetID")


class ClusterShape(Shape):
    """A Kubernetes cluster."""

    agent_pool_profiles: list[AgentPoolShape] | None = None
