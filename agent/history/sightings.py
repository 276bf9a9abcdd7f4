"""What a run saw of findings, and which of those that are remembered it could not have seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from agent.events import Kept, kept, read_kept
from agent.history.lives import Life, Seen, Sighting
from agent.report import finding_shape
from checks.catalogue import BY_CODE
from checks.finding import Level
from checks.runner import Judgement
from checks.unjudged import NotEvaluated
from collectors.graph.documents import Gap
from collectors.graph.workspace_diagnosis import WORKSPACE_DIAGNOSIS


def seen_by(judgement: Judgement, lives: Mapping[str, Life], instant: datetime, *, only_heard: bool = False) -> Seen:
    """Errors and warnings of a run, and the lives of which it could not tell that they are over.

    `only_heard`: the run asked anew and read nothing: it knows nothing new of what no answer showed.
    """
    sightings = tuple(s for s in _sightings(judgement, instant) if not only_heard or read_kept(s.body).vantages)
    present = {sighting.fingerprint for sighting in sightings}
    unseen = {life.fingerprint: read_kept(life.body) for life in lives.values() if life.fingerprint not in present}
    blind = frozenset(
        fingerprint
        for fingerprint, of in unseen.items()
        if (only_heard and not of.vantages) or _is_hidden(judgement, of)
    )
    return Seen(instant=instant, sightings=sightings, blind=blind)


def _sightings(judgement: Judgement, instant: datetime) -> Iterator[Sighting]:
    for finding in judgement.findings:
        if finding.level > Level.NOTE:
            shape = finding_shape(finding, BY_CODE[finding.code], instant)
            body = kept(shape, finding.violation.touches)
            yield Sighting(fingerprint=finding.fingerprint, level=finding.level, status=finding.status, body=body)


def _is_hidden(judgement: Judgement, of: Kept) -> bool:
    """Whether a finding may still be there although the run does not tell of it."""
    if judgement.crashed:
        return True
    if not set(of.names).isdisjoint(judgement.undetermined):
        return True
    if any(_unjudged(item, of) for item in judgement.not_evaluated):
        return True
    return any(_unread(gap, of) for gap in judgement.gaps)


def _unjudged(item: NotEvaluated, of: Kept) -> bool:
    if item.code is not None:
        return item.code == of.code
    return item.subject.type != "name" or item.subject.id.removeprefix("dns:") in of.names


def _unread(gap: Gap, of: Kept) -> bool:
    """Whether a gap lies over what a finding is about, or over a vantage that the finding was heard from."""
    if gap.kind == "dns":
        return any(gap.scope.endswith(f" from {vantage}") for vantage in of.vantages)
    if gap.outside or gap.kind == WORKSPACE_DIAGNOSIS:
        return False
    scope = gap.scope.lower().rstrip("/")
    return _is_within(of.subject_id.lower(), scope)


def _is_within(id: str, scope: str) -> bool:
    return not scope or id == scope or id.startswith(f"{scope}/")
