"""In a healthy estate every name of every private endpoint leads each client to the endpoint's address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.lab.builders import instance_host, scoring_host
from agent.lab.builders.common import Group
from agent.lab.dns import DnsWorld, dns_servers
from agent.lab.estate import LabEstate
from agent.lab.scenarios import SCENARIOS, build
from collectors.graph.clouds import PLATFORM_RESOLVER
from collectors.graph.declared import Vantage
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.agent.lab.small_estates import ask

LABEL = "probe"


def networks_of(estate: LabEstate) -> dict[str, Document]:
    return {d.id.name: d for d in estate.documents.values() if d.kind == "virtual-network"}


def addresses_of(estate: LabEstate, network: str) -> dict[str, set[str]]:
    """The names that endpoints list and their addresses; where several do, those of the endpoint in the network."""
    found: dict[str, dict[str, set[str]]] = {}
    for document in estate.documents.values():
        if document.kind == "network-interface" and "privateEndpoint" in document.body["properties"]:
            for configuration in document.body["properties"]["ipConfigurations"]:
                inner = configuration["properties"]
                home = ArmId(inner["subnet"]["id"]).parent.name
                for name in inner["privateLinkConnectionProperties"]["fqdns"]:
                    by_home = found.setdefault(name.replace("*", LABEL), {})
                    by_home.setdefault(home, set()).add(inner["privateIPAddress"])
    return {name: by_home.get(network) or set().union(*by_home.values()) for name, by_home in found.items()}


def clients(world: DnsWorld, estate: LabEstate) -> Iterator[tuple[Vantage, str, str]]:
    """Each required network with each server that its machines ask."""
    networks = networks_of(estate)
    for name in estate.clients[0].networks:
        (vantage,) = [v for v in world.vantages if v.name == f"lab/{name}"]
        for server in dns_servers(networks[name]) or [PLATFORM_RESOLVER]:
            yield vantage, server, name


def addresses(vantage: Vantage, server: str, name: str) -> set[str]:
    response = ask(vantage, server, name)
    return {record.to_text() for rrset in response.answer for record in rrset if rrset.rdtype == 1}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_name_of_an_endpoint_leads_every_client_to_its_address(scenario: str) -> None:
    """Asked over the wire, from the network of the client, at the server that its machines ask."""
    estate = build(scenario)
    asked = 0
    with DnsWorld(estate) as world:
        for vantage, server, network in clients(world, estate):
            for name, wanted in addresses_of(estate, network).items():
                assert addresses(vantage, server, name) == wanted, (network, server, name)
                asked += 1
    assert asked >= 8


def test_instances_and_online_endpoints_have_names_of_their_own() -> None:
    """A zone of exactly the instance's name, and the wildcard behind the public alias."""
    estate, group = build("multi-subscription"), Group(subscription="s", name="g")
    with DnsWorld(estate) as world:
        for vantage, server, _ in clients(world, estate):
            assert addresses(vantage, server, instance_host(group, "ci-anna")) == {"10.1.0.10"}
            assert addresses(vantage, server, scoring_host(group, "forecast-live")) == {"10.1.0.12"}
            (public,) = addresses(vantage, server, instance_host(group, "somebody-elses")) or {"none"}
            assert public == "none"


@pytest.mark.parametrize(
    ("scenario", "suffix"),
    [
        ("us-government", "usgovvirginia.privatelink.api.ml.azure.us"),
        ("china", "chinanorth3.privatelink.api.ml.azure.cn"),
        ("azure-dns", "westeurope.privatelink.api.azureml.ms"),
    ],
)
def test_the_public_alias_has_the_suffix_of_the_cloud(scenario: str, suffix: str) -> None:
    estate = build(scenario)
    (workspace,) = [d for d in estate.documents.values() if d.kind == "workspace"]
    guid, region = workspace.body["properties"]["workspaceId"], workspace.body["location"]
    public = suffix.removeprefix(f"{region}.privatelink.")
    with DnsWorld(estate) as world:
        response = ask(world.vantages[0], "198.51.100.53", f"{guid}.workspace.{region}.{public}")
    alias, address = response.answer
    assert alias[0].to_text() == f"{guid}.workspace.{suffix}."
    assert address[0].to_text().startswith("203.0.113.")
