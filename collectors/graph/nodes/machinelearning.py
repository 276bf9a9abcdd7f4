"""Machine Learning workspaces, what they are made of, and what they depend on."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import ArmId, Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Machine Learning workspace; `guid` is its `workspaceId`, the stem of its names.

    `kind` is `Default`, `Hub`, `Project` or `FeatureStore`; a project has a `hub`, a hub its `projects`.
    `public_access` None: not told. `isolation` is the managed network's mode, `""` without one. `dependencies`
    are the storage account, key vault, container registry and Application Insights component behind it.
    """

    id: ArmId
    guid: str
    location: str
    kind: str
    notebook_fqdn: Fqdn | None
    discovery_host: Fqdn | None
    public_access: bool | None
    endpoints: tuple[ArmId, ...]
    hub: ArmId | None = None
    projects: tuple[ArmId, ...] = ()
    isolation: str = ""
    v1_legacy: bool = False
    dependencies: tuple[ArmId, ...] = ()
    provisioning_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """A compute of a workspace; `type` as `ComputeInstance`, `AmlCompute`, `AKS`, `Kubernetes`.

    `attached` is the cluster behind an attached one, `hosts` the names of an instance's applications. `ssh`: people
    may connect to an instance by SSH.
    """

    id: ArmId
    workspace: ArmId
    location: str
    type: str
    state: str
    subnet: ArmId | None
    attached: ArmId | None
    address: str
    hosts: tuple[Fqdn, ...]
    provisioning_state: str
    ssh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineEndpoint:
    """An online endpoint; `host` is that of its scoring URI, None while it is being created."""

    id: ArmId
    workspace: ArmId
    location: str
    kind: str
    host: Fqdn | None
    public_access: bool | None
    provisioning_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceConnection:
    """A connection from a workspace to something else; `target` None: not an Azure resource."""

    id: ArmId
    workspace: ArmId
    category: str
    target: ArmId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MlRegistry:
    """A Machine Learning registry: its regions, and the storage accounts and registries behind it."""

    id: ArmId
    location: str
    regions: tuple[str, ...]
    public_access: bool | None
    endpoints: tuple[ArmId, ...]
    dependencies: tuple[ArmId, ...]
    discovery_host: Fqdn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """Something a workspace depends on, of the kind `kind`: that it exists, and whether the public gets in.

    `hosts` are the names it is reached by as far as ARM tells them. `scopes` are the Azure Monitor private link
    scopes of an Application Insights component.
    """

    id: ArmId
    kind: str
    location: str
    public_access: bool | None
    endpoints: tuple[ArmId, ...]
    hosts: tuple[Fqdn, ...]
    scopes: tuple[ArmId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReplica:
    """A replica of a container registry: its region has a data name of its own."""

    id: ArmId
    registry: ArmId
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AksCluster:
    """A Kubernetes cluster that a workspace uses; its nodes ask from `subnets`."""

    id: ArmId
    location: str
    subnets: tuple[ArmId, ...]
