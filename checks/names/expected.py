"""The expected records of a workspace's endpoints: the interface first, then the zone group, then the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from checks.names.tables import AZURE_CLOUD, PROBE_LABEL, WORKSPACE_GROUP, WorkspaceNames, notebooks_label
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, absolute, fqdn
from collectors.graph.nodes import NamedAddresses, PrivateEndpoint, Workspace


class Role(StrEnum):
    """What a name is for."""

    API = "api"
    CERT = "cert"
    NOTEBOOKS = "notebooks"
    INFERENCE = "inference"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRecord:
    """One name and the addresses it should have because of one endpoint.

    `record` is relative to `zone`, the private-link zone that should hold it. `source` says where the pair
    comes from. `note` holds what the sources disagree about.
    """

    name: Fqdn
    type: str
    addresses: tuple[str, ...]
    role: Role
    zone: Fqdn
    record: str
    endpoint: ArmId
    workspace: ArmId
    approved: bool
    source: str
    note: str = ""

    @property
    def private_name(self) -> Fqdn:
        """The name in the private-link zone, to which the public name is an alias."""
        return absolute(self.record, self.zone)

    @property
    def asked(self) -> Fqdn:
        """The name to ask for: the name itself, or a fixed label under a wildcard."""
        return _concrete(self.name)

    @property
    def asked_private(self) -> Fqdn:
        """The private-link name to ask for."""
        return _concrete(self.private_name)


def _concrete(name: Fqdn) -> Fqdn:
    return Fqdn(PROBE_LABEL + name[1:]) if name.startswith("*.") else name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderivedEndpoint:
    """An endpoint whose names cannot be told, because its interface could not be read."""

    endpoint: ArmId
    because: tuple[Gap, ...]


def workspace_endpoints(estate: Estate, workspace: ArmId) -> Iterator[PrivateEndpoint]:
    """The endpoints that connect to a workspace, approved or not."""
    for endpoint in estate.endpoints:
        if any(
            c.target == workspace and (WORKSPACE_GROUP in c.group_ids or not c.group_ids) for c in endpoint.connections
        ):
            yield endpoint


def expect_records(
    estate: Estate, workspace: Workspace, names: WorkspaceNames = AZURE_CLOUD
) -> tuple[ExpectedRecord, ...]:
    """Every expected record of a workspace, one per endpoint and name, sorted by name."""
    found = [
        record
        for endpoint in workspace_endpoints(estate, workspace.id)
        for record in _endpoint_records(estate, workspace, endpoint, names)
    ]
    return tuple(sorted(found, key=lambda record: (record.name, record.endpoint)))


def _endpoint_records(
    estate: Estate, workspace: Workspace, endpoint: PrivateEndpoint, names: WorkspaceNames
) -> list[ExpectedRecord]:
    source, pairs = _pairs(estate, endpoint)
    records: dict[Fqdn, ExpectedRecord] = {}
    for name, held in _own_names(pairs, workspace, names).items():
        form = names.private_form(name)
        if form is None or not held:
            continue
        zone, relative_name = form
        role = _role(name, names)
        records[name] = ExpectedRecord(
            name=name,
            type="A",
            addresses=tuple(sorted(held)),
            role=role,
            zone=zone,
            record=relative_name,
            endpoint=endpoint.id,
            workspace=workspace.id,
            approved=endpoint.approved,
            source=source,
            note=_notebooks_note(name, workspace) if role is Role.NOTEBOOKS else "",
        )
    return _with_cert(records)


def _pairs(estate: Estate, endpoint: PrivateEndpoint) -> tuple[str, Iterable[NamedAddresses]]:
    """The pairs of the best source that has any: interface, zone group, custom DNS configs."""
    by_name: dict[Fqdn, set[str]] = {}
    for nic in estate.interfaces_of(endpoint):
        for configuration in nic.ip_configurations:
            for name in configuration.fqdns:
                by_name.setdefault(name, set()).add(configuration.address)
    if by_name:
        return "interface", [NamedAddresses(name=n, addresses=tuple(a)) for n, a in by_name.items()]
    written = [
        NamedAddresses(name=_public_form(record.fqdn), addresses=record.addresses)
        for group in estate.zone_groups_of(endpoint.id)
        for config in group.configs
        for record in config.records
        if record.type == "A" and record.fqdn
    ]
    return ("zone group", written) if written else ("custom DNS configs", endpoint.custom_dns)


def _own_names(pairs: Iterable[NamedAddresses], workspace: Workspace, names: WorkspaceNames) -> dict[Fqdn, set[str]]:
    """The names in the workspace's own spelling with their IPv4 addresses: an A record holds no others."""
    found: dict[Fqdn, set[str]] = {}
    for pair in pairs:
        name = _own_spelling(pair.name, workspace, names)
        found.setdefault(name, set()).update(address for address in pair.addresses if ":" not in address)
    return found


def _public_form(name: str) -> Fqdn:
    """Zone groups name their records by the private-link name; clients ask the public one."""
    return fqdn(name.replace(".privatelink.", ".", 1))


def _own_spelling(name: Fqdn, workspace: Workspace, names: WorkspaceNames) -> Fqdn:
    """The inference wildcard is listed in two spellings; the one with the workspace's GUID is its own."""
    if name == f"*.{workspace.location}.{names.inference}" and workspace.guid:
        return Fqdn(f"*.{workspace.guid}.inference.{workspace.location}.{names.api.public}")
    return name


def _role(name: Fqdn, names: WorkspaceNames) -> Role:
    if name.endswith("." + names.notebooks.public):
        return Role.NOTEBOOKS
    labels = name.split(".")
    if labels[0] == "*":
        return Role.INFERENCE if len(labels) > 2 and labels[2] == "inference" else Role.OTHER
    if len(labels) > 3 and labels[1] == "workspace":
        return Role.CERT if labels[3] == "cert" else Role.API
    return Role.OTHER


def _notebooks_note(name: Fqdn, workspace: Workspace) -> str:
    """What the three sources of the notebooks name disagree about; the interface is believed."""
    notes = []
    if workspace.notebook_fqdn and workspace.notebook_fqdn != name:
        notes.append(f"the workspace itself says {workspace.notebook_fqdn}")
    if workspace.guid and workspace.location:
        label = notebooks_label(workspace.id.name, workspace.location, workspace.guid)
        if name.split(".")[0] != label:
            notes.append(f"the truncation rule gives {label}")
    return "; ".join(notes)


def _with_cert(records: dict[Fqdn, ExpectedRecord]) -> list[ExpectedRecord]:
    """Old endpoints do not list the cert name: it has the address of the api name."""
    if not any(record.role is Role.CERT for record in records.values()):
        for record in [r for r in records.values() if r.role is Role.API]:
            public = record.name.removeprefix(record.record + ".")
            cert = Fqdn(f"{record.record}.cert.{public}")
            records[cert] = replace(record, name=cert, role=Role.CERT, record=f"{record.record}.cert", source="table")
    return list(records.values())


def unjudged_names(estate: Estate, workspace: Workspace, names: WorkspaceNames = AZURE_CLOUD) -> tuple[Fqdn, ...]:
    """Names whose address nobody tells: under a suffix that the tables do not know, or left out by every source.

    The notebooks name is known from the workspace; an endpoint that lists names and not this one is incomplete.
    """
    listed = {
        pair.name
        for endpoint in workspace_endpoints(estate, workspace.id)
        for pair in _pairs(estate, endpoint)[1]
        if names.private_form(_own_spelling(pair.name, workspace, names)) is None
    }
    roles = {record.role for record in expect_records(estate, workspace, names)}
    if workspace.notebook_fqdn and roles and Role.NOTEBOOKS not in roles:
        listed.add(workspace.notebook_fqdn)
    return tuple(sorted(listed))


def underived_endpoints(estate: Estate, workspace: Workspace) -> tuple[UnderivedEndpoint, ...]:
    """The workspace's endpoints whose interface is unread and which no other source names.

    An interface that was read and lists nothing (a pending connection may) is no gap. Endpoints that only the
    workspace knows of count where no other one tells its names: managed networks have such endpoints, too.
    """
    found = []
    if not expect_records(estate, workspace):
        for id in workspace.endpoints:
            unread = estate.unread("private-endpoint", id) if id not in estate.nodes else ()
            if unread:
                found.append(UnderivedEndpoint(endpoint=id, because=unread))
    for endpoint in workspace_endpoints(estate, workspace.id):
        gaps = {
            gap
            for id in endpoint.interfaces
            if id not in estate.nodes
            for gap in estate.unread("network-interface", id)
        }
        if gaps and not tuple(_pairs(estate, endpoint)[1]):
            found.append(UnderivedEndpoint(endpoint=endpoint.id, because=tuple(sorted(gaps))))
    return tuple(found)
