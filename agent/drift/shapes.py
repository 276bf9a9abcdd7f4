"""The shapes of `agent diff --format json`, and how they come about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from agent.drift.looks import Comparison, Look
from agent.report import GapShape, SeenShape, Shape, gap_shape, seen_shape
from checks.drift.compare import AnswerChange, Incomparable, ObservedChange
from checks.drift.edits import Difference, Edit, Word
from checks.finding import Seen

MOST_PATHS = 20
"""Paths that are told of one change; the rest is counted."""

_LONGEST_VALUE = 400


class LookShape(Shape):
    """One of the two looks: the id of its run, when it ended, of which cloud it is and which version wrote it."""

    id: str
    finished: datetime
    cloud: str
    version: str
    documents: int
    gaps: int


class DifferenceShape(Shape):
    """A path at which a document differs; the values as JSON text, cut where they are long, null for nothing."""

    path: str
    before: str | None
    after: str | None


class EditShape(Shape):
    """One changed document or declared server. What a gap may hide did not come or go for certain."""

    id: str
    type: str
    name: str
    change: Word
    paths: list[DifferenceShape]
    paths_total: int
    hidden_by: list[GapShape]


class AnswerShape(Shape):
    """An answer that changed for some clients: what they get first, then what else they may get by itself."""

    name: str
    type: str
    clients: list[str]
    before: list[SeenShape]
    after: list[SeenShape]
    expected_before: list[str]
    expected_after: list[str]
    attributed: Literal["one", "pair", "together", "otherwise"]
    because: list[str]


class MoveShape(Shape):
    """Other addresses than before are expected of an endpoint for a name."""

    endpoint: str
    name: str
    type: str
    before: list[str]
    after: list[str]


class ObservedShape(Shape):
    """A server gave another live answer than before, though the simulated one is the same."""

    name: str
    type: str
    server: str
    vantage: str
    before: SeenShape
    after: SeenShape


class IncomparableShape(Shape):
    """A name that one look or both could not follow to its end."""

    name: str
    type: str
    client: str
    because: list[GapShape]


class ClientsShape(Shape):
    """Clients that only one look has: their names are not compared."""

    came: list[str]
    went: list[str]


class DiffSummaryShape(Shape):
    """How much differs; `compared` and `answers` count pairs of client and name."""

    changes: int
    answers: int
    observed: int
    moves: int
    incomparable: int
    compared: int


class DiffShape(Shape):
    """`diff --format json`. `schema` is the version of its shape."""

    schema: Literal[1]
    before: LookShape
    after: LookShape
    notices: list[str]
    summary: DiffSummaryShape
    changes: list[EditShape]
    answers: list[AnswerShape]
    observed: list[ObservedShape]
    moves: list[MoveShape]
    clients: ClientsShape
    incomparable: list[IncomparableShape]


def diff_shape(compared: Comparison) -> DiffShape:
    """A comparison as JSON shows it."""
    drift = compared.drift
    return DiffShape(
        schema=1,
        before=_look_shape(compared.before),
        after=_look_shape(compared.after),
        notices=list(compared.notices),
        summary=DiffSummaryShape(
            changes=len(drift.edits),
            answers=len(drift.answers),
            observed=len(drift.observed),
            moves=len(drift.moves),
            incomparable=len(drift.incomparable),
            compared=drift.compared,
        ),
        changes=[_edit_shape(edit) for edit in drift.edits],
        answers=[_answer_shape(alike) for alike in alike_answers(drift.answers)],
        observed=[_observed_shape(one) for one in drift.observed],
        moves=[
            MoveShape(endpoint=m.endpoint.text, name=m.name, type=m.type, before=list(m.before), after=list(m.after))
            for m in drift.moves
        ],
        clients=ClientsShape(came=[c.id for c in drift.came], went=[c.id for c in drift.went]),
        incomparable=[_incomparable_shape(one) for one in drift.incomparable],
    )


def alike_answers(answers: Iterable[AnswerChange]) -> list[list[AnswerChange]]:
    """The changed answers, those together that differ by the client alone; sorted by name."""
    found: dict[tuple[Any, ...], list[AnswerChange]] = {}
    for answer in answers:
        key = (
            *(answer.name, answer.type, answer.before, answer.after, answer.expected_before, answer.expected_after),
            *(answer.because.how, tuple(edit.id for edit in answer.because.edits)),
        )
        found.setdefault(key, []).append(answer)
    return sorted(found.values(), key=lambda those: (those[0].name, those[0].type, those[0].client.id.lower()))


def value_text(value: Any, longest: int = _LONGEST_VALUE) -> str | None:
    """A JSON value as text, cut where it is long; None for nothing."""
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _look_shape(look: Look) -> LookShape:
    header, footer = look.snapshot.header, look.snapshot.footer
    return LookShape(
        id=footer.sha256[:16],
        finished=footer.finished,
        cloud=header.cloud,
        version=header.tool_version,
        documents=len(look.snapshot.documents),
        gaps=len(look.context.estate.gaps),
    )


def _edit_shape(edit: Edit) -> EditShape:
    name, type = thing_of(edit)
    return EditShape(
        id=edit.id,
        type=type,
        name=name,
        change=edit.word,
        paths=[_difference_shape(difference) for difference in edit.differences[:MOST_PATHS]],
        paths_total=len(edit.differences),
        hidden_by=[gap_shape(gap) for gap in edit.hidden],
    )


def thing_of(edit: Edit) -> tuple[str, str]:
    """Name and type of what was changed."""
    change = edit.change
    if isinstance(change.id, str):
        return change.id.removeprefix("server:").partition("@")[0], "server"
    return change.id.name, change.id.type


def _difference_shape(difference: Difference) -> DifferenceShape:
    return DifferenceShape(
        path=difference.path, before=value_text(difference.before), after=value_text(difference.after)
    )


def _answer_shape(alike: list[AnswerChange]) -> AnswerShape:
    answer = alike[0]
    return AnswerShape(
        name=answer.name,
        type=answer.type,
        clients=[one.client.id for one in alike],
        before=_seen(answer.before),
        after=_seen(answer.after),
        expected_before=list(answer.expected_before),
        expected_after=list(answer.expected_after),
        attributed=answer.because.how.value,
        because=[edit.id for edit in answer.because.edits],
    )


def _observed_shape(one: ObservedChange) -> ObservedShape:
    (before,), (after,) = _seen([one.before]), _seen([one.after])
    return ObservedShape(
        name=one.name, type=one.type, server=one.server, vantage=one.vantage, before=before, after=after
    )


def _seen(outcomes: Iterable[Seen]) -> list[SeenShape]:
    return [shape for outcome in outcomes if (shape := seen_shape(outcome))]


def _incomparable_shape(one: Incomparable) -> IncomparableShape:
    return IncomparableShape(
        name=one.name, type=one.type, client=one.client.id, because=[gap_shape(gap) for gap in one.because]
    )
