"""The public DNS of the lab: what everybody outside sees of the estate's workspaces, in three clouds, and of the rest.

Not in ARM, so it is made up here: addresses from 203.0.113.0/24, and Azure's CNAME to the private link name.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from agent.lab.clouds import CLOUD_NAMES, SERVICE_ZONES, CloudNames, names_of_region
from agent.lab.estate import LabEstate
from agent.lab.zones import Zone, arm_id, branch, of_kind, rows, text
from collectors.graph.answers import Record
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn, fqdn, is_under

PUBLIC_RESOLVER = "198.51.100.53"
"""The one public resolver of the lab (RFC 5737)."""

PUBLIC_SOA = "ns1-01.azure-dns.com. azuredns-hostmaster.microsoft.com. 1 3600 300 2419200 300"
ROOT_SOA = "a.root-servers.net. nstld.verisign-grs.com. 2026112100 1800 900 604800 86400"

TTL = 60

PRIVATE_LINK_SUFFIXES: Mapping[Fqdn, Fqdn] = MappingProxyType(
    {
        public: private
        for names in CLOUD_NAMES.values()
        for public, private in ((names.api, names.api_zone), (names.notebooks, names.notebooks_zone))
    }
    | dict(SERVICE_ZONES)
)
"""Public suffix -> the suffix that Azure's CNAME puts in its place."""

_SHARED_SUFFIXES = tuple(suffix for names in CLOUD_NAMES.values() for suffix in (names.inference, names.instances))

PUBLIC_ZONES = (Fqdn(""), *PRIVATE_LINK_SUFFIXES, *PRIVATE_LINK_SUFFIXES.values(), *_SHARED_SUFFIXES)
"""The public zones of the lab, the root first."""


def public_zones(estate: LabEstate) -> dict[Fqdn, Zone]:
    """Zone name -> zone: the root, and each service suffix with and without `privatelink`."""
    held: dict[Fqdn, list[Record]] = {origin: [] for origin in PUBLIC_ZONES}
    for record in public_records(estate):
        held[zone_of(record.name)].append(record)
    return {origin: Zone(origin, soa_of(origin), records) for origin, records in held.items()}


def zone_of(name: Fqdn) -> Fqdn:
    """The public zone that a name belongs to."""
    return max((origin for origin in PUBLIC_ZONES if is_under(name, origin)), key=len)


def soa_of(origin: Fqdn) -> str:
    """The SOA of a public zone."""
    return PUBLIC_SOA if origin else ROOT_SOA


def public_records(estate: LabEstate) -> tuple[Record, ...]:
    """Every public record, sorted. Every name has an IPv6 address too, so that a way out over IPv6 shows.

    A wildcard whose CNAME target begins with `*` too keeps the labels that it covers: Azure has one record for
    each online endpoint there.
    """
    listed = dict(_listed_names(estate))
    approved = {name for name, is_approved in listed.items() if is_approved}
    approved.update(name for name in _linked_workspace_names(estate) if name not in listed)
    names = {*listed, *_workspace_names(estate), *_instance_names(estate)}
    records = list(_scoring_records(estate))
    for name in sorted(names):
        target = private_link_name(name) if name in approved else None
        if target is not None:
            records.append(Record(name=name, type="CNAME", ttl=TTL, value=target))
        owner = target or name
        records.append(Record(name=owner, type="A", ttl=TTL, value=public_address(owner)))
        records.append(Record(name=owner, type="AAAA", ttl=TTL, value=public_address(owner, version=6)))
    return tuple(sorted(records))


def private_link_name(name: Fqdn) -> Fqdn | None:
    """The name that Azure's public DNS points to once an endpoint is approved; None where it does not."""
    for public, private in PRIVATE_LINK_SUFFIXES.items():
        if name.endswith(f".{public}") and not is_under(name, private):
            return Fqdn(name.removesuffix(public) + private)
    return None


def public_address(name: Fqdn, *, version: int = 4) -> str:
    """The public address of a name: always the same for the same name."""
    last = 1 + zlib.crc32(name.encode()) % 254
    return f"203.0.113.{last}" if version == 4 else f"2001:db8::{last:x}"


def _listed_names(estate: LabEstate) -> Iterator[tuple[Fqdn, bool]]:
    """The names that endpoints list, and whether approved; approved ones last, so that they win."""
    connections = [(endpoint, _is_approved(endpoint)) for endpoint in of_kind(estate, "private-endpoint")]
    for endpoint, approved in sorted(connections, key=lambda pair: pair[1]):
        for interface in _interfaces(estate, endpoint):
            for configuration in rows(branch(interface.body, "properties"), "ipConfigurations"):
                listed = branch(configuration, "properties", "privateLinkConnectionProperties").get("fqdns")
                for name in listed if isinstance(listed, list | tuple) else ():
                    yield fqdn(text(name)), approved


def _is_approved(endpoint: Document) -> bool:
    """Whether a connection of an endpoint is approved."""
    properties = branch(endpoint.body, "properties")
    states = [
        text(branch(connection, "properties", "privateLinkServiceConnectionState").get("status")).lower()
        for key in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
        for connection in rows(properties, key)
    ]
    return "approved" in states


def _interfaces(estate: LabEstate, endpoint: Document) -> Iterator[Document]:
    own = {arm_id(row.get("id")) for row in rows(branch(endpoint.body, "properties"), "networkInterfaces")}
    for interface in of_kind(estate, "network-interface"):
        owner = arm_id(branch(interface.body, "properties", "privateEndpoint").get("id"))
        if interface.id in own or owner == endpoint.id:
            yield interface


def _workspace_names(estate: LabEstate) -> Iterator[Fqdn]:
    """The names that workspaces have with or without an endpoint, and those of their regions."""
    for workspace in of_kind(estate, "workspace"):
        yield from _own_names(workspace)
        if region := _region(workspace):
            yield fqdn(f"{region}.{_names(workspace).api}")


def _linked_workspace_names(estate: LabEstate) -> Iterator[Fqdn]:
    """The names of workspaces with an approved endpoint: Azure knows them, whatever an interface lists."""
    for workspace in of_kind(estate, "workspace"):
        if _has_approved_endpoint(estate, workspace.id):
            yield from _own_names(workspace)


def _own_names(workspace: Document) -> Iterator[Fqdn]:
    """The names of a workspace; a project has its hub's notebooks name."""
    properties = branch(workspace.body, "properties")
    guid, region, suffix = text(properties.get("workspaceId")), _region(workspace), _names(workspace).api
    notebooks = text(branch(properties, "notebookInfo").get("fqdn"))
    if notebooks:
        yield fqdn(notebooks)
    if guid and region:
        yield fqdn(f"{guid}.workspace.{region}.{suffix}")
        yield fqdn(f"{guid}.workspace.{region}.cert.{suffix}")
        yield fqdn(f"*.{guid}.inference.{region}.{suffix}")


def _scoring_records(estate: LabEstate) -> Iterator[Record]:
    """The public names of online endpoints: aliases of the names below the inference wildcards of their workspaces."""
    for endpoint in of_kind(estate, "online-endpoint"):
        workspace = estate.documents.get(endpoint.id.parent)
        host = _host(branch(endpoint.body, "properties").get("scoringUri"))
        guid = text(branch(workspace.body, "properties").get("workspaceId")) if workspace else ""
        if workspace is None or not host or not guid:
            continue
        names, region = _names(workspace), _region(workspace)
        zone = names.api_zone if _has_approved_endpoint(estate, workspace.id) else names.api
        target = fqdn(f"{endpoint.id.name}.{guid}.inference.{region}.{zone}")
        yield Record(name=host, type="CNAME", ttl=TTL, value=target)


def _instance_names(estate: LabEstate) -> Iterator[Fqdn]:
    """The public names of compute instances, which no alias ever leads to a private link name."""
    for compute in of_kind(estate, "compute"):
        for application in rows(branch(compute.body, "properties", "properties"), "applications"):
            if host := _host(application.get("endpointUri")):
                yield host


def _has_approved_endpoint(estate: LabEstate, workspace: ArmId) -> bool:
    connections = rows(branch(estate.documents[workspace].body, "properties"), "privateEndpointConnections")
    states = [branch(row, "properties", "privateLinkServiceConnectionState").get("status") for row in connections]
    return any(text(state).lower() == "approved" for state in states)


def _names(resource: Document) -> CloudNames:
    return names_of_region(_region(resource))


def _region(resource: Document) -> str:
    return text(resource.body.get("location")).replace(" ", "").lower()


def _host(url: object) -> Fqdn | None:
    host = urlsplit(text(url)).hostname
    return fqdn(host) if host else None
