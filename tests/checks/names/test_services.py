"""The zone table of all services: every row, the odd ones, and the published table where it lies near the checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checks.names.services import (
    ServiceSuffix,
    is_documented,
    is_own_service,
    place_of,
    service_suffixes,
    suffix_of_zone,
)
from checks.names.tables import (
    AZURE_CLOUD,
    CHINA,
    LEGACY_REGIONS,
    TABLES,
    US_GOVERNMENT,
    Role,
    WorkspaceNames,
    legacy_names,
    table_of,
)
from collectors.graph.ids import Fqdn

PUBLISHED = Path(__file__).parents[4] / "shared" / "reference" / "private-link-zones.json"
_CLOUDS = {"AzurePublic": "AzureCloud", "AzureUSGovernment": "AzureUSGovernment", "AzureChina": "AzureChinaCloud"}
_GUID = "5eed0001-0000-4000-8000-00000000f0a1"


@pytest.mark.parametrize("row", service_suffixes(), ids=lambda row: f"{row.cloud}-{row.type}-{row.public}")
def test_every_row_places_a_name_below_its_suffix(row: ServiceSuffix) -> None:
    """`{}` stands for one label, the same in suffix and zone."""
    suffix, zone = (re.sub(r"\{\}", "westeurope", text) for text in (row.public, row.zone))
    for label in ("mine", "mine.second"):
        assert row.place(Fqdn(f"{label}.{suffix}")) == (zone, label)
        assert place_of(Fqdn(f"{label}.{suffix}"), row.type, min(row.groups))
    assert row.place(Fqdn(suffix)) is None
    assert row.place(Fqdn(f"mine.{suffix}.elsewhere")) is None
    assert row.place(Fqdn(f"mine.{suffix}x")) is None
    assert zone.split(".")[0].startswith("privatelink")


@pytest.mark.parametrize(
    ("name", "type", "group", "zone", "record"),
    [
        ("kv.vault.azure.net", "KeyVault/vaults", "vault", "privatelink.vaultcore.azure.net", "kv"),
        ("kv.vault.usgovcloudapi.net", "KeyVault/vaults", "vault", "privatelink.vaultcore.usgovcloudapi.net", "kv"),
        ("kv.vault.azure.cn", "KeyVault/vaults", "vault", "privatelink.vaultcore.azure.cn", "kv"),
        ("cr.azurecr.io", "ContainerRegistry/registries", "registry", "privatelink.azurecr.io", "cr"),
        (
            "cr.eastus.data.azurecr.io",
            "ContainerRegistry/registries",
            "registry",
            "privatelink.azurecr.io",
            "cr.eastus.data",
        ),
        ("app.scm.azurewebsites.net", "Web/sites", "sites", "privatelink.azurewebsites.net", "app.scm"),
        ("b.westus.batch.azure.com", "Batch/batchAccounts", "batchAccount", "privatelink.batch.azure.com", "b.westus"),
        (
            "id.westus.service.batch.azure.com",
            "Batch/batchAccounts",
            "nodeManagement",
            "privatelink.batch.azure.com",
            "id.westus.service",
        ),
        (
            "w.wvd.microsoft.com",
            "DesktopVirtualization/workspaces",
            "global",
            "privatelink-global.wvd.microsoft.com",
            "w",
        ),
        ("w.wvd.microsoft.com", "DesktopVirtualization/workspaces", "feed", "privatelink.wvd.microsoft.com", "w"),
        (
            "a-eastus.documents.azure.com",
            "DocumentDB/databaseAccounts",
            "Sql",
            "privatelink.documents.azure.com",
            "a-eastus",
        ),
        (
            "m.ab12.database.windows.net",
            "Sql/managedInstances",
            "managedInstance",
            "privatelink.ab12.database.windows.net",
            "m",
        ),
        ("s.database.windows.net", "Sql/servers", "sqlServer", "privatelink.database.windows.net", "s"),
        ("c.eastus.kusto.windows.net", "Kusto/Clusters", "cluster", "privatelink.eastus.kusto.windows.net", "c"),
        (
            "e.eastus.azurecontainerapps.io",
            "App/ManagedEnvironments",
            "managedEnvironments",
            "privatelink.eastus.azurecontainerapps.io",
            "e",
        ),
        ("x.2.azurestaticapps.net", "Web/staticSites", "staticSites", "privatelink.2.azurestaticapps.net", "x"),
        (
            "w.agentsvc.azure-automation.net",
            "Insights/privateLinkScopes",
            "azuremonitor",
            "privatelink.agentsvc.azure-automation.net",
            "w",
        ),
        (
            "w.ods.opinsights.azure.com",
            "Insights/privateLinkScopes",
            "azuremonitor",
            "privatelink.ods.opinsights.azure.com",
            "w",
        ),
        ("a.openai.azure.com", "CognitiveServices/accounts", "account", "privatelink.openai.azure.com", "a"),
        ("a.services.ai.azure.com", "CognitiveServices/accounts", "account", "privatelink.services.ai.azure.com", "a"),
        ("s.search.windows.net", "Search/searchServices", "searchService", "privatelink.search.windows.net", "s"),
        (
            "s.z1.blob.storage.azure.net",
            "ElasticSan/elasticSans",
            "volumegroup",
            "privatelink.blob.core.windows.net",
            "s.z1",
        ),
        (
            "management.azure.com",
            "Authorization/resourceManagementPrivateLinks",
            "ResourceManagement",
            "privatelink.azure.com",
            "management",
        ),
        ("st.blob.core.windows.net", "Brand/news", "", "privatelink.blob.core.windows.net", "st"),
        (
            "st.blob.core.windows.net",
            "Storage/storageAccounts",
            "somethingNew",
            "privatelink.blob.core.windows.net",
            "st",
        ),
    ],
)
def test_odd_names_are_placed(name: str, type: str, group: str, zone: str, record: str) -> None:
    assert place_of(Fqdn(name), f"Microsoft.{type}", group) == (zone, record)


@pytest.mark.parametrize("name", ["foo.azure.com", "x.brand.new", "com", "core.windows.net", ""])
def test_what_no_row_covers_is_not_placed(name: str) -> None:
    """The zone of resource management lies over nearly everything: only its own type asks it."""
    assert place_of(Fqdn(name), "Microsoft.Brand/news") is None


def test_types_are_told_apart() -> None:
    assert is_documented("Microsoft.Storage/storageAccounts")
    assert not is_documented("Microsoft.Brand/news")
    assert is_own_service("Microsoft.Network/privateLinkServices")
    assert not is_own_service("Microsoft.Storage/storageAccounts")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("st.blob.core.windows.net", "blob.core.windows.net"),
        ("st.privatelink.blob.core.windows.net", "blob.core.windows.net"),
        ("c.eastus.kusto.windows.net", "eastus.kusto.windows.net"),
        ("x.brand.new", None),
        ("net", None),
    ],
)
def test_the_suffix_that_a_server_must_forward(name: str, suffix: str | None) -> None:
    assert suffix_of_zone(Fqdn(name)) == suffix


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published table does not lie beside the checkout")
def test_every_published_zone_is_in_the_table() -> None:
    """Zones that are no separate ones in Azure, those of clusters by themselves, and two slips of the page left out."""
    slips = {"privatelink.servicebus.windows.us", "{regionName}.privatelink.azurecr.us"}
    ours = {(row.cloud, row.type, group, row.zone) for row in service_suffixes() for group in row.groups}
    missing = []
    for row in json.loads(PUBLISHED.read_text()):
        if row["resource_type"].startswith("Microsoft.MachineLearningServices"):
            continue
        left_out = slips | set(row.get("not_separate_azure_zones", ()))
        for zone in row["private_zones"]:
            key = (
                _CLOUDS[row["cloud"]],
                row["resource_type"].lower(),
                row["subresource"].lower().replace(" ", "_"),
                re.sub(r"\{\w+\}", "{}", zone),
            )
            if zone not in left_out and not zone.startswith("{subzone}") and key not in ours:
                missing.append(key)
    assert missing == []


# Machine Learning, what the tables hold beside suffixes


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.cloud)
def test_every_cloud_has_its_neighbour_instances_and_scoring_names(table: WorkspaceNames) -> None:
    assert table.neighbour("here") == f"here.{table.api.public}"
    assert table.role(table.neighbour("here")) is Role.OTHER
    for suffix in table.instances:
        assert table.is_instance(Fqdn(f"ci.here.{suffix}"))
        assert table_of(Fqdn(f"ci.here.{suffix}")) is table
        assert not table.is_instance(suffix)
    host = Fqdn(f"live.here.{table.inference}")
    assert table.covered_by_inference(host, "here", _GUID) == f"live.{_GUID}.inference.here"
    assert table.covered_by_inference(host, "elsewhere", _GUID) is None
    assert table.covered_by_inference(host, "here", "") is None
    assert table.covered_by_inference(Fqdn(f"a.b.here.{table.inference}"), "here", _GUID) is None


@pytest.mark.parametrize(
    ("labels", "role"),
    [
        (f"{_GUID}.workspace.eastus", Role.API),
        (f"{_GUID}.workspace.eastus.cert", Role.CERT),
        (f"*.{_GUID}.inference.eastus", Role.INFERENCE),
        (f"*.{_GUID}.models.eastus", Role.MODELS),
        (f"{_GUID}.studio.workspace.eastus", Role.LEFTOVER),
        (f"cert-{_GUID}.workspace.eastus", Role.LEFTOVER),
        ("eastus", Role.OTHER),
    ],
)
@pytest.mark.parametrize("table", [AZURE_CLOUD, US_GOVERNMENT, CHINA], ids=lambda table: table.cloud)
def test_names_are_known_by_what_they_are_for(table: WorkspaceNames, labels: str, role: Role) -> None:
    assert table.role(Fqdn(f"{labels}.{table.api.public}")) is role


def test_the_first_api_had_three_names_in_three_regions() -> None:
    assert legacy_names(_GUID, "eastus") == (
        f"{_GUID}.workspace.eastus.experiments.azureml.net",
        f"{_GUID}.workspace.eastus.modelmanagement.azureml.net",
        f"{_GUID}.workspace.eastus.aether.ms",
    )
    assert {"eastus", "southcentralus", "westus2"} == LEGACY_REGIONS
