"""Machine Learning workspaces, registries, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors.arm.nodes.reading import (
    addresses_of,
    enabled,
    endpoints_of,
    host_of,
    hosts_of,
    id_of,
    properties,
    region,
    resource,
    text_id,
    text_ids,
)
from collectors.arm.shapes import machinelearning as shapes
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, fqdn
from collectors.graph.nodes import Compute, MlRegistry, OnlineEndpoint, Workspace, WorkspaceConnection


def _isolation(network: shapes.ManagedNetworkShape | None) -> str:
    mode = (network.isolation_mode if network else None) or ""
    return "" if mode.lower() == "disabled" else mode


def _public_access(workspace: shapes.WorkspaceShape) -> bool | None:
    told = enabled(workspace.public_network_access)
    # The flag of old api-versions can only widen: without an endpoint, false meant public all the same.
    return True if told is None and workspace.allow_public_access_when_behind_vnet else told


def parse_workspace(document: Document) -> Workspace:
    """A workspace, hub or project."""
    body, workspace = resource(document, shapes.WorkspaceShape)
    notebook = workspace.notebook_info.fqdn if workspace.notebook_info else None
    made_with = (
        workspace.storage_account,
        workspace.key_vault,
        workspace.container_registry,
        workspace.application_insights,
    )
    return Workspace(
        id=document.id,
        guid=(workspace.workspace_id or "").lower(),
        location=region(body.location),
        kind=body.kind or "Default",
        notebook_fqdn=fqdn(notebook) if notebook else None,
        discovery_host=host_of(workspace.discovery_url),
        public_access=_public_access(workspace),
        endpoints=endpoints_of(workspace.private_endpoint_connections),
        hub=text_id(workspace.hub_resource_id),
        projects=text_ids(workspace.associated_workspaces),
        isolation=_isolation(workspace.managed_network),
        v1_legacy=bool(workspace.v1_legacy_mode),
        dependencies=text_ids(made_with),
        provisioning_state=workspace.provisioning_state or "",
    )


def parse_compute(document: Document) -> Compute:
    """A compute of the workspace above it; what depends on its type is nested once more."""
    body, compute = resource(document, shapes.ComputeShape)
    detail = compute.properties or shapes.ComputeDetailShape()
    ends = detail.connectivity_endpoints or shapes.ConnectivityEndpointsShape()
    return Compute(
        id=document.id,
        workspace=document.id.parent,
        location=region(body.location),
        type=compute.compute_type or "",
        state=detail.state or "",
        subnet=id_of(detail.subnet),
        attached=text_id(compute.resource_id),
        address=next(iter(addresses_of([ends.private_ip_address])), ""),
        hosts=hosts_of(application.endpoint_uri for application in detail.applications or ()),
        provisioning_state=compute.provisioning_state or "",
        ssh=bool(detail.ssh_settings and (detail.ssh_settings.ssh_public_access or "").lower() == "enabled"),
    )


def parse_online_endpoint(document: Document) -> OnlineEndpoint:
    """An online endpoint of the workspace above it."""
    body, endpoint = resource(document, shapes.OnlineEndpointShape)
    return OnlineEndpoint(
        id=document.id,
        workspace=document.id.parent,
        location=region(body.location),
        kind=body.kind or "",
        host=host_of(endpoint.scoring_uri),
        public_access=enabled(endpoint.public_network_access),
        provisioning_state=endpoint.provisioning_state or "",
    )


def _target(metadata: Mapping[str, Any] | None) -> ArmId | None:
    """The id that a connection's maker left; anything else there is no fault, for nobody checks what they write."""
    text = next((value for key, value in (metadata or {}).items() if key.lower() == "resourceid"), None)
    try:
        return text_id(text) if isinstance(text, str) else None
    except ValueError:
        return None


def parse_connection(document: Document) -> WorkspaceConnection:
    """A connection of the workspace above it."""
    connection = properties(document, shapes.ConnectionShape)
    return WorkspaceConnection(
        id=document.id,
        workspace=document.id.parent,
        category=connection.category or "",
        target=_target(connection.metadata),
    )


def _accounts(regions: list[shapes.RegionShape]) -> Iterator[shapes.AccountShape | None]:
    for place in regions:
        for acr in place.acr_details or ():
            yield from (acr.system_created_acr_account, acr.user_created_acr_account)
        for storage in place.storage_account_details or ():
            yield from (storage.system_created_storage_account, storage.user_created_storage_account)


def parse_registry(document: Document) -> MlRegistry:
    """A registry with its regions, and the accounts behind it in all of them."""
    body, registry = resource(document, shapes.RegistryShape)
    regions = registry.region_details or []
    behind = text_ids(a.arm_resource_id.resource_id for a in _accounts(regions) if a and a.arm_resource_id)
    return MlRegistry(
        id=document.id,
        location=region(body.location),
        regions=tuple(dict.fromkeys(region(place.location) for place in regions if place.location)),
        public_access=enabled(registry.public_network_access),
        endpoints=endpoints_of(registry.registry_private_endpoint_connections),
        dependencies=tuple(dict.fromkeys(behind)),
        discovery_host=host_of(registry.discovery_url),
    )
