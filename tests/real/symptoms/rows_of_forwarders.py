"""Loops of forwarders, several forwarders that disagree, and a dead one before iteration."""

from __future__ import annotations

from collections.abc import Iterator

from tests.real.symptoms.build import WHOLE_ANSWERS, custom
from tests.real.symptoms.cell import AND, CUSTOM, OR, PARTNER, Ask, Cell
from tests.real.symptoms.kinds import BIND, DNSMASQ, KINDS, KRESD, RECURSOR, UNBOUND, Custom
from tests.real.symptoms.world import AT, HOSTS, OPEN, PAPI, PARENT, RESOLVER, ZONE

_LATE = "SERVFAIL 9-12s"
_PAIR = {BIND: _LATE, UNBOUND: "none", RECURSOR: "SERVFAIL 1-3s", DNSMASQ: "none", KRESD: "none"}
_WITH_BIND = {UNBOUND: "none", RECURSOR: "SERVFAIL 1-3s", DNSMASQ: _LATE, KRESD: "SERVFAIL ede22 9-12s"}
_ITSELF = {**_PAIR, DNSMASQ: "NOERROR public aa"}  # dnsmasq ignores its own address


def forwarder_rows() -> Iterator[Cell]:
    """The rows."""
    yield from _loops()
    yield from _mixed()
    yield from _first()


def _loops() -> Iterator[Cell]:
    for kind in KINDS:
        for row, partner, expected in (
            ("loop of two of a kind", kind, _PAIR),
            ("loop with BIND", BIND, _WITH_BIND),
            ("forwards to itself", "", _ITSELF),
        ):
            if kind in expected:
                yield Cell(
                    row=row,
                    custom=custom(kind, PARTNER if partner else CUSTOM),
                    partner=custom(partner, PARTNER) if partner else None,
                    steps=(Ask(names=(PAPI,)),),
                    expected=(expected[kind],),
                )


def _mixed() -> Iterator[Cell]:
    """Sixty names at once. dnsmasq and Recursor may stay with the quicker forwarder; the others use both."""
    for kind in KINDS:
        forwards: dict[str, tuple[str, ...]] = {ZONE: (AT["linked"], AT["unlinked"])}
        if kind == DNSMASQ:
            forwards[""] = (RESOLVER,)
        asked = ZONE if kind in WHOLE_ANSWERS else PARENT
        alias = "" if kind in WHOLE_ANSWERS else "cname "
        private = f"NOERROR {alias}private" + (" aa" if kind == DNSMASQ else "")
        public = f"NOERROR {alias}public"
        both = AND.join(sorted((private, public)))
        yield Cell(
            row="mixed forwarders",
            custom=Custom(kind=kind, forwards=forwards, root=OPEN),
            steps=(Ask(names=tuple(f"{host}.{asked}" for host in HOSTS)),),
            expected=(OR.join((both, private, public)) if kind in (DNSMASQ, RECURSOR) else both,),
        )


def _first() -> Iterator[Cell]:
    """Iterates where the forwarder does not answer: quietly public."""
    public = "NOERROR cname public"
    late = OR.join((public, f"{public} 1-3s", f"{public} 3-6s"))
    for fault, quick in (("closed", public), ("black-hole", f"{public} 1-3s")):
        expected: dict[str, tuple[str, ...]] = {BIND: (quick, public), UNBOUND: ("none", late)}
        for kind, outcomes in expected.items():
            yield Cell(
                row=f"forward first, forwarder {fault}",
                custom=custom(kind, fault, first=True),
                steps=(Ask(), Ask()),
                expected=outcomes,
            )
