"""Two causes that could claim the same names, of servers and firewalls: the one nearest to the client is told first."""

from __future__ import annotations

import pytest

from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.internet import PUBLIC_RESOLVER
from agent.lab.scenarios import build
from agent.report import FindingShape
from tests.agent.lab_runs import run_estate
from tests.incidents import servers as played
from tests.incidents.endpoints import broken


def findings(estate: LabEstate) -> dict[str, FindingShape]:
    """The errors and warnings of a run by code; every code must come once."""
    loud = run_estate(estate).loud
    assert len({finding.code for finding in loud}) == len(loud)
    return {finding.code: finding for finding in loud}


def test_a_firewall_led_there_so_the_missing_link_is_its_own() -> None:
    """310 before 202: the links of the clients' networks look right."""
    told = findings(played.linked_to_the_spokes_only(build("firewall")))
    assert set(told) == {"PED310"}


def test_a_proxy_that_is_off_hides_that_its_network_lacks_the_link() -> None:
    """309 before 310 and before the silence that follows from it."""
    told = findings(played.proxy_off(played.linked_to_the_spokes_only(build("firewall"))))
    assert set(told) == {"PED309", "PED310"}
    assert told["PED310"].fingerprint in told["PED309"].masks


@pytest.mark.parametrize(
    ("kind", "forwarded", "code"),
    [
        ("dnsmasq", (), "PED305"),
        ("dnsmasq", (PUBLIC.api_zone, PUBLIC.notebooks_zone), "PED307"),
        ("dnsmasq", (PUBLIC.notebooks,), "PED306"),
        ("bind", (), "PED305"),
        ("bind", (PUBLIC.notebooks,), "PED306"),
    ],
)
def test_what_is_forwarded_already_names_the_missing_forwarder(
    kind: str, forwarded: tuple[str, ...], code: str
) -> None:
    """Nothing of the service 305, its private-link zones only 307, some public suffixes 306."""
    kept = {suffix: played.INSIDE for suffix in (*PUBLIC.forwarded, *played.PRIVATE) if suffix in forwarded}
    assert set(findings(played.forwarding(build("hub-spoke"), kept, kind))) == {code}


def test_a_bind_that_forwards_the_private_link_zones_only_is_right() -> None:
    """It resolves the alias's target itself."""
    assert findings(played.forwarding(build("hub-spoke"), played.PRIVATE)) == {}


def test_an_interface_that_goes_astray_is_told_before_what_its_network_suffers_from() -> None:
    """Once the interface asks as its network does, it still lacks the forgotten forwarder."""
    estate = broken("hub-spoke", "forwarder-removed", build("hub-spoke"))
    told = findings(played.overridden("nic-app-1", PUBLIC_RESOLVER)(estate))
    assert set(told) == {"PED303", "PED306"}
    assert told["PED306"].fingerprint in told["PED303"].masks
