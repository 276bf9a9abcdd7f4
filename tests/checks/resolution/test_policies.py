"""DNS security policies: what blocks a name, what lets it pass, and what nobody can know."""

from __future__ import annotations

import pytest

from checks.resolution import rules
from checks.resolution.path import Blocked, Opaque
from collectors.graph.declared import Declared
from tests.checks.resolution.around import policy
from tests.checks.resolution.small import ANSWER, CHAIN, NAME, PRIVATE, ZONE, decided, hub, private_zone, spoke
from tests.estates import SUBSCRIPTION, gap, small_estate, solve

EVERYTHING = f"/subscriptions/{SUBSCRIPTION}"


@pytest.mark.parametrize("domain", ["example.com", NAME, "com", ""])
def test_a_blocked_domain_blocks_every_name_below_it(domain: str) -> None:
    estate = small_estate(hub(), private_zone("hub"), policy((100, "Block", [domain])))
    path = solve(estate, "hub", NAME, chains=CHAIN)
    assert decided(path) == (Blocked(), rules.POLICY_BLOCKS, "rule-100")
    assert path.last.name == NAME


def test_a_policy_without_managed_lists_assumes_nothing() -> None:
    estate = small_estate(hub(), private_zone("hub"), policy((100, "Block", ["bad.example"])))
    assert solve(estate, "hub", PRIVATE).assumptions == ()
    alert = policy((100, "Alert", ["bad.example"]), managed=["AzureDnsThreatIntel"])
    assert solve(small_estate(hub(), private_zone("hub"), alert), "hub", PRIVATE).assumptions == ()


def test_the_target_of_an_alias_is_matched_again() -> None:
    """An allowed name does not carry its alias with it: azure issue AzureTRE 4700."""
    rows = policy((100, "Allow", [NAME]), (200, "Block", [""]))
    path = solve(small_estate(hub(), private_zone("hub"), rows), "hub", NAME, chains=CHAIN)
    assert decided(path) == (Blocked(), rules.POLICY_BLOCKS, "rule-200")
    assert path.last.name == PRIVATE
    assert path.chain == (PRIVATE,)


@pytest.mark.parametrize("action", ["Allow", "Alert"])
def test_the_lowest_priority_that_matches_decides(action: str) -> None:
    rows = policy((200, "Block", [NAME, ZONE]), (100, action, ["example.com"]))
    assert solve(small_estate(hub(), private_zone("hub"), rows), "hub", NAME, chains=CHAIN).outcome == ANSWER


def test_a_policy_blocks_only_in_the_view_it_is_linked_to() -> None:
    estate = small_estate(hub(), spoke(), private_zone("hub", "spoke"), policy((100, "Block", [""]), network="spoke"))
    assert solve(estate, "hub", PRIVATE).outcome == ANSWER
    assert solve(estate, "spoke", PRIVATE).outcome == Blocked()


def test_a_disabled_rule_blocks_nothing() -> None:
    rows = policy((100, "Block", [""]))
    rows[-1].body["properties"]["dnsSecurityRuleState"] = "Disabled"
    assert solve(small_estate(hub(), private_zone("hub"), rows), "hub", PRIVATE).outcome == ANSWER


@pytest.mark.parametrize("holds", [True, False])
def test_lists_that_azure_manages_block_nothing_by_assumption(holds: bool) -> None:
    declared = Declared(assumptions={rules.MANAGED_LISTS.name: holds})
    rows = policy((100, "Block", ["bad.example"]), managed=["AzureDnsThreatIntel"])
    path = solve(small_estate(hub(), private_zone("hub"), rows, declared=declared), "hub", PRIVATE)
    if holds:
        assert (path.outcome, path.assumptions) == (ANSWER, (rules.MANAGED_LISTS.name,))
    else:
        assert path.outcome == Opaque("a domain list that Azure manages may hold the name")


@pytest.mark.parametrize(
    ("rows", "certain"),
    [
        (((100, "Block", None),), False),
        (((100, "Allow", None), (200, "Block", [""])), False),
        (((100, "Block", None), (200, "Block", [""])), True),
        (((100, "Allow", None), (200, "Allow", [""])), True),
        (((100, "Allow", [""]), (200, "Block", None)), True),
    ],
)
def test_a_list_that_does_not_show_its_domains_matters_only_where_it_would_decide(
    rows: tuple[tuple[int, str, list[str] | None], ...], certain: bool
) -> None:
    made = policy(*((priority, action, domains or []) for priority, action, domains in rows))
    for document in made:
        uploaded = any(domains is None and document.id.name == f"list-{priority}" for priority, _, domains in rows)
        if uploaded:
            del document.body["properties"]["domains"]
    outcome = solve(small_estate(hub(), private_zone("hub"), made), "hub", PRIVATE).outcome
    assert isinstance(outcome, Opaque) is not certain
    assert not isinstance(outcome, Opaque) or outcome.gaps == ()


@pytest.mark.parametrize("kind", ["security-policy", "security-policy-link"])
def test_a_policy_that_may_be_linked_unseen_leaves_the_answer_open(kind: str) -> None:
    hidden = gap(kind, EVERYTHING)
    path = solve(small_estate(hub(), private_zone("hub"), gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.POLICY_UNREAD, (hidden,))


@pytest.mark.parametrize("kind", ["security-rule", "domain-list"])
def test_what_was_not_read_of_the_views_policy_leaves_the_answer_open(kind: str) -> None:
    hidden = gap(kind, EVERYTHING)
    rows = [document for document in policy((100, "Block", ["other.example"])) if document.kind != kind]
    path = solve(small_estate(hub(), private_zone("hub"), rows, gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert path.outcome.gaps == (hidden,)


def test_a_list_that_is_gone_holds_nothing() -> None:
    rows = [document for document in policy((100, "Block", [""])) if document.kind != "domain-list"]
    assert solve(small_estate(hub(), private_zone("hub"), rows), "hub", PRIVATE).outcome == ANSWER


def test_a_list_that_was_read_without_its_domains_is_opaque_whatever_other_lists_could_not_be_read() -> None:
    """The gap is about other lists of the subscription: nothing would be won by reading them."""
    rows = policy((100, "Block", []))
    for document in rows:
        document.body["properties"].pop("domains", None)
    hidden = gap("domain-list", EVERYTHING)
    path = solve(small_estate(hub(), private_zone("hub"), rows, gaps=[hidden]), "hub", PRIVATE)
    assert isinstance(path.outcome, Opaque)
    assert (path.last.rule, path.outcome.gaps) == (rules.POLICY_OPAQUE, ())
