"""The estates of the lab hang together, and everything that can be broken in them breaks as it says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from agent.lab.builders import notebooks_label
from agent.lab.estate import LabEstate
from agent.lab.scenarios import SCENARIOS, build
from collectors.arm.kinds import KINDS, kind_of_type, trim
from collectors.graph.documents import Document
from collectors.graph.errors import UsageError
from collectors.graph.ids import ArmId

FAULTS = [(name, fault) for name, scenario in SCENARIOS.items() for fault in scenario.faults]
PAIRS = [(name, *pair) for name, scenario in SCENARIOS.items() for pair in permutations(scenario.faults, 2)]


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
            if mentioned.type == "Microsoft.Network/virtualNetworks/subnets":
                mentioned = mentioned.parent
            if kind_of_type(mentioned.type) and mentioned not in estate.documents:
                missing.add(text)
    return missing


def records(estate: LabEstate) -> dict[str, list[str]]:
    return {
        document.body["properties"]["fqdn"].rstrip("."): [
            row["ipv4Address"] for row in document.body["properties"]["aRecords"]
        ]
        for document in of_kind(estate, "record-set")
        if document.id.type.endswith("/A")
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
        ArmId(text) for document in estate.documents.values() for text in strings(document.body) if "/subnets/" in text
    }
    assert used == {ArmId(text) for text in map(str, used)} <= subnets


@pytest.mark.parametrize("name", SCENARIOS)
def test_zone_group_interface_and_records_agree_when_healthy(name: str) -> None:
    """The records are the interface's names with `privatelink` before the public suffix."""
    estate = build(name)
    promised = {
        row["fqdn"]: row["ipAddresses"]
        for group in of_kind(estate, "private-dns-zone-group")
        for config in group.body["properties"]["privateDnsZoneConfigs"]
        for row in config["properties"]["recordSets"]
    }
    listed = {
        fqdn.replace(suffix, f"privatelink.{suffix}"): [configuration["properties"]["privateIPAddress"]]
        for interface in of_kind(estate, "network-interface")
        for configuration in interface.body["properties"]["ipConfigurations"]
        for fqdn in configuration["properties"].get("privateLinkConnectionProperties", {}).get("fqdns", [])
        for suffix in ("api.azureml.ms", "notebooks.azure.net")
        if fqdn.endswith("." + suffix)
    }
    assert promised == listed == records(estate)
    assert len(promised) == 4


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
    assert {"tags", "properties.sdkTelemetryAppInsightsKey", "systemData"} <= removed
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


@pytest.mark.parametrize("name", SCENARIOS)
def test_unlinking_leaves_the_zone_without_that_link(name: str) -> None:
    zone = "privatelink.api.azureml.ms"
    before, after = (
        [d for d in of_kind(estate, "zone-link") if d.id.parent.name == zone]
        for estate in (build(name), build(name, ["zone-unlinked"]))
    )
    assert len(before) - len(after) == 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_faults_of_records_do_what_they_say(name: str) -> None:
    healthy = records(build(name))
    notebooks = next(addresses for fqdn, addresses in healthy.items() if "notebooks" in fqdn)
    (cert,) = healthy.keys() - records(build(name, ["record-missing"])).keys()
    (wildcard,) = healthy.keys() - records(build(name, ["fallback-hides"])).keys()
    (left_out,) = healthy.keys() - records(build(name, ["notebooks-zone-left-out"])).keys()
    wrong = records(build(name, ["record-wrong-address"]))
    (api,) = [fqdn for fqdn in healthy if healthy[fqdn] != wrong[fqdn]]
    assert ".cert." in cert
    assert wildcard.startswith("*.")
    assert left_out.startswith("ml-")
    assert ".workspace." in api
    assert ".cert." not in api
    assert wrong[api] == notebooks


@pytest.mark.parametrize("name", SCENARIOS)
def test_fallback_is_on_for_every_link_of_the_api_zone_only(name: str) -> None:
    for link in of_kind(build(name, ["fallback-hides"]), "zone-link"):
        fallback = link.id.parent.name == "privatelink.api.azureml.ms"
        assert link.body["properties"]["resolutionPolicy"] == ("NxDomainRedirect" if fallback else "Default")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_deleted_zone_leaves_only_the_zone_group_pointing_at_it(name: str) -> None:
    estate = build(name, ["zone-deleted"])
    assert {ArmId(text).name for text in dangling(estate)} == {"privatelink.notebooks.azure.net"}
    assert all("notebooks" not in str(id) for id in estate.documents)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_pending_connection_is_a_manual_one_and_keeps_interface_and_records(name: str) -> None:
    healthy, estate = build(name), build(name, ["connection-pending"])
    (endpoint,), (workspace,) = of_kind(estate, "private-endpoint"), of_kind(estate, "workspace")
    (connection,) = endpoint.body["properties"]["manualPrivateLinkServiceConnections"]
    (accepted,) = workspace.body["properties"]["privateEndpointConnections"]
    assert endpoint.body["properties"]["privateLinkServiceConnections"] == []
    for side in (connection, accepted):
        assert side["properties"]["privateLinkServiceConnectionState"]["status"] == "Pending"
    assert records(estate) == records(healthy)
    assert of_kind(estate, "network-interface") == of_kind(healthy, "network-interface")


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
