"""The 37 ways in which real Azure breaks a naive reader, one test or more for each, numbered in the docstring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.arm.kinds import KINDS, kind_of_type, trim
from collectors.arm.references import references
from collectors.graph.ids import ArmId, Fqdn
from collectors.graph.nodes import (
    Compute,
    DnsResolver,
    DomainList,
    ForwardingRule,
    GatewaySubnet,
    NetworkInterface,
    OnlineEndpoint,
    PrivateEndpoint,
    PrivateZone,
    RecordSet,
    SecurityRule,
    VirtualNetwork,
    Workspace,
    ZoneGroup,
    ZoneLink,
)
from tests.collectors.arm.reading import (
    GROUP,
    LEARNING,
    NETWORK,
    SUBSCRIPTION,
    document,
    estate,
    gap_of,
    node_of,
    removed_of,
)

ZONE_NAME = "privatelink.api.azureml.ms"
ZONE = f"{NETWORK}/privateDnsZones/{ZONE_NAME}"
LOWER_ZONE = ZONE.replace("RG-One", "rg-one")
VNET = f"{NETWORK}/virtualNetworks/Vnet-Hub"
ENDPOINT = f"{NETWORK}/privateEndpoints/pe-one"
WORKSPACE = f"{LEARNING}/workspaces/mlw"
RESOLVER = f"{NETWORK}/dnsResolvers/resolver"
POLICY = f"{NETWORK}/dnsResolverPolicies/policy"
TESTS = Path(__file__).parents[1]


# Ids and casing


def test_01_a_zone_its_link_and_the_network_meet_whatever_their_case() -> None:
    """1. Private DNS lower-cases the group in its ids; the network inside a link keeps its case."""
    link = f"{LOWER_ZONE}/virtualNetworkLinks/testresource"
    found = estate(
        document("private-dns-zone", LOWER_ZONE),
        document("zone-link", link, {"virtualNetwork": {"id": VNET}}),
        document("virtual-network", VNET.replace("Vnet-Hub", "vnet-hub"), {}),
    )
    (network,) = found.networks
    assert list(found.linked_zones(network.id)) == [ZONE_NAME]
    assert not [gap for gap in found.gaps if gap.kind == "virtual-network"]


def test_02_a_zone_group_meets_its_zone_in_another_case() -> None:
    """2. `privateDnsZoneId` carries the lower-cased group although the group's own id does not."""
    config = {"name": "c", "properties": {"privateDnsZoneId": LOWER_ZONE}}
    group = document(
        "private-dns-zone-group", f"{ENDPOINT}/privateDnsZoneGroups/default", {"privateDnsZoneConfigs": [config]}
    )
    found = estate(document("private-dns-zone", ZONE), group)
    (read,) = found.of_type(ZoneGroup)
    assert found.get(PrivateZone, read.configs[0].zone) is not None
    assert found.gaps == ()


def test_03_names_of_records_are_compared_in_lower_case() -> None:
    """3. A record that was asked for as `recordA` is answered as `recorda`."""
    found = estate(document("private-dns-zone", ZONE), document("record-set", f"{ZONE}/A/recordA", {}, name="recordA"))
    assert found.record(ArmId(ZONE), "RecordA") is not None
    assert [record.name for record in found.of_type(RecordSet)] == ["recorda"]


def test_04_an_online_endpoint_is_known_by_its_id_not_by_the_copy_in_its_properties() -> None:
    """4. The nested property holds the whole id in lower case."""
    id = f"{WORKSPACE}/onlineEndpoints/Scoring"
    found = node_of(OnlineEndpoint, "online-endpoint", id, {"properties": {"azureml.onlineendpointid": id.lower()}})
    assert (found.id.text, found.workspace) == (id, ArmId(WORKSPACE))


def test_05_provider_namespaces_in_references_have_any_case() -> None:
    """5. `Microsoft.Keyvault` and `Microsoft.insights` occur beside the usual spellings."""
    workspace = node_of(
        Workspace,
        "workspace",
        WORKSPACE,
        {
            "keyVault": f"{GROUP}/providers/Microsoft.Keyvault/vaults/kv",
            "applicationInsights": f"{GROUP}/providers/Microsoft.insights/components/ai",
            "storageAccount": f"{GROUP}/providers/microsoft.storage/STORAGEACCOUNTS/st",
        },
    )
    assert {r.kind for r in references(workspace)} == {"key-vault", "application-insights", "storage-account"}


def test_06_ids_meet_over_case_and_double_slashes() -> None:
    """6. `resourcegroups`, `virtualnetworks` and `//` work and mean the canonical id."""
    odd = VNET.replace("resourceGroups", "resourcegroups").replace("virtualNetworks", "/virtualnetworks")
    assert ArmId(odd) == ArmId(VNET)
    assert ArmId(odd).resource_group == "RG-One"


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("Microsoft.Network/FirewallPolicies", "firewall-policy"),
        ("microsoft.network/firewallpolicies", "firewall-policy"),
        ("Microsoft.Network/privateDnsZones/SOA", "record-set"),
        ("Microsoft.Network/privateDnsZones/ALL", "record-set"),
    ],
)
def test_07_types_have_no_fixed_spelling(type: str, kind: str) -> None:
    """7. Firewall policies with a capital F; the type of a record set ends in its record type."""
    found = kind_of_type(type)
    assert found is KINDS[kind]


def test_07_each_item_of_a_list_of_records_tells_its_own_type() -> None:
    """7. The list is asked for as ALL, its items are of A, AAAA, SOA."""
    record = node_of(RecordSet, "record-set", f"{ZONE}/SOA/@", {}, type="Microsoft.Network/privateDnsZones/SOA")
    assert (record.type, record.name) == ("SOA", "@")


def test_08_what_stands_in_a_subnet_need_not_be_what_we_look_for() -> None:
    """8. A subnet points to interfaces of scale sets, too; an endpoint's interface has dots in its name."""
    scale_set = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0/networkInterfaces/n"
    gateway = f"{NETWORK}/virtualNetworkGateways/gw"
    occupants = [{"id": f"{scale_set}/ipConfigurations/i"}, {"id": f"{gateway}/ipConfigurations/default"}, {}]
    subnet = node_of(GatewaySubnet, "gateway-subnet", f"{VNET}/subnets/GatewaySubnet", {"ipConfigurations": occupants})
    assert subnet.gateways == (ArmId(gateway),)
    dotted = f"{NETWORK}/networkInterfaces/pe-one.nic.11111111-2222-3333-4444-555555555555"
    assert node_of(NetworkInterface, "network-interface", dotted, {}).id.name.startswith("pe-one.nic.")


def test_09_a_connection_is_joined_by_the_id_of_its_endpoint() -> None:
    """9. Endpoint and target live in different subscriptions, and connection names differ per provider."""
    elsewhere = "/subscriptions/other/resourceGroups/x/providers/Microsoft.Network/privateEndpoints/pe"
    connection = {
        "id": f"{WORKSPACE}/privateEndpointConnections/mlw.0b1c",
        "name": "mlw.0b1c",
        "properties": {"privateEndpoint": {"id": elsewhere}},
    }
    workspace = node_of(Workspace, "workspace", WORKSPACE, {"privateEndpointConnections": [connection]})
    assert workspace.endpoints == (ArmId(elsewhere),)


# Etags


@pytest.mark.parametrize("etag", ['W/"0b1c"', "0b1c", '"d303222e-0000"', None])
def test_10_an_etag_of_any_form_is_kept_as_it_came(etag: Any) -> None:
    """10. Weak, bare, quoted inside the string, or null."""
    assert document("private-dns-zone", ZONE, {}, etag=etag).body["etag"] == etag


# Missing, empty, null


@pytest.mark.parametrize("configs", [{}, {"customDnsConfigs": None}, {"customDnsConfigs": []}])
def test_11_an_endpoint_without_custom_configs_still_has_its_interface(configs: dict[str, Any]) -> None:
    """11. The list is absent, null or empty on well-configured endpoints: names come from the interface."""
    nic = f"{NETWORK}/networkInterfaces/n"
    endpoint = node_of(PrivateEndpoint, "private-endpoint", ENDPOINT, {"networkInterfaces": [{"id": nic}], **configs})
    assert (endpoint.custom_dns, endpoint.interfaces) == ((), (ArmId(nic),))


def test_11_custom_configs_are_read_where_they_are_filled() -> None:
    """11. Only endpoints without a zone group fill them."""
    filled = {"customDnsConfigs": [{"fqdn": "A.example.com", "ipAddresses": ["10.0.0.4"]}]}
    endpoint = node_of(PrivateEndpoint, "private-endpoint", ENDPOINT, filled)
    assert [(named.name, named.addresses) for named in endpoint.custom_dns] == [("a.example.com", ("10.0.0.4",))]


def test_12_a_manual_connection_that_waits_is_not_approved_though_it_succeeded_and_has_an_interface() -> None:
    """12. `groupIds` is missing for private link services; the connection's own state decides, not its provisioning."""
    waiting = {
        "privateLinkServiceId": f"{NETWORK}/privateLinkServices/pls",
        "provisioningState": "Succeeded",
        "privateLinkServiceConnectionState": {"status": "Pending", "description": "Awaiting Approval"},
    }
    endpoint = node_of(
        PrivateEndpoint,
        "private-endpoint",
        ENDPOINT,
        {
            "provisioningState": "Succeeded",
            "privateLinkServiceConnections": [],
            "manualPrivateLinkServiceConnections": [{"properties": waiting}],
            "networkInterfaces": [{"id": f"{NETWORK}/networkInterfaces/n"}],
        },
    )
    (connection,) = endpoint.connections
    assert (connection.manual, connection.group_ids, endpoint.approved) == (True, (), False)


@pytest.mark.parametrize("sets", [{}, {"recordSets": None}, {"recordSets": []}])
def test_13_a_zone_group_keeps_its_zone_though_it_lists_no_records(sets: dict[str, Any]) -> None:
    """13. `recordSets` is empty in every recording although the group has succeeded."""
    config = {"name": "c", "properties": {"privateDnsZoneId": ZONE, **sets}}
    id = f"{ENDPOINT}/privateDnsZoneGroups/default"
    group = node_of(ZoneGroup, "private-dns-zone-group", id, {"privateDnsZoneConfigs": [config]})
    assert [(c.zone, c.records) for c in group.configs] == [(ArmId(ZONE), ())]


def test_13_listed_records_belong_to_the_endpoint_above_though_their_ids_say_otherwise() -> None:
    """13. Their ids say privateLinkServices; names come with and without the dot."""
    record = {"recordType": "A", "recordSetName": "Guid", "fqdn": "Guid.Example.com.", "ipAddresses": ["10.0.0.4"]}
    config = {
        "id": f"{NETWORK}/privateLinkServices/pe-one/privateDnsZoneGroups/default/privateDnsZoneConfigs/c",
        "properties": {"privateDnsZoneId": ZONE, "recordSets": [record]},
    }
    id = f"{ENDPOINT}/privateDnsZoneGroups/default"
    group = node_of(ZoneGroup, "private-dns-zone-group", id, {"privateDnsZoneConfigs": [config]})
    assert group.endpoint == ArmId(ENDPOINT)
    assert [(r.name, r.fqdn) for r in group.configs[0].records] == [("guid", "guid.example.com")]


def test_14_what_is_unset_is_empty_and_means_nothing() -> None:
    """14. `customNetworkInterfaceName` is `""` and `ipConfigurations` `[]` on an endpoint with a dynamic address."""
    unset = {"customNetworkInterfaceName": "", "ipConfigurations": []}
    plain = node_of(PrivateEndpoint, "private-endpoint", ENDPOINT, {"provisioningState": "Succeeded"})
    assert plain == node_of(PrivateEndpoint, "private-endpoint", ENDPOINT, {"provisioningState": "Succeeded", **unset})


@pytest.mark.parametrize(
    ("options", "servers"),
    [
        ({}, ()),
        ({"dhcpOptions": {"dnsServers": []}}, ()),
        ({"dhcpOptions": {"dnsServers": ["10.0.0.4"]}}, ("10.0.0.4",)),
    ],
)
def test_15_missing_and_empty_options_both_mean_azure_dns(options: dict[str, Any], servers: tuple[str, ...]) -> None:
    """15. All three forms of `dhcpOptions` occur."""
    assert node_of(VirtualNetwork, "virtual-network", VNET, options).dns_servers == servers


def test_16_an_interface_is_read_without_what_only_machines_have() -> None:
    """16. `primary`, `macAddress`, the suffix and tags come and go; the address is `privateIPAddress`."""
    configuration = {"name": "ip", "properties": {"privateIPAddress": "10.0.0.4", "primary": True}}
    bare = {"ipConfigurations": [configuration]}
    full = {
        **bare,
        "macAddress": "00-0D",
        "primary": True,
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": [], "internalDomainNameSuffix": "x.internal"},
    }
    id = f"{NETWORK}/networkInterfaces/n"
    one = node_of(NetworkInterface, "network-interface", id, bare)
    assert one == node_of(NetworkInterface, "network-interface", id, full, tags={})
    assert [c.address for c in one.ip_configurations] == ["10.0.0.4"]


def test_16_resolvers_spell_an_address_with_a_small_p() -> None:
    """16. `privateIpAddress` in DNS resolver, `privateIPAddress` in Network."""
    endpoint = document(
        "inbound-endpoint",
        f"{RESOLVER}/inboundEndpoints/in",
        {"ipConfigurations": [{"privateIpAddress": "10.0.0.68", "subnet": {"id": f"{VNET}/subnets/in"}}]},
    )
    assert estate(endpoint).inbound_at("10.0.0.68", ArmId(VNET)) is not None


@pytest.mark.parametrize("peerings", [{}, {"virtualNetworkPeerings": None}, {"virtualNetworkPeerings": []}])
def test_17_a_network_without_peerings_stands_alone(peerings: dict[str, Any]) -> None:
    """17. The list is missing in old answers."""
    found = estate(document("virtual-network", VNET, peerings))
    assert found.component(ArmId(VNET)) == {ArmId(VNET)}


@pytest.mark.parametrize(("state", "connected"), [("Connected", True), ("Initiated", False), ("Disconnected", False)])
def test_17_only_a_connected_peering_connects(state: str, connected: bool) -> None:
    """17. Initiated was seen, too: the other side has not answered yet."""
    other = f"{NETWORK}/virtualNetworks/other"
    peering = {
        "name": "p",
        "properties": {
            "peeringState": state,
            "remoteVirtualNetwork": {"id": other},
            "remoteVirtualNetworkAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
            "peeringSyncLevel": "FullyInSync",
            "peerCompleteVnets": True,
        },
    }
    found = estate(
        document("virtual-network", VNET, {"virtualNetworkPeerings": [peering]}), document("virtual-network", other)
    )
    assert (ArmId(other) in found.component(ArmId(VNET))) is connected


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        ({"addressPrefix": "10.0.0.0/24"}, ("10.0.0.0/24",)),
        ({"addressPrefixes": ["10.0.0.0/24", "fd00::/64"]}, ("10.0.0.0/24", "fd00::/64")),
        ({"addressPrefix": None, "addressPrefixes": ["10.0.0.0/24"]}, ("10.0.0.0/24",)),
        ({"addressPrefix": "10.0.0.0/24", "addressPrefixes": []}, ("10.0.0.0/24",)),
    ],
)
def test_18_a_subnet_has_one_prefix_or_a_list(prefixes: dict[str, Any], expected: tuple[str, ...]) -> None:
    """18. `addressPrefixes` replaces `addressPrefix` on newer subnets."""
    subnets = [{"id": f"{VNET}/subnets/s", "properties": prefixes}]
    network = node_of(VirtualNetwork, "virtual-network", VNET, {"subnets": subnets})
    assert network.subnets[0].prefixes == expected


def test_19_one_object_may_hold_two_spellings_of_a_key() -> None:
    """19. `minimumTTL: null` beside `minimumTtl: 300`: neither may take the other's place, nor make a gap."""
    soa = {"minimumTTL": None, "minimumTtl": 300, "host": "azureprivatedns.net"}
    record = node_of(RecordSet, "record-set", f"{ZONE}/SOA/@", {"ttl": 3600, "soaRecord": soa})
    assert record.ttl == 3600
    assert removed_of("record-set", {"properties": {"soaRecord": soa}}) == {"properties.soaRecord"}
    both = {"properties": {"fqdn": "a", "FQDN": None}}
    assert trim(KINDS["record-set"], both)[0] == both


@pytest.mark.parametrize(
    ("domain", "expected"), [("contoso.com.", "contoso.com"), (".", ""), ("Contoso.COM", "contoso.com")]
)
def test_20_the_domain_of_a_rule_loses_its_dot(domain: str, expected: str) -> None:
    """20. Rules and domain lists end in a dot, zones and interfaces do not, one dot is the root."""
    rule = f"{NETWORK}/dnsForwardingRulesets/rs/forwardingRules/r"
    assert node_of(ForwardingRule, "forwarding-rule", rule, {"domainName": domain}).domain == expected


def test_20_a_rule_without_a_domain_is_not_one_for_every_name() -> None:
    """20. Only a dot is the root."""
    assert "domain" in gap_of("forwarding-rule", f"{NETWORK}/dnsForwardingRulesets/rs/forwardingRules/r", {}).detail


def test_20_domain_lists_lose_their_dots_and_name_the_root_in_two_ways() -> None:
    """20. As for rules."""
    domains = ["contoso.com.", ".", "*", "a.B"]
    found = node_of(DomainList, "domain-list", f"{NETWORK}/dnsResolverDomainLists/l", {"domains": domains})
    assert found.domains == ("contoso.com", "", "", "a.b")


def test_20_the_apex_is_an_at_sign() -> None:
    """20. `@` in names, while `fqdn` is written out and ends in a dot."""
    found = estate(document("private-dns-zone", ZONE), document("record-set", f"{ZONE}/A/@", {"fqdn": f"{ZONE_NAME}."}))
    assert [found.fqdn_of(record) for record in found.of_type(RecordSet)] == [ZONE_NAME]


def test_21_registered_and_manual_records_are_told_apart() -> None:
    """21. They are listed together; metadata is there only when set; a set holds several addresses."""
    machine = node_of(RecordSet, "record-set", f"{ZONE}/A/vm1", {"ttl": 10, "isAutoRegistered": True})
    several = {"ttl": 3600, "aRecords": [{"ipv4Address": "10.0.0.5"}, {"ipv4Address": "10.0.0.4"}]}
    manual = node_of(RecordSet, "record-set", f"{ZONE}/A/www", several)
    six = node_of(RecordSet, "record-set", f"{ZONE}/AAAA/www", {"aaaaRecords": [{"ipv6Address": "FD00:0::1"}]})
    assert (machine.auto_registered, machine.ttl, machine.owner) == (True, 10, None)
    assert (manual.auto_registered, manual.addresses) == (False, ("10.0.0.4", "10.0.0.5"))
    assert six.addresses == ("fd00::1",)


def test_22_zones_and_links_are_global_may_lack_tags_and_carry_keys_that_nobody_documents() -> None:
    """22. `internalId` is not kept; `resolutionPolicy` is there on private-link zones only."""
    body = {"id": ZONE, "location": "global", "properties": {"internalId": "SW1t", "numberOfRecordSets": 1}}
    assert removed_of("private-dns-zone", body) == {"properties.internalId"}
    id = f"{ZONE}/virtualNetworkLinks/l"
    plain = node_of(ZoneLink, "zone-link", id, {"virtualNetwork": {"id": VNET}}, location="global")
    redirected = {"virtualNetwork": {"id": VNET}, "resolutionPolicy": "NxDomainRedirect"}
    assert (plain.fallback, node_of(ZoneLink, "zone-link", id, redirected).fallback) == (False, True)


def test_23_a_resolver_that_is_being_created_has_no_guid_and_perhaps_nothing_else() -> None:
    """23. `resourceGuid: null` while Creating; the answer to its creation is `{}`."""
    creating = {"provisioningState": "Creating", "resourceGuid": None, "virtualNetwork": {"id": VNET}}
    assert node_of(DnsResolver, "dns-resolver", RESOLVER, creating).network == ArmId(VNET)
    assert node_of(DnsResolver, "dns-resolver", RESOLVER, {}).network is None
    link = f"{NETWORK}/dnsForwardingRulesets/rs/virtualNetworkLinks/l"
    assert "virtual network" in gap_of("ruleset-link", link, {}).detail


@pytest.mark.parametrize(
    ("lists", "managed"),
    [([], ["AzureDnsThreatIntel"]), ([{"id": f"{NETWORK}/dnsResolverDomainLists/l"}], []), (None, None)],
)
def test_23_a_security_rule_names_own_or_managed_lists_or_neither(lists: Any, managed: Any) -> None:
    """23. Both keys are there, one empty, or missing; `blockResponseCode` came and went."""
    rule = node_of(
        SecurityRule,
        "security-rule",
        f"{POLICY}/dnsSecurityRules/r",
        {
            "priority": 100,
            "action": {"actionType": "Block", "blockResponseCode": "SERVFAIL"},
            "dnsResolverDomainLists": lists,
            "managedDomainLists": managed,
        },
    )
    assert (len(rule.domain_lists), rule.managed_lists) == (len(lists or ()), tuple(managed or ()))
    assert (rule.action, rule.enabled) == ("block", True)


def test_24_a_workspace_has_keys_that_nobody_documents_and_none_of_its_secrets_is_kept() -> None:
    """24. Null, missing and unknown keys; `sdkTelemetryAppInsightsKey` is like a key and changes by itself."""
    odd = {
        "workspaceId": "0B1C",
        "applicationInsights": None,
        "imageBuildCompute": None,
        "EnableSoftwareBillOfMaterials": False,
        "networkAcls": {"bypass": ""},
        "notebookInfo": {"fqdn": "ml-mlw-westeurope-0b1c.westeurope.notebooks.azure.net", "isPrivateLinkEnabled": True},
        "sdkTelemetryAppInsightsKey": "a-secret",
    }
    read = document("workspace", WORKSPACE, odd, kind="Default", etag=None)
    assert "a-secret" not in json.dumps(dict(read.body))
    workspace = node_of(Workspace, "workspace", WORKSPACE, odd)
    assert (workspace.guid, workspace.dependencies, workspace.hub, workspace.isolation) == ("0b1c", (), None, "")


def test_24_a_project_has_the_notebooks_of_its_hub_and_an_id_of_its_own() -> None:
    """24. Names must not be keyed on `notebookInfo` alone."""
    notebook = {"fqdn": "ml-hub-westeurope-0b1c.westeurope.notebooks.azure.net"}
    hub = f"{LEARNING}/workspaces/hub"
    found = estate(
        document(
            "workspace", hub, {"workspaceId": "0b1c", "notebookInfo": notebook, "associatedWorkspaces": [WORKSPACE]}
        ),
        document("workspace", WORKSPACE, {"workspaceId": "77aa", "notebookInfo": notebook, "hubResourceId": hub}),
    )
    assert {w.guid: w.notebook_fqdn for w in found.workspaces} == {"0b1c": notebook["fqdn"], "77aa": notebook["fqdn"]}
    assert [w.hub for w in found.workspaces] == [None, ArmId(hub)]


INSTANCE = {
    "computeType": "ComputeInstance",
    "provisioningErrors": None,
    "resourceId": None,
    "properties": {
        "subnet": None,
        "errors": [],
        "state": "Running",
        "connectivityEndpoints": {"publicIpAddress": "203.0.113.1", "privateIpAddress": "10.0.0.4"},
        "applications": [
            {"displayName": "Jupyter", "endpointUri": "https://ci.westeurope.instances.azureml.ms/tree/"},
            {"displayName": "Lab", "endpointUri": "https://ci.westeurope.instances.azureml.ms/lab"},
        ],
    },
}


def test_25_what_depends_on_the_type_of_a_compute_is_nested_once_more() -> None:
    """25. `subnet: null` without a network; addresses at instances only; one host behind several applications."""
    instance = node_of(Compute, "compute", f"{WORKSPACE}/computes/ci", INSTANCE)
    assert (instance.subnet, instance.attached, instance.address) == (None, None, "10.0.0.4")
    assert instance.hosts == ("ci.westeurope.instances.azureml.ms",)


@pytest.mark.parametrize("detail", [None, {}, {"errors": None, "vmSize": "STANDARD"}])
def test_25_a_cluster_has_no_addresses(detail: Any) -> None:
    """25. As above."""
    cluster = node_of(
        Compute, "compute", f"{WORKSPACE}/computes/c", {"computeType": "AmlCompute", "properties": detail}
    )
    assert (cluster.type, cluster.address, cluster.hosts, cluster.state) == ("AmlCompute", "", (), "")


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        (None, None),
        ("", None),
        ("https://Scoring.westeurope.inference.ml.azure.com/score", "scoring.westeurope.inference.ml.azure.com"),
        ("http://203.0.113.7:80/api/v1/service/scoring/score", None),
        ("http://[fd00::1]/score", None),
    ],
)
def test_26_an_online_endpoint_has_no_host_while_it_is_being_created(uri: str | None, host: str | None) -> None:
    """26. Without location, identity and scoring URI at first; an attached cluster is scored by its address."""
    properties = {"scoringUri": uri, "provisioningState": "Creating"}
    endpoint = node_of(OnlineEndpoint, "online-endpoint", f"{WORKSPACE}/onlineEndpoints/s", properties, systemData={})
    assert (endpoint.host, endpoint.location) == (host, "")


@pytest.mark.parametrize("call", ["diagnose", "outboundNetworkDependenciesEndpoints", "listKeys"])
def test_27_answers_of_actions_are_no_resources(call: str) -> None:
    """27. Diagnose answers sections, and only those asked for; no kind of ours is read from such an answer."""
    assert kind_of_type(f"Microsoft.MachineLearningServices/workspaces/{call}") is None
    assert not [kind for kind in KINDS.values() if kind.path.lower().endswith(call.lower())]


@pytest.mark.parametrize(
    ("kind", "id", "more"),
    [
        ("private-endpoint", ENDPOINT, {"isIPv6EnabledPrivateEndpoint": False, "ipVersionType": "IPv4"}),
        ("virtual-network", VNET, {"privateEndpointVNetPolicies": "Disabled", "subnets": []}),
        ("network-interface", f"{NETWORK}/networkInterfaces/n", {"allowPort25Out": True, "auxiliaryMode": "None"}),
    ],
)
def test_28_keys_of_later_versions_change_nothing(kind: str, id: str, more: dict[str, Any]) -> None:
    """28. New api-versions add keys, at the top level, too."""
    assert estate(document(kind, id, more, kind="Regular", someday={})).nodes == estate(document(kind, id, {})).nodes


@pytest.mark.parametrize(
    "connection",
    [
        {"groupId": "Sql", "privateLinkServiceConnectionState": {"status": "Approved"}},
        {"groupIds": ["topic"], "privateLinkServiceConnectionState": {"status": "Approved", "description": ""}},
        {"privateLinkServiceConnectionState": {"status": "Approved", "actionRequired": "None"}},
        {"privateLinkServiceConnectionState": {"status": "Pending", "actionsRequired": "None"}},
    ],
)
def test_29_a_target_knows_its_endpoint_whatever_else_its_provider_writes(connection: dict[str, Any]) -> None:
    """29. `groupId` or `groupIds`, `actionRequired` or `actionsRequired`, a description or none."""
    id = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"
    held = {"privateEndpointConnections": [{"properties": {"privateEndpoint": {"id": ENDPOINT}, **connection}}]}
    found = estate(document("storage-account", id, held))
    assert {gap.scope for gap in found.gaps} == {ENDPOINT}


@pytest.mark.parametrize("status", ["Approved", "APPROVED", "Pending", "Rejected", "Disconnected", "Perhaps"])
def test_29_only_an_approved_connection_is_approved(status: str) -> None:
    """29. The description is free text and says nothing: "Auto-approved", "Auto Approved", "" mean the same."""
    state = {"status": status, "description": "Auto Approved"}
    properties = {"privateLinkServiceConnections": [{"properties": {"privateLinkServiceConnectionState": state}}]}
    endpoint = node_of(PrivateEndpoint, "private-endpoint", ENDPOINT, properties)
    assert endpoint.approved is (status.lower() == "approved")


@pytest.mark.parametrize("state", ["InProgress", "Completed", "SomethingNew"])
def test_30_states_pass_as_they_are(state: str) -> None:
    """30. Unknown values of a state are no fault."""
    properties = {"virtualNetwork": {"id": VNET}, "virtualNetworkLinkState": state, "provisioningState": state}
    link = node_of(ZoneLink, "zone-link", f"{ZONE}/virtualNetworkLinks/l", properties)
    assert (link.state, link.provisioning_state) == (state, state)


# Paging, errors and headers are tested where they are read


@pytest.mark.parametrize(
    ("file", "test"),
    [
        # 31. nextLink only when there is one, with a port and an encoded token: followed unchanged
        ("test_walk.py", "test_pages_are_followed_with_an_explicit_port_and_unchanged"),
        ("test_walk.py", "test_empty_pages_in_between_are_followed"),
        # 32. errors with and without their wrapper; a 404 of a group says nothing of its resources
        ("test_errors.py", "test_the_code_of_an_answer_without_the_usual_wrapper_is_told"),
        ("test_errors.py", "test_an_answer_other_than_200_has_its_reason_and_tells_the_code"),
        # 33. answers of operations, with 202 or 200, are no lists
        ("test_walk.py", "test_an_answer_without_a_list_is_malformed"),
        # 34. Retry-After in all its forms; what is no number is ignored
        ("test_session.py", "test_throttling_is_told_at_once_with_the_wait_that_azure_asks_for"),
        ("test_session.py", "test_a_retry_after_that_makes_no_sense_is_ignored"),
        ("test_budgets.py", "test_headers_that_make_no_sense_are_ignored"),
    ],
)
def test_31_to_34_have_their_tests(file: str, test: str) -> None:
    """31 to 34."""
    assert f"def {test}(" in (TESTS / "azure" / file).read_text(encoding="utf-8")


def test_35_bodies_are_compared_as_values_not_as_bytes() -> None:
    """35. The same resource comes pretty-printed from a GET, with either line end, and compact from a list."""
    body = {"id": ZONE, "name": ZONE_NAME, "properties": {"numberOfRecordSets": 1}}
    pretty = json.dumps(body, indent=2).replace("\n", "\r\n").encode()
    compact = json.dumps(dict(reversed(body.items())), separators=(",", ":")).encode()
    one, other = (trim(KINDS["private-dns-zone"], msgspec.json.decode(text)) for text in (pretty, compact))
    assert one == other


@pytest.mark.parametrize(
    ("told", "region"),
    [("eastus", "eastus"), ("East US", "eastus"), ("chinaeast2", "chinaeast2"), ("eastus2euap", "eastus2euap")],
)
def test_36_regions_are_told_in_one_spelling(told: str, region: str) -> None:
    """36. Names use `eastus`; canary regions and those of other clouds exist."""
    assert node_of(VirtualNetwork, "virtual-network", VNET, {}, location=told).location == region
    assert node_of(Workspace, "workspace", WORKSPACE, {}, location=told).location == region


def test_36_names_of_other_clouds_are_names() -> None:
    """36. China's suffixes are read like any other."""
    host = "mlw.workspace.chinaeast2.api.ml.azure.cn"
    configuration = {"privateIPAddress": "10.0.0.4", "privateLinkConnectionProperties": {"fqdns": [host]}}
    properties = {
        "ipConfigurations": [{"properties": configuration}],
        "dnsSettings": {"internalDomainNameSuffix": "x.internal.chinacloudapp.cn"},
    }
    nic = node_of(NetworkInterface, "network-interface", f"{NETWORK}/networkInterfaces/n", properties)
    assert nic.ip_configurations[0].fqdns == (Fqdn(host),)


def test_37_two_resources_with_one_sanitised_guid_stay_two() -> None:
    """37. Recordings write one GUID everywhere: ids identify, GUIDs do not."""
    zero = "00000000-0000-0000-0000-000000000000"
    ids = [f"{NETWORK}/privateEndpoints/{name}" for name in ("one", "two")]
    found = estate(*(document("private-endpoint", id, {"resourceGuid": zero}, etag=f'W/"{zero}"') for id in ids))
    assert [endpoint.id.name for endpoint in found.endpoints] == ["one", "two"]
    assert {endpoint.id.subscription for endpoint in found.endpoints} == {SUBSCRIPTION.rpartition("/")[2]}


def test_every_irregularity_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    missing = [n for n in range(1, 38) if f"def test_{n:02}_" not in text and n not in range(31, 35)]
    assert missing == []
