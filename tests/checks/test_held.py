"""Zones that a server gave by transfer: what they hold is what its clients get, and what is wrong there is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from checks.diagnosis.repairs import write_held_record
from checks.finding import Finding, Level
from checks.requirements import Requirement
from checks.resolution import rules
from checks.resolution.path import Addresses, NoData, NxDomain, Opaque, Outcome
from checks.resolution.places import custom_server
from checks.resolution.rules import Rule
from collectors.graph.declared import DeclaredServer, HeldZone, Vantage
from collectors.graph.documents import Reason, ServerChange
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn, is_under, relative, suffixes
from tests.checks.judging import BIND, answer, context_of, judged, loud, only, redeclared
from tests.checks.resolution.small import NAME, PRIVATE, PUBLIC_RESOLVER, ZONE, asked_of, bind
from tests.estates import API_ZONE, AZURE_DNS, gap, lab, required, server

Records = Mapping[str, tuple[str, ...]]
WRONG, RIGHT = "10.1.0.99", "10.1.0.5"


def held(name: str, records: Records, *delegated: str) -> HeldZone:
    """A zone with every name between labels, as a transfer gives it; the names are relative to it."""
    whole = {Fqdn(f"{record}.{name}"): values for record, values in records.items()}
    between = {a: () for owner in (*whole, Fqdn(name)) for a in suffixes(owner) if is_under(a, name)}
    return HeldZone(name=Fqdn(name), serial=7, records={**between, **whole}, delegated=tuple(map(Fqdn, delegated)))


# What a server makes of a name


@pytest.mark.parametrize(
    ("records", "outcome", "rule"),
    [
        ({"x": ("10.9.9.9",)}, Addresses(("10.9.9.9",)), rules.SERVER_ZONE_ANSWERS),
        ({"*": ("10.9.9.9",)}, Addresses(("10.9.9.9",)), rules.SERVER_ZONE_ANSWERS),
        ({"x": ("y." + ZONE,), "y": ("10.9.9.9",)}, Addresses(("10.9.9.9",)), rules.SERVER_ZONE_ANSWERS),
        ({"y": ("10.9.9.9",)}, NxDomain(), rules.SERVER_ZONE_DENIES),
        ({"x": (), "*": ("10.9.9.9",)}, NoData(), rules.SERVER_ZONE_NO_DATA),
        ({"x": ("fd00::5",)}, NoData(), rules.SERVER_ZONE_NO_DATA),
    ],
)
def test_a_zone_of_its_own_answers_for_the_target_of_an_alias(records: Records, outcome: Outcome, rule: Rule) -> None:
    """The server forwards everything to Azure DNS, which has another address: its own zone comes first."""
    path = asked_of(bind(zones=(held(ZONE, records),)))
    assert (path.outcome, path.last.rule) == (outcome, rule)


@pytest.mark.parametrize("forwards", [None, {}, {"": PUBLIC_RESOLVER}])
def test_it_does_not_matter_what_is_declared_of_other_names(forwards: dict[str, str] | None) -> None:
    zone = held(ZONE, {"x": ("10.9.9.9",)})
    server = bind(zones=(zone,))
    path = asked_of(replace(server, forwards=None) if forwards is None else bind(forwards, zones=(zone,)), PRIVATE)
    assert path.outcome == Addresses(("10.9.9.9",))


@pytest.mark.parametrize(
    "declared",
    [
        {"records": {PRIVATE: ("10.0.0.5",)}},
        {"forwards": {ZONE: AZURE_DNS}},
        {"forwards": {PRIVATE: AZURE_DNS}},
    ],
)
def test_what_is_declared_explicitly_comes_first(declared: dict[str, dict[str, str]]) -> None:
    zone = held(ZONE, {"x": ("10.9.9.9",)})
    assert asked_of(bind(zones=(zone,), **declared), PRIVATE).outcome == Addresses(("10.0.0.5",))


def test_a_wildcard_stops_at_the_closest_name_that_exists() -> None:
    zone = held(ZONE, {"*": ("10.9.9.9",), "b": (), "a.b": ("10.9.9.8",), "*.b": ("10.9.9.7",)})
    found = {name: asked_of(bind(zones=(zone,)), f"{name}.{ZONE}").outcome for name in ("q.r", "q.b", "q.a.b", "b")}
    assert found == {
        "q.r": Addresses(("10.9.9.9",)),
        "q.b": Addresses(("10.9.9.7",)),
        "q.a.b": NxDomain(),
        "b": NoData(),
    }


def test_what_a_zone_leaves_to_others_and_what_was_not_kept_is_opaque() -> None:
    server = bind(zones=(held("example.com", {"x": ("10.9.9.9",), "q." + "privatelink": ()}, ZONE),))
    assert isinstance(asked_of(server, PRIVATE).outcome, Opaque)
    assert isinstance(asked_of(server, NAME, "MX").outcome, Opaque)
    assert asked_of(server, NAME).outcome == Addresses(("10.9.9.9",))


# What is wrong there


def hub_spoke(records: Records) -> Estate:
    """Hub and spokes, where the server in the hub holds the api zone itself."""
    estate = lab("hub-spoke")
    (server,) = estate.declared.servers
    zone = held(API_ZONE, {relative(name, API_ZONE): values for name, values in records.items()})
    servers = (replace(server, zones=(zone,)),)
    return redeclared(estate, replace(estate.declared, servers=servers, vantages=(), public_resolvers=()))


def right() -> dict[str, tuple[str, ...]]:
    """What the zone must hold."""
    records = required(lab("hub-spoke")).records
    return {record.private_name: record.addresses for record in records if record.zone == API_ZONE}


def api() -> Requirement:
    return next(r for r in required(lab("hub-spoke")).requirements if r.role == "api")


def wildcard() -> str:
    return next(name for name in right() if name.startswith("*."))


def repaired(finding: Finding) -> DeclaredServer:
    (repair,) = finding.violation.repairs
    assert isinstance(repair.change, ServerChange)
    assert repair.change.after is not None
    return repair.change.after


def test_a_zone_that_holds_what_it_must_is_no_news() -> None:
    assert loud(judged(hub_spoke(right()))) == []


def test_a_record_that_is_missing_is_told_with_the_line_that_mends_it() -> None:
    name = api().expected.private_name
    estate = hub_spoke({held: values for held, values in right().items() if held != name})
    finding = only(judged(estate), "PED203")
    assert (finding.level, finding.violation.discriminator) == (Level.ERROR, f"A/{name}")
    assert finding.violation.subject.id.startswith(f"server:{BIND}@")
    assert finding.violation.repairs[0].command == f"{name}. 10 IN A {RIGHT}"
    assert finding.violation.text == f"Zone {API_ZONE} of server {BIND} lacks {name}"
    after = redeclared(estate, replace(estate.declared, servers=(repaired(finding),)))
    assert loud(judged(after)) == []


def test_the_wildcard_is_written_as_a_wildcard() -> None:
    finding = only(judged(hub_spoke({n: v for n, v in right().items() if n != wildcard()})), "PED203")
    assert finding.violation.discriminator == f"A/{wildcard()}"
    assert finding.violation.repairs[0].command.startswith("*.")


def test_a_record_with_another_address_is_told() -> None:
    name = api().expected.private_name
    finding = only(judged(hub_spoke({**right(), name: (WRONG,)})), "PED204")
    assert finding.violation.text == f"Record {name} of server {BIND} holds {WRONG} instead of {RIGHT}"
    assert [proof.text for proof in finding.proofs][1] == f"{API_ZONE} was transferred with serial 7"


def test_a_wildcard_that_catches_the_name_is_left_alone() -> None:
    name = api().expected.private_name
    records = {held: values for held, values in right().items() if held != name}
    finding = only(judged(hub_spoke({**records, f"*.{name.partition('.')[2]}": (WRONG,)})), "PED204")
    assert finding.violation.repairs[0].command == f"{name}. 10 IN A {RIGHT}"


def test_right_and_wrong_addresses_in_one_record_are_told() -> None:
    name = api().expected.private_name
    finding = only(judged(hub_spoke({**right(), name: (RIGHT, WRONG)})), "PED207")
    assert WRONG in finding.violation.text


def test_several_missing_records_are_several_findings_each_mended_alone() -> None:
    findings = judged(hub_spoke({})).findings
    assert {finding.code for finding in findings if finding.level is Level.ERROR} == {"PED203"}
    assert sorted(f.violation.discriminator for f in findings) == sorted(f"A/{name}" for name in right())


def test_a_windows_server_is_mended_in_its_own_language() -> None:
    name = api().expected.private_name
    repair = write_held_record(
        custom_server(lab("hub-spoke"), server(BIND, {}, kind="windows")), held(API_ZONE, {}), name, [RIGHT, "fd00::5"]
    )
    words = f"Add-DnsServerResourceRecord -ZoneName {API_ZONE} -Name {relative(name, API_ZONE)}"
    assert repair.command.splitlines() == [f"{words} -A -IPv4Address {RIGHT}", f"{words} -AAAA -IPv6Address fd00::5"]


def test_an_answer_that_the_zone_does_not_hold_contradicts_it() -> None:
    """Somebody changed the zone since, or the server has another one for these clients."""
    estate = hub_spoke(right())
    spoke = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
    asked = redeclared(estate, replace(estate.declared, vantages=(spoke,)))
    assert loud(judged(asked, answer(BIND, "spoke", api().expected.asked, WRONG))) == ["PED613"]


# What is left over


def left_over(name: str = f"gone.workspace.westeurope.{API_ZONE}", address: str = WRONG) -> Estate:
    return hub_spoke({**right(), name: (address,)})


def test_a_record_that_nobody_expects_and_whose_address_is_free_is_left_over() -> None:
    (finding,) = judged(left_over()).findings
    assert (finding.code, finding.level) == ("PED215", Level.NOTE)
    assert finding.violation.discriminator == f"A/gone.workspace.westeurope.{API_ZONE}"


@pytest.mark.parametrize("address", [RIGHT, "10.0.0.4", "192.0.2.7", "203.0.113.7"])
def test_an_address_that_something_has_or_that_lies_elsewhere_is_not_left_over(address: str) -> None:
    assert judged(left_over(address=address)).findings == ()


def test_interfaces_that_could_not_be_read_may_have_the_address() -> None:
    estate = left_over()
    unread = estate.with_gaps([gap("network-interface", "/subscriptions/elsewhere", Reason.FORBIDDEN)])
    judgement = judged(unread)
    assert "PED215" not in {finding.code for finding in judgement.findings}
    assert "PED215" in {item.code for item in judgement.not_evaluated}


def test_the_survey_and_the_solver_agree_about_names_in_a_zone_of_a_servers_own() -> None:
    context = context_of(hub_spoke({n: v for n, v in right().items() if n != api().expected.private_name}))
    for requirement in context.required.requirements:
        path = context.path(requirement)
        assert context.outcomes(requirement)[0] == path.outcome
