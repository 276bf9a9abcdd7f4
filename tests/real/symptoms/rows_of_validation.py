"""DNSSEC validation on the custom server, over public zones that are really signed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.real.symptoms.build import Outcomes, row
from tests.real.symptoms.cell import ANCHOR, COMMA_ANCHOR, QUOTED_ANCHOR, Ask, Cell
from tests.real.symptoms.kinds import BIND, DNSMASQ, KRESD, RECURSOR, UNBOUND, Custom
from tests.real.symptoms.world import AT, DELEGATING, INSECURE, OPEN, PAPI, PARENT, SIGNED, SIGNED_RESOLVER, ZONE

_SOURCE = "linked, public DNS signed"
_BOTH = (Ask(), Ask(checking_disabled=True))
_BOTH_PRIVATE = (Ask(names=(PAPI,)), Ask(names=(PAPI,), checking_disabled=True))
_PRIVATE, _PUBLIC, _ALONE = "NOERROR cname private", "NOERROR cname public", "NOERROR private"
_GOOD: dict[str, Outcomes] = {
    **dict.fromkeys((BIND, UNBOUND, RECURSOR), (_PRIVATE, _PRIVATE)),
    KRESD: (_PUBLIC, _PUBLIC),  # uses the private zone's forwarder for the private name only
}


def validation_rows() -> Iterator[Cell]:
    """The rows: checking enabled, then disabled. Recursor tells why it would have failed even when it may not."""
    yield from row("validation, parent unsigned", _SOURCE, _GOOD, _BOTH, **_validating(INSECURE))
    yield from row("validation, private zone delegated unsigned", _SOURCE, _GOOD, _BOTH, **_validating(DELEGATING))
    bogus: dict[str, Outcomes] = {
        BIND: ("SERVFAIL", _PRIVATE),
        UNBOUND: ("SERVFAIL ede9", _PRIVATE),
        RECURSOR: ("SERVFAIL ede10", f"{_PRIVATE} ede10"),
    }
    inside = "validation, private names in the signed parent"
    yield from row(inside, _SOURCE, {**bogus, KRESD: (_PUBLIC, _PUBLIC)}, _BOTH, **_validating(SIGNED))
    whole = {**_validating(SIGNED), "public_zone": (KRESD,)}
    yield from row(f"{inside}, public zone forwarded", _SOURCE, {KRESD: ("SERVFAIL ede12", _PRIVATE)}, _BOTH, **whole)
    yield from row(
        f"{inside}, private name asked",
        _SOURCE,
        {
            BIND: ("SERVFAIL", _ALONE),
            UNBOUND: ("SERVFAIL ede9", _ALONE),
            RECURSOR: ("SERVFAIL ede10", f"{_ALONE} ede10"),
            KRESD: ("SERVFAIL ede12", _ALONE),
        },
        _BOTH_PRIVATE,
        **_validating(SIGNED),
    )
    yield from row(f"{inside}, exempted", _SOURCE, _GOOD, _BOTH, **_validating(SIGNED, exempt=True))
    yield from _unsigned_paths({**bogus, KRESD: ("SERVFAIL ede0", _PUBLIC)})
    yield from _without_root()
    yield from _dnsmasq()


def _unsigned_paths(bogus: dict[str, Outcomes]) -> Iterator[Cell]:
    yield from row("validation, path unsigned", _SOURCE, bogus, _BOTH, **_validating(OPEN))
    # Knot Resolver asked for the public name first: its alias keeps the public address
    exempted = {kind: (*outcomes, "NOERROR public" if kind == KRESD else _ALONE) for kind, outcomes in bogus.items()}
    yield from row(
        "validation, path unsigned, private zone exempted",
        _SOURCE,
        exempted,
        (*_BOTH, Ask(names=(PAPI,))),
        **_validating(OPEN, exempt=True),
    )


def _without_root() -> Iterator[Cell]:
    yield from row(
        "validation, no root reachable",
        _SOURCE,
        {
            BIND: ("SERVFAIL", _ALONE),
            UNBOUND: ("SERVFAIL ede9", _ALONE),
            RECURSOR: ("SERVFAIL", "SERVFAIL"),
            KRESD: ("SERVFAIL ede12", _ALONE),
        },
        _BOTH_PRIVATE,
        **_validating(""),
    )
    yield from row(
        "validation, no root reachable, private zone exempted",
        _SOURCE,
        dict.fromkeys((BIND, UNBOUND, RECURSOR, KRESD), _ALONE),
        _BOTH_PRIVATE[:1],
        **_validating("", exempt=True),
    )


def _dnsmasq() -> Iterator[Cell]:
    """Does not validate what it forwards by zone, as its manual says, unless it has an anchor for that zone."""
    inside = "validation, private names in the signed parent"
    anchor = (f"trust-anchor={ZONE},{COMMA_ANCHOR}",)
    for name, zone, more, asked, expected in (
        (f"{inside}, private name asked", ZONE, (), _BOTH_PRIVATE, (f"{_ALONE} aa", _ALONE)),
        (f"{inside}, public zone forwarded", PARENT, (), _BOTH, (_PRIVATE, _PRIVATE)),
        (
            "validation, anchor for the unsigned private zone",
            ZONE,
            anchor,
            _BOTH_PRIVATE,
            ("SERVFAIL aa ede6", f"{_ALONE} aa"),
        ),
    ):
        yield Cell(
            row=name,
            custom=Custom(
                kind=DNSMASQ,
                forwards={"": (SIGNED_RESOLVER,), zone: (AT[_SOURCE],)},
                settings=("dnssec", f"trust-anchor=.,{COMMA_ANCHOR}", *more),
            ),
            steps=asked,
            expected=expected,
        )


def _validating(root: str, *, exempt: bool = False) -> dict[str, Any]:
    """Forwards only the private zone, trusts the signed root's key, and leaves the private zone alone if exempt."""
    bind = ("dnssec-validation yes;", *([f'validate-except {{ "{ZONE}"; }};'] if exempt else []))
    unbound = (f'trust-anchor: ". DS {ANCHOR}"', *([f'domain-insecure: "{ZONE}"'] if exempt else []))
    lua = f"clearTA('.')\naddTA('.', \"{ANCHOR}\")\n" + (f"addNTA('{ZONE}', 'ours')\n" if exempt else "")
    knot = (f"trust_anchors.add('. DS {ANCHOR}')", *([f"trust_anchors.set_insecure({{'{ZONE}'}})"] if exempt else []))
    settings: dict[str, dict[str, Any]] = {
        BIND: {"settings": bind, "blocks": (f'trust-anchors {{ "." static-ds {QUOTED_ANCHOR}; }};',)},
        UNBOUND: {"settings": unbound},
        RECURSOR: {"settings": ("dnssec=validate", "lua-config-file=own.lua"), "files": {"own.lua": lua}},
        KRESD: {"settings": knot},
    }
    own = {kind: {"root": root, "validates": True, **fields} for kind, fields in settings.items()}
    return {"own": own, "public_zone": ()}
