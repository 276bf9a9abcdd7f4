"""Live causes that look alike, with a real server of each kind where the cause exists: the right one is named.

That a zone is not linked is told from a missing forwarder in `test_kinds`; an old answer from a wrong record, where
the kind caches it, in `test_probing`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.aims import Aim
from agent.lab.estate import LabEstate
from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import DeclaredServer
from tests.incidents import rulesets
from tests.real.kinds import KINDS
from tests.real.player import Case
from tests.real.playing import Checked, case_of, play
from tests.real.test_faults import HUB, IMPATIENT, PATIENT, UPSTREAM, spoiled

pytestmark = [pytest.mark.real_servers, pytest.mark.usefixtures("servers")]

VALIDATING = tuple(kind for kind in KINDS if kind != "dnsmasq")
"""The kinds that reject an unsigned answer below an anchor of theirs."""


def estate_of(kind: str, *, validates: bool = False, upstream: str = "") -> LabEstate:
    """The hub's server is of a kind; what it does beside is not declared."""
    estate = build("hub-spoke")
    (server,) = estate.servers
    declared = replace(server, kind=kind)
    running = replace(declared, rejects_unsigned=validates)
    return replace(estate, servers=(_led(running, upstream),), declared=(declared,))


def _led(server: DeclaredServer, upstream: str) -> DeclaredServer:
    """The server, with another target where it asks Azure DNS."""
    own = server.forwards or {}
    led = {s: (upstream,) if upstream and t == (PLATFORM_RESOLVER,) else t for s, t in own.items()}
    return replace(server, forwards=led)


def codes(checked: Checked) -> set[str]:
    """The codes of the findings; all are about the hub's server."""
    assert {finding["subject"]["name"] for finding in checked.report["findings"]} == {HUB}
    return {finding["code"] for finding in checked.report["findings"]}


@pytest.mark.parametrize("kind", VALIDATING)
def test_validation_is_told_from_an_upstream_that_cannot_answer(kind: str, tmp_path: Path) -> None:
    """SERVFAIL both times: only checking disabled tells them apart, and only one of them has a repair here."""
    validating = replace(case_of(estate_of(kind, validates=True)), probe=PATIENT)
    failing: Case = replace(
        case_of(estate_of(kind, upstream=UPSTREAM)), probe=PATIENT, more=(spoiled("servfail", UPSTREAM),)
    )
    by_validation, by_upstream = play([validating, failing], tmp_path)
    assert (codes(by_validation), codes(by_upstream)) == ({"PED606"}, {"PED605"})
    (finding,) = by_validation.report["findings"]
    assert finding["repair"]
    assert any("with checking disabled" in proof["text"] for proof in finding["evidence"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_circle_is_told_from_a_dead_upstream(kind: str, tmp_path: Path) -> None:
    """Nothing comes back both times. What is declared tells the circle; else both are named, and what would decide."""
    looping = _declared_as_it_runs(estate_of(kind, upstream=HUB))
    dead = estate_of(kind, upstream=UPSTREAM)
    cases = [
        replace(case_of(looping), probe=IMPATIENT),
        replace(case_of(dead), probe=IMPATIENT, more=(spoiled("drop", UPSTREAM),)),
    ]
    circle, silence = play(cases, tmp_path)
    # dnsmasq leaves out a forwarder that is itself, and asks the internet then.
    assert {finding["code"] for finding in circle.report["findings"]} == {"PED501" if kind == "dnsmasq" else "PED502"}
    told = "goes in a circle" if kind != "dnsmasq" else "a public resolver"
    assert all(told in finding["cause"] for finding in circle.report["findings"])
    assert codes(silence) == {"PED608"}
    for finding in silence.report["findings"]:
        assert "what it asks stays silent, or asks in a circle. Its forwarders, declared in" in finding["cause"]


@pytest.mark.slow
def test_a_circle_of_azures_own_rules_is_told_from_a_dead_target(tmp_path: Path) -> None:
    """Azure DNS gives no answer both times; the documents show where the questions went."""
    circle = rulesets.ruleset_linked(build("ruleset"), "vnet-hub")
    dead = rulesets.all_sent_to(build("ruleset"), UPSTREAM)
    cases = [
        replace(case_of(circle), probe=IMPATIENT),
        replace(case_of(dead), probe=IMPATIENT, more=(spoiled("drop", UPSTREAM),)),
    ]
    found = [{(f["code"], f["level"]) for f in run.report["findings"]} for run in play(cases, tmp_path)]
    assert found == [{("PED401", "error")}, {("PED407", "error")}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_record_of_a_servers_own_is_told_from_what_azure_holds(kind: str, tmp_path: Path) -> None:
    """Declared it is the record, with its repair; not declared it contradicts what is, and no zone is blamed."""
    estate = estate_of(kind)
    name = Aim(endpoint="pe-mlw-prod", zones="rg-dns").notebooks_name(estate)
    running = replace(estate.servers[0], records={name: ("10.9.0.6",)})
    hidden = replace(estate, servers=(running,))
    declared, undeclared = play([case_of(_declared_as_it_runs(hidden)), case_of(hidden)], tmp_path)
    assert (codes(declared), codes(undeclared)) == ({"PED204"}, {"PED613"})


def _declared_as_it_runs(estate: LabEstate) -> LabEstate:
    return replace(estate, declared=estate.servers)
