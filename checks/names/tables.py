"""The names of Azure Machine Learning as data: patterns, public suffixes and private-link zones of three clouds.

ARM comes first; a table only adds what ARM does not list. No suffix is shared between clouds, so a name tells its
cloud by itself. Microsoft's own pages disagree about the suffix of compute instances: both are candidates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from collectors.graph.ids import Fqdn, is_under

PROBE_LABEL = "private-endpoint-dns-probe"
"""Wildcards are asked as this one fixed label under them, so that a log shows who asked and caches stay small."""

WORKSPACE_GROUP = "amlworkspace"
"""The only private-link group of a workspace, a hub or a feature store."""

REGISTRY_GROUP = "amlregistry"
"""The only private-link group of a Machine Learning registry."""


class Role(StrEnum):
    """What a name is for."""

    API = "api"
    CERT = "cert"
    NOTEBOOKS = "notebooks"
    INFERENCE = "inference"
    MODELS = "models"
    ENDPOINT = "online endpoint"
    INSTANCE = "instance"
    INSTANCE_PORT = "instance port"
    LEGACY = "legacy"
    LEFTOVER = "leftover"
    SERVICE = "service"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Names below a public suffix: `{...}` stands for one label. `condition` tells which endpoints list them."""

    role: Role
    labels: str
    condition: str
    source: str
    dated: str

    def fits(self, labels: str) -> bool:
        """Whether the labels before the suffix are of this pattern."""
        return bool(_expression(self.labels).fullmatch(labels))


@cache
def _expression(labels: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", r"[^.*]+", re.escape(labels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """A public suffix of a workspace's names and the zone that answers for them behind a private endpoint."""

    public: Fqdn
    zone: Fqdn
    patterns: tuple[Pattern, ...] = ()


_CUSTOM_DNS = "learn.microsoft.com: Use your workspace with a custom DNS server"
_ZONE_VALUES = "learn.microsoft.com: Azure Private Endpoint private DNS zone values"

_API = (
    Pattern(
        role=Role.API, labels="{guid}.workspace.{region}", condition="always", source=_CUSTOM_DNS, dated="2026-03-26"
    ),
    Pattern(
        role=Role.CERT,
        labels="{guid}.workspace.{region}.cert",
        condition="always; endpoints of 2021 in some regions leave it out",
        source=_CUSTOM_DNS,
        dated="2026-03-26",
    ),
    Pattern(
        role=Role.INFERENCE,
        labels="*.{guid}.inference.{region}",
        condition="endpoints since 2024",
        source="listings of interfaces in westeurope and uaenorth; the page prints the shared spelling instead",
        dated="2026-03-28",
    ),
    Pattern(
        role=Role.MODELS,
        labels="*.{guid}.models.{region}",
        condition="hubs with serverless deployments",
        source="records of a hub in eastus2",
        dated="2025-01-01",
    ),
)

_LEFTOVERS = (
    Pattern(
        role=Role.LEFTOVER,
        labels="{guid}.studio.workspace.{region}",
        condition="workspaces of 2020; dead today",
        source=_CUSTOM_DNS,
        dated="2020-10-05",
    ),
    Pattern(
        role=Role.LEFTOVER,
        labels="cert-{guid}.workspace.{region}",
        condition="workspaces of 2020; dead today",
        source=_CUSTOM_DNS,
        dated="2020-10-05",
    ),
)

_NOTEBOOKS = (
    Pattern(role=Role.NOTEBOOKS, labels="{label}.{region}", condition="always", source=_CUSTOM_DNS, dated="2026-03-26"),
    Pattern(
        role=Role.NOTEBOOKS,
        labels="{label}",
        condition="workspaces made before 2022",
        source=_CUSTOM_DNS,
        dated="2021-04-01",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceNames:
    """The suffixes of one cloud. `inference` is shared by everybody: its names turn into names of `api`.

    No private zone is documented for `instances`: instances have the address of the api name.
    """

    cloud: str
    api: Suffix
    notebooks: Suffix
    inference: Fqdn
    instances: tuple[Fqdn, ...]
    source: str
    dated: str
    content: Fqdn = field(default=Fqdn("aznbcontent.net"))

    @property
    def zones(self) -> tuple[Fqdn, ...]:
        """The zones that the zone group of a workspace's endpoint needs."""
        return self.api.zone, self.notebooks.zone

    @property
    def publics(self) -> tuple[Fqdn, ...]:
        """The public suffixes of names that have private-link zones."""
        return self.api.public, self.notebooks.public

    @property
    def forward(self) -> tuple[Fqdn, ...]:
        """The public suffixes that custom servers forward; of the instances' suffixes either will do."""
        return (*self.publics, *self.instances, self.content, self.inference)

    def holds(self, name: Fqdn) -> bool:
        """Whether a name lies under a suffix of this cloud's own."""
        return any(is_under(name, suffix) for suffix in (*self.publics, *self.instances, self.inference))

    def public_suffix(self, name: Fqdn) -> Fqdn | None:
        """The public suffix that a server must forward for a name, given in either form."""
        return next((suffix for suffix in self.publics if is_under(name, suffix)), None)

    def private_form(self, name: Fqdn) -> tuple[Fqdn, str] | None:
        """Zone and relative record of a public name: the suffix is replaced, what is before it stays."""
        for suffix in (self.api, self.notebooks):
            if name != suffix.public and is_under(name, suffix.public) and not is_under(name, suffix.zone):
                return suffix.zone, name[: -len(suffix.public) - 1]
        return None

    def role(self, name: Fqdn) -> Role:
        """What a public name is for."""
        for suffix in (self.api, self.notebooks):
            if is_under(name, suffix.public):
                labels = name[: -len(suffix.public) - 1]
                return next((pattern.role for pattern in suffix.patterns if pattern.fits(labels)), Role.OTHER)
        return Role.OTHER

    def neighbour(self, region: str) -> Fqdn:
        """A name that must stay public: whoever denies it hides the region's other workspaces as well."""
        return Fqdn(f"{region}.{self.api.public}")

    def is_instance(self, name: Fqdn) -> bool:
        """Whether a name is one of a compute instance, under either suffix."""
        return any(name != suffix and is_under(name, suffix) for suffix in self.instances)

    def covered_by_inference(self, host: Fqdn, region: str, guid: str) -> str | None:
        """The relative name in the api zone to which the public name of an online endpoint is an alias."""
        suffix = f".{region}.{self.inference}"
        label = host.removesuffix(suffix)
        plain = host.endswith(suffix) and guid and label and "." not in label
        return f"{label}.{guid}.inference.{region}" if plain else None

    def own_inference(self, name: Fqdn, region: str, guid: str) -> Fqdn:
        """The inference wildcard is listed in two spellings; the one with the workspace's GUID is its own."""
        if guid and name == f"*.{region}.{self.inference}":
            return Fqdn(f"*.{guid}.inference.{region}.{self.api.public}")
        return name


def _suffixes(api: str, notebooks: str) -> tuple[Suffix, Suffix]:
    return (
        Suffix(public=Fqdn(api), zone=Fqdn(f"privatelink.{api}"), patterns=(*_LEFTOVERS, *_API)),
        Suffix(public=Fqdn(notebooks), zone=Fqdn(f"privatelink.{notebooks}"), patterns=_NOTEBOOKS),
    )


def _names(cloud: str, api: str, notebooks: str, inference: str, *instances: str, dated: str) -> WorkspaceNames:
    of_api, of_notebooks = _suffixes(api, notebooks)
    return WorkspaceNames(
        cloud=cloud,
        api=of_api,
        notebooks=of_notebooks,
        inference=Fqdn(inference),
        instances=tuple(Fqdn(suffix) for suffix in instances),
        source=f"{_CUSTOM_DNS}; {_ZONE_VALUES}",
        dated=dated,
    )


AZURE_CLOUD = _names(
    "AzureCloud",
    "api.azureml.ms",
    "notebooks.azure.net",
    "inference.ml.azure.com",
    "instances.azureml.ms",  # every ARM payload and the zone values
    "instances.ml.azure.ms",  # the page on custom servers since 2026
    dated="2026-05-07",
)

US_GOVERNMENT = _names(
    "AzureUSGovernment",
    "api.ml.azure.us",
    "notebooks.usgovcloudapi.net",
    "inference.ml.azure.us",
    "instances.azureml.us",
    "instances.ml.azure.us",
    dated="2026-03-26",
)

CHINA = _names(
    "AzureChinaCloud",
    "api.ml.azure.cn",
    "notebooks.chinacloudapi.cn",
    "inference.ml.azure.cn",
    "instances.azureml.cn",
    "instances.ml.azure.cn",  # the page of 2021; that of 2026 prints the public cloud's suffix, which looks like a slip
    dated="2026-03-26",
)

LEGACY_SUFFIXES = (Fqdn("experiments.azureml.net"), Fqdn("modelmanagement.azureml.net"), Fqdn("aether.ms"))
"""Run history, model management and pipelines of the first API, in the public cloud: today's page has them no more."""

LEGACY_REGIONS = frozenset({"eastus", "southcentralus", "westus2"})
"""The regions in which workspaces needed those names (the page of 2021)."""


def legacy_names(guid: str, region: str) -> tuple[Fqdn, ...]:
    """The names of the first API; they have the api address, and no private-link zone."""
    return tuple(Fqdn(f"{guid}.workspace.{region}.{suffix}") for suffix in LEGACY_SUFFIXES)


TABLES = MappingProxyType({names.cloud: names for names in (AZURE_CLOUD, US_GOVERNMENT, CHINA)})
"""The names of every cloud."""


def table_of(name: Fqdn) -> WorkspaceNames | None:
    """The table that a name belongs to, in its public or its private-link form."""
    return next((names for names in TABLES.values() if names.holds(name)), None)


_LONGEST_LABEL = 63  # RFC 1035 section 2.3.4


def notebooks_label(workspace: str, region: str, guid: str) -> str:
    """The first label of the notebooks name: the workspace's name is cut so that the label fits into 63 octets.

    Verified on every published example: 63 = `ml-` + name + `-` + region + `-` + 36 characters of GUID.
    """
    room = _LONGEST_LABEL - len("ml-") - len(f"-{region}-{guid}")
    return f"ml-{workspace[: max(room, 0)]}-{region}-{guid}".lower()
