"""Which connections are tried, and what follows from one that is not accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.gaps import connection_gaps
from checks.attempts import next_attempts
from checks.context import Context
from checks.finding import Finding, Level
from checks.runner import judge
from collectors.graph.connections import Connection
from collectors.graph.declared import Vantage
from collectors.graph.documents import Reason
from collectors.graph.ids import Fqdn
from tests.checks.judging import BIND, NOW, answer, context_of, redeclared
from tests.estates import lab

SPOKE = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
API = "10.1.0.5"


def context(*vantages: Vantage, estate: str = "hub-spoke", breaks: tuple[str, ...] = ()) -> Context:
    it = lab(estate, *breaks)
    return context_of(redeclared(it, replace(it.declared, vantages=vantages or (SPOKE,))))


def after(of: Context, error: str, *, accepted: bool = False, names: tuple[str, ...] = (), only: str = API) -> Context:
    """Every wanted connection with one result, or those to one address with it and the others well."""
    connections = []
    for attempt in next_attempts(of):
        well = Connection(attempt=attempt, tried_at=NOW, accepted=True, names=(attempt.name,))
        told = Connection(attempt=attempt, tried_at=NOW, accepted=accepted, names=names, error=error)
        connections.append(told if attempt.address == only else well)
    return replace(of, connections=tuple(connections))


def findings(of: Context) -> list[Finding]:
    return [finding for finding in judge(of).findings if finding.level > Level.NOTE]


def test_right_addresses_of_required_names_are_tried_from_the_clients_own_network() -> None:
    tried = next_attempts(context())
    assert {attempt.vantage for attempt in tried} == {"spoke"}
    assert {attempt.address for attempt in tried} == {API, "10.1.0.6", "10.1.0.7"}
    assert not any(attempt.name.startswith("*") for attempt in tried)
    assert list(tried) == sorted(tried)


def test_from_elsewhere_nothing_is_tried() -> None:
    """The hub is no client, and without a view nobody knows where we stand."""
    assert next_attempts(context(Vantage(name="hub", view="vnet-hub"), Vantage(name="here"))) == ()


def test_an_endpoint_that_is_not_approved_is_not_tried() -> None:
    assert next_attempts(context(breaks=("connection-pending",))) == ()


def test_an_address_that_accepts_no_connection_is_told() -> None:
    (finding,) = findings(after(context(), "over TCP: timed out"))
    assert (finding.code, finding.level) == ("PED616", Level.WARNING)
    assert finding.violation.discriminator == f"{API} spoke"
    assert finding.violation.text.startswith(f"{API} of ")
    assert "over TCP: timed out" in finding.violation.cause
    assert {line.client.rpartition("/")[2] for line in finding.occurrences} == {"vnet-spoke-1", "vnet-spoke-2"}


def test_one_name_that_is_accepted_acquits_the_address() -> None:
    of = after(context(), "over TCP: timed out")
    first = next(c for c in of.connections if c.attempt.address == API)
    rest = tuple(c for c in of.connections if c is not first)
    assert findings(replace(of, connections=(replace(first, accepted=True, error=""), *rest))) == []


@pytest.mark.parametrize("error", ["not tried: the 60 seconds for all connections are over"])
def test_what_was_not_tried_is_a_gap_and_no_finding(error: str) -> None:
    of = after(context(), error)
    assert findings(of) == []
    assert {(gap.kind, gap.reason) for gap in connection_gaps(of)} == {("connection", Reason.NOT_ASKED)}


def test_where_dns_is_wrong_the_port_is_not_the_matter() -> None:
    of = after(context(breaks=("zone-unlinked",)), "over TCP: timed out")
    assert "PED616" not in {finding.code for finding in findings(of)}
    estate = context().estate
    name = next(attempt.name for attempt in next_attempts(context()) if attempt.address == API)
    answers = [answer(BIND, "spoke", n, "203.0.113.9") for n in {a.name for a in next_attempts(context())}]
    assert name in {a.question.name for a in answers}
    assert "PED616" not in {f.code for f in findings(after(context_of(estate, answers), "over TCP: timed out"))}


def test_a_certificate_for_somebody_else_is_a_gap() -> None:
    of = after(context(), "", accepted=True, names=("proxy.corp.test",))
    assert findings(of) == []
    gaps = connection_gaps(of)
    assert {(gap.scope, gap.reason) for gap in gaps} == {(f"{API} from spoke", Reason.FOREIGN)}
    assert all("the certificate is for proxy.corp.test: a proxy that inspects traffic" in gap.detail for gap in gaps)


def test_a_certificate_for_the_private_link_name_is_the_endpoints() -> None:
    names = (
        "*.workspace.westeurope.privatelink.api.azureml.ms",
        "*.workspace.westeurope.cert.privatelink.api.azureml.ms",
    )
    assert connection_gaps(after(context(), "", accepted=True, names=names)) == ()


def test_a_handshake_that_fails_is_a_gap() -> None:
    gaps = connection_gaps(after(context(), "the handshake failed: timed out", accepted=True))
    assert {gap.reason for gap in gaps} == {Reason.FAILED}


def test_databases_listen_elsewhere() -> None:
    of = context()
    records = tuple(
        replace(r, why=tuple(replace(record, zone=Fqdn("privatelink.database.windows.net")) for record in r.why))
        for r in of.required.requirements
    )
    assert next_attempts(replace(of, required=replace(of.required, requirements=records))) == ()
