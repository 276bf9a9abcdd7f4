"""The names of Azure Machine Learning as data: which public suffix belongs to which private-link zone, per cloud.

Sources: learn.microsoft.com "Use your workspace with a custom DNS server" (2026-03-26) and "Azure Private
Endpoint private DNS zone values" (2026-05-07). ARM comes first; a table only adds what ARM does not list.
"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.graph.ids import Fqdn, is_under

PROBE_LABEL = "private-endpoint-dns-probe"
"""Wildcards are asked as this one fixed label under them, so that a log shows who asked and caches stay small."""

WORKSPACE_GROUP = "amlworkspace"
"""The only private-link group of a workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """A public suffix of a workspace's names and the zone that answers for them behind a private endpoint."""

    public: Fqdn
    zone: Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceNames:
    """The suffixes of one cloud. `inference` is shared by everybody: its names turn into names of `api`."""

    api: Suffix
    notebooks: Suffix
    inference: Fqdn
    forward: tuple[Fqdn, ...]

    @property
    def zones(self) -> tuple[Fqdn, ...]:
        """The zones that the zone group of a workspace's endpoint needs."""
        return self.api.zone, self.notebooks.zone

    def public_suffix(self, name: Fqdn) -> Fqdn | None:
        """The public suffix that a server must forward for a name, given in either form."""
        return next((s.public for s in (self.api, self.notebooks) if is_under(name, s.public)), None)

    def private_form(self, name: Fqdn) -> tuple[Fqdn, str] | None:
        """Zone and relative record of a public name: the suffix is replaced, what is before it stays."""
        for suffix in (self.api, self.notebooks):
            if name != suffix.public and is_under(name, suffix.public) and not is_under(name, suffix.zone):
                return suffix.zone, name[: -len(suffix.public) - 1]
        return None


AZURE_CLOUD = WorkspaceNames(
    api=Suffix(public=Fqdn("api.azureml.ms"), zone=Fqdn("privatelink.api.azureml.ms")),
    notebooks=Suffix(public=Fqdn("notebooks.azure.net"), zone=Fqdn("privatelink.notebooks.azure.net")),
    inference=Fqdn("inference.ml.azure.com"),
    forward=(
        Fqdn("api.azureml.ms"),
        Fqdn("notebooks.azure.net"),
        Fqdn("instances.azureml.ms"),
        Fqdn("aznbcontent.net"),
        Fqdn("inference.ml.azure.com"),
    ),
)

_LONGEST_LABEL = 63  # RFC 1035 section 2.3.4


def notebooks_label(workspace: str, region: str, guid: str) -> str:
    """The first label of the notebooks name: the workspace's name is cut so that the label fits into 63 octets.

    Verified on every published example: 63 = `ml-` + name + `-` + region + `-` + 36 characters of GUID.
    """
    room = _LONGEST_LABEL - len("ml-") - len(f"-{region}-{guid}")
    return f"ml-{workspace[: max(room, 0)]}-{region}-{guid}".lower()
