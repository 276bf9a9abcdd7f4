"""Which changes of the estate stand behind what a run saw for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agent.render.diff import thing_text
from agent.render.text import visible
from agent.run import Run, gather
from agent.sources import Source
from checks.context import Context
from checks.drift.causes import How
from checks.drift.compare import Drift, drift_between
from checks.drift.edits import Edit
from checks.finding import Finding
from checks.requirements import Scope
from collectors.graph.deeds import Deed
from collectors.graph.documents import Change
from collectors.graph.ids import ArmId
from collectors.snapshot import Snapshot

_MOST_TOLD = 3


def changes_behind(source: Source, scope: Scope, former: Snapshot, finished: Run, new: Iterable[str]) -> dict[str, str]:
    """For each of these fingerprints the changes since a former look that it comes from, in one sentence.

    One that has none is left out. Raises AgentError where the former look cannot be understood any more.
    """
    drift = drift_between(_known_from(source, scope, former), finished.context)
    wanted, since = set(new), former.footer.finished
    findings = [finding for finding in finished.judgement.findings if finding.fingerprint in wanted]
    behind = {finding.fingerprint: edits for finding in findings if (edits := _behind(drift, finding))}
    deeds = _deeds(source, (edit for edits in behind.values() for edit in edits[:_MOST_TOLD]), since)
    return {fingerprint: _told(edits, deeds, since) for fingerprint, edits in behind.items()}


def _deeds(source: Source, edits: Iterable[Edit], since: datetime) -> Mapping[ArmId, Deed]:
    ids = {edit.change.id for edit in edits if isinstance(edit.change, Change)}
    return source.deeds(sorted(ids), since) if source.deeds and ids else {}


def _told(edits: Sequence[Edit], deeds: Mapping[ArmId, Deed], since: datetime) -> str:
    more = f" and {len(edits) - _MOST_TOLD} more" if len(edits) > _MOST_TOLD else ""
    things = ", ".join(_with_deed(edit, deeds) for edit in edits[:_MOST_TOLD])
    return f"Changed since {since:%Y-%m-%d %H:%M:%S} UTC: {things}{more}."


def _with_deed(edit: Edit, deeds: Mapping[ArmId, Deed]) -> str:
    """The change, with who made it where the Activity Log tells."""
    deed = deeds.get(edit.change.id) if isinstance(edit.change, Change) else None
    by = f" (by {visible(deed.caller)} at {deed.at:%H:%M:%S})" if deed else ""
    return f"{thing_text(edit)}{by}"


def _known_from(source: Source, scope: Scope, former: Snapshot) -> Context:
    """What was known from a former look; nobody is asked."""
    offline = replace(source, read=lambda _: former, declared=former.declared, ask=None, connect=None, diagnose=None)
    _, context, _ = gather(offline, scope, lambda _: None)
    return context


def _behind(drift: Drift, finding: Finding) -> list[Edit]:
    """The changes that made the answers that the finding tells of, and those of its own subject."""
    told = {(line.client.lower(), line.name) for line in finding.occurrences}
    found: dict[str, Edit] = {}
    for answer in drift.answers:
        if answer.because.how is not How.OTHERWISE and (answer.client.id.lower(), answer.name) in told:
            found.update({edit.id.lower(): edit for edit in answer.because.edits})
    return list((found or _of_subject(drift.edits, finding)).values())


def _of_subject(edits: Iterable[Edit], finding: Finding) -> Mapping[str, Edit]:
    subject = finding.violation.subject.id.lower()
    return {id: edit for edit in edits if (id := edit.id.lower()) == subject or id.startswith(f"{subject}/")}
