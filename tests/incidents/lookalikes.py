"""Healthy estates that look like incidents."""

from __future__ import annotations

from agent.lab.estate import LabEstate
from tests.incidents.scenes import edited, find, healthy


@healthy("fallback is on and every record is right", "azure-dns")
def fallback_with_right_records(estate: LabEstate) -> LabEstate:
    """Every link falls back to the internet."""
    for link in find(estate, "zone-link"):
        estate = edited(estate, link, lambda body: body["properties"].update(resolutionPolicy="NxDomainRedirect"))
    return estate
