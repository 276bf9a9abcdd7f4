"""What a check is: one function, one code, its documentation in its docstring, what it needs and claims.

Two shapes: `@check` yields violations from the state of the estate; `@explains` is given one disagreement and
returns a violation with the change that would repair it, or nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from checks.context import Context
from checks.disagreement import Disagreement
from checks.finding import Level, Violation

StateFunction = Callable[[Context], Iterable[Violation]]
ExplainFunction = Callable[[Context, Disagreement], Violation | None]


class Claim(StrEnum):
    """Whether a check says that something wrong was seen, or that something needed is missing.

    A gap that could hide the missing thing makes an absence claim impossible; a presence claim stands.
    """

    PRESENCE = "presence"
    ABSENCE = "absence"


class Part(StrEnum):
    """Which part of a judgement a check belongs to."""

    STATE = "state"
    CAUSE = "cause"
    SYMPTOM = "symptom"
    LIVE = "live"
    SIGHT = "sight"
    CRASH = "crash"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check with its public contract. Exactly one of `state` and `explain` is set."""

    code: str
    slug: str
    level: Level
    claim: Claim
    part: Part
    needs: tuple[str, ...]
    doc: str
    state: StateFunction | None = None
    explain: ExplainFunction | None = None

    @property
    def title(self) -> str:
        """The defect in one sentence."""
        return self.doc.partition("\n")[0].strip()


def check(
    code: str,
    slug: str,
    level: Level,
    *,
    claim: Claim = Claim.PRESENCE,
    part: Part = Part.STATE,
    needs: tuple[str, ...] = (),
) -> Callable[[StateFunction], Check]:
    """A check that looks at the state of the estate. With repairs it may also explain disagreements."""
    make = partial(Check, code=code, slug=slug, level=level, claim=claim, part=part, needs=needs)
    return lambda function: make(doc=inspect.getdoc(function) or "", state=function)


def explains(
    code: str,
    slug: str,
    level: Level = Level.ERROR,
    *,
    claim: Claim = Claim.PRESENCE,
    part: Part = Part.CAUSE,
    needs: tuple[str, ...] = (),
) -> Callable[[ExplainFunction], Check]:
    """A check that explains one disagreement; its repair is proved by counterfactual before it is believed."""
    make = partial(Check, code=code, slug=slug, level=level, claim=claim, part=part, needs=needs)
    return lambda function: make(doc=inspect.getdoc(function) or "", explain=function)
