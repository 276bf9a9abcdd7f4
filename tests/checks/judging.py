"""Judgements of estates that are built in place, with answers as facts: no socket is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from checks.context import Context, make_context
from checks.finding import Finding, Level
from checks.requirements import Requirement
from checks.runner import Judgement, judge
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import DeclaredClient, DeclaredServer, Site, Vantage
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.estates import required

NOW = datetime(2026, 1, 12, 8, 15, tzinfo=UTC)
BIND = "10.0.0.4"
OFFICE = "192.168.10.53"
SILENT = ("", "timed out")
NOT_ASKED = ("", "not asked: the budget of 3000 questions is used up")


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


def with_vantage(estate: Estate, vantage: Vantage) -> Estate:
    declared = replace(estate.declared, vantages=(*estate.declared.vantages, vantage))
    return _declaring(estate, servers=declared.servers, sites=declared.sites, vantages=declared.vantages)


def with_servers(estate: Estate, *servers: DeclaredServer) -> Estate:
    return _declaring(estate, servers=servers)


def with_office(estate: Estate, server: DeclaredServer | None, *, reached: bool = True) -> Estate:
    """An office whose clients need the workspace too, its DNS server, and somebody who asks from there."""
    site = Site(name="office", address_space=("192.168.0.0/16",), servers=(OFFICE,))
    vantage = Vantage(name="office", servers=(OFFICE,), reaches=(OFFICE,) if reached else ())
    return _declaring(
        estate,
        servers=(*estate.declared.servers, *((server,) if server else ())),
        sites=(site,),
        clients=(DeclaredClient(workspace="*", sites=("office",)),),
        vantages=(vantage,),
    )


def _declaring(estate: Estate, **said: object) -> Estate:
    from collectors.arm.sight import build_estate

    declared = replace(estate.declared, **said)  # type: ignore[arg-type]  # fields by name
    return build_estate(estate.documents.values(), estate.gaps, declared)
