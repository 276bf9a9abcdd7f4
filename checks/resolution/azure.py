"""What Azure DNS makes of a question in the view of one network: linked zones, then public DNS."""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Public, Thing
from checks.resolution.places import AzureDns
from checks.resolution.rules import Rule
from checks.resolution.steps import Asked, Decision, PublicDnsFacts, Step
from checks.resolution.zones import Alias, Found, LookUp, Nothing, look_up
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, relative, suffixes
from collectors.graph.nodes import PrivateZone, ZoneLink

_FALLBACK_TYPES = frozenset({"A", "AAAA", "CNAME"})  # documented: no other type falls back


def azure_step(estate: Estate, facts: PublicDnsFacts, place: AzureDns, asked: Asked) -> Step:
    """One question to 168.63.129.16: the longest linked zone answers finally, else public DNS does."""
    links = estate.linked_zones(place.view)
    link = next((links[suffix] for suffix in suffixes(asked.name) if suffix in links), None)
    zone = estate.get(PrivateZone, link.zone) if link else None
    nearer = estate.nearer_zones_unseen(asked.name, zone.name if zone else Fqdn(""))
    if nearer:
        return _zones_unread(place, asked, nearer)
    if link and zone:
        return _linked_zone(estate, place, link, zone, asked)
    target = facts.chains.get(asked.name)
    if target is not None:
        text = f"public DNS: an alias of {target}"
        return _decide(place, None, rules.PUBLIC_ALIAS, text).alias(asked, target, facts.assumption(asked.name))
    if asked.name in facts.unknown:
        text = "whether public DNS has an alias of it is neither known nor assumed"
        return _decide(place, None, rules.ALIAS_UNKNOWN, text).end(asked, Opaque(text))
    gaps = estate.zones_unseen(asked.name)
    return _zones_unread(place, asked, gaps) if gaps else _public(estate, place, asked)


def _decide(place: AzureDns, decided_by: Thing | None, rule: Rule, text: str) -> Decision:
    return Decision(at=place.thing, decided_by=decided_by, rule=rule, text=text, view=place.view.text)


def _zones_unread(place: AzureDns, asked: Asked, gaps: tuple[Gap, ...]) -> Step:
    text = "a zone that could not be read may answer here"
    return _decide(place, None, rules.ZONES_UNREAD, text).end(asked, Opaque(text, gaps))


def _public(estate: Estate, place: AzureDns, asked: Asked) -> Step:
    zone = _unlinked_zone(estate, asked)
    if zone is None:
        text = "no private zone holds this name: public DNS answers"
        return _decide(place, None, rules.NO_ZONE, text).end(asked, Public())
    text = f"zone {zone.name} is not linked to {place.view.name}: public DNS answers"
    return _decide(place, Thing.of(zone.id), rules.ZONE_NOT_LINKED, text).end(asked, Public())


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
