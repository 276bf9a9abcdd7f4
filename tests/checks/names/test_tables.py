"""The tables of names against every listing that was published."""

from __future__ import annotations

import pytest

from checks.names.tables import AZURE_CLOUD, TABLES, Role, WorkspaceNames, notebooks_label, table_of
from collectors.graph.clouds import CLOUDS
from collectors.graph.ids import Fqdn, is_under

GUID = "fb7e20a0-8891-458b-b969-55ddb3382f51"


@pytest.mark.parametrize(
    ("workspace", "region", "label"),
    [
        ("mlworkspace-portal02", "eastus", "ml-mlworkspace-port-eastus"),
        ("mlworkspace-pwsh01", "eastus", "ml-mlworkspace-pwsh-eastus"),
        ("mlw-mlops-stg-weu-01", "westeurope", "ml-mlw-mlops-st-westeurope"),
        ("ict-platform-comes-first", "uaenorth", "ml-ict-platform-c-uaenorth"),
        ("acctest5076", "westeurope", "ml-acctest5076-westeurope"),
        ("htmlnb11582", "eastus", "ml-htmlnb11582-eastus"),
        ("ws1103", "eastus", "ml-ws1103-eastus"),
        ("myworkspace", "eastus", "ml-myworkspace-eastus"),
        ("mype-pltest", "chinaeast2", "ml-mype-pltest-chinaeast2"),
        ("mype-plt", "usgovvirginia", "ml-mype-plt-usgovvirginia"),
        ("abc", "eastus2", "ml-abc-eastus2"),
        ("workspaceabc", "westeurope", "ml-workspaceabc-westeurope"),
        ("mlworkspace-test1", "eastus2", "ml-mlworkspace-tes-eastus2"),
    ],
)
def test_the_truncation_rule_gives_every_published_label(workspace: str, region: str, label: str) -> None:
    assert notebooks_label(workspace, region, GUID) == f"{label}-{GUID}"


@pytest.mark.parametrize(
    ("regions", "room"),
    [
        (("eastus", "westus"), 16),
        (("eastus2", "westus2", "westus3", "uksouth"), 15),
        (("uaenorth",), 14),
        (("japaneast", "centralus"), 13),
        (("westeurope", "chinaeast2"), 12),
        (("northeurope",), 11),
        (("australiaeast", "usgovvirginia", "canadacentral", "westcentralus"), 9),
        (("southcentralus", "northcentralus"), 8),
        (("germanywestcentral", "australiasoutheast"), 4),
    ],
)
def test_a_long_name_fills_the_label_to_63_octets(regions: tuple[str, ...], room: int) -> None:
    for region in regions:
        label = notebooks_label("N" * 33, region, GUID)
        assert len(label) == 63
        assert label == f"ml-{'n' * room}-{region}-{GUID}"


def test_a_region_that_leaves_no_room_cuts_the_whole_name() -> None:
    assert notebooks_label("name", "r" * 30, GUID) == f"ml--{'r' * 30}-{GUID}"


@pytest.mark.parametrize(
    ("name", "zone", "record"),
    [
        ("g.workspace.eastus.api.azureml.ms", "privatelink.api.azureml.ms", "g.workspace.eastus"),
        ("g.workspace.eastus.cert.api.azureml.ms", "privatelink.api.azureml.ms", "g.workspace.eastus.cert"),
        ("*.g.inference.eastus.api.azureml.ms", "privatelink.api.azureml.ms", "*.g.inference.eastus"),
        ("*.g.models.eastus.api.azureml.ms", "privatelink.api.azureml.ms", "*.g.models.eastus"),
        ("ml-a-eastus-g.eastus.notebooks.azure.net", "privatelink.notebooks.azure.net", "ml-a-eastus-g.eastus"),
        ("ml-a-eastus-g.notebooks.azure.net", "privatelink.notebooks.azure.net", "ml-a-eastus-g"),
    ],
)
def test_the_private_form_puts_what_is_before_the_suffix_into_the_zone(name: str, zone: str, record: str) -> None:
    assert AZURE_CLOUD.private_form(Fqdn(name)) == (zone, record)


@pytest.mark.parametrize(
    "name",
    [
        "api.azureml.ms",
        "notebooks.azure.net",
        "g.workspace.eastus.privatelink.api.azureml.ms",
        "privatelink.api.azureml.ms",
        "ci.eastus.instances.azureml.ms",
        "*.eastus.inference.ml.azure.com",
        "notapi.azureml.ms",
    ],
)
def test_other_names_have_no_private_form(name: str) -> None:
    assert AZURE_CLOUD.private_form(Fqdn(name)) is None


def test_every_zone_is_the_private_link_form_of_a_suffix_that_is_forwarded() -> None:
    assert AZURE_CLOUD.zones == ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")
    for zone in AZURE_CLOUD.zones:
        assert zone.removeprefix("privatelink.") in AZURE_CLOUD.forward
        assert any(is_under(zone, suffix) for suffix in AZURE_CLOUD.forward)


# Three clouds: "Use your workspace with a custom DNS server" (2026-03-26), both its examples and its list of zones.

EVERY_CLOUD = pytest.mark.parametrize("names", TABLES.values(), ids=lambda names: names.cloud)


def test_there_is_a_table_for_every_cloud() -> None:
    assert set(TABLES) == set(CLOUDS)


@pytest.mark.parametrize(
    ("cloud", "zones"),
    [
        ("AzureCloud", ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")),
        ("AzureUSGovernment", ("privatelink.api.ml.azure.us", "privatelink.notebooks.usgovcloudapi.net")),
        ("AzureChinaCloud", ("privatelink.api.ml.azure.cn", "privatelink.notebooks.chinacloudapi.cn")),
    ],
)
def test_the_zones_of_a_cloud(cloud: str, zones: tuple[str, str]) -> None:
    """Not `privatelink.api.azureml.us`, which the zone values named until 2023 and which breaks the workspace."""
    assert TABLES[cloud].zones == zones


@pytest.mark.parametrize(
    ("name", "cloud", "role", "record"),
    [
        ("g.workspace.usgovvirginia.api.ml.azure.us", "AzureUSGovernment", Role.API, "g.workspace.usgovvirginia"),
        ("g.workspace.x.cert.api.ml.azure.us", "AzureUSGovernment", Role.CERT, "g.workspace.x.cert"),
        ("ml-a-x-g.x.notebooks.usgovcloudapi.net", "AzureUSGovernment", Role.NOTEBOOKS, "ml-a-x-g.x"),
        ("*.g.inference.x.api.ml.azure.us", "AzureUSGovernment", Role.INFERENCE, "*.g.inference.x"),
        ("g.workspace.chinaeast2.api.ml.azure.cn", "AzureChinaCloud", Role.API, "g.workspace.chinaeast2"),
        ("g.workspace.x.cert.api.ml.azure.cn", "AzureChinaCloud", Role.CERT, "g.workspace.x.cert"),
        ("ml-a-x-g.notebooks.chinacloudapi.cn", "AzureChinaCloud", Role.NOTEBOOKS, "ml-a-x-g"),
        ("*.g.inference.x.api.ml.azure.cn", "AzureChinaCloud", Role.INFERENCE, "*.g.inference.x"),
        ("*.g.models.eastus2.api.azureml.ms", "AzureCloud", Role.MODELS, "*.g.models.eastus2"),
        ("g.registry.eastus.api.azureml.ms", "AzureCloud", Role.OTHER, "g.registry.eastus"),
    ],
)
def test_a_name_tells_its_cloud_its_role_and_its_record(name: str, cloud: str, role: Role, record: str) -> None:
    table = table_of(Fqdn(name))
    assert table is TABLES[cloud]
    assert table.role(Fqdn(name)) is role
    assert table.private_form(Fqdn(name)) == (table.zones[role is Role.NOTEBOOKS], record)


@pytest.mark.parametrize(
    ("cloud", "suffix"),
    [
        ("AzureCloud", "inference.ml.azure.com"),
        ("AzureUSGovernment", "inference.ml.azure.us"),
        ("AzureChinaCloud", "inference.ml.azure.cn"),
    ],
)
def test_the_shared_inference_wildcard_becomes_the_workspaces_own(cloud: str, suffix: str) -> None:
    shared = Fqdn(f"*.region.{suffix}")
    table = table_of(shared)
    assert table is TABLES[cloud]
    assert table.own_inference(shared, "region", "g") == f"*.g.inference.region.{table.api.public}"
    assert table.own_inference(shared, "elsewhere", "g") == shared
    assert table.own_inference(shared, "region", "") == shared


@EVERY_CLOUD
def test_no_two_clouds_share_a_suffix(names: WorkspaceNames) -> None:
    """So a name tells its cloud, whatever the run was told."""
    for suffix in (*names.publics, *names.zones, *names.instances, names.inference):
        assert [other.cloud for other in TABLES.values() if other.holds(suffix)] == [names.cloud]


@EVERY_CLOUD
def test_every_row_has_its_source_and_date(names: WorkspaceNames) -> None:
    rows = [*names.api.patterns, *names.notebooks.patterns]
    assert all(row.source and row.dated and row.condition for row in rows)
    assert (bool(names.source), bool(names.dated)) == (True, True)
    assert len(names.instances) == 2


def test_other_services_belong_to_no_table() -> None:
    for name in ("x.blob.core.windows.net", "x.vault.azure.net", "api.azureml.us", "example.com", ""):
        assert table_of(Fqdn(name)) is None
