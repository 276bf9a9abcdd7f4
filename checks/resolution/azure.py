"""What Azure DNS makes of a question in one view: its policy, linked zones, forwarding rules, then public DNS."""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Public, Thing
from checks.resolution.places import AzureDns, PublicDns, is_hub
from checks.resolution.platform import platform_step, reverse_step
from checks.resolution.policies import pass_policy
from checks.resolution.rules import (
    EMPTY_NAMES_STOP_WILDCARDS,
    NO_DATA_IS_FINAL,
    OWN_REVERSE_FIRST,
    RESERVED_NAMES,
    RULES_FOR_ALIASES,
    UNLISTED_NOT_RESERVED,
    ZONE_BEFORE_LONGER_RULE,
    Rule,
    assumed,
)
from checks.resolution.rulesets import catching_rule, is_unlisted, rule_step, spares_reserved
from checks.resolution.steps import Asked, Decision, Fork, PublicDnsFacts, Step
from checks.resolution.unseen import rules_unproved, rules_unseen, zones_failed
from checks.resolution.zones import Alias, Found, LookUp, Nothing, look_up
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, relative, suffixes
from collectors.graph.nodes import ForwardingRule, PrivateZone, ZoneLink

_FALLBACK_TYPES = frozenset({"A", "AAAA", "CNAME"})  # documented: no other type falls back


def azure_step(estate: Estate, facts: PublicDnsFacts, place: AzureDns, asked: Asked) -> Step:
    """One question to 168.63.129.16: the view's security policy, its zones, its forwarding rules, public DNS."""
    if is_hub(place.view):
        return _public_step(estate, facts, place, asked)
    passage = pass_policy(estate, place, asked)
    step = passage.step or platform_step(place, asked) or _in_view(estate, facts, place, asked)
    return step.resting_on(passage.assumption)


def _in_view(estate: Estate, facts: PublicDnsFacts, place: AzureDns, asked: Asked) -> Step:
    """The longest linked zone answers finally; where none covers the name, the rule with the longest domain does."""
    links = estate.linked_zones(place.view)
    link = next((links[suffix] for suffix in suffixes(asked.name) if suffix in links), None)
    zone = estate.get(PrivateZone, link.zone) if link else None
    nearer = estate.nearer_zones_unseen(asked.name, zone.name if zone else Fqdn(""))
    if nearer:
        return _zones_unread(place, asked, nearer)
    rule = catching_rule(estate, place.view, asked)
    if link and zone:
        answered = _linked_zone(estate, facts, place, link, zone, asked)
        if rule is None or len(rule.domain) <= len(zone.name):
            return answered
        if assumed(ZONE_BEFORE_LONGER_RULE, estate.declared.assumptions):
            name = ZONE_BEFORE_LONGER_RULE.name
            fork = Fork(step=rule_step(estate, place, rule, asked), when=_LONGER_RULE, against=name)
            return answered.resting_on(name).or_else(fork)
    own = reverse_step(estate, place, asked)
    if own and assumed(OWN_REVERSE_FIRST, estate.declared.assumptions):
        return own
    gaps = rules_unseen(estate, place.view)
    if gaps:
        return _rules_unread(place, asked, gaps)
    if rule and (gaps := zones_failed(estate, asked.name)):
        return _zones_unread(place, asked, gaps)
    if rule is None:
        return own or _public_step(estate, facts, place, asked)
    return rule_step(estate, place, rule, asked).or_else(*_unless_caught(estate, facts, place, rule, asked))


_LONGER_RULE = "if the longer rule is tried before the shorter zone"


def _unless_caught(
    estate: Estate, facts: PublicDnsFacts, place: AzureDns, rule: ForwardingRule, asked: Asked
) -> tuple[Fork, ...]:
    """What comes of a name that a rule catches only as the model assumes."""
    if asked.followed:
        when, against = "if rules do not apply to the target of an alias", RULES_FOR_ALIASES.name
    elif not rule.domain and is_unlisted(asked.name):
        when, against = "if Azure reserves the name without listing it", UNLISTED_NOT_RESERVED.name
    else:
        return ()
    return (Fork(step=_public_step(estate, facts, place, asked), when=when, against=against),)


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
    text = f"zone {zone.name} in {zone.id.resource_group} is not linked to {place.view.name}: public DNS answers"
    return _decide(place, Thing.of(zone.id), rules.ZONE_NOT_LINKED, text).end(asked, Public())


def _unlinked_zone(estate: Estate, asked: Asked) -> PrivateZone | None:
    """The zone that would answer if it were linked: a private-link zone by longest suffix, the fullest of copies."""
    for suffix in suffixes(asked.name):
        zones = estate.zones_by_name.get(suffix)
        if zones and "privatelink" in suffix.split("."):
            return max(zones, key=lambda zone: (len(estate.records_of(zone.id)), zone.id))
    return None


def _linked_zone(
    estate: Estate, facts: PublicDnsFacts, place: AzureDns, link: ZoneLink, zone: PrivateZone, asked: Asked
) -> Step:
    stops = assumed(EMPTY_NAMES_STOP_WILDCARDS, estate.declared.assumptions)
    found = look_up(estate.records_of(zone.id), zone.name, asked.name, asked.type, empty_names_stop=stops)
    unseen = unseen_records(estate, zone, found, asked.name)
    if unseen:
        text = f"the records of zone {zone.name} could not be read"
        return _decide(place, Thing.of(zone.id), rules.RECORDS_UNREAD, text).end(asked, Opaque(text, unseen))
    match found:
        case Found(record):
            text = f"zone {zone.name} answers {', '.join(record.values)}"
            decision = _decide(place, Thing.of(record.id), rules.ZONE_ANSWERS, text)
            return decision.end(asked, Addresses(record.values))
        case Alias(record, target):
            text = f"zone {zone.name} holds an alias of {target}"
            return _decide(place, Thing.of(record.id), rules.ZONE_ALIAS, text).alias(asked, target)
    final = assumed(NO_DATA_IS_FINAL, estate.declared.assumptions)
    return _negative(facts, place, zone, link, found.exists, asked, no_data_is_final=final)


def unseen_records(estate: Estate, zone: PrivateZone, found: LookUp, name: Fqdn) -> tuple[Gap, ...]:
    """The gaps that may hide a better answer: any where a wildcard answers, none where a set stands at the name."""
    wanted = relative(name, zone.name)
    if isinstance(found, Nothing):
        return estate.records_unseen(zone.id, wanted)
    return () if found.record.name == wanted else estate.records_unseen(zone.id)


def _negative(
    facts: PublicDnsFacts,
    place: AzureDns,
    zone: PrivateZone,
    link: ZoneLink,
    exists: bool,
    asked: Asked,
    *,
    no_data_is_final: bool,
) -> Step:
    """A linked zone has nothing to say: NODATA, fallback, or NXDOMAIN. No other zone is asked."""
    decided = Thing.of(zone.id)
    falls_back = link.fallback and asked.type in _FALLBACK_TYPES and "privatelink" in zone.name.split(".")
    if exists and (no_data_is_final or not falls_back):
        text = f"zone {zone.name} knows the name, but no {asked.type} record"
        step = _decide(place, decided, rules.ZONE_NO_DATA, text).end(asked, NoData())
        return step.resting_on(NO_DATA_IS_FINAL.name if falls_back else None)
    if falls_back:
        what = f"the {asked.type} record" if exists else "the name"
        text = f"zone {zone.name} lacks {what}; its link falls back to the internet: public DNS answers"
        decision = _decide(place, Thing.of(link.id), rules.FALLBACK_TO_INTERNET, text)
        if facts.targets(asked.name):
            return decision.forward(asked, PublicDns(fallback=True))
        return decision.end(asked, Public())
    text = f"zone {zone.name} lacks the name and denies it"
    return _decide(place, decided, rules.ZONE_DENIES, text).end(asked, NxDomain())
