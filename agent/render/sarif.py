"""The report as SARIF 2.1.0, for code scanning and other collectors of results.

A rule's `helpUri` must be absolute and the project has no host: the page stands in a rule's properties and its text
in `help`. A result is bounded; what was left out is counted.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from agent.config.load import FOUND_NAME
from agent.render.catalogue import address, check_markdown, check_text, ordered
from agent.render.text import visible, visible_lines
from agent.render.wording import Conclusion, chains, count, name_lines, short, waiver_lines
from agent.report import FindingShape, GapShape, NotEvaluatedShape, ThingShape
from checks.check import Check

SCHEMA_ID = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "privateEndpointDns/v1"
"""The key of our fingerprint: code, subject and discriminator, never the message."""
_GITHUB = "primaryLocationLineHash"  # the only one that GitHub compares; without it results of one line are one
_ROOT = "%SRCROOT%"
_MOST_NAMES = 12
_LONGEST_MESSAGE = 8_000
_MOST_PROPERTIES = 100
_MOST_NOTIFICATIONS = 500
_SPECIAL = re.compile(r"([\\\[\]])")


def render_sarif(conclusion: Conclusion) -> bytes:
    """One run, encoded."""
    log = {"$schema": SCHEMA_ID, "version": "2.1.0", "runs": [_run(conclusion)]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _run(conclusion: Conclusion) -> dict[str, Any]:
    report = conclusion.report
    checks = ordered()
    places = {check.code: number for number, check in enumerate(checks)}
    artifact = _artifact(conclusion.file)
    return {
        "tool": {
            "driver": {
                "name": "private-endpoint-dns-agent",
                "version": report.run.version,
                "rules": [_rule(check) for check in checks],
            }
        },
        "automationDetails": {"id": f"agent-check/{report.run.id}"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The directory in which the agent was started."}}},
        "invocations": [_invocation(conclusion)],
        "results": [
            _result(chain.finding, places[chain.finding.code], artifact)
            for chain in chains(report, conclusion.finished)
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": conclusion.verdict,
            "workspaces": [{"id": visible(w.id), "verdict": w.verdict} for w in report.workspaces],
            "summary": msgspec.to_builtins(report.summary),
            "source": visible(report.run.source),
            "cloud": report.run.cloud,
        },
    }


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.code,
        "name": "".join(word.capitalize() for word in check.slug.split("-")),
        "shortDescription": {"text": _message(check.title)},
        "fullDescription": {"text": _message(check.title)},
        "help": {"text": _message(check_text(check)), "markdown": check_markdown(check)},
        "defaultConfiguration": {"level": check.level.word},
        "properties": {
            "slug": check.slug,
            "claim": check.claim.value,
            "doc": address(check.code),
            "tags": ["dns", "azure"],
        },
    }


def _result(finding: FindingShape, place: int, artifact: dict[str, Any]) -> dict[str, Any]:
    result = {
        "ruleId": finding.code,
        "ruleIndex": place,
        "level": finding.level,
        "kind": "fail",
        "message": {"text": _message(_told(finding))},
        "locations": [{"physicalLocation": artifact, "logicalLocations": [_logical(finding.subject)]}],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint, _GITHUB: f"{finding.fingerprint}:1"},
        "properties": _properties(finding),
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": artifact, "logicalLocations": [_logical(thing)]}
            for number, thing in enumerate(finding.related[:_MOST_PROPERTIES], start=1)
        ]
    return {**result, "suppressions": suppressions(finding)}


def suppressions(finding: FindingShape) -> list[dict[str, Any]]:
    """Why a finding counts for nothing; empty where it counts. The only place that tells waivers in SARIF."""
    if finding.status != "waived":
        return []
    why = "; ".join(visible(line) for line in waiver_lines(finding)) or "acknowledged in the configuration"
    return [{"kind": "external", "status": "accepted", "justification": f"Waived {why}"}]


def _told(finding: FindingShape) -> str:
    """What is wrong, why, who suffers, and what repairs it."""
    names = name_lines(finding.occurrences)
    lines = [finding.title, finding.cause]
    if finding.clients:
        lines.append(f"Clients: {_some([short(client) for client in finding.clients])}")
    lines += names[:_MOST_NAMES]
    if len(names) > _MOST_NAMES:
        lines.append(f"... and {len(names) - _MOST_NAMES} more: agent check --format json has them all")
    lines += [f"Repair: {repair.text}" for repair in finding.repair if not repair.change.consequence]
    told = visible_lines("\n".join(filter(None, lines)))
    return told if len(told) <= _LONGEST_MESSAGE else f"{told[: _LONGEST_MESSAGE - 1]}…"


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _MOST_NAMES} more" if len(texts) > _MOST_NAMES else ""
    return ", ".join(texts[:_MOST_NAMES]) + more


def _properties(finding: FindingShape) -> dict[str, Any]:
    """The same for programs, within bounds."""
    shown: dict[str, Any] = _shown(
        {
            "slug": finding.slug,
            "status": finding.status,
            "doc": finding.doc,
            "names": finding.names[:_MOST_PROPERTIES],
            "namesTotal": len(finding.names),
            "clients": finding.clients[:_MOST_PROPERTIES],
            "clientsTotal": len(finding.clients),
            "occurrences": msgspec.to_builtins(finding.occurrences),  # fifty at most
            "occurrencesTotal": finding.occurrences_total,
            "masks": finding.masks,
            "assumptions": finding.assumptions,
        }
    )
    return shown


def _shown(value: Any) -> Any:
    """JSON whose texts are safe to show."""
    match value:
        case str():
            return visible(value)
        case list():
            return [_shown(item) for item in value]
        case dict():
            return {key: _shown(item) for key, item in value.items()}
    return value


def _logical(thing: ThingShape) -> dict[str, str]:
    return {"name": visible(thing.name), "fullyQualifiedName": visible(thing.id), "kind": "resource"}


def _artifact(file: str) -> dict[str, Any]:
    """Where a result is shown: in the run's snapshot or configuration, else in the configuration's usual file.

    Collectors of results show none without a file, and a resource in Azure has no line: it is always the first.
    """
    return {
        "artifactLocation": {"uri": _relative(file or FOUND_NAME), "uriBaseId": _ROOT},
        "region": {"startLine": 1},
    }


def _relative(file: str) -> str:
    """A relative URI. Of a file elsewhere only the name is told: where it lies is nobody's business."""
    here = Path.cwd()
    path = Path(os.path.normpath(here / file))  # links stay as they were named
    shown = path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name
    return quote(os.fsencode(shown))


def _invocation(conclusion: Conclusion) -> dict[str, Any]:
    run = conclusion.report.run
    return {
        "executionSuccessful": conclusion.exit_code in (0, 1, 3),
        "exitCode": conclusion.exit_code,
        "exitCodeDescription": _EXIT_CODES[conclusion.exit_code],
        "startTimeUtc": _time(run.started),
        "endTimeUtc": _time(run.finished),
        "toolExecutionNotifications": _notifications(conclusion),
    }


_EXIT_CODES = {
    0: "all is well",
    1: "findings at or above --fail-on",
    2: "usage or configuration",
    3: "something could not be read and so not be judged",
    4: "internal error",
}


def _notifications(conclusion: Conclusion) -> list[dict[str, Any]]:
    """What was not judged first, then what was not read."""
    report = conclusion.report
    told = [_not_evaluated(item) for item in report.not_evaluated]
    told += [
        _notification("undetermined", f"{name} is undetermined") for name in conclusion.finished.judgement.undetermined
    ]
    told += [_gap(gap) for gap in report.gaps]
    if len(told) > _MOST_NOTIFICATIONS:
        more = len(told) - _MOST_NOTIFICATIONS
        text = f"{count(more, 'more notification')} left out: agent check --format json has them all"
        told = [*told[:_MOST_NOTIFICATIONS], _notification("left-out", text)]
    return told


def _not_evaluated(item: NotEvaluatedShape) -> dict[str, Any]:
    because = "; ".join(dict.fromkeys(f"{gap.kind} in {gap.scope}: {gap.reason}" for gap in item.because))
    place = item.subject.id.removeprefix("dns:").removeprefix("scope:")
    what = f"{item.code} is not evaluated for {place}" if item.code else f"{item.subject.type} {place} is not evaluated"
    told = _notification("not-evaluated", f"{what}: {because}")
    return {**told, "associatedRule": {"id": item.code}} if item.code else told


def _gap(gap: GapShape) -> dict[str, Any]:
    return _notification("gap", f"{gap.kind} in {gap.scope}: {gap.reason}. {gap.detail}", "note")


def _notification(descriptor: str, text: str, level: str = "warning") -> dict[str, Any]:
    return {"descriptor": {"id": descriptor}, "level": level, "message": {"text": _message(visible(text))}}


def _message(text: str) -> str:
    """Text whose brackets and braces are no link and no placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    return _SPECIAL.sub(r"\\\1", text).replace("{", "{{").replace("}", "}}")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
