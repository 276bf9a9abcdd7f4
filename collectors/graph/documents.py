"""What was read and what was not: documents, gaps, and changes between documents.

`Change` is the one currency of lab faults, what-if, counterfactual diagnosis, repair and undo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import ArmId


@dataclass(frozen=True, slots=True, kw_only=True, eq=True)
class Document:
    """One ARM resource as JSON, trimmed to what its kind keeps. `kind` is a name of `collectors.arm.kinds`."""

    kind: str
    id: ArmId
    body: Mapping[str, Any]
    read_at: datetime | None = None


class Reason(StrEnum):
    """Why something is not known."""

    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"
    NOT_FOUND = "not found"
    THROTTLED = "throttled"
    TIMED_OUT = "timed out"
    FAILED = "failed"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FOREIGN = "foreign"
    NOT_ASKED = "not asked"


OUTSIDE = "nothing that this run was asked about rests on it"
"""The detail of what a run left unread on purpose, because it was to judge only a part of the estate."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Gap:
    """Something that could not be read or may exist unseen.

    `scope` is an ARM id or path (`/` for the tenant); `kind` a kind's name, or `dns` for questions;
    `detail` one sentence; `action` what to grant or do.
    """

    kind: str
    scope: str
    reason: Reason
    detail: str
    action: str = ""

    @property
    def on_purpose(self) -> bool:
        """Whether it was left unread because somebody wanted it so: there is nothing to be done about it."""
        return self.reason is Reason.NOT_ASKED and not self.action

    @property
    def outside(self) -> bool:
        """Whether it was left unread on purpose: it hides nothing that the run is to judge."""
        return self.reason is Reason.NOT_ASKED and self.detail == OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document before and after; None means absent. A `consequence` is Azure's own doing, not an edit."""

    id: ArmId
    before: Document | None
    after: Document | None
    consequence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChange:
    """A declared DNS server before and after; None means undeclared. `id` is `server:<ip>@<place>`."""

    id: str
    before: DeclaredServer | None
    after: DeclaredServer | None
    consequence: bool = False


AnyChange = Change | ServerChange
