"""The report for a tired engineer: the verdict first, then each cause with its proof and repair, then the limits.

Commands and ids are never wrapped or cut, so that they can be copied.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from agent.render.text import visible, visible_lines
from agent.report import EvidenceShape, FindingShape, NotEvaluatedShape, OccurrenceShape, Report, SeenShape
from agent.run import Run
from checks.finding import Finding, Level
from checks.resolution.rules import ASSUMPTIONS
from collectors.arm.kinds import KINDS

_PROOF_WORDS = {"document": "read"}
_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_INDENT = "  "
_LABEL = 10
_MOST_WORKSPACES = 3
_MOST_CLIENTS = 3  # beside an address that only some of them need
_MOST_PROOFS = 6
_BLINDS = "not evaluated for it"
_MOST_ACTIONS = 3  # one role usually holds them all
_MOST_LINES = 12  # of names, proofs, gaps; the JSON has them all


def verdict_line(report: Report, finished: Run) -> str:
    """The whole result in one line."""
    word, rest = _verdict(report, finished)
    return f"{word}: {rest}"


def render_report(report: Report, finished: Run, *, color: bool | None) -> str:
    """The whole report as text. `color` None: as the terminal and NO_COLOR say."""
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        force_terminal=_wants_color(color),
        no_color=not _wants_color(color),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
    word, rest = _verdict(report, finished)
    style = {"HEALTHY": "bold green", "FAILING": "bold red"}.get(word, "bold yellow")
    console.print(Text.assemble((word, style), ": ", rest))
    if finished.reused:
        console.print(Text(f"{finished.reused.text(report.run.now)} (--reuse)", style="yellow"))
    sight: dict[tuple[str, str], list[FindingShape]] = defaultdict(list)
    for chain in _chains(report, finished):
        if chain.finding.subject.type == "scope":
            sight[chain.finding.code, chain.finding.subject.id].append(chain.finding)
        else:
            _finding(console, chain)
    for group in sight.values():
        _sight(console, group)
    _not_evaluated(console, report.not_evaluated)
    _undetermined(console, finished)
    _looked_at(console, report, finished)
    _invitation(console, report)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """A finding with those that hide it until they are repaired, and those that it hides itself."""

    finding: FindingShape
    full: Finding
    before: list[FindingShape]
    behind: list[FindingShape]


def _chains(report: Report, finished: Run) -> list[_Chain]:
    """The findings in the order of repair: what hides others stands above them."""
    full = {f.fingerprint: f for f in finished.judgement.findings}
    found = [
        _Chain(
            finding=finding,
            full=full[finding.fingerprint],
            before=[other for other in report.findings if finding.fingerprint in other.masks],
            behind=[other for other in report.findings if other.fingerprint in finding.masks],
        )
        for finding in report.findings
    ]
    return sorted(found, key=lambda chain: (-chain.full.level, len(chain.before)))


def _wants_color(color: bool | None) -> bool:
    if color is not None:
        return color
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def _verdict(report: Report, finished: Run) -> tuple[str, str]:
    """One word, and what it rests on. What is waived or settling makes nothing worse."""
    summary = report.summary
    live = [finding for finding in finished.judgement.findings if finding.counts]
    quiet = Counter(f.status for f in finished.judgement.findings if not f.counts and f.level > Level.NOTE)
    errors = [f for f in live if f.level is Level.ERROR]
    warnings = [f for f in live if f.level is Level.WARNING]
    parts = []
    if errors:
        parts.append(f"{_count(len(errors), 'error')} ({_codes(errors)})")
    if warnings:
        parts.append(f"{_count(len(warnings), 'warning')} ({_codes(warnings)})")
    if summary.not_evaluated:
        parts.append(f"{summary.not_evaluated} not evaluated")
    if summary.undetermined:
        parts.append(f"{_count(summary.undetermined, 'name')} undetermined")
    parts += [f"{number} {status}" for status, number in sorted(quiet.items())]
    words = (
        (errors, "FAILING"),
        (summary.not_evaluated, "NOT EVALUATED"),
        (summary.undetermined, "UNDETERMINED"),
        (warnings, "DEGRADED"),
    )
    word = next((word for cause, word in words if cause), "HEALTHY")
    told = ", ".join(parts) or "every required name resolves as it must"
    return word, f"{told}; {_extent(report, finished)}"


def _codes(findings: list[Finding]) -> str:
    """Codes, each with how often it is told."""
    counted = Counter(finding.code for finding in findings)
    return ", ".join(code if times == 1 else f"{times} x {code}" for code, times in sorted(counted.items()))


def _extent(report: Report, finished: Run) -> str:
    """How much was looked at."""
    names = [visible(workspace.id.name) for workspace in finished.context.required.workspaces]
    shown = ", ".join(names[:_MOST_WORKSPACES]) or "no workspace"
    more = f" and {len(names) - _MOST_WORKSPACES} more" if len(names) > _MOST_WORKSPACES else ""
    summary = report.summary
    return f"{_count(summary.names, 'name')}, {_count(summary.clients, 'client')}, {shown}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _certainty(chain: _Chain) -> str:
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


def _assumed(finding: FindingShape) -> list[str]:
    """The assumptions in words, each with the name by which the configuration switches it off."""
    texts = {assumption.name: assumption.text for assumption in ASSUMPTIONS}
    return [f"{texts.get(name, '')} ({name})".lstrip() for name in finding.assumptions]


def _finding(console: Console, chain: _Chain) -> None:
    finding, full = chain.finding, chain.full
    console.print()
    style = _STYLES[finding.level]
    console.print(Text.assemble((_title(finding), style), "  ", (visible(finding.title), "bold")))
    _rows(console, finding.status, [proof.text for proof in finding.evidence if proof.kind == "waiver"])
    _row(console, "why", finding.cause)
    place = finding.subject.id.removeprefix("scope:")
    _row(console, "where", finding.subject.name if place == finding.subject.name else place)
    if finding.clients:
        _row(console, "clients", ", ".join(_short(client) for client in finding.clients))
    _rows(console, "names", _name_lines(finding.occurrences))
    _rows(console, "proof", _proof_lines(finding.evidence), _MOST_PROOFS)
    for repair in full.violation.repairs:
        _row(console, "then" if repair.change.consequence else "repair", repair.text)
        for line in repair.command.split("\n") if repair.command else ():
            sign = "$ " if line.startswith("az ") else "  "
            console.print(Text(f"{_INDENT}{'':<{_LABEL}} {sign}{visible(line)}", style="green"))
    if full.violation.repairs and finding.names:
        _row(console, "sure", _certainty(chain))
        _rows(console, "assumed", _assumed(finding))
    _rows(console, "before it", [f"{other.code} {visible(other.title)}" for other in chain.before])
    _rows(console, "behind it", [f"{other.code} {visible(other.title)}" for other in chain.behind])
    if finding.names:
        _row(console, "more", f"agent explain {shlex.quote(finding.names[0])}; agent catalogue {finding.code}")
    else:
        _row(console, "more", f"agent catalogue {finding.code}")


def _title(finding: FindingShape) -> str:
    status = "" if finding.status == "new" else f" ({finding.status})"
    return f"{finding.level.upper()} {finding.code}{status}"


def _sight(console: Console, group: list[FindingShape]) -> None:
    """What could not be seen of one scope, together: one missing role blinds many kinds."""
    group = sorted(group, key=lambda finding: _BLINDS not in finding.cause)  # what matters most is read first
    first = group[0]
    console.print()
    title = first.title if len(group) == 1 else f"{first.title} (and {_count(len(group) - 1, 'more kind')} of it)"
    console.print(Text.assemble((_title(first), _STYLES[first.level]), "  ", (visible(title), "bold")))
    _row(console, "where", first.subject.id.removeprefix("scope:"))
    _rows(console, "why", list(dict.fromkeys(finding.cause for finding in group)))
    _row(console, "more", f"agent catalogue {first.code}")


def _row(console: Console, label: str, text: str) -> None:
    if text:
        console.print(Text.assemble((f"{_INDENT}{label:<{_LABEL}} ", "dim"), visible_lines(text)))


def _rows(
    console: Console, label: str, lines: Sequence[str], most: int = _MOST_LINES, *, whole: str = "--format json"
) -> None:
    for number, line in enumerate(lines[:most]):
        _row(console, label if number == 0 else "", line)
    if len(lines) > most:
        _row(console, "", f"... and {len(lines) - most} more (see {whole})")


def _short(client: str) -> str:
    return client.removeprefix("site:") if client.startswith("site:") else client.rpartition("/")[2]


def _name_lines(occurrences: Iterable[OccurrenceShape]) -> list[str]:
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


def _proof_lines(evidence: Iterable[EvidenceShape]) -> list[str]:
    """What was read first, then one simulated and one observed line per name; vantages share a line."""
    vantages: dict[str, list[str]] = {}
    proofs = (proof for proof in evidence if proof.kind != "waiver")
    for proof in sorted(proofs, key=lambda proof: proof.kind != "document"):
        vantages.setdefault(f"{_PROOF_WORDS.get(proof.kind, proof.kind)}: {proof.text}", []).extend(
            [proof.vantage] if proof.vantage else []
        )
    return [
        f"{text} (asked from {', '.join(dict.fromkeys(where))})" if where else text for text, where in vantages.items()
    ]


def _not_evaluated(console: Console, items: list[NotEvaluatedShape]) -> None:
    """Grouped by the gap: one missing right blinds many checks."""
    if not items:
        return
    console.print()
    console.print(Text("NOT EVALUATED  what could not be read could not be judged", style="bold yellow"))
    blinded: dict[tuple[str, str, str, str, str], set[str]] = defaultdict(set)
    for item in items:
        what = item.code or (item.subject.id if item.subject.type == "name" else "which names are required")
        for gap in item.because:
            blinded[gap.scope, gap.reason, gap.detail, gap.action, gap.kind].add(what)
    merged: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {}
    for (scope, reason, detail, action, kind), checks in sorted(blinded.items()):
        kinds, codes, actions = merged.setdefault((scope, reason), (set(), set(), set()))
        kinds.add(kind)
        codes.update(checks)
        actions.add(action or detail)
    for (scope, reason), (kinds, blind, actions) in merged.items():
        _row(console, reason, scope)
        titles = sorted(KINDS[kind].title if kind in KINDS else kind for kind in kinds)
        _row(console, "", f"unread: {', '.join(titles)}")
        _row(console, "", f"blinded: {_blinded(blind)}")
        _rows(console, "", sorted(actions)[:_MOST_ACTIONS])


def _blinded(what: set[str]) -> str:
    """Checks by code, names by number: their list stands below."""
    codes = sorted(code for code in what if code.startswith("PED"))
    others = [word for word in what if not word.startswith(("PED", "dns:"))]
    names = len(what) - len(codes) - len(others)
    return ", ".join([*codes, *others, *([_count(names, "name")] if names else [])])


def _undetermined(console: Console, finished: Run) -> None:
    unplaced = set(finished.context.required.unjudged)
    hidden = [name for name in finished.judgement.undetermined if name not in unplaced]
    placeless = [name for name in finished.judgement.undetermined if name in unplaced]
    for names, why in (
        (hidden, "these names depend on a server that nobody can see into"),
        (placeless, "no table knows which zone holds these names: say it under [names] override in agent.toml"),
    ):
        if names:
            console.print()
            console.print(Text(f"UNDETERMINED  {why}", style="bold yellow"))
            _rows(console, "names", names, whole="agent names and agent explain NAME")


def _looked_at(console: Console, report: Report, finished: Run) -> None:
    """What was looked at, so that an empty list is not mistaken for nothing wrong."""
    context, summary = finished.context, report.summary
    estate = context.estate
    console.print()
    console.print(Text("LOOKED AT", style="bold"))
    source, _, late = report.run.source.partition("; ")
    _row(console, "source", f"{source}, {report.run.cloud}, {report.run.now:%Y-%m-%d %H:%M:%S} UTC")
    if late:
        _row(console, "late", late)
    _row(console, "read", f"{len(estate.documents)} resources, {_unread(finished)}")
    workspaces = [
        f"{visible(w.id.name)} ({v.verdict})"
        for w, v in zip(context.required.workspaces, report.workspaces, strict=True)
    ]
    _row(console, "workspaces", ", ".join(workspaces))
    _row(console, "clients", ", ".join(client.name for client in context.required.clients))
    _rows(
        console,
        "names",
        [_expected_line(finished, name) for name in sorted({r.name for r in context.required.requirements})],
        whole="agent names",  # a report in JSON has no list of what is well
    )
    answered = sum(1 for answer in finished.snapshot.answers if answer.rcode)
    asked = f"{_count(finished.questions, 'question')} asked, {answered} answered"
    _row(console, "dns", asked if finished.questions else "nobody was asked: simulated only")
    hidden = summary.hidden
    if hidden.warning or hidden.note or hidden.error:
        words = [
            _count(n, w) for n, w in ((hidden.error, "error"), (hidden.warning, "warning"), (hidden.note, "note")) if n
        ]
        _row(console, "hidden", f"{', '.join(words)} (see --level)")


def _unread(finished: Run) -> str:
    """What is not known of Azure: the gaps, and apart from them what a run of a part need not know."""
    gaps = [gap for gap in finished.judgement.gaps if gap.kind != "dns"]
    left = {gap.kind for gap in gaps if gap.outside}
    told = _count(sum(1 for gap in gaps if not gap.outside), "gap")
    return f"{told}; {_count(len(left), 'kind')} left unread: nothing asked for rests on them" if left else told


def _invitation(console: Console, report: Report) -> None:
    """A healthy lab is only half the show."""
    kind, _, scenario = report.run.source.partition(";")[0].partition(" ")
    broken = any(finding.level != "note" for finding in report.findings)
    if kind == "lab" and not broken and not report.not_evaluated:
        from agent.lab.scenarios import scenario_named  # only a run over the lab has loaded it

        console.print()
        agent, first = _program(), next(iter(scenario_named(scenario).faults))
        console.print(Text(f"Break it: {agent} check --lab {scenario} --break {first}"))
        console.print(Text(f"What else can be broken: {agent} lab list {scenario}"))


def _program() -> str:
    """How this program is called here, so that the lines can be copied."""
    return "agent" if shutil.which("agent") else shlex.quote(sys.argv[0])


def _expected_line(finished: Run, name: str) -> str:
    """A name with its addresses; where clients need different ones, whose they are."""
    found = [r for r in finished.context.required.requirements if r.name == name]
    wanted: dict[tuple[str, ...], list[str]] = {}
    for requirement in found:
        wanted.setdefault(requirement.acceptable, []).append(requirement.client.name)
    told = [
        f"{', '.join(addresses)} for {_some(list(dict.fromkeys(clients)))}" if len(wanted) > 1 else ", ".join(addresses)
        for addresses, clients in wanted.items()
    ]
    return f"{name} = {'; '.join(told)} ({found[0].role})"


def _some(clients: list[str]) -> str:
    more = f" and {len(clients) - _MOST_CLIENTS} more" if len(clients) > _MOST_CLIENTS else ""
    return ", ".join(clients[:_MOST_CLIENTS]) + more
