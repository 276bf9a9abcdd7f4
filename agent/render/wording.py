"""What every format of a report says in words: the verdict, the order of the findings, names and proofs.

Text is not yet safe to show: each format escapes it in its own way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.exit_code import counts_for
from agent.render.text import visible
from agent.report import EvidenceShape, FindingShape, NotEvaluatedShape, OccurrenceShape, Report, SeenShape
from agent.run import Run
from checks.finding import Finding, Level
from checks.resolution.rules import ASSUMPTIONS
from collectors.arm.kinds import KINDS

_PROOF_WORDS = {"document": "read"}
_PROOF_ORDER = {"document": 0, "azure": 2}
_MOST_WORKSPACES = 3
_IDLE = ("settling", "waived")
_BLINDS = "not evaluated for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A report with what its rendering needs beside it.

    `exit_code` and `fail_on` are those of the run, `file` is the snapshot or configuration that it rests on.
    """

    report: Report
    finished: Run
    exit_code: int
    fail_on: str
    file: str

    @property
    def verdict(self) -> str:
        """The whole result in one line."""
        return verdict_line(self.report, self.finished)

    def fails(self, finding: Finding) -> bool:
        """Whether a finding alone makes the run exit with 1."""
        return counts_for(finding, self.fail_on)


def verdict_line(report: Report, finished: Run) -> str:
    """The whole result in one line."""
    word, rest = verdict(report, finished)
    return f"{word}: {rest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A finding with those that hide it until they are repaired, and those that it hides itself."""

    finding: FindingShape
    full: Finding
    before: list[FindingShape]
    behind: list[FindingShape]


def chains(report: Report, finished: Run) -> list[Chain]:
    """The findings in the order of repair: what hides others stands above them, what counts for nothing is last."""
    full = {f.fingerprint: f for f in finished.judgement.findings}
    found = [
        Chain(
            finding=finding,
            full=full[finding.fingerprint],
            before=[other for other in report.findings if finding.fingerprint in other.masks],
            behind=[other for other in report.findings if other.fingerprint in finding.masks],
        )
        for finding in report.findings
    ]
    return sorted(found, key=lambda chain: (chain.full.status in _IDLE, -chain.full.level, len(chain.before)))


def verdict(report: Report, finished: Run) -> tuple[str, str]:
    """One word, and what it rests on. What is waived or settling makes nothing worse."""
    summary = report.summary
    live = [finding for finding in finished.judgement.findings if finding.counts]
    quiet = Counter(f.status for f in finished.judgement.findings if not f.counts and f.level > Level.NOTE)
    errors = [f for f in live if f.level is Level.ERROR]
    warnings = [f for f in live if f.level is Level.WARNING]
    parts = []
    if errors:
        parts.append(f"{count(len(errors), 'error')} ({_codes(errors)})")
    if warnings:
        parts.append(f"{count(len(warnings), 'warning')} ({_codes(warnings)})")
    if summary.not_evaluated:
        parts.append(f"{summary.not_evaluated} not evaluated")
    if summary.undetermined:
        parts.append(f"{count(summary.undetermined, 'name')} undetermined")
    parts += [f"{number} {status}" for status, number in sorted(quiet.items())]
    words = (
        (errors, "FAILING"),
        (summary.not_evaluated, "NOT EVALUATED"),
        (summary.undetermined, "UNDETERMINED"),
        (warnings, "DEGRADED"),
    )
    word = next((word for cause, word in words if cause), "HEALTHY")
    told = ", ".join(parts) or "every required name resolves as it must"
    return word, f"{told}; {_extent(report, finished, errors)}"


def _codes(findings: list[Finding]) -> str:
    """Codes, each with how often it is told."""
    counted = Counter(finding.code for finding in findings)
    return ", ".join(code if times == 1 else f"{times} x {code}" for code, times in sorted(counted.items()))


def _extent(report: Report, finished: Run, errors: Sequence[Finding]) -> str:
    """How much was looked at, and how much of it fails."""
    required = finished.context.required
    names = [visible(workspace.id.name) for workspace in required.workspaces]
    shown = ", ".join(names[:_MOST_WORKSPACES]) or "no workspace"
    more = f" and {len(names) - _MOST_WORKSPACES} more" if len(names) > _MOST_WORKSPACES else ""
    lines = [line for finding in errors for line in finding.occurrences]
    failing = {line.name for line in lines} & {r.name for r in required.requirements}
    suffering = {line.client for line in lines} & {client.id for client in required.clients}
    summary, some = report.summary, bool(failing and suffering)
    of_names = f"{len(failing)} of " if some else ""
    of_clients = f"{len(suffering)} of " if some else ""
    return f"{of_names}{count(summary.names, 'name')}, {of_clients}{count(summary.clients, 'client')}, {shown}{more}"


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def certainty(chain: Chain) -> str:
    """What the finding rests on. What hides a finding from clients hides it from live answers, too."""
    finding = chain.finding
    repairs = "the repair, with those behind it," if chain.behind else "the repair"
    told = f"{repairs} was tried on a copy of the estate: every name above then resolves as it must"
    pairs = [(line.observed, line.simulated) for line in finding.occurrences]
    seen = {_alike(observed, simulated) for observed, simulated in pairs if observed and simulated}
    if seen == {True}:
        told += "; live answers agree with the model"
    elif seen:
        why = f"as they must while {_listed(chain.before)} stands" if chain.before else "see the proof"
        told += f"; live answers differ from the model, {why}"
    return told


def _alike(observed: SeenShape, simulated: SeenShape) -> bool:
    """Whether both are the same; which public address an answer holds cannot be simulated."""
    same = observed.outcome == simulated.outcome
    return same and (observed.outcome != "answer" or sorted(observed.addresses) == sorted(simulated.addresses))


def _listed(findings: Iterable[FindingShape]) -> str:
    return ", ".join(dict.fromkeys(finding.code for finding in findings))


def assumed(finding: FindingShape) -> list[str]:
    """The assumptions in words, each with the name by which the configuration switches it off."""
    texts = {assumption.name: assumption.text for assumption in ASSUMPTIONS}
    return [f"{texts.get(name, '')} ({name})".lstrip() for name in finding.assumptions]


def heading(finding: FindingShape) -> str:
    """Level and code, and the status unless it is the plain one: settling, waived."""
    status = "" if finding.status == "new" else f" ({finding.status})"
    return f"{finding.level.upper()} {finding.code}{status}"


def waiver_lines(finding: FindingShape) -> list[str]:
    """Who lives with a finding, until when and why."""
    return [proof.text for proof in finding.evidence if proof.kind == "waiver"]


def short(client: str) -> str:
    """A client's name: the last segment of its id."""
    return client.removeprefix("site:") if client.startswith("site:") else client.rpartition("/")[2]


def name_lines(occurrences: Iterable[OccurrenceShape]) -> list[str]:
    """One line per name and outcome; clients that get the same share it."""
    lines: dict[str, None] = {}
    for line in occurrences:
        got = _outcomes(line)
        lines[f"{line.name} must be {', '.join(line.expected)}{got}"] = None
    return list(lines)


def _outcomes(line: OccurrenceShape) -> str:
    told = []
    if line.simulated:
        told.append(f"would get {_seen(line.simulated)}")
    if line.observed:
        told.append(f"got {_seen(line.observed)}")
    return f"; {', '.join(told)}" if told else ""


def _seen(seen: SeenShape) -> str:
    addresses = ", ".join(seen.addresses)
    if seen.outcome == "public":
        return f"public {addresses}".rstrip()
    return addresses or seen.outcome


def proof_lines(evidence: Iterable[EvidenceShape]) -> list[str]:
    """What was read first, then one simulated and one observed line per name; vantages share a line.

    Azure's own diagnosis is last: it looks at less than all of these.
    """
    vantages: dict[str, list[str]] = {}
    proofs = (proof for proof in evidence if proof.kind != "waiver")
    for proof in sorted(proofs, key=lambda proof: _PROOF_ORDER.get(proof.kind, 1)):
        vantages.setdefault(f"{_PROOF_WORDS.get(proof.kind, proof.kind)}: {proof.text}", []).extend(
            [proof.vantage] if proof.vantage else []
        )
    return [
        f"{text} (asked from {', '.join(dict.fromkeys(where))})" if where else text for text, where in vantages.items()
    ]


def sight_groups(findings: Iterable[FindingShape]) -> list[list[FindingShape]]:
    """What could not be seen of one scope, together: one missing role blinds many kinds. What matters most is first."""
    groups: dict[tuple[str, str], list[FindingShape]] = defaultdict(list)
    for finding in findings:
        if is_sight(finding):
            groups[finding.code, finding.subject.id].append(finding)
    return [sorted(group, key=lambda finding: _BLINDS not in finding.cause) for group in groups.values()]


def is_sight(finding: FindingShape) -> bool:
    """Whether a finding tells of a scope that could not be seen."""
    return finding.subject.type == "scope"


def group_title(group: Sequence[FindingShape]) -> str:
    """The title of several findings of one code and scope."""
    more = f" (and {count(len(group) - 1, 'more kind')} of it)" if len(group) > 1 else ""
    return group[0].title + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """One scope and reason why something there was not read: which kinds, what that blinds, what would help."""

    scope: str
    reason: str
    unread: list[str]
    blinded: str
    actions: list[str]


def blindness(items: Iterable[NotEvaluatedShape]) -> list[Blind]:
    """What was not evaluated, grouped by the gap: one missing right blinds many checks."""
    merged: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {}
    for item in items:
        what = item.code or (item.subject.id if item.subject.type == "name" else "which names are required")
        for gap in item.because:
            kinds, blinded, actions = merged.setdefault((gap.scope, gap.reason), (set(), set(), set()))
            kinds.add(KINDS[gap.kind].title if gap.kind in KINDS else gap.kind)
            blinded.add(what)
            actions.add(gap.action or gap.detail)
    return [
        Blind(scope=scope, reason=reason, unread=sorted(kinds), blinded=_blinded(blinded), actions=sorted(actions))
        for (scope, reason), (kinds, blinded, actions) in sorted(merged.items())
    ]


def _blinded(what: set[str]) -> str:
    """Checks by code, names by number: their list stands elsewhere."""
    codes = sorted(code for code in what if code.startswith("PED"))
    others = [word for word in what if not word.startswith(("PED", "dns:"))]
    names = len(what) - len(codes) - len(others)
    return ", ".join([*codes, *others, *([count(names, "name")] if names else [])])
