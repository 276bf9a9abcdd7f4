"""What the faults of a scenario hit: one endpoint and the zones of its names, found by what no fault changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.lab.clouds import PUBLIC, CloudNames
from agent.lab.estate import LabEstate
from agent.lab.zones import of_kind
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId, Fqdn, fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """An endpoint (a name) and the resource group, in lower case, that holds the zones of its names."""

    endpoint: str
    zones: str
    names: CloudNames = PUBLIC

    def endpoints(self, estate: LabEstate) -> list[Document]:
        """The endpoint, unless it is gone."""
        return [endpoint for endpoint in of_kind(estate, "private-endpoint") if endpoint.id.name == self.endpoint]

    def zone_groups(self, estate: LabEstate) -> list[Document]:
        """The zone groups of the endpoint."""
        return [group for group in of_kind(estate, "private-dns-zone-group") if group.id.parent.name == self.endpoint]

    def interfaces(self, estate: LabEstate) -> list[Document]:
        """The interfaces of the endpoint."""
        return [
            interface
            for interface in of_kind(estate, "network-interface")
            if (owner := interface.body["properties"].get("privateEndpoint"))
            and ArmId(owner["id"]).name == self.endpoint
        ]

    def zones_named(self, estate: LabEstate, name: str) -> list[Document]:
        """The zone of a name in the resource group."""
        return [
            zone
            for zone in of_kind(estate, "private-dns-zone")
            if zone.id.name == name and zone.id.resource_group.lower() == self.zones
        ]

    def links(self, estate: LabEstate, zone: str) -> list[Document]:
        """The virtual network links of a zone (a name)."""
        zones = {found.id for found in self.zones_named(estate, zone)}
        return [link for link in of_kind(estate, "zone-link") if link.id.parent in zones]

    def records(
        self, estate: LabEstate, zone: str = "", wanted: Callable[[str], bool] = lambda _: True
    ) -> list[Document]:
        """The records that the endpoint's zone group wrote, known by its stamp; without `zone` in all zones."""
        stamp = f"created by private endpoint {self.endpoint} with "
        return [
            record
            for record in of_kind(estate, "record-set")
            if zone in ("", record.id.parent.name)
            and record.body["properties"].get("metadata", {}).get("creator", "").startswith(stamp)
            and wanted(record.id.name)
        ]

    def owns(self, connection: Mapping[str, Any]) -> bool:
        """Whether a connection of a workspace is that of the endpoint."""
        return ArmId(connection["properties"]["privateEndpoint"]["id"]).name.lower() == self.endpoint.lower()

    def notebooks_address(self, estate: LabEstate) -> str:
        """The endpoint's address for the notebooks name. Raises LookupError when it has none."""
        return self._notebooks(estate)[1]

    def notebooks_name(self, estate: LabEstate) -> Fqdn:
        """The public notebooks name of the endpoint. Raises LookupError when it has none."""
        return self._notebooks(estate)[0]

    def listed(self, estate: LabEstate) -> Iterator[tuple[Fqdn, str]]:
        """The names that the endpoint's interfaces list, with their addresses."""
        for interface in self.interfaces(estate):
            for configuration in interface.body["properties"]["ipConfigurations"]:
                link = configuration["properties"].get("privateLinkConnectionProperties", {})
                for name in link.get("fqdns", ()):
                    yield fqdn(name), str(configuration["properties"]["privateIPAddress"])

    def _notebooks(self, estate: LabEstate) -> tuple[Fqdn, str]:
        for name, address in self.listed(estate):
            if name.endswith(f".{self.names.notebooks}"):
                return name, address
        raise LookupError("This scenario has no endpoint with a notebooks name.")
