"""What all lines of a snapshot have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Line(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """One line; `type` tells which."""


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; every time in a snapshot is aware."""
    return moment.astimezone(UTC)
