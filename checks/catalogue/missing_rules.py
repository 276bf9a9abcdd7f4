"""4xx: forwarding rules that a network needs and does not have, and the policy that forbids a name."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Claim, explains
from checks.context import Context
from checks.diagnosis import rule_repairs as repairs
from checks.diagnosis.by_rules import in_networks, mends, told_by
from checks.disagreement import Disagreement
from checks.finding import Level, Violation
from checks.resolution import rules
from checks.resolution.path import Public, Thing
from checks.resolution.rulesets import RESERVED, spares_reserved
from collectors.graph.ids import ArmId, Fqdn, is_under, suffixes
from collectors.graph.nodes import DomainList, ForwardingRule, ForwardingRuleset, SecurityRule, VirtualNetwork

_MOST_RULESETS = 5
"""More rulesets than these are not tried for one name."""


@explains(
    "PED408",
    "ruleset-not-linked",
    claim=Claim.ABSENCE,
    needs=("forwarding-ruleset",),  # where rules or links are unread, the path itself is opaque
)
def ruleset_not_linked(context: Context, disagreement: Disagreement) -> Violation | None:
    """The forwarding ruleset that would resolve the name is not linked to the network that needs it.

    Why it matters
        The network asks Azure DNS and has no zones of its own: without the rules it gets the public address.

    How it is decided
        1. Azure DNS in the network finds no linked zone for the private-link name, and no ruleset is linked.
        2. The zone is linked only to networks with an inbound endpoint: others get to it by rules.
        3. An enabled rule of a ruleset in the same region covers the name.
        4. With the ruleset linked to the network, and nothing else changed, the name must resolve.

    Remedy
        Link the ruleset to the network.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, ruleset links.
    """
    estate, path = context.estate, disagreement.path
    view = estate.get(VirtualNetwork, ArmId(path.view)) if path.last.rule is rules.ZONE_NOT_LINKED else None
    if view is None or estate.ruleset_links_of(view.id) or not _served_by_rules(context, disagreement):
        return None
    for rule in _rules_about(context, disagreement, view):
        repair = repairs.link_ruleset(estate, rule.ruleset, view.id)
        if mends(context, disagreement, repair):
            return told_by(
                disagreement,
                rule.ruleset,
                f"Ruleset {rule.ruleset.name} is not linked to {view.id.name}, which needs its rules",
                f"Questions of {view.id.name} reach Azure DNS there, where neither a zone nor a rule covers the name.",
                repair,
                discriminator=view.id.text,
                related=(Thing.of(view.id), Thing.of(rule.id)),
            )
    return None


def _served_by_rules(context: Context, disagreement: Disagreement) -> bool:
    """Whether the zone is linked to networks with an inbound endpoint, and to no others."""
    copies = context.estate.zones_by_name.get(disagreement.requirement.expected.zone, ())
    linked = {link.network for zone in copies for link in context.estate.links_by_zone.get(zone.id, ())}
    return bool(linked) and linked <= context.estate.inbound_networks


def _rules_about(context: Context, disagreement: Disagreement, view: VirtualNetwork) -> Iterator[ForwardingRule]:
    """The rules that cover the name or its alias, one of each ruleset that may be linked to the network."""
    seen: set[ArmId] = set()
    names = dict.fromkeys(hop.name for hop in in_networks(disagreement) if ArmId(hop.at.id) == view.id)
    for suffix in dict.fromkeys(suffix for name in names for suffix in (*suffixes(name), Fqdn(""))):
        for rule in context.estate.rules_about(suffix):
            ruleset = context.estate.get(ForwardingRuleset, rule.ruleset)
            far = ruleset and ruleset.location and view.location and ruleset.location != view.location
            if rule.ruleset not in seen and not far and len(seen) < _MOST_RULESETS:
                seen.add(rule.ruleset)
                yield rule


@explains("PED409", "dot-rule-and-reserved-names", Level.WARNING)
def dot_rule_and_reserved_names(context: Context, disagreement: Disagreement) -> Violation | None:
    """A needed name is expected through a short rule, which does not catch names that Azure reserves.

    Why it matters
        The root rule looks as if it caught every name. Azure resolves names below its own suffixes itself, unless a
        rule is at least as long as they are.

    How it is decided
        1. Public DNS answers in a network whose rule would cover the name, if Azure did not reserve it.
        2. With a rule for the reserved suffix and the same targets the name must resolve.

    Remedy
        Add a rule for the reserved suffix, or for the service's public suffix.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules; github.com/MicrosoftDocs/
        azure-docs issue 122204.
    """
    path, name = disagreement.path, disagreement.requirement.expected.asked
    reserved = next((suffix for suffix in suffixes(name) if suffix in RESERVED), None)
    if not isinstance(path.outcome, Public) or reserved is None:
        return None
    hop = next((hop for hop in in_networks(disagreement) if hop.name == name), None)
    view = ArmId(hop.at.id) if hop else None
    if view is None or not spares_reserved(context.estate, view, name):
        return None
    ruled = context.estate.rules_for(view)
    rule = next(ruled[suffix] for suffix in (*suffixes(name), Fqdn("")) if suffix in ruled)
    repair = repairs.add_rule(context.estate, rule, reserved)
    if not mends(context, disagreement, repair):
        return None
    return told_by(
        disagreement,
        rule.id,
        f"Rule {rule.id.name} of {rule.ruleset.name} does not catch names below {reserved}, which Azure reserves",
        f"{view.name} needs {name} by a rule, and the one for {rule.domain or 'every name'} is too short for it.",
        repair,
        discriminator=reserved,
        related=(Thing.of(rule.ruleset), Thing.of(view)),
    )


@explains("PED414", "policy-blocks-name")
def policy_blocks_name(context: Context, disagreement: Disagreement) -> Violation | None:
    """A DNS security policy blocks the name, or an alias on its way.

    Why it matters
        The client gets an answer that leads nowhere, however right zones and records are. The people who keep the
        policy often do not know what private-link names are for.

    How it is decided
        1. The first rule of a policy, by priority, whose domain list names the name, blocks it.
        2. Without that domain the name must resolve, or fail later on its way.

    Remedy
        Take the domain out of the list, or allow it by a rule of a higher priority.

    Sources
        learn.microsoft.com: DNS security policy, rules and domain lists.
    """
    last = disagreement.path.last
    if last.rule is not rules.POLICY_BLOCKS or last.decided_by is None:
        return None
    rule = context.estate.get(SecurityRule, ArmId(last.decided_by.id))
    for domains in (context.estate.get(DomainList, id) for id in rule.domain_lists) if rule else ():
        domain = next((d for d in domains.domains if is_under(last.name, d)), None) if domains else None
        if rule is None or domains is None or domain is None:
            continue
        return told_by(
            disagreement,
            rule.id,
            f"Security rule {rule.id.name} of policy {rule.policy.name} blocks {domain or 'every name'}",
            f"Domain list {domains.id.name} names {domain or 'every name'}, and the rule blocks it for {last.at.name}.",
            repairs.unblock(context.estate, rule, domains, domain),
            discriminator=domain,
            related=(Thing.of(rule.policy), Thing.of(domains.id)),
        )
    return None
