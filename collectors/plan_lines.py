"""What question plans and answers look like as JSON: strict types, and the way to the graph's types and back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from collectors.graph import addresses
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Vantage
from collectors.graph.ids import fqdn
from collectors.line import Time, utc
from collectors.snapshot_lines import AnswerLine, QuestionPart, to_answer

MOST_QUESTIONS = 100_000
_LONGEST_TEXT = 1024

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
Key = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
PLAN: Literal["question plan"] = "question plan"
ANSWERS: Literal["answers"] = "answers"


class Head(msgspec.Struct, kw_only=True):
    """As much as both files of every format have."""

    type: str
    format: int


class PlanHead(Head, kw_only=True):
    """What tells which key an answers file is sealed with."""

    plan: Id


class VantagePart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A vantage with all that whoever stands there needs for asking."""

    name: str
    view: str
    source: str
    servers: tuple[str, ...]
    reaches: tuple[str, ...]
    address_map: dict[str, str]


class PlanContent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A question plan."""

    type: Literal["question plan"]
    format: int
    plan: Id
    key: Key
    created: Time
    expires: Time
    tool_version: str
    cloud: str
    vantages: Annotated[tuple[VantagePart, ...], msgspec.Meta(max_length=10_000)]
    rounds: Annotated[
        tuple[Annotated[tuple[QuestionPart, ...], msgspec.Meta(max_length=MOST_QUESTIONS)], ...],
        msgspec.Meta(max_length=10),
    ]


class AnswersContent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The answers to one vantage's questions of a plan."""

    type: Literal["answers"]
    format: int
    plan: Id
    vantage: str
    finished: Time
    tool_version: str
    answers: Annotated[tuple[AnswerLine, ...], msgspec.Meta(max_length=MOST_QUESTIONS)]


def vantage_part(vantage: Vantage) -> VantagePart:
    """A vantage as it stands in a plan."""
    return VantagePart(
        name=vantage.name,
        view=vantage.view,
        source=vantage.source,
        servers=vantage.servers,
        reaches=vantage.reaches,
        address_map=dict(vantage.address_map),
    )


def to_vantage(part: VantagePart) -> Vantage:
    """The vantage of a plan. Raises ValueError for an address or text that is none."""
    return Vantage(
        name=name_of(part.name),
        view=plain(part.view),
        source=addresses.address(part.source) if part.source else "",
        servers=tuple(map(addresses.address, part.servers)),
        reaches=tuple(map(addresses.address, part.reaches)),
        address_map={addresses.address(key): addresses.target(value) for key, value in part.address_map.items()},
    )


def question_part(question: Question) -> QuestionPart:
    """A question as it stands in a plan."""
    return QuestionPart(
        vantage=question.vantage,
        server=question.server,
        name=question.name,
        type=question.type,
        checking_disabled=question.checking_disabled,
        transport=question.transport,
        dns_class=question.dns_class,
        again=question.again,
    )


def to_question(part: QuestionPart) -> Question:
    """The question of a plan. Raises ValueError for what cannot be asked."""
    name = fqdn(part.name)
    if name != part.name:
        raise ValueError(f"not a normalised name: {part.name!r}")
    return Question(
        vantage=name_of(part.vantage),
        server=addresses.address(part.server),
        name=name,
        type=plain(part.type),
        checking_disabled=part.checking_disabled,
        transport=part.transport,
        dns_class=part.dns_class,
        again=part.again,
    )


def checked_answer(line: AnswerLine) -> Answer:
    """The answer of a file that somebody else wrote. Raises ValueError for what no server can have said to us."""
    answer = to_answer(line)
    records: tuple[Record, ...] = (*answer.answers, *answer.authority)
    for text in (
        answer.question.vantage,
        answer.question.type,
        answer.rcode,
        answer.transport,
        answer.error,
        *answer.flags,
        *(text for _, text in answer.extended_errors),
        *(text for record in records for text in (record.name, record.type, record.value)),
    ):
        plain(text)
    return answer


def name_of(text: str) -> str:
    """A vantage's name. Raises ValueError for one that the configuration would not take."""
    if not text.strip():
        raise ValueError("an empty name")
    return plain(text)


def plain(text: str) -> str:
    """A text that a terminal survives, of a length that people read. Raises ValueError."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"a text of more than {_LONGEST_TEXT} characters")
    if not text.isprintable():
        raise ValueError(f"a text with control characters: {text[:80]!r}")
    return text


def moment(time: datetime) -> datetime:
    """The time in UTC. Raises ValueError for one that no calendar in UTC has."""
    try:
        return utc(time)
    except OverflowError as error:
        raise ValueError(f"a time beyond the calendar: {time.isoformat()}") from error
