"""What is kept of a zone: who has which addresses, who is an alias of whom, and where others take over."""

from __future__ import annotations

import dns.name
import dns.rdata
import dns.rdatatype
import dns.rdtypes.nsbase
import dns.zone

from collectors.dns.transcript import name_text
from collectors.graph.addresses import address
from collectors.graph.declared import HeldZone
from collectors.graph.ids import Fqdn, fqdn, suffixes

_ELSEWHERE = (dns.rdatatype.NS, dns.rdatatype.DNAME)
_ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)


def held_zone(name: Fqdn, zone: dns.zone.Zone) -> HeldZone:
    """The zone with every name that exists, names between labels included. Raises dnspython's NoSOA."""
    records: dict[Fqdn, tuple[str, ...]] = {}
    delegated: set[Fqdn] = set()
    for owner, rdata in ((o, rdata) for o, rdataset in zone.iterate_rdatasets() for rdata in rdataset):
        own = _askable(owner)
        if own is None:
            continue
        kept, value = records.get(own, ()), _value(rdata)
        if value is None or (rdata.rdtype in _ELSEWHERE and (own != name or rdata.rdtype == dns.rdatatype.DNAME)):
            delegated.add(own)
        records[own] = tuple(sorted({*kept, value})) if value else kept
    for own in tuple(records):
        for ancestor in suffixes(own)[: -len(suffixes(name)) or None]:  # names between labels exist as well
            records.setdefault(ancestor, ())
    soa = zone.get_soa()
    return HeldZone(
        name=name,
        serial=soa.serial,
        records={own: records[own] for own in sorted(records)},
        delegated=tuple(sorted(delegated)),
    )


def _askable(owner: dns.name.Name) -> Fqdn | None:
    """The name, None for one that nobody can ask for here: bytes that are not visible ASCII."""
    try:
        return fqdn(name_text(owner))
    except ValueError:
        return None


def _value(rdata: dns.rdata.Rdata) -> str | None:
    """An address, or the target of an alias; `""` for records of other types, None for a target nobody can ask for."""
    if rdata.rdtype in _ADDRESSES:
        return address(rdata.to_text())
    if isinstance(rdata, dns.rdtypes.nsbase.NSBase) and rdata.rdtype == dns.rdatatype.CNAME:
        return _askable(rdata.target) or None
    return ""
