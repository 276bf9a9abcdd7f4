"""Asks Azure Machine Learning what its own diagnosis says of workspaces' DNS. Whatever goes wrong is told, no more."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from collectors.arm.read_posts import DIAGNOSE, ReadPost
from collectors.azure.errors import ReadError, ThrottledError, plain
from collectors.azure.listing import Now
from collectors.azure.session import Accepted, Page, Session
from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import (
    LONGEST_CODE,
    LONGEST_LEVEL,
    LONGEST_MESSAGE,
    MOST_REMARKS,
    WORKSPACE_DIAGNOSIS,
    Remark,
    WorkspaceDiagnosis,
)

AT_A_TIME = 8
"""Workspaces that are asked about together: each mostly waits, and Azure works for each."""

ONLY_DNS: Mapping[str, Any] = {"value": {"dnsResolution": {}}}
"""What is asked. Sections that are absent here are absent in the answer, too (recorded by Azure PowerShell's tests)."""

_USUAL_WAIT = 10.0  # seconds, where Azure does not say how long: the least that its specification names
_LONGEST_URL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: for one workspace, for all of them, and the least between two looks at the same one."""

    workspace: float = 60.0
    run: float = 300.0
    between: float = 0.5


PATIENT = Patience()


def posts_of(workspaces: Iterable[ArmId]) -> tuple[ReadPost, ...]:
    """What a session must let leave for these workspaces: one exact POST each. Strange ids get none."""
    return tuple(post for id in workspaces if (post := _post_of(id)) is not None)


def diagnose(
    session: Session, workspaces: Sequence[ArmId], *, now: Now, patience: Patience = PATIENT
) -> tuple[WorkspaceDiagnosis, ...]:
    """Ask for each workspace; sorted, one result each. The session must have been opened with `posts_of` them."""
    end = time.monotonic() + patience.run
    pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="diagnose")
    finished = False
    try:
        found = tuple(pool.map(lambda id: _diagnosed(session, id, end, patience, now), sorted(set(workspaces))))
        finished = True
    finally:
        if not finished:
            session.stop()
        pool.shutdown(wait=finished, cancel_futures=True)  # an interrupt does not wait for Azure's answers
    return found


def _diagnosed(session: Session, id: ArmId, end: float, patience: Patience, now: Now) -> WorkspaceDiagnosis:
    """In a worker: one workspace from the question to the answer, or to the reason why there is none."""
    post = _post_of(id)
    asked_at = now()
    try:
        if post is None:
            raise ReadError(Reason.NOT_ASKED, "its id is none that a request is sent for")
        if time.monotonic() >= end:
            raise ReadError(Reason.NOT_ASKED, f"the {patience.run:.0f} s that a run may diagnose for are used up")
        page = _Inquiry(session, post, min(end, time.monotonic() + patience.workspace), patience).answer()
        return WorkspaceDiagnosis(workspace=id, asked_at=asked_at, remarks=_remarks(page.content))
    except ReadError as error:
        action = error.action
        if error.reason is Reason.FORBIDDEN and not action:
            action = f"grant {DIAGNOSE.action} on {id.text}, which the Reader role does not hold"
        gap = Gap(kind=WORKSPACE_DIAGNOSIS, scope=id.text, reason=error.reason, detail=error.detail, action=action)
        return WorkspaceDiagnosis(workspace=id, asked_at=asked_at, gap=gap)


def _post_of(id: ArmId) -> ReadPost | None:
    try:
        return DIAGNOSE.of(id)
    except ValueError:
        return None


class _Inquiry:
    """One question whose answer takes a while. For one thread."""

    def __init__(self, session: Session, post: ReadPost, end: float, patience: Patience) -> None:
        self._session = session
        self._post = post
        self._end = end
        self._patience = patience
        self._visited: list[str] = []

    def answer(self) -> Page:
        """The finished answer. Raises ReadError."""
        place = ""
        while True:
            got = self._ask(place)
            if isinstance(got, Page):
                return got
            place = self._checked(got.location)
            self._wait(_USUAL_WAIT if got.wait is None else got.wait)

    def _ask(self, place: str) -> Page | Accepted:
        """Begin, or look at a place where the result will be; again where Azure refuses for the moment."""
        while True:
            try:
                if place:
                    return self._session.look_again(self._post, place)
                return self._session.begin(self._post, ONLY_DNS)
            except ThrottledError as refused:
                self._wait(_USUAL_WAIT if refused.wait is None else refused.wait)

    def _wait(self, seconds: float) -> None:
        wait = max(seconds, self._patience.between)
        left = self._end - time.monotonic()
        if not wait <= left:  # so written that NaN is not waited for either
            detail = f"Azure had not finished: it asks for another {wait:.0f} s, and {max(left, 0.0):.0f} s are left"
            raise ReadError(Reason.TIMED_OUT, detail, "try again later")
        denied = self._session.waits.grant(wait)
        if denied:
            raise ReadError(Reason.REFUSED, f"it asked us to wait {wait:.0f} s, but {denied}")
        self._session.waits.sleep(wait)

    def _checked(self, location: str) -> str:
        """Where to look again. The same place again is usual; one that was left before is a loop."""
        if not location or len(location) > _LONGEST_URL:
            raise ReadError(Reason.MALFORMED, "the answer does not say where its result will be")
        if not self._session.endpoint.owns(location):
            host = self._session.endpoint.host
            raise ReadError(Reason.REFUSED, f"the place of the result leads away from {host}, and was not asked")
        if location in self._visited[:-1]:
            raise ReadError(Reason.REFUSED, "the places of the result form a loop")
        if location not in self._visited:
            self._visited.append(location)
        return location


def _remarks(content: Any) -> tuple[Remark, ...]:
    """What an answer says of DNS. Raises ReadError where it has another shape than the one that is documented."""
    value = content.get("value") if isinstance(content, dict) else None
    results = value.get("dnsResolutionResults") if isinstance(value, dict) else None
    if not isinstance(results, list):
        raise ReadError(Reason.MALFORMED, "the answer has no results about DNS")
    if len(results) > MOST_REMARKS:
        raise ReadError(Reason.MALFORMED, f"the answer has more than {MOST_REMARKS} results about DNS")
    return tuple(sorted(set(map(_remark, results))))


def _remark(result: Any) -> Remark:
    code, level, message = (_text(result, key) for key in ("code", "level", "message"))
    if not code:
        raise ReadError(Reason.MALFORMED, "a result about DNS has no code")
    return Remark(
        code=plain(code, LONGEST_CODE), level=plain(level, LONGEST_LEVEL), message=plain(message, LONGEST_MESSAGE)
    )


def _text(result: Any, key: str) -> str:
    """A text of a result; everything but its code may be missing."""
    text = result.get(key) if isinstance(result, dict) else None
    if text is None:
        return ""
    if not isinstance(text, str):
        raise ReadError(Reason.MALFORMED, f"the {key} of a result about DNS is not text")
    return text
