"""Which networks are connected for certain, and which are proved to be apart."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import VirtualNetwork
from tests.collectors.arm.reading import NETWORK, document, estate

WAN = f"{NETWORK}/virtualWans/wan"
MANAGER = f"{NETWORK}/networkManagers/avnm"
MICROSOFT = "/subscriptions/microsoft/resourceGroups/RG_hub/providers/Microsoft.Network/virtualNetworks/HV_hub_1"


def net(name: str) -> ArmId:
    return ArmId(f"{NETWORK}/virtualNetworks/{name}")


def network(name: str, *peers: tuple[str, str]) -> Document:
    peerings = [
        {"name": peering, "properties": {"peeringState": "Connected", "remoteVirtualNetwork": {"id": remote}}}
        for peering, remote in peers
    ]
    return document("virtual-network", net(name).text, {"virtualNetworkPeerings": peerings})


def hub(name: str, wan: str | None = WAN, prefix: str = "10.9.0.0/23") -> Document:
    properties = {"virtualWan": {"id": wan} if wan else None, "addressPrefix": prefix}
    return document("virtual-hub", f"{NETWORK}/virtualHubs/{name}", properties)


def connected(hub: str, name: str) -> Document:
    id = f"{NETWORK}/virtualHubs/{hub}/hubVirtualNetworkConnections/to-{name}"
    return document("hub-connection", id, {"remoteVirtualNetwork": {"id": net(name).text}})


def wan(type: str = "Standard") -> Document:
    return document("virtual-wan", WAN, {"type": type})


def gap(kind: str, scope: str = "/", reason: Reason = Reason.FORBIDDEN) -> Gap:
    return Gap(kind=kind, scope=scope, reason=reason, detail="the test hides it")


def test_networks_of_one_virtual_hub_are_connected() -> None:
    found = estate(
        wan(), hub("one"), network("a"), network("b"), network("c"), connected("one", "a"), connected("one", "b")
    )
    assert found.component(net("a")) == {net("a"), net("b")}
    assert not found.apart(net("a"), net("b"))
    assert found.apart(net("a"), net("c"))


@pytest.mark.parametrize(("type", "together"), [("Standard", True), ("standard", True), ("Basic", False)])
def test_the_hubs_of_a_standard_wan_are_connected(type: str, together: bool) -> None:
    hubs = (hub("one"), hub("two", prefix="10.8.0.0/23"))
    found = estate(wan(type), *hubs, network("a"), network("b"), connected("one", "a"), connected("two", "b"))
    assert (net("b") in found.component(net("a"))) is together
    assert found.apart(net("a"), net("b")) is not together


def test_hubs_of_a_wan_that_was_not_read_may_be_connected() -> None:
    found = estate(hub("one"), hub("two"), network("a"), network("b"), connected("one", "a"), connected("two", "b"))
    assert net("b") not in found.component(net("a"))
    assert not found.apart(net("a"), net("b"))


def gated(name: str) -> Document:
    """A network with a subnet for gateways."""
    subnet = {"id": f"{net(name).text}/subnets/GatewaySubnet", "properties": {"addressPrefix": "10.0.0.0/27"}}
    return document("virtual-network", net(name).text, {"subnets": [subnet]})


def gateways_of(name: str, *gateways: str) -> Document:
    """The subnet for gateways of a network, read by itself."""
    held = [{"id": f"{NETWORK}/virtualNetworkGateways/{gateway}/ipConfigurations/default"} for gateway in gateways]
    return document("gateway-subnet", f"{net(name).text}/subnets/GatewaySubnet", {"ipConfigurations": held})


def test_networks_with_gateways_may_meet_outside_of_azure() -> None:
    """Over one circuit, one office, or a tunnel between the two."""
    read = (gateways_of("a", "er-a"), gateways_of("b", "vpn-b"))
    found = estate(gated("a"), gated("b"), network("c"), *read)
    assert found.component(net("a")) == {net("a")}
    assert not found.apart(net("a"), net("b"))
    assert found.apart(net("a"), net("c"))


def test_a_gateway_is_ruled_out_only_where_its_subnet_was_read() -> None:
    assert not estate(gated("a"), gated("b"), gateways_of("a", "er-a")).apart(net("a"), net("b"))
    assert estate(gated("a"), gated("b"), gateways_of("a", "er-a"), gateways_of("b")).apart(net("a"), net("b"))


@pytest.mark.parametrize(
    ("gateway", "apart"), [("vpnGateway", False), ("expressRouteGateway", False), ("p2SVpnGateway", True)]
)
def test_a_hub_with_a_gateway_may_meet_networks_with_one(gateway: str, apart: bool) -> None:
    properties = {"virtualWan": {"id": WAN}, gateway: {"id": f"{NETWORK}/vpnGateways/gw"}}
    place = document("virtual-hub", f"{NETWORK}/virtualHubs/one", properties)
    found = estate(wan(), place, network("a"), connected("one", "a"), gated("b"), gateways_of("b", "er-b"))
    assert found.apart(net("a"), net("b")) is apart


def test_a_route_server_connects_nothing() -> None:
    found = estate(hub("one", wan=None), network("a"), network("b"), connected("one", "a"), connected("one", "b"))
    assert found.component(net("a")) == {net("a")}
    assert found.apart(net("a"), net("b"))


def test_a_hub_that_was_not_read_still_connects_its_networks() -> None:
    found = estate(network("a"), network("b"), connected("one", "a"), connected("one", "b"))
    assert net("b") in found.component(net("a"))


def test_peerings_and_hubs_make_one_component() -> None:
    found = estate(
        wan(), hub("one"), network("a"), network("b", ("to-c", net("c").text)), network("c"),
        connected("one", "a"), connected("one", "b"),
    )  # fmt: skip
    assert found.component(net("a")) == {net("a"), net("b"), net("c")}


def test_the_networks_end_of_a_hub_connection_is_no_unread_neighbour() -> None:
    peering = ("RemoteVnetToHubPeering_0b1c", MICROSOFT)
    found = estate(wan(), hub("one"), network("a", peering), network("b"), connected("one", "a"))
    assert found.component(net("a")) == {net("a")}
    assert found.apart(net("a"), net("b"))
    assert not [gap for gap in found.gaps if "microsoft" in gap.scope]


def test_a_hub_peering_without_its_hub_hides_what_the_hub_connects() -> None:
    found = estate(network("a", ("RemoteVnetToHubPeering_0b1c", MICROSOFT)), network("b"))
    assert not found.apart(net("a"), net("unread"))
    assert [gap.scope for gap in found.gaps] == [MICROSOFT]
    (a, _) = found.of_type(VirtualNetwork)
    assert not found.is_hub_peering(a, a.peerings[0])


@pytest.mark.parametrize(
    "kind",
    [
        *("virtual-wan", "virtual-hub", "hub-connection", "network-manager", "connectivity-configuration"),
        *("network-group", "static-member"),
    ],
)
def test_nothing_is_proved_to_be_apart_where_hubs_or_managers_were_not_read(kind: str) -> None:
    found = estate(network("a"), network("b"))
    assert found.apart(net("a"), net("b"))
    assert not found.with_gaps([gap(kind)]).apart(net("a"), net("b"))


@pytest.mark.parametrize("kind", ["private-endpoint", "subscription", "virtual-network"])
def test_other_gaps_hide_no_connection_of_networks_that_were_read(kind: str) -> None:
    """A peering shows on both sides, and a hub's connection shows on the network."""
    found = estate(network("a"), network("b"))
    assert found.with_gaps([gap(kind)]).apart(net("a"), net("b"))


# Network managers


def managed(topology: str, *groups: tuple[str, str], members: dict[str, tuple[str, ...]]) -> Estate:
    applied: list[Any] = [
        {"networkGroupId": f"{MANAGER}/networkGroups/{group}", "groupConnectivity": how} for group, how in groups
    ]
    properties = {"connectivityTopology": topology, "appliesToGroups": applied}
    configuration = document("connectivity-configuration", f"{MANAGER}/connectivityConfigurations/c", properties)
    held = [
        document(
            "static-member", f"{MANAGER}/networkGroups/{group}/staticMembers/{name}", {"resourceId": net(name).text}
        )
        for group, names in members.items()
        for name in names
    ]
    sets = [document("network-group", f"{MANAGER}/networkGroups/{group}") for group, _ in groups]
    return estate(configuration, *sets, *held, network("a"), network("b"), network("c"))


def test_a_mesh_may_connect_its_members_and_nobody_else() -> None:
    found = managed("Mesh", ("spokes", "None"), members={"spokes": ("a", "b")})
    assert not found.apart(net("a"), net("b"))
    assert found.apart(net("a"), net("c"))
    assert found.component(net("a")) == {net("a")}, "whether it was deployed cannot be read, so it proves nothing"


def test_members_that_only_their_hub_connects_are_apart() -> None:
    """Such connections are peerings, which show."""
    found = managed("HubAndSpoke", ("spokes", "None"), members={"spokes": ("a", "b")})
    assert found.apart(net("a"), net("b"))


def test_a_directly_connected_group_of_spokes_may_connect() -> None:
    found = managed("HubAndSpoke", ("spokes", "DirectlyConnected"), members={"spokes": ("a", "b")})
    assert not found.apart(net("a"), net("b"))


def test_one_mesh_may_hold_several_groups() -> None:
    found = managed("Mesh", ("one", "None"), ("two", "None"), members={"one": ("a",), "two": ("b",)})
    assert not found.apart(net("a"), net("b"))


def test_a_group_without_members_may_hold_anybody() -> None:
    """A policy may decide who belongs to it, and its members do not show."""
    assert not managed("Mesh", ("spokes", "None"), members={}).apart(net("a"), net("b"))
