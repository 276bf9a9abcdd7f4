"""Estates of a few bare documents, and questions over real sockets, for the tests of the lab's DNS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from collectors.graph.declared import DeclaredServer, Vantage
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn

PUBLIC = "198.51.100.53"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network"
HUB = f"{GROUP}/virtualNetworks/hub"
SPOKE = f"{GROUP}/virtualNetworks/spoke"
API_ZONE = "privatelink.api.azureml.ms"
GUID = "5eed0001-0000-4000-8000-00000000f0a1"
API = f"{GUID}.workspace.westeurope.api.azureml.ms"
PRIVATE_API = f"{GUID}.workspace.westeurope.privatelink.api.azureml.ms"
PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10"


def ask(
    vantage: Vantage, server: str, name: str, rdtype: str = "A", *, tcp: bool = False, checking_disabled: bool = False
) -> dns.message.Message:
    """One real question to the server that a vantage's address map leads to."""
    host, port = vantage.address_map[server].split(":")
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
    query.flags |= dns.flags.CD if checking_disabled else 0
    if tcp:
        return dns.query.tcp(query, host, port=int(port), timeout=3)
    return dns.query.udp(query, host, port=int(port), timeout=3)


def shown(message: dns.message.Message) -> tuple[str, list[str]]:
    """The response code and the answer section as `name type value` in order."""
    lines = [
        f"{rrset.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(rrset.rdtype)} {record}".rstrip(".")
        for rrset in message.answer
        for record in rrset
    ]
    return dns.rcode.to_text(message.rcode()), lines


def document(kind: str, id: str, properties: Mapping[str, Any]) -> Document:
    return Document(kind=kind, id=ArmId(id), body={"id": id, "properties": dict(properties)})


def network(id: str, *servers: str, peers: Iterable[str] = ()) -> Document:
    peerings = [{"properties": {"peeringState": "Connected", "remoteVirtualNetwork": {"id": peer}}} for peer in peers]
    options = {"dhcpOptions": {"dnsServers": list(servers)}, "virtualNetworkPeerings": peerings}
    return document("virtual-network", id, options)


def zone(name: str, records: Mapping[str, Mapping[str, Any]], *links: Document) -> Iterable[Document]:
    """A zone, its links, and its record sets: `TYPE/name` -> properties."""
    id = f"{GROUP}/privateDnsZones/{name}"
    yield document("private-dns-zone", id, {})
    for key, properties in records.items():
        yield document("record-set", f"{id}/{key}", properties)
    yield from links


def link(zone: str, network: str, **properties: str) -> Document:
    """A link; its ids are in another case than the objects', as Azure sends them."""
    id = f"{GROUP.upper()}/privateDnsZones/{zone.upper()}/virtualNetworkLinks/to-{network.rpartition('/')[2]}"
    return document("zone-link", id, {"virtualNetwork": {"id": network.lower()}, **properties})


def a(*addresses: str, ttl: int = 10) -> dict[str, Any]:
    return {"ttl": ttl, "aRecords": [{"ipv4Address": address} for address in addresses]}


def estate(*documents: Document, servers: tuple[DeclaredServer, ...] = ()) -> LabEstate:
    held = {d.id: d for d in (network(HUB, peers=[SPOKE]), network(SPOKE, "10.0.0.4"), *documents)}
    return LabEstate(documents=held, servers=servers, declared=servers)


def bind(forwards: Mapping[str, tuple[str, ...]] | None, **more: Any) -> DeclaredServer:
    typed = None if forwards is None else {Fqdn(suffix): targets for suffix, targets in forwards.items()}
    return DeclaredServer(**({"address": "10.0.0.4", "network": "hub", "kind": "bind", "forwards": typed} | more))


def hub_spoke_with(server: DeclaredServer, *more: DeclaredServer) -> LabEstate:
    """The healthy hub and spokes with other servers."""
    return replace(build("hub-spoke"), servers=(server, *more), declared=(server, *more))
