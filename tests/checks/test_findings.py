"""Findings that no change of the lab gives: each alone, in an estate or with answers made for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.lab.estate import LabEstate
from agent.lab.scenarios import PLATFORM, build
from checks.context import meets
from checks.finding import Level
from collectors.graph.declared import DeclaredServer, Vantage
from collectors.graph.documents import Document, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import (
    BIND,
    OFFICE,
    answer,
    context_of,
    judged,
    loud,
    only,
    redeclared,
    requirement,
    with_office,
    with_servers,
)
from tests.estates import estate_of, gap, lab, server

PUBLIC = "203.0.113.77"
ELSEWHERE = "10.99.0.1"
AZURE_DNS = "168.63.129.16"


def without(scenario: str, gone: Callable[[Document], bool]) -> Estate:
    """A scenario without some documents, whatever they are."""
    whole: LabEstate = build(scenario)
    return estate_of(replace(whole, documents={i: d for i, d in whole.documents.items() if not gone(d)}))


def hub() -> Estate:
    """The healthy hub and spokes, asked from the first spoke."""
    estate = lab("hub-spoke")
    return with_servers(estate, *estate.declared.servers)


# 1xx


def _is_dns_of_the_endpoint(document: Document) -> bool:
    return document.kind == "private-dns-zone-group" or (document.kind == "record-set" and "/A/" in str(document.id))


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
def test_an_endpoint_that_nobody_connected_to_dns(scenario: str) -> None:
    """Zones and links are there, but the endpoint has no zone group and nobody wrote a record: one finding."""
    estate = without(scenario, _is_dns_of_the_endpoint)
    finding = only(judged(estate), "PED102")
    assert finding.violation.subject.id == str(requirement(estate, "api").expected.endpoint)
    assert {line.name for line in finding.occurrences} == {r.name for r in context_of(estate).required.requirements}
    context = context_of(estate)
    after = context.after(*finding.violation.changes)
    assert all(meets(after.path(r).outcome, r.acceptable) for r in context.required.requirements)
    commands = [repair.command for repair in finding.violation.repairs if repair.command]
    assert len(commands) == 1
    assert commands[0].count("az network private-endpoint dns-zone-group") == 2  # one for each zone


def test_records_by_hand_are_not_an_endpoint_without_dns() -> None:
    """Without a zone group everything may still be right."""
    estate = without("azure-dns", lambda document: document.kind == "private-dns-zone-group")
    assert loud(judged(estate)) == []


def test_one_missing_record_by_hand_is_a_missing_record() -> None:
    """Somebody keeps the records by hand and forgot one."""
    estate = without(
        "azure-dns",
        lambda d: d.kind == "private-dns-zone-group" or (d.kind == "record-set" and d.id.name.endswith(".cert")),
    )
    assert loud(judged(estate)) == ["PED203"]


# 3xx


def test_a_server_that_nothing_explains() -> None:
    """The networks ask an address that no interface holds and nobody declared: told once, names undetermined."""
    bare = without("hub-spoke", lambda document: document.id.name == "nic-bind-1")
    estate = redeclared(bare, replace(bare.declared, servers=()))
    made = judged(estate)
    finding = only(made, "PED302")
    assert finding.level is Level.WARNING
    assert finding.violation.subject.id.startswith(f"server:{BIND}@")
    assert f"DNS server {BIND} of vnet-spoke-" in finding.violation.text
    assert len(finding.clients) == 2
    assert len(made.undetermined) == 4


def test_a_server_outside_every_network_is_told_once_per_component() -> None:
    """Two peered spokes list the same address on the premises: that is one server."""
    whole = build("hub-spoke")
    documents = {id: _asking(document, OFFICE) for id, document in whole.documents.items()}
    estate = estate_of(replace(whole, documents=documents, declared=()))
    assert len(only(judged(estate), "PED302").clients) == 2


def _asking(document: Document, address: str) -> Document:
    """A network whose custom server is another one."""
    if document.kind != "virtual-network" or not document.body["properties"].get("dhcpOptions", {}).get("dnsServers"):
        return document
    body = dict(document.body)
    body["properties"] = body["properties"] | {"dhcpOptions": {"dnsServers": [address]}}
    return replace(document, body=body)


@pytest.mark.parametrize("declared", [True, False])
def test_a_server_that_is_declared_or_visible_is_not_unknown(declared: bool) -> None:
    """What it forwards may be a secret, but not who it is."""
    estate = lab("hub-spoke")
    servers = tuple(replace(s, forwards=None) for s in estate.declared.servers) if declared else ()
    made = judged(redeclared(estate, replace(estate.declared, servers=servers)))
    assert loud(made) == []
    assert len(made.undetermined) == 4


# 5xx: what no repair of ours would mend


def test_a_public_answer_without_a_cause() -> None:
    """The office's server asks the internet, and there is nothing that it could forward to."""
    estate = with_office(lab("azure-dns"), server(OFFICE, {}, site="office"))
    made = judged(estate)
    assert set(loud(made)) == {"PED501"}
    assert {f.clients for f in made.findings} == {("site:office",)}
    assert sorted(name for f in made.findings for name in f.names) == sorted(
        {r.name for r in context_of(estate).required.requirements}
    )
    assert all("gives public instead of 10.1.0." in f.violation.text for f in made.findings)


def test_a_name_that_does_not_resolve_without_a_cause() -> None:
    """A server that forwards to itself: a loop is no answer."""
    made = judged(with_servers(lab("hub-spoke"), server(BIND, {"": BIND}, network="vnet-hub")))
    assert set(loud(made)) == {"PED502"}
    assert len(made.findings) == 4
    assert all("gives loop instead of" in f.violation.text for f in made.findings)


def test_a_wrong_address_without_a_cause() -> None:
    """The server holds an alias of its own for one name; where that leads belongs to others."""
    (bind,) = lab("hub-spoke").declared.servers
    name = requirement(lab("hub-spoke"), "api").name
    own = replace(bind, records={Fqdn(name): ("theirs.corp.example",), Fqdn("theirs.corp.example"): (ELSEWHERE,)})
    finding = only(judged(with_servers(lab("hub-spoke"), own)), "PED503")
    assert (finding.violation.subject.id, finding.names) == (f"dns:{name}", (name,))
    assert f"gives {ELSEWHERE} instead of 10.1.0.5" in finding.violation.text
    assert finding.violation.path is not None
    assert finding.violation.path.last.decided_by is not None
    assert finding.violation.path.last.decided_by.type == "server"


# 6xx: answers


def office(*, reached: bool = True) -> Estate:
    """Only an office needs the names, and nobody says what its server forwards."""
    return with_office(lab("azure-dns"), DeclaredServer(address=OFFICE, site="office"), reached=reached)


@pytest.mark.parametrize(
    ("code", "values", "rcode", "told"),
    [
        ("PED601", (PUBLIC,), "NOERROR", "a public address"),
        ("PED602", (), "NXDOMAIN", "no address"),
        ("PED602", (), "NOERROR", "no address"),
        ("PED603", (ELSEWHERE,), "NOERROR", "another private address"),
    ],
)
def test_an_opaque_server_that_answers_wrongly(code: str, values: tuple[str, ...], rcode: str, told: str) -> None:
    """The symptom, because two causes remain: the server, or the zone behind it."""
    estate = office()
    name = requirement(estate, "api").name
    made = judged(estate, answer(OFFICE, "office", name, *values, rcode=rcode))
    finding = only(made, code)
    assert (finding.violation.subject.id, finding.level) == (f"dns:{name}", Level.ERROR)
    assert f"{OFFICE} answers {told} for {name}" in finding.violation.text
    assert finding.names == (name,)
    assert finding.clients == ("site:office",)
    (proof,) = finding.proofs
    assert (proof.vantage, proof.server) == ("office", OFFICE)
    assert len(made.undetermined) == 3  # the other names were not asked


def test_the_private_link_form_of_a_name_is_no_second_symptom() -> None:
    """It is asked for proof; where clients get something else for the name itself, it is told alone."""
    estate = office()
    record = requirement(estate, "api").expected
    wrong, proof = (answer(OFFICE, "office", name, PUBLIC) for name in (record.asked, record.asked_private))
    assert only(judged(estate, wrong, proof), "PED601").violation.subject.id == f"dns:{record.asked}"
    right = answer(OFFICE, "office", record.asked, *record.addresses)
    assert only(judged(estate, right, proof), "PED601").violation.subject.id == f"dns:{record.asked_private}"


def test_answers_of_an_opaque_server_that_are_right_are_enough() -> None:
    """Observed is better than simulated."""
    estate = office()
    asked = {r.expected.asked: r.acceptable for r in context_of(estate).required.requirements}
    made = judged(estate, *(answer(OFFICE, "office", name, *right) for name, right in asked.items()))
    assert (loud(made), made.undetermined) == ([], ())


@pytest.mark.parametrize("values", [(PUBLIC,), (ELSEWHERE,), ()])
def test_answers_from_a_vantage_that_need_not_reach_the_server_only_inform(values: tuple[str, ...]) -> None:
    """Somebody else may stand at that address: names stay undetermined."""
    estate = office(reached=False)
    made = judged(estate, answer(OFFICE, "office", requirement(estate, "api").name, *values))
    assert loud(made) == []
    assert len(made.undetermined) == 4


def test_an_opaque_server_in_a_network_that_sends_everything_to_the_internet() -> None:
    """Where Azure DNS is next door the missing forwarder is more than a symptom."""
    estate = with_servers(lab("hub-spoke"), DeclaredServer(address=BIND, network="vnet-hub"))
    asked = sorted({r.expected.asked for r in context_of(estate).required.requirements})
    made = judged(estate, *(answer(BIND, "spoke", name, PUBLIC) for name in asked))
    assert set(loud(made)) == {"PED305"}


def test_a_server_that_cannot_resolve() -> None:
    """SERVFAIL for one name."""
    name = requirement(hub(), "api").name
    finding = only(judged(hub(), answer(BIND, "spoke", name, rcode="SERVFAIL")), "PED605")
    assert finding.violation.subject.id.startswith(f"server:{BIND}@")
    assert f"{BIND} answers SERVFAIL" in finding.violation.text
    assert finding.names == (name,)


@pytest.mark.parametrize("error", ["timed out", "connection refused", "malformed"])
def test_a_server_that_says_nothing(error: str) -> None:
    """All questions from one vantage went unanswered."""
    answers = [answer(BIND, "spoke", requirement(hub(), role).name, error=error) for role in ("api", "cert")]
    finding = only(judged(hub(), *answers), "PED608")
    assert finding.violation.text == f"DNS server {BIND} does not answer"
    assert len(finding.names) == 2


def test_a_server_that_was_not_asked_is_not_silent() -> None:
    """Our own budget says nothing of a server."""
    name = requirement(hub(), "api").name
    made = judged(hub(), answer(BIND, "spoke", name, error="not asked: the budget of 3000 questions is used up"))
    assert loud(made) == []


def test_silence_where_nobody_need_answer_is_no_finding() -> None:
    estate = office(reached=False)
    made = judged(estate, answer(OFFICE, "office", requirement(estate, "api").name, error="timed out"))
    assert loud(made) == []
    assert len(made.undetermined) == 4


def test_a_server_that_refuses() -> None:
    """REFUSED, from where it should serve."""
    name = requirement(hub(), "api").name
    finding = only(judged(hub(), answer(BIND, "spoke", name, rcode="REFUSED")), "PED609")
    assert finding.violation.text == f"DNS server {BIND} refuses to answer"
    assert finding.names == (name,)


@pytest.mark.parametrize(("values", "rcode"), [((ELSEWHERE,), "NOERROR"), ((), "NXDOMAIN"), ((), "NOERROR")])
def test_an_answer_that_nothing_explains(values: tuple[str, ...], rcode: str) -> None:
    """Everything visible is right, no forwarder explains it, and a required client fails: an error."""
    name = requirement(hub(), "api").name
    finding = only(judged(hub(), answer(BIND, "spoke", name, *values, rcode=rcode)), "PED613")
    assert finding.level is Level.ERROR
    said = ", ".join(values) or rcode
    assert finding.violation.text == f"{BIND} answers {said} for {name}, its configuration says 10.1.0.5"
    (line, *_) = finding.occurrences
    assert line.simulated is not None
    assert line.observed is not None
    assert (line.simulated.addresses, line.observed.addresses) == (("10.1.0.5",), values)


def test_both_forms_of_a_contradicting_name_are_one_finding() -> None:
    """The public and the private-link form of a name fail together."""
    record = requirement(hub(), "api").expected
    answers = [answer(BIND, "spoke", name, ELSEWHERE) for name in (record.asked, record.asked_private)]
    assert loud(judged(hub(), *answers)) == ["PED613"]


def test_an_answer_that_is_better_than_the_configuration_is_a_warning() -> None:
    """The zone is not linked as far as one can see, and yet the answer is right: a warning beside the error."""
    broken = lab("hub-spoke", "zone-unlinked")
    estate = with_servers(broken, *broken.declared.servers)
    name = requirement(estate, "api").name
    made = judged(estate, answer(BIND, "spoke", name, "10.1.0.5"))
    assert [(f.code, f.level) for f in made.findings] == [("PED202", Level.ERROR), ("PED613", Level.WARNING)]


def test_azure_dns_itself_may_contradict_what_is_read() -> None:
    """Asked from inside the network, 168.63.129.16 denies a name whose record is there."""
    estate = lab("azure-dns")
    vantage = Vantage(name="ml", view="vnet-ml")
    estate = redeclared(estate, replace(estate.declared, vantages=(vantage,)))
    name = requirement(estate, "api").name
    finding = only(judged(estate, answer(AZURE_DNS, "ml", name, rcode="NXDOMAIN")), "PED613")
    assert finding.violation.subject.id == f"server:{AZURE_DNS}@{_network(estate, 'vnet-ml')}"
    assert {client.rpartition("/")[2] for client in finding.clients} == {"vnet-ml"}


def _network(estate: Estate, name: str) -> str:
    (network,) = estate.find_networks(name)
    return network.id.text


# 9xx: what was not read


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.FORBIDDEN, "PED901"),
        (Reason.THROTTLED, "PED902"),
        (Reason.MALFORMED, "PED904"),
        (Reason.TIMED_OUT, "PED908"),
        (Reason.FAILED, "PED908"),
        (Reason.REFUSED, "PED908"),
        (Reason.NOT_FOUND, "PED908"),
    ],
)
def test_what_was_not_read_is_told_with_its_reason(reason: Reason, code: str) -> None:
    """A warning that names the scope, and the checks that it blinds are not evaluated."""
    scope = f"/subscriptions/{PLATFORM}"
    estate = estate_of(build("azure-dns"), gap("zone-link", scope, reason), without=("zone-link",))
    made = judged(estate)
    finding = only(made, code)
    assert (finding.violation.subject.id, finding.level) == (f"scope:{scope}", Level.WARNING)
    assert "the test hides it" in finding.violation.cause
    assert "PED202" in {item.code for item in made.not_evaluated}
    assert len([item for item in made.not_evaluated if item.subject.type == "name"]) == 4


def test_a_resource_of_an_unknown_shape_is_told_and_not_taken_for_missing() -> None:
    """A record set whose addresses are a text: it is there, whatever it says."""
    whole = build("azure-dns")
    (strange,) = [d for d in whole.documents.values() if d.kind == "record-set" and d.id.name.endswith(".cert")]
    body = dict(strange.body)
    body["properties"] = body["properties"] | {"aRecords": "10.1.0.5"}
    made = judged(estate_of(replace(whole, documents={**whole.documents, strange.id: replace(strange, body=body)})))
    finding = only(made, "PED904")
    assert finding.violation.subject.id == f"scope:{strange.id}"
    assert "PED203" in {item.code for item in made.not_evaluated}
