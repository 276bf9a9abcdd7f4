"""Looking a name up in the zones that a server gave by transfer, as the server itself does.

RFC 1034 section 4.3.2 and RFC 4592: an existing name, even one without records, stops a wildcard.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.declared import DeclaredServer, HeldZone
from collectors.graph.ids import Fqdn, is_under, suffixes


@dataclass(frozen=True, slots=True)
class Entry:
    """What a zone holds about a name: `owner` is the name itself or the wildcard that stands in for it.

    `values` None: the name does not exist. Empty: it has neither addresses nor an alias.
    """

    owner: Fqdn
    values: tuple[str, ...] | None


def zone_for(declared: DeclaredServer, name: Fqdn) -> HeldZone | None:
    """The zone of a server that answers for a name; a declared forwarder that is as specific comes before it."""
    held = {zone.name: zone for zone in declared.zones}
    for suffix in suffixes(name) if held else ():
        if suffix in (declared.forwards or {}):
            return None
        if suffix in held:
            return held[suffix]
    return None


def delegation(zone: HeldZone, name: Fqdn) -> Fqdn | None:
    """The name at which a zone leaves the rest to somebody else, if that covers a name."""
    return next((cut for cut in zone.delegated if is_under(name, cut)), None)


def look_up(zone: HeldZone, name: Fqdn) -> Entry:
    """What a zone says of a name below it or at its apex."""
    known = zone.values(name)
    if known is not None or name == zone.name:
        return Entry(name, known or ())
    above = suffixes(name)[1:]  # the zone's own name is among them
    encloser = next(name for name in above if name == zone.name or zone.values(name) is not None)
    wildcard = Fqdn(f"*.{encloser}")  # only that of the closest encloser counts
    return Entry(wildcard, zone.values(wildcard))
