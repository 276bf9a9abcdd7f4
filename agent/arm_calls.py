"""What Azure Resource Manager is asked beside the reading: its diagnosis, its Activity Log, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.config import Config
from collectors.arm.kinds import KINDS
from collectors.arm.read_posts import ReadPost
from collectors.graph.clouds import Cloud
from collectors.graph.deeds import Deed
from collectors.graph.ids import ArmId
from collectors.graph.workspace_diagnosis import WorkspaceDiagnosis

if TYPE_CHECKING:  # an offline run must not load the SDK
    from collectors.azure.session import Session

_ANSWER = 15.0  # seconds for one answer: nobody waits for these but what is told beside the findings
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """One question to Azure Resource Manager: whom it saw, how long it took, and what was wrong, if anything.

    `ahead`: seconds by which this machine's clock is ahead of Azure's, None where the answer did not tell the time.
    """

    endpoint: str
    obtained_by: str = ""
    object_id: str = ""
    tenant: str = ""
    seconds: float = 0.0
    ahead: float | None = None
    error: str = ""


class ArmCalls:
    """Calls of one identity to one endpoint, each in a session of its own."""

    def __init__(self, credential: Any, cloud: Cloud, config: Config, endpoint: str) -> None:
        self._credential = credential
        self._cloud = cloud
        self._config = config
        self._endpoint = endpoint

    def diagnose(self, workspaces: Sequence[ArmId]) -> tuple[WorkspaceDiagnosis, ...]:
        """Azure's own diagnosis of workspaces: exactly those POSTs leave."""
        from collectors.azure.diagnose import diagnose, posts_of

        with self._session(posts_of(workspaces)) as session:
            return diagnose(session, workspaces, now=_now)

    def deeds(self, ids: Sequence[ArmId], since: datetime) -> Mapping[ArmId, Deed]:
        """Who changed resources since a moment, as far as the Activity Log tells."""
        from collectors.azure.activity_log import deeds

        with self._session() as session:
            return deeds(session, ids, since - _CLOCKS_DIFFER, _now() + _CLOCKS_DIFFER)

    def greet(self) -> Greeting:
        """Whether anybody is there, whom it sees, and what time it has."""
        from collectors.azure.errors import ReadError

        with self._session() as session:
            began, kind = datetime.now(UTC), KINDS["subscription"]
            try:
                page = session.get(kind, kind.path, {"api-version": kind.api_version})
                identity = session.identity()
            except ReadError as error:
                return Greeting(endpoint=session.endpoint.url, error=error.detail)
            took = (datetime.now(UTC) - began).total_seconds()
            return Greeting(
                endpoint=session.endpoint.url,
                obtained_by=session.obtained_by,
                object_id=identity.object_id,
                tenant=identity.tenant,
                seconds=took,
                ahead=_ahead(page.headers.get("date", ""), began + timedelta(seconds=took / 2)),
            )

    def _session(self, posts: Iterable[ReadPost] = ()) -> Session:
        from collectors.azure.session import Session

        return Session(
            self._credential,
            self._cloud,
            endpoint=self._endpoint,
            audience=self._config.azure.audience,
            user_agent=f"agent/{__version__}",
            read_timeout=_ANSWER,
            posts=posts,
        )


def _ahead(date: str, now: datetime) -> float | None:
    """By how many seconds a moment is ahead of an HTTP date, which has whole seconds only."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (now - theirs).total_seconds() if theirs.tzinfo else None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
