"""The report as a comment on a pull request: the verdict, a table, and what there is to each finding, folded.

GitHub refuses a comment above 65,536 characters. What does not fit is left out from the mildest finding up, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice

from agent.render.markup import code, element_text, fenced, prose, table_code
from agent.render.wording import Chain, Conclusion, assumed, certainty, chains, count, heading, name_lines, proof_lines
from agent.report import FindingShape, GapShape, WorkspaceShape

MOST = 65_000
"""UTF-8 bytes of a whole comment: however somebody counts, that is below GitHub's limit."""
_TABLE_SHARE = 16_000  # of them, for each of the two tables
_LIMITS_SHARE = 12_000  # and for what was not judged
_MOST_ROWS = 50
_MOST_LINES = 12
_MOST_CLIENTS = 20
_LONGEST = 300  # characters of a title or cause; Azure's ids are shorter
_LONGEST_COMMAND = 4_000
_EVERYTHING = "`agent check --format json` has everything"


def render_markdown(conclusion: Conclusion) -> str:
    """The comment."""
    found = chains(conclusion.report, conclusion.finished)
    head = [_verdict(conclusion), *_workspaces(conclusion.report.workspaces), *_table(found), *_hidden(conclusion)]
    limits = list(_limits(conclusion))
    foot = _fitting(_LIMITS_SHARE, limits)
    if len(foot) < len(limits):
        foot.append(f"More could not be judged; {_EVERYTHING}.")
    room = MOST - sum(_size(part) for part in (*head, *foot)) - 1_000  # for the sentence on what was left out
    folded, left = _details(found, room)
    return "\n\n".join([*head, *folded, *left, *foot]) + "\n"


def _size(part: str) -> int:
    return len(part.encode()) + 2


def _verdict(conclusion: Conclusion) -> str:
    word, _, rest = conclusion.verdict.partition(": ")
    return f"**{word}**: {prose(_cut(rest))}"


def _workspaces(workspaces: Sequence[WorkspaceShape]) -> Iterator[str]:
    if not workspaces:
        return
    order = ("failing", "not evaluated", "undetermined", "degraded", "healthy")
    worst = sorted(workspaces, key=lambda workspace: order.index(workspace.verdict))
    rows = _rows(f"| {table_code(_cut(w.id.rpartition('/')[2]))} | {w.verdict} |" for w in worst)
    yield "\n".join(["| workspace | verdict |", "|---|---|", *rows])
    yield from _more(len(workspaces) - len(rows), "workspace", "not in this table")


def _table(found: Sequence[Chain]) -> Iterator[str]:
    if not found:
        return
    rows = _rows(_row(chain.finding) for chain in found)
    yield "\n".join(["| level | finding | what is wrong | where | status |", "|---|---|---|---|---|", *rows])
    yield from _more(len(found) - len(rows), "finding", "not in this table")


def _rows(rows: Iterable[str]) -> list[str]:
    """The first rows, as far as there is room for a table."""
    return _fitting(_TABLE_SHARE, islice(rows, _MOST_ROWS))


def _row(finding: FindingShape) -> str:
    where = table_code(_cut(finding.subject.name or finding.subject.id))
    return f"| {finding.level} | {finding.code} | {prose(_cut(finding.title))} | {where} | {finding.status} |"


def _hidden(conclusion: Conclusion) -> Iterator[str]:
    hidden = conclusion.report.summary.hidden
    parts = ((hidden.error, "error"), (hidden.warning, "warning"), (hidden.note, "note"))
    told = ", ".join(count(number, word) for number, word in parts if number)
    if told:
        yield f"Hidden by `--level`: {told}."


def _details(found: Sequence[Chain], room: int) -> tuple[list[str], list[str]]:
    """What there is to each finding, the worst first, as far as there is room; and a sentence on the rest."""
    told: list[str] = []
    for part in map(_detail, found):
        if _size(part) <= room:
            told.append(part)
            room -= _size(part)
    left = len(found) - len(told)
    return told, list(_more(left, "finding", "left without details: the comment would be too long"))


def _detail(chain: Chain) -> str:
    """One finding, folded: cause, who suffers, proof, repair. The blank lines let Markdown resume inside."""
    finding = chain.finding
    summary = element_text(_cut(f"{heading(finding)} {finding.title}"))
    parts = [f"<details>\n<summary>{summary}</summary>"]
    parts += _labelled("Why", prose(_cut(finding.cause)))
    parts += _labelled("Where", code(finding.subject.id))
    parts += [*_sufferers(finding), *_proofs(finding), *_repairs(chain), *_neighbours(chain)]
    explain = f", {code(f'agent explain {finding.names[0]}')}" if finding.names else ""
    parts += _labelled(
        "More", f"`agent catalogue {finding.code}`{explain}, `{finding.doc}`; {code(finding.fingerprint)}"
    )
    return "\n\n".join([*parts, "</details>"])


def _labelled(label: str, text: str) -> list[str]:
    return [f"**{label}**: {text}"] if text else []


def _sufferers(finding: FindingShape) -> Iterator[str]:
    if finding.clients:
        clients = [code(client) for client in finding.clients[:_MOST_CLIENTS]]
        more = f" and {len(finding.clients) - _MOST_CLIENTS} more" if len(finding.clients) > _MOST_CLIENTS else ""
        yield f"**Who suffers**: {', '.join(clients)}{more}"
    if names := name_lines(finding.occurrences):
        yield fenced(_lines(names))


def _proofs(finding: FindingShape) -> Iterator[str]:
    if proofs := proof_lines(finding.evidence):
        yield "**Proof**"
        yield fenced(_lines(proofs))


def _repairs(chain: Chain) -> Iterator[str]:
    """Each change in words, with its commands; a command is whole or not there."""
    repairs = chain.full.violation.repairs
    for repair in repairs[:_MOST_LINES]:
        yield f"**{'Then' if repair.change.consequence else 'Repair'}**: {prose(_cut(repair.text))}"
        if len(repair.command) > _LONGEST_COMMAND:
            yield f"Its command is too long for a comment: {_EVERYTHING}."
        elif repair.command:
            yield fenced(repair.command, "sh")
    yield from _more(len(repairs) - _MOST_LINES, "change", "left out")
    if repairs and chain.finding.names:
        yield f"**Sure**: {prose(certainty(chain))}"
        yield from (f"**Assumed**: {prose(text)}" for text in assumed(chain.finding))


def _neighbours(chain: Chain) -> Iterator[str]:
    for label, others in (("Before it", chain.before), ("Behind it", chain.behind)):
        told = "; ".join(f"{other.code} {prose(_cut(other.title))}" for other in others[:_MOST_LINES])
        yield from _labelled(label, told)


def _limits(conclusion: Conclusion) -> Iterator[str]:
    """What was not judged, and how much was not read: an empty table alone proves nothing."""
    report = conclusion.report
    if report.not_evaluated:
        yield "**Not evaluated**: what could not be read could not be judged"
        for item in report.not_evaluated[:_MOST_ROWS]:
            subject = code(_cut(item.subject.id.removeprefix("dns:").removeprefix("scope:")))
            yield f"* {item.code or 'names'} in {subject}: {_because(item.because)}"
        yield from _more(len(report.not_evaluated) - _MOST_ROWS, "thing", "not evaluated")
    if names := conclusion.finished.judgement.undetermined:
        yield "**Undetermined**: these names depend on a server that nobody can see into"
        yield fenced(_lines(names))
    source = prose(_cut(report.run.source))
    yield f"{count(report.summary.gaps, 'gap')} in what was read; {source}, `{report.run.now:%Y-%m-%d %H:%M:%S}` UTC."


def _because(gaps: Iterable[GapShape]) -> str:
    told = dict.fromkeys(f"{prose(_cut(gap.kind))}: {gap.reason}" for gap in gaps)
    return "; ".join(list(told)[:_MOST_LINES])


def _fitting(room: int, parts: Iterable[str]) -> list[str]:
    """The first parts, as many as fit."""
    sizes = accumulate(map(_size, parts := list(parts)))
    return [part for part, size in zip(parts, sizes, strict=True) if size <= room]


def _more(number: int, noun: str, how: str) -> Iterator[str]:
    if number > 0:
        yield f"{count(number, noun)} {how}; {_EVERYTHING}."


def _lines(lines: Sequence[str]) -> str:
    more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return "\n".join([*map(_cut, lines[:_MOST_LINES]), *more])


def _cut(text: str) -> str:
    """What nobody means to read to its end, cut with a mark."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
