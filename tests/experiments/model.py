"""What an experiment is: data. What it makes, what it asks, and how every outcome is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from string import Template

from collectors.graph.clouds import PLATFORM_RESOLVER

NO_ANSWER = "no answer"
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of `az`, without the program's name; `$name` in a word is filled in by the run.

    With a `key` the call is itself an observation: it may fail, and what it says is read like an answer.
    """

    why: str
    words: tuple[str, ...]
    key: str = ""

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The words of a run. Raises KeyError for a value that nobody gave."""
        return tuple(Template(word).substitute(values) for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One DNS question, asked from this machine."""

    key: str
    name: str
    type: str = "A"
    server: str = PLATFORM_RESOLVER

    def filled(self, values: Mapping[str, str]) -> Question:
        """The question of a run."""
        name, server = (Template(text).substitute(values) for text in (self.name, self.server))
        return Question(key=self.key, name=name, type=self.type, server=server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a question or of a call: a response code, `no answer`, `done` or `failed`, and its values.

    The values of an answer are `owner type data`, those of a call what it printed.
    """

    outcome: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an outcome means. `key` is a glob over keys; an empty `outcomes` fits all, and so does an empty `value`.

    `holds` None: it says nothing of the assumptions. `about` names the one that it settles where there are several.
    """

    key: str
    means: str
    outcomes: tuple[str, ...] = ()
    value: str = ""
    holds: bool | None = None
    about: str = ""

    def fits(self, key: str, seen: Seen) -> bool:
        """Whether this is how to read it."""
        named = fnmatchcase(key, self.key) and (not self.outcomes or seen.outcome in self.outcomes)
        return named and (not self.value or any(self.value in value for value in seen.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One open question about Azure DNS and how to settle it.

    `assumptions` and `rules` are names in `checks/resolution/rules.py`: what it settles, and what rests on less
    than a document. Of several readings the first that fits counts. `alias` is what this machine answers on port
    5353 while the experiment runs: the question's name and the target of a lone CNAME.
    """

    number: str
    title: str
    purpose: str
    steps: tuple[Step, ...]
    readings: tuple[Reading, ...]
    questions: tuple[Question, ...] = ()
    assumptions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    afterwards: tuple[Step, ...] = ()
    warning: str = ""
    alias: tuple[str, str] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything that is observed, in order."""
        return (*(step.key for step in self.steps if step.key), *(question.key for question in self.questions))

    def read(self, key: str, seen: Seen) -> Reading | None:
        """How an outcome is read; None: nobody foresaw it."""
        return next((reading for reading in self.readings if reading.fits(key, seen)), None)
