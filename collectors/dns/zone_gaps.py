"""The gap that a zone leaves which a server did not give: in one form, whoever could not read it, and why."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.graph.documents import Gap, Reason
from collectors.graph.ids import Fqdn


def zone_gap(server: str, vantage: str, zone: Fqdn, reason: Reason, detail: str, action: str = "") -> Gap:
    """The gap; `vantage` is empty where nobody asked."""
    scope = f"{server} from {vantage}" if vantage else server
    return Gap(kind="dns", scope=scope, reason=reason, detail=f"{_about(zone)}{detail}", action=action)


def is_told(gaps: Iterable[Gap], server: str, zone: Fqdn) -> bool:
    """Whether gaps say already why a zone of a server is not known."""
    return any(
        gap.kind == "dns" and gap.scope.partition(" ")[0] == server and gap.detail.startswith(_about(zone))
        for gap in gaps
    )


def _about(zone: Fqdn) -> str:
    return f"zone {zone or '.'} was not transferred: "
