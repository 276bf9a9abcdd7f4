"""The Azure clouds: where their control plane listens and for which audience a token must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One sovereign cloud. `name` is what `az cloud list` calls it."""

    name: str
    endpoint: str
    audience: str
    authority: str
    monitor: str
    """The audience of Azure Monitor's ingestion."""


# Host and audience as azure-core's AzureClouds resolves them; in US Government the two differ.
CLOUDS = MappingProxyType(
    {
        cloud.name: cloud
        for cloud in (
            Cloud(
                name="AzureCloud",
                endpoint="https://management.azure.com",
                audience="https://management.azure.com",
                authority="login.microsoftonline.com",
                monitor="https://monitor.azure.com",
            ),
            Cloud(
                name="AzureUSGovernment",
                endpoint="https://management.usgovcloudapi.net",
                audience="https://management.core.usgovcloudapi.net",
                authority="login.microsoftonline.us",
                monitor="https://monitor.azure.us",
            ),
            Cloud(
                name="AzureChinaCloud",
                endpoint="https://management.chinacloudapi.cn",
                audience="https://management.chinacloudapi.cn",
                authority="login.chinacloudapi.cn",
                monitor="https://monitor.azure.cn",
            ),
        )
    }
)

PLATFORM_RESOLVER = "168.63.129.16"
"""Azure DNS as a virtual network sees it; it answers only from inside one."""
