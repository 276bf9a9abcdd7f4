"""Private DNS zones, links and record sets; the service writes resource groups in lower case."""

from __future__ import annotations

from collections.abc import Sequence

from agent.lab.builders.common import Body, Group, bare_etag, document, guid, name_of, quoted_etag
from collectors.graph.documents import Document

_ZONE = "Microsoft.Network/privateDnsZones"


def zone_id(group: Group, name: str) -> str:
    """The id of a private DNS zone, its resource group in lower case."""
    return group.lowered().id(_ZONE, name)


def private_zone(group: Group, name: str, *, record_sets: int, links: int) -> Document:
    """A private DNS zone; the counters are Azure's own (the SOA record set counts)."""
    own = zone_id(group, name)
    return document(
        "private-dns-zone",
        {
            "id": own,
            "name": name,
            "type": _ZONE,
            "etag": bare_etag(own),
            "location": "global",
            "properties": {
                "internalId": "TGFiWm9uZTsw",
                "maxNumberOfRecordSets": 25000,
                "maxNumberOfVirtualNetworkLinks": 1000,
                "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
                "numberOfRecordSets": record_sets,
                "numberOfVirtualNetworkLinks": links,
                "numberOfVirtualNetworkLinksWithRegistration": 0,
                "provisioningState": "Succeeded",
            },
        },
    )


def zone_link(zone: str, network: str) -> Document:
    """A virtual network link; its own name is in lower case, the network's id keeps its spelling.

    Links of zones that are not private-link zones have no resolution policy at all.
    """
    name = f"link-{name_of(network)}".lower()
    own = f"{zone}/virtualNetworkLinks/{name}"
    return document(
        "zone-link",
        {
            "id": own,
            "name": name,
            "type": f"{_ZONE}/virtualNetworkLinks",
            "etag": quoted_etag(own),
            "location": "global",
            "properties": {
                "provisioningState": "Succeeded",
                "registrationEnabled": False,
                **({"resolutionPolicy": "Default"} if "privatelink" in name_of(zone).split(".") else {}),
                "virtualNetwork": {"id": network},
                "virtualNetworkLinkState": "Completed",
            },
        },
    )


def address_record(zone: str, name: str, addresses: Sequence[str], endpoint: str = "") -> Document:
    """An A record set; with `endpoint` (an id) as its zone group writes it: TTL 10 and the owner's stamp."""
    properties: Body = {
        "ttl": 10 if endpoint else 3600,
        "aRecords": [{"ipv4Address": address} for address in addresses],
        "isAutoRegistered": False,
    }
    if endpoint:
        owner = name_of(endpoint)
        stamp = f"created by private endpoint {owner} with resource guid {guid(endpoint)}"
        properties = {"metadata": {"creator": stamp}} | properties
    return _record_set(zone, "A", name.lower(), properties)


def alias_record(zone: str, name: str, target: str) -> Document:
    """A CNAME record set, as somebody types it."""
    properties = {"ttl": 3600, "cnameRecord": {"cname": target}, "isAutoRegistered": False}
    return _record_set(zone, "CNAME", name.lower(), properties)


def soa_record(zone: str) -> Document:
    """The SOA record set that every zone has, with both spellings of its minimum."""
    return _record_set(
        zone,
        "SOA",
        "@",
        {
            "ttl": 3600,
            "soaRecord": {
                "email": "azureprivatedns-host.microsoft.com",
                "expireTime": 2419200,
                "host": "azureprivatedns.net",
                "minimumTTL": None,
                "refreshTime": 3600,
                "retryTime": 300,
                "serialNumber": 1,
                "minimumTtl": 10,
            },
            "isAutoRegistered": False,
        },
    )


def _record_set(zone: str, record_type: str, name: str, properties: Body) -> Document:
    own = f"{zone}/{record_type}/{name}"
    apex = name_of(zone)
    return document(
        "record-set",
        {
            "id": own,
            "name": name,
            "type": f"{_ZONE}/{record_type}",
            "etag": bare_etag(own),
            "properties": {"fqdn": f"{apex}." if name == "@" else f"{name}.{apex}."} | properties,
        },
    )
