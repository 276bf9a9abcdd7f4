"""Small estates with one thing done otherwise: what the documents forbid, or what they only mention in passing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from agent.lab.builders import (
    Group,
    dns_resolver,
    forwarding_rule,
    forwarding_ruleset,
    inbound_endpoint,
    outbound_endpoint,
    outbound_endpoint_id,
    ruleset_id,
    ruleset_link,
    virtual_network,
)
from checks.requirements import Client
from checks.resolution.path import Path
from collectors.graph.declared import DeclaredServer, Site
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from tests.checks.resolution.around import INBOUND, resolver, ruleset
from tests.checks.resolution.small import CHAIN, ZONE, hub, private_zone, spoke
from tests.estates import GROUP, nid, record, server, small_estate, solver, zid

ON_SITE = "192.168.1.53"
SITE = Site(name="head-office", address_space=("192.168.0.0/16",), servers=(ON_SITE,))
SITE_NAME = "files.corp.example"


def edited(document: Document, **properties: Any) -> Document:
    """The document with some of its properties replaced."""
    return replace(document, body={**document.body, "properties": {**document.body["properties"], **properties}})


def of_kind(documents: Iterable[Document], kind: str) -> Document:
    """The one document of a kind."""
    (found,) = [document for document in documents if document.kind == kind]
    return found


def without(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """The documents but those of some kinds."""
    return [document for document in documents if document.kind not in kinds]


def from_site(estate: Estate, name: str, type: str = "A") -> Path:
    """What a client at the site gets."""
    return solver(estate, CHAIN).path(Client(id=f"site:{SITE.name}", site=SITE.name), Fqdn(name), type)


def at_site(forwards: dict[str, str]) -> DeclaredServer:
    """The site's own DNS server; it holds a name of the site."""
    return server(ON_SITE, forwards, site=SITE.name, records={SITE_NAME: ("192.168.2.2",)})


def resolver_in(network: Document, subnet: str, *, region: str = GROUP.region) -> list[Document]:
    """A resolver in one subnet of a network, its inbound endpoint at the address that the tests ask."""
    group = Group(subscription=GROUP.subscription, name=GROUP.name, region=region)
    inside = f"{network.id}/subnets/{subnet}"
    return [
        network,
        dns_resolver(group, "dnspr", str(network.id)),
        inbound_endpoint(group, "dnspr", "in", inside, INBOUND),
        outbound_endpoint(group, "dnspr", "out", inside),
    ]


def hub_with_subnet(prefix: str) -> Document:
    """The hub network with one subnet, which holds the inbound endpoint's address."""
    return virtual_network(GROUP, "hub", "10.0.0.0/16", subnets={"snet": prefix}, resolver_subnets=("snet",))


def through_inbound(*parts: Any) -> Estate:
    """A spoke whose DNS server is the inbound endpoint in the hub, where the zone is linked."""
    return small_estate(spoke(INBOUND), private_zone("hub"), *parts)


def through_rule(*parts: Any, **rules: list[str]) -> Estate:
    """A spoke with a rule for the zone that leads to the inbound endpoint in the hub, where the zone is linked."""
    return small_estate(
        hub(), spoke(), resolver(), private_zone("hub"), ruleset({ZONE: [INBOUND]} | rules, "spoke"), *parts
    )


def second_ruleset(name: str, domain: str, targets: Iterable[str], *networks: str, outbound: str = "out") -> Any:
    """A ruleset beside the usual one."""
    own = ruleset_id(GROUP, name)
    return [
        forwarding_ruleset(GROUP, name, [outbound_endpoint_id(GROUP, "dnspr", outbound)]),
        forwarding_rule(own, f"rule-of-{name}", domain, targets),
        *(ruleset_link(own, str(nid(network))) for network in networks),
    ]


def registered(zone: str, name: str, address: str) -> Document:
    """A record that Azure wrote for a machine of a registration network."""
    return edited(record(str(zid(zone)), f"A/{name}", [address]), isAutoRegistered=True, ttl=10)


def registers(link: Document) -> Document:
    """The link with auto-registration switched on."""
    return edited(link, registrationEnabled=True)


def interface_id(name: str) -> ArmId:
    """The id of a machine's interface."""
    return ArmId(GROUP.id("Microsoft.Network/networkInterfaces", name))
