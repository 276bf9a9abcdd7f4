"""The names of the three clouds as the lab plays them: service suffixes, private-link zones, the clouds of regions.

A table of its own, apart from the one that the checks judge by, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from collectors.graph.ids import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudNames:
    """The suffixes of one cloud; `name` is that of `collectors.graph.clouds`.

    Everybody's online endpoints share `inference`, everybody's compute instances `instances`. `portal` ends the
    names of machines: `internal.<portal>`.
    """

    name: str
    api: Fqdn
    notebooks: Fqdn
    inference: Fqdn
    instances: Fqdn
    storage: str
    vault: str
    registry: str
    cognitive: str
    portal: str

    @property
    def api_zone(self) -> Fqdn:
        """The private-link zone of the api, cert and inference names."""
        return Fqdn(f"privatelink.{self.api}")

    @property
    def notebooks_zone(self) -> Fqdn:
        """The private-link zone of the notebooks names."""
        return Fqdn(f"privatelink.{self.notebooks}")

    @property
    def forwarded(self) -> tuple[Fqdn, ...]:
        """The public suffixes that a DNS server must forward to Azure DNS."""
        return self.api, self.notebooks, self.instances, Fqdn("aznbcontent.net"), self.inference


PUBLIC = CloudNames(
    name="AzureCloud",
    api=Fqdn("api.azureml.ms"),
    notebooks=Fqdn("notebooks.azure.net"),
    inference=Fqdn("inference.ml.azure.com"),
    instances=Fqdn("instances.azureml.ms"),
    storage="core.windows.net",
    vault="vault.azure.net",
    registry="azurecr.io",
    cognitive="cognitiveservices.azure.com",
    portal="cloudapp.net",
)
US_GOVERNMENT = CloudNames(
    name="AzureUSGovernment",
    api=Fqdn("api.ml.azure.us"),
    notebooks=Fqdn("notebooks.usgovcloudapi.net"),
    inference=Fqdn("inference.ml.azure.us"),
    instances=Fqdn("instances.azureml.us"),
    storage="core.usgovcloudapi.net",
    vault="vault.usgovcloudapi.net",
    registry="azurecr.us",
    cognitive="cognitiveservices.azure.us",
    portal="usgovcloudapp.net",
)
CHINA = CloudNames(
    name="AzureChinaCloud",
    api=Fqdn("api.ml.azure.cn"),
    notebooks=Fqdn("notebooks.chinacloudapi.cn"),
    inference=Fqdn("inference.ml.azure.cn"),
    instances=Fqdn("instances.azureml.cn"),
    storage="core.chinacloudapi.cn",
    vault="vault.azure.cn",
    registry="azurecr.cn",
    cognitive="cognitiveservices.azure.cn",
    portal="chinacloudapp.cn",
)

CLOUD_NAMES: Mapping[str, CloudNames] = MappingProxyType({c.name: c for c in (PUBLIC, US_GOVERNMENT, CHINA)})
"""The names of every cloud."""


SERVICE_ZONES: Mapping[Fqdn, Fqdn] = MappingProxyType(
    {
        Fqdn(public): Fqdn(f"privatelink.{private or public}")
        for public, private in (
            *((f"{kind}.core.windows.net", "") for kind in ("blob", "file", "queue", "table", "dfs")),
            ("vault.azure.net", "vaultcore.azure.net"),
            ("azurecr.io", ""),
            ("search.windows.net", ""),
            ("cognitiveservices.azure.com", ""),
            ("openai.azure.com", ""),
            ("services.ai.azure.com", ""),
            ("monitor.azure.com", ""),
            ("oms.opinsights.azure.com", ""),
            ("ods.opinsights.azure.com", ""),
            ("agentsvc.azure-automation.net", ""),
        )
    }
)
"""Public suffix -> private-link zone of what workspaces depend on, in the public cloud."""


def names_of_region(region: str) -> CloudNames:
    """The names of the cloud that a region belongs to."""
    if region.startswith(("usgov", "usdod")):
        return US_GOVERNMENT
    return CHINA if region.startswith("china") else PUBLIC
