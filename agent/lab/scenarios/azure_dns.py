"""Two peered networks that ask Azure DNS themselves, in the public cloud and in the two sovereign ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.lab import builders as b
from agent.lab import faults
from agent.lab.aims import Aim
from agent.lab.builders import REGION, Group
from agent.lab.clouds import names_of_region
from agent.lab.estate import LabEstate, Scenario
from agent.lab.scenarios import parts

PLATFORM = "33333333-0000-4000-8000-00000000d001"
ML_PROD_LINKS = "44444444-0000-4000-8000-00000000a002"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Company:
    """Where it has its things: subscriptions of the platform team and of the data scientists, and a region."""

    platform: str
    ml: str
    region: str
    workspace: str
    guid: str

    @property
    def dns(self) -> Group:
        return Group(subscription=self.platform, name="RG-Private-DNS", region=self.region)

    @property
    def networks(self) -> Group:
        return Group(subscription=self.ml, name="RG-ML-Network", region=self.region)

    @property
    def private(self) -> parts.PrivateWorkspace:
        return parts.PrivateWorkspace(
            name=self.workspace,
            guid=self.guid,
            group=Group(subscription=self.ml, name="RG-ML-Workspace", region=self.region),
            endpoint=f"pe-{self.workspace}",
            subnet=f"{b.network_id(self.networks, 'vnet-ml')}/subnets/snet-endpoints",
            addresses=("10.1.0.5", "10.1.0.6", "10.1.0.7"),
        )

    @property
    def aim(self) -> Aim:
        return Aim(endpoint=f"pe-{self.workspace}", zones="rg-private-dns", names=names_of_region(self.region))


def _builder(company: _Company) -> Callable[[], LabEstate]:
    def build() -> LabEstate:
        group = company.networks
        ml, apps = b.network_id(group, "vnet-ml"), b.network_id(group, "vnet-apps")
        documents = [
            *parts.subscriptions({company.platform: "platform", company.ml: "ml-prod"}),
            b.virtual_network(
                group,
                "vnet-ml",
                "10.1.0.0/16",
                subnets={"snet-endpoints": "10.1.0.0/24"},
                peers={apps: "10.2.0.0/16"},
            ),
            b.virtual_network(
                group,
                "vnet-apps",
                "10.2.0.0/16",
                subnets={"snet-apps": "10.2.0.0/24"},
                dns_servers=[],
                peers={ml: "10.1.0.0/16"},
            ),
            *parts.machine(group, "nic-app-1", "vm-app-1", f"{apps}/subnets/snet-apps", "10.2.0.4"),
            *parts.private_workspace(company.private, company.dns),
            *parts.linked_zones([company.private], company.dns, [ml, apps]),
        ]
        return parts.estate(documents, ("vnet-ml", "vnet-apps"), cloud=names_of_region(company.region))

    return build


_PUBLIC = _Company(
    platform=PLATFORM,
    ml=ML_PROD_LINKS,
    region=REGION,
    workspace="mlw-churn",
    guid="5eed0002-0000-4000-8000-00000000c4a2",
)
_US_GOVERNMENT = _Company(
    platform="33333333-0000-4000-8000-00000000d0a5",
    ml="44444444-0000-4000-8000-00000000a0a5",
    region="usgovvirginia",
    workspace="mlw-permit-triage",
    guid="5eed0009-0000-4000-8000-00000000905a",
)
_CHINA = _Company(
    platform="33333333-0000-4000-8000-00000000d0c4",
    ml="44444444-0000-4000-8000-00000000a0c4",
    region="chinanorth3",
    workspace="mlw-warehouse-demand",
    guid="5eed000a-0000-4000-8000-00000000c41a",
)

AZURE_DNS = Scenario(
    name="azure-dns",
    title="Two peered networks ask Azure DNS themselves and are linked to the zones",
    build=_builder(_PUBLIC),
    faults=parts.by_name(faults.zone_unlinked(_PUBLIC.aim, "vnet-apps"), *faults.anywhere(_PUBLIC.aim)),
)

US_GOVERNMENT = Scenario(
    name="us-government",
    title="An agency in the US Government cloud lets two peered networks ask Azure DNS themselves",
    build=_builder(_US_GOVERNMENT),
    faults=parts.by_name(
        faults.zone_unlinked(_US_GOVERNMENT.aim, "vnet-apps"),
        *faults.anywhere(_US_GOVERNMENT.aim),
        faults.endpoint_deleted(_US_GOVERNMENT.aim),
    ),
)

CHINA = Scenario(
    name="china",
    title="A retailer in the China cloud lets two peered networks ask Azure DNS themselves",
    build=_builder(_CHINA),
    faults=parts.by_name(
        faults.zone_unlinked(_CHINA.aim, "vnet-apps"),
        *faults.anywhere(_CHINA.aim),
        faults.zone_group_removed(_CHINA.aim),
    ),
)
