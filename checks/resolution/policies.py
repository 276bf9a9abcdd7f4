"""DNS security policies: whether the policy of a view blocks a name. Every hop of an alias chain is matched anew."""

from __future__ import annotations

from dataclasses import dataclass

from checks.resolution import rules
from checks.resolution.path import Blocked, Opaque, Thing
from checks.resolution.places import AzureDns
from checks.resolution.rules import MANAGED_LISTS, Rule, assumed
from checks.resolution.steps import Asked, Decision, Step
from checks.resolution.unseen import policies_unseen
from collectors.graph.documents import Gap
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under
from collectors.graph.nodes import DomainList, SecurityRule

_BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Passage:
    """What the policy of a view says of a name: a `step` that ends the question, or an `assumption` it passes by."""

    step: Step | None = None
    assumption: str | None = None


def pass_policy(estate: Estate, place: AzureDns, asked: Asked) -> Passage:
    """Match a name against the policies of the view, by priority."""
    gaps = policies_unseen(estate, place.view)
    if gaps:
        text = "a DNS security policy that could not be read may block here"
        return Passage(_decide(place, None, rules.POLICY_UNREAD, text).end(asked, Opaque(text, gaps)))
    found = [_by_priority(estate, place, asked, ordered) for ordered in estate.security_rules_for(place.view)]
    ending = [passage for passage in found if passage.step]
    return next(iter(ending or [passage for passage in found if passage.assumption]), Passage())


def _by_priority(estate: Estate, place: AzureDns, asked: Asked, ordered: tuple[SecurityRule, ...]) -> Passage:
    """The first rule that matches decides; a list that nobody can see into only matters where it would change that."""
    doubts: list[tuple[SecurityRule, tuple[Gap, ...]]] = []
    managed = False
    decider: SecurityRule | None = None
    for rule in ordered:
        lists = [ListContents(estate, id) for id in rule.domain_lists]
        if any(is_under(asked.name, domain) for held in lists for domain in held.domains):
            decider = rule
            break
        managed = managed or (bool(rule.managed_lists) and rule.action == _BLOCK)
        if not all(held.known for held in lists):
            doubts.append((rule, tuple(sorted({gap for held in lists for gap in held.gaps}))))
    blocks = decider is not None and decider.action == _BLOCK
    for rule, gaps in doubts:
        if (rule.action == _BLOCK) != blocks:
            text = f"which names security rule {rule.id.name} of policy {rule.policy.name} holds cannot be read"
            by = rules.POLICY_UNREAD if gaps else rules.POLICY_OPAQUE
            return Passage(_decide(place, rule, by, text).end(asked, Opaque(text, gaps)))
    if decider is not None and blocks:
        text = f"security rule {decider.id.name} of policy {decider.policy.name} blocks the name"
        return Passage(_decide(place, decider, rules.POLICY_BLOCKS, text).end(asked, Blocked()))
    if managed and not assumed(MANAGED_LISTS, estate.declared.assumptions):
        text = "a domain list that Azure manages may hold the name"
        return Passage(_decide(place, None, rules.POLICY_OPAQUE, text).end(asked, Opaque(text)))
    return Passage(assumption=MANAGED_LISTS.name if managed else None)


class ListContents:
    """The domains of a list as far as they can be told."""

    def __init__(self, estate: Estate, id: ArmId) -> None:
        node = estate.get(DomainList, id)
        self.domains: tuple[Fqdn, ...] = node.domains if node else ()
        self.gaps: tuple[Gap, ...] = () if node else estate.unread("domain-list", id)
        self.known = node.complete if node else not self.gaps


def _decide(place: AzureDns, rule: SecurityRule | None, by: Rule, text: str) -> Decision:
    decided_by = Thing.of(rule.id) if rule else None
    return Decision(at=place.thing, decided_by=decided_by, rule=by, text=text, view=place.view.text)
