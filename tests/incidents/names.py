"""Incidents of names that have findings of their own: compute instances, the first API, notebooks, scoring names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.lab import builders as b
from agent.lab.builders import Group
from agent.lab.clouds import PUBLIC
from agent.lab.estate import LabEstate
from collectors.graph.declared import DeclaredServer
from tests.incidents.scenes import adding, edited, find, incident, one, without

INSTANCES = PUBLIC.instances
_OWN = "10.1.0.77"
_API_ADDRESS = "10.1.0.5"


def instance_made(estate: LabEstate, *ports: int) -> LabEstate:
    """Somebody made a compute instance in the network of the workspace, with applications at ports of their own."""
    workspace, network = one(estate, "workspace", "mlw"), one(estate, "virtual-network", "vnet-ml")
    group = Group(subscription=workspace.id.subscription, name=workspace.id.resource_group)
    made = b.compute_instance(group, workspace.id.name, "ci-ines", f"{network.id.text}/subnets/snet-endpoints", _OWN)
    host = b.instance_host(group, "ci-ines")
    applications = made.body["properties"]["properties"]["applications"]
    for port in ports:
        uri = f"https://{host.replace('ci-ines', f'ci-ines-{port}')}/"
        applications.append({"displayName": "RStudio", "endpointUri": uri})
    return adding(estate, made)


def instance_zone(estate: LabEstate, *addresses: str) -> LabEstate:
    """A zone of exactly the instance's name, linked to every network, which holds these addresses."""
    zone_group = one(estate, "private-dns-zone", "notebooks").id
    group = Group(subscription=zone_group.subscription, name=zone_group.resource_group)
    name = b.instance_host(group, "ci-ines")
    zone = b.zone_id(group, name)
    networks = [network.id.text for network in find(estate, "virtual-network")]
    held = [b.address_record(zone, "@", addresses)] if addresses else []
    zoned = b.private_zone(group, name, record_sets=1 + len(held), links=len(networks))
    return adding(estate, zoned, b.soa_record(zone), held, [b.zone_link(zone, network) for network in networks])


@incident("PED511")
def zone_without_the_record(estate: LabEstate) -> LabEstate:
    """The zone was made and linked, and that was all."""
    return instance_zone(instance_made(estate))


@incident("PED512")
def own_address(estate: LabEstate) -> LabEstate:
    """It is the address that the portal shows for the instance."""
    return instance_zone(instance_made(estate), _OWN)


@incident("PED513")
def application_at_a_port(estate: LabEstate) -> LabEstate:
    """The application came later than the zone."""
    return instance_zone(instance_made(estate, 8787), _API_ADDRESS)


@incident("F20")
def own_address_behind_a_server(estate: LabEstate) -> LabEstate:
    """The zone of the instance holds what connectivityEndpoints shows."""
    (record,) = [r for r in find(estate, "record-set", "@") if INSTANCES in r.id.text and "aRecords" in str(r.body)]
    held = [{"ipv4Address": "10.1.1.4"}]
    return edited(estate, record, lambda body: body["properties"].update(aRecords=held))


@incident("F19")
def ssh_without_a_name(estate: LabEstate) -> LabEstate:
    """SSH was enabled on the instance."""

    def edit(body: dict[str, Any]) -> None:
        body["properties"]["properties"]["sshSettings"].update(sshPublicAccess="Enabled")

    return edited(estate, one(estate, "compute", "ci-anna"), edit)


@incident("F17")
def suffix_of_instances_left_out(estate: LabEstate) -> LabEstate:
    """It is among neither the forwarders nor what is declared of them."""

    def forgetful(servers: tuple[DeclaredServer, ...]) -> tuple[DeclaredServer, ...]:
        return tuple(
            replace(s, forwards={k: v for k, v in (s.forwards or {}).items() if k != INSTANCES}) for s in servers
        )

    return replace(estate, servers=forgetful(estate.servers), declared=forgetful(estate.declared))


@incident("PED516")
def workspace_tells_another_name(estate: LabEstate) -> LabEstate:
    """The workspace was moved, and what it says of itself was not written anew."""
    former = one(estate, "workspace", "mlw")

    def edit(body: dict[str, Any]) -> None:
        told = body["properties"]["notebookInfo"]
        first, _, rest = told["fqdn"].partition(".")
        told["fqdn"] = f"{first}.{rest.partition('.')[2]}"

    return edited(estate, former, edit)


@incident("F40")
def old_shape_on_the_interface(estate: LabEstate) -> LabEstate:
    """Without the region's label, as Azure made it in 2021; the zone group wrote the record by it."""
    (record,) = [r for r in find(estate, "record-set", "ml-") if "aRecords" in r.body["properties"]]
    label, _, region = record.id.name.partition(".")
    (nic,) = [n for n in find(estate, "network-interface") if "privateEndpoint" in n.body["properties"]]
    (group,) = find(estate, "private-dns-zone-group")
    for document in (nic, group):
        text = _spelt(document.body, f"{label}.{region}.", f"{label}.")
        estate = adding(estate, replace(document, body=text))
    zone = record.id.parent.text
    held = [row["ipv4Address"] for row in record.body["properties"]["aRecords"]]
    return adding(without(estate, record), b.address_record(zone, label, held, group.id.parent.text))


def _spelt(value: Any, former: str, now: str) -> Any:
    """A body with some names spelt otherwise."""
    match value:
        case str():
            return value.replace(former, now)
        case list():
            return [_spelt(each, former, now) for each in value]
        case dict():
            return {key: _spelt(each, former, now) for key, each in value.items()}
    return value
