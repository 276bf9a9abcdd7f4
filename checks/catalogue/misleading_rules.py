"""4xx: the forwarding rule, ruleset or security policy that decides about a name."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from checks.catalogue.zones import zone_not_linked
from checks.check import Claim, explains
from checks.context import Context
from checks.diagnosis import rule_repairs as repairs
from checks.diagnosis.by_rules import in_networks, mends, told_by
from checks.diagnosis.luck import BY_RULE
from checks.disagreement import Disagreement
from checks.finding import Level, Violation
from checks.names.expected import ExpectedRecord
from checks.names.tables import table_of
from checks.resolution import rules
from checks.resolution.path import Hop, Loop, Thing
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under, suffixes
from collectors.graph.nodes import (
    ForwardingRule,
    PrivateZone,
    ZoneLink,
)

_OF_A_ZONE = (rules.ZONE_ANSWERS, rules.ZONE_ALIAS, rules.ZONE_DENIES, rules.ZONE_NO_DATA, rules.FALLBACK_TO_INTERNET)
_MOST_RULESETS = 5
"""More rulesets than these are not tried for one name."""


@explains("PED402", "rule-dead-end", claim=Claim.ABSENCE, needs=("private-dns-zone", "zone-link"))
def rule_dead_end(context: Context, disagreement: Disagreement) -> Violation | None:
    """A forwarding rule sends to an inbound endpoint whose network is not linked to the zone.

    Why it matters
        The rule takes the name away from the client's own Azure DNS. Where it arrives nothing private is known, so
        public DNS answers, and no link of the client's own network can change that.

    How it is decided
        1. A forwarding rule sends the name to an inbound endpoint.
        2. Azure DNS in the endpoint's network finds no linked zone for the private-link name, and one exists.
        3. With the zone linked to the endpoint's network the name must resolve, or fail later on its way.
        4. Of several rules of one ruleset that lead names of the zone there, the first by name stands for all.

    Remedy
        Link the zone to the network of the inbound endpoint.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rule processing.
    """
    rule = _rule_before_inbound(context, disagreement)
    plain = zone_not_linked.explain(context, disagreement) if rule and zone_not_linked.explain else None
    if rule is None or plain is None:
        return None
    view, zone = ArmId(disagreement.path.view), plain.subject
    first = _first_alike(context, rule, disagreement.requirement.expected)
    return replace(
        plain,
        subject=Thing.of(first.id),
        discriminator=zone.id,
        text=f"Rule {first.id.name} of {first.ruleset.name} leads to {view.name}, which is not linked to {zone.name}",
        cause=f"It sends to an inbound endpoint in {view.name}, and {zone.name} is not linked there.",
        related=(zone, *plain.related, *((Thing.of(rule.id),) if rule != first else ())),
    )


def _rule_before_inbound(context: Context, disagreement: Disagreement) -> ForwardingRule | None:
    """The last rule on the path whose next hop is an inbound endpoint."""
    hops = disagreement.path.hops
    found = [here for here, then in pairwise(hops) if _sends_inbound(here, then)]
    return _rule_of(context.estate, found[-1]) if found else None


def _sends_inbound(here: Hop, then: Hop) -> bool:
    return here.rule in BY_RULE and then.rule is rules.INBOUND_ENDPOINT


def _rule_of(estate: Estate, hop: Hop) -> ForwardingRule | None:
    return estate.get(ForwardingRule, ArmId(hop.decided_by.id)) if hop.decided_by else None


def _first_alike(context: Context, rule: ForwardingRule, record: ExpectedRecord) -> ForwardingRule:
    """The first of the rules that lead names of a zone to the same targets: one repair must be one finding."""
    table = table_of(record.name)
    publics = (table.api.public, table.inference) if table and record.zone == table.api.zone else (record.name,)
    alike = (
        other
        for other in context.estate.rules_of(rule.ruleset)
        if other.enabled and other.targets == rule.targets and any(is_under(name, other.domain) for name in publics)
    )
    return min((rule, *alike), key=lambda other: other.id.key)


@explains("PED403", "rule-hides-zone")
def rule_hides_zone(context: Context, disagreement: Disagreement) -> Violation | None:
    """A forwarding rule for the public suffix wins over the linked private-link zone.

    Why it matters
        Everybody looks at the zone, its link and its records, and all of that is right. Azure DNS never gets to it:
        the rule takes the public name away before its alias is known.

    How it is decided
        1. A forwarding rule sends the name away from a network that the needed zone is linked to.
        2. Where the rule leads no private zone answers, and the question does not come back.
        3. Without the rule the name must resolve.

    Remedy
        Disable or remove the rule, or let it lead to where the zone is linked.

    Sources
        learn.microsoft.com: What is Azure DNS Private Resolver, DNS resolution process.
    """
    path, record = disagreement.path, disagreement.requirement.expected
    if isinstance(path.outcome, Loop) or path.last.rule in _OF_A_ZONE:
        return None
    hop = next((hop for hop in path.hops if hop.rule in BY_RULE), None)
    rule = _rule_of(context.estate, hop) if hop else None
    link = context.estate.linked_zones(ArmId(hop.at.id)).get(record.zone) if hop else None
    if rule is None or link is None:
        return None
    repair = repairs.switch_rule(context.estate, rule, enabled=False)
    if not mends(context, disagreement, repair):
        return None
    return told_by(
        disagreement,
        rule.id,
        f"Rule {rule.id.name} of {rule.ruleset.name} hides zone {record.zone} from {link.network.name}",
        f"{link.network.name} is linked to {record.zone}, but the rule sends {rule.domain or 'all'} away first.",
        repair,
        discriminator=link.zone.text,
        related=(Thing.of(link.zone), Thing.of(link.network)),
    )


@explains("PED404", "zone-hides-rule", Level.WARNING)
def zone_hides_rule(context: Context, disagreement: Disagreement) -> Violation | None:
    """A linked zone answers or denies a name before the forwarding rule for it is tried.

    Why it matters
        Rules are tried only for names that no linked zone covers. An empty zone that somebody linked is enough to
        cut the network off from what the rule would lead to.

    How it is decided
        1. A zone that is linked to the network where the question stands decides the answer.
        2. An enabled rule that is linked to the same network covers the name.
        3. Without the link of the zone the name must resolve.

    Remedy
        Remove the link of the zone, or let the zone hold all that it must.

    Sources
        learn.microsoft.com: What is Azure DNS Private Resolver, DNS resolution process.
    """
    last = disagreement.path.last
    if last.rule not in _OF_A_ZONE or last.decided_by is None or not disagreement.path.view.startswith("/"):
        return None
    view = ArmId(disagreement.path.view)
    link = _link_of(context.estate, ArmId(last.decided_by.id), view)
    ruled = context.estate.rules_for(view)
    rule = next((ruled[suffix] for suffix in (*suffixes(last.name), Fqdn("")) if suffix in ruled), None)
    if link is None or rule is None:
        return None
    repair = repairs.unlink_zone(context.estate, link.id)
    if not mends(context, disagreement, repair):
        return None
    return told_by(
        disagreement,
        link.zone,
        f"Zone {link.zone.name} keeps {view.name} from using rule {rule.id.name} of {rule.ruleset.name}",
        f"{view.name} is linked to {link.zone.name}, which decides about {last.name} before rules are tried.",
        repair,
        discriminator=rule.id.text,
        related=(Thing.of(rule.id), Thing.of(view)),
    )


def _link_of(estate: Estate, decided: ArmId, view: ArmId) -> ZoneLink | None:
    """The link by which a zone, named by itself, a record or a link of it, answers in a network."""
    owners = (decided, decided.parent)
    zone = next((node for id in owners if (node := estate.get(PrivateZone, id))), None)
    link = estate.linked_zones(view).get(zone.name) if zone else None
    return link if link and zone and link.zone == zone.id else None


@explains("PED405", "rule-disabled", Level.WARNING)
def rule_disabled(context: Context, disagreement: Disagreement) -> Violation | None:
    """The forwarding rule that would lead the name to the right answer is disabled.

    Why it matters
        A disabled rule looks like a rule. Names that it was made for go to public DNS instead.

    How it is decided
        1. A ruleset of a network that the question passes has a disabled rule that covers the name.
        2. With that rule enabled, and nothing else changed, the name must resolve.

    Remedy
        Enable the rule, or remove it and link the zone to the network.

    Sources
        learn.microsoft.com: Azure DNS Private Resolver endpoints and rulesets, rules.
    """
    for hop in in_networks(disagreement):
        disabled = context.estate.disabled_rules_for(ArmId(hop.at.id))
        for rule in (disabled[suffix] for suffix in (*suffixes(hop.name), Fqdn("")) if suffix in disabled):
            repair = repairs.switch_rule(context.estate, rule, enabled=True)
            if mends(context, disagreement, repair):
                return told_by(
                    disagreement,
                    rule.id,
                    f"Rule {rule.id.name} of {rule.ruleset.name} is disabled",
                    f"It would send {hop.name} to where it resolves.",
                    repair,
                    related=(Thing.of(rule.ruleset),),
                )
    return None
