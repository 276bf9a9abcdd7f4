"""1xx: what workspaces depend on, and whether they can use its private endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Claim, check
from checks.context import Context
from checks.diagnosis import endpoint_repairs
from checks.finding import Level, Proof, Violation
from checks.names.expected import owner, workspace_endpoints
from checks.resolution.path import Thing
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Dependency, MlRegistry, PrivateEndpoint, Workspace

_NEEDED = {
    "storage-account": ("blob", "file"),
    "key-vault": ("vault",),
    "container-registry": ("registry",),
    "ai-services": ("account",),
    "search-service": ("searchService",),
}
"""The private-link groups that a workspace needs of what it depends on, whatever it is used for."""


@check(
    "PED113",
    "dependency-without-endpoint",
    Level.WARNING,
    claim=Claim.ABSENCE,
    needs=("private-endpoint", *_NEEDED),
)
def dependency_without_endpoint(context: Context) -> Iterator[Violation]:
    """Something that a private workspace depends on refuses the public and lacks an endpoint.

    Why it matters
        The workspace opens, and then mounting a share, reading a secret or pulling an image fails for everybody.

    How it is decided
        1. The workspace in scope has a private endpoint, and depends on a resource with public access disabled.
        2. No endpoint connects to that resource for a private-link group that every workspace needs: blob and file
           of the storage account, the vault, the container registry, and services that it has connections to.
        3. Every endpoint that the resource itself names was read: one that was not might be the missing one.

    Remedy
        Give the resource a private endpoint for that group, with a DNS zone group.

    Sources
        learn.microsoft.com: Secure an Azure Machine Learning workspace with virtual networks.
    """
    estate = context.estate
    for workspace, dependency in _private_dependencies(context):
        beside = next((e for e in workspace_endpoints(estate, workspace.id) if e.subnet), None)
        connections = [
            connection
            for endpoint in estate.endpoints_to(dependency.id)
            for connection in endpoint.connections
            if connection.target == dependency.id
        ]
        unseen = any(id not in estate.nodes for id in dependency.endpoints)
        if beside is None or unseen or any(not connection.group_ids for connection in connections):
            continue
        held = {group.lower() for connection in connections for group in connection.group_ids}
        missing = [group for group in _NEEDED[dependency.kind] if group.lower() not in held]
        if missing:
            what = " and ".join(missing)
            yield Violation(
                subject=Thing.of(dependency.id),
                discriminator=workspace.id.text,
                text=f"{dependency.id.name} of {workspace.id.name} is private and has no endpoint for {what}",
                cause=f"Public access to {dependency.id.name} is disabled, and no endpoint leads to its {what}.",
                related=(Thing.of(workspace.id),),
                repairs=tuple(
                    endpoint_repairs.create_endpoint(estate, dependency.id, group, beside) for group in missing
                ),
                proofs=(Proof(kind="document", text="publicNetworkAccess is Disabled"),),
                touches=(workspace.id.text,),
            )


@check("PED112", "dependency-misplaced", Level.WARNING)
def dependency_misplaced(context: Context) -> Iterator[Violation]:
    """The endpoint of something that a workspace depends on is where the workspace cannot use it.

    Why it matters
        Names resolve and lead into a network that nothing connects to the workspace's. For a registry that is shared,
        components do not load from another subnet, although DNS is right.

    How it is decided
        1. The workspace in scope has a private endpoint, and depends on a resource with public access disabled.
        2. That has endpoints, and each stands in a network that is connected with none of the workspace's for certain.
        3. Or: a Machine Learning registry without public access has an endpoint in the workspace's network, and none
           in the subnet of the workspace's endpoint.

    Remedy
        Give the resource an endpoint beside the workspace's, and remove the one that nobody uses: two endpoints of one
        resource must not write into the same zone.

    Sources
        learn.microsoft.com: Secure an Azure Machine Learning workspace with virtual networks; Network isolation with
        Azure Machine Learning registries.
    """
    estate = context.estate
    for workspace, dependency in _private_dependencies(context):
        here = [endpoint for endpoint in workspace_endpoints(estate, workspace.id) if endpoint.network]
        there = [endpoint for endpoint in estate.endpoints_to(dependency.id) if endpoint.network]
        unseen = any(id not in estate.nodes for id in dependency.endpoints)
        if not here or not there or unseen:
            continue
        for group in _NEEDED[dependency.kind]:
            own = [e for e in there if any(group in c.group_ids for c in e.connections if c.target == dependency.id)]
            if own and all(_apart(estate, one, other) for one in here for other in own):
                cause = f"Nothing connects {_network(own[0])} to {_network(here[0])}, where the workspace's is."
                yield _misplaced(estate, workspace, dependency.id, group, own[0], here[0], cause)
                break
    for registry in context.required.workspaces:
        if isinstance(registry, MlRegistry) and registry.public_access is False:
            yield from _in_other_subnets(context, registry)


def _in_other_subnets(context: Context, registry: MlRegistry) -> Iterator[Violation]:
    """The workspaces in whose network a registry has an endpoint, but none in the subnet of theirs."""
    estate = context.estate
    there = [endpoint for endpoint in workspace_endpoints(estate, registry.id) if endpoint.subnet]
    networks, subnets = {endpoint.network for endpoint in there}, {endpoint.subnet for endpoint in there}
    for workspace in context.required.workspaces:
        if not isinstance(workspace, Workspace) or owner(estate, workspace) is not workspace:
            continue
        here = [endpoint for endpoint in workspace_endpoints(estate, workspace.id) if endpoint.subnet]
        if networks & {endpoint.network for endpoint in here} and not subnets & {endpoint.subnet for endpoint in here}:
            cause = f"{there[0].id.name} and {here[0].id.name} stand in different subnets of {_network(here[0])}."
            yield _misplaced(estate, workspace, registry.id, "amlregistry", there[0], here[0], cause)


def _misplaced(
    estate: Estate,
    workspace: Workspace,
    subject: ArmId,
    group: str,
    own: PrivateEndpoint,
    beside: PrivateEndpoint,
    cause: str,
) -> Violation:
    return Violation(
        subject=Thing.of(subject),
        discriminator=workspace.id.text,
        text=f"The endpoint {own.id.name} of {subject.name} is where {workspace.id.name} cannot use it",
        cause=cause,
        related=(Thing.of(workspace.id),),
        repairs=(endpoint_repairs.create_endpoint(estate, subject, group, beside),),
        proofs=(
            Proof(kind="document", text=f"{own.id.name} stands in {own.subnet}"),
            Proof(kind="document", text=f"{beside.id.name} stands in {beside.subnet}"),
        ),
        touches=(workspace.id.text,),
    )


@check("PED108", "public-access-open", Level.NOTE)
def public_access_open(context: Context) -> Iterator[Violation]:
    """The target still accepts public traffic beside its private endpoint.

    Why it matters
        Whoever is led to the public address gets in all the same, so wrong DNS stays unnoticed until somebody
        disables public access.

    How it is decided
        1. A workspace in scope, or what it depends on, has an approved private endpoint.
        2. It says that public network access is enabled, for everybody.

    Remedy
        Disable public network access once every client resolves privately; or leave it, where that is wanted.

    Sources
        learn.microsoft.com: Configure a private endpoint for an Azure Machine Learning workspace, public access.
    """
    estate = context.estate
    for service in (*context.required.workspaces, *context.required.targets):
        node = estate.get(Dependency, service.id) or service
        if getattr(node, "public_access", None) is not True or owner(estate, service).id != service.id:
            continue
        endpoints = [endpoint for endpoint in workspace_endpoints(estate, service.id) if endpoint.approved]
        if endpoints and not (isinstance(node, Dependency) and node.kind == "monitor-scope"):
            yield Violation(
                subject=Thing.of(service.id),
                text=f"{service.id.name} is open to the public beside its endpoint {endpoints[0].id.name}",
                cause=f"Public network access to {service.id.name} is enabled.",
                proofs=(Proof(kind="document", text="publicNetworkAccess is Enabled"),),
                touches=(service.id.text,),
            )


def _private_dependencies(context: Context) -> Iterator[tuple[Workspace, Dependency]]:
    """What refuses the public, of a kind that a workspace in scope needs; a project's is its hub's."""
    estate = context.estate
    for workspace in context.required.workspaces:
        if not isinstance(workspace, Workspace) or owner(estate, workspace) is not workspace:
            continue
        connected = (connection.target for connection in estate.connections_of(workspace.id))
        for id in sorted({*workspace.dependencies, *(target for target in connected if target)}):
            dependency = estate.get(Dependency, id)
            if dependency and dependency.kind in _NEEDED and dependency.public_access is False:
                yield workspace, dependency


def _apart(estate: Estate, one: PrivateEndpoint, other: PrivateEndpoint) -> bool:
    return bool(one.network and other.network and estate.apart(one.network, other.network))


def _network(endpoint: PrivateEndpoint) -> str:
    return endpoint.network.name if endpoint.network else "an unknown network"
