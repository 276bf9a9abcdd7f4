"""What servers other than Azure DNS make of a question: inbound endpoints, firewalls, declared and unknown ones."""

from __future__ import annotations

import ipaddress

from checks.resolution import rules
from checks.resolution.path import INTERNET, Addresses, DeadEnd, NoData, Opaque, Public
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    Unknown,
    Unreachable,
    misplaced,
    place_name,
    server_at,
)
from checks.resolution.rules import Rule
from checks.resolution.steps import Asked, Decision, PublicDnsFacts, Step
from collectors.graph.addresses import is_address
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, suffixes


def server_step(estate: Estate, facts: PublicDnsFacts, server: CustomServer, asked: Asked) -> Step:
    """One question to a declared server: its own records, then the forwarder of the longest suffix."""
    declared = server.declared
    doubt = misplaced(estate, server)
    if doubt and declared.network:
        return _decide(server, rules.NETWORK_UNREAD, doubt[0]).end(asked, Opaque(*doubt))
    if asked.name in declared.records:
        return _own_record(server, asked)
    if declared.forwards is None:
        text = f"what {server.address} forwards is not declared"
        return _decide(server, rules.SERVER_OPAQUE, text).end(asked, Opaque(text))
    suffix = next((s for s in (*suffixes(asked.name), Fqdn("")) if s in declared.forwards), None)
    targets = declared.forwards[suffix] if suffix is not None else ()
    if suffix is None or not targets:
        text = f"{server.address} forwards nothing for this name and asks the internet itself"
        return _internet(facts, server, _decide(server, rules.ITERATES, text), asked)
    onward = server_at(estate, targets[0], server.network, declared.site)
    if doubt and isinstance(onward, Unreachable):
        return _decide(server, rules.NETWORK_UNREAD, doubt[0]).end(asked, Opaque(*doubt))
    return _forward(facts, server, suffix, targets[0], onward, asked)


def _decide(server: CustomServer, rule: Rule, text: str) -> Decision:
    return Decision(at=server.thing, decided_by=server.thing, rule=rule, text=text, view=server.id)


def _own_record(server: CustomServer, asked: Asked) -> Step:
    held = server.declared.records[asked.name]
    decision = _decide(server, rules.SERVER_RECORDS, f"{server.address} holds a record of its own")
    target = next((value for value in held if not is_address(value)), None)
    if target is not None:
        return decision.alias(asked, Fqdn(target))
    version = {"A": 4, "AAAA": 6}.get(asked.type)
    fitting = tuple(sorted(value for value in held if ipaddress.ip_address(value).version == version))
    return decision.end(asked, Addresses(fitting) if fitting else NoData())


def _forward(
    facts: PublicDnsFacts, server: CustomServer, suffix: Fqdn, target: str, onward: Place, asked: Asked
) -> Step:
    rule = rules.FORWARDER if suffix else rules.DEFAULT_FORWARDER
    shown = suffix or "everything else"
    if isinstance(onward, PublicDns):
        text = f"{server.address} forwards {shown} to {target}, a public resolver"
        return _internet(facts, server, _decide(server, rule, text), asked)
    text = f"{server.address} forwards {shown} to {place_name(onward)}"
    return _decide(server, rule, text).forward(asked, onward)


def _internet(facts: PublicDnsFacts, server: CustomServer, decision: Decision, asked: Asked) -> Step:
    """The internet answers; a server that re-applies its forwarders asks itself for the alias."""
    target = facts.chains.get(asked.name)
    if asked.name in facts.unknown and server.reapplies:
        text = "whether public DNS has an alias of it is neither known nor assumed"
        return _decide(server, rules.ALIAS_UNKNOWN, text).end(asked, Opaque(text))
    if target is None or not server.reapplies:
        return decision.end(asked, Public())
    told = Decision(
        at=decision.at,
        decided_by=decision.decided_by,
        rule=decision.rule,
        text=f"{decision.text}: an alias of {target}",
        view=decision.view,
    )
    return told.alias(asked, target, facts.assumption(asked.name))


def inbound_step(place: Inbound, asked: Asked) -> Step:
    """An inbound endpoint hands every question to Azure DNS in its resolver's network."""
    if place.view is None:
        text = f"the network of the resolver behind {place.address} could not be read"
        decision = Decision(
            at=place.thing, decided_by=place.thing, rule=rules.INBOUND_UNREAD, text=text, view=place.id.text
        )
        return decision.end(asked, Opaque(text, place.gaps))
    text = f"resolver {place.id.parent.name} asks Azure DNS in its network, {place.view.name}"
    decision = Decision(
        at=place.thing, decided_by=place.thing, rule=rules.INBOUND_ENDPOINT, text=text, view=place.view.text
    )
    return decision.forward(asked, AzureDns(place.view))


def firewall_step(estate: Estate, place: FirewallProxy, asked: Asked) -> Step:
    """A firewall's proxy hands every question to its own servers, whatever its network's are, or to Azure DNS."""

    def decide(rule: Rule, text: str) -> Decision:
        return Decision(at=place.thing, decided_by=place.thing, rule=rule, text=text, view=place.view.text)

    if place.proxy is None:
        why = "could not be read" if place.gaps else "stand in its base policy only, which may not count"
        text = f"the DNS settings of firewall {place.id.name} {why}"
        return decide(rules.FIREWALL_UNREAD, text).end(asked, Opaque(text, place.gaps))
    if not place.proxy:
        text = f"the DNS proxy of firewall {place.id.name} is off: nobody answers at {place.address}"
        return decide(rules.FIREWALL_PROXY_OFF, text).end(asked, DeadEnd(text))
    own = [server for server in place.servers if server.partition(":")[0] != PLATFORM_RESOLVER]
    if not own or place.servers[0] not in own:
        onward: Place = AzureDns(place.view)
        return decide(rules.FIREWALL_OWN_DNS, f"asks {place_name(onward)}, where it stands").forward(asked, onward)
    onward = server_at(estate, own[0], place.near)
    return decide(rules.FIREWALL_PROXY, f"its DNS settings name {place_name(onward)}").forward(asked, onward)


def unknown_step(place: Unknown, asked: Asked) -> Step:
    """Nobody can tell what an unexplained address does with a question."""
    if place.gaps:
        rule, text = rules.NETWORK_UNREAD, f"server {place.address} belongs to something that could not be read"
    elif place.visible:
        rule, text = rules.SERVER_OPAQUE, f"what server {place.address} forwards is not declared"
    else:
        rule, text = rules.SERVER_UNKNOWN, f"server {place.address} belongs to nothing visible and nothing declared"
    decision = Decision(at=place.thing, decided_by=place.thing, rule=rule, text=text, view=place.id)
    return decision.end(asked, Opaque(text, place.gaps))


def public_step(asked: Asked) -> Step:
    """A public resolver follows all aliases itself."""
    return Decision(at=INTERNET, rule=rules.PUBLIC_RESOLVER, text="public DNS answers").end(asked, Public())


def unreachable_step(asked: Asked) -> Step:
    """The platform's address was asked from outside."""
    reason = "168.63.129.16 answers only from inside a virtual network"
    return Decision(at=INTERNET, rule=rules.PLATFORM_OUTSIDE, text=reason).end(asked, DeadEnd(reason))


def forwards_to_azure(server: CustomServer) -> bool:
    """Whether a declared server forwards anything to Azure DNS."""
    targets = (target for group in (server.declared.forwards or {}).values() for target in group)
    return any(target.partition(":")[0] == PLATFORM_RESOLVER for target in targets)
