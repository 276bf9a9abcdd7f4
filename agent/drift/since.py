"""Which changes of the estate stand behind what a run saw for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from agent.render.diff import thing_text
from agent.run import Run, gather
from agent.sources import Source
from checks.context import Context
from checks.drift.causes import How
from checks.drift.compare import Drift, drift_between
from checks.drift.edits import Edit
from checks.finding import Finding
from checks.requirements import Scope
from collectors.snapshot import Snapshot

_MOST_TOLD = 3


def changes_behind(source: Source, scope: Scope, former: Snapshot, finished: Run, new: Iterable[str]) -> dict[str, str]:
    """For each of these fingerprints the changes since a former look that it comes from, in one sentence.

    One that has none is left out. Raises AgentError where the former look cannot be understood any more.
    """
    drift = drift_between(_known_from(source, scope, former), finished.context)
    wanted, since = set(new), f"{former.footer.finished:%Y-%m-%d %H:%M:%S} UTC"
    found: dict[str, str] = {}
    for finding in finished.judgement.findings:
        if finding.fingerprint in wanted and (edits := _behind(drift, finding)):
            more = f" and {len(edits) - _MOST_TOLD} more" if len(edits) > _MOST_TOLD else ""
            found[finding.fingerprint] = (
                f"Changed since {since}: {', '.join(thing_text(edit) for edit in edits[:_MOST_TOLD])}{more}."
            )
    return found


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
