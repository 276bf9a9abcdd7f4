"""What people have said to live with: findings, and gaps in sight. Each for a reason, and best until a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from checks.context import Lapsed
from checks.finding import Finding, Proof
from collectors.graph.documents import Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A finding that one lives with: by fingerprint, or by code and a glob over its subject's id or name.

    `number` is its place in the configuration, from 1.
    """

    number: int
    fingerprint: str = ""
    code: str = ""
    subject: str = ""
    reason: str = ""
    owner: str = ""
    expires: date | None = None

    @property
    def name(self) -> str:
        """What it is about, as it was written: its identity."""
        return self.fingerprint or f"{self.code} {self.subject}"

    @property
    def is_fleeting(self) -> bool:
        """Whether what it is about may come and go with the answers of servers: its absence proves nothing."""
        return self.code.startswith("PED6")

    def means(self, finding: Finding) -> bool:
        """Whether a finding is the one, or one of those, that it is about."""
        if self.fingerprint:
            return finding.fingerprint == self.fingerprint.lower()
        subject, wanted = finding.violation.subject, self.subject.lower()
        return finding.code == self.code and any(
            fnmatchcase(text.lower(), wanted) for text in (subject.id, subject.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A gap that one lives with: globs over its kind and scope; what is below a scope is meant as well."""

    number: int
    kind: str
    scope: str
    reason: str = ""
    expires: date | None = None

    @property
    def name(self) -> str:
        """What it is about, as it was written: its identity."""
        return f"{self.kind} {self.scope}"

    def means(self, gap: Gap) -> bool:
        """Whether a gap is one that it is about."""
        scope, outer = gap.scope.lower(), self.scope.lower()
        below = scope.startswith(outer.rstrip("/") + "/")
        return fnmatchcase(gap.kind, self.kind) and (below or fnmatchcase(scope, outer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """Everything that one lives with, as it holds on a day (UTC): the last day of each still counts."""

    day: date
    waivers: tuple[Waiver, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()

    def acknowledges(self, gap: Gap) -> bool:
        """Whether a gap is one that somebody lives with today."""
        return any(row.means(gap) for row in self.acknowledgements if self._holds(row))

    def over(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, those that somebody lives with today marked, with who said so and why as their last proof."""
        return tuple(self._marked(finding) for finding in findings)

    def lapsed(self, findings: Sequence[Finding], gaps: Sequence[Gap], *, whole: bool) -> tuple[Lapsed, ...]:
        """What has no effect any more. Only a `whole` run can tell that something matches nothing."""
        rows: list[tuple[Waiver | Acknowledgement, str, int, bool]] = [
            *((row, "waiver", sum(map(row.means, findings)), row.is_fleeting) for row in self.waivers),
            *((row, "acknowledged", sum(map(row.means, gaps)), False) for row in self.acknowledgements),
        ]
        found = []
        for row, word, meets, fleeting in rows:
            since = None if self._holds(row) else row.expires
            if since or (whole and not meets and not fleeting):
                found.append(_lapsed(row, word, since, meets))
        return tuple(sorted(found))

    def _holds(self, row: Waiver | Acknowledgement) -> bool:
        return row.expires is None or row.expires >= self.day

    def _marked(self, finding: Finding) -> Finding:
        row = next((row for row in self.waivers if self._holds(row) and row.means(finding)), None)
        if row is None:
            return finding
        words = (f"by {row.owner}" if row.owner else "", f"until {row.expires}" if row.expires else "")
        told = (" ".join(filter(None, words)) or "for good") + (f": {row.reason}" if row.reason else "")
        return replace(finding, status="waived", proofs=(*finding.proofs, Proof(kind="waiver", text=told)))


def _lapsed(row: Waiver | Acknowledgement, word: str, since: date | None, meets: int) -> Lapsed:
    owner = row.owner if isinstance(row, Waiver) else ""
    return Lapsed(
        word=word, number=row.number, name=row.name, reason=row.reason, owner=owner, over_since=since, meets=meets
    )
