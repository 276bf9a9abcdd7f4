"""The asking of a run: rounds of questions, then once more what a cache may have answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from agent.sources import Asker, Progress, Source
from checks.context import Context, make_context
from checks.questions import ROUNDS, next_questions
from checks.rechecks import PASSES, rechecks
from collectors.graph.answers import Answer, Question


def ask_what_decides(
    source: Source, context: Context, answers: Sequence[Answer], progress: Progress
) -> tuple[tuple[Answer, ...], Context]:
    """The answers with what was asked in addition, and what is known then; offline nothing is asked."""
    if source.ask is None:
        return tuple(answers), context
    run = _Asking(source, source.ask, context, list(answers), progress)
    run.ask_in_rounds()
    if source.recheck_within:
        run.ask_again(source.recheck_within)
    return tuple(run.answers), run.context


class _Asking:
    """What is known grows with every answer."""

    def __init__(self, source: Source, ask: Asker, context: Context, answers: list[Answer], progress: Progress) -> None:
        self.context, self.answers = context, answers
        self._source, self._ask, self._progress = source, ask, progress

    def ask_in_rounds(self) -> None:
        """Ask until nothing is left that could decide something."""
        for _ in range(ROUNDS):
            questions = next_questions(self.context, {answer.question for answer in self.answers})
            if not questions:
                return
            self._progress(f"asking {len(questions)} questions")
            self._add(questions)

    def ask_again(self, within: float) -> None:
        """Wait until no cache can hold doubtful answers any more, and ask the same; then what follows from it."""
        for _ in range(PASSES):
            due = rechecks(self.context, datetime.now(UTC), within)
            if not due.questions:
                return
            self._progress(f"asking {len(due.questions)} questions again in {due.wait:.0f} s, after their TTL")
            time.sleep(due.wait)
            self._add(due.questions)
            self.ask_in_rounds()

    def _add(self, questions: Sequence[Question]) -> None:
        self.answers += self._ask(questions, self._source.declared.vantages)
        known = self.context
        self.context = make_context(known.estate, known.required, self.answers, known.now)
