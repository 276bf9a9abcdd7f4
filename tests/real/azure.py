"""168.63.129.16 of an estate: what each network and virtual hub sees, as views of one BIND.

Who asks from a network's address space is in its view, and so is who asks its inbound endpoints. BIND has no word for
two things, which a front before it adds: fallback to public DNS, and rules whose target has the last word.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER, public_records
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.ids import ArmId, is_under
from tests.real.bind import LONGEST_TTL, Files, Server, forwarders, named, primary, zone_file
from tests.real.network import FABRIC, ROUTER
from tests.real.places import of_kind, places_of

_PRIVATE_SOA = "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10"


@dataclass(slots=True, kw_only=True)
class View:
    """Azure DNS in one network or virtual hub: the zones linked there, their texts, and the rules.

    `backend` is where BIND answers as this view when the front stands before it.
    """

    backend: str
    prefixes: tuple[str, ...]
    doors: list[str] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    fallback: list[str] = field(default_factory=list)
    rules: dict[str, tuple[str, ...]] = field(default_factory=dict)


def azure_servers(estate: LabEstate) -> tuple[Server, ...]:
    """BIND, and the front where BIND alone cannot play. Raises ValueError for what neither can."""
    views = list(_views(estate).values())
    if any(view.fallback or view.rules for view in views):
        return _fronted(views)
    return (_alone(views),)


def fabric_addresses(servers: Iterable[Server]) -> list[str]:
    """The addresses that must stand on the router for servers there."""
    return sorted({address for server in servers if server.place == FABRIC for address in server.addresses})


def _alone(views: Iterable[View]) -> Server:
    """Endpoints first: whoever asks one of them is in its network's view, wherever the question comes from."""
    files, doors, networks = Files(), [], []
    addresses = [PLATFORM_RESOLVER]
    for number, view in enumerate(views):
        zones = "".join(primary(zone, files.add(text)) for zone, text in view.zones.items())
        inside = f"  {_forward(PUBLIC_RESOLVER)}\n{zones}}};\n"
        clients = " ".join(f"{prefix};" for prefix in view.prefixes)
        networks.append(f'view "v{number}" {{\n  match-clients {{ {clients} }};\n{inside}')
        if view.doors:
            asked = " ".join(f"{door};" for door in view.doors)
            doors.append(f'view "d{number}" {{\n  match-destinations {{ {asked} }};\n{inside}')
            addresses += view.doors
    return named("azure", FABRIC, addresses[::-1], [*doors, *networks], files, source=ROUTER)


def _fronted(views: Iterable[View]) -> tuple[Server, Server]:
    files, blocks = Files(), []
    markers: dict[str, str] = {}
    views = list(views)
    for number, view in enumerate(views):
        zones = "".join(primary(zone, files.add(text)) for zone, text in view.zones.items())
        for domain, (target, *_) in view.rules.items():
            if domain not in view.zones:  # a linked zone answers before a rule of the same name
                marker = f"100.65.0.{len(markers) + 1}"
                markers[marker] = target
                zones += f'zone "{domain}" {{ type forward; {_forward(marker)} }};\n'
        blocks.append(
            f'view "v{number}" {{\n  match-destinations {{ {view.backend}; }};\n'
            f"  {_forward(PUBLIC_RESOLVER)}\n{zones}}};\n"
        )
    bind = named("azure", FABRIC, [view.backend for view in views], blocks, files, source=ROUTER)
    return bind, _front(views, markers)


def _front(views: Iterable[View], markers: Mapping[str, str]) -> Server:
    at = [({"addresses": [door]}, view) for view in views for door in view.doors]
    at += [({"addresses": [PLATFORM_RESOLVER], "clients": list(view.prefixes)}, view) for view in views]
    plan: dict[str, Any] = {
        "public": PUBLIC_RESOLVER,
        "markers": dict(markers),
        "views": [{**asked, "backend": view.backend, "fallback": view.fallback} for asked, view in at],
    }
    asked = dict.fromkeys([*(address for asked, _ in at for address in asked["addresses"]), *markers])
    return Server(
        name="front", kind="front", place=FABRIC, addresses=tuple(asked), files={"front.json": json.dumps(plan)}
    )


def _forward(target: str) -> str:
    return f"forward only; {forwarders([target])}"


# From documents


def _views(estate: LabEstate) -> dict[str, View]:
    """By the id of the network or virtual hub, in lower case."""
    places = [place for place in places_of(estate) if place.id]
    views = {
        place.id.key: View(backend=f"100.64.0.{number}", prefixes=place.prefixes)
        for number, place in enumerate(places, 1)
        if place.id
    }
    _refuse_blocked(estate)
    _add_doors(estate, views)
    _add_zones(estate, views)
    _add_rules(estate, views)
    return views


def _refuse_blocked(estate: LabEstate) -> None:
    """Security policies are not played, so nobody may ask for what they block."""
    names = [record.name for record in public_records(estate)]
    for domains in of_kind(estate, "domain-list"):
        if any(is_under(name, domain) for name in names for domain in domains.body["properties"]["domains"]):
            raise ValueError("DNS security policies are not played with real servers")


def _add_doors(estate: LabEstate, views: Mapping[str, View]) -> None:
    networks = {d.id: d.body["properties"]["virtualNetwork"]["id"].lower() for d in of_kind(estate, "dns-resolver")}
    for door in of_kind(estate, "inbound-endpoint"):
        for configuration in door.body["properties"]["ipConfigurations"]:
            views[networks[door.id.parent]].doors.append(configuration["privateIpAddress"])


def _add_zones(estate: LabEstate, views: Mapping[str, View]) -> None:
    zones = {document.id: document.id.name.lower() for document in of_kind(estate, "private-dns-zone")}
    linked: Counter[tuple[str, str]] = Counter()
    for link in of_kind(estate, "zone-link"):
        properties = link.body["properties"]
        network = properties["virtualNetwork"]["id"].lower()
        name = zones.get(link.id.parent)
        if name is None or properties.get("virtualNetworkLinkState", "Completed") != "Completed":
            continue
        linked[network, name] += 1
        if linked[network, name] > 1:
            raise ValueError(f"Azure refuses a second link to a zone of the same name: {name}")
        views[network].zones[name] = zone_file(name, _PRIVATE_SOA, _lines(estate, link.id.parent))
        if properties.get("resolutionPolicy") == "NxDomainRedirect" and "privatelink" in name.split("."):
            views[network].fallback.append(name)


def _lines(estate: LabEstate, zone: ArmId) -> Iterator[str]:
    for record_set in of_kind(estate, "record-set"):
        if record_set.id.parent == zone:
            properties, name = record_set.body["properties"], record_set.body["name"]
            for value in _values(properties):
                yield f"{name} {min(int(properties['ttl']), LONGEST_TTL)} {value}"


def _values(properties: Mapping[str, Any]) -> Iterator[str]:
    for row in properties.get("aRecords", ()):
        yield f"A {row['ipv4Address']}"
    for row in properties.get("aaaaRecords", ()):
        yield f"AAAA {row['ipv6Address']}"
    if "cnameRecord" in properties:
        yield f"CNAME {properties['cnameRecord']['cname'].rstrip('.')}."


def _add_rules(estate: LabEstate, views: Mapping[str, View]) -> None:
    """The enabled rules of the rulesets linked to each network; of several targets the first."""
    rules: dict[ArmId, dict[str, tuple[str, ...]]] = {}
    for rule in of_kind(estate, "forwarding-rule"):
        properties = rule.body["properties"]
        domain = properties["domainName"].rstrip(".").lower()
        if not domain:
            raise ValueError("a rule for every name is played in the comparison with the model only")
        if properties["forwardingRuleState"] == "Enabled":
            targets = tuple(target["ipAddress"] for target in properties["targetDnsServers"])
            rules.setdefault(rule.id.parent, {})[domain] = targets
    for link in of_kind(estate, "ruleset-link"):
        views[link.body["properties"]["virtualNetwork"]["id"].lower()].rules.update(rules.get(link.id.parent, {}))
