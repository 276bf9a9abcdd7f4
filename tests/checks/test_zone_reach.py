"""How far zones reach: networks that would not get the names of endpoints, and names of others that zones deny."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from agent.closure import closure_of
from agent.lab import builders as b
from checks.finding import Finding, Level
from checks.questions import next_questions
from checks.requirements import Scope
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Declared, Vantage
from collectors.graph.documents import Document, Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.checks.judging import NOW, context_of, judged, loud
from tests.estates import GROUP, OTHER_GROUP, gap, machine, network, nid, server, small_estate, zone

VAULTS = "privatelink.vaultcore.azure.net"
HOME, OTHER, THIRD = "10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"


def vault(name: str, where: str, address: str, endpoint: str = "") -> list[Document]:
    """A vault behind an endpoint in a network."""
    own, subnet = endpoint or f"pe-{name}", f"{nid(where)}/subnets/default"
    members = [b.Member(name="default", address=address, fqdns=(f"{name}.vault.azure.net",))]
    return [
        b.private_endpoint(GROUP, own, subnet, b.key_vault_id(GROUP, name), "vault"),
        b.endpoint_interface(GROUP, own, subnet, members, "vault"),
    ]


def estate(*more: Any, links: Iterable[str] = ("home",), servers: tuple[Any, ...] = (), **said: Any) -> Estate:
    """A vault in the network `home`, peered with `other`; the zone is linked to `home` unless told otherwise."""
    return small_estate(
        network("home", HOME, peers={"other": OTHER}),
        network("other", OTHER, *said.pop("asks", ()), peers={"home": HOME}),
        *vault("kv", "home", "10.0.0.4"),
        zone(VAULTS, {"A/kv": ["10.0.0.4"]}, *links),
        *more,
        servers=servers,
        **said,
    )


def told(estate: Estate) -> list[Finding]:
    return [finding for finding in judged(estate).findings if finding.code == "PED220"]


def test_a_network_that_merely_reaches_the_endpoint_is_noted() -> None:
    (finding,) = told(estate())
    assert finding.level is Level.NOTE
    assert (finding.violation.subject.id, finding.violation.discriminator) == (f"dns:{VAULTS}", nid("home").text)
    assert finding.clients == (nid("other").text,)
    assert finding.violation.text == f"other can reach endpoints in home, but not by names in {VAULTS}"
    assert finding.violation.cause == "Asked for kv.vault.azure.net there, DNS gives public instead of 10.0.0.4."


def test_a_network_with_machines_is_a_warning() -> None:
    """The interfaces of endpoints are nobody's machines, whichever side tells whose they are."""
    (warned,) = told(estate(machine("nic", "other", "10.1.0.9")))
    assert warned.level is Level.WARNING
    (noted,) = told(estate(vault("second", "other", "10.1.0.4")))
    assert noted.level is Level.NOTE


def test_a_linked_network_gets_the_name_and_a_lonely_one_needs_none() -> None:
    assert told(estate(links=("home", "other"))) == []
    assert told(estate(network("lonely", THIRD), machine("nic", "lonely", "10.2.0.9"), links=("home", "other"))) == []


def test_the_network_in_which_a_dns_server_stands_is_a_hop() -> None:
    """The server knows the name by itself; its network's own DNS is nobody's."""
    own = server("10.2.0.53", {}, network="third", records={"kv.vault.azure.net": ("10.0.0.4",)})
    third = network("third", THIRD, peers={"home": HOME})
    peered = [third, machine("bind", "third", "10.2.0.53")]
    with_server = small_estate(
        network("home", HOME, "10.2.0.53", peers={"third": THIRD}), *peered, *vault("kv", "home", "10.0.0.4"),
        servers=(own,),
    )  # fmt: skip
    assert told(with_server) == []


def test_where_required_clients_fail_the_zone_is_told_and_not_who_else_would() -> None:
    assert told(estate(links=())) == []
    assert loud(judged(estate(links=()))) == ["PED202"]


def test_a_server_that_nobody_described_is_not_held_against_a_network() -> None:
    assert told(estate(asks=("10.1.0.53",), servers=(server("10.1.0.53", None, network="other"),))) == []


def test_zones_that_were_not_read_hide_what_a_network_gets() -> None:
    hidden: tuple[Gap, ...] = (gap("private-dns-zone", f"/subscriptions/{GROUP.subscription}"),)
    assert told(estate(gaps=hidden)) == []


def test_any_endpoint_of_the_service_that_a_network_reaches_will_do() -> None:
    """Each network has an endpoint and a copy of the zone; a third one is linked to the second's."""
    copy = zone(VAULTS, {"A/kv": ["10.1.0.4"]}, "other", "third", group=OTHER_GROUP)
    both = small_estate(
        network("home", HOME, peers={"other": OTHER}),
        network("other", OTHER, peers={"home": HOME, "third": THIRD}),
        network("third", THIRD, peers={"other": OTHER}),
        *vault("kv", "home", "10.0.0.4", "pe-1"),
        *vault("kv", "other", "10.1.0.4", "pe-2"),
        zone(VAULTS, {"A/kv": ["10.0.0.4"]}, "home"),
        copy,
    )
    assert told(both) == []


def test_many_networks_and_vaults_are_one_finding_for_each_network_of_endpoints() -> None:
    """Ten networks that reach twenty vaults in two networks."""
    spokes = {f"spoke-{number}": f"10.{number + 10}.0.0/16" for number in range(10)}
    vaults = [
        document
        for number in range(20)
        for document in vault(f"kv{number}", ("home", "other")[number % 2], f"10.{number % 2}.0.{number + 10}")
    ]
    records = {f"A/kv{number}": [f"10.{number % 2}.0.{number + 10}"] for number in range(20)}
    made = small_estate(
        network("home", HOME, peers={"other": OTHER, **spokes}),
        network("other", OTHER, peers={"home": HOME}),
        [network(name, prefix, peers={"home": HOME}) for name, prefix in spokes.items()],
        vaults,
        zone(VAULTS, records, "home", "other"),
    )
    found = told(made)
    assert {finding.violation.discriminator for finding in found} == {nid("home").text, nid("other").text}
    assert all(len(finding.clients) == 10 and len(finding.occurrences) == 10 for finding in found)
    assert all("spoke-0, spoke-1, spoke-2 and 7 more can reach" in finding.violation.text for finding in found)


FOREIGN = "supplier.vault.azure.net"
ALIAS = f"supplier.{VAULTS}"
RESOLVER = "9.9.9.9"


def foreign(*names: str, fallback: bool = False, links: Iterable[str] = ("home",), held: Any = None) -> Estate:
    """A vault of our own in `home`; the configuration says that its clients use names of others."""
    said = Declared(foreign=tuple(map(Fqdn, names)), public_resolvers=(RESOLVER,), vantages=(Vantage(name="here"),))
    return small_estate(
        network("home", HOME),
        network("other", OTHER),
        vault("kv", "home", "10.0.0.4"),
        vault("kv2", "other", "10.1.0.4"),
        zone(VAULTS, held or {"A/kv": ["10.0.0.4"], "A/kv2": ["10.1.0.4"]}, *links, fallback=fallback),
        declared=said,
    )


def public(name: str, *values: str, alias: str = "", server: str = RESOLVER) -> Answer:
    """What a public resolver says of a name."""
    end = alias or name
    answers = [Record(name=Fqdn(end), type="A", ttl=60, value=value) for value in values]
    answers += [Record(name=Fqdn(name), type="CNAME", ttl=60, value=alias)] if alias else []
    question = Question(vantage="here", server=server, name=Fqdn(name))
    rcode = "NOERROR" if answers else "NXDOMAIN"
    return Answer(question=question, asked_at=NOW, rcode=rcode, answers=tuple(answers))


KNOWN = public(FOREIGN, "203.0.113.9", alias=ALIAS)


def denied(estate: Estate, *answers: Answer) -> list[Finding]:
    return [finding for finding in judged(estate, *answers).findings if finding.code == "PED213"]


def test_a_name_of_others_that_a_linked_zone_denies_is_told_with_fallback_as_its_repair() -> None:
    made = foreign(FOREIGN)
    (finding,) = denied(made, KNOWN)
    assert finding.level is Level.WARNING
    assert (finding.violation.subject.name, finding.violation.discriminator) == (VAULTS, FOREIGN)
    assert finding.clients == (nid("home").text,)
    assert "NxDomainRedirect" in finding.violation.repairs[0].command
    assert denied(made.with_changes(*finding.violation.changes), KNOWN) == []


def test_every_link_that_denies_the_name_is_repaired() -> None:
    (finding,) = denied(foreign(FOREIGN, links=("home", "other")), KNOWN)
    assert finding.clients == (nid("home").text, nid("other").text)
    assert len(finding.violation.repairs) == 2


def test_a_name_that_somebody_asked_for_counts_without_being_declared() -> None:
    assert len(denied(foreign(), KNOWN)) == 1


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (public(FOREIGN),),
        (public(FOREIGN, "203.0.113.9"),),
        (public(FOREIGN, alias=ALIAS),),
        (public(FOREIGN, "10.0.0.9", alias=ALIAS),),
        (public(FOREIGN, "203.0.113.9", alias=ALIAS, server="10.0.0.53"),),
    ],
    ids=["unasked", "unknown", "no alias", "no address", "private address", "no public resolver"],
)
def test_what_public_dns_does_not_lead_to_a_public_address_is_nobodys(answers: tuple[Answer, ...]) -> None:
    assert denied(foreign(FOREIGN), *answers) == []


def test_a_zone_that_falls_back_or_is_not_linked_denies_nothing() -> None:
    assert denied(foreign(FOREIGN, fallback=True), KNOWN) == []
    assert denied(foreign(FOREIGN, links=()), KNOWN) == []


def test_a_record_of_ones_own_that_is_missing_is_no_name_of_others() -> None:
    """102 tells of it by itself, and fallback is no repair of it."""
    own = public("kv.vault.azure.net", "203.0.113.7", alias=f"kv.{VAULTS}")
    made = foreign("kv.vault.azure.net", FOREIGN, held={"A/kv2": ["10.1.0.4"]}, links=("home", "other"))
    findings = judged(made, own, KNOWN).findings
    (missing,) = [finding for finding in findings if finding.level is Level.ERROR]
    (foreign_name,) = [finding for finding in findings if finding.code == "PED213"]
    assert foreign_name.violation.discriminator == FOREIGN
    assert foreign_name.level is Level.WARNING
    assert missing.code == "PED102"
    assert foreign_name.fingerprint not in missing.masks


def test_a_zone_over_the_public_suffix_is_told_as_such() -> None:
    """210 without 213: there is no fallback for zones that are no private-link zones."""
    made = small_estate(
        network("home", HOME),
        vault("kv", "home", "10.0.0.4"),
        zone(VAULTS, {"A/kv": ["10.0.0.4"]}, "home"),
        zone("vault.azure.net", {"A/kv": ["10.0.0.4"]}, "home"),
        declared=Declared(foreign=(Fqdn(FOREIGN),), public_resolvers=(RESOLVER,)),
    )
    assert loud(judged(made, KNOWN)) == ["PED210"]


def test_names_of_others_are_asked_of_a_public_resolver_and_read_with_a_workspaces() -> None:
    """`--workspace` must not leave out the zone that denies them."""
    made = foreign(FOREIGN)
    assert public(FOREIGN).question in next_questions(context_of(made), ())
    closure = closure_of(Scope(workspaces=("mlw",)), made.declared)
    assert {FOREIGN, ALIAS} <= set(closure.names(()))
