"""What Azure Machine Learning's own diagnosis says of a workspace's DNS: one more witness, and no judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.graph.documents import Gap
from collectors.graph.ids import ArmId

WORKSPACE_DIAGNOSIS = "workspace-diagnosis"
"""The kind of the gap that a diagnosis leaves which could not be had. No check needs it."""

LONGEST_CODE = 80
LONGEST_LEVEL = 20
LONGEST_MESSAGE = 1000
MOST_REMARKS = 50
"""Characters of each text, and remarks on one workspace: whatever Azure sends, a report stays readable."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Remark:
    """One result: a code, a level (`Warning`, `Error` and `Information` are known), a message. None is trusted."""

    code: str
    level: str
    message: str

    @property
    def is_hint(self) -> bool:
        """Whether it only tells that the network of the workspace's endpoint has DNS servers of its own.

        It knows nothing of what those forward. The documents write CustomDnsInUse, an example CustomDNSInUse.
        """
        return self.code.lower() == "customdnsinuse"

    @property
    def text(self) -> str:
        """`Warning CustomDnsInUse: the message`, not yet safe to show."""
        head = " ".join(filter(None, (self.level, self.code)))
        return f"{head}: {self.message}" if self.message else head


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceDiagnosis:
    """What came of asking for one workspace: remarks (none: Azure sees nothing wrong), or why there is no answer."""

    workspace: ArmId
    asked_at: datetime
    remarks: tuple[Remark, ...] = ()
    gap: Gap | None = None
