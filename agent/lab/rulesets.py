"""Forwarding rulesets and DNS security policies as each virtual network is subject to them, read from the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from agent.lab.estate import LabEstate
from agent.lab.reserved import reserved_suffix
from agent.lab.zones import arm_id, branch, of_kind, rows, text
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn, fqdn, is_under, suffixes

_NOT_WORKING = frozenset({"creating", "deleting", "failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """The enabled rules by their domains, and the network that their questions leave from; None: they cannot leave."""

    rules: Mapping[Fqdn, tuple[str, ...]]
    leaves_from: ArmId | None

    def targets(self, name: Fqdn) -> tuple[str, ...] | None:
        """The targets of the rule for a name; None when no rule catches it.

        The longest suffix wins, and names that Azure keeps for itself take part in that.
        """
        reserved = reserved_suffix(name)
        candidates = (suffix for suffix in (*suffixes(name), Fqdn("")) if suffix in self.rules)
        domain = next(candidates, None)
        return None if domain is None or not is_under(domain, reserved) else self.rules[domain]


def rulesets(estate: LabEstate) -> dict[ArmId, Ruleset]:
    """Network id -> its ruleset. Azure takes one link for each network: of several the first id counts."""
    made = {
        ruleset.id: Ruleset(rules=_rules(estate, ruleset.id), leaves_from=_leaves_from(estate, ruleset))
        for ruleset in of_kind(estate, "forwarding-ruleset")
        if is_working(ruleset)
    }
    return dict(_linked(estate, "ruleset-link", made))


_Linked = TypeVar("_Linked")


def _linked(estate: LabEstate, kind: str, made: Mapping[ArmId, _Linked]) -> Iterator[tuple[ArmId, _Linked]]:
    """Networks and what is linked to them, the first id last, so that it stays in a dict."""
    for link in sorted(of_kind(estate, kind), key=lambda document: document.id, reverse=True):
        network = arm_id(branch(link.body, "properties", "virtualNetwork").get("id"))
        if network and link.id.parent in made and is_working(link):
            yield network, made[link.id.parent]


def _rules(estate: LabEstate, ruleset: ArmId) -> dict[Fqdn, tuple[str, ...]]:
    return {
        fqdn(text(properties.get("domainName"))): tuple(_targets(rows(properties, "targetDnsServers")))
        for rule in of_kind(estate, "forwarding-rule")
        if rule.id.parent == ruleset
        and text((properties := branch(rule.body, "properties")).get("forwardingRuleState")).lower() != "disabled"
    }


def _targets(servers: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The addresses; nothing in the lab listens at another port than 53."""
    return (text(server.get("ipAddress")) for server in servers if server.get("port", 53) == 53)


def _leaves_from(estate: LabEstate, ruleset: Document) -> ArmId | None:
    """The network of the first outbound endpoint."""
    wanted = [arm_id(row.get("id")) for row in rows(branch(ruleset.body, "properties"), "dnsResolverOutboundEndpoints")]
    for id in wanted:
        endpoint = estate.documents.get(id) if id else None
        subnet = arm_id(branch(endpoint.body, "properties", "subnet").get("id")) if endpoint else None
        if endpoint and subnet and is_working(endpoint):
            return subnet.parent
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPolicy:
    """The domains and whether to block them, in the order of the rules' priorities. Azure's own lists are unknown."""

    rules: tuple[tuple[frozenset[Fqdn], bool], ...]

    def blocks(self, name: Fqdn) -> bool:
        """Whether the first rule that names a domain of this name blocks it."""
        covering = {*suffixes(name), Fqdn("")}
        return next((blocked for domains, blocked in self.rules if domains & covering), False)


def security_policies(estate: LabEstate) -> dict[ArmId, SecurityPolicy]:
    """Network id -> its DNS security policy."""
    made = {
        policy.id: SecurityPolicy(rules=tuple(_security_rules(estate, policy.id)))
        for policy in of_kind(estate, "security-policy")
        if is_working(policy)
    }
    return dict(_linked(estate, "security-policy-link", made))


def _security_rules(estate: LabEstate, policy: ArmId) -> Iterator[tuple[frozenset[Fqdn], bool]]:
    mine = [branch(rule.body, "properties") for rule in of_kind(estate, "security-rule") if rule.id.parent == policy]
    for properties in sorted(mine, key=lambda properties: int(properties.get("priority", 0))):
        if text(properties.get("dnsSecurityRuleState")).lower() != "disabled":
            lists = [arm_id(row.get("id")) for row in rows(properties, "dnsResolverDomainLists")]
            domains = frozenset(domain for id in lists if id for domain in _domains(estate, id))
            yield domains, text(branch(properties, "action").get("actionType")).lower() == "block"


def _domains(estate: LabEstate, id: ArmId) -> list[Fqdn]:
    found = estate.documents.get(id)
    return [fqdn(domain) for domain in branch(found.body, "properties").get("domains", ())] if found else []


def is_working(resource: Document) -> bool:
    """Whether it is past its making and not on its way out."""
    return text(branch(resource.body, "properties").get("provisioningState")).lower() not in _NOT_WORKING
