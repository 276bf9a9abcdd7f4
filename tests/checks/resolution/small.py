"""A hub, a spoke, one private-link zone and one server: what most tests of the resolver need."""

from __future__ import annotations

from typing import Any

from checks.resolution.path import (
    Addresses,
    Outcome,
    Path,
)
from checks.resolution.rules import Rule
from collectors.graph.declared import DeclaredServer
from tests.estates import (
    AZURE_DNS,
    SUBSCRIPTION,
    network,
    server,
    small_estate,
    solve,
    zone,
)

ZONE = "privatelink.example.com"
NAME, PRIVATE = "x.example.com", f"x.{ZONE}"
CHAIN = {NAME: PRIVATE}
PUBLIC_RESOLVER = "198.51.100.53"
EVERYTHING = f"/subscriptions/{SUBSCRIPTION}"
ANSWER = Addresses(("10.0.0.5",))


def hub(*servers: str) -> Any:
    return network("hub", "10.0.0.0/16", *servers)


def private_zone(*networks: str, name: str = "x", **more: Any) -> Any:
    return zone(ZONE, {f"A/{name}": ["10.0.0.5"]}, *networks, **more)


def decided(path: Path) -> tuple[Outcome, Rule, str]:
    """The outcome, the rule and the name of the object that decided it."""
    return path.outcome, path.last.rule, path.last.decided_by.name if path.last.decided_by else ""


def hops(path: Path) -> list[tuple[str, str]]:
    return [(hop.rule.name, hop.result.outcome) for hop in path.hops]


def spoke(*servers: str) -> Any:
    return network("spoke", "10.1.0.0/16", *servers, peers={"hub": "10.0.0.0/16"})


def bind(forwards: dict[str, str] | None = None, **more: Any) -> DeclaredServer:
    known = {"": AZURE_DNS} if forwards is None else forwards
    return server("10.0.0.4", known, **({"network": "hub"} | more))


def asked_of(declared: DeclaredServer, name: str = NAME, type: str = "A", *parts: Any) -> Path:
    """What the spoke gets from the hub's server; the zone is linked to the hub."""
    estate = small_estate(hub(), spoke("10.0.0.4"), private_zone("hub"), *parts, servers=(declared,))
    return solve(estate, "spoke", name, type, chains=CHAIN)
