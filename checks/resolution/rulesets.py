"""Forwarding rulesets: which rule of a view catches a name, and where it sends the question.

Azure DNS looks at them only after linked zones. Of one ruleset the rule with the longest domain wins.
"""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.path import DeadEnd, Opaque, Thing
from checks.resolution.places import AzureDns, answers_never, place_name, server_at
from checks.resolution.rules import RESERVED_NAMES, RULES_FOR_ALIASES, assumed
from checks.resolution.steps import Asked, Decision, Fork, Step
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, is_under, suffixes
from collectors.graph.nodes import DnsResolver, ForwardingRule, ForwardingRuleset, OutboundEndpoint

# The two-label names of the private-endpoint table of each cloud, what cannot be created as a private zone, and
# one name seen to resolve past a dead root rule. Azure publishes no list.
_TABLE = (
    "azconfig.io azmk8s.io aznbcontent.net azure-api.net azure-automation.net azure-devices-provisioning.net "
    "azure-devices.net azure.com azure.net azurecontainerapps.io azurecr.io azuredatabricks.net azurehdinsight.net "
    "azurehealthcareapis.com azureiotcentral.com azureml.ms azurestaticapps.net azuresynapse.net azurewebsites.net "
    "botframework.com microsoft.com signalr.net videoindexer.ai visualstudio.com windows.net windowsazure.com "
    "azure-automation.us azure-devices-provisioning.us azure-devices.us azure.us azurecr.us azurehdinsight.us "
    "azurehealthcareapis.us azureml.us azurewebsites.us usgovcloudapi.net windows.us windowsazure.us "
    "azure-automation.cn azure-devices-provisioning.cn azure-devices.cn azure.cn azurehdinsight.cn azureml.cn "
    "chinacloudapi.cn chinacloudsites.cn windows.cn"
)
_NOT_CREATABLE = (
    "azclient.ms cloudapp.net core.windows.net msidentity.com trafficmanager.net "
    "azclient.us usgovcloudapp.net core.usgovcloudapi.net microsoft.us msidentity.us usgovtrafficmanager.net "
    "azclient.cn chinacloudapp.cn core.chinacloudapi.cn microsoft.cn msidentity.cn trafficmanager.cn"
)
RESERVED = frozenset(Fqdn(name) for name in f"{_TABLE} {_NOT_CREATABLE} microsoftonline.com".split())
"""Names below these are resolved by Azure itself unless a rule is at least as long."""

UNLISTED = frozenset(map(Fqdn, ("azure.ms", "azureedge.net", "azurefd.net")))
"""Azure's own, and in none of its lists."""


def is_unlisted(name: Fqdn) -> bool:
    """Whether Azure may reserve a name without that anything says so."""
    return any(is_under(name, suffix) for suffix in UNLISTED)


def catching_rule(estate: Estate, view: ArmId, asked: Asked) -> ForwardingRule | None:
    """The enabled rule of the view with the longest domain that covers the name."""
    said = estate.declared.assumptions
    if asked.followed and not assumed(RULES_FOR_ALIASES, said):
        return None
    by_domain = estate.rules_for(view)
    rule = next((by_domain[s] for s in (*suffixes(asked.name), Fqdn("")) if s in by_domain), None)
    return None if rule and assumed(RESERVED_NAMES, said) and _is_spared(rule, asked.name) else rule


def spares_reserved(estate: Estate, view: ArmId, name: Fqdn) -> bool:
    """Whether a name passes the view's rules only because Azure reserves it."""
    by_domain = estate.rules_for(view)
    rule = next((by_domain[s] for s in (*suffixes(name), Fqdn("")) if s in by_domain), None)
    return rule is not None and _is_spared(rule, name)


def _is_spared(rule: ForwardingRule, name: Fqdn) -> bool:
    reserved = next((suffix for suffix in suffixes(name) if suffix in RESERVED), Fqdn(""))
    return len(suffixes(rule.domain)) < len(suffixes(reserved))


def rule_step(estate: Estate, place: AzureDns, rule: ForwardingRule, asked: Asked) -> Step:
    """The rule sends the question on; what comes back is final, so the target's own view resolves aliases."""
    shown = rule.domain or "every name"
    said = f"rule {rule.id.name} of ruleset {rule.ruleset.name} sends {shown}"
    if not rule.targets:
        reason = f"{said} nowhere: it has no target"
        return _decide(place, rule, rules.RULE_WITHOUT_TARGET, reason).end(asked, DeadEnd(reason))
    near = outbound_network(estate, rule.ruleset)
    gaps = () if near else estate.outbound_unseen(rule.ruleset)
    if gaps:
        reason = f"{said} on, but from which network could not be read"
        return _decide(place, rule, rules.RULES_UNREAD, reason).end(asked, Opaque(reason, gaps))
    decided = rules.RULE_OF_ALIAS if asked.followed else rules.FORWARDING_RULE
    assumption = RULES_FOR_ALIASES.name if asked.followed else None
    places = sorted((server_at(estate, target, near) for target in rule.targets), key=answers_never)
    first, *others = (
        _decide(place, rule, decided, f"{said} to {place_name(onward)}").forward(asked, onward, assumption=assumption)
        for onward in places
    )
    forks = (
        Fork(step=step, when=f"while {place_name(places[0])} is skipped as silent, for 30 minutes")
        for step, onward in zip(others, places[1:], strict=True)
        if not answers_never(onward)
    )
    return first.or_else(*forks)


def outbound_network(estate: Estate, ruleset: ArmId) -> ArmId | None:
    """The network that forwarded questions leave from: that of the first outbound endpoint, None if it was not read."""
    node = estate.get(ForwardingRuleset, ruleset)
    id = next(iter(node.outbound_endpoints), None) if node else None
    if id is None:
        return None
    endpoint = estate.get(OutboundEndpoint, id)
    resolver = estate.get(DnsResolver, id.parent)
    network = endpoint.subnet.parent if endpoint and endpoint.subnet else resolver.network if resolver else None
    return estate.spelt(network) if network else None


def _decide(place: AzureDns, rule: ForwardingRule, by: rules.Rule, text: str) -> Decision:
    return Decision(at=place.thing, decided_by=Thing.of(rule.id), rule=by, text=text, view=place.view.text)
