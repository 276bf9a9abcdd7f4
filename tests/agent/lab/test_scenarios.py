"""The estates of the lab hang together, and everything that can be broken in them breaks as it says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from agent.lab.builders import notebooks_label
from agent.lab.clouds import CLOUD_NAMES, CloudNames, names_of_region
from agent.lab.estate import LabEstate
from agent.lab.internet import private_link_name
from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS, kind_of_type, trim
from collectors.graph.documents import Document
from collectors.graph.errors import UsageError
from collectors.graph.ids import ArmId

SUBNETS = "microsoft.network/virtualnetworks/subnets"
FAULTS = [(name, fault) for name, scenario in SCENARIOS.items() for fault in scenario.faults]
WITH = {fault: [name for name, scenario in SCENARIOS.items() if fault in scenario.faults] for _, fault in FAULTS}
# Each says what the whole server is, one of them of the running one only: the later one wins.
_LATER_WINS = {"forwarder-removed-silently", "ipv6-leads-outside"}
PAIRS = [
    (name, *pair)
    for name, scenario in SCENARIOS.items()
    for pair in permutations(scenario.faults, 2)
    if set(pair) != _LATER_WINS
]


def of_kind(estate: LabEstate, kind: str) -> list[Document]:
    return [document for document in estate.documents.values() if document.kind == kind]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inside in value.values():
            yield from strings(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from strings(inside)
    elif isinstance(value, str):
        yield value


def dangling(estate: LabEstate) -> set[str]:
    """The ids of kinds that we read which something mentions and nothing has."""
    missing = set()
    for document in estate.documents.values():
        for text in strings(document.body):
            if not text.startswith("/subscriptions/"):
                continue
            mentioned = ArmId(text)
            if mentioned.type.lower() == SUBNETS:
                mentioned = mentioned.parent
            if kind_of_type(mentioned.type) and mentioned not in estate.documents:
                missing.add(text)
    return missing


def names_of(estate: LabEstate) -> CloudNames:
    return CLOUD_NAMES[estate.cloud]


def records(estate: LabEstate) -> dict[ArmId, list[str]]:
    """The records that zone groups wrote."""
    return {
        document.id: [row["ipv4Address"] for row in document.body["properties"]["aRecords"]]
        for document in of_kind(estate, "record-set")
        if document.id.type.endswith("/A") and "metadata" in document.body["properties"]
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_document_stands_under_the_id_of_its_body(name: str) -> None:
    for id, document in build(name).documents.items():
        assert id == document.id
        assert document.kind in KINDS
        if document.kind != "permissions":
            assert document.body["id"] == str(id)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_reference_of_a_healthy_estate_leads_somewhere(name: str) -> None:
    assert dangling(build(name)) == set()


@pytest.mark.parametrize("name", SCENARIOS)
def test_subnets_that_are_referenced_exist(name: str) -> None:
    estate = build(name)
    subnets = {
        ArmId(subnet["id"])
        for network in of_kind(estate, "virtual-network")
        for subnet in network.body["properties"]["subnets"]
    }
    used = {
        ArmId(text)
        for document in estate.documents.values()
        for text in strings(document.body)
        if text.startswith("/") and ArmId(text).type.lower() == SUBNETS
    }
    assert used <= subnets


@pytest.mark.parametrize("name", SCENARIOS)
def test_zone_group_interface_and_records_agree_when_healthy(name: str) -> None:
    """The records are the interface's names with `privatelink` before the public suffix, in the group's zones."""
    estate = build(name)
    promised = {
        ArmId(config["properties"]["privateDnsZoneId"]).child("A", row["recordSetName"]): row["ipAddresses"]
        for group in of_kind(estate, "private-dns-zone-group")
        for config in group.body["properties"]["privateDnsZoneConfigs"]
        for row in config["properties"]["recordSets"]
    }
    listed = [
        (private_link_name(fqdn) or fqdn, configuration["properties"]["privateIPAddress"])
        for interface in of_kind(estate, "network-interface")
        for configuration in interface.body["properties"]["ipConfigurations"]
        for fqdn in configuration["properties"].get("privateLinkConnectionProperties", {}).get("fqdns", [])
    ]
    assert promised == records(estate)
    assert sorted(listed) == sorted((f"{id.name}.{id.parent.name}", address[0]) for id, address in promised.items())
    assert len(promised) >= 4


@pytest.mark.parametrize("name", SCENARIOS)
def test_counters_of_zones_are_right_after_any_fault(name: str) -> None:
    for breaks in ([], *([fault] for fault in SCENARIOS[name].faults)):
        estate = build(name, breaks)
        for zone in of_kind(estate, "private-dns-zone"):
            inside = [d.kind for d in estate.documents.values() if d.id.key.startswith(zone.id.key + "/")]
            properties = zone.body["properties"]
            assert properties["numberOfRecordSets"] == inside.count("record-set")
            assert properties["numberOfVirtualNetworkLinks"] == inside.count("zone-link")


def test_private_dns_spells_resource_groups_in_lower_case() -> None:
    estate = build("hub-spoke")
    zones = of_kind(estate, "private-dns-zone")
    assert {zone.id.resource_group for zone in zones} == {"rg-dns"}
    (link,) = [d for d in of_kind(estate, "zone-link") if d.id.parent.name == "privatelink.api.azureml.ms"]
    assert "/resourceGroups/RG-Hub-Network/" in link.body["properties"]["virtualNetwork"]["id"]


def test_every_kind_that_is_read_is_somewhere_in_the_lab() -> None:
    """So that whoever reads, serves, trims or parses a kind meets it."""
    assert {document.kind for name in SCENARIOS for document in build(name).documents.values()} == set(KINDS)


def test_the_spellings_of_azure_occur() -> None:
    """One thing in two cases, a type that differs from the id, and providers that spell themselves in two ways."""
    company = {d.id: d for name in ("multi-subscription", "firewall") for d in build(name).documents.values()}
    texts = {text for document in company.values() for text in strings(document.body)}
    spellings: dict[str, set[str]] = {}
    for text in texts:
        spellings.setdefault(text.lower(), set()).add(text)
    assert {ArmId(key).type for key, found in spellings.items() if len(found) > 1 and key.startswith("/")} >= {
        "microsoft.network/virtualnetworks",
        "microsoft.network/privateendpoints",
        "microsoft.keyvault/vaults",
        "microsoft.insights/components",
    }
    assert "Microsoft.Network/FirewallPolicies" in texts
    assert any("/firewallPolicies/" in text for text in texts)


def test_names_of_the_resolver_service_end_with_a_dot_and_its_addresses_are_spelt_its_way() -> None:
    estate = build("private-resolver")
    domains = [rule.body["properties"]["domainName"] for rule in of_kind(estate, "forwarding-rule")]
    (blocked,) = of_kind(estate, "domain-list")
    (inbound,) = of_kind(estate, "inbound-endpoint")
    assert all(domain.endswith(".") for domain in (*domains, *blocked.body["properties"]["domains"]))
    assert inbound.body["properties"]["ipConfigurations"][0]["privateIpAddress"] == "10.0.1.4"
    assert all("location" not in rule.body for rule in of_kind(estate, "forwarding-rule"))


def test_a_project_has_its_own_guid_and_the_names_of_its_hub() -> None:
    hub, project = of_kind(build("hub-project"), "workspace")
    assert (hub.body["kind"], project.body["kind"]) == ("Hub", "Project")
    assert ArmId(project.body["properties"]["hubResourceId"]) == hub.id
    guids = [document.body["properties"]["workspaceId"] for document in (hub, project)]
    assert guids[0] != guids[1]
    assert guids[0] in project.body["properties"]["discoveryUrl"]
    assert project.body["properties"]["notebookInfo"] == hub.body["properties"]["notebookInfo"]
    assert "privateEndpointConnections" not in project.body["properties"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_region_is_one_of_the_scenarios_cloud(name: str) -> None:
    estate = build(name)
    regions = {d.body["location"] for d in estate.documents.values() if d.body.get("location")} - {"global"}
    assert {names_of_region(region).name for region in regions} == {estate.cloud}


def test_the_three_forms_of_an_etag_occur() -> None:
    etags = {d.kind: d.body.get("etag", "") for d in build("hub-spoke").documents.values()}
    assert etags["private-endpoint"].startswith('W/"')
    assert etags["zone-link"].startswith('"')
    assert not etags["private-dns-zone"].startswith(('"', "W"))
    assert etags["workspace"] is None


def test_absent_and_empty_dns_settings_both_occur() -> None:
    ml, apps = of_kind(build("azure-dns"), "virtual-network")
    assert "dhcpOptions" not in ml.body["properties"]
    assert apps.body["properties"]["dhcpOptions"] == {"dnsServers": []}


def test_trimming_has_keys_and_hostile_text_to_remove() -> None:
    (workspace,) = of_kind(build("hub-spoke"), "workspace")
    kept, removed = trim(KINDS["workspace"], workspace.body)
    assert {"tags", "properties.sdkTelemetryAppInsightsKey", "systemData.createdBy"} <= removed
    assert "\x1b" in workspace.body["tags"]["note"]
    assert "\x1b" not in repr(list(strings(kept)))


@pytest.mark.parametrize(
    ("name", "region", "label"),
    [
        ("mlworkspace-portal02", "eastus", "ml-mlworkspace-port-eastus-"),
        ("acctest5076", "westeurope", "ml-acctest5076-westeurope-"),
        ("mlw-fraud-detection-prod", "westeurope", "ml-mlw-fraud-de-westeurope-"),
    ],
)
def test_the_notebooks_label_is_cut_to_63_octets(name: str, region: str, label: str) -> None:
    guid = "00000000-0000-4000-8000-000000000001"
    assert notebooks_label(name, guid, region) == label + guid
    assert len(notebooks_label(name, guid, region)) <= 63


def test_the_hub_spoke_workspace_fills_the_label() -> None:
    (workspace,) = of_kind(build("hub-spoke"), "workspace")
    label, region, *suffix = workspace.body["properties"]["notebookInfo"]["fqdn"].split(".")
    assert (len(label), region, suffix) == (63, "westeurope", ["notebooks", "azure", "net"])


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_every_fault_changes_the_estate_and_only_once(name: str, fault: str) -> None:
    broken = build(name, [fault])
    assert broken != build(name)
    assert build(name, [fault, fault]) == broken


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_fault_does_not_touch_the_healthy_estate(name: str, fault: str) -> None:
    healthy = build(name)
    SCENARIOS[name].faults[fault].changes(healthy)
    assert healthy == build(name)


@pytest.mark.parametrize(("name", "first", "second"), PAIRS)
def test_any_two_faults_combine_in_any_order(name: str, first: str, second: str) -> None:
    one, other = build(name, [first, second]), build(name, [second, first])
    assert one.documents == other.documents
    assert len(one.servers) == len(one.declared) == len(build(name).servers)
    assert (one.servers, one.declared) == (other.servers, other.declared)


@pytest.mark.parametrize("name", WITH["zone-unlinked"])
def test_unlinking_leaves_the_zone_without_that_link(name: str) -> None:
    before, after = of_kind(build(name), "zone-link"), of_kind(build(name, ["zone-unlinked"]), "zone-link")
    (gone,) = {link.id for link in before} - {link.id for link in after}
    assert gone.parent.name == names_of(build(name)).api_zone


@pytest.mark.parametrize("name", SCENARIOS)
def test_faults_of_records_do_what_they_say_to_one_endpoint(name: str) -> None:
    healthy = records(build(name))
    (cert,) = healthy.keys() - records(build(name, ["record-missing"])).keys()
    (wildcard,) = healthy.keys() - records(build(name, ["fallback-hides"])).keys()
    (left_out,) = healthy.keys() - records(build(name, ["notebooks-zone-left-out"])).keys()
    wrong = records(build(name, ["record-wrong-address"]))
    (api,) = [id for id in healthy if healthy[id] != wrong[id]]
    assert cert.name.endswith(".cert")
    assert wildcard.name.startswith("*.")
    assert left_out.name.startswith("ml-")
    assert cert.name.removesuffix(".cert") == api.name
    assert wrong[api] == healthy[left_out]


@pytest.mark.parametrize("name", WITH["record-mixed"])
def test_a_mixed_record_has_the_right_address_and_another(name: str) -> None:
    healthy, mixed = records(build(name)), records(build(name, ["record-mixed"]))
    (changed,) = [id for id in healthy if healthy[id] != mixed[id]]
    assert mixed[changed] == [*healthy[changed], "10.1.0.99"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_fallback_is_on_for_every_link_of_one_zone_only(name: str) -> None:
    estate = build(name, ["fallback-hides"])
    policies = {link.id: link.body["properties"].get("resolutionPolicy") for link in of_kind(estate, "zone-link")}
    falling_back = {id.parent for id, policy in policies.items() if policy == "NxDomainRedirect"}
    (zone,) = falling_back
    assert zone.name == names_of(estate).api_zone
    assert all(policy == "NxDomainRedirect" for id, policy in policies.items() if id.parent == zone)


@pytest.mark.parametrize("name", SCENARIOS)
def test_links_of_private_link_zones_tell_their_policy_and_others_do_not(name: str) -> None:
    for link in of_kind(build(name), "zone-link"):
        assert ("resolutionPolicy" in link.body["properties"]) == ("privatelink" in link.id.parent.name)


@pytest.mark.parametrize("name", WITH["zone-deleted"])
def test_a_deleted_zone_leaves_only_zone_groups_pointing_at_it(name: str) -> None:
    estate = build(name, ["zone-deleted"])
    assert {ArmId(text).name for text in dangling(estate)} == {names_of(estate).notebooks_zone}
    assert all(names_of(estate).notebooks_zone not in str(id) for id in estate.documents)


@pytest.mark.parametrize("name", WITH["connection-pending"])
def test_a_pending_connection_is_a_manual_one_and_keeps_interface_and_records(name: str) -> None:
    healthy, estate = build(name), build(name, ["connection-pending"])
    changed = [d for id, d in estate.documents.items() if d != healthy.documents[id]]
    endpoint, workspace = sorted(changed, key=lambda document: document.kind)
    (connection,) = endpoint.body["properties"]["manualPrivateLinkServiceConnections"]
    assert endpoint.body["properties"]["privateLinkServiceConnections"] == []
    assert connection["properties"]["privateLinkServiceConnectionState"]["status"] == "Pending"
    states = [
        connection["properties"]["privateLinkServiceConnectionState"]["status"]
        for connection in workspace.body["properties"]["privateEndpointConnections"]
        if ArmId(connection["properties"]["privateEndpoint"]["id"]) == endpoint.id
    ]
    assert states == ["Pending"]


@pytest.mark.parametrize("name", WITH["endpoint-deleted"])
def test_a_deleted_endpoint_takes_all_that_azure_made_for_it(name: str) -> None:
    healthy, estate = build(name), build(name, ["endpoint-deleted"])
    gone = [healthy.documents[id] for id in healthy.documents.keys() - estate.documents.keys()]
    assert sorted(document.kind for document in gone) == [
        "network-interface",
        "private-dns-zone-group",
        "private-endpoint",
        *["record-set"] * 4,
    ]
    assert dangling(estate) == set()


@pytest.mark.parametrize("name", WITH["zone-group-removed"])
def test_a_removed_zone_group_takes_its_records_and_leaves_the_endpoint(name: str) -> None:
    healthy, estate = build(name), build(name, ["zone-group-removed"])
    gone = {healthy.documents[id].kind for id in healthy.documents.keys() - estate.documents.keys()}
    assert gone == {"private-dns-zone-group", "record-set"}
    assert records(estate) == {}


def test_a_server_is_added_to_one_network_only() -> None:
    healthy, estate = build("private-resolver"), build("private-resolver", ["server-added"])
    (changed,) = [d for id, d in estate.documents.items() if d != healthy.documents[id]]
    assert changed.body["properties"]["dhcpOptions"]["dnsServers"] == ["10.0.1.4", "168.63.129.16"]


def test_a_removed_forwarder_is_gone_from_server_and_declaration() -> None:
    loud, silent = build("hub-spoke", ["forwarder-removed"]), build("hub-spoke", ["forwarder-removed-silently"])
    knows = [
        "api.azureml.ms" in (server.forwards or {})
        for server in (*loud.servers, *loud.declared, *silent.servers, *silent.declared)
    ]
    assert knows == [False, False, False, True]


def test_a_server_change_names_the_server_by_address_and_network() -> None:
    (change,) = SCENARIOS["hub-spoke"].faults["forwarder-removed"].changes(build("hub-spoke"))
    server, _, network = str(change.id).partition("@")
    assert server == "server:10.0.0.4"
    assert ArmId(network) in build("hub-spoke").documents


def test_a_fault_without_its_object_is_a_lookup_error() -> None:
    fault = SCENARIOS["hub-spoke"].faults["forwarder-removed"]
    with pytest.raises(LookupError, match="no custom DNS server"):
        fault.changes(build("azure-dns"))


@pytest.mark.parametrize(
    ("scenario", "breaks", "message"),
    [
        ("hub-spok", [], "did you mean hub-spoke"),
        ("zzz", [], "known are hub-spoke, azure-dns"),
        ("azure-dns", ["zone-unlinkd"], "did you mean zone-unlinked"),
        ("azure-dns", ["forwarder-removed"], "azure-dns"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(scenario: str, breaks: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build(scenario, breaks)


def test_every_fault_has_one_sentence_about_somebody() -> None:
    for scenario in SCENARIOS.values():
        for name, fault in scenario.faults.items():
            assert fault.name == name
            assert fault.sentence.startswith("Somebody ")
            assert fault.sentence.endswith(".")
