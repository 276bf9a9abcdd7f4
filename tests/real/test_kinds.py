"""The custom server of a scenario as each of five kinds: the same cause is named, or what is right for that kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from collectors.graph.ids import Fqdn
from tests.real.kinds import KINDS
from tests.real.player import EMBEDDED, Case
from tests.real.playing import Checked, case_of, check_embedded, play

pytestmark = [pytest.mark.real_servers, pytest.mark.usefixtures("servers")]

HUB = "10.0.0.4"
PRIVATE_LINK_ONLY = "forwarders-privatelink-only"
"""What documents advise: only the private-link zones are forwarded. It serves who resolves aliases anew."""
FOLLOWS_ANEW = {"bind", "unbound", "pdns-recursor"}

Told = tuple[str, str] | None
"""Code and subject of the one finding; None: healthy."""
CAUSES: Mapping[str, Told] = {
    "": None,
    "zone-unlinked": ("PED202", PUBLIC.api_zone),
    "record-missing": ("PED203", PUBLIC.api_zone),
    "forwarder-removed": ("PED306", HUB),
    "forwarder-removed-silently": ("PED305", HUB),
    PRIVATE_LINK_ONLY: ("PED307", HUB),
}


def estate_of(scenario: str, fault: str, kind: str, declared: str) -> LabEstate:
    """A scenario after a fault; its server is of a kind, and declared as one."""
    estate = build(scenario, [fault] if fault and fault != PRIVATE_LINK_ONLY else [])
    change = _private_link_only if fault == PRIVATE_LINK_ONLY else lambda server: server
    return replace(
        estate,
        servers=tuple(replace(change(server), kind=kind) for server in estate.servers),
        declared=tuple(replace(change(server), kind=declared) for server in estate.declared),
    )


def _private_link_only(server: DeclaredServer) -> DeclaredServer:
    forwards = dict.fromkeys((PUBLIC.api_zone, PUBLIC.notebooks_zone), (PLATFORM_RESOLVER,))
    return replace(server, forwards={**forwards, Fqdn(""): (server.forwards or {})[Fqdn("")]})


def told(checked: Checked) -> Told:
    """The one finding, if any."""
    findings = [(finding["code"], finding["subject"]["name"]) for finding in checked.report["findings"]]
    assert checked.exit_code == (1 if findings else 0)
    assert len(findings) <= 1
    return findings[0] if findings else None


def expected(kind: str, declared: str, fault: str) -> Told:
    """What must be told of a fault where the server is of a kind."""
    if fault != PRIVATE_LINK_ONLY:
        return CAUSES[fault]
    if kind in FOLLOWS_ANEW:
        return None
    return ("PED305", HUB) if declared == "unknown" else CAUSES[fault]  # who does not know the kind sees no more


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("scenario", "faults"),
    [("hub-spoke", tuple(CAUSES)), ("multi-subscription", ("", "zone-unlinked", "forwarder-removed-silently"))],
)
def test_the_cause_is_found_whatever_kind_the_server_is(
    scenario: str, faults: tuple[str, ...], kind: str, tmp_path: Path
) -> None:
    """Whether its kind is declared or not: the answers of the real one count."""
    keys = [(fault, declared) for fault in faults for declared in (kind, "unknown")]
    runs = play([case_of(estate_of(scenario, fault, kind, declared)) for fault, declared in keys], tmp_path)
    found = {key: told(checked) for key, checked in zip(keys, runs, strict=True)}
    assert found == {(fault, declared): expected(kind, declared, fault) for fault, declared in keys}


@pytest.mark.parametrize("kind", KINDS)
def test_the_embedded_server_of_a_kind_leads_to_the_report_of_the_real_one(kind: str, tmp_path: Path) -> None:
    """The whole report, where forwarding and following differ from kind to kind."""
    estates = [estate_of("hub-spoke", fault, kind, kind) for fault in ("forwarder-removed-silently", PRIVATE_LINK_ONLY)]
    real = play([case_of(estate) for estate in estates], tmp_path)
    for checked, estate in zip(real, estates, strict=True):
        assert checked.comparable() == check_embedded(Case(estate=estate, vantages=EMBEDDED), tmp_path).comparable()
