"""What Azure DNS makes of a question in one view: its policy, linked zones, forwarding rules, then public DNS."""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Public, Thing
from checks.resolution.places import AzureDns
from checks.resolution.policies import pass_policy
from checks.resolution.rules import RESERVED_NAMES, ZONE_BEFORE_LONGER_RULE, Rule, assumed
from checks.resolution.rulesets import catching_rule, rule_step, spares_reserved
from checks.resolution.steps import Asked, Decision, PublicDnsFacts, Step
from checks.resolution.unseen import rules_unproved, rules_unseen
from checks.resolution.zones import Alias, Found, LookUp, Nothing, look_up
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, relative, suffixes
from collectors.graph.nodes import PrivateZone, ZoneLink

_FALLBACK_TYPES = frozenset({"A", "AAAA", "CNAME"})  # documented: no other type falls back


def azure_step(estate: Estate, facts: PublicDnsFacts, place: AzureDns, asked: Asked) -> Step:
    """One question to 168.63.129.16: the view's security policy, its zones, its forwarding rules, public DNS."""
    if is_hub(place.view):
        return _public_step(estate, facts, place, asked)
    passage = pass_policy(estate, place, asked)
    step = passage.step or _private_step(estate, place, asked) or _public_step(estate, facts, place, asked)
    return step.resting_on(passage.assumption)


def _private_step(estate: Estate, place: AzureDns, asked: Asked) -> Step | None:
    """The longest linked zone answers finally; where none covers the name, the rule with the longest domain does."""
    links = estate.linked_zones(place.view)
    link = next((links[suffix] for suffix in suffixes(asked.name) if suffix in links), None)
    zone = estate.get(PrivateZone, link.zone) if link else None
    nearer = estate.nearer_zones_unseen(asked.name, zone.name if zone else Fqdn(""))
    if nearer:
        return _zones_unread(place, asked, nearer)
    rule = catching_rule(estate, place.view, asked)
    if link and zone:
        longer = rule is not None and len(rule.domain) > len(zone.name)
        if rule is None or not longer:
            return _linked_zone(estate, place, link, zone, asked)
        if assumed(ZONE_BEFORE_LONGER_RULE, estate.declared.assumptions):
            return _linked_zone(estate, place, link, zone, asked).resting_on(ZONE_BEFORE_LONGER_RULE.name)
    gaps = rules_unseen(estate, place.view)
    if gaps:
        return _rules_unread(place, asked, gaps)
    return rule_step(estate, place, rule, asked) if rule else None


def _public_step(estate: Estate, facts: PublicDnsFacts, place: AzureDns, asked: Asked) -> Step:
    """Nothing of the view's own covers the name: public DNS answers, or gives an alias that is looked up anew."""
    spared = RESERVED_NAMES.name if spares_reserved(estate, place.view, asked.name) else None
    target = facts.chains.get(asked.name)
    if target is not None:
        text = f"public DNS: an alias of {target}"
        alias = _decide(place, None, rules.PUBLIC_ALIAS, text).alias(asked, target, facts.assumption(asked.name))
        return alias.resting_on(spared)
    if asked.name in facts.unknown:
        text = "whether public DNS has an alias of it is neither known nor assumed"
        return _decide(place, None, rules.ALIAS_UNKNOWN, text).end(asked, Opaque(text))
    if not is_hub(place.view):
        if gaps := estate.zones_unseen(asked.name):
            return _zones_unread(place, asked, gaps)
        if gaps := rules_unproved(estate, place.view):
            return _rules_unread(place, asked, gaps)
    return _public(estate, place, asked).resting_on(spared)


def _decide(place: AzureDns, decided_by: Thing | None, rule: Rule, text: str) -> Decision:
    return Decision(at=place.thing, decided_by=decided_by, rule=rule, text=text, view=place.view.text)


def _zones_unread(place: AzureDns, asked: Asked, gaps: tuple[Gap, ...]) -> Step:
    text = "a zone that could not be read may answer here"
    return _decide(place, None, rules.ZONES_UNREAD, text).end(asked, Opaque(text, gaps))


def _rules_unread(place: AzureDns, asked: Asked, gaps: tuple[Gap, ...]) -> Step:
    text = "a forwarding rule that could not be read may apply here"
    return _decide(place, None, rules.RULES_UNREAD, text).end(asked, Opaque(text, gaps))


def _public(estate: Estate, place: AzureDns, asked: Asked) -> Step:
    zone = _unlinked_zone(estate, asked)
    if is_hub(place.view):
        text = "no private zone can be linked to a virtual hub: public DNS answers"
        return _decide(place, place.thing, rules.HUB_WITHOUT_ZONES, text).end(asked, Public())
    if zone is None:
        text = "no private zone holds this name: public DNS answers"
        return _decide(place, None, rules.NO_ZONE, text).end(asked, Public())
    text = f"zone {zone.name} is not linked to {place.view.name}: public DNS answers"
    return _decide(place, Thing.of(zone.id), rules.ZONE_NOT_LINKED, text).end(asked, Public())


def is_hub(view: ArmId) -> bool:
    """Whether a view is a virtual hub, to which neither zones nor rulesets nor policies can be linked."""
    return view.type.lower() == "microsoft.network/virtualhubs"


def _unlinked_zone(estate: Estate, asked: Asked) -> PrivateZone | None:
    """The zone that would answer if it were linked: a private-link zone by longest suffix, the fullest of copies."""
    for suffix in suffixes(asked.name):
        zones = estate.zones_by_name.get(suffix)
        if zones and "privatelink" in suffix.split("."):
            return max(zones, key=lambda zone: (len(estate.records_of(zone.id)), zone.id))
    return None


def _linked_zone(estate: Estate, place: AzureDns, link: ZoneLink, zone: PrivateZone, asked: Asked) -> Step:
    found = look_up(estate.records_of(zone.id), zone.name, asked.name, asked.type)
    unseen = _unseen(estate, zone, found, asked)
    if unseen:
        text = f"the records of zone {zone.name} could not be read"
        return _decide(place, Thing.of(zone.id), rules.RECORDS_UNREAD, text).end(asked, Opaque(text, unseen))
    match found:
        case Found(record):
            text = f"zone {zone.name} answers {', '.join(record.addresses)}"
            decision = _decide(place, Thing.of(record.id), rules.ZONE_ANSWERS, text)
            return decision.end(asked, Addresses(record.addresses))
        case Alias(record, target):
            text = f"zone {zone.name} holds an alias of {target}"
            return _decide(place, Thing.of(record.id), rules.ZONE_ALIAS, text).alias(asked, target)
    return _negative(place, zone, link, found.exists, asked)


def _unseen(estate: Estate, zone: PrivateZone, found: LookUp, asked: Asked) -> tuple[Gap, ...]:
    """The gaps that may hide a better answer: any where a wildcard answers, none where a set stands at the name."""
    wanted = relative(asked.name, zone.name)
    if isinstance(found, Nothing):
        return estate.records_unseen(zone.id, wanted)
    return () if found.record.name == wanted else estate.records_unseen(zone.id)


def _negative(place: AzureDns, zone: PrivateZone, link: ZoneLink, exists: bool, asked: Asked) -> Step:
    """A linked zone has nothing to say: NODATA, fallback, or NXDOMAIN. No other zone is asked."""
    decided = Thing.of(zone.id)
    if exists:
        text = f"zone {zone.name} knows the name, but no {asked.type} record"
        return _decide(place, decided, rules.ZONE_NO_DATA, text).end(asked, NoData())
    if link.fallback and asked.type in _FALLBACK_TYPES and "privatelink" in zone.name.split("."):
        text = f"zone {zone.name} lacks the name; its link falls back to the internet: public DNS answers"
        return _decide(place, Thing.of(link.id), rules.FALLBACK_TO_INTERNET, text).end(asked, Public())
    text = f"zone {zone.name} lacks the name and denies it"
    return _decide(place, decided, rules.ZONE_DENIES, text).end(asked, NxDomain())
