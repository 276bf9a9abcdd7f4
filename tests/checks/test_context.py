"""What answers mean: public aliases, observations, and whether the model and the world agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.lab.scenarios import build
from checks.context import (
    Context,
    PublicAliases,
    agrees,
    make_context,
    make_solver,
    meets,
    place_from,
    public_aliases,
    public_names,
    seen,
)
from checks.resolution.path import Addresses, DeadEnd, NoData, NxDomain, Opaque, Outcome, Public
from checks.resolution.places import AzureDns, CustomServer, Silent
from checks.resolution.rules import PUBLIC_CHAIN_FROM_TABLE
from collectors.arm.sight import build_estate
from collectors.graph.answers import Answer, Question, Record
from collectors.graph.declared import Vantage
from collectors.graph.estate import Estate
from collectors.graph.ids import Fqdn
from tests.estates import AZURE_DNS, OTHER_GROUP, estate_of, network, nid, required, small_estate

NOW = datetime(2026, 1, 12, tzinfo=UTC)
PUBLIC = "198.51.100.53"
BIND = "10.0.0.4"
API = "5eed0001-0000-4000-8000-00000000f0a1.workspace.westeurope.api.azureml.ms"
PRIVATE = API.replace(".api.", ".privatelink.api.")


def estate(*breaks: str, **declared: Any) -> Estate:
    """The hub and its spokes with a public resolver, and other things declared."""
    found = estate_of(build("hub-spoke", breaks))
    spoken = replace(found.declared, **({"public_resolvers": (PUBLIC,)} | declared))
    return build_estate(found.documents.values(), (), spoken)


def chains(it: Estate, known: PublicAliases) -> dict[Fqdn, Fqdn]:
    """The aliases of the api name that a solver follows."""
    path = make_solver(it, known).at(AzureDns(nid("anywhere")), Fqdn(API))
    return dict(zip((Fqdn(API), *path.chain), path.chain, strict=False))


def answer(
    *records: tuple[str, str, str], rcode: str = "NOERROR", server: str = PUBLIC, name: str = API, **more: Any
) -> Answer:
    made = Answer(
        question=Question(vantage="here", server=server, name=Fqdn(name)),
        asked_at=NOW,
        rcode=rcode,
        answers=tuple(Record(name=Fqdn(n), type=t, ttl=1, value=v) for n, t, v in records),
    )
    return replace(made, **more)


def aliases(it: Estate, *answers: Answer) -> PublicAliases:
    return public_aliases(it, required(it), answers, public_names(it))


# Public aliases


def test_an_alias_that_a_public_resolver_gave_is_seen() -> None:
    found = aliases(
        estate(), answer((API, "CNAME", PRIVATE), (PRIVATE, "CNAME", "end.net"), ("end.net", "A", "20.1.2.3"))
    )
    assert found == PublicAliases(seen={Fqdn(API): Fqdn(PRIVATE)}, resolved=frozenset({Fqdn(API)}))


def test_a_name_that_is_public_without_an_alias_is_denied() -> None:
    found = aliases(estate(), answer((API, "A", "20.1.2.3")))
    assert found == PublicAliases(denied=frozenset({Fqdn(API)}))
    assert chains(estate(), found) == {}
    assert chains(estate(), PublicAliases()) == {API: PRIVATE}


def test_an_alias_seen_once_outweighs_a_denial() -> None:
    found = aliases(estate(), answer((API, "CNAME", PRIVATE)), answer((API, "A", "20.1.2.3")))
    assert (list(found.seen), found.denied) == ([API], frozenset())


@pytest.mark.parametrize(
    "said",
    [
        answer(rcode="", error="timed out"),
        answer((API, "A", "10.1.0.5")),
        answer(),
        answer((API, "CNAME", PRIVATE), server=BIND),
        answer(("x.example.com", "A", "20.1.2.3"), name="x.example.com"),
    ],
)
def test_other_answers_say_nothing_about_public_aliases(said: Answer) -> None:
    assert aliases(estate(), said) == PublicAliases()


def test_a_resolver_that_a_client_asks_is_no_public_one() -> None:
    it = estate(public_resolvers=(BIND,))
    assert aliases(it, answer((API, "CNAME", PRIVATE), server=BIND)) == PublicAliases()


def test_a_pending_endpoint_has_no_alias_to_deny_or_assume() -> None:
    it = estate("connection-pending")
    assert aliases(it, answer((API, "A", "20.1.2.3"))) == PublicAliases()
    assert chains(it, PublicAliases()) == {}


def test_the_assumption_about_public_aliases_can_be_switched_off() -> None:
    it = estate(assumptions={PUBLIC_CHAIN_FROM_TABLE.name: False})
    assert chains(it, PublicAliases()) == {}
    seen_one = PublicAliases(seen={Fqdn(API): Fqdn(PRIVATE)})
    assert chains(it, seen_one) == seen_one.seen


def test_the_order_in_which_answers_came_means_nothing() -> None:
    it = estate()
    first = answer((API, "CNAME", "old.net"))
    second = replace(answer((API, "CNAME", PRIVATE)), asked_at=NOW + timedelta(seconds=1))
    for answers in ([first, second], [second, first]):
        assert make_context(it, required(it), answers, NOW).aliases.seen == {API: PRIVATE}


# What was seen


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (answer(rcode="NXDOMAIN"), NxDomain()),
        (answer(), NoData()),
        (answer((API, "AAAA", "fd00::1")), NoData()),
        (answer((API, "A", "20.1.2.3"), (API, "A", "20.1.2.4")), Public()),
        (answer((API, "A", "20.1.2.3"), (API, "A", "10.1.0.5")), Addresses(("10.1.0.5", "20.1.2.3"))),
        (answer((API, "CNAME", PRIVATE), (PRIVATE, "A", "10.1.0.5")), Addresses(("10.1.0.5",))),
        (answer((API, "A", "0.0.0.0")), Addresses(("0.0.0.0",))),
        (answer(rcode="SERVFAIL"), None),
        (answer(rcode="REFUSED"), None),
        (answer(rcode="", error="timed out"), None),
    ],
)
def test_what_an_answer_amounts_to(said: Answer, outcome: Outcome | None) -> None:
    assert seen(estate(), said) == outcome


TEN, ELEVEN = Addresses(("10.0.0.1", "10.0.0.2")), Addresses(("10.0.0.2", "10.0.0.1"))


@pytest.mark.parametrize(
    ("simulated", "observed", "same"),
    [
        (TEN, ELEVEN, True),
        (TEN, Addresses(("10.0.0.1",)), False),
        (TEN, Public(), False),
        (Public(), Public(), True),
        (Public(), NxDomain(), True),
        (Public(), NoData(), True),
        (Public(), TEN, False),
        (NxDomain(), NxDomain(), True),
        (NxDomain(), NoData(), False),
        (NoData(), NoData(), True),
        (DeadEnd("x"), NxDomain(), False),
        (Opaque("x"), TEN, False),
    ],
)
def test_an_observation_agrees_with_what_the_model_predicts(simulated: Outcome, observed: Outcome, same: bool) -> None:
    assert agrees(simulated, observed) is same


@pytest.mark.parametrize(
    ("outcome", "met"),
    [
        (Addresses(("10.0.0.1",)), True),
        (TEN, True),
        (Addresses(("10.0.0.1", "10.0.0.9")), False),
        (Addresses(()), False),
        (Public(), False),
        (Opaque("x"), False),
    ],
)
def test_only_acceptable_addresses_and_no_others_meet_a_requirement(outcome: Outcome, met: bool) -> None:
    assert meets(outcome, ("10.0.0.1", "10.0.0.2")) is met


# Where it was asked


def test_a_server_is_seen_from_the_network_of_the_vantage() -> None:
    it = estate()
    hub = it.find_networks("vnet-hub")[0].id
    assert place_from(it, Vantage(name="v", view="vnet-hub"), AZURE_DNS) == AzureDns(hub)
    assert isinstance(place_from(it, Vantage(name="v", view="vnet-spoke-1"), BIND), CustomServer)


@pytest.mark.parametrize("view", ["", "nowhere", "hub"])
def test_a_vantage_without_one_network_is_outside(view: str) -> None:
    twice = small_estate(network("hub"), network("hub", group=OTHER_GROUP))
    assert isinstance(place_from(twice, Vantage(name="v", view=view), AZURE_DNS), Silent)
    assert place_from(twice, Vantage(name="v", view=str(nid("hub"))), AZURE_DNS) == AzureDns(nid("hub"))


def context(*answers: Answer) -> Context:
    it = estate(vantages=(Vantage(name="here", view="vnet-spoke-1", reaches=(BIND,)),))
    return make_context(it, required(it), answers, NOW)


def test_answers_about_required_names_are_observed_in_both_forms() -> None:
    both = [answer((n, "A", "10.1.0.5"), server=BIND, name=n) for n in (API, PRIVATE)]
    found = context(*both).observations
    assert [(o.seen, o.acceptable, o.reached) for o in found] == [(Addresses(("10.1.0.5",)), ("10.1.0.5",), True)] * 2
    assert {type(o.place) for o in found} == {CustomServer}


def test_answers_of_public_resolvers_and_about_other_names_are_not_observed() -> None:
    others = [answer(), answer(server=BIND, name="x.example.com"), answer(server="9.9.9.9")]
    assert context(*others).observations == ()


def test_a_changed_world_is_built_once_and_leaves_the_first_alone() -> None:
    it = context()
    assert it.after() is it.after()
    assert it.after().estate.documents == it.estate.documents
