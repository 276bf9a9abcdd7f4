"""The report as JUnit XML, for the test views of CI systems.

Those compare runs by a test's name, so there is a test per code of the catalogue, the same ones in every run: "fixed"
and "broken since" then mean what they say. A test fails where the finding makes the run exit with 1. A second
suite holds the verdict on each workspace, a third, always skipped, what could not be judged.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from agent.render.catalogue import ordered
from agent.render.text import visible, visible_lines
from agent.render.wording import Chain, Conclusion, chains, count, heading, name_lines, proof_lines, short, waiver_lines
from agent.report import NotEvaluatedShape, WorkspaceShape
from checks.check import Check, Part
from checks.finding import Finding

_MOST_FINDINGS = 20
_MOST_LINES = 12
_MOST_SKIPPED = 500
_CRASHED = 4


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a test: `kind` is `failure`, `error`, `skipped`, or empty where it passed."""

    kind: str
    message: str = ""
    body: str = ""


def render_junit(conclusion: Conclusion) -> bytes:
    """The three suites, encoded."""
    root = Element("testsuites", name="private-endpoint-dns-agent")
    _suite(root, conclusion, "findings", _finding_cases(conclusion))
    _suite(root, conclusion, "workspaces", _workspace_cases(conclusion))
    _suite(root, conclusion, "not judged", _unjudged_cases(conclusion))
    for kind in ("tests", "failures", "errors"):
        root.set(kind, str(sum(int(suite.get(kind, "0")) for suite in root)))
    indent(root)
    buffer = io.BytesIO()
    ElementTree(root).write(buffer, encoding="utf-8", xml_declaration=True)
    return buffer.getvalue() + b"\n"


_Case = tuple[str, str, _Result]
"""Class, name and result of a test."""


def _suite(root: Element, conclusion: Conclusion, name: str, cases: Sequence[_Case]) -> None:
    run = conclusion.report.run
    suite = SubElement(root, "testsuite", name=name, tests=str(len(cases)), time="0")
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(result.kind == kind for _, _, result in cases)))
    suite.set("timestamp", f"{run.now:%Y-%m-%dT%H:%M:%S}")
    properties = SubElement(suite, "properties")
    told = {
        "verdict": conclusion.verdict,
        "exit-code": str(conclusion.exit_code),
        "fail-on": conclusion.fail_on,
        "source": run.source,
        "version": run.version,
    }
    for key, value in told.items():
        SubElement(properties, "property", name=key, value=visible(value))
    for group, title, result in cases:
        _case(suite, group, title, result)


def _case(suite: Element, group: str, title: str, result: _Result) -> None:
    """`visible` leaves no character in that XML 1.0 forbids: they are controls, surrogates or unassigned."""
    case = SubElement(suite, "testcase", classname=visible(group), name=visible(title), time="0")
    if result.kind:
        SubElement(case, result.kind, message=visible(result.message)).text = visible_lines(result.body)
    elif result.body:
        SubElement(case, "system-out").text = visible_lines(result.body)


def _finding_cases(conclusion: Conclusion) -> list[_Case]:
    shown: dict[str, list[Chain]] = defaultdict(list)
    for chain in chains(conclusion.report, conclusion.finished):
        shown[chain.finding.code].append(chain)
    every: dict[str, list[Finding]] = defaultdict(list)
    for finding in conclusion.finished.judgement.findings:
        every[finding.code].append(finding)
    unread: dict[str, list[NotEvaluatedShape]] = defaultdict(list)
    for item in conclusion.report.not_evaluated:
        if item.code:
            unread[item.code].append(item)
    return [
        (
            f"agent.{check.code}",
            f"{check.code} {check.slug}",
            _judged(conclusion, check, every[check.code], shown[check.code], unread[check.code]),
        )
        for check in ordered()
    ]


def _judged(
    conclusion: Conclusion,
    check: Check,
    every: Sequence[Finding],
    shown: Sequence[Chain],
    unread: Sequence[NotEvaluatedShape],
) -> _Result:
    """What a test of one code comes to. `--level` hides findings, yet not that they make the run fail."""
    bad = [finding for finding in every if conclusion.fails(finding)]
    body = _bodies(shown)
    if check.part is Part.CRASH and every and conclusion.exit_code == _CRASHED:
        return _Result("error", every[0].violation.text, body)
    if bad:
        more = f" (and {count(len(bad) - 1, 'more finding')})" if len(bad) > 1 else ""
        titles = (chain.finding.title for chain in shown if conclusion.fails(chain.full))
        return _Result("failure", f"{next(titles, 'hidden by --level')}{more}", body)
    if unread:
        told = list(dict.fromkeys(_because(item) for item in unread))
        return _Result("skipped", f"not evaluated: {told[0]}", "\n".join([*_some(told[1:]), *filter(None, [body])]))
    return _standing(shown, body)


def _standing(shown: Sequence[Chain], body: str) -> _Result:
    """Findings that let the run pass: skipped where all are settling or waived, else told beside a passed test."""
    status = {chain.finding.status for chain in shown}
    if status and status <= {"settling", "waived"}:
        return _Result("skipped", f"{' and '.join(sorted(status))}: {shown[0].finding.title}", body)
    return _Result("", body=body)


def _bodies(shown: Sequence[Chain]) -> str:
    told = [_body(chain) for chain in shown[:_MOST_FINDINGS]]
    if len(shown) > _MOST_FINDINGS:
        told.append(f"... and {len(shown) - _MOST_FINDINGS} more: agent check --format json has them all")
    return "\n\n".join(told)


def _body(chain: Chain) -> str:
    """One finding as plain lines: what, why, where, who, proof and repair."""
    finding = chain.finding
    lines = [f"{heading(finding)} {finding.title}", f"why: {finding.cause}", f"where: {finding.subject.id}"]
    lines += [f"{finding.status}: {line}" for line in waiver_lines(finding)]
    if finding.clients:
        lines.append(f"clients: {', '.join(_some([short(client) for client in finding.clients]))}")
    lines += [f"name: {line}" for line in _some(name_lines(finding.occurrences))]
    lines += [f"proof: {line}" for line in _some(proof_lines(finding.evidence))]
    for repair in chain.full.violation.repairs:
        lines.append(f"{'then' if repair.change.consequence else 'repair'}: {repair.text}")
        lines += repair.command.split("\n") if repair.command else []
    return "\n".join([*lines, f"fingerprint: {finding.fingerprint}", f"more: {finding.doc}"])


def _some(lines: Sequence[str]) -> list[str]:
    more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return [*lines[:_MOST_LINES], *more]


def _workspace_cases(conclusion: Conclusion) -> list[_Case]:
    return [("agent.workspaces", w.id, _workspace(conclusion, w)) for w in conclusion.report.workspaces]


def _workspace(conclusion: Conclusion, workspace: WorkspaceShape) -> _Result:
    """The verdict as a test: it fails where a finding about the workspace makes the run fail."""
    findings = conclusion.finished.judgement.findings
    bad = [f for f in findings if conclusion.fails(f) and workspace.id in f.violation.touches]
    if bad:
        codes = ", ".join(sorted({finding.code for finding in bad}))
        shown = {finding.fingerprint for finding in conclusion.report.findings}
        worst = next((finding.violation.text for finding in bad if finding.fingerprint in shown), "hidden by --level")
        return _Result("failure", f"{workspace.verdict}: {worst} ({codes})")
    if workspace.verdict in ("undetermined", "not evaluated"):
        return _Result("skipped", workspace.verdict)
    return _Result("", body=workspace.verdict)


def _unjudged_cases(conclusion: Conclusion) -> list[_Case]:
    """Names and scopes that nobody can judge; checks that were not evaluated are skipped in their own suite."""
    items: Iterable[_Case] = [
        *(
            ("agent.not evaluated", item.subject.id, _Result("skipped", f"not evaluated: {_because(item)}"))
            for item in conclusion.report.not_evaluated
            if not item.code
        ),
        *(
            ("agent.undetermined", name, _Result("skipped", "undetermined: a server that nobody can see into decides"))
            for name in conclusion.finished.judgement.undetermined
        ),
    ]
    cases = list(items)
    if len(cases) > _MOST_SKIPPED:
        more = f"{len(cases) - _MOST_SKIPPED} more left out"
        cases = [*cases[:_MOST_SKIPPED], ("agent.not evaluated", more, _Result("skipped", more))]
    return cases


def _because(item: NotEvaluatedShape) -> str:
    return "; ".join(dict.fromkeys(f"{gap.kind} in {gap.scope}: {gap.reason}" for gap in item.because))
