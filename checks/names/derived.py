"""Names that no endpoint lists and that a workspace has all the same: instances, online endpoints, the first API.

ARM names the hosts; the addresses are those of the endpoint's api or inference name. Nothing is guessed: an instance
that shows no host yet has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from checks.names.record import ExpectedRecord, Need
from checks.names.tables import LEGACY_REGIONS, Role, legacy_names, table_of
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from collectors.graph.nodes import Compute, OnlineEndpoint, Workspace

_NO_ZONE = Fqdn("")
_SSH_PORT = 22


def derived_records(
    estate: Estate, workspace: Workspace, named: Workspace, records: Iterable[ExpectedRecord]
) -> Iterator[ExpectedRecord]:
    """The further names of a workspace; `records` are those of its endpoints, `named` is whose names they carry."""
    known = tuple(records)
    api = [record for record in known if record.role is Role.API]
    inference = [record for record in known if record.role is Role.INFERENCE]
    for compute in estate.computes_of(workspace.id):
        yield from _instance(compute, api)
    for endpoint in estate.online_endpoints_of(workspace.id):
        yield from _online_endpoint(endpoint, named, inference)
    if named.location in LEGACY_REGIONS and named.guid:
        for name in legacy_names(named.guid, named.location):
            need = Need.REQUIRED if workspace.v1_legacy else Need.OPTIONAL
            yield from (_without_zone(record, name, Role.LEGACY, "table", need) for record in api if _is_public(record))


def unplaced_endpoints(
    estate: Estate, workspace: Workspace, named: Workspace, records: Iterable[ExpectedRecord]
) -> Iterator[Fqdn]:
    """The hosts of online endpoints whose address nobody tells: no endpoint lists the inference wildcard."""
    known = tuple(records)
    if any(record.role is Role.API for record in known) and not any(r.role is Role.INFERENCE for r in known):
        for endpoint in estate.online_endpoints_of(workspace.id):
            if _is_managed(endpoint) and endpoint.host and _covered(endpoint.host, named):
                yield endpoint.host


def _is_public(record: ExpectedRecord) -> bool:
    return record.name.endswith(".api.azureml.ms")


def _instance(compute: Compute, api: list[ExpectedRecord]) -> Iterator[ExpectedRecord]:
    """The names of a compute instance have the api address, not the instance's own."""
    hosts = sorted({host for host in compute.hosts if (table := table_of(host)) and table.is_instance(host)})
    own = f"{compute.id.name.lower()}."
    for host in hosts:
        role = Role.INSTANCE if host.startswith(own) else Role.INSTANCE_PORT
        need = Need.REQUIRED if role is Role.INSTANCE else Need.OPTIONAL
        yield from (_without_zone(record, host, role, "compute", need) for record in api)
    for host in (host for host in hosts if host.startswith(own)):
        label, _, rest = host.partition(".")
        ssh = Fqdn(f"{label}-{_SSH_PORT}.{rest}")
        if ssh not in hosts:
            yield from (_without_zone(record, ssh, Role.INSTANCE_PORT, "table", Need.OPTIONAL) for record in api)


def _without_zone(record: ExpectedRecord, name: Fqdn, role: Role, source: str, need: Need) -> ExpectedRecord:
    return replace(record, name=name, role=role, zone=_NO_ZONE, record="", source=source, note="", need=need)


def _online_endpoint(
    endpoint: OnlineEndpoint, named: Workspace, inference: list[ExpectedRecord]
) -> Iterator[ExpectedRecord]:
    """The scoring name is an alias of a name below the workspace's inference wildcard."""
    covered = _covered(endpoint.host, named) if endpoint.host and _is_managed(endpoint) else None
    if covered and endpoint.host:
        for record in inference:
            yield replace(
                record, name=endpoint.host, role=Role.ENDPOINT, covered=covered, source="online endpoint", note=""
            )


def _covered(host: Fqdn, named: Workspace) -> str | None:
    table = table_of(host)
    return table.covered_by_inference(host, named.location, named.guid) if table else None


def _is_managed(endpoint: OnlineEndpoint) -> bool:
    """Those on Kubernetes have the name of their cluster."""
    return not re.search("k8s|kubernetes|aks", endpoint.kind, re.IGNORECASE)
