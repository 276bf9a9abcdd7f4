"""Which gaps forbid which absence claims: "could not see" is never "is not there"."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Check
from checks.resolution.path import Thing
from collectors.arm.kinds import KINDS
from collectors.graph.documents import Gap, Reason
from collectors.graph.estate import Estate

SOURCES_OF_REQUIREMENTS = ("workspace", "ml-registry", "private-endpoint", "network-interface")
"""Kinds without which nobody can tell what must resolve at all."""


def with_ancestors(kinds: tuple[str, ...]) -> frozenset[str]:
    """The kinds and those under which they are listed: who sees no zones sees no links either."""
    found = set()
    for name in kinds:
        kind = KINDS.get(name)
        while kind:
            found.add(kind.name)
            kind = KINDS.get(kind.parent or "")
    return frozenset(found)


def is_listing(gap: Gap) -> bool:
    """Whether a gap is about a listing, not about one known resource that something points to.

    A resource that was read and not understood counts as a listing that is not whole.
    """
    kind = KINDS.get(gap.kind)
    if kind is None or gap.outside:
        return False
    tail = gap.scope.lower().rstrip("/").split("/")
    own = kind.type.lower().split("/")[-1]
    names_one = len(tail) > 1 and tail[-2] == own and gap.kind != "subscription"
    return not names_one or gap.reason is Reason.MALFORMED


def hiding(estate: Estate, check: Check, subject: Thing) -> tuple[Gap, ...]:
    """The gaps that forbid an absence check's claim about a subject."""
    kinds = with_ancestors(check.needs)
    return tuple(gap for gap in estate.gaps if gap.kind in kinds and not gap.outside and _covers(gap.scope, subject.id))


def _covers(scope: str, id: str) -> bool:
    outer, inner = scope.lower().rstrip("/") + "/", id.lower().rstrip("/") + "/"
    return inner.startswith(outer) or outer.startswith(inner)


def blocking(estate: Estate, check: Check) -> Iterator[Gap]:
    """The listings that failed and without which an absence check cannot be whole."""
    kinds = with_ancestors(check.needs)
    return (gap for gap in estate.gaps if gap.kind in kinds and is_listing(gap))


def leaving_out(estate: Estate, check: Check) -> Iterator[Gap]:
    """The single resources that something points to, that were not read, and of which the check then says nothing."""
    for gap in estate.gaps:
        kind = KINDS.get(gap.kind)
        one = kind and kind.by_reference and not (gap.outside or is_listing(gap))
        if one and gap.kind in check.needs and gap.reason is not Reason.NOT_FOUND:  # what is gone has no lack
            yield gap


def blinding(estate: Estate) -> Iterator[Gap]:
    """The listings that failed and without which requirements may be missing."""
    kinds = with_ancestors(SOURCES_OF_REQUIREMENTS)
    return (gap for gap in estate.gaps if gap.kind in kinds and is_listing(gap))
