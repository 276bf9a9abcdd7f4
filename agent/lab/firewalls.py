"""The DNS side of Azure firewalls, read from the documents: where they stand, whether they listen, whom they ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.lab.estate import LabEstate
from agent.lab.zones import arm_id, branch, of_kind, rows, text
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A firewall at an address of a network or virtual hub. No `servers`: it asks Azure DNS where it stands."""

    address: str
    place: ArmId
    proxy: bool
    servers: tuple[str, ...]


def firewalls(estate: LabEstate) -> Iterator[Firewall]:
    """Every firewall at each of its private addresses."""
    for document in of_kind(estate, "firewall"):
        proxy, servers = _settings(estate, document)
        for address, place in _places(branch(document.body, "properties")):
            yield Firewall(address=address, place=place, proxy=proxy, servers=servers)


def _places(properties: Mapping[str, Any]) -> Iterator[tuple[str, ArmId]]:
    hub = arm_id(branch(properties, "virtualHub").get("id"))
    address = text(branch(properties, "hubIPAddresses").get("privateIPAddress"))
    if hub and address:
        yield address, hub
    for configuration in rows(properties, "ipConfigurations"):
        inner = branch(configuration, "properties")
        subnet, address = arm_id(branch(inner, "subnet").get("id")), text(inner.get("privateIPAddress"))
        if subnet and address:
            yield address, subnet.parent


def _settings(estate: LabEstate, firewall: Document) -> tuple[bool, tuple[str, ...]]:
    """Whether it is a proxy and for which servers. A policy silences the settings of the firewall itself."""
    policy = arm_id(branch(firewall.body, "properties", "firewallPolicy").get("id"))
    return _of_policy(estate, policy) if policy else _of_classic(branch(firewall.body, "properties"))


def _of_policy(estate: LabEstate, policy: ArmId) -> tuple[bool, tuple[str, ...]]:
    """The policy's own settings: of a base policy rules are inherited, not DNS. A Basic one has no proxy at all."""
    document = estate.documents.get(policy)
    properties = branch(document.body, "properties") if document else {}
    if text(branch(properties, "sku").get("tier")).lower() == "basic":
        return False, ()
    settings = branch(properties, "dnsSettings")
    servers = tuple(server for server in settings.get("servers") or () if isinstance(server, str) and server)
    return settings.get("enableProxy") is True, servers


def _of_classic(properties: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Strings: `true` in any case, and addresses joined by commas."""
    settings = {key.lower(): text(value) for key, value in branch(properties, "additionalProperties").items()}
    servers = [server.strip() for server in settings.get("network.dns.servers", "").split(",")]
    return settings.get("network.dns.enableproxy", "").lower() == "true", tuple(filter(None, servers))
