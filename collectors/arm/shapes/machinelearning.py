"""The shapes of Machine Learning workspaces and what they are made of."""

from __future__ import annotations

from typing import Any

from collectors.arm.shapes.common import EndpointConnectionShape, Reference, Shape


class NotebookInfoShape(Shape):
    """The notebooks name, already cut to fit."""

    fqdn: str | None = None


class ManagedNetworkShape(Shape):
    """A workspace's managed network: its mode is `Disabled` where there is none."""

    isolation_mode: str | None = None


class WorkspaceShape(Shape):
    """A Machine Learning workspace; what it was made with stands here as plain ids."""

    workspace_id: str | None = None
    public_network_access: str | None = None
    allow_public_access_when_behind_vnet: bool | None = None
    notebook_info: NotebookInfoShape | None = None
    discovery_url: str | None = None
    hub_resource_id: str | None = None
    associated_workspaces: list[str] | None = None
    v1_legacy_mode: bool | None = None
    managed_network: ManagedNetworkShape | None = None
    storage_account: str | None = None
    key_vault: str | None = None
    container_registry: str | None = None
    application_insights: str | None = None
    private_endpoint_connections: list[EndpointConnectionShape] | None = None
    provisioning_state: str | None = None


class ApplicationShape(Shape):
    """One application of a compute instance."""

    endpoint_uri: str | None = None


class ConnectivityEndpointsShape(Shape):
    """The addresses of a compute instance."""

    private_ip_address: str | None = None


class SshSettingsShape(Shape):
    """How an instance may be reached by SSH."""

    ssh_public_access: str | None = None


class ComputeDetailShape(Shape):
    """What depends on the type of a compute."""

    state: str | None = None
    subnet: Reference | None = None
    connectivity_endpoints: ConnectivityEndpointsShape | None = None
    ssh_settings: SshSettingsShape | None = None
    applications: list[ApplicationShape] | None = None


class ComputeShape(Shape):
    """A compute; what depends on its type is nested once more."""

    compute_type: str | None = None
    resource_id: str | None = None
    properties: ComputeDetailShape | None = None
    provisioning_state: str | None = None


class OnlineEndpointShape(Shape):
    """An online endpoint: without a scoring URI while it is being created."""

    scoring_uri: str | None = None
    public_network_access: str | None = None
    provisioning_state: str | None = None


class ConnectionShape(Shape):
    """A connection of a workspace; the metadata are whatever its maker wrote."""

    category: str | None = None
    metadata: dict[str, Any] | None = None


class ArmResourceShape(Shape):
    """A reference of a registry."""

    resource_id: str | None = None


class AccountShape(Shape):
    """A storage account or container registry behind a registry."""

    arm_resource_id: ArmResourceShape | None = None


class AcrDetailShape(Shape):
    """A container registry behind a registry, made by the service or by its owner."""

    system_created_acr_account: AccountShape | None = None
    user_created_acr_account: AccountShape | None = None


class StorageDetailShape(Shape):
    """A storage account behind a registry, made by the service or by its owner."""

    system_created_storage_account: AccountShape | None = None
    user_created_storage_account: AccountShape | None = None


class RegionShape(Shape):
    """One region of a registry."""

    location: str | None = None
    acr_details: list[AcrDetailShape] | None = None
    storage_account_details: list[StorageDetailShape] | None = None


class RegistryShape(Shape):
    """A Machine Learning registry."""

    discovery_url: str | None = None
    public_network_access: str | None = None
    registry_private_endpoint_connections: list[EndpointConnectionShape] | None = None
    region_details: list[RegionShape] | None = None
