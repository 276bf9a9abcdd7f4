"""Incidents of the private endpoint itself and of its zone group."""

from __future__ import annotations

from agent.lab.estate import LabEstate
from agent.lab.scenarios import SCENARIOS
from tests.incidents.scenes import incident


def _broken(scenario: str, fault: str, estate: LabEstate) -> LabEstate:
    change = SCENARIOS[scenario].faults[fault]
    return estate.with_changes(change.changes(estate), change.side)


@incident("PED101")
def nobody_approved(estate: LabEstate) -> LabEstate:
    """The endpoint's connection waits."""
    return _broken("hub-spoke", "connection-pending", estate)


@incident("F2")
def api_zone_only(estate: LabEstate) -> LabEstate:
    """The zone group holds one of two zones."""
    return _broken("azure-dns", "notebooks-zone-left-out", estate)
