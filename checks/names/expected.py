"""The expected records of a service's endpoints: the interface first, then the zone group, then the tables.

A service is a workspace of any kind or a registry. A project has no endpoint: it is reached by its hub's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from checks.names.tables import PROBE_LABEL, REGISTRY_GROUP, WORKSPACE_GROUP, Role, notebooks_label, table_of
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, absolute, fqdn
from collectors.graph.nodes import MlRegistry, NamedAddresses, PrivateEndpoint, Workspace

__all__ = [
    "ExpectedRecord",
    "Role",
    "Service",
    "UnderivedEndpoint",
    "expect_records",
    "owner",
    "services",
    "underived_endpoints",
    "unjudged_names",
    "workspace_endpoints",
]

Service = Workspace | MlRegistry
"""What has names of Azure Machine Learning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRecord:
    """One name and the addresses it should have because of one endpoint.

    `record` is relative to `zone`, the private-link zone that should hold it. `source` says where the pair
    comes from. `note` holds what the sources disagree about. `workspace` is the service that needs it: a project
    needs the records of its hub.
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


def services(estate: Estate) -> tuple[Service, ...]:
    """Every workspace, and every registry that has a private endpoint: a public one needs nothing of DNS."""
    registries = (r for r in estate.of_type(MlRegistry) if r.endpoints or any(workspace_endpoints(estate, r.id)))
    return (*estate.workspaces, *registries)


def owner(estate: Estate, service: Service) -> Service:
    """Whose names and endpoints a service uses: a project those of its hub."""
    hub = estate.get(Workspace, service.hub) if isinstance(service, Workspace) else None
    return hub or service


def workspace_endpoints(estate: Estate, service: ArmId) -> Iterator[PrivateEndpoint]:
    """The endpoints that connect to a service, or to the hub of a project, approved or not."""
    node = estate.get(Workspace, service)
    targets = {service, node.hub} if node and node.hub else {service}
    group = REGISTRY_GROUP if estate.get(MlRegistry, service) else WORKSPACE_GROUP
    found = {endpoint.id: endpoint for target in targets for endpoint in estate.endpoints_to(target)}
    for _, endpoint in sorted(found.items()):
        own = [connection for connection in endpoint.connections if connection.target in targets]
        if any(group in connection.group_ids or not connection.group_ids for connection in own):
            yield endpoint


def expect_records(estate: Estate, service: Service) -> tuple[ExpectedRecord, ...]:
    """Every expected record of a service, one per endpoint and name, sorted by name."""
    found = [
        record
        for endpoint in workspace_endpoints(estate, service.id)
        for record in _endpoint_records(estate, service, endpoint)
    ]
    return tuple(sorted(found, key=lambda record: (record.name, record.endpoint)))


def _endpoint_records(estate: Estate, service: Service, endpoint: PrivateEndpoint) -> list[ExpectedRecord]:
    source, pairs = _pairs(estate, endpoint)
    named = owner(estate, service)
    records: dict[Fqdn, ExpectedRecord] = {}
    for name, held in _own_names(pairs, named).items():
        table = table_of(name)
        form = table.private_form(name) if table else None
        if table is None or form is None or not held:
            continue
        zone, relative_name = form
        role = table.role(name)
        records[name] = ExpectedRecord(
            name=name,
            type="A",
            addresses=tuple(sorted(held)),
            role=role,
            zone=zone,
            record=relative_name,
            endpoint=endpoint.id,
            workspace=service.id,
            approved=endpoint.approved,
            source=source,
            note=_notebooks_note(name, named) if role is Role.NOTEBOOKS else "",
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


def _own_names(pairs: Iterable[NamedAddresses], service: Service) -> dict[Fqdn, set[str]]:
    """The names in the service's own spelling with their IPv4 addresses: an A record holds no others."""
    found: dict[Fqdn, set[str]] = {}
    for pair in pairs:
        name = _own_spelling(pair.name, service)
        found.setdefault(name, set()).update(address for address in pair.addresses if ":" not in address)
    return found


def _public_form(name: str) -> Fqdn:
    """Zone groups name their records by the private-link name; clients ask the public one."""
    return fqdn(name.replace(".privatelink.", ".", 1))


def _own_spelling(name: Fqdn, service: Service) -> Fqdn:
    """The inference wildcard with the workspace's GUID, however it is listed."""
    table = table_of(name)
    if table is None or not isinstance(service, Workspace):
        return name
    return table.own_inference(name, service.location, service.guid)


def _notebooks_note(name: Fqdn, service: Service) -> str:
    """What the three sources of the notebooks name disagree about; the interface is believed."""
    if not isinstance(service, Workspace):
        return ""
    notes = []
    if service.notebook_fqdn and service.notebook_fqdn != name:
        notes.append(f"the workspace itself says {service.notebook_fqdn}")
    if service.guid and service.location:
        label = notebooks_label(service.id.name, service.location, service.guid)
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


def unjudged_names(estate: Estate, service: Service) -> tuple[Fqdn, ...]:
    """Names whose address nobody tells: under a suffix that the tables do not know, or left out by every source.

    The notebooks name is known from the workspace; an endpoint that lists names and not this one is incomplete.
    """
    named = owner(estate, service)
    listed = {
        pair.name
        for endpoint in workspace_endpoints(estate, service.id)
        for pair in _pairs(estate, endpoint)[1]
        if not _is_placed(_own_spelling(pair.name, named))
    }
    roles = {record.role for record in expect_records(estate, service)}
    notebooks = named.notebook_fqdn if isinstance(named, Workspace) else None
    if notebooks and roles and Role.NOTEBOOKS not in roles:
        listed.add(notebooks)
    return tuple(sorted(listed))


def _is_placed(name: Fqdn) -> bool:
    table = table_of(name)
    return table is not None and table.private_form(name) is not None


def underived_endpoints(estate: Estate, service: Service) -> tuple[UnderivedEndpoint, ...]:
    """The service's endpoints whose interface is unread and which no other source names.

    An interface that was read and lists nothing (a pending connection may) is no gap. Endpoints that only the
    service knows of count where no other one tells its names: managed networks have such endpoints, too. So does
    the hub of a project.
    """
    found = []
    if not expect_records(estate, service):
        for kind, id in _pointed_at(estate, service):
            unread = estate.unread(kind, id) if id not in estate.nodes else ()
            if unread:
                found.append(UnderivedEndpoint(endpoint=id, because=unread))
    for endpoint in workspace_endpoints(estate, service.id):
        gaps = {
            gap
            for id in endpoint.interfaces
            if id not in estate.nodes
            for gap in estate.unread("network-interface", id)
        }
        if gaps and not tuple(_pairs(estate, endpoint)[1]):
            found.append(UnderivedEndpoint(endpoint=endpoint.id, because=tuple(sorted(gaps))))
    return tuple(found)


def _pointed_at(estate: Estate, service: Service) -> Iterator[tuple[str, ArmId]]:
    """What would tell of the names: the endpoints that a service, or its hub, knows of, and the hub itself."""
    if isinstance(service, Workspace) and service.hub:
        yield "workspace", service.hub
    yield from (("private-endpoint", id) for id in owner(estate, service).endpoints)
