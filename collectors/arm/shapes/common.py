"""What all shapes of ARM JSON share: tolerant of unknown keys, of null and of missing, strict about types.

Field names are ARM's own in snake case; `None` stands for null and for missing alike, as Azure mixes them.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Shape(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all shapes: camelCase on the wire, unknown keys pass."""


class Reference(Shape):
    """`{"id": ...}`, the way ARM points to something."""

    id: str | None = None


class DnsSettingsShape(Shape):
    """An interface's own servers, and those that its machine uses as far as Azure tells."""

    dns_servers: list[str] | None = None
    applied_dns_servers: list[str] | None = None


class ResourceShape(Shape):
    """What is around the properties of every resource. Some provider leaves out any of it now and then."""

    name: str | None = None
    type: str | None = None
    location: str | None = None
    kind: str | None = None
    properties: dict[str, Any] | None = None


class EndpointConnectionProperties(Shape):
    """A private endpoint seen from its target."""

    private_endpoint: Reference | None = None


class EndpointConnectionShape(Shape):
    """A private endpoint seen from its target: providers differ in all but the endpoint's id."""

    properties: EndpointConnectionProperties | None = None


class VirtualNetworkShape(Shape):
    """Properties of which only the virtual network matters."""

    virtual_network: Reference | None = None
    provisioning_state: str | None = None
