"""Question plans and their answers: files that let somebody without any right in Azure ask from where we cannot.

The key tells answers to this plan from others', and from changed ones. It keeps nothing from the plan's holder.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from collectors import plan_lines as lines
from collectors.graph.answers import Answer, Question
from collectors.graph.declared import Vantage
from collectors.graph.errors import PlanError
from collectors.sealed import Sealed, read_sealed, write_sealed
from collectors.snapshot_lines import answer_line

FORMAT = 1
LIFETIME = timedelta(hours=24)
"""How long a plan is good for: estates change, and so does what is worth asking."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much the clocks of two machines may differ; Kerberos allows as much."""

_ANEW = "Make a new plan with `agent ask --make-plan`"
_AGAIN = "Run the plan again with `agent ask --plan`"

_T = TypeVar("_T", bound=msgspec.Struct)
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask, from which vantages, and the key that seals the answers."""

    id: str
    key: bytes = field(repr=False)
    created: datetime
    expires: datetime
    tool_version: str
    cloud: str
    vantages: tuple[Vantage, ...]
    rounds: tuple[tuple[Question, ...], ...]
    """The questions; those of a round are asked once all before them were."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of all rounds."""
        return tuple(question for round in self.rounds for question in round)

    def vantage(self, name: str) -> Vantage | None:
        """The vantage of a name."""
        return next((vantage for vantage in self.vantages if vantage.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of a plan's questions from one of its vantages; `file` is where it was read from."""

    file: Path
    plan: Plan
    vantage: Vantage
    answers: tuple[Answer, ...]


def new_plan(
    vantages: Sequence[Vantage],
    rounds: Sequence[Sequence[Question]],
    *,
    cloud: str,
    tool_version: str,
    now: datetime,
) -> Plan:
    """A plan with an id and a key of its own."""
    return Plan(
        id=secrets.token_hex(8),
        key=secrets.token_bytes(32),
        created=now,
        expires=now + LIFETIME,
        tool_version=tool_version,
        cloud=cloud,
        vantages=tuple(vantages),
        rounds=tuple(map(tuple, rounds)),
    )


def write_plan(path: Path, plan: Plan) -> None:
    """Write a plan, mode 0600: it holds the key. Raises AgentError."""
    content = lines.PlanContent(
        type=lines.PLAN,
        format=FORMAT,
        plan=plan.id,
        key=plan.key.hex(),
        created=plan.created,
        expires=plan.expires,
        tool_version=plan.tool_version,
        cloud=plan.cloud,
        vantages=tuple(map(lines.vantage_part, plan.vantages)),
        rounds=tuple(tuple(map(lines.question_part, round)) for round in plan.rounds),
    )
    write_sealed(path, content, plan.key)


def read_plan(path: Path, now: datetime) -> Plan:
    """Read a plan, expired or not. Raises PlanError in one sentence for anything that `write_plan` did not write."""
    return _told(path, lambda: _plan(read_sealed(path), now))


def write_answers(
    path: Path, plan: Plan, vantage: str, answers: Sequence[Answer], *, finished: datetime, tool_version: str
) -> None:
    """Write what came of a vantage's questions, under the plan's seal. Raises AgentError."""
    content = lines.AnswersContent(
        type=lines.ANSWERS,
        format=FORMAT,
        plan=plan.id,
        vantage=vantage,
        finished=finished,
        tool_version=tool_version,
        answers=tuple(map(answer_line, answers)),
    )
    write_sealed(path, content, plan.key)


def read_answers(path: Path, plan_of: Callable[[str], Plan | None], now: datetime) -> Answered:
    """Read answers; `plan_of` knows plans by their ids. Raises PlanError for what is stale, foreign or tampered."""
    return _told(path, lambda: _answered(path, read_sealed(path), plan_of, now))


def expired(path: Path, plan: Plan, now: datetime) -> PlanError | None:
    """Why a plan must not be run any more."""
    if now <= plan.expires:
        return None
    return PlanError(f"{path} is stale: plan {plan.id} expired at {_time(plan.expires)}. {_ANEW}.")


def _plan(sealed: Sealed, now: datetime) -> Plan:
    _check_head(sealed, lines.PLAN)
    content = _decoded(sealed, lines.PlanContent, _ANEW)
    key = bytes.fromhex(content.key)
    if not sealed.is_whole(key):
        raise PlanError(f"was changed after it was written. {_ANEW}.")
    try:
        plan = Plan(
            id=content.plan,
            key=key,
            created=lines.moment(content.created),
            expires=lines.moment(content.expires),
            tool_version=lines.plain(content.tool_version),
            cloud=lines.plain(content.cloud),
            vantages=tuple(map(lines.to_vantage, content.vantages)),
            rounds=tuple(tuple(map(lines.to_question, round)) for round in content.rounds),
        )
        _check_plan(plan)
    except ValueError as error:
        raise PlanError(f"says what a question plan cannot say: {_printable(error)}. {_ANEW}.") from error
    if plan.created > now + CLOCKS_DIFFER:
        raise PlanError(f"was made in the future, at {_time(plan.created)}. Set the clock of this machine or its own.")
    return plan


def _check_plan(plan: Plan) -> None:
    names = {vantage.name for vantage in plan.vantages}
    if len(names) != len(plan.vantages):
        raise ValueError("two vantages of one name")
    if not plan.created <= plan.expires <= plan.created + LIFETIME:
        raise ValueError(f"good for more than {LIFETIME.total_seconds() / 3600:.0f} hours")
    for question in plan.questions:
        if question.vantage not in names:
            raise ValueError(f"a question from {question.vantage!r}, which is none of its vantages")


def _answered(path: Path, sealed: Sealed, plan_of: Callable[[str], Plan | None], now: datetime) -> Answered:
    _check_head(sealed, lines.ANSWERS)
    id = _decoded(sealed, lines.PlanHead, _AGAIN).plan
    plan = plan_of(id)
    if plan is None:
        raise PlanError(f"belongs to plan {id}, whose key is not kept on this machine. Give the plan with --plan FILE.")
    if not sealed.is_whole(plan.key):
        raise PlanError(f"was changed after it was written, or not written with the key of plan {id}. {_AGAIN}.")
    content = _decoded(sealed, lines.AnswersContent, _AGAIN)
    try:
        vantage = lines.name_of(content.vantage)
        finished = lines.moment(content.finished)
        answers = tuple(map(lines.checked_answer, content.answers))
        answers = tuple(replace(answer, asked_at=lines.moment(answer.asked_at)) for answer in answers)
    except ValueError as error:
        raise PlanError(f"says what answers cannot say: {_printable(error)}. {_AGAIN}.") from error
    for time in sorted({finished, *(answer.asked_at for answer in answers)}):
        _check_time(time, plan, now)
    if now > plan.expires:
        raise PlanError(f"is stale: plan {id} expired at {_time(plan.expires)}. {_ANEW} and run it.")
    return Answered(file=path, plan=plan, vantage=_standing(plan, vantage, answers), answers=answers)


def _check_time(time: datetime, plan: Plan, now: datetime) -> None:
    if time > now + CLOCKS_DIFFER:
        raise PlanError(f"was answered in the future, at {_time(time)}. Set the clock of that machine. {_AGAIN}.")
    if time < plan.created - CLOCKS_DIFFER:
        raise PlanError(
            f"was answered at {_time(time)}, before plan {plan.id} was made. Set the clock of that machine. {_AGAIN}."
        )
    if time > plan.expires:
        raise PlanError(
            f"is stale: it was answered at {_time(time)}, after plan {plan.id} expired at {_time(plan.expires)}. "
            f"{_ANEW} and run it."
        )


def _standing(plan: Plan, name: str, answers: Sequence[Answer]) -> Vantage:
    """The plan's vantage that the answers are from. Raises PlanError for foreign ones."""
    vantage = plan.vantage(name)
    if vantage is None:
        known = ", ".join(_printable(vantage.name) for vantage in plan.vantages[:10])
        raise PlanError(f"is from vantage {_printable(name)}, which plan {plan.id} does not have ({known}). {_AGAIN}.")
    planned = {question for question in plan.questions if question.vantage == name}
    for question in (answer.question for answer in answers):
        if question not in planned:
            asked = f"{question.name} {question.type} at {question.server} from {_printable(question.vantage)}"
            raise PlanError(f"answers {asked}, which plan {plan.id} does not ask from {_printable(name)}. {_AGAIN}.")
    return vantage


def _check_head(sealed: Sealed, expected: str) -> None:
    """Whether it is the kind of file that was asked for, in a format that this version reads."""
    try:
        head = msgspec.json.decode(sealed.content, type=lines.Head)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PlanError(f"is not what was expected: it does not begin like {_article(expected)}.") from error
    if head.type != expected:
        found = _article(head.type) if head.type in (lines.PLAN, lines.ANSWERS) else "something else"
        raise PlanError(f"is not what was expected: {_article(expected)}, found {found}. Name another file.")
    if head.format != FORMAT:
        raise PlanError(
            f"is in format {head.format}, this version reads {FORMAT}. "
            "Use one version of the agent for plan, answers and check."
        )


def _decoded(sealed: Sealed, type: type[_T], advice: str) -> _T:
    try:
        return msgspec.json.decode(sealed.content, type=type)
    except RecursionError as error:
        raise PlanError(f"is hostile or damaged: it nests too deeply. {advice}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanError(f"is damaged: {_printable(error)}. {advice}.") from error


def _article(kind: str) -> str:
    return "a question plan" if kind == lines.PLAN else "answers to a question plan"


def _told(path: Path, read: Callable[[], _R]) -> _R:
    try:
        return read()
    except PlanError as error:
        raise PlanError(f"{path} {error}") from error


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _printable(text: object) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text)[:200])
