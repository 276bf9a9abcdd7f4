"""The expected records of a service's endpoints: the interface first, then the zone group, then the tables.

A service is a workspace of any kind or a registry. A project has no endpoint: it is reached by its hub's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from checks.names.derived import derived_records, unplaced_endpoints
from checks.names.record import ExpectedRecord, Need
from checks.names.services import is_own_service, place_of
from checks.names.tables import REGISTRY_GROUP, WORKSPACE_GROUP, Role, notebooks_label, table_of
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, fqdn, is_under
from collectors.graph.nodes import MlRegistry, NamedAddresses, PrivateEndpoint, Workspace

__all__ = [
    "ExpectedRecord",
    "Need",
    "Role",
    "Service",
    "Target",
    "UnderivedEndpoint",
    "all_services",
    "expect_records",
    "owner",
    "services",
    "targets",
    "underived_endpoints",
    "unjudged_names",
    "unplaced_names",
    "workspace_endpoints",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Any other service behind private endpoints: all that is known of it is what the endpoints say."""

    id: ArmId

    @property
    def endpoints(self) -> tuple[ArmId, ...]:
        """It is known by its endpoints only, so it points to none."""
        return ()


Service = Workspace | MlRegistry | Target
"""What has names that must resolve to private addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderivedEndpoint:
    """An endpoint whose names cannot be told, because its interface could not be read."""

    endpoint: ArmId
    because: tuple[Gap, ...]


def services(estate: Estate) -> tuple[Workspace | MlRegistry, ...]:
    """Every workspace, and every registry that has a private endpoint: a public one needs nothing of DNS."""
    registries = (r for r in estate.of_type(MlRegistry) if r.endpoints or any(workspace_endpoints(estate, r.id)))
    return (*estate.workspaces, *registries)


def targets(estate: Estate) -> tuple[Target, ...]:
    """Every other resource that a private endpoint leads to; private link services of one's own have no names here."""
    ids = {
        connection.target
        for endpoint in estate.endpoints
        for connection in endpoint.connections
        if connection.target and not is_own_service(connection.target.type)
    }
    own = {"microsoft.machinelearningservices/workspaces", "microsoft.machinelearningservices/registries"}
    return tuple(Target(id=estate.spelt(id)) for id in sorted(ids) if id.type.lower() not in own)


def all_services(estate: Estate) -> tuple[Service, ...]:
    """Everything that has names of private endpoints."""
    return (*services(estate), *targets(estate))


def owner(estate: Estate, service: Service) -> Service:
    """Whose names and endpoints a service uses: a project those of its hub."""
    hub = estate.get(Workspace, service.hub) if isinstance(service, Workspace) else None
    return hub or service


def workspace_endpoints(estate: Estate, service: ArmId) -> Iterator[PrivateEndpoint]:
    """The endpoints that connect to a service, or to the hub of a project, approved or not."""
    node = estate.get(Workspace, service)
    meant = {service, node.hub} if node and node.hub else {service}
    group = WORKSPACE_GROUP if node else REGISTRY_GROUP if estate.get(MlRegistry, service) else ""
    found = {endpoint.id: endpoint for target in meant for endpoint in estate.endpoints_to(target)}
    for _, endpoint in sorted(found.items()):
        own = [connection for connection in endpoint.connections if connection.target in meant]
        if not group or any(group in connection.group_ids or not connection.group_ids for connection in own):
            yield endpoint


def expect_records(estate: Estate, service: Service) -> tuple[ExpectedRecord, ...]:
    """Every expected record of a service, one per endpoint, name and type, sorted by name."""
    found = [
        record
        for endpoint in workspace_endpoints(estate, service.id)
        for record in _endpoint_records(estate, service, endpoint)
    ]
    if isinstance(service, Workspace):
        named = owner(estate, service)
        found += derived_records(estate, service, named if isinstance(named, Workspace) else service, found)
    return tuple(sorted(found, key=lambda record: (record.name, record.type, record.endpoint)))


def _endpoint_records(estate: Estate, service: Service, endpoint: PrivateEndpoint) -> list[ExpectedRecord]:
    source, pairs = _pairs(estate, endpoint)
    named = owner(estate, service)
    records: dict[tuple[Fqdn, str], ExpectedRecord] = {}
    for name, held in _own_names(pairs, named).items():
        place = _place(estate, service, endpoint, name)
        if place is None:
            continue
        role = _role(service, name)
        for type, addresses in _by_type(held):
            records[name, type] = ExpectedRecord(
                name=name,
                type=type,
                addresses=addresses,
                role=role,
                zone=place[0],
                record=place[1],
                endpoint=endpoint.id,
                workspace=service.id,
                approved=endpoint.approved,
                source=source,
                note=_notebooks_note(name, named) if role is Role.NOTEBOOKS else "",
            )
    return _with_cert(records)


def _by_type(addresses: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The record types that an endpoint's addresses need: A, and AAAA on a dual-stack endpoint."""
    for type, is_six in (("A", False), ("AAAA", True)):
        held = tuple(sorted(address for address in addresses if (":" in address) is is_six))
        if held:
            yield type, held


def _place(estate: Estate, service: Service, endpoint: PrivateEndpoint, name: Fqdn) -> tuple[Fqdn, str] | None:
    """Zone and relative record of a name: what the configuration overrides, then the tables."""
    overridden = _overridden(estate, name)
    if overridden:
        return overridden
    if isinstance(service, Target):
        if "privatelink" in name.split("."):
            return Fqdn(""), ""  # as clusters have it: the name itself stands in a zone of its own, whichever that is
        groups = {g for c in endpoint.connections if c.target == service.id for g in c.group_ids}
        return place_of(name, service.id.type, next(iter(sorted(groups)), ""))
    table = table_of(name)
    return table.private_form(name) if table else None


def _overridden(estate: Estate, name: Fqdn) -> tuple[Fqdn, str] | None:
    """The place by the longest suffix that the configuration names."""
    fitting = [row for row in estate.declared.names if name != row.public and is_under(name, row.public)]
    row = max(fitting, key=lambda row: len(row.public), default=None)
    return (row.zone, name[: -len(row.public) - 1]) if row else None


def _role(service: Service, name: Fqdn) -> Role:
    table = table_of(name) if not isinstance(service, Target) else None
    return table.role(name) if table else Role.SERVICE if isinstance(service, Target) else Role.OTHER


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
    """The names in the service's own spelling with their addresses."""
    found: dict[Fqdn, set[str]] = {}
    for pair in pairs:
        found.setdefault(_own_spelling(pair.name, service), set()).update(pair.addresses)
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


def _with_cert(records: dict[tuple[Fqdn, str], ExpectedRecord]) -> list[ExpectedRecord]:
    """Old endpoints do not list the cert name: it has the address of the api name."""
    found = list(records.values())
    if not any(record.role is Role.CERT for record in found):
        for record in [r for r in found if r.role is Role.API]:
            public = record.name.removeprefix(record.record + ".")
            cert = Fqdn(f"{record.record}.cert.{public}")
            found.append(replace(record, name=cert, role=Role.CERT, record=f"{record.record}.cert", source="table"))
    return found


def unjudged_names(estate: Estate, service: Service) -> tuple[Fqdn, ...]:
    """Names whose address nobody tells: under a suffix that the tables do not know, or left out by every source.

    The notebooks name is known from the workspace; an endpoint that lists names and not this one is incomplete. So is
    one without the inference wildcard where there are online endpoints.
    """
    named = owner(estate, service)
    listed = {name for _, name in unplaced_names(estate, service)}
    records = expect_records(estate, service)
    roles = {record.role for record in records}
    if isinstance(named, Workspace):
        if named.notebook_fqdn and roles and Role.NOTEBOOKS not in roles:
            listed.add(named.notebook_fqdn)
        if isinstance(service, Workspace):
            listed.update(unplaced_endpoints(estate, service, named, records))
    return tuple(sorted(listed))


def unplaced_names(estate: Estate, service: Service) -> Iterator[tuple[PrivateEndpoint, Fqdn]]:
    """The names that a service's endpoints list and for which neither table nor configuration knows a zone."""
    named = owner(estate, service)
    for endpoint in workspace_endpoints(estate, service.id):
        for pair in _pairs(estate, endpoint)[1]:
            name = _own_spelling(pair.name, named)
            if _place(estate, service, endpoint, name) is None:
                yield endpoint, name


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
