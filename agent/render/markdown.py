"""The report as a comment on a pull request: the verdict, a table, and what there is to each finding, folded.

GitHub refuses a comment above 65,536 characters. The worst findings are told first; what does not fit is counted.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from agent.render.markup import code, element_text, fenced, prose, table_code
from agent.render.wording import (
    Blind,
    Chain,
    Conclusion,
    assumed,
    blindness,
    certainty,
    chains,
    count,
    group_title,
    heading,
    name_lines,
    proof_lines,
    sight_groups,
    waiver_lines,
)
from agent.report import FindingShape, WorkspaceShape

MOST = 65_000
"""UTF-8 bytes of a whole comment: however somebody counts, that is below GitHub's limit."""
_TABLE_SHARE = 16_000  # of them, for each of the two tables
_LIMITS_SHARE = 12_000  # and for what was not judged
_MOST_ROWS = 50
_MOST_LINES = 12
_MOST_CLIENTS = 20
_LONGEST = 300  # characters of a title or cause; Azure's ids are shorter
_LONGEST_VERDICT = 2_000
_LONGEST_COMMAND = 4_000
_EVERYTHING = "`agent check --format json` has everything"


def render_markdown(conclusion: Conclusion) -> str:
    """The comment."""
    found = _entries(chains(conclusion.report, conclusion.finished))
    head = [_verdict(conclusion), *_workspaces(conclusion.report.workspaces), *_table(found), *_hidden(conclusion)]
    limits = list(_limits(conclusion))
    foot = _fitting(_LIMITS_SHARE, limits)
    if len(foot) < len(limits):
        foot.append(f"More could not be judged; {_EVERYTHING}.")
    room = MOST - sum(_size(part) for part in (*head, *foot)) - 1_000  # for the sentence on what was left out
    folded, left = _details(found, room)
    return "\n\n".join([*head, *folded, *left, *foot]) + "\n"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is told together: one finding, or what could not be seen of one scope."""

    chain: Chain
    together: list[FindingShape]

    @property
    def title(self) -> str:
        return group_title(self.together)


def _entries(found: Sequence[Chain]) -> list[_Entry]:
    """The findings in their order; what could not be seen of a scope stands where the first of it does."""
    chain_of = {chain.finding.fingerprint: chain for chain in found}
    groups = {finding.fingerprint: group for group in sight_groups(c.finding for c in found) for finding in group}
    entries: dict[str, _Entry] = {}
    for chain in found:
        group = groups.get(chain.finding.fingerprint, [chain.finding])
        entries.setdefault(group[0].fingerprint, _Entry(chain_of[group[0].fingerprint], group))
    return list(entries.values())


def _size(part: str) -> int:
    return len(part.encode()) + 2


def _verdict(conclusion: Conclusion) -> str:
    word, _, rest = conclusion.verdict.partition(": ")
    return f"**{word}**: {prose(_cut(rest, _LONGEST_VERDICT))}"


def _workspaces(workspaces: Sequence[WorkspaceShape]) -> Iterator[str]:
    if not workspaces:
        return
    order = ("failing", "not evaluated", "undetermined", "degraded", "healthy")
    worst = sorted(workspaces, key=lambda workspace: order.index(workspace.verdict))
    rows = _rows(f"| {table_code(_cut(w.id.rpartition('/')[2]))} | {w.verdict} |" for w in worst)
    yield "\n".join(["| workspace | verdict |", "|---|---|", *rows])
    yield from _more(len(workspaces) - len(rows), "workspace", "not in this table")


def _table(found: Sequence[_Entry]) -> Iterator[str]:
    if not found:
        return
    rows = _rows(map(_row, found))
    yield "\n".join(["| level | finding | what is wrong | where | status |", "|---|---|---|---|---|", *rows])
    yield from _more(_number(found[len(rows) :]), "finding", "not in this table")


def _number(entries: Iterable[_Entry]) -> int:
    return sum(len(entry.together) for entry in entries)


def _rows(rows: Iterable[str]) -> list[str]:
    """The first rows, as far as there is room for a table."""
    return _fitting(_TABLE_SHARE, islice(rows, _MOST_ROWS))


def _row(entry: _Entry) -> str:
    finding = entry.chain.finding
    where = table_code(_cut(finding.subject.name or finding.subject.id))
    return f"| {finding.level} | {finding.code} | {prose(_cut(entry.title))} | {where} | {finding.status} |"


def _hidden(conclusion: Conclusion) -> Iterator[str]:
    hidden = conclusion.report.summary.hidden
    parts = ((hidden.error, "error"), (hidden.warning, "warning"), (hidden.note, "note"))
    told = ", ".join(count(number, word) for number, word in parts if number)
    if told:
        yield f"Hidden by `--level`: {told}."


def _details(found: Sequence[_Entry], room: int) -> tuple[list[str], list[str]]:
    """What there is to each finding, the worst first, as far as there is room; and a sentence on the rest."""
    told: list[str] = []
    left: list[_Entry] = []
    for entry in found:
        part = _detail(entry)
        if _size(part) <= room:
            told.append(part)
            room -= _size(part)
        else:
            left.append(entry)
    return told, list(_more(_number(left), "finding", "left without details: the comment would be too long"))


def _detail(entry: _Entry) -> str:
    """One finding, folded: cause, who suffers, proof, repair."""
    chain, finding = entry.chain, entry.chain.finding
    parts = [text for line in waiver_lines(finding) for text in _labelled("Waived", prose(_cut(line)))]
    parts += _labelled("Why", prose(_cut(finding.cause))) if len(entry.together) == 1 else _causes(entry)
    parts += _labelled("Where", code(finding.subject.id))
    parts += [*_sufferers(finding), *_proofs(finding), *_repairs(chain), *_neighbours(chain)]
    commands = [f"agent explain {shlex.quote(finding.names[0])}"] if finding.names else []
    more = [*commands, f"agent catalogue {finding.code}", finding.doc]
    fingerprints = ", ".join(code(one.fingerprint) for one in entry.together[:_MOST_LINES])
    parts += _labelled("More", f"{', '.join(map(code, more))}; fingerprint {fingerprints}")
    return _folded(f"{heading(finding)} {entry.title}", parts)


def _causes(entry: _Entry) -> list[str]:
    return ["**Why**", fenced(_lines(list(dict.fromkeys(finding.cause for finding in entry.together))))]


def _folded(summary: str, parts: Iterable[str]) -> str:
    """The blank lines let Markdown resume inside."""
    return "\n\n".join([f"<details>\n<summary>{element_text(_cut(summary))}</summary>", *parts, "</details>"])


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
            yield fenced(repair.command, "sh" if repair.command.startswith("az ") else "text")
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
        blind = list(map(_blind, blindness(report.not_evaluated)))
        kept = _fitting(_LIMITS_SHARE - 1_000, blind)
        more = _more(len(blind) - len(kept), "scope", "left out")
        summary = f"NOT EVALUATED {len(report.not_evaluated)}: what could not be read could not be judged"
        yield _folded(summary, [*kept, *more])
    if names := conclusion.finished.judgement.undetermined:
        yield "**Undetermined**: these names depend on a server that nobody can see into"
        yield fenced(_lines(names))
    source = prose(_cut(report.run.source))
    yield f"{count(report.summary.gaps, 'gap')} in what was read; {source}, `{report.run.now:%Y-%m-%d %H:%M:%S}` UTC."


def _blind(blind: Blind) -> str:
    """One scope that was not read, and what would help."""
    lines = [f"unread: {', '.join(blind.unread)}", f"blinded: {blind.blinded}", *blind.actions]
    return f"**{blind.reason}** {code(_cut(blind.scope))}\n\n{fenced(_lines(lines))}"


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


def _cut(text: str, longest: int = _LONGEST) -> str:
    """What nobody means to read to its end, cut with a mark."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
