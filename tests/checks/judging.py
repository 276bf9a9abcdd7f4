"""Judgements of estates that are built in place, with answers as facts: no socket is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from checks.context import Context, make_context
from checks.finding import Finding, Level
from checks.requirements import Requirement
from checks.runner import Judgement, judge
from collectors.arm.sight import build_estate
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Declared, DeclaredClient, DeclaredServer, Site, Vantage
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.estates import required

NOW = datetime(2026, 1, 12, 8, 15, tzinfo=UTC)
BIND = "10.0.0.4"
OFFICE = "192.168.10.53"


def context_of(estate: Estate, answers: Iterable[Answer] = ()) -> Context:
    return make_context(estate, required(estate), tuple(answers), NOW)


def judged(estate: Estate, *answers: Answer) -> Judgement:
    return judge(context_of(estate, answers))


def loud(judgement: Judgement) -> list[str]:
    """The codes of errors and warnings."""
    return [finding.code for finding in judgement.findings if finding.level > Level.NOTE]


def only(judgement: Judgement, code: str) -> Finding:
    """The one error or warning there is."""
    (finding,) = [finding for finding in judgement.findings if finding.level > Level.NOTE]
    assert finding.code == code
    return finding


def requirement(estate: Estate, role: str) -> Requirement:
    """What the first client needs of a role's name."""
    return next(r for r in required(estate).requirements if r.role == role)


def answer(server: str, vantage: str, name: str, *values: str, rcode: str = "NOERROR", error: str = "") -> Answer:
    """What a server said: addresses, a response code, or with `error` nothing."""
    return Answer(
        question=Question(vantage=vantage, server=server, name=Fqdn(name)),
        asked_at=NOW,
        rcode="" if error else rcode,
        answers=tuple(Record(name=Fqdn(name), type="A", ttl=10, value=value) for value in values),
        error=error,
        tries=0 if error.startswith("not asked") else 1,
    )


def redeclared(estate: Estate, declared: Declared) -> Estate:
    """The same documents under another declaration."""
    return build_estate(estate.documents.values(), estate.gaps, declared)


def with_servers(estate: Estate, *servers: DeclaredServer) -> Estate:
    """Only these servers are declared; somebody asks them from the first spoke."""
    vantage = Vantage(name="spoke", view="vnet-spoke-1", reaches=(BIND,))
    return redeclared(estate, replace(estate.declared, servers=servers, vantages=(vantage,)))


def with_office(estate: Estate, *servers: DeclaredServer, reached: bool = True) -> Estate:
    """An office whose clients need the workspace too, its DNS servers, and somebody who asks from there."""
    declared = replace(
        estate.declared,
        servers=(*estate.declared.servers, *servers),
        sites=(Site(name="office", address_space=("192.168.0.0/16",), servers=(OFFICE,)),),
        clients=(DeclaredClient(workspace="*", sites=("office",)),),
        vantages=(Vantage(name="office", servers=(OFFICE,), reaches=(OFFICE,) if reached else ()),),
    )
    return redeclared(estate, declared)
