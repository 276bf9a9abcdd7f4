"""`agent diff` for people: each change with the answers that it changed, on one line where one will do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from agent.drift.looks import Comparison, Look
from agent.drift.shapes import MOST_PATHS, value_text
from agent.render.console import text_console, wants_color
from agent.render.text import visible
from agent.render.wording import count
from checks.drift.causes import How
from checks.drift.compare import AnswerChange, Drift
from checks.drift.edits import Difference, Edit, below
from checks.finding import Seen
from checks.requirements import Client
from collectors.graph.documents import Change

_MOST_LINES = 12
_MOST_CLIENTS = 6
_MOST_NAMES = 8
_FEW_PATHS = 4
_LONGEST_VALUE = 120
_WORDS = {"dns": "DNS", "ml": "ML", "ai": "AI", "aks": "AKS", "wan": "WAN"}
_MARKS = {"added": "+", "newly seen": "+", "removed": "-", "no longer seen": "-", "changed": "~"}


def render_comparison(compared: Comparison, *, no_color: bool, verbose: bool) -> str:
    """The comparison as text; `verbose`: every change and path that is known."""
    buffer = io.StringIO()
    console = text_console(buffer, color=wants_color(no_color))
    _head(console, compared)
    told = _causes(console, compared.drift, verbose=verbose)
    _observed(console, compared.drift)
    _silent(console, [edit for edit in compared.drift.edits if edit.id.lower() not in told], verbose=verbose)
    _moves(console, compared)
    _limits(console, compared)
    return buffer.getvalue()


def _head(console: Console, compared: Comparison) -> None:
    drift = compared.drift
    told = [f"{count(len(drift.answers), 'simulated answer')} changed"] if drift.answers else []
    told += [f"{count(len(drift.observed), 'live answer')} changed"] if drift.observed else []
    answers = ", ".join(told) or "no answer changed"
    style = {0: "bold green", 1: "bold red"}.get(compared.exit_code, "bold yellow")
    rest = f", {len(drift.incomparable)} not comparable" if drift.incomparable else ""
    changes = count(len(drift.edits), "change")
    console.print(Text.assemble((answers, style), f" of {drift.compared} compared{rest}; {changes} in between"))
    for letter, look in (("A", compared.before), ("B", compared.after)):
        console.print(Text(f"  {letter}  {_look(look)}", style="dim"))
    for notice in compared.notices:
        console.print(Text(f"  {visible(notice)}", style="yellow"))


def _look(look: Look) -> str:
    snapshot = look.snapshot
    resources = count(len(snapshot.documents), "resource")
    when = f"{snapshot.footer.finished:%Y-%m-%d %H:%M:%S} UTC"
    return f"{visible(look.name)}: {when}, {visible(snapshot.header.cloud)}, {resources}"


def _causes(console: Console, drift: Drift, *, verbose: bool) -> set[str]:
    """The changed answers under what changed them; gives the ids of those, with what came or went below them."""
    told: set[str] = set()
    by_cause: dict[tuple[How, tuple[str, ...]], list[AnswerChange]] = {}
    for answer in drift.answers:
        ids = tuple(edit.id.lower() for edit in answer.because.edits)
        by_cause.setdefault((answer.because.how, ids), []).append(answer)
    for (how, _), those in sorted(by_cause.items(), key=lambda item: -len(item[1])):
        console.print()
        edits = those[0].because.edits
        lines = _answer_lines(those)
        if how is How.ONE and len(lines) == 1:
            console.print(Text(f"{thing_text(edits[0])}: {lines[0]}", style="bold"))
            lines = []
        elif how is How.ONE:
            console.print(Text(thing_text(edits[0]), style="bold"))
        else:
            _several(console, how, edits)
        for number, edit in enumerate(edits):
            with_it = below(edit, drift.edits)
            told.update(one.id.lower() for one in (edit, *with_it))
            if number < _MOST_LINES:
                _paths(console, edit, verbose=verbose)
                _with_it(console, with_it)
        _bounded(console, lines, _MOST_LINES)
    return told


def _with_it(console: Console, edits: Sequence[Edit]) -> None:
    if edits:
        console.print(Text(f"  with it: {_listed([thing_text(edit) for edit in edits], _FEW_PATHS)}", style="dim"))


def _observed(console: Console, drift: Drift) -> None:
    if drift.observed:
        console.print(Text("\nlive answers that changed, though nothing that was read says why", style="bold"))
    lines = [
        f"{visible(one.name)}{'' if one.type == 'A' else f' {one.type}'}: {_got([one.before])} -> {_got([one.after])} "
        f"(asked {visible(one.server)} from {visible(one.vantage)})"
        for one in drift.observed
    ]
    _bounded(console, lines, _MOST_LINES)


def _several(console: Console, how: How, edits: Sequence[Edit]) -> None:
    if how is How.OTHERWISE:
        text = "none of the changes explains it: what is declared besides servers, or what public DNS said, differs"
        console.print(Text(text, style="bold"))
        return
    console.print(Text("only with both:" if how is How.PAIR else "only together:", style="bold"))
    _bounded(console, [thing_text(edit) for edit in edits], _MOST_LINES)


def _answer_lines(answers: Iterable[AnswerChange]) -> list[str]:
    """One line per set of clients and later answer, with each name and what was got for it before."""
    clients: dict[tuple[str, str, str, str], dict[Client, None]] = {}
    for answer in answers:
        key = (answer.name, answer.type, _got(answer.before), _got(answer.after))
        clients.setdefault(key, {})[answer.client] = None
    lines: dict[tuple[str, str], list[str]] = {}
    for (name, type, before, after), those in clients.items():
        told = f"{visible(name)}{'' if type == 'A' else f' {type}'} (was {before})"
        lines.setdefault((_clients(those), after), []).append(told)
    return [
        f"{who} now {'gets' if ', ' not in who else 'get'} {after} for {_listed(names, _MOST_NAMES)}"
        for (who, after), names in lines.items()
    ]


def _got(outcomes: Sequence[Seen]) -> str:
    return " or ".join(dict.fromkeys(", ".join(map(visible, o.addresses)) or _article(o.outcome) for o in outcomes))


def _article(outcome: str) -> str:
    return {"public": "a public answer", "loop": "a loop", "dead end": "a dead end"}.get(outcome, outcome)


def _clients(clients: Iterable[Client]) -> str:
    return _listed([visible(client.name) for client in clients], _MOST_CLIENTS)


def _listed(texts: Sequence[str], most: int) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def thing_text(edit: Edit) -> str:
    """What was changed and how, with what it belongs to."""
    change = edit.change
    if not isinstance(change, Change):
        address, _, place = edit.id.removeprefix("server:").partition("@")
        return f"declared server {visible(address)} of {visible(place.rpartition('/')[2])} {edit.word}"
    document = change.after or change.before
    assert document is not None  # a change is of something
    kind = " ".join(_WORDS.get(word, word) for word in document.kind.split("-"))
    record = f" {visible(change.id.type.rpartition('/')[2])}" if document.kind == "record-set" else ""
    above = f" of {visible(change.id.parent.name)}" if change.id.type.count("/") > 1 else ""
    return f"{kind}{record} {visible(change.id.name)}{above} {edit.word}"


def _paths(console: Console, edit: Edit, *, verbose: bool, indent: str = "  ") -> None:
    """The paths of a changed document that differ."""
    most = MOST_PATHS if verbose else _FEW_PATHS
    for difference in edit.differences[:most]:
        console.print(Text(f"{indent}{_difference(difference)}", style="dim"))
    if len(edit.differences) > most:
        console.print(Text(f"{indent}and {len(edit.differences) - most} more paths", style="dim"))
    if edit.hidden:
        gap = edit.hidden[0]
        text = f"{gap.kind} at {gap.scope}: {gap.reason.value}: it may only not have been seen"
        console.print(Text(f"{indent}{visible(text)}", style="yellow"))


def _difference(difference: Difference) -> str:
    before, after = (value_text(value, _LONGEST_VALUE) or "nothing" for value in (difference.before, difference.after))
    return visible(f"{difference.path}: {before} -> {after}")


def _silent(console: Console, edits: Sequence[Edit], *, verbose: bool) -> None:
    if not edits:
        return
    console.print(Text("\nchanged without changing an answer", style="bold"))
    most = len(edits) if verbose else _MOST_LINES
    for edit in edits[:most]:
        console.print(Text(f"  {_MARKS[edit.word]} {thing_text(edit)}"))
        _paths(console, edit, verbose=verbose, indent="      ")
    if len(edits) > most:
        console.print(f"  and {len(edits) - most} more (-v shows them, --format json has them)")


def _moves(console: Console, compared: Comparison) -> None:
    moves = compared.drift.moves
    if moves:
        console.print(Text("\nexpected addresses that moved", style="bold"))
    lines = [
        f"{visible(move.endpoint.name)}: {visible(move.name)}{'' if move.type == 'A' else f' {move.type}'} "
        f"{visible(', '.join(move.before)) or 'nothing'} -> {visible(', '.join(move.after)) or 'nothing'}"
        for move in moves
    ]
    _bounded(console, lines, _MOST_LINES)


def _limits(console: Console, compared: Comparison) -> None:
    """What was not compared, and why."""
    drift = compared.drift
    for word, clients in (("only B has", drift.came), ("only A has", drift.went)):
        if clients:
            console.print(Text(f"\n{word} as clients: {_clients(clients)}; their names are not compared"))
    if drift.incomparable:
        names = sorted({visible(one.name) for one in drift.incomparable})
        console.print(Text(f"\nnot comparable: {_listed(names, _MOST_NAMES)}", style="yellow"))
        because = sorted({gap for one in drift.incomparable for gap in one.because})
        lines = [visible(f"{g.kind} at {g.scope}: {g.reason.value}: {g.action or g.detail}") for g in because]
        _bounded(console, lines, _MOST_LINES)


def _bounded(console: Console, lines: Sequence[str], most: int) -> None:
    for line in lines[:most]:
        console.print(Text(f"  {line}"))
    if len(lines) > most:
        console.print(f"  and {len(lines) - most} more (--format json has them)")
