"""Small words of the parsers: how ids, names, addresses and answers of yes and no are read out of shapes.

Each raises ValueError for what it cannot read, which makes a gap of the whole document.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from collectors.arm.shapes.common import DnsSettingsShape, EndpointConnectionShape, Reference, ResourceShape, Shape
from collectors.graph import addresses
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn, fqdn

_S = TypeVar("_S", bound=Shape)


def shape(document: Document, kind: type[_S]) -> _S:
    """A whole body."""
    return msgspec.convert(document.body, kind)


def envelope(document: Document) -> ResourceShape:
    """What is around the properties."""
    return msgspec.convert(document.body, ResourceShape)


def resource(document: Document, kind: type[_S]) -> tuple[ResourceShape, _S]:
    """What is around the properties, and the properties. Azure leaves out single ones, but never all of them."""
    body = envelope(document)
    if body.properties is None:
        raise ValueError("a resource without properties")
    return body, msgspec.convert(body.properties, kind)


def properties(document: Document, kind: type[_S]) -> _S:
    """The properties alone."""
    return resource(document, kind)[1]


def text_id(text: str | None) -> ArmId | None:
    """An id that stands as plain text; null, missing and empty all mean that there is none."""
    return ArmId(text) if text else None


def text_ids(texts: Iterable[str | None] | None) -> tuple[ArmId, ...]:
    """Ids that stand as plain text."""
    return tuple(ArmId(text) for text in texts or () if text)


def id_of(reference: Reference | None) -> ArmId | None:
    """The id of a reference."""
    return ArmId(reference.id) if reference and reference.id else None


def ids_of(references: Iterable[Reference | None] | None) -> tuple[ArmId, ...]:
    """The ids of references, those without one left out."""
    return tuple(found for reference in references or () if (found := id_of(reference)))


def needed(found: ArmId | None, what: str) -> ArmId:
    """An id without which the resource means nothing. Raises ValueError where it is missing."""
    if found is None:
        raise ValueError(what)
    return found


def endpoints_of(connections: Iterable[EndpointConnectionShape] | None) -> tuple[ArmId, ...]:
    """The private endpoints that a target knows of."""
    return ids_of(c.properties.private_endpoint for c in connections or () if c.properties)


def addresses_of(texts: Iterable[str | None] | None) -> tuple[str, ...]:
    """Addresses in their usual spelling."""
    return tuple(addresses.address(text) for text in texts or () if text)


def servers_of(settings: DnsSettingsShape | None) -> tuple[str, ...]:
    """The DNS servers of a network or an interface."""
    texts = (settings.dns_servers if settings else None) or ()
    # The one text that an interface may hold instead of addresses: Azure DNS, whatever its network says.
    return addresses_of(PLATFORM_RESOLVER if text.lower() == "azureprovideddns" else text for text in texts)


def prefixes_of(texts: Iterable[str | None] | None) -> tuple[str, ...]:
    """Address ranges in their usual spelling."""
    return tuple(_prefix(text) for text in texts or () if text)


def _prefix(text: str) -> str:
    if "%" in text:
        raise ValueError(f"an address range with a zone: {text!r}")
    return str(ipaddress.ip_network(text, strict=False))


def region(text: str | None) -> str:
    """A region as names use it: Search writes `West Europe`, most others `westeurope`."""
    return (text or "").lower().replace(" ", "")


def host_of(url: str | None) -> Fqdn | None:
    """The host of a URL, or of a host name that stands alone; None where it is an address."""
    if not url:
        return None
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    return fqdn(host) if host and not addresses.is_address(host) else None


def hosts_of(urls: Iterable[str | None] | None) -> tuple[Fqdn, ...]:
    """The hosts of URLs, each once, in their order."""
    return tuple(dict.fromkeys(host for url in urls or () if (host := host_of(url))))


def enabled(text: str | None) -> bool | None:
    """`Enabled` or `Disabled`; None for anything else, as `SecuredByPerimeter`: others decide there."""
    return {"enabled": True, "disabled": False}.get((text or "").lower())
