"""Documents to nodes: Azure's irregularities mean what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.arm.nodes import parse_document
from collectors.graph.clouds import CLOUDS
from collectors.graph.documents import Document, Gap
from collectors.graph.ids import ArmId
from collectors.graph.nodes import (
    NetworkInterface,
    OwnerStamp,
    Permissions,
    PrivateEndpoint,
    RecordSet,
    Subscription,
    VirtualNetwork,
    Workspace,
    ZoneGroup,
    ZoneLink,
)
from tests.estates import lab

BASE = "/subscriptions/s/resourceGroups/g/providers"
ZONE = f"{BASE}/Microsoft.Network/privateDnsZones/example.com"


def parsed(kind: str, properties: Any = None, id: str = f"{BASE}/T/t/n", **body: Any) -> Any:
    return parse_document(Document(kind=kind, id=ArmId(id), body={"properties": properties, **body}))


def test_unknown_kinds_are_left_alone() -> None:
    assert parsed("load-balancer") is None


@pytest.mark.parametrize(
    "properties", [{}, {"dhcpOptions": None}, {"dhcpOptions": {}}, {"dhcpOptions": {"dnsServers": []}}]
)
def test_every_way_to_say_azure_provided_dns_means_no_servers(properties: Any) -> None:
    network = parsed("virtual-network", properties)
    assert isinstance(network, VirtualNetwork)
    assert network.dns_servers == ()


def test_addresses_and_ranges_are_spelt_the_usual_way() -> None:
    network = parsed(
        "virtual-network",
        {
            "addressSpace": {"addressPrefixes": ["10.0.0.7/16", "FD00:0::/48", ""]},
            "dhcpOptions": {"dnsServers": ["FD00:0::1", "10.0.0.4"]},
        },
    )
    assert network.prefixes == ("10.0.0.0/16", "fd00::/48")
    assert network.dns_servers == ("fd00::1", "10.0.0.4")


@pytest.mark.parametrize("server", ["fe80::1%eth0", "10.0.0.4:53", "dns.example.com", " 10.0.0.4", "10.0.0.04"])
def test_a_server_that_is_no_address_makes_a_gap(server: str) -> None:
    assert isinstance(parsed("virtual-network", {"dhcpOptions": {"dnsServers": [server]}}), Gap)


def test_a_range_with_a_zone_makes_a_gap() -> None:
    assert isinstance(parsed("virtual-network", {"addressSpace": {"addressPrefixes": ["fe80::%x/64"]}}), Gap)


def test_subnets_have_one_prefix_or_several_and_need_an_id() -> None:
    network = parsed(
        "virtual-network",
        {
            "subnets": [
                {"id": f"{BASE}/N/v/v/subnets/one", "properties": {"addressPrefix": "10.0.0.0/24"}},
                {"id": f"{BASE}/N/v/v/subnets/two", "properties": {"addressPrefixes": ["10.0.1.0/24", "10.0.2.0/24"]}},
                {"id": f"{BASE}/N/v/v/subnets/none"},
                {"name": "without id"},
            ]
        },
    )
    assert [(s.id.name, len(s.prefixes)) for s in network.subnets] == [("one", 1), ("two", 2), ("none", 0)]


def test_an_interface_may_switch_back_to_azure_provided_dns() -> None:
    nic = parsed("network-interface", {"dnsSettings": {"dnsServers": ["AzureProvidedDNS"]}})
    assert isinstance(nic, NetworkInterface)
    assert nic.dns_servers == ("168.63.129.16",)


def test_an_address_that_is_not_given_yet_is_left_out() -> None:
    nic = parsed(
        "network-interface", {"ipConfigurations": [{"name": "a"}, {"properties": {"privateIPAddress": "10.0.0.4"}}]}
    )
    assert [(c.address, c.subnet, c.fqdns) for c in nic.ip_configurations] == [("10.0.0.4", None, ())]


def test_an_interface_with_a_whole_block_of_addresses_keeps_the_first() -> None:
    """Prefix-based configurations write `172.20.2.16/28` where others write an address."""
    nic = parsed("network-interface", {"ipConfigurations": [{"properties": {"privateIPAddress": "172.20.2.16/28"}}]})
    assert isinstance(nic, NetworkInterface)
    assert [configuration.address for configuration in nic.ip_configurations] == ["172.20.2.16"]


def test_manual_connections_are_kept_apart_and_pending_is_not_approved() -> None:
    connection = {"properties": {"privateLinkServiceConnectionState": {"status": "Pending"}}}
    endpoint = parsed("private-endpoint", {"manualPrivateLinkServiceConnections": [connection, {}]})
    assert isinstance(endpoint, PrivateEndpoint)
    assert [(c.manual, c.status, c.target, c.group_ids) for c in endpoint.connections] == [
        (True, "Pending", None, ()),
        (True, "", None, ()),
    ]
    assert not endpoint.approved


def test_custom_configs_without_a_name_are_left_out() -> None:
    endpoint = parsed(
        "private-endpoint", {"customDnsConfigs": [{"fqdn": None}, {"fqdn": "A.Example.", "ipAddresses": None}]}
    )
    assert [(n.name, n.addresses) for n in endpoint.custom_dns] == [("a.example", ())]


def test_a_zone_group_belongs_to_the_endpoint_above_it() -> None:
    group = parsed(
        "private-dns-zone-group",
        {"privateDnsZoneConfigs": [{"name": "c"}, {"properties": {"privateDnsZoneId": ZONE, "recordSets": [{}]}}]},
        id=f"{BASE}/N/privateEndpoints/pe/privateDnsZoneGroups/default",
    )
    assert isinstance(group, ZoneGroup)
    assert group.endpoint.name == "pe"
    assert [(c.zone, len(c.records)) for c in group.configs] == [(None, 0), (ArmId(ZONE), 1)]


@pytest.mark.parametrize(
    ("policy", "fallback"), [("NxDomainRedirect", True), ("nxdomainredirect", True), ("Default", False), (None, False)]
)
def test_a_link_falls_back_only_by_its_policy(policy: str | None, fallback: bool) -> None:
    link = parsed(
        "zone-link",
        {"virtualNetwork": {"id": f"{BASE}/N/v/v"}, "resolutionPolicy": policy},
        id=f"{ZONE}/virtualNetworkLinks/l",
    )
    assert isinstance(link, ZoneLink)
    assert (link.fallback, link.zone) == (fallback, ArmId(ZONE))


@pytest.mark.parametrize("properties", [None, {}, {"virtualNetwork": {}}, {"virtualNetwork": {"id": ""}}])
def test_a_link_without_a_network_makes_a_gap(properties: Any) -> None:
    assert isinstance(parsed("zone-link", properties), Gap)


def test_a_record_set_is_read_with_its_owner() -> None:
    guid = "1F0ED8E2-1111-4222-8333-444455556666"
    record = parsed(
        "record-set",
        {
            "ttl": 10,
            "aRecords": [{"ipv4Address": "10.0.0.9"}, {"ipv4Address": "10.0.0.10"}, {}],
            "metadata": {"creator": f"created by private endpoint pe.one with resource guid {guid}"},
        },
        id=f"{ZONE}/A/WWW",
        name="Www",
        type="Microsoft.Network/privateDnsZones/a",
    )
    assert isinstance(record, RecordSet)
    assert (record.name, record.type, record.addresses) == ("www", "A", ("10.0.0.10", "10.0.0.9"))
    assert record.owner == OwnerStamp(endpoint="pe.one", resource_guid=guid.lower())


@pytest.mark.parametrize("metadata", [None, {}, {"creator": None}, {"creator": "somebody"}])
def test_a_record_without_a_stamp_has_no_owner(metadata: Any) -> None:
    record = parsed("record-set", {"metadata": metadata}, id=f"{ZONE}/TXT/@")
    assert (record.owner, record.name, record.type, record.cname) == (None, "@", "TXT", None)


@pytest.mark.parametrize(
    ("access", "public"), [("Enabled", True), ("DISABLED", False), (None, None), ("Perhaps", None)]
)
def test_public_access_is_known_or_not(access: str | None, public: bool | None) -> None:
    workspace = parsed("workspace", {"publicNetworkAccess": access})
    assert isinstance(workspace, Workspace)
    assert workspace.public_access is public


def test_a_workspace_is_read_with_its_endpoints_in_normal_form() -> None:
    workspace = parsed(
        "workspace",
        {
            "workspaceId": "ABC",
            "notebookInfo": {"fqdn": "ML-x.Notebooks.Azure.Net"},
            "privateEndpointConnections": [
                {},
                {"properties": {}},
                {"properties": {"privateEndpoint": {"id": f"{BASE}/N/privateEndpoints/pe"}}},
            ],
        },
        location="West Europe",
    )
    assert (workspace.guid, workspace.location, workspace.kind) == ("abc", "westeurope", "Default")
    assert workspace.notebook_fqdn == "ml-x.notebooks.azure.net"
    assert [id.name for id in workspace.endpoints] == ["pe"]


def test_subscriptions_and_permissions_are_not_nested() -> None:
    (subscription, _) = lab("azure-dns").of_type(Subscription)
    assert (subscription.state, subscription.name) == ("Enabled", "platform")
    permissions = lab("azure-dns").of_type(Permissions)[0]
    assert permissions.scope == subscription.id
    assert permissions.rows[0].actions == ("*/read",)


def test_permissions_in_an_absurd_place_make_a_gap() -> None:
    found = parse_document(Document(kind="permissions", id=ArmId("/a/b"), body={"value": [{}, {"actions": None}]}))
    assert isinstance(found, Gap)


def test_every_cloud_is_asked_over_https() -> None:
    for name, cloud in CLOUDS.items():
        assert name == cloud.name
        assert cloud.endpoint.startswith("https://")
        assert cloud.audience.startswith("https://")
