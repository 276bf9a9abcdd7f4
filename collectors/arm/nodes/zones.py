"""Private zones, their links and record sets."""

from __future__ import annotations

import re

from collectors.arm.nodes.reading import addresses_of, envelope, id_of, needed, properties, resource
from collectors.arm.shapes import dns as shapes
from collectors.arm.shapes.common import ResourceShape
from collectors.graph.documents import Document
from collectors.graph.ids import absolute, fqdn
from collectors.graph.nodes import OwnerStamp, PrivateZone, RecordSet, ZoneLink

_STAMP = re.compile(r"created by private endpoint (\S+) with resource guid ([0-9a-f-]+)", re.IGNORECASE)


def parse_zone(document: Document) -> PrivateZone:
    """A private zone: nothing but its name matters here."""
    name = fqdn(envelope(document).name or document.id.name)
    if not name:
        raise ValueError("a private DNS zone over the root")
    return PrivateZone(id=document.id, name=name)


def parse_link(document: Document) -> ZoneLink:
    """A link of the zone above it."""
    link = properties(document, shapes.ZoneLinkShape)
    return ZoneLink(
        id=document.id,
        zone=document.id.parent,
        network=needed(id_of(link.virtual_network), "a virtual network link without a virtual network"),
        registration=bool(link.registration_enabled),
        fallback=(link.resolution_policy or "").lower() == "nxdomainredirect",
        state=link.virtual_network_link_state or "",
        provisioning_state=link.provisioning_state or "",
    )


def _owner(metadata: shapes.MetadataShape | None) -> OwnerStamp | None:
    stamp = _STAMP.search(metadata.creator) if metadata and metadata.creator else None
    return OwnerStamp(endpoint=stamp[1], resource_guid=stamp[2].lower()) if stamp else None


def _record_name(document: Document, body: ResourceShape) -> str:
    """The name relative to its zone. Raises ValueError where the two make no domain name."""
    name = (body.name or document.id.name).lower()
    fqdn(absolute(name, document.id.parent.name))
    return name


def parse_record_set(document: Document) -> RecordSet:
    """A record set; its type ends in the record type."""
    body, record = resource(document, shapes.RecordSetShape)
    cname = record.cname_record.cname if record.cname_record else None
    held = (
        *addresses_of(a.ipv4_address for a in record.a_records or ()),
        *addresses_of(aaaa.ipv6_address for aaaa in record.aaaa_records or ()),
    )
    return RecordSet(
        id=document.id,
        zone=document.id.parent,
        name=_record_name(document, body),
        type=(body.type or document.id.type).rpartition("/")[2].upper(),
        ttl=record.ttl or 0,
        addresses=tuple(sorted(held)),
        cname=fqdn(cname) if cname else None,
        owner=_owner(record.metadata),
        auto_registered=bool(record.is_auto_registered),
        pointers=tuple(sorted(fqdn(ptr.ptrdname) for ptr in record.ptr_records or () if ptr.ptrdname)),
    )
