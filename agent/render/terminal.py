"""The report for a tired engineer: the verdict first, then each cause with its proof and repair, then the limits.

Commands and ids are never wrapped or cut, so that they can be copied.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from itertools import chain as joined

from rich.console import Console
from rich.text import Text

from agent.render.console import text_console
from agent.render.text import visible, visible_lines
from agent.render.wording import (
    Chain,
    assumed,
    blindness,
    certainty,
    chains,
    count,
    group_title,
    heading,
    is_sight,
    name_lines,
    proof_lines,
    short,
    sight_groups,
    verdict,
    waiver_lines,
)
from agent.report import FindingShape, NotEvaluatedShape, Report
from agent.run import Run
from checks.azure_witness import diagnosis_lines

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_INDENT = "  "
_LABEL = 10
_MOST_CLIENTS = 3  # beside an address that only some of them need
_MOST_PROOFS = 6
_MOST_ACTIONS = 3  # one role usually holds them all
_MOST_LINES = 12  # of names, proofs, gaps; the JSON has them all


def render_report(report: Report, finished: Run, *, color: bool | None) -> str:
    """The whole report as text. `color` None: as the terminal and NO_COLOR say."""
    buffer = io.StringIO()
    console = text_console(buffer, color=_wants_color(color))
    word, rest = verdict(report, finished)
    style = {"HEALTHY": "bold green", "FAILING": "bold red"}.get(word, "bold yellow")
    console.print(Text.assemble((word, style), ": ", rest))
    if finished.reused:
        console.print(Text(f"{finished.reused.text(report.run.now)} (--reuse)", style="yellow"))
    found = chains(report, finished)
    for chain in found:
        if not is_sight(chain.finding):
            _finding(console, chain)
    for group in sight_groups(chain.finding for chain in found):
        _sight(console, group)
    _commands(console, found)
    _not_evaluated(console, report.not_evaluated)
    _undetermined(console, finished)
    _looked_at(console, report, finished)
    _invitation(console, report)
    return buffer.getvalue()


def _wants_color(color: bool | None) -> bool:
    if color is not None:
        return color
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def _finding(console: Console, chain: Chain) -> None:
    finding, full = chain.finding, chain.full
    console.print()
    style = _STYLES[finding.level]
    console.print(Text.assemble((heading(finding), style), "  ", (visible(finding.title), "bold")))
    _rows(console, finding.status, waiver_lines(finding))
    _row(console, "why", finding.cause)
    place = finding.subject.id.removeprefix("scope:")
    _row(console, "where", finding.subject.name if place == finding.subject.name else place)
    if finding.clients:
        _row(console, "clients", ", ".join(short(client) for client in finding.clients))
    _rows(console, "names", name_lines(finding.occurrences))
    _rows(console, "proof", proof_lines(finding.evidence), _MOST_PROOFS)
    for repair in full.violation.repairs:
        _row(console, "then" if repair.change.consequence else "repair", repair.text)
        _command(console, repair.command)
    if full.violation.repairs and finding.names:
        _row(console, "sure", certainty(chain))
        _rows(console, "assumed", assumed(finding))
    _rows(console, "before it", [f"{other.code} {visible(other.title)}" for other in chain.before])
    _rows(console, "behind it", [f"{other.code} {visible(other.title)}" for other in chain.behind])
    _more(console, finding)


def _command(console: Console, command: str) -> None:
    for line in command.split("\n") if command else ():
        sign = "$ " if line.startswith("az ") else "  "
        console.print(Text(f"{_INDENT}{'':<{_LABEL}} {sign}{visible(line)}", style="green"))


def _commands(console: Console, found: Sequence[Chain]) -> None:
    """Where several findings have repairs: all commands together, each once, however many findings have it."""
    by_finding = [[r.command for r in chain.full.violation.repairs if r.command] for chain in found]
    if sum(map(bool, by_finding)) < 2:
        return
    console.print()
    console.print(Text("ALL REPAIRS, each command once and in this order; then agent check again", style="bold"))
    for command in dict.fromkeys(joined.from_iterable(by_finding)):
        _command(console, command)


def _sight(console: Console, group: list[FindingShape]) -> None:
    """What could not be seen of one scope, together: one missing role blinds many kinds."""
    first = group[0]
    console.print()
    console.print(Text.assemble((heading(first), _STYLES[first.level]), "  ", (visible(group_title(group)), "bold")))
    _row(console, "where", first.subject.id.removeprefix("scope:"))
    _rows(console, "why", list(dict.fromkeys(finding.cause for finding in group)))
    _more(console, first)


def _more(console: Console, finding: FindingShape) -> None:
    """Where to read on: the path of a name, and what the finding means."""
    explain = [f"agent explain {shlex.quote(finding.names[0])}"] if finding.names else []
    _row(console, "more", "; ".join([*explain, f"agent catalogue {finding.code}", finding.doc]))


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


def _not_evaluated(console: Console, items: list[NotEvaluatedShape]) -> None:
    """Grouped by the gap: one missing right blinds many checks."""
    if not items:
        return
    console.print()
    console.print(Text("NOT EVALUATED  what could not be read could not be judged", style="bold yellow"))
    for blind in blindness(items):
        _row(console, blind.reason, blind.scope)
        _row(console, "", f"unread: {', '.join(blind.unread)}")
        _row(console, "", f"blinded: {blind.blinded}")
        _rows(console, "", blind.actions[:_MOST_ACTIONS])


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
    _rows(console, "azure", [line for diagnosis in context.diagnoses for line in diagnosis_lines(diagnosis)])
    _rows(
        console,
        "names",
        [_expected_line(finished, name) for name in sorted({r.name for r in context.required.requirements})],
        whole="agent names",  # a report in JSON has no list of what is well
    )
    answered = sum(1 for answer in finished.snapshot.answers if answer.rcode)
    asked = f"{count(finished.questions, 'question')} asked, {answered} answered"
    _row(console, "dns", asked if finished.questions else "nobody was asked: simulated only")
    hidden = summary.hidden
    if hidden.warning or hidden.note or hidden.error:
        words = [
            count(n, w) for n, w in ((hidden.error, "error"), (hidden.warning, "warning"), (hidden.note, "note")) if n
        ]
        _row(console, "hidden", f"{', '.join(words)} (see --level)")


def _unread(finished: Run) -> str:
    """What is not known of Azure: the gaps, and apart from them what a run of a part need not know."""
    gaps = [gap for gap in finished.judgement.gaps if gap.kind != "dns"]
    left = {gap.kind for gap in gaps if gap.outside}
    told = count(sum(1 for gap in gaps if not gap.outside), "gap")
    return f"{told}; {count(len(left), 'kind')} left unread: nothing asked for rests on them" if left else told


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
