"""Who changed a resource, and when, as Azure's Activity Log tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """The last change of a resource. `caller` is a person's sign-in name or an application's id, as it is logged."""

    caller: str
    at: datetime
    operation: str
