"""Writes what deployments share: the read-only role, the columns of the table, alert rules and workbook.

`make generated` runs it, tests hold the files current. Bicep and Terraform read these files, and nothing repeats them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from agent.events import FindingEvent
from checks.catalogue import CATALOGUE
from collectors.arm.kinds import KINDS
from collectors.arm.read_posts import READ_POSTS
from collectors.azure import activity_log
from deploy.queries import alerts, workbook

FOLDER = Path(__file__).parent / "generated"
ROLE_NAME = "Private endpoint DNS reader"
TABLE = "PrivateDnsFindings_CL"
STREAM = f"Custom-{TABLE}"

_DESCRIPTION = "Reads the metadata that decides how private endpoints resolve. No data, no keys, nothing is written."
_TABLE_TYPES = {"datetime": "dateTime"}
_SCOPE = "/providers/Microsoft.Management/managementGroups/MANAGEMENT_GROUP"
_PAGE = """\
# What the agent may read, and why

Made by `make generated` from `collectors/arm/kinds.py` and what is read beside it. `role.json` holds the same actions.

Every action only reads. *Needed by* names the findings that say of themselves that they need it: without the action
they are not evaluated, and are never taken for absent. What a role lacks, `agent check` tells under NOT EVALUATED.

| action | why | needed by |
|---|---|---|
{rows}

## Only where you switch it on

| action | why | switched on by |
|---|---|---|
{extra}
"""

WHY = {
    "subscription": "which subscriptions there are to look at",
    "permissions": "whether an empty list means that nothing is there or that nothing may be seen",
    "private-endpoint": "which services are private, by which names, and whether the connection is approved",
    "private-dns-zone-group": "which records Azure keeps itself for an endpoint, and in which zones",
    "network-interface": "addresses of endpoints and servers, and interfaces that override their network's servers",
    "virtual-network": "whom each network asks, and which networks reach each other by peering",
    "firewall": "firewalls that are the DNS server of networks",
    "firewall-policy": "whether a firewall is a DNS proxy, and whom it asks",
    "virtual-wan": "whether networks of a WAN reach each other",
    "virtual-hub": "which firewall or gateway stands in a hub",
    "hub-connection": "which networks hang on a hub",
    "p2s-gateway": "the servers that VPN users of a hub are given",
    "network-manager": "managers that connect networks beside peerings",
    "connectivity-configuration": "which groups of networks a manager connects",
    "network-group": "the groups that such a configuration speaks of",
    "static-member": "which networks are in such a group",
    "gateway-subnet": "which gateway stands in a network: gateways have no list of their own",
    "virtual-network-gateway": "the addresses from which VPN users of a network ask",
    "private-dns-zone": "which private zones there are, twins of one name among them",
    "zone-link": "which networks see a zone, and whether a denial there falls back to public DNS",
    "record-set": "whether records are there and lead to the endpoints; only their addresses and aliases are kept",
    "dns-resolver": "resolvers, and the networks they stand in",
    "inbound-endpoint": "addresses at which Azure DNS is asked from elsewhere",
    "outbound-endpoint": "where the questions of a ruleset leave from",
    "forwarding-ruleset": "which rulesets there are",
    "forwarding-rule": "which names are led to which servers",
    "ruleset-link": "which networks a ruleset works for",
    "security-policy": "policies that may block names",
    "security-rule": "what such a policy does with which names",
    "security-policy-link": "which networks such a policy works for",
    "domain-list": "the names that such a rule is about",
    "workspace": "which workspaces there are, by which names, and what they depend on",
    "compute": "the names of compute instances, and the networks that computes ask from",
    "online-endpoint": "the names of online endpoints",
    "workspace-connection": "which other resources a workspace uses; never its credentials or targets",
    "ml-registry": "registries, and the storage and container registries behind them",
    "storage-account": "the names of the storage of a workspace, and whether the public may use it",
    "key-vault": "the name of the vault of a workspace, and whether the public may use it; no secrets",
    "container-registry": "the names of the container registry of a workspace, data endpoints too",
    "container-registry-replica": "the regions whose data endpoints need names as well",
    "application-insights": "whether telemetry of a workspace goes through a private link scope",
    "monitor-scope": "which resources such a scope covers",
    "ai-services": "the names of AI services that a workspace uses",
    "search-service": "the names of search services that a workspace uses",
    "aks-cluster": "the networks in which attached clusters ask",
    "virtual-machine": "which interface belongs to which machine, for those that are DNS servers",
}
"""Why each kind is read, by its name in the table; a test holds it complete."""

OUTSIDE = {activity_log.ACTION: "who made the change behind something new; without it nobody is named"}
"""What is read beside the table, with the reason."""


def actions() -> tuple[str, ...]:
    """Every right that reading needs, each once."""
    return tuple(sorted({kind.action for kind in KINDS.values()} | set(OUTSIDE)))


def role() -> Mapping[str, Any]:
    """The role as `az role definition create` takes it; the scope is a word that the user replaces."""
    return {
        "Name": ROLE_NAME,
        "IsCustom": True,
        "Description": _DESCRIPTION,
        "Actions": list(actions()),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [_SCOPE],
    }


def columns() -> list[Mapping[str, str]]:
    """The columns of the stream, in the order of the row, with the types of a data collection rule."""
    return [
        {"name": field.encode_name, "type": _column_type(field.type)} for field in msgspec.structs.fields(FindingEvent)
    ]


def table_columns() -> list[Mapping[str, str]]:
    """The same for the table itself, whose API spells one of the types in another way."""
    return [{**column, "type": _TABLE_TYPES.get(column["type"], column["type"])} for column in columns()]


def page() -> str:
    """The role with the reason for each action, to be read by whoever grants it."""
    return _PAGE.format(rows="\n".join(_rows()), extra="\n".join(_extra()))


def files() -> Mapping[str, str]:
    """Every generated file by name."""
    return {
        "role.json": json.dumps(role(), indent=2) + "\n",
        "role.md": page(),
        "columns.json": json.dumps(columns(), indent=2) + "\n",
        "table.json": json.dumps(table_columns(), indent=2) + "\n",
        "alerts.json": json.dumps(alerts(), indent=2) + "\n",
        "workbook.json": json.dumps(workbook(), indent=2) + "\n",
    }


def _column_type(kind: Any) -> str:
    types = {datetime: "datetime", str: "string"}
    found = {types[one] for one in (get_args(kind) or (kind,)) if one is not type(None)}
    (column,) = found
    return column


def _rows() -> Iterator[str]:
    for action in actions():
        kinds = [kind for kind in KINDS.values() if kind.action == action]
        reasons = OUTSIDE.get(action) or "; ".join(WHY[kind.name] for kind in kinds)
        names = {kind.name for kind in kinds}
        codes = sorted(check.code for check in CATALOGUE if names & set(check.needs))
        yield f"| `{action}` | {reasons} | {', '.join(codes)} |"


def _extra() -> Iterator[str]:
    for post in READ_POSTS.values():
        if post.action:
            yield f"| `{post.action}` | {post.why} | `{post.switch}` |"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
