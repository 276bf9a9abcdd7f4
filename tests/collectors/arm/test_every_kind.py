"""Every kind of the table: its whole body becomes a node that holds all of it, and any part may be missing."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest

from collectors.arm.kinds import KINDS, kind_of_type, trim
from collectors.arm.nodes import PARSERS, parse_document
from collectors.graph.documents import Document, Gap
from collectors.graph.nodes import AksCluster, Dependency, Firewall, Workspace
from tests.collectors.arm.bodies import ACR, AI, AKS, ENDPOINT, FULL, SCOPE, STORAGE, SUBNET, VAULT
from tests.collectors.arm.reading import gap_of, node_of


def read(document: Document) -> Any:
    return parse_document(replace(document, body=trim(KINDS[document.kind], document.body)[0]))


def test_every_kind_has_a_parser_and_a_whole_body() -> None:
    assert set(PARSERS) == set(FULL) == set(KINDS)


@pytest.mark.parametrize("document", FULL.values(), ids=FULL.keys())
def test_a_whole_body_fills_every_field_of_its_node(document: Document) -> None:
    node = read(document)
    assert not isinstance(node, Gap), node
    empty = {f.name for f in dataclasses.fields(node) if getattr(node, f.name) in ("", (), None)}
    if document.kind in ("storage-account", "key-vault", "container-registry", "ai-services"):
        empty -= {"scopes"}
    if document.kind == "application-insights":
        empty -= {"endpoints", "hosts"}
    if document.kind in ("monitor-scope", "search-service"):
        empty -= {"hosts", "scopes"}
    assert empty == set()


@pytest.mark.parametrize("document", FULL.values(), ids=FULL.keys())
def test_a_body_is_kept_whole_but_for_what_the_table_leaves_out(document: Document) -> None:
    kept, removed = trim(KINDS[document.kind], document.body)
    assert set(kept) == set(document.body) - {path for path in removed if "." not in path}
    assert read(document) == parse_document(document)


@pytest.mark.parametrize("document", [d for d in FULL.values() if d.kind not in ("subscription", "permissions")])
def test_the_type_of_a_body_leads_to_its_kind(document: Document) -> None:
    assert kind_of_type(document.id.type) is KINDS[document.kind]


@pytest.mark.parametrize("document", FULL.values(), ids=FULL.keys())
def test_without_any_property_there_is_a_node_or_a_reason(document: Document) -> None:
    bodies: tuple[dict[str, Any], ...] = ({}, {"properties": None}, {"properties": {}}, {"id": None, "location": None})
    for body in bodies:
        found = read(replace(document, body=body))
        assert found is not None
        assert not isinstance(found, Gap) or found.detail


# Firewalls


@pytest.mark.parametrize(
    ("settings", "proxy", "servers"),
    [
        ({"Network.DNS.EnableProxy": "true"}, True, ()),
        ({"Network.DNS.EnableProxy": "True"}, True, ()),
        ({"Network.DNS.EnableProxy": True}, True, ()),
        ({"network.dns.enableproxy": "TRUE"}, True, ()),
        ({"Network.DNS.EnableProxy": "false", "Network.DNS.Servers": "10.0.0.4"}, False, ("10.0.0.4",)),
        ({"Network.DNS.Servers": " 10.0.0.4 ,10.0.0.5,"}, False, ("10.0.0.4", "10.0.0.5")),
        ({"Network.DNS.EnableProxy": None, "Network.DNS.Servers": None}, False, ()),
        ({}, False, ()),
        (None, False, ()),
    ],
)
def test_a_classic_firewall_keeps_its_dns_settings_as_text(
    settings: Any, proxy: bool, servers: tuple[str, ...]
) -> None:
    firewall = node_of(Firewall, "firewall", FULL["firewall"].id.text, {"additionalProperties": settings})
    assert (firewall.proxy, firewall.dns_servers) == (proxy, servers)


@pytest.mark.parametrize("servers", [5, ["10.0.0.4"], "dns.example.com"])
def test_servers_that_are_no_list_of_addresses_make_a_gap(servers: Any) -> None:
    gap_of("firewall", FULL["firewall"].id.text, {"additionalProperties": {"Network.DNS.Servers": servers}})


@pytest.mark.parametrize(
    ("settings", "proxy"),
    [
        (None, None),
        ({}, None),
        ({"servers": []}, None),
        ({"enableProxy": None, "servers": ["10.0.0.4"]}, False),
        ({"enableProxy": False}, False),
        ({"enableProxy": True, "requireProxyForNetworkRules": True}, True),
    ],
)
def test_a_policy_without_dns_settings_leaves_them_to_its_base(settings: Any, proxy: bool | None) -> None:
    found: Any = read(replace(FULL["firewall-policy"], body={"properties": {"dnsSettings": settings}}))
    assert found.proxy is proxy


# What the public gets


@pytest.mark.parametrize(
    ("told", "default", "public"),
    [
        ("Enabled", None, True),
        ("enabled", "Allow", True),
        ("Enabled", "Deny", None),
        ("Disabled", "Allow", False),
        ("SecuredByPerimeter", "Allow", None),
        (None, "Allow", True),
        (None, "Deny", None),
        (None, None, None),
    ],
)
def test_the_public_gets_in_or_not_or_in_part(told: str | None, default: str | None, public: bool | None) -> None:
    rules = {"networkAcls": {"defaultAction": default}, "networkRuleSet": {"defaultAction": default}}
    for kind, id in (("storage-account", STORAGE), ("key-vault", VAULT), ("container-registry", ACR)):
        found = node_of(Dependency, kind, id, {"publicNetworkAccess": told, **rules})
        assert found.public_access is public


@pytest.mark.parametrize(
    ("modes", "public"),
    [
        ({"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "PrivateOnly"}, False),
        ({"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "Open"}, True),
        ({}, None),
        (None, None),
    ],
)
def test_a_monitor_scope_is_public_while_one_mode_is_open(modes: Any, public: bool | None) -> None:
    assert node_of(Dependency, "monitor-scope", SCOPE, {"accessModeSettings": modes}).public_access is public


@pytest.mark.parametrize(
    ("access", "old", "public"),
    [("Disabled", True, False), ("Enabled", False, True), (None, True, True), (None, False, None), (None, None, None)],
)
def test_the_old_flag_of_a_workspace_can_only_widen(access: str | None, old: bool | None, public: bool | None) -> None:
    properties = {"publicNetworkAccess": access, "allowPublicAccessWhenBehindVnet": old}
    found = node_of(Workspace, "workspace", FULL["workspace"].id.text, properties)
    assert found.public_access is public


# Names that ARM tells


def test_hosts_come_from_urls_and_from_names_that_stand_alone() -> None:
    storage, registry = read(FULL["storage-account"]), read(FULL["container-registry"])
    assert storage.hosts == ("st.blob.core.windows.net", "st.dfs.core.windows.net", "st.z6.web.core.windows.net")
    assert registry.hosts == ("acr.azurecr.io", "acr.westeurope.data.azurecr.io")


@pytest.mark.parametrize(
    ("endpoint", "subdomain", "hosts"),
    [
        ("https://AI-One.cognitiveservices.azure.com/", "ai-one", ("ai-one.cognitiveservices.azure.com",)),
        ("https://westeurope.api.cognitive.microsoft.com/", None, ()),
        ("https://westeurope.api.cognitive.microsoft.com/", "ai-one", ()),
        (None, "ai-one", ()),
    ],
)
def test_an_endpoint_that_everybody_shares_is_no_name_of_one_account(
    endpoint: str | None, subdomain: str | None, hosts: tuple[str, ...]
) -> None:
    found = node_of(Dependency, "ai-services", AI, {"endpoint": endpoint, "customSubDomainName": subdomain})
    assert found.hosts == hosts


@pytest.mark.parametrize("url", ["https://[", "https://a b/", "https://" + "a" * 300])
def test_a_url_that_is_none_makes_a_gap(url: str) -> None:
    gap_of("key-vault", VAULT, {"vaultUri": url})


# References that stand in odd places


@pytest.mark.parametrize(
    ("member", "scopes"),
    [
        ({"ResourceId": f"{SCOPE}/scopedResources/appi", "ScopeId": "0b1c"}, 1),
        ({"ResourceId": "0b1c", "ScopeId": SCOPE}, 1),
        ({"ResourceId": SCOPE.upper(), "ScopeId": SCOPE}, 1),
        ({"ResourceId": ENDPOINT}, 0),
        ({}, 0),
    ],
)
def test_either_field_of_a_membership_may_name_the_scope(member: dict[str, str], scopes: int) -> None:
    id = FULL["application-insights"].id.text
    found = node_of(Dependency, "application-insights", id, {"PrivateLinkScopedResources": [member]})
    assert len(found.scopes) == scopes


@pytest.mark.parametrize("metadata", [None, {}, {"ResourceId": 5}, {"ResourceId": "nonsense"}, {"other": AI}])
def test_what_people_write_into_a_connection_is_no_fault(metadata: Any) -> None:
    found: Any = read(replace(FULL["workspace-connection"], body={"properties": {"metadata": metadata}}))
    assert found.target is None


def test_the_key_of_a_connections_target_has_any_case() -> None:
    body = {"properties": {"metadata": {"resourceid": AI}}}
    found: Any = read(replace(FULL["workspace-connection"], body=body))
    assert found.target.text == AI


def test_pools_without_a_subnet_and_doubles_are_left_out() -> None:
    pools = [{"vnetSubnetID": None}, {"vnetSubnetID": SUBNET}, {"vnetSubnetID": SUBNET.upper()}, {}]
    found = node_of(AksCluster, "aks-cluster", AKS, {"agentPoolProfiles": pools})
    assert [subnet.text for subnet in found.subnets] == [SUBNET]


@pytest.mark.parametrize(
    ("ip", "port", "target"),
    [
        ("10.0.0.4", None, "10.0.0.4"),
        ("10.0.0.4", 53, "10.0.0.4"),
        ("10.0.0.4", 5353, "10.0.0.4:5353"),
        ("FD00:0::4", 5353, "[fd00::4]:5353"),
        ("fd00::4", 53, "fd00::4"),
    ],
)
def test_a_target_names_its_port_only_where_it_is_not_dnss(ip: str, port: int | None, target: str) -> None:
    body = {"properties": {"domainName": "a.", "targetDnsServers": [{"ipAddress": ip, "port": port}]}}
    found: Any = read(replace(FULL["forwarding-rule"], body=body))
    assert found.targets == (target,)


@pytest.mark.parametrize("target", [{}, {"ipAddress": "dns.example.com"}, {"ipAddress": "10.0.0.4", "port": 0}])
def test_a_target_that_is_no_address_makes_a_gap(target: dict[str, Any]) -> None:
    properties = {"domainName": "a.", "targetDnsServers": [target]}
    gap_of("forwarding-rule", FULL["forwarding-rule"].id.text, properties)


@pytest.mark.parametrize("properties", [{"priority": 1}, {"action": {"actionType": "Block"}}, {}])
def test_a_security_rule_that_could_mean_anything_is_a_gap(properties: dict[str, Any]) -> None:
    gap_of("security-rule", FULL["security-rule"].id.text, properties)


@pytest.mark.parametrize(("domains", "complete"), [(None, False), ([], False), (["a."], True)])
def test_a_list_that_shows_nothing_was_uploaded_as_a_file(domains: Any, complete: bool) -> None:
    found: Any = read(replace(FULL["domain-list"], body={"properties": {"domains": domains}}))
    assert found.complete is complete
