"""One thing goes wrong behind a custom server of each kind, or at the server itself: what `agent check` tells of it.

The declaration knows nothing of it, so only answers show it. How long a server waits depends on its kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.lab.scenarios import build
from collectors.graph.clouds import PLATFORM_RESOLVER
from tests.real.bind import Server
from tests.real.kinds import KINDS
from tests.real.player import Case
from tests.real.playing import Checked, case_of, play

pytestmark = [pytest.mark.real_servers, pytest.mark.usefixtures("servers")]

HUB, UPSTREAM = "10.0.0.4", "10.0.0.60"
SERVFAIL, SILENT, REFUSED, NO_TCP, CONTRADICTS, HEALTHY = "PED605", "PED608", "PED609", "PED610", "PED613", ""
IMPATIENT = "timeout = 0.4\npatience = 0.8\n"
"""For whoever never answers."""
PATIENT = "timeout = 1.5\npatience = 6.0\n"
"""For whoever answers at once, and for PowerDNS Recursor, which gives its upstream up after 1.5 to 2 seconds."""

NO_ANSWER = ("drop", "wrong id", "slow")
"""Faults that leave whoever asks waiting."""

AT_ONCE: Mapping[str, Mapping[str, str]] = {
    "none": dict.fromkeys(KINDS, HEALTHY),
    "truncate": dict.fromkeys(KINDS, HEALTHY),
    "truncate, no tcp": {**dict.fromkeys(KINDS, SERVFAIL), "dnsmasq": NO_TCP},
    "refused": {**dict.fromkeys(KINDS, SERVFAIL), "dnsmasq": REFUSED},
    "servfail": dict.fromkeys(KINDS, SERVFAIL),
    "referral": {**dict.fromkeys(KINDS, CONTRADICTS), "bind": SERVFAIL, "unbound": SERVFAIL},
    "drop": {"unbound": SILENT, "dnsmasq": SILENT, "pdns-recursor": SERVFAIL},
    "wrong id": {"unbound": SILENT, "dnsmasq": SILENT, "pdns-recursor": SERVFAIL},
}
"""What goes wrong behind the server -> what is told, by its kind; the kinds that are left out wait for seconds."""
ITSELF: Mapping[str, str] = {
    "none": HEALTHY,
    "truncate": HEALTHY,
    "truncate, no tcp": NO_TCP,
    "refused": REFUSED,
    "servfail": SERVFAIL,
    "referral": CONTRADICTS,
    "drop": SILENT,
    "wrong id": SILENT,
    "slow": SILENT,
}
"""The same where the fault is the server's own; slow is slower than the patience here."""
LATE: Mapping[str, Mapping[str, str]] = {
    "bind": {"drop": SERVFAIL, "wrong id": SERVFAIL},
    "unbound": {"drop": SILENT, "wrong id": SILENT},
    "pdns-recursor": {"drop": SERVFAIL, "wrong id": SERVFAIL, "slow": SERVFAIL},
    "dnsmasq": {"drop": SILENT, "wrong id": SILENT, "slow": HEALTHY},
    "knot-resolver": {"drop": SERVFAIL, "wrong id": SERVFAIL},
}
"""Kind -> what goes wrong behind it -> what is told by whoever is as patient as runs are.

BIND, Unbound and Knot Resolver get over an upstream that is three seconds late sooner or later: nothing is fixed then.
"""


def spoiled(fault: str, address: str) -> Server:
    """Azure DNS as the hub sees it, at another address, with a fault."""
    plan = [{"address": address, "fault": fault, "backend": PLATFORM_RESOLVER}]
    files = {"faults.json": json.dumps(plan)}
    return Server(name="faults", kind="faults", place="vnet-hub", addresses=(address,), files=files)


def behind(kind: str, fault: str, probe: str) -> Case:
    """The hub's server is of a kind and asks the faulty server where it is declared to ask Azure DNS."""
    estate = build("hub-spoke")
    (server,) = estate.servers
    upstream = {s: (UPSTREAM,) if t == (PLATFORM_RESOLVER,) else t for s, t in (server.forwards or {}).items()}
    made = replace(
        estate,
        servers=(replace(server, kind=kind, forwards=upstream),),
        declared=(replace(server, kind=kind),),
    )
    return replace(case_of(made), probe=probe, more=(spoiled(fault, UPSTREAM),))


def itself(fault: str) -> Case:
    """The hub's server has the fault."""
    estate, probe = replace(build("hub-spoke"), servers=()), IMPATIENT if fault in NO_ANSWER else PATIENT
    return replace(case_of(estate), probe=probe, more=(spoiled(fault, HUB),))


def told(checked: Checked) -> str:
    """The one code that the findings have; all are about the hub's server or what it answers."""
    findings = checked.report["findings"]
    assert checked.exit_code == (1 if findings else 0)
    codes = {finding["code"] for finding in findings}
    assert len(codes) <= 1
    assert all(finding["subject"]["name"] == HUB for finding in findings)
    return codes.pop() if codes else HEALTHY


def played(cases: Mapping[str, Case], expected: Mapping[str, str], directory: Path) -> dict[str, str]:
    """What is told of each case. What differs is played once more: on a busy machine servers give up on each other."""
    found: dict[str, str] = {}
    for again in ("first", "again"):
        names = [name for name in cases if found.get(name) != expected[name]]
        if names:
            (directory / again).mkdir()
            runs = play([cases[name] for name in names], directory / again)
            found |= {name: told(checked) for name, checked in zip(names, runs, strict=True)}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_wrong_behind_a_server_is_told(kind: str, tmp_path: Path) -> None:
    """By what comes back from the server at once, and by its silence."""
    expected = {fault: by_kind[kind] for fault, by_kind in AT_ONCE.items() if kind in by_kind}
    cases = {
        fault: behind(kind, fault, IMPATIENT if fault in NO_ANSWER and code == SILENT else PATIENT)
        for fault, code in expected.items()
    }
    assert played(cases, expected, tmp_path) == expected


def test_what_goes_wrong_at_a_server_is_told(tmp_path: Path) -> None:
    assert played({fault: itself(fault) for fault in ITSELF}, ITSELF, tmp_path) == ITSELF


@pytest.mark.slow
@pytest.mark.parametrize("kind", LATE)
def test_what_a_server_waits_for_is_told_at_last(kind: str, tmp_path: Path) -> None:
    """With the patience that runs have if nobody says otherwise: twelve seconds."""
    cases = {fault: behind(kind, fault, "") for fault in LATE[kind]}
    assert played(cases, LATE[kind], tmp_path) == LATE[kind]


@pytest.mark.parametrize("fault", ["refused", "drop"])
def test_nothing_is_said_of_names_whose_server_does_not_answer(fault: str, tmp_path: Path) -> None:
    """They are undetermined: a server's failure is no statement on zones and records."""
    (checked,) = play([itself(fault)], tmp_path)
    summary = checked.report["summary"]
    assert summary["undetermined"] == summary["names"] > 0
    vantages = {o["vantage"] for finding in checked.report["findings"] for o in finding["occurrences"]}
    assert vantages == {"lab/vnet-spoke-1", "lab/vnet-spoke-2"}
