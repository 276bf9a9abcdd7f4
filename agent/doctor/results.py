"""What an examination finds, and the shape in which other programs read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from agent.report import Shape


class State(StrEnum):
    """How one thing is: it works, it does not, something in scope is not seen, or nobody tried."""

    OK = "ok"
    BROKEN = "broken"
    UNSEEN = "unseen"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One thing that was looked at. `remedy`: what to do, `blinds`: the codes that cannot be relied on until then."""

    about: str
    state: State
    text: str
    remedy: str = ""
    blinds: tuple[str, ...] = ()


class ResultShape(Shape):
    """One result of `doctor --format json`."""

    about: str
    state: Literal["ok", "broken", "unseen", "skipped"]
    text: str
    remedy: str
    blinds: list[str]


class ExaminationShape(Shape):
    """`doctor --format json`. `schema` is the version of its shape."""

    schema: Literal[1]
    version: str
    now: datetime
    exit_code: int
    results: list[ResultShape]


def exit_code(results: Iterable[Result]) -> int:
    """1 where something is broken, else 3 where something in scope is not seen, else 0."""
    states = {result.state for result in results}
    return 1 if State.BROKEN in states else 3 if State.UNSEEN in states else 0


def shape(results: Iterable[Result], version: str, now: datetime) -> ExaminationShape:
    """An examination as JSON shows it."""
    found = list(results)
    rows = [
        ResultShape(about=one.about, state=one.state.value, text=one.text, remedy=one.remedy, blinds=list(one.blinds))
        for one in found
    ]
    return ExaminationShape(schema=1, version=version, now=now, exit_code=exit_code(found), results=rows)
