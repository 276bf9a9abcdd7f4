"""Cells of a row: the documented set-up of each kind, in which one thing differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.real.symptoms.cell import Ask, Cell, Step
from tests.real.symptoms.kinds import DNSMASQ, KINDS, KRESD, Custom
from tests.real.symptoms.world import AT, OPEN, PAPI, PARENT, RESOLVER, ZONE

Outcomes = str | tuple[str, ...]
"""One text, or one for each question of the steps."""
Expected = Mapping[str, Outcomes]
"""Outcomes by kind; kinds that have none are no cell."""

WHOLE_ANSWERS = (DNSMASQ, KRESD)
"""Kinds that choose the upstream by the name that the client asked for: here they forward the public zone."""


def every(outcomes: Outcomes) -> dict[str, Outcomes]:
    """The same outcomes for every kind."""
    return dict.fromkeys(KINDS, outcomes)


def custom(kind: str, target: str = "", zone: str = ZONE, **more: Any) -> Custom:
    """A server that forwards a zone (to an address or a key of `AT`) and finds the rest by itself.

    dnsmasq cannot: it forwards the rest to a public resolver.
    """
    forwards = {zone: (AT.get(target, target),)} if target else {}
    if kind == DNSMASQ:
        forwards[""] = (RESOLVER,)
    return Custom(kind=kind, forwards=forwards, **{"root": OPEN, **more})


def row(
    name: str,
    target: str,
    expected: Expected,
    steps: Sequence[Step] = (Ask(),),
    *,
    own: Mapping[str, Mapping[str, Any]] | None = None,
    public_zone: Sequence[str] = WHOLE_ANSWERS,
    records: tuple[str, ...] | None = None,
) -> Iterator[Cell]:
    """The cells of a row; kinds of `public_zone` forward the public zone instead of the private one.

    `own` are fields of the custom server by kind.
    """
    for kind, outcomes in expected.items():
        zone = PARENT if kind in public_zone else ZONE
        yield Cell(
            row=name,
            custom=custom(kind, target, zone, **(own or {}).get(kind, {})),
            steps=tuple(steps),
            expected=(outcomes,) if isinstance(outcomes, str) else outcomes,
            records=records,
        )


def behind_the_forwarder(name: str, target: str, expected: Expected, **more: Any) -> Iterator[Cell]:
    """A row of the private zone's forwarder, which dnsmasq and Knot Resolver use for the private name only."""
    for kind, outcomes in expected.items():
        asked = Ask(names=(PAPI,)) if kind in WHOLE_ANSWERS else Ask()
        yield from row(name, target, {kind: outcomes}, [asked], public_zone=(), **more)
