"""How each kind of DNS server treats aliases, its own records and private addresses: measured, or only reported.

Measured kinds behave in one way. For the others there are reports but no measurement: their behaviour is an
assumption with a switch, and what would follow if it were wrong is another path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from checks.resolution.path import DeadEnd, NoData, Outcome
from checks.resolution.rules import (
    COREDNS_WHOLE,
    INFOBLOX_ANEW,
    RESOLVED_WHOLE,
    UNKNOWN_KIND_ANEW,
    WINDOWS_TWO_STATES,
    Assumption,
    assumed,
)
from collectors.graph.declared import DeclaredServer


class Following(Enum):
    """What a server does with an alias that an upstream gave it."""

    ANEW = "anew"
    """It resolves the target by its own forwarders, even when the upstream sent the whole chain."""
    SAME = "same"
    """It resolves the target itself, at the upstream that it chose by the name that the client asked."""
    WHOLE = "whole"
    """It gives the whole answer as it came: the upstream is chosen by the name that the client asked."""


_SERVFAIL, _REFUSED = DeadEnd("SERVFAIL"), DeadEnd("REFUSED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a server does. `otherwise` is what it may also do, `when` tells when, `against` which assumption then fails.

    `against` None: it happens by itself, by the state of the cache. `iterates_anew`: an alias that it met while
    asking the internet itself is resolved by its own forwarders. `records_answer_aliases`: its own records also
    answer for the target of an alias. `denies_other_types`: a name with a record of its own has no other types;
    else those are forwarded, and a denial becomes "no data". `stripped`: what its rebinding protection makes of a
    private address. `takes_no_data_from_above`: it passes "no data" on that comes from a zone
    shorter than what it forwards.
    """

    follows: Following
    iterates_anew: bool = True
    otherwise: Following | None = None
    when: str = ""
    against: str | None = None
    records_answer_aliases: bool = True
    denies_other_types: bool = True
    ignores_itself: bool = False
    takes_no_data_from_above: bool = True
    stripped: Outcome = _SERVFAIL


_ANEW, _WHOLE = Following.ANEW, Following.WHOLE
_NO_DATA = NoData()

_MEASURED: Mapping[str, Traits] = MappingProxyType(
    {
        "bind": Traits(follows=_ANEW, takes_no_data_from_above=False),
        # `local-data`; as an `auth-zone` its records would answer for aliases while it iterates
        "unbound": Traits(follows=_ANEW, records_answer_aliases=False, stripped=_NO_DATA),
        "pdns-recursor": Traits(follows=_ANEW),
        "dnsmasq": Traits(
            follows=_WHOLE,
            iterates_anew=False,
            records_answer_aliases=False,
            denies_other_types=False,
            ignores_itself=True,
            stripped=_NO_DATA,
        ),
        "knot-resolver": Traits(follows=Following.SAME, iterates_anew=False, stripped=_REFUSED),
    }
)

_REPORTED: Mapping[str, tuple[Assumption, Following, Following]] = MappingProxyType(
    {
        "coredns": (COREDNS_WHOLE, _WHOLE, _ANEW),
        "systemd-resolved": (RESOLVED_WHOLE, _WHOLE, _ANEW),
        "infoblox": (INFOBLOX_ANEW, _ANEW, _WHOLE),
    }
)
"""Assumption of each kind, what holds under it, what holds without it."""


def traits_of(declared: DeclaredServer, said: Mapping[str, bool]) -> Traits:
    """What a declared server does, given which assumptions the configuration says hold."""
    measured = _MEASURED.get(declared.kind)
    if measured:
        return measured
    if declared.kind == "windows":
        if not assumed(WINDOWS_TWO_STATES, said):
            return Traits(follows=_ANEW)
        return Traits(follows=_WHOLE, otherwise=_ANEW, when="once only the alias is left in its cache")
    assumption, follows, otherwise = _REPORTED.get(declared.kind, (UNKNOWN_KIND_ANEW, _ANEW, _WHOLE))
    if not assumed(assumption, said):  # whoever says so knows it: then nothing else may happen
        return Traits(follows=otherwise, iterates_anew=otherwise is _ANEW)
    article = "an" if declared.kind[:1] in "aeiou" else "a"
    who = f"{article} {declared.kind} server" if declared.kind in _REPORTED else "a server of this undeclared kind"
    return Traits(
        follows=follows,
        iterates_anew=follows is _ANEW,
        otherwise=otherwise,
        when=f"if {who} {_SAYS[otherwise]}",
        against=assumption.name,
    )


_SAYS = {
    Following.ANEW: "resolves aliases by its own forwarders",
    Following.WHOLE: "gives the whole answer of its forwarder",
}
