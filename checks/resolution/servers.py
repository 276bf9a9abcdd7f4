"""What servers other than Azure DNS make of a question: inbound endpoints, firewalls, declared and unknown ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from checks.resolution import rules
from checks.resolution.held import delegation, look_up, zone_for
from checks.resolution.path import INTERNET, Addresses, DeadEnd, NoData, NxDomain, Opaque, Public
from checks.resolution.places import (
    AzureDns,
    CustomServer,
    FirewallProxy,
    Inbound,
    Place,
    PublicDns,
    Silent,
    Unknown,
    answers_never,
    is_hub,
    misplaced,
    place_name,
    server_at,
)
from checks.resolution.rules import FIREWALL_OWN_VIEW, HUB_SEES_NO_ZONES, Rule, assumed
from checks.resolution.steps import Asked, Decision, Fork, PublicDnsFacts, Step
from checks.resolution.traits import Following, Traits, traits_of
from collectors.graph.addresses import is_address, split_target
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import HeldZone
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, is_under, suffixes


def server_step(
    estate: Estate, facts: PublicDnsFacts, server: CustomServer, asked: Asked, *, interrupted: bool
) -> Step:
    """One question to a declared server: its own records, then the zone or forwarder of the longest suffix.

    `interrupted`: somebody who was passed before it looks the targets of public aliases up anew.
    """
    declared = server.declared
    doubt = misplaced(estate, server)
    if doubt and declared.network:
        return _decide(server, rules.NETWORK_UNREAD, doubt[0]).end(asked, Opaque(*doubt))
    traits = traits_of(declared, estate.declared.assumptions)
    own = _own_record(server, asked) if not asked.followed or traits.records_answer_aliases else None
    if own and (own.outcome != NoData() or traits.denies_other_types):
        return own
    if zone := zone_for(declared, asked.name):
        return _held(server, zone, asked)
    if declared.forwards is None:
        text = f"what {server.address} forwards is not declared"
        return _decide(server, rules.SERVER_OPAQUE, text).end(asked, Opaque(text))
    suffix, targets = forwarder_for(server, declared.forwards, traits, asked.name)
    if not targets:
        return _iterate(facts, server, traits, asked, interrupted=interrupted)
    ways = [(target, server_at(estate, target, server.network, declared.site)) for target in targets]
    if doubt and any(isinstance(place, Silent) for _, place in ways):
        return _decide(server, rules.NETWORK_UNREAD, doubt[0]).end(asked, Opaque(*doubt))
    return _forward(facts, server, traits, suffix, ways, asked, interrupted=interrupted)


def _decide(server: CustomServer, rule: Rule, text: str) -> Decision:
    return Decision(at=server.thing, decided_by=server.thing, rule=rule, text=text, view=server.id)


def _own_record(server: CustomServer, asked: Asked) -> Step | None:
    """What the server's own records say of a name, None where they do not hold it."""
    held = server.declared.records.get(asked.name)
    if held is None:
        return None
    decision = _decide(server, rules.SERVER_RECORDS, f"{server.address} holds a record of its own")
    target = next((value for value in held if not is_address(value)), None)
    if target is not None:
        return decision.alias(asked, Fqdn(target))
    fitting = _of_type(held, asked.type)
    return decision.end(asked, Addresses(fitting) if fitting else NoData())


def _held(server: CustomServer, zone: HeldZone, asked: Asked) -> Step:
    """What a zone that the server gave by transfer says of a name."""

    def decide(rule: Rule, says: str) -> Decision:
        return _decide(server, rule, f"{server.address} is authoritative for {zone.name}, which {says}")

    if cut := delegation(zone, asked.name):
        decision = decide(rules.SERVER_ZONE_DELEGATES, f"leaves {cut} to others")
        return decision.end(asked, Opaque(decision.text))
    entry = look_up(zone, asked.name)
    if entry.values is None:
        return decide(rules.SERVER_ZONE_DENIES, "does not hold the name").end(asked, NxDomain())
    target = next((value for value in entry.values if not is_address(value)), None)
    if target is not None:
        return decide(rules.SERVER_ZONE_ALIAS, f"holds an alias of {target}").alias(asked, Fqdn(target))
    if asked.type not in _VERSIONS:
        decision = decide(rules.SERVER_ZONE_NO_DATA, "holds records of other types, which were not kept")
        return decision.end(asked, Opaque(decision.text))
    fitting = _of_type(entry.values, asked.type)
    if not fitting:
        return decide(rules.SERVER_ZONE_NO_DATA, f"holds no {asked.type} record of it").end(asked, NoData())
    return decide(rules.SERVER_ZONE_ANSWERS, f"holds {', '.join(fitting)}").end(asked, Addresses(fitting))


_VERSIONS = {"A": 4, "AAAA": 6}


def _of_type(values: Sequence[str], type: str) -> tuple[str, ...]:
    """The addresses among values that are of the version of a type, sorted."""
    return tuple(sorted(value for value in values if ipaddress.ip_address(value).version == _VERSIONS.get(type)))


def holds_alias(server: CustomServer, traits: Traits, target: Fqdn) -> bool:
    """Whether a server answers the target of an alias with a record of its own, whoever gave the alias."""
    return traits.records_answer_aliases and target in server.declared.records


def forwarder_for(
    server: CustomServer, forwards: Mapping[Fqdn, tuple[str, ...]], traits: Traits, name: Fqdn
) -> tuple[Fqdn, tuple[str, ...]]:
    """The longest suffix of a name with a forwarder, and its targets; none: the server asks the internet itself."""
    for suffix in (*suffixes(name), Fqdn("")):
        targets = forwards.get(suffix)
        if targets is not None:
            others = tuple(target for target in targets if split_target(target)[0] != server.address)
            if others or not traits.ignores_itself or not targets:
                return suffix, others if traits.ignores_itself else targets
    return Fqdn(""), ()


def _forward(
    facts: PublicDnsFacts,
    server: CustomServer,
    traits: Traits,
    suffix: Fqdn,
    ways: Sequence[tuple[str, Place]],
    asked: Asked,
    *,
    interrupted: bool,
) -> Step:
    """The question goes to a target that can answer. Which of several answers first is the server's choice."""
    ordered = sorted(ways, key=lambda way: answers_never(way[1]))  # stable: those that may answer, in their order
    falls_back = server.declared.forward_mode == "first"
    if falls_back and answers_never(ordered[0][1]):
        return _iterate(facts, server, traits, asked, interrupted=interrupted)
    steps = [
        _hand_on(facts, server, traits, suffix, target, place, asked, interrupted=interrupted)
        for target, place in ordered
    ]
    forks = [
        Fork(step=step, when=f"when {server.address} asks {target} instead")
        for (target, place), step in zip(ordered[1:], steps[1:], strict=True)
        if not answers_never(place)
    ]
    if falls_back:
        when = f"when {ordered[0][0]} is silent: {server.address} forwards first, then asks the internet"
        forks.append(Fork(step=_iterate(facts, server, traits, asked, interrupted=interrupted), when=when))
    return steps[0].or_else(*forks)


def _hand_on(
    facts: PublicDnsFacts,
    server: CustomServer,
    traits: Traits,
    suffix: Fqdn,
    target: str,
    place: Place,
    asked: Asked,
    *,
    interrupted: bool,
) -> Step:
    rule = rules.FORWARDER if suffix else rules.DEFAULT_FORWARDER
    shown = suffix or "everything else"
    if isinstance(place, PublicDns):
        decision = _decide(server, rule, f"{server.address} forwards {shown} to {target}, a public resolver")
        met = interrupted or (traits.otherwise is None and _meets_own(facts, server, traits, asked))
        if met and traits.follows is not Following.ANEW and facts.targets(asked.name):
            return decision.forward(asked, place)
        step = _from_internet(facts, decision, asked, anew=traits.follows is Following.ANEW)
        if traits.otherwise is None:
            return step
        other = _from_internet(facts, decision, asked, anew=traits.otherwise is Following.ANEW)
        return step.or_else(Fork(step=other, when=f"{traits.when} ({server.address})", against=traits.against))
    return _decide(server, rule, f"{server.address} forwards {shown} to {place_name(place)}").forward(asked, place)


def _iterate(facts: PublicDnsFacts, server: CustomServer, traits: Traits, asked: Asked, *, interrupted: bool) -> Step:
    text = f"{server.address} forwards nothing for this name and asks the internet itself"
    decision = _decide(server, rules.ITERATES, text)
    met = interrupted or _meets_own(facts, server, traits, asked)
    if met and not traits.iterates_anew and facts.targets(asked.name):
        return decision.forward(asked, PublicDns())
    return _from_internet(facts, decision, asked, anew=traits.iterates_anew)


def _meets_own(facts: PublicDnsFacts, server: CustomServer, traits: Traits, asked: Asked) -> bool:
    """Whether a server that gives whole answers comes upon a record of its own among the public aliases."""
    whole = traits.follows is not Following.ANEW
    return whole and any(holds_alias(server, traits, target) for target in facts.targets(asked.name))


def _from_internet(facts: PublicDnsFacts, decision: Decision, asked: Asked, *, anew: bool) -> Step:
    """The internet answers; a server that follows aliases anew asks itself for the target."""
    target = facts.chains.get(asked.name)
    if anew and asked.name in facts.unknown:
        text = "whether public DNS has an alias of it is neither known nor assumed"
        return replace(decision, rule=rules.ALIAS_UNKNOWN, text=text).end(asked, Opaque(text))
    if target is None or not anew:
        return decision.end(asked, Public())
    told = replace(decision, text=f"{decision.text}: an alias of {target}")
    return told.alias(asked, target, facts.assumption(asked.name))


def rejected(server: CustomServer, asked: Asked, addresses: Sequence[str], estate: Estate) -> Step | None:
    """What a server makes of an upstream's answer that it does not accept; None: it passes the answer on."""
    private = [address for address in addresses if is_address(address) and not estate.is_public(address)]
    if not private:
        return None
    if server.declared.rejects_unsigned:
        text = f"{server.address} validates and rejects the unsigned answer: SERVFAIL"
        return _decide(server, rules.REJECTS_UNSIGNED, text).end(asked, DeadEnd(text))
    if not server.declared.rebinding_protection:
        return None
    stripped = traits_of(server.declared, estate.declared.assumptions).stripped
    text = f"the rebinding protection of {server.address} takes private addresses out of answers"
    outcome = DeadEnd(f"{text}: {stripped.reason}") if isinstance(stripped, DeadEnd) else stripped
    return _decide(server, rules.STRIPS_PRIVATE, text).end(asked, outcome)


def no_data_refused(server: CustomServer, asked: Asked, step: Step, estate: Estate) -> Step | None:
    """What a server makes of "no data" from a zone above what it forwards; None: it passes that on."""
    traits = traits_of(server.declared, estate.declared.assumptions)
    zone = step.hop.decided_by
    if traits.takes_no_data_from_above or server.declared.forward_mode == "first":
        return None
    if zone is None or step.hop.rule not in (rules.ZONE_NO_DATA, rules.ZONE_DENIES):
        return None
    suffix, _ = forwarder_for(server, server.declared.forwards or {}, traits, asked.name)
    if len(suffixes(suffix)) <= len(suffixes(Fqdn(zone.name))):
        return None
    text = f"{server.address} forwards {suffix} and takes no negative answer from {zone.name}, which is above: SERVFAIL"
    return _decide(server, rules.NO_DATA_FROM_ABOVE, text).end(asked, DeadEnd(text))


def denial_softened(
    server: CustomServer, asked: Asked, trail: Collection[tuple[Place, Fqdn]], estate: Estate
) -> Step | None:
    """A server does not deny a name while it holds a record of another type, or of a name below; None: it does."""
    if traits_of(server.declared, estate.declared.assumptions).denies_other_types:
        return None
    wanted = [name for place, name in trail if place == server]
    if not any(is_under(held, name) for held in server.declared.records for name in wanted):
        return None
    text = f"{server.address} holds another record of the name, or one below it, and does not deny it"
    return _decide(server, rules.SERVER_RECORDS, text).end(asked, NoData())


def inbound_step(place: Inbound, asked: Asked) -> Step:
    """An inbound endpoint hands every question to Azure DNS in its resolver's network."""
    if place.view is None:
        text = f"the network of the resolver behind {place.address} could not be read"
        decision = Decision(
            at=place.thing, decided_by=place.thing, rule=rules.INBOUND_UNREAD, text=text, view=place.id.text
        )
        return decision.end(asked, Opaque(text, place.gaps))
    text = f"resolver {place.id.parent.name} asks Azure DNS in its network, {place.view.name}"
    decision = Decision(at=place.thing, decided_by=place.thing, rule=rules.INBOUND_ENDPOINT, text=text)
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
    if set(place.servers) <= {PLATFORM_RESOLVER}:
        return _firewall_view(estate, place, asked)
    ways = [(server, behind_firewall(estate, place, server)) for server in place.servers]
    ordered = sorted(ways, key=lambda way: answers_never(way[1]))
    steps = [
        decide(rules.FIREWALL_PROXY, f"its DNS settings name {place_name(onward)}").forward(asked, onward)
        for _, onward in ordered
    ]
    forks = [
        Fork(step=step, when=f"when firewall {place.id.name} asks {server} instead")
        for (server, onward), step in zip(ordered[1:], steps[1:], strict=True)
        if not answers_never(onward)
    ]
    return steps[0].or_else(*forks)


def behind_firewall(estate: Estate, place: FirewallProxy, server: str) -> Place:
    """What stands at the address of a firewall's server, seen from where the firewall stands."""
    return server_at(estate, server, place.view)


def _firewall_view(estate: Estate, place: FirewallProxy, asked: Asked) -> Step:
    """Without servers of its own a firewall asks Azure DNS; what that shows it rests on an inference."""
    assumption = HUB_SEES_NO_ZONES if is_hub(place.view) else FIREWALL_OWN_VIEW
    onward = AzureDns(place.view)
    text = f"asks {place_name(onward)}, where it stands"
    decision = Decision(
        at=place.thing, decided_by=place.thing, rule=rules.FIREWALL_OWN_DNS, text=text, view=place.view.text
    )
    if assumed(assumption, estate.declared.assumptions):
        return decision.forward(asked, onward, assumption=assumption.name)
    doubt = f"whose zones Azure DNS shows firewall {place.id.name} is not assumed"
    return replace(decision, text=doubt).end(asked, Opaque(doubt))


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


def public_step(facts: PublicDnsFacts, asked: Asked, *, interrupted: bool) -> Step:
    """A public resolver follows all aliases itself; `interrupted`: somebody on the way looks their targets up anew."""
    decision = Decision(at=INTERNET, rule=rules.PUBLIC_RESOLVER, text="public DNS answers")
    return _from_internet(facts, decision, asked, anew=interrupted)


def silent_step(place: Silent, asked: Asked) -> Step:
    """No answer comes from there."""
    decided_by = None if place.thing == INTERNET else place.thing
    decision = Decision(at=place.thing, rule=place.rule, text=place.reason, decided_by=decided_by)
    return decision.end(asked, DeadEnd(place.reason)).resting_on(place.assumption)


def forwards_to_azure(server: CustomServer) -> bool:
    """Whether a declared server forwards anything to Azure DNS."""
    targets = (target for group in (server.declared.forwards or {}).values() for target in group)
    return any(target.partition(":")[0] == PLATFORM_RESOLVER for target in targets)
