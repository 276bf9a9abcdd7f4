"""What workspaces depend on: that it exists, the names ARM tells of it, and whether the public gets in."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.arm.nodes.reading import (
    enabled,
    endpoints_of,
    envelope,
    host_of,
    hosts_of,
    region,
    resource,
    text_ids,
)
from collectors.arm.shapes import dependencies as shapes
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import AksCluster, Dependency, RegistryReplica

_SCOPE = "microsoft.insights/privatelinkscopes"


def _public_access(told: str | None, rules: shapes.NetworkRulesShape | None) -> bool | None:
    """None where only some get in (the default action denies the others) and where nothing tells."""
    access = enabled(told)
    default = (rules.default_action if rules else None) or ""
    if access is False or (told and access is None):
        return access
    return {"allow": True, "deny": None}.get(default.lower(), access)


def _dependency(
    document: Document,
    shape: shapes.DependencyShape,
    location: str | None,
    hosts: Iterable[Fqdn] = (),
    rules: shapes.NetworkRulesShape | None = None,
) -> Dependency:
    return Dependency(
        id=document.id,
        kind=document.kind,
        location=region(location),
        public_access=_public_access(shape.public_network_access, rules or shape.network_acls),
        endpoints=endpoints_of(shape.private_endpoint_connections),
        hosts=tuple(hosts),
    )


def parse_storage(document: Document) -> Dependency:
    """A storage account. Beside the URLs stand objects with those over other routes, which nothing here uses."""
    body, account = resource(document, shapes.StorageShape)
    urls = (url for _, url in sorted((account.primary_endpoints or {}).items()) if isinstance(url, str))
    return _dependency(document, account, body.location, hosts_of(urls))


def parse_vault(document: Document) -> Dependency:
    """A key vault."""
    body, vault = resource(document, shapes.VaultShape)
    return _dependency(document, vault, body.location, hosts_of([vault.vault_uri]))


def parse_container_registry(document: Document) -> Dependency:
    """A container registry with the names of its data endpoints, where it has dedicated ones."""
    body, registry = resource(document, shapes.ContainerRegistryShape)
    hosts = hosts_of([registry.login_server, *(registry.data_endpoint_host_names or ())])
    return _dependency(document, registry, body.location, hosts, registry.network_rule_set)


def parse_replica(document: Document) -> RegistryReplica:
    """A replica of the container registry above it."""
    return RegistryReplica(id=document.id, registry=document.id.parent, location=region(envelope(document).location))


def parse_ai_services(document: Document) -> Dependency:
    """An AI services account: the endpoint of one without a subdomain is shared by everybody, so no name of its own."""
    body, account = resource(document, shapes.AiServicesShape)
    host = host_of(account.endpoint)
    own = host and account.custom_sub_domain_name and host.startswith(f"{account.custom_sub_domain_name.lower()}.")
    return _dependency(document, account, body.location, (host,) if host and own else ())


def parse_search(document: Document) -> Dependency:
    """A search service."""
    body, service = resource(document, shapes.DependencyShape)
    return _dependency(document, service, body.location)


def _scopes(members: Iterable[shapes.ScopedResourceShape] | None) -> tuple[ArmId, ...]:
    """The scopes of a component. Either field may hold the id, of the scope or of the membership below it."""
    texts = (text for member in members or () for text in (member.scope_id, member.resource_id))
    found: dict[ArmId, None] = {}
    for id in text_ids(text for text in texts if text and text.startswith("/")):
        for scope in (id, id.parent):
            if scope.type.lower() == _SCOPE:
                found[scope] = None
    return tuple(found)


def parse_insights(document: Document) -> Dependency:
    """An Application Insights component: its ingestion is what a workspace needs."""
    body, component = resource(document, shapes.InsightsShape)
    return Dependency(
        id=document.id,
        kind=document.kind,
        location=region(body.location),
        public_access=enabled(component.public_network_access_for_ingestion),
        endpoints=(),
        hosts=(),
        scopes=_scopes(component.private_link_scoped_resources),
    )


def parse_monitor_scope(document: Document) -> Dependency:
    """A private link scope: public as long as one of its modes lets networks reach what is outside of it."""
    body, scope = resource(document, shapes.MonitorScopeShape)
    modes = scope.access_mode_settings or shapes.AccessModesShape()
    told = {mode.lower() for mode in (modes.ingestion_access_mode, modes.query_access_mode) if mode}
    return Dependency(
        id=document.id,
        kind=document.kind,
        location=region(body.location),
        public_access="open" in told if told else None,
        endpoints=endpoints_of(scope.private_endpoint_connections),
        hosts=(),
    )


def parse_cluster(document: Document) -> AksCluster:
    """A Kubernetes cluster; pools without a subnet stand in a network that the service made."""
    body, cluster = resource(document, shapes.ClusterShape)
    subnets = dict.fromkeys(text_ids(pool.vnet_subnet_id for pool in cluster.agent_pool_profiles or ()))
    return AksCluster(id=document.id, location=region(body.location), subnets=tuple(subnets))
