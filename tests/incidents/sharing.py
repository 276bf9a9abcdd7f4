"""Incidents of endpoints that write the same records."""

from __future__ import annotations

from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group, Member, Zone
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from agent.lab.scenarios import ML_PROD_LINKS
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId
from tests.incidents.scenes import adding, edited, find, incident, one, without

API = PUBLIC.api_zone
_ML = "22222222-0000-4000-8000-00000000a009"
_CONNECTIVITY = "11111111-0000-4000-8000-00000000c009"


@incident("F12")
def second_endpoint_nearby(estate: LabEstate) -> LabEstate:
    """Everybody can reach both; the second one wrote last."""
    network = one(estate, "virtual-network", "vnet-apps").body["id"]
    return second_endpoint(
        estate, Group(subscription=ML_PROD_LINKS, name="RG-Apps"), f"{network}/subnets/snet-apps", "10.2.0"
    )


@incident("PED206")
def second_endpoint_far_away(estate: LabEstate) -> LabEstate:
    """A network that is connected to nothing, where somebody made an endpoint by the same template."""
    group = Group(subscription=ML_PROD_LINKS, name="RG-Lab")
    network = b.virtual_network(group, "vnet-lab", "10.90.0.0/16", subnets={"snet": "10.90.0.0/24"})
    zones = [zone.body["id"] for zone in find(estate, "private-dns-zone")]
    estate = adding(estate, network, (b.zone_link(zone, network.body["id"]) for zone in zones))
    return second_endpoint(estate, group, f"{network.body['id']}/subnets/snet", "10.90.0")


@incident("F11")
def one_zone_for_both_areas(estate: LabEstate) -> LabEstate:
    """The second area gave up its own zones and was linked to the first one's, where its endpoint wrote last."""
    return _with_zones_of_emea(estate)


@incident("PED107")
def one_zone_for_both_areas_that_meet(estate: LabEstate) -> LabEstate:
    """The same, between networks that were peered before."""
    emea, apac = one(estate, "virtual-network", "vnet-emea"), one(estate, "virtual-network", "vnet-apac")
    estate = _peered(_peered(estate, emea, apac, "10.20.0.0/16"), apac, emea, "10.10.0.0/16")
    return _with_zones_of_emea(estate)


@incident("F44")
def second_monitor_scope(estate: LabEstate) -> LabEstate:
    """Its endpoint writes the names that all scopes have in common, and one of its own."""
    group, dns = Group(subscription=_ML, name="rg-ml"), Group(subscription=_CONNECTIVITY, name="rg-dns")
    network = one(estate, "virtual-network", "vnet-spoke-1").body["id"]
    subnet, zone = f"{network}/subnets/snet-endpoints", "privatelink.monitor.azure.com"
    endpoint, scope = b.endpoint_id(group, "pe-ampls-2"), b.monitor_scope(group, "ampls-2")
    records = {"westeurope-handler.control": "10.1.0.95", "ampls-2.live": "10.1.0.96"}
    members = [
        Member(name=f"m{n}", address=address, fqdns=(f"{record}.monitor.azure.com",))
        for n, (record, address) in enumerate(records.items())
    ]
    return adding(
        estate,
        b.behind(scope, [endpoint]),
        b.private_endpoint(group, "pe-ampls-2", subnet, scope.body["id"], "azuremonitor"),
        b.endpoint_interface(group, "pe-ampls-2", subnet, members, "azuremonitor"),
        b.zone_group(endpoint, [Zone(name=zone, id=b.zone_id(dns, zone), records=records)]),
        (b.address_record(b.zone_id(dns, zone), name, [address], endpoint) for name, address in records.items()),
    )


def _with_zones_of_emea(estate: LabEstate) -> LabEstate:
    """Both networks are linked to the zones of EMEA; the endpoint in APAC wrote into them last."""
    network = one(estate, "virtual-network", "vnet-apac").body["id"]
    former = [zone for zone in find(estate, "private-dns-zone") if "apac" in zone.id.resource_group.lower()]
    written = [record for record in find(estate, "record-set") if record.id.parent in {zone.id for zone in former}]
    estate = without(estate, former)
    for zone in find(estate, "private-dns-zone"):
        own = [record for record in written if record.id.parent.name == zone.id.name]
        moved = (_in_zone(record, zone.body["id"]) for record in own if "aRecords" in record.body["properties"])
        estate = adding(estate, b.zone_link(zone.body["id"], network), moved)
    zones = {zone.id.name: zone.body["id"] for zone in find(estate, "private-dns-zone")}

    def edit(body: dict[str, Any]) -> None:
        for config in body["properties"]["privateDnsZoneConfigs"]:
            id = ArmId(config["properties"]["privateDnsZoneId"])
            config["properties"]["privateDnsZoneId"] = zones[id.name]

    return edited(estate, next(g for g in find(estate, "private-dns-zone-group") if "apac" in g.id.key), edit)


def _in_zone(record: Document, zone: str) -> Document:
    """A record set at the place of the same name in another zone."""
    id = f"{zone}/A/{record.id.name}"
    return Document(kind=record.kind, id=ArmId(id), body={**record.body, "id": id})


def second_endpoint(estate: LabEstate, group: Group, subnet: str, stem: str) -> LabEstate:
    """A second endpoint of the workspace, whose zone group writes into the zones that are there, after the first."""
    workspace, nic = one(estate, "workspace"), next(n for n in find(estate, "network-interface") if "pe-" in n.id.name)
    name = f"pe-{group.name.lower().removeprefix('rg-')}"
    endpoint = b.endpoint_id(group, name)
    members = [
        Member(
            name=detail["requiredMemberName"],
            address=f"{stem}.{20 + position}",
            fqdns=tuple(detail["fqdns"]),
        )
        for position, configuration in enumerate(nic.body["properties"]["ipConfigurations"])
        if (detail := configuration["properties"]["privateLinkConnectionProperties"])
    ]
    addresses = {
        configuration["properties"]["privateIPAddress"]: f"{stem}.{20 + position}"
        for position, configuration in enumerate(nic.body["properties"]["ipConfigurations"])
    }
    zones = []
    for zone in find(estate, "private-dns-zone"):
        held = [r for r in find(estate, "record-set") if r.id.parent == zone.id and "aRecords" in r.body["properties"]]
        records = {r.id.name: addresses[r.body["properties"]["aRecords"][0]["ipv4Address"]] for r in held}
        zones.append(Zone(name=zone.id.name, id=zone.body["id"], records=records))
    connections = [ArmId(c["properties"]["privateEndpoint"]["id"]).text for c in _connections(workspace)]
    known = b.workspace(
        Group(subscription=workspace.id.subscription, name=workspace.body["id"].split("/")[4]),
        workspace.id.name,
        workspace.body["properties"]["workspaceId"],
        *connections,
        endpoint,
    )
    return adding(
        estate,
        known,
        b.private_endpoint(group, name, subnet, workspace.body["id"]),
        b.endpoint_interface(group, name, subnet, members),
        b.zone_group(endpoint, zones),
        (
            b.address_record(zone.id, record, [address], endpoint)
            for zone in zones
            for record, address in zone.records.items()
        ),
    )


def _connections(workspace: Document) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workspace.body["properties"]["privateEndpointConnections"]
    return found


def _peered(estate: LabEstate, network: Document, other: Document, prefix: str) -> LabEstate:
    made = b.virtual_network(
        Group(subscription=network.id.subscription, name="x"),
        "x",
        "10.0.0.0/16",
        subnets={},
        peers={other.body["id"]: prefix},
    )
    (peering,) = made.body["properties"]["virtualNetworkPeerings"]
    return edited(
        estate, network, lambda body: body["properties"].setdefault("virtualNetworkPeerings", []).append(peering)
    )
