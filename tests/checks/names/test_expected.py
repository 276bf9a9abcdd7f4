"""The expected records of a workspace: which source is believed, and what the tables add."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from agent.lab.builders import (
    REGION,
    Group,
    Member,
    Zone,
    endpoint_id,
    endpoint_interface,
    ml_registry_id,
    notebooks_label,
    private_endpoint,
    workspace,
    workspace_id,
    zone_group,
)
from checks.names.expected import (
    ExpectedRecord,
    Role,
    expect_records,
    services,
    underived_endpoints,
    unjudged_names,
    workspace_endpoints,
)
from collectors.arm.sight import build_estate
from collectors.graph.documents import Document
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from tests.estates import API_ZONE, GROUP, SUBSCRIPTION, gap, lab, nid, small_estate, zid

GUID = "5eed0009-0000-4000-8000-00000000abcd"
STEM = f"{GUID}.workspace.{REGION}"
API, CERT = f"{STEM}.api.azureml.ms", f"{STEM}.cert.api.azureml.ms"
LABEL = notebooks_label("mlw", GUID)
NOTEBOOKS = f"{LABEL}.{REGION}.notebooks.azure.net"
OWN_WILDCARD = f"*.{GUID}.inference.{REGION}.api.azureml.ms"
SHARED_WILDCARD = f"*.{REGION}.inference.ml.azure.com"
WORKSPACE = ArmId(workspace_id(GROUP, "mlw"))


def the_workspace() -> Document:
    return workspace(GROUP, "mlw", GUID, endpoint_id(GROUP, "pe"))


def the_endpoint(name: str = "pe", network: str = "hub") -> Document:
    return private_endpoint(GROUP, name, f"{nid(network)}/subnets/default", str(WORKSPACE))


def the_interface(*members: tuple[str, Iterable[str]], name: str = "pe") -> Document:
    made = [Member(name=f"m{i}", address=address, fqdns=tuple(names)) for i, (address, names) in enumerate(members)]
    return endpoint_interface(GROUP, name, f"{nid('hub')}/subnets/default", made)


def expected(estate: Estate) -> dict[str, ExpectedRecord]:
    return {record.name: record for record in expect_records(estate, estate.workspaces[0])}


def with_members(*members: tuple[str, Iterable[str]]) -> dict[str, ExpectedRecord]:
    return expected(small_estate(the_workspace(), the_endpoint(), the_interface(*members)))


@pytest.mark.parametrize("scenario", ["hub-spoke", "azure-dns"])
def test_a_workspace_has_four_expected_records_at_the_addresses_of_its_interface(scenario: str) -> None:
    records = list(expected(lab(scenario)).values())
    assert {(r.role, r.addresses) for r in records} == {
        (Role.API, ("10.1.0.5",)),
        (Role.CERT, ("10.1.0.5",)),
        (Role.NOTEBOOKS, ("10.1.0.6",)),
        (Role.INFERENCE, ("10.1.0.7",)),
    }
    assert {(r.source, r.note, r.type, r.approved) for r in records} == {("interface", "", "A", True)}
    assert [r.name for r in records] == sorted(r.name for r in records)


def test_a_record_knows_its_place_in_the_private_link_zone() -> None:
    record = with_members(("10.0.0.5", [API]))[API]
    assert (record.zone, record.record) == (API_ZONE, STEM)
    assert record.private_name == record.asked_private == f"{STEM}.{API_ZONE}"
    assert record.asked == API


def test_a_wildcard_is_asked_as_one_fixed_label_below_it() -> None:
    record = with_members(("10.0.0.7", [OWN_WILDCARD]))[OWN_WILDCARD]
    assert record.asked == OWN_WILDCARD.replace("*", "private-endpoint-dns-probe")
    assert record.asked_private == f"private-endpoint-dns-probe.{GUID}.inference.{REGION}.{API_ZONE}"
    assert record.private_name == f"*.{GUID}.inference.{REGION}.{API_ZONE}"


@pytest.mark.parametrize("listed", [OWN_WILDCARD, SHARED_WILDCARD])
def test_both_spellings_of_the_inference_wildcard_mean_the_workspaces_own(listed: str) -> None:
    records = with_members(("10.0.0.7", [listed]))
    assert list(records) == [OWN_WILDCARD]
    assert records[OWN_WILDCARD].role is Role.INFERENCE
    assert records[OWN_WILDCARD].record == f"*.{GUID}.inference.{REGION}"


def test_both_spellings_together_are_one_record() -> None:
    records = with_members(("10.0.0.7", [OWN_WILDCARD]), ("10.0.0.8", [SHARED_WILDCARD]))
    assert records[OWN_WILDCARD].addresses == ("10.0.0.7", "10.0.0.8")


def test_the_shared_wildcard_of_another_region_is_not_the_workspaces() -> None:
    assert with_members(("10.0.0.7", ["*.eastus2.inference.ml.azure.com"])) == {}


def test_the_shared_wildcard_of_a_workspace_without_guid_stays_unjudged() -> None:
    document = the_workspace()
    document.body["properties"]["workspaceId"] = None
    estate = small_estate(document, the_endpoint(), the_interface(("10.0.0.7", [SHARED_WILDCARD])))
    assert expected(estate) == {}
    assert unjudged_names(estate, estate.workspaces[0]) == (SHARED_WILDCARD,)


def test_the_models_wildcard_of_a_hub_has_a_record_of_its_own() -> None:
    name = f"*.{GUID}.models.{REGION}.api.azureml.ms"
    record = with_members(("10.0.0.8", [name]))[name]
    assert (record.role, record.record) == (Role.MODELS, f"*.{GUID}.models.{REGION}")


def test_names_without_a_role_are_expected_all_the_same() -> None:
    assert with_members(("10.0.0.8", ["odd.api.azureml.ms"]))["odd.api.azureml.ms"].role is Role.OTHER


def test_names_outside_the_known_suffixes_are_not_expected() -> None:
    assert with_members(("10.0.0.8", ["x.blob.core.windows.net", f"{STEM}.{API_ZONE}"])) == {}


# Notebooks


def test_the_notebooks_name_with_a_region_label_has_no_note() -> None:
    record = with_members(("10.0.0.6", [NOTEBOOKS]))[NOTEBOOKS]
    assert (record.role, record.record, record.note) == (Role.NOTEBOOKS, f"{LABEL}.{REGION}", "")


def test_the_old_notebooks_name_has_one_label_and_is_noted_as_different_from_the_workspaces_own() -> None:
    old = f"{LABEL}.notebooks.azure.net"
    record = with_members(("10.0.0.6", [old]))[old]
    assert (record.role, record.record) == (Role.NOTEBOOKS, LABEL)
    assert record.note == f"the workspace itself says {NOTEBOOKS}"


def test_the_old_notebooks_name_of_an_old_workspace_has_no_note() -> None:
    document = the_workspace()
    document.body["properties"]["notebookInfo"]["fqdn"] = f"{LABEL}.notebooks.azure.net"
    estate = small_estate(document, the_endpoint(), the_interface(("10.0.0.6", [f"{LABEL}.notebooks.azure.net"])))
    assert expected(estate)[f"{LABEL}.notebooks.azure.net"].note == ""


def test_a_notebooks_name_that_the_truncation_rule_does_not_give_is_noted_and_believed() -> None:
    name = f"ml-other-{REGION}-{GUID}.{REGION}.notebooks.azure.net"
    note = with_members(("10.0.0.6", [name]))[name].note
    assert note == f"the workspace itself says {NOTEBOOKS}; the truncation rule gives {LABEL}"


@pytest.mark.parametrize("missing", ["location", "workspaceId", "notebookInfo"])
def test_what_the_workspace_does_not_tell_is_not_compared(missing: str) -> None:
    document = the_workspace()
    body: Any = document.body
    (body if missing == "location" else body["properties"])[missing] = None
    estate = small_estate(document, the_endpoint(), the_interface(("10.0.0.6", [NOTEBOOKS])))
    assert expected(estate)[NOTEBOOKS].note == ""


# The certificate name


def test_the_cert_name_is_added_at_the_api_address_when_the_interface_does_not_list_it() -> None:
    records = with_members(("10.0.0.5", [API]))
    cert = records[CERT]
    assert (cert.role, cert.record, cert.zone, cert.addresses) == (Role.CERT, f"{STEM}.cert", API_ZONE, ("10.0.0.5",))
    assert (cert.source, records[API].source) == ("table", "interface")


def test_a_listed_cert_name_keeps_its_own_address() -> None:
    cert = with_members(("10.0.0.5", [API]), ("10.0.0.9", [CERT]))[CERT]
    assert (cert.source, cert.addresses) == ("interface", ("10.0.0.9",))


def test_nothing_is_added_to_an_endpoint_that_lists_no_api_name() -> None:
    assert list(with_members(("10.0.0.6", [NOTEBOOKS]))) == [NOTEBOOKS]


# Sources


def group_zone() -> Zone:
    return Zone(name=API_ZONE, id=str(zid(API_ZONE)), records={STEM: "10.0.0.15", OWN_WILDCARD[:-15]: "10.0.0.17"})


def test_the_interface_is_believed_before_the_zone_group_and_the_custom_configs() -> None:
    endpoint = the_endpoint()
    endpoint.body["properties"]["customDnsConfigs"] = [{"fqdn": API, "ipAddresses": ["10.0.0.25"]}]
    parts = [the_workspace(), endpoint, zone_group(str(endpoint.id), [group_zone()])]
    assert expected(small_estate(*parts, the_interface(("10.0.0.5", [API]))))[API].source == "interface"


def test_the_zone_group_is_believed_where_the_interface_lists_nothing() -> None:
    endpoint = the_endpoint()
    endpoint.body["properties"]["customDnsConfigs"] = [{"fqdn": API, "ipAddresses": ["10.0.0.25"]}]
    group = zone_group(str(endpoint.id), [group_zone()])
    records = expected(small_estate(the_workspace(), endpoint, group, the_interface(("10.0.0.5", []))))
    assert {(r.name, r.source) for r in records.values()} == {
        (API, "zone group"),
        (CERT, "table"),
        (OWN_WILDCARD, "zone group"),
    }
    assert records[API].addresses == ("10.0.0.15",)


def test_records_of_a_zone_group_that_are_no_addresses_of_version_4_are_left_out() -> None:
    endpoint = the_endpoint()
    group = zone_group(str(endpoint.id), [group_zone()])
    sets = group.body["properties"]["privateDnsZoneConfigs"][0]["properties"]["recordSets"]
    sets[0] |= {"recordType": "AAAA", "ipAddresses": ["fd00::5"]}
    sets[1] |= {"fqdn": ""}
    assert expected(small_estate(the_workspace(), endpoint, group)) == {}


def test_the_custom_configs_are_the_last_source() -> None:
    endpoint = the_endpoint()
    endpoint.body["properties"]["customDnsConfigs"] = [{"fqdn": API, "ipAddresses": ["10.0.0.25"]}]
    records = expected(small_estate(the_workspace(), endpoint))
    assert (records[API].source, records[API].addresses) == ("custom DNS configs", ("10.0.0.25",))


def test_a_dual_stack_endpoint_expects_records_of_both_types() -> None:
    made = [(m, names) for m, names in (("10.0.0.5", [API]), ("fd00::5", [API]), ("fd00::6", [NOTEBOOKS]))]
    estate = small_estate(the_workspace(), the_endpoint(), the_interface(*made))
    records = expect_records(estate, estate.workspaces[0])
    assert [(r.name, r.type, r.addresses) for r in records] == [
        (API, "A", ("10.0.0.5",)),
        (API, "AAAA", ("fd00::5",)),
        (CERT, "A", ("10.0.0.5",)),
        (CERT, "AAAA", ("fd00::5",)),
        (NOTEBOOKS, "AAAA", ("fd00::6",)),
    ]


def test_an_interface_lists_several_addresses_for_one_name() -> None:
    assert with_members(("10.0.0.10", [API]), ("10.0.0.9", [API]))[API].addresses == ("10.0.0.10", "10.0.0.9")


# Endpoints


def test_two_endpoints_of_one_workspace_expect_each_name_twice() -> None:
    estate = small_estate(
        the_workspace(),
        the_endpoint("pe-1"),
        the_endpoint("pe-2", "spoke"),
        the_interface(("10.0.0.5", [API, CERT]), name="pe-1"),
        the_interface(("10.1.0.5", [API, CERT]), name="pe-2"),
    )
    records = expect_records(estate, estate.workspaces[0])
    assert [(r.name, r.endpoint.name, r.addresses) for r in records] == [
        (API, "pe-1", ("10.0.0.5",)),
        (API, "pe-2", ("10.1.0.5",)),
        (CERT, "pe-1", ("10.0.0.5",)),
        (CERT, "pe-2", ("10.1.0.5",)),
    ]


def test_the_records_of_a_pending_endpoint_are_expected_but_not_approved() -> None:
    records = expected(lab("hub-spoke", "connection-pending"))
    assert len(records) == 4
    assert not any(record.approved for record in records.values())


def test_endpoints_of_other_targets_and_groups_are_not_the_workspaces() -> None:
    other = private_endpoint(
        GROUP, "other", "/s/a/b/c", workspace_id(Group(subscription=SUBSCRIPTION, name="x"), "mlw")
    )
    registry = the_endpoint("registry")
    registry.body["properties"]["privateLinkServiceConnections"][0]["properties"]["groupIds"] = ["amlregistry"]
    estate = small_estate(the_workspace(), the_endpoint(), other, registry)
    assert [e.id.name for e in workspace_endpoints(estate, WORKSPACE)] == ["pe"]


def test_an_endpoint_whose_interface_could_not_be_read_is_underived() -> None:
    hidden = gap("network-interface", f"/subscriptions/{SUBSCRIPTION}")
    estate = small_estate(the_workspace(), the_endpoint(), gaps=[hidden])
    (found,) = underived_endpoints(estate, estate.workspaces[0])
    assert (found.endpoint.name, found.because) == ("pe", (hidden,))


def test_an_endpoint_that_another_source_names_is_derived() -> None:
    hidden = gap("network-interface", f"/subscriptions/{SUBSCRIPTION}")
    group = zone_group(endpoint_id(GROUP, "pe"), [group_zone()])
    estate = small_estate(the_workspace(), the_endpoint(), group, gaps=[hidden])
    assert underived_endpoints(estate, estate.workspaces[0]) == ()


def test_an_interface_that_was_read_and_lists_nothing_is_no_gap() -> None:
    hidden = gap("network-interface", f"/subscriptions/{SUBSCRIPTION}")
    estate = small_estate(the_workspace(), the_endpoint(), the_interface(("10.0.0.5", [])), gaps=[hidden])
    assert underived_endpoints(estate, estate.workspaces[0]) == ()


# Projects, registries and other clouds


def test_a_project_needs_the_names_of_its_hub() -> None:
    """It has a GUID of its own, and no endpoint: the names on the hub's interface are those it is reached by."""
    estate = lab("hub-project")
    hub, project = sorted(estate.workspaces, key=lambda one: one.kind)
    assert (hub.kind, project.kind) == ("Hub", "Project")
    of_hub, of_project = expect_records(estate, hub), expect_records(estate, project)
    assert [r.name for r in of_project] == [r.name for r in of_hub]
    assert {r.addresses for r in of_project} == {r.addresses for r in of_hub}
    assert {r.workspace for r in of_project} == {project.id}
    assert {r.note for r in of_project} == {""}
    assert not any(project.guid in r.name for r in of_project)
    assert unjudged_names(estate, project) == ()


def test_a_project_whose_hub_was_not_read_cannot_be_judged() -> None:
    whole = lab("hub-project")
    (hub,) = [one for one in whole.workspaces if one.kind == "Hub"]
    kept = [d for d in whole.documents.values() if d.id != hub.id and d.kind not in ("private-endpoint",)]
    hidden = gap("workspace", hub.id)
    estate = build_estate(kept, [hidden], whole.declared)
    (project,) = estate.workspaces
    assert [(u.endpoint, u.because) for u in underived_endpoints(estate, project)] == [(hub.id, (hidden,))]


def test_a_registry_with_an_endpoint_needs_what_its_interface_lists() -> None:
    own = ml_registry_id(GROUP, "shared")
    endpoint = the_endpoint()
    connection = endpoint.body["properties"]["privateLinkServiceConnections"][0]["properties"]
    connection |= {"privateLinkServiceId": own, "groupIds": ["amlregistry"]}
    body = {"id": own, "name": "shared", "location": REGION, "properties": {"publicNetworkAccess": "Disabled"}}
    registry = Document(kind="ml-registry", id=ArmId(own), body=body)
    name = f"{GUID}.registry.{REGION}.api.azureml.ms"
    estate = small_estate(registry, endpoint, the_interface(("10.0.0.5", [name])))
    (service,) = services(estate)
    (record,) = expect_records(estate, service)
    assert (record.name, record.zone, record.role, record.workspace) == (name, API_ZONE, Role.OTHER, ArmId(own))
    assert (underived_endpoints(estate, service), unjudged_names(estate, service)) == ((), ())


def test_a_registry_without_an_endpoint_needs_nothing() -> None:
    own = ml_registry_id(GROUP, "shared")
    body = {"id": own, "name": "shared", "location": REGION, "properties": {}}
    assert services(small_estate(Document(kind="ml-registry", id=ArmId(own), body=body))) == ()


@pytest.mark.parametrize(("scenario", "suffix"), [("us-government", "ml.azure.us"), ("china", "ml.azure.cn")])
def test_the_names_of_another_cloud_come_out_of_its_interfaces(scenario: str, suffix: str) -> None:
    estate = lab(scenario)
    records = expected(estate)
    assert {record.role for record in records.values()} == {Role.API, Role.CERT, Role.NOTEBOOKS, Role.INFERENCE}
    assert {record.zone for record in records.values() if record.role is not Role.NOTEBOOKS} == {
        f"privatelink.api.{suffix}"
    }
    assert unjudged_names(estate, estate.workspaces[0]) == ()
