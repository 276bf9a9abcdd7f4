"""Incidents of what cannot be seen: rights, throttling, other tenants, shapes, and this program itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from unittest.mock import patch

import agent.run
from agent.config.model import Config, WaiverTable
from agent.lab import builders as b
from agent.lab.arm_faults import ArmFault, Behaviour
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import CONNECTIVITY
from checks.catalogue import CATALOGUE
from checks.check import check
from checks.context import Context
from checks.finding import Level, Violation
from tests.incidents.scenes import Scene, adding, edited, find, incident, one

LAST_YEAR = date(2025, 12, 31)
ELSEWHERE = "99999999-0000-4000-8000-00000000ffff"
ZONES = f"/subscriptions/{CONNECTIVITY}"


@incident("PED901")
def zones_forbidden(estate: LabEstate) -> Scene:
    """403 for the zones of the platform team's subscription."""
    return _failing(estate, Behaviour.FORBIDDEN, "private-dns-zone", ZONES)


@incident("PED902")
def throttled(estate: LabEstate) -> Scene:
    """Azure asks again and again to wait a second before it lists the links of one zone."""
    return _failing(estate, Behaviour.THROTTLED, "zone-link", one(estate, "private-dns-zone", PUBLIC.api_zone).id.text)


@incident("PED903")
def foreign_peering(estate: LabEstate) -> Scene:
    """The hub is peered with a partner's network; Azure says whose subscription that is."""
    theirs = b.network_id(Group(subscription=ELSEWHERE, name="RG-Theirs"), "vnet-theirs")
    hub = one(estate, "virtual-network", "vnet-hub")
    group = Group(subscription=CONNECTIVITY, name="RG-Hub-Network")
    with_it = b.virtual_network(group, hub.id.name, "10.0.0.0/16", subnets={}, peers={theirs: "10.77.0.0/16"})
    (peering,) = with_it.body["properties"]["virtualNetworkPeerings"]
    estate = edited(estate, hub, lambda body: body["properties"]["virtualNetworkPeerings"].append(peering))
    return _failing(estate, Behaviour.FOREIGN_TENANT, "*", f"/subscriptions/{ELSEWHERE}")


@incident("PED904")
def unknown_shape(estate: LabEstate) -> LabEstate:
    """An address record set whose records are no list."""
    zone = one(estate, "private-dns-zone", PUBLIC.api_zone)
    record = b.address_record(zone.body["id"], "somebody-elses", ["10.1.0.99"])
    record.body["properties"]["aRecords"] = "10.1.0.99"
    return adding(estate, record)


@incident("PED905")
def check_crashes(estate: LabEstate) -> Scene:
    """One check of the catalogue raises what nobody thought of."""
    return Scene(estate=estate, during=lambda: patch.object(agent.run, "CATALOGUE", (crashing, *CATALOGUE)))


@incident("PED906")
def waiver_over(estate: LabEstate) -> Scene:
    """The notebooks record was to be written by the end of last year; somebody wrote it and left the waiver."""
    waiver = WaiverTable(code="PED203", subject="*", reason="moved in December", owner="dns", expires=LAST_YEAR)
    return Scene(estate=estate, config=Config(waiver=(waiver,)))


@incident("PED907")
def rights_on_one_group(estate: LabEstate) -> Scene:
    """The identity is Reader of the group that holds the zones, and of nothing else in that subscription."""
    (zone, *_) = find(estate, "private-dns-zone")
    return _failing(estate, Behaviour.PARTIAL, "private-dns-zone", ZONES, zone.id.resource_group)


@incident("PED908")
def service_fails(estate: LabEstate) -> Scene:
    """500 whenever the links of one zone are listed."""
    zone = one(estate, "private-dns-zone", PUBLIC.api_zone)
    return _failing(estate, Behaviour.SERVER_ERROR, "zone-link", zone.id.text)


def _failing(estate: LabEstate, behaviour: Behaviour, kind: str, scope: str, argument: str = "") -> Scene:
    return Scene(estate=estate, faults=(ArmFault(behaviour=behaviour, kind=kind, scope=scope, argument=argument),))


@check("PED998", "crashing", Level.ERROR)
def crashing(context: Context) -> Iterator[Violation]:
    """It crashes."""
    del context
    raise LookupError("what nobody thought of")
