"""Repairs of forwarding rulesets and DNS security policies: a rule switched, added or led elsewhere, a link, a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from checks.diagnosis.repairs import command, free_id, where
from checks.finding import Repair
from collectors.graph.addresses import split_target
from collectors.graph.documents import Change, Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import DomainList, ForwardingRule, SecurityRule

_RULE = ("az", "dns-resolver", "forwarding-rule")


def switch_rule(estate: Estate, rule: ForwardingRule, *, enabled: bool) -> Repair:
    """Enable or disable a forwarding rule."""
    state = "Enabled" if enabled else "Disabled"
    return Repair(
        change=_edited(estate, rule.id, {"forwardingRuleState": state}),
        text=f"{'enable' if enabled else 'disable'} rule {rule.id.name} of ruleset {rule.ruleset.name}",
        command=command(*_RULE, "update", *_of(rule), "--forwarding-rule-state", state),
    )


def lead_rule_to(estate: Estate, rule: ForwardingRule, former: str, address: str) -> Repair:
    """A rule sends to another address in the place of one of its targets."""
    targets = [address if split_target(target)[0] == former else target for target in rule.targets]
    return Repair(
        change=_edited(estate, rule.id, {"targetDnsServers": _servers(targets)}),
        text=f"let rule {rule.id.name} of ruleset {rule.ruleset.name} send to {address} instead of {former}",
        command=command(*_RULE, "update", *_of(rule), "--target-dns-servers", _shorthand(targets)),
    )


def add_rule(estate: Estate, like: ForwardingRule, domain: Fqdn) -> Repair:
    """A rule for a domain with the targets of another rule of the same ruleset."""
    id = free_id(estate, like.ruleset.child("forwardingRules", domain.replace(".", "-")))
    properties: dict[str, Any] = {
        "domainName": f"{domain}.",
        "targetDnsServers": _servers(like.targets),
        "forwardingRuleState": "Enabled",
        "provisioningState": "Succeeded",
    }
    body = {"id": id.text, "name": id.name, "properties": properties}
    return Repair(
        change=Change(id=id, before=None, after=Document(kind="forwarding-rule", id=id, body=body)),
        text=f"add a rule for {domain} with the targets of {like.id.name} to ruleset {like.ruleset.name}",
        command=command(
            *(*_RULE, "create", *where(like.ruleset), "--ruleset-name", like.ruleset.name, "--name", id.name),
            *("--domain-name", f"{domain}.", "--forwarding-rule-state", "Enabled"),
            *("--target-dns-servers", _shorthand(like.targets)),
        ),
    )


def link_ruleset(estate: Estate, ruleset: ArmId, network: ArmId) -> Repair:
    """Let the rules of a ruleset apply to a network."""
    id = free_id(estate, ruleset.child("virtualNetworkLinks", f"link-{network.name}"[:70]))
    properties: dict[str, Any] = {"virtualNetwork": {"id": network.text}, "provisioningState": "Succeeded"}
    body = {"id": id.text, "name": id.name, "properties": properties}
    return Repair(
        change=Change(id=id, before=None, after=Document(kind="ruleset-link", id=id, body=body)),
        text=f"link ruleset {ruleset.name} to network {network.name}",
        command=command(
            *("az", "dns-resolver", "vnet-link", "create", *where(ruleset), "--ruleset-name", ruleset.name),
            *("--name", id.name, "--id", network.text),
        ),
    )


def unlink_zone(estate: Estate, link: ArmId) -> Repair:
    """Take a zone away from a network, so that what comes after it is tried."""
    before = estate.documents[link]
    zone = link.parent
    return Repair(
        change=Change(id=before.id, before=before, after=None),
        text=f"remove the link {link.name} of zone {zone.name} in {zone.resource_group}",
        command=command(
            *("az", "network", "private-dns", "link", "vnet", "delete", *where(zone)),
            *("--zone-name", zone.name, "--name", link.name),
        ),
    )


def unblock(estate: Estate, rule: SecurityRule, domains: DomainList, domain: Fqdn) -> Repair:
    """A domain list without a domain. A list cannot be empty: its rule is disabled then."""
    kept = [other for other in domains.domains if other != domain]
    if not kept:
        return Repair(
            change=_edited(estate, rule.id, {"dnsSecurityRuleState": "Disabled"}),
            text=f"disable security rule {rule.id.name} of policy {rule.policy.name}, which names nothing else",
            command=command(
                *("az", "dns-resolver", "policy", "dns-security-rule", "update", *where(rule.policy)),
                *("--policy-name", rule.policy.name, "--name", rule.id.name, "--rule-state", "Disabled"),
            ),
        )
    names = [f"{other}." for other in kept]
    return Repair(
        change=_edited(estate, domains.id, {"domains": names}),
        text=f"take {domain} out of domain list {domains.id.name}",
        command=command(
            *("az", "dns-resolver", "domain-list", "update", *where(domains.id), "--name", domains.id.name),
            *("--domains", f"[{','.join(names)}]"),
        ),
    )


def _of(rule: ForwardingRule) -> tuple[str, ...]:
    return (*where(rule.ruleset), "--ruleset-name", rule.ruleset.name, "--name", rule.id.name)


def _edited(estate: Estate, id: ArmId, properties: Mapping[str, Any]) -> Change:
    before = estate.documents[id]
    held = {**before.body.get("properties", {}), **properties}
    return Change(id=before.id, before=before, after=replace(before, body={**before.body, "properties": held}))


def _servers(targets: Iterable[str]) -> list[dict[str, Any]]:
    return [{"ipAddress": address, "port": port} for address, port in map(split_target, targets)]


def _shorthand(targets: Iterable[str]) -> str:
    """Targets in the shorthand syntax of the CLI."""
    return f"[{','.join(f'{{ip-address:{a},port:{p}}}' for a, p in map(split_target, targets))}]"
