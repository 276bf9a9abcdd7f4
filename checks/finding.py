"""Violations and findings: what a check yields, and what becomes of it once it is stamped and merged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Literal

from checks.resolution.path import Path, Thing
from collectors.graph.documents import AnyChange
from collectors.graph.ids import Fqdn

MOST_OCCURRENCES = 50
"""A finding lists at most so many occurrences and counts the rest."""


class Level(IntEnum):
    """How bad it is; compares by severity."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> Literal["error", "warning", "note"]:
        """The level in the words of reports."""
        return _WORDS[self]

    @classmethod
    def of(cls, word: str) -> Level:
        """The level of a word. Raises KeyError."""
        return cls[word.upper()]


_WORDS: dict[Level, Literal["error", "warning", "note"]] = {
    Level.ERROR: "error",
    Level.WARNING: "warning",
    Level.NOTE: "note",
}
Status = Literal["new", "ongoing", "settling", "waived"]


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """An outcome reduced to what reports show: label, addresses, CNAME chain."""

    outcome: str
    addresses: tuple[str, ...] = ()
    chain: tuple[Fqdn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Occurrence:
    """One client and name that a finding is about: expected beside simulated beside observed."""

    client: str
    name: Fqdn
    type: str
    view: str
    vantage: str = ""
    expected: tuple[str, ...] = ()
    simulated: Seen | None = None
    observed: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Proof:
    """One piece of evidence: `kind` is `simulated`, `observed`, `document`, `gap`, `waiver` or `azure`."""

    kind: str
    text: str
    question: str = ""
    server: str = ""
    vantage: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change that repairs, what it does in a sentence, and the commands that do it, one a line (`""`: none)."""

    change: AnyChange
    text: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a check yields. Subject and discriminator are the object that one repair changes.

    `text` is the title: one sentence on what is wrong. `cause` says why, `touches` names the workspaces.
    """

    subject: Thing
    text: str
    discriminator: str = ""
    cause: str = ""
    related: tuple[Thing, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    repairs: tuple[Repair, ...] = ()
    proofs: tuple[Proof, ...] = ()
    path: Path | None = None
    touches: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[AnyChange, ...]:
        """The repair as data."""
        return tuple(repair.change for repair in self.repairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation stamped with code and level, fingerprinted, merged with its likes."""

    code: str
    slug: str
    level: Level
    status: Status
    violation: Violation
    occurrences: tuple[Occurrence, ...]
    proofs: tuple[Proof, ...]
    masks: tuple[str, ...] = ()
    fingerprint: str = field(default="")

    @property
    def counts(self) -> bool:
        """Whether it makes anything worse: nobody lives with it, and it does not settle by itself."""
        return self.status in ("new", "ongoing")

    @property
    def names(self) -> tuple[Fqdn, ...]:
        """The names concerned."""
        return tuple(sorted({occurrence.name for occurrence in self.occurrences}))

    @property
    def clients(self) -> tuple[str, ...]:
        """The clients concerned."""
        return tuple(sorted({occurrence.client for occurrence in self.occurrences}))

    @property
    def views(self) -> tuple[str, ...]:
        """The views concerned."""
        return tuple(sorted({occurrence.view for occurrence in self.occurrences}))


def fingerprint(code: str, subject: str, discriminator: str) -> str:
    """The identity of a finding: the first 16 hex digits of a SHA-256. It keys history, waivers and alerts."""
    text = json.dumps([code, subject, discriminator], ensure_ascii=False, separators=(",", ":")).lower()
    return hashlib.sha256(text.encode()).hexdigest()[:16]
