"""Estates for tests: those of the lab, trimmed as a live run trims them, and small ones of a few documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from agent.lab.builders import (
    Group,
    address_record,
    network_id,
    permissions,
    private_zone,
    subscription,
    virtual_network,
    vm_interface,
    zone_id,
    zone_link,
)
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from checks.context import PublicAliases, make_solver
from checks.requirements import Client, Required, Scope, derive_requirements
from checks.resolution.path import Path
from checks.resolution.solver import Solver
from collectors.arm.kinds import KINDS, trim
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared, DeclaredServer, Site
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
GROUP = Group(subscription=SUBSCRIPTION, name="RG-Test")
OTHER_GROUP = Group(subscription=SUBSCRIPTION, name="RG-Other")
AZURE_DNS = "168.63.129.16"
API_ZONE = "privatelink.api.azureml.ms"
SCOPE = Scope()


def trimmed(document: Document) -> Document:
    """A document as a live run keeps it."""
    return replace(document, body=trim(KINDS[document.kind], document.body)[0])


def estate_of(lab: LabEstate, *gaps: Gap, without: Iterable[str] = ()) -> Estate:
    """What a live run makes of a lab estate, without the documents of some kinds."""
    hidden = set(without)
    documents = [trimmed(document) for document in lab.documents.values() if document.kind not in hidden]
    declared = Declared(servers=lab.declared, sites=lab.sites, clients=lab.clients)
    return build_estate(documents, gaps, declared)


def lab(scenario: str, *breaks: str) -> Estate:
    """The estate of a scenario after some named faults."""
    return estate_of(build(scenario, breaks))


def required(estate: Estate, scope: Scope = SCOPE) -> Required:
    """The requirements of an estate."""
    return derive_requirements(estate, scope)


def small_estate(
    *documents: Document | Iterable[Document],
    gaps: Iterable[Gap] = (),
    servers: tuple[DeclaredServer, ...] = (),
    sites: tuple[Site, ...] = (),
    declared: Declared | None = None,
) -> Estate:
    """A few documents of one subscription in which the identity may read everything."""
    held = [subscription(SUBSCRIPTION, "test"), permissions(SUBSCRIPTION), *flat(documents)]
    declared = declared or Declared(servers=servers, sites=sites)
    return build_estate([trimmed(document) for document in held], gaps, declared)


def flat(documents: Iterable[Document | Iterable[Document]]) -> Iterator[Document]:
    """Documents and groups of documents as one row."""
    for document in documents:
        if isinstance(document, Document):
            yield document
        else:
            yield from document


def network(
    name: str,
    prefix: str = "10.0.0.0/16",
    *servers: str,
    peers: Mapping[str, str] | None = None,
    group: Group = GROUP,
) -> Document:
    """A virtual network with one subnet as wide as itself; `peers` maps names in the same group to prefixes."""
    remote = {network_id(group, peer): peer_prefix for peer, peer_prefix in (peers or {}).items()}
    return virtual_network(group, name, prefix, subnets={"default": prefix}, dns_servers=servers, peers=remote)


def nid(name: str, group: Group = GROUP) -> ArmId:
    """The id of a virtual network."""
    return ArmId(network_id(group, name))


def machine(name: str, network: str, address: str, *servers: str) -> Document:
    """The interface of a machine; `servers` override those of its network."""
    document = vm_interface(GROUP, name, f"vm-{name}", f"{nid(network)}/subnets/default", address)
    body = dict(document.body)
    settings = body["properties"]["dnsSettings"] | {"dnsServers": list(servers)}
    body["properties"] = body["properties"] | {"dnsSettings": settings}
    return replace(document, body=body)


def zone(
    name: str,
    records: Mapping[str, Any] | None = None,
    *networks: str,
    fallback: bool = False,
    group: Group = GROUP,
) -> list[Document]:
    """A zone with its links and record sets: `TYPE/name` -> addresses, or the target of a CNAME."""
    own = zone_id(group, name)
    links = [link(own, network, fallback=fallback) for network in networks]
    sets = [record(own, key, value) for key, value in (records or {}).items()]
    return [private_zone(group, name, record_sets=len(sets), links=len(links)), *links, *sets]


def zid(name: str, group: Group = GROUP) -> ArmId:
    """The id of a private DNS zone."""
    return ArmId(zone_id(group, name))


def link(zone: str, network: str, *, fallback: bool = False) -> Document:
    """The link of a zone to a network of the test's group."""
    document = zone_link(zone, str(nid(network)))
    body = dict(document.body)
    policy = "NxDomainRedirect" if fallback else "Default"
    body["properties"] = body["properties"] | {"resolutionPolicy": policy}
    return replace(document, body=body)


def record(zone: str, key: str, value: Any) -> Document:
    """One record set of a zone."""
    type, _, name = key.partition("/")
    if type == "A":
        return address_record(zone, name, value)
    properties: dict[str, Any] = {"txtRecords": [{"value": [value]}]}
    if type == "AAAA":
        properties = {"aaaaRecords": [{"ipv6Address": address} for address in value]}
    if type == "CNAME":
        properties = {"cnameRecord": {"cname": value}}
    if type == "PTR":
        properties = {"ptrRecords": [{"ptrdname": target} for target in value]}
    own = f"{zone}/{type}/{name}"
    body = {"id": own, "name": name, "type": f"Microsoft.Network/privateDnsZones/{type}", "properties": properties}
    return Document(kind="record-set", id=ArmId(own), body=body)


def server(
    address: str,
    forwards: Mapping[str, str] | None,
    *,
    network: str = "",
    site: str = "",
    kind: str = "bind",
    records: Mapping[str, tuple[str, ...]] | None = None,
    **more: Any,
) -> DeclaredServer:
    """A declared server; `forwards` maps a suffix to its targets, with blanks between them."""
    return DeclaredServer(
        address=address,
        network=network,
        site=site,
        kind=kind,
        forwards=None if forwards is None else {Fqdn(s): tuple(targets.split()) for s, targets in forwards.items()},
        records={Fqdn(name): addresses for name, addresses in (records or {}).items()},
        **more,
    )


def gap(kind: str, scope: object, reason: Reason = Reason.FORBIDDEN) -> Gap:
    """Something that could not be read."""
    return Gap(kind=kind, scope=str(scope), reason=reason, detail="the test hides it")


def client(name: str) -> Client:
    """A network as a client."""
    return Client(id=str(nid(name)), network=nid(name))


def solver(estate: Estate, chains: Mapping[str, str] | None = None) -> Solver:
    """The solver of an estate, with public aliases of its own or those that the names of workspaces imply."""
    if chains is None:
        return make_solver(estate, PublicAliases())
    return Solver(estate, {Fqdn(name): Fqdn(target) for name, target in chains.items()})


def solve(estate: Estate, network: str, name: str, type: str = "A", chains: Mapping[str, str] | None = None) -> Path:
    """What a network gets for a name."""
    return solver(estate, chains).path(client(network), Fqdn(name), type)
