"""Repairs of a zone's virtual network links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checks.diagnosis import repairs
from checks.finding import Repair
from collectors.graph.documents import Change
from collectors.graph.estate import Estate
from collectors.graph.nodes import ZoneLink

_LINK = ("az", "network", "private-dns", "link", "vnet")


def completed(estate: Estate, link: ZoneLink) -> Repair:
    """Azure completes a link by itself; there is no command but to make it again."""
    change = _with(estate, link, virtualNetworkLinkState="Completed", provisioningState="Succeeded")
    return Repair(change=change, text=f"wait until the link {link.id.name} is complete, or make it again")


def without_registration(estate: Estate, link: ZoneLink) -> Repair:
    """Switch off auto-registration."""
    return Repair(
        change=_with(estate, link, registrationEnabled=False),
        text=f"switch off auto-registration of the link {link.id.name}",
        command=repairs.command(*_LINK, "update", *_place(link), "--registration-enabled", "false"),
    )


def falling_back(estate: Estate, link: ZoneLink) -> Repair:
    """Let names that the zone lacks be looked up in public DNS."""
    return Repair(
        change=_with(estate, link, resolutionPolicy="NxDomainRedirect"),
        text=f"switch on fallback to internet of the link {link.id.name}",
        command=repairs.command(*_LINK, "update", *_place(link), "--resolution-policy", "NxDomainRedirect"),
    )


def removed(estate: Estate, link: ZoneLink) -> Repair:
    """Take the zone away from the network."""
    before = estate.documents[link.id]
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the link of zone {link.zone.name} to {link.network.name}",
        command=repairs.command(*_LINK, "delete", *_place(link)),
    )


def _place(link: ZoneLink) -> tuple[str, ...]:
    return (*repairs.where(link.zone), "--zone-name", link.zone.name, "--name", link.id.name)


def _with(estate: Estate, link: ZoneLink, **properties: Any) -> Change:
    before = estate.documents[link.id]
    held = {**(before.body.get("properties") or {}), **properties}
    return Change(id=before.id, before=before, after=replace(before, body={**before.body, "properties": held}))
