"""What only the platform knows: the zone of each network's machines, and the reverse names of its own addresses.

ARM shows neither whole. Machines that were registered into a private zone are known; for others nobody can tell.
"""

from __future__ import annotations

import ipaddress

from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Thing
from checks.resolution.places import AzureDns
from checks.resolution.rules import OWN_REVERSE_FIRST, Rule
from checks.resolution.steps import Asked, Decision, Step
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, absolute, is_under
from collectors.graph.nodes import PrivateZone

_PLATFORM_ZONES = ("internal.cloudapp.net", "internal.usgovcloudapp.net", "internal.chinacloudapp.cn")
_REVERSE = (("in-addr.arpa", 4), ("ip6.arpa", 32))
PLATFORM_SUFFIXES = frozenset(map(Fqdn, (*_PLATFORM_ZONES, *(suffix for suffix, _ in _REVERSE))))
"""Of names below these the platform, or the addresses of a network, may tell something of its own."""


def platform_step(place: AzureDns, asked: Asked) -> Step | None:
    """Names of the platform's own zone: no private zone takes its place, and ARM does not show what it holds."""
    zone = next((zone for zone in _PLATFORM_ZONES if is_under(asked.name, zone)), None)
    if zone is None:
        return None
    text = f"{zone} is the platform's own zone of {place.view.name}: ARM does not show what it holds"
    return _decide(place, place.thing, rules.PLATFORM_ZONE, text).end(asked, Opaque(text))


def reverse_step(estate: Estate, place: AzureDns, asked: Asked) -> Step | None:
    """The reverse name of an address of the view's own network; None for any other name."""
    address = address_of(asked.name)
    if address is None or place.view not in estate.holders(address):
        return None
    step = _registered(estate, place, asked, address) or _own_address(estate, place, asked, address)
    return step.resting_on(OWN_REVERSE_FIRST.name)


def address_of(name: Fqdn) -> str | None:
    """The address that a reverse name stands for (RFC 1035 section 3.5, RFC 3596 section 2.5); None for others."""
    for suffix, length in _REVERSE:
        labels = name.removesuffix(f".{suffix}").split(".")
        if name.endswith(f".{suffix}") and len(labels) == length:
            parts = labels[::-1]
            text = ".".join(parts) if length == 4 else ":".join("".join(parts)[i : i + 4] for i in range(0, 32, 4))
            try:
                return str(ipaddress.ip_address(text))
            except ValueError:
                return None
    return None


def _registered(estate: Estate, place: AzureDns, asked: Asked, address: str) -> Step | None:
    """The machine's name in the zone into which the network registers its machines."""
    for link in estate.linked_zones(place.view).values():
        zone = estate.get(PrivateZone, link.zone) if link.registration else None
        if zone is None:
            continue
        for sets in estate.records_of(zone.id).values():
            for record in sets:
                if record.auto_registered and address in record.addresses:
                    name = absolute(record.name, zone.name)
                    text = f"{address} is registered as {name}"
                    decision = _decide(place, Thing.of(record.id), rules.REGISTERED_POINTER, text)
                    return decision.end(asked, Addresses((name,)) if asked.type == "PTR" else NoData())
    return None


def _own_address(estate: Estate, place: AzureDns, asked: Asked, address: str) -> Step:
    interface = estate.interface_at(address, place.view)
    gaps = () if interface else estate.unread("network-interface", place.view)
    if gaps:
        text = f"what has the address {address} could not be read"
        return _decide(place, None, rules.NETWORK_UNREAD, text).end(asked, Opaque(text, gaps))
    if interface and interface.machine:
        text = f"{interface.machine.name} has a name of the platform's own zone, which ARM does not show"
        return _decide(place, Thing.of(interface.id), rules.PLATFORM_ZONE, text).end(asked, Opaque(text))
    text = f"no machine of {place.view.name} has the address {address}"
    return _decide(place, place.thing, rules.OWN_ADDRESS_SPACE, text).end(asked, NxDomain())


def _decide(place: AzureDns, decided_by: Thing | None, rule: Rule, text: str) -> Decision:
    return Decision(at=place.thing, decided_by=decided_by, rule=rule, text=text, view=place.view.text)
