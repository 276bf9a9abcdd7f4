"""Forwarding rulesets: which rule of a view catches a name, and where it sends the question.

Azure DNS looks at them only after linked zones. Of one ruleset the rule with the longest domain wins.
"""

from __future__ import annotations

from checks.resolution import rules
from checks.resolution.path import DeadEnd, Opaque, Thing
from checks.resolution.places import AzureDns, FirewallProxy, Place, Unreachable, place_name, server_at
from checks.resolution.rules import RESERVED_NAMES, RULES_FOR_ALIASES, assumed
from checks.resolution.steps import Asked, Decision, Step
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn, suffixes
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
    near = _outbound_network(estate, rule.ruleset)
    gaps = () if near else estate.outbound_unseen(rule.ruleset)
    if gaps:
        reason = f"{said} on, but from which network could not be read"
        return _decide(place, rule, rules.RULES_UNREAD, reason).end(asked, Opaque(reason, gaps))
    onward = _target(estate, rule, near)
    decided = rules.RULE_OF_ALIAS if asked.followed else rules.FORWARDING_RULE
    assumption = RULES_FOR_ALIASES.name if asked.followed else None
    decision = _decide(place, rule, decided, f"{said} to {place_name(onward)}")
    return decision.forward(asked, onward, assumption=assumption)


def _target(estate: Estate, rule: ForwardingRule, near: ArmId | None) -> Place:
    """The first target that can answer at all: a silent one is skipped."""
    places = [server_at(estate, target, near) for target in rule.targets]
    return next((place for place in places if not _is_dead(place)), places[0])


def _is_dead(place: Place) -> bool:
    return isinstance(place, Unreachable) or (isinstance(place, FirewallProxy) and place.proxy is False)


def _outbound_network(estate: Estate, ruleset: ArmId) -> ArmId | None:
    """The network that forwarded questions leave from: that of the first outbound endpoint that was read."""
    node = estate.get(ForwardingRuleset, ruleset)
    for id in node.outbound_endpoints if node else ():
        endpoint = estate.get(OutboundEndpoint, id)
        resolver = estate.get(DnsResolver, endpoint.resolver if endpoint else id.parent)
        network = endpoint.subnet.parent if endpoint and endpoint.subnet else resolver.network if resolver else None
        if network:
            return estate.spelt(network)
    return None


def _decide(place: AzureDns, rule: ForwardingRule, by: rules.Rule, text: str) -> Decision:
    return Decision(at=place.thing, decided_by=Thing.of(rule.id), rule=by, text=text, view=place.view.text)
